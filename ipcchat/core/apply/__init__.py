"""What the facts mean, one file for each family; importing a file puts its facts into the table.

Rules:
1. A kind of fact is one row: may it happen (`check`), what it does to the state (`change`), who hears of it
   (`announce`).
2. A check reads the state, never changes it, and either returns, or raises Refusal (somebody is told why) or Ignored
   (there is nothing to do). It is asked when the fact is proposed and again when it is applied.
3. A change runs after its check has passed. Changes are the only code that writes to the state, and deterministic.
   What a change returns is what the announcement needs to know beyond the fact and the new state.
4. An announcement writes lines for this node's sessions only; every node does the same for its own.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Fill the table of meanings."""
    for family in iter_modules(__path__):
        import_module(f"{__name__}.{family.name}")

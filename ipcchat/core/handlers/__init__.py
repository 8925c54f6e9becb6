"""The commands, one file for each family; importing a file puts its commands into the table. A new family is a new file
here, nothing else."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Fill the table of commands."""
    for family in iter_modules(__path__):
        import_module(f"{__name__}.{family.name}")

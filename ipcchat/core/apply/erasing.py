"""What somebody said is erased: out of history at once, out of the files in time (effects.Erase).

Rules:
1. It takes a privilege (`erase`); who did it to whom is told to operators who want it and is in the audit log, what was
   said is not.
2. What is erased is what was said up to the place of this fact: who goes on talking is kept from there on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import audit, facts, rules
from ipcchat.core.apply import telling
from ipcchat.core.apply.meaning import means
from ipcchat.core.effects import Erase
from ipcchat.core.facts import Entry
from ipcchat.core.privileges import ERASE
from ipcchat.core.state import State

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

NOTICES = "o"


def _check(state: State, fact: facts.Erased) -> None:
    rules.require_privilege(rules.actor(state, fact), ERASE)


def _change(state: State, fact: facts.Erased, entry: Entry) -> None:
    """Of what was said the state knows nothing but the files that it carried."""
    state.files.erase(fact.party, entry.seq)


def _announce(engine: Engine, fact: facts.Erased, entry: Entry, nothing: None, ctx: Context | None) -> None:
    engine.effects.append(Erase(fact.party, entry.seq))
    telling.server_notice(engine, entry, NOTICES, f"{fact.author} let everything be erased that {fact.party} said")
    if ctx is not None:
        audit.write(engine, audit.ERASED, ctx.session, fact.party, fact.reason)
        ctx.note("ERASED", f"What {fact.party} said up to now is being taken out of history and of the files")


means(facts.Erased, check=_check, change=_change, announce=_announce)

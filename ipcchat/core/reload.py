"""Taking other settings while people are here, and telling them what is different.

Rules:
1. The settings are replaced whole. Whoever is here keeps what he has: his nick, his channels, his connection.
2. What clients were told is told again where it changed: capabilities with CAP NEW and CAP DEL, ISUPPORT tokens with
   005, where -TOKEN is one that is gone.
3. The network's limits change by a fact, because every node must use the same.
4. Operators whom the configuration does not know any more stop being operators; of the others it says what they may do
   from now on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipcchat.core import audit, authtoken, facts, support
from ipcchat.core.context import Context
from ipcchat.core.effects import Propose
from ipcchat.core.offers import announce_offers
from ipcchat.core.officers import tell_officers
from ipcchat.core.settings import Settings

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

NOTICES = "r"


def take(engine: Engine, settings: Settings) -> None:
    """Replace the settings, and tell everybody on this node what it means for him."""
    before = engine.settings
    engine.configure(settings)
    engine.propose_limits()
    announce_offers(engine, before, settings)
    tell_tokens(engine, before, settings)
    authtoken.announce(engine, before, settings)
    _dismiss_operators(engine)
    tell_officers(engine, NOTICES, "The configuration was read again and counts from now on")


def tell_tokens(engine: Engine, before: Settings, after: Settings) -> None:
    """Tell the ISUPPORT tokens that changed, to everybody who was told the old ones."""
    all_known, all_new = support.supported(before), support.supported(after)
    if all_known == all_new:
        return
    for session in list(engine.connections):
        known, new = support.told_to(session, all_known), support.told_to(session, all_new)
        changed: dict[str, str | None] = {name: value for name, value in new.items() if known.get(name) != value}
        changed |= dict.fromkeys(name for name in known if name not in new)
        if changed and (session.user is not None or session.isupport_told):
            support.tell_tokens(Context(engine, session, "ISUPPORT", {}), changed)
        if session.isupport_told:
            session.isupport_told = new


def _dismiss_operators(engine: Engine) -> None:
    """Operators of this node whose name is gone from the settings are users like all others; those of whom they say
    something else now may do that."""
    for uid in engine.audience.uids():
        user = engine.state.users[uid]
        if not user.operator:
            continue
        operator = engine.settings.operators.get(user.operator)
        fields: dict[str, Any] = {}
        if operator is not None:
            if (user.title, user.privileges) == (operator.title, operator.privileges):
                continue
            fields = {"name": user.operator, "title": operator.title, "privileges": operator.privileges}
        else:
            text = "the configuration does not know him any more"
            audit.write(engine, audit.OPERATOR_ENDED, engine.audience.of(uid)[0], user.operator, text)
        fact = facts.OperatorChanged(engine.next_id(), engine.now.wall, user.uid, **fields)
        engine.effects.append(Propose(fact))

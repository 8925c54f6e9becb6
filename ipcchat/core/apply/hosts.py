"""Another visible host: what a cloak (+x) does to nick!user@host, and how clients hear of it.

Clients with chghost get CHGHOST. For others who share a channel it looks as if he had left and come back, with the
prefixes that he has there. The user himself has 396 besides.

Specification: IRCv3 chghost (https://ircv3.net/specs/extensions/chghost).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import caps, facts, replies, rules
from ipcchat.core.apply import sight, telling
from ipcchat.core.apply.channels import Entrance
from ipcchat.core.apply.meaning import means
from ipcchat.core.audience import Groups
from ipcchat.core.errors import Ignored
from ipcchat.core.facts import Entry
from ipcchat.core.state import State, User
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

REASON = "Changing host"


class Relocation(msgspec.Struct, frozen=True):
    """A user and the nick!user@host that he had before."""

    user: User
    before: str


def _check(state: State, fact: facts.HostChanged) -> None:
    user = rules.actor(state, fact)
    if (user.user, user.host) == (fact.user, fact.host):
        raise Ignored


def _change(state: State, fact: facts.HostChanged, entry: Entry) -> Relocation:
    user = state.users[fact.by]
    relocation = Relocation(user, user.mask)
    user.user, user.host = fact.user, fact.host
    return relocation


def _announce(
    engine: Engine, fact: facts.HostChanged, entry: Entry, relocation: Relocation, ctx: Context | None
) -> None:
    user = relocation.user
    text = replies.line(relocation.before, "CHGHOST", user.user, user.host)
    wording = telling.with_(caps.CHGHOST, text)
    telling.broadcast(engine, telling.acquaintances(engine, user), entry, wording, ctx, entry.seq, actor=user)
    _tell_as_return(engine, entry, relocation)
    if ctx is not None:
        ctx.reply(numerics.RPL_VISIBLEHOST, user.host)


def _tell_as_return(engine: Engine, entry: Entry, relocation: Relocation) -> None:
    """Those without chghost who see him somewhere: QUIT, and JOIN and MODE for each channel."""
    user = relocation.user
    channels = engine.state.channels_of(user)
    seen = [(channel, _without(caps.CHGHOST, telling.witnesses(engine, channel, user))) for channel in channels]
    text = replies.line(relocation.before, "QUIT", REASON)
    everybody = engine.audience.united([groups for _, groups in seen])
    telling.to_others(engine, everybody, user, entry, telling.same(text), 0, user)
    for channel, groups in seen:
        sight.introduce(engine, entry, Entrance(user, channel, channel.members[user.uid]), groups)


def _without(bit: int, groups: Groups) -> Groups:
    """The groups of those who do not have a capability."""
    return {group: links for group, links in groups.items() if not group[0] & bit}


means(facts.HostChanged, check=_check, change=_change, announce=_announce)

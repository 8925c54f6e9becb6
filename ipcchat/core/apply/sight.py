"""Who sees whom in a channel with +D or +u, and what members' clients are told when that changes.

Rules:
1. A client's list of members is what NAMES would tell it: whoever comes into its sight joins, whoever goes out of its
   sight parts. Joins stand before the MODE line that is the cause, parts behind it, so that prefixes are right.
2. Everybody is told of everybody only in channels of up to `sight_changes_max` members: `rules.require_mode` keeps +u
   and -u to those. Who gets or loses +h in one of more than `sight_rows_max` is led out and in again, with a new NAMES.
3. A channel without +D and +u costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ipcchat.core import caps, replies, rules
from ipcchat.core.apply import telling
from ipcchat.core.apply.channels import Entrance, join_lines, show, tell_join
from ipcchat.core.audience import Groups
from ipcchat.core.context import Context
from ipcchat.core.facts import Entry, ModeChange
from ipcchat.core.modes import PREFIX_MODES
from ipcchat.core.session import Session
from ipcchat.core.state import Channel, User

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

HIDING = frozenset("Du" + PREFIX_MODES)
FAREWELL = "Hidden now (+u)"
COMING_BACK = "Entering again, with another list of members (+u)"


class Vantage(NamedTuple):
    """Whether members oversee a channel: before a change, and after it."""

    before: bool
    after: bool


class Shift(msgspec.Struct, frozen=True):
    """A channel before and after a change: the members on this node by what they oversee, those who are led out and in
    again, and the members who may have come into sight or gone out of it."""

    old: Channel
    channel: Channel
    viewers: dict[Vantage, list[Session]]
    led: list[Session]
    subjects: list[str]


def kept(channel: Channel, changes: Iterable[ModeChange]) -> Channel | None:
    """The channel as it is, to compare it with what it will be, when these changes can alter who sees whom."""
    letters = HIDING.intersection(change.letter for change in changes)
    hides = channel.hidden or "u" in channel.flags or "u" in letters
    if not hides or not (letters or (channel.hidden and "D" not in channel.flags)):
        return None
    return msgspec.structs.replace(channel, members=dict(channel.members), hidden=dict(channel.hidden))


def compared(engine: Engine, old: Channel, channel: Channel) -> Shift:
    """What a change did to who sees whom, as far as this node has to tell it."""
    shift = Shift(old, channel, {}, [], [])
    is_large = len(channel.members) > engine.limits.sight_rows_max
    for uid in channel.members:
        for session in engine.audience.of(uid):
            vantage = Vantage(rules.oversees(old, uid), rules.oversees(channel, uid))
            if is_large and vantage.before != vantage.after:
                shift.led.append(session)
            else:
                shift.viewers.setdefault(vantage, []).append(session)
    everybody = any(vantage.before != vantage.after for vantage in shift.viewers)
    shift.subjects.extend(uid for uid in channel.members if everybody or _is_altered(shift, uid))
    return shift


def _is_altered(shift: Shift, uid: str) -> bool:
    """Whether a member got or lost a prefix, or was hidden until now."""
    old, channel = shift.old, shift.channel
    return old.members[uid] != channel.members[uid] or (uid in old.hidden) != (uid in channel.hidden)


def tell_appearances(engine: Engine, entry: Entry, shift: Shift) -> None:
    """The members on this node get a JOIN for everybody who came into their sight."""
    for user, groups in _concerned(engine, shift, appearing=True):
        introduce(engine, entry, Entrance(user, shift.channel, ""), groups)


def introduce(engine: Engine, entry: Entry, entrance: Entrance, groups: Groups) -> None:
    """Others get the JOIN of a member who was in the channel before. It has no message id: he did not join now."""
    tell_join(engine, entry, entrance, engine.audience.without(groups, entrance.user.uid), None, 0)


def tell_disappearances(engine: Engine, entry: Entry, shift: Shift) -> None:
    """The members on this node get a PART for everybody who went out of their sight."""
    for user, groups in _concerned(engine, shift, appearing=False):
        text = replies.line(user.mask, "PART", shift.channel.name, FAREWELL)
        telling.to_others(engine, groups, user, entry, telling.same(text), 0, user)
    for session in shift.led:
        _lead_anew(engine, entry, session, shift.channel)


def _concerned(engine: Engine, shift: Shift, appearing: bool) -> Iterator[tuple[User, Groups]]:
    """The members whom some on this node see since the change, or do not see any more, with those on this node."""
    groups: dict[tuple[Vantage, ...], Groups] = {}
    for uid in shift.subjects:
        concerned = tuple(
            vantage for vantage in shift.viewers if _sights(shift, uid, vantage) == (not appearing, appearing)
        )
        if concerned:
            if concerned not in groups:
                sessions = [session for vantage in concerned for session in shift.viewers[vantage]]
                groups[concerned] = engine.audience.of_sessions(sessions)
            yield engine.state.users[uid], groups[concerned]


def _sights(shift: Shift, uid: str, vantage: Vantage) -> tuple[bool, bool]:
    """Whether a member was seen from there, and is seen."""
    return (
        rules.is_in_sight(shift.old, uid, vantage.before),
        rules.is_in_sight(shift.channel, uid, vantage.after),
    )


def _lead_anew(engine: Engine, entry: Entry, session: Session, channel: Channel) -> None:
    """A client leaves the channel and enters it again: it forgets its list of members and gets another."""
    ctx, user = Context(engine, session, "MODE", {}), engine.state.users[session.uid]
    tags = engine.tagger.tags(session.caps, entry.at)
    ctx.line(replies.line(user.mask, "PART", channel.name, COMING_BACK), tags)
    plain, extended = join_lines(user, channel)
    ctx.line(extended if session.caps & caps.EXTENDED_JOIN else plain, tags)
    show(ctx, entry, channel)

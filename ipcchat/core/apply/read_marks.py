"""How far people have read: a time for each channel and each person they talk to, kept for an account or a guest.

Rules:
1. A marker only ever rises, and never above the time of the entry that sets it: who marks the future has read up to
   now.
2. They are told to the connections of the one who read, and to nobody else.
3. As many as a user may have are kept, those that moved last. An account's last; a guest's go with him.

Specification: IRCv3 draft/read-marker (https://ircv3.net/specs/extensions/read-marker).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import caps, facts, replies, rules
from ipcchat.core.apply.meaning import means
from ipcchat.core.context import Context
from ipcchat.core.facts import Entry
from ipcchat.core.state import Channel, State, User
from ipcchat.wire.casemap import fold
from ipcchat.wire.times import format_time

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

NOTHING_READ = "*"


class Marking(msgspec.Struct, frozen=True):
    """Up to when (Unix ms) a user has read a history, and whether that is news."""

    read_at: int
    moved: bool


def marker(state: State, user: User, place: str) -> int:
    """Up to when (Unix ms) the user has read a history; 0 when that is not known."""
    return state.markers.get(_reader(user), {}).get(place, 0)


def _reader(user: User) -> str:
    """Under what a user's markers are kept. No account is called like a uid."""
    return fold(user.account) if user.account else user.uid


def tell(ctx: Context, target: str, read_at: int) -> None:
    """Up to when (Unix ms) the reader has read what he calls `target`."""
    stamp = f"timestamp={format_time(read_at)}" if read_at else NOTHING_READ
    ctx.line(replies.line(ctx.engine.server_name, "MARKREAD", target, stamp))


def after_join(ctx: Context, channel: Channel) -> None:
    """What a client that wants markers is told behind its JOIN, and before the end of the names."""
    if ctx.session.caps & caps.READ_MARKER:
        tell(ctx, channel.name, marker(ctx.state, ctx.user, channel.history))


def _check(state: State, fact: facts.ReadMarked) -> None:
    rules.actor(state, fact)


def _change(state: State, fact: facts.ReadMarked, entry: Entry) -> Marking:
    user = state.users[fact.by]
    markers = state.markers.setdefault(_reader(user), {})
    before, read_at = markers.pop(fact.place, 0), min(fact.read_at, entry.at)
    markers[fact.place] = max(before, read_at)
    if len(markers) > state.limits.read_markers_max:
        del markers[next(iter(markers))]
    return Marking(max(before, read_at), read_at > before)


def _announce(engine: Engine, fact: facts.ReadMarked, entry: Entry, marking: Marking, ctx: Context | None) -> None:
    room = engine.state.rooms.get(fact.place)
    target = room.name if room is not None else fact.target
    if marking.moved and engine.state.pushes:
        reader = engine.state.users[fact.by]
        engine.pushing.active(engine, reader.account, fact.place, target, marking.read_at)
    if ctx is not None:
        tell(ctx, target, marking.read_at)
    for session in engine.audience.of(fact.by) if marking.moved else ():
        if session.caps & caps.READ_MARKER and (ctx is None or session is not ctx.session):
            tell(Context(engine, session, "MARKREAD", {}), target, marking.read_at)


means(facts.ReadMarked, check=_check, change=_change, announce=_announce)

"""What is no message, and still belongs into the histories of channels: who came and left, nicks, modes, topics, names.

Rules:
1. It is kept by announcements, on every node and when a node starts again, as it was told to those who were there.
2. A member whom some do not see (+D, +u) leaves no trace: history is for all members.
3. A history has one event for each entry of the journal. Many who are lost at once, with their node, are not told of:
   their clients come back by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ipcchat.core import facts
from ipcchat.core.apply import telling
from ipcchat.core.effects import Happening, Recall
from ipcchat.core.facts import Entry
from ipcchat.core.state import Channel, User

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


def happened(engine: Engine, entry: Entry, channels: Iterable[Channel], what: Happening) -> None:
    """It happened in these channels."""
    histories = tuple(channel.history for channel in channels)
    if histories:
        engine.effects.append(Recall(entry.seq, entry.at, histories, what))


def joined(engine: Engine, entry: Entry, channel: Channel, user: User) -> None:
    """Somebody joined a channel."""
    if not telling.is_partly_hidden(channel, user.uid):
        what = Happening(user.mask, "JOIN", (channel.name,), user.account, user.realname)
        happened(engine, entry, [channel], what)


def renamed(engine: Engine, entry: Entry, user: User, mask: str) -> None:
    """Somebody who was nick!user@host until now has another nick."""
    rooms = engine.state.channels_of(user)
    seen = [channel for channel in rooms if not telling.is_partly_hidden(channel, user.uid)]
    happened(engine, entry, seen, Happening(mask, "NICK", (user.nick,)))


def departed(
    engine: Engine, entry: Entry, user: User, seen: Iterable[tuple[Channel, list[User] | None]], reason: str
) -> None:
    """Somebody is gone; `seen` are his channels with those who saw him there, None for everybody."""
    if not isinstance(entry.fact, facts.NodeDown):
        rooms = [channel for channel, seers in seen if seers is None]
        happened(engine, entry, rooms, Happening(user.mask, "QUIT", (reason,)))

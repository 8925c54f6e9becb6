"""Who of this node's connections hears what: the sessions of users, and each channel's links grouped for broadcasting.

A group is all local members with the same broadcast capabilities on the same I/O loop: a line is rendered once for
it and handed over with one list of links. A list is never changed after it was handed out; a change makes a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ipcchat.core.effects import Link
from ipcchat.core.session import Session
from ipcchat.core.state import Channel, User

Group = tuple[int, int]
Groups = dict[Group, list[Link]]
_NOBODY: Groups = {}


class Audience:
    """The registered sessions of this node, `count` of them: a user may have several."""

    def __init__(self) -> None:
        self._sessions: dict[str, tuple[Session, ...]] = {}
        self.count = 0
        self._channels: dict[str, Groups] = {}

    def of(self, uid: str) -> tuple[Session, ...]:
        """The local sessions of a user."""
        return self._sessions.get(uid, ())

    def uids(self) -> list[str]:
        """The users who have local sessions."""
        return list(self._sessions)

    def add(self, uid: str, session: Session) -> None:
        """A session is one of that user's."""
        self._sessions[uid] = (*self.of(uid), session)
        self.count += 1

    def remove(self, uid: str, session: Session, channels: Iterable[Channel]) -> None:
        """A session of that user, who is or was in these channels, is gone. Calling it again does nothing."""
        sessions = self.of(uid)
        if session not in sessions:
            return
        self.count -= 1
        remaining = tuple(other for other in sessions if other is not session)
        if remaining:
            self._sessions[uid] = remaining
        else:
            del self._sessions[uid]
        for channel in channels:
            self.leave(channel, session)

    def of_channel(self, channel: Channel) -> Groups:
        """The channel's local members, grouped."""
        return self._channels.get(channel.name, _NOBODY)

    def of_users(self, users: Iterable[User]) -> Groups:
        """The local sessions of some users, grouped."""
        return _grouped(session for user in users for session in self.of(user.uid))

    def of_sessions(self, sessions: Iterable[Session]) -> Groups:
        """Some sessions, grouped."""
        return _grouped(sessions)

    def united(self, several: Iterable[Groups]) -> Groups:
        """Several groups as one, with each link once."""
        return _united(several)

    def without(self, groups: Groups, uid: str) -> Groups:
        """These groups without the sessions of one user."""
        own = {id(session.link) for session in self.of(uid)}
        kept = (
            {group: [link for link in links if id(link) not in own] for group, links in groups.items()}
            if own
            else groups
        )
        return {group: links for group, links in kept.items() if links}

    def of_channels(self, channels: Iterable[Channel], also: Iterable[Session] = ()) -> Groups:
        """The local members of any of these channels, each once, and `also`, grouped."""
        several = [self.of_channel(channel) for channel in channels]
        if also:
            several.append(_grouped(also))
        return several[0] if len(several) == 1 else _united(several)

    def enter(self, channel: Channel, session: Session) -> None:
        """The session's user is in the channel now."""
        groups = self._channels.setdefault(channel.name, {})
        groups[session.group] = [*groups.get(session.group, ()), session.link]

    def leave(self, channel: Channel, session: Session) -> None:
        """The session's user is no longer in the channel."""
        groups = self._channels.get(channel.name, {})
        remaining = [link for link in groups.get(session.group, ()) if link is not session.link]
        if remaining:
            groups[session.group] = remaining
            return
        groups.pop(session.group, None)
        if not groups:
            self._channels.pop(channel.name, None)

    def rename(self, before: str, after: str) -> None:
        """A channel has another name."""
        groups = self._channels.pop(before, None)
        if groups:
            self._channels[after] = groups

    def regroup(self, session: Session, bits: int, channels: Iterable[Channel]) -> None:
        """The session's capabilities become `bits`."""
        channels = list(channels)
        for channel in channels:
            self.leave(channel, session)
        session.caps = bits
        for channel in channels:
            self.enter(channel, session)


def _grouped(sessions: Iterable[Session]) -> Groups:
    groups: Groups = {}
    for session in sessions:
        groups.setdefault(session.group, []).append(session.link)
    return groups


def _united(several: Iterable[Groups]) -> Groups:
    """The groups of all, with each link once."""
    union: dict[Group, dict[Link, None]] = {}
    for group, links in _items(several):
        union.setdefault(group, {}).update(dict.fromkeys(links))
    return {group: list(links) for group, links in union.items()}


def _items(several: Iterable[Groups]) -> Iterator[tuple[Group, list[Link]]]:
    for groups in several:
        yield from groups.items()

"""Who may know of whom: which people, memberships and addresses the answers to WHO, WHOIS, NAMES and the like show.

Rules:
1. Everybody is found by his exact nick, services too. A search finds the invisible (+i) for himself, for those who see
   him in a channel, and for operators of the network.
2. That somebody is in a channel is shown to those who may know of it (+s) and see him there (+D, +u). Who is outside is
   not shown the invisible.
3. Channels with +s or +p are named to outsiders by no search; who asks for a +p channel by its name gets an answer.
4. Where somebody really is, when his host does not tell, is shown to himself and to operators with the privilege
   `addresses`.
5. Operators of the network see people, but not into channels: what is said to be secret is so for them too.

Specification: Modern IRC "Invisible User Mode" (https://modern.ircdocs.horse/#invisible-user-mode) and "Secret Channel
Mode" (https://modern.ircdocs.horse/#secret-channel-mode).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ipcchat.core import rules, services
from ipcchat.core.privileges import ADDRESSES
from ipcchat.core.state import Channel, State, User

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

ADDRESS_HIDDEN = "255.255.255.255"
"""What stands for an address that is not told, as WHOX has it."""


def somebody(engine: Engine, nick: str) -> User | None:
    """Who has that nick: a user, or a service as one (without a uid)."""
    user = engine.state.nicks.find(nick)
    service = services.find(nick) if user is None else None
    if service is None:
        return user
    started, host = engine.started.wall, engine.server_name
    return User("", service.name, service.name, host, service.purpose, "", started, engine.now.wall)


def finds(state: State, viewer: User, user: User) -> bool:
    """Whether a search of the viewer finds the user."""
    return "i" not in user.modes or may_see_private(viewer, user) or _meets(state, viewer, user)


def _meets(state: State, viewer: User, user: User) -> bool:
    """Whether the viewer sees the user in a channel that both are in."""
    for channel in state.channels_of(user):
        if viewer.uid in channel.members and rules.sees_member(channel, viewer, user.uid):
            return True
    return False


def shows_in(channel: Channel, viewer: User, user: User) -> bool:
    """Whether the viewer may know that this member is in the channel."""
    if viewer.uid not in channel.members and not _may_look_in(channel, viewer, user):
        return False
    return rules.sees_member(channel, viewer, user.uid)


def _may_look_in(channel: Channel, viewer: User, user: User) -> bool:
    """Whether somebody outside of the channel may know of that member."""
    return rules.may_know(channel, viewer) and ("i" not in user.modes or rules.is_network_operator(viewer))


def members(state: State, channel: Channel, viewer: User) -> Iterator[tuple[User, str]]:
    """The members whom the viewer may know of with their prefix modes, in the order of joining."""
    if viewer.uid in channel.members and not channel.hidden and "u" not in channel.flags:
        return state.members(channel)
    return ((user, modes) for user, modes in state.members(channel) if shows_in(channel, viewer, user))


def named_channels(state: State, viewer: User, user: User) -> Iterator[Channel]:
    """The user's channels that an answer about him may name to the viewer, in the order of joining."""
    for channel in state.channels_of(user):
        if rules.is_listed_for(channel, viewer) and shows_in(channel, viewer, user):
            yield channel


def may_see_private(viewer: User, user: User) -> bool:
    """Whether the viewer may know what is between the user and the server: his modes and certificate."""
    return viewer is user or rules.is_network_operator(viewer)


def may_see_address(viewer: User, user: User) -> bool:
    """Whether the viewer may know where the user really is."""
    return viewer is user or rules.has_privilege(viewer, ADDRESSES)


def known_address(viewer: User, user: User) -> str:
    """Where the user really is; "" for those who may not know."""
    if user.host == user.address or may_see_address(viewer, user):
        return user.address or user.host
    return ""


def shown_address(viewer: User, user: User) -> str:
    """Where the user really is, or what stands for it in answers to those who may not know."""
    return known_address(viewer, user) or ADDRESS_HIDDEN


def placed(viewer: User, user: User, address: str = "") -> str:
    """nick!user@host, and behind it where he really is (at `address`, when he has connections from several places) for
    those who may know."""
    known = known_address(viewer, user)
    return f"{user.mask} [{address or known}]" if known else user.mask

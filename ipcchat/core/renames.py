"""Old names of channels: where they lead since the channel has another one.

Rules:
1. An old name leads to the channel as long as somebody is in it or may come back to his place there. Then the name is
   free, and a channel that is made under it has nothing to do with the other.
2. It leads to that channel only: who founds an empty one anew, or takes the place of one that is gone, gets none of the
   names that led there.
3. A name that is given to a channel leads nowhere.

Specification: IRCv3 draft/channel-rename, "Channel redirection" (https://ircv3.net/specs/extensions/channel-rename).
"""

from __future__ import annotations

from ipcchat.core import permissions, rules
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.state import Channel, State, User
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold


def successor(state: State, name: str, at: int) -> Channel | None:
    """The channel that had this name before and is still looked for under it at that time (Unix ms)."""
    channel = state.channels.find(state.renamed.get(fold(name), ""))
    return None if channel is None or rules.is_vacant(state, channel, at) else channel


def may_follow(state: State, channel: Channel, user: User, at: int) -> bool:
    """Whether the user may be told where the channel is: he may know of it, is invited, or has a place there."""
    expected = user.uid in channel.invited or permissions.kept_seat(state, channel, user, at) is not None
    return expected or rules.may_know(channel, user)


def refusal(state: State, channel: Channel, user: User, name: str, at: int) -> Refusal:
    """Why `name` cannot be joined: it was the name of `channel`."""
    if not may_follow(state, channel, user, at):
        text = "Another channel had that name and keeps it for a while; choose another"
        return Refusal(numerics.ERR_UNAVAILRESOURCE, name, text=text)
    text = word_of(channel)
    failure = Failure(numerics.ERR_LINKCHANNEL, "JOIN", "CHANNEL_RENAMED", name, channel.name, text=text)
    failure.params = (name, channel.name)
    return failure


def word_of(channel: Channel) -> str:
    """What to tell people who look for the channel under an old name."""
    return f"The channel has been renamed; it is {channel.name} now"


def lead(state: State, old: str, new: str) -> None:
    """A change: the folded name `old`, and those that led to it, lead to the folded name `new`."""
    state.renamed = {name: (new if to == old else to) for name, to in state.renamed.items() if name != new}
    state.renamed[old] = new
    if len(state.renamed) > state.limits.renamed_entries_max:
        del state.renamed[next(iter(state.renamed))]


def forget(state: State, channel: Channel) -> None:
    """A change: no other name leads to the channel any more."""
    gone = fold(channel.name)
    state.renamed = {name: to for name, to in state.renamed.items() if to != gone}

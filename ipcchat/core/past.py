"""What of the past a user may see: of each channel that he is in, and of his conversations.

The spans are those that queries take (effects.Spans). What is not in them does not exist for him, whatever it is asked
by: a page, a search, a catch-up, or a reference to a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ipcchat.core import channel_settings, visits
from ipcchat.core.effects import Spans
from ipcchat.core.facts import conversation, parties, party
from ipcchat.core.state import Channel, State, User
from ipcchat.wire.casemap import fold


def of_channel(state: State, user: User, channel: Channel) -> Spans:
    """What a member may see of a channel's history: what was said while he was in it, now and on his account's visits;
    and while the channel is open, what was said while it was."""
    opened, policy = channel.history_after, channel_settings.value_of(channel, channel_settings.HISTORY)
    if policy == channel_settings.ALL or not (policy or channel.private or channel.closed):
        return ((opened, state.seq),)
    return merged((*of_stays(state, user.account, user, channel), *of_newcomer(state, channel)))


def of_stays(state: State, account: str, member: User | None, channel: Channel) -> Spans:
    """What was said in a channel while an account ("": none), or a member, was in it."""
    stays = visits.of_account(state, account, channel) if account else []
    stays += visits.present(state, member, channel) if member is not None else []
    return merged((max(first - 1, channel.history_after), last) for first, last in stays)


def of_newcomer(state: State, channel: Channel) -> Spans:
    """What somebody sees of a channel's history who came in now for the first time."""
    opened, policy = channel.history_after, channel_settings.value_of(channel, channel_settings.HISTORY)
    if policy == channel_settings.ALL:
        return ((opened, state.seq),)
    if policy or channel.private:
        return ()
    return merged((max(after, opened), through) for after, through in _open_parts(state, channel))


def _open_parts(state: State, channel: Channel) -> Iterator[tuple[int, int]]:
    """The parts of an open channel's past in which it was open."""
    after = 0
    for first, last in visits.closed_parts(channel):
        yield after, first
        after = last
    yield after, state.seq


def merged(spans: Iterable[tuple[int, int]]) -> Spans:
    """Spans in rising order, with those as one that meet, and without empty ones."""
    rising: list[tuple[int, int]] = []
    for after, through in sorted(spans):
        if rising and after <= rising[-1][1]:
            rising[-1] = (rising[-1][0], max(through, rising[-1][1]))
        elif after < through:
            rising.append((after, through))
    return tuple(rising)


def of_channels(state: State, user: User) -> dict[str, Spans]:
    """What a user may see of the histories of all channels that he is in."""
    return {channel.history: of_channel(state, user, channel) for channel in state.channels_of(user)}


def account_after(state: State, user: User) -> int:
    """From which place of the journal on what his account wrote, and was written, is his: not that of an account of the
    same name before. Who has none has nothing."""
    account = state.accounts.find(user.account)
    return account.since if account is not None else state.seq


def of_conversation(state: State, user: User) -> Spans:
    """What a user who has an account may see of one of his conversations."""
    return ((account_after(state, user), state.seq),)


def conversation_with(state: State, user: User, nick: str) -> str:
    """The history of what a user who has an account and somebody else wrote to each other: with the account of the one
    who is called that now, or with the account that the nick belongs to, or with who was called that and had none.
    ~nick is always that last one."""
    name = nick.removeprefix("~")
    other = state.nicks.find(name)
    if name != nick:
        account = ""
    elif other is not None:
        account = other.account
    else:
        owner = state.accounts.owner(name)
        account = owner.name if owner else ""
    return conversation(fold(user.account), party(account, name))


class Names:
    """What histories that a user may see are called today; make one for each answer."""

    def __init__(self, state: State, user: User) -> None:
        self._state = state
        self._user = user
        self._nicks: dict[str, str] | None = None

    def called(self, history: str) -> str:
        """A channel's name, or the nick of the other side, by which `conversation_with` finds it. "" for a channel that
        is not there any more."""
        if history[0] != "@":
            channel = self._state.rooms.get(history)
            return channel.name if channel is not None else ""
        one, other = parties(history)
        other = other if one == fold(self._user.account) else one
        names = self._of_guest(other) if other[0] == "~" else self._of_account(other)
        found = (name for name in names if conversation_with(self._state, self._user, name) == history)
        return next(found, names[0])

    def _of_guest(self, other: str) -> list[str]:
        holder = self._state.nicks.find(other[1:])
        return [holder.nick if holder is not None else other[1:], other]

    def _of_account(self, other: str) -> list[str]:
        """The nick of who is logged in to it, and those that belong to it."""
        account = self._state.accounts.find(other)
        present = self._present().get(other)
        names = [present] if present else []
        return [*names, *account.names()] if account is not None else [*names, other]

    def _present(self) -> dict[str, str]:
        """A nick of each account that somebody is logged in to, one that belongs to it before others."""
        if self._nicks is None:
            self._nicks = {}
            for user in self._state.users.values():
                if user.account:
                    is_own = fold(user.nick) == fold(user.account)
                    if is_own or fold(user.account) not in self._nicks:
                        self._nicks[fold(user.account)] = user.nick
        return self._nicks

"""Who was in which channel, from where to where in the journal: what people see of channels whose past is for those who
were there.

Rules:
1. A user's present stays are in User.since, beside User.channels: the place at which he joined each. Where several
   users of one account are in a channel, each sees what was said during the stays of all of them.
2. A stay of somebody with an account that is over is a visit of the account (State.visits), under the name of the
   channel's history, which it keeps when it is renamed. It is over when he leaves, is put out or lost, and when he
   logs out or in to another account; what he hears after that is another stay.
3. What was said while a channel was private (+i, +k or +s) stays for those who were there, also when it is open again:
   Channel.closed has those parts of its past, Channel.closed_since where the present one began.
4. Visits that meet are one. An account has a limited number in each channel and of channels; the oldest are forgotten.
"""

from __future__ import annotations

from ipcchat.core.state import Channel, State, User
from ipcchat.wire.casemap import fold


def enter(state: State, user: User, channel: Channel) -> None:
    """A change: the user is in the channel from this place of the journal on."""
    user.channels = (*user.channels, fold(channel.name))
    user.since = (*user.since, state.seq)


def leave(state: State, user: User, channel: Channel) -> None:
    """A change: the user is in the channel no longer."""
    place = user.channels.index(fold(channel.name))
    _remember(state, user.account, channel, user.since[place])
    user.channels = user.channels[:place] + user.channels[place + 1 :]
    user.since = user.since[:place] + user.since[place + 1 :]


def end_all(state: State, user: User) -> None:
    """A change: all stays of a user are over, because he is gone or has another account from here on."""
    for channel, since in zip(state.channels_of(user), user.since, strict=True):
        _remember(state, user.account, channel, since)
    user.since = (state.seq,) * len(user.channels) if user.account else user.since


def since(user: User, channel: Channel) -> int:
    """The place of the journal at which a member joined the channel."""
    return user.since[user.channels.index(fold(channel.name))]


def present(state: State, user: User, channel: Channel) -> list[tuple[int, int]]:
    """The stays in the channel that are not over: a member's own, and those of other users of his account."""
    own = (since(user, channel), state.seq)
    if not user.account:
        return [own]
    account = fold(user.account)
    others = (state.users[uid] for uid in channel.members if uid != user.uid)
    return [own, *((since(other, channel), state.seq) for other in others if fold(other.account) == account)]


def of_account(state: State, account: str, channel: Channel) -> list[tuple[int, int]]:
    """The visits of an account in the channel: first and last place of each, rising and apart."""
    places = state.visits.get(fold(account), {}).get(channel.history, ())
    return list(zip(places[::2], places[1::2], strict=True))


def close_or_open(state: State, channel: Channel) -> None:
    """A change: the channel has just become private, or is not any more."""
    if channel.private:
        channel.closed_since = state.seq
        return
    parts = [*closed_parts(channel), (channel.closed_since, state.seq)]
    while len(parts) > state.limits.visits_per_channel_max:
        parts[:2] = [(parts[0][0], parts[1][1])]
    channel.closed = tuple(place for part in parts for place in part)


def closed_parts(channel: Channel) -> list[tuple[int, int]]:
    """The parts of a channel's past in which it was private, but for the present one: first and last place of each."""
    return list(zip(channel.closed[::2], channel.closed[1::2], strict=True))


def _remember(state: State, account: str, channel: Channel, first: int) -> None:
    if not account:
        return
    rooms = state.visits.setdefault(fold(account), {})
    kept = _merged([*of_account(state, account, channel), (first, state.seq)])[-state.limits.visits_per_channel_max :]
    rooms.pop(channel.history, None)
    rooms[channel.history] = tuple(place for visit in kept for place in visit)
    if len(rooms) > state.limits.visited_channels_max:
        del rooms[next(iter(rooms))]


def _merged(visits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same visits, rising, with those as one that overlap or have nothing between them: two connections of one
    account were there at a time."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(visits):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged

"""Who may read a file: whose it is, and who may see a message that carries it.

Rules:
1. In a channel that is who sees the message there (past.py): a member what a member sees, and whoever could come in now
   what he would see then. An account sees what was said while it was there, also when it is not connected.
2. In private those who wrote to each other: by their accounts, or while they are here as who they were.
3. A message to those of a rank is for members who have it now and were there.
"""

from __future__ import annotations

from ipcchat.core import past, rules
from ipcchat.core.effects import Spans
from ipcchat.core.facts import parties
from ipcchat.core.files import Carrier, File
from ipcchat.core.holders import Holder
from ipcchat.core.modes import CHANNEL_CLASSES
from ipcchat.core.permissions import Asked, obstacle
from ipcchat.core.state import Channel, State, User
from ipcchat.wire.casemap import fold


def may_read(state: State, holder: Holder, file: File, at: int) -> bool:
    """Whether he may read it at that time (Unix ms)."""
    return is_owner(holder, file) or any(_sees(state, holder, carrier, at) for carrier in file.carriers)


def is_owner(holder: Holder, file: File) -> bool:
    """Whether it is his."""
    if file.account:
        return bool(holder.account) and fold(holder.account) == fold(file.account)
    return bool(file.uid) and holder.user is not None and holder.user.uid == file.uid


def _sees(state: State, holder: Holder, carrier: Carrier, at: int) -> bool:
    if carrier.until and at >= carrier.until:
        return False
    if holder.user is not None and holder.user.uid in carrier.between:
        return True
    if carrier.history[:1] == "@":
        return _is_party(state, holder, carrier)
    channel = state.rooms.get(carrier.history)
    if channel is None:
        return False
    if carrier.status:
        return any(_has_heard(state, user, channel, carrier) for user in _users(state, holder))
    return any(after < carrier.seq <= through for after, through in _spans(state, holder, channel, at))


def _is_party(state: State, holder: Holder, carrier: Carrier) -> bool:
    account = state.accounts.find(holder.account)
    is_named = account is not None and fold(holder.account) in parties(carrier.history)
    return is_named and account is not None and account.since < carrier.seq


def _has_heard(state: State, user: User, channel: Channel, carrier: Carrier) -> bool:
    """Whether a message to those of a rank is his."""
    if user.uid not in channel.members:
        return False
    rank = CHANNEL_CLASSES.prefixes[CHANNEL_CLASSES.symbols.index(carrier.status)]
    spans = past.of_stays(state, user.account, user, channel)
    return rules.has_rank(channel, user, rank) and any(after < carrier.seq <= last for after, last in spans)


def _spans(state: State, holder: Holder, channel: Channel, at: int) -> Spans:
    """What he may see of the channel's history."""
    users = _users(state, holder)
    member = next((user for user in users if user.uid in channel.members), None)
    if member is not None:
        return past.of_channel(state, member, channel)
    spans = past.of_stays(state, holder.account, None, channel)
    newcomer = users[0] if users else _stranger(holder.account)
    if obstacle("join", state, channel, newcomer, Asked(at=at)) is None:
        spans = past.merged((*spans, *past.of_newcomer(state, channel)))
    return spans


def _users(state: State, holder: Holder) -> list[User]:
    """As whom he is here: himself, and everybody of his account."""
    own = [holder.user] if holder.user is not None else []
    if not holder.account:
        return own
    account = fold(holder.account)
    return own + [user for user in state.users.values() if user.account and fold(user.account) == account]


def _stranger(account: str) -> User:
    """Somebody who is not here, as the doors of channels would see him."""
    return User("", "*", "*", "*", "*", "", 0, 0, account=account)

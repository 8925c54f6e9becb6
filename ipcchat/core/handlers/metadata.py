"""METADATA: keys with values on users and channels (IRCv3 draft/metadata-2).

Anybody sees the metadata of a target that he may know of, sets his own, and an operator of a channel sets the
channel's. Before registration `*` is oneself, and what was set then is there on arrival.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ipcchat.core import caps, facts, metadata, rules
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure
from ipcchat.core.permissions import obstacle
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.state import Channel, User
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.numerics import Numeric

KEYS_PER_LINE = 7  # of at most 64 bytes each: it fits


class Holder(msgspec.Struct, frozen=True):
    """What has metadata: its name in replies, the keys, and what it is; neither user nor channel before
    registration."""

    name: str
    keys: dict[str, str]
    user: User | None = None
    channel: Channel | None = None


@command("METADATA", spec=IRCV3 + "metadata", before=True, cost=2.0)
def metadata_(ctx: Context, target: str, subcommand: str, *params: str) -> None:
    """See and set keys of people and channels: METADATA * SET url :https://example.org, METADATA #tea LIST; also GET,
    CLEAR, SYNC, and SUB, UNSUB, SUBS for what you want to hear of."""
    action = _SUBCOMMANDS.get(subcommand.upper())
    if action is None:
        known = ", ".join(_SUBCOMMANDS)
        raise _failure("SUBCOMMAND_INVALID", quotable(subcommand), text=f"No such subcommand; there are {known}")
    action(ctx, _holder(ctx, target), params)


def _failure(code: str, *context: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "METADATA", code, *context, text=text)


def _holder(ctx: Context, target: str) -> Holder:
    """What a target names. Raises Failure INVALID_TARGET, the same for what may not be known as for what is not."""
    session = ctx.session
    if session.user is None:
        if target == "*":
            if session.metadata is None:
                session.metadata = {}
            return Holder("*", session.metadata)
    elif target.startswith("#"):
        room = ctx.state.channels.find(target)
        if room is not None and rules.may_know(room, session.user):
            return Holder(room.name, room.metadata, channel=room)
    else:
        user = session.user if target == "*" else ctx.state.nicks.find(target)
        if user is not None:
            return Holder(user.nick, user.metadata, user=user)
    raise _failure("INVALID_TARGET", quotable(target), text="Invalid target: a nick, a channel, or * for yourself")


def _key(key: str) -> str:
    if not metadata.is_key(key):
        text = f"Invalid key: 1 to {metadata.KEY_BYTES_MAX} of a-z 0-9 _ . / -"
        raise _failure("KEY_INVALID", quotable(key), text=text)
    return key


def _value_reply(ctx: Context, holder: Holder, key: str, value: str) -> None:
    ctx.reply_text(numerics.RPL_KEYVALUE, holder.name, key, "*", value)


# Seeing.


def _get(ctx: Context, holder: Holder, keys: tuple[str, ...]) -> None:
    with ctx.batched("metadata", holder.name):
        for key in keys:
            with ctx.attempt():
                if _key(key) in holder.keys:
                    _value_reply(ctx, holder, key, holder.keys[key])
                else:
                    ctx.reply(numerics.RPL_KEYNOTSET, holder.name, key, text="key not set")


def _list(ctx: Context, holder: Holder, nothing: tuple[str, ...]) -> None:
    with ctx.batched("metadata", holder.name):
        for key, value in holder.keys.items():
            _value_reply(ctx, holder, key, value)


def _sync(ctx: Context, holder: Holder, nothing: tuple[str, ...]) -> None:
    keys = ctx.engine.subscriptions.keys(ctx.session)
    with ctx.batched("metadata", holder.name):
        if holder.channel is not None and ctx.user.uid in holder.channel.members:
            metadata.tell_channel(ctx, holder.channel, keys)
        elif holder.user is not None:
            metadata.tell_user(ctx, holder.user, keys)


# Setting.


def _set(ctx: Context, holder: Holder, params: tuple[str, ...]) -> None:
    if not params:
        text = "Which key? METADATA <target> SET <key> [<value>]"
        raise _failure("KEY_INVALID", "*", text=text)
    key, value = _key(params[0]), params[1] if len(params) > 1 else None
    _require_own(ctx, holder, key)
    most = ctx.engine.limits.metadata_value_bytes_max
    if value is not None and len(value.encode()) > most:
        raise _failure("VALUE_INVALID", text=f"The value is too long: at most {most} bytes")
    if value is None and key not in holder.keys:
        raise _failure("KEY_NOT_SET", holder.name, key, text="key not set")

    def answer() -> None:
        if value is None:
            ctx.reply(numerics.RPL_KEYNOTSET, holder.name, key, text="key not set")
        else:
            _value_reply(ctx, holder, key, value)

    _change(ctx, holder, ((key, value),), answer)


def _clear(ctx: Context, holder: Holder, nothing: tuple[str, ...]) -> None:
    _require_own(ctx, holder, "*")
    gone = dict(holder.keys)

    def answer() -> None:
        with ctx.batched("metadata", holder.name):
            for key, value in gone.items():
                _value_reply(ctx, holder, key, value)

    _change(ctx, holder, tuple((key, None) for key in gone), answer)


def _require_own(ctx: Context, holder: Holder, key: str) -> None:
    """It is himself, or a channel that he is an operator of. Raises Failure KEY_NO_PERMISSION."""
    if holder.channel is not None:
        allowed = obstacle("metadata", ctx.state, holder.channel, ctx.user) is None
    else:
        allowed = holder.user is ctx.session.user
    if not allowed:
        text = "You may set your own keys, and those of channels that you are an operator of"
        raise _failure("KEY_NO_PERMISSION", holder.name, key, text=text)


def _change(
    ctx: Context, holder: Holder, changes: tuple[tuple[str, str | None], ...], answer: Callable[[], None]
) -> None:
    if holder.channel is None and holder.user is None:
        _change_unregistered(ctx, holder.keys, changes)
        answer()
    elif not changes:
        answer()
    else:
        ctx.then = answer
        if holder.channel is not None:
            ctx.propose(facts.ChannelMetadataChanged, channel=holder.channel.name, changes=changes)
        else:
            ctx.propose(facts.UserMetadataChanged, changes=changes)


def _change_unregistered(ctx: Context, keys: dict[str, str], changes: tuple[tuple[str, str | None], ...]) -> None:
    most = ctx.engine.limits.metadata_keys_max
    for key, value in changes:
        if value is None:
            del keys[key]
        elif key in keys or len(keys) < most:
            keys[key] = value
        else:
            raise _failure("LIMIT_REACHED", "*", text=f"There are {most} keys already; take one away first")


# Subscribing.


def _sub(ctx: Context, holder: Holder, keys: tuple[str, ...]) -> None:
    _require_self(ctx, holder)
    subscriptions, session = ctx.engine.subscriptions, ctx.session
    accepted: dict[str, None] = {}
    for key in keys:
        with ctx.attempt():
            known = subscriptions.keys(session)
            if len(known) >= ctx.engine.limits.subscriptions_max:
                text = f"Too many subscriptions: at most {ctx.engine.limits.subscriptions_max}"
                ctx.refused(_failure("TOO_MANY_SUBS", quotable(key), text=text))
                break
            subscriptions.add(session, _key(key))
            accepted[key] = None
    _tell_keys(ctx, numerics.RPL_METADATASUBOK, list(accepted))
    _tell_current(ctx, list(accepted))


def _require_self(ctx: Context, holder: Holder) -> None:
    if holder.channel is not None or holder.user is not ctx.session.user:
        raise _failure("INVALID_TARGET", holder.name, text="Subscriptions are your own: write * as the target")


def _tell_keys(ctx: Context, numeric: Numeric, keys: list[str]) -> None:
    """Keys as parameters, as many lines as it takes: RFC 1459 allows 15 parameters in one."""
    for start in range(0, len(keys), KEYS_PER_LINE):
        ctx.reply_text(numeric, *keys[start : start + KEYS_PER_LINE])


def _tell_current(ctx: Context, keys: list[str]) -> None:
    """The values of new keys for everything that the session hears of."""
    if not (keys and ctx.session.user and ctx.session.has(caps.METADATA)):
        return
    for room in ctx.state.channels_of(ctx.user):
        if metadata.is_too_large(room):
            ctx.reply(numerics.RPL_METADATASYNCLATER, room.name, str(metadata.SYNC_LATER_SECONDS))
        else:
            metadata.tell_channel(ctx, room, keys)
    for nick in ctx.engine.monitors.nicks(ctx.session):
        user = ctx.state.nicks.find(nick)
        if user is not None and not metadata.sees(ctx.engine, ctx.user, user):
            metadata.tell_user(ctx, user, keys)


def _unsub(ctx: Context, holder: Holder, keys: tuple[str, ...]) -> None:
    _require_self(ctx, holder)
    removed: dict[str, None] = {}
    for key in keys:
        with ctx.attempt():
            ctx.engine.subscriptions.remove(ctx.session, _key(key))
            removed[key] = None
    _tell_keys(ctx, numerics.RPL_METADATAUNSUBOK, list(removed))


def _subs(ctx: Context, holder: Holder, nothing: tuple[str, ...]) -> None:
    _require_self(ctx, holder)
    with ctx.batched("metadata-subs"):
        _tell_keys(ctx, numerics.RPL_METADATASUBS, ctx.engine.subscriptions.keys(ctx.session))


_SUBCOMMANDS: dict[str, Callable[[Context, Holder, tuple[str, ...]], None]] = {
    "GET": _get,
    "LIST": _list,
    "SET": _set,
    "CLEAR": _clear,
    "SUB": _sub,
    "UNSUB": _unsub,
    "SUBS": _subs,
    "SYNC": _sync,
}

"""Metadata as readers get it: who may see whose, one key in a line, and all subscribed keys of a target at once.

Everybody who may know of a target may see its metadata; the visibility is always `*`.

Specification: IRCv3 draft/metadata-2 (https://ircv3.net/specs/extensions/metadata).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ipcchat.core import caps, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.session import Session
from ipcchat.core.state import Channel, User
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

KEY_BYTES_MAX = 64
SYNC_MEMBERS_MAX = 500  # larger channels are synchronized when the client asks for it
SYNC_LATER_SECONDS = 5
_KEY = re.compile(rf"[a-z0-9_./-]{{1,{KEY_BYTES_MAX}}}", re.ASCII)


def is_key(key: str) -> bool:
    """Whether this may be a key: 1 to 64 of a-z 0-9 _ . / -"""
    return _KEY.fullmatch(key) is not None


def message(source: str, target: str, key: str, value: str) -> str:
    """The METADATA line that tells of one key; an empty value also says that the key is gone."""
    return replies.line(source, "METADATA", target, key, "*", value)


def interested(engine: Engine, user: User, key: str) -> list[Session]:
    """The sessions on this node that subscribed to the key and hear of this user: they see him in a channel, or
    monitor him. His own is not among them."""
    return [session for session in engine.subscriptions.of(key) if _hears_of(engine, session, user)]


def _hears_of(engine: Engine, session: Session, user: User) -> bool:
    reader = session.user
    if reader is None or reader is user or not session.caps & caps.METADATA:
        return False
    return engine.monitors.is_watching(session, user.nick) or sees(engine, reader, user)


def sees(engine: Engine, reader: User, user: User) -> bool:
    """Whether the reader sees the user in a channel."""
    return any(
        user.uid in channel.members and rules.sees_member(channel, reader, user.uid)
        for channel in engine.state.channels_of(reader)
    )


def interested_members(engine: Engine, channel: Channel, key: str) -> list[Session]:
    """The sessions on this node that subscribed to the key and are in the channel."""
    return [
        session
        for session in engine.subscriptions.of(key)
        if session.user and session.caps & caps.METADATA and session.user.uid in channel.members
    ]


def tell_user(ctx: Context, user: User, keys: Iterable[str]) -> None:
    """The values of a user's keys, one line each; keys that he has not are left out."""
    _tell(ctx, user.nick, user.metadata, keys)


def _tell(ctx: Context, target: str, metadata: dict[str, str], keys: Iterable[str]) -> None:
    for key in keys:
        if key in metadata:
            ctx.line(message(ctx.engine.server_name, target, key, metadata[key]))


def tell_watchers(engine: Engine, user: User) -> None:
    """Who monitors the user and subscribed to keys of his gets their values, now that he is here."""
    for session in engine.monitors.of(user.nick):
        if session.caps & caps.METADATA and session.user is not user:
            tell_user(Context(engine, session, "METADATA", {}), user, engine.subscriptions.keys(session))


def is_too_large(channel: Channel) -> bool:
    """Whether the channel's metadata is not sent unasked."""
    return len(channel.members) > SYNC_MEMBERS_MAX


def tell_channel(ctx: Context, channel: Channel, keys: Iterable[str]) -> None:
    """The values of a channel's keys and of those of its members whom the reader sees."""
    wanted = list(keys)
    _tell(ctx, channel.name, channel.metadata, wanted)
    for user in _members_with_metadata(ctx, channel):
        tell_user(ctx, user, wanted)


def _members_with_metadata(ctx: Context, channel: Channel) -> Iterator[User]:
    for user, _ in ctx.state.members(channel):
        if user.metadata and user is not ctx.user and rules.sees_member(channel, ctx.user, user.uid):
            yield user


def after_join(ctx: Context, channel: Channel) -> None:
    """What a client that subscribed to keys gets when it joined: the values, or word to ask for them later."""
    keys = ctx.engine.subscriptions.keys(ctx.session)
    if not (keys and ctx.session.has(caps.METADATA)):
        return
    if is_too_large(channel):
        ctx.reply(numerics.RPL_METADATASYNCLATER, channel.name, str(SYNC_LATER_SECONDS))
        return
    if channel.metadata or any(_members_with_metadata(ctx, channel)):
        with ctx.batched("metadata", channel.name):
            tell_channel(ctx, channel, keys)


def at_welcome(ctx: Context) -> None:
    """A client that negotiated metadata gets its own, in a batch that may be empty."""
    if not ctx.session.has(caps.METADATA | caps.BATCH):
        return
    with ctx.batched("metadata", ctx.user.nick):
        tell_user(ctx, ctx.user, ctx.user.metadata)

"""Metadata of users and channels: keys with values (IRCv3 draft/metadata-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipcchat.core import facts, metadata, rules
from ipcchat.core.apply import telling
from ipcchat.core.apply.meaning import means
from ipcchat.core.errors import Failure
from ipcchat.core.facts import Entry
from ipcchat.core.session import Session
from ipcchat.core.state import Channel, State, User
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

Changes = tuple[tuple[str, str | None], ...]


def _check_user(state: State, fact: facts.UserMetadataChanged) -> None:
    user = rules.actor(state, fact)
    _check_room(state, user.metadata, fact.changes, user.nick)


def _check_channel(state: State, fact: facts.ChannelMetadataChanged) -> None:
    user = rules.actor(state, fact)
    channel = rules.joined_channel(state, user, fact.channel)
    rules.require("metadata", state, channel, user)
    _check_room(state, channel.metadata, fact.changes, channel.name)


def _check_room(state: State, keys: dict[str, str], changes: Changes, target: str) -> None:
    """There is a place for new keys. Raises Failure LIMIT_REACHED."""
    most = state.limits.metadata_keys_max
    added = [key for key, value in changes if value is not None and key not in keys]
    if added and len(keys) + len(added) > most:
        text = f"There are {most} keys already; take one away first"
        raise Failure(numerics.ERR_UNKNOWNERROR, "METADATA", "LIMIT_REACHED", target, text=text)


def _change_user(state: State, fact: facts.UserMetadataChanged, entry: Entry) -> User:
    user = state.users[fact.by]
    user.metadata = _edited(user.metadata, fact.changes)
    return user


def _change_channel(state: State, fact: facts.ChannelMetadataChanged, entry: Entry) -> Channel:
    channel = state.channels[fact.channel]
    channel.metadata = _edited(channel.metadata, fact.changes)
    return channel


def _edited(keys: dict[str, str], changes: Changes) -> dict[str, str]:
    """The keys after the changes; those before are left as they are."""
    kept = dict(keys)
    for key, value in changes:
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value
    return kept


def _announce_user(
    engine: Engine, fact: facts.UserMetadataChanged, entry: Entry, user: User, ctx: Context | None
) -> None:
    for key, value in fact.changes:
        _tell(engine, entry, user, user.nick, (key, value), metadata.interested(engine, user, key))


def _announce_channel(
    engine: Engine, fact: facts.ChannelMetadataChanged, entry: Entry, channel: Channel, ctx: Context | None
) -> None:
    actor = engine.state.users[fact.by]
    for key, value in fact.changes:
        readers = metadata.interested_members(engine, channel, key)
        others = [session for session in readers if session.user is not actor]
        _tell(engine, entry, actor, channel.name, (key, value), others)


def _tell(
    engine: Engine,
    entry: Entry,
    actor: User,
    target: str,
    change: tuple[str, str | None],
    readers: Sequence[Session],
) -> None:
    """Those who subscribed hear of it; the one who did it has his own answer."""
    if readers:
        key, value = change
        text = metadata.message(actor.mask, target, key, value or "")
        telling.broadcast(engine, engine.audience.of_sessions(readers), entry, telling.same(text), None, actor=actor)


means(facts.UserMetadataChanged, check=_check_user, change=_change_user, announce=_announce_user)
means(facts.ChannelMetadataChanged, check=_check_channel, change=_change_channel, announce=_announce_channel)

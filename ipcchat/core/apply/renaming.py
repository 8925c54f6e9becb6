"""Another name for a channel: its members, modes and history stay with it.

Clients with draft/channel-rename get a RENAME. For the others their user leaves the old channel and joins the new one;
they hear nothing when only the case of the name changed.

Specification: IRCv3 draft/channel-rename (https://ircv3.net/specs/extensions/channel-rename).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import caps, facts, renames, replies, rules
from ipcchat.core.apply import recalling, telling
from ipcchat.core.apply.channels import join_lines, show
from ipcchat.core.apply.meaning import means
from ipcchat.core.context import Context
from ipcchat.core.effects import Happening
from ipcchat.core.errors import Failure
from ipcchat.core.facts import Entry
from ipcchat.core.session import Session
from ipcchat.core.state import Channel, State, User, remarkable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


class Renaming(msgspec.Struct, frozen=True):
    """A channel, the name that it had before, and why it has another."""

    channel: Channel
    before: str
    reason: str


def _check(state: State, fact: facts.ChannelRenamed) -> None:
    user = rules.actor(state, fact)
    channel = rules.joined_channel(state, user, fact.channel)
    rules.require("rename", state, channel, user)
    if channel.founder and state.accounts.find(user.account) is not state.accounts.find(channel.founder):
        raise _cannot(channel, fact, "Only its founder gives a registered channel another name")
    if fact.name == channel.name:
        raise _cannot(channel, fact, "The channel has that name already")
    if _is_taken(state, channel, fact):
        text = "The channel name is already taken; choose another"
        context = (channel.name, fact.name)
        raise Failure(numerics.ERR_UNKNOWNERROR, "RENAME", "CHANNEL_NAME_IN_USE", *context, text=text)
    similar = state.lookalike(fact.name, fact.skeleton)
    if similar and state.channels.find(similar) is not channel:
        raise _cannot(channel, fact, "The name looks like that of another channel; choose another")
    wait = state.limits.rename_seconds - (fact.at - channel.renamed_at) // 1000
    if wait > 0:
        raise _cannot(channel, fact, f"This channel has been renamed recently; wait {wait} seconds")


def _is_taken(state: State, channel: Channel, fact: facts.ChannelRenamed) -> bool:
    """Whether another channel has the name, or had it and is still looked for under it."""
    holder = state.channels.find(fact.name) or renames.successor(state, fact.name, fact.at)
    return holder is not None and holder is not channel


def _cannot(channel: Channel, fact: facts.ChannelRenamed, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "RENAME", "CANNOT_RENAME", channel.name, fact.name, text=text)


def _change(state: State, fact: facts.ChannelRenamed, entry: Entry) -> Renaming:
    channel = state.channels[fact.channel]
    before, old, new = channel.name, fold(channel.name), fold(fact.name)
    state.remove_channel(channel)
    channel.room = "" if channel.history == new else channel.history
    channel.name, channel.renamed_at = fact.name, entry.at
    channel.skeleton = remarkable(fact.name, fact.skeleton)
    state.add_channel(channel)
    for user, _ in state.members(channel):
        user.channels = tuple(new if name == old else name for name in user.channels)
    if old != new:
        renames.lead(state, old, new)
    return Renaming(channel, before, fact.reason)


def _announce(
    engine: Engine, fact: facts.ChannelRenamed, entry: Entry, renaming: Renaming, ctx: Context | None
) -> None:
    actor, channel = engine.state.users[fact.by], renaming.channel
    engine.audience.rename(renaming.before, channel.name)
    what = Happening(actor.mask, "RENAME", (renaming.before, channel.name, renaming.reason))
    text = replies.line(what.source, what.command, *what.params)
    groups = engine.audience.of_channel(channel)
    telling.broadcast(engine, groups, entry, telling.with_(caps.CHANNEL_RENAME, text), ctx, entry.seq, actor=actor)
    recalling.happened(engine, entry, [channel], what)
    if fold(renaming.before) != fold(channel.name):
        for user, _ in engine.state.members(channel):
            for session in engine.audience.of(user.uid):
                _lead(engine, entry, user, session, renaming, ctx)


def _lead(engine: Engine, entry: Entry, user: User, session: Session, renaming: Renaming, ctx: Context | None) -> None:
    """A client that does not know RENAME leaves the old channel and joins the new one; for who said it that is part of
    the answer."""
    if session.caps & caps.CHANNEL_RENAME:
        return
    if ctx is None or ctx.session is not session:
        ctx = Context(engine, session, "RENAME", {})
    tags = telling.tags(engine, session.caps, entry, 0, user)
    reason = [renaming.reason] if renaming.reason else []
    ctx.line(replies.line(user.mask, "PART", renaming.before, *reason), tags)
    plain, extended = join_lines(user, renaming.channel)
    ctx.line(extended if session.caps & caps.EXTENDED_JOIN else plain, tags)
    show(ctx, entry, renaming.channel)


means(facts.ChannelRenamed, check=_check, change=_change, announce=_announce)

"""Hooks of registered channels: set and dropped, what they say, and how far what is said went out.

Rules:
1. Who has access o or higher in a registered channel sets and drops its hooks; operators of the network with the
   privilege for channels drop them. Members are told: they should know who listens, and who speaks.
2. A hook says something only in its channel, under a name with "/hook" in it, which no person can have. It needs no
   place there and no mode keeps it out: who set it let it in. The network's filters hold for it.
3. How far an outgoing hook got goes forward only. Where it is switched off, whoever is logged in to the founder's
   account is told.
4. Hooks go when a channel is registered no longer (apply/registered.py, apply/accounts.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import account_rules, channel_access, facts, filters, hooks, replies, rules
from ipcchat.core.apply import channel_modes, messages, telling
from ipcchat.core.apply.meaning import means
from ipcchat.core.effects import Deliver
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.privileges import CHANNELS
from ipcchat.core.state import Channel, State
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

MANAGERS_RANK = "o"


# Set and dropped.


def _check_set(state: State, fact: facts.HookSet) -> None:
    user = rules.actor(state, fact)
    channel = channel_access.registered_channel(state, user, fact.channel)
    channel_access.require_access(channel, user, MANAGERS_RANK)
    kept, most = channel.hooks.get(fact.hook.name), state.limits.hooks_per_channel_max
    if kept is not None and kept.digest != fact.hook.digest:
        raise _refused(channel, f"{channel.name} has a hook {kept.name} already; HOOK {channel.name} DEL {kept.name}")
    if kept is not None and not kept.off:
        raise _refused(channel, f"The hook {kept.name} of {channel.name} is on already")
    if kept is None and len(channel.hooks) >= most:
        text = f"{channel.name} has {most} hooks, as many as there may be: HOOK {channel.name} DEL one of them first"
        raise _refused(channel, text)


def _refused(channel: Channel, text: str) -> Refusal:
    return Refusal(numerics.ERR_UNKNOWNERROR, channel.name, text=text)


def _set(state: State, fact: facts.HookSet, entry: Entry) -> Channel:
    channel, hook = state.channels[fact.channel], fact.hook
    kept = channel.hooks.get(hook.name)
    if kept is not None:
        changed = msgspec.structs.replace(kept, off=False, failing_since=0, problem="")
    else:
        changed = msgspec.structs.replace(hook, at=entry.at, delivered=entry.seq)
    state.set_hook(channel, changed)
    return channel


def _announce_set(engine: Engine, fact: facts.HookSet, entry: Entry, channel: Channel, ctx: Context | None) -> None:
    hook = channel.hooks[fact.hook.name]
    if hook.url:
        words = f"let the hook {hook.name} send what is said here to {hooks.shown_url(hook.url)}"
        engine.effects.append(Deliver(hook.digest))
    else:
        words = f"let programs write here by the hook {hook.name}"
    _tell_members(engine, entry, channel, f"{engine.state.users[fact.by].nick} {words}", ctx)


def _check_dropped(state: State, fact: facts.HookDropped) -> None:
    user = rules.actor(state, fact)
    channel = state.channels.find(fact.channel)
    if not (rules.has_privilege(user, CHANNELS) and channel is not None and channel.founder):
        channel = channel_access.registered_channel(state, user, fact.channel)
        channel_access.require_access(channel, user, MANAGERS_RANK)
    if fact.name not in channel.hooks:
        text = f"{channel.name} has no hook of that name; HOOK {channel.name} LIST shows them"
        raise _refused(channel, text)


def _drop(state: State, fact: facts.HookDropped, entry: Entry) -> Channel:
    channel = state.channels[fact.channel]
    state.drop_hook(channel, fact.name)
    return channel


def _announce_dropped(
    engine: Engine, fact: facts.HookDropped, entry: Entry, channel: Channel, ctx: Context | None
) -> None:
    _tell_members(engine, entry, channel, f"{engine.state.users[fact.by].nick} took away the hook {fact.name}", ctx)


def _tell_members(engine: Engine, entry: Entry, channel: Channel, words: str, ctx: Context | None) -> None:
    text = replies.line(channel_modes.service_mask(engine), "NOTICE", channel.name, words)
    groups = engine.audience.of_channel(channel)
    telling.broadcast(engine, groups, entry, telling.same(text), channel_modes.own_hearing(ctx, channel), entry.seq)


# What a hook says.


def _check_relayed(state: State, fact: facts.Relayed) -> None:
    channel = state.hooks.get(fact.by)
    if channel is None or channel.name != fact.target or channel.room != fact.room:
        text = "The hook is gone, or its channel has another name now; try again"
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, fact.target, text=text)
    if state.filters:
        found = filters.matching(state, fact.text, filters.BLOCK, filters.KILL)
        if found is not None:
            raise filters.Caught(found, fact.target)


def _relay(state: State, fact: facts.Relayed, entry: Entry) -> Channel:
    return state.channels[fact.target]


def _announce_relayed(engine: Engine, fact: facts.Relayed, entry: Entry, channel: Channel, ctx: Context | None) -> None:
    messages.to_channel(engine, entry, fact, engine.audience.of_channel(channel), None)
    hooks.wake(engine, channel)
    if engine.state.pushes:
        engine.pushing.said(engine, fact, entry.at, entry.seq, here=engine.errands.has(fact))
    found = filters.matching(engine.state, fact.text, filters.WARN) if engine.state.filters else None
    if found is not None:
        nick = fact.source.partition("!")[0]
        text = f"{nick} said in {fact.target} what a filter warns of: {found.pattern}"
        telling.server_notice(engine, entry, "f", text)


# What goes out.


def _check_delivered(state: State, fact: facts.HookDelivered) -> None:
    if fact.digest not in state.hooks:
        raise Ignored


def _deliver(state: State, fact: facts.HookDelivered, entry: Entry) -> Channel:
    channel = state.hooks[fact.digest]
    hook = hooks.of_digest(channel, fact.digest)
    changed = msgspec.structs.replace(
        hook,
        delivered=max(hook.delivered, fact.seq),
        failing_since=fact.failing_since,
        problem=fact.problem,
        off=fact.off,
    )
    state.set_hook(channel, changed)
    return channel


def _announce_delivered(
    engine: Engine, fact: facts.HookDelivered, entry: Entry, channel: Channel, ctx: Context | None
) -> None:
    account = engine.state.accounts.find(channel.founder)
    if not fact.off or account is None:
        return
    name = hooks.of_digest(channel, fact.digest).name
    text = f"The hook {name} of {channel.name} is switched off: {fact.problem}. HOOK {channel.name} ON {name} goes on"
    for user in account_rules.users_of(engine.state, account):
        line = replies.line(channel_modes.service_mask(engine), "NOTICE", user.nick, f"{text} where it stopped.")
        telling.broadcast(engine, telling.of_user(engine, user), entry, telling.same(line), None)


means(facts.HookSet, check=_check_set, change=_set, announce=_announce_set)
means(facts.HookDropped, check=_check_dropped, change=_drop, announce=_announce_dropped)
means(facts.Relayed, check=_check_relayed, change=_relay, announce=_announce_relayed)
means(facts.HookDelivered, check=_check_delivered, change=_deliver, announce=_announce_delivered)

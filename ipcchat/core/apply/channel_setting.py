"""The settings of registered channels that are no modes (channel_settings.py): its founder changes them, and they go
with the registration (registered.py, accounts.py). Members hear of each change: it is about what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import channel_access, facts, replies, rules
from ipcchat.core.apply import channel_modes, telling
from ipcchat.core.apply.meaning import means
from ipcchat.core.apply.registered import require_founder
from ipcchat.core.channel_settings import SETTINGS
from ipcchat.core.errors import Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.state import Channel, State
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine


def _check(state: State, fact: facts.ChannelSettingChanged) -> None:
    user = rules.actor(state, fact)
    channel = channel_access.registered_channel(state, user, fact.channel)
    require_founder(channel, user)
    setting = SETTINGS.get(fact.name)
    if setting is None:
        text = f"There is no setting {fact.name}; there are {', '.join(SETTINGS)}"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, channel.name, "*", "*", text=text)
    if fact.value and not setting.takes(fact.value):
        text = f"{fact.name} is {setting.values}, or default"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, channel.name, "*", "*", text=text)
    if fact.value == channel.settings.get(fact.name, ""):
        text = f"{fact.name} of {channel.name} is {fact.value or 'default'} already"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, channel.name, "*", "*", text=text)


def _change(state: State, fact: facts.ChannelSettingChanged, entry: Entry) -> Channel:
    channel = state.channels[fact.channel]
    others = {name: value for name, value in channel.settings.items() if name != fact.name}
    changed = others | ({fact.name: fact.value} if fact.value else {})
    channel.settings = dict(sorted(changed.items()))
    return channel


def _announce(
    engine: Engine, fact: facts.ChannelSettingChanged, entry: Entry, channel: Channel, ctx: Context | None
) -> None:
    words = f"{engine.state.users[fact.by].nick} set {fact.name} to {fact.value or 'default'}"
    text = replies.line(channel_modes.service_mask(engine), "NOTICE", channel.name, words)
    groups = engine.audience.of_channel(channel)
    telling.broadcast(engine, groups, entry, telling.same(text), channel_modes.own_hearing(ctx, channel), entry.seq)


means(facts.ChannelSettingChanged, check=_check, change=_change, announce=_announce)

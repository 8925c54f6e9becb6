"""The rules of retention: what the settings of the network keep, and where a registered channel wants less.

Where both have a limit the smaller counts, so that nobody fills the disk of others. What somebody is told of it:
ChanServ's settings of a channel, and docs/retention.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from ipcchat.core.channel_settings import KEEP_AGE, KEEP_BYTES, KEEP_COUNT, value_of
from ipcchat.core.durations import parse_duration
from ipcchat.core.retention import Keep, Retention
from ipcchat.core.state import Channel, State


def rules(state: State, network: Retention) -> Retention:
    """What is kept today, where the network keeps `network`."""
    histories = {}
    for channel in state.channels.values():
        wanted = _wanted(channel) if channel.settings else Keep()
        if wanted != Keep():
            histories[channel.history] = _less(network.everywhere, wanted)
    return Retention(network.everywhere, histories, network.account_bytes)


def _wanted(channel: Channel) -> Keep:
    seconds = parse_duration(value_of(channel, KEEP_AGE)) or 0
    return Keep(seconds * 1000, int(value_of(channel, KEEP_COUNT) or 0), int(value_of(channel, KEEP_BYTES) or 0))


def _less(one: Keep, other: Keep) -> Keep:
    return Keep(_least((one.age, other.age)), _least((one.count, other.count)), _least((one.bytes, other.bytes)))


def _least(limits: Iterable[int]) -> int:
    return min((limit for limit in limits if limit), default=0)

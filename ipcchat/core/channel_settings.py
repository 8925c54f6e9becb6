"""The settings of a registered channel that are no modes: who reads its past, what may be done to messages, and what of
it is kept.

A channel that is not registered has the defaults. Where a default is "", it depends on the channel: see the function
that reads it.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ipcchat.core.durations import parse_duration
from ipcchat.core.state import Channel

HISTORY, EDITS, REDACTIONS = "history", "edits", "redactions"
KEEP_AGE, KEEP_COUNT, KEEP_BYTES = "keep-age", "keep-count", "keep-bytes"
ALL, JOINED = "all", "joined"
OWN, OPERATORS, NOBODY = "own", "operators", "off"
NUMBER_DIGITS_MAX = 15


def _one_of(*values: str) -> Callable[[str], bool]:
    return values.__contains__


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and 0 < len(value) <= NUMBER_DIGITS_MAX and int(value) > 0


def _is_duration(value: str) -> bool:
    return bool(parse_duration(value))


class Setting(msgspec.Struct, frozen=True):
    """What a setting means, what it can be, and whether a value is one of that."""

    meaning: str
    values: str
    takes: Callable[[str], bool]
    default: str = ""


SETTINGS = {
    HISTORY: Setting(
        "who reads what was said before he came: all members, or nobody (what was said while he was in it)",
        f"{ALL} or {JOINED}; by itself {JOINED} while the channel is +i, +k or +s, else {ALL}",
        _one_of(ALL, JOINED),
    ),
    EDITS: Setting("whether people may edit what they said", "on or off", _one_of("on", "off"), "on"),
    REDACTIONS: Setting(
        "who may take messages away: authors and operators, operators alone, or nobody",
        f"{OWN}, {OPERATORS} or {NOBODY}",
        _one_of(OWN, OPERATORS, NOBODY),
        OWN,
    ),
    KEEP_AGE: Setting("how long messages are kept", "a time like 30d", _is_duration),
    KEEP_COUNT: Setting("how many messages are kept", "a number", _is_number),
    KEEP_BYTES: Setting("how many bytes of messages are kept", "a number", _is_number),
}


def value_of(channel: Channel, name: str) -> str:
    """The value of a setting, or its default."""
    return channel.settings.get(name) or SETTINGS[name].default

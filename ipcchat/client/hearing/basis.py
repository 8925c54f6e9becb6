"""What all hearers share: who, when, and with which tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypedDict

from ipcchat.client.batches import CONCAT_TAG, HISTORY_TAG
from ipcchat.client.events import Event
from ipcchat.client.outbox import KEY_TAG
from ipcchat.client.view import View
from ipcchat.wire.message import Message, WireError, parse_source
from ipcchat.wire.times import parse_time

# Tags that are fields of events, or serve the connection only.
KNOWN_TAGS = frozenset(
    {"time", "msgid", "label", "batch", "account", "bot", "draft/oper", CONCAT_TAG, HISTORY_TAG, KEY_TAG}
)
UNIX_SECONDS_MAX = 253_402_300_799

Hearer = Callable[[View, Message, datetime], list[Event]]


class ActFields(TypedDict):
    """The fields of events.Act that come from the line itself."""

    time: datetime
    source: str
    msgid: str
    account: str
    bot: bool
    oper: str | None
    tags: Mapping[str, str]


def act(message: Message, time: datetime) -> ActFields:
    """The fields that every act has (IRCv3 message-ids, account-tag, bot-mode, draft/oper-tag)."""
    tags = message.tags
    return {
        "time": time,
        "source": message.source or "",
        "msgid": tags.get("msgid", ""),
        "account": tags.get("account", ""),
        "bot": "bot" in tags,
        "oper": tags.get("draft/oper"),
        "tags": {key: value for key, value in tags.items() if key not in KNOWN_TAGS},
    }


def nick_of(message: Message) -> str:
    """The nick of who caused a line, or the server's name."""
    return parse_source(message.source or "").nick


def is_text(message: Message) -> bool:
    """Whether a line is a PRIVMSG or NOTICE with a target and a text."""
    return message.command.upper() in ("PRIVMSG", "NOTICE") and len(message.params) >= 2


def time_of(message: Message, received: datetime) -> datetime:
    """The time in the line's server-time tag, else `received`."""
    stamp = message.tags.get("time")
    if not stamp:
        return received
    try:
        return datetime.fromtimestamp(parse_time(stamp) / 1000, UTC)
    except WireError:
        return received


def unix_time(text: str) -> datetime | None:
    """The moment of a Unix timestamp in seconds; None for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 13) or int(text) > UNIX_SECONDS_MAX:
        return None
    return datetime.fromtimestamp(int(text), UTC)

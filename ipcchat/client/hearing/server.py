"""Lines in which the server speaks for itself.

Specifications: IRCv3 standard-replies, RFC 2812 3.7.4 (ERROR) and 5 (numerics).
"""

from __future__ import annotations

from datetime import datetime

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.client.hearing.basis import Hearer
from ipcchat.client.view import View
from ipcchat.wire.message import Message

# Ends of lists, and lines that are nothing without the question they answer.
_UNHEARD = """
    302 303 315 318 321 322 323 336 337 341 346 347 348 349 364 365 367 368 369 374 376 422 704 705 706 728 729 732 733
    770 771 772
"""
UNHEARD = frozenset(_UNHEARD.split())


def hear_standard_reply(view: View, message: Message, time: datetime) -> list[Event]:
    """FAIL, WARN and NOTE: command, code, context, and a sentence for people."""
    command, code, *context = message.params[:-1]
    return [
        events.StandardReply(
            time=time,
            text=message.params[-1],
            code=code,
            kind=message.command.upper(),
            command=command,
            context=tuple(context),
        )
    ]


def hear_error(view: View, message: Message, time: datetime) -> list[Event]:
    """ERROR."""
    return [events.ServerError(time=time, text=message.params[-1])]


def hear_numeric(view: View, message: Message, time: datetime) -> list[Event]:
    """Any other numeric is text for people."""
    if message.command in UNHEARD:
        return []
    params = tuple(message.params[1:])
    return [events.Numeric(time=time, text=" ".join(params), code=message.command, params=params)]


HEARERS: dict[str, Hearer] = {
    "FAIL": hear_standard_reply,
    "WARN": hear_standard_reply,
    "NOTE": hear_standard_reply,
    "ERROR": hear_error,
}

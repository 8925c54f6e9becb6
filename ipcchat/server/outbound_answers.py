"""What comes of something that the server sends to others by itself (outbound.py): an answer, or why there is none.

OutboundError       nothing was answered
  Forbidden         the settings, or what is known of the place, do not let the server send there
"""

from __future__ import annotations

from typing import NamedTuple


class OutboundError(Exception):
    """Nothing was answered; the text says why."""


class Forbidden(OutboundError):
    """The server does not send anything there."""


class Answer(NamedTuple):
    """What was answered: `headers` with their names in small letters, and as much of the body as is read."""

    status: int
    headers: dict[str, str]
    body: bytes

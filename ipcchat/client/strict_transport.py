"""Strict transport security: what the value of the capability `sts` asks of us.

Rules:
1. Without TLS only `port` counts, by TLS only `duration`; a policy without the part that counts is none.
2. A value that makes no sense is no policy; a duration that is longer than SECONDS_MAX is that long.

Specification: IRCv3 sts (https://ircv3.net/specs/extensions/sts).
"""

from __future__ import annotations

# Ten years: nobody means more, and what a server says must not reach the end of the calendar.
SECONDS_MAX = 315_360_000
DIGITS_MAX = 18


def upgrade_port(value: str) -> int | None:
    """The port at which we have to come back by TLS; None when there is no such policy."""
    port = _number(value, "port")
    return port if port is not None and 0 < port < 65_536 else None


def strict_seconds(value: str) -> int | None:
    """For how long we may come by TLS only, 0: no longer; None when there is no such policy."""
    seconds = _number(value, "duration")
    return None if seconds is None else min(seconds, SECONDS_MAX)


def _number(value: str, key: str) -> int | None:
    """The number behind a key, which may be there once."""
    tokens = [token.partition("=")[::2] for token in value.split(",")]
    found = [number for name, number in tokens if name == key]
    if len(found) != 1 or not (found[0].isascii() and found[0].isdigit() and len(found[0]) <= DIGITS_MAX):
        return None
    return int(found[0])

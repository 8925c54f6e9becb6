"""Which nicks, channel names and user names are allowed.

Nicks are ASCII letters, digits and ``[]\\`_^{|}-``, not beginning with a digit or a dash (RFC 2812 2.3.1). A channel
name is # and printable characters of any script, without spaces, commas, controls and invisible characters. Names
fold by CASEMAPPING=ascii.
"""

from __future__ import annotations

import re
import unicodedata

from ipcchat.core.limits import Limits
from ipcchat.wire.casemap import fold

_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]*", re.ASCII)
_USER_UNWANTED = re.compile(r"[^A-Za-z0-9._-]")
_RESERVED_NICKS = frozenset({"nickserv", "chanserv", "histserv", "hostserv", "memoserv", "operserv", "botserv"})


def is_nick(name: str, limits: Limits) -> bool:
    """Whether a user may have this nick."""
    return (
        len(name) <= limits.nick_characters_max
        and _NICK.fullmatch(name) is not None
        and fold(name) not in _RESERVED_NICKS
    )


def is_channel(name: str, limits: Limits) -> bool:
    """Whether a channel may have this name: # and at least one character, in Unicode normal form C."""
    if not name.startswith("#") or not 2 <= len(name.encode()) <= limits.channel_bytes_max:
        return False
    if name.isascii():
        return name.isprintable() and not any(character in " ,:" for character in name)
    return unicodedata.is_normalized("NFC", name) and all(_may_be_in_channel(character) for character in name)


def _may_be_in_channel(character: str) -> bool:
    """No comma, space or colon, and nothing that cannot be seen (categories Z and C)."""
    return character not in ",: " and unicodedata.category(character)[0] not in "ZC"


def username(given: str, limits: Limits) -> str:
    """The user part of nick!user@host: what the client said, reduced to safe characters and marked with ~ as
    unproven."""
    kept = _USER_UNWANTED.sub("", given)[: limits.user_characters_max - 1]
    return f"~{kept or 'user'}"

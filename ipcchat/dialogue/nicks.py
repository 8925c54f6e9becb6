"""Nicks as people see them: what may be one, whether a text mentions one, and which colour it has.

Rule: a nick has the same colour in every client, on every machine and in every run: CRC-32 (ISO 3309) of the nick,
folded as ASCII and written in UTF-8, modulo the number of colours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from zlib import crc32

from ipcchat.wire.casemap import fold

# RFC 2812 2.3.1, with the length that this project's server allows.
NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,31}")
NICK_MISTAKE = "A name is up to 32 letters, digits, - and _, and begins with a letter."


def is_nick(text: str) -> bool:
    """Whether this can be a nick; if not, NICK_MISTAKE says what one is like."""
    return NICK.fullmatch(text) is not None


def colour_number(nick: str, colours: int) -> int:
    """Which of so many colours a nick has, from 0."""
    return crc32(fold(nick).encode("utf-8", "replace")) % colours


def mentions(text: str, nick: str) -> bool:
    """Whether a text has a nick in it as a word of its own."""
    return naming([nick]).search(text) is not None


def naming(words: Iterable[str]) -> re.Pattern[str]:
    """What finds any of these nicks or words as a word of its own, in any case."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])", re.IGNORECASE)

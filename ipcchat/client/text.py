"""What others wrote, made harmless (wire/printable.py) and measured in columns of a terminal."""

from __future__ import annotations

import unicodedata

from ipcchat.wire.printable import printable as printable


def width(text: str) -> int:
    """How many terminal columns a printable text takes: wide characters two, combining and joining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(character_width, text))


def character_width(character: str) -> int:
    """Terminal columns of one printable character: 0, 1 or 2 (Unicode Standard Annex 11)."""
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """The longest beginning of a printable text that fits into so many columns."""
    used = 0
    for index, character in enumerate(text):
        used += character_width(character)
        if used > columns:
            return text[:index]
    return text

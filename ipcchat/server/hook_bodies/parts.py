"""The parts of JSON that nobody vouches for: each is there and of its kind, or it is nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

ITEMS_MAX = 20
"""Of a list as many are looked at: a message has no room for more."""

WORDS_CHARACTERS_MAX = 20_000
LINE_CHARACTERS_MAX = 200


class Post(NamedTuple):
    """A text, and under which name ("": the hook's)."""

    text: str
    name: str = ""


class Unreadable(Exception):
    """The body is none of those that are understood; the text says what is, `status` is that of HTTP."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Unwanted(Exception):
    """It is understood, and nobody wants to read it."""


def at(value: Any, *path: str) -> Any:
    """What is there by these keys; None for nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def words(value: Any, *path: str) -> str:
    """A text, or a number as one; "" for anything else."""
    found = at(value, *path)
    if isinstance(found, str):
        return found[:WORDS_CHARACTERS_MAX]
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else ""


def first_line(text: str) -> str:
    """The first line of a text, cut where it is very long."""
    line = text.strip().partition("\n")[0].rstrip()
    return line if len(line) <= LINE_CHARACTERS_MAX else f"{line[:LINE_CHARACTERS_MAX]}…"


def items(value: Any, *path: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    found = at(value, *path)
    return [each for each in found[:ITEMS_MAX] if isinstance(each, dict)] if isinstance(found, list) else []


def count(value: Any, *path: str) -> int:
    """How many there are in a list."""
    found = at(value, *path)
    return len(found) if isinstance(found, list) else 0


def joined(parts: list[str], between: str = "\n") -> str:
    """Those that are something."""
    return between.join(part for part in parts if part)

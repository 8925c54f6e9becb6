"""Numbers of things, for people."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """How many of a thing there are: "1 ban", "2 bans"; of things whose plural has an s."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"

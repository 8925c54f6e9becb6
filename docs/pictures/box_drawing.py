"""The shapes of box-drawing and block characters (Unicode U+2500 to U+259F), as rectangles in the unit of one cell.

Fonts leave gaps between these where rows are set apart, so that lines are broken; drawn as shapes they join.

Rules:
1. A shape is rectangles of (left, top, width, height), from 0 to 1 of the cell.
2. Rounded corners are drawn as square ones, dashed and double lines as single ones: at this
   size it is the same picture.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

Rectangle = tuple[float, float, float, float]

LIGHT, HEAVY = 0.14, 0.28
# Cells are about twice as high as wide: a line across is as thick as one down.
FLATNESS = 0.46
WEIGHTS = {"LIGHT": LIGHT, "HEAVY": HEAVY, "DOUBLE": LIGHT, "SINGLE": LIGHT}
ENDS = {
    "LEFT": ("left",),
    "RIGHT": ("right",),
    "UP": ("up",),
    "DOWN": ("down",),
    "HORIZONTAL": ("left", "right"),
    "VERTICAL": ("up", "down"),
}
QUADRANTS = {
    "\u2596": ("lower left",),
    "\u2597": ("lower right",),
    "\u2598": ("upper left",),
    "\u2599": ("upper left", "lower left", "lower right"),
    "\u259a": ("upper left", "lower right"),
    "\u259b": ("upper left", "upper right", "lower left"),
    "\u259c": ("upper left", "upper right", "lower right"),
    "\u259d": ("upper right",),
    "\u259e": ("upper right", "lower left"),
    "\u259f": ("upper right", "lower left", "lower right"),
}


@lru_cache(256)
def shape(character: str) -> tuple[Rectangle, ...]:
    """The rectangles of a character; none for one that is no shape, or a shade or a diagonal."""
    if "\u2580" <= character <= "\u259f":
        return block(character)
    if "\u2500" <= character <= "\u257f" and not "\u2571" <= character <= "\u2573":
        return lines(character)
    return ()


def block(character: str) -> tuple[Rectangle, ...]:
    """Halves, eighths and quadrants."""
    number = ord(character)
    if character == "\u2580":
        return ((0, 0, 1, 0.5),)
    if character <= "\u2588":
        part = (number - 0x2580) / 8
        return ((0, 1 - part, 1, part),)
    if character <= "\u258f":
        return ((0, 0, (0x2590 - number) / 8, 1),)
    if character in QUADRANTS:
        corners = QUADRANTS[character]
        return tuple((0.5 * ("right" in corner), 0.5 * ("lower" in corner), 0.5, 0.5) for corner in corners)
    return {"\u2590": ((0.5, 0, 0.5, 1),), "\u2594": ((0, 0, 1, 1 / 8),), "\u2595": ((7 / 8, 0, 1 / 8, 1),)}.get(
        character, ()
    )


def lines(character: str) -> tuple[Rectangle, ...]:
    """Lines from the middle of the cell to its edges, as the character's name says."""
    weights = arms(unicodedata.name(character))
    across = max(weights.get("left", 0), weights.get("right", 0)) * FLATNESS
    down = max(weights.get("up", 0), weights.get("down", 0))
    drawn: list[Rectangle] = []
    if across:
        left = 0 if "left" in weights else 0.5 - down / 2
        right = 1 if "right" in weights else 0.5 + down / 2
        drawn.append((left, 0.5 - across / 2, right - left, across))
    if down:
        top = 0 if "up" in weights else 0.5 - across / 2
        bottom = 1 if "down" in weights else 0.5 + across / 2
        drawn.append((0.5 - down / 2, top, down, bottom - top))
    return tuple(drawn)


def arms(name: str) -> dict[str, float]:
    """How thick the line to each edge is, by a name: "BOX DRAWINGS LIGHT ARC DOWN AND LEFT" says it before the edges,
    "BOX DRAWINGS DOWN LIGHT AND RIGHT UP HEAVY" behind them."""
    words = name.removeprefix("BOX DRAWINGS ").split()
    found: dict[str, float] = {}
    weight = next((WEIGHTS[word] for word in words if word in WEIGHTS), LIGHT)
    waiting: list[str] = []
    leads = words[0] in WEIGHTS
    for word in words:
        if word in ENDS:
            waiting += ENDS[word]
            if leads:
                found |= dict.fromkeys(ENDS[word], weight)
        elif word in WEIGHTS:
            weight = WEIGHTS[word]
            if not leads:
                found |= dict.fromkeys(waiting, weight)
                waiting.clear()
    return found

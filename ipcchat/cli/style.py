"""Colours and times of the line client and of tail.

Rules:
1. Colours only where they are wanted: on a terminal, without --plain, without NO_COLOR (https://no-color.org), and
   not on TERM=dumb.
2. A nick's colour is its CRC32 among NICK_COLOURS, the same in every client and every run. The palette is from the
   16 colours every terminal has; dark blue, white, black and grey are left out, for one of them cannot be read on
   any background.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import TextIO

from ipcchat.dialogue.nicks import colour_number

NICK_COLOURS = (31, 32, 33, 35, 36, 91, 94, 95)
RESET = "\x1b[0m"


def wants_colours(stream: TextIO, plain: bool) -> bool:
    """Whether to write colours to this stream."""
    return stream.isatty() and not plain and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def nick_colour(nick: str) -> int:
    """The SGR number of a nick's colour."""
    return NICK_COLOURS[colour_number(nick, len(NICK_COLOURS))]


def clock(time: datetime) -> str:
    """Local time of day, as in 17:03."""
    return f"{time.astimezone():%H:%M}"


class Style:
    """Text with or without colours. Text given to it is printable already."""

    def __init__(self, colours: bool) -> None:
        self.colours = colours

    def sgr(self, text: str, *codes: int) -> str:
        """The text in the given rendition."""
        if not self.colours or not text:
            return text
        return f"\x1b[{';'.join(map(str, codes))}m{text}{RESET}"

    def dim(self, text: str) -> str:
        """What may be overlooked."""
        return self.sgr(text, 2)

    def bold(self, text: str) -> str:
        """What is our own, or meant for us."""
        return self.sgr(text, 1)

    def nick(self, nick: str, mine: bool = False) -> str:
        """A nick in its colour; our own in bold."""
        return self.bold(nick) if mine else self.sgr(nick, nick_colour(nick))

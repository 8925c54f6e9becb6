"""What a text means: its lines, and in each of them what is bold, code, a link, a name.

Rules:
1. mIRC formatting is interpreted, and with each line begins anew; a colour is what it is in the table of Modern IRC.
2. `code` in backticks keeps them. Lines between two lines of ``` are a block, which has no other meaning in it; the
   two lines are not shown. A block that is not closed is none.
3. Links, channels and the nicks of people who are there are marked, so that one can go there.
4. Every line is printable and tame: no character is left that a terminal acts on, or draws wider than it is counted.
5. At most CHARACTERS_MAX characters and LINES_MAX lines of a text are looked at.

Specification: Modern IRC "Formatting" (https://modern.ircdocs.horse/formatting).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ipcchat.tui.text.cells import tame
from ipcchat.tui.text.links import LINK, sane_end, target, with_true_hosts
from ipcchat.wire.formatting import is_formatted
from ipcchat.wire.printable import printable

CHARACTERS_MAX = 8_000
LINES_MAX = 200
TAB_COLUMNS = 4
FENCE = "```"
_CODE = re.compile(
    r"(?P<colour>\x03)(?:(?P<front>[0-9]{1,2})(?:,(?P<back>[0-9]{1,2}))?)?"
    r"|(?P<hex>\x04)(?:(?P<hex_front>[0-9A-Fa-f]{6})(?:,(?P<hex_back>[0-9A-Fa-f]{6}))?)?"
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
_TOGGLES = {
    "\x02": "bold",
    "\x11": "code",
    "\x16": "reverse",
    "\x1d": "italic",
    "\x1e": "strike",
    "\x1f": "underline",
}
_MEANING = re.compile(
    rf"(?P<code>```.+?```|`[^`]+`)|(?P<link>{LINK})|(?P<channel>(?<![\w#&/=])#[\w#][\w#&+~|.-]*)", re.IGNORECASE
)
_MAY_MEAN = re.compile("[`#:]")
_WORD = re.compile(r"[\w\[\]\\^{|}-]+")


def hexes(text: str) -> list[str]:
    """Colours that are written without "#", with a space between them."""
    return [f"#{colour}" for colour in text.split()]


# The colours 0 to 98 of the specification; 99 is the terminal's own.
COLOURS = hexes(
    "ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00 ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2 "
    "470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a 740000 743a00 747400 517400 "
    "007400 007449 007474 004074 000074 4b0074 740074 740045 b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 "
    "0000b5 7500b5 b500b5 b5006b ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098 "
    "ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc ff9c9c ffd39c ffff9c e2ff9c "
    "9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3 000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f "
    "bcbcbc e2e2e2 ffffff"
)


@dataclass(frozen=True, slots=True)
class Marks:
    """How a piece of a text is meant. `front` and `back` are colours as "#rrggbb", "" for none; `url`, `channel` and
    `nick` are where it leads."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False
    code: bool = False
    front: str = ""
    back: str = ""
    url: str = ""
    channel: str = ""
    nick: str = ""


PLAIN = Marks()
Turn = tuple[int, Marks]


@dataclass(frozen=True, slots=True)
class Line:
    """One line that can be drawn. `turns`: from which character on which marks hold, the first from 0. `block`: it is
    a line of a block of code."""

    text: str
    turns: tuple[Turn, ...] = ((0, PLAIN),)
    block: bool = False


Knows = Callable[[str], bool]


def nobody(nick: str) -> bool:
    """Nobody is known."""
    return False


def harmless(text: str, joined: bool = False) -> str:
    """A text without formatting as one line that can be drawn, see rule 4; `joined` as in cells.tame."""
    return tame(printable(text), joined)


def lines_of(text: str, knows: Knows = nobody, joined: bool = False) -> list[Line]:
    """A text as it was sent, line by line; `knows` tells the nicks that are marked."""
    if "\n" not in text:
        return [line_of(text[:CHARACTERS_MAX], knows, joined)]
    raw = text[:CHARACTERS_MAX].split("\n")[:LINES_MAX]
    lines, place = [], 0
    while place < len(raw):
        end = _end_of_block(raw, place)
        if end is None:
            lines.append(line_of(raw[place], knows, joined))
            place += 1
        else:
            lines.extend(_block_line(line, joined) for line in raw[place + 1 : end])
            place = end + 1
    return lines


def is_cut(text: str) -> bool:
    """Whether a text is longer than what is looked at."""
    return len(text) > CHARACTERS_MAX or text.count("\n") >= LINES_MAX


def line_of(raw: str, knows: Knows = nobody, joined: bool = False) -> Line:
    """One line as it was sent."""
    raw = _without_tabs(raw)
    if is_formatted(raw):
        text, turns = _formatted(raw, joined)
    else:
        text, turns = with_true_hosts(harmless(raw, joined)), [(0, PLAIN)]
    if meanings := list(_meanings(text, knows)):
        turns = _merged(turns, meanings)
    return Line(text, tuple(turns))


def _without_tabs(raw: str) -> str:
    return raw.expandtabs(TAB_COLUMNS) if "\t" in raw else raw


def _end_of_block(raw: list[str], place: int) -> int | None:
    """The line that closes the block which this line opens; None when it opens none."""
    if not raw[place].startswith(FENCE) or FENCE in raw[place][len(FENCE) :]:
        return None
    return next((end for end in range(place + 1, len(raw)) if raw[end].rstrip() == FENCE), None)


def _block_line(raw: str, joined: bool) -> Line:
    return Line(harmless(_without_tabs(raw), joined), ((0, Marks(code=True)),), block=True)


def _formatted(raw: str, joined: bool) -> tuple[str, list[Turn]]:
    """The text without codes, and what they mean."""
    parts: list[str] = []
    turns, marks, length, place = [(0, PLAIN)], PLAIN, 0, 0
    for match in _CODE.finditer(raw):
        parts.append(with_true_hosts(harmless(raw[place : match.start()], joined)))
        length += len(parts[-1])
        marks, place = _changed(marks, match), match.end()
        if turns[-1][0] == length:
            turns.pop()
        turns.append((length, marks))
    parts.append(with_true_hosts(harmless(raw[place:], joined)))
    return "".join(parts), turns


def _changed(marks: Marks, code: re.Match[str]) -> Marks:
    """What holds behind a code."""
    if code["colour"]:
        front, back = _colour(code["front"]), _colour(code["back"])
        return _coloured(marks, front, back)
    if code["hex"]:
        front, back = code["hex_front"], code["hex_back"]
        return _coloured(marks, front and f"#{front}", back and f"#{back}")
    if code[0] == "\x0f":
        return PLAIN
    return _toggled(marks, _TOGGLES[code[0]])


@lru_cache(500)
def _toggled(marks: Marks, name: str) -> Marks:
    change: dict[str, Any] = {name: not getattr(marks, name)}
    return replace(marks, **change)


@lru_cache(500)
def _coloured(marks: Marks, front: str | None, back: str | None) -> Marks:
    """Other colours; without any, neither; without one behind, the one that is there stays."""
    if front is None:
        return replace(marks, front="", back="")
    return replace(marks, front=front, back=marks.back if back is None else back)


def _colour(number: str | None) -> str | None:
    if number is None:
        return None
    return COLOURS[int(number)] if int(number) < len(COLOURS) else ""


def _meanings(text: str, knows: Knows) -> Iterator[tuple[int, int, str, str]]:
    """What has a meaning of its own: from where to where, which, and where it leads; in order, none over another."""
    place = 0
    if _MAY_MEAN.search(text):
        for match in _MEANING.finditer(text):
            found = _meaning(match)
            if found is not None:
                yield from _nicks(text, place, found[0], knows)
                yield found
                place = found[1]
    yield from _nicks(text, place, len(text), knows)


def _meaning(match: re.Match[str]) -> tuple[int, int, str, str] | None:
    start = match.start()
    if match["code"]:
        return start, match.end(), "code", ""
    if match["channel"]:
        name = match[0].rstrip(".-")
        return (start, start + len(name), "channel", name) if any(map(str.isalpha, name)) else None
    link = sane_end(match[0])
    leads_to = target(link)
    return (start, start + len(link), "url", leads_to) if leads_to else None


def _nicks(text: str, start: int, end: int, knows: Knows) -> Iterator[tuple[int, int, str, str]]:
    if knows is nobody:
        return
    for match in _WORD.finditer(text, start, end):
        if knows(match[0]):
            yield match.start(), match.end(), "nick", match[0]


def _merged(turns: list[Turn], meanings: list[tuple[int, int, str, str]]) -> list[Turn]:
    """Formatting and meanings together."""
    formats = dict(turns)
    begins = {meaning[0]: meaning for meaning in meanings}
    marks, meaning, merged = PLAIN, None, []
    for place in sorted({*formats, *begins, *(end for _, end, _, _ in meanings)}):
        marks = formats.get(place, marks)
        if meaning is not None and place >= meaning[1]:
            meaning = None
        meaning = begins.get(place, meaning)
        merged.append((place, marks if meaning is None else _meant(marks, meaning[2], meaning[3])))
    return merged


@lru_cache(500)
def _meant(marks: Marks, kind: str, leads_to: str) -> Marks:
    change: dict[str, Any] = {kind: True if kind == "code" else leads_to}
    return replace(marks, **change)

"""Reads the values of a TOML file by tables of what may stand there, and notes every mistake with its line.

Rules:
1. One mistake does not hide another; after MISTAKES_MAX only that there are more is said.
2. What is not known gets the nearest name that is.
3. A value of something that is not known is never repeated: it may be a password in the wrong place.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ipcchat.client.text import printable
from ipcchat.tui.settings_kinds import Kind

MISTAKES_MAX = 50

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\"' -]+?)\s*\]\]?")
_KEY = re.compile(r"\s*([\w-]+|\"[^\"\n]*\"|'[^'\n]*')\s*[=.]")
_LONG_TEXT = re.compile(r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a setting ("" for the file), and in which line; 0 when that is not known."""

    line: int
    setting: str
    text: str

    def told(self, place: str) -> str:
        """The mistake in one line: "terminal.toml:7: keys.nxt_unread: there is no such action"."""
        where = f"{place}:{self.line}" if self.line else place
        return ": ".join(part for part in (where, self.setting, self.text) if part)


class Reader:
    """Collects the `mistakes` of one file."""

    def __init__(self, text: str) -> None:
        self._mistakes: list[Mistake] = []
        self._lines = lines_of(text)

    @property
    def mistakes(self) -> list[Mistake]:
        """All of them, from the first line to the last."""
        found = sorted(self._mistakes, key=lambda mistake: mistake.line)
        more = [Mistake(0, "", "there are more mistakes; correct these first")] if len(found) > MISTAKES_MAX else []
        return found[:MISTAKES_MAX] + more

    def complain(self, text: str, section: str, key: str = "", place: int = 0) -> None:
        """Note a mistake in a section, the `place`-th of its name."""
        line = self._lines.get((section, place, key)) or self._lines.get((section, place, ""), 0)
        self._mistakes.append(Mistake(line, printable(".".join(filter(None, (section, key)))), printable(text)))

    def read(self, section: str, kinds: Mapping[str, Kind], table: object, place: int = 0) -> dict[str, object]:
        """The values of a section that are right."""
        if not isinstance(table, dict):
            self.complain(f"expected a section [{section}]", section, place=place)
            return {}
        values: dict[str, object] = {}
        for key, value in table.items():
            if key not in kinds:
                self.complain(f"there is no such setting{near(key, kinds)}", section, key, place)
                continue
            try:
                values[key] = kinds[key].read(value)
            except ValueError as error:
                self.complain(str(error), section, key, place)
        return values


def near(name: str, known: Iterable[str]) -> str:
    """A question that has the nearest known name in it; "" when none is near."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def lines_of(text: str) -> dict[tuple[str, int, str], int]:
    """In which line a key stands: by its section, the how manieth of that name it is, and the key ("" for the section).
    A key in front of all sections is a section itself, as for TOML."""
    found: dict[tuple[str, int, str], int] = {}
    section, place, places = "", 0, dict[str, int]()
    for number, line in enumerate(_LONG_TEXT.sub(_only_breaks, text).splitlines(), 1):
        if header := _HEADER.match(line):
            section = header[2].strip("\"'")
            place = places.get(section, 0)
            places[section] = place + 1
            found[section, place, ""] = number
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            found.setdefault((section, place, name) if section else (name, 0, ""), number)
    return found


def _only_breaks(long_text: re.Match[str]) -> str:
    return '""' + "\n" * long_text[0].count("\n")

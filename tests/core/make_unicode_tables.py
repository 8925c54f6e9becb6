"""Makes ipcchat/core/unicode_tables.py from the Unicode data inside the package confusable-homoglyphs.

    .venv/bin/python -m tests.core.make_unicode_tables

That package has every line of UTS 39's `confusables.txt`, in its order, and the scripts of UAX 24. The table is made
for names whose case is folded already, so that Иван and иван look the same: a letter gets the look of its capital where
that is a plain Latin letter or digit (Н looks like H), else its own (р looks like p). Only i and its like are not l,
though their capitals are: Ella and Elia can both be here.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from ipcchat.core.skeletons import ASCII_LOOKS, folded

UNICODE_VERSION = "15.1"
PATH = Path(__file__).parents[2] / "ipcchat" / "core" / "unicode_tables.py"
LINE_CHARACTERS_MAX = 118
ROUNDS_MAX = 10
# UTS 39 leaves some of them apart from the letters whose form they have.
SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
MARK = "\u200e"  # around characters written from right to left

HEAD = '''"""What characters look like, and the scripts they belong to: Unicode {version}, decoded on first use.

Made by tests/core/make_unicode_tables.py, which says how; do not edit. All numbers are code points, hexadecimal.
CONFUSABLES: what is looked like (code points joined by +), a colon, then the characters that do, separated by commas.
SCRIPTS: a script, a colon, then its characters and ranges. Common stands for Inherited too.

{licence}
"""

'''


LICENCE = """UNICODE LICENSE V3

COPYRIGHT AND PERMISSION NOTICE

Copyright © 1991-2024 Unicode, Inc.

NOTICE TO USER: Carefully read the following legal agreement. BY
DOWNLOADING, INSTALLING, COPYING OR OTHERWISE USING DATA FILES, AND/OR
SOFTWARE, YOU UNEQUIVOCALLY ACCEPT, AND AGREE TO BE BOUND BY, ALL OF THE
TERMS AND CONDITIONS OF THIS AGREEMENT. IF YOU DO NOT AGREE, DO NOT
DOWNLOAD, INSTALL, COPY, DISTRIBUTE OR USE THE DATA FILES OR SOFTWARE.

Permission is hereby granted, free of charge, to any person obtaining a
copy of data files and any associated documentation (the "Data Files") or
software and any associated documentation (the "Software") to deal in the
Data Files or Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, and/or sell
copies of the Data Files or Software, and to permit persons to whom the
Data Files or Software are furnished to do so, provided that either (a)
this copyright and permission notice appear with all copies of the Data
Files or Software, or (b) this copyright and permission notice appear in
associated Documentation.

THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY
KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT OF
THIRD PARTY RIGHTS.

IN NO EVENT SHALL THE COPYRIGHT HOLDER OR HOLDERS INCLUDED IN THIS NOTICE
BE LIABLE FOR ANY CLAIM, OR ANY SPECIAL INDIRECT OR CONSEQUENTIAL DAMAGES,
OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS,
WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION,
ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THE DATA
FILES OR SOFTWARE.

Except as contained in this notice, the name of a copyright holder shall
not be used in advertising or otherwise to promote the sale, use or other
dealings in these Data Files or Software without prior written
authorization of the copyright holder."""


def prototypes() -> dict[str, str]:
    """UTS 39's table: character -> what it looks like.

    The package keeps each pair in both directions. A character that looks like something stands in one pair only, and
    where both stand in one the first of them does.
    """
    pairs = source("confusables.json")
    place = {character: number for number, character in enumerate(pairs)}
    found = {}
    for character, others in pairs.items():
        other = others[0]["c"]
        if len(others) == 1 and (len(pairs[other]) > 1 or place[character] < place[other]):
            found[character.replace(MARK, "")] = other.replace(MARK, "")
    return dict(sorted(found.items()))


def looks() -> dict[str, str]:
    """Folded character -> what it and its capital look like, final: nothing in it looks like something else again."""
    own, capitals = one_to_one()
    letters = sorted(letter for letter in own.keys() | capitals.keys() if not letter.isascii())
    table = {letter: better(own.get(letter, ""), capitals.get(letter, "")) for letter in letters}
    for letter in letters:
        if len(look := own.get(letter, "")) == 1 and not look.isascii():
            table.setdefault(look, table[letter])
    table |= SMALL_CAPITALS | ASCII_LOOKS
    return {letter: final for letter in table if (final := settled(letter, table)) != letter}


def one_to_one() -> tuple[dict[str, str], dict[str, str]]:
    """What folded characters look like themselves, and what the capitals look like that fold to them."""
    own: dict[str, str] = {}
    capitals: dict[str, str] = {}
    for character, look in prototypes().items():
        letter = folded(character)
        if letter == character:
            own[letter] = folded(look)
        elif len(letter) == 1 and character.isalpha() and unicodedata.is_normalized("NFKC", character):
            capitals.setdefault(letter, folded(look))
    return own, capitals


def better(own: str, capital: str) -> str:
    """Which of two looks a letter gets."""
    is_plain = len(capital) == 1 and capital.isascii() and capital.isalnum()
    return capital if is_plain and (own, capital) != ("i", "l") else own or capital


def settled(text: str, table: dict[str, str]) -> str:
    """What `text` looks like in the end. Raises ValueError when it goes round in circles."""
    for _ in range(ROUNDS_MAX):
        before, text = text, folded("".join(table.get(character, character) for character in text))
        if text == before:
            return text.replace("rn", "m").replace("''", '"')
    raise ValueError(f"{text!a} never settles")


def scripts() -> dict[str, list[tuple[int, int]]]:
    """Script -> its ranges of code points, both ends included."""
    categories = source("categories.json")
    names = [name.replace("_", " ").title() for name in categories["iso_15924_aliases"]]
    found: dict[str, list[tuple[int, int]]] = {}
    for first, last, number, _ in categories["code_points_ranges"]:
        ranges = found.setdefault("Common" if names[number] == "Inherited" else names[number], [])
        if ranges and ranges[-1][1] == first - 1:
            first = ranges.pop()[0]
        ranges.append((first, last))
    return found


def source(name: str) -> dict[str, Any]:
    """One of the package's two tables."""
    found: dict[str, Any] = json.loads((files("confusable_homoglyphs") / name).read_text(encoding="utf-8"))
    return found


def module() -> str:
    """The text of the module."""
    groups: dict[str, list[str]] = {}
    for character, look in sorted(looks().items()):
        groups.setdefault("+".join(f"{ord(part):x}" for part in look), []).append(f"{ord(character):x}")
    ranges = {
        name.replace(" ", "_"): [f"{first:x}-{last:x}" if last > first else f"{first:x}" for first, last in found]
        for name, found in scripts().items()
    }
    return "".join(
        [
            HEAD.format(version=UNICODE_VERSION, licence=LICENCE),
            'CONFUSABLES = """\\\n',
            *lines(groups),
            '"""\n\nSCRIPTS = """\\\n',
            *lines(ranges),
            '"""\n',
        ]
    )


def lines(groups: dict[str, list[str]]) -> Iterator[str]:
    """The groups one behind the other; one that does not fit into its line begins again in the next."""
    line = ""
    for key, members in groups.items():
        start = f"{key}:"
        for member in members:
            if len(line) + len(start) + len(member) >= LINE_CHARACTERS_MAX:
                yield f"{line}\n"
                line, start = "", f"{key}:"
            line += (f" {start}" if line and start != "," else start) + member
            start = ","
    yield f"{line}\n"


if __name__ == "__main__":
    PATH.write_text(module(), encoding="utf-8")

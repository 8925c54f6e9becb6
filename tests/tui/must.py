"""What the terminal client must do, row by row; the docstrings of the tests that prove it begin "UX row N:"."""

from __future__ import annotations

import ast
import re
from pathlib import Path

FOLDER = Path(__file__).parent
NAMED = re.compile(r"UX rows? (\d+(?:, \d+)*):")

ROWS = {
    1: "typing anywhere goes to the input, from the first frame",
    2: "the switcher, the list, the next unread, numbers, back",
    3: "the keys of the line, history, new lines",
    4: "completion of nicks, channels, commands, emoji",
    5: "unread line, counts, mentions, read by who looks, in step with other clients",
    6: "scroll-back that stays where one looks, and the way back",
    7: "stable colours of nicks that can be read, with 16 colours and none",
    8: "search on the server, and the way into the context",
    9: "reconnecting: state, draft, queue, gap, nothing twice",
    10: "the mouse, selecting and copying, copy mode",
    11: "notifications when nobody looks, and muting",
    12: "who comes and goes, days, times",
    13: "answering, reacting, changing, deleting",
    14: "the first run, addresses, passwords",
    15: "help from the key map, other keys, Ctrl+C",
    16: "wide, joined and right-to-left characters; nothing harmful",
    17: "small and changing terminals, panes, tmux, the start",
}


def tests(folder: Path = FOLDER) -> dict[int, list[str]]:
    """The tests of each row: row -> file::name."""
    found: dict[int, list[str]] = {}
    for file in sorted(folder.glob("test_must_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for row in rows_of(ast.get_docstring(node) or ""):
                    found.setdefault(row, []).append(f"{file.name}::{node.name}")
    return found


def rows_of(docstring: str) -> list[int]:
    """The rows that a docstring names."""
    named = NAMED.match(docstring)
    return [int(number) for number in named[1].split(",")] if named else []

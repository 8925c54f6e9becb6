"""What the web client must do, row by row; the docstrings of the tests that prove it begin "UX row N:"."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent

ROWS = {
    1: "the page of the server itself: nothing to build, a strict policy, a guest with one field",
    2: "the keys of the terminal client, and none that a browser keeps",
    3: "unread line, counts, mentions, title and sign of the tab, in step with other devices",
    4: "scrolling both ways without end, with few rows, and nothing moves",
    5: "reconnecting: state, draft, what waits, gap, nothing twice",
    6: "mentions, answers, reactions, typing, changing, deleting, several lines, formatting",
    7: "completion in a popup that can be heard",
    8: "search on the server, and links to messages",
    9: "sending files",
    10: "everybody: what is read aloud, focus, skip links, contrast, labels",
    11: "telephones",
    12: "light, dark, high contrast, sizes, times as the place has them",
    13: "notifications when nobody looks, and muting",
    14: "text is only ever text, links lead only where they may, nothing is loaded by itself",
    15: "who comes and goes, days, colours of nicks",
}

NOT_YET: dict[int, str] = {}
"""Rows without a test, and why; a row leaves this table with its first test."""

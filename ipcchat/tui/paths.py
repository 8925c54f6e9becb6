"""Paths as people type them behind /upload: what they mean, and how they may go on.

Rules:
1. What stands there is the path as it is, spaces and all, when there is such a file. Else quotes, backslashes and file://
   are understood, as a terminal puts them there when a file is dragged onto it. "~" is a home folder.
2. Choices are made by looking into one folder, of which LOOKED_AT_MAX names are looked at: Tab answers at once.
3. A name that a terminal would act on is not offered.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote, urlsplit

from ipcchat.client.text import printable
from ipcchat.tui.model.completion import CANDIDATES_MAX, Candidate

COMMAND = "/upload "
LOOKED_AT_MAX = 5_000
SIZES = ("bytes", "kB", "MB", "GB")


def path_of(typed: str) -> str:
    """The path that somebody means."""
    typed = typed.strip()
    plain = os.path.expanduser(typed)
    if os.path.exists(plain):
        return plain
    if typed.startswith("file://"):
        return unquote(urlsplit(typed).path)
    try:
        words = shlex.split(typed)
    except ValueError:
        return plain
    return os.path.expanduser(words[0]) if len(words) == 1 else plain


def candidates(before: str) -> list[Candidate]:
    """How a path behind /upload may go on; none where something else is typed."""
    if not before.startswith(COMMAND) or "\n" in before:
        return []
    start = len(COMMAND) + len(before[len(COMMAND) :]) - len(before[len(COMMAND) :].lstrip(" \"'"))
    typed = before[start:]
    folder, slash, beginning = typed.rpartition("/")
    if typed == "~":
        return [Candidate("~/", "~/", "", start)]
    looked_at = os.path.expanduser(f"{folder}{slash}") or "."
    found = sorted(islice(_names(looked_at, beginning), CANDIDATES_MAX), key=lambda entry: entry.name.casefold())
    place = start + len(folder) + len(slash)
    return [
        Candidate(f"{entry.name}{_end(entry)}", f"{entry.name}{_end(entry)}", _size(entry), place) for entry in found
    ]


def _names(folder: str, beginning: str) -> Iterator[os.DirEntry[str]]:
    """What is in a folder and begins so; hidden files only for who types the dot."""
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, LOOKED_AT_MAX):
                is_meant = entry.name.startswith(beginning) and (beginning or not entry.name.startswith("."))
                if is_meant and entry.name.isprintable() and printable(entry.name) == entry.name:
                    yield entry
    except (OSError, ValueError):
        return


def _end(entry: os.DirEntry[str]) -> str:
    try:
        return "/" if entry.is_dir() else ""
    except OSError:
        return ""


def _size(entry: os.DirEntry[str]) -> str:
    try:
        return "" if entry.is_dir() else in_words(entry.stat().st_size)
    except OSError:
        return ""


def in_words(size: float) -> str:
    """A number of bytes for people: "3.4 MB"."""
    place = 0
    while size >= 999.5 and place < len(SIZES) - 1:
        size, place = size / 1_000, place + 1
    return f"{size:.1f} {SIZES[place]}" if place and size < 9.95 else f"{size:.0f} {SIZES[place]}"

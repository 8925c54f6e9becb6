"""Reads the configuration file's bytes into TOML tables, whatever is in the file.

Rules:
1. Every file that is not a proper one is an `Unreadable` that says where and why; nothing else is raised.
2. Reading ends: only regular files are read, and no more than FILE_BYTES_MAX of them.

Specification: TOML 1.0 (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import NamedTuple

FILE_BYTES_MAX = 1_048_576
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Unreadable(Exception):
    """A configuration file that cannot be read; the text says why, after line and column where there are any."""


class Origin(NamedTuple):
    """Whose file it was (a uid), and its permissions (as of chmod)."""

    owner: int
    permissions: int


def read_tables(path: Path) -> tuple[dict[str, object], Origin]:
    """The tables of a TOML file, and whose it is. Raises Unreadable."""
    content, origin = _read(path)
    try:
        text = content.decode("utf-8-sig")  # COMPAT: editors that put a byte order mark in front of UTF-8.
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {line}: expected UTF-8, got the byte 0x{content[error.start]:02x}") from None
    return parse_tables(text), origin


def parse_tables(text: str) -> dict[str, object]:
    """The tables of a TOML text. Raises Unreadable."""
    import tomllib  # Most servers have no file: they start without it.

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(_located(str(error), text)) from None
    except RecursionError:
        raise Unreadable("lists or tables are nested too deeply") from None
    except ValueError:
        raise Unreadable("a number or a date in it is out of all range") from None


def _read(path: Path) -> tuple[bytes, Origin]:
    """The bytes of a regular file, and whose it is. Raises Unreadable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("expected a file that can be read again and again")
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise Unreadable("cannot be read: there is a NUL in its name") from None
    if len(content) > FILE_BYTES_MAX:
        raise Unreadable(f"expected at most {FILE_BYTES_MAX:_} bytes")
    return content, Origin(status.st_uid, stat.S_IMODE(status.st_mode))


def _located(reason: str, text: str) -> str:
    """tomllib's reason with the place in front."""
    found = _PLACE.search(reason)
    if found is None:
        return reason
    if found[1]:
        line, column = int(found[1]), int(found[2])
    else:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    return f"line {line}, column {column}: {reason[: found.start()]}"

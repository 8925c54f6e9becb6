"""The file beside the journal by which messages are found: search.db.

Rules:
1. There is nothing in it that is not in the journal. One that is missing, damaged, of another version or of another
   journal, or ahead of the journal (which was restored from a backup), is thrown away and made anew.
2. The journal's places are cut into parts of PART_SEQS; each has a full-text table of its own. So a search of the
   newest looks into few of them, no step of it takes long, and a part can be made anew when something in it was taken
   away.
3. The full-text tables hold words and no texts: what was found is read in the journal, and checked there. They hold
   more than is there: words of messages that were redacted, voided or edited since.
4. Words come from search_words.py, joined by blanks; marks beside them, which no word can be, say who and where.
5. What is freed is overwritten: words of what was erased do not stay in the file.

The tables: `meta` (names and values; `mark` is the last entry that was taken in, by place and id), `part` (which parts
there are, and up to which place), `stale` (parts to be made anew), `name` (histories, nicks, accounts and parties of
conversations, by number; `messages` counts those of a history), `place` (the history of each message), words_<number>.

Specification: FTS5 contentless tables (https://www.sqlite.org/fts5.html).
"""

from __future__ import annotations

import os
import sqlite3
import unicodedata
from pathlib import Path
from typing import Final

from ipcchat.backend.sqlite_schema import read_meta, transaction, write_meta

APPLICATION_ID: Final = 0x49504A53
"""Bytes 68 to 71 of the file, "IPJS" (https://www.sqlite.org/fileformat2.html#application_id)."""

VERSION: Final = f"1 {unicodedata.unidata_version}"
"""Of the tables and of what a word is, which the Unicode version of this Python has a part in."""

PART_BITS: Final = 17
PART_SEQS: Final = 1 << PART_BITS
"""Places of one part. Measured with ten million messages: parts of twice the size save a millisecond where all of them
are asked, and a beginning of a word takes twice as long in the one that is asked first."""

HISTORY, NICK, ACCOUNT, PARTY = "t", "n", "a", "p"
LINK_MARK: Final = "=l"

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE part (number INTEGER PRIMARY KEY, upto INTEGER NOT NULL)",
    "CREATE TABLE stale (number INTEGER PRIMARY KEY)",
    "CREATE TABLE name (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,"
    " one INTEGER NOT NULL DEFAULT 0, other INTEGER NOT NULL DEFAULT 0, messages INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (kind, name))",
    "CREATE INDEX name_one ON name (one) WHERE one > 0",
    "CREATE INDEX name_other ON name (other) WHERE other > 0",
    "CREATE TABLE place (seq INTEGER PRIMARY KEY, history INTEGER NOT NULL)",
)
_PRAGMAS = ("trusted_schema = OFF", "temp_store = MEMORY", "mmap_size = 0", "busy_timeout = 200")
_FILLER_PRAGMAS = (
    "secure_delete = ON",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "wal_autocheckpoint = 0",
    "cache_size = -4096",
)
_READER_PRAGMAS = ("wal_autocheckpoint = 0", "query_only = ON", "cache_size = -4096")
_STATEMENTS_MAX = 1_024
"""Statements that are kept prepared: each part needs its own."""


class UnfitError(Exception):
    """The file is of no use for this journal; the text says why."""


def path_beside(journal: Path) -> Path:
    """Where the file of a journal is."""
    return journal.with_name("search.db")


def part_of(seq: int) -> int:
    """The number of the part that a place is in."""
    return seq >> PART_BITS


def places_of(part: int) -> tuple[int, int]:
    """The first and the last place of a part."""
    return part << PART_BITS, ((part + 1) << PART_BITS) - 1


def mark(kind: str, number: int) -> str:
    """What stands among the words of a message of that history, nick or account."""
    return f"={kind}{number}"


def open_for_filling(path: Path, journal: sqlite3.Connection) -> sqlite3.Connection:
    """The one connection that writes; the file is made when it is missing. Raises UnfitError when it is of no use for
    the journal that `journal` reads, and sqlite3.Error and OSError."""
    if not path.exists():
        _create(path, read_meta(journal, "journal"))
    connection = _connect(str(path.absolute()), _FILLER_PRAGMAS)
    try:
        _check(connection, journal)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that can only read. Raises sqlite3.Error, also when there is no file."""
    return _connect(f"{path.absolute().as_uri()}?mode=ro", _READER_PRAGMAS)


def throw_away(path: Path) -> None:
    """Remove the file, whose connection is closed. Raises OSError."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def add_part(connection: sqlite3.Connection, part: int) -> None:
    """An empty part, in the open transaction."""
    connection.execute(
        f"CREATE VIRTUAL TABLE words_{part}"
        " USING fts5(words, content = '', columnsize = 0, tokenize = \"ascii tokenchars '='\")"
    )
    connection.execute("INSERT INTO part VALUES (?, ?)", (part, places_of(part)[0] - 1))


def drop_part(connection: sqlite3.Connection, part: int) -> None:
    """Take a part out with all that belongs to it."""
    bounds = places_of(part)
    with transaction(connection):
        connection.execute(
            "UPDATE name SET messages = messages - lost FROM"
            " (SELECT history, count(*) AS lost FROM place WHERE seq BETWEEN ? AND ? GROUP BY history)"
            " WHERE number = history",
            bounds,
        )
        connection.execute("DELETE FROM place WHERE seq BETWEEN ? AND ?", bounds)
        connection.execute(f"DROP TABLE IF EXISTS words_{part}")
        connection.execute("DELETE FROM part WHERE number = ?", (part,))
        connection.execute("DELETE FROM stale WHERE number = ?", (part,))


def _connect(name: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name,
        uri=name.startswith("file:"),
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS_MAX,
    )
    try:
        for pragma in (*_PRAGMAS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path, journal: str) -> None:
    """Make an empty file, that only its owner can read, under another name, then give it its name."""
    new = path.with_name(path.name + ".new")
    throw_away(new)
    throw_away(path)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    connection = _connect(str(new.absolute()), _FILLER_PRAGMAS)
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        with transaction(connection):
            for statement in _TABLES:
                connection.execute(statement)
            for name, value in (("version", VERSION), ("journal", journal), ("mark", "")):
                write_meta(connection, name, value)
    finally:
        connection.close()
    new.rename(path)


def _check(connection: sqlite3.Connection, journal: sqlite3.Connection) -> None:
    """Raise UnfitError unless all that was taken in is from this journal."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise UnfitError("it is none of ours")
    if read_meta(connection, "version") != VERSION:
        raise UnfitError("it is of another version")
    if read_meta(connection, "journal") != read_meta(journal, "journal"):
        raise UnfitError("it is of another journal")
    seq, _, id_ = read_meta(connection, "mark").partition(" ")
    sql = "SELECT count(*) FROM journal WHERE seq = ? AND hex(id) = ?"
    if seq and not journal.execute(sql, (int(seq), id_)).fetchone()[0]:
        raise UnfitError("the journal is not the one it was made from: it was restored, or its newest entries are gone")

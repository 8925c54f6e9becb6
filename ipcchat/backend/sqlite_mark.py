"""How far a stream that several nodes share was taken into this journal: the tables `mark`, `origin` and `fleeting`.

Rules:
1. They are written in the transaction that has the rows: a crash leaves the journal at a mark, never between two.
2. `origin` has every incarnation of a node that ever published: the number of its last fact, and whether it was
   declared down. None is ever forgotten, or a late message of it would be new.
3. `fleeting` has the ids of fleeting facts, which are in no other table, for the last FLEETING_PLACES places.
4. All of it follows from the stream alone, and is the same on every node at the same mark.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

FLEETING_PLACES: Final = 10_000
"""Places after which the id of a fleeting fact is forgotten."""

DIGEST_BYTES: Final = 16
"""Of a digest and of the hash of a payload: BLAKE2b-128."""

NO_DIGEST: Final = bytes(DIGEST_BYTES)
"""Before the first message of an epoch of which nothing else is known."""

ROWS_MAX: Final = 1_000
"""Rows of one statement, at most three parameters each: well under SQLite's 32,766."""


class Mark(msgspec.Struct, frozen=True):
    """A point of a stream: after message `stream_seq` (0: none) of `epoch` the last place is `seq`, its time `at` (Unix
    ms). `digest` is over all messages so far, `payload` the hash of the last one (empty: there is none)."""

    epoch: int
    stream_seq: int
    seq: int
    at: int
    digest: bytes = NO_DIGEST
    payload: bytes = b""


class Origin(NamedTuple):
    """What is known of an incarnation: the number of its last fact, and whether it was declared down."""

    last: int = 0
    down: bool = False


class Marks(NamedTuple):
    """What a commit writes beside rows: where it is now, the origins that changed, and new fleeting ids with their
    places and times."""

    mark: Mark
    origins: Mapping[str, Origin]
    fleeting: Mapping[bytes, tuple[int, int]]


def read_mark(connection: sqlite3.Connection) -> Mark | None:
    """Where this journal is; None when it never was part of a stream. Raises sqlite3.Error, as all here."""
    row = connection.execute("SELECT epoch, stream_seq, seq, at, digest, payload FROM mark").fetchone()
    return Mark(*row) if row else None


def read_lineage(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """The epochs that this journal went through, each with the place on which it began."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'lineage'").fetchone()
    starts = (start.partition(":") for start in (row[0] if row else "").split())
    return [(int(epoch), int(place)) for epoch, _, place in starts]


def write_lineage(connection: sqlite3.Connection, lineage: Sequence[tuple[int, int]]) -> None:
    """Keep these, in the transaction that is open."""
    text = " ".join(f"{epoch}:{place}" for epoch, place in lineage)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('lineage', ?)", (text,))


def read_origins(connection: sqlite3.Connection) -> dict[str, Origin]:
    """All origins by incarnation."""
    rows = connection.execute("SELECT incarnation, last, down FROM origin")
    return {incarnation: Origin(last, bool(down)) for incarnation, last, down in rows}


def read_fleeting(connection: sqlite3.Connection) -> dict[bytes, tuple[int, int]]:
    """The ids of fleeting facts that are known, by rising place, with their places and times."""
    return {id_: (seq, at) for seq, at, id_ in connection.execute("SELECT seq, at, id FROM fleeting ORDER BY seq")}


def write_marks(connection: sqlite3.Connection, marks: Marks) -> None:
    """Keep these, in the transaction that is open."""
    mark = marks.mark
    columns = (mark.epoch, mark.stream_seq, mark.seq, mark.at, mark.digest, mark.payload)
    connection.execute("INSERT OR REPLACE INTO mark VALUES (1, ?, ?, ?, ?, ?, ?)", columns)
    origins = [(name, origin.last, int(origin.down)) for name, origin in marks.origins.items()]
    _insert(connection, "INSERT OR REPLACE INTO origin", origins)
    if marks.fleeting:
        connection.execute("DELETE FROM fleeting WHERE seq <= ?", (mark.seq - FLEETING_PLACES,))
        fleeting = [(seq, at, id_) for id_, (seq, at) in marks.fleeting.items() if seq > mark.seq - FLEETING_PLACES]
        _insert(connection, "INSERT OR REPLACE INTO fleeting", fleeting)


def _insert(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, object, object]]) -> None:
    for start in range(0, len(rows), ROWS_MAX):
        some = rows[start : start + ROWS_MAX]
        values = ",".join(["(?,?,?)"] * len(some))
        connection.execute(f"{statement} VALUES {values}", [value for row in some for value in row])

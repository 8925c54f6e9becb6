"""Looks into the journals of all nodes, past the server: how far each is, and whether they are the same.

Rules:
1. The files are read with SQLite alone, and only read.
2. A chain is made here from a target's rows, so that the server's own sums need not be believed; those are compared as
   well.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

TABLES = {
    "journal": "SELECT seq, at, hex(id), target, parent, hex(fact), hidden FROM journal ORDER BY seq",
    "mark": "SELECT epoch, stream_seq, seq, at, hex(digest), hex(payload) FROM mark",
    "origin": "SELECT incarnation, last, down FROM origin ORDER BY incarnation",
}
"""What is the same on all nodes at the same mark."""

INDEXED = {
    "history": "SELECT target, seq FROM history WHERE seq <= ? ORDER BY target, seq",
    "about": "SELECT parent, seq, target FROM about WHERE seq <= ? ORDER BY parent, seq",
}
"""What is filled behind the journal; up to where all have it."""

CHAINS = "SELECT target, first, hex(first_hash), last, hex(hash) FROM chain ORDER BY target"


class Mark(NamedTuple):
    """How far a node is: its stream's epoch, the last message of it, and the digest of all so far."""

    epoch: int
    stream_seq: int
    digest: bytes


class Copy(NamedTuple):
    """What a journal has: rows of tables, and a chain for each target."""

    tables: dict[str, list[Any]]
    chains: dict[str, bytes]


def reading(journal: Path) -> closing[sqlite3.Connection]:
    """The journal, to be read."""
    return closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=10))


def mark_of(journal: Path) -> Mark | None:
    """How far that journal is; None when it cannot be said now."""
    try:
        with reading(journal) as connection:
            row = connection.execute("SELECT epoch, stream_seq, digest FROM mark").fetchone()
    except sqlite3.Error:
        return None
    return Mark(*row) if row else None


def are_equal(journals: Sequence[Path]) -> bool:
    """Whether all are at the same point, with the same digest."""
    marks = {mark_of(journal) for journal in journals}
    return len(marks) == 1 and None not in marks


def copy_of(journal: Path) -> Copy:
    """Everything that is to be the same. Raises sqlite3.Error."""
    with reading(journal) as connection:
        connection.execute("BEGIN")
        tables = {name: connection.execute(query).fetchall() for name, query in TABLES.items()}
        return Copy(tables, chains_of(tables["journal"]))


def chains_of(rows: Sequence[tuple[Any, ...]]) -> dict[str, bytes]:
    """For each target the hash over all of its rows in their order."""
    chains: dict[str, bytes] = defaultdict(bytes)
    for seq, at, id_, target, _, fact, _ in rows:
        if target is not None:
            chains[target] = blake2b(chains[target] + repr((seq, at, id_, fact)).encode(), digest_size=16).digest()
    return dict(chains)


class Sums(NamedTuple):
    """What a server wrote about its own journal: indexes by table, up to where its chains go, and these."""

    indexes: dict[str, list[Any]]
    chained: int
    chains: list[Any]


def indexed(journal: Path) -> int:
    """Up to which place the indexes go."""
    return _number(journal, "indexed")


def _number(journal: Path, name: str) -> int:
    with reading(journal) as connection:
        return int(connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0])


def sums_of(journal: Path, upto: int) -> Sums:
    """What that server wrote, the indexes up to that place."""
    with reading(journal) as connection:
        indexes = {table: connection.execute(query, (upto,)).fetchall() for table, query in INDEXED.items()}
        return Sums(indexes, _number(journal, "chained"), connection.execute(CHAINS).fetchall())


def own_sums_differ(journals: Mapping[str, Path]) -> Iterator[str]:
    """Where the indexes and chains differ that the servers wrote themselves: chains where they go up to one place."""
    upto = min(indexed(journal) for journal in journals.values())
    sums = {name: sums_of(journal, upto) for name, journal in journals.items()}
    first, *others = sums
    one = sums[first]
    for other in others:
        two = sums[other]
        for table in INDEXED:
            if one.indexes[table] != two.indexes[table]:
                yield f"{first} and {other} differ in their tables {table}, up to place {upto}"
        if one.chained == two.chained and one.chains != two.chains:
            yield f"{first} and {other} made other chains up to place {one.chained}"


def differences(journals: Mapping[str, Path]) -> Iterator[str]:
    """Where the journals of these nodes are not the same."""
    copies = {name: copy_of(journal) for name, journal in journals.items()}
    first, *others = copies
    for other in others:
        one, two = copies[first], copies[other]
        for table in TABLES:
            if one.tables[table] != two.tables[table]:
                yield f"{first} and {other} differ in {table}{_first_difference(one.tables[table], two.tables[table])}"
        for target in sorted({*one.chains, *two.chains}):
            if one.chains.get(target) != two.chains.get(target):
                yield f"{first} and {other} have another chain of {target}"
    yield from own_sums_differ(journals)


def _first_difference(one: list[Any], two: list[Any]) -> str:
    for left, right in zip(one, two, strict=False):
        if left != right:
            return f": {left} and {right}"
    return f": {len(one)} and {len(two)} rows"

"""What makes an altered journal known: a sum of every row, and of every history a chain through the sums.

Rules:
1. A row's sum is over its columns but `hidden` and `place`, which follow from facts (sqlite_verify). One flipped bit
   is found when the row is read or verified. Who changes a column (`void_row`, sqlite_upkeep) gives the row a new sum,
   if the old one was right.
2. A chain is h_n = BLAKE2b-128(h_(n-1) || seq || sum) over the messages of a history, and what is about them, by
   rising sequence, up to `chained` (sqlite_index). It says that none is missing, added or in another place.
3. What is taken out of the middle of a chain (voided, erased) leaves its sum in `gone`, so that the chain can still be
   followed. What is forgotten at the beginning moves `first` and `first_hash`, the hash before the rows from there on.
4. A row from before there were sums has none (NULL) and is in no chain.
5. They are no signatures: who can write the file can write sums as well.

Specification: BLAKE2 (RFC 7693).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from struct import Struct
from typing import Final, NamedTuple

SUM_BYTES: Final = 8
HASH_BYTES: Final = 16

SEQS_PER_STEP: Final = 8_192
"""Places of the journal whose sums are fetched at once: some hundred KB of text."""

CHAINS_PER_STEP: Final = 1_000
"""Chains of one statement, five parameters each: well under SQLite's 32,766."""

_HEAD: Final = Struct(">QqQII")
_pack_head = _HEAD.pack
_copy_empty = blake2b(digest_size=SUM_BYTES).copy
"""To copy an empty hash costs half as much as to make one."""

_SUMS = """
SELECT group_concat(seq || ' ' || hex(sum) || ' ' || hex(target), ',') FROM (
    SELECT seq, sum, coalesce(target, place) AS target FROM journal
    WHERE seq > ? AND seq <= ? AND coalesce(target, place) IS NOT NULL AND sum IS NOT NULL ORDER BY seq
)
"""
"""One row, because Python's global lock is given up and taken again for each."""

_KEEP_SUM = """
INSERT OR IGNORE INTO gone SELECT seq, coalesce(target, place), sum FROM journal
WHERE seq = ? AND coalesce(target, place) IS NOT NULL AND sum IS NOT NULL
    AND seq <= (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'chained')
"""


class Chain(NamedTuple):
    """The chain of one history: it goes through the rows from `first` to `last`, from one hash to the other."""

    target: str
    first: int
    first_hash: bytes
    last: int
    hash: bytes


def row_sum(seq: int, at: int, id: bytes, target: str | None, parent: int, fact: bytes) -> bytes:
    """The BLAKE2b-64 of a row; the lengths before the columns make different rows different bytes."""
    name = b"" if target is None else target.encode()
    length = 0 if target is None else len(name) + 1
    hashed = _copy_empty()
    hashed.update(_pack_head(seq, at, parent, len(id), length) + id + name + fact)
    return hashed.digest()


def first_hash(target: str) -> bytes:
    """The hash before the first message of a history."""
    return blake2b(target.encode(), digest_size=HASH_BYTES).digest()


def next_hash(before: bytes, seq: int, sum_: bytes) -> bytes:
    """One step of a chain."""
    return blake2b(before + seq.to_bytes(8, "big") + sum_, digest_size=HASH_BYTES).digest()


def extend_chains(connection: sqlite3.Connection, after: int, upto: int) -> None:
    """Put what is of a history in `after` < seq <= `upto` into the chains, in the transaction that is open. It is in
    the journal, and nothing of it is in a chain. Raises sqlite3.Error."""
    while (start := place_before(connection, after)) is not None and start < upto:
        after = min(start + SEQS_PER_STEP, upto)
        sums = _sums(connection, start, after)
        targets = list(sums)
        for index in range(0, len(targets), CHAINS_PER_STEP):
            some = targets[index : index + CHAINS_PER_STEP]
            chains = read_chains(connection, some)
            write_chains(connection, [_extended(target, chains.get(target), sums[target]) for target in some])


def place_before(connection: sqlite3.Connection, after: int) -> int | None:
    """The place right before the next row after `after`, None when there is none: places can be far apart."""
    seq = connection.execute("SELECT min(seq) FROM journal WHERE seq > ?", (after,)).fetchone()[0]
    return None if seq is None else int(seq) - 1


def read_chains(connection: sqlite3.Connection, targets: list[str]) -> dict[str, Chain]:
    """The chains of these histories, of those that have one; at most CHAINS_PER_STEP."""
    sql = f"""
    SELECT group_concat(hex(target) || ' ' || first || ' ' || hex(first_hash) || ' ' || last || ' ' || hex(hash), ',')
    FROM chain WHERE target IN ({",".join("?" * len(targets))})
    """
    found = connection.execute(sql, targets).fetchone()[0]
    chains = {}
    for target, first, before, last, hash_ in _fields(found):
        name = _name(target)
        chains[name] = Chain(name, int(first), bytes.fromhex(before), int(last), bytes.fromhex(hash_))
    return chains


def write_chains(connection: sqlite3.Connection, chains: list[Chain]) -> None:
    """Keep these chains; at most CHAINS_PER_STEP."""
    rows = ",".join(["(?,?,?,?,?)"] * len(chains))
    connection.execute(f"INSERT OR REPLACE INTO chain VALUES {rows}", [value for chain in chains for value in chain])


def keep_sum(connection: sqlite3.Connection, seq: int) -> None:
    """Before the row at `seq` changes: if it is in a chain, keep the sum that it has there. In the open transaction."""
    connection.execute(_KEEP_SUM, (seq,))


def void_row(connection: sqlite3.Connection, seq: int) -> None:
    """Take its history from the row at `seq`, in the transaction that is open. Raises sqlite3.Error."""
    keep_sum(connection, seq)
    row = connection.execute("SELECT at, id, target, parent, fact, sum FROM journal WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        return
    at, id_, target, parent, fact, old = row
    is_right = old is not None and old == row_sum(seq, at, id_, target, parent, fact)
    new = row_sum(seq, at, id_, None, 0, fact) if is_right else old
    sql = "UPDATE journal SET target = NULL, place = NULL, parent = 0, sum = ? WHERE seq = ?"
    connection.execute(sql, (new, seq))


def _sums(connection: sqlite3.Connection, after: int, upto: int) -> dict[str, list[tuple[int, bytes]]]:
    """(sequence, sum) of the messages of these places, by history."""
    by_target: dict[str, list[tuple[int, bytes]]] = {}
    for seq, sum_, target in _fields(connection.execute(_SUMS, (after, upto)).fetchone()[0]):
        by_target.setdefault(target, []).append((int(seq), bytes.fromhex(sum_)))
    return {_name(target): sums for target, sums in by_target.items()}


def _extended(target: str, chain: Chain | None, sums: list[tuple[int, bytes]]) -> Chain:
    if chain is None:
        start = first_hash(target)
        chain = Chain(target, sums[0][0], start, 0, start)
    hash_ = chain.hash
    for seq, sum_ in sums:
        hash_ = next_hash(hash_, seq, sum_)
    return Chain(target, chain.first, chain.first_hash, sums[-1][0], hash_)


def _fields(rows: str | None) -> Iterator[list[str]]:
    """The rows of a group_concat, each as its fields."""
    return (row.split(" ") for row in rows.split(",")) if rows else iter(())


def _name(hexadecimal: str) -> str:
    return bytes.fromhex(hexadecimal).decode()

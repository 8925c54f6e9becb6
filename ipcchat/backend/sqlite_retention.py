"""Forgetting what the rules of retention do not keep: rows leave the journal and all that was made of it.

Rules:
1. The oldest of a history goes first, a few hundred rows in a transaction; its chain begins later then. What an account
   said beyond its quota leaves the middle of chains, and its sums in `gone`.
2. Only rows that are indexed and not after the checkpoint go, and never the last one of the journal: a start needs its
   time.
3. What is about a message, and what happened beside those that go, goes with them.
4. Who has how much is counted once after a start, and from then on as it grows and shrinks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from ipcchat.backend.sqlite_rows import CHAINED, INDEXED
from ipcchat.backend.sqlite_schema import transaction, write_meta
from ipcchat.backend.sqlite_sums import keep_sum, next_hash, place_before, read_chains, void_row, write_chains
from ipcchat.backend.sqlite_times import first_from
from ipcchat.core.facts import Posted, decode_fact
from ipcchat.core.retention import Keep, Retention
from ipcchat.wire.casemap import fold

ROWS: Final = 300
"""Rows that one step takes away."""

ROWS_COUNTED: Final = 4_000
"""Rows that one step counts: some milliseconds."""

TARGETS_PER_STEP: Final = 64
"""Histories that one step looks at, if nothing of them goes."""

TRIMMED: Final = "trimmed"
"""A name in `meta`: up to this place messages were taken from the middle of histories, because their authors said more
than is kept of one."""

MOVED: Final = "moved"
"""A name in `meta`: rows were taken away, so that SQLite may have moved others."""

_COUNT = """
SELECT group_concat(hex(name) || ' ' || messages || ' ' || bytes, ',') FROM (
    SELECT coalesce(target, place) AS name, count(target) AS messages, sum(length(fact)) AS bytes FROM journal
    WHERE seq > ? AND seq <= ? AND coalesce(target, place) IS NOT NULL GROUP BY name
)
"""

_FACTS = """
SELECT group_concat(seq || ' ' || hex(fact), ',') FROM (
    SELECT seq, fact FROM journal WHERE seq > ? AND seq <= ? AND coalesce(target, place) IS NOT NULL
    ORDER BY seq LIMIT ?
)
"""

_OLDEST = """
SELECT group_concat(seq || ' ' || length(fact) || ' ' || coalesce((
    SELECT sum(length(change.fact)) FROM about CROSS JOIN journal AS change ON change.seq = about.seq
    WHERE about.parent = oldest.seq
), 0), ',') FROM (
    SELECT history.seq AS seq, fact FROM history CROSS JOIN journal ON journal.seq = history.seq
    WHERE history.target = ? AND history.seq <= ? ORDER BY history.seq LIMIT ?
) AS oldest
"""
"""(sequence, bytes, bytes of what is about it) of the oldest messages of a history."""

_CHAINED = """
SELECT group_concat(seq || ' ' || hex(sum), ',') FROM (
    SELECT history.seq AS seq, sum FROM history CROSS JOIN journal ON journal.seq = history.seq
    WHERE history.target = :target AND history.seq <= :through AND sum IS NOT NULL
    UNION ALL
    SELECT about.seq, sum FROM about CROSS JOIN journal ON journal.seq = about.seq
    WHERE about.target = :target AND about.seq <= :through AND sum IS NOT NULL
    UNION ALL
    SELECT seq, sum FROM gone WHERE target = :target AND seq <= :through
    ORDER BY seq
)
"""

_CHANGES_AFTER = """
SELECT group_concat(about.seq) FROM history CROSS JOIN about ON about.parent = history.seq
WHERE history.target = :target AND history.seq <= :through AND about.seq > :through
"""

_FORGET = (
    "DELETE FROM journal WHERE seq IN (SELECT seq FROM history WHERE target = :target AND seq <= :through)",
    "DELETE FROM journal WHERE seq IN (SELECT seq FROM about WHERE target = :target AND seq <= :through)",
    "DELETE FROM about WHERE target = :target AND seq <= :through",
    "DELETE FROM history WHERE target = :target AND seq <= :through",
    "DELETE FROM event WHERE target = :target AND seq <= :through",
    "DELETE FROM gone WHERE target = :target AND seq <= :through",
)

_TRIM = """
INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER), ?2)
"""

_BESIDE = """
SELECT max(seq) FROM (
    SELECT seq FROM journal WHERE seq > ? AND seq < ? AND coalesce(target, place) IS NULL ORDER BY seq LIMIT ?
)
"""


def settled(connection: sqlite3.Connection) -> int:
    """Up to where rows are indexed and chained, and not read again by a start: they may change."""
    state = "(SELECT coalesce(max(seq), 0) FROM checkpoint)"
    return int(connection.execute(f"SELECT min({state}, {CHAINED})").fetchone()[0])


def dispensable(connection: sqlite3.Connection) -> int:
    """Up to where rows may go: that, but never the last one of the journal."""
    last = int(connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])
    return min(settled(connection), last - 1)


class _Usage:
    """How many messages a history has, and how many bytes they and what is about them have."""

    __slots__ = ("bytes", "messages")

    def __init__(self) -> None:
        self.messages = 0
        self.bytes = 0


class Forgetting:
    """Forgets by rules that were taken, a step at a time. All methods raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rules = Retention()
        self._now = 0
        self._round: Iterator[None] | None = None
        self._counted = 0
        self._beside = 0
        self._usage: dict[str, _Usage] = {}
        self._accounts: dict[str, int] = {}
        self._oldest: dict[str, int] = {}
        self._forgotten: list[int] = []

    def take(self, rules: Retention, now: int) -> None:
        """Begin to forget what these rules do not keep at that time (Unix ms). A round that is under way goes on first,
        by the rules that it began with."""
        if rules.is_endless or self._round is not None:
            return
        if bool(rules.account_bytes) != bool(self._rules.account_bytes):
            self._counted, self._usage, self._accounts = 0, {}, {}
        self._rules, self._now = rules, now
        self._round = self._work()

    @property
    def is_due(self) -> bool:
        """A round is under way."""
        return self._round is not None

    def step(self) -> tuple[int, ...]:
        """Do a few milliseconds of the round, and return the places of messages that it took away. After a failure the
        next round begins anew."""
        work, self._round = self._round, None
        if work is not None and next(work, self) is not self:
            self._round = work
        forgotten, self._forgotten = tuple(self._forgotten), []
        return forgotten

    def _work(self) -> Iterator[None]:
        """One round; it yields after each step."""
        rules = self._rules
        keeps = (rules.everywhere, *rules.histories.values())
        if rules.account_bytes or any(keep.count or keep.bytes for keep in keeps):
            yield from self._count()
        for number, target in enumerate(self._targets()):
            keep = rules.of(target)
            if keep != Keep() and self._is_too_long(target, keep):
                yield from self._shorten(target, keep)
            if number % TARGETS_PER_STEP == TARGETS_PER_STEP - 1:
                yield
        if rules.account_bytes:
            yield from self._trim(rules.account_bytes)
        if rules.everywhere.age:
            yield from self._clear_beside(first_from(self._connection, self._now - rules.everywhere.age))

    def _targets(self) -> list[str]:
        """All histories that have a message."""
        sql = """
        WITH RECURSIVE name(target) AS (
            SELECT min(target) FROM history
            UNION ALL
            SELECT (SELECT min(target) FROM history WHERE target > name.target) FROM name WHERE target NOT NULL
        )
        SELECT group_concat(hex(target), ',') FROM name
        """
        found = self._connection.execute(sql).fetchone()[0]
        return [bytes.fromhex(name).decode() for name in found.split(",")] if found else []

    # Counting.

    def _count(self) -> Iterator[None]:
        """Count what came since."""
        end = int(self._connection.execute(f"SELECT {INDEXED}").fetchone()[0])
        while (start := place_before(self._connection, self._counted)) is not None and start < end:
            self._counted = start
            through = min(start + ROWS_COUNTED, end)
            for name, messages, size in _fields(
                self._connection.execute(_COUNT, (self._counted, through)).fetchone()[0]
            ):
                usage = self._usage.setdefault(bytes.fromhex(name).decode(), _Usage())
                usage.messages += int(messages)
                usage.bytes += int(size)
            if self._rules.account_bytes:
                for _, account, length in self._said(self._counted, through, ROWS_COUNTED):
                    self._accounts[account] = self._accounts.get(account, 0) + length
            self._counted = through
            yield

    def _said(self, after: int, through: int, rows: int) -> Iterator[tuple[int, str, int]]:
        """(sequence, account, bytes) of what accounts said there, of the first so many rows of histories."""
        for seq, blob in _fields(self._connection.execute(_FACTS, (after, through, rows)).fetchone()[0]):
            account = _account(bytes.fromhex(blob))
            if account:
                yield int(seq), account, len(blob) // 2

    # Forgetting.

    def _is_too_long(self, target: str, keep: Keep) -> bool:
        """Whether something of a history is not kept, as far as that can be told at a glance."""
        usage = self._usage.get(target)
        if usage and ((keep.count and usage.messages > keep.count) or (keep.bytes and usage.bytes > keep.bytes)):
            return True
        sql = "SELECT at FROM journal WHERE seq = (SELECT min(seq) FROM history WHERE target = ?)"
        oldest = self._connection.execute(sql, (target,)).fetchone() if keep.age else None
        return oldest is not None and bool(oldest[0] < self._now - keep.age)

    def _shorten(self, target: str, keep: Keep) -> Iterator[None]:
        """Forget the beginning of one history."""
        connection, usage = self._connection, self._usage.get(target, _Usage())
        first = first_from(self._connection, self._now - keep.age) if keep.age else 0
        if keep.count and usage.messages > keep.count:
            sql = "SELECT count(*) FROM history WHERE target = ? AND seq <= ?"
            usage.messages = connection.execute(sql, (target, self._counted)).fetchone()[0]
        goes = True
        while goes:
            through = 0
            rows = connection.execute(_OLDEST, (target, dispensable(connection), ROWS)).fetchone()[0]
            left = usage.bytes
            for seq, size, about in _fields(rows):
                is_over = (keep.count and usage.messages > keep.count) or (keep.bytes and left > keep.bytes)
                goes = int(seq) < first or bool(is_over)
                if not goes:
                    break
                through = int(seq)
                usage.messages -= 1
                usage.bytes -= int(size)
                left -= int(size) + int(about)
            if not through:
                return
            with transaction(connection):
                usage.bytes -= self._forget(target, through)
            self._forgotten += [int(seq) for seq, *_ in _fields(rows) if int(seq) <= through]
            yield

    def _forget(self, target: str, through: int) -> int:
        """Forget a history up to there, in the transaction that is open. Returns the bytes of what was about it."""
        connection, place = self._connection, {"target": target, "through": through}
        for (seq,) in _fields(connection.execute(_CHANGES_AFTER, place).fetchone()[0]):
            self._take_out(int(seq))
        sql = "SELECT coalesce(sum(length(fact)), 0) FROM about JOIN journal USING (seq) WHERE target IS NULL"
        sql += " AND about.target = :target AND about.seq <= :through"
        size = int(connection.execute(sql.replace("WHERE target", "WHERE journal.target"), place).fetchone()[0])
        chain = read_chains(connection, [target]).get(target)
        if chain is not None and chain.first <= through:
            before = chain.first_hash
            for seq, sum_ in _fields(connection.execute(_CHAINED, place).fetchone()[0]):
                if int(seq) >= chain.first:
                    before = next_hash(before, int(seq), bytes.fromhex(sum_))
            write_chains(connection, [chain._replace(first=through + 1, first_hash=before)])
        for statement in _FORGET:
            connection.execute(statement, place)
        write_meta(connection, MOVED, "1")
        return size

    def _trim(self, bytes_max: int) -> Iterator[None]:
        """Forget the oldest of those who said more than is kept of one."""
        over = {account: size - bytes_max for account, size in self._accounts.items() if size > bytes_max}
        position = min((self._oldest.get(account, 0) for account in over), default=0)
        end = min(self._counted, dispensable(self._connection))
        while over and (start := place_before(self._connection, position)) is not None and start < end:
            position = start
            through = min(position + ROWS, end)
            with transaction(self._connection):
                for seq, account, size in list(self._said(position, through, ROWS)):
                    if account in over:
                        self._take_out(seq)
                        self._connection.execute(_TRIM, (TRIMMED, seq))
                        self._accounts[account] -= size
                        over[account] -= size
                        self._oldest[account] = seq
                        if over[account] <= 0:
                            del over[account]
                write_meta(self._connection, MOVED, "1")
            position = through
            yield

    def _take_out(self, seq: int) -> None:
        """Forget one thing in the middle of its history, and what is about it, in the transaction that is open. What a
        start reads again stays in the journal, but is of no history any more."""
        connection = self._connection
        for (child,) in connection.execute("SELECT seq FROM about WHERE parent = ?", (seq,)).fetchall():
            self._take_out(child)
        sql = "SELECT target, place, parent, length(fact) FROM journal WHERE seq = ?"
        row = connection.execute(sql, (seq,)).fetchone()
        if row is None:
            return
        target, place, parent, size = row
        connection.execute("DELETE FROM history WHERE target = ? AND seq = ?", (target, seq))
        connection.execute("DELETE FROM about WHERE parent = ? AND seq = ?", (parent, seq))
        if seq > dispensable(connection):
            void_row(connection, seq)
            return
        keep_sum(connection, seq)
        connection.execute("DELETE FROM journal WHERE seq = ?", (seq,))
        self._forgotten.append(seq)
        usage = self._usage.get(target or place or "")
        if usage is not None:
            usage.bytes -= size
            usage.messages -= target is not None

    def _clear_beside(self, first: int) -> Iterator[None]:
        """Forget what is of no history: who came and went, what was voided, what guests said in private."""
        connection = self._connection
        while True:
            end = min(first, dispensable(connection) + 1)
            through = connection.execute(_BESIDE, (self._beside, end, ROWS)).fetchone()[0]
            if through is None:
                return
            sql = "DELETE FROM journal WHERE seq > ? AND seq <= ? AND coalesce(target, place) IS NULL"
            with transaction(connection):
                connection.execute(sql, (self._beside, through))
                write_meta(connection, MOVED, "1")
            self._beside = through
            yield


def _account(blob: bytes) -> str:
    """The account that said it; "" for nobody's, and for what cannot be read."""
    try:
        fact = decode_fact(blob)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return fold(fact.account) if isinstance(fact, Posted) else ""


def _fields(rows: str | None) -> Iterator[list[str]]:
    """The rows of a group_concat, each as its fields."""
    return (row.split(" ") for row in rows.split(",")) if rows else iter(())

"""Looking whether a journal is as it was written: its pages, the sums of its rows, its chains, and what is made of it.

Rules:
1. Nothing is written: it is read by a connection that cannot write, from one snapshot, so a server may be running.
2. Every damage is named: the entry and the history it is in, or the history from which one is missing.
3. What is damaged raises nothing: it is reported, and the rest is looked at as far as it can be read.
4. What was said is never in a report.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from heapq import merge
from pathlib import Path
from typing import Any, Final

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.memory_past import place_of
from ipcchat.backend.sqlite_recent import Recent
from ipcchat.backend.sqlite_rows import entry_of
from ipcchat.backend.sqlite_schema import APPLICATION_ID, MIGRATIONS, connect_reader, read_meta
from ipcchat.backend.sqlite_sums import Chain, first_hash, next_hash
from ipcchat.backend.sqlite_upkeep import is_tombstone
from ipcchat.core.effects import Happening
from ipcchat.core.facts import AnyFact, Entry, Redacted, parties
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.state import State

DAMAGES_MAX: Final = 1_000
"""More are not listed: then a backup is what helps."""

_ROWS = "SELECT seq, at, id, target, parent, fact, sum, hidden, place FROM journal ORDER BY seq"

_INDEXES = (
    (
        "is missing in the index of {target}",
        "SELECT journal.seq, journal.target FROM journal LEFT JOIN history"
        " ON history.target = journal.target AND history.seq = journal.seq"
        " WHERE journal.seq <= ? AND journal.target IS NOT NULL AND history.seq IS NULL",
    ),
    (
        "is in the index of {target}, but not in that history",
        "SELECT history.seq, history.target FROM history LEFT JOIN journal"
        " ON journal.seq = history.seq AND journal.target = history.target"
        " WHERE journal.seq IS NULL OR history.seq > ?",
    ),
    (
        "is missing in the index of what is about messages of {target}",
        "SELECT journal.seq, journal.place FROM journal LEFT JOIN about"
        " ON about.parent = journal.parent AND about.seq = journal.seq AND about.target IS journal.place"
        " WHERE journal.seq <= ? AND journal.parent != 0 AND about.seq IS NULL",
    ),
    (
        "is in the index of what is about messages of {target}, but is not about them",
        "SELECT about.seq, about.target FROM about LEFT JOIN journal"
        " ON journal.seq = about.seq AND journal.parent = about.parent AND journal.place IS about.target"
        " WHERE journal.seq IS NULL OR about.seq > ?",
    ),
)

_RECENT = (
    (
        "is not found by its id",
        "SELECT journal.seq FROM journal LEFT JOIN recent ON recent.id = journal.id AND recent.seq = journal.seq"
        " WHERE journal.seq > :after AND journal.seq <= :upto AND recent.seq IS NULL",
    ),
    (
        "is found by the id of another one",
        "SELECT recent.seq FROM recent JOIN journal ON journal.seq = recent.seq AND journal.id != recent.id"
        " WHERE recent.seq <= :upto",
    ),
)


class Report(msgspec.Struct):
    """What was found: `damages` are sentences, at most DAMAGES_MAX; nothing is damaged when there are none."""

    entries: int = 0
    histories: int = 0
    without_sum: int = 0
    last: int = 0
    damages: list[str] = []

    def add(self, damage: str) -> None:
        """Something is damaged."""
        if len(self.damages) < DAMAGES_MAX:
            self.damages.append(damage)


def verify(path: Path) -> Report:
    """Look at everything in the journal at `path`. Raises BackendError when it is no journal, or of another version."""
    if not path.is_file():
        raise BackendError(f"there is no journal at {path}")
    report = Report()
    try:
        with closing(connect_reader(path)) as connection:
            connection.text_factory = lambda text: text.decode(errors="surrogateescape")
            connection.execute("BEGIN")
            _check_kind(path, connection)
            _Look(connection, report).at_everything()
    except sqlite3.Error as error:
        report.add(f"the file cannot be read: {error}")
    return report


def _check_kind(path: Path, connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise BackendError(f"{path} is no journal of this program, or its first page is damaged")
    version = read_meta(connection, "version")
    if version != str(len(MIGRATIONS)):
        advice = (
            "start the server once, which brings it up to date" if version < str(len(MIGRATIONS)) else "use a newer one"
        )
        raise BackendError(f"{path} has version {version} and this program has {len(MIGRATIONS)}: {advice}")


class _Look:
    """One look at everything."""

    def __init__(self, connection: sqlite3.Connection, report: Report) -> None:
        self._connection = connection
        self._report = report
        self._indexed = int(read_meta(connection, "indexed"))
        self._chained = int(read_meta(connection, "chained"))
        self._recent = (Recent(connection).oldest() - 1, self._indexed)
        self._chains: dict[str, Chain] = {}
        self._hashes: dict[str, bytes] = {}
        self._lasts: dict[str, int] = {}
        self._conversations: dict[tuple[str, str], int] = {}
        self._hidden: set[int] = set()
        self._shown: set[int] = set()
        self._redactions: dict[int, int] = {}
        self._at = 0

    def at_everything(self) -> None:
        """Add to the report what is damaged."""
        for look in (
            self._at_pages,
            self._at_chains,
            self._at_rows,
            self._at_ends,
            self._at_indexes,
            self._at_recent,
            self._at_conversations,
            self._at_redactions,
            self._at_events,
            self._at_state,
        ):
            try:
                look()
            except (sqlite3.Error, TypeError, ValueError) as error:
                self._report.add(f"after entry {self._report.last} the file cannot be read further: {error}")

    def _at_pages(self) -> None:
        for (found,) in self._connection.execute(f"PRAGMA integrity_check({DAMAGES_MAX})"):
            if found != "ok":
                self._report.add(f"the file: {found}")

    def _at_chains(self) -> None:
        for row in self._connection.execute("SELECT target, first, first_hash, last, hash FROM chain"):
            chain = Chain(*row)
            self._chains[chain.target] = chain
            self._hashes[chain.target] = chain.first_hash
        self._report.histories = len(self._chains)

    def _at_rows(self) -> None:
        """All rows in their order, each through its chain, and between them the sums of those that are gone."""
        rows = self._connection.execute(_ROWS)
        gone = self._connection.execute("SELECT seq, target, sum FROM gone ORDER BY seq")
        for row in merge(rows, gone, key=lambda row: row[0]):
            if len(row) == 3:
                self._follow(*row)
            else:
                self._at_row(row)

    def _at_row(self, row: tuple[Any, ...]) -> None:
        report, (seq, at, _, target, _, _, sum_, hidden, place) = self._report, row
        report.entries += 1
        if sum_ is None:
            report.without_sum += 1
            if report.without_sum < report.entries:
                report.add(f"entry {seq} has no sum, and those before it have")
        elif isinstance(history := target or place, str):
            self._follow(seq, history, sum_)
        report.last = seq
        try:
            entry = entry_of(row[:7])
        except (BackendError, TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
            text = str(error) if isinstance(error, BackendError) else f"entry {seq} of the journal cannot be read"
            report.add(f"{text.partition(';')[0]}: it is {_of(target or place)}")
            return
        for problem in _problems(entry, row, self._at):
            report.add(f"entry {seq} {_of(target or place)} {problem}")
        self._at = max(at, self._at)
        self._note(entry, bool(hidden), place)

    def _note(self, entry: Entry, hidden: bool, place: str | None) -> None:
        """Remember what is compared at the end."""
        fact, seq = entry.fact, entry.seq
        if isinstance(fact, Redacted) and place is not None:
            self._redactions[fact.about] = seq
        if hidden:
            if not is_tombstone(fact):
                self._hidden.add(seq)
        elif fact.history_target is not None or fact.parent:
            self._shown.add(seq)

    def _follow(self, seq: int, target: str, sum_: bytes) -> None:
        """One more step of a chain."""
        if seq > self._chained:
            return
        if target not in self._chains:
            self._chains[target] = Chain(target, 0, first_hash(target), 0, b"")
            self._hashes[target] = first_hash(target)
            self._report.add(f"{_name(target)} has entries and no chain")
        if seq >= self._chains[target].first:
            self._hashes[target] = next_hash(self._hashes[target], seq, sum_)
            self._lasts[target] = seq
            if target[:1] == "@" and " " in target:
                for party in parties(target):
                    self._conversations[party, target] = seq

    def _at_ends(self) -> None:
        """Where each chain ends."""
        for target, chain in self._chains.items():
            if self._hashes[target] != chain.hash or self._lasts.get(target, chain.last) != chain.last:
                ends = f"between entries {chain.first} and {chain.last} one is missing, added or altered"
                self._report.add(f"{_name(target)} is not as it was written: {ends}")

    def _at_indexes(self) -> None:
        for problem, sql in _INDEXES:
            for seq, target in self._connection.execute(f"{sql} LIMIT {DAMAGES_MAX}", (self._indexed,)):
                self._report.add(f"entry {seq} {problem.format(target=_name(target))}")

    def _at_recent(self) -> None:
        """The ids of the last day lead to their entries, and all of these are among them."""
        after, upto = self._recent
        for problem, sql in _RECENT:
            for (seq,) in self._connection.execute(f"{sql} LIMIT {DAMAGES_MAX}", {"after": after, "upto": upto}):
                self._report.add(f"entry {seq} {problem}")

    def _at_conversations(self) -> None:
        rows = self._connection.execute("SELECT account, target, seq FROM conversation")
        known = {(account, target): seq for account, target, seq in rows}
        for (party, target), seq in self._conversations.items():
            if party[:1] != "~" and known.get((party, target), 0) < seq:
                self._report.add(f"{_name(target)} is missing in the index of conversations, or not up to entry {seq}")

    def _at_redactions(self) -> None:
        """What is out of sight was redacted, and what was redacted is out of sight."""
        row = self._connection.execute("SELECT seq FROM checkpoint").fetchone()
        settled = row[0] if row else 0
        for seq in sorted(self._hidden - self._redactions.keys()):
            self._report.add(f"entry {seq} is hidden, and nobody redacted it")
        for seq, redaction in self._redactions.items():
            if redaction <= settled and seq in self._shown:
                self._report.add(f"entry {seq} was redacted by entry {redaction}, and is not hidden")

    def _at_events(self) -> None:
        for target, seq, what in self._connection.execute("SELECT target, seq, what FROM event"):
            try:
                msgspec.msgpack.decode(what, type=Happening)
            except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
                self._report.add(f"what happened in {_name(target)} at {seq} cannot be read")

    def _at_state(self) -> None:
        row = self._connection.execute("SELECT state FROM checkpoint").fetchone()
        if row is None:
            return
        try:
            State(NetworkLimits()).restore(row[0])
        except Exception as error:  # Whatever a damaged state makes of its reader.
            self._report.add(f"the checkpoint cannot be read: {type(error).__name__}")


def _problems(entry: Entry, row: tuple[Any, ...], at: int) -> Iterator[str]:
    """What of a row does not fit the fact in it."""
    fact: AnyFact = entry.fact
    _, _, id_, target, parent, _, sum_, hidden, place = row
    if id_ != fact.id:
        yield "has another id than the fact in it"
    if entry.at < at:
        yield "is older than the one before it"
    if sum_ is not None and target not in (None, fact.history_target):
        yield "is not of that history"
    if (parent, place) not in ((0, None), (fact.parent, place_of(fact) if fact.parent else None)):
        yield "is about something else than the fact in it"
    if hidden not in (0, 1):
        yield "is neither hidden nor not"


def _of(target: str | None) -> str:
    return f"(of {_name(target)})" if target else "(of no history)"


def _name(target: str) -> str:
    """A history for people, in one line whatever is in it."""
    shown = target if isinstance(target, str) and target.isprintable() else ascii(target)
    return f"the conversation {shown[1:]}" if target[:1] == "@" else shown

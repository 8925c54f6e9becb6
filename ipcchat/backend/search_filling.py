"""Taking messages into search.db, a batch at a time, by reading the journal behind its writer.

Rules:
1. The newest part is filled first, so that after a new beginning what was said last is found first.
2. One batch is one transaction: its words, its places and how far it goes. After a crash it goes on from there.
3. An edit is taken in with the message that it is about, which is taken in once more, in whichever part it is. One of
   a part that is not there yet waits for it: a part takes in all edits of its messages when it is filled.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from ipcchat.backend import search_file
from ipcchat.backend.base import BackendError
from ipcchat.backend.search_file import ACCOUNT, HISTORY, LINK_MARK, NICK, PARTY, mark, part_of, places_of
from ipcchat.backend.search_words import has_link, tokens
from ipcchat.backend.sqlite_rows import INDEXED, PACKED, Row, entry_of, unpacked
from ipcchat.backend.sqlite_schema import transaction, write_meta
from ipcchat.core.facts import Posted, parties
from ipcchat.wire.casemap import fold

BATCH_SEQS: Final = 1_024
"""Places of one transaction: the more, the less is written twice; so many take a fortieth of a second and some
MB. Four times as many cost 6 % less for each."""

NAMES_MAX: Final = 50_000
ROWS_IN_A_ROW: Final = 64
"""Rows after which others may have Python's global lock: under a millisecond."""

_BOUNDS = "SELECT (SELECT min(seq) FROM journal), (SELECT max(seq) FROM journal)"

_ROWS = f"""
SELECT group_concat({PACKED}, ',') FROM (
    SELECT * FROM journal WHERE seq > ? AND seq <= ? AND (target IS NOT NULL OR parent > 0) AND NOT hidden ORDER BY seq
) AS journal
"""

_MESSAGES = f"""
SELECT group_concat({PACKED}, ',') FROM journal
WHERE seq IN (SELECT value FROM json_each(?)) AND target IS NOT NULL AND NOT hidden
"""

_EDITS = f"""
SELECT group_concat(packed, ',') FROM (
    SELECT {PACKED} AS packed FROM json_each(:seqs) CROSS JOIN about ON about.parent = value
        CROSS JOIN journal ON journal.seq = about.seq
    WHERE NOT hidden
    UNION ALL
    SELECT {PACKED} FROM journal
    WHERE seq > max({INDEXED}, :first) AND parent IN (SELECT value FROM json_each(:seqs)) AND NOT hidden
)
"""

_ADD = "INSERT INTO words_{}(rowid, words) SELECT value ->> 0, value ->> 1 FROM json_each(?)"
_ADD_PLACES = "INSERT OR REPLACE INTO place SELECT value ->> 0, value ->> 2 FROM json_each(?)"


class Document(NamedTuple):
    """What is taken in of one message: its place, its words and marks, and the number of its history."""

    seq: int
    words: str
    history: int


class Names:
    """The numbers of histories, nicks and accounts, given in the transaction that is open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, kind: str, name: str) -> int:
        """The number of that name, a new one if it has none."""
        found = self._numbers.get((kind, name))
        if found is None:
            found = self._numbers[kind, name] = self._stored(kind, name)
        return found

    def forget(self) -> None:
        """A transaction failed: what was given in it is not given. Or there are too many."""
        self._numbers.clear()

    def tidy(self) -> None:
        """Keep the memory bounded."""
        if len(self._numbers) > NAMES_MAX:
            self.forget()

    def _stored(self, kind: str, name: str) -> int:
        row = self._connection.execute("SELECT number FROM name WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        if row is not None:
            return int(row[0])
        sides = [0, 0]
        if kind == HISTORY and name[0] == "@":
            sides = [self.number(PARTY, party) for party in parties(name)]
        sql = "INSERT INTO name (kind, name, one, other) VALUES (?, ?, ?, ?)"
        return int(self._connection.execute(sql, (kind, name, *sides)).lastrowid or 0)


class Filler:
    """The writing side of one open search.db. All methods raise sqlite3.Error."""

    def __init__(self, index: sqlite3.Connection, journal: sqlite3.Connection) -> None:
        self._index = index
        self._journal = journal
        self._names = Names(index)
        self._upto: dict[int, int] = dict(index.execute("SELECT number, upto FROM part"))
        self._stale = {number for (number,) in index.execute("SELECT number FROM stale")}

    def behind(self) -> int:
        """How many places of the journal are not taken in."""
        return sum(through - after for _, after, through in self._missing()) + len(self._stale)

    def step(self) -> bool:
        """Do one batch of what is to be done; False when there is nothing."""
        for part, after, through in self._missing():
            self._fill(part, after, min(through, after + BATCH_SEQS))
            return True
        if self._stale:
            self._drop(max(self._stale))
            return True
        return False

    def forget(self, parts: Iterable[int]) -> None:
        """These parts have words of what was taken away: make them anew, in time, also after a restart."""
        stale = [part for part in parts if part in self._upto]
        self._index.execute("INSERT OR IGNORE INTO stale SELECT value FROM json_each(?)", (_json(stale),))
        self._stale.update(stale)

    @property
    def parts(self) -> list[int]:
        """The parts that are there."""
        return list(self._upto)

    def checkpoint(self) -> None:
        """Copy the write-ahead log into the file and empty it."""
        self._index.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _missing(self) -> Iterator[tuple[int, int, int]]:
        """What is not taken in, of the newest part first: the part, and (after, through) in it."""
        first, last = self._journal.execute(_BOUNDS).fetchone()
        if last is None:
            return
        for gone in [part for part in self._upto if part < part_of(first)]:
            self._drop(gone)
        for part in range(part_of(last), part_of(first) - 1, -1):
            start, end = places_of(part)
            after = self._upto.get(part, max(start, first) - 1)
            if after < min(end, last):
                yield part, after, min(end, last)

    def _drop(self, part: int) -> None:
        search_file.drop_part(self._index, part)
        self._upto.pop(part, None)
        self._stale.discard(part)

    def _fill(self, part: int, after: int, through: int) -> None:
        rows = unpacked(self._journal.execute(_ROWS, (after, through)).fetchone()[0])
        try:
            with transaction(self._index):
                if part not in self._upto:
                    search_file.add_part(self._index, part)
                self._take_in(part, [row for row in rows if row.target is not None])
                self._take_in_anew({row.parent for row in rows if 0 < row.parent <= after})
                self._index.execute("UPDATE part SET upto = ? WHERE number = ?", (through, part))
                if rows and part >= max(self._upto, default=part):
                    write_meta(self._index, "mark", f"{rows[-1].seq} {rows[-1].id.hex().upper()}")
                if through == places_of(part)[1]:
                    self._index.execute(f"INSERT INTO words_{part}(words_{part}) VALUES ('optimize')")
        except BaseException:
            self._names.forget()
            raise
        self._upto[part] = through
        self._names.tidy()

    def _take_in(self, part: int, rows: list[Row]) -> None:
        """New messages of one part."""
        documents = self._documents(rows)
        if documents:
            self._add(part, documents)
            self._index.execute(_ADD_PLACES, (_json(documents),))
            counts = Counter(document.history for document in documents)
            sql = "UPDATE name SET messages = messages + ? WHERE number = ?"
            self._index.executemany(sql, [(count, number) for number, count in counts.items()])

    def _take_in_anew(self, seqs: set[int]) -> None:
        """Messages that were edited after they were taken in. What is written last of a message counts for all words in
        it, so it is all that was ever said there: an edit can be voided."""
        known = [seq for seq in seqs if seq <= self._upto.get(part_of(seq), -1)]
        by_part: dict[int, list[Row]] = {}
        if known:
            for row in sorted(unpacked(self._journal.execute(_MESSAGES, (_json(known),)).fetchone()[0])):
                by_part.setdefault(part_of(row.seq), []).append(row)
        for part, rows in by_part.items():
            self._add(part, self._documents(rows))

    def _documents(self, rows: list[Row]) -> list[Document]:
        """What is taken in of these messages, in rising order, with the words of all their edits."""
        words = {"seqs": _json([row.seq for row in rows]), "first": rows[0].seq if rows else 0}
        edits: dict[int, list[Posted]] = {}
        for row, fact in _said(sorted(unpacked(self._journal.execute(_EDITS, words).fetchone()[0]))):
            edits.setdefault(row.parent, []).append(fact)
        return [
            self._document(row.seq, row.target, fact, edits.get(row.seq, ()))
            for row, fact in _said(rows)
            if row.target is not None
        ]

    def _add(self, part: int, documents: list[Document]) -> None:
        self._index.execute(_ADD.format(part), (_json(documents),))

    def _document(self, seq: int, target: str, fact: Posted, edits: Iterable[Posted]) -> Document:
        number = self._names.number
        history = number(HISTORY, target)
        words = [mark(HISTORY, history), mark(NICK, number(NICK, fold(fact.source.partition("!")[0])))]
        if fact.account:
            words.append(mark(ACCOUNT, number(ACCOUNT, fold(fact.account))))
        if target[0] == "@":
            words += [mark(PARTY, number(PARTY, party)) for party in parties(target)]
        for said in (fact, *edits):
            words += _words_of(said.text)
        return Document(seq, " ".join(words), history)


def _words_of(text: str) -> list[str]:
    return [*tokens(text), LINK_MARK] if has_link(text) else tokens(text)


def _said(rows: Iterable[Row]) -> Iterator[tuple[Row, Posted]]:
    """Those of the rows that say something. A row that is damaged is told when it is read, and left out here."""
    for count, row in enumerate(rows, 1):
        if not count % ROWS_IN_A_ROW:
            time.sleep(0)
        with suppress(BackendError):
            fact = entry_of(row).fact
            if isinstance(fact, Posted) and fact.verb != "TAGMSG":
                yield row, fact


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()

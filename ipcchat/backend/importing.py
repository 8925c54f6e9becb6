"""Putting exported messages into the journal of a stopped server, with the times at which they were said.

Rules:
1. The journal's order is by time, and nothing is ever put between what is there: what is imported comes after all of
   it, with its own times. So a record that is older than the journal's end, or than the one before it, is refused.
   History from elsewhere goes into a new journal, before its server runs for the first time.
2. All or nothing: one transaction, with a checkpoint that is behind it, so that no start takes it for something new.
3. The same record twice is one message: by its `key`, or by what is in it when it has none.
4. Records are input like lines of a client: what could not have been said in a chat is refused, with its line's number,
   and so is what two readers of JSON might read in two ways (a key twice). Of a line no more is read than a record has.
5. Events are skipped and counted: who came and went is not known to this server's state.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import IO, Final

import msgspec

from ipcchat.backend.exporting import CHANGE, EVENT, MESSAGE, Record
from ipcchat.backend.sqlite_schema import lock, open_journal, transaction, write_meta
from ipcchat.backend.sqlite_store import Store, rows_of
from ipcchat.backend.sqlite_times import first_from
from ipcchat.core.facts import LINE_BREAK, SEAM, Entry, Posted, encode_fact
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.state import State
from ipcchat.wire.casemap import fold
from ipcchat.wire.message import WireError
from ipcchat.wire.printable import printable
from ipcchat.wire.times import parse_time

LINE_BYTES_MAX: Final = 262_144
TEXT_BYTES_MAX: Final = 65_536
NAME_BYTES_MAX: Final = 256
TAGS_MAX: Final = 64
KEY_BYTES: Final = 16
AUTHOR: Final = "import"
VERBS: Final = ("PRIVMSG", "NOTICE", "TAGMSG")

_decode = msgspec.json.Decoder(Record).decode


class ImportFault(Exception):
    """Nothing was imported; the text says why and what to do."""


class Imported(msgspec.Struct):
    """How many messages came in, were there already, and how many events were skipped."""

    messages: int = 0
    known: int = 0
    events: int = 0


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only so much that this is seen."""
    return iter(lambda: file.readline(LINE_BYTES_MAX + 1), b"")


def import_lines(path: Path, lines: Iterable[bytes]) -> Imported:
    """Put the records of these lines into the journal at `path`, which is made when it is missing. Raises ImportFault,
    and BackendError when a server is running there or the journal cannot be opened."""
    guard = lock(path)
    try:
        connection = open_journal(path)
        store = Store(connection)
        boot, order = store.boot()
        try:
            if boot.tail:
                raise ImportFault("the last server did not stop by itself: start and stop it once, then import")
            work = _Work(connection, boot.checkpoint, order.seq)
            with transaction(connection):
                work.take(lines)
        finally:
            store.close()
    except sqlite3.Error as error:
        raise ImportFault(f"the journal cannot be written: {error}") from error
    finally:
        guard.release()
    return work.imported


class _Work:
    """One import, in the transaction that is open."""

    def __init__(self, connection: sqlite3.Connection, checkpoint: bytes | None, seq: int) -> None:
        self.imported = Imported()
        self._connection = connection
        self._state = State(NetworkLimits())
        if checkpoint is not None:
            self._state.restore(checkpoint)
        self._seq = seq
        last = connection.execute("SELECT at FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        self._at = last[0] if last else 0
        self._places: dict[int, int] = {}

    def take(self, lines: Iterable[bytes]) -> None:
        """Put all of them in, with a checkpoint behind. Raises ImportFault."""
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    self._take(line)
                except ImportFault as error:
                    raise ImportFault(f"line {number}: {error}; nothing was imported") from None
        self._state.seq = self._seq
        state = self._state.snapshot()
        self._connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)", (self._seq, state))
        write_meta(self._connection, "ceiling", str(self._seq))

    def _take(self, line: bytes) -> None:
        record, at = _read(line)
        if record.kind == EVENT:
            self.imported.events += 1
            return
        key = _key(record)
        known = self._place_of(key, at)
        if known:
            self.imported.known += 1
            self._places[record.place] = known
            return
        if at < self._at:
            text = "it is older than what is before it in the journal: import into an empty data folder, by rising time"
            raise ImportFault(text)
        about = self._places.get(record.about, 0) if record.about else 0
        if record.about and not about:
            raise ImportFault(f"it is about the message at place {record.about}, which is not among those before it")
        self._seq, self._at = self._seq + 1, at
        self._places[record.place] = self._seq
        self._put(Entry(self._seq, at, _fact(record, key, at, about)))

    def _place_of(self, key: bytes, at: int) -> int:
        """Where the journal has this record already, 0 when it has not: nothing is sought among other times."""
        first = first_from(self._connection, at)
        sql = "SELECT seq FROM journal WHERE seq >= ? AND seq < ? AND id = ? LIMIT 1"
        found = self._connection.execute(sql, (first, first_from(self._connection, at + 1), key)).fetchone()
        return found[0] if found else 0

    def _put(self, entry: Entry) -> None:
        sql = "INSERT INTO journal (seq, at, id, target, parent, fact, sum, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        self._connection.execute(sql, rows_of([entry], [encode_fact(entry.fact)]))
        self.imported.messages += 1


def _read(line: bytes) -> tuple[Record, int]:
    """A record that could have been said, and its time (Unix ms). Raises ImportFault."""
    if len(line) > LINE_BYTES_MAX:
        raise ImportFault(f"it is longer than {LINE_BYTES_MAX} bytes")
    try:
        record = _decode(line)
        json.loads(line, object_pairs_hook=_once)
        at = parse_time(record.time)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ImportFault(f"it is no record of an export: {printable(str(error))}") from error
    except WireError as error:
        raise ImportFault(str(error)) from error
    problem = _problem(record)
    if problem:
        raise ImportFault(problem)
    return record, at


def _once(pairs: Sequence[tuple[str, object]]) -> None:
    """Raises ImportFault when an object of JSON has a key twice."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise ImportFault("a key is in it twice")


def _problem(record: Record) -> str:
    """Why a record could not have been said in a chat; "" when it could."""
    if record.kind == EVENT:
        return ""
    if record.kind not in (MESSAGE, CHANGE) or record.verb not in VERBS:
        return f"there are the kinds {MESSAGE}, {CHANGE} and {EVENT}, and the verbs {', '.join(VERBS)}"
    if (record.kind == CHANGE) != bool(record.about):
        return f"what is about a message is a {CHANGE}, and nothing else is"
    names = (record.source, record.target, record.account, record.recipient_account, record.history.replace(" ", ""))
    if not all(_is_name(name) for name in names) or not record.source or not record.target or len(record.history) < 2:
        return f"source, target, accounts and history are names of at most {NAME_BYTES_MAX} bytes, without blanks"
    if len(record.text.encode(errors="replace")) > TEXT_BYTES_MAX or not _is_text(record.text):
        return f"a text has at most {TEXT_BYTES_MAX} bytes, and neither NUL nor half a character"
    if len(record.tags) > TAGS_MAX or not all(key[:1] == "+" and _is_name(key) for key in record.tags):
        return f"at most {TAGS_MAX} tags, each with the name of a client's tag (+...)"
    if not all(_is_text(value) and len(value) < NAME_BYTES_MAX * 16 for value in record.tags.values()):
        return "the values of tags are texts"
    if not all(mark.isalpha() for mark in record.marks) or not (record.kind == CHANGE or record.text):
        return "a message has a text, and its marks are letters"
    return "" if record.history[0] in "#@" else "a history is a channel or @ and the two parties of a conversation"


def _is_name(name: str) -> bool:
    """Whether it can stand in a line as a parameter, or is empty."""
    is_one_word = name.isprintable() and " " not in name and name[:1] != ":"
    return is_one_word and _is_text(name) and len(name.encode()) <= NAME_BYTES_MAX


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _key(record: Record) -> bytes:
    """Its idempotency id. Raises ImportFault."""
    if not record.key:
        what = msgspec.json.encode((record.history, record.time, record.source, record.text, record.about))
        return blake2b(what, digest_size=KEY_BYTES).digest()
    try:
        key = bytes.fromhex(record.key)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImportFault(f"a key is {KEY_BYTES} bytes in hexadecimal digits")
    return key


def _fact(record: Record, key: bytes, at: int, about: int) -> Posted:
    """The message. Raises ImportFault when it would not be of the history that the record names."""
    is_private = record.history[0] == "@"
    fact = Posted(
        key,
        at,
        AUTHOR,
        record.source,
        record.verb,
        record.target,
        record.text.replace(SEAM + LINE_BREAK, LINE_BREAK),
        record.tags,
        account=record.account,
        marks=record.marks,
        recipient=AUTHOR if is_private else "",
        recipient_account=record.recipient_account,
        room="" if is_private or fold(record.target) == record.history else record.history,
        about=about,
    )
    if fact.place != record.history:
        raise ImportFault(f"it is a message of {fact.place}, and not of {record.history}")
    return fact

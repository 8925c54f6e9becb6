"""What was said, as records that other programs can read: one JSON object a line, or text for people.

Rules:
1. It is what history gives: without what was redacted, refused or erased, and without edits of that and reactions to
   it. What is about a message is a record of its own, and so is what happened beside messages.
2. In the order of the journal, up to what is last in it at the start: a server may be running. ROWS rows are read at a
   time and nothing is kept open in between, however slowly somebody takes them (sqlite_log.py); what is redacted,
   erased or forgotten meanwhile is left out from there on.
3. An altered entry is given to nobody: it ends the export with its name (BackendError).
4. JSON is ASCII, and text for people has no character that a terminal acts on.

The fields of a record are those of Record; one that is empty is left out, and where there is no verb it is PRIVMSG.
"""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing
from heapq import merge
from pathlib import Path
from typing import Any, Final

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite_rows import COLUMNS, entry_of
from ipcchat.backend.sqlite_schema import MIGRATIONS, connect_reader, read_meta
from ipcchat.core.effects import Happening
from ipcchat.core.facts import LINE_BREAK, SEAM, Posted
from ipcchat.wire.printable import printable
from ipcchat.wire.times import format_time

PRIVMSG: Final = "PRIVMSG"
MESSAGE, CHANGE, EVENT = "message", "change", "event"
EDIT_TAG, REACTION_TAG, REACTION_BACK_TAG = "+draft/edit", "+draft/react", "+draft/unreact"
TIME_MAX: Final = 1 << 62
ACTION: Final = "\x01ACTION "

ROWS: Final = 500
"""Rows that are read at once: some milliseconds."""

QUOTED_MAX: Final = 50_000
"""Messages that can be quoted: some megabytes."""

QUOTED_CHARACTERS: Final = 60
EARLIER: Final = "an earlier message"

EVENTS: Final = 50_000
"""Events that are read at once. They are stored by history, so that each time all are sorted."""

SAID: Final = f"""
SELECT place, {COLUMNS} FROM journal
WHERE seq > ? AND seq <= ? AND coalesce(target, place) IS NOT NULL AND hidden = 0
    AND NOT EXISTS (SELECT 1 FROM journal AS old WHERE old.seq = journal.parent AND old.hidden)
ORDER BY seq LIMIT {ROWS}
"""
HAPPENED: Final = f"""
SELECT target, seq, at, what FROM event WHERE (seq, target) > (?, ?) AND seq <= ? ORDER BY seq, target LIMIT {EVENTS}
"""


class Record(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """One thing of a history. `kind`: message; change, which is about the one at place `about`; or event. `place` is
    its number in the journal and `key` its idempotency id in hexadecimal. `history` is the channel's folded name or @
    and the two parties of a conversation. All else is as facts.Posted and effects.Happening have it."""

    kind: str
    time: str
    history: str
    source: str
    place: int = 0
    key: str = ""
    verb: str = msgspec.field(default_factory=lambda: PRIVMSG)
    target: str = ""
    text: str = ""
    tags: dict[str, str] = {}
    account: str = ""
    marks: str = ""
    about: int = 0
    recipient_account: str = ""
    params: list[str] = []
    realname: str = ""


class Wanted(msgspec.Struct, frozen=True):
    """What is to be exported: these channels, by their folded names (none: all), conversations only if `private`, and
    what happened from `since` up to but without `until` (Unix ms)."""

    channels: frozenset[str] = frozenset()
    private: bool = False
    since: int = 0
    until: int = TIME_MAX

    def has(self, history: str, at: int) -> bool:
        """Whether something of a history at that time is wanted."""
        if not self.since <= at < self.until:
            return False
        if history[:1] == "@":
            return self.private
        return not self.channels or history in self.channels


def export(path: Path, wanted: Wanted) -> Iterator[Record]:
    """The records of the journal at `path`. Raises BackendError when it cannot be read, or something in it."""
    if not path.is_file():
        raise BackendError(f"there is no journal at {path}; name the data folder with --data")
    try:
        with closing(connect_reader(path)) as connection:
            if read_meta(connection, "version") != str(len(MIGRATIONS)):
                raise BackendError(f"{path} is from another version; start this one's server once, or use that version")
            last = int(connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])
            streams = _said(connection, wanted, last), _happened(connection, wanted, last)
            yield from merge(*streams, key=lambda record: record.place)
    except sqlite3.Error as error:
        raise BackendError(f"{path} cannot be read: {error}; ipc-chat verify tells what is damaged") from error


def _said(connection: sqlite3.Connection, wanted: Wanted, last: int) -> Iterator[Record]:
    after = 0
    while rows := connection.execute(SAID, (after, last)).fetchall():
        after = rows[-1][1]
        yield from _messages(rows, wanted)


def _messages(rows: list[tuple[Any, ...]], wanted: Wanted) -> Iterator[Record]:
    for place, *row in rows:
        history = row[3] or place
        if not wanted.has(history, row[1]):
            continue
        entry = entry_of(tuple(row))
        fact = entry.fact
        if isinstance(fact, Posted):
            yield Record(
                CHANGE if fact.about else MESSAGE,
                format_time(entry.at),
                history,
                fact.source,
                entry.seq,
                fact.id.hex(),
                fact.verb,
                fact.target,
                fact.text,
                fact.tags,
                fact.account,
                fact.marks,
                fact.about,
                fact.recipient_account,
            )


def _happened(connection: sqlite3.Connection, wanted: Wanted, last: int) -> Iterator[Record]:
    after: tuple[int, str] = (0, "")
    while rows := connection.execute(HAPPENED, (*after, last)).fetchall():
        after = rows[-1][1], rows[-1][0]
        yield from _events(rows, wanted)


def _events(rows: list[tuple[Any, ...]], wanted: Wanted) -> Iterator[Record]:
    for history, seq, at, blob in rows:
        if wanted.has(history, at):
            try:
                what = msgspec.msgpack.decode(blob, type=Happening)
            except msgspec.MsgspecError as error:
                raise BackendError(f"what happened in {history} at {seq} cannot be read: {error}") from error
            record = Record(EVENT, format_time(at), history, what.source, seq, verb=what.command)
            record.params, record.account, record.realname = list(what.params), what.account, what.realname
            yield record


def as_json(record: Record) -> str:
    """A record as one line of ASCII."""
    return json.dumps(msgspec.to_builtins(record))


class Text:
    """Writes records for people, in their order. What is about a message quotes it, if it is among the last QUOTED_MAX
    messages that were written."""

    def __init__(self) -> None:
        self._said: OrderedDict[int, str] = OrderedDict()

    def write(self, record: Record) -> str:
        """A record in as many lines as the message has."""
        nick = record.source.partition("!")[0]
        start = printable(f"{record.time[:10]} {record.time[11:19]} {record.history} ")
        if record.kind == EVENT:
            return start + printable(f"* {nick} {record.verb} {_details(record)}".rstrip())
        author, text = f"<{nick}>", record.text.replace(SEAM, "")
        if text.startswith(ACTION):
            author, text = f"* {nick}", text.removeprefix(ACTION).rstrip("\x01")
        lines = text.split(LINE_BREAK)
        if record.kind == MESSAGE:
            self._keep(record.place, f"{author} {lines[0]}")
        changing = self._changing(record)
        return "\n".join(start + printable(f"{author} {changing}{line}".rstrip()) for line in lines)

    def _keep(self, place: int, words: str) -> None:
        is_short = len(words) <= QUOTED_CHARACTERS
        self._said[place] = words if is_short else f"{words[: QUOTED_CHARACTERS - 1]}…"
        if len(self._said) > QUOTED_MAX:
            self._said.popitem(last=False)

    def _changing(self, record: Record) -> str:
        """What is in front of something that is about a message: which, and how."""
        if not record.about:
            return ""
        message, tags = self._said.get(record.about, EARLIER), record.tags
        if REACTION_TAG in tags:
            return f"(reacts {tags[REACTION_TAG]} to {message}) "
        if REACTION_BACK_TAG in tags:
            return f"(takes back {tags[REACTION_BACK_TAG]} from {message}) "
        return f"(edits {message}) " if EDIT_TAG in tags else f"(about {message}) "


def _details(record: Record) -> str:
    """What happened: without the channel, which stands in front, and without the id of what was redacted."""
    params = record.params[1:]
    return " ".join([EARLIER, *params[1:]] if record.verb == "REDACT" else params)

"""The checker: judges what writers and readers saw against the history that is left at the end.

Its input is a list of records in the order in which one program wrote them; `python -m tests.crash.checker FILE` reads
them from a file, one JSON a line. A message's text begins with its name, `<writer>-<number>` and a space. Rules, each a
function below:

* lost: what was echoed to its writer is in history.
* unstored: what anybody was shown is in history.
* doubled: each message, and each msgid, is in history at most once.
* reordered: a writer's numbers rise in each channel. What it sent behind a message that was refused, on the same
  connection, may have overtaken that one; also when the writer left before it could hear of that.
* altered: text, channel and time are the same when sent, echoed, received and read.
* phantom: nothing appears that nobody sent.
* msgid: echo, delivery and history give one message one msgid, and a repeated echo gives the same one.
* order: what a connection saw of a channel is a subsequence of its history.
* gap: between the first and the last message that a connection saw of a channel none is missing.
* reread: history reads the same after another restart.
* refused: what was refused each time that it was sent is nowhere.
* redacted: what was taken back, and that was confirmed, is not in history any more.
* state: what has one value at a time (a topic) has the last one that was confirmed, or one that was sent after it.

A message that was sent and never echoed may be in history once or not at all; so may one whose redaction was sent and
never confirmed.

A target is the name of a history, as writers and readers agree on it. Those that begin with BESIDE have what is told
with other messages (reactions, edits), not in an order of their own; those that begin with STATE have one value.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

BESIDE, STATE = "beside ", "state "


class Sent(msgspec.Struct, frozen=True, tag=True):
    """A writer wrote this line on its connection number `connection`; a repeat is another record with the same key.
    `about` is the name of the message with which it is told: it goes with that one."""

    writer: str
    connection: int
    target: str
    text: str
    key: str
    about: str = ""


class Echoed(msgspec.Struct, frozen=True, tag=True):
    """The server answered the line with this key."""

    writer: str
    connection: int
    target: str
    text: str
    key: str
    msgid: str
    time: str


class Received(msgspec.Struct, frozen=True, tag=True):
    """Somebody else's message came to `reader` on its connection number `connection`."""

    reader: str
    connection: int
    target: str
    text: str
    msgid: str


class Read(msgspec.Struct, frozen=True, tag=True):
    """A line of the complete history of `target`, in its order; `reading` counts the times it was read."""

    reading: int
    target: str
    text: str
    msgid: str
    time: str


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The server refused the line with this key."""

    writer: str
    connection: int
    key: str


class Left(msgspec.Struct, frozen=True, tag=True):
    """The writer left a connection without waiting for what was unanswered: it may have been refused."""

    writer: str
    connection: int


class Redacted(msgspec.Struct, frozen=True, tag=True):
    """A writer asked to take back the message of that name; `confirmed` when it was told that this is done."""

    writer: str
    name: str
    confirmed: bool


class Fault(msgspec.Struct, frozen=True, tag=True):
    """What was done to the server at this place of the records; it explains, and proves nothing."""

    what: str


Record = Sent | Echoed | Received | Read | Refused | Left | Redacted | Fault
Shown = Echoed | Received
Stream = tuple[str, int, str]


class Violation(msgspec.Struct, frozen=True):
    """One broken rule and the case that shows it."""

    rule: str
    case: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.case}"


def name_of(text: str) -> str:
    """The message's name, the first word of its text."""
    return text.partition(" ")[0]


def writer_of(text: str) -> str:
    """Who wrote the message, by its name."""
    return name_of(text).rpartition("-")[0]


def number_of(text: str) -> int:
    """The message's number among those of its writer; -1 when it has none."""
    number = name_of(text).rpartition("-")[2]
    return int(number) if number.isascii() and number.isdigit() else -1


class Evidence:
    """The records, indexed for the rules."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.sent: dict[str, Sent] = {}
        self.key_sent: dict[str, Sent] = {}
        self.echoed: list[Echoed] = []
        self.received: list[Received] = []
        self.streams: dict[Stream, list[Shown]] = defaultdict(list)
        self.readings: dict[int, dict[str, list[Read]]] = defaultdict(lambda: defaultdict(list))
        self.attempts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.connections: dict[str, set[int]] = defaultdict(set)
        self.connections_refused: dict[str, set[int]] = defaultdict(set)
        self.connections_echoed: dict[str, set[int]] = defaultdict(set)
        self.left: dict[str, set[int]] = defaultdict(set)
        self.redacted: dict[str, bool] = {}
        for record in records:
            self.add(record)
        self.history: dict[str, list[Read]] = self.readings[min(self.readings)] if self.readings else {}
        self.stored: dict[str, Read] = {}
        self.position: dict[str, int] = {}
        for lines in self.history.values():
            for position, line in enumerate(lines):
                self.stored.setdefault(name_of(line.text), line)
                if line.msgid:
                    self.position.setdefault(line.msgid, position)

    def add(self, record: Record) -> None:
        """Files one record; of a repeated line the first attempt counts."""
        match record:
            case Sent():
                self.sent.setdefault(name_of(record.text), record)
                self.key_sent.setdefault(record.key, record)
                self.attempts[record.key] += 1
                self.connections[name_of(record.text)].add(record.connection)
            case Refused():
                self.refusals[record.key] += 1
                self.connections_refused[record.key].add(record.connection)
            case Left():
                self.left[record.writer].add(record.connection)
            case Redacted():
                self.redacted[record.name] = record.confirmed or self.redacted.get(record.name, False)
            case Echoed():
                self.echoed.append(record)
                self.connections_echoed[record.key].add(record.connection)
                first = self.key_sent.get(record.key)
                # The answer to a repeat may be the old message and stand outside the live order.
                if first is not None and first.connection == record.connection:
                    self.streams[record.writer, record.connection, record.target].append(record)
            case Received():
                self.received.append(record)
                self.streams[record.reader, record.connection, record.target].append(record)
            case Read():
                self.readings[record.reading][record.target].append(record)

    def may_be_gone(self, text: str) -> bool:
        """Whether the message, or the one with which it is told, was taken back, or somebody asked for that."""
        sent = self.sent.get(name_of(text))
        return name_of(text) in self.redacted or (sent is not None and sent.about in self.redacted)

    def may_be_overtaken(self, line: Read, by: str) -> bool:
        """Whether this message was refused, or may have been, on a connection on which the one of that name was sent as
        well."""
        sent = self.sent.get(name_of(line.text))
        if sent is None:
            return False
        unheard = self.connections[name_of(line.text)] & self.left[sent.writer] - self.connections_echoed[sent.key]
        return bool((self.connections_refused[sent.key] | unheard) & self.connections[by])

    def shown(self) -> Iterator[Shown]:
        """Everything that any client was shown live."""
        yield from self.echoed
        yield from self.received

    def lines(self) -> Iterator[Read]:
        """The first reading's lines, channel by channel."""
        for lines in self.history.values():
            yield from lines


def lost(evidence: Evidence) -> Iterator[str]:
    """What was echoed to its writer is in history."""
    for echo in evidence.echoed:
        if echo.target.startswith(STATE) or evidence.may_be_gone(echo.text):
            continue
        if name_of(echo.text) not in evidence.stored:
            yield f"{name_of(echo.text)} was echoed as {echo.msgid} and is not in the history of {echo.target}"


def unstored(evidence: Evidence) -> Iterator[str]:
    """What anybody was shown is in history."""
    for message in evidence.received:
        if name_of(message.text) not in evidence.stored and not evidence.may_be_gone(message.text):
            yield f"{message.reader} was shown {name_of(message.text)}, which is not in the history of {message.target}"


def doubled(evidence: Evidence) -> Iterator[str]:
    """Each message, and each msgid, is in history at most once."""
    names = Counter(name_of(line.text) for line in evidence.lines())
    msgids = Counter(line.msgid for line in evidence.lines() if line.msgid)
    for what, count in [*names.items(), *msgids.items()]:
        if count > 1:
            yield f"{what} is in history {count} times"


def reordered(evidence: Evidence) -> Iterator[str]:
    """A writer's numbers rise in each channel."""
    for target, lines in evidence.history.items():
        if target.startswith(BESIDE):
            continue
        last: dict[str, int] = {}
        for line in lines:
            writer, number = writer_of(line.text), number_of(line.text)
            if number < last.get(writer, -1) and not evidence.may_be_overtaken(line, f"{writer}-{last[writer]}"):
                yield f"in {target} {name_of(line.text)} stands behind {writer}-{last[writer]}"
            last[writer] = max(number, last.get(writer, -1))


def altered(evidence: Evidence) -> Iterator[str]:
    """Text, target and time are the same when sent, echoed, received and read."""
    for message in [*evidence.shown(), *evidence.lines()]:
        sent = evidence.sent.get(name_of(message.text))
        if sent is not None and (sent.text, sent.target) != (message.text, message.target):
            yield f"{sent.text!r} to {sent.target} became {message.text!r} to {message.target}"
    for echo in evidence.echoed:
        stored = evidence.stored.get(name_of(echo.text))
        if stored is not None and stored.time != echo.time and not echo.target.startswith(STATE):
            yield f"{name_of(echo.text)} was echoed with time {echo.time} and is stored with {stored.time}"


def phantom(evidence: Evidence) -> Iterator[str]:
    """Nothing appears that nobody sent, and an echo answers its own line."""
    for message in [*evidence.shown(), *evidence.lines()]:
        if name_of(message.text) not in evidence.sent:
            yield f"nobody sent {message.text!r}, msgid {message.msgid}, in {message.target}"
    for echo in evidence.echoed:
        asked = evidence.key_sent.get(echo.key)
        if asked is None or name_of(asked.text) != name_of(echo.text):
            yield f"{echo.writer} was echoed {name_of(echo.text)} for the key of another line"


def msgid(evidence: Evidence) -> Iterator[str]:
    """Echo, delivery and history give one message one msgid."""
    for message in evidence.shown():
        stored = evidence.stored.get(name_of(message.text))
        if stored is not None and stored.msgid != message.msgid and not message.target.startswith(STATE):
            yield f"{name_of(message.text)} was shown as {message.msgid} and is stored as {stored.msgid}"


def order(evidence: Evidence) -> Iterator[str]:
    """What a connection saw of a channel is a subsequence of its history."""
    for (reader, connection, target), stream in evidence.streams.items():
        last = -1
        if target.startswith(BESIDE):
            continue
        for message in stream:
            position = evidence.position.get(message.msgid)
            if position is None:
                continue
            if position <= last:
                yield f"{reader} on connection {connection} saw {name_of(message.text)} in {target} too late or twice"
            last = max(last, position)


def gap(evidence: Evidence) -> Iterator[str]:
    """Between the first and the last message that a connection saw of a channel none is missing."""
    for (reader, connection, target), stream in evidence.streams.items():
        seen = {evidence.position[message.msgid] for message in stream if message.msgid in evidence.position}
        if not seen or target.startswith(BESIDE):
            continue
        between = evidence.history.get(target, [])[min(seen) : max(seen)]
        for position, line in enumerate(between, min(seen)):
            if position not in seen and was_due(evidence, line, reader, connection):
                yield f"{reader} on connection {connection} was not shown {name_of(line.text)} in {target}"


def was_due(evidence: Evidence, line: Read, reader: str, connection: int) -> bool:
    """Whether the live order of this connection had this line: all of the others', its own if first sent there."""
    if writer_of(line.text) != reader:
        return True
    sent = evidence.sent.get(name_of(line.text))
    return sent is not None and sent.connection == connection


def reread(evidence: Evidence) -> Iterator[str]:
    """History reads the same after another restart."""
    for reading, targets in evidence.readings.items():
        for target in sorted({*targets, *evidence.history}):
            old = [(line.msgid, line.text, line.time) for line in evidence.history.get(target, [])]
            new = [(line.msgid, line.text, line.time) for line in targets.get(target, [])]
            if old != new:
                yield f"reading {reading} of {target} has {len(new)} lines and differs from the first one's {len(old)}"


def refused(evidence: Evidence) -> Iterator[str]:
    """What was refused each time that it was sent is nowhere."""
    for key, count in evidence.refusals.items():
        sent = evidence.key_sent.get(key)
        if sent is not None and count >= evidence.attempts[key] and name_of(sent.text) in evidence.stored:
            yield f"{name_of(sent.text)} was refused {count} times and is in the history of {sent.target}"


def redacted(evidence: Evidence) -> Iterator[str]:
    """What was taken back, and that was confirmed, is not in history any more."""
    for name, confirmed in evidence.redacted.items():
        if confirmed and name in evidence.stored:
            yield f"{name} was taken back and is in the history of {evidence.stored[name].target}"


def state(evidence: Evidence) -> Iterator[str]:
    """What has one value has the last one that was confirmed, or one that was sent after it."""
    confirmed: dict[str, int] = {}
    for echo in evidence.echoed:
        if echo.target.startswith(STATE):
            confirmed[echo.target] = max(number_of(echo.text), confirmed.get(echo.target, -1))
    for target, number in confirmed.items():
        values = [number_of(line.text) for line in evidence.history.get(target, [])]
        if len(values) != 1 or values[0] < number:
            yield f"{target} has {values}, and number {number} was confirmed"


RULES: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    lost,
    unstored,
    doubled,
    reordered,
    altered,
    phantom,
    msgid,
    order,
    gap,
    reread,
    refused,
    redacted,
    state,
)


def check(records: Iterable[Record]) -> list[Violation]:
    """All violations, rule by rule; an empty list is a good history."""
    evidence = Evidence(records)
    return [Violation(rule.__name__, case) for rule in RULES for case in rule(evidence)]


def main(file: str) -> int:
    """Judges the records in a file, one JSON a line. Returns 1 when a rule is broken."""
    decode = msgspec.json.Decoder(Record).decode
    violations = check(decode(line) for line in Path(file).read_bytes().splitlines())
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

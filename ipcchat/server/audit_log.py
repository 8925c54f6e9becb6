"""The audit log: who did what on this server that others may have to answer for.

Rules:
1. Records go into `audit.jsonl` in the data folder, which only the server's user can read; the form is that of
   audit_chain.py. A server that keeps everything in memory keeps the last RECORDS_MAX there.
2. They are written in a thread, in order; what was written is on disk within SYNC_SECONDS, and when the server stops.
3. The file is only ever appended to. Who moves it away while the server runs gets a new one that goes on with the
   chain. What a crash left unfinished at its end is cut off, and that is a record.
   Administrators' programs append to it too (`append`): who writes has it locked, and looks where it ends now.
4. While the file cannot be written, records wait, up to WAITING_MAX, and the server's log says so.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec

from ipcchat.core.effects import Audit, AuditRead, ReadAudit
from ipcchat.server import logs
from ipcchat.server.audit_chain import Broken, End, end_of, read_record, written

FILE_NAME = "audit.jsonl"
RECORDS_MAX = 1_000
WAITING_MAX = 10_000
SYNC_SECONDS = 1.0
STOP_SECONDS_MAX = 5.0
BLOCK_BYTES = 65_536
REPAIRED = "log repaired"


class _Event(msgspec.Struct, frozen=True):
    """Something that happened at that time (Unix ms)."""

    at: int
    record: Audit


class _Question(msgspec.Struct, frozen=True):
    """Somebody asked for records, and waits for them."""

    query: ReadAudit
    answer: Future[AuditRead]


class AuditLog:
    """Appends records and reads them back. Its methods are called on core's thread; `folder` None keeps the last ones
    in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = Memory() if folder is None else File(folder / FILE_NAME)
        self._queue: SimpleQueue[_Event | _Question | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Have a log, so that other programs can append to it beside this server."""
        self._file.begin()

    def record(self, record: Audit) -> None:
        """Append one record, soon."""
        self._put(_Event(int(time.time() * 1000), record))

    async def read(self, query: ReadAudit) -> AuditRead:
        """The last records, with those that were appended until now."""
        question = _Question(query, Future())
        self._put(question)
        return await asyncio.wrap_future(question.answer)

    def stop(self) -> None:
        """Write what there is, and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(STOP_SECONDS_MAX)
            self._thread = None

    def _put(self, item: _Event | _Question) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="ipcchat-audit", daemon=True)
            self._thread.start()
        self._queue.put(item)

    # On the thread.

    def _work(self) -> None:
        running = True
        while running:
            items = self._taken()
            running = None not in items
            self._file.append([item for item in items if isinstance(item, _Event)])
            for item in items:
                if isinstance(item, _Question):
                    item.answer.set_result(_answer(self._file, item.query))
            self._file.sync(finally_=not running)
        self._file.close()

    def _taken(self) -> list[_Event | _Question | None]:
        """Everything that waits; at least one thing, or nothing when it is time to sync."""
        try:
            items = [self._queue.get(timeout=SYNC_SECONDS if self._file.dirty else None)]
        except Empty:
            return []
        while not self._queue.empty():
            items.append(self._queue.get())
        return items


def _answer(file: Memory | File, query: ReadAudit) -> AuditRead:
    wanted = query.containing.casefold()
    lines: list[str] = []
    try:
        for line in file.backwards():
            text = _shown(line)
            if wanted in text.casefold():
                lines.append(text)
                if len(lines) == query.count:
                    break
    except OSError as error:
        return AuditRead(error=f"{error.strerror}")
    return AuditRead(tuple(reversed(lines)))


def _shown(line: bytes) -> str:
    try:
        return str(read_record(line))
    except Broken as error:
        return f"(a line that cannot be read: {error})"


def append(folder: Path, record: Audit) -> None:
    """Append one record to the log in a data folder now, beside a server that may be running. Where there is no log one
    is begun, unless a server runs, which knows where the last one ended. Raises OSError, Broken and BackendError."""
    from ipcchat.backend.sqlite_schema import lock

    path = folder / FILE_NAME
    is_new = not path.exists()
    if is_new:
        lock(folder / "chat.db").release()
    file = File(path)
    try:
        file.write([_Event(int(time.time() * 1000), record)])
        file.sync(finally_=True)
    finally:
        file.close()
    if is_new and os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)  # The server writes it, too.


class Memory:
    """The last records of a server that keeps everything in memory."""

    dirty = False

    def __init__(self) -> None:
        self._end = End()
        self._lines: deque[bytes] = deque(maxlen=RECORDS_MAX)

    def begin(self) -> None:
        """Nobody else can append."""

    def append(self, events: list[_Event]) -> None:
        """Keep these."""
        for event in events:
            line = written(self._end, event.at, event.record)
            self._lines.append(line)
            self._end = end_of(line)

    def backwards(self) -> Iterator[bytes]:
        """The lines, the last one first."""
        return reversed(self._lines)

    def sync(self, *, finally_: bool) -> None:
        """Nothing is on disk."""

    def close(self) -> None:
        """Nothing is open."""


class File:
    """The log in a file. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        self._end: End | None = None
        self._waiting: deque[_Event] = deque(maxlen=WAITING_MAX)
        self._synced = 0.0
        self._size = 0
        self._failed = False
        self.dirty = False

    def begin(self) -> None:
        """Have the file, empty where there is none. That it cannot be written is said with the first record."""
        with suppress(OSError):
            os.close(_open(self._path))

    def append(self, events: list[_Event]) -> None:
        """Write these, and what waited; what cannot be written waits on."""
        try:
            self.write(events)
        except (OSError, Broken) as error:
            self._fail(error)

    def write(self, events: list[_Event]) -> None:
        """The same, behind what others wrote meanwhile. Raises OSError and Broken."""
        self._waiting.extend(events)
        if not self._waiting:
            return
        self._open()
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            end = self._whole_end()
            lines = []
            for event in self._waiting:
                lines.append(written(end, event.at, event.record) + b"\n")
                end = end_of(lines[-1][:-1])
            _write_all(self._descriptor, b"".join(lines))
            self._size = os.fstat(self._descriptor).st_size
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._end, self._failed, self.dirty = end, False, True
        self._waiting.clear()

    def _fail(self, error: Exception) -> None:
        """Begin anew with the next record: what is at the end of the file is looked at again."""
        self._release()
        self._end = None
        if not self._failed:
            logs.event(logging.ERROR, "the audit log cannot be written", file=self._path, reason=error)
        self._failed = True

    def _open(self) -> None:
        """Have the file open that stands there by its name now. Raises OSError."""
        if self._descriptor >= 0 and self._is_moved():
            self.sync(finally_=True)
            self._release()
        if self._descriptor < 0:
            self._descriptor = _open(self._path)
            self._size = -1

    def _whole_end(self) -> End:
        """Where the chain ends in the file that is open and locked. Raises OSError and Broken."""
        if self._end is None or os.fstat(self._descriptor).st_size != self._size:
            self._end = self._found_end() or self._end or End()
        return self._end

    def _is_moved(self) -> bool:
        try:
            there, ours = os.stat(self._path), os.fstat(self._descriptor)
        except FileNotFoundError:
            return True
        return (there.st_ino, there.st_dev) != (ours.st_ino, ours.st_dev)

    def _found_end(self) -> End | None:
        """Where the chain of the file ends; None for an empty one. An unfinished line is cut off."""
        size = os.fstat(self._descriptor).st_size
        lines = _backwards(self._descriptor, size)
        unfinished = next(lines, b"")
        if unfinished:
            os.ftruncate(self._descriptor, size - len(unfinished))
            text = f"{len(unfinished)} bytes at the end of the log were no whole record, and were cut off"
            self._waiting.appendleft(_Event(int(time.time() * 1000), Audit(REPAIRED, "the server", "", text=text)))
        last = next(lines, b"")
        return end_of(last) if last else None

    def backwards(self) -> Iterator[bytes]:
        """The lines, the last one first; none where there is no file. Raises OSError."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            yield from (line for line in _backwards(descriptor, os.fstat(descriptor).st_size) if line)
        finally:
            os.close(descriptor)

    def sync(self, *, finally_: bool) -> None:
        """Have it on disk, when the last time is long enough ago or it is the last time."""
        now = time.monotonic()
        if not self.dirty or not (finally_ or now - self._synced >= SYNC_SECONDS):
            return
        self._synced, self.dirty = now, False
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Nothing follows."""
        self._release()

    def _release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def _open(path: Path) -> int:
    """The file, made for the server's user alone when it is not there; a link is not followed. Raises OSError."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _backwards(descriptor: int, size: int) -> Iterator[bytes]:
    """The lines of a file, the last one first; before them what is behind the last end of a line: mostly nothing."""
    rest, position = b"", size
    while position > 0:
        start = max(0, position - BLOCK_BYTES)
        rest = os.pread(descriptor, position - start, start) + rest
        position = start
        first, *others = rest.split(b"\n")
        yield from reversed(others)
        rest = first
    yield rest

"""This node's copy of the shared stream: a journal in SQLite to which only messages of the stream are written.

Rules:
1. Messages are taken in by rising sequence without gaps, as many as have come in one transaction, with their mark.
2. Outcomes leave the thread after the commit that has their rows and the mark.
3. When the disk refuses, nothing is skipped: the messages wait, and it is tried again every IDLE_SECONDS.
4. When much is said, the longer core takes to tell people the longer more is gathered before the next commit: what
   comes together is written to each socket together.
5. Ids are swept out by the journal's time and not by this machine's clock (intake.py, rule 1).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, cast

from ipcchat.backend import sqlite_writer
from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.intake import Arrived, Intake, Taken
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_log import LongLog
from ipcchat.backend.sqlite_mark import Mark, Marks, read_fleeting, read_mark, read_origins, write_lineage, write_marks
from ipcchat.backend.sqlite_place import Place
from ipcchat.backend.sqlite_schema import open_journal, transaction, write_meta
from ipcchat.backend.sqlite_store import Store, refusal, rows_of
from ipcchat.backend.sqlite_writer import Job, Retain, Writer, as_backend_error
from ipcchat.core.effects import Erase, Hide, Recall, Void
from ipcchat.core.outcomes import Boot

BATCH_BYTES_MAX: Final = 1024 * 1024
"""Messages of one commit: a few thousand facts."""

MESSAGES_MAX: Final = 1_024
"""Messages that are gathered before a commit."""

MANY_FACTS: Final = 8
"""After fewer in one turn there is nothing to wait for: more would have come."""

TURN_SECONDS_MAX: Final = 0.03
"""How long the next commit waits for the end of core's turn."""

REST_SHARE: Final = 2.0
"""Of the processor time of that turn, how long it waits after it."""

REST_SECONDS_MAX: Final = 0.01
"""How long at most."""


Lineage: TypeAlias = tuple[tuple[int, int], ...]


class _Messages(Job, frozen=True):
    arrived: tuple[Arrived, ...]


class _Join(Job, frozen=True):
    journal: str
    mark: Mark
    lineage: Lineage
    answer: Future[None]


class _Read(Job, frozen=True):
    answer: Future[Boot]


class Listener(Protocol):
    """Who hears how far the copy is."""

    def took(self, taken: Taken) -> None:
        """These messages are in the journal."""

    def stuck(self, reason: str) -> None:
        """The disk refuses, for this reason; "": it takes again what it refused."""


class ReplicaWriter(Writer):
    """The writing thread of a node's copy."""

    def __init__(self, incarnation: str, follower: Listener, *arguments: Any) -> None:
        """`arguments` are a Writer's."""
        super().__init__(*arguments)
        self.mark: Mark | None = None
        self.last = Mark(0, 0, 0, 0)
        self.is_apart = False
        self._incarnation = incarnation
        self._follower = follower
        self._arrived: list[Arrived] = []
        self._is_stuck = False
        self._rest_until = 0.0
        self._turned = threading.Event()
        self._turned.set()
        self._connection: sqlite3.Connection
        self._intake: Intake

    def join(self, journal: str, mark: Mark, lineage: Lineage = ()) -> Future[None]:
        """From now on this is a copy of the journal of that id, at this mark. `lineage` are all epochs of its stream
        with the places on which they began."""
        job = _Join(journal, mark, lineage, Future())
        self._jobs.put(job)
        return job.answer

    def arrived(self, messages: Sequence[Arrived]) -> None:
        """Take these messages in."""
        self._jobs.put(_Messages(tuple(messages)))

    def read(self) -> Future[Boot]:
        """What is in the journal after what was put before."""
        job = _Read(Future())
        self._jobs.put(job)
        return job.answer

    def _open(self) -> Boot:
        connection = open_journal(self._path, self._kind)
        try:
            self._begin(connection)
        except BaseException:
            connection.close()
            raise
        self._log = LongLog(self._path, connection)
        self.place = Place(self._path)
        return Boot(self._store.journal_id(), None, ())

    def _begin(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._store = Store(connection, self._counts)
        self._order = self._store.last_given()
        self._store.begin(self._order)
        self.mark = read_mark(connection)
        if self.mark is not None:
            written = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
            self.is_apart = written > self.mark.seq
            self._order.seq, self._order.at = self.mark.seq, self.mark.at
        self.last = self.mark or Mark(0, 0, self._order.seq, self._order.at)
        self._take_up(self.last)

    def _take_up(self, mark: Mark) -> None:
        connection = self._connection
        self._intake = Intake(self._incarnation, mark, read_origins(connection), read_fleeting(connection))

    def _take(self, job: object) -> None:
        self._gather(job)
        if self._arrived and not self._stopping:
            self._rest()
            while not (self._stopping or len(self._arrived) >= MESSAGES_MAX or self._jobs.empty()):
                self._gather(self._jobs.get())
        self._take_in()

    def _gather(self, job: object) -> None:
        """Do this job and what is queued behind it; messages are put together."""
        while True:
            if isinstance(job, _Messages):
                self._arrived += job.arrived
            elif isinstance(job, _Join | _Read):
                self._take_in()
                self._answer(job)
            else:
                self._do(cast(Job, job))
            if self._stopping or len(self._arrived) >= MESSAGES_MAX or self._jobs.empty():
                break
            job = self._jobs.get()

    def _rest(self) -> None:
        """Let core end the turn that it has, and let more come in."""
        if self._turned.wait(TURN_SECONDS_MAX) and (left := self._rest_until - time.monotonic()) > 0:
            time.sleep(left)

    def _do(self, job: Void | Hide | Recall | Erase | Job) -> None:
        if isinstance(job, Retain):
            self._store.retain(job.rules, job.now, min(job.now, self._order.at))
        else:
            super()._do(job)

    def _answer(self, job: _Join | _Read) -> None:
        try:
            if isinstance(job, _Read):
                job.answer.set_result(self._store.read())
                return
            with transaction(self._connection):
                write_meta(self._connection, "journal", job.journal)
                write_marks(self._connection, Marks(job.mark, {}, {}))
                write_lineage(self._connection, job.lineage)
            self._order.seq, self._order.at = job.mark.seq, job.mark.at
            self._take_up(job.mark)
            job.answer.set_result(None)
        except Exception as error:
            job.answer.set_exception(as_backend_error(error))

    def _take_in(self) -> None:
        """Take in what has arrived; when the disk refuses, it waits."""
        while self._arrived:
            batch = self._batch()
            try:
                self.place.require()
                taken = self._intake.take(batch, self._store.find)
                rows = rows_of(taken.rows, taken.blobs)
                self._written(self._store.commit(rows, taken.mark.seq, marks=taken.marks()))
            except sqlite3.Error as error:
                self._stick(refusal(error))
                return
            del self._arrived[: len(batch)]
            self._finish_batch(taken)

    def _batch(self) -> list[Arrived]:
        """What goes into one commit: one message at least."""
        size = 0
        for number, arrived in enumerate(self._arrived):
            size += len(arrived.payload)
            if size > BATCH_BYTES_MAX and number:
                return self._arrived[:number]
        return list(self._arrived)

    def _finish_batch(self, taken: Taken) -> None:
        """It is in the journal: go on from there and tell."""
        self._intake.adopt(taken)
        self._order.seq, self._order.at = taken.mark.seq, taken.mark.at
        if self._is_stuck:
            self._is_stuck = False
            self._tell(self._follower.stuck, "")
        if taken.facts >= MANY_FACTS:
            self._turned.clear()
        self._tell(self._hand_over, taken)
        if taken.fault is not None:
            raise taken.fault

    def _hand_over(self, taken: Taken) -> None:
        """On the loop's thread: core's turn. What counts is its own work, not how long others kept it waiting."""
        began = time.thread_time()
        try:
            self._follower.took(taken)
        finally:
            worked = time.thread_time() - began
            if taken.facts >= MANY_FACTS:
                self._rest_until = time.monotonic() + min(worked * REST_SHARE, REST_SECONDS_MAX)
                self._turned.set()

    def _stick(self, reason: str) -> None:
        self._counts.refused(reason)
        self._due = time.monotonic() + sqlite_writer.IDLE_SECONDS
        if not self._is_stuck:
            self._is_stuck = True
            self._tell(self._follower.stuck, reason)

    def _flush(self) -> None:
        if self._arrived:
            self._take_in()
        else:
            super()._flush()


class Replica(SqliteBackend):
    """The loop's side of a node's copy: what a SqliteBackend answers, and messages instead of appends."""

    def __init__(self, path: Path, incarnation: str, listener: Listener, **options: Any) -> None:
        """`options` are a SqliteBackend's."""
        super().__init__(path, **options)
        self._incarnation = incarnation
        self._listener = listener

    @property
    def writer(self) -> ReplicaWriter:
        """The thread, once this is open. Raises BackendError."""
        return cast(ReplicaWriter, self._running())

    async def join(self, journal: str, mark: Mark, lineage: Lineage = ()) -> None:
        """From now on this is a copy of the journal of that id, at this mark. Raises BackendError."""
        await asyncio.wrap_future(self.writer.join(journal, mark, lineage))

    async def boot(self) -> Boot:
        """What is in the journal after all messages that were handed over. Raises BackendError."""
        answer = asyncio.wrap_future(self.writer.read())
        ended = asyncio.wrap_future(self.writer.ended)
        await asyncio.wait((answer, ended), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise BackendError("the journal cannot go on; see the log")
        boot = await answer
        super()._search_from_now_on()
        return boot

    def grew(self) -> None:
        """There are more messages to find."""
        self._search.grew()

    def _search_from_now_on(self) -> None:
        """Not yet: the journal can get another name, see `boot`."""

    def _make_writer(self, post: Callable[..., object]) -> Writer:
        arguments = (self._path, self, post, self._close_readers, self.counts, self._connection)
        return ReplicaWriter(self._incarnation, self._listener, *arguments)

"""The thread that writes the journal.

Rules:
1. Group commit: what was appended while a commit ran goes into the next one, up to FACTS_MAX facts or BYTES_MAX bytes.
2. Facts get their places here, in the order of appends; a kept fact's outcome leaves this thread after its commit.
3. Passing and fleeting facts before the first kept one get their outcomes at once, the others with the commit they wait
   behind.
4. What does not ask for a commit is written with one that comes, or IDLE_SECONDS later.
5. The thread sleeps without a timer when there is nothing to write, and never ends without saying why. After a commit
   that the disk refused it tries again every IDLE_SECONDS, so that it knows when the disk takes something.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, Protocol

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.counts import JournalCounts
from ipcchat.backend.ordering import Order, Placed
from ipcchat.backend.sqlite_log import LongLog
from ipcchat.backend.sqlite_place import Place
from ipcchat.backend.sqlite_schema import connect_reader, lock, open_journal
from ipcchat.backend.sqlite_store import Store, Written, refusal, rows_of
from ipcchat.backend.sqlite_upkeep import Tidied
from ipcchat.core.effects import Erase, Hide, Recall, Void
from ipcchat.core.facts import AnyFact, Durability, Entry, encode_fact
from ipcchat.core.outcomes import Boot, Failed, Outcome
from ipcchat.core.retention import Retention

FACTS_MAX: Final = 2_048
"""Facts of one commit: more would make the first of them wait longer without saving anything."""

BYTES_MAX: Final = 4 * 1024 * 1024
"""Encoded facts of one commit, for the same reason."""

IDLE_SECONDS: Final = 1.0
"""How long a passing fact may stay unwritten."""

UPKEEP_SECONDS: Final = 0.02
"""The rest between two steps of what is done in idle moments and takes long: a step takes some milliseconds."""

FLEETING_MAX: Final = 10_000
"""Fleeting facts whose ids are remembered, so that a repeated one is known."""

_log = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True):
    """What else the thread is asked to do."""


class _Checkpoint(Job, frozen=True):
    seq: int
    state: bytes


class Retain(Job, frozen=True):
    """Forget what the rules do not keep at that time."""

    rules: Retention
    now: int


class _Stop(Job, frozen=True):
    """Write what was queued before this and end."""


_Job = list[AnyFact] | Void | Hide | Recall | Erase | Job


class Listener(Protocol):
    """Who hears what the thread did; called through `post`."""

    def heard(self, outcomes: Sequence[Outcome]) -> None:
        """These happened, in this order."""

    def written(self, written: Written) -> None:
        """This is on disk."""

    def tidied(self, tidied: Tidied) -> None:
        """This was taken away."""

    def alarmed(self, text: str) -> None:
        """Somebody should look."""

    def ended_by(self, error: BackendError) -> None:
        """The thread cannot go on."""


class Writer:
    """One open journal's writing thread. The loop calls the public methods; all else is this thread's own."""

    def __init__(
        self,
        path: Path,
        listener: Listener,
        post: Callable[..., object],
        close_readers: Callable[[], None],
        counts: JournalCounts,
        kind: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        """`post(function, *arguments)` calls a function on the loop's thread; `kind` is the connection's."""
        self.opened: Future[Boot] = Future()
        self.ended: Future[None] = Future()
        self._path = path
        self._listener = listener
        self._post = post
        self._close_readers = close_readers
        self._counts = counts
        self._kind = kind
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._order = Order()
        self._fleeting: OrderedDict[bytes, Entry] = OrderedDict()
        self._due: float | None = None
        self._stopping = False
        self._store: Store
        self._log: LongLog
        self.place: Place

    def start(self) -> None:
        """Open the journal; the answer comes by `opened`, and after the end `ended` is done."""
        threading.Thread(target=self._run, name="journal", daemon=True).start()

    def put(self, facts: Sequence[AnyFact]) -> None:
        """Order these facts after those put before."""
        self._jobs.put(list(facts))

    def change(self, effect: Void | Hide | Recall | Erase) -> None:
        """Change what the journal gives."""
        self._jobs.put(effect)

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep a state."""
        self._jobs.put(_Checkpoint(seq, state))

    def retain(self, rules: Retention, now: int) -> None:
        """Forget what these rules do not keep at that time (Unix ms)."""
        self._jobs.put(Retain(rules, now))

    def stop(self) -> None:
        """Write what was put and end."""
        self._jobs.put(_Stop())

    def _run(self) -> None:
        with ExitStack() as last:
            last.callback(self.ended.set_result, None)
            try:
                last.callback(lock(self._path).release)
                boot = self._open()
            except Exception as error:
                self.opened.set_exception(as_backend_error(error))
            else:
                self.opened.set_result(boot)
                self._live()

    def _open(self) -> Boot:
        connection = open_journal(self._path, self._kind)
        self._store = Store(connection, self._counts)
        try:
            boot, self._order = self._store.boot()
        except BaseException:
            connection.close()
            raise
        self._log = LongLog(self._path, connection)
        self.place = Place(self._path)
        return boot

    def _live(self) -> None:
        """Serve until stopped or until it cannot go on, and close."""
        try:
            while not self._stopping:
                job = self._next()
                if job is not None:
                    self._take(job)
                self._spare(idle=job is None)
            self._close()
        except Exception as error:
            self._tell(self._listener.ended_by, as_backend_error(error))
            self._abandon()

    def _next(self) -> _Job | None:
        """The next job, or None when it is time to write what waits or to rest."""
        timeout = None
        if self._due is not None:
            timeout = max(0.0, self._due - time.monotonic())
        elif self._store.has_upkeep:
            timeout = UPKEEP_SECONDS
        elif self._store.wants_rest or self._log.is_long:
            timeout = IDLE_SECONDS
        try:
            return self._jobs.get(timeout=timeout)
        except Empty:
            return None

    def _take(self, job: _Job) -> None:
        """Do this job together with what is queued behind it."""
        facts: list[AnyFact] = []
        while True:
            if isinstance(job, list):
                facts += job
            else:
                self._do(job)
            if self._stopping or len(facts) >= FACTS_MAX or self._jobs.empty():
                break
            job = self._jobs.get()
        while facts:
            facts = self._journal(facts)

    def _do(self, job: Void | Hide | Recall | Erase | Job) -> None:
        """Do what is no fact."""
        match job:
            case Void() | Hide() | Recall() | Erase():
                self._store.change(job)
            case _Checkpoint(seq, state):
                self._store.checkpoint(seq, state)
            case Retain(rules, now):
                self._store.retain(rules, now)
            case _Stop():
                self._stopping = True

    def _journal(self, facts: list[AnyFact]) -> list[AnyFact]:
        """Journal as many of `facts` as belong in one commit and return the others."""
        encoded = _encode(facts[:FACTS_MAX])
        count = len(encoded)
        if not count:
            self._tell(self._listener.heard, [Failed(facts[0], "it holds text that cannot be stored")])
            return facts[1:]
        lead = next((index for index in range(count) if facts[index].durability is Durability.KEPT), count)
        if lead:
            self._pass(facts[:lead], encoded[:lead])
        if lead < count:
            self._keep(facts[lead:count], encoded[lead:])
        return facts[count:]

    def _pass(self, facts: list[AnyFact], encoded: list[bytes]) -> None:
        """Facts that wait for nothing."""
        placed = self._place(facts)
        if self._store.reaches_ceiling(placed.seq):
            self._flush()
        self._store.later(placed.outcomes, encoded)
        if any(fact.is_prompt for fact in facts):
            self._flush()
        self._finish(placed)

    def _keep(self, facts: list[AnyFact], encoded: list[bytes]) -> None:
        """Facts of which the first is kept: a commit, then their outcomes."""
        try:
            placed = self._commit(facts, encoded)
        except sqlite3.Error as error:
            reason = refusal(error)
            self._counts.refused(reason)
            placed = self._place(facts, reason)
            self._store.later(placed.outcomes, encoded)
        self._finish(placed)

    def _commit(self, facts: list[AnyFact], encoded: list[bytes]) -> Placed:
        self.place.require()
        placed = self._place(facts)
        self._written(self._store.commit(rows_of(placed.outcomes, encoded), placed.seq))
        return placed

    def _remembered(self, facts: list[AnyFact]) -> dict[bytes, Entry]:
        """The fleeting entries that have these facts' ids."""
        fleeting = self._fleeting
        return {fact.id: fleeting[fact.id] for fact in facts if fact.id in fleeting} if fleeting else {}

    def _place(self, facts: list[AnyFact], refusal: str = "") -> Placed:
        """The next places, with all ids looked up."""
        known, voided = self._store.find(facts)
        return self._order.place(facts, self._remembered(facts) | known, voided, refusal)

    def _finish(self, placed: Placed) -> None:
        """These places are given: remember and tell."""
        self._order.adopt(placed)
        for outcome in placed.outcomes:
            if isinstance(outcome, Entry) and outcome.fact.durability is Durability.FLEETING:
                self._fleeting[outcome.fact.id] = outcome
        while len(self._fleeting) > FLEETING_MAX:
            self._fleeting.popitem(last=False)
        self._tell(self._listener.heard, placed.outcomes)

    def _written(self, written: Written) -> None:
        self._due = None
        if any(written):
            self._tell(self._listener.written, written)

    def _flush(self) -> None:
        """Write what waits. When the disk refuses, it waits on."""
        try:
            self.place.require()
            self._written(self._store.commit((), self._order.seq))
        except sqlite3.Error as error:
            reason = refusal(error)
            self._counts.refused(reason)
            if self._store.waits:
                _log.warning("the journal keeps passing facts in memory: %s", reason)
            self._due = time.monotonic() + IDLE_SECONDS

    def _spare(self, *, idle: bool) -> None:
        """Between two jobs: what is due is written, the log is kept short and history is indexed."""
        now = time.monotonic()
        if not self._store.waits and not self._counts.refusal:
            self._due = None
        elif self._due is None:
            self._due = now + IDLE_SECONDS
        elif now >= self._due:
            self._flush()
        if self._store.is_due(idle=idle) or self._log.is_due(now):
            try:
                self._tend(now, idle=idle)
            except sqlite3.Error as error:
                _log.warning("the journal cannot be tidied up now: %s", refusal(error))

    def _tend(self, now: float, *, idle: bool) -> None:
        """Look after the files, as long as they are there."""
        if self.place.missing():
            return
        tidied = self._store.tend(idle=idle)
        if any(tidied):
            self._tell(self._listener.tidied, tidied)
        if alarm := self._log.look(now):
            _log.warning("%s", alarm)
            self._tell(self._listener.alarmed, alarm)

    def _close(self) -> None:
        """The regular end: everything written, the readers closed before the writer."""
        try:
            self.place.require()
            self._written(self._store.commit((), self._order.seq, last=True))
            self._close_readers()
            self._store.close()
        except sqlite3.Error as error:
            _log.warning("the journal was closed without writing what need not be kept: %s", error)
            self._abandon()

    def _abandon(self) -> None:
        """The end after a fault: nothing is written or synced. An open reader keeps SQLite from touching the log."""
        with suppress(sqlite3.Error):
            bystander = connect_reader(self._path)
            bystander.execute("SELECT seq FROM journal LIMIT 1").fetchone()
            self._store.abandon()
            bystander.close()
        with suppress(sqlite3.Error):
            self._store.abandon()
        self._close_readers()

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        """Call on the loop's thread. A loop that is closed already has nobody to tell."""
        with suppress(RuntimeError):
            self._post(function, *arguments)


def _encode(facts: list[AnyFact]) -> list[bytes]:
    """The facts as bytes, up to BYTES_MAX (but one at least) or to the first that cannot be encoded."""
    encoded: list[bytes] = []
    size = 0
    with suppress(UnicodeEncodeError):
        for fact in facts:
            blob = encode_fact(fact)
            size += len(blob)
            if size > BYTES_MAX and encoded:
                break
            encoded.append(blob)
    return encoded


def as_backend_error(error: Exception) -> BackendError:
    """The same for those who wait for the thread."""
    if isinstance(error, BackendError):
        return error
    if isinstance(error, sqlite3.Error):
        try:
            return BackendError(f"the journal cannot be used: {refusal(error)}")
        except BackendError as final:
            return final
    _log.error("a fault in the journal's thread", exc_info=error)
    return BackendError(f"a fault in the journal's thread: {error!r}; please report it")

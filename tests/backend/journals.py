"""What the backends' tests talk with: facts, a follower that listens, and a disk that is unkind."""

from __future__ import annotations

import asyncio
import itertools
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

from ipcchat.backend.base import BackendError
from ipcchat.core.effects import History, HistoryAnswer
from ipcchat.core.facts import AnyFact, Entry, Hinted, Posted, RealnameChanged, Walloped
from ipcchat.core.outcomes import Outcome

PATIENCE_SECONDS = 20
"""How long a test waits for what must come; a slow machine is not a failure."""

_clock = itertools.count(1_700_000_000_000)


def posted(text: str = "hi", target: str = "#tea", *, at: int | None = None, key: bytes = b"") -> Posted:
    """A kept fact that is in the history of `target`."""
    return Posted(
        key or os.urandom(16), next(_clock) if at is None else at, "u1", "ann!a@host", "PRIVMSG", target, text
    )


def renamed(realname: str = "bob", *, key: bytes = b"") -> RealnameChanged:
    """A passing fact."""
    return RealnameChanged(key or os.urandom(16), next(_clock), "u1", realname)


def walloped(text: str = "lunch", *, key: bytes = b"") -> Walloped:
    """A fleeting fact that always has a place."""
    return Walloped(key or os.urandom(16), next(_clock), "u1", text)


def typing(target: str = "#tea", *, key: bytes = b"") -> Hinted:
    """A fleeting fact that needs no place."""
    return Hinted(key or os.urandom(16), next(_clock), "u1", "ann!a@host", "TAGMSG", target, "", {"+typing": "active"})


def latest(target: str = "#tea", limit: int = 100, **bounds: Any) -> History:
    """The query for the newest entries of a target."""
    span = (bounds.pop("floor", 0), bounds.pop("through", 2**40))
    return History(target, limit, (span,), **bounds)


def said(answer: HistoryAnswer) -> list[Entry]:
    """The messages of an answer."""
    return [past.entry for past in answer.found if past.entry is not None]


class Ear:
    """A follower that keeps what it hears. `on_batch` is called first with every batch."""

    def __init__(self, on_batch: Callable[[Sequence[Outcome]], None] = lambda batch: None) -> None:
        self.heard: list[Outcome] = []
        self.batches: list[list[Outcome]] = []
        self.error: BackendError | None = None
        self.alarms: list[str] = []
        self._on_batch = on_batch
        self._news = asyncio.Event()

    def outcomes(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        self._on_batch(batch)
        self.batches.append(list(batch))
        self.heard += batch
        self._news.set()

    def lost(self, error: BackendError) -> None:
        self.error = error
        self._news.set()

    def alarmed(self, text: str) -> None:
        self.alarms.append(text)

    def interrupted(self, reason: str) -> None:
        self.alarms.append(reason)

    async def until(self, count: int) -> list[Outcome]:
        """Wait until `count` outcomes were heard and return them all."""
        await self._when(lambda: len(self.heard) >= count)
        return self.heard

    async def until_lost(self) -> BackendError:
        """Wait until the backend says that it cannot go on."""
        await self._when(lambda: self.error is not None)
        assert self.error is not None
        return self.error

    async def _when(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                self._news.clear()
                await self._news.wait()


def entries(outcomes: Sequence[Outcome]) -> list[Entry]:
    """The same outcomes, all of them entries."""
    found = [outcome for outcome in outcomes if isinstance(outcome, Entry)]
    assert found == list(outcomes)
    return found


def facts_of(outcomes: Sequence[Outcome]) -> list[AnyFact]:
    """What the outcomes are about."""
    return [outcome.fact for outcome in outcomes]


def texts(outcomes: Sequence[Outcome]) -> list[str]:
    """The texts of the messages."""
    return [fact.text for fact in facts_of(outcomes) if isinstance(fact, Posted)]


async def eventually(is_so: Callable[[], bool]) -> None:
    """Wait for something on disk, which no call announces."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class UnkindConnection(sqlite3.Connection):
    """A connection whose commits can be counted, held back and refused; make a subclass for each test with `unkind`."""

    refusal = ""
    commits: list[str]
    reached: threading.Event
    gate: threading.Event

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        ends_transaction = sql == "COMMIT" or (sql.startswith("INSERT INTO journal") and not self.in_transaction)
        if ends_transaction:
            self.commits.append(sql[:30])
            self.reached.set()
            assert self.gate.wait(PATIENCE_SECONDS)
            if self.refusal:
                error = sqlite3.OperationalError(f"unkind: {self.refusal}")
                error.sqlite_errorname = self.refusal
                raise error
        return super().execute(sql, parameters)


def unkind() -> type[UnkindConnection]:
    """A kind of connection of its own: `refusal` makes its commits fail, `gate` holds them while it is cleared."""

    class Kind(UnkindConnection):
        commits: list[str] = []
        reached = threading.Event()
        gate = threading.Event()

    Kind.gate.set()
    return Kind

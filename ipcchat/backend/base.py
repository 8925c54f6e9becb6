"""The journal's interface: one total order of facts, durable, with a queryable projection of it.

Promises, checked by one contract suite that every backend passes:
1. A KEPT fact's Entry reaches the follower only when the fact is durable (SQLite: committed with the configured
   `synchronous`, FULL by default; JetStream: acknowledged by the stream's quorum and in the node's own SQLite).
2. One total order, the same for everybody, live and in history: entries arrive with rising `seq` and never falling
   `at`. Wall clocks never decide order. What one caller appended keeps its order.
3. The same idempotency id appended twice is one fact; the second one's outcome is Repeated with the first one's place,
   and says whether the first one was taken out of history.
4. A backend that cannot go on says so (`follower.lost`); it never goes quiet and never drops: every appended fact has
   exactly one outcome, Entry, Repeated or Failed, and a caller's outcomes arrive in the order of his appends.
5. A full disk or a locked file: the kept facts of that commit are Failed, nothing of them is ever shown or kept,
   passing facts go on, and the backend recovers by itself when the cause is gone.

All methods are called on the event loop's thread and never block it; the follower is called there too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ipcchat.core.effects import History, HistoryAnswer
from ipcchat.core.facts import AnyFact
from ipcchat.core.outcomes import Boot, Failed, Outcome, Repeated


class BackendError(Exception):
    """The journal cannot be opened or cannot go on; the text says what to do."""


class Follower(Protocol):
    """Who hears what the journal did."""

    def outcomes(self, batch: Sequence[Outcome]) -> None:
        """These happened, in this order."""

    def lost(self, error: BackendError) -> None:
        """The journal cannot go on; nothing will follow."""


class Backend(Protocol):
    """A journal with its projection. Life: open, follow, then append and queries, close (which may be called twice)."""

    async def open(self) -> Boot:
        """Open or create the journal. Raises BackendError when it is in use, damaged or from a newer version."""

    def follow(self, follower: Follower) -> None:
        """Send every outcome from now on to `follower`."""

    def append(self, facts: Sequence[AnyFact]) -> None:
        """Order these facts and make them durable; the outcomes come to the follower."""

    def void(self, seq: int) -> None:
        """The fact at `seq` was refused when it was applied: take it out of history for ever."""

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep `state`, the shared state after `seq`; a later open starts from there."""

    async def history(self, query: History) -> HistoryAnswer:
        """Entries of one target's history. Raises BackendError when it cannot be read now."""

    async def close(self) -> None:
        """Write what is queued and release everything. May be called twice."""


__all__ = ["Backend", "BackendError", "Boot", "Failed", "Follower", "Outcome", "Repeated"]

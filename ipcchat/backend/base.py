"""The journal's interface: one total order of facts, durable, with a queryable projection of it.

Promises, checked by one contract suite that every backend passes:
1. A KEPT fact's Entry reaches the follower only when the fact is durable (SQLite: committed with the configured
   `synchronous`, FULL by default; JetStream: acknowledged by the stream's quorum and in the node's own SQLite).
2. One total order, the same for everybody, live and in history: entries arrive with rising `seq` and never falling
   `at`. Wall clocks never decide order. What one caller appended keeps its order.
3. The same idempotency id appended twice is one fact; the second one's outcome is Repeated with the first one's place,
   and says whether the first one was taken out of history. (A Hinted may have no place, `seq` 0: then it is new each
   time.)
4. A backend that cannot go on says so (`follower.lost`); it never goes quiet and never drops: every appended fact has
   exactly one outcome, Entry, Repeated or Failed, and a caller's outcomes arrive in the order of his appends. (In a
   cluster, what is refused because the node is cut off is Failed at once, before what is on its way to the stream.)
5. A full disk or a locked file: the kept facts of that commit are Failed, nothing of them is ever shown or kept,
   passing facts go on, and the backend recovers by itself when the cause is gone.

All methods are called on the event loop's thread and never block it; the follower is called there too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ipcchat.backend.counts import JournalCounts
from ipcchat.core.effects import HistoryAnswer, PastQuery, Recall, Targets, TargetsAnswer
from ipcchat.core.facts import AnyFact, Entry
from ipcchat.core.outcomes import Boot, Failed, Outcome, Repeated
from ipcchat.core.retention import Retention


class BackendError(Exception):
    """The journal cannot be opened or cannot go on; the text says what to do. `starts_anew`: to start this server again
    is what to do, and it does so itself."""

    starts_anew = False


class Follower(Protocol):
    """Who hears what the journal did."""

    def outcomes(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        """These happened, in this order. `foreign` of them are entries that another node appended."""

    def lost(self, error: BackendError) -> None:
        """The journal cannot go on; nothing will follow."""

    def interrupted(self, reason: str) -> None:
        """For a time everything is Failed, for this reason; "": it is over."""

    def alarmed(self, text: str) -> None:
        """The journal goes on, but somebody should look: what is wrong and what to do, or that it is over."""


class Backend(Protocol):
    """A journal with its projection. Life: open, follow, then append and queries, close (which may be called twice).
    `counts` is what it counts about itself."""

    counts: JournalCounts

    @property
    def leads(self) -> bool:
        """Of all who share the journal, this one does what one has to do."""

    async def open(self) -> Boot:
        """Open or create the journal. Raises BackendError when it is in use, damaged or from a newer version."""

    def follow(self, follower: Follower) -> None:
        """Send every outcome from now on to `follower`."""

    def append(self, facts: Sequence[AnyFact]) -> None:
        """Order these facts and make them durable; the outcomes come to the follower."""

    def void(self, seq: int) -> None:
        """The fact at `seq` was refused when it was applied: take it out of history for ever."""

    def hide(self, seq: int) -> None:
        """The message at `seq` was redacted: no query gives it any more. Its place stays a point to refer to."""

    def recall(self, event: Recall) -> None:
        """Keep what happened beside the messages of these histories; the same `seq` and target again is dropped. It
        waits for no disk: a crash may lose it, and the next start says it again, as far as the checkpoint is behind."""

    def erase(self, party: str, through: int) -> None:
        """Take what that party said up to `through` out of the files, a piece at a time, beside everything else."""

    def retain(self, rules: Retention, now: int) -> None:
        """Forget what these rules do not keep at that time (Unix ms): a piece at a time, and only what a start does not
        read again. A reference to what is gone is an unknown one, and a CatchUp from before it says so. To be told
        again now and then: rules are not kept."""

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep `state`, the shared state after `seq`; a later open starts from there."""

    async def history(self, query: PastQuery) -> HistoryAnswer:
        """What happened. Raises BackendError when it cannot be read now."""

    async def targets(self, query: Targets) -> TargetsAnswer:
        """The latest of each history. Raises BackendError when it cannot be read now."""

    async def find(self, id: bytes) -> Entry | None:
        """The entry whose fact has this idempotency id and was not taken out of history. Raises BackendError when it
        cannot be read now."""

    async def close(self) -> None:
        """Write what is queued and release everything. May be called twice."""


__all__ = ["Backend", "BackendError", "Boot", "Failed", "Follower", "Outcome", "Repeated"]

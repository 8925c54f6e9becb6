"""Old journals that were put aside for another one: what only they have is said again, also after a crash.

Rules:
1. A journal is put aside as `chat.db.before-N`, and `chat.db.before-N.unsaid` beside it says from which place on it is
   to be compared. The note is on the disk before the journal loses its own name.
2. Both are deleted when all that is kept of it was said again. What could not be said stays for the next start.
3. A note without its journal, or the other way round, is a deletion that a crash cut short, or somebody's copy: the
   note goes, the journal stays.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from ipcchat.backend.cluster.snapshots import unsaid
from ipcchat.core.facts import AnyFact, Durability, decode_fact
from ipcchat.core.outcomes import Failed, Outcome

SUFFIX: Final = ".unsaid"

_log = logging.getLogger(__name__)


class Parting(msgspec.Struct, frozen=True):
    """After which place an old journal may have what the new one has not, and after which one it certainly differs; see
    snapshots.unsaid."""

    after: int
    parted_at: int | None = None


def note_parting(kept: Path, parting: Parting) -> None:
    """Write the note beside an old journal, durably. Raises OSError."""
    note = _note_of(kept)
    with open(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(parting))
        file.flush()
        os.fsync(file.fileno())


class Unsaid:
    """What is to be said again of the old journals beside the one at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: list[Path] = []
        self._waiting: set[bytes] = set()
        self._has_failed = False

    def read(self) -> list[AnyFact]:
        """The facts that the present journal has not, in their order. Waits for the disk."""
        facts: list[AnyFact] = []
        for note in sorted(self._path.parent.glob(f"{self._path.name}.before-*{SUFFIX}")):
            kept = note.with_name(note.name.removesuffix(SUFFIX))
            try:
                found = self._facts_of(kept, note) if kept.exists() else []
            except (OSError, sqlite3.Error, msgspec.MsgspecError) as error:
                _log.error("what is only in %s cannot be said again: %s", kept, error)
                continue
            if kept.exists():
                _log.warning("%d facts that only this node had are said again; the old journal is %s", len(found), kept)
            facts += found
            self._kept.append(kept)
        self._waiting = {fact.id for fact in facts}
        if not facts:
            self._delete()
        return facts

    def is_one(self, outcome: Outcome) -> bool:
        """Whether this is what became of one of them."""
        if outcome.fact.id not in self._waiting:
            return False
        self._waiting.discard(outcome.fact.id)
        if isinstance(outcome, Failed):
            self._has_failed = True
            _log.error(
                "a fact of an old journal could not be said again: %s; it stays for the next start", outcome.reason
            )
        if not self._waiting and not self._has_failed:
            self._delete()
        return True

    def _facts_of(self, kept: Path, note: Path) -> list[AnyFact]:
        parting = msgspec.json.decode(note.read_bytes(), type=Parting)
        found = map(decode_fact, unsaid(kept, self._path, parting.after, parting.parted_at))
        return [fact for fact in found if fact.durability is Durability.KEPT]

    def _delete(self) -> None:
        for kept in self._kept:
            kept.unlink(missing_ok=True)
            _note_of(kept).unlink(missing_ok=True)
        self._kept = []


def _note_of(kept: Path) -> Path:
    return kept.with_name(kept.name + SUFFIX)

"""What was told to the journal beside facts and is perhaps not on disk yet: readers see it all the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Set
from typing import NamedTuple

import msgspec

from ipcchat.core.effects import Past, Recall, Spans


class Unwritten(NamedTuple):
    """Places out of history for ever (`voided`) or out of sight (`hidden`), and what happened beside messages."""

    voided: Set[int] = frozenset()
    hidden: Set[int] = frozenset()
    recalled: tuple[Recall, ...] = ()

    def unseen(self) -> str:
        """The places that no answer has, as the JSON array that statements take."""
        return msgspec.json.encode([*self.voided, *self.hidden]).decode()

    def events(self, target: str) -> list[Past]:
        """What happened in a history."""
        return [
            Past(event.seq, event.at, target, what=event.what) for event in self.recalled if target in event.targets
        ]


NOTHING = Unwritten()


class Waiting:
    """The same as it changes, on the loop's thread. Other threads get a copy that stays as it is; it is made when
    somebody asks after a change, because very many things may come between two questions."""

    def __init__(self) -> None:
        self._voided: set[int] = set()
        self._hidden: set[int] = set()
        self._recalled: deque[Recall] = deque()
        self._copy: Unwritten | None = NOTHING

    def void(self, seq: int) -> None:
        """The entry there is out of history."""
        self._voided.add(seq)
        self._copy = None

    def hide(self, seq: int) -> None:
        """The message there is out of sight."""
        self._hidden.add(seq)
        self._copy = None

    def recall(self, event: Recall) -> None:
        """This happened."""
        self._recalled.append(event)
        self._copy = None

    def written(self, voids: Iterable[int], hides: Iterable[int], recalls: int) -> None:
        """These places, and the first `recalls` of what happened, are on disk."""
        self._voided.difference_update(voids)
        self._hidden.difference_update(hides)
        for _ in range(recalls):
            self._recalled.popleft()
        self._copy = None

    def copy(self) -> Unwritten:
        """What waits now."""
        if self._copy is None:
            self._copy = Unwritten(frozenset(self._voided), frozenset(self._hidden), tuple(self._recalled))
        return self._copy


UNSEEN = "(SELECT value FROM json_each(:unseen))"
"""The places of `unseen` in a statement."""


def is_in(spans: Spans, seq: int) -> bool:
    """Whether a place is in one of these spans."""
    return any(after < seq <= through for after, through in spans)

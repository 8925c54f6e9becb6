"""Who gets which place: the order of facts, apart from where they are kept. Pure.

Rules:
1. `seq` rises by one with every fact that gets a place; `at` is the fact's own clock, raised to the one before it.
2. The first fact of an id gets the place, every later one is Repeated with the first one's place.
3. Placing changes nothing: it counts only once it is adopted, so that a failed commit's places are used again.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import msgspec

from ipcchat.core.facts import AnyFact, Durability, Entry
from ipcchat.core.outcomes import Failed, Outcome, Repeated


class Placed(msgspec.Struct, frozen=True):
    """What would become of some facts: one outcome for each, in order, and the last place given."""

    outcomes: list[Outcome]
    seq: int
    at: int


class Order:
    """The last place given: `seq` (0 before the first) and `at` (Unix ms)."""

    __slots__ = ("at", "seq")

    def __init__(self, seq: int = 0, at: int = 0) -> None:
        self.seq = seq
        self.at = at

    def place(
        self, facts: Sequence[AnyFact], known: dict[bytes, Entry], voided: Set[int] = frozenset(), refusal: str = ""
    ) -> Placed:
        """Give `facts` the next places. `known` holds entries by idempotency id and is added to; those at `voided`
        places are out of history.

        With a `refusal` the KEPT facts are Failed for that reason and only the others get places.
        """
        seq, at = self.seq, self.at
        outcomes: list[Outcome] = []
        for fact in facts:
            first = known.get(fact.id)
            if first is not None:
                outcomes.append(Repeated(fact, first.seq, first.at, first.fact, first.seq in voided))
            elif refusal and fact.durability is Durability.KEPT:
                outcomes.append(Failed(fact, refusal))
            else:
                seq += 1
                if fact.at > at:
                    at = fact.at
                entry = known[fact.id] = Entry(seq, at, fact)
                outcomes.append(entry)
        return Placed(outcomes, seq, at)

    def adopt(self, placed: Placed) -> None:
        """These places are given for good."""
        self.seq, self.at = placed.seq, placed.at

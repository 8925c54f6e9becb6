"""Errands: facts that core proposes for the shell and no session's command, such as what a hook says. The shell hears
once for each what became of it (effects.Settled)."""

from __future__ import annotations

from collections import Counter

from ipcchat.core.awaited import Awaited
from ipcchat.core.effects import Effect, Propose, Settled
from ipcchat.core.facts import AnyFact

IGNORED = "Things changed on the way; try again"


class Errands:
    """Those that have no outcome yet; they count among what waits for the disk. The same fact may be proposed several
    times, and each of them has its outcome. `open` counts them by the ids of their facts."""

    def __init__(self, awaited: Awaited) -> None:
        self._awaited = awaited
        self.open: Counter[bytes] = Counter()

    def begin(self, fact: AnyFact) -> Propose:
        """It is proposed, by this effect."""
        self.open[fact.id] += 1
        self._awaited.add(fact)
        return Propose(fact)

    def has(self, fact: AnyFact) -> bool:
        """Whether a fact was proposed here and has no outcome yet."""
        return fact.id in self.open

    def settle(self, fact: AnyFact, seq: int, problem: str) -> list[Effect]:
        """A fact has an outcome: what the shell is told, if it was an errand."""
        if fact.id not in self.open:
            return []
        self._awaited.remove(fact)
        self.open[fact.id] -= 1
        if not self.open[fact.id]:
            del self.open[fact.id]
        return [Settled(fact.id, seq, problem)]

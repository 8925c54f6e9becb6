"""How much waits for the journal: the facts of commands on this node that have no outcome yet.

While the disk is slow posts pile up, because they do not wait for each other; everything else does, so that a session
has one such command under way at most. Posts are refused when too much waits, and loudly: nothing of them is kept.
"""

from __future__ import annotations

from ipcchat.core.errors import Failure
from ipcchat.core.facts import AnyFact, Posted, Relayed
from ipcchat.core.limits import Limits
from ipcchat.wire import numerics

FACT_BYTES = 256
"""What a fact has beside its text and tags, about."""

TOO_SLOW = "The disk of the server is slow, and very much waits for it. Nothing was sent; try again in some seconds"

SAID = (Posted, Relayed)


class Awaited:
    """How many facts wait, and about how many bytes they have."""

    __slots__ = ("bytes", "facts")

    def __init__(self) -> None:
        self.facts = 0
        self.bytes = 0

    def add(self, fact: AnyFact) -> None:
        """It was proposed."""
        self.facts += 1
        self.bytes += _size(fact)

    def remove(self, fact: AnyFact) -> None:
        """The same has an outcome."""
        self.facts -= 1
        self.bytes -= _size(fact)

    def is_full(self, limits: Limits) -> bool:
        """Whether no post is taken now."""
        return self.facts >= limits.waiting_facts_max or self.bytes >= limits.waiting_bytes_max


def try_again(command: str, target: str) -> Failure:
    """What to say to a post that is not taken."""
    return Failure(numerics.ERR_UNKNOWNERROR, command, "TRY_AGAIN", target, text=TOO_SLOW)


def _size(fact: AnyFact) -> int:
    if fact.__class__ not in SAID:  # What is told by a Hinted is small; a quicker question than isinstance.
        return FACT_BYTES
    if fact.tags:
        return FACT_BYTES + len(fact.text) + sum(map(len, fact.tags)) + sum(map(len, fact.tags.values()))
    return FACT_BYTES + len(fact.text)

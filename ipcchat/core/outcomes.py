"""What the journal answers: each proposed fact has exactly one outcome, Entry, Repeated or Failed; and what it knows
when it is opened."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ipcchat.core.facts import AnyFact, Entry


class Repeated(msgspec.Struct, frozen=True):
    """`fact` was journaled before: its first place is `seq`, `at`, and `first` is the fact that is there.

    `void`: `first` was taken out of history, because it was refused when it was applied.
    """

    fact: AnyFact
    seq: int
    at: int
    first: AnyFact
    void: bool = False


class Failed(msgspec.Struct, frozen=True):
    """`fact` is not in the journal and never will be; `reason` is for people."""

    fact: AnyFact
    reason: str


Outcome = Entry | Repeated | Failed


class Boot(msgspec.Struct, frozen=True):
    """What a backend knows at opening: its journal's id, the newest checkpoint of the state, and every entry after
    that."""

    journal: str
    checkpoint: bytes | None
    tail: Sequence[Entry]

"""What every fact is: see the rules in the package."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

import msgspec


class Durability(Enum):
    """How a fact stands to the disk; see rule 5."""

    KEPT = "kept"
    PASSING = "passing"
    FLEETING = "fleeting"


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """Base of all facts: idempotency id (16 bytes), the proposer's clock (Unix ms), and who did it (a uid or a node
    id)."""

    durability: ClassVar[Durability] = Durability.KEPT

    id: bytes
    at: int
    by: str

    @property
    def is_prompt(self) -> bool:
        """Whether a PASSING fact is written at once: others may know it when it is, or when the disk refused it."""
        return False

    @property
    def history_target(self) -> str | None:
        """The history that this fact is a message of: a channel's folded name or a conversation (messages.py), or
        None."""
        return None

    @property
    def parent(self) -> int:
        """The place of the message that this fact changes or adds to, and is told with; 0 for none."""
        return 0

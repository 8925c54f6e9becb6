"""What stands in a timeline: messages, sentences about what happened, and who came and went.

Rules:
1. An entry is one object for as long as it is loaded: what changes about it (an edit, a reaction, a confirmation) is
   changed in place, and `version` grows, so that what was drawn of it is drawn anew.
2. Texts are as they were sent; who draws them makes them harmless.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from ipcchat.client.events import Message


class Delivery(Enum):
    """What became of a message of ours."""

    CONFIRMED = "the server has it, and so has everybody"
    PENDING = "it is on its way, or waits for a connection"
    FAILED = "the server refused it"


class Tone(Enum):
    """How a sentence is meant."""

    QUIET = "may be overlooked"
    NOTICE = "answers what was typed, or the server says it"
    WARNING = "something is wrong"


@dataclass(slots=True, kw_only=True, eq=False)
class Entry:
    """Base of all entries. `number` is its place among those that are loaded, contiguous; see Timeline."""

    time: datetime
    number: int = 0
    version: int = 0

    def changed(self) -> None:
        """It looks different now."""
        self.version += 1


@dataclass(slots=True, kw_only=True, eq=False)
class Said(Entry):
    """A message. `message` has the text that it has now; a deleted one has none.

    `mentions`: it names us, or is for us alone. `reactions`: who reacted with what, in the order in which each sign
    came first; `ours` among them are by our user. `removed_by` is who deleted it, "" while it stands. `refusal` is the
    server's reason when it failed. `edits` are the msgids of the latest texts that it was given, `edited_at` is when
    the present one was. `quoted` is the author and the text of the message that this one answers, where it is known.
    """

    message: Message
    mentions: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    ours: Set[str] = frozenset()
    removed_by: str = ""
    removal_reason: str = ""
    delivery: Delivery = Delivery.CONFIRMED
    refusal: str = ""
    edits: tuple[str, ...] = ()
    edited_at: datetime | None = None
    quoted: tuple[str, str] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Told(Entry):
    """A sentence about something that happened (printable already), or an answer to what was typed: words of our `own`,
    which no server has."""

    text: str
    tone: Tone = Tone.QUIET
    own: bool = False


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody joined, left or changed the nick: `verb` is "joined", "left" or "is <nick> now". `known`: he speaks
    here, shortly before or after, so that people want to know."""

    time: datetime
    nick: str
    verb: str
    reason: str = ""
    known: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Comings(Entry):
    """Who came and went between two other entries; drawn as one line, or one for each when it is `unfolded`."""

    people: list[Coming] = field(default_factory=list)
    unfolded: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Hole(Entry):
    """Here something may be missing, and why."""

    reason: str

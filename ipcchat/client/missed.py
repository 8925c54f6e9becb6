"""Everything that was missed between two connections, asked for at once, where the server has ipc-chat/catch-up.

Rules:
1. One request brings what happened in all channels and conversations, in the order in which it happened. While it is on
   its way, what happens live is held back; it follows when the server says END, minus what the answer had.
2. An answer counts as a whole: of one that was cut nothing is delivered, and it is asked for again.
3. A page that says MORE is followed by the next one. Who missed more than MISSED_MAX is told so and goes on at the
   present.
4. A cursor that the server does not know any more is told by a Gap, and the channels catch up one by one
   (`catchup`), as they do on other servers.

Specification: docs/catch-up.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from ipcchat.client.batches import HISTORY_TAG
from ipcchat.client.catchup import HELD_MAX, RETRIES_MAX, RETRY_SECONDS, Seen, identity
from ipcchat.client.errors import CommandRefused
from ipcchat.client.events import Act, Edited, Event, Message
from ipcchat.client.hearing import hear_past
from ipcchat.client.view import View
from ipcchat.wire.message import Message as Line

CAPABILITY = "ipc-chat/catch-up"
PAGE_SIZE_MAX = 10_000
MISSED_MAX = 20_000
FORGOTTEN = "FORGOTTEN"
NOT_KEPT = "some of what was missed is not kept by the server any more"
# Refusals after which the same question may be answered a moment later.
PASSING_REFUSALS = ("MESSAGE_ERROR", "TEMPORARILY_UNAVAILABLE", "263")


@dataclass(frozen=True, slots=True)
class Missed:
    """A piece of what happened: the `events` in their order, the `cursor` behind them, and whether there is `more`.
    `forgotten`: the server says that something behind the cursor before it is not kept any more."""

    events: tuple[Act, ...]
    cursor: str
    more: bool
    forgotten: bool = False


def read_missed(view: View, lines: Sequence[Line], received: datetime) -> Missed | None:
    """The answer to CATCHUP; None when it has no end, so that nobody can know what is missing in it."""
    endings = [line.params for line in lines if line.command.upper() == "CATCHUP" and len(line.params) >= 2]
    if not endings or endings[-1][0].upper() not in ("END", "MORE"):
        return None
    told = (line for line in lines if line.command.upper() != "CATCHUP")
    ending, cursor, *marks = endings[-1]
    forgotten = FORGOTTEN in map(str.upper, marks)
    return Missed(tuple(acts_in(view, told, received)), cursor, ending.upper() == "MORE", forgotten)


def acts_in(view: View, lines: Iterable[Line], received: datetime) -> Iterable[Act]:
    """What people did in these lines, each of which says which history it belongs to."""
    for target, rows in groupby(lines, lambda line: line.tags.get(HISTORY_TAG, "")):
        for event in hear_past(view, target, rows, received):
            if isinstance(event, Act):
                yield event


class Sweep:
    """One return from an absence. `cursor` is the point to go on from."""

    def __init__(self, cursor: str, page_size: int, seen: Seen) -> None:
        self.cursor = cursor
        self.missed = 0
        self.is_asked = False
        self.is_done = False
        self.is_lost = False
        self.retry_at: float | None = None
        self._gap = ""
        self._page_size = page_size
        self._seen = seen
        self._retries = 0
        self._held: list[Event] = []
        self._let_go = False

    def query(self) -> list[str]:
        """Parameters of the next CATCHUP."""
        self.is_asked, self.retry_at = True, None
        return [self.cursor, str(self._page_size)]

    def hold(self, event: Event) -> list[Event]:
        """Keep a live event for later. When there are too many, the messages are let go, and are asked for once more;
        the other events are returned, to be delivered now."""
        self._held.append(event)
        if len(self._held) <= HELD_MAX:
            return []
        others = [held for held in self._held if not isinstance(held, Act) or not held.msgid]
        self._held.clear()
        self._let_go = True
        return others

    def page(self, page: Missed) -> list[Act]:
        """A page came; what in it is new."""
        fresh = [act for act in page.events if self._seen.is_new(identity(act))]
        self.missed += sum(isinstance(act, Message) for act in fresh)
        self.cursor = page.cursor
        if page.forgotten:
            self._gap = NOT_KEPT
        if page.more and self.missed >= MISSED_MAX:
            self._gap = f"more than {MISSED_MAX} messages were missed"
            self.is_done = True
        elif not page.more:
            self.is_done, self._let_go = not self._let_go, False
        return fresh

    def refused(self, refusal: CommandRefused, ticks: float) -> None:
        """The server did not give a page, or not all of it. `is_lost` says that asking again would not help."""
        if refusal.code in PASSING_REFUSALS and self._retries < RETRIES_MAX:
            self._retries += 1
            self.retry_at = ticks + RETRY_SECONDS
        else:
            self._gap = str(refusal)
            self.is_lost = True

    def take_gap(self) -> str:
        """Why something may be missing, once; "" when nothing is."""
        gap, self._gap = self._gap, ""
        return gap

    def release(self) -> list[Event]:
        """What was held back, all of it: some of it may be in what history told."""
        held, self._held = self._held, []
        return held


def is_position(event: Event) -> bool:
    """Whether the msgid of this event is a point to go on from: what was said is on the server's disk."""
    return isinstance(event, Message | Edited) and event.msgid != ""

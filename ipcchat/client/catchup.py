"""From the last message seen in a channel to the present, without gap or double.

Rules:
1. While a channel catches up, what happens in it live is held back; when history has nothing newer it follows, minus
   what history had.
2. Pages are asked for after the newest msgid seen until a page has nothing new. Nothing is held twice: when too much
   is held, the held messages are let go, because history will have them.
3. When the server does not know the msgid (it was removed, or the server's data is another) the newest page is taken
   and a Gap says so. A gap is never silent.

4. What a server adds to a message it gives (draft/chathistory-context: a reaction, a redaction) is delivered with it
   and is no place to go on from, for it happened later.

Specification: IRCv3 draft/chathistory (https://ircv3.net/specs/extensions/chathistory), subcommands AFTER and LATEST.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum

from ipcchat.client.errors import CommandRefused
from ipcchat.client.events import Act, Addressed, Event, Message

# A day of a busy channel; who missed more is told so and continues at the present.
MISSED_MAX = 10_000
HELD_MAX = 10_000
SEEN_MAX = 32_768
RETRIES_MAX = 10
RETRY_SECONDS = 1.0
TRY_AGAIN = "TEMPORARILY_UNAVAILABLE"
CONTEXT_TAG = "draft/chathistory-context"


class Seen:
    """The msgids of the newest messages, so that none is delivered twice."""

    def __init__(self, entries_max: int = SEEN_MAX) -> None:
        self._entries_max = entries_max
        self._msgids: OrderedDict[str, None] = OrderedDict()

    def is_new(self, msgid: str) -> bool:
        """Whether this msgid was not seen before; it is from now on. Without a msgid every message is new."""
        if not msgid:
            return True
        if msgid in self._msgids:
            return False
        self._msgids[msgid] = None
        if len(self._msgids) > self._entries_max:
            self._msgids.popitem(last=False)
        return True


def identity(act: Act) -> str:
    """What makes an act the same one, live and in history; "" where the server does not say. Several acts may have
    one msgid when one thing that happened took several lines."""
    return act.msgid if isinstance(act, Addressed) or not act.msgid else f"{type(act).__name__} {act.msgid}"


class Phase(Enum):
    """How far a catch-up is."""

    AFTER = "asking for what came after the last message seen"
    LATEST = "asking for the newest page, because what came before is out of reach"
    DONE = "at the present"


class CatchUp:
    """One channel's catch-up. `anchor` is the point to go on from: "msgid=..." or "timestamp=..."."""

    def __init__(self, channel: str, anchor: str, page_size: int, seen: Seen) -> None:
        self.channel = channel
        self.anchor = anchor
        self.missed = 0
        self.phase = Phase.AFTER
        self._gap = ""
        self.retry_at: float | None = None
        self._page_size = page_size
        self._seen = seen
        self._retries = 0
        self._held: list[Event] = []

    @property
    def done(self) -> bool:
        """Whether the present is reached."""
        return self.phase is Phase.DONE

    def query(self) -> list[str]:
        """Parameters of the next CHATHISTORY."""
        self.retry_at = None
        if self.phase is Phase.LATEST:
            return ["LATEST", self.channel, "*", str(self._page_size)]
        return ["AFTER", self.channel, self.anchor, str(self._page_size)]

    def hold(self, event: Event) -> list[Event]:
        """Keep a live event for later; returns events that cannot be kept any longer and are delivered now."""
        self._held.append(event)
        if len(self._held) <= HELD_MAX:
            return []
        others = [held for held in self._held if not isinstance(held, Message)]
        self._held.clear()
        return others

    def page(self, acts: Sequence[Act]) -> list[Act]:
        """A page of history came; what in it is new."""
        fresh = [act for act in acts if self._seen.is_new(identity(act))]
        self.missed += sum(isinstance(act, Message) for act in fresh)
        newest = next((f"msgid={act.msgid}" for act in reversed(acts) if act.msgid and CONTEXT_TAG not in act.tags), "")
        if self.phase is Phase.LATEST or not newest or newest == self.anchor:
            self.phase = Phase.DONE
        elif self.missed >= MISSED_MAX:
            self._skip(f"more than {MISSED_MAX} messages were missed")
        self.anchor = newest or self.anchor
        return fresh

    def refused(self, refusal: CommandRefused, ticks: float) -> None:
        """The server did not give a page."""
        if refusal.code == TRY_AGAIN and self._retries < RETRIES_MAX:
            self._retries += 1
            self.retry_at = ticks + RETRY_SECONDS
        elif self.phase is Phase.AFTER and refusal.code != "INVALID_TARGET":
            self._skip(str(refusal))
        else:
            self._gap = str(refusal)
            self.phase = Phase.DONE

    def take_gap(self) -> str:
        """Why something may be missing, once; "" when nothing is."""
        gap, self._gap = self._gap, ""
        return gap

    def release(self) -> list[Event]:
        """What was held back, without what history had already."""
        held, self._held = self._held, []
        return [event for event in held if not isinstance(event, Act) or self._seen.is_new(identity(event))]

    def _skip(self, reason: str) -> None:
        """Give up the way there and take the newest page."""
        self._gap = reason
        self.phase = Phase.LATEST

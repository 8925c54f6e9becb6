"""What a Chat reads of what was said before, and how far it has read.

Rules:
1. Everything here is there when the server has the capability for it; else the call is refused by name, at once.
2. A message of the past comes with the text that it has now; only `past` gives it as it was, with its edits behind it.
3. A point of history is named by a msgid, or by a time where the server's MSGREFTYPES has no msgid. By times, what was
   said in the same millisecond as the end of a page is not on the next one.

Specifications: IRCv3 draft/chathistory, draft/read-marker, soju.im/search, docs/catch-up.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ipcchat.client.capabilities import PLAYBACK
from ipcchat.client.catchup import CONTEXT_TAG
from ipcchat.client.errors import CommandRefused
from ipcchat.client.events import Act, Edited, Message
from ipcchat.client.hearing import hear_past
from ipcchat.client.hearing.messages import read_until
from ipcchat.client.missed import CAPABILITY as CATCH_UP
from ipcchat.client.missed import Missed, read_missed
from ipcchat.client.running import Running, now
from ipcchat.wire import message as wire
from ipcchat.wire.times import TIME_MAX, format_time

SEARCH = "soju.im/search"
READ_MARKER = "draft/read-marker"
TARGETS_MAX = 100
PAGE_ACTS = 100
POINTS = ("msgid=", "timestamp=")


@dataclass(frozen=True, slots=True)
class HistoryTarget:
    """A channel, or a person whom we wrote with, and when the latest message there was said."""

    name: str
    latest: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the history of one place: `acts`, oldest first. What the server adds to an act (an edit, a reaction, a
    redaction of it) stands behind it and has happened later.

    `begins` and `ends` are the points of the first and the last act, for the next `past`; "" when there is none.
    `more_before` and `more_after` say whether there is something beyond them; None when only asking will tell.
    """

    acts: list[Act]
    begins: str
    ends: str
    more_before: bool | None
    more_after: bool | None

    @classmethod
    def empty(cls) -> Page:
        """What is known of a place without history."""
        return cls([], "", "", False, False)


class PastCalls(Running):
    """The methods about the past. Each raises CommandRefused with the server's reason (also when the server has no such
    thing), TimedOut, ChatClosed."""

    async def history(self, target: str, limit: int = 50, *, before: str = "", after: str = "") -> list[Message]:
        """At most `limit` messages of a channel, or of what we and a person wrote to each other, oldest first: the
        newest ones, or the last ones before the msgid `before`, or the first ones after the msgid `after`."""
        found: list[Act] = []
        wanted = limit
        while wanted > 0:
            page = await self.past(target, wanted, before=before, after=after)
            found = found + page.acts if after else page.acts + found
            wanted -= sum(isinstance(act, Message) for act in page.acts)
            if not page.begins:
                break
            before, after = ("", page.ends) if after else (page.begins, "")
        return messages_in(found)

    async def past(
        self,
        target: str,
        limit: int = PAGE_ACTS,
        *,
        before: Act | str = "",
        after: Act | str = "",
        around: Act | str = "",
    ) -> Page:
        """Everything that happened in a channel, or between us and a person, in one request: at most `limit` acts, less
        where the server gives less at once. The newest ones, or those before, after or around an act, a msgid, or a
        point that an earlier page begins or ends with.

        With `playback` there are joins, topics and the like among them, on servers that keep them."""
        self._require_history()
        count = min(limit, self._view.support.history_limit)
        verb, place = next(
            (pair for pair in (("BEFORE", before), ("AFTER", after), ("AROUND", around)) if pair[1]), ("LATEST", "")
        )
        point = self._point(place) if place else "*"
        lines = await self.command("CHATHISTORY", verb, target, point, str(count))
        acts = [act for act in hear_past(self._view, target, lines, now().wall) if isinstance(act, Act)]
        return self._page(verb, point, count, [line for line in lines if CONTEXT_TAG not in line.tags], acts)

    async def targets(
        self, limit: int = TARGETS_MAX, *, after: datetime | None = None, before: datetime | None = None
    ) -> list[HistoryTarget]:
        """Where something was said: channels and people, at most `limit`, the earliest first; with `after` and
        `before` those whose latest message was said between these times, and where `after` is the later one the last of
        them."""
        self._require_history()
        points = [timestamp(after, 0), timestamp(before, TIME_MAX)]
        lines = await self.command("CHATHISTORY", "TARGETS", *points, str(limit))
        rows = (line.params for line in lines if line.command.upper() == "CHATHISTORY" and len(line.params) >= 3)
        read = ((name, read_until(written)) for _, name, written, *_ in rows)
        return [HistoryTarget(name, latest) for name, latest in read if latest is not None]

    async def search(
        self,
        text: str = "",
        *,
        target: str = "",
        nick: str = "",
        after: datetime | None = None,
        before: datetime | None = None,
        limit: int = 50,
    ) -> list[Message]:
        """At most `limit` messages that have all these words, oldest first, of all that we may read: or of one channel
        or person (`target`), of one author (`nick`), of that time. How words match is the server's matter; IPC Chat
        knows "phrases in quotes" and beginnings*."""
        self._require(SEARCH, "the server has no search")
        attributes = {"text": text, "in": target, "from": nick, "limit": str(limit)}
        attributes |= {"after": moment(after), "before": moment(before)}
        words = wire.format_tags({name: value for name, value in attributes.items() if value})[1:-1]
        lines = await self.command("SEARCH", words)
        past = hear_past(self._view, target, lines, now().wall)
        return messages_in(act for act in past if isinstance(act, Act))

    async def pins(self, channel: str) -> list[Message]:
        """The messages that are pinned in a channel."""
        past = hear_past(self._view, channel, await self.command("PINS", channel), now().wall)
        return messages_in(act for act in past if isinstance(act, Act))

    async def mark_read(self, target: str, until: datetime) -> datetime | None:
        """Say up to when our user has read a channel or a person's messages: a message's `time`. Our other clients hear
        of it (ReadMarked). Returns up to when he has by now, which never goes back."""
        return await self._marked(target, f"timestamp={moment(until)}")

    async def read_marker(self, target: str) -> datetime | None:
        """Up to when our user has read a channel or a person's messages; None when nothing is known."""
        return await self._marked(target)

    async def catch_up(self, cursor: str, limit: int = 1_000, channels: Iterable[str] = ()) -> Missed:
        """What happened behind a cursor (a msgid, the `cursor` of an earlier answer, "*" for the beginning, "NOW"), at
        most `limit` things, in all our channels and conversations or in these `channels`, in their order. What we miss
        by a lost connection comes by itself; this is for programs that keep their place, see `Chat.subscribe`."""
        self._require(CATCH_UP, "the server has no catch-up")
        names = ",".join(channels)
        lines = await self.command("CATCHUP", cursor, str(limit), *([names] if names else []))
        missed = read_missed(self._view, lines, now().wall)
        if missed is None:
            raise CommandRefused("the server's answer has no end")
        return missed

    def _point(self, place: Act | str) -> str:
        """A place in the history as this server understands it. Raises CommandRefused when it cannot be found there."""
        by_msgid = self._view.support.history_by_msgid
        if isinstance(place, Act):
            return f"msgid={place.msgid}" if by_msgid and place.msgid else timestamp(place.time, 0)
        point = place if place.startswith(POINTS) else f"msgid={place}"
        if self.connected and not by_msgid and point.startswith("msgid="):
            raise CommandRefused("this server finds what was said by its time only")
        return point

    def _page(self, verb: str, point: str, count: int, rows: list[wire.Message], acts: list[Act]) -> Page:
        """A page of what the server gave: `rows` are the lines of it that are not there for the sake of others."""
        places = [self._point(act) for act in acts if CONTEXT_TAG not in act.tags]
        begins, ends = (places[0], places[-1]) if places else ("", "")
        earlier, given = count_until(point, rows)
        if verb == "AROUND":
            half = (count - 1) // 2
            before, after = self._more(earlier, half), self._more(given - earlier - 1, half)
        else:
            before = verb == "AFTER" or self._more(given, count)
            after = verb == "BEFORE" or (verb == "AFTER" and self._more(given, count))
        return Page(acts, begins, ends, before if given else verb == "AFTER", after if given else verb == "BEFORE")

    def _more(self, given: int, count: int) -> bool | None:
        """Whether there is more where so many were given of so many that were asked for. A server may count what it
        does not show to who has no playback."""
        if given >= count:
            return True
        return False if PLAYBACK in self.capabilities else None

    async def _marked(self, target: str, *time: str) -> datetime | None:
        """One MARKREAD."""
        self._require(READ_MARKER, "the server keeps no read markers")
        lines = await self.command("MARKREAD", target, *time)
        rows = [line.params for line in lines if line.command.upper() == "MARKREAD" and len(line.params) >= 2]
        return read_until(rows[-1][1]) if rows else None

    def _require_history(self) -> None:
        if self.connected and not self.keeps_history:
            raise CommandRefused("the server keeps no history")

    def _require(self, capability: str, refusal: str) -> None:
        """Refuse by name what would be an unknown command."""
        if self.connected and capability not in self.capabilities:
            raise CommandRefused(refusal)


def messages_in(acts: Iterable[Act]) -> list[Message]:
    """The messages among acts of the past, with the text that each has by what follows it."""
    found: dict[int | str, Message] = {}
    for number, act in enumerate(acts):
        if isinstance(act, Message):
            found[act.msgid or number] = act
        elif isinstance(act, Edited) and act.original in found:
            found[act.original] = replace(found[act.original], text=act.text, edited=True)
    return list(found.values())


def count_until(point: str, rows: Iterable[wire.Message]) -> tuple[int, int]:
    """How many of the things in a page of history are before a point, and how many there are. Lines of one msgid are
    one thing."""
    things = {row.tags.get("msgid") or str(number): row.tags.get("time", "") for number, row in enumerate(rows)}
    kind, _, value = point.partition("=")
    if kind == "msgid" and value in things:
        return list(things).index(value), len(things)
    return sum(time < value for time in things.values()), len(things)


def moment(time: datetime | None) -> str:
    """A time as server-time writes it; "" for none."""
    return format_time(round(time.timestamp() * 1000)) if time is not None else ""


def timestamp(time: datetime | None, otherwise: int) -> str:
    """A point of history by its time; `otherwise` (Unix ms) where there is none."""
    return f"timestamp={moment(time) or format_time(otherwise)}"

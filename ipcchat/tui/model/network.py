"""A network: one server with its buffers, and what is known of it.

Rules:
1. `hear` is the only way in which what happens comes in; what each kind of event means stands in `hearing`. What calls
   for our user comes out as `Alert`s; whether he is disturbed by it is decided by who knows where he looks.
2. Names are the same by the server's casemapping. Where two buffers turn out to be one, nothing in them is lost, and
   the one that is looked at stays.
3. A notice of somebody we do not talk to stands in the server's own buffer, as in other clients.
4. Buffers that nobody looks at hold ENTRIES_TOGETHER_MAX in all; of more, each gets its share.
5. Times are those of a calendar that people use: see `plausible`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Protocol

from ipcchat.client.events import Event, Gap, Message
from ipcchat.client.people import Channel, Person
from ipcchat.dialogue.happenings import HAPPENINGS
from ipcchat.dialogue.nicks import naming
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Entry, Said, Told, Tone
from ipcchat.tui.model.hearing import MEANINGS, tone_of
from ipcchat.tui.model.past import entries_of
from ipcchat.tui.model.sight import Sight
from ipcchat.tui.model.state import State as State
from ipcchat.wire.casemap import MAPPINGS, FoldedDict

BUFFERS_MAX = 1_000
BUFFERS_FULL = f"{BUFFERS_MAX} places are open here; what is said in others stands below until some are closed"
ENTRIES_TOGETHER_MAX = 200_000
EVENTS_BETWEEN_SPARING = 1_000
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
# Clocks are wrong by hours, zones by less than a day.
AHEAD_MAX = timedelta(days=1)


class Server(Protocol):
    """What a network asks of the library's Chat."""

    @property
    def nick(self) -> str: ...
    @property
    def channels(self) -> Mapping[str, Channel]: ...
    @property
    def people(self) -> Mapping[str, Person]: ...
    @property
    def support(self) -> Mapping[str, str]: ...
    @property
    def capabilities(self) -> Mapping[str, str]: ...
    @property
    def asked_channels(self) -> Collection[str]: ...
    @property
    def connected(self) -> bool: ...
    @property
    def keeps_history(self) -> bool: ...
    @property
    def takes_files(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that calls for our user: a message that names him, or is for him alone."""

    buffer: Buffer
    said: Said


class Network:
    """One server. `chat` is the library's view of it, None before the first connection. `reads` says whether our user
    looks at a buffer's end just now; `words` call for him beside his nick, in any case; `opened` is told of each new
    buffer."""

    def __init__(
        self,
        name: str,
        reads: Callable[[Buffer], bool] = lambda buffer: False,
        words: Sequence[str] = (),
        opened: Callable[[Buffer], None] = lambda buffer: None,
    ) -> None:
        self.name = name
        self.chat: Server | None = None
        self.server = Buffer(name, name, Kind.SERVER, joined=True)
        self.buffers: FoldedDict[Buffer] = FoldedDict()
        self.state = State.CONNECTING
        self.reason = ""
        self.retry_at: datetime | None = None
        self.people_version = 0
        """Grows whenever somebody came, went, or is called otherwise."""
        self.places_version = 0
        """Grows whenever there is another buffer, or one less, or one has another name."""
        self.reads = reads
        self._opened = opened
        self.split: list[Buffer] = []
        """The channels in which a netsplit that is not told yet was seen."""
        self._words = tuple(words)
        self._calling: tuple[str | None, re.Pattern[str] | None] = (None, None)
        self._away_told: FoldedDict[str] = FoldedDict()
        self._alerts: list[Alert] = []
        self._now: datetime | None = None
        self._heard = 0
        self._is_full = False

    # What is there.

    @property
    def nick(self) -> str:
        """Our nick; "" before we have one."""
        return self.chat.nick if self.chat is not None else ""

    @property
    def all_buffers(self) -> Iterable[Buffer]:
        """The server's own buffer and all others, in no order that means anything."""
        return chain((self.server,), self.buffers.values())

    def offers(self, capability: str) -> bool:
        """Whether the server has a capability that we use; where it has not, the feature is hidden."""
        return self.chat is not None and capability in self.chat.capabilities

    @property
    def takes_files(self) -> bool:
        """Whether files can be uploaded to the server; where not, that is hidden."""
        return self.chat is not None and self.chat.takes_files

    def is_channel(self, name: str) -> bool:
        """Whether this is a channel's name on this server."""
        prefixes = self.chat.support.get("CHANTYPES", "#&") if self.chat is not None else "#&"
        return name[:1] != "" and name[0] in prefixes

    def places_of(self, gap: Gap) -> list[Buffer]:
        """The buffers in which something may be missing."""
        if gap.channel == "*":
            return [buffer for buffer in self.buffers.values() if buffer.kind is Kind.CHANNEL and buffer.joined]
        named = self.buffers.find(gap.channel)
        return [named] if named is not None else []

    def has(self, buffer: Buffer) -> bool:
        """Whether a buffer is one of this network."""
        return buffer is self.server or self.buffers.find(buffer.name) is buffer

    def buffer(self, name: str) -> Buffer:
        """The buffer of a channel or person, made when there is none. Beyond BUFFERS_MAX everything new stands in the
        server's own, and that is said."""
        found = self.buffers.find(name)
        if found is not None or not name:
            return found or self.server
        if len(self.buffers) >= BUFFERS_MAX:
            self._say_full()
            return self.server
        kind = Kind.CHANNEL if self.is_channel(name) else Kind.PERSON
        found = self.buffers[name] = Buffer(self.name, name, kind, joined=kind is Kind.PERSON)
        self.places_version += 1
        self._opened(found)
        return found

    def close(self, buffer: Buffer) -> None:
        """A buffer is shown no longer; the server's own always is."""
        if self.buffers.find(buffer.name) is buffer:
            del self.buffers[buffer.name]
            self.places_version += 1
            self._is_full = False

    def channel(self, buffer: Buffer) -> Channel | None:
        """What the library knows of a buffer's channel, while we are in it."""
        return self.chat.channels.get(buffer.name) if self.chat is not None and buffer.kind is Kind.CHANNEL else None

    def is_mention(self, message: Message) -> bool:
        """Whether a message calls for us: it is for us alone, or has our nick or one of our words."""
        if message.mine or message.kind == "notice":
            return False
        if message.channel is None and not message.context:
            return True
        if self._calling[0] != (nick := self.nick):
            names = [name for name in (nick, *self._words) if name]
            self._calling = (nick, naming(names) if names else None)
        calling = self._calling[1]
        return calling is not None and calling.search(message.text) is not None

    def said(self, message: Message) -> Said:
        """A message as an entry."""
        return Said(time=message.time, message=message, mentions=self.is_mention(message))

    def judge(self, said: Said) -> None:
        """Whether a message mentions us by the text that it has now."""
        if said.edited_at is not None:
            said.mentions = self.is_mention(said.message)

    # What happens.

    def hear(self, event: Event, now: datetime) -> list[Alert]:
        """Take in an event; what calls for our user."""
        self._alerts, self._now = [], now
        meaning = MEANINGS.get(type(event))
        event = self.timely(event)
        if meaning is not None:
            meaning(self, event, now)
        else:
            self.tell(event)
        self._heard += 1
        if self._heard % EVENTS_BETWEEN_SPARING == 0:
            self.spare()
        return self._alerts

    def tell(self, event: Event) -> None:
        """Say in a sentence what happened, where it belongs."""
        for buffer in self.places(event):
            self.tell_in(buffer, event)

    def tell_in(self, buffer: Buffer, event: Event) -> None:
        """Say in a sentence what happened, in this buffer."""
        show = HAPPENINGS.get(type(event))
        if show is not None and (text := show(Sight(buffer, self._away_told), event)):
            buffer.timeline.add(Told(time=event.time, text=text, tone=tone_of(event)))

    def note(self, buffer: Buffer, text: str, time: datetime, tone: Tone = Tone.NOTICE) -> None:
        """Words of our own, in a buffer."""
        buffer.timeline.add(Told(time=time, text=text, tone=tone, own=True))

    def alert(self, buffer: Buffer, said: Said) -> None:
        """This message calls for our user."""
        self._alerts.append(Alert(buffer, said))

    def past(self, acts: Iterable[Event], buffer: Buffer | None = None) -> list[Entry]:
        """What history tells of one place, as entries: messages with what was done to them since, and what happened.
        What was done to messages that are not among them is done to those of the `buffer`, now or when they are
        loaded."""
        return entries_of(self, map(self.timely, acts), buffer)

    def timely(self, event: Event) -> Event:
        """An event with a plausible time."""
        time = self.plausible(event.time)
        return event if time is event.time else replace(event, time=time)

    def plausible(self, time: datetime) -> datetime:
        """A time that is not before computers, nor later than a day from now: whatever a server says, what is read
        there must not hide what is said tomorrow, and every zone's calendar must have it."""
        latest = self._now + AHEAD_MAX if self._now is not None else LATEST
        return min(max(time, EARLIEST), latest)

    # Where something belongs.

    def place_of(self, message: Message) -> Buffer:
        """The buffer in which a message stands."""
        if name := message.channel or message.context:
            return self.buffer(name)
        if message.kind == "notice" and not message.mine and message.place not in self.buffers:
            return self.server
        return self.buffer(message.place)

    def places(self, event: Event) -> list[Buffer]:
        """Where a sentence about an event belongs: where it names a place that is open, else in the server's own."""
        names = (getattr(event, field, None) for field in ("channel", "new", "nick"))
        words = (*names, *getattr(event, "context", ()), *getattr(event, "params", ())[:1])
        found = (self.buffers.find(name) for name in words if isinstance(name, str))
        return [next((buffer for buffer in found if buffer is not None), self.server)]

    def rooms_of(self, nick: str, channels: Iterable[str] | None = None) -> list[Buffer]:
        """The buffers in which it matters what somebody does: channels, named or by their members, and his own."""
        if channels is None:
            rooms = self.chat.channels if self.chat is not None else {}
            channels = [name for name, room in rooms.items() if nick in room.members]
        found = (self.buffers.find(name) for name in (*channels, nick))
        return list(dict.fromkeys(buffer for buffer in found if buffer is not None))

    def rename(self, old: str, new: str) -> Buffer | None:
        """A channel or person has another name, and so has the buffer; None when there is none."""
        buffer = self.buffers.find(old)
        if buffer is None:
            return None
        del self.buffers[old]
        return self._put(buffer, new)

    def refold(self) -> None:
        """Tell names apart as the server does from now on (005 CASEMAPPING)."""
        mapping = mapping_of(self.chat.support) if self.chat is not None else "ascii"
        if mapping == self.buffers.mapping:
            return
        buffers = list(self.buffers.values())
        self.buffers.clear()
        self.buffers.mapping = mapping
        self._away_told.refold(mapping)
        for buffer in buffers:
            self._put(buffer, buffer.name)

    def spare(self) -> None:
        """Let go of old entries where nobody looks, when all buffers together hold too much."""
        idle = [buffer for buffer in self.all_buffers if not buffer.shown]
        if sum(buffer.timeline.weight for buffer in idle) > ENTRIES_TOGETHER_MAX:
            for buffer in idle:
                buffer.trim(ENTRIES_TOGETHER_MAX // len(idle))

    def _put(self, buffer: Buffer, name: str) -> Buffer:
        """A buffer stands under this name from now on, together with the one that does already, see rule 2."""
        there = self.buffers.find(name)
        if there is not None:
            buffer, other = (buffer, there) if buffer.shown else (there, buffer)
            buffer.absorb(other)
        buffer.name = name
        self.buffers[name] = buffer
        self.places_version += 1
        return buffer

    def _say_full(self) -> None:
        """Say once that there are too many buffers."""
        if not self._is_full and self._now is not None:
            self.note(self.server, BUFFERS_FULL, self._now, Tone.WARNING)
        self._is_full = True


def mapping_of(support: Mapping[str, str]) -> str:
    """The casemapping of a server by what it said in 005, as the library has it (client.support)."""
    mapping = support.get("CASEMAPPING", "rfc1459" if support else "ascii")
    return mapping if mapping in MAPPINGS else "ascii"

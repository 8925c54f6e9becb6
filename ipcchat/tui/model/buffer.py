"""A buffer: one place where something is said, and how our user stands to it.

Rules:
1. Unread is what others said and our user has not read (`waiting`): what came while he did not look, and what history
   has behind the read marker. Who comes and goes never counts.
2. Before a marker is known, what was there when the first message came counts as read.
3. `line` is the time behind which the unread line stands: above the first message that waits to be read. When all is
   read it stays where it was, and is set anew when our user leaves.
4. A draft belongs to its buffer, with what it answers or changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import islice

from ipcchat.tui.model.entries import Coming, Comings, Said
from ipcchat.tui.model.timeline import ENTRIES_MAX, Edge, Timeline

SPEAKERS_MAX = 500
TYPING_SECONDS = {"active": 6.0, "paused": 30.0}
TYPING_MAX = 20
INPUTS_MAX = 500
# More is shown as "1000+".
WAITING_MAX = 1_000
# How long somebody who spoke is missed when he goes, and how long after he came somebody who speaks was worth telling
# of: as WeeChat's smart filter has them.
KNOWN_SECONDS = 15 * 60.0
NEW_SECONDS = 30 * 60.0
# What a client or bouncer repeats of the past is older than this.
LIVE_SECONDS = 60.0
TRIMMED_AT_ONCE = 5_000
INSTANT = timedelta(microseconds=1)


class Kind(Enum):
    """What a buffer is about."""

    SERVER = "what the server says"
    CHANNEL = "a channel"
    PERSON = "a conversation with one person"


@dataclass(slots=True)
class Draft:
    """What was typed and not sent: the text, where the cursor is (characters), and the message that it answers or
    changes."""

    text: str = ""
    cursor: int = 0
    answers: Said | None = None
    changes: Said | None = None


@dataclass(slots=True, eq=False)
class Buffer:
    """One place of the network `network` (its name in the list). `name` is the channel or nick as the server writes it,
    the network's name for the server's own buffer.

    `has_past`: the server keeps what is said here, for all we know. `joined`: we are in the channel. `shown`: our user
    looks at it, perhaps at an older part. `unread` and `mentions` count what waits to be read, `marker` is up to when
    all was read. `speakers` is when each nick spoke last, in that order; `newcomers` is where it stands that somebody
    came who has not spoken since; `typing` is until when each nick types.
    """

    network: str
    name: str
    kind: Kind
    timeline: Timeline = field(default_factory=Timeline)
    has_past: bool = True
    joined: bool = False
    shown: bool = False
    muted: bool = False
    unread: int = 0
    mentions: int = 0
    marker: datetime | None = None
    line: datetime | None = None
    draft: Draft = field(default_factory=Draft)
    inputs: list[str] = field(default_factory=list)
    speakers: dict[str, datetime] = field(default_factory=dict)
    newcomers: dict[str, tuple[Comings, Coming]] = field(default_factory=dict)
    typing: dict[str, datetime] = field(default_factory=dict)
    waiting: list[Said] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How it is called in lists; as it was sent."""
        return self.name

    @property
    def unread_text(self) -> str:
        """How much waits to be read: "3", "100+" when there is more than is loaded or counted, "" for nothing."""
        entries, marker = self.timeline.entries, self.marker
        begins_unread = marker is not None and entries != [] and entries[0].time > marker
        more = self.unread >= WAITING_MAX or (begins_unread and self.timeline.above is not Edge.END)
        return f"{self.unread}{'+' if more else ''}" if self.unread else ""

    # What is said here.

    def heard(self, said: Said, now: datetime, *, read: bool) -> bool:
        """Somebody said something here; `read`: our user looks at it just now. Whether it is news: not ours, and not
        read by another client of ours."""
        self.spoke(said)
        message = said.message
        self.typing.pop(message.nick, None)
        if message.mine or said.removed_by or self._was_read(said, now):
            return False
        if not read:
            self._wait_for(said)
        return True

    def spoke(self, said: Said) -> None:
        """Somebody said something, now or in the past: he is known here, and that he came was worth telling."""
        nick = said.message.nick
        self.speakers.pop(nick, None)
        self.speakers[nick] = said.time
        if len(self.speakers) > SPEAKERS_MAX:
            del self.speakers[next(iter(self.speakers))]
        if nick in self.newcomers:
            self._make_known(nick, said.time)

    def knows(self, nick: str, now: datetime) -> bool:
        """Whether somebody has spoken here lately."""
        spoke = self.speakers.get(nick)
        return spoke is not None and (now - spoke).total_seconds() <= KNOWN_SECONDS

    def came(self, coming: Coming) -> None:
        """Somebody came or went."""
        self.typing.pop(coming.nick, None)
        told = self.timeline.came(coming)
        if coming.verb == "left":
            self.newcomers.pop(coming.nick, None)
        elif coming.verb == "joined" and told is not None and not coming.known:
            self.newcomers[coming.nick] = (told, coming)
            if len(self.newcomers) > SPEAKERS_MAX:
                del self.newcomers[next(iter(self.newcomers))]

    def renamed(self, old: str, new: str) -> None:
        """Somebody has another nick."""
        names: dict[str, datetime]
        for names in (self.speakers, self.typing):
            if old in names:
                names[new] = names.pop(old)
        if old in self.newcomers:
            self.newcomers[new] = self.newcomers.pop(old)

    def types(self, nick: str, until: datetime | None, now: datetime) -> None:
        """Somebody types here until then; None: no longer. Beyond TYPING_MAX nobody more is told of."""
        self.typing = {name: end for name, end in self.typing.items() if end > now and name != nick}
        if until is not None and len(self.typing) < TYPING_MAX:
            self.typing[nick] = until

    def active_typing(self, now: datetime) -> list[str]:
        """Who types just now, who began first before the others."""
        return [nick for nick, until in self.typing.items() if until > now]

    # What was read.

    def read(self) -> datetime | None:
        """Everything here was read just now; up to when, if that is news for others."""
        latest = self._latest()
        self._set_waiting([])
        if latest is None or (self.marker is not None and latest <= self.marker):
            return None
        self.marker = latest
        return latest

    def read_until(self, until: datetime | None) -> bool:
        """Up to there it was read, here or by another client; whether that is news."""
        if until is None or (self.marker is not None and until <= self.marker):
            return False
        self.marker = until
        self.count()
        return True

    def count(self) -> None:
        """Count anew what was not read; to be called when history was loaded or the marker has moved."""
        marker = self.marker
        if marker is None:
            self._set_waiting(self.waiting)
            return
        loaded = self._loaded_behind(marker)
        others = [said for said in self.waiting if said.time > marker and not self._is_loaded(said)]
        self._set_waiting([*loaded, *others])
        if self.waiting:
            self.line = self.waiting[0].time - INSTANT
        elif not self.shown:
            self.line = marker

    def recount(self, said: Said) -> None:
        """A message that may wait to be read was changed or deleted."""
        if said in self.waiting:
            self._set_waiting(self.waiting)

    def left(self) -> None:
        """Nobody looks at it any more: the unread line stands where he left, and old entries may go."""
        self.shown = False
        self.line = self.waiting[0].time - INSTANT if self.waiting else self.marker
        self.trim()

    # Keeping it small.

    def trim(self, most: int = ENTRIES_MAX) -> None:
        """Let go of the oldest entries when what is loaded weighs too much."""
        if self.timeline.weight > most + min(TRIMMED_AT_ONCE, most // 10):
            self.timeline.trim_to_weight(most)

    def typed(self, text: str) -> None:
        """Something was sent from here: it can be brought back."""
        if text and (not self.inputs or self.inputs[-1] != text):
            self.inputs.append(text)
            del self.inputs[:-INPUTS_MAX]

    def absorb(self, other: Buffer) -> None:
        """Another buffer turns out to be about the same: everything in it stands here from now on. Who still holds the
        other one sees the same timeline."""
        self.timeline.absorb(other.timeline)
        self.joined = self.joined or other.joined
        self.muted = self.muted and other.muted
        self.marker = max(filter(None, (self.marker, other.marker)), default=None)
        self.draft = self.draft if self.draft.text else other.draft
        self.inputs = [*other.inputs, *self.inputs][-INPUTS_MAX:]
        spoke = sorted([*other.speakers.items(), *self.speakers.items()], key=lambda pair: pair[1])
        self.speakers = dict(spoke[-SPEAKERS_MAX:])
        self._set_waiting([*self.waiting, *other.waiting])
        other.timeline = self.timeline

    def _was_read(self, said: Said, now: datetime) -> bool:
        """Whether another client of ours has read it before it came here. What is said at this moment was read nowhere,
        whatever the clocks say."""
        late = said.message.missed or (now - said.time).total_seconds() > LIVE_SECONDS
        return late and self.marker is not None and said.time <= self.marker

    def _wait_for(self, said: Said) -> None:
        """A message waits to be read."""
        if not self.waiting:
            self.line = said.time - INSTANT
        self.waiting.append(said)
        self.unread += 1
        self.mentions += said.mentions
        if len(self.waiting) > WAITING_MAX:
            gone = self.waiting.pop(0)
            self.unread -= 1
            self.mentions -= gone.mentions

    def _set_waiting(self, waiting: Iterable[Said]) -> None:
        """These wait to be read, without what was deleted; the latest WAITING_MAX."""
        standing = (said for said in waiting if not said.removed_by)
        self.waiting = sorted(standing, key=lambda said: said.time)[-WAITING_MAX:]
        self.unread = len(self.waiting)
        self.mentions = sum(said.mentions for said in self.waiting)

    def _latest(self) -> datetime | None:
        """When somebody else said something last, as far as known."""
        if self.waiting:
            return max(said.time for said in self.waiting)
        recent = islice(self.timeline.said_backwards(), WAITING_MAX)
        return next((said.time for said in recent if not said.message.mine), None)

    def _is_loaded(self, said: Said) -> bool:
        """Whether a message is in the timeline, perhaps as another entry because it was let go meanwhile."""
        found = self.timeline.find(said.message.msgid) or said
        return self.timeline.index(found) is not None

    def _loaded_behind(self, marker: datetime) -> list[Said]:
        """What others said behind a time, as far as it is loaded; the latest WAITING_MAX, oldest first."""
        found: list[Said] = []
        for said in self.timeline.said_backwards():
            if said.time <= marker or len(found) == WAITING_MAX:
                break
            if not said.message.mine:
                found.append(said)
        return found[::-1]

    def _make_known(self, nick: str, spoke: datetime) -> None:
        """Somebody speaks soon after he came: he is shown among those who came."""
        told, coming = self.newcomers.pop(nick)
        if (spoke - coming.time).total_seconds() > NEW_SECONDS:
            return
        told.people = [replace_known(other) if other is coming else other for other in told.people]
        told.changed()
        self.timeline.version += 1


def replace_known(coming: Coming) -> Coming:
    """Somebody who came and is known."""
    return Coming(coming.time, coming.nick, coming.verb, coming.reason, known=True)

"""What was said in one place, as far as it is loaded: a window of the history that the server has.

Rules:
1. Entries stand in the order that everybody sees. Their numbers are contiguous: `entries[n].number == first + n`; older
   ones get smaller numbers, so that who holds an entry can find it again whatever comes before it.
2. A msgid is one message, wherever it came from: live, from history, or as the echo of what we sent.
3. What we sent and nobody has confirmed stands behind everything else (`pending`). Its echo is the message: by that it
   moves to its place, in the order that everybody sees.
4. The window is either `live` (its end is the present, and what happens is added) or not (somebody looks at an older
   part). Then what happens is counted, and held until the window reaches it (`beyond`).
5. At most ENTRIES_MAX are loaded while somebody reads along: older ones are let go (`trim_above`), and can be asked for
   again. While he looks at older ones nothing is taken from him; at twice that number the window is live no longer.
6. A change of a message that is not loaded waits for it (`changes`).
7. Words of our own are in no history: they stay when the latest page is loaded in the place of what is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from heapq import merge

from ipcchat.client.events import Edited, Message, Reaction, Redacted
from ipcchat.tui.local_time import local
from ipcchat.tui.model import changes
from ipcchat.tui.model.beyond import Beyond
from ipcchat.tui.model.changes import Change, Unplaced
from ipcchat.tui.model.entries import Coming, Comings, Delivery, Entry, Hole, Said, Told
from ipcchat.tui.model.quotes import Quotes, quotation
from ipcchat.wire.casemap import fold

ENTRIES_MAX = 100_000
COMINGS_TOGETHER_MAX = 200
# Messages that the server has confirmed before their echo was heard.
CONFIRMED_MAX = 100
OWN_WORDS_MAX = 100
# A longer text, and many reactions, count as several entries.
ENTRY_CHARACTERS = 500
ENTRY_REACTORS = 10


class Edge(Enum):
    """What is known beyond an end of the window."""

    UNKNOWN = "nothing was asked yet"
    MORE = "there is more"
    ASKED = "more is on its way"
    END = "there is nothing more"


class Timeline:
    """The entries of one place. `version` grows with every change; `above` is what is known beyond the first entry and
    `below` beyond the last: END while the window is live. `arrived` is how many messages others said while it was not.
    `weight` is how much is loaded, in entries of ordinary length."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.pending: list[Said] = []
        self.above = Edge.UNKNOWN
        self.below = Edge.END
        self.version = 0
        self.arrived = 0
        self.weight = 0
        self._said: dict[str, Said] = {}
        self._edits: dict[str, str] = {}
        self._quotes = Quotes()
        self._unplaced = Unplaced()
        self._beyond = Beyond()
        self._confirmed: deque[tuple[str, ...]] = deque(maxlen=CONFIRMED_MAX)
        self._own: deque[Told] = deque(maxlen=OWN_WORDS_MAX)

    def __len__(self) -> int:
        return len(self.entries) + len(self.pending)

    def __iter__(self) -> Iterator[Entry]:
        yield from self.entries
        yield from self.pending

    @property
    def live(self) -> bool:
        """Whether the end of the window is the present."""
        return self.below is Edge.END

    @property
    def first(self) -> int:
        """The number of the first entry; 0 when there is none."""
        return self.entries[0].number if self.entries else 0

    @property
    def end(self) -> int:
        """The number behind the last confirmed entry."""
        return self.first + len(self.entries)

    def at(self, index: int) -> Entry:
        """An entry by its place, the pending ones last. Raises IndexError."""
        confirmed = len(self.entries)
        return self.entries[index] if index < confirmed else self.pending[index - confirmed]

    def index(self, entry: Entry) -> int | None:
        """The place of an entry; None when it is not loaded any more."""
        place = entry.number - self.first
        if 0 <= place < len(self.entries) and self.entries[place] is entry:
            return place
        return next((len(self.entries) + n for n, said in enumerate(self.pending) if said is entry), None)

    def find(self, msgid: str) -> Said | None:
        """A message by its msgid, or by that of one of its edits; None when it is not known here."""
        return self._said.get(self._edits.get(msgid, msgid)) or self._beyond.find(msgid) if msgid else None

    def last_by(self, wanted: str, mapping: str = "ascii") -> Said | None:
        """The last message of somebody, in the server's casemapping; None when there is none."""
        folded = fold(wanted, mapping)
        return next((said for said in self.said_backwards() if fold(said.message.nick, mapping) == folded), None)

    def said_backwards(self) -> Iterator[Said]:
        """The messages that stand, the latest first; the pending ones not."""
        return (entry for entry in reversed(self.entries) if isinstance(entry, Said) and not entry.removed_by)

    def first_after(self, time: datetime | None) -> int | None:
        """The place of the first message of somebody else behind a time; None when there is none, or no time."""
        if time is None:
            return None
        found = None
        for place in range(len(self.entries) - 1, -1, -1):
            entry = self.entries[place]
            if not isinstance(entry, Said):
                continue
            if entry.time <= time:
                break
            if not entry.message.mine:
                found = place
        return found

    # What happens.

    def add(self, entry: Entry) -> bool:
        """Something happened just now. False when it is known already, or the window is not live and it is only
        counted."""
        if isinstance(entry, Said) and self.find(entry.message.msgid) is not None:
            return False
        self.version += 1
        if self.weight >= 2 * ENTRIES_MAX and self.live:
            self.below = Edge.MORE
        if not self.live:
            self.arrived += isinstance(entry, Said) and not entry.message.mine
            self._beyond.hold(entry)
            return False
        self._append(entry)
        return True

    def came(self, coming: Coming) -> Comings | None:
        """Somebody came or went; where that stands, None when the window is not live."""
        last = self.entries[-1] if self.entries else None
        if self.live and isinstance(last, Comings) and may_join(last, coming):
            last.people.append(coming)
            last.changed()
            self.version += 1
            return last
        entry = Comings(time=coming.time, people=[coming])
        return entry if self.add(entry) else None

    def miss(self, time: datetime, reason: str) -> None:
        """Something may be missing here; said once for one reason."""
        last = self.entries[-1] if self.entries else None
        if not (isinstance(last, Hole) and last.reason == reason):
            self.add(hole(time, reason))

    # What is done to messages.

    def change(self, change: Change) -> Said | None:
        """A message has another text, a reaction, or is deleted; the message, where it is loaded."""
        said = self.find(changes.changed_id(change))
        if said is None:
            self._unplaced.keep(change)
            return None
        weight, edits, loaded = weight_of(said), said.edits, said.message.msgid in self._said
        if not apply(said, change):
            return None
        if loaded:
            self.weight += weight_of(said) - weight
            self._know_edits(said, edits)
            self._quotes.renew(said)
        said.changed()
        self.version += 1
        if isinstance(change, Edited):
            self._catch_up(change.msgid)
        return said

    def edit(self, event: Edited) -> Said | None:
        """A message has another text; the message, where it is loaded."""
        return self.change(event)

    def react(self, event: Reaction) -> Said | None:
        """Somebody reacts, or takes it back; the message, where it is loaded."""
        return self.change(event)

    def remove(self, event: Redacted) -> Said | None:
        """A message was deleted; the message, where it is loaded."""
        return self.change(event)

    def changes_of_others(self) -> list[Change]:
        """The changes of messages that are not loaded here; they are not kept here any longer."""
        return self._unplaced.take_all()

    # What we send.

    def send(self, message: Message) -> Said:
        """A message of ours is on its way."""
        said = Said(time=message.time, message=message, delivery=Delivery.PENDING, number=self.end + len(self.pending))
        if (answered := self.find(message.reply_to)) is not None:
            said.quoted = quotation(answered)
        self.pending.append(said)
        self.version += 1
        return said

    def confirm(self, said: Said, message: Message | None) -> None:
        """The server has it, as this message (None: nobody knows which). Its echo is what stands in the timeline: when
        it was not heard yet, it will be in a moment."""
        self.drop(said)
        if message is not None and self.find(message.msgid) is None and said.delivery is Delivery.PENDING:
            self._confirmed.append(echo_of(message))

    def echo(self, message: Message) -> bool:
        """What we sent comes back, in its place. False when nothing pending is meant by it: then it is a message like
        any other."""
        echo = echo_of(message)
        if echo in self._confirmed:
            self._confirmed.remove(echo)
            return False
        for said in self.pending:
            sent = said.message
            if said.delivery is Delivery.PENDING and (sent.text, sent.kind) == (message.text, message.kind):
                self.pending.remove(said)
                said.message, said.delivery, said.time = message, Delivery.CONFIRMED, message.time
                said.changed()
                self.add(said)
                return True
        return False

    def refuse(self, said: Said, reason: str) -> None:
        """The server will not have it. It stays, so that it can be sent again or taken back."""
        said.delivery, said.refusal = Delivery.FAILED, reason
        said.changed()
        self.version += 1

    def drop(self, said: Said) -> None:
        """Take a pending message away."""
        if said in self.pending:
            self.pending.remove(said)
            self.version += 1

    # What was loaded.

    def load_above(self, entries: Sequence[Entry], more: bool) -> int:
        """Older entries, oldest first, before the first one; how many of them were new."""
        fresh = self._new_of(entries)
        for place, entry in enumerate(fresh, self.first - len(fresh)):
            entry.number = place
        self.entries[:0] = fresh
        for entry in fresh:
            self._note(entry)
        self.above = Edge.MORE if more else Edge.END
        self.version += 1
        return len(fresh)

    def load_below(self, entries: Sequence[Entry], more: bool) -> int:
        """Newer entries behind the last one of a window that is not live; how many of them were new. Without `more` it
        is live again, with what happened meanwhile."""
        fresh = self._new_of(entries)
        for entry in fresh:
            self._append(entry)
        self.below = Edge.MORE if more else Edge.END
        if self.live:
            self._join_present()
        self.version += 1
        return len(fresh)

    def show(self, entries: Sequence[Entry], *, above: Edge, below: Edge) -> None:
        """Another window: these entries and nothing else but what is pending; in a live one our own words, too."""
        self._own += [entry for entry in self.entries if isinstance(entry, Told) and entry.own]
        if below is Edge.END:
            since = entries[0].time if entries and above is not Edge.END else datetime.min.replace(tzinfo=UTC)
            entries = list(merge(entries, [own for own in self._own if own.time >= since], key=time_of))
            self._own.clear()
        self.entries, self._said, self._edits, self._quotes, self.weight = [], {}, {}, Quotes(), 0
        self.load_below(entries, more=below is not Edge.END)
        self.above = above
        if not self.live and below is not Edge.END:
            self.below = below

    def trim_above(self, keep: int) -> None:
        """Let go of the oldest entries but so many."""
        if (extra := len(self.entries) - keep) <= 0:
            return
        for entry in self.entries[:extra]:
            self._forget(entry)
        del self.entries[:extra]
        self.above = Edge.MORE
        self.version += 1

    def trim_to_weight(self, most: int) -> None:
        """Let go of the oldest entries until what is loaded weighs no more than that."""
        kept = weight = 0
        for entry in reversed(self.entries):
            weight += weight_of(entry)
            if weight > most:
                break
            kept += 1
        self.trim_above(kept)

    def absorb(self, other: Timeline) -> None:
        """Another place turns out to be this one: its entries stand among ours, by their time."""
        first, theirs = self.first, self._new_of(other.entries)
        self.entries = list(merge(self.entries, theirs, key=time_of))
        for number, entry in enumerate(self.entries, first):
            entry.number = number
        for entry in theirs:
            self._note(entry)
        self.pending += other.pending
        self.above = self.above if self.above is other.above else Edge.MORE
        if not other.live:
            self.below = Edge.MORE
        self.version += 1

    def _append(self, entry: Entry) -> None:
        entry.number = self.end
        self.entries.append(entry)
        self._note(entry)

    def _new_of(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries that are not loaded yet, each msgid once. What was heard since is the same entry: it may wait to
        be read."""
        seen: set[str] = set()
        fresh: list[Entry] = []
        for entry in entries:
            msgid = entry.message.msgid if isinstance(entry, Said) else ""
            if msgid and (msgid in seen or self._edits.get(msgid, msgid) in self._said):
                continue
            seen.add(msgid)
            fresh.append(self._beyond.find(msgid) or entry)
        return fresh

    def _note(self, entry: Entry) -> None:
        """An entry is loaded: a message is known by its msgid, quotes what it answers and is quoted by its answers."""
        self.weight += weight_of(entry)
        if not isinstance(entry, Said):
            return
        message = entry.message
        if message.msgid:
            self._said[message.msgid] = entry
            self._know_edits(entry)
            self._quotes.renew(entry)
            self._catch_up(message.msgid)
        if message.reply_to:
            self._quotes.quote(entry, self.find(message.reply_to))

    def _know_edits(self, said: Said, before: Sequence[str] = ()) -> None:
        """A message is found by the msgids of its edits, too; `before` are those that it had."""
        for edit in before:
            if edit not in said.edits:
                self._edits.pop(edit, None)
        for edit in said.edits:
            self._edits[edit] = said.message.msgid

    def _catch_up(self, msgid: str) -> None:
        """Apply the changes that waited for this msgid."""
        for change in self._unplaced.take(msgid):
            self.change(change)

    def _forget(self, entry: Entry) -> None:
        """An entry is loaded no longer."""
        self.weight -= weight_of(entry)
        if not isinstance(entry, Said):
            return
        self._quotes.forget(entry)
        if entry.message.msgid:
            self._said.pop(entry.message.msgid, None)
            for edit in entry.edits:
                self._edits.pop(edit, None)

    def _join_present(self) -> None:
        """The window reaches the present: what happened beyond its end follows, unless too much did."""
        behind = self._beyond.take_behind(self.entries[-1].time if self.entries else None, self._said)
        if behind is None:
            self.below = Edge.MORE
            return
        self.arrived = 0
        for entry in behind:
            self._append(entry)


def time_of(entry: Entry) -> datetime:
    """When it was."""
    return entry.time


def apply(said: Said, change: Change) -> bool:
    """Do to a message what somebody did; whether that changed anything."""
    match change:
        case Edited():
            return changes.edit(said, change)
        case Reaction():
            return changes.react(said, change)
    return changes.remove(said, change)


def weight_of(entry: Entry) -> int:
    """How much an entry takes, in entries of ordinary length."""
    if not isinstance(entry, Said):
        return 1
    weight = 1 + len(entry.message.text) // ENTRY_CHARACTERS
    return weight + sum(map(len, entry.reactions.values())) // ENTRY_REACTORS if entry.reactions else weight


def echo_of(message: Message) -> tuple[str, ...]:
    """By what the echo of a message is known."""
    return (message.msgid,) if message.msgid else (message.kind, message.text)


def may_join(comings: Comings, coming: Coming) -> bool:
    """Whether who came or went may be told together with those before: on the same day, in a line of bounded length."""
    same_day = local(comings.time).date() == local(coming.time).date()
    return same_day and len(comings.people) < COMINGS_TOGETHER_MAX


def hole(time: datetime, reason: str) -> Hole:
    """An entry that says that something may be missing."""
    return Hole(time=time, reason=reason)

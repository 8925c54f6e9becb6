"""Which channels we want to be in, and the way back into them after a lost connection.

Rules:
1. A channel is wanted from the moment it is joined until we leave it, are kicked, or the server refuses it.
2. The newest msgid seen in each channel is its anchor; until a first message came it is the time we joined.
3. Coming back is complete when every wanted channel was joined or refused and has caught up; only then is `is_back`
   true.
4. What cannot be known is said with a Gap.
5. A channel that was renamed or that the server leads us to from another is followed.
6. Channels without a key are joined together, as many in one line as the server takes (TARGMAX). Where it has
   ipc-chat/catch-up, one request tells what was missed in all of them and in private (`missed`); then `cursor` is the
   anchor of everything. Else each channel catches up by itself (`catchup`).
7. Who was resumed is told his channels by the server, and joins those only that are not among them.

Specifications: RFC 2812 3.2.1, IRCv3 draft/chathistory, draft/channel-rename (CHANNEL_RENAMED); 470 as in Solanum;
docs/catch-up.md, docs/resume.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ipcchat.client import events
from ipcchat.client.answers import refusal_in
from ipcchat.client.catchup import CatchUp, Seen, identity
from ipcchat.client.errors import CommandRefused
from ipcchat.client.events import Event
from ipcchat.client.hearing import hear_past
from ipcchat.client.liveness import Moment
from ipcchat.client.missed import Sweep, is_position, read_missed
from ipcchat.client.session import Session
from ipcchat.client.standing import in_lines
from ipcchat.wire.casemap import FoldedDict
from ipcchat.wire.message import Message
from ipcchat.wire.times import format_time

RENAMES_FOLLOWED_MAX = 10
BROKEN_OFF = "the server's answer about it broke off"
NO_HISTORY = "this server keeps no history; what was said meanwhile is not known"


Answered = Callable[[list[Message], Moment], None]


class Presence:
    """The wanted channels of one Chat. `ask(message, answered)` sends a command on the present session; `emit`
    delivers an event."""

    def __init__(
        self, channels: dict[str, str], ask: Callable[[Message, Answered], None], emit: Callable[[Event], None]
    ) -> None:
        self.wanted: FoldedDict[str] = FoldedDict(channels)
        self.asked: FoldedDict[None] = FoldedDict(dict.fromkeys(channels))
        self.refusals: dict[str, CommandRefused] = {}
        self._ask = ask
        self._emit = emit
        self._session: Session | None = None
        self._anchors: FoldedDict[str] = FoldedDict()
        self._seen = Seen()
        self._joining: FoldedDict[None] = FoldedDict()
        self._catchups: FoldedDict[CatchUp] = FoldedDict()
        self.cursor = ""
        self._begun_at = ""
        self._sweep: Sweep | None = None
        self._again = False
        self._missed = 0
        self._followed = 0
        self.is_back = False

    def start(self, session: Session, again: bool, moment: Moment) -> None:
        """A session is registered: join what is wanted, catch up when it is not the first."""
        self._session, self._again, self._missed, self._followed = session, again, 0, 0
        for names in (self.asked, self.wanted, self._anchors, self._catchups, self._joining):
            names.refold(session.view.support.mapping)
        if again and self.cursor and (page_size := session.catch_up_limit):
            self._sweep = Sweep(self.cursor, page_size, self._seen)
        if session.resumed:
            self._await(self.wanted)
        else:
            self._join_all(session, self.wanted)
        self._finish_when_back(moment)

    def resumed(self, moment: Moment) -> None:
        """The server has told all channels that we are in, where it resumed us."""
        session = self._session
        if session is None or not session.resumed:
            return
        awaited, channels = list(self._joining), session.view.channels
        missing = {channel: self.wanted.get(channel, "") for channel in awaited if channel not in channels}
        self._join_all(session, missing)
        for channel in (channel for channel in awaited if channel not in missing):
            self._rejoined(channel, [], moment)

    def begins_at(self, cursor: str) -> None:
        """The server tells where what comes live begins; who has nothing yet goes on from there."""
        self._begun_at = cursor
        self.cursor = self.cursor or cursor

    def stop(self) -> None:
        """The connection is lost. What is held back is let go: history has it, and it is asked for again from the
        old anchor."""
        self._session = None
        self._joining.clear()
        self._catchups.clear()
        self._sweep = None
        self.is_back = False

    def tick(self, moment: Moment) -> None:
        """Ask again where the server could not answer a moment ago."""
        for catchup in list(self._catchups.values()):
            if catchup.retry_at is not None and moment.ticks >= catchup.retry_at:
                self._ask_for_page(catchup)
        sweep = self._sweep
        if sweep is not None and sweep.retry_at is not None and moment.ticks >= sweep.retry_at:
            self._ask_for_missed(sweep)

    def want(self, channel: str, key: str) -> None:
        """A channel is to be joined, now and after every reconnect."""
        self.wanted[channel], self.asked[channel] = key, None

    def forget(self, channel: str) -> None:
        """A channel is wanted no longer."""
        self.wanted.pop(channel, None)
        self.asked.pop(channel, None)
        self._anchors.pop(channel, None)
        self._catchups.pop(channel, None)

    def rename(self, old: str, new: str) -> None:
        """A channel has another name."""
        for names in (self.asked, self.wanted, self._anchors, self._catchups):
            move(names, old, new)
        if (catchup := self._catchups.get(new)) is not None:
            catchup.channel = new

    def hear(self, event: Event) -> None:
        """Deliver a live event, or hold it back while its channel catches up."""
        channel = getattr(event, "channel", None)
        if isinstance(event, events.ChannelRenamed):
            self.rename(event.old, event.new)
        if isinstance(event, events.Joined) and event.mine:
            self._entered(event)
        elif isinstance(event, events.Parted | events.Kicked) and event.mine:
            self.forget(event.channel)
            self._emit(event)
        elif channel is not None and channel in self._catchups:
            for released in self._catchups[channel].hold(event):
                self._emit(released)
        elif self._sweep is not None and (channel is not None or isinstance(event, events.Addressed)):
            for released in self._sweep.hold(event):
                self._emit(released)
        else:
            self._deliver(event)

    def _deliver(self, event: Event) -> None:
        """Hand an event to the program unless it is a message, or a redaction, that it had."""
        if not isinstance(event, events.Addressed | events.Redacted):
            self._emit(event)
        elif self._seen.is_new(identity(event)):
            self._note(event)
            self._emit(event)

    def _note(self, event: Event) -> None:
        """Remember how far we are."""
        if isinstance(event, events.Message) and event.channel is not None and event.msgid:
            self._anchors[event.channel] = f"msgid={event.msgid}"
        if self.cursor and is_position(event):
            self.cursor = getattr(event, "msgid", "")

    def _entered(self, event: events.Joined) -> None:
        """We are in a channel. Coming back into one is no news; a new one gets its anchor."""
        if event.channel in self._catchups or (self._again and event.channel in self._joining):
            return
        self.wanted.setdefault(event.channel, "")
        self._anchors[event.channel] = moment_before(event.time)
        if self.cursor and event.msgid and self._sweep is None:
            self.cursor = event.msgid
        self._emit(event)

    def _join_all(self, session: Session, wanted: Mapping[str, str]) -> None:
        """Join channels with their keys."""
        for channels, key in together(wanted, session.view.support.targets_of("JOIN")):
            self._join(channels, key)

    def _await(self, channels: Iterable[str]) -> None:
        """We shall be in these channels; prepare their catch-up."""
        for channel in channels:
            self._joining[channel] = None
            if self._again and self._sweep is None:
                self._prepare_catchup(channel)

    def _join(self, channels: Sequence[str], key: str) -> None:
        """Join wanted channels by one line."""
        self._await(channels)
        params = [",".join(channels), key] if key else [",".join(channels)]
        self._ask(Message("JOIN", params), lambda lines, moment: self._joined(channels, lines, moment))

    def _prepare_catchup(self, channel: str) -> None:
        """A channel is to catch up by itself, where the server keeps its history and we have a point to begin at."""
        assert self._session is not None
        if self._session.keeps_history and channel in self._anchors:
            page_size = self._session.view.support.history_limit
            self._catchups[channel] = CatchUp(channel, self._anchors[channel], page_size, self._seen)

    def _joined(self, channels: Sequence[str], lines: list[Message], moment: Moment) -> None:
        """The server answered a JOIN of several."""
        for channel in channels:
            others = [other for other in channels if other != channel]
            mine = lines
            if others and self._session is not None:
                mine = lines_about(channel, others, lines, self._session.view.support.same)
            self._rejoined(channel, mine, moment)

    def _rejoined(self, channel: str, lines: list[Message], moment: Moment) -> None:
        """The server answered the JOIN of a channel."""
        self._joining.pop(channel, None)
        refusal = refusal_in(lines)
        inside = self._session is not None and channel in self._session.view.channels
        if not inside and self._session is not None and (elsewhere := other_channel(channel, lines, refusal)):
            self._follow(channel, elsewhere, moment)
        elif not inside and refusal is not None:
            self._refused(channel, refusal, moment)
        elif channel in self._catchups:
            self._ask_for_page(self._catchups[channel])
        self._finish_when_back(moment)

    def _refused(self, channel: str, refusal: CommandRefused, moment: Moment) -> None:
        """The server does not let us in."""
        self.forget(channel)
        self.refusals[channel] = refusal
        if self._again:
            self._emit(events.Gap(time=moment.wall, channel=channel, reason=str(refusal)))

    def _follow(self, channel: str, elsewhere: str, moment: Moment) -> None:
        """The channel has another name now, or the server has let us into another one."""
        assert self._session is not None
        if elsewhere in self._session.view.channels:
            self.forget(channel)
            reason = f"the server leads to {elsewhere} from there"
            if self._again:
                self._emit(events.Gap(time=moment.wall, channel=channel, reason=reason))
        elif self._followed < RENAMES_FOLLOWED_MAX:
            self._followed += 1
            self.rename(channel, elsewhere)
            self._catchups.pop(elsewhere, None)
            self._emit(events.ChannelRenamed(time=moment.wall, old=channel, new=elsewhere, by="", missed=True))
            self._join([elsewhere], self.wanted[elsewhere])
        else:
            self._refused(channel, CommandRefused(f"{channel} is renamed again and again"), moment)

    def _ask_for_page(self, catchup: CatchUp) -> None:
        """Ask for the next page of what was missed."""
        self._ask(Message("CHATHISTORY", catchup.query()), lambda lines, moment: self._page(catchup, lines, moment))

    def _page(self, catchup: CatchUp, lines: list[Message], moment: Moment) -> None:
        """A page of history, or the refusal of one."""
        if self._catchups.get(catchup.channel) is not catchup or self._session is None:
            return
        refusal = refusal_in(lines)
        if refusal is not None:
            catchup.refused(refusal, moment.ticks)
        else:
            past = hear_past(self._session.view, catchup.channel, lines, moment.wall)
            for act in catchup.page([event for event in past if isinstance(event, events.Act)]):
                self._emit(act)
            self._anchors[catchup.channel] = catchup.anchor
        if reason := catchup.take_gap():
            self._emit(events.Gap(time=moment.wall, channel=catchup.channel, reason=reason))
        self._go_on(catchup, moment)

    def _go_on(self, catchup: CatchUp, moment: Moment) -> None:
        """After a page: the next one, or the present."""
        if not catchup.done:
            if catchup.retry_at is None:
                self._ask_for_page(catchup)
            return
        del self._catchups[catchup.channel]
        self._missed += catchup.missed
        for event in catchup.release():
            if isinstance(event, events.Message) and event.msgid:
                self._anchors[catchup.channel] = f"msgid={event.msgid}"
            self._emit(event)
        self._finish_when_back(moment)

    def _ask_for_missed(self, sweep: Sweep) -> None:
        """Ask for what was missed everywhere."""
        self._ask(Message("CATCHUP", sweep.query()), lambda lines, moment: self._swept(sweep, lines, moment))

    def _swept(self, sweep: Sweep, lines: list[Message], moment: Moment) -> None:
        """The server told what was missed, or a part of it, or refused."""
        if self._sweep is not sweep or self._session is None:
            return
        page, refusal = read_missed(self._session.view, lines, moment.wall), refusal_in(lines)
        for act in sweep.page(page) if page is not None else ():
            self._note(act)
            self._emit(act)
        if page is not None:
            self.cursor = sweep.cursor
        if refusal is not None or page is None:
            sweep.refused(refusal or CommandRefused(BROKEN_OFF), moment.ticks)
        if reason := sweep.take_gap():
            self._emit(events.Gap(time=moment.wall, channel="*", reason=reason))
        if sweep.is_done or sweep.is_lost:
            self._end_sweep(sweep, moment)
        elif sweep.retry_at is None:
            self._ask_for_missed(sweep)

    def _end_sweep(self, sweep: Sweep, moment: Moment) -> None:
        """The present is reached, or cannot be by that way: then each channel tries by itself."""
        self._sweep, self._missed = None, sweep.missed
        if sweep.is_lost:
            self.cursor = ""
            for channel in self.wanted:
                self._prepare_catchup(channel)
        for event in sweep.release():
            self.hear(event)
        for catchup in list(self._catchups.values()):
            self._ask_for_page(catchup)
        self._finish_when_back(moment)

    def _finish_when_back(self, moment: Moment) -> None:
        """Say so when all channels are at the present."""
        if self.is_back or self._joining or self._catchups or self._session is None:
            return
        if self._sweep is not None:
            if not self._sweep.is_asked:
                self._ask_for_missed(self._sweep)
            return
        self.is_back = True
        self.cursor = self.cursor or self._begun_at
        if not self._again:
            return
        if not self._session.keeps_history and self.wanted:
            self._emit(events.Gap(time=moment.wall, channel="*", reason=NO_HISTORY))
        self._emit(events.CaughtUp(time=moment.wall, missed=self._missed))


def other_channel(channel: str, lines: list[Message], refusal: CommandRefused | None) -> str:
    """Where the answer to a JOIN says that we belong instead; "" when it does not."""
    if refusal is not None and refusal.code == "CHANNEL_RENAMED" and len(refusal.context) >= 2:
        return refusal.context[1]
    forwards = (line.params[2] for line in lines if line.command == "470" and len(line.params) >= 3)
    return next(forwards, "")


def together(wanted: Mapping[str, str], most: int) -> Iterator[tuple[list[str], str]]:
    """Channels that one JOIN can name, at most so many, and their key: each with a key is alone."""
    yield from (([channel], key) for channel, key in wanted.items() if key)
    for fitting in in_lines([channel for channel, key in wanted.items() if not key]):
        for start in range(0, len(fitting), most):
            yield fitting[start : start + most], ""


def lines_about(
    channel: str, others: Sequence[str], lines: list[Message], same: Callable[[str, str], bool]
) -> list[Message]:
    """The lines of an answer that are about a channel, or about none of those that were asked for with it."""

    def names(line: Message, name: str) -> bool:
        return any(same(param, name) for param in line.params)

    return [line for line in lines if names(line, channel) or not any(names(line, other) for other in others)]


def move(names: FoldedDict[Any], old: str, new: str) -> None:
    """What stands under one name stands under another from now on."""
    if old in names:
        names[new] = names.pop(old)


def moment_before(time: datetime) -> str:
    """A point of history just before `time`: one millisecond, for history is asked for strictly after it."""
    return f"timestamp={format_time(max(round(time.timestamp() * 1000) - 1, 0))}"

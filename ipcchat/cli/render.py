"""Events as lines of text, for tail and for the line client.

Rules:
1. Everything that came from others goes through `printable`, here, in `happenings` and in `phrases`, and nowhere else.
2. What people said stands out; what merely happened is dim and begins with "--".
3. A line never depends on the terminal's width; `Terminal` wraps it.
4. A msgid is never shown: what a message answers is quoted where it was seen, else left out.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar

from ipcchat.cli.style import Style, clock
from ipcchat.client.events import Edited, Event, Message, Redacted
from ipcchat.client.text import printable
from ipcchat.dialogue.happenings import HAPPENINGS
from ipcchat.dialogue.nicks import mentions
from ipcchat.dialogue.phrases import moment, start_of

MENTION = 33
EDITED = " (edited)"
UNSHOWN_KINDS = ("ctcp", "ctcp-reply")
PIN_TAGS = ("ipc-chat/pin", "ipc-chat/unpin")
CONTINUED = " " * len("[17:03] ")
SEEN_MAX = 2_000
AWAY_TOLD_MAX = 1_000

Value = TypeVar("Value")


class TailLines:
    """The lines of tail and search; `names_channel` for messages that may be from any."""

    def __init__(self, style: Style, as_json: bool, names_channel: bool = False) -> None:
        self._style = style
        self._as_json = as_json
        self._names_channel = names_channel

    def line(self, message: Message) -> str:
        """One message: a JSON object in a line; else a line for each of its own, all with time and name, so that
        `grep` shows whose it is."""
        if self._as_json:
            return json.dumps(json_fields(message))
        where = f" {printable(message.channel)}" if self._names_channel and message.channel else ""
        start = self._style.dim(f"{message.time.astimezone():%Y-%m-%d %H:%M:%S}{where}")
        return "\n".join(f"{start} {spoken(self._style, message, text)}" for text in message.text.split("\n"))


def json_fields(message: Message) -> dict[str, str]:
    """A message for programs, as it was sent."""
    time = message.time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "time": time,
        "nick": message.nick,
        "target": message.target,
        "text": message.text,
        "msgid": message.msgid,
        "kind": message.kind,
    }


def spoken(style: Style, message: Message, said: str, *, mentioned: bool = False, talking_to: bool = False) -> str:
    """Who said what: <ann> text, -ann- text or * ann text; to whom, unless it is the person we are talking to."""
    nick = style.nick(printable(message.nick), message.mine)
    text = printable(said)
    if mentioned:
        text = style.sgr(text, 1, MENTION)
    if message.kind == "action":
        return f"* {nick} {text}"
    if message.channel is None and not talking_to:
        other = printable(message.target)
        nick = f"{nick} to {style.nick(other)}" if message.mine else f"{nick} to you"
    return f"-{nick}- {text}" if message.kind == "notice" else f"<{nick}> {text}"


class ChatLines:
    """The lines of the line client. `nick()` is our nick, `current()` the channel or person we are talking to, and
    `near(nick)` whether somebody is there."""

    def __init__(
        self,
        style: Style,
        nick: Callable[[], str],
        current: Callable[[], str],
        near: Callable[[str], bool] = lambda nick: False,
    ) -> None:
        self.style = style
        self._nick = nick
        self._current = current
        self._near = near
        self._day: date | None = None
        self._seen: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._away_told: OrderedDict[str, str] = OrderedDict()

    def quiet(self, text: str) -> str:
        """A dim line of our own words (already printable)."""
        return self.style.dim(f"-- {text}")

    def lines(self, event: Event) -> list[str]:
        """What to show for an event; nothing for some."""
        if isinstance(event, Message):
            return self.message(event)
        if isinstance(event, Edited):
            return self.edited(event)
        show = HAPPENINGS.get(type(event))
        words = show(self, event) if show is not None else ""
        if isinstance(event, Redacted):
            self._seen.pop(event.redacted, None)
        return [self.quiet(words)] if words else []

    def message(self, message: Message) -> list[str]:
        """A message, below the date when a new day began and below what it answers."""
        if message.kind in UNSHOWN_KINDS:
            return []
        if pinned := next(filter(None, map(message.tags.get, PIN_TAGS)), ""):
            return [self.quiet(self._pinning(message, pinned))]
        quoted = self.quotation(message.reply_to)
        keep(self._seen, message.msgid, (message.nick, start_of(message.text)), SEEN_MAX)
        first, *others = message.text.split("\n")
        mentioned = not message.mine and mentions(message.text, self._nick())
        talking_to = message.channel is None and message.place == self._current()
        said = spoken(self.style, message, first, mentioned=mentioned, talking_to=talking_to)
        said += self.style.dim(EDITED) if message.edited and not others else ""
        where = self._place_of(message)
        line = f"{self.style.dim(f'[{clock(message.time)}]')} {f'{self.style.dim(where)} ' if where else ''}{said}"
        above = [self.style.dim(f"{CONTINUED}> {quoted}")] if quoted else []
        below = [CONTINUED + printable(text) for text in others]
        if message.edited and below:
            below[-1] += self.style.dim(EDITED)
        return [*self._date_line(message.time), *above, line, *below]

    def edited(self, event: Edited) -> list[str]:
        """Another text for a message, below what it was where that was seen; it is quoted by the new text from then
        on."""
        message = Message(
            time=event.time,
            target=event.target,
            nick=event.nick,
            status=event.status,
            mine=event.mine,
            prefixes=event.prefixes,
            tags={"+reply": event.original},
            text=event.text,
            kind=event.kind,
            edited=True,
        )
        lines = self.message(message)
        keep(self._seen, event.original, (event.nick, start_of(event.text)), SEEN_MAX)
        return lines

    def _pinning(self, notice: Message, msgid: str) -> str:
        """What the server says of a pin, with the message where it was seen; our own command shows all of them."""
        quoted = self.quotation(msgid)
        what = printable(notice.text.partition(";")[0])
        return f"{what}{self.where(notice.channel)}{f': {quoted}' if quoted else ''}; /pins shows them"

    # For the sentences about what happens.

    def where(self, channel: str | None) -> str:
        """The channel's name behind what happened there, unless it is the one we look at."""
        return "" if channel is None or channel == self._current() else f" {printable(channel)}"

    def when(self, time: datetime) -> str:
        """When something was done, in brackets: no line of ours has a time but those of messages."""
        return f" ({moment(time)})"

    def quotation(self, msgid: str) -> str:
        """The beginning of a message we have shown, with its author; "" when we have not."""
        nick, text = self._seen.get(msgid, ("", ""))
        return f"<{printable(nick)}> {text}" if msgid and nick else ""

    def is_news(self, nick: str, away: str) -> bool:
        """Whether it was not told yet that somebody is away for this reason."""
        news = self._away_told.get(nick) != away
        keep(self._away_told, nick, away, AWAY_TOLD_MAX)
        return news

    def is_near(self, nick: str) -> bool:
        """Whether somebody is in the channel that is looked at, or the one we talk to."""
        return self._near(nick)

    def _place_of(self, message: Message) -> str:
        """The channel before a message that is not for the channel we look at, or for some in it only."""
        channel = message.channel or message.context
        if channel is None or (channel == self._current() and not message.status):
            return ""
        return printable(message.status + channel)

    def _date_line(self, time: datetime) -> list[str]:
        """The date, when it is another than that of the line above and not today's from the start."""
        day = time.astimezone().date()
        if day == self._day or (self._day is None and day == date.today()):
            self._day = day
            return []
        self._day = day
        return [self.quiet(f"{day:%A}, {day.day} {day:%B %Y}")]


def keep(entries: OrderedDict[str, Value], name: str, value: Value, entries_max: int) -> None:
    """Note a value at the end; the oldest goes when there are too many."""
    if name:
        entries.pop(name, None)
        entries[name] = value
        if len(entries) > entries_max:
            entries.popitem(last=False)

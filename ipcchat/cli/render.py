"""Events as lines of text, for tail and for the line client.

Rules:
1. Everything that came from others goes through `printable`, here and nowhere else.
2. What people said stands out; what merely happened is dim and begins with "--".
3. A line never depends on the terminal's width; `Terminal` wraps it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from ipcchat.cli.style import Style, clock
from ipcchat.client import events
from ipcchat.client.events import Event, Message
from ipcchat.client.text import printable

MENTION = 33


class TailLines:
    """The lines of tail."""

    def __init__(self, style: Style, as_json: bool) -> None:
        self._style = style
        self._as_json = as_json

    def line(self, message: Message) -> str:
        """One message as one line."""
        if self._as_json:
            return json.dumps(json_fields(message))
        time = self._style.dim(f"{message.time.astimezone():%Y-%m-%d %H:%M:%S}")
        return f"{time} {spoken(self._style, message)}"


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


def spoken(style: Style, message: Message, mentioned: bool = False) -> str:
    """Who said what: <ann> text, -ann- text or * ann text."""
    nick = style.nick(printable(message.nick), message.mine)
    text = printable(message.text)
    if mentioned:
        text = style.sgr(text, 1, MENTION)
    if message.kind == "action":
        return f"* {nick} {text}"
    if message.channel is None:
        other = printable(message.target)
        nick = f"{nick} to {style.nick(other)}" if message.mine else f"{nick} to you"
    return f"-{nick}- {text}" if message.kind == "notice" else f"<{nick}> {text}"


class ChatLines:
    """The lines of the line client. `nick()` is our nick and `current()` the channel or person we are talking to."""

    def __init__(self, style: Style, nick: Callable[[], str], current: Callable[[], str]) -> None:
        self.style = style
        self._nick = nick
        self._current = current
        self._day: date | None = None

    def quiet(self, text: str) -> str:
        """A dim line of our own words (already printable)."""
        return self.style.dim(f"-- {text}")

    def lines(self, event: Event) -> list[str]:
        """What to show for an event; nothing for some."""
        if isinstance(event, Message):
            return self.message(event)
        words = self._happening(event)
        return [self.quiet(words)] if words else []

    def message(self, message: Message) -> list[str]:
        """A message, below the date when a new day began."""
        if message.kind == "ctcp":
            return []
        mentioned = not message.mine and mentions(message.text, self._nick())
        where = (
            ""
            if message.channel is None or message.channel == self._current()
            else self.style.dim(printable(message.channel)) + " "
        )
        line = f"{self.style.dim(f'[{clock(message.time)}]')} {where}{spoken(self.style, message, mentioned)}"
        return [*self._date_line(message.time), line]

    def _date_line(self, time: datetime) -> list[str]:
        """The date, when it is another than that of the line above and not today's from the start."""
        day = time.astimezone().date()
        if day == self._day or (self._day is None and day == date.today()):
            self._day = day
            return []
        self._day = day
        return [self.quiet(f"{day:%A}, {day.day} {day:%B %Y}")]

    def _where(self, channel: str) -> str:
        """The channel's name behind what happened there, unless it is the one we look at."""
        return "" if channel == self._current() else f" {printable(channel)}"

    def _happening(self, event: Event) -> str:
        """What happened, in a few words; "" when it is nothing to show."""
        show = HAPPENINGS.get(type(event))
        return show(self, event) if show is not None else ""

    def joined(self, event: events.Joined) -> str:
        """Others only: our own joining is told by the command."""
        return "" if event.mine else f"{printable(event.nick)} joined{self._where(event.channel)}"

    def parted(self, event: events.Parted) -> str:
        """Somebody left a channel."""
        who = "you" if event.mine else printable(event.nick)
        where = f" {printable(event.channel)}" if event.mine else self._where(event.channel)
        return f"{who} left{where}{because(event.reason)}"

    def kicked(self, event: events.Kicked) -> str:
        """Somebody was put out."""
        who = "you were" if event.mine else f"{printable(event.nick)} was"
        return f"{who} put out of {printable(event.channel)} by {printable(event.by)}{because(event.reason)}"

    def quit(self, event: events.Quit) -> str:
        """Somebody left the server."""
        return f"{printable(event.nick)} left{because(event.reason)}"

    def renamed(self, event: events.NickChanged) -> str:
        """Somebody has another name."""
        return (
            f"you are {printable(event.new)} now"
            if event.mine
            else f"{printable(event.old)} is {printable(event.new)} now"
        )

    def topic(self, event: events.TopicChanged) -> str:
        """A topic was set or removed."""
        action = f"set the topic: {printable(event.topic)}" if event.topic else "removed the topic"
        return f"{printable(event.by)} {action}{self._where(event.channel)}"

    def mode(self, event: events.ModeChanged) -> str:
        """Modes changed."""
        return f"{printable(event.by)} set mode {printable(event.modes)} on {printable(event.target)}"

    def invited(self, event: events.Invited) -> str:
        """An invitation, with what to type."""
        return f"{printable(event.by)} invites you: /join {printable(event.channel)}"

    def server_text(self, event: events.ServerText) -> str:
        """What the server says by itself; what answers a command is shown by the command."""
        return "" if event.code else printable(event.text)

    def disconnected(self, event: events.Disconnected) -> str:
        """One quiet line; what caused it only when it is more than a lost connection."""
        return (
            "connection lost, trying again"
            if event.retry_seconds is not None
            else f"connection lost{because(event.reason)}"
        )

    def caught_up(self, event: events.CaughtUp) -> str:
        """We are back."""
        return f"back, caught up ({event.missed} missed)"

    def gap(self, event: events.Gap) -> str:
        """Something may be missing."""
        where = "" if event.channel == "*" else f"{printable(event.channel)}: "
        return f"{where}something may be missing here: {printable(event.reason)}"


HAPPENINGS: dict[type[Event], Callable[..., str]] = {
    events.Joined: ChatLines.joined,
    events.Parted: ChatLines.parted,
    events.Kicked: ChatLines.kicked,
    events.Quit: ChatLines.quit,
    events.NickChanged: ChatLines.renamed,
    events.TopicChanged: ChatLines.topic,
    events.ModeChanged: ChatLines.mode,
    events.Invited: ChatLines.invited,
    events.ServerText: ChatLines.server_text,
    events.Disconnected: ChatLines.disconnected,
    events.CaughtUp: ChatLines.caught_up,
    events.Gap: ChatLines.gap,
}


def because(reason: str) -> str:
    """A reason in brackets, if there is one."""
    return f" ({printable(reason)})" if reason else ""


def mentions(text: str, nick: str) -> bool:
    """Whether a text has our nick in it as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(nick)}(?![\w-])", text, re.IGNORECASE) is not None

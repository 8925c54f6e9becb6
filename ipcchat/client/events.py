"""What a program hears: frozen events with the fields' names in the library's words.

Rules:
1. Texts and names are as they were sent: whoever prints them to a terminal passes them through `ipcchat.printable`.
2. `time` is the server's time in UTC where it gives one (IRCv3 server-time), else the time the event was received.
3. `mine` says that this Chat's own user did it; messages sent by this Chat come back as events too, in the order
   everybody sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events."""

    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Event):
    """A message to a channel or to a person.

    `kind` is "message", "notice" (RFC 2812 3.3.2: must never be answered by a program) or "action" (/me). `msgid` is
    "" on servers without message ids. `missed` says that it was said while this Chat was not connected, or comes
    from history. `tags` are its other tags.
    """

    target: str
    nick: str
    text: str
    kind: str = "message"
    msgid: str = ""
    source: str = ""
    mine: bool = False
    missed: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    prefixes: str = field(default="#", repr=False)

    @property
    def channel(self) -> str | None:
        """The channel it was said in; None for a message to a person."""
        return self.target if self.target[:1] in self.prefixes else None

    @property
    def place(self) -> str:
        """Where an answer belongs: the channel, or the other person."""
        return self.target if self.channel or self.mine else self.nick


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Event):
    """Somebody entered a channel."""

    channel: str
    nick: str
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted(Event):
    """Somebody left a channel."""

    channel: str
    nick: str
    reason: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kicked(Event):
    """Somebody (`nick`) was put out of a channel by somebody else (`by`)."""

    channel: str
    nick: str
    by: str
    reason: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit(Event):
    """Somebody left the server; `channels` are those he shared with us."""

    nick: str
    reason: str = ""
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NickChanged(Event):
    """Somebody has another nick."""

    old: str
    new: str
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChanged(Event):
    """A channel's topic was changed; "" means it was removed."""

    channel: str
    topic: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanged(Event):
    """Modes of a channel or of ourselves changed; `modes` is the change as sent, for instance "+o bob"."""

    target: str
    modes: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """We were invited to a channel."""

    channel: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerText(Event):
    """The server said something that is nobody's message: a notice, a warning, a numeric.

    `code` is the numeric or the code of a FAIL, which answer a command; "" for what the server says by itself.
    """

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Event):
    """We are registered as `nick`; `again` is False only the first time."""

    nick: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected(Event):
    """The connection is lost. The library tries again, first in `retry_seconds`; None means that it does not.

    Heard once until the next Connected, however often it is tried. `reason` is in the server's words where it gave one.
    """

    reason: str
    retry_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp(Event):
    """Everything that was said while we were away has been delivered: `missed` messages in all channels."""

    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Event):
    """Something may be missing here, and why. `channel` is "*" when it is not about one channel."""

    channel: str
    reason: str

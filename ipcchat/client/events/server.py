"""What the server says and what becomes of the connection to it.

Specifications: RFC 2812 5, IRCv3 standard-replies, capability-negotiation, Modern IRC "RPL_ISUPPORT".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ipcchat.client.events.basis import Event
from ipcchat.wire.numerics import NUMERICS


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerText(Event):
    """The server says something that is nobody's message, by a NOTICE; as its subclasses, by a numeric or a standard
    reply. `code` is the numeric or the standard reply's code, "" for a NOTICE."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric(ServerText):
    """A numeric that has no event of its own and answers nothing that was asked. `params` are its parameters without
    our nick; `text` is all of them in one line."""

    params: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The numeric's name, for instance "RPL_VISIBLEHOST"; "" when it is not known."""
        found = NUMERICS.get(self.code)
        return found.name if found is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardReply(ServerText):
    """`kind` is "FAIL", "WARN" or "NOTE"; `command` what it is about, "*" for nothing special; `context` the words
    between `code` and `text`."""

    kind: str
    command: str
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerError(Event):
    """The server closes the connection and says why (ERROR); Disconnected follows."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportChanged(Event):
    """The server tells that it does something else than it told at the beginning: `tokens` of ISUPPORT have these
    values now, `removed` are gone. `Chat.support` has all."""

    tokens: Mapping[str, str] = field(default_factory=dict, hash=False)
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilitiesChanged(Event):
    """Capabilities that are used from now on, and those that are no longer. `Chat.capabilities` has all."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Event):
    """We are registered as `nick`; `again` is False only the first time."""

    nick: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected(Event):
    """The connection is lost. The library tries again, first in `retry_seconds`; None means that it does not.

    Heard once until the next Connected, however often it is tried. `reason` is in the server's words where it gave one.
    `deliberate`: by our own doing, to come back as somebody else (`Chat.login`, `Chat.logout`).
    """

    reason: str
    retry_seconds: float | None = None
    deliberate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Distrusted(Event):
    """While the connection was to be repaired, a server answered that cannot show that it is the one we mean; nothing
    was said to it, and it is tried again. `fingerprint` is that of its certificate."""

    reason: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp(Event):
    """Everything that was said while we were away has been delivered: `missed` messages in all channels."""

    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Event):
    """Something may be missing here, and why. `channel` is "*" when it is not about one channel."""

    channel: str
    reason: str

"""What happens to people.

Specifications: RFC 2812 3.1, IRCv3 away-notify, account-notify, chghost, setname, monitor, extended-monitor,
draft/metadata-2, netsplit batches; caller-id as in Solanum and InspIRCd (716 to 718).
"""

from __future__ import annotations

from dataclasses import dataclass

from ipcchat.client.events.basis import Act, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit(Act):
    """Somebody left the server; `channels` are those he shared with us. `netsplit` says that he did not: servers lost
    each other, see Netsplit."""

    nick: str
    reason: str = ""
    channels: tuple[str, ...] = ()
    netsplit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NickChanged(Act):
    """Somebody has another nick."""

    old: str
    new: str
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayChanged(Act):
    """Somebody went away, with a text ("*" when he gave none), or is back ("")."""

    nick: str
    away: str
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Act):
    """Somebody logged in: `account` is his account now; or out: it is ""."""

    nick: str
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostChanged(Act):
    """Somebody has another user name or host."""

    nick: str
    user: str
    host: str
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RealnameChanged(Act):
    """Somebody has another real name."""

    nick: str
    realname: str
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataChanged(Act):
    """A key of a person or channel has another value; None: it was removed. `visibility` is "*" when everybody may
    see it."""

    target: str
    key: str
    value: str | None
    visibility: str = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Netsplit(Event):
    """Servers lost each other; `nicks` are gone for now, each of them heard as Quit before."""

    servers: tuple[str, ...]
    nicks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Netjoin(Event):
    """Servers found each other; `nicks` are back, each of them heard as Joined before."""

    servers: tuple[str, ...]
    nicks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsAway(Event):
    """Who we have just written to is away (301)."""

    nick: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorOnline(Event):
    """Somebody we monitor is on the server. `user` and `host` are "" where the server does not say."""

    nick: str
    user: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorOffline(Event):
    """Somebody we monitor is not on the server."""

    nick: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdBlocked(Event):
    """Who we have just written to hears only those he accepts (+g). `told` says that he was told that we tried."""

    nick: str
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdWaiting(Event):
    """Somebody tried to write to us and was kept out by our +g; `ACCEPT nick` lets him through."""

    nick: str
    user: str = ""
    host: str = ""

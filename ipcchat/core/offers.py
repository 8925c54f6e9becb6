"""What clients are told of capabilities: the lines of CAP, and CAP NEW and CAP DEL when the settings change.

Rules:
1. Values, and lists in several lines, are for clients that know version 302; the others get one line, and where that is
   too short, the end of the list is what they do not learn of.
2. Clients hear of changes when they know cap-notify, which version 302 implies. A capability that is gone is off for
   everybody who had it, told or not.
3. sts is never taken back by CAP DEL, nobody can ask for it, and only those with encryption hear of a change: to others
   it would mean to leave at once.

Specification: IRCv3 capability negotiation (https://ircv3.net/specs/extensions/capability-negotiation) and sts
(https://ircv3.net/specs/extensions/sts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ipcchat.core import caps, replies
from ipcchat.core.context import Context
from ipcchat.core.session import Session
from ipcchat.core.settings import Settings
from ipcchat.wire.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

VERSION_WITH_VALUES = 302


def for_session(engine: Engine, session: Session) -> dict[str, str]:
    """The capabilities that are offered to this session, with their values."""
    way = way_of(session)
    return engine.offered if way == caps.LOCAL else caps.offered(engine.settings, way)


def way_of(session: Session) -> caps.Way:
    """How the session's client came."""
    local = session.peer.local
    proven = bool(session.certificate or (local is not None and local.account))
    return caps.Way(session.secure, session.confidential, proven)


def words(offers: Mapping[str, str], version: int) -> list[str]:
    """Capabilities as a client of that CAP version reads them."""
    if version >= VERSION_WITH_VALUES:
        return [f"{name}={value}" if value else name for name, value in offers.items()]
    return [name for name in offers if not CAPABILITIES[name].valued]


def tell_list(ctx: Context, subcommand: str, listed: list[str], version: int) -> None:
    """A list as LS and LIST give it: for version 302 as many lines as it takes, all but the last marked with *."""
    texts = _texts(ctx, (subcommand, "*"), listed)
    if version < VERSION_WITH_VALUES:
        texts = texts[:1]
    for text in texts[:-1]:
        _tell(ctx, (subcommand, "*"), text)
    _tell(ctx, (subcommand,), texts[-1])


def tell_each(ctx: Context, subcommand: str, listed: Iterable[str]) -> None:
    """A list as ACK, NAK, NEW and DEL give it: each line stands by itself."""
    for text in _texts(ctx, (subcommand,), listed):
        _tell(ctx, (subcommand,), text)


def _texts(ctx: Context, params: tuple[str, ...], listed: Iterable[str]) -> list[str]:
    room = replies.REPLY_BYTES_MAX - len(f"{_head(ctx, params)} :".encode())
    return replies.wrapped(list(listed), room) or [""]


def _tell(ctx: Context, params: tuple[str, ...], text: str) -> None:
    ctx.line(replies.fitting(f"{_head(ctx, params)} :{text}"))


def _head(ctx: Context, params: tuple[str, ...]) -> str:
    return replies.line(ctx.engine.server_name, "CAP", ctx.session.display, *params)


def set_capabilities(engine: Engine, session: Session, bits: int) -> None:
    """The session's capabilities become `bits`, also for what it hears in its channels."""
    channels = engine.state.channels_of(session.user) if session.user else []
    engine.audience.regroup(session, bits, channels)


def announce_offers(engine: Engine, before: Settings, after: Settings) -> None:
    """The settings are others: tell every session on this node which capabilities came, went, or have another value."""
    changes: dict[caps.Way, _Change] = {}
    for session in list(engine.connections):
        way = way_of(session)
        if way not in changes:
            changes[way] = _Change(before, after, way)
        changes[way].tell(engine, session)


class _Change:
    """What is different for those who came one way."""

    def __init__(self, before: Settings, after: Settings, way: caps.Way) -> None:
        known, now = caps.offered(before, way), caps.offered(after, way)
        told = {name: value for name, value in now.items() if way.secure or name != "sts"}
        self.gone = [name for name in known if name not in now and name != "sts"]
        self.new = {name: value for name, value in told.items() if name not in known}
        self.new_or_other = {name: value for name, value in told.items() if known.get(name) != value}

    def tell(self, engine: Engine, session: Session) -> None:
        """Tell one session, and switch off what is gone."""
        if session.caps & caps.CAP_NOTIFY:
            ctx = Context(engine, session, "CAP", {})
            came = words(self.new_or_other if session.capv >= VERSION_WITH_VALUES else self.new, session.capv)
            if self.gone:
                tell_each(ctx, "DEL", self.gone)
            if came:
                tell_each(ctx, "NEW", came)
        lost = session.caps & sum(caps.BITS[name] for name in self.gone)
        if lost:
            set_capabilities(engine, session, session.caps & ~lost)

"""The services beside the chat that clients can get tokens for, and how clients learn of them.

Specification: IRCv3 draft/authtoken (https://github.com/ircv3/ircv3-specifications/pull/602).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ipcchat.core import caps, replies
from ipcchat.core.context import Context
from ipcchat.core.settings import Settings
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

BATCH = "draft/authtoken"
LOGIN, FILEHOST = "ipc-chat/LOGIN", "FILEHOST"


class Service(NamedTuple):
    """One service: its key, where it is, and what it is for people."""

    name: str
    url: str
    description: str


def services(settings: Settings, *, secure: bool) -> list[Service]:
    """Those that there are with these settings; for who came by TLS (`secure`) none that is not encrypted."""
    offered = [
        Service(LOGIN, settings.web_url, "Stay logged in to your account"),
        Service(FILEHOST, settings.files_url, "Upload files, and read what others uploaded"),
    ]
    return [service for service in offered if service.url and not (secure and service.url.startswith("http:"))]


def find(ctx: Context, name: str) -> Service | None:
    """The service of that key, for who asks."""
    offered = services(ctx.engine.settings, secure=ctx.session.secure)
    return next((service for service in offered if fold(service.name) == fold(name)), None)


def tell(ctx: Context) -> None:
    """All services, or a NOTE that there are none."""
    found = services(ctx.engine.settings, secure=ctx.session.secure)
    if not found:
        ctx.note("NO_SERVICES", "This server has no services beside the chat")
        return
    with ctx.batched(BATCH, "*", "*"):
        for service in found:
            ctx.line(_line(ctx, "SERVICE", service.name, service.url, service.description))


def at_welcome(ctx: Context) -> None:
    """Who knows the capability is told when he arrives."""
    if ctx.session.caps & caps.AUTHTOKEN:
        tell(ctx)


def announce(engine: Engine, before: Settings, after: Settings) -> None:
    """The settings are others: tell who knows the capability what came and what went."""
    for session in list(engine.connections):
        if session.user is not None and session.caps & caps.AUTHTOKEN:
            known, now = services(before, secure=session.secure), services(after, secure=session.secure)
            ctx, names = Context(engine, session, "TOKEN", {}), {service.name for service in now}
            for service in now:
                if service not in known:
                    ctx.line(_line(ctx, "NEW", service.name, service.url))
            for service in known:
                if service.name not in names:
                    ctx.line(_line(ctx, "DEL", service.name))


def _line(ctx: Context, *words: str) -> str:
    return replies.line(ctx.engine.server_name, "TOKEN", *words)

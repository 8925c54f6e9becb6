"""What happens because time passed: silent connections are asked with PING and then closed, and so are those that
never register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import replies
from ipcchat.core.effects import Send
from ipcchat.core.session import Session

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


def look_around(engine: Engine) -> None:
    """Look at every connection once."""
    for session in list(engine.connections):
        _look_at(engine, session)


def _look_at(engine: Engine, session: Session) -> None:
    limits, ticks = engine.limits, engine.now.ticks
    if session.user is None:
        if ticks - session.connected > limits.registration_seconds_max:
            engine.close(session, f"Registration timed out after {limits.registration_seconds_max} seconds")
        return
    silent = ticks - session.heard
    if session.paused or silent <= limits.ping_seconds:
        return
    if silent > limits.silence_seconds_max:
        engine.close(session, f"Ping timeout: {limits.silence_seconds_max} seconds")
    elif not session.pinged:
        session.pinged = True
        engine.effects.append(Send(session.link, replies.encoded("", f"PING :{engine.server_name}")))

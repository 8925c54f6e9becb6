"""What happens because time passed: silent connections are asked with PING and then closed, and so are those that
never register; batches and logins that clients do not end come to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import client_batches, replies
from ipcchat.core.context import Context
from ipcchat.core.effects import Send
from ipcchat.core.session import Session
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine
    from ipcchat.core.sasl import Login


def look_around(engine: Engine) -> None:
    """Look at every connection once."""
    for session in list(engine.connections):
        _look_at(engine, session)


def _look_at(engine: Engine, session: Session) -> None:
    limits, ticks = engine.limits, engine.now.ticks
    if session.sasl is not None:
        _look_at_login(engine, session, session.sasl)
    if session.user is None:
        if ticks - session.connected > limits.registration_seconds_max:
            engine.close(session, f"Registration timed out after {limits.registration_seconds_max} seconds")
        return
    if session.batch is not None:
        client_batches.time_out(engine, session)
    silent = ticks - session.heard
    if session.paused or silent <= limits.ping_seconds:
        return
    if silent > limits.silence_seconds_max:
        engine.close(session, f"Ping timeout: {limits.silence_seconds_max} seconds")
    elif not session.pinged:
        session.pinged = True
        engine.effects.append(Send(session.link, replies.encoded("", f"PING :{engine.server_name}")))


def _look_at_login(engine: Engine, session: Session, login: Login) -> None:
    """End an exchange of AUTHENTICATE whose client says nothing; while the shell is asked, it is not his turn."""
    most = engine.limits.sasl_seconds_max
    if login.exchange is not None and session.asking is None and engine.now.ticks - login.begun > most:
        login.end()
        text = f"SASL authentication failed: it took more than {most} seconds"
        Context(engine, session, "AUTHENTICATE", {}).reply(numerics.ERR_SASLFAIL, text=text)

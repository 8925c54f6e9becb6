"""What happens because time passed: silent connections are asked with PING and then closed, and so are those that
never register; batches and logins that clients do not end come to nothing; who was lost with his node and does not
come back leaves, who stays without a connection leaves after months, and files go when their time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import client_batches, facts, replies
from ipcchat.core.context import Context
from ipcchat.core.effects import Propose, Send
from ipcchat.core.session import Session
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine
    from ipcchat.core.sasl import Login


STAYERS_LOOKED_AT_SECONDS = 600.0

LOST_LOOKED_AT_SECONDS = 1.0

FILES_LOOKED_AT_SECONDS = 60.0
FILES_DROPPED_MAX = 100
"""At once: the next look has the others."""


def look_around(engine: Engine) -> None:
    """Look at every connection once, and now and then at those who stay without one."""
    for session in list(engine.connections):
        _look_at(engine, session)
    if engine.now.ticks >= engine.stayers_due:
        engine.stayers_due = engine.now.ticks + STAYERS_LOOKED_AT_SECONDS
        _look_at_stayers(engine)
    if engine.state.missing and engine.now.ticks >= engine.lost_due:
        engine.lost_due = engine.now.ticks + LOST_LOOKED_AT_SECONDS
        _look_at_lost(engine)
    if engine.now.ticks >= engine.files_due:
        engine.files_due = engine.now.ticks + FILES_LOOKED_AT_SECONDS
        _look_at_files(engine)


def _look_at_stayers(engine: Engine) -> None:
    """Who did not come back for so long leaves. Every node proposes it, and it happens once."""
    state, now = engine.state, engine.now.wall
    days = state.limits.stay_days_max
    for user in state.users.values():
        if user.detached and not user.sessions and now - user.detached > days * 86_400_000:
            reason = f"Not connected for {days} days"
            fact = facts.UserLeft(engine.next_id(), now, user.uid, reason=reason, since=user.detached)
            engine.effects.append(Propose(fact))


def _look_at_lost(engine: Engine) -> None:
    """Connections that were not resumed in time are waited for no longer. Every node proposes it, and it happens
    once."""
    state, now = engine.state, engine.now.wall
    for uid in state.missing:
        since = state.users[uid].lost[0].at
        if now - since >= state.limits.resume_seconds * 1000:
            fact = facts.ResumptionEnded(engine.next_id(), now, engine.incarnation, user=uid, until=since)
            engine.effects.append(Propose(fact))


def _look_at_files(engine: Engine) -> None:
    """Those whose time is over go. Every node proposes it, and it happens once."""
    now = engine.now.wall
    for file in engine.state.files.due(now)[:FILES_DROPPED_MAX]:
        fact = facts.FileDropped(engine.next_id(), now, engine.incarnation, file=file.id, due=True)
        engine.effects.append(Propose(fact))


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
    if session.pinged is None:  # However long the silence: it may have been the server that slept.
        session.pinged = ticks
        engine.effects.append(Send(session.link, replies.encoded("", f"PING :{engine.server_name}")))
        return
    answering = ticks - session.pinged
    if silent > limits.silence_seconds_max and answering >= limits.silence_seconds_max - limits.ping_seconds:
        engine.close(session, f"Ping timeout: {limits.silence_seconds_max} seconds")


def _look_at_login(engine: Engine, session: Session, login: Login) -> None:
    """End an exchange of AUTHENTICATE whose client says nothing; while the shell is asked, it is not his turn."""
    most = engine.limits.sasl_seconds_max
    if login.exchange is not None and session.asking is None and engine.now.ticks - login.begun > most:
        login.end()
        text = f"SASL authentication failed: it took more than {most} seconds"
        Context(engine, session, "AUTHENTICATE", {}).reply(numerics.ERR_SASLFAIL, text=text)

"""Going on with a connection that was lost: RESUME, instead of NICK and USER (docs/resume.md).

Rules:
1. The token says who it is: nothing else is asked of him, no nick, no password. Bans are.
2. It is looked at only where nobody between can read it; elsewhere the capability is not offered.
3. A wrong token changes nothing: the client registers as if it had not been said. After some of them an address waits,
   as after wrong passwords (core/logins.py).
4. Who comes anew although his lost connection is still waited for, with the same nick, user and address, ends that
   waiting: his client has forgotten its token.
"""

from __future__ import annotations

from ipcchat.core import audit, caps, facts
from ipcchat.core.apply.resumption import invalid_token
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.handlers.registration import after_welcome, attachment
from ipcchat.core.registry import command
from ipcchat.core.tokens import digest_of
from ipcchat.wire import numerics

SPECIFICATION = "resume.md"


@command("RESUME", spec=SPECIFICATION, before=True, after=False)
def resume(ctx: Context, token: str) -> None:
    """Be again who you were on a connection that was lost. Programs do it by themselves, with the token that they got
    when they registered: RESUME <token>."""
    session = ctx.session
    if not session.has(caps.RESUME):
        text = "Ask for the capability first: CAP REQ ipc-chat/resume"
        raise Failure(numerics.ERR_UNKNOWNERROR, "RESUME", "NEED_CAPABILITIES", text=text)
    digest = digest_of(token)
    uid = _uid_of(ctx, digest)
    session.id, session.uid = ctx.engine.next_uid(), uid
    try:
        ctx.propose(facts.SessionAttached, **attachment(ctx), resumes=digest)
    except Refusal:
        session.uid = ""
        raise
    ctx.then = lambda: _resumed(ctx)


def _uid_of(ctx: Context, digest: str) -> str:
    """Whose connection it is. Raises Failure."""
    engine, address = ctx.engine, ctx.session.address
    throttled = engine.settings.throttles.logins
    pause = engine.resumes.pause(address, engine.now.ticks) if throttled else 0
    if pause:
        raise invalid_token(f"Too many wrong tokens, try again in {pause} seconds; or register with NICK and USER")
    uid = ctx.state.resumptions.get(digest)
    if uid is None:
        if throttled:
            engine.resumes.begin(address, engine.now.ticks, engine.limits)
        raise invalid_token("There is nothing to go on with: register with NICK and USER")
    return uid


def _resumed(ctx: Context) -> None:
    """He is here again, and has been told who and where he is."""
    if ctx.user.account:
        audit.write(ctx.engine, audit.LOGIN, ctx.session, ctx.user.account)
    after_welcome(ctx)

"""Coming, being called something else, and going: NICK, USER, PING, PONG, QUIT.

A connection is registered when it has said NICK and USER and is not negotiating capabilities (capabilities.py); then it
is asked for what the server wants of everybody (authentication.py), its arrival is proposed, and the welcome is sent
when that was applied. The account that it logged in to follows before anything that it says next.

Specification: Modern IRC "Connection Registration" (https://modern.ircdocs.horse/#connection-registration),
RFC 2812 3.1.
"""

from __future__ import annotations

from typing import Any

from ipcchat.core import facts, names, replies
from ipcchat.core.cloaks import cloaked
from ipcchat.core.context import Context
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.handlers.authentication import account_of, admit, end_login
from ipcchat.core.registry import MODERN, command
from ipcchat.core.skeletons import skeleton
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

# RFC 2812 3.1.3: the modes that one can ask for with USER, by their bits.
MODE_BITS = {4: "w", 8: "i"}
MODE_DIGITS_MAX = 3
ENDINGS = ("_", "__", "2", "3", "4")
"""What makes another nick of one that is taken, when a free one is proposed."""


@command("NICK", spec=MODERN + "nick-message", before=True)
def nick(ctx: Context, nickname: str = "") -> None:
    """Choose or change your nick: NICK ann."""
    if not nickname:
        raise Refusal(numerics.ERR_NONICKNAMEGIVEN, text="No nickname given: NICK <nickname>")
    problem = names.nick_problem(nickname, ctx.engine.limits)
    if problem:
        shown = quotable(nickname) if nickname.isprintable() else "*"
        raise Refusal(numerics.ERR_ERRONEUSNICKNAME, shown, text=problem)
    _require_free(ctx, nickname)
    if ctx.session.user is not None:
        ctx.propose(facts.NickChanged, nick=nickname, skeleton=skeleton(nickname))
        return
    ctx.session.nick = nickname
    register_if_ready(ctx)


def _require_free(ctx: Context, nickname: str) -> None:
    """Nobody else is called that, or nearly so. Raises Refusal 433, which names a nick that is free."""
    problem = _conflict(ctx, nickname)
    if problem:
        most = ctx.engine.limits.nick_bytes_max
        others = (replies.fitting(nickname, most - len(ending)) + ending for ending in ENDINGS)
        free = next((other for other in others if _is_free(ctx, other)), "")
        hint = f"{free} is free" if free else "choose another"
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nickname, text=f"{problem}: {hint}")


def _conflict(ctx: Context, nickname: str) -> str:
    """Who speaks against a nick: its owner, or that of one that looks like it. What is one's own does not."""
    nicks, own = ctx.state.nicks, ctx.session.user
    if nicks.find(nickname) not in (None, own):
        return "Nickname is already in use"
    similar = ctx.state.lookalike(nickname, skeleton(nickname))
    if similar and (own is None or nicks.find(similar) is not own):
        return "Nickname looks like one that is in use"
    return ""


def _is_free(ctx: Context, nickname: str) -> bool:
    return names.is_nick(nickname, ctx.engine.limits) and not _conflict(ctx, nickname)


@command("USER", spec=MODERN + "user-message", before=True, after=False)
def user(ctx: Context, username: str, mode: str, unused: str, realname: str) -> None:
    """Say who you are when you connect: USER ann 0 * :Ann Example. With 8 in place of 0 you begin invisible (+i), with
    4 you get what operators say to all (+w), with 12 both."""
    if not username:
        text = "Not enough parameters: the username is empty"
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, "USER", text=text)
    session, limits = ctx.session, ctx.engine.limits
    session.username = names.username(username, limits)
    session.realname = replies.fitting(realname or username, limits.realname_bytes_max)
    session.modes = ("Z" if session.secure else "") + _asked_modes(mode)
    register_if_ready(ctx)


def _asked_modes(mask: str) -> str:
    """The user modes that USER asks for; older clients write a host name there, which asks for none."""
    if not (mask.isascii() and mask.isdigit() and len(mask) <= MODE_DIGITS_MAX):
        return ""
    return "".join(letter for bit, letter in MODE_BITS.items() if int(mask) & bit)


def register_if_ready(ctx: Context) -> None:
    """Propose the arrival of a connection that has said all it must. Raises Ignored where it is turned away, Refusal
    where its nick is gone meanwhile or the network is full: it may choose anew."""
    session = ctx.session
    if session.negotiating or not session.nick or not session.username or session.uid or session.user:
        return
    end_login(ctx)
    admit(ctx)
    try:
        _require_free(ctx, session.nick)
        session.uid = ctx.engine.next_uid()
        ctx.propose(facts.UserArrived, **_arrival(ctx))
    except Refusal:
        session.uid = session.nick = ""
        raise
    ctx.then = lambda: _after_welcome(ctx)


def _arrival(ctx: Context) -> dict[str, Any]:
    session, engine = ctx.session, ctx.engine
    modes = "".join(sorted({*session.modes, *engine.settings.user_modes}))
    return {
        "nick": session.nick,
        "user": session.username,
        "host": cloaked(session.host, engine.secret) if "x" in modes else session.host,
        "realname": session.realname,
        "incarnation": engine.incarnation,
        "modes": modes,
        "away": session.away,
        "address": session.address,
        "certificate": session.certificate,
        "skeleton": skeleton(session.nick),
        "metadata": session.metadata or {},
        "hosts": (session.host, cloaked(session.host, engine.secret)),
    }


def _after_welcome(ctx: Context) -> None:
    """The modes that the user has from the beginning, and his account."""
    if ctx.user.modes:
        ctx.reply_text(numerics.RPL_UMODEIS, f"+{ctx.user.modes}")
    account = account_of(ctx)
    if account:
        ctx.propose(facts.AccountChanged, account=account)


@command("PING", spec=MODERN + "ping-message", before=True)
def ping(ctx: Context, token: str = "") -> None:
    """Ask the server whether it is there: PING 1. It answers PONG."""
    if not token:
        raise Refusal(numerics.ERR_NOORIGIN, text="No origin specified: PING <token>")
    ctx.line(replies.fitting(replies.line(ctx.engine.server_name, "PONG", ctx.engine.server_name) + f" :{token}"))


@command("PONG", spec=MODERN + "pong-message", before=True, cost=0.0)
def pong(ctx: Context, token: str = "") -> None:
    """Answer a PING of the server."""


@command("QUIT", spec=MODERN + "quit-message", before=True)
def quit_(ctx: Context, reason: str = "") -> None:
    """Leave the network: QUIT :Gone to lunch."""
    text = f"Quit: {replies.fitting(reason, ctx.engine.limits.quit_bytes_max)}"
    if ctx.session.user is None:
        ctx.close(text)
        raise Ignored
    # The connection is closed when the user has left, so that who comes back at once finds his nick free.
    ctx.propose(facts.UserLeft, reason=text)

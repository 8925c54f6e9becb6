"""Coming, being called something else, and going: NICK, USER, PING, PONG, QUIT.

A connection is registered when it has said NICK and USER and is not negotiating capabilities (capabilities.py); then it
is asked for what the server wants of everybody (authentication.py), its arrival is proposed, and the welcome is sent
when that was applied. The account that it logged in to follows before anything that it says next.

Specification: Modern IRC "Connection Registration" (https://modern.ircdocs.horse/#connection-registration),
RFC 2812 3.1.
"""

from __future__ import annotations

from typing import Any

from ipcchat.core import caps, facts, names, replies
from ipcchat.core.apply.users import CHOOSE, check_nick_free
from ipcchat.core.cloaks import cloaked, visible_host
from ipcchat.core.context import Context
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.handlers.authentication import account_of, admit, end_login
from ipcchat.core.handlers.operators import appoint
from ipcchat.core.rates import Rate
from ipcchat.core.registry import MODERN, command
from ipcchat.core.skeletons import skeleton
from ipcchat.core.state import User
from ipcchat.core.targets import quotable
from ipcchat.core.tokens import digest_of, new_token
from ipcchat.wire import numerics

# RFC 2812 3.1.3: the modes that one can ask for with USER, by their bits.
MODE_BITS = {4: "w", 8: "i"}
MODE_DIGITS_MAX = 3
ADMINISTRATOR = "root"
ENDINGS = ("_", "__", "2", "3", "4")
"""What makes another nick of one that is taken, when a free one is proposed."""


@command("NICK", spec=MODERN + "nick-message", before=True, rate=Rate(3, 60, numerics.ERR_NICKTOOFAST))
def nick(ctx: Context, nickname: str = "") -> None:
    """Choose or change your nick: NICK ann."""
    if not nickname:
        raise Refusal(numerics.ERR_NONICKNAMEGIVEN, text="No nickname given: NICK <nickname>")
    problem = names.nick_problem(nickname, ctx.engine.limits) or _reserved_problem(ctx, nickname)
    if problem:
        shown = quotable(nickname) if nickname.isprintable() else "*"
        raise Refusal(numerics.ERR_ERRONEUSNICKNAME, shown, text=problem)
    if not _may_be_his(ctx, nickname):
        _require_free(ctx, nickname)
    if ctx.session.user is not None:
        ctx.propose(facts.NickChanged, nick=nickname, skeleton=skeleton(nickname))
        return
    ctx.session.nick = nickname
    register_if_ready(ctx)


def _reserved_problem(ctx: Context, nickname: str) -> str:
    """Why nobody here may look like the server, or like the administrator of the machine at a door where he cannot
    prove it; "" when the nick is neither."""
    look = skeleton(nickname)
    if look == skeleton(ctx.engine.server_name):
        return "This nick looks like the name of the server: choose another"
    if ctx.session.peer.plain and look == skeleton(ADMINISTRATOR):
        return "This nick is that of this machine's administrator: choose another"
    return ""


def _require_free(ctx: Context, nickname: str) -> None:
    """Nobody else is called that, or nearly so. Raises Refusal 433, which names a nick that is free."""
    if ctx.session.user is not None and _own_user(ctx, nickname) not in (None, ctx.session.user):
        text = f"Nickname is yours by another connection: connect anew to share it, or /msg NickServ REGAIN {nickname}"
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nickname, text=text)
    try:
        check_nick_free(ctx.state, nickname, skeleton(nickname), ctx.engine.now.wall, ctx.session.user, _account(ctx))
    except Refusal as refusal:
        most = ctx.engine.limits.nick_bytes_max
        others = (replies.fitting(nickname, most - len(ending)) + ending for ending in ENDINGS)
        free = next((other for other in others if _is_free(ctx, other)), "")
        text = str(refusal.text)
        text = text.replace(CHOOSE, f": {free} is free") if free else text
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nickname, text=text) from None


def _is_free(ctx: Context, nickname: str) -> bool:
    if not names.is_nick(nickname, ctx.engine.limits):
        return False
    try:
        check_nick_free(ctx.state, nickname, skeleton(nickname), ctx.engine.now.wall, None, _account(ctx))
    except Refusal:
        return False
    return True


def _account(ctx: Context) -> str:
    """The account that somebody is logged in to, registered or not: by himself, or as a user of this machine."""
    session = ctx.session
    if session.user is not None:
        return session.user.account
    return account_of(ctx)


def _own_user(ctx: Context, nickname: str) -> User | None:
    """The user of the same account who has the nick already: a connection that registers becomes one of his."""
    account, holder = ctx.state.accounts.find(_account(ctx)), ctx.state.nicks.find(nickname)
    if account is None or holder is None or ctx.state.accounts.find(holder.account) is not account:
        return None
    return holder


def _may_be_his(ctx: Context, nickname: str) -> bool:
    """Whether who connects may be, or become, the one who has the nick: it is an account's or a user's with one, and he
    is logged in to that, or may still do so."""
    if ctx.session.user is not None:
        return False
    holder = ctx.state.nicks.find(nickname)
    if holder is not None and holder.lost and holder.address == ctx.session.address:
        return True
    if not ctx.session.negotiating:
        return _own_user(ctx, nickname) is not None
    return ctx.state.accounts.owner(nickname) is not None or (holder is not None and bool(holder.account))


def _left_behind(ctx: Context) -> User | None:
    """The guest who has the nick that somebody registers with, and is waited for since his node was lost: it is he, by
    nick, user and address."""
    holder, session = ctx.state.nicks.find(ctx.session.nick), ctx.session
    if holder is None or not holder.lost or holder.sessions or holder.account:
        return None
    is_his = (holder.user, holder.address) == (session.username, session.address)
    return holder if is_his else None


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
    if session.peer.local is not None:
        # The kernel says so: no ~ in front.
        session.username = names.username(session.peer.local.name, limits).removeprefix("~")
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
    left_behind = _left_behind(ctx)
    if left_behind is None:
        _arrive(ctx)
    else:
        ctx.propose(facts.ResumptionEnded, user=left_behind.uid, until=left_behind.lost[-1].at)
        ctx.then = lambda: _arrive(ctx)


def _arrive(ctx: Context) -> None:
    """Propose the arrival of who may come in. Raises Refusal."""
    session = ctx.session
    session.id = ctx.engine.next_uid()
    own = _own_user(ctx, session.nick)
    try:
        if own is not None:
            session.uid = own.uid
            ctx.propose(facts.SessionAttached, **attachment(ctx))
        else:
            _require_free(ctx, session.nick)
            session.uid = session.id
            ctx.propose(facts.UserArrived, **_arrival(ctx))
    except Refusal:
        session.uid = session.nick = ""
        raise
    ctx.then = lambda: after_welcome(ctx)


def _arrival(ctx: Context) -> dict[str, Any]:
    session, engine = ctx.session, ctx.engine
    modes = "".join(sorted({*session.modes, *engine.settings.user_modes}))
    account = _account(ctx)
    hides = "x" in modes and session.peer.local is None
    return {
        "nick": session.nick,
        "user": session.username,
        "host": visible_host(session.host, account, engine.secret) if hides else session.host,
        "realname": session.realname,
        "incarnation": engine.incarnation,
        "modes": modes,
        "away": session.away,
        "address": session.address,
        "certificate": session.certificate,
        "skeleton": skeleton(session.nick),
        "metadata": session.metadata or {},
        "hosts": _hosts(ctx),
        "account": account,
        "resumption": _new_resumption(ctx),
    }


def attachment(ctx: Context) -> dict[str, Any]:
    """What is journaled of a connection that becomes one of a user who is here."""
    session = ctx.session
    return {
        "session": session.id,
        "address": session.address,
        "hosts": _hosts(ctx),
        "certificate": session.certificate,
        "secure": session.secure,
        "resumption": _new_resumption(ctx),
    }


def _hosts(ctx: Context) -> tuple[str, ...]:
    """What bans hit of a connection, whatever others see of it."""
    host = ctx.session.host
    return (host, cloaked(host, ctx.engine.secret))


def _new_resumption(ctx: Context) -> str:
    """The digest of the token that the connection can be resumed with, for clients that know that; else ""."""
    session = ctx.session
    session.resumption = new_token(ctx.engine) if session.caps & caps.RESUME else ""
    return digest_of(session.resumption) if session.resumption else ""


def after_welcome(ctx: Context) -> None:
    """The modes that the user has from the beginning, what the settings make of a user of this machine, and last where
    he can go on with this connection, and its token (docs/resume.md)."""
    if ctx.user.modes:
        ctx.reply_text(numerics.RPL_UMODEIS, f"+{ctx.user.modes}")
    appoint(ctx)
    token, ctx.session.resumption = ctx.session.resumption, ""
    if token:
        for address in ctx.engine.settings.addresses:
            ctx.line(replies.line(ctx.engine.server_name, "RESUME", "SERVER", address))
        ctx.line(replies.line(ctx.engine.server_name, "RESUME", "TOKEN", token))


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
    ctx.propose(facts.UserLeft, reason=text, session=ctx.session.id)

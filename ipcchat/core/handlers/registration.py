"""Coming and going: CAP, NICK, USER, PASS, PING, PONG, QUIT.

A connection is registered when it has said NICK and USER and is not negotiating capabilities; then its arrival is
proposed, and the welcome is sent when that was applied.
"""

from __future__ import annotations

from typing import Any

from ipcchat.core import caps, facts, names, replies
from ipcchat.core.context import Context
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.handlers.channels import quotable
from ipcchat.core.registry import IRCV3, MODERN, command
from ipcchat.core.session import Session
from ipcchat.wire import numerics


@command("CAP", spec=IRCV3 + "capability-negotiation", before=True)
def cap(ctx: Context, subcommand: str, argument: str = "") -> None:
    """Negotiate capabilities: CAP LS [302], CAP LIST, CAP REQ :<names>, CAP END."""
    action = _SUBCOMMANDS.get(subcommand.upper())
    if action is None:
        raise Refusal(numerics.ERR_INVALIDCAPCMD, quotable(subcommand))
    action(ctx, argument)


def _cap_ls(ctx: Context, version: str) -> None:
    session = ctx.session
    if session.user is None:
        session.negotiating = True
    if version.isascii() and version.isdigit():
        session.capv = max(session.capv, int(version[:5]))
    if session.capv >= 302:
        _set_caps(ctx, session.caps | caps.CAP_NOTIFY)
    _cap_lines(ctx, "LS", list(caps.BITS))


def _cap_list(ctx: Context, argument: str) -> None:
    _cap_lines(ctx, "LIST", caps.names(ctx.session.caps))


def _cap_lines(ctx: Context, subcommand: str, words: list[str]) -> None:
    """One line, or several marked with * for clients of version 302."""
    texts = replies.wrapped(words, 400) or [""]
    if ctx.session.capv < 302:
        texts = [" ".join(words)]
    for number, text in enumerate(texts, 1):
        more = ["*"] if number < len(texts) else []
        _cap_reply(ctx, subcommand, *more, text)


def _cap_reply(ctx: Context, *params: str) -> None:
    head, text = params[:-1], params[-1]
    ctx.line(replies.fitting(replies.line(ctx.engine.server_name, "CAP", ctx.session.display, *head) + f" :{text}"))


def _cap_req(ctx: Context, wanted: str) -> None:
    """All of a request is acknowledged or none of it."""
    session = ctx.session
    if session.user is None:
        session.negotiating = True
    words = list(dict.fromkeys(wanted.split()))
    bits = session.caps
    for word in words:
        bit = caps.BITS.get(word.removeprefix("-"))
        if bit is None or (word == "-cap-notify" and session.capv >= 302):
            _cap_reply(ctx, "NAK", " ".join(words))
            return
        bits = bits & ~bit if word.startswith("-") else bits | bit
    _cap_reply(ctx, "ACK", " ".join(words))
    _set_caps(ctx, bits)


def _set_caps(ctx: Context, bits: int) -> None:
    session = ctx.session
    channels = ctx.state.channels_of(session.user) if session.user else []
    ctx.engine.audience.regroup(session, bits, channels)


def _cap_end(ctx: Context, argument: str) -> None:
    ctx.session.negotiating = False
    _try_to_register(ctx)


_SUBCOMMANDS = {"LS": _cap_ls, "LIST": _cap_list, "REQ": _cap_req, "END": _cap_end}


@command("NICK", spec=MODERN + "nick-message", before=True)
def nick(ctx: Context, nickname: str = "") -> None:
    """Choose or change your nick."""
    if not nickname:
        raise Refusal(numerics.ERR_NONICKNAMEGIVEN)
    if not names.is_nick(nickname, ctx.engine.limits):
        raise Refusal(
            numerics.ERR_ERRONEUSNICKNAME, nickname.split(" ")[0].lstrip(":")[:64] or "*", text=_nick_rule(ctx)
        )
    if ctx.session.user is not None:
        ctx.propose(facts.NickChanged, nick=nickname)
        return
    owner = ctx.state.nicks.find(nickname)
    if owner is not None:
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nickname)
    ctx.session.nick = nickname
    _try_to_register(ctx)


def _nick_rule(ctx: Context) -> str:
    most = ctx.engine.limits.nick_characters_max
    return f"Erroneous nickname: use 1 to {most} of A-Z a-z 0-9 _ - [ ] \\ ` ^ {{ | }}, not beginning with a digit or -"


@command("USER", spec=MODERN + "user-message", before=True, after=False)
def user(ctx: Context, username: str, mode: str, unused: str, realname: str) -> None:
    """Say who you are when you connect."""
    limits = ctx.engine.limits
    ctx.session.username = names.username(username, limits)
    ctx.session.realname = replies.fitting(realname or username, limits.realname_bytes_max)
    _try_to_register(ctx)


@command("PASS", spec=MODERN + "pass-message", before=True, after=False)
def password(ctx: Context, password: str) -> None:
    """Give the server's password before NICK and USER; this server has none, so any is accepted."""


def _try_to_register(ctx: Context) -> None:
    session = ctx.session
    if session.negotiating or not session.nick or not session.username or session.uid or session.user:
        return
    session.uid = ctx.engine.next_uid()
    try:
        ctx.propose(facts.UserArrived, **_arrival(ctx, session))
    except Refusal:
        session.uid = session.nick = ""
        raise


def _arrival(ctx: Context, session: Session) -> dict[str, Any]:
    return {
        "nick": session.nick,
        "user": session.username,
        "host": session.host,
        "realname": session.realname,
        "incarnation": ctx.engine.incarnation,
    }


@command("PING", spec=MODERN + "ping-message", before=True)
def ping(ctx: Context, token: str = "") -> None:
    """Ask the server whether it is there; it answers PONG."""
    if not token:
        raise Refusal(numerics.ERR_NOORIGIN)
    ctx.line(replies.fitting(replies.line(ctx.engine.server_name, "PONG", ctx.engine.server_name) + f" :{token}"))


@command("PONG", spec=MODERN + "pong-message", before=True, cost=0.0)
def pong(ctx: Context, token: str = "") -> None:
    """Answer a PING of the server."""


@command("QUIT", spec=MODERN + "quit-message", before=True)
def quit_(ctx: Context, reason: str = "") -> None:
    """Leave the network."""
    text = f"Quit: {replies.fitting(reason, ctx.engine.limits.quit_bytes_max)}" if reason else "Quit"
    if ctx.session.user is None:
        ctx.engine.close(ctx.session, text)
        raise Ignored
    # The connection is closed when the user has left, so that who comes back at once finds his nick free.
    ctx.propose(facts.UserLeft, reason=text)

"""Being an operator of the network: OPER, REHASH, WALLOPS. MODE <nick> -o ends it.

Rules:
1. A name that nobody has and a wrong password get the same answer after the same time. That a host is the wrong one is
   said only to whoever knew the password.
2. After a few wrong passwords an address waits before it may try again (core/logins.py).
3. A password is in no reply, no notice and no fact.
"""

from __future__ import annotations

from ipcchat.core import extbans, facts, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.effects import Reload, Reloaded, Verified, Verify
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.handlers.server import check_server
from ipcchat.core.officers import tell_officers
from ipcchat.core.registry import MODERN, command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

NOTICES = "o"


@command("OPER", spec=MODERN + "oper-message", cost=3.0)
def oper(ctx: Context, name: str, password: str) -> None:
    """Become an operator of the network by a name and password of the server's configuration: OPER ann secret. MODE
    <your nick> -o ends it."""
    if rules.is_network_operator(ctx.user):
        text = f"You are an operator already, as {ctx.user.operator}; MODE {ctx.user.nick} -o ends it"
        ctx.reply(numerics.RPL_YOUREOPER, text=text)
        return
    _begin_attempt(ctx)
    operators = ctx.engine.settings.operators
    # For a name that nobody has somebody else's hash is compared with: it takes as long, and its answer counts nothing.
    compared = operators.get(name) or next(iter(operators.values()), None)
    if compared is None:
        raise _wrong(ctx)
    password_hash = compared.password_hash
    ctx.ask(Verify(password_hash, password), lambda answer: _verified(ctx, name, password_hash, answer))


def _begin_attempt(ctx: Context) -> None:
    """Count an attempt of the user's address. Raises Refusal 263 while it has to wait."""
    engine, address = ctx.engine, ctx.session.address
    if not engine.settings.throttles.logins:
        return
    pause = engine.logins.pause(address, engine.now.ticks)
    if pause:
        text = f"Too many wrong passwords came from your address: try again in {pause} seconds"
        raise Refusal(numerics.RPL_TRYAGAIN, "OPER", text=text)
    engine.logins.begin(address, engine.now.ticks, engine.limits)


def _verified(ctx: Context, name: str, password_hash: str, answer: Verified) -> None:
    """The password was compared; what the settings say now decides. Raises Refusal 263, 464 or 491."""
    operator = ctx.engine.settings.operators.get(name)
    if answer.error:
        raise Refusal(numerics.RPL_TRYAGAIN, "OPER", text=f"Your password was not looked at: {answer.error}")
    if operator is None or operator.password_hash != password_hash or not answer.matches:
        raise _wrong(ctx)
    if not any(extbans.hits(ctx.state, ctx.user, f"*!{mask}") for mask in operator.hosts):
        _tell_failure(ctx, f"as {name}, from a host that is not his")
        text = f"{name} may not come from your host; the setting operators.{name}.hosts says from where"
        raise Refusal(numerics.ERR_NOOPERHOST, text=text)
    ctx.engine.logins.succeeded(ctx.session.address)
    ctx.propose(facts.OperatorChanged, name=name, title=operator.title)


def _wrong(ctx: Context) -> Refusal:
    _tell_failure(ctx, "with a name or password that is wrong")
    text = "Password incorrect, or there is no operator of that name in the server's configuration"
    return Refusal(numerics.ERR_PASSWDMISMATCH, text=text)


def _tell_failure(ctx: Context, how: str) -> None:
    """Operators hear of it. The name that was given is not repeated: it may be a password in the wrong place."""
    tell_officers(ctx.engine, NOTICES, f"Failed OPER of {ctx.user.mask} [{ctx.session.address}] {how}")


def require_operator(ctx: Context) -> None:
    """The user is an operator of the network. Raises Refusal 481."""
    if not rules.is_network_operator(ctx.user):
        raise Refusal(numerics.ERR_NOPRIVILEGES)


@command("REHASH", spec=MODERN + "rehash-message", cost=3.0)
def rehash(ctx: Context, server: str = "") -> None:
    """Let the server read its configuration file again, for operators. It counts as a whole or, with a mistake in it,
    not at all; what needs a restart is told."""
    require_operator(ctx)
    check_server(ctx, server)
    ctx.ask(Reload(), lambda answer: _reloaded(ctx, answer))


def _reloaded(ctx: Context, answer: Reloaded) -> None:
    """The file was read. Raises Failure NO_FILE when there is none."""
    if not answer.path:
        text = "There is no configuration file to read: start the server with --config FILE"
        raise Failure(numerics.ERR_FILEERROR, "REHASH", "NO_FILE", text=text)
    outcome = "Rehashing failed: the file has mistakes, and nothing was changed" if answer.mistakes else "Rehashing"
    ctx.reply(numerics.RPL_REHASHING, quotable(answer.path.rpartition("/")[2]), text=outcome)
    for mistake in answer.mistakes:
        ctx.note("MISTAKE", mistake)
    for setting in answer.after_restart:
        ctx.note("NEEDS_RESTART", f"{setting} will change when the server is started again")


@command("WALLOPS", spec=MODERN + "wallops-message")
def wallops(ctx: Context, text: str) -> None:
    """Say something to everybody who has user mode +w, for operators: WALLOPS :The server stops at noon."""
    require_operator(ctx)
    if not text.strip():
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, "WALLOPS", text="Not enough parameters: there is no text")
    over = len(f":{ctx.user.mask} WALLOPS :{text}".encode()) - replies.REPLY_BYTES_MAX
    if over > 0:
        text = f"The text is {over} bytes too long for others to receive; shorten it"
        raise Refusal(numerics.ERR_INPUTTOOLONG, text=text)
    ctx.propose(facts.Walloped, text=text)

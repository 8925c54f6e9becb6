"""Being an operator of the network: OPER, REHASH, WALLOPS. MODE <nick> -o ends it.

Rules:
1. An operator proves it by the certificate of his connection, by being a local user whom the settings name, or by a
   password. A local user is one from the beginning, without saying OPER.
2. A password is looked at only where nobody between can read along: by TLS, or from this machine.
3. A name that nobody has and a wrong password get the same answer after the same time. That a host is the wrong one is
   said only to whoever proved the rest.
4. An address tries once in a while (`oper_seconds`); only who succeeds need not wait.
5. A password is in no reply, no notice, no record and no fact; nor is a name that nobody has, for it may be one.
"""

from __future__ import annotations

from ipcchat.core import audit, extbans, facts, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.effects import Reload, Reloaded, Verified, Verify
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.handlers.server import check_server
from ipcchat.core.logins import place_of
from ipcchat.core.officers import tell_officers
from ipcchat.core.privileges import ANNOUNCE, REHASH
from ipcchat.core.rates import Rate
from ipcchat.core.registry import MODERN, command
from ipcchat.core.settings import Operator
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

NOTICES = "o"


@command("OPER", spec=MODERN + "oper-message", cost=3.0)
def oper(ctx: Context, name: str, password: str = "") -> None:
    """Become an operator of the network, as the server's configuration says: OPER ann, if your connection has ann's
    certificate, else OPER ann secret. MODE <your nick> -o ends it."""
    if rules.is_network_operator(ctx.user):
        text = f"You are an operator already, as {ctx.user.operator}; MODE {ctx.user.nick} -o ends it"
        ctx.reply(numerics.RPL_YOUREOPER, text=text)
        return
    _begin_attempt(ctx)
    operators = ctx.engine.settings.operators
    operator = operators.get(name)
    if operator is not None and _is_known(ctx, name, operator):
        _become(ctx, name, operator)
        return
    if not password:
        raise _wrong(ctx, "No operator of that name has your certificate, or your user; OPER <name> <password>")
    if not ctx.session.confidential:
        text = "An operator's password is taken only over TLS or from this machine: others could read it. Change it"
        raise Refusal(numerics.ERR_NOOPERHOST, text=text)
    # For a name that nobody has somebody else's hash is compared with: it takes as long, and its answer counts nothing.
    hashes = [each.password_hash for each in operators.values() if each.password_hash]
    password_hash = (operator.password_hash if operator else "") or next(iter(hashes), "")
    if not password_hash:
        raise _wrong(ctx)
    ctx.ask(Verify(password_hash, password), lambda answer: _verified(ctx, name, password_hash, answer))


def _begin_attempt(ctx: Context) -> None:
    """Count an attempt of the user's address. Raises Refusal 263 while it has to wait."""
    engine = ctx.engine
    place, rate = place_of(ctx.session.address), Rate(1, engine.limits.oper_seconds)
    if not engine.settings.throttles.logins or not rate.seconds:
        return
    pause = engine.rates.pause(place, "OPER", rate, engine.now.ticks)
    if pause:
        text = f"Your address tried to become operator just now: try again in {pause} seconds"
        raise Refusal(numerics.RPL_TRYAGAIN, "OPER", text=text)
    engine.rates.count(place, "OPER", rate, engine.now.ticks)


def _is_known(ctx: Context, name: str, operator: Operator) -> bool:
    """Whether the operator is known by his connection: its certificate, or the user of this machine that it is of."""
    session, local = ctx.session, ctx.session.peer.local
    if session.certificate and session.certificate in operator.certificates:
        return True
    return local is not None and (local.operator == name or local.uid in operator.uids)


def appoint(ctx: Context) -> None:
    """Who is a local user of whom the settings make an operator is one from the beginning."""
    local = ctx.session.peer.local
    if local is None or rules.is_network_operator(ctx.user):
        return
    for name, operator in ctx.engine.settings.operators.items():
        if local.operator == name or local.uid in operator.uids:
            with ctx.attempt():
                _become(ctx, name, operator)
            return


def _verified(ctx: Context, name: str, password_hash: str, answer: Verified) -> None:
    """The password was compared; what the settings say now decides. Raises Refusal 263, 464 or 491."""
    operator = ctx.engine.settings.operators.get(name)
    if answer.error:
        raise Refusal(numerics.RPL_TRYAGAIN, "OPER", text=f"Your password was not looked at: {answer.error}")
    if operator is None or operator.password_hash != password_hash or not answer.matches:
        raise _wrong(ctx)
    _become(ctx, name, operator)


def _become(ctx: Context, name: str, operator: Operator) -> None:
    """Everything else is proved. Raises Refusal 491."""
    if not any(extbans.hits(ctx.state, ctx.user, f"*!{mask}") for mask in operator.hosts):
        _tell_failure(ctx, f"as {name}, from a host that is not his")
        text = f"{name} may not come from your host; the setting operators.{name}.hosts says from where"
        raise Refusal(numerics.ERR_NOOPERHOST, text=text)
    ctx.engine.rates.take_back(place_of(ctx.session.address), "OPER")
    audit.write(ctx.engine, audit.OPERATOR, ctx.session, name)
    ctx.propose(facts.OperatorChanged, name=name, title=operator.title, privileges=operator.privileges)


def _wrong(ctx: Context, text: str = "") -> Refusal:
    _tell_failure(ctx, "with a name or password that is wrong")
    text = text or "Password incorrect, or there is no operator of that name in the server's configuration"
    return Refusal(numerics.ERR_PASSWDMISMATCH, text=text)


def _tell_failure(ctx: Context, how: str) -> None:
    """Operators hear of it. The name that was given is not repeated: it may be a password in the wrong place."""
    tell_officers(ctx.engine, NOTICES, "Failed OPER of ", ctx.user, ctx.session.address, f" {how}")
    audit.write(ctx.engine, audit.OPER_FAILED, ctx.session, "", how)


def require_operator(ctx: Context) -> None:
    """The user is an operator of the network. Raises Refusal 481."""
    if not rules.is_network_operator(ctx.user):
        raise Refusal(numerics.ERR_NOPRIVILEGES)


@command("REHASH", spec=MODERN + "rehash-message", cost=3.0)
def rehash(ctx: Context, server: str = "") -> None:
    """Let the server read its configuration file again, for operators. It counts as a whole or, with a mistake in it,
    not at all; what needs a restart is told."""
    rules.require_privilege(ctx.user, REHASH)
    check_server(ctx, server)
    ctx.ask(Reload(), lambda answer: _reloaded(ctx, answer))


def _reloaded(ctx: Context, answer: Reloaded) -> None:
    """The file was read. Raises Failure NO_FILE when there is none."""
    if not answer.path:
        text = "There is no configuration file to read: start the server with --config FILE"
        raise Failure(numerics.ERR_FILEERROR, "REHASH", "NO_FILE", text=text)
    audit.write(ctx.engine, audit.REHASHED, ctx.session, "", "it has mistakes" if answer.mistakes else "")
    outcome = "Rehashing failed: the file has mistakes, and nothing was changed" if answer.mistakes else "Rehashing"
    ctx.reply(numerics.RPL_REHASHING, quotable(answer.path.rpartition("/")[2]), text=outcome)
    for mistake in answer.mistakes:
        ctx.note("MISTAKE", mistake)
    for setting in answer.after_restart:
        ctx.note("NEEDS_RESTART", f"{setting} will change when the server is started again")


@command("WALLOPS", spec=MODERN + "wallops-message")
def wallops(ctx: Context, text: str) -> None:
    """Say something to everybody who has user mode +w, for operators: WALLOPS :The server stops at noon."""
    rules.require_privilege(ctx.user, ANNOUNCE)
    if not text.strip():
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, "WALLOPS", text="Not enough parameters: there is no text")
    over = len(f":{ctx.user.mask} WALLOPS :{text}".encode()) - replies.REPLY_BYTES_MAX
    if over > 0:
        text = f"The text is {over} bytes too long for others to receive; shorten it"
        raise Refusal(numerics.ERR_INPUTTOOLONG, text=text)
    audit.write(ctx.engine, audit.WALLOPED, ctx.session)
    ctx.propose(facts.Walloped, text=text)

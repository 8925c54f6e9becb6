"""What the server counts: STATS and TRACE.

Everybody may see since when the server runs, how often commands were used, which operators are here, and his own
connection. The connections of others and who may be operator are for operators of the network; where people really
are, for those of them who may see addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from ipcchat.core import rules, visibility
from ipcchat.core.context import Context
from ipcchat.core.counting import counted
from ipcchat.core.errors import Refusal
from ipcchat.core.handlers.operators import require_operator
from ipcchat.core.handlers.server import check_server, is_this_server
from ipcchat.core.registry import MODERN, command
from ipcchat.core.session import Session
from ipcchat.core.state import User
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

ALL = "*"
NOT_COUNTED = "*"


class Report(msgspec.Struct, frozen=True):
    """One letter of STATS: what it tells, and whether to operators only."""

    tell: Callable[[Context], None]
    restricted: bool = False


@command("STATS", spec=MODERN + "stats-message", cost=2.0)
def stats(ctx: Context, query: str, server: str = "") -> None:
    """See statistics. STATS u: since when the server runs; p: the operators who are here; l: your own connection, for
    operators all; for operators, m: how often each command was used, o: who may become one, k: the bans of the
    network, and t: the longest pause of the server; *: all that you may see."""
    check_server(ctx, server)
    letter = query[:1]
    if not letter:
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, "STATS", text="Not enough parameters: which letter? See HELP STATS")
    if letter == ALL:
        for report in dict.fromkeys(REPORTS.values()):
            if not report.restricted or rules.is_network_operator(ctx.user):
                report.tell(ctx)
    elif letter in REPORTS:
        with ctx.attempt():
            _tell(ctx, REPORTS[letter])
    ctx.reply(numerics.RPL_ENDOFSTATS, quotable(letter))


def _tell(ctx: Context, report: Report) -> None:
    if report.restricted:
        require_operator(ctx)
    report.tell(ctx)


def _uptime(ctx: Context) -> None:
    minutes, seconds = divmod(int(ctx.engine.now.elapsed - ctx.engine.started.elapsed), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    ctx.reply(numerics.RPL_STATSUPTIME, text=f"Server Up {days} days {hours}:{minutes:02}:{seconds:02}")


def _pause(ctx: Context) -> None:
    """It looks at its timers several times a second: a pause below one is as it should be."""
    text = f"The longest pause between two looks at the timers: {ctx.engine.longest_pause:.2f} seconds"
    ctx.reply(numerics.RPL_STATSDEBUG, text=text)


def _commands(ctx: Context) -> None:
    for name, count in sorted(ctx.engine.used.items()):
        ctx.reply(numerics.RPL_STATSCOMMANDS, name, str(count))


def _operators_here(ctx: Context) -> None:
    now = ctx.engine.now.wall
    here = [user for user in ctx.state.users.values() if rules.is_network_operator(user)]
    for user in here[: ctx.engine.limits.who_rows_max]:
        idle = max(0, now - user.spoke) // 1000
        text = f"{user.nick} ({user.user}@{user.host}) {user.title}, idle {idle} seconds"
        ctx.reply(numerics.RPL_STATSDEBUG, text=text)
    ctx.reply(numerics.RPL_STATSDEBUG, text=f"{counted(len(here), 'operator')} here")


def _operators_allowed(ctx: Context) -> None:
    for name, operator in sorted(ctx.engine.settings.operators.items()):
        for mask in operator.hosts:
            ctx.reply(numerics.RPL_STATSOLINE, "O", mask, "*", name)


def _connections(ctx: Context) -> None:
    """211 has fields for what is sent and received, which nobody counts here; the last one is the age in seconds."""
    ticks = ctx.engine.now.ticks
    for user, session in _visible_connections(ctx):
        name = _connection(ctx.user, user, session)
        ctx.reply(numerics.RPL_STATSLINKINFO, name, *[NOT_COUNTED] * 5, text=str(int(ticks - session.connected)))


def _bans(ctx: Context) -> None:
    """The bans in force, in the fields of K-lines: host, reason, user, port; one of a nick stands whole in the
    first."""
    for ban in ctx.state.bans.in_force(ctx.engine.now.wall)[: ctx.engine.limits.who_rows_max]:
        who, _, host = ban.mask.rpartition("@")
        nick, _, name = who.rpartition("!")
        shown = (host, name or "*") if nick in ("", "*") else (ban.mask, "*")
        ctx.reply(numerics.RPL_STATSKLINE, "K", shown[0], "*", shown[1], "0", text=ban.reason)


_BANS = Report(_bans, restricted=True)
_ALLOWED = Report(_operators_allowed, restricted=True)
_LINKS = Report(_connections)
REPORTS = {
    "u": Report(_uptime),
    "m": Report(_commands, restricted=True),
    "p": Report(_operators_here),
    "t": Report(_pause, restricted=True),
    "k": _BANS,
    "K": _BANS,
    "o": _ALLOWED,
    "O": _ALLOWED,
    "l": _LINKS,
    "L": _LINKS,
}


def _visible_connections(ctx: Context) -> Iterator[tuple[User, Session]]:
    """The connections of this server that the user may know of: his own, or all for operators."""
    if not rules.is_network_operator(ctx.user):
        yield ctx.user, ctx.session
        return
    most = ctx.engine.limits.who_rows_max
    audience, users = ctx.engine.audience, ctx.state.users
    connections = ((users[uid], session) for uid in audience.uids() for session in audience.of(uid))
    yield from islice(connections, most)
    if audience.count > most:
        ctx.note("ROWS_TRUNCATED", f"Only the first {most} connections are shown")


@command("TRACE", spec="https://www.rfc-editor.org/rfc/rfc2812#section-3.4.8", cost=2.0)
def trace(ctx: Context, target: str = "") -> None:
    """See who is connected to the server: yourself, for operators everybody. TRACE ann is about her alone."""
    check_server(ctx, target)
    if not target or is_this_server(ctx, target):
        for user, session in _visible_connections(ctx):
            _trace(ctx, user, session)
    else:
        wanted = ctx.find_user(target)
        if wanted is ctx.user or rules.is_network_operator(ctx.user):
            for connection in ctx.engine.audience.of(wanted.uid):
                _trace(ctx, wanted, connection)
    ctx.reply(numerics.RPL_TRACEEND, ctx.engine.server_name, ctx.engine.version.replace(" ", "-"))


def _trace(ctx: Context, user: User, session: Session) -> None:
    operator = rules.is_network_operator(user)
    numeric, kind = (numerics.RPL_TRACEOPERATOR, "Oper") if operator else (numerics.RPL_TRACEUSER, "User")
    ctx.reply(numeric, kind, "users", text=_connection(ctx.user, user, session))


def _connection(viewer: User, user: User, session: Session) -> str:
    host = session.address if visibility.known_address(viewer, user) else user.host
    return f"{user.nick}[{user.user}@{host}]"

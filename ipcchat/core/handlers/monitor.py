"""MONITOR: hearing when people come online and leave, without asking again and again.

What a session monitors belongs to its connection (core/monitors.py); that somebody came or left is told where the facts
are applied (apply/users.py). A nick that is on the list already may be given again: it stays once and is told of again.

Specification: IRCv3 monitor (https://ircv3.net/specs/extensions/monitor).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ipcchat.core import caps, long_answers, metadata, names, replies, services, visibility
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

TARGETS_BYTES_MAX = 300
"""How much of the nicks that could not be added fits into a line beside its text and the longest names."""


@command("MONITOR", spec=IRCV3 + "monitor", cost=2.0)
def monitor(ctx: Context, action: str, nicks: str = "") -> None:
    """Hear when people come online and leave: MONITOR + ann,bob. MONITOR - ann takes her off the list, C empties it, L
    shows it, and S shows who on it is online."""
    act = _ACTIONS.get(action.upper())
    if act is None:
        text = "No such action: MONITOR + or - with nicks, or C, L or S alone"
        raise Failure(numerics.ERR_UNKNOWNERROR, "MONITOR", "UNKNOWN_ACTION", quotable(action), text=text)
    if action in "+-" and not nicks.strip(","):
        text = f"Not enough parameters: MONITOR {action} <nick>[,<nick>...]"
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, "MONITOR", text=text)
    act(ctx, list({fold(nick): nick for nick in nicks.split(",") if nick}.values()))


def _add(ctx: Context, nicks: list[str]) -> None:
    monitors, session, limits = ctx.engine.monitors, ctx.session, ctx.engine.limits
    added: list[str] = []
    strange: list[str] = []
    left_over: list[str] = []
    for nick in nicks:
        if not names.is_nick(nick, limits) and services.find(nick) is None:
            strange.append(nick)
        elif monitors.is_watching(session, nick) or monitors.count(session) < limits.monitored_nicks_max:
            monitors.add(session, nick)
            added.append(nick)
        else:
            left_over.append(nick)
    _tell_presence(ctx, added)
    _tell_metadata(ctx, added)
    if strange:
        words = ", ".join(quotable(nick) for nick in strange[:5])
        ctx.note("INVALID_TARGETS", f"Not monitored, because nobody can have such a nick: {words}")
    _tell_full(ctx, left_over)


def _tell_full(ctx: Context, nicks: list[str]) -> None:
    """734, in as many lines as it takes."""
    for text in replies.wrapped(nicks, TARGETS_BYTES_MAX):
        ctx.reply(numerics.ERR_MONLISTFULL, str(ctx.engine.limits.monitored_nicks_max), text.replace(" ", ","))


def _tell_presence(ctx: Context, nicks: Iterable[str]) -> None:
    """730 for those who are online, 731 for the others."""
    online: list[str] = []
    offline: list[str] = []
    for nick in nicks:
        user = visibility.somebody(ctx.engine, nick)
        if user is None:
            offline.append(nick)
        else:
            online.append(user.mask)
    long_answers.tell_words(ctx, numerics.RPL_MONONLINE, online, separator=",")
    long_answers.tell_words(ctx, numerics.RPL_MONOFFLINE, offline, separator=",")


def _tell_metadata(ctx: Context, nicks: Iterable[str]) -> None:
    """The values of the keys that the session subscribed to (IRCv3 draft/metadata-2)."""
    keys = ctx.engine.subscriptions.keys(ctx.session) if ctx.session.caps & caps.METADATA else []
    for user in filter(None, map(ctx.state.nicks.find, nicks if keys else ())):
        metadata.tell_user(ctx, user, keys)


def _remove(ctx: Context, nicks: list[str]) -> None:
    for nick in nicks:
        ctx.engine.monitors.remove(ctx.session, nick)


def _clear(ctx: Context, nothing: list[str]) -> None:
    ctx.engine.monitors.clear(ctx.session)


def _list(ctx: Context, nothing: list[str]) -> None:
    monitored = ctx.engine.monitors.nicks(ctx.session)
    long_answers.tell_words(ctx, numerics.RPL_MONLIST, monitored, separator=",")
    ctx.reply(numerics.RPL_ENDOFMONLIST)


def _status(ctx: Context, nothing: list[str]) -> None:
    _tell_presence(ctx, ctx.engine.monitors.nicks(ctx.session))


_ACTIONS: dict[str, Callable[[Context, list[str]], None]] = {
    "+": _add,
    "-": _remove,
    "C": _clear,
    "L": _list,
    "S": _status,
}

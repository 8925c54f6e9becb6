"""Asking about people: WHO, WHOIS, WHOWAS, USERHOST, ISON.

Invisible users (+i) are found by their exact nick and by those who share a channel with them; secret channels (+s)
are named to their members only.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipcchat.core import describe, rules
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.handlers.channels import quotable
from ipcchat.core.registry import MODERN, command
from ipcchat.core.state import Channel, User
from ipcchat.wire import masks, numerics
from ipcchat.wire.casemap import fold


def _may_see(ctx: Context, user: User) -> bool:
    return "i" not in user.modes or user is ctx.user or ctx.state.share_channel(ctx.user, user)


@command("WHO", spec=MODERN + "who-message", cost=2.0)
def who(ctx: Context, mask: str = "*", flags: str = "") -> None:
    """List people: of a channel (WHO #room), or those whose nick, user, host or realname matches a mask (WHO
    *.example.org)."""
    rows = _who_channel(ctx, mask) if mask.startswith("#") else _who_mask(ctx, mask)
    most = ctx.engine.limits.who_rows_max
    for number, (user, room) in enumerate(rows):
        if number == most:
            ctx.note("WHO_TRUNCATED", f"Only the first {most} are shown; give a narrower mask")
            break
        _who_row(ctx, user, room)
    ctx.reply(numerics.RPL_ENDOFWHO, quotable(mask))


def _who_channel(ctx: Context, name: str) -> Iterator[tuple[User, Channel | None]]:
    room = ctx.state.channels.find(name)
    if room is None or not rules.may_know(room, ctx.user):
        return
    inside = ctx.user.uid in room.members
    for user, _ in ctx.state.members(room):
        if inside or _may_see(ctx, user):
            yield user, room


def _who_mask(ctx: Context, mask: str) -> Iterator[tuple[User, Channel | None]]:
    exact = ctx.state.nicks.find(mask)
    if exact is not None:
        yield exact, _common_channel(ctx, exact)
        return
    wanted = fold("*" if mask == "0" else mask)[: ctx.engine.limits.mask_bytes_max]
    for user in ctx.state.users.values():
        if _may_see(ctx, user) and any(masks.match(wanted, fold(part)) for part in _searched(user)):
            yield user, _common_channel(ctx, user)


def _searched(user: User) -> tuple[str, ...]:
    return (user.nick, user.user, user.host, user.realname)


def _common_channel(ctx: Context, user: User) -> Channel | None:
    """A channel of the user that the reader may know of."""
    return next((room for room in ctx.state.channels_of(user) if rules.may_know(room, ctx.user)), None)


def _who_row(ctx: Context, user: User, room: Channel | None) -> None:
    flags = "G" if user.away else "H"
    if room is not None:
        flags += describe.prefixes(ctx, room.members.get(user.uid, ""))
    server = ctx.engine.server_name
    name = room.name if room else "*"
    last = f"0 {user.realname}"
    ctx.reply_text(numerics.RPL_WHOREPLY, name, user.user, user.host, server, user.nick, flags, last)


@command("WHOIS", spec=MODERN + "whois-message", cost=2.0)
def whois(ctx: Context, target: str = "", nick: str = "") -> None:
    """See who somebody is."""
    wanted = quotable((nick or target).split(",")[0]) if (nick or target) else ""
    if not wanted:
        raise Refusal(numerics.ERR_NONICKNAMEGIVEN)
    user = ctx.state.nicks.find(wanted)
    if user is None:
        ctx.reply(numerics.ERR_NOSUCHNICK, wanted)
    else:
        _whois_rows(ctx, user)
    ctx.reply(numerics.RPL_ENDOFWHOIS, user.nick if user else wanted)


def _whois_rows(ctx: Context, user: User) -> None:
    engine = ctx.engine
    ctx.reply_text(numerics.RPL_WHOISUSER, user.nick, user.user, user.host, "*", user.realname)
    rooms = _whois_channels(ctx, user)
    if rooms:
        for text in describe.wrapped_reply(ctx, numerics.RPL_WHOISCHANNELS, (user.nick,), rooms):
            ctx.line(text)
    ctx.reply_text(numerics.RPL_WHOISSERVER, user.nick, engine.server_name, engine.network)
    describe.away_if_so(ctx, user)
    idle = max(0, engine.now.wall - user.spoke) // 1000
    ctx.reply(numerics.RPL_WHOISIDLE, user.nick, str(idle), str(user.arrived // 1000))


def _whois_channels(ctx: Context, user: User) -> list[str]:
    """The channels to name: those of visible users, and those the reader is in too; never another's secret ones."""
    return [
        describe.prefixes(ctx, room.members[user.uid]) + room.name
        for room in ctx.state.channels_of(user)
        if ctx.user.uid in room.members or (rules.may_know(room, ctx.user) and "i" not in user.modes)
    ]


@command("WHOWAS", spec=MODERN + "whowas-message")
def whowas(ctx: Context, nick: str = "", count: str = "") -> None:
    """See who had a nick before, the latest first."""
    if not nick:
        raise Refusal(numerics.ERR_NONICKNAMEGIVEN)
    wanted, most = quotable(nick), ctx.engine.limits.whowas_rows_max
    if count.isascii() and count.isdigit() and 0 < int(count[:4]) < most:
        most = int(count[:4])
    found = [departed for departed in reversed(ctx.state.departed) if fold(departed.nick) == fold(wanted)][:most]
    for departed in found:
        ctx.reply_text(numerics.RPL_WHOWASUSER, departed.nick, departed.user, departed.host, "*", departed.realname)
    if not found:
        ctx.reply(numerics.ERR_WASNOSUCHNICK, wanted)
    ctx.reply(numerics.RPL_ENDOFWHOWAS, wanted)


def _asked(ctx: Context, nicks: tuple[str, ...], most: int) -> list[User]:
    """The users among the nicks asked for, which may be parameters or words of one."""
    words = [word for nick in nicks for word in nick.split()][:most]
    return [user for user in map(ctx.state.nicks.find, words) if user is not None]


@command("USERHOST", spec=MODERN + "userhost-message")
def userhost(ctx: Context, nick: str, *more: str) -> None:
    """See the user and host of up to five people."""
    users = _asked(ctx, (nick, *more), 5)
    rows = [f"{user.nick}={'-' if user.away else '+'}{user.user}@{user.host}" for user in users]
    describe.words_in_a_line(ctx, numerics.RPL_USERHOST, rows)


@command("ISON", spec="https://www.rfc-editor.org/rfc/rfc2812#section-4.9")
def ison(ctx: Context, nick: str, *more: str) -> None:
    """Ask which of some people are here."""
    users = _asked(ctx, (nick, *more), ctx.engine.limits.nicks_per_query_max)
    describe.words_in_a_line(ctx, numerics.RPL_ISON, [user.nick for user in users])

"""Asking who somebody is: WHOIS, WHOWAS, USERHOST, USERIP, ISON.

Whoever knows a nick exactly is told of its user; which channels and addresses are told is a matter of visibility.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ipcchat.core import describe, long_answers, rules, visibility
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.handlers.server import check_server
from ipcchat.core.peers import LOCAL_ADDRESS, LOCAL_HOST
from ipcchat.core.privileges import ADDRESSES
from ipcchat.core.registry import MODERN, command
from ipcchat.core.state import User
from ipcchat.core.targets import quotable, several
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.numerics import Numeric
from ipcchat.wire.times import format_time


@command("WHOIS", spec=MODERN + "whois-message", cost=2.0)
def whois(ctx: Context, target: str = "", nick: str = "") -> None:
    """See who somebody is: WHOIS ann. A server or nick before it is not needed here: everybody is on this one."""
    asked = nick or target
    names = [name for name in asked.split(",") if name]
    if not names:
        raise Refusal(numerics.ERR_NONICKNAMEGIVEN)
    with ctx.attempt():
        check_server(ctx, target if nick else "")
        user = visibility.somebody(ctx.engine, names[0])
        if user is None:
            raise Refusal(numerics.ERR_NOSUCHNICK, quotable(names[0]))
        _tell_of(ctx, user) if user.uid else _tell_of_service(ctx, user)
    if len(names) > 1:
        ctx.note("WHOIS_TRUNCATED", "WHOIS tells of one nick; ask for the others one by one")
    ctx.reply(numerics.RPL_ENDOFWHOIS, long_answers.as_asked(asked))


def _tell_of_service(ctx: Context, service: User) -> None:
    name, engine = service.nick, ctx.engine
    ctx.reply_text(numerics.RPL_WHOISUSER, name, service.user, service.host, "*", service.realname)
    ctx.reply_text(numerics.RPL_WHOISSERVER, name, engine.server_name, engine.settings.description)
    ctx.reply(numerics.RPL_WHOISSPECIAL, name, text=f"is a service of this network: /msg {name} HELP")


def _tell_of(ctx: Context, user: User) -> None:
    engine, nick = ctx.engine, user.nick
    ctx.reply_text(numerics.RPL_WHOISUSER, nick, user.user, user.host, "*", user.realname)
    if visibility.may_see_address(ctx.user, user):
        _tell_address(ctx, user)
    rooms = [
        describe.prefixes(ctx, room.members[user.uid]) + room.name
        for room in visibility.named_channels(ctx.state, ctx.user, user)
    ]
    long_answers.tell_words(ctx, numerics.RPL_WHOISCHANNELS, rooms, nick)
    ctx.reply_text(numerics.RPL_WHOISSERVER, nick, engine.server_name, engine.settings.description)
    describe.away_if_so(ctx, user)
    _tell_standing(ctx, user)
    if visibility.may_see_private(ctx.user, user):
        _tell_private(ctx, user)
    idle = max(0, engine.now.wall - user.spoke) // 1000
    ctx.reply(numerics.RPL_WHOISIDLE, nick, str(idle), str(user.arrived // 1000))


def _tell_address(ctx: Context, user: User) -> None:
    """Both numerics, because clients know the one or the other; the second for each address that he has connections
    from."""
    address = visibility.known_address(ctx.user, user)
    ctx.reply(numerics.RPL_WHOISACTUALLY, user.nick, f"{user.user}@{address}", address)
    for each in dict.fromkeys([address, *(attachment.address for attachment in user.sessions)]):
        where = f"{user.user}@{_place(each)}"
        ctx.reply(numerics.RPL_WHOISHOST, user.nick, text=numerics.RPL_WHOISHOST.text.format(address=where))


def _place(address: str) -> str:
    """A connection's host and address; of a local user his number on this machine."""
    number = address.removeprefix(LOCAL_ADDRESS)
    return f"{address} {address}" if number == address else f"{LOCAL_HOST} (user {number} of this machine)"


def _tell_standing(ctx: Context, user: User) -> None:
    """What is known of him to everybody: operator, account, bot, secure."""
    nick = user.nick
    if "o" in user.modes:
        ctx.reply(numerics.RPL_WHOISOPERATOR, nick, text=user.title or numerics.RPL_WHOISOPERATOR.text)
    if user.account:
        ctx.reply(numerics.RPL_WHOISACCOUNT, nick, user.account)
        if fold(user.account) == fold(nick):
            ctx.reply(numerics.RPL_WHOISREGNICK, nick)
    if "B" in user.modes:
        ctx.reply(numerics.RPL_WHOISBOT, nick, text=f"is a bot on {ctx.engine.network}")
    if "Z" in user.modes:
        ctx.reply(numerics.RPL_WHOISSECURE, nick)


def _tell_private(ctx: Context, user: User) -> None:
    """What is told to himself and to operators: modes and certificate."""
    modes = f"+{user.modes}" + (f" +{user.notices}" if user.notices else "")
    ctx.reply(numerics.RPL_WHOISMODES, user.nick, text=numerics.RPL_WHOISMODES.text.format(modes=modes))
    if user.certificate:
        text = numerics.RPL_WHOISCERTFP.text.format(fingerprint=user.certificate)
        ctx.reply(numerics.RPL_WHOISCERTFP, user.nick, text=text)


@command("WHOWAS", spec=MODERN + "whowas-message")
def whowas(ctx: Context, nicks: str = "", count: str = "") -> None:
    """See who had nicks before, the latest first: WHOWAS ann, or WHOWAS ann 1 for the last one only."""
    if not nicks:
        raise Refusal(numerics.ERR_NONICKNAMEGIVEN)
    wanted = int(count[:4]) if count.isascii() and count.isdigit() else 0
    for nick in several(ctx, nicks):
        _tell_of_departed(ctx, quotable(nick), wanted)


def _tell_of_departed(ctx: Context, nick: str, wanted: int) -> None:
    """What is remembered of one nick; `wanted` is the number of entries, 0 for all."""
    most = ctx.engine.limits.whowas_rows_max
    found = [departed for departed in reversed(ctx.state.departed) if fold(departed.nick) == fold(nick)]
    for departed in found[: min(wanted, most) if wanted else most]:
        ctx.reply_text(numerics.RPL_WHOWASUSER, departed.nick, departed.user, departed.host, "*", departed.realname)
        if departed.address and rules.has_privilege(ctx.user, ADDRESSES):
            ctx.reply(
                numerics.RPL_WHOISACTUALLY, departed.nick, f"{departed.user}@{departed.address}", departed.address
            )
        if departed.account:
            ctx.reply(numerics.RPL_WHOISACCOUNT, departed.nick, departed.account)
        ctx.reply_text(numerics.RPL_WHOISSERVER, departed.nick, ctx.engine.server_name, format_time(departed.at))
    if not found:
        ctx.reply(numerics.ERR_WASNOSUCHNICK, nick)
    if len(found) > most and (not wanted or wanted > most):
        ctx.note("WHOWAS_TRUNCATED", f"Only the last {most} of {len(found)} are shown")
    ctx.reply(numerics.RPL_ENDOFWHOWAS, nick)


@command("USERHOST", spec=MODERN + "userhost-message")
def userhost(ctx: Context, nick: str, *more: str) -> None:
    """See the user and host of people: USERHOST ann bob. After the nick, * marks an operator of the network; before the
    host, - is away and + is here."""
    _tell_places(ctx, numerics.RPL_USERHOST, (nick, *more), lambda user: user.host)


@command("USERIP", spec="https://script.quakenet.org/wiki/index.php?title=Raw_340")
def userip(ctx: Context, nick: str, *more: str) -> None:
    """See the user and IP address of people, as USERHOST shows their hosts; 255.255.255.255 when it is not told."""
    address = partial(visibility.shown_address, ctx.user)
    _tell_places(ctx, numerics.RPL_USERIP, (nick, *more), address)


def _tell_places(ctx: Context, numeric: Numeric, nicks: tuple[str, ...], place: Callable[[User], str]) -> None:
    rows = [
        f"{user.nick}{'*' if 'o' in user.modes else ''}={'-' if user.away else '+'}{user.user}@{place(user)}"
        for user in _asked(ctx, nicks)
    ]
    long_answers.tell_words(ctx, numeric, rows)
    if not rows:
        ctx.reply_text(numeric, "")


@command("ISON", spec="https://www.rfc-editor.org/rfc/rfc2812#section-4.9")
def ison(ctx: Context, nick: str, *more: str) -> None:
    """Ask which of some people are here: ISON ann bob. MONITOR tells it without asking again and again."""
    present = [user.nick for user in _asked(ctx, (nick, *more))]
    long_answers.tell_words(ctx, numerics.RPL_ISON, present)
    if not present:
        ctx.reply_text(numerics.RPL_ISON, "")


def _asked(ctx: Context, nicks: tuple[str, ...]) -> list[User]:
    """The users among the nicks asked for, which may be parameters or words of one, each once."""
    words = list(dict.fromkeys(fold(word) for nick in nicks for word in nick.split()))
    most = ctx.engine.limits.nicks_per_query_max
    if len(words) > most:
        ctx.note("NICKS_TRUNCATED", f"Only the first {most} nicks are looked for; ask for the others in another line")
    found = (visibility.somebody(ctx.engine, word) for word in words[:most])
    return [user for user in found if user is not None]

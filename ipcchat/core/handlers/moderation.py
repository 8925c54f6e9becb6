"""Who may be here: KILL, bans of the network (UBAN, and the K-lines and D-lines of others), the lockdown (DEFCON).

Rules:
1. There is one kind of ban (core/bans.py) and one tool for it, UBAN. The other spellings are the same tool for those
   who know them: KLINE and GLINE, DLINE and ZLINE.
2. A ban that would hit the one who sets it is refused; one that hits many people, or about everybody, needs the word
   FORCE in front of the rest.
3. Somebody's nick is no good target: he takes another. UBAN ADD <nick> says what to ban instead.

Specification: Modern IRC "KILL message" (https://modern.ircdocs.horse/#kill-message); UBAN and DEFCON as Ergo has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

import msgspec

from ipcchat.core import bans, facts, replies, rules
from ipcchat.core.apply.moderation import lockdown_words
from ipcchat.core.bans import NetworkBan
from ipcchat.core.context import Context
from ipcchat.core.counting import counted
from ipcchat.core.durations import parse_duration
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.privileges import ADDRESSES, BAN, KILL, LOCKDOWN
from ipcchat.core.registry import MODERN, command
from ipcchat.core.services import find as find_service
from ipcchat.core.state import User
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.times import format_time

ERGO = "https://github.com/ergochat/ergo/blob/stable/docs/MANUAL.md"
INSPIRCD = "https://docs.inspircd.org/4/commands/"
FORCE = "FORCE"
FOREVER = ("forever", "permanent")
NO_REASON = "no reason was given"
MINUTES_DIGITS_MAX = 8
_NOTE_BYTES = 200
"""What stands around a text: tags, source, command."""

_NO_NICK = frozenset("*?!@./:")


# KILL.


@command("KILL", spec=MODERN + "kill-message")
def kill(ctx: Context, nickname: str, reason: str = "") -> None:
    """Put somebody off the network, for operators: KILL eve :Enough of that. He may come back; UBAN keeps him out."""
    rules.require_privilege(ctx.user, KILL)
    if find_service(nickname) or fold(nickname) == fold(ctx.engine.server_name):
        text = f"{quotable(nickname)} is the server itself, and stays"
        raise Refusal(numerics.ERR_CANTKILLSERVER, text=text)
    victim = ctx.find_user(quotable(nickname))
    ctx.propose(facts.Killed, victim=victim.uid, reason=_reason(ctx, reason))


def _reason(ctx: Context, text: str) -> str:
    return replies.fitting(text.strip(), ctx.engine.limits.ban_reason_bytes_max) or NO_REASON


# UBAN.


@command("UBAN", spec=ERGO, cost=2.0)
def uban(ctx: Context, subcommand: str, target: str = "", *words: str) -> None:
    """Keep somebody off the network, for operators: UBAN ADD 192.0.2.0/24 1d12h spam, UBAN ADD account:eve forever
    :Enough, UBAN ADD *!*@*.example.org, UBAN DEL 192.0.2.0/24, UBAN LIST, UBAN LIST *spam*, UBAN INFO eve."""
    rules.require_privilege(ctx.user, BAN)
    act = _SUBCOMMANDS.get(subcommand.upper())
    if act is None:
        text = f"UBAN knows {', '.join(_SUBCOMMANDS)}; see HELP UBAN"
        raise Failure(numerics.ERR_UNKNOWNERROR, "UBAN", "UNKNOWN_SUBCOMMAND", quotable(subcommand), text=text)
    if not target and act is not _list:
        text = f"Not enough parameters: UBAN {subcommand.upper()} needs an address, network, account, mask or nick"
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, "UBAN", text=text)
    first, *rest = _words(target, words)
    act(ctx, first, rest)


def _words(target: str, words: Sequence[str]) -> list[str]:
    """The target and what is behind it. One that begins with a colon (::1) took all that is behind it along, and lost
    the colon: no address begins with one alone."""
    first, *rest = [*target.split(" "), *words]
    return [f":{first}" if first[:1] == ":" != first[1:2] else first, *rest]


def _add(ctx: Context, target: str, words: Sequence[str]) -> None:
    if not _NO_NICK.intersection(target):
        _propose_targets(ctx, target)
    terms = _terms(ctx, words)
    _ban(ctx, target, terms)


class _Terms(msgspec.Struct, frozen=True):
    """How a ban was meant: with FORCE, for so many seconds (0: until it is lifted), why."""

    forced: bool
    seconds: int
    reason: str


def _terms(ctx: Context, words: Sequence[str]) -> _Terms:
    """FORCE, a duration and a reason, the first two only where they stand in front."""
    rest = " ".join(words).split(" ")
    forced = rest[0] == FORCE
    if forced:
        del rest[0]
    seconds = parse_duration(rest[0]) if rest else None
    if rest and (seconds or rest[0].lower() in FOREVER):
        del rest[0]
    return _Terms(forced, seconds or 0, _reason(ctx, " ".join(rest)))


def _canonical(ctx: Context, target: str) -> str:
    """The canonical form of a target. Raises Refusal 415."""
    try:
        return bans.canonical(target, ctx.engine.limits.mask_bytes_max)
    except ValueError as error:
        raise Refusal(numerics.ERR_BADMASK, quotable(target), text=str(error)) from None


def _ban(ctx: Context, target: str, terms: _Terms) -> None:
    """Set a ban. Raises Refusal 415 when it hits the one who sets it, or too many without FORCE."""
    mask = _canonical(ctx, target)
    if bans.hits(mask, bans.identity_of(ctx.user)):
        text = "That would hit yourself; ban something narrower"
        raise Refusal(numerics.ERR_BADMASK, quotable(mask), text=text)
    count, users = len(bans.hit_by(ctx.state, mask)), len(ctx.state.users)
    if not terms.forced and (bans.is_broad(mask) or count > ctx.engine.limits.ban_users_max):
        text = f"That hits {count} of {users} users now, and perhaps many more; to mean it, say {FORCE} behind it"
        raise Refusal(numerics.ERR_BADMASK, quotable(mask), text=text)
    until = ctx.engine.now.wall + terms.seconds * 1000 if terms.seconds else 0
    ctx.propose(facts.BanSet, mask=mask, reason=terms.reason, until=until, author=ctx.user.operator)


def _propose_targets(ctx: Context, nick: str) -> NoReturn:
    """Say what to ban of somebody who is here. Raises Refusal 401, and Failure behind the advice."""
    user = ctx.state.nicks.find(nick)
    if user is None:
        text = f"Nobody here is called that; to ban everybody who is: UBAN ADD {quotable(nick)}!*@*"
        raise Refusal(numerics.ERR_NOSUCHNICK, quotable(nick), text=text)
    own = bans.identity_of(ctx.user)
    targets = [(target, what) for target, what in _targets(ctx, user) if not bans.hits(_canonical(ctx, target), own)]
    for target, what in targets:
        ctx.note("TARGET", f"{what}: UBAN ADD {target} <duration> <reason>")
    instead = "ban one of these instead" if targets else "and whatever else there is to ban of him would hit you too"
    text = f"{user.nick} can take another nick; {instead}"
    raise Failure(numerics.ERR_BADMASK, "UBAN", "NICK_IS_NO_TARGET", user.nick, text=text)


def _targets(ctx: Context, user: User) -> list[tuple[str, str]]:
    """What can be banned of somebody, each with what it is."""
    identity = bans.identity_of(user)
    found = [(f"account:{user.account}", "his account")] if user.account else []
    if rules.has_privilege(ctx.user, ADDRESSES):
        found += [(address, "an address of his") for address in identity.addresses if _is_network(address)]
    found.append((f"*!{user.user}@{user.host}", "his user name and the host that others see"))
    return found


def _is_network(address: str) -> bool:
    return bans.network_of(address) is not None


def _del(ctx: Context, target: str, words: Sequence[str]) -> None:
    ctx.propose(facts.BanLifted, mask=_canonical(ctx, target))


def _list(ctx: Context, target: str, words: Sequence[str]) -> None:
    """The bans in force; with a pattern those whose target or reason has it somewhere."""
    wanted, now = fold(target).strip("*"), ctx.engine.now.wall
    known = ctx.state.bans.in_force(now)
    found = [ban for ban in known if wanted in ban.mask or wanted in fold(ban.reason)]
    shown = _fitting(ctx, [described(ban) for ban in found])
    for text in shown:
        ctx.note("BAN", text)
    advice = f", of which {len(shown)} are shown; give a word to find others: UBAN LIST <word>"
    more = advice if len(shown) < len(found) else ""
    ctx.note("END_OF_BANS", f"{counted(len(found), 'ban')}{more}")


def _fitting(ctx: Context, texts: list[str]) -> list[str]:
    """As many as a send queue holds with room to spare: nobody is cut off because he asked."""
    limits, shown, size = ctx.engine.limits, texts[: ctx.engine.limits.list_rows_max], 0
    for number, text in enumerate(shown):
        size += len(text.encode()) + _NOTE_BYTES
        if size > limits.send_queue_bytes_max // 2:
            return shown[:number]
    return shown


def described(ban: NetworkBan) -> str:
    """A ban in a sentence, for operators."""
    until = f"until {format_time(ban.until)}" if ban.until else "until it is lifted"
    return f"{ban.mask} by {ban.by} since {format_time(ban.at)} {until}: {ban.reason}"


def _inspect(ctx: Context, target: str, words: Sequence[str]) -> None:
    """The bans that hit a user who is here, an address, or are the target itself; and of a target whom it would hit."""
    user = None if _NO_NICK.intersection(target) else ctx.find_user(target)
    now, known = ctx.engine.now.wall, ctx.state.bans
    if user is not None:
        for proposed, what in _targets(ctx, user):
            ctx.note("TARGET", f"{what}: {proposed}")
        found = list(known.hitting(bans.identity_of(user), now))
    else:
        found = _about(ctx, _canonical(ctx, target))
    for ban in found:
        ctx.note("BAN", described(ban))
    if not found:
        ctx.note("NO_BAN", f"No ban is about {quotable(target)}")


def _about(ctx: Context, mask: str) -> list[NetworkBan]:
    """The ban of a target, those of the networks around it; and a word on whom it would hit."""
    known, now = ctx.state.bans, ctx.engine.now.wall
    network = bans.network_of(mask)
    around = {} if network is None else dict.fromkeys(known.networks_at(str(network.network_address)))
    found = [known[each] for each in dict.fromkeys((mask, *around)) if each in known]
    nicks = [user.nick for user, _ in bans.hit_by(ctx.state, mask)]
    shown = " ".join(nicks[: ctx.engine.limits.ban_users_max])
    more = " ..." if len(nicks) > ctx.engine.limits.ban_users_max else ""
    ctx.note("HITS", f"{mask} hits {len(nicks)} of those who are here{': ' if shown else ''}{shown}{more}")
    return [ban for ban in found if not ban.is_over(now)]


_SUBCOMMANDS: dict[str, Callable[[Context, str, Sequence[str]], None]] = {
    "ADD": _add,
    "DEL": _del,
    "LIST": _list,
    "INFO": _inspect,
}


# Other spellings.


def _line(ctx: Context, first: str, words: Sequence[str]) -> None:
    """[<duration>] <target> [<duration>] [<reason>]; a bare number in front is minutes, as K-lines have always had."""
    rules.require_privilege(ctx.user, BAN)
    first, *words = _words(first, words)
    is_minutes = first.isascii() and first.isdigit() and len(first) < MINUTES_DIGITS_MAX
    seconds = int(first) * 60 if is_minutes else parse_duration(first)
    if seconds is None or not words:
        _ban(ctx, first, _terms(ctx, words))
    else:
        target, *rest = _words(words[0], words[1:])
        _ban(ctx, target, msgspec.structs.replace(_terms(ctx, rest), seconds=seconds))


@command("KLINE", spec=INSPIRCD, cost=2.0)
def kline(ctx: Context, target: str, *words: str) -> None:
    """The same as UBAN ADD, for those who know it: KLINE 60 *@192.0.2.7 :spam, where 60 are minutes."""
    _line(ctx, target, words)


@command("GLINE", spec=INSPIRCD, cost=2.0)
def gline(ctx: Context, target: str, *words: str) -> None:
    """The same as KLINE: all servers of the network are one."""
    _line(ctx, target, words)


@command("DLINE", spec=INSPIRCD, cost=2.0)
def dline(ctx: Context, target: str, *words: str) -> None:
    """The same as UBAN ADD, for an address or network: DLINE 60 192.0.2.0/24 :spam."""
    _line(ctx, target, words)


@command("ZLINE", spec=INSPIRCD, cost=2.0)
def zline(ctx: Context, target: str, *words: str) -> None:
    """The same as DLINE."""
    _line(ctx, target, words)


@command("UNKLINE", spec=INSPIRCD)
def unkline(ctx: Context, target: str) -> None:
    """The same as UBAN DEL."""
    rules.require_privilege(ctx.user, BAN)
    _del(ctx, _words(target, ())[0], ())


@command("UNDLINE", spec=INSPIRCD)
def undline(ctx: Context, target: str) -> None:
    """The same as UBAN DEL."""
    rules.require_privilege(ctx.user, BAN)
    _del(ctx, _words(target, ())[0], ())


# DEFCON.


@command("DEFCON", spec=ERGO)
def defcon(ctx: Context, level: str = "") -> None:
    """Lock the network down while it is attacked, for operators: DEFCON 2; DEFCON 5 opens it again. DEFCON says how it
    stands, HELP DEFCON what each level forbids. 4: nobody registers accounts or channels. 3: people without an account
    write to nobody but operators in private. 2: nobody comes in without an account. 1: nobody comes in but from this
    machine. Each forbids what the one before does, too."""
    rules.require_privilege(ctx.user, LOCKDOWN)
    if not level:
        ctx.note("LOCKDOWN", f"DEFCON {ctx.state.lockdown}: {lockdown_words(ctx.state.lockdown)}")
        return
    if level not in {str(each) for each in bans.LOCKDOWN_LEVELS}:
        text = "The level is a number from 1 (closed) to 5 (open); see HELP DEFCON"
        raise Failure(numerics.ERR_UNKNOWNERROR, "DEFCON", "INVALID_LEVEL", quotable(level), text=text)
    if int(level) == ctx.state.lockdown:
        ctx.note("LOCKDOWN", f"DEFCON is {level} already")
        return
    ctx.propose(facts.LockdownChanged, level=int(level))

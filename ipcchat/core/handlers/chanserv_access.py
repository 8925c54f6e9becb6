"""ChanServ, for ranks in registered channels: who has which, and what one does with one's own.

Rules:
1. ACCESS is the one list; FLAGS, AMODE and the xOP commands are other spellings of it. An account has one rank.
2. Ranks are given to accounts, so that they are nobody's who only takes the nick.
3. What is done with a rank by access is a change of modes, checked as every MODE is, with that rank.
"""

from __future__ import annotations

from collections.abc import Callable

from ipcchat.core import channel_access, extbans, facts, rules
from ipcchat.core.apply.channel_modes import service_mask, spelling
from ipcchat.core.channel_access import OFFERED
from ipcchat.core.facts import ModeChange
from ipcchat.core.handlers.chanserv import SERVICE, account_name, find_account, find_registered, manages_channels
from ipcchat.core.modes import CHANNEL_MODES, PREFIX_MODES
from ipcchat.core.replies import line
from ipcchat.core.services import Asked, service_command
from ipcchat.core.state import Channel, User
from ipcchat.core.targets import quotable

WORDS = {CHANNEL_MODES[letter].name: letter for letter in PREFIX_MODES} | {
    "op": "o",
    "operator": "o",
    "founder": "q",
    "protect": "a",
}
"""What people call the ranks."""
XOP = {"QOP": "q", "SOP": "a", "AOP": "o", "HOP": "h", "VOP": "v"}
GRANTS = {
    "OWNER": (True, "q"),
    "DEOWNER": (False, "q"),
    "ADMIN PROTECT": (True, "a"),
    "DEADMIN DEPROTECT": (False, "a"),
    "OP": (True, "o"),
    "DEOP": (False, "o"),
    "HALFOP": (True, "h"),
    "DEHALFOP": (False, "h"),
    "VOICE": (True, "v"),
    "DEVOICE": (False, "v"),
}
CLEARED_MAX = 200
"""People whom one CLEAR puts out: each of them is a KICK to all others."""


# The list.


@service_command(SERVICE, "ACCESS", shown=True, syntax="<channel> [LIST | ADD <account> <rank> | DEL <account>]")
def access(asked: Asked, channel: str, verb: str = "LIST", account: str = "", rank: str = "") -> None:
    """See and change who has which rank in a registered channel whenever he comes in: ACCESS #tea LIST, ACCESS #tea ADD
    bob o, ACCESS #tea DEL bob. Ranks are q, a, o, h and v, as in MODE; you give those below your own."""
    room, wanted = find_registered(asked, channel), verb.upper()
    if wanted == "LIST":
        _tell_list(asked, room)
    elif wanted == "ADD" and account and rank:
        _edit(asked, room, account, _rank(asked, rank))
    elif wanted in ("DEL", "REMOVE") and account:
        _edit(asked, room, account, "")
    else:
        raise asked.refusal(f"Type ACCESS {room.name} LIST, ADD <account> <q, a, o, h or v>, or DEL <account>")


def _rank(asked: Asked, word: str) -> str:
    """The prefix mode that a word means; the highest of several letters. Raises Refusal."""
    letters = WORDS.get(word.lower(), word.lstrip("+"))
    if not letters or not set(letters) <= set(PREFIX_MODES):
        raise asked.refusal(f"A rank is one of {', '.join(PREFIX_MODES)}: owner, admin, operator, halfop, voice")
    return min(letters, key=PREFIX_MODES.index)


def _tell_list(asked: Asked, room: Channel) -> None:
    if not manages_channels(asked):
        channel_access.require_access(room, asked.ctx.user, "v")
    asked.say(f"{room.founder}: founder of {room.name}")
    for name, modes in sorted(room.access.items(), key=lambda row: channel_access.level_of(row[1].rstrip(OFFERED))):
        asked.say(f"{account_name(asked, name)}: {_described(modes)}")


def _described(modes: str) -> str:
    rank = modes.rstrip(OFFERED)
    words = [f"+{rank} ({CHANNEL_MODES[rank].name})"] if rank else []
    return ", ".join([*words, *(["the channel is offered to it"] if modes.endswith(OFFERED) else [])])


def _edit(asked: Asked, room: Channel, word: str, modes: str) -> None:
    """Give an account that rank, or none (""). Raises Refusal."""
    ctx, account = asked.ctx, find_account(asked, word)
    if channel_access.is_founder(room, account):
        raise asked.refusal(f"{account} founded {room.name}, which is more than any rank; TRANSFER hands it over")
    if channel_access.modes_of(room, account) == modes:
        has = f"has access {modes}" if modes else "has no access"
        raise asked.refusal(f"{account} {has} in {room.name} already")
    offered = OFFERED if channel_access.is_offered(room, account) else ""
    asked.then_say(f"{account} has {f'access {modes}' if modes else 'no access'} in {room.name} now.")
    ctx.propose(facts.AccessChanged, channel=room.name, account=account, modes=modes + offered)


@service_command(SERVICE, "FLAGS", shown=True, syntax="<channel> [<account> [<+rank> | <-rank> | -*]]")
def flags(asked: Asked, channel: str, account: str = "", change: str = "") -> None:
    """ACCESS in other words: FLAGS #tea lists who has which rank, FLAGS #tea bob +o gives one, FLAGS #tea bob -* takes
    it."""
    room = find_registered(asked, channel)
    if not account:
        _tell_list(asked, room)
    elif change:
        _change(asked, room, account, change)
    else:
        if not manages_channels(asked):
            channel_access.require_access(room, asked.ctx.user, "v")
        name = find_account(asked, account)
        modes = channel_access.modes_of(room, name)
        asked.say(f"{name}: {_described(modes) if modes else 'no access'}")


@service_command(SERVICE, "AMODE", shown=True, syntax="<channel> [<+rank> | <-rank> <account>]")
def amode(asked: Asked, channel: str, change: str = "", account: str = "") -> None:
    """ACCESS in other words: AMODE #tea lists who has which rank, AMODE #tea +o bob gives one, AMODE #tea -o bob takes
    it."""
    room = find_registered(asked, channel)
    if not change:
        _tell_list(asked, room)
    elif account:
        _change(asked, room, account, change)
    else:
        raise asked.refusal(f"Whose? AMODE {room.name} {quotable(change)} <account>")


def _change(asked: Asked, room: Channel, account: str, change: str) -> None:
    """+o gives a rank; -o takes that one, and -* whatever it is. Raises Refusal."""
    if not change.startswith("-"):
        _edit(asked, room, account, _rank(asked, change))
        return
    modes = channel_access.modes_of(room, find_account(asked, account))
    if change != "-*" and modes != _rank(asked, change[1:]):
        raise asked.refusal(f"{quotable(account)} has {f'access {modes}' if modes else 'no access'} in {room.name}")
    _edit(asked, room, account, "")


def _xop(rank: str) -> Callable[..., None]:
    """ACCESS for one rank."""

    def edit(asked: Asked, channel: str, verb: str = "LIST", account: str = "") -> None:
        room, wanted = find_registered(asked, channel), verb.upper()
        if wanted == "LIST":
            _tell_list(asked, room)
        elif wanted == "ADD" and account:
            _edit(asked, room, account, rank)
        elif wanted in ("DEL", "REMOVE") and account:
            _change(asked, room, account, f"-{rank}")
        else:
            raise asked.refusal(f"Type LIST, ADD <account> or DEL <account> behind {room.name}")

    edit.__doc__ = (
        f"ACCESS in other words, for rank {rank} ({CHANNEL_MODES[rank].name}), with LIST, ADD <account> or DEL"
        " <account> behind the channel."
    )
    return edit


for _name, _letter in XOP.items():
    service_command(SERVICE, _name, shown=True, syntax="<channel> [LIST | ADD <account> | DEL <account>]")(
        _xop(_letter)
    )


# What one does with a rank.


def _member(asked: Asked, room: Channel, nick: str) -> User:
    """A member by his nick. Raises Refusal."""
    user = asked.ctx.find_user(quotable(nick))
    if user.uid not in room.members:
        raise asked.refusal(f"{user.nick} is not in {room.name}")
    return user


def _grant(added: bool, letter: str) -> Callable[..., None]:
    """Give members a prefix, or take it."""

    def grant(asked: Asked, channel: str, *nicks: str) -> None:
        room = find_registered(asked, channel)
        members = [_member(asked, room, nick) for nick in nicks or (asked.ctx.user.nick,)]
        _propose(asked, room, [ModeChange(added, letter, user.uid) for user in members])
        sign = "+" if added else "-"
        asked.then_say(f"{room.name}: {sign}{letter} {', '.join(user.nick for user in members)}")

    name, verb = CHANNEL_MODES[letter].name, "Give" if added else "Take"
    grant.__doc__ = (
        f"{verb} members of a registered channel rank {letter} ({name}) {'' if added else 'away '}until they leave, by"
        " your access there: behind the channel the nicks, or nothing for yourself."
    )
    return grant


for _names, _change_of in GRANTS.items():
    service_command(SERVICE, *_names.split(), shown=True, syntax="<channel> [<nick>...]")(_grant(*_change_of))


def _propose(asked: Asked, room: Channel, changes: list[ModeChange]) -> None:
    """Change modes by one's access, whether one is in the channel or not. Raises Refusal."""
    channel_access.require_access(room, asked.ctx.user, PREFIX_MODES[-1])
    asked.ctx.propose(facts.ChannelModesChanged, channel=room.name, changes=tuple(changes), forced=True)


@service_command(SERVICE, "UP", shown=True)
def up(asked: Asked, channel: str) -> None:
    """Get the rank that you have by your access in a channel that you are in: UP #tea."""
    room, user = find_registered(asked, channel), asked.ctx.user
    channel_access.require_access(room, user, "v")
    _member(asked, room, user.nick)
    modes = channel_access.modes_of(room, user.account)
    asked.then_say(f"{room.name}: +{modes} {user.nick}")
    _propose(asked, room, [ModeChange(True, modes, user.uid)])


@service_command(SERVICE, "DOWN", shown=True)
def down(asked: Asked, channel: str) -> None:
    """Lay your ranks in a channel down until you come in again, or UP: DOWN #tea."""
    room, user = find_registered(asked, channel), asked.ctx.user
    _member(asked, room, user.nick)
    modes = room.members[user.uid]
    if not modes:
        raise asked.refusal(f"You have no rank in {room.name}")
    asked.then_say(f"{room.name}: -{modes} {user.nick}")
    changes = tuple(ModeChange(False, letter, user.uid) for letter in modes)
    asked.ctx.propose(facts.ChannelModesChanged, channel=room.name, changes=changes)


@service_command(SERVICE, "UNBAN", shown=True)
def unban(asked: Asked, channel: str, target: str = "") -> None:
    """Lift the bans of a registered channel that hit you, or somebody else, or one mask: UNBAN #tea, UNBAN #tea bob,
    UNBAN #tea *!*@example.org. It takes access h or higher."""
    ctx, room = asked.ctx, find_registered(asked, channel)
    channel_access.require_access(room, ctx.user, "h")
    bans = room.lists.get("b", {})
    user = ctx.state.nicks.find(target) if target else ctx.user
    if user is None:
        hitting = list(filter(None, [spelling(bans, extbans.normalized(target)) or spelling(bans, target)]))
    else:
        hitting = [mask for mask in bans if any(extbans.hits(ctx.state, user, mask, how) for how in ("", extbans.MUTE))]
    if not hitting:
        raise asked.refusal(f"No such ban is in {room.name}; MODE {room.name} b lists them")
    asked.then_say(f"{room.name}: -b {' '.join(hitting)}")
    _propose(asked, room, [ModeChange(False, "b", mask) for mask in hitting])


@service_command(SERVICE, "CLEAR", shown=True, syntax="<channel> USERS | BANS")
def clear(asked: Asked, channel: str, what: str) -> None:
    """Put everybody out of a registered channel whom you outrank, or lift all its bans: CLEAR #tea USERS, CLEAR #tea
    BANS. It takes access a or higher; for USERS you are in the channel with your rank."""
    room = find_registered(asked, channel)
    channel_access.require_access(room, asked.ctx.user, "a")
    if what.upper() == "USERS":
        _clear_users(asked, room)
    elif what.upper() == "BANS":
        _clear_bans(asked, room)
    else:
        raise asked.refusal(f"Type CLEAR {room.name} USERS, or CLEAR {room.name} BANS")


def _clear_users(asked: Asked, room: Channel) -> None:
    ctx = asked.ctx
    ctx.joined_channel(room.name)
    victims = [uid for uid in room.members if uid != ctx.user.uid and rules.outranks(room, ctx.user, uid)]
    if not victims:
        raise asked.refusal(f"Nobody is in {room.name} whom you could put out; UP {room.name} gives you your rank")
    for uid in victims[:CLEARED_MAX]:
        ctx.propose(facts.Kicked, channel=room.name, victim=uid, reason=f"The channel is cleared by {ctx.user.nick}")
    left = len(victims) - CLEARED_MAX
    more = f"; {left} more to go, type it again" if left > 0 else ""
    asked.then_say(f"People who were put out of {room.name}: {min(len(victims), CLEARED_MAX)}{more}.")


def _clear_bans(asked: Asked, room: Channel) -> None:
    bans = list(room.lists.get("b", ()))
    if not bans:
        raise asked.refusal(f"There is no ban in {room.name}")
    asked.then_say(f"Bans of {room.name} that were lifted: {len(bans)}.")
    _propose(asked, room, [ModeChange(False, "b", mask) for mask in bans])


@service_command(SERVICE, "INVITE", shown=True)
def invite(asked: Asked, channel: str) -> None:
    """Be invited to a registered channel that you have access to: INVITE #tea. You need not: your access opens it, JOIN
    #tea is enough. Many clients join by themselves when they are invited."""
    ctx, room = asked.ctx, find_registered(asked, channel)
    channel_access.require_access(room, ctx.user, "v")
    if ctx.user.uid in room.members:
        raise asked.refusal(f"You are in {room.name} already")
    ctx.line(line(service_mask(ctx.engine), "INVITE", ctx.user.nick, room.name))
    asked.say(f"Your access opens {room.name} to you: JOIN {room.name}")


@service_command(SERVICE, "GETKEY", shown=True)
def getkey(asked: Asked, channel: str) -> None:
    """See the key (+k) of a registered channel that you have access to: GETKEY #tea. You come in without it."""
    room = find_registered(asked, channel)
    channel_access.require_access(room, asked.ctx.user, "v")
    asked.say(f"The key of {room.name} is {room.key}" if room.key else f"{room.name} has no key")

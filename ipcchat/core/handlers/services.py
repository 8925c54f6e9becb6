"""What NickServ, ChanServ and the other services answer, and the commands by which clients reach them: NICKSERV, NS,
CHANSERV, CS.

There are no accounts yet and no registered channels, and every answer says so, with what is there instead. Service
names are those that nobody may have as a nick (core/names.py).
"""

from __future__ import annotations

from collections.abc import Callable

from ipcchat.core import replies, services
from ipcchat.core.context import Context
from ipcchat.core.registry import command
from ipcchat.core.services import SERVICE_COMMANDS, SERVICES, Asked, add_service, service_command

SPECIFICATION = "https://modern.ircdocs.horse/#services"
COMMANDS_LINE_BYTES_MAX = 300

PURPOSES = {
    "NickServ": "About nicks. There are no accounts here yet: a nick is yours while you are connected.",
    "ChanServ": "About channels. Nothing is registered here: a channel belongs to its operators.",
    "HistServ": "About history. CHATHISTORY reads what was said in channels that you are in.",
    "HostServ": "About hosts. MODE <nick> +x hides where you connect from.",
    "MemoServ": "About messages for later. There are none: write to a channel, it keeps what is said.",
    "OperServ": "About operators of the network. OPER makes one of you, if the configuration knows you.",
    "BotServ": "About bots. A bot connects like everybody else and sets MODE <nick> +B.",
    "Services": "All services of this network.",
    "Server": "The server itself. HELP lists its commands.",
}

NO_ACCOUNTS = "There are no accounts here yet, so there is nothing to {}. "
UNKEPT = "What you wrote was neither kept nor shown to anybody."

# What people type who know services from elsewhere, and what there is instead.
INSTEAD: dict[str, dict[str, str]] = {
    "NickServ": {
        "REGISTER": NO_ACCOUNTS.format("register") + "Your nick is yours while you are connected. " + UNKEPT,
        "IDENTIFY LOGIN ID AUTH": NO_ACCOUNTS.format("log in to")
        + UNKEPT
        + " If this server has a password, your client gives it with PASS when it connects.",
        "LOGOUT DROP UNREGISTER": NO_ACCOUNTS.format("log out of or give up") + "QUIT frees your nick.",
        "GHOST RECOVER RELEASE REGAIN": "Nobody can be put off a nick here. One whose connection is dead is free after"
        " {limits.silence_seconds_max} seconds; take another until then: NICK <other nick>. " + UNKEPT,
        "VERIFY RESETPASS SENDPASS PASSWD CERT GROUP": NO_ACCOUNTS.format("set up") + UNKEPT,
        "SET": NO_ACCOUNTS.format("set")
        + "Your user modes are settings: +x hides your host, +i hides you in lists, +g lets only those write to you"
        " whom you ACCEPT. Type HELP UMODES.",
        "INFO STATUS ACC LIST": "Nobody has an account here yet. WHOIS <nick> says who somebody is.",
    },
    "ChanServ": {
        "REGISTER": "Channels are not registered here: who first joins one is its operator. Topic and modes survive a"
        " restart of the server, and so do members' places, for {limits.seat_minutes_max} minutes. An operator of the"
        " network keeps an empty channel with MODE #channel +P.",
        "DROP UNREGISTER": "Channels are not registered here: one is gone when everybody has left it.",
        "OP DEOP HALFOP DEHALFOP VOICE DEVOICE OWNER ADMIN UP DOWN": "Operators do that themselves: MODE #channel +o"
        " <nick> gives the operator's rank, -o takes it; v, h, a and q are the other ranks.",
        "KICK BAN UNBAN AKICK QUIET": "Operators do that themselves: KICK #channel <nick>, MODE #channel +b <mask>,"
        " MODE #channel -b <mask>; ~m:<mask> only mutes.",
        "INVITE GETKEY": "A member invites you: ask one, or KNOCK #channel.",
        "ACCESS FLAGS AMODE AOP SOP VOP HOP QOP": "There are no accounts here yet, so there is no list of who gets"
        " which rank. MODE #channel +I <mask> lets people in, +e <mask> exempts them from bans.",
        "SET MLOCK TOPIC ENTRYMSG": "Operators set that themselves: TOPIC #channel :text, MODE #channel +t. Type HELP"
        " CMODES.",
        "INFO STATUS LIST": "LIST shows the channels, MODE #channel one's modes, NAMES #channel who is in it.",
        "CLEAR TRANSFER RECOVER": "Channels are not registered here. An operator hands one over with MODE #channel +o"
        " <nick>; when none is left, ask an operator of the network.",
    },
    "HistServ": {"PLAY": "Type CHATHISTORY LATEST #channel * 50, in a channel that you are in."},
    "HostServ": {"ON OFF SET REQUEST": "MODE <nick> +x hides where you connect from, -x shows it again."},
    "MemoServ": {"SEND LIST READ": "There are no messages for later here; a channel keeps what is said in it."},
    "OperServ": {"LOGIN AKILL STATS": "Type OPER <name> <password>; the configuration says who may. " + UNKEPT},
    "BotServ": {"ASSIGN ADD LIST": "Nothing is assigned here: a bot connects like everybody else."},
}


def _help(asked: Asked, *topic: str) -> None:
    """See what a service can do, or what one of its commands is: HELP, HELP REGISTER."""
    rows, name = SERVICE_COMMANDS[asked.service.name], " ".join(topic).upper()
    if name in rows:
        asked.say(rows[name].syntax)
        for text in rows[name].help.splitlines():
            asked.say(_filled(asked, text))
    elif name:
        asked.say(f"There is no help on that. /msg {asked.service.name} HELP lists what there is.")
    else:
        _overview(asked)


def _overview(asked: Asked) -> None:
    service, rows = asked.service, SERVICE_COMMANDS[asked.service.name]
    asked.say(f"This is {service.name} of {asked.ctx.engine.network}. {service.purpose}")
    for text in replies.wrapped(list(rows), COMMANDS_LINE_BYTES_MAX):
        asked.say(f"Commands: {text}")
    asked.say(f"/msg {service.name} HELP <command> says what one does here. Other services: {_others(service.name)}.")


def _others(name: str) -> str:
    return ", ".join(service.name for service in SERVICES.values() if service.name != name)


def _filled(asked: Asked, text: str) -> str:
    return text.format(limits=asked.ctx.engine.limits)


def _advice(text: str) -> Callable[..., None]:
    """A command that is not there, which says what is instead."""

    def advise(asked: Asked, *words: str) -> None:
        asked.say(_filled(asked, text))

    advise.__doc__ = text
    return advise


for _name, _purpose in PURPOSES.items():
    add_service(_name, _purpose)
    service_command(_name, "HELP", shown=True)(_help)
    for _words, _text in INSTEAD.get(_name, {}).items():
        service_command(_name, *_words.split())(_advice(_text))


@command("NICKSERV", spec=SPECIFICATION)
def nickserv(ctx: Context, *words: str) -> None:
    """Ask the service for nicks, as with /msg NickServ: NICKSERV HELP."""
    _ask(ctx, "NickServ", words)


@command("NS", spec=SPECIFICATION)
def ns(ctx: Context, *words: str) -> None:
    """The same as NICKSERV: NS HELP."""
    _ask(ctx, "NickServ", words)


@command("CHANSERV", spec=SPECIFICATION)
def chanserv(ctx: Context, *words: str) -> None:
    """Ask the service for channels, as with /msg ChanServ: CHANSERV HELP."""
    _ask(ctx, "ChanServ", words)


@command("CS", spec=SPECIFICATION)
def cs(ctx: Context, *words: str) -> None:
    """The same as CHANSERV: CS HELP."""
    _ask(ctx, "ChanServ", words)


def _ask(ctx: Context, name: str, words: tuple[str, ...]) -> None:
    services.ask(ctx, SERVICES[name], " ".join(words).split())

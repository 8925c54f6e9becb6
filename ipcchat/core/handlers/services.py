"""HELP of all services, the commands by which clients reach NickServ and ChanServ (NICKSERV, NS, CHANSERV, CS), and
what the services say that have nothing to do here.

What NickServ and ChanServ do is in files of their own. Service names are those that nobody may have as a nick
(core/names.py).
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
    "NickServ": "About accounts: one makes a nick yours, and you keep your place while you are away.",
    "ChanServ": "About channels: a registered one stays, and knows who has which rank in it.",
    "HistServ": "About history. CHATHISTORY reads what was said in channels that you are in.",
    "HostServ": "About hosts. MODE <nick> +x hides where you connect from.",
    "MemoServ": "About messages for later. There are none: write to a channel, it keeps what is said.",
    "OperServ": "About operators of the network. OPER makes one of you, if the configuration knows you.",
    "BotServ": "About bots. A bot connects like everybody else and sets MODE <nick> +B.",
    "Services": "All services of this network.",
    "Server": "The server itself. HELP lists its commands.",
}

UNKEPT = "What you wrote was neither kept nor shown to anybody."

# What people type who know services from elsewhere, and what there is instead.
INSTEAD: dict[str, dict[str, str]] = {
    "HistServ": {"PLAY": "Type CHATHISTORY LATEST #channel * 50, in a channel that you are in."},
    "HostServ": {"ON OFF SET REQUEST": "MODE <nick> +x hides where you connect from, -x shows it again."},
    "MemoServ": {"SEND LIST READ": "There are no messages for later here; a channel keeps what is said in it."},
    "OperServ": {"LOGIN AKILL STATS": "Type OPER <name> <password>; the configuration says who may. " + UNKEPT},
    "BotServ": {"ASSIGN ADD LIST": "Nothing is assigned here: a bot connects like everybody else."},
}


def _help(asked: Asked, *topic: str) -> None:
    """See what a service can do, or what one of its commands is: HELP, HELP REGISTER."""
    rows, name = SERVICE_COMMANDS[asked.service.name], " ".join(topic).upper()
    if name in rows and rows[name].is_for(asked.ctx.user):
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
    known = [row for row in rows.values() if row.name == row.main and row.is_for(asked.ctx.user)]
    for text in replies.wrapped([row.name for row in known if not row.privilege], COMMANDS_LINE_BYTES_MAX):
        asked.say(f"Commands: {text}")
    for text in replies.wrapped([row.name for row in known if row.privilege], COMMANDS_LINE_BYTES_MAX):
        asked.say(f"For operators of the network: {text}")
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


def advise(service: str, instead: dict[str, str]) -> None:
    """A service has commands that only say what there is instead: names with spaces between them, and the advice."""
    for words, text in instead.items():
        service_command(service, *words.split())(_advice(text))


for _name, _purpose in PURPOSES.items():
    add_service(_name, _purpose)
    service_command(_name, "HELP", shown=True)(_help)
    advise(_name, INSTEAD.get(_name, {}))


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

"""The services that people look for: NickServ, ChanServ and the others, who hear what is written to them.

They are no users: they have a name that nobody else may have, and one table of commands. What is written to them is a
command and never a message: it is not journaled, not logged, and not repeated in an answer, for people write passwords
to services.

Rules:
1. A command of a service is a function behind `@service_command`: its signature behind `asked` is its syntax, its
   docstring what HELP says about it.
2. Whoever has echo-message gets an echo, with *** in place of parameters that may be secret: all of them, but for
   commands with `shown`.
3. A NOTICE, a TAGMSG and CTCP are not answered.
4. A refusal is said by the service, in its words for people.
5. Commands with a `privilege` are for operators of the network who have it; others see nothing of them in HELP.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ipcchat.core import caps, replies, rules
from ipcchat.core.errors import Refusal
from ipcchat.core.registry import syntax_of
from ipcchat.core.state import User
from ipcchat.wire import numerics
from ipcchat.wire.casemap import FoldedDict

if TYPE_CHECKING:
    from ipcchat.core.context import Context

CENSORED = "***"
TEXT_BYTES_MAX = 400
WORD_CHARACTERS_MAX = 32


class Service(msgspec.Struct, frozen=True):
    """One service: its nick, which is its user too, and what it is there for."""

    name: str
    purpose: str


class ServiceCommand(msgspec.Struct, frozen=True):
    """One command of a service, under one of its names; `main` is the first of them. `shown`: its parameters are no
    secrets."""

    name: str
    main: str
    handler: Callable[..., None]
    required: int
    most: int
    syntax: str
    help: str
    shown: bool
    privilege: str = ""

    def is_for(self, user: User) -> bool:
        """Whether the user may give it."""
        return not self.privilege or rules.has_privilege(user, self.privilege)


class Asked(NamedTuple):
    """A service that is asked something, and the command by which it was."""

    ctx: Context
    service: Service

    def say(self, text: str) -> None:
        """Answer with a NOTICE, or several when the text is long."""
        engine, session, name = self.ctx.engine, self.ctx.session, self.service.name
        tags = engine.tagger.tags(session.caps, engine.now.wall)
        for part in replies.wrapped(text.split(" "), TEXT_BYTES_MAX):
            self.ctx.line(replies.line(f"{name}!{name}@{engine.server_name}", "NOTICE", session.display, part), tags)

    def refusal(self, text: str) -> Refusal:
        """A no in the service's words."""
        return Refusal(numerics.ERR_UNKNOWNERROR, self.service.name, text=text)

    def then_say(self, text: str) -> None:
        """Say that when everything that was proposed has happened, and nothing of it was refused."""
        self.ctx.then = lambda: self.say(text)


SERVICES: FoldedDict[Service] = FoldedDict()
SERVICE_COMMANDS: dict[str, dict[str, ServiceCommand]] = {}


def add_service(name: str, purpose: str) -> None:
    """There is a service of that name."""
    SERVICES[name] = Service(name, purpose)
    SERVICE_COMMANDS[name] = {}


def service_command(
    service: str, *names: str, shown: bool = False, privilege: str = "", syntax: str = ""
) -> Callable[..., Callable[..., None]]:
    """Register a handler as a command of a service, under one name or several. `syntax` is what HELP writes behind the
    name where the signature does not tell. Raises ValueError when a name is taken."""

    def register(handler: Callable[..., None]) -> Callable[..., None]:
        text = inspect.cleandoc(handler.__doc__ or "")
        for name in names:
            if name in SERVICE_COMMANDS[service]:
                raise ValueError(f"{service} has a command {name} already")
            required, most, written = syntax_of(name, handler)
            written = f"{name} {syntax}" if syntax else written
            SERVICE_COMMANDS[service][name] = ServiceCommand(
                name, names[0], handler, required, most, written, text, shown, privilege
            )
        return handler

    return register


def find(name: str) -> Service | None:
    """The service of that name."""
    return SERVICES.find(name)


def require_none(targets: Iterable[str]) -> None:
    """None of several recipients is a service: what it is told may be a password, which the others would read. Raises
    Refusal 407."""
    for target in targets:
        service = SERVICES.find(target.partition("@")[0])
        if service is not None:
            text = f"Write to {service.name} in a message of its own; nobody was told this one"
            raise Refusal(numerics.ERR_TOOMANYTARGETS, service.name, text=text)


def hear(ctx: Context, service: Service, verb: str, text: str) -> None:
    """Something was written to a service. Raises NotYet while earlier facts of the session are on their way."""
    ctx.wait_for_turn()
    words = text.split()
    if verb == "TAGMSG":
        return
    _echo(ctx, service, verb, words)
    if verb == "PRIVMSG" and not text.startswith("\x01"):
        ask(ctx, service, words)


def _echo(ctx: Context, service: Service, verb: str, words: list[str]) -> None:
    session, engine = ctx.session, ctx.engine
    if session.caps & caps.ECHO_MESSAGE:
        tags = engine.tagger.tags(session.caps, engine.now.wall)
        ctx.line(replies.line(ctx.user.mask, verb, service.name, _harmless(service, words)), tags)


def _harmless(service: Service, words: list[str]) -> str:
    """What may be shown of what was written."""
    row = _find_command(service, words)
    if row is None:
        return CENSORED
    if row.shown:
        return " ".join(words)
    return f"{words[0]} {CENSORED}" if words[1:] else words[0]


def _find_command(service: Service, words: list[str]) -> ServiceCommand | None:
    return SERVICE_COMMANDS[service.name].get(words[0].upper()) if words else None


def ask(ctx: Context, service: Service, words: list[str]) -> None:
    """Run a command of a service; no words ask for help."""
    asked, words = Asked(ctx, service), words or ["HELP"]
    row = _find_command(service, words)
    if row is None:
        asked.say(_unknown(service, words[0]))
        return
    ctx.speaker = asked.say
    if row.privilege:
        rules.require_privilege(ctx.user, row.privilege)
    if len(words) <= row.required:
        asked.say(f"That needs more: {row.syntax}")
    else:
        row.handler(asked, *words[1 : row.most + 1])


def _unknown(service: Service, word: str) -> str:
    """What to say to a command that is not there. The word is not repeated: it may be a password."""
    known = SERVICE_COMMANDS[service.name]
    nearest = difflib.get_close_matches(word.upper()[:WORD_CHARACTERS_MAX], known, 1)
    advice = f"Did you mean {nearest[0]}? " if nearest else ""
    return f"{service.name} has no such command. {advice}/msg {service.name} HELP lists what there is."

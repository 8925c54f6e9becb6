"""The table of commands: each handler registers itself, its signature is its syntax, and the preconditions are
checked here once.

A handler is `def topic(ctx, channel, text=None)`: parameters without a default are required, the others optional,
`*rest` takes all that follow; surplus parameters are dropped. Arity errors, HELP and the reference are made from it.
A handler refuses by raising, answers through
`ctx`, and proposes facts; it checks neither registration nor arity nor rate.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import msgspec

from ipcchat.core.rates import Rate

MODERN = "https://modern.ircdocs.horse/#"
IRCV3 = "https://ircv3.net/specs/extensions/"

Handler = Callable[..., None]


class Command(msgspec.Struct, frozen=True):
    """One row: what a command needs before its handler runs.

    `before` and `after` say whether it may be used before and after registration; a `pipelined` command does not
    wait for the session's posts. `cost` is what it takes from the flood bucket, in lines, and `each` what each further
    one of its first parameter's targets takes; `rate` is how often one user may say it (with parameters) when others
    have to hear it.
    """

    name: str
    handler: Handler
    spec: str
    required: int
    most: int
    syntax: str
    help: str
    before: bool
    after: bool
    pipelined: bool
    cost: float
    each: float = 0.0
    rate: Rate | None = None


COMMANDS: dict[str, Command] = {}


def command(
    name: str,
    *,
    spec: str,
    before: bool = False,
    after: bool = True,
    pipelined: bool = False,
    cost: float = 1.0,
    each: float = 0.0,
    rate: Rate | None = None,
) -> Callable[[Handler], Handler]:
    """Register a handler under a command name. Raises ValueError when the name is taken."""

    def register(handler: Handler) -> Handler:
        if name in COMMANDS:
            raise ValueError(f"the command {name} is registered twice")
        required, most, syntax = syntax_of(name, handler)
        text = inspect.cleandoc(handler.__doc__ or "")
        COMMANDS[name] = Command(
            name, handler, spec, required, most, syntax, text, before, after, pipelined, cost, each, rate
        )
        return handler

    return register


def syntax_of(name: str, handler: Handler) -> tuple[int, int, str]:
    """Fewest and most parameters of a handler behind its first one, and how to write the command. Read from the code
    object: inspect.signature would take 3 ms of every start."""
    code = handler.__code__
    parameters = code.co_varnames[1 : code.co_argcount]
    required = len(parameters) - len(handler.__defaults__ or ())
    words = [f"<{word}>" if place < required else f"[<{word}>]" for place, word in enumerate(parameters)]
    several = bool(code.co_flags & inspect.CO_VARARGS)
    if several:
        words.append(f"[<{code.co_varnames[code.co_argcount + code.co_kwonlyargcount]}>...]")
    syntax = " ".join([name, *(word.replace("_", " ") for word in words)])
    return required, 500 if several else len(parameters), syntax

"""What the engine itself says no with: to commands that are not there, come too often or cannot be read, and to those
that met trouble of ours. What a command refuses is said where it is checked."""

from __future__ import annotations

import difflib

from ipcchat.core import rates
from ipcchat.core.counting import counted
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.registry import COMMANDS
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.message import WireError

COMMAND_CHARACTERS_MAX = 32

NOT_DONE = "This met a mistake in the server and was not done, or not wholly; the server's log says more"
NOT_TOLD = "This happened, but others were perhaps not told of it; the server's log says more"
REFUSED_BEFORE = "This message was refused when it was sent first; send it with a new key"


def unknown(command: str) -> Refusal:
    """What to say to a command that is not there: perhaps it is another one, misspelled."""
    shown = command[:COMMAND_CHARACTERS_MAX]
    nearest = difflib.get_close_matches(shown.upper(), COMMANDS, 1)
    advice = f"did you mean {nearest[0]}? HELP lists all" if nearest else "HELP lists all"
    return Refusal(numerics.ERR_UNKNOWNCOMMAND, shown, text=f"{numerics.ERR_UNKNOWNCOMMAND.text}; {advice}")


def too_often(rate: rates.Rate, command: str, wait: int, asked: str) -> Refusal:
    """What to say to who is too fast, with how long to wait: 438 names the nick that was asked for, 263 the command."""
    text = f"{rate.times} times in {rate.seconds} seconds is the most: wait {counted(wait, 'second')}"
    return Refusal(rate.numeric, quotable(asked) if rate.numeric is numerics.ERR_NICKTOOFAST else command, text=text)


def unreadable(error: WireError) -> Refusal:
    """What to say about a line that could not be read."""
    if error.code in ("LINE_TOO_LONG", "TAGS_TOO_LONG"):
        return Refusal(numerics.ERR_INPUTTOOLONG, text=str(error))
    if error.code == "BAD_COMMAND":
        return Refusal(numerics.ERR_UNKNOWNCOMMAND, "*", text=str(error))
    return Failure(numerics.ERR_UNKNOWNERROR, "*", error.code, text=str(error))


def refused_before(command: str) -> Refusal:
    """What to say to the repetition of a post that was refused at its place in the order."""
    return Failure(numerics.ERR_UNKNOWNERROR, command, "REFUSED_BEFORE", text=REFUSED_BEFORE)


def not_looked_up(command: str, reason: str) -> Refusal:
    """What to say when a repetition is refused, and nobody can tell now whether the first one happened."""
    text = f"Nobody can tell now whether this happened when it was sent first: {reason}. Send it again later."
    return Failure(numerics.ERR_UNKNOWNERROR, command, "TEMPORARILY_UNAVAILABLE", "*", text=text)


def mistake(command: str, text: str) -> Refusal:
    """What to say when a command met a mistake of ours."""
    return Failure(numerics.ERR_UNKNOWNERROR, command, "INTERNAL_ERROR", text=text)


def not_journaled(command: str, target: str, reason: str) -> Refusal:
    """What to say when a fact could not be written: nothing happened."""
    return Failure(numerics.ERR_UNKNOWNERROR, command, "TEMPORARILY_UNAVAILABLE", target, text=not_written(reason))


def not_written(reason: str) -> str:
    """The same in words."""
    return f"Nothing was sent or changed: {reason}. Try again later."

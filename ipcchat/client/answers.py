"""Which lines answer which command, and which of them say no.

Rules:
1. The table matters only where the server has no labeled-response; there it tells an answer's lines from others that
   come at the same time, and where a late answer ends.
2. A command that is not in the table is answered by every numeric that comes before the PONG behind it.
3. A refusal is a FAIL or an error numeric: 4xx, 5xx, and those of other hundreds that are named ERR_.

Specifications: RFC 2812 5, Modern IRC "Numerics", IRCv3 monitor, standard-replies, draft/metadata-2.
"""

from __future__ import annotations

from dataclasses import dataclass

from ipcchat.client.errors import CommandRefused
from ipcchat.wire.message import Message
from ipcchat.wire.numerics import NUMERICS

# 422: there is no message of the day. 470: the server lets us into another channel instead.
HARMLESS = frozenset({"422", "470"})
# 716: who we write to does not accept us; it has the name of a reply and is a refusal.
REFUSALS = frozenset({"716"}) | {
    code for code, numeric in NUMERICS.items() if numeric.name.startswith("ERR_") and code not in HARMLESS
}
STANDARD_REPLIES = ("FAIL", "WARN", "NOTE")
# Commands that a server answers by a line of the same name (sasl-3.1, draft/account-registration, draft/read-marker,
# draft/authtoken).
ANSWERED_BY_NAME = ("AUTHENTICATE", "REGISTER", "VERIFY", "MARKREAD", "TOKEN")


@dataclass(frozen=True, slots=True)
class Shape:
    """The numerics that an answer consists of, and those that end it (none: it ends when the server goes on)."""

    lines: frozenset[str]
    ends: frozenset[str]


def shape(lines: str, ends: str = "") -> Shape:
    """A row of the table."""
    last = frozenset(ends.split())
    return Shape(frozenset(lines.split()) | last, last)


_TEXT = shape("301 716 717")
_WHOIS = "276 301 307 310 311 312 313 314 317 319 320 330 335 338 343 344 350 378 379 569 616 617 671 672 760"
SHAPES: dict[str, Shape] = {
    "PRIVMSG": _TEXT,
    "NOTICE": _TEXT,
    "TAGMSG": _TEXT,
    "BATCH": _TEXT,
    "WHOIS": shape(_WHOIS, "318"),
    "WHOWAS": shape(_WHOIS, "369"),
    "WHO": shape("352 354", "315"),
    "NAMES": shape("353", "366"),
    "LIST": shape("321 322", "323"),
    "JOIN": shape("328 329 331 332 333 353 366 470"),
    "PART": shape(""),
    "KICK": shape(""),
    "TOPIC": shape("331 332 333"),
    "MODE": shape("221 324 329 346 347 348 349 367 368 728 729"),
    "INVITE": shape("301 336 337 341 346 347"),
    "AWAY": shape("305 306"),
    "NICK": shape(""),
    "MONITOR": shape("730 731 732 733"),
    "KNOCK": shape("711"),
    "SETNAME": shape(""),
    "RENAME": shape(""),
    "REDACT": shape(""),
    "METADATA": shape("760 761 762 766 770 771 772 774"),
    "MOTD": shape("372 375", "376 422"),
    "AUTHENTICATE": shape("900 901 908", "AUTHENTICATE 902 903 904 905 906 907"),
    "REGISTER": shape("900 920", "REGISTER"),
    "VERIFY": shape("900 920", "VERIFY"),
    "HELP": shape("704 705 706"),
    "MARKREAD": shape("MARKREAD"),
    "TOKEN": shape("TOKEN"),
}


def is_refusal(message: Message) -> bool:
    """Whether a line says no."""
    command = message.command.upper()
    if command == "FAIL":
        return len(message.params) >= 2
    return command.isdigit() and command not in HARMLESS and (command[0] in "45" or command in REFUSALS)


def refusal_in(lines: list[Message]) -> CommandRefused | None:
    """The no in an answer, if there is one."""
    for line in lines:
        if is_refusal(line):
            return refusal_of(line)
    return None


def refusal_of(line: Message) -> CommandRefused:
    """A line that says no, as what is raised."""
    if line.command.upper() == "FAIL":
        return CommandRefused(line.params[-1], line.params[1], tuple(line.params[2:-1]))
    about, text = tuple(line.params[1:-1]), "".join(line.params[1:][-1:])
    return CommandRefused(": ".join(filter(None, [" ".join(about), text])) or line.command, line.command, about)


def belongs(command: str, message: Message) -> bool:
    """Whether a line can be part of the answer to this command, on a server without labels."""
    code = message.command.upper()
    if code in STANDARD_REPLIES:
        return not message.params or message.params[0].upper() in (command, "*")
    known = SHAPES.get(command)
    if known is not None and code in known.lines:
        return True
    return code.isdigit() and (known is None or is_refusal(message))


def is_complete(command: str, lines: list[Message]) -> bool:
    """Whether these lines are the whole answer, as far as the table knows: an end that must come has come, or a no."""
    known = SHAPES.get(command)
    if known is None or not known.ends:
        return True
    return any(line.command in known.ends or is_refusal(line) for line in lines)

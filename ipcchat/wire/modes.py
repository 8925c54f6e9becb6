"""Mode strings: "+o-v ann bob" to changes and back.

Rules:
1. Which letters take an argument is a table: the four classes of CHANMODES and the letters of PREFIX. Nothing else is
   known here.
2. Parsing never fails: what cannot be understood is in `errors`, the rest is used.
3. An empty argument is a missing one.

Specification: Modern IRC "MODE message", "CHANMODES", "PREFIX" (https://modern.ircdocs.horse/#mode-message).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

import msgspec

from ipcchat.wire.message import WireError


class ModeClasses(msgspec.Struct, frozen=True):
    """Which letter is what: CHANMODES=lists,settings,limits,flags and PREFIX=(prefixes)symbols, the highest first.

    `lists` (A) take an argument, and without one ask for the list; `settings` (B) always take one; `limits` (C) only
    when set; `flags` (D) never; `prefixes` always take a nick. A user's own modes are flags, but for +s: like a list it
    takes letters or none.
    """

    lists: str = ""
    settings: str = ""
    limits: str = ""
    flags: str = ""
    prefixes: str = ""
    symbols: str = ""

    @property
    def chanmodes(self) -> str:
        """The value of the CHANMODES token."""
        return f"{self.lists},{self.settings},{self.limits},{self.flags}"

    @property
    def prefix(self) -> str:
        """The value of the PREFIX token."""
        return f"({self.prefixes}){self.symbols}" if self.prefixes else ""


class Change(NamedTuple):
    """One mode set (`added`) or unset; `argument` is None where there is none."""

    added: bool
    letter: str
    argument: str | None = None


class ChangeLike(Protocol):
    """What can be formatted: anything with these three, for instance Change; an argument of "" counts as None."""

    @property
    def added(self) -> bool: ...
    @property
    def letter(self) -> str: ...
    @property
    def argument(self) -> str | None: ...


class Problem(Enum):
    """Why a letter was not used."""

    UNKNOWN_MODE = "unknown mode"
    MISSING_ARGUMENT = "missing argument"


class ModeError(NamedTuple):
    """A letter that was not used, with its sign and the reason."""

    added: bool
    letter: str
    problem: Problem


class ParsedModes(NamedTuple):
    """What a MODE line asks for, in order, what of it was not understood, and the arguments that no letter took."""

    changes: list[Change]
    errors: list[ModeError]
    surplus: list[str]


RFC_CHANNEL_MODES = ModeClasses(lists="b", settings="k", limits="l", flags="imnpst", prefixes="ov", symbols="@+")


def mode_classes(chanmodes: str, prefix: str) -> ModeClasses:
    """The classes a server told in 005: CHANMODES (classes past the fourth are ignored) and PREFIX ("" for none).

    Raises WireError (BAD_PREFIX) when PREFIX is not "(letters)symbols" with as many of one as of the other.
    """
    lists, settings, limits, flags = (chanmodes.split(",") + [""] * 4)[:4]
    letters, closed, symbols = prefix.removeprefix("(").partition(")")
    if prefix and (prefix[0] != "(" or not closed or len(letters) != len(symbols)):
        raise WireError("BAD_PREFIX", f"PREFIX is written like (ov)@+, not {prefix!r}")
    return ModeClasses(lists, settings, limits, flags, letters, symbols)


def parse_modes(classes: ModeClasses, letters: str, arguments: Sequence[str] = ()) -> ParsedModes:
    """Read "+o-v" with its arguments; the sign is + until one is given.

    A list letter without argument is a Change without argument: it asks for the list.
    COMPAT: a setting (like the key) may be unset without argument; Modern IRC wants one.
    """
    parsed = ParsedModes([], [], [])
    waiting = iter(arguments)
    added = True
    for letter in letters:
        if letter in "+-":
            added = letter == "+"
        else:
            _take_letter(classes, parsed, added, letter, waiting)
    parsed.surplus.extend(waiting)
    return parsed


def _take_letter(classes: ModeClasses, parsed: ParsedModes, added: bool, letter: str, waiting: Iterable[str]) -> None:
    """Put one letter where it belongs: among the changes with its argument, or among the errors."""
    optional = letter in classes.lists or (letter in classes.settings and not added)
    required = letter in classes.prefixes or letter in classes.settings or (letter in classes.limits and added)
    if not (optional or required or letter in classes.limits or letter in classes.flags):
        parsed.errors.append(ModeError(added, letter, Problem.UNKNOWN_MODE))
        return
    argument = next(iter(waiting), "") or None if optional or required else None
    if required and not optional and argument is None:
        parsed.errors.append(ModeError(added, letter, Problem.MISSING_ARGUMENT))
    else:
        parsed.changes.append(Change(added, letter, argument))


def format_modes(changes: Iterable[ChangeLike]) -> list[str]:
    """The parameters of a MODE line: ["+o-v", "ann", "bob"]; a sign stands where it changes. No changes give []."""
    letters, arguments = "", []
    sign = ""
    for change in changes:
        wanted = "+" if change.added else "-"
        letters += change.letter if wanted == sign else wanted + change.letter
        sign = wanted
        if change.argument:
            arguments.append(change.argument)
    return [letters, *arguments] if letters else []

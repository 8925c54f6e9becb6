"""What a setting of the terminal client may be: each kind says what it expects, and reads a value of a TOML file.

`read` raises ValueError with the reason, which never repeats more than the beginning of a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

VALUE_CHARACTERS_SHOWN = 40
TYPE_NAMES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a section",
}


class Kind(Protocol):
    """What a setting may be."""

    @property
    def expected(self) -> str:
        """What is expected, for people."""

    def read(self, value: object) -> object:
        """The value as the program uses it. Raises ValueError."""


@dataclass(eq=False, repr=False)
class Flag:
    """Yes or no."""

    expected: str = "true or false"

    def read(self, value: object) -> bool:
        """The value."""
        if not isinstance(value, bool):
            raise ValueError(wrong(self, value))
        return value


@dataclass(eq=False, repr=False)
class OneOf:
    """One of a few words or numbers."""

    choices: tuple[str | int, ...]

    @property
    def expected(self) -> str:
        """All of them."""
        first = ", ".join(map(shown, self.choices[:-1]))
        return f"{first} or {shown(self.choices[-1])}"

    def read(self, value: object) -> str | int:
        """The value."""
        if isinstance(value, bool) or value not in self.choices or not isinstance(value, str | int):
            raise ValueError(wrong(self, value))
        return value


@dataclass(eq=False, repr=False)
class Whole:
    """A whole number of a range, or 0."""

    least: int
    most: int

    @property
    def expected(self) -> str:
        """The range."""
        return f"a number from {self.least} to {self.most}, or 0"

    def read(self, value: object) -> int:
        """The value."""
        if (
            isinstance(value, bool)
            or not isinstance(value, int)
            or not (value == 0 or self.least <= value <= self.most)
        ):
            raise ValueError(wrong(self, value))
        return value


@dataclass(eq=False, repr=False)
class Text:
    """A text in one line. `check` raises ValueError for what cannot be, and returns what is used."""

    what: str = "a text"
    characters_max: int = 200
    check: Callable[[str], str] = str

    @property
    def expected(self) -> str:
        """What it names."""
        return self.what

    def read(self, value: object) -> str:
        """The value."""
        if not isinstance(value, str):
            raise ValueError(wrong(self, value))
        if len(value) > self.characters_max:
            raise ValueError(f"is {len(value)} characters long, at most {self.characters_max} are allowed")
        if any(not character.isprintable() for character in value):
            raise ValueError(f"expected {self.what} in one line, without control characters")
        return self.check(value) if value else ""


@dataclass(eq=False, repr=False)
class Texts:
    """A list of texts."""

    each: Text
    number_max: int

    @property
    def expected(self) -> str:
        """What is in it."""
        return f"a list, each {self.each.expected}"

    def read(self, value: object) -> tuple[str, ...]:
        """The value."""
        if not isinstance(value, list):
            raise ValueError(wrong(self, value))
        if len(value) > self.number_max:
            raise ValueError(f"has {len(value)} entries, at most {self.number_max} are allowed")
        return tuple(text for entry in value if (text := self.each.read(entry)))


def wrong(kind: Kind, value: object) -> str:
    """What to say about a value that does not fit."""
    got = shown(value) if isinstance(value, str | int | float) else TYPE_NAMES.get(type(value), "something else")
    return f"expected {kind.expected}, got {got}"


def shown(value: object) -> str:
    """A value as a TOML file has it, cut when it is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        cut = value if len(value) <= VALUE_CHARACTERS_SHOWN else value[:VALUE_CHARACTERS_SHOWN] + "…"
        return f'"{"".join(character if character.isprintable() else "?" for character in cut)}"'
    return str(value)

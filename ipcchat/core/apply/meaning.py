"""The table of meanings: for each kind of fact its check, its change and its announcement."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from ipcchat.core import facts
from ipcchat.core.facts import Entry
from ipcchat.core.state import State

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

Check = Callable[[State, Any], None]
Change = Callable[[State, Any, Entry], Any]
Announcement = Callable[["Engine", Any, Entry, Any, "Context | None"], None]


class Meaning(msgspec.Struct, frozen=True):
    """One row. `announce` gets what `change` returned, and the command that the fact came from when that was said on
    this node."""

    check: Check
    change: Change
    announce: Announcement


MEANINGS: dict[type[facts.Fact], Meaning] = {}


def means(kind: type[facts.Fact], *, check: Check, change: Change, announce: Announcement) -> None:
    """Put one kind of fact into the table. Raises ValueError when it is there already."""
    if kind in MEANINGS:
        raise ValueError(f"{kind.__name__} has a meaning already")
    MEANINGS[kind] = Meaning(check, change, announce)


def check(state: State, fact: facts.Fact) -> None:
    """Whether `fact` may happen in `state`. Raises Refusal or Ignored."""
    MEANINGS[type(fact)].check(state, fact)

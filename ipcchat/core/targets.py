"""Reading the targets of a command: lists of names, and names as they can be written in a reply.

Rules:
1. What is named twice is done once, as it was written first.
2. Names between two commas without anything are no names; keys keep their places.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar

from ipcchat.core.errors import Refusal
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.context import Context

QUOTED_CHARACTERS_MAX = 64

Item = TypeVar("Item")


def several(ctx: Context, written: str) -> list[str]:
    """The different names in a comma-separated list. Raises Refusal 461 for none, 407 for more than one command may
    ask."""
    return _different(ctx, ((fold(name), name) for name in _names(written)))


def with_keys(ctx: Context, written: str, keys: str) -> list[tuple[str, str]]:
    """The different names in a list, each with its key from another list; "" where there is none. Raises like
    `several`."""
    rows = zip_longest(written.split(","), keys.split(","), fillvalue="")
    return _different(ctx, ((fold(name), (name, key)) for name, key in rows if name))


def pairs(ctx: Context, channels: str, nicks: str) -> list[tuple[str, str]]:
    """(channel, nick): one channel with each of the nicks, or each channel with the nick at its place (RFC 2812
    3.2.8). Raises like `several`, and Refusal 461 when the lists do not fit together."""
    rooms, people = _names(channels), _names(nicks)
    if len(rooms) == 1:
        rooms *= len(people)
    if rooms and people and len(rooms) != len(people):
        text = f"{ctx.command} takes one channel and any nicks, or as many channels as nicks"
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, ctx.command, text=text)
    rows = zip(rooms, people, strict=False)
    return _different(ctx, ((fold(f"{room},{nick}"), (room, nick)) for room, nick in rows))


def _names(written: str) -> list[str]:
    return [name for name in written.split(",") if name]


def _different(ctx: Context, found: Iterable[tuple[Hashable, Item]]) -> list[Item]:
    """The items whose keys differ, the first of each."""
    unique: dict[Hashable, Item] = {}
    for key, item in found:
        unique.setdefault(key, item)
    if not unique:
        text = "Not enough parameters: there is no name in the list"
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, ctx.command, text=text)
    most = ctx.engine.limits.targets_per_command_max
    if len(unique) > most:
        raise Refusal(numerics.ERR_TOOMANYTARGETS, f"{len(unique)}", text=f"At most {most} targets in one command")
    return list(unique.values())


def quotable(name: str) -> str:
    """A name as it can stand in the middle of a reply. What could never be a name does not become one: a space and a
    leading colon are written as a comma, and a cut is marked."""
    written = name.replace(" ", ",")
    if written.startswith(":"):
        written = f",{written[1:]}"
    return f"{written[:QUOTED_CHARACTERS_MAX]}..." if len(written) > QUOTED_CHARACTERS_MAX else written or "*"

"""Who came and went, in one sentence.

Rules:
1. What somebody did is put together: who came and went again is named once.
2. With joins "smart" only people are named who are missed or expected (`Coming.known`), or who have another nick now;
   with "all" everybody, with "none" nobody.
3. A reason is given where one person alone left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ipcchat.dialogue.phrases import NAMES_SHOWN, because, several
from ipcchat.tui.model.entries import Coming

Joins = Literal["smart", "all", "none"]
JOINED, LEFT = "joined", "left"
CAME, WENT, BOTH = "\u2192", "\u2190", "\u2194"
BETWEEN = " \u00b7 "
# What somebody did first and last, and how that is said.
KINDS = {
    (JOINED, JOINED): (CAME, "joined"),
    (LEFT, LEFT): (WENT, "left"),
    (JOINED, LEFT): (BOTH, "came and went"),
    (LEFT, JOINED): (BOTH, "left and came back"),
}


def shown(people: Sequence[Coming], joins: Joins) -> list[Coming]:
    """Those who are named."""
    if joins == "none":
        return []
    if joins == "all":
        return list(people)
    return [coming for coming in people if coming.known or coming.verb not in (JOINED, LEFT)]


def sentence(people: Sequence[Coming]) -> str:
    """What these people did, in one printable line."""
    moves: dict[str, list[Coming]] = {}
    renamed = []
    for coming in people:
        if coming.verb in (JOINED, LEFT):
            moves.setdefault(coming.nick, []).append(coming)
        else:
            renamed.append(f"{CAME} {_did(coming)}")
    parts = [text for kind in KINDS if (text := _part(kind, moves))]
    if len(renamed) > NAMES_SHOWN:
        renamed[NAMES_SHOWN:] = [f"{len(renamed) - NAMES_SHOWN} more have other nicks"]
    return BETWEEN.join([*parts, *renamed])


def alone(coming: Coming) -> str:
    """What one did, as a row of its own."""
    return f"{WENT if coming.verb == LEFT else CAME} {_did(coming)}"


def _did(coming: Coming) -> str:
    return f"{several([coming.nick])} {several([coming.verb])}{because(coming.reason)}"


def _part(kind: tuple[str, str], moves: dict[str, list[Coming]]) -> str:
    """The part of the sentence about those who did the same."""
    found = [steps for steps in moves.values() if (steps[0].verb, steps[-1].verb) == kind]
    if not found:
        return ""
    sign, verb = KINDS[kind]
    reason = because(found[0][-1].reason) if len(found) == 1 else ""
    return f"{sign} {several([steps[0].nick for steps in found])} {verb}{reason}"

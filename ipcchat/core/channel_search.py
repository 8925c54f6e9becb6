"""What LIST can look for: names and masks of channels, and conditions on their members, age and topic (ELIST=CMNTU).

    #tea        that channel                     M  #dev*   names that match      N  !#dev*  names that do not
    <5  >10     fewer, more members (U)          C  C<60    made less than, C>60 more than that many minutes ago
                                                 T  T<60    topic set less than, T>60 more than that many minutes ago

Rules:
1. A channel must meet every condition, match one of the masks if there are any, and none of those with !.
2. A channel without a topic meets no condition on its topic.
3. Masks are for names, not for topics.

Specification: Modern IRC "ELIST Parameter" (https://modern.ircdocs.horse/#elist-parameter).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from ipcchat.core.state import Channel, State
from ipcchat.wire import masks
from ipcchat.wire.casemap import fold

_CONDITION = re.compile(r"(?P<subject>[CTct]?)(?P<sign>[<>])(?P<number>[0-9]{1,9})")
_MINUTE = 60_000
ADVICE = "use >10 or <5 (members), C<60 or T>60 (minutes since it was made, since its topic was set), #mask* or !#mask*"


class Condition(msgspec.Struct, frozen=True):
    """One condition with a number: on the members (""), on the age ("C"), or on that of the topic ("T")."""

    subject: str
    more: bool
    number: int

    def holds(self, channel: Channel, now: int) -> bool:
        """Whether the channel meets it at that time (Unix ms)."""
        if self.subject == "":
            value, limit = len(channel.members), self.number
        elif self.subject == "T" and not channel.topic_at:
            return False
        else:
            value, limit = now - (channel.topic_at if self.subject == "T" else channel.created), self.number * _MINUTE
        return value > limit if self.more else value < limit


class ChannelSearch(msgspec.Struct, frozen=True):
    """What one LIST looks for; names and masks are folded."""

    names: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()

    def candidates(self, state: State) -> Iterable[Channel]:
        """The channels to look at: all, unless there are only names without wildcards."""
        if not self.names or any(_is_mask(name) for name in self.names):
            return state.rooms.values()
        return [channel for channel in map(state.channels.find, self.names) if channel is not None]

    def finds(self, channel: Channel, now: int) -> bool:
        """Whether the channel is one of those looked for at that time (Unix ms)."""
        if not all(condition.holds(channel, now) for condition in self.conditions):
            return False
        name = fold(channel.name) if self.names or self.unwanted else ""
        if self.names and not any(masks.match(mask, name) for mask in self.names):
            return False
        return not any(masks.match(mask, name) for mask in self.unwanted)


def parse(words: Iterable[str]) -> tuple[ChannelSearch, list[str]]:
    """Read what LIST was given; also the words that mean nothing."""
    names: list[str] = []
    unwanted: list[str] = []
    conditions: list[Condition] = []
    strange: list[str] = []
    for word in words:
        written = _CONDITION.fullmatch(word)
        if written:
            conditions.append(Condition(written["subject"].upper(), written["sign"] == ">", int(written["number"])))
        elif word.startswith("!") and _is_name_or_mask(word[1:]):
            unwanted.append(fold(word[1:]))
        elif _is_name_or_mask(word):
            names.append(fold(word))
        else:
            strange.append(word)
    return ChannelSearch(tuple(names), tuple(unwanted), tuple(conditions)), strange


def _is_mask(name: str) -> bool:
    return "*" in name or "?" in name


def _is_name_or_mask(word: str) -> bool:
    return word.startswith("#") or _is_mask(word)

"""Facts about the whole network."""

from __future__ import annotations

from ipcchat.core.facts.base import Durability, Fact
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.policy import Policy


class Walloped(Fact, frozen=True, tag=25):
    """An operator says something to everybody with +w."""

    durability = Durability.FLEETING

    text: str = ""


class LimitsChanged(Fact, frozen=True, tag=27):
    """The network's limits are others from here on. They decide what may happen, so they are in the journal too."""

    limits: NetworkLimits = NetworkLimits()


class PolicyChanged(Fact, frozen=True, tag=42):
    """What the network allows accounts is different from here on."""

    policy: Policy = Policy()


class LockdownChanged(Fact, frozen=True, tag=43):
    """An operator locked the network down, or opened it again: 5 is open, 1 closed (bans.py)."""

    level: int = 5


class BanSet(Fact, frozen=True, tag=44):
    """Somebody is banned from the network: `mask` in its canonical form (bans.py), until a time (Unix ms; 0: until it
    is lifted). `author` is who set it, by the name he is an operator under. Setting it again replaces it."""

    mask: str = ""
    reason: str = ""
    until: int = 0
    author: str = ""


class BanLifted(Fact, frozen=True, tag=45):
    """A ban of the network is lifted."""

    mask: str = ""


class Killed(Fact, frozen=True, tag=46):
    """An operator cut a user (uid `victim`) off the network, or only one connection of his (its id in `session`)."""

    durability = Durability.PASSING

    victim: str = ""
    reason: str = ""
    session: str = ""


class FilterSet(Fact, frozen=True, tag=47):
    """What is said is compared with a pattern: a mask over the folded text. `action` is what happens to who says it
    (filters.py). Setting the same pattern again replaces it."""

    pattern: str = ""
    action: str = ""
    reason: str = ""
    author: str = ""


class FilterLifted(Fact, frozen=True, tag=48):
    """A pattern is compared with nothing any more."""

    pattern: str = ""

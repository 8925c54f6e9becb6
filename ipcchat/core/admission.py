"""Who may connect, by where he comes from: how many connections, how many new ones, how many that are not registered.

Rules:
1. A place is one IPv4 address, or one /64 of IPv6, which is what one customer has. A /48, which a big one has, is a
   place too, with BLOCK_SHARE times the limits. IPv4 in an IPv6 coat (::ffff:0:0/96, 64:ff9b::/96) is IPv4.
2. A user of this machine (Unix socket) is a place with a limit of its own.
3. The networks of the settings (`exempt`) and those of gateways have no limit but that of all strangers together.
4. What was refused is not counted: who waits as he was told gets in, whatever his client did meanwhile.
5. A place without connections is forgotten when its ten minutes are over, or when there are too many of them.
6. A connection is known by its Peer, the object itself: two connections of one address have equal ones.

Times are monotonic seconds.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from math import ceil

import msgspec

from ipcchat.core.addresses import normal
from ipcchat.core.limits import Limits
from ipcchat.core.peers import LOCAL_ADDRESS, Peer
from ipcchat.core.settings import Settings
from ipcchat.wire.message import Message, WireError

WINDOW_SECONDS = 600.0
"""What `attempts_per_address_max` counts in; it begins with a place's first connection."""

BAN = "ban"
"""What turns people away that is no limit."""

BLOCK_SHARE = 4
"""How many times a /64's limits a /48 has."""


class Place(msgspec.Struct, gc=False):
    """What came from one place, which has so many `times` the limits of one address: its connections, those of them
    that are not registered, and the new ones since the window began."""

    name: str
    times: int = 1
    links: int = 0
    strangers: int = 0
    attempts: int = 0
    since: float = 0.0

    @property
    def is_local(self) -> bool:
        """Whether it is a user of this machine."""
        return self.name.startswith(LOCAL_ADDRESS)


def names_of(address: str) -> tuple[tuple[str, int], ...]:
    """The places that an address belongs to, each with how many times the limits of one address it has; see rule 1."""
    ip = normal(address)
    if isinstance(ip, IPv6Address):
        return (f"{int(ip) >> 64:x}/64", 1), (f"{int(ip) >> 80:x}/48", BLOCK_SHARE)
    return ((address if ip is None else str(ip), 1),)


def is_exempt(address: str, settings: Settings) -> bool:
    """Whether an address has no limit of its own; see rule 3."""
    ip = normal(address)
    if ip is None:
        return False
    written = (settings.exempt, *(gateway.addresses for gateway in settings.gateways))
    return any(ip in network for networks in written for network in _networks(networks))


@lru_cache(maxsize=64)
def _networks(written: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network, strict=False) for network in written)


class Admissions:
    """The connections of this node by their places. `refused` counts what was turned away, by the limit that did it."""

    def __init__(self) -> None:
        self.refused: dict[str, int] = {}
        self._places: dict[str, Place] = {}
        self._quiet: dict[str, Place] = {}
        self._links: dict[int, tuple[Place, ...]] = {}
        self._strangers: set[int] = set()

    @property
    def places(self) -> int:
        """How many places are remembered."""
        return len(self._places) + len(self._quiet)

    @property
    def strangers(self) -> int:
        """How many connections are not registered, those that cannot speak yet included."""
        return len(self._strangers)

    def enter(self, peer: Peer, ticks: float, settings: Settings) -> str:
        """Count a new connection. When it may not be: why, with what to do."""
        if len(self._strangers) >= settings.limits.strangers_max:
            text = "Too many people are just registering here: try again in a minute"
            return self.refuse("strangers_max", text)
        found = self._found(peer.address, ticks, settings)
        reason = self._problem(found, ticks, settings.limits)
        if not reason:
            self._links[id(peer)] = found
            self._strangers.add(id(peer))
            _count(found, ticks)
        self._settle(found, ticks, settings.limits)
        return reason

    def move(self, peer: Peer, address: str, ticks: float, settings: Settings) -> str:
        """A connection that is not registered counts for another address from now on: its gateway said for whom it is.
        When it may not: why."""
        found = self._found(address, ticks, settings)
        reason = self._problem(found, ticks, settings.limits)
        if not reason:
            self.leave(peer, ticks, settings.limits)
            self._links[id(peer)] = found
            self._strangers.add(id(peer))
            _count(found, ticks)
        self._settle(found, ticks, settings.limits)
        return reason

    def registered(self, peer: Peer) -> None:
        """A connection is no stranger any more: it registered, or its session is over. Saying so again does nothing."""
        if id(peer) in self._strangers:
            self._strangers.remove(id(peer))
            for place in self._links[id(peer)]:
                place.strangers -= 1

    def leave(self, peer: Peer, ticks: float, limits: Limits) -> None:
        """A connection is gone; one that never entered is of no matter."""
        self.registered(peer)
        found = self._links.pop(id(peer), ())
        for place in found:
            place.links -= 1
        self._settle(found, ticks, limits)

    def _found(self, address: str, ticks: float, settings: Settings) -> tuple[Place, ...]:
        """The places of an address, taken up if they are new; none for one that is exempt."""
        if is_exempt(address, settings):
            return ()
        return tuple(self._take_up(name, times, ticks) for name, times in names_of(address))

    def _take_up(self, name: str, times: int, ticks: float) -> Place:
        place = self._places.get(name)
        if place is None:
            place = self._quiet.pop(name) if name in self._quiet else Place(name, times)
            self._places[name] = place
        if ticks - place.since >= WINDOW_SECONDS:
            place.attempts = 0
        return place

    def _problem(self, found: tuple[Place, ...], ticks: float, limits: Limits) -> str:
        """Why one more connection from there is too many; "" when it is not."""
        for place in found:
            if place.is_local:
                if place.links >= limits.connections_per_local_user_max:
                    return self.refuse("connections_per_local_user_max", _too_many(place.links, "your user"))
            elif place.links >= limits.connections_per_address_max * place.times:
                return self.refuse("connections_per_address_max", _too_many(place.links, "your network"))
            elif place.strangers >= limits.strangers_per_address_max * place.times:
                text = f"{place.strangers} connections from your network have not registered: register or close them"
                return self.refuse("strangers_per_address_max", text)
            elif place.attempts >= limits.attempts_per_address_max * place.times:
                wait = ceil(place.since + WINDOW_SECONDS - ticks)
                text = f"Too many new connections from your network: try again in {wait} seconds"
                return self.refuse("attempts_per_address_max", text)
        return ""

    def refuse(self, limit: str, text: str) -> str:
        """Count that somebody is turned away by this limit, or by a BAN, with these words."""
        self.refused[limit] = self.refused.get(limit, 0) + 1
        return text

    def _settle(self, found: tuple[Place, ...], ticks: float, limits: Limits) -> None:
        """Put aside the places that have no connections, and forget those that nobody asks for any more; see rule 5."""
        for place in found:
            if not place.links:
                self._places.pop(place.name, None)
                if place.attempts and ticks - place.since < WINDOW_SECONDS:
                    self._quiet[place.name] = place
        quiet = self._quiet
        while quiet:
            oldest = next(iter(quiet.values()))
            if len(quiet) <= limits.addresses_remembered_max and ticks - oldest.since < WINDOW_SECONDS:
                return
            del quiet[oldest.name]


def size_of(message: Message | WireError, limits: Limits) -> int:
    """About how many bytes a line had. One that was thrown away because it was too long had as many as a line may have,
    at least."""
    if isinstance(message, WireError):
        too_long = message.code in ("LINE_TOO_LONG", "TAGS_TOO_LONG")
        return limits.line_bytes_max + limits.line_tags_bytes_max if too_long else limits.line_bytes_max
    words = (message.command, *message.params, *(part for tag in message.tags.items() for part in tag))
    return sum(len(word.encode()) + 1 for word in words)


def _count(found: tuple[Place, ...], ticks: float) -> None:
    for place in found:
        if not place.attempts:
            place.since = ticks
        place.attempts += 1
        place.links += 1
        place.strangers += 1


def _too_many(count: int, whose: str) -> str:
    return f"{count} connections of {whose} are open, which is the most: close one, or ask for the limit to be raised"

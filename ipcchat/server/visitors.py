"""Who is served by HTTP just now, and how many of one address.

Rules:
1. A page takes several connections at a time and as many new ones as it likes: they count for nothing that limits
   chatting (core/admission.py). A WebSocket does, from the moment when it is asked for.
2. An address has http_per_address_max of them at a time; those that the settings exempt, and trusted proxies, as
   many as there are.
"""

from __future__ import annotations

from collections import Counter

from ipcchat.core.admission import is_exempt, names_of
from ipcchat.core.peers import Peer
from ipcchat.server.configuration import Configuration
from ipcchat.server.connection import Connection
from ipcchat.server.http.forwarded import is_trusted

TOO_MANY = "Too many connections of your network are open; close one, or try again in a moment"


class Visitors:
    """The connections that are served by HTTP."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._places: dict[Connection, str] = {}
        self._counts: Counter[str] = Counter()
        self.refused = 0
        """How many were turned away by rule 2."""

    def __len__(self) -> int:
        return len(self._places)

    def refusal(self, peer: Peer) -> str:
        """Why one more of there is not served; "" when it is."""
        loaded = self._configuration.loaded
        most = self._configuration.limits.http_per_address_max
        if self._counts[place_of(peer)] < most or is_exempt(peer.address, loaded.settings):
            return ""
        if is_trusted(peer.address, loaded.proxies):
            return ""
        self.refused += 1
        return TOO_MANY

    def come(self, link: Connection) -> None:
        """One more is served."""
        place = self._places[link] = place_of(link.peer)
        self._counts[place] += 1

    def leave(self, link: Connection) -> None:
        """It has ended, or is served elsewhere."""
        place = self._places.pop(link)
        self._counts[place] -= 1
        if not self._counts[place]:
            del self._counts[place]


def place_of(peer: Peer) -> str:
    """What counts as one address."""
    return names_of(peer.address)[0][0]

"""The desk: all networks with their buffers, which one is looked at, and where to go next.

Rules:
1. The order of buffers is that of the list on the screen: network by network as they were added; in each the server's
   own buffer, then channels, then people, by name.
2. Going somewhere remembers where one came from, and where one was last on each network.
3. What is looked at exists: when its buffer is closed it is the one before, else the server's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.network import Network

KIND_ORDER = {Kind.SERVER: 0, Kind.CHANNEL: 1, Kind.PERSON: 2}


@dataclass(slots=True)
class Upload:
    """A file on its way to a server; `part` is 0 to 1."""

    name: str
    part: float = 0.0


class Desk:
    """Everything that the screen shows."""

    def __init__(self) -> None:
        self.uploads: list[Upload] = []
        self.networks: list[Network] = []
        self._current: Buffer | None = None
        self._previous: Buffer | None = None
        self._last: dict[str, Buffer] = {}
        self._ordered: dict[str, tuple[int, list[Buffer]]] = {}

    def add(self, network: Network) -> None:
        """One more network. Raises ValueError when there is one of this name."""
        if any(other.name == network.name for other in self.networks):
            raise ValueError(f"there is a network called {network.name} already")
        self.networks.append(network)

    def remove(self, network: Network) -> None:
        """A network is closed, with its buffers."""
        self.networks.remove(network)
        self._last.pop(network.name, None)
        self._ordered.pop(network.name, None)

    @property
    def current(self) -> Buffer | None:
        """The buffer that is looked at; None when there is no network."""
        if self._current is None or not self.has(self._current):
            self._current = self._next_best(self._current)
            if self._current is not None:
                self._look_at(self._current)
        return self._current

    @property
    def previous(self) -> Buffer | None:
        """Where our user was before; None when that is nowhere, or closed since."""
        return self._previous if self._previous is not None and self.has(self._previous) else None

    @property
    def network(self) -> Network | None:
        """The network of the buffer that is looked at."""
        return self.network_of(self.current) if self.current is not None else None

    def network_of(self, buffer: Buffer) -> Network:
        """The network of a buffer. Raises StopIteration when it was removed."""
        return next(network for network in self.networks if network.name == buffer.network)

    def has(self, buffer: Buffer) -> bool:
        """Whether a buffer is there still."""
        return any(network.name == buffer.network and network.has(buffer) for network in self.networks)

    def buffers(self) -> list[Buffer]:
        """All buffers, in the order of the list."""
        return [buffer for network in self.networks for buffer in self._in_order(network)]

    def go(self, buffer: Buffer) -> None:
        """Look at another buffer."""
        current = self.current
        if buffer is current or not self.has(buffer):
            return
        if current is not None:
            current.left()
            self._previous = current
        self._current = buffer
        self._look_at(buffer)

    def close(self, buffer: Buffer) -> None:
        """A buffer is shown no longer; who looked at it is where he was before."""
        self.network_of(buffer).close(buffer)

    def last_of(self, network: Network) -> Buffer:
        """Where our user was last on a network; its server's own buffer when that is closed, or he never was there."""
        last = self._last.get(network.name)
        return last if last is not None and network.has(last) else network.server

    def neighbour(self, step: int) -> Buffer | None:
        """The buffer so many places further down the list, around its end."""
        found = self.buffers()
        if not found or self.current not in found:
            return found[0] if found else None
        return found[(found.index(self.current) + step) % len(found)]

    def numbered(self, number: int) -> Buffer | None:
        """The buffer of a number from 1, as they are numbered in the list: server buffers have none."""
        found = [buffer for buffer in self.buffers() if buffer.kind is not Kind.SERVER]
        return found[number - 1] if 1 <= number <= len(found) else None

    def next_unread(self) -> Buffer | None:
        """Where to read next: where we are mentioned before everything else, then people, then channels; the muted ones
        only when they mention us."""
        waiting = [buffer for buffer in self._others() if calls(buffer)]
        waiting.sort(key=lambda buffer: (not buffer.mentions, buffer.kind is not Kind.PERSON))
        return waiting[0] if waiting else None

    def next_mention(self) -> Buffer | None:
        """The next buffer down the list, around its end, in which somebody calls for us; None when there is none."""
        return next((buffer for buffer in self._others() if buffer.mentions), None)

    @property
    def unread(self) -> int:
        """How many buffers wait to be read."""
        return self._sum(calls)

    @property
    def mentions(self) -> int:
        """How often we are mentioned in what was not read."""
        return self._sum(lambda buffer: 0 if buffer.muted else buffer.mentions)

    def _sum(self, count: Callable[[Buffer], int]) -> int:
        return sum(count(buffer) for network in self.networks for buffer in network.all_buffers)

    def _others(self) -> list[Buffer]:
        """The other buffers, from the present one on down the list and around its end."""
        found = self.buffers()
        place = found.index(self.current) if self.current in found else -1
        return found[place + 1 :] + found[: max(place, 0)]

    def _next_best(self, gone: Buffer | None) -> Buffer | None:
        """Where to look when a buffer is gone, or nowhere was looked yet."""
        if self.previous is not None:
            return self.previous
        networks = sorted(self.networks, key=lambda network: gone is None or network.name != gone.network)
        return self.last_of(networks[0]) if networks else None

    def _look_at(self, buffer: Buffer) -> None:
        buffer.shown = True
        self._previous = None if buffer is self._previous else self._previous
        self._last[buffer.network] = buffer

    def _in_order(self, network: Network) -> list[Buffer]:
        """The buffers of a network as the list shows them; sorted anew only when there are others."""
        version, ordered = self._ordered.get(network.name, (-1, []))
        if version != network.places_version:
            ordered = in_order(network.buffers.values(), network.server)
            self._ordered[network.name] = (network.places_version, ordered)
        return ordered


def calls(buffer: Buffer) -> bool:
    """Whether a buffer wants to be read."""
    return bool(buffer.mentions or (buffer.unread and not buffer.muted))


def in_order(buffers: Iterable[Buffer], server: Buffer) -> list[Buffer]:
    """The buffers of a network as the list shows them, its own first."""
    return [server, *sorted(buffers, key=lambda buffer: (KIND_ORDER[buffer.kind], buffer.name.lower()))]

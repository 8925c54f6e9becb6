"""What can go wrong between and in the processes of a cluster, each a function that begins it and says what it did.

Rules:
1. A fault hits what it is named for and nothing else: the clients reach every node all the time.
2. `end` ends what is wrong now, whatever it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.nats_network import Network
from tests.nemesis.nodes import Node

LOSS_PERCENT = 5.0
DELAY_MS, JITTER_MS = 200.0, 50.0
FLAP_SECONDS = (0.2, 1.5)


class Faults:
    """The faults that this cluster can have. `kinds` begin them."""

    def __init__(self, network: Network, servers: Sequence[str], nodes: Sequence[Node], random: Random) -> None:
        self._network = network
        self._servers = tuple(servers)
        self._nodes = {node.name: node for node in nodes}
        self._random = random
        self._paused: list[Node] = []
        self.kinds: dict[str, Callable[[], str]] = {"node paused": self.pause_node, "NATS paused": self.pause_server}
        if network.isolated:
            self.kinds |= {
                "node cut from NATS": self.cut_node,
                "NATS 2|1": self.split,
                "one way": self.cut_one_way,
                "flapping": self.flap,
                "loss": self.lose,
                "delay": self.delay,
            }

    @property
    def _names(self) -> list[str]:
        return [*self._servers, *self._nodes]

    def pause_node(self) -> str:
        """SIGSTOP for a node."""
        name = self._random.choice(list(self._nodes))
        self._nodes[name].pause()
        self._paused.append(self._nodes[name])
        return name

    def pause_server(self) -> str:
        """SIGSTOP for a NATS server."""
        name = self._random.choice(self._servers)
        self._network.pause(name)
        return name

    def cut_node(self) -> str:
        """A node does not reach any NATS server."""
        name = self._random.choice(list(self._nodes))
        self._network.partition([name], self._servers)
        return name

    def split(self) -> str:
        """One NATS server is apart from the two others, alone or with the node of its number."""
        number = self._random.randrange(len(self._servers))
        alone = [self._servers[number]]
        if self._random.random() < 0.5:
            alone.append(list(self._nodes)[number])
        self._network.partition(alone, [name for name in self._names if name not in alone])
        return " ".join(alone)

    def cut_one_way(self) -> str:
        """One of all hears nothing of another one, or of all NATS servers, or is heard by none."""
        name, other = self._random.sample(self._names, 2)
        match self._random.randrange(3):
            case 0:
                self._network.cut_one_way(name, other)
                return f"{name} to {other}"
            case 1:
                for server in self._servers:
                    self._cut(server, name)
                return f"all NATS to {name}"
        for server in self._servers:
            self._cut(name, server)
        return f"{name} to all NATS"

    def _cut(self, sender: str, receiver: str) -> None:
        if sender != receiver:
            self._network.cut_one_way(sender, receiver)

    def flap(self) -> str:
        """One of all is apart from the others and is not, in turn."""
        name = self._random.choice(self._names)
        others = [other for other in self._names if other != name]
        self._network.flap([name], others, period_seconds=self._random.uniform(*FLAP_SECONDS))
        return name

    def lose(self) -> str:
        """All lines between nodes and NATS servers lose packets."""
        self._network.impair(loss_percent=LOSS_PERCENT, places=self._names)
        return f"{LOSS_PERCENT:g} %"

    def delay(self) -> str:
        """All packets between nodes and NATS servers take their time."""
        self._network.impair(delay_ms=DELAY_MS, jitter_ms=JITTER_MS, places=self._names)
        return f"{DELAY_MS:g} ms"

    def end(self) -> None:
        """Nothing is wrong any more, but for who is dead."""
        self._network.heal()
        for node in self._paused:
            node.resume()
        self._paused.clear()

"""`python -m bench.delivery`: how long a message takes to somebody at the same node, and at another one.

    python -m bench.delivery                         two nodes; one NATS server, then three
    python -m bench.delivery --nats 3 --rate 500

So many people at the first node say something, evenly in time and each in a channel of his own, RATE messages a second
together; one reader at each node is in all channels. Measured is from before the sender's `send` to behind the
reader's `recv`, so what this program takes for itself is counted too. With one NATS server the nodes are what
`--workers 2` makes of a machine; with three the stream has three copies. The goal: GOAL_MS at the 99th percentile.
Exit codes: 0 all measured, 1 something could not be, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from bench.contenders import Ours, Running, free_port, own_command, stop
from bench.generator import BenchError
from bench.processes import usage_of
from bench.report import host_facts, table
from ipcchat.server.nats.binary import supported_binary
from ipcchat.server.nats.config import NatsSettings, Routes
from ipcchat.server.nats.errors import NatsServerError
from ipcchat.server.nats.process import NatsServer

GOAL_MS: Final = 10.0
RATE: Final = 2_000
SENDERS: Final = 20
NODES: Final = 2
TICK_SECONDS: Final = 0.002
WARM_SECONDS: Final = 1.0
READY_SECONDS_MAX: Final = 30.0
TEXT: Final = "x" * 40
HEADING: Final = (
    "NATS, delivery",
    "p50 ms",
    "p99 ms",
    "p99 of the rounds",
    "longest",
    "node's CPU us/message",
    "lost",
    "goal",
)


class Measured(NamedTuple):
    """One round: latencies in ms at the same and at the other node, what was lost, and CPU in us for each message."""

    same: list[float]
    other: list[float]
    lost: int
    nodes_us: list[float]
    nats_us: float


@dataclass
class Reader(asyncio.Protocol):
    """A client that notes how long messages took; `ready` when it is in as many channels as it is to join."""

    channels: int
    taken: list[float] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _rest: bytes = b""
    _joined: int = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It can speak."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Some lines came."""
        now = time.perf_counter()
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            words = line.split(b" ", 4)
            if words[1] == b"PRIVMSG":
                self.taken.append(1_000 * (now - float(words[3][1:])))
            elif words[0] == b"PING":
                self.transport.write(b"PONG " + words[1] + b"\r\n")
            elif words[1] == b"366":
                self._joined += 1
                if self._joined == self.channels:
                    self.ready.set()


async def enter(port: int, nick: str, channels: Sequence[str]) -> Reader:
    """Somebody who is in these channels."""
    loop = asyncio.get_running_loop()
    _, reader = await loop.create_connection(lambda: Reader(len(channels)), "127.0.0.1", port)
    joins = "".join(f"JOIN {name}\r\n" for name in channels)
    reader.transport.write(f"NICK {nick}\r\nUSER u 0 * :bench\r\n{joins}".encode())
    async with asyncio.timeout(READY_SECONDS_MAX):
        await reader.ready.wait()
    return reader


async def talk(senders: Sequence[Reader], channels: Sequence[str], rate: int, seconds: float) -> int:
    """Say something `rate` times a second; how often it was said."""
    turns = itertools.cycle(zip(senders, channels, strict=True))
    start, said = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < seconds:
        for _ in range(int(passed * rate) - said):
            sender, channel = next(turns)
            sender.transport.write(f"PRIVMSG {channel} :{time.perf_counter():.6f} {TEXT}\r\n".encode())
            said += 1
        await asyncio.sleep(TICK_SECONDS)
    return said


async def measure(nodes: Sequence[Running], nats: Sequence[int], rate: int, seconds: float) -> Measured:
    """One round against nodes that run. Raises BenchError."""
    channels = [f"#bench{number}" for number in range(SENDERS)]
    try:
        senders = [await enter(nodes[0].port, f"s{number}", [name]) for number, name in enumerate(channels)]
        readers = [await enter(node.port, f"r{number}", channels) for number, node in enumerate(nodes)]
        await talk(senders, channels, rate, WARM_SECONDS)
        await heard_all(readers)
        for reader in readers:
            reader.taken.clear()
        before = [cpu_of(pid) for pid in (*(node.pid for node in nodes), *nats)]
        gc.disable()
        said = await talk(senders, channels, rate, seconds)
        await heard_all(readers)
        gc.enable()
    except (OSError, TimeoutError) as error:
        raise BenchError(f"a client was not served: {error!r}") from None
    after = [cpu_of(pid) for pid in (*(node.pid for node in nodes), *nats)]
    spent = [1e6 * (late - early) / said for early, late in zip(before, after, strict=True)]
    for each in (*senders, *readers):
        each.transport.abort()
    same, other = (sorted(reader.taken) for reader in readers[:2])
    return Measured(same, other, 2 * said - len(same) - len(other), spent[: len(nodes)], sum(spent[len(nodes) :]))


async def heard_all(readers: Sequence[Reader]) -> None:
    """Wait until nobody hears anything any more."""
    before = -1
    while (count := sum(len(reader.taken) for reader in readers)) != before:
        before = count
        await asyncio.sleep(0.5)


def cpu_of(pid: int) -> float:
    """Seconds of a processor that a process and its descendants had."""
    return sum(usage.cpu_seconds for usage in usage_of(pid).values())


@contextmanager
def cluster(folder: Path, servers: int) -> Iterator[tuple[list[Running], list[int], list[str]]]:
    """Nodes over so many NATS servers: the nodes, the servers' process ids and their URLs. Raises BenchError."""
    with ExitStack() as held:
        routes = [free_port() for _ in range(servers)]
        try:
            found = [NatsServer(supported_binary()[0], nats_settings(folder, port, routes), print) for port in routes]
            for server in found:
                held.callback(server.stop)
            with ThreadPoolExecutor() as starting:
                urls = [addresses.url for addresses in starting.map(NatsServer.start, found)]
        except NatsServerError as error:
            raise BenchError(str(error)) from None
        options = [word for url in urls for word in ("--cluster", url)]
        nodes = []
        for number in range(NODES):
            place = folder / f"node{number}"
            place.mkdir()
            program = (*own_command(), "--node", f"node{number}", *options)
            nodes.append(Ours(f"node {number}", program=program).start(place))
            held.callback(stop, nodes[-1])
        yield nodes, [server.pid for server in found if server.pid is not None], urls


def nats_settings(folder: Path, port: int, ports: Sequence[int]) -> NatsSettings:
    """One NATS server of those that listen for each other on these ports."""
    others = tuple(("127.0.0.1", other) for other in ports if other != port)
    routes = Routes("bench", "127.0.0.1", port, others) if others else None
    return NatsSettings(name=f"nats-{port}", folder=folder / f"nats-{port}", routes=routes)


def percentile(values: Sequence[float], share: float) -> float:
    """Of sorted values; infinite when there are none."""
    return values[min(int(len(values) * share), len(values) - 1)] if values else float("inf")


def row(title: str, rounds: Sequence[Measured], node: int) -> list[str]:
    """The medians over rounds for the reader at one node."""
    taken = [(each.same, each.other)[node] for each in rounds]
    p50, p99, longest = ([percentile(values, share) for values in taken] for share in (0.5, 0.99, 1.0))
    late = statistics.median(p99)
    goal = "" if node == 0 else f"p99 <= {GOAL_MS:g}: {'met' if late <= GOAL_MS else 'NOT met'}"
    spread = f"{min(p99):.1f} to {max(p99):.1f}"
    cpu = statistics.median(each.nodes_us[node] for each in rounds)
    lost = sum(each.lost for each in rounds)
    middle, most = statistics.median(p50), max(longest)
    return [title, f"{middle:.1f}", f"{late:.1f}", spread, f"{most:.1f}", f"{cpu:.0f}", str(lost), goal]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m bench.delivery", description="Delivery between nodes.")
    result.add_argument("--nats", type=int, choices=(1, 3), action="append", help="NATS servers (default: 1, then 3)")
    result.add_argument("--rate", type=int, default=RATE, help=f"messages a second (default: {RATE})")
    result.add_argument("--seconds", type=float, default=5, help="how long each round measures (default: 5)")
    result.add_argument("--rounds", type=int, default=3, help="how many rounds; medians are shown (default: 3)")
    result.add_argument("--under", metavar="DIR", help="make the folders below DIR")
    return result


def one_round(servers: int, options: argparse.Namespace) -> Measured:
    """Nodes are started for it. Raises BenchError."""
    with (
        tempfile.TemporaryDirectory(prefix="ipc-chat-bench-", dir=options.under) as name,
        cluster(Path(name), servers) as (nodes, nats, _),
    ):
        return asyncio.run(measure(nodes, nats, options.rate, options.seconds))


def main(arguments: Sequence[str]) -> int:
    """Measures and prints. Returns the exit code."""
    options = parser().parse_args(arguments)
    rows = [list(HEADING)]
    kinds = options.nats or [1, 3]
    rounds: dict[int, list[Measured]] = {servers: [] for servers in kinds}
    try:
        for _ in range(options.rounds):
            for servers in kinds:
                rounds[servers].append(one_round(servers, options))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    for servers, found in rounds.items():
        rows += [row(f"{servers}, same node", found, 0), row(f"{servers}, other node", found, 1)]
    nats_us = [f"{kind}: {statistics.median(each.nats_us for each in found):.0f} us" for kind, found in rounds.items()]
    facts = ", ".join(f"{key} {value}" for key, value in host_facts(options.under).items())
    print(f"{options.rate:,} messages/s, {options.rounds} rounds of {options.seconds:g} s; {facts}\n")
    print(table(rows))
    print(f"\nCPU of the NATS servers for each message, with {', '.join(nats_us)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

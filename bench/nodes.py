"""`python -m bench.nodes`: what one node of a cluster costs, for the arithmetic of bench/scale.py.

Two nodes over one NATS server; all clients are at the first node, so that what the second one has is what everybody's
full copy costs. Printed are, as medians of rounds:

* CPU of the origin, of the other node and of NATS for each message, when many are gathered (channels of two members,
  closed loop), and what the origin has to do for one delivery (a channel of 1,000)
* memory for each user at his node and at the other one, in channels of 20
* bytes of a message in the stream and in the journal
* what a stream takes, in facts a second, of envelopes of ENVELOPE_BYTES, with one copy and with three

Exit codes: 0 all measured, 1 something could not be, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import nats

from bench.contenders import Running
from bench.delivery import cluster, cpu_of
from bench.generator import BenchError, Figures, build, generate
from bench.processes import usage_of
from bench.report import host_facts
from bench.scenarios import Scenario, chosen, idle

ENVELOPE_BYTES: Final = 64 * 1024
PUBLISHERS: Final = 4
FACT_BYTES: Final = 155
"""A message of 64 characters as a fact in an envelope (bench/ircload.c)."""

USERS: Final = 2_000

Nodes = Sequence[Running]


def spent(scenario: Scenario, nodes: Nodes, servers: Sequence[int], seconds: float) -> tuple[Figures, list[float]]:
    """A run of the generator at the first node: its figures, and the CPU seconds of the nodes and of NATS."""
    pids = [*(node.pid for node in nodes), *servers]
    before = [cpu_of(pid) for pid in pids]
    figures = generate(scenario, nodes[0].port, nodes[0].pid, seconds)
    after = [cpu_of(pid) for pid in pids]
    return figures, [late - early for early, late in zip(before, after, strict=True)]


def message_costs(folder: Path, nodes: Nodes, servers: Sequence[int], seconds: float) -> Figures:
    """What a message costs where it has one reader, and how many bytes it has."""
    sizes = [stored(folder), streamed(folder)]
    figures, (origin, other, *nats_) = spent(chosen(["durable"])[0], nodes, servers, seconds)
    sent = figures["sent"]
    grown = [stored(folder) - sizes[0], streamed(folder) - sizes[1]]
    return {
        "origin's CPU, us/message": 1e6 * origin / sent,
        "other node's CPU, us/message": 1e6 * other / sent,
        "NATS' CPU, us/message": 1e6 * sum(nats_) / sent,
        "journal, bytes/message": grown[0] / sent,
        "stream, bytes/message": grown[1] / sent,
    }


def delivery_costs(folder: Path, nodes: Nodes, servers: Sequence[int], seconds: float) -> Figures:
    """What a delivery costs where many read the same."""
    figures, _ = spent(chosen(["loaded"])[0], nodes, servers, seconds)
    return {"delivery in a large channel, us": figures["cpu_us/delivery"]}


def memory_costs(folder: Path, nodes: Nodes, servers: Sequence[int], seconds: float) -> Figures:
    """What users cost who are there."""
    before = [usage_of(node.pid)[node.pid].rss_mib for node in nodes]
    peak = [0.0, 0.0]

    async def watch(done: asyncio.Event) -> None:
        while not done.is_set():
            for number, node in enumerate(nodes):
                peak[number] = max(peak[number], usage_of(node.pid)[node.pid].rss_mib)
            await asyncio.sleep(0.05)

    async def hold() -> None:
        done = asyncio.Event()
        watching = asyncio.create_task(watch(done))
        await asyncio.to_thread(generate, idle(USERS), nodes[0].port, nodes[0].pid, 2.0)
        done.set()
        await watching

    asyncio.run(hold())
    own, other = (1024 * (most - least) / USERS for most, least in zip(peak, before, strict=True))
    return {"a user at his node, KiB": own, "a user of another node, KiB": other}


def stored(folder: Path) -> int:
    """Bytes of the second node's journal, its log included."""
    return sum(file.stat().st_size for file in (folder / "node1" / "journal").glob("chat.db*"))


def streamed(folder: Path) -> int:
    """Bytes of the stream at one NATS server."""
    store = next(folder.glob("nats-*"))
    return sum(file.stat().st_size for file in store.rglob("*.blk"))


async def stream_rate(url: str, copies: int, seconds: float) -> float:
    """Facts a second that a stream acknowledges."""
    client = await nats.connect(url)
    stream = client.jetstream()
    await stream.add_stream(name="RATE", subjects=["rate"], num_replicas=copies)
    payload, count, end = bytes(ENVELOPE_BYTES), 0, time.monotonic() + seconds

    async def publish() -> None:
        nonlocal count
        while time.monotonic() < end:
            await stream.publish("rate", payload, timeout=10)
            count += 1

    await asyncio.gather(*(publish() for _ in range(PUBLISHERS)))
    await client.close()
    return count * ENVELOPE_BYTES / FACT_BYTES / seconds


@contextmanager
def fresh(under: str | None, servers: int) -> Iterator[tuple[Path, tuple[Nodes, Sequence[int], Sequence[str]]]]:
    """A cluster over so many NATS servers, in a folder of its own. Raises BenchError."""
    with tempfile.TemporaryDirectory(prefix="ipc-chat-bench-", dir=under) as name, cluster(Path(name), servers) as all_:
        yield Path(name), all_


def measured(under: str | None, seconds: float) -> Figures:
    """One round of everything. Raises BenchError."""
    figures: Figures = {}
    kinds: tuple[Callable[..., Figures], ...] = (message_costs, delivery_costs, memory_costs)
    for kind in kinds:
        with fresh(under, 1) as (folder, (nodes, servers, _)):
            figures |= kind(folder, nodes, servers, seconds)
    for copies in (1, 3):
        with fresh(under, copies) as (_, (_, _, urls)):
            figures[f"a stream of {copies} copies, facts/s"] = asyncio.run(stream_rate(urls[0], copies, seconds))
    return figures


def main(arguments: Sequence[str]) -> int:
    """Measures and prints. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.nodes", description="What one node of a cluster costs.")
    parser.add_argument("--seconds", type=float, default=4, help="how long each run measures (default: 4)")
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds; medians are shown (default: 3)")
    parser.add_argument("--under", metavar="DIR", help="make the folders below DIR")
    options = parser.parse_args(arguments)
    try:
        build()
        rounds = [measured(options.under, options.seconds) for _ in range(options.rounds)]
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(", ".join(f"{key} {value}" for key, value in host_facts(options.under).items()))
    for title in rounds[0]:
        values = [figures[title] for figures in rounds]
        print(f"{title}: {statistics.median(values):,.2f} ({min(values):,.2f} to {max(values):,.2f})")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

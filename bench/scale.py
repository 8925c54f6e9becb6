"""`python -m bench.scale`: how far a cluster reaches, computed from what one node costs. Prints the tables of
docs/scale.md.

What was measured stands in MEASURED, each figure with its command; everything else is arithmetic, and the arithmetic is
this:

1. Every node takes in every message of the streams that it reads (`copy_us`) and every envelope (`envelope_us`), and
   what has come together is one commit and one turn (`turn_us`), TURNS_MAX a second. What a
   node reads has at most one envelope in PACE_SECONDS, whatever the number of nodes.
2. The node at which a message is said receives, checks and publishes it (ORIGIN), and each reader's node delivers it:
   for much less in a large channel than in a small one.
3. A node is one Python process: it has one core at most, of which BUSY_MAX may be used in the busiest second.
4. A stream has one leader, whatever the number of servers: its rate does not grow.
5. Each node knows all users and channels.

It is a model: no cluster of more than three nodes was run, nor one on more than two cores.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.report import table

BUSY_MAX: Final = 0.6
"""What a node may use of its core in the busiest second: above that latency grows fast."""

PACE_SECONDS: Final = 0.001
"""ipcchat.backend.cluster.publishing has the same; tests/bench/test_scale.py compares them."""

TURNS_MAX: Final = 200.0
"""Commits of a busy node in a second: while one runs, what belongs into the next one gathers."""

SECONDS_BETWEEN_POSTS: Final = 60.0
"""A user in the busiest minute says one thing in so many seconds; over a day, BUSY_HOURS of that."""

BUSY_HOURS: Final = 4.0

LARGE: Final = 100
"""From so many readers on the deliveries of several messages share a write."""

NODE_COUNTS: Final = (1, 2, 4, 8, 16)
READER_COUNTS: Final = (10, 50, 500)
STREAM_COUNTS: Final = (1, 2, 4, 8)


@dataclass(frozen=True)
class Costs:
    """What one node costs: microseconds of CPU, KiB of memory, bytes of disk, and facts a second of one stream."""

    origin_us: float
    copy_us: float
    envelope_us: float
    turn_us: float
    delivery_us: float
    large_delivery_us: float
    alone_us: float
    nats_us: float
    own_user_kib: float
    other_user_kib: float
    base_mib: float
    journal_bytes: float
    stream_bytes: float
    stream_facts: float


MEASURED: Final = Costs(
    # python -m bench.nodes: origin's CPU less the other node's, less a delivery; the other node's, less its share of an
    # envelope and of a turn (there were 45 and 90 messages in one)
    origin_us=15.0,
    copy_us=22.0,
    # python -m bench.delivery --nats 1 --rate 500, and the same with --rate 2000: the other node's CPU for a message,
    # the difference times 4/3 (1 and 4 messages in an envelope), less the turn
    envelope_us=65.0,
    # python -m bench lone --threads 0: CPU us/delivery, where everything is done for one message
    turn_us=320.0,
    # python -m bench fanout loaded --threads 0: CPU us/delivery
    delivery_us=5.0,
    large_delivery_us=0.3,
    # python -m bench durable --threads 0: CPU us/delivery, less a delivery and the share of a turn
    alone_us=16.0,
    # python -m bench.nodes: the rest
    nats_us=4.7,
    own_user_kib=5.3,
    other_user_kib=3.9,
    base_mib=45.0,
    journal_bytes=415.0,
    stream_bytes=145.0,
    stream_facts=400_000.0,
)


@dataclass(frozen=True)
class Shape:
    """What is asked for: nodes, readers of each message, streams, and which share of the streams a node reads."""

    nodes: int
    readers: int
    streams: int = 1
    read_share: float = 1.0


def delivery_us(costs: Costs, readers: int) -> float:
    """One delivery in a channel of so many readers who are there."""
    return costs.large_delivery_us if readers >= LARGE else costs.delivery_us


def node_load(costs: Costs, shape: Shape, messages: float) -> float:
    """The share of its core that a node uses at so many messages a second in all, evenly divided."""
    said = messages / shape.nodes
    delivered = said * shape.readers * delivery_us(costs, shape.readers)
    if shape.nodes == 1:
        return (messages * costs.alone_us + turns_us(costs, messages) + delivered) / 1e6
    copied = messages * shape.read_share * costs.copy_us
    return (copied + envelopes_us(costs, shape, messages) + said * costs.origin_us + delivered) / 1e6


def envelopes_us(costs: Costs, shape: Shape, messages: float) -> float:
    """What a node has to do in a second for what its messages come in."""
    envelopes = min(messages * shape.read_share, 1 / PACE_SECONDS)
    return envelopes * costs.envelope_us + turns_us(costs, envelopes)


def turns_us(costs: Costs, arrivals: float) -> float:
    """What commits and turns cost in a second in which there are so many occasions for one."""
    return min(arrivals, TURNS_MAX) * costs.turn_us


def node_limit(costs: Costs, shape: Shape) -> float:
    """Messages a second in all at which a node has used BUSY_MAX of its core. By bisection: the load only grows."""
    low, high = 0.0, 1e7
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if node_load(costs, shape, middle) <= BUSY_MAX else (low, middle)
    return low


def stream_limit(costs: Costs, shape: Shape) -> float:
    """Messages a second in all that the streams take; without a bound where there is none."""
    return float("inf") if shape.nodes == 1 else costs.stream_facts * shape.streams


def limit(costs: Costs, shape: Shape) -> tuple[float, str]:
    """Messages a second in all, and what is in the way of more."""
    node, stream = node_limit(costs, shape), stream_limit(costs, shape)
    return (stream, "the stream") if stream < node else (node, wall(costs, shape, node))


def wall(costs: Costs, shape: Shape, messages: float) -> str:
    """What takes most of a node's core at that rate."""
    said = messages / shape.nodes
    parts = {"deliveries": said * shape.readers * delivery_us(costs, shape.readers)}
    if shape.nodes == 1:
        parts["the node's own work"] = messages * costs.alone_us + turns_us(costs, messages)
    else:
        parts["envelopes"] = envelopes_us(costs, shape, messages)
        parts["copies of messages"] = messages * shape.read_share * costs.copy_us
    return max(parts, key=lambda part: parts[part])


def users(messages: float) -> float:
    """How many users say so much in the busiest minute."""
    return messages * SECONDS_BETWEEN_POSTS


def memory_mib(costs: Costs, shape: Shape, people: float) -> float:
    """A node's memory with so many users in all."""
    own = people / shape.nodes
    return costs.base_mib + (own * costs.own_user_kib + (people - own) * costs.other_user_kib) / 1024


def journal_gb(costs: Costs, messages: float) -> float:
    """What every node's journal grows by in a day of BUSY_HOURS at that rate."""
    return messages * BUSY_HOURS * 3_600 * costs.journal_bytes / 1e9


def about(value: float) -> str:
    """Two digits of it: the model has no more."""
    return f"{float(f'{value:.1e}'):,.0f}"


def reach_rows(costs: Costs) -> Iterable[list[str]]:
    """A line for each number of nodes and readers."""
    yield ["nodes", "readers", "messages/s", "deliveries/s", "users", "a node's memory", "journal a day", "the wall"]
    for readers in READER_COUNTS:
        for nodes in NODE_COUNTS:
            shape = Shape(nodes, readers)
            messages, why = limit(costs, shape)
            people = users(messages)
            yield [
                str(nodes),
                str(readers),
                about(messages),
                about(messages * readers),
                about(people),
                f"{about(memory_mib(costs, shape, people))} MiB",
                f"{about(journal_gb(costs, messages))} GB",
                why,
            ]


def stream_rows(costs: Costs, readers: int, nodes: int) -> Iterable[list[str]]:
    """A line for each number of streams: with nodes that read all of them, and with nodes that read one."""
    yield ["streams", "every node reads all: messages/s", "the wall", "a node reads one: messages/s", "the wall"]
    for streams in STREAM_COUNTS:
        everything = limit(costs, Shape(nodes, readers, streams))
        one = limit(costs, Shape(nodes, readers, streams, 1 / streams))
        yield [str(streams), *(cell for messages, why in (everything, one) for cell in (about(messages), why))]


def main(arguments: Sequence[str]) -> int:
    """Prints the tables. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="How far a cluster reaches.")
    parser.add_argument("--markdown", action="store_true", help="as tables of Markdown")
    markdown = parser.parse_args(arguments).markdown
    for rows in (reach_rows(MEASURED), stream_rows(MEASURED, 50, 16)):
        print(as_markdown(list(rows)) if markdown else table(list(rows)), end="\n\n")
    return 0


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a table of Markdown; the first row is the heading."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

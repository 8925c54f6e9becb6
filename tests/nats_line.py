"""A bad line between network namespaces: loses packets, delays them and lets them overtake each other.

    python nats_line.py INTERFACE LOSS_PERCENT DELAY_MS JITTER_MS SEED

Makes a TUN interface, says `ready`, and gives each packet that the kernel routes into it back to the kernel after
DELAY_MS, give or take JITTER_MS, or never. Ends when standard input ends, and the interface with it.

The kernel's own `tc netem` does the same faster, but is not in every kernel.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import select
import struct
import sys
import time
from random import Random

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET_BYTES_MAX = 65_535
PACKETS_MAX = 20_000
"""What is on the line at once; more is lost, as on every line."""


def open_interface(name: str) -> int:
    """The descriptor of a new TUN interface. Raises OSError."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


class Line:
    """The packets on their way, in the order in which they come out."""

    def __init__(self, loss: float, delay: float, jitter: float, random: Random) -> None:
        self._loss, self._delay, self._jitter = loss, delay, jitter
        self._random = random
        self._packets: list[tuple[float, int, bytes]] = []
        self._count = 0

    def take(self, packet: bytes, now: float) -> None:
        """A packet goes in."""
        self._count += 1
        if self._random.random() < self._loss or len(self._packets) >= PACKETS_MAX:
            return
        due = now + self._delay + self._random.uniform(-self._jitter, self._jitter)
        heapq.heappush(self._packets, (due, self._count, packet))

    def due(self, now: float) -> list[bytes]:
        """The packets that come out now."""
        found = []
        while self._packets and self._packets[0][0] <= now:
            found.append(heapq.heappop(self._packets)[2])
        return found

    def wait_seconds(self, now: float) -> float | None:
        """How long nothing comes out; None: there is nothing."""
        return max(0.0, self._packets[0][0] - now) if self._packets else None


def carry(interface: int, line: Line) -> None:
    """Carry packets until standard input ends."""
    while True:
        readable, _, _ = select.select([interface, 0], [], [], line.wait_seconds(time.monotonic()))
        now = time.monotonic()
        if 0 in readable and not os.read(0, 1):
            return
        if interface in readable:
            line.take(os.read(interface, PACKET_BYTES_MAX), now)
        for packet in line.due(now):
            try:
                os.write(interface, packet)
            except OSError:
                continue  # The way on is closed: lost.


def main(name: str, loss_percent: str, delay_ms: str, jitter_ms: str, seed: str) -> None:
    """Run as a program in the namespace that routes."""
    interface = open_interface(name)
    print("ready", flush=True)
    carry(interface, Line(float(loss_percent) / 100, float(delay_ms) / 1000, float(jitter_ms) / 1000, Random(seed)))


if __name__ == "__main__":
    main(*sys.argv[1:])

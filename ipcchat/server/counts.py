"""What the shell and its lanes count: attributes, each of which one thread writes and any thread reads.

Rules:
1. Counting belongs to batches: a turn, a read, a run of lines. What is done a thousand times for a message counts
   nothing.
2. Nothing here knows how it is shown (metrics.py).
"""

from __future__ import annotations

from collections import Counter

from ipcchat.core.histogram import SECONDS, Histogram


class LaneCounts:
    """Of one lane, since it began: lines and bytes that came, those who were dropped because they did not read, and the
    bytes in send queues now."""

    __slots__ = ("bytes_received", "dropped", "lines_received", "queued_bytes")

    def __init__(self) -> None:
        self.lines_received = 0
        self.bytes_received = 0
        self.dropped = 0
        self.queued_bytes = 0


class ShellCounts:
    """Of core's thread: connections now by transport, and since the start the connections that were turned away because
    the server was full, the TLS handshakes that came to nothing, the logins that failed, how long it took to tell
    people what the journal did, the files that were uploaded, or refused and why, and what
    came in and went out by hooks and was pushed, by results."""

    __slots__ = (
        "connections",
        "failed_handshakes",
        "failed_logins",
        "fan_out_seconds",
        "full",
        "hook_deliveries",
        "hook_posts",
        "pushes",
        "refused_uploads",
        "uploads",
    )

    def __init__(self) -> None:
        self.connections: Counter[str] = Counter()
        self.full = 0
        self.failed_handshakes = 0
        self.failed_logins: Counter[str] = Counter()
        self.fan_out_seconds = Histogram(SECONDS)
        self.hook_posts: Counter[str] = Counter()
        self.hook_deliveries: Counter[str] = Counter()
        self.pushes: Counter[str] = Counter()
        self.uploads = 0
        self.refused_uploads: Counter[str] = Counter()

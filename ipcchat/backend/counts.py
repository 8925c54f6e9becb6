"""What a journal counts about itself. The journal's thread counts, any thread reads."""

from __future__ import annotations

from ipcchat.core.histogram import NUMBERS, SECONDS, Histogram


class ClusterCounts:
    """What a node sees of its cluster. `nodes` is how many nodes are heard, itself included, by what they say of
    themselves; `absent` are nodes that belong to the cluster and are not heard. `lag_seconds` is how long this node has
    known of something in the stream that it does not have yet. The stream is of that `epoch` and has so many bytes of
    those that it may have (0: no limit, or not known); `persists_async`: its servers do not sync it."""

    __slots__ = (
        "absent",
        "epoch",
        "lag_seconds",
        "nodes",
        "persists_async",
        "server_version",
        "stream_bytes",
        "stream_bytes_max",
    )

    def __init__(self) -> None:
        self.nodes: dict[str, int] = {}
        self.absent = 0
        self.epoch = 0
        self.lag_seconds = 0.0
        self.stream_bytes = self.stream_bytes_max = 0
        self.persists_async = False
        self.server_version = ""


class JournalCounts:
    """`facts` are those that were made durable since the start, `refused_commits` how often the disk said no. `refusal`
    says why the last commit was refused; "" when none was, or one worked since. `oldest_at` is the time (Unix ms) of
    the oldest entry that is kept, as it was looked up a minute ago at most; None where nobody looked.

    In a cluster besides: envelopes `published`, those `acknowledged` and `repeated_publishes` of them; messages of the
    stream that were taken in and the facts in them, of all nodes; `lag`, the messages of the stream that this node does
    not have yet, as far as it knows; and for how long it was cut off altogether. `cluster` is what it sees of the
    others; None where a server stands alone."""

    __slots__ = (
        "acknowledged",
        "cluster",
        "commit_facts",
        "commit_seconds",
        "cut_seconds",
        "facts",
        "lag",
        "oldest_at",
        "published",
        "received_facts",
        "received_messages",
        "refusal",
        "refused_commits",
        "repeated_publishes",
    )

    def __init__(self) -> None:
        self.facts = 0
        self.commit_seconds = Histogram(SECONDS)
        self.commit_facts = Histogram(NUMBERS)
        self.refused_commits = 0
        self.refusal = ""
        self.oldest_at: int | None = None
        self.published = self.acknowledged = self.repeated_publishes = 0
        self.received_messages = self.received_facts = self.lag = 0
        self.cut_seconds = 0.0
        self.cluster: ClusterCounts | None = None

    def committed(self, facts: int, seconds: float) -> None:
        """A commit worked."""
        self.facts += facts
        self.commit_facts.observe(facts)
        self.commit_seconds.observe(seconds)
        self.refusal = ""

    def refused(self, reason: str) -> None:
        """A commit did not work, but a later one may."""
        self.refused_commits += 1
        self.refusal = reason

"""The metrics: one table, from which /metrics and FIGURES are told and docs/metrics.md is made.

Rules:
1. A metric is a row here and nothing else. Names begin with ipcchat_ and have their unit; what only rises is a counter
   and ends with _total.
2. A row reads what was counted anyway and changes nothing. What I/O threads count is summed here.
3. Labels have few values, which are known beforehand: never a name, an address, a channel.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

import msgspec

from ipcchat.backend.counts import ClusterCounts, JournalCounts
from ipcchat.core.admission import BAN
from ipcchat.core.figures import Figures
from ipcchat.core.histogram import Histogram
from ipcchat.server.coming_upload import REASONS as UPLOAD_REFUSALS
from ipcchat.server.counts import LaneCounts, ShellCounts
from ipcchat.server.durability import LETTERS
from ipcchat.server.exposition import Kind, Number, Samples, exposed
from ipcchat.server.machine import Looks
from ipcchat.server.outbox import Outbox
from ipcchat.version import VERSION

TRANSPORTS = ("tcp", "tls", "websocket", "unix", "plain", "http")
LIMITS = (
    "connections_max",
    "strangers_max",
    "connections_per_address_max",
    "strangers_per_address_max",
    "attempts_per_address_max",
    "connections_per_local_user_max",
)
LOGINS = ("account", "operator")
MS_PER_SECOND = 1_000
HOOK_POSTS = ("ok", "unreadable", "unsigned", "refused", "unknown", "too_large", "too_fast", "busy")
HOOK_DELIVERIES = ("ok", "failed")
NODE_STATES = ("starting", "serving", "draining", "cut", "seeding", "absent")
EPOCH_BITS = 20
"""The lower bits of an epoch are random (backend/cluster/epochs.py)."""

PUSHES = ("sent", "failed", "gone", "dropped")


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is made from: what was counted, and how things are now. `lanes` are the lanes' counts, each with its
    outbox; `journal_wait` and `uptime` are in seconds. `grade` is the durability grade, "" while it is not known."""

    core: Figures
    counts: ShellCounts
    visitors: int
    lanes: list[tuple[LaneCounts, Outbox]]
    journal: JournalCounts
    journal_wait: float
    loop_lag: Histogram
    garbage: Histogram
    looks: Looks
    uptime: float
    grade: str = ""


Value = Number | Histogram | None
Values = Mapping[tuple[str, ...], Value]


class Metric(msgspec.Struct, frozen=True):
    """One metric. `read` gives its values by those of its `labels`; None is not told. `values` are what a label can
    be."""

    name: str
    kind: Kind
    text: str
    read: Callable[[Sources], Values]
    labels: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def page(sources: Sources) -> str:
    """What /metrics says."""
    return exposed(_told(metric, sources) for metric in METRICS)


def figures(sources: Sources) -> tuple[tuple[str, str], ...]:
    """The same, short: each number by its name and labels, of a histogram its sum and its count."""
    samples = (line for metric in METRICS for line in _told(metric, sources).short())
    return tuple((name, value) for name, _, value in (line.rpartition(" ") for line in samples))


def _told(metric: Metric, sources: Sources) -> Samples:
    samples = Samples(metric.name, metric.kind, metric.text)
    for values, number in metric.read(sources).items():
        if number is not None:
            samples.add(number, dict(zip(metric.labels, values, strict=True)))
    return samples


def _counter(name: str, text: str, read: Callable[[Sources], Value]) -> Metric:
    return Metric(name, Kind.COUNTER, text, lambda sources: {(): read(sources)})


def _gauge(name: str, text: str, read: Callable[[Sources], Value]) -> Metric:
    return Metric(name, Kind.GAUGE, text, lambda sources: {(): read(sources)})


def _histogram(name: str, text: str, read: Callable[[Sources], Histogram]) -> Metric:
    return Metric(name, Kind.HISTOGRAM, text, lambda sources: {(): read(sources)})


def _by(found: Mapping[str, int], known: Iterable[str]) -> Values:
    """Numbers by their names, the known ones also when there was none: what begins with 1 has not risen."""
    return {(name,): number for name, number in {**dict.fromkeys(known, 0), **found}.items()}


def _connections(sources: Sources) -> Values:
    return _by({**sources.counts.connections, "http": sources.visitors}, TRANSPORTS)


def _refused(sources: Sources) -> Values:
    return _by({**sources.core.refused, "connections_max": sources.counts.full}, (BAN, *LIMITS))


def _grade(sources: Sources) -> Values:
    return {(letter,): int(letter == sources.grade) if sources.grade else None for letter in LETTERS}


def _in_cluster(read: Callable[[ClusterCounts], Value]) -> Callable[[Sources], Value]:
    """Nothing is told of it by a server that stands alone."""
    return lambda sources: None if sources.journal.cluster is None else read(sources.journal.cluster)


def _of_node(read: Callable[[JournalCounts], Value]) -> Callable[[Sources], Value]:
    return lambda sources: None if sources.journal.cluster is None else read(sources.journal)


def _nodes(sources: Sources) -> Values:
    cluster = sources.journal.cluster
    return {} if cluster is None else _by({**cluster.nodes, "absent": cluster.absent}, NODE_STATES)


CLUSTER = (
    Metric(
        "ipcchat_cluster_nodes",
        Kind.GAUGE,
        "Nodes of the cluster that are heard, by what they say of themselves, and those that are known and absent. A "
        "server that stands alone tells nothing of this.",
        _nodes,
        ("state",),
        NODE_STATES,
    ),
    _gauge(
        "ipcchat_cluster_lag_messages",
        "Messages of the cluster's stream that this node knows of and does not have yet.",
        _of_node(lambda journal: journal.lag),
    ),
    _gauge(
        "ipcchat_cluster_lag_seconds",
        "For how long this node has known of the first of these.",
        _in_cluster(lambda cluster: cluster.lag_seconds),
    ),
    _counter(
        "ipcchat_cluster_cut_seconds_total",
        "For how long this node was cut off from the cluster's stream, altogether.",
        _of_node(lambda journal: journal.cut_seconds),
    ),
    _gauge(
        "ipcchat_cluster_stream_bytes",
        "The size of the cluster's stream, one copy of it.",
        _in_cluster(lambda cluster: cluster.stream_bytes),
    ),
    _gauge(
        "ipcchat_cluster_stream_limit_bytes",
        "The size at which it is full: then nothing can be said.",
        _in_cluster(lambda cluster: cluster.stream_bytes_max or None),
    ),
    _gauge(
        "ipcchat_cluster_epoch",
        "Which of the cluster's streams this node follows: it rises when a stream was lost and made anew.",
        _in_cluster(lambda cluster: cluster.epoch >> EPOCH_BITS),
    ),
    _counter(
        "ipcchat_cluster_published_total",
        "Messages that this node published to the stream; each has the facts of a moment.",
        _of_node(lambda journal: journal.published),
    ),
    _counter(
        "ipcchat_cluster_acknowledged_total",
        "Of these, the ones that the stream acknowledged.",
        _of_node(lambda journal: journal.acknowledged),
    ),
    _counter(
        "ipcchat_cluster_repeated_total",
        "How often one was published again because no answer came.",
        _of_node(lambda journal: journal.repeated_publishes),
    ),
    _counter(
        "ipcchat_cluster_received_messages_total",
        "Messages of all nodes that were taken from the stream.",
        _of_node(lambda journal: journal.received_messages),
    ),
    _counter(
        "ipcchat_cluster_received_facts_total",
        "The facts in them.",
        _of_node(lambda journal: journal.received_facts),
    ),
)

METRICS = (
    Metric(
        "ipcchat_connections",
        Kind.GAUGE,
        "Connections that are open, by how they came. http: browsers that load pages, or have no WebSocket yet.",
        _connections,
        ("transport",),
        TRANSPORTS,
    ),
    _gauge(
        "ipcchat_sessions",
        "Connections that speak IRC or plain text, those that are not registered included.",
        lambda sources: sources.core.sessions,
    ),
    _gauge(
        "ipcchat_unregistered_sessions",
        "Of these, the ones that have not registered.",
        lambda sources: sources.core.strangers,
    ),
    _gauge(
        "ipcchat_users",
        "Users in the network, those who are away from their connections included.",
        lambda sources: sources.core.users,
    ),
    _gauge("ipcchat_accounts", "Accounts that are registered.", lambda sources: sources.core.accounts),
    _gauge("ipcchat_channels", "Channels that there are.", lambda sources: sources.core.channels),
    _gauge("ipcchat_files", "Files that people uploaded and that are kept.", lambda sources: sources.core.files),
    _gauge(
        "ipcchat_file_bytes",
        "What they have on the disk; the same content counts once.",
        lambda sources: sources.core.file_bytes,
    ),
    _counter("ipcchat_uploads_total", "Files that were uploaded.", lambda sources: sources.counts.uploads),
    Metric(
        "ipcchat_refused_uploads_total",
        Kind.COUNTER,
        "Uploads that came to nothing, by the reason: too large, too much of one owner, no room, too many in a minute, "
        "or at a time, not allowed, and cut off on the way.",
        lambda sources: _by(sources.counts.refused_uploads, UPLOAD_REFUSALS),
        ("reason",),
        UPLOAD_REFUSALS,
    ),
    _counter(
        "ipcchat_received_lines_total",
        "Lines that came from connections, those that were refused included.",
        lambda sources: sum(lane.lines_received for lane, _ in sources.lanes),
    ),
    _counter(
        "ipcchat_received_bytes_total",
        "Bytes that came, as they are behind TLS and in the frames of WebSockets.",
        lambda sources: sum(lane.bytes_received for lane, _ in sources.lanes),
    ),
    _counter(
        "ipcchat_sent_lines_total",
        "Lines that were handed to connections, each as often as somebody was to read it.",
        lambda sources: sum(outbox.lines for _, outbox in sources.lanes),
    ),
    _counter(
        "ipcchat_sent_bytes_total",
        "Their bytes, in front of TLS and in the frames of WebSockets.",
        lambda sources: sum(outbox.bytes for _, outbox in sources.lanes),
    ),
    _counter(
        "ipcchat_deliveries_total",
        "Of the lines that were sent, those that tell people what happened: one for each who hears of it.",
        lambda sources: sum(outbox.deliveries for _, outbox in sources.lanes),
    ),
    _histogram(
        "ipcchat_fan_out_seconds",
        "From when the journal told what it did until all of it was on its way to people, in batches.",
        lambda sources: sources.counts.fan_out_seconds,
    ),
    _gauge(
        "ipcchat_send_queue_bytes",
        "Bytes that wait because those who are to read them do not.",
        lambda sources: sum(lane.queued_bytes for lane, _ in sources.lanes),
    ),
    _counter(
        "ipcchat_dropped_connections_total",
        "Connections that were closed because nobody read what was sent.",
        lambda sources: sum(lane.dropped for lane, _ in sources.lanes),
    ),
    Metric(
        "ipcchat_refused_connections_total",
        Kind.COUNTER,
        "Connections that were turned away at the door, by the limit that did it.",
        _refused,
        ("reason",),
        (BAN, *LIMITS),
    ),
    _counter(
        "ipcchat_tls_handshake_failures_total",
        "TLS handshakes that came to nothing, of all doors.",
        lambda sources: sources.counts.failed_handshakes,
    ),
    Metric(
        "ipcchat_login_failures_total",
        Kind.COUNTER,
        "Logins that failed: to accounts, and of operators (OPER).",
        lambda sources: _by(sources.counts.failed_logins, LOGINS),
        ("kind",),
        LOGINS,
    ),
    Metric(
        "ipcchat_hook_posts_total",
        Kind.COUNTER,
        "What programs posted to hooks, by what came of it.",
        lambda sources: _by(sources.counts.hook_posts, HOOK_POSTS),
        ("result",),
        HOOK_POSTS,
    ),
    Metric(
        "ipcchat_hook_deliveries_total",
        Kind.COUNTER,
        "Messages that were sent out by hooks, by whether they were taken; what was not is sent again.",
        lambda sources: _by(sources.counts.hook_deliveries, HOOK_DELIVERIES),
        ("result",),
        HOOK_DELIVERIES,
    ),
    Metric(
        "ipcchat_pushes_total",
        Kind.COUNTER,
        "Messages for push services, by what came of it: sent, not taken, the subscription is gone, too much waited.",
        lambda sources: _by(sources.counts.pushes, PUSHES),
        ("result",),
        PUSHES,
    ),
    _counter(
        "ipcchat_committed_facts_total",
        "Facts that were made durable: messages, joins, topics and all else that happens.",
        lambda sources: sources.journal.facts,
    ),
    _histogram(
        "ipcchat_commit_seconds",
        "How long the disk took for a commit.",
        lambda sources: sources.journal.commit_seconds,
    ),
    _histogram("ipcchat_commit_facts", "How many facts a commit had.", lambda sources: sources.journal.commit_facts),
    _counter(
        "ipcchat_refused_commits_total",
        "Commits that the disk refused; what was in them was refused, too.",
        lambda sources: sources.journal.refused_commits,
    ),
    _gauge(
        "ipcchat_journal_wait_seconds",
        "How long the journal has owed an answer.",
        lambda sources: sources.journal_wait,
    ),
    _gauge(
        "ipcchat_oldest_entry_timestamp_seconds",
        "When the oldest entry that the journal keeps was made (Unix time). Not told by a server without a disk.",
        lambda sources: None if sources.journal.oldest_at is None else sources.journal.oldest_at / MS_PER_SECOND,
    ),
    _gauge(
        "ipcchat_retention_seconds",
        "For how long messages are kept, as the setting says. Not told where there is no such limit.",
        lambda sources: sources.core.kept_ms / MS_PER_SECOND or None,
    ),
    Metric(
        "ipcchat_durability_grade",
        Kind.GAUGE,
        "1 for what an acknowledgement survives: A power failures of all machines, B those that leave one node's disk, "
        "C less, or it is not known.",
        _grade,
        ("grade",),
        LETTERS,
    ),
    *CLUSTER,
    _gauge("ipcchat_database_bytes", "The size of chat.db.", lambda sources: sources.looks.database_bytes),
    _gauge(
        "ipcchat_wal_bytes",
        "The size of chat.db-wal, the write-ahead log.",
        lambda sources: sources.looks.log_bytes,
    ),
    _gauge("ipcchat_search_index_bytes", "The size of search.db.", lambda sources: sources.looks.search_bytes),
    _gauge(
        "ipcchat_disk_free_bytes",
        "What is free on the disk of the data folder.",
        lambda sources: sources.looks.free_bytes,
    ),
    _histogram(
        "ipcchat_loop_lag_seconds",
        "How late the main loop came to its beat, which is once a second.",
        lambda sources: sources.loop_lag,
    ),
    _histogram(
        "ipcchat_gc_pause_seconds",
        "How long the garbage collector kept everybody waiting.",
        lambda sources: sources.garbage,
    ),
    _counter(
        "ipcchat_cpu_seconds_total",
        "Processor time of the process, user and system.",
        lambda sources: sources.looks.cpu_seconds,
    ),
    _gauge("ipcchat_resident_bytes", "Resident memory.", lambda sources: sources.looks.resident_bytes),
    _gauge("ipcchat_open_descriptors", "Open file descriptors.", lambda sources: sources.looks.descriptors),
    _gauge("ipcchat_uptime_seconds", "Since when the server runs.", lambda sources: sources.uptime),
    Metric(
        "ipcchat_build_info",
        Kind.GAUGE,
        "Always 1: which version runs, and on which Python.",
        lambda _: {(VERSION, sys.version.partition(" ")[0]): 1},
        ("version", "python"),
    ),
)

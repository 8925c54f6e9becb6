"""docs/grafana.json: a dashboard for Grafana, made from a table of panels.

tests/server/test_metrics.py holds that it asks for metrics that exist, in the way that their kinds want.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

SELECTED = 'instance=~"$instance"'
WIDTH, HEIGHT, COLUMNS = 8, 7, 24
SOURCE = {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}


class Panel(msgspec.Struct, frozen=True):
    """One panel: its unit as Grafana calls it, and what it shows, each curve with its name."""

    title: str
    unit: str
    curves: tuple[tuple[str, str], ...]


def now(metric: str) -> str:
    """A gauge."""
    return f"{metric}{{{SELECTED}}}"


def rate(metric: str) -> str:
    """How fast a counter rises."""
    return f"rate({metric}{{{SELECTED}}}[$__rate_interval])"


def quantile(share: float, metric: str) -> str:
    """What so many of a histogram's observations are below."""
    return f"histogram_quantile({share}, sum by (le, instance) (rate({metric}_bucket{{{SELECTED}}}[$__rate_interval])))"


def quantiles(metric: str) -> tuple[tuple[str, str], ...]:
    """The median, and the slow ones."""
    return ((quantile(0.5, metric), "median"), (quantile(0.99, metric), "99 %"))


PANELS = {
    "People": (
        Panel("Connections", "short", ((now("ipcchat_connections"), "{{transport}}"),)),
        Panel(
            "Users and channels",
            "short",
            (
                (now("ipcchat_users"), "users"),
                (now("ipcchat_channels"), "channels"),
                (now("ipcchat_accounts"), "accounts"),
                (now("ipcchat_sessions"), "sessions"),
                (now("ipcchat_unregistered_sessions"), "not registered"),
            ),
        ),
        Panel(
            "Turned away",
            "cps",
            (
                (rate("ipcchat_refused_connections_total"), "{{reason}}"),
                (rate("ipcchat_login_failures_total"), "login: {{kind}}"),
                (rate("ipcchat_tls_handshake_failures_total"), "TLS handshake"),
            ),
        ),
    ),
    "Messages": (
        Panel(
            "Lines",
            "cps",
            (
                (rate("ipcchat_received_lines_total"), "received"),
                (rate("ipcchat_sent_lines_total"), "sent"),
                (rate("ipcchat_deliveries_total"), "deliveries"),
            ),
        ),
        Panel(
            "Bytes",
            "Bps",
            ((rate("ipcchat_received_bytes_total"), "received"), (rate("ipcchat_sent_bytes_total"), "sent")),
        ),
        Panel("Fan-out", "s", quantiles("ipcchat_fan_out_seconds")),
        Panel("Send queues", "bytes", ((now("ipcchat_send_queue_bytes"), "waiting"),)),
        Panel("Dropped, for they do not read", "cps", ((rate("ipcchat_dropped_connections_total"), "dropped"),)),
        Panel("Posts to hooks", "cps", ((rate("ipcchat_hook_posts_total"), "{{result}}"),)),
        Panel("Sent out by hooks", "cps", ((rate("ipcchat_hook_deliveries_total"), "{{result}}"),)),
        Panel("Pushes", "cps", ((rate("ipcchat_pushes_total"), "{{result}}"),)),
        Panel("Uploaded files", "short", ((now("ipcchat_files"), "kept"),)),
        Panel(
            "Uploads",
            "cps",
            (
                (rate("ipcchat_uploads_total"), "taken"),
                (rate("ipcchat_refused_uploads_total"), "refused: {{reason}}"),
            ),
        ),
    ),
    "Journal": (
        Panel("Commits", "s", quantiles("ipcchat_commit_seconds")),
        Panel(
            "Facts",
            "cps",
            (
                (rate("ipcchat_committed_facts_total"), "committed"),
                (rate("ipcchat_refused_commits_total"), "refused commits"),
            ),
        ),
        Panel("Facts of a commit", "short", quantiles("ipcchat_commit_facts")),
        Panel("The journal owes an answer", "s", ((now("ipcchat_journal_wait_seconds"), "waiting"),)),
        Panel(
            "Files",
            "bytes",
            (
                (now("ipcchat_database_bytes"), "chat.db"),
                (now("ipcchat_wal_bytes"), "write-ahead log"),
                (now("ipcchat_search_index_bytes"), "search.db"),
                (now("ipcchat_file_bytes"), "uploaded files"),
            ),
        ),
        Panel("Free on the disk", "bytes", ((now("ipcchat_disk_free_bytes"), "free"),)),
        Panel(
            "Age of the oldest entry",
            "s",
            (
                (f"time() - {now('ipcchat_oldest_entry_timestamp_seconds')}", "oldest"),
                (now("ipcchat_retention_seconds"), "kept"),
            ),
        ),
    ),
    "Cluster": (
        Panel("Nodes", "short", ((now("ipcchat_cluster_nodes"), "{{instance}} hears: {{state}}"),)),
        Panel("Behind", "short", ((now("ipcchat_cluster_lag_messages"), "messages"),)),
        Panel("Behind since", "s", ((now("ipcchat_cluster_lag_seconds"), "seconds"),)),
        Panel("Cut off", "percentunit", ((rate("ipcchat_cluster_cut_seconds_total"), "seconds a second"),)),
        Panel(
            "Stream",
            "bytes",
            (
                (now("ipcchat_cluster_stream_bytes"), "size"),
                (now("ipcchat_cluster_stream_limit_bytes"), "limit"),
            ),
        ),
        Panel(
            "Messages of the stream",
            "cps",
            (
                (rate("ipcchat_cluster_published_total"), "published"),
                (rate("ipcchat_cluster_acknowledged_total"), "acknowledged"),
                (rate("ipcchat_cluster_repeated_total"), "again"),
                (rate("ipcchat_cluster_received_messages_total"), "received"),
                (rate("ipcchat_cluster_received_facts_total"), "facts received"),
            ),
        ),
        Panel("Epoch", "short", ((now("ipcchat_cluster_epoch"), "epoch"),)),
        Panel("Durability grade", "short", ((now("ipcchat_durability_grade"), "{{grade}}"),)),
    ),
    "Process": (
        Panel("Loop lag", "s", quantiles("ipcchat_loop_lag_seconds")),
        Panel("Garbage collection", "s", ((rate("ipcchat_gc_pause_seconds_sum"), "seconds a second"),)),
        Panel("Processor", "percentunit", ((rate("ipcchat_cpu_seconds_total"), "cores"),)),
        Panel("Memory", "bytes", ((now("ipcchat_resident_bytes"), "resident"),)),
        Panel("Descriptors", "short", ((now("ipcchat_open_descriptors"), "open"),)),
        Panel(
            "Uptime",
            "s",
            (
                (
                    f"{now('ipcchat_uptime_seconds')} * on (instance) group_left (version) {now('ipcchat_build_info')}",
                    "{{version}}",
                ),
            ),
        ),
    ),
}


def dashboard() -> str:
    """The file, as Grafana imports it."""
    source = {"name": "DS_PROMETHEUS", "label": "Prometheus", "type": "datasource", "pluginId": "prometheus"}
    content = {
        "__inputs": [{**source, "pluginName": "Prometheus", "description": ""}],
        "title": "IPC Chat",
        "uid": "ipc-chat",
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_instances()]},
        "panels": _panels(),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _instances() -> dict[str, Any]:
    query = "label_values(ipcchat_uptime_seconds, instance)"
    choice = {"includeAll": True, "multi": True, "current": {"text": "All", "value": "$__all"}, "refresh": 2}
    return {"name": "instance", "label": "server", "type": "query", "datasource": SOURCE, "query": query, **choice}


def _panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    y = 0
    for row, panels in PANELS.items():
        place = {"h": 1, "w": COLUMNS, "x": 0, "y": y}
        found.append({"id": len(found) + 1, "type": "row", "title": row, "gridPos": place, "panels": []})
        y += 1
        for number, panel in enumerate(panels):
            across, down = number % (COLUMNS // WIDTH), number // (COLUMNS // WIDTH)
            place = {"h": HEIGHT, "w": WIDTH, "x": across * WIDTH, "y": y + down * HEIGHT}
            found.append({"id": len(found) + 1, "gridPos": place, **_panel(panel)})
        y += -(-len(panels) // (COLUMNS // WIDTH)) * HEIGHT
    return found


def _panel(panel: Panel) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
        for number, (expression, legend) in enumerate(panel.curves)
    ]
    defaults = {"unit": panel.unit, "min": 0, "custom": {"fillOpacity": 10}}
    return {
        "type": "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"legend": {"showLegend": True}, "tooltip": {"mode": "multi"}},
        "targets": targets,
    }

"""Alerts: what Alertmanager's webhook receiver sends (version 4), and Grafana's, which is the same with a title and a
message of its own.

Specification: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and
https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from __future__ import annotations

from typing import Any

from ipcchat.server.hook_bodies.parts import count, first_line, items, joined, words

ALERTS_SHOWN = 10


def text_of(payload: dict[str, Any]) -> str:
    """A group of alerts in words: one line for the group, and one for each."""
    title, message = words(payload, "title"), words(payload, "message")
    if message.strip():
        return joined([title, message.strip()])
    alerts = items(payload, "alerts")
    lines = [_line(alert) for alert in alerts[:ALERTS_SHOWN]]
    left = count(payload, "alerts") - len(lines)
    return joined([title or _title(payload), *lines, f"… and {left} more" if left > 0 else ""])


def _title(payload: dict[str, Any]) -> str:
    """What all of the group have in common: [FIRING:2] HighLatency."""
    status = words(payload, "status").upper() or "ALERT"
    firing = sum(words(alert, "status") == "firing" for alert in items(payload, "alerts"))
    name = words(payload, "commonLabels", "alertname") or words(payload, "groupLabels", "alertname")
    return joined([f"[{status}:{firing}]" if firing else f"[{status}]", name, words(payload, "externalURL")], " ")


def _line(alert: dict[str, Any]) -> str:
    """Where, how bad, what, and where to read more."""
    name = words(alert, "labels", "alertname")
    heading = joined(
        [words(alert, "status"), words(alert, "labels", "severity"), words(alert, "labels", "instance")], " "
    )
    said = words(alert, "annotations", "summary") or words(alert, "annotations", "description")
    return joined([f"{heading}:" if heading else "", first_line(said) or name, words(alert, "generatorURL")], " ")

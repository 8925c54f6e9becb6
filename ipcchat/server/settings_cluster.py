"""The settings of a cluster: rows of the table of settings (settings_table.py), and what they become."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from ipcchat.server.settings_kinds import Checked, Hint, Items, Number, Pattern, optional_file
from ipcchat.server.settings_row import Setting

NODE_NAME: Final = Pattern("1 to 32 lower-case letters, digits and '-', or nothing", r"(?:[a-z0-9][a-z0-9-]{0,31})?")
STREAM_NAME: Final = Pattern("1 to 32 capital letters, digits and '-'", r"[A-Z0-9][A-Z0-9-]{0,31}")

DAY_SECONDS: Final = 86_400


class ClusterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """With whom the journal is shared, and over what. Files are None where none is named; `replicas` 0 lets the number
    of servers decide."""

    servers: tuple[str, ...]
    node: str
    nkey: Path | None = None
    authority: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    stream: str = "IPCCHAT"
    replicas: int = 0
    stream_seconds: int = 7 * DAY_SECONDS
    stream_bytes_max: int = 2 << 30
    monitors: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """With what all subjects begin."""
        return self.stream.lower()


def cluster_settings(values: Mapping[str, Any], base: Path) -> ClusterSettings | None:
    """What the section says, its files taken from the folder `base`; None when this server stands alone."""
    if not values["servers"]:
        return None
    files = ("nkey", "authority", "certificate", "certificate_key")
    return ClusterSettings(
        servers=values["servers"],
        node=values["node"] or machine_name(),
        stream=values["stream"],
        replicas=values["replicas"],
        stream_seconds=values["stream_days"] * DAY_SECONDS,
        stream_bytes_max=values["stream_bytes_max"],
        monitors=values["monitors"],
        **{name: base / values[name] if values[name] else None for name in files},
    )


def machine_name() -> str:
    """What this machine is called, as a node can be."""
    name = re.sub("[^a-z0-9-]+", "-", socket.gethostname().partition(".")[0].lower()).strip("-")
    return name[:32] or "node"


def monitor_url(text: str) -> str:
    """Where a NATS server answers about itself. Raises ValueError."""
    parts = urlsplit(text)
    if not text.isascii() or not text.isprintable() or parts.scheme != "http" or not parts.hostname:
        raise ValueError
    if parts.username is not None or not parts.port or re.fullmatch(r"/?", parts.path) is None:
        raise ValueError
    return text


def client_url(text: str) -> str:
    """Where clients find a server. Raises ValueError."""
    parts = urlsplit(text)
    if not text.isascii() or not text.isprintable() or parts.scheme not in ("irc", "ircs") or not parts.hostname:
        raise ValueError
    if parts.username is not None or parts.port == 0 or len(text) > 200 or re.fullmatch(r"/?", parts.path) is None:
        raise ValueError
    return text


def nats_url(text: str) -> str:
    """Where a NATS server is. Raises ValueError."""
    parts = urlsplit(text)
    if not text.isascii() or not text.isprintable() or parts.scheme not in ("nats", "tls") or not parts.hostname:
        raise ValueError
    if parts.username is not None:
        raise Hint("an address without a password: nodes log in with a key (cluster.nkey)")
    if re.fullmatch(r"/?", parts.path) is None or parts.port == 0:
        raise ValueError
    return text


CLUSTER: Final = (
    Setting(
        name="cluster.servers",
        kind=Items(Checked("nats://HOST:PORT or tls://HOST:PORT", nats_url), 16),
        default=(),
        example=("tls://nats1.example.org:4222", "tls://nats2.example.org:4222", "tls://nats3.example.org:4222"),
        restart=True,
        text="The NATS servers, with JetStream, over which the nodes of a cluster share one journal. Empty: this "
        "server stands alone.",
    ),
    Setting(
        name="cluster.monitors",
        kind=Items(Checked("http://HOST:PORT", monitor_url), 16),
        default=(),
        example=("http://127.0.0.1:8222",),
        restart=True,
        text="Where the NATS servers answer about themselves (their monitoring ports): the node asks there how they "
        "sync, for its durability grade. What is not named here counts as the worst.",
    ),
    Setting(
        name="cluster.node",
        kind=NODE_NAME,
        default="",
        example="chat1",
        restart=True,
        text="What this node is called among the others; no two may share a name. Empty: the name of the machine.",
    ),
    Setting(
        name="cluster.nkey",
        kind=Checked("a file", optional_file),
        default="",
        example="chat1.nk",
        restart=True,
        text="The file with this node's NKey seed, by which the NATS servers know it. Empty: they ask for none.",
    ),
    Setting(
        name="cluster.authority",
        kind=Checked("a file", optional_file),
        default="",
        example="nats-ca.pem",
        restart=True,
        text="The file with the certificate of the authority that the NATS servers' certificates are from. Empty: "
        "those of the machine.",
    ),
    Setting(
        name="cluster.certificate",
        kind=Checked("a file", optional_file),
        default="",
        example="chat1.pem",
        restart=True,
        text="The certificate that this node shows to the NATS servers, where they ask for one.",
    ),
    Setting(
        name="cluster.certificate_key",
        kind=Checked("a file", optional_file),
        default="",
        example="chat1-key.pem",
        restart=True,
        text="Its key.",
    ),
    Setting(
        name="cluster.stream",
        kind=STREAM_NAME,
        default="IPCCHAT",
        restart=True,
        text="The stream with the journal; another name for each network that shares the NATS servers.",
    ),
    Setting(
        name="cluster.addresses",
        kind=Items(Checked("irc://HOST:PORT or ircs://HOST:PORT", client_url), 16),
        default=(),
        example=("ircs://chat1.example.org", "ircs://chat2.example.org", "ircs://chat3.example.org"),
        text="Where clients find the nodes. Who can go on at another node is told these, and goes there at once when "
        "his own one stops or is lost. Not needed where all are behind one address.",
    ),
    Setting(
        name="cluster.replicas",
        kind=Number(0, 5),
        default=0,
        example=3,
        restart=True,
        text="On how many NATS servers the stream is. 0: on three where so many are named, else on one.",
    ),
    Setting(
        name="cluster.stream_days",
        kind=Number(1, 365),
        default=7,
        restart=True,
        text="How long the stream keeps what happened. A node that was away for longer takes all from another node.",
    ),
    Setting(
        name="cluster.stream_bytes_max",
        kind=Number(16 << 20, 1 << 44),
        default=2 << 30,
        restart=True,
        text="How large the stream may become; when it is full, nothing more can be said until the oldest is too old.",
    ),
)

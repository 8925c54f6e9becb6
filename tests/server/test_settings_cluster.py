"""The section [cluster] and --workers (docs/settings.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.server.settings import Loaded, load
from ipcchat.server.settings_cluster import DAY_SECONDS, ClusterSettings, machine_name


def read(tmp_path: Path, text: str) -> Loaded | list[str]:
    """What comes of a file with that text."""
    path = tmp_path / "ipc-chat.toml"
    path.write_text(text)
    path.chmod(0o600)
    loaded = load(path, {})
    return loaded if isinstance(loaded, Loaded) else [str(mistake) for mistake in loaded]


def cluster(tmp_path: Path, text: str) -> ClusterSettings | None:
    """The cluster of a file without mistakes."""
    loaded = read(tmp_path, text)
    assert isinstance(loaded, Loaded), loaded
    return loaded.cluster


def test_without_servers_there_is_none(tmp_path: Path) -> None:
    assert cluster(tmp_path, '[cluster]\nnode = "chat1"\n') is None


def test_all_of_it(tmp_path: Path) -> None:
    text = """
    [cluster]
    servers = ["tls://nats1:4222", "nats://127.0.0.1"]
    node = "chat1"
    nkey = "chat1.nk"
    authority = "/etc/ca.pem"
    stream = "TEA"
    replicas = 3
    stream_days = 2
    """
    found = cluster(tmp_path, text)
    assert found is not None
    assert found.servers == ("tls://nats1:4222", "nats://127.0.0.1")
    assert (found.node, found.stream, found.prefix, found.replicas) == ("chat1", "TEA", "tea", 3)
    assert (found.nkey, found.authority, found.certificate) == (tmp_path / "chat1.nk", Path("/etc/ca.pem"), None)
    assert found.stream_seconds == 2 * DAY_SECONDS


@pytest.mark.parametrize(
    ("host", "node"), [("Chat-1.example.org", "chat-1"), ("büro_2", "b-ro-2"), ("", "node"), ("x" * 40, "x" * 32)]
)
def test_a_node_is_called_as_its_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, node: str) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: host)
    assert machine_name() == node
    found = cluster(tmp_path, '[cluster]\nservers = ["nats://127.0.0.1:4222"]\n')
    assert found is not None
    assert found.node == node


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('[cluster]\nservers = ["http://x"]', "expected nats://HOST:PORT or tls://HOST:PORT"),
        ('[cluster]\nservers = ["nats://x/path"]', "expected nats://HOST:PORT or tls://HOST:PORT"),
        ('[cluster]\nservers = ["nats://ann:hunter2@x"]', "nodes log in with a key (cluster.nkey)"),
        ('[cluster]\nnode = "Chat 1"', "lower-case letters"),
        ('[cluster]\nservers = ["nats://x"]\n[storage]\nmemory = true', "expected a folder for the journal"),
        ("[server]\nworkers = 2\n[storage]\nmemory = true", "expected 1 worker, or a folder for the journal"),
        (
            '[server]\nworkers = 2\n[cluster]\nservers = ["nats://x"]',
            "expected 1 worker for a node of a cluster, got 2",
        ),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, text: str, mistake: str) -> None:
    mistakes = read(tmp_path, text)
    assert isinstance(mistakes, list)
    (told,) = mistakes
    assert mistake in told
    assert "hunter2" not in told

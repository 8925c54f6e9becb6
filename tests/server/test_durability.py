"""The durability grade of a server (durability.py), of a node with a real NATS server; nats/test_grade.py has more."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from ipcchat.backend.counts import ClusterCounts, JournalCounts
from ipcchat.server.durability import Durability
from ipcchat.server.settings_cluster import ClusterSettings
from tests.backend.cluster.nats_server import NatsServer


@pytest.mark.parametrize(("folder", "letter"), [(Path("data"), "A"), (None, "C")])
async def test_a_server_alone_is_as_durable_as_its_disk(folder: Path | None, letter: str) -> None:
    durability = Durability(folder, None, JournalCounts)
    assert durability.letter == ""
    await durability.run()
    assert durability.letter == letter


def monitor_in(folder: Path) -> str:
    """Where the server with its ports file there can be asked about itself."""
    (ports,) = folder.glob("*.ports")
    return str(json.loads(ports.read_bytes())["monitoring"][0])


async def test_a_node_asks_the_monitors_of_its_nats_servers(tmp_path: Path) -> None:
    counts = JournalCounts()
    counts.cluster = ClusterCounts()
    counts.cluster.server_version = "<nats server v2.15.1>"
    jetstream = {"store_dir": str(tmp_path / "store"), "sync_interval": "always"}
    server = NatsServer(tmp_path / "nats", http="127.0.0.1:-1", ports_file_dir=str(tmp_path), jetstream=jetstream)
    server.start()
    try:
        monitor = monitor_in(tmp_path)
        known = ClusterSettings(servers=(server.url,), node="one", monitors=(monitor,))
        assert await Durability(tmp_path, known, lambda: counts).find() == (
            "A",
            "SQLite and NATS sync before each acknowledgement",
        )
        counts.cluster.persists_async = True
        assert (await Durability(tmp_path, known, lambda: counts).find())[0] == "C"
        counts.cluster.persists_async = False
        two = ClusterSettings(servers=(server.url, "nats://elsewhere"), node="one", monitors=(monitor,))
        letter, reason = await Durability(tmp_path, two, lambda: counts).find()
        assert (letter, "syncs is not known" in reason) == ("C", True), "of the other one nothing is known"
    finally:
        server.stop()
    assert (await Durability(tmp_path, known, lambda: counts).find())[0] == "C", "it does not answer"


def test_it_is_said_once_and_when_it_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ipcchat")
    durability = Durability(tmp_path, None, JournalCounts)
    for letter in ("B", "B", "A", "B", "C"):
        durability._take(letter, "why")
    said = [(record.levelname, record.__dict__["fields"]["grade"]) for record in caplog.records]
    assert said == [("INFO", "B"), ("INFO", "A"), ("WARNING", "B"), ("WARNING", "C")]

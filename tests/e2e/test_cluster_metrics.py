"""What nodes of a cluster tell: real servers over a real NATS server, one of which is ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.backend.cluster.nats_server import NatsServer
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import until
from tests.e2e.watcher import Watcher, watched


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


def node(folder: Path, name: str, nats: NatsServer) -> ServerProcess:
    """A server that is a node and can be watched, not started yet."""
    place = folder / name
    place.mkdir()
    return ServerProcess(place, *watched(place), "--cluster", nats.url, "--node", name, throttled=False)


@pytest.mark.timeout(120)
def test_the_numbers_and_the_grade_of_two_nodes(tmp_path: Path, nats: NatsServer) -> None:
    with ExitStack() as stack:
        one, two = (stack.enter_context(node(tmp_path, name, nats)) for name in ("one", "two"))
        assert (tmp_path / "one" / "journal" / "secret").read_bytes() == (
            tmp_path / "two" / "journal" / "secret"
        ).read_bytes()
        watcher = Watcher(one)
        until(lambda: watcher.value("ipcchat_cluster_nodes", state="serving") == 2, "both nodes")
        ann, bob = (stack.enter_context(RawClient(server.port)) for server in (one, two))
        for nick, client in (("ann", ann), ("bob", bob)):
            client.registers(nick).joins("#tea")
        ann.says("PRIVMSG #tea :hello")
        bob.hears_text("hello")
        until(lambda: watcher.value("ipcchat_cluster_stream_bytes") > 0, "the size of the stream", 30)
        found = watcher.metrics
        assert found["ipcchat_cluster_stream_limit_bytes"].value() == 2 << 30
        assert found["ipcchat_cluster_lag_messages"].value() == 0
        assert found["ipcchat_cluster_lag_seconds"].value() == 0
        assert found["ipcchat_cluster_published_total"].value() == found["ipcchat_cluster_acknowledged_total"].value()
        assert found["ipcchat_cluster_received_facts_total"].value() > found["ipcchat_cluster_published_total"].value()
        assert found["ipcchat_durability_grade"].value(grade="C") == 1, "nobody said where NATS can be asked"
        assert '"durability", "node": "one", "grade": "C"' in one.log
        assert "cluster.monitors" in one.log
        two.terminate()
        until(lambda: watcher.value("ipcchat_cluster_nodes", state="absent") == 1, "an absent node")
        nats.stop()
        until(lambda: watcher.value("ipcchat_cluster_cut_seconds_total") > 0, "that it is cut off")


def test_a_server_alone_has_grade_a(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, *watched(tmp_path)) as server:
        watcher = Watcher(server)
        until(lambda: "ipcchat_durability_grade" in watcher.metrics, "the grade")
        assert watcher.value("ipcchat_durability_grade", grade="A") == 1
        assert not [name for name in watcher.metrics if "cluster" in name]
        assert '"durability", "grade": "A"' in server.log

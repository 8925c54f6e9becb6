"""ipcchat/backend/cluster/roster.py: who belongs to a cluster, asked from outside, of real nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.backend.cluster.requests import Refused, Requests
from ipcchat.backend.cluster.roster import FORGET, KNOWN, AskKnown, Forget, Forgotten, Roster
from ipcchat.server import cluster_status
from ipcchat.server.settings_cluster import ClusterSettings
from tests.backend.cluster.connected import connected, running, until
from tests.backend.cluster.nats_server import stream_settings
from tests.backend.cluster.nodes import starting


async def test_a_node_that_went_is_absent_until_it_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipcchat.backend.cluster.membership.DOWN_SECONDS", 1.0)
    stream = stream_settings()
    prefix = stream.name.lower()
    async with running(tmp_path) as server, starting(server, tmp_path, stream) as start, connected(server) as client:
        one, two = await start("one"), await start("two")
        await until(lambda: one.node.cluster.nodes.get("serving") == 2 and one.node._memory.nodes)
        asking = Requests("outside", prefix=prefix)
        asking.ask_by(client)
        assert (await asking.ask("one", KNOWN, AskKnown(), Roster)).nodes.keys() == {"two"}
        with pytest.raises(Refused, match="two is there; stop it first"):
            await asking.ask("one", FORGET, Forget("two"), Forgotten)
        await two.node.close()
        await until(lambda: one.node.cluster.absent == 1)
        cluster = ClusterSettings(servers=(server.url,), node="outside", stream=stream.name)
        seen = await cluster_status.look(cluster)
        assert seen.absent.keys() == {"two"}
        assert not cluster_status.is_well(seen)
        assert any(line.startswith("two belongs to this cluster and is absent") for line in cluster_status.report(seen))
        assert await cluster_status.forget(cluster, "two") == (["one: forgotten"], True)
        assert await cluster_status.forget(cluster, "two") == (["one: it was not known"], True)
        assert cluster_status.is_well(await cluster_status.look(cluster))

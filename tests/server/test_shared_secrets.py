"""Secrets that reach the nodes of a cluster (shared_secrets.py), with real nodes and a real NATS server."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ipcchat.backend.cluster import node as node_module
from ipcchat.backend.cluster.node import Identity, Node
from ipcchat.server.push_key import push_key_in
from ipcchat.server.secret_file import secret_in
from ipcchat.server.shared_secrets import check_of, give, share
from tests.backend.cluster.connected import running, until
from tests.backend.cluster.nats_server import NatsServer, stream_settings
from tests.backend.cluster.nodes import Opened


class House:
    """Nodes with data folders, as a server opens them."""

    def __init__(self, server: NatsServer, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._stream = stream_settings()
        self.opened: list[Opened] = []

    async def start(self, name: str, seconds_max: float = 8.0) -> Opened:
        """Open a node with what it shares."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        incarnation = f"{name}{len(self.opened):0{8 - len(name)}}"
        identity = Identity(name, incarnation, "test", self._stream.name.lower())
        node = Node(folder / "chat.db", identity, servers=[self._server.url], stream=self._stream)
        give(node, folder)
        boot = await node.open()
        await share(node, folder, seconds_max)
        self.opened.append(Opened(node, boot, incarnation))
        return self.opened[-1]


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(node_module, "TICK_SECONDS", 0.05)
    async with running(tmp_path) as server:
        house = House(server, tmp_path)
        yield house
        for each in house.opened:
            await each.node.close()


async def test_a_node_without_secrets_gets_those_of_the_others(house: House, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    key = push_key_in(tmp_path / "one")
    one, two = await house.start("one"), await house.start("two")
    assert secret_in(tmp_path / "one") == secret_in(tmp_path / "two")
    assert push_key_in(tmp_path / "two") == key
    for name in ("secret", "push_key"):
        assert (tmp_path / "two" / name).stat().st_mode & 0o777 == 0o600
    assert one.node.secret_check == two.node.secret_check != b""
    three = await house.start("three")
    assert secret_in(tmp_path / "three") == secret_in(tmp_path / "one"), "whoever answers"
    assert (one.ear.error, two.ear.error, three.ear.error) == (None, None, None)


async def test_what_is_there_stays_and_who_came_later_with_another_one_does_not_serve(
    house: House, tmp_path: Path
) -> None:
    one = await house.start("one")
    (tmp_path / "two").mkdir()
    own = os.urandom(32)
    (tmp_path / "two" / "secret").write_bytes(own)
    (tmp_path / "two" / "secret").chmod(0o600)
    two = await house.start("two")
    error = await two.ear.until_lost()
    assert "node one has another secret, so this node does not serve" in str(error)
    assert not error.starts_anew
    assert (tmp_path / "two" / "secret").read_bytes() == own
    await until(lambda: any("node two has another secret" in text for text in one.ear.alarms))
    assert one.ear.error is None


async def test_who_gets_none_makes_its_own(house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = await house.start("one")
    (tmp_path / "one" / "secret").unlink()
    await house.start("two", seconds_max=1.0)
    assert "got no secret from the others" in caplog.text
    assert (tmp_path / "two" / "secret").stat().st_size == 32
    assert one.ear.error is None


def test_what_stands_for_a_secret_does_not_tell_it() -> None:
    secret = os.urandom(32)
    assert len(check_of(secret)) == 16
    assert check_of(secret) == check_of(secret) != check_of(os.urandom(32))
    assert check_of(secret) not in secret

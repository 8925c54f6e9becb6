"""Servers that are renewed while people talk (docs/resume.md): nobody leaves, nothing fails, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.rolling import NODES, measure
from ipcchat import connect
from ipcchat.client.events import CaughtUp, Message
from tests.backend.cluster.nats_server import NatsServer
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import LISTENING, ServerProcess, free_port
from tests.e2e.test_resumption import SHOWN, heard_until
from tests.e2e.waiting import until

SENDERS = 12
RATE = 50.0
GAP_SECONDS_MAX = 15.0
"""A loaded machine is no failure. On a quiet one it is less than one second (docs/performance.md)."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["workers", "cluster"])
async def test_nobody_notices_that_all_nodes_are_renewed(kind: str) -> None:
    result = await measure(kind, SENDERS, RATE, 1)
    figures = json.dumps(result.figures())
    print(figures)
    assert result.quits == [], figures
    assert result.failures == [], figures
    assert result.wrong == [], figures
    assert all(len(reader.quits) == len({*reader.quits}) for reader in result.readers), "one QUIT of who cannot resume"
    if kind == "cluster":  # Of workers the kernel may have given all readers to one.
        assert len({nick for reader in result.readers for nick in reader.quits}) >= NODES - 1, (
            "who cannot resume leaves"
        )
    assert result.receipt < GAP_SECONDS_MAX, figures
    assert max(seen.gap for seen in [*result.readers, *(each.seen for each in result.senders)]) < GAP_SECONDS_MAX


def starts(server: ServerProcess) -> int:
    """How many lives of that process said that they serve."""
    return len(LISTENING.findall(server.output))


async def test_a_server_alone_is_renewed_in_place(server: ServerProcess) -> None:
    pid = server.process.pid
    async with (
        connect(server.url, nick="ann", channels=["#tea"]) as ann,
        connect(server.url, nick="bob", channels=["#tea"]) as bob,
    ):
        await ann.say("#tea", "before")
        await heard_until(bob, Message)
        server.process.send_signal(signal.SIGUSR2)
        sent = asyncio.create_task(ann.say("#tea", "meanwhile"))
        heard = await heard_until(bob, CaughtUp, Message)
        await sent
        assert [event for event in heard if isinstance(event, SHOWN)] == []
        assert [event.text for event in heard if isinstance(event, Message)] == ["meanwhile"]
    assert starts(server) == 2
    assert server.process.pid == pid
    assert server.is_alive


def test_who_cannot_resume_is_told_and_comes_again(server: ServerProcess) -> None:
    with RawClient(server.port).registers("ann") as ann:
        server.process.send_signal(signal.SIGUSR2)
        last = ann.hears_end()[-1]
        assert last.command == "ERROR"
        assert "starts anew" in last.params[-1]
    until(lambda: starts(server) == 2, "another life")
    with RawClient(server.port).registers("ann") as ann:
        ann.joins("#tea")


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Two nodes that nobody watches over, and their NATS server."""
    nats = NatsServer(tmp_path / "nats")
    nats.start()
    folders = [tmp_path / name for name in ("one", "two")]
    (tmp_path / "secret").write_bytes(bytes(range(32)))
    (tmp_path / "secret").chmod(0o600)
    for folder in folders:
        (folder / "journal").mkdir(parents=True, mode=0o700)
        shutil.copy2(tmp_path / "secret", folder / "journal" / "secret")
    one, two = (
        ServerProcess(folder, "--cluster", nats.url, "--node", folder.name, port=free_port()) for folder in folders
    )
    try:
        with one, two:
            yield one, two
    finally:
        nats.stop()


@pytest.mark.timeout(120)
async def test_of_a_node_people_go_to_another_one(nodes: tuple[ServerProcess, ServerProcess]) -> None:
    one, two = nodes
    pid = one.process.pid
    with RawClient(two.port).registers("bob") as bob, RawClient(one.port).registers("eve") as eve:
        bob.joins("#tea")
        eve.joins("#tea")
        async with connect(one.url, two.url, nick="ann", channels=["#tea"]) as ann:
            one.process.send_signal(signal.SIGUSR2)
            assert (await asyncio.to_thread(eve.hears_end))[-1].command == "ERROR"
            await ann.say("#tea", "from another one")
            assert str(ann.address) == two.url
            assert (await asyncio.to_thread(bob.hears, "QUIT")).source.startswith("eve!")
            await asyncio.to_thread(until, lambda: starts(one) == 2, "another life")
            await ann.say("#tea", "and on")
        bob.hears("QUIT", where=lambda line: line.source.startswith("ann!"))
        lines = [line for line in bob.heard if line.source.startswith(("ann!", "eve!"))]
        assert [line.command for line in lines] == ["JOIN", "JOIN", "PRIVMSG", "PRIVMSG"]
        assert one.process.pid == pid
        with RawClient(one.port).registers("eve") as again:
            again.joins("#tea")
            bob.says("PRIVMSG #tea :welcome back")
            again.hears_text("welcome back")


def test_settings_with_mistakes_renew_nothing(tmp_path: Path) -> None:
    settings = tmp_path / "server.toml"
    settings.write_text("[server]\nnetwork = 'Example'\n")
    with ServerProcess(tmp_path, "--config", str(settings)) as server, RawClient(server.port).registers("ann") as ann:
        settings.write_text("[server]\nnetwork = 7\n")
        server.process.send_signal(signal.SIGUSR2)
        until(lambda: "not started anew" in server.log, "a refusal in the log")
        assert ann.answers_to("VERSION")
        settings.write_text("[server]\nnetwork = 'Another'\n")
        server.process.send_signal(signal.SIGUSR2)
        assert ann.hears_end()[-1].command == "ERROR"
        until(lambda: starts(server) == 2, "another life")
        with RawClient(server.port) as again:
            again.registers("ann")
            assert any("NETWORK=Another" in line.params for line in again.heard)

"""The network for tests of clusters does what it says, and a stream on it keeps what it acknowledged."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from random import Random

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig
from nats.js.errors import Error as JetStreamError

from tests.e2e.waiting import until
from tests.nats_line import Line
from tests.nats_network import CLIENT_PORT, NAMESPACE, Namespaces, Network, NotIsolated, namespaces, pairs_between

SERVERS = ("n1", "n2", "n3")
CLIENT = "ann"
ATTEMPT_SECONDS = 1.0
FAILURES = (nats.errors.Error, JetStreamError, OSError, TimeoutError)
FAILURES_MAX = 3
"""After so many the talker goes to another server: its own may be reachable and without the others, for ever."""

REACH_SECONDS_MAX = 0.5
STREAM = "TEST"
BETWEEN = 20
"""How many messages are to be acknowledged before, during and after a fault."""

pytestmark = [
    pytest.mark.timeout(180),
    # nats-py leaves streams open to servers that it lost.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Three places for servers and one for a client."""
    with Network(tmp_path, (*SERVERS, CLIENT)) as made:
        yield made
    gc.collect()  # What nats-py left open is closed here, where nobody minds.


@pytest.fixture
def isolated(network: Network) -> Network:
    """The same, where namespaces are permitted."""
    if not network.isolated:
        pytest.skip(network.why_not)
    return network


def reaches(network: Network, sender: str, receiver: str) -> bool:
    """Whether a connection from one place to a listener in another one comes about."""
    with network.call(receiver, lambda: socket.create_server((network.address(receiver), 0))) as listener:
        port = listener.getsockname()[1]

        def connect() -> bool:
            with suppress(OSError), socket.create_connection((network.address(receiver), port), REACH_SECONDS_MAX):
                return True
            return False

        return network.call(sender, connect)


class Talker:
    """A client that publishes one message after the other, each until it is acknowledged, until it is ended."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._ended = False
        self.acknowledged: list[int] = []
        self._running: Future[None] = network.start(CLIENT, lambda: asyncio.run(self._talk()))

    async def _talk(self) -> None:
        while not self._ended:
            client = await connected(self._network)
            jetstream = client.jetstream(timeout=ATTEMPT_SECONDS)
            failures = 0
            while failures < FAILURES_MAX and not self._ended:
                number = len(self.acknowledged)
                try:
                    await jetstream.publish("test", b"%d" % number, headers={"Nats-Msg-Id": str(number)})
                except FAILURES:
                    failures += 1
                    await asyncio.sleep(0.05)
                    continue
                self.acknowledged.append(number)
                failures = 0
            await client.close()

    def says_more(self) -> None:
        """Returns when more messages are acknowledged."""
        wanted = len(self.acknowledged) + BETWEEN
        until(lambda: len(self.acknowledged) >= wanted or self._running.done(), f"{BETWEEN} more messages", 60.0)
        assert not self._running.done(), self._running.exception()

    def end(self) -> None:
        """Stop talking."""
        self._ended = True
        self._running.result(60)


async def connected(network: Network) -> Client:
    """A connection that is tried for ever."""

    async def silent(_: Exception) -> None:
        pass

    return await nats.connect(
        network.urls, error_cb=silent, max_reconnect_attempts=-1, reconnect_time_wait=0.05, ping_interval=1
    )


async def make_stream(network: Network, replicas: int) -> None:
    """The stream, as soon as the servers can make it."""
    client = await connected(network)
    jetstream = client.jetstream(timeout=ATTEMPT_SECONDS)
    while True:
        try:
            await jetstream.add_stream(StreamConfig(name=STREAM, subjects=["test"], num_replicas=replicas))
            break
        except FAILURES:
            await asyncio.sleep(0.05)
    await client.close()


async def kept(network: Network) -> list[int]:
    """All messages of the stream, in its order."""
    while True:
        client = await connected(network)
        try:
            return await read_all(client.jetstream(timeout=ATTEMPT_SECONDS))
        except FAILURES:
            await asyncio.sleep(0.1)  # Its servers have not found each other again.
        finally:
            await client.close()


async def read_all(jetstream: JetStreamContext) -> list[int]:
    """All messages of the stream. Raises what nats-py raises when it is not there as a whole."""
    count = (await jetstream.stream_info(STREAM)).state.messages
    unlimited = ConsumerConfig(ack_policy=AckPolicy.NONE)
    reader = await jetstream.pull_subscribe("test", stream=STREAM, config=unlimited)
    found: list[int] = []
    while len(found) < count:
        found += [int(message.data) for message in await reader.fetch(500, timeout=ATTEMPT_SECONDS)]
    return found


def talk_through(network: Network, *faults: Callable[[], object]) -> None:
    """Somebody talks before, during and after these faults; what was acknowledged is there, once and in order."""
    network.serve(*SERVERS)
    network.call(CLIENT, lambda: asyncio.run(make_stream(network, 3)))
    talker = Talker(network)
    talker.says_more()
    for fault in faults:
        fault()
        talker.says_more()
    talker.end()
    found = network.call(CLIENT, lambda: asyncio.run(kept(network)))
    assert found[: len(talker.acknowledged)] == talker.acknowledged
    assert len(found) - len(talker.acknowledged) <= 1  # The last one may be there without its acknowledgement.


class TestStream:
    def test_what_is_acknowledged_survives_kills_and_pauses_of_its_leader(self, network):
        killed = []

        def kill():
            killed.append(network.leader_of(STREAM))
            network.kill(killed[0])

        talk_through(
            network,
            kill,
            lambda: network.restart(killed[0]),
            lambda: network.pause(network.leader_of(STREAM)),
            network.heal,
        )

    def test_what_is_acknowledged_survives_partitions(self, isolated):
        def cut_off_the_leader():
            leader = isolated.leader_of(STREAM)
            isolated.partition([leader], [place for place in isolated.places if place != leader])

        def cut_one_way():
            leader = isolated.leader_of(STREAM)
            for place in SERVERS:
                if place != leader:
                    isolated.cut_one_way(leader, place)

        talk_through(isolated, cut_off_the_leader, isolated.heal, cut_one_way, isolated.heal)

    def test_what_is_acknowledged_survives_bad_and_flapping_lines(self, isolated):
        talk_through(
            isolated,
            lambda: isolated.impair(loss_percent=2, delay_ms=10, jitter_ms=5),
            isolated.heal,
            lambda: isolated.flap(["n1"], ["n2", "n3", CLIENT], period_seconds=0.5),
            isolated.heal,
        )


class TestFaults:
    def test_a_partition_cuts_between_its_groups_only(self, isolated):
        isolated.partition(["n1"], ["n2", "n3"])
        assert not reaches(isolated, "n1", "n2")
        assert not reaches(isolated, "n3", "n1")
        assert reaches(isolated, "n2", "n3")
        assert reaches(isolated, CLIENT, "n1")
        isolated.heal()
        assert reaches(isolated, "n1", "n2")

    def test_a_cut_in_one_direction_is_silent_for_both(self, isolated):
        def datagrams(sender, receiver):
            inbound = isolated.call(receiver, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            outbound = isolated.call(sender, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            with inbound, outbound:
                inbound.bind((isolated.address(receiver), 0))
                inbound.settimeout(REACH_SECONDS_MAX)
                outbound.sendto(b"hi", inbound.getsockname())
                with suppress(TimeoutError):
                    return inbound.recv(2)

        isolated.cut_one_way("n1", "n2")
        assert datagrams("n1", "n2") is None
        assert datagrams("n2", "n1") == b"hi"

    def test_a_bad_line_delays_what_it_is_told_to(self, isolated):
        def seconds(sender, receiver):
            begun = time.monotonic()
            assert reaches(isolated, sender, receiver)
            return time.monotonic() - begun

        isolated.impair(delay_ms=100, places=["n1", "n2"])
        assert seconds("n1", "n2") >= 0.2
        assert seconds("n1", "n3") < 0.2
        isolated.heal()
        assert seconds("n1", "n2") < 0.2

    def test_a_line_flaps(self, isolated):
        isolated.flap(["n1"], ["n2"], period_seconds=0.7)
        until(lambda: not reaches(isolated, "n1", "n2"), "the line is down")
        until(lambda: reaches(isolated, "n1", "n2"), "the line is up")
        until(lambda: not reaches(isolated, "n1", "n2"), "the line is down again")
        isolated.heal()
        assert reaches(isolated, "n1", "n2")

    def test_a_fault_that_nobody_heals_ends_by_itself(self, isolated, monkeypatch):
        monkeypatch.setattr("tests.nats_network.FAULT_SECONDS_MAX", 0.5)
        isolated.partition(["n1"], ["n2"])
        assert not reaches(isolated, "n1", "n2")
        until(lambda: reaches(isolated, "n1", "n2"), "the fault ends")

    def test_a_command_runs_in_its_place(self, isolated):
        done = subprocess.run(isolated.command("n2", "ip", "-4", "-o", "addr"), capture_output=True, text=True)
        assert isolated.address("n2") in done.stdout
        assert isolated.address("n1") not in done.stdout


class TestEnd:
    def test_nothing_is_left_after_a_failure(self, tmp_path):
        with pytest.raises(ZeroDivisionError), Network(tmp_path, ("n1",)) as network:
            network.serve("n1")
            raise ZeroDivisionError
        mine = [name for name in namespaces() if (found := NAMESPACE.match(name)) and int(found[1]) == os.getpid()]
        assert mine == []
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", CLIENT_PORT), REACH_SECONDS_MAX)

    def test_what_a_killed_test_left_is_taken_down_by_the_next_one(self, isolated, tmp_path):
        script = (
            "import os, pathlib, sys; from tests.nats_network import Network\n"
            f"network = Network(pathlib.Path({str(tmp_path / 'killed')!r}), ('n1',)).__enter__()\n"
            "network.serve('n1')\n"
            "print(network._processes['n1'].pid, flush=True)\n"
            "os.kill(os.getpid(), 9)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[1]
        )
        server = Path("/proc") / done.stdout.strip()
        assert server.name.isdigit(), done.stderr
        until(lambda: not server.exists() or "(zombie)" in (server / "status").read_text(), "the server has ended")
        Namespaces(["n1"]).remove()
        stale = [
            name for name in namespaces() if (found := NAMESPACE.match(name)) and not Path(f"/proc/{found[1]}").exists()
        ]
        assert stale == []

    def test_without_namespaces_other_faults_are_refused(self, tmp_path, monkeypatch):
        def refuse(*words):
            raise OSError("Operation not permitted")

        monkeypatch.setattr("tests.nats_network.ip", refuse)
        with Network(tmp_path, ("n1", "n2", "n3")) as network:
            assert not network.isolated
            network.serve("n1")
            with pytest.raises(NotIsolated, match="Operation not permitted"):
                network.partition(["n1"], ["n2"])
            with pytest.raises(NotIsolated):
                network.impair(loss_percent=5)
            network.kill("n1")
            network.restart("n1")
            assert network.asked("n1", "/varz")["server_name"] == "n1"


class TestLine:
    def test_packets_come_out_when_they_are_due(self):
        line = Line(0, 0.1, 0, Random(1))
        line.take(b"a", 0.0)
        line.take(b"b", 0.05)
        assert line.wait_seconds(0.0) == pytest.approx(0.1)
        assert line.due(0.09) == []
        assert line.due(0.11) == [b"a"]
        assert line.due(1.0) == [b"b"]
        assert line.wait_seconds(1.0) is None

    def test_it_loses_its_share(self):
        line = Line(0.05, 0, 0, Random(1))
        for number in range(10_000):
            line.take(b"%d" % number, 0.0)
        assert 9_400 < len(line.due(0.0)) < 9_600

    def test_with_jitter_packets_overtake_each_other(self):
        line = Line(0, 0.2, 0.1, Random(1))
        sent = [b"%d" % number for number in range(50)]
        for packet in sent:
            line.take(packet, 0.0)
        came = line.due(0.3)
        assert came != sent
        assert sorted(came) == sorted(sent)


def test_pairs_are_between_groups_and_in_both_directions():
    assert set(pairs_between([["a"], ["b", "c"]])) == {("a", "b"), ("a", "c"), ("b", "a"), ("c", "a")}

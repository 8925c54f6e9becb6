"""ipcchat/backend/cluster/: nodes that share a stream of a real server. A name in brackets is a row of HOSTILE.md.

Over one backend alone the contract suite runs too (tests/backend/test_contract.py).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import nats
import pytest
from msgspec.structs import replace
from nats.aio.client import Client

from ipcchat.backend import sqlite_writer
from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster import backend as backend_module
from ipcchat.backend.cluster.backend import ClusterBackend
from ipcchat.backend.cluster.envelope import Poison, encode_envelope
from ipcchat.backend.cluster.intake import Fenced
from ipcchat.backend.cluster.stream import Standing, StreamLost, StreamSettings
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.facts import AnyFact, Entry, NodeDown, encode_fact
from ipcchat.core.outcomes import Boot, Failed, Outcome, Repeated
from tests.backend.cluster.nats_server import NatsServer, clustered, stream_settings
from tests.backend.journals import PATIENCE_SECONDS, Ear, entries, latest, posted, renamed, said, texts, typing, unkind

ROOT = Path(__file__).parents[3]

WRITE_FOR_EVER = """
import asyncio, os, sys
from pathlib import Path
from ipcchat.backend import sqlite_index
from ipcchat.backend.cluster.backend import ClusterBackend
from ipcchat.backend.cluster.stream import StreamSettings
from tests.backend.journals import Ear, posted, typing

sqlite_index.ROWS = 70
path, url, name, incarnation = sys.argv[1:]

async def main():
    def say(batch, foreign=0):
        own = [entry for entry in batch if getattr(entry.fact, "text", "").startswith(incarnation)]
        os.write(1, "".join(f"{entry.seq} {entry.fact.text}\\n" for entry in own).encode())
        for _ in own:
            backend.append([typing(), posted(f"{incarnation}-{next_number()}")])

    def next_number(numbers=iter(range(10**9))):
        return next(numbers)

    stream = StreamSettings(name, name.lower() + ".facts")
    backend = ClusterBackend(Path(path), servers=[url], incarnation=incarnation, stream=stream)
    await backend.open()
    backend.follow(Ear(say))
    backend.append([posted(f"{incarnation}-{next_number()}") for _ in range(50)])
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Listener(Ear):
    """Counts the outcomes of others, too."""

    foreign = 0

    def outcomes(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        self.foreign += foreign
        super().outcomes(batch)


class Node:
    """One open node with a follower."""

    def __init__(self, backend: ClusterBackend, boot: Boot) -> None:
        self.backend = backend
        self.boot = boot
        self.ear = Listener()
        backend.follow(self.ear)

    async def says(self, *facts: AnyFact) -> list[Outcome]:
        """What becomes of these, which nobody else says."""
        ids = {fact.id for fact in facts}
        self.backend.append(facts)
        await self.ear._when(lambda: len([each for each in self.ear.heard if each.fact.id in ids]) >= len(facts))
        return [each for each in self.ear.heard if each.fact.id in ids]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def stream() -> StreamSettings:
    return stream_settings()


@pytest.fixture
async def start(server: NatsServer, stream: StreamSettings, tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """Starts a node by its name, which is its folder's, under a new incarnation."""
    started: list[ClusterBackend] = []

    async def start(name: str, **options: object) -> Node:
        incarnation = f"{name}.{len(started)}"
        backend = clustered(server, tmp_path / name / "chat.db", incarnation, stream, **options)
        started.append(backend)
        return Node(backend, await backend.open())

    yield start
    for backend in started:
        await backend.close()


@asynccontextmanager
async def client_of(server: NatsServer) -> AsyncIterator[Client]:
    client = await nats.connect(server.url)
    try:
        yield client
    finally:
        await client.close()


async def level(*nodes: Node) -> None:
    """Wait until all have the same, and see that it is."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len({node.backend.position().mark.stream_seq for node in nodes}) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len({node.backend.position() for node in nodes}) == 1


def rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path / "chat.db")) as connection:
        return connection.execute("SELECT seq, at, id, target, fact, sum FROM journal ORDER BY seq").fetchall()


async def test_two_nodes_hear_the_same_entries_in_the_same_order(start, tmp_path: Path):
    ann, bob = await start("ann"), await start("bob")
    assert bob.boot.journal == ann.boot.journal
    for number in range(100):
        ann.backend.append([posted(f"ann {number}"), typing()])
        bob.backend.append([posted(f"bob {number}"), renamed()])
        await asyncio.sleep(0)
    heard = [entries(await node.ear.until(400)) for node in (ann, bob)]
    assert heard[0] == heard[1]
    assert [entry.seq for entry in heard[0]] == list(range(1, 401))
    assert (ann.ear.foreign, bob.ear.foreign) == (200, 200)
    assert texts([entry for entry in heard[0] if "ann" in getattr(entry.fact, "text", "")]) == [
        f"ann {number}" for number in range(100)
    ]
    await level(ann, bob)
    assert said(await ann.backend.history(latest())) == said(await bob.backend.history(latest()))


async def test_what_another_node_said_before_is_repeated_and_only_its_sender_hears_that(start):
    ann, bob = await start("ann"), await start("bob")
    fact = posted("once")
    await ann.says(fact)
    bob.backend.append([fact, posted("behind")])
    heard = await bob.ear.until(3)
    assert [type(outcome) for outcome in heard] == [Entry, Repeated, Entry]
    await level(ann, bob)
    assert texts(await ann.ear.until(2)) == ["once", "behind"]


async def test_a_node_catches_up_before_it_opens(start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backend_module, "IN_FLIGHT_BYTES_MAX", 10_000)
    ann = await start("ann")
    await ann.says(*[posted(str(number)) for number in range(5_000)])
    bob = await start("bob")
    assert texts(bob.boot.tail) == [str(number) for number in range(5_000)]
    await bob.backend.close()
    await ann.says(posted("later"))
    again = await start("bob")
    assert texts(again.boot.tail)[-1] == "later"
    assert again.ear.heard == []
    await level(ann, again)


async def test_a_node_comes_back_with_its_checkpoint_and_what_is_after_it(start):
    ann = await start("ann")
    await ann.says(posted("a"), posted("b"))
    ann.backend.checkpoint(1, b"state")
    await ann.backend.close()
    again = await start("ann")
    assert (again.boot.checkpoint, texts(again.boot.tail)) == (b"state", ["b"])


async def test_a_journal_of_one_process_becomes_a_stream_and_goes_on(start, tmp_path: Path):
    plain, ear = SqliteBackend(tmp_path / "ann" / "chat.db"), Ear()
    journal = (await plain.open()).journal
    plain.follow(ear)
    plain.append([posted("before"), typing()])
    await ear.until(2)
    await plain.close()
    ann = await start("ann")
    assert ann.boot.journal == journal and texts(ann.boot.tail) == ["before"]
    (entry,) = entries(await ann.says(posted("after")))
    assert entry.seq == 3
    await ann.backend.close()
    assert texts((await start("ann")).boot.tail) == ["before", "after"]
    with pytest.raises(StreamLost, match="not in the stream any more") as lost:
        await start("bob")
    assert lost.value.standing is Standing.TRIMMED


async def test_a_journal_that_was_written_alone_meanwhile_does_not_come_back_unseen(start, tmp_path: Path):
    ann = await start("ann")
    await ann.says(posted("together"))
    await ann.backend.close()
    plain, ear = SqliteBackend(tmp_path / "ann" / "chat.db"), Ear()
    await plain.open()
    plain.follow(ear)
    plain.append([posted("alone")])
    assert entries(await ear.until(1))[0].seq == 2
    await plain.close()
    with pytest.raises(StreamLost, match="outside the cluster"):
        await start("ann")


async def test_a_server_that_is_killed_again_and_again_loses_nothing_and_keeps_one_order(
    start, server: NatsServer, tmp_path: Path
):
    """[K02] One server, killed ten times under load; what was Failed is nowhere, all else once."""
    ann, bob = await start("ann"), await start("bob")
    appended: dict[str, list[AnyFact]] = {"ann": [], "bob": []}
    done = asyncio.Event()

    async def talk(node: Node, name: str) -> None:
        while not done.is_set():
            fact = posted(f"{name} {len(appended[name])}")
            appended[name].append(fact)
            node.backend.append([fact])
            await asyncio.sleep(0.002)

    talking = [asyncio.create_task(talk(ann, "ann")), asyncio.create_task(talk(bob, "bob"))]
    for number in range(10):
        await server.restart()
        before = ann.backend.counts.acknowledged
        await ann.ear._when(lambda before=before: ann.backend.counts.acknowledged > before)
        assert number < 10
    done.set()
    await asyncio.gather(*talking)
    for node, name in ((ann, "ann"), (bob, "bob")):
        mine = {fact.id for fact in appended[name]}
        await node.ear._when(lambda node=node, mine=mine: mine <= {each.fact.id for each in node.ear.heard})
    await level(ann, bob)
    for node, name in ((ann, "ann"), (bob, "bob")):
        kept = [outcome for outcome in node.ear.heard if isinstance(outcome, Entry)]
        failed = {outcome.fact.id for outcome in node.ear.heard if isinstance(outcome, Failed)}
        assert [entry.seq for entry in kept] == list(range(1, len(kept) + 1))
        own = [entry.fact for entry in kept if entry.fact in appended[name]]
        assert own == [fact for fact in appended[name] if fact.id not in failed]
        assert not any(isinstance(outcome, Repeated) for outcome in node.ear.heard)
    for node in (ann, bob):
        await node.backend.close()
    assert rows(tmp_path / "ann") == rows(tmp_path / "bob")


async def test_nothing_confirmed_is_lost_when_nodes_are_killed(start, server, stream, tmp_path: Path):
    """[K10, K01] SIGKILL of a node that writes: its mark and its rows are one, and another node has the same."""
    confirmed: list[str] = []
    for run in range(3):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", WRITE_FOR_EVER, str(tmp_path / "ann" / "chat.db"), server.url, stream.name, f"run{run}"),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert child.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            heard = b"".join([await child.stdout.readline() for _ in range(200 + 200 * run)])
            child.send_signal(signal.SIGKILL)
            heard += await child.stdout.read()
            await child.wait()
        confirmed += heard[: heard.rfind(b"\n")].decode().splitlines()
    ann, bob = await start("ann"), await start("bob")
    for node in (ann, bob):
        kept = [f"{entry.seq} {text}" for entry in node.boot.tail for text in texts([entry])]
        assert [line for line in kept if line in set(confirmed)] == confirmed
        for run in range(3):
            numbers = [int(line.split("-")[1]) for line in kept if f" run{run}-" in line]
            assert numbers == list(range(len(numbers)))
    await level(ann, bob)


async def test_who_is_cut_off_is_told_and_comes_back(start, server: NatsServer):
    """[K04] What was not published is Failed after two seconds; what was is there afterwards."""
    ann = await start("ann")
    await ann.says(posted("before"))
    await asyncio.to_thread(server.kill)
    fact = posted("into the dark")
    (failed,) = await ann.says(fact)
    assert isinstance(failed, Failed) and "cut off" in failed.reason
    assert ann.backend.is_cut_off
    (at_once,) = await ann.says(posted("at once"))
    assert isinstance(at_once, Failed)
    assert texts(said(await ann.backend.history(latest()))) == ["before"]
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while ann.backend.is_cut_off:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    (entry,) = entries(await ann.says(posted("back")))
    assert entry.seq == 2
    assert ann.backend.counts.cut_seconds > 1.5


async def test_a_paused_server_leaves_facts_unknown_and_they_come_once(start, server: NatsServer):
    """[K03, K05] The acknowledgement comes late; the fact is there once."""
    ann = await start("ann")
    server.pause()
    facts = [posted("sent"), posted("never sent")]
    ann.backend.append(facts[:1])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not ann.backend.counts.repeated_publishes:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    ann.backend.append(facts[1:])
    await ann.ear.until(1)
    server.signal(signal.SIGCONT)
    heard = await ann.ear.until(2)
    assert [(type(outcome), outcome.fact) for outcome in heard] == [(Failed, facts[1]), (Entry, facts[0])]
    assert ann.backend.position().mark.seq == 1


async def test_a_node_that_was_declared_down_ends(start):
    """[X03]"""
    ann, bob = await start("ann"), await start("bob")
    ann.backend.append([NodeDown(b"d" * 16, 1, "ann", bob.backend.incarnation)])
    assert isinstance(await bob.ear.until_lost(), Fenced)
    bob.backend.append([posted("late")])
    await ann.says(posted("after"))
    assert texts(ann.ear.heard) == ["after"]
    await bob.backend.close()
    again = await start("bob")
    await again.says(posted("anew"))


async def test_a_strangers_message_is_skipped_by_all_alike(start, server: NatsServer, stream: StreamSettings):
    ann, bob = await start("ann"), await start("bob")
    async with client_of(server) as client:
        await client.jetstream().publish(stream.subject, b"hello")
    await ann.says(posted("after"))
    await level(ann, bob)
    assert "is not from this program" in ann.ear.alarms[0] and bob.ear.alarms == ann.ear.alarms


async def test_an_envelope_that_the_server_took_twice_is_there_once(
    start, server: NatsServer, stream: StreamSettings, tmp_path: Path
):
    """[K06] What its memory of ids forgot, the counter of the origin knows."""
    ann, bob = await start("ann"), await start("bob")
    await ann.says(posted("once"), typing())
    async with client_of(server) as client:
        jetstream = client.jetstream()
        first = await jetstream.get_msg(stream.name, seq=1)
        again = await jetstream.publish(stream.subject, first.data or b"", headers={"Nats-Msg-Id": "another"})
        assert again.seq == 2
    await bob.says(posted("after"))
    await level(ann, bob)
    assert texts(entries(ann.ear.heard)) == ["once", "", "after"]
    assert ann.backend.position().mark.stream_seq == 3


async def test_poison_stops_every_node_with_words_and_at_a_start_too(start, server: NatsServer, stream: StreamSettings):
    """[K16, X10]"""
    ann = await start("ann")
    await ann.says(posted("before"))
    async with client_of(server) as client:
        await client.jetstream().publish(stream.subject, encode_envelope(1, "newer", 1, [b"\x91\xcd\x27\x0f"]))
    assert isinstance(await ann.ear.until_lost(), Poison)
    await ann.backend.close()
    with pytest.raises(Poison, match="newer version"):
        await start("ann")


async def test_a_full_disk_stops_the_intake_and_it_goes_on_by_itself(start, monkeypatch: pytest.MonkeyPatch):
    """[D01]"""
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.05)
    kind = unkind()
    ann, bob = await start("ann", connection=kind), await start("bob")
    await ann.says(posted("before"))
    kind.refusal = "SQLITE_FULL"
    await bob.says(posted("bob's"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not ann.ear.alarms:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "disk is full" in ann.ear.alarms[0]
    (failed,) = await ann.says(posted("refused"))
    assert isinstance(failed, Failed) and "disk is full" in failed.reason
    kind.refusal = ""
    await level(ann, bob)
    assert texts([each for each in ann.ear.heard if isinstance(each, Entry)]) == ["before", "bob's"]
    assert "takes everything again" in ann.ear.alarms[1]
    assert isinstance((await ann.says(posted("again")))[0], Entry)


async def test_a_full_stream_refuses_and_says_so(server: NatsServer, tmp_path: Path):
    """[K12]"""
    stream = replace(stream_settings(), bytes_max=20_000)
    backend = clustered(server, tmp_path / "ann" / "chat.db", "ann", stream)
    node = Node(backend, await backend.open())
    last: Outcome | None = None
    for _ in range(100):
        (last,) = await node.says(posted("x" * 1_000))
        if isinstance(last, Failed):
            break
    assert isinstance(last, Failed) and "stream is full" in last.reason
    kept = [each for each in node.ear.heard if isinstance(each, Entry)]
    assert [entry.seq for entry in kept] == list(range(1, len(kept) + 1))
    await backend.close()


@pytest.mark.parametrize("fault", ["deleted", "rolled back", "another network", "trimmed", "another epoch"])
async def test_a_stream_that_does_not_fit_is_never_applied(
    start, server: NatsServer, stream: StreamSettings, fault: str, monkeypatch: pytest.MonkeyPatch
):
    """[K08] At a start and while the node runs."""
    monkeypatch.setattr(backend_module, "DOUBT_SECONDS", 0.3)
    ann = await start("ann")
    await ann.says(*[posted(str(number)) for number in range(5)])
    await ann.says(posted("last"))
    before = ann.backend.position()
    if fault == "trimmed":
        await ann.backend.close()
    async with client_of(server) as client:
        config = (await client.jetstream().stream_info(stream.name)).config
        await client.jetstream().delete_stream(stream.name)
        metadata = dict(config.metadata or {})
        metadata = {name: value for name, value in metadata.items() if name.startswith("ipcchat")}
        if fault == "another network":
            metadata["ipcchat-journal"] = "another1"
        elif fault == "another epoch":
            metadata["ipcchat-epoch"] = "2"
        if fault != "deleted":
            first = 50 if fault == "trimmed" else None
            await client.jetstream().add_stream(config.evolve(metadata=metadata, first_seq=first))
            await client.jetstream().publish(
                stream.subject, encode_envelope(1, "other", 1, [encode_fact(posted("not this"))])
            )
    expected = {
        "deleted": Standing.ROLLED_BACK,
        "rolled back": Standing.ROLLED_BACK,
        "another network": Standing.OTHER_JOURNAL,
        "trimmed": Standing.TRIMMED,
        "another epoch": Standing.OTHER_EPOCH,
    }[fault]
    if fault != "trimmed":
        error = await ann.ear.until_lost()
        assert isinstance(error, StreamLost) and error.standing is expected
        assert ann.backend.position() == before
        await ann.backend.close()
    with pytest.raises(StreamLost) as lost:
        await start("ann")
    assert lost.value.standing is expected
    assert "not this" not in texts(ann.ear.heard)


async def test_a_start_says_what_is_missing(server: NatsServer, tmp_path: Path):
    path = tmp_path / "ann" / "chat.db"
    nobody = ClusterBackend(path, servers=["nats://127.0.0.1:1"], incarnation="a", open_seconds=0.5)
    with pytest.raises(BackendError, match="no NATS server answers"):
        await nobody.open()
    plain = NatsServer(tmp_path / "plain", jetstream=False)
    plain.start()
    try:
        without = clustered(plain, path, "b", open_seconds=1)
        with pytest.raises(BackendError, match="no JetStream"):
            await without.open()
    finally:
        plain.stop()
    await without.close()
    too_many = clustered(server, path, "c", replace(stream_settings(), replicas=3), open_seconds=1)
    with pytest.raises(BackendError, match="replicas"):
        await too_many.open()


async def test_an_old_server_is_refused(server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """[K13]"""
    monkeypatch.setattr("ipcchat.backend.cluster.link.VERSIONS_MIN", ((99, 0, 0),))
    with pytest.raises(BackendError, match="can lose what it acknowledged; use 99"):
        await clustered(server, tmp_path / "chat.db", "a").open()
    backend = clustered(server, tmp_path / "chat.db", "a", any_version=True)
    await backend.open()
    await backend.close()


async def test_two_new_nodes_at_once_become_one_journal(start):
    ann, bob, cid = await asyncio.gather(start("ann"), start("bob"), start("cid"))
    assert len({node.boot.journal for node in (ann, bob, cid)}) == 1
    for node in (ann, bob, cid):
        await node.says(posted())
    await level(ann, bob, cid)


async def test_counts(start):
    ann, bob = await start("ann"), await start("bob")
    await ann.says(posted(), posted(), typing())
    await level(ann, bob)
    counts = bob.backend.counts
    assert (counts.received_messages, counts.received_facts, counts.lag, counts.published) == (1, 3, 0, 0)
    assert (ann.backend.counts.published, ann.backend.counts.acknowledged) == (1, 1)
    assert ann.backend.counts.facts == 2


async def test_the_point_at_which_nodes_compare(start):
    ann, bob = await start("ann"), await start("bob")
    for _ in range(1_030):
        await ann.says(renamed())
    await level(ann, bob)
    checked = ann.backend.position().checked
    assert checked is not None and checked[0] == 1_024

"""ipcchat/backend/cluster/snapshots.py: journals that travel between nodes, over a real nats-server (HOSTILE K14)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from hashlib import blake2b
from pathlib import Path

import pytest

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.requests import NobodyThere, Refused, Requests
from ipcchat.backend.cluster.snapshots import (
    EQUAL_ROWS,
    PIECE_BYTES,
    Done,
    Offer,
    Piece,
    Read,
    Received,
    SnapshotError,
    SnapshotGiver,
    Take,
    fetch,
    install,
    pieces_of,
    unsaid,
)
from ipcchat.backend.sqlite_schema import connect_reader, connect_writer, open_journal, read_meta, write_meta
from ipcchat.core.facts import Posted, encode_fact
from tests.backend.cluster.connected import connected, running, until
from tests.backend.cluster.nats_server import NatsServer

GIVER = """
import asyncio, sys
from pathlib import Path
import nats
from ipcchat.backend.cluster.requests import Requests
from ipcchat.backend.cluster.snapshots import SnapshotGiver

async def main():
    client = await nats.connect(sys.argv[1])
    requests = Requests(sys.argv[2], prefix="test")
    giver = SnapshotGiver(Path(sys.argv[3]), requests)
    await requests.start(client)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""

INSERT = "INSERT INTO journal (seq, at, id, target, fact) VALUES (?, ?, ?, '#tea', ?)"


def fact_of(id_: bytes, text: str = "said") -> Posted:
    return Posted(id_.ljust(16, b"."), 1, "ann", text=text)


def write(path: Path, rows: Iterable[tuple[int, bytes]], text: str = "said") -> None:
    """Entries at these places with these ids."""
    path.parent.mkdir(exist_ok=True)
    with closing(open_journal(path)) as connection:
        connection.execute("BEGIN")
        facts = ((seq, fact_of(id_, text)) for seq, id_ in rows)
        connection.executemany(INSERT, ((seq, seq, fact.id, encode_fact(fact)) for seq, fact in facts))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def large(path: Path, megabytes: int) -> None:
    """A journal of that size, of texts that cannot be compressed to nothing."""
    noise = random.Random(1)
    with closing(open_journal(path)) as connection:
        connection.execute("BEGIN")
        for seq in range(1, megabytes * 256 + 1):
            fact = fact_of(noise.randbytes(16), noise.randbytes(1_900).hex())
            connection.execute(INSERT, (seq, seq, fact.id, encode_fact(fact)))
        connection.execute("COMMIT")


def journal_of(path: Path) -> str:
    with closing(connect_reader(path)) as connection:
        return read_meta(connection, "journal")


def ids_of(path: Path) -> list[bytes]:
    with closing(connect_reader(path)) as connection:
        return [id_.rstrip(b".") for (id_,) in connection.execute("SELECT id FROM journal ORDER BY seq")]


def digest_of_rows(path: Path) -> list[tuple[int, int, int]]:
    with closing(connect_reader(path)) as connection:
        return list(connection.execute("SELECT count(*), max(seq), sum(length(fact)) FROM journal"))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with running(tmp_path) as server:
        yield server


@asynccontextmanager
async def node(server: NatsServer, name: str) -> AsyncIterator[Requests]:
    async with connected(server) as client:
        requests = Requests(name, prefix="test")
        await requests.start(client)
        yield requests
        await requests.stop()


@asynccontextmanager
async def giving(server: NatsServer, name: str, path: Path, **options: float) -> AsyncIterator[SnapshotGiver]:
    async with node(server, name) as requests:
        giver = SnapshotGiver(path, requests, **options)
        yield giver
        await giver.close()


def start_giver(server: NatsServer, name: str, path: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", GIVER, server.url, name, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    return process


@pytest.fixture
def there(tmp_path: Path) -> Path:
    path = tmp_path / "there" / "chat.db"
    path.parent.mkdir()
    return path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    path = tmp_path / "here" / "chat.db"
    path.parent.mkdir()
    return path


class TestOnTheWay:
    async def test_a_journal_comes_while_it_is_written(self, server: NatsServer, there: Path, here: Path) -> None:
        large(there, 3)
        with closing(connect_writer(there)) as writer:
            before = digest_of_rows(there)
            async with giving(server, "one", there) as giver, node(server, "two") as requests:
                fetching = asyncio.create_task(fetch(requests, "two", ["one"], here, journal=journal_of(there)))
                await until(lambda: outgoing(there) or fetching.done())
                fact = fact_of(b"later")
                writer.execute(INSERT, (10_000, 1, fact.id, encode_fact(fact)))
                received = await fetching
                assert giver.given == 1
        assert received == Received(here.with_name("chat.db.incoming"), "one", journal_of(there))
        assert os.stat(received.file).st_mode & 0o777 == 0o600
        assert install(here, received, keep=True) is None
        assert os.listdir(here.parent) == ["chat.db"] and outgoing(there) == []
        with closing(connect_reader(here)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert digest_of_rows(here)[0][0] in (before[0][0], before[0][0] + 1)

    async def test_one_node_at_a_time(self, server: NatsServer, there: Path, here: Path) -> None:
        write(there, [(1, b"a")])
        async with giving(server, "one", there, idle_seconds=0.3), node(server, "two") as requests:
            offer = await requests.ask("one", "snapshot-take", Take("x"), Offer)
            with pytest.raises(SnapshotError, match="gives its journal to x now"):
                await fetch(requests, "two", ["one"], here, journal="")
            async with asyncio.timeout(20):
                while True:
                    with contextlib.suppress(SnapshotError):
                        assert (await fetch(requests, "two", ["one"], here, journal="")).source == "one"
                        break
                    await asyncio.sleep(0.05)
            with pytest.raises(Refused, match="no such piece"):
                await requests.ask("one", "snapshot-read", Read(offer.id, 0), Piece)

    async def test_ten_at_once_all_get_one_in_the_end(self, server: NatsServer, there: Path, tmp_path: Path) -> None:
        large(there, 1)
        other = tmp_path / "other" / "chat.db"
        other.parent.mkdir()
        other.write_bytes(b"")
        with closing(sqlite3.connect(there)) as source, closing(sqlite3.connect(other)) as target:
            source.backup(target)

        async def join(name: str) -> str:
            path = tmp_path / name / "chat.db"
            path.parent.mkdir()
            async with node(server, name) as requests:
                while True:
                    try:
                        received = await fetch(requests, name, ["one", "two"], path, journal="")
                    except SnapshotError as error:
                        assert "now; ask another node" in str(error)
                        await asyncio.sleep(0.02)
                    else:
                        install(path, received, keep=False)
                        assert digest_of_rows(path) == digest_of_rows(there)
                        return received.source

        async with giving(server, "one", there), giving(server, "two", other):
            sources = await asyncio.gather(*(join(f"n{number}") for number in range(10)))
        assert set(sources) == {"one", "two"}

    async def test_a_killed_server_costs_nothing_but_time(self, server: NatsServer, there: Path, here: Path) -> None:
        large(there, 40)
        async with giving(server, "one", there) as giver, node(server, "two") as requests:
            fetching = asyncio.create_task(fetch(requests, "two", ["one"], here, journal=""))
            await until(lambda: size_of(here) > 20 * PIECE_BYTES or fetching.done())
            assert not fetching.done()
            await server.restart()
            received = await fetching
            assert giver.given <= 1
        install(here, received, keep=False)
        assert digest_of_rows(here) == digest_of_rows(there)

    async def test_a_killed_giver_and_the_next_one_is_asked(
        self, server: NatsServer, there: Path, here: Path, tmp_path: Path
    ) -> None:
        large(there, 40)
        process = start_giver(server, "one", there)
        try:
            async with node(server, "two") as requests:
                sources = ["one", "three"]
                fetching = asyncio.create_task(fetch(requests, "two", sources, here, journal="", stall_seconds=0.5))
                await until(lambda: size_of(here) > 8 * PIECE_BYTES or fetching.done())
                assert not fetching.done()
                process.send_signal(signal.SIGKILL)
                with pytest.raises(SnapshotError, match=r"one.*three"):
                    await fetching
                assert os.listdir(here.parent) == []
                async with giving(server, "three", there):
                    received = await fetch(requests, "two", sources, here, journal="", stall_seconds=0.5)
            assert received.source == "three"
            install(here, received, keep=False)
            assert digest_of_rows(here) == digest_of_rows(there)
        finally:
            process.kill()
            process.communicate()

    async def test_neither_side_holds_a_journal_in_memory(self, server: NatsServer, there: Path, here: Path) -> None:
        large(there, 100)
        async with giving(server, "one", there), node(server, "two") as requests:
            tracemalloc.start()
            try:
                await fetch(requests, "two", ["one"], here, journal="")
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert peak < 40 * PIECE_BYTES, f"{peak} bytes"

    async def test_who_ends_gives_nothing(self, server: NatsServer, there: Path, here: Path) -> None:
        large(there, 20)
        async with giving(server, "one", there) as giver, node(server, "two") as requests:
            await requests.ask("one", "snapshot-take", Take("two"), Offer)
            await giver.close()
            await giver.close()
            assert outgoing(there) == []
            with pytest.raises(SnapshotError, match="this node ends"):
                await fetch(requests, "two", ["one"], here, journal="")

    async def test_what_cannot_be_copied_is_said(self, server: NatsServer, there: Path, here: Path) -> None:
        async with giving(server, "one", there), node(server, "two") as requests:
            with pytest.raises(SnapshotError, match="cannot copy its journal"):
                await fetch(requests, "two", ["one"], here, journal="")
            with pytest.raises(SnapshotError, match="there is none"):
                await fetch(requests, "two", [], here, journal="")
            with pytest.raises(NobodyThere):
                await requests.ask("nobody", "snapshot-done", Done(""), Done)


async def test_what_was_left_of_a_copy_is_taken_away(server: NatsServer, there: Path) -> None:
    await asyncio.to_thread(there.with_name("chat.db.outgoing-old").write_bytes, b"half")
    async with giving(server, "one", there):
        assert outgoing(there) == []


def outgoing(path: Path) -> list[str]:
    return [name for name in os.listdir(path.parent) if "outgoing" in name]


def size_of(path: Path) -> int:
    incoming = path.with_name("chat.db.incoming")
    return incoming.stat().st_size if incoming.exists() else 0


class Liar:
    """A node that sends something else than it says."""

    def __init__(self, requests: Requests, content: bytes, digest: bytes | None = None, piece: bytes = b"") -> None:
        self.offer = Offer("x", len(content), digest or blake2b(content, digest_size=32).digest())
        self.content = content
        self.piece = piece
        requests.answer("snapshot-take", Take, self.take)
        requests.answer("snapshot-read", Read, self.read)

    async def take(self, _question: Take) -> Offer:
        return self.offer

    async def read(self, question: Read) -> Piece:
        start = question.index * PIECE_BYTES
        return Piece(self.piece or zlib.compress(self.content[start : start + PIECE_BYTES]))


class TestWhatIsNoJournalOfOurs:
    @pytest.fixture
    def content(self, there: Path) -> bytes:
        write(there, [(1, b"a")])
        return there.read_bytes()

    async def refused(self, server: NatsServer, here: Path, why: str, *lie: bytes, journal: str = "") -> None:
        async with node(server, "one") as one, node(server, "two") as two:
            Liar(one, *lie)
            with pytest.raises(SnapshotError, match=why):
                await fetch(two, "two", ["one"], here, journal=journal)
        assert os.listdir(here.parent) == []

    async def test_it_is_refused_and_deleted(self, server: NatsServer, content: bytes, here: Path) -> None:
        bomb = zlib.compress(bytes(10_000_000))
        other_kind = content[:68] + b"XXXX" + content[72:]
        broken = content[:4096] + bytes(4096) + content[8192:]
        await self.refused(server, here, "not what was sent", content, b"another digest")
        await self.refused(server, here, "another size", content, b"", bomb)
        await self.refused(server, here, "a piece is damaged", content, b"", b"garbage")
        await self.refused(server, here, "no journal", b"SQLite format 2")
        await self.refused(server, here, "no journal", other_kind)
        await self.refused(server, here, "damaged|no journal", broken)
        await self.refused(server, here, "network's is zzzzzzzz", content, journal="zzzzzzzz")

    async def test_one_of_a_newer_version(self, server: NatsServer, content: bytes, there: Path, here: Path) -> None:
        with closing(connect_writer(there)) as connection:
            write_meta(connection, "version", "99")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        await self.refused(server, here, "newer version", await asyncio.to_thread(there.read_bytes))


class TestInPlace:
    def received(self, here: Path, rows: Iterable[tuple[int, bytes]]) -> Received:
        fresh = here.parent / "fresh" / "chat.db"
        fresh.parent.mkdir()
        write(fresh, rows)
        return Received(fresh.rename(here.with_name("chat.db.incoming")), "one", "")

    def test_the_old_one_is_kept_with_what_a_crash_left_in_its_log(self, here: Path) -> None:
        script = """
import os, sys
from pathlib import Path
from ipcchat.backend.sqlite_schema import open_journal
connection = open_journal(Path(sys.argv[1]))
connection.execute("INSERT INTO journal (seq, at, id, fact) VALUES (1, 1, x'6f6c64', x'00')")
os._exit(0)
"""
        subprocess.run([sys.executable, "-c", script, str(here)], check=True)
        assert here.with_name("chat.db-wal").stat().st_size
        kept = install(here, self.received(here, [(1, b"new")]), keep=True)
        assert kept == here.with_name("chat.db.before-1")
        assert (ids_of(here), ids_of(kept)) == ([b"new"], [b"old"])
        assert install(here, Received(kept, "one", ""), keep=True) == here.with_name("chat.db.before-2")
        assert ids_of(here) == [b"old"]

    def test_one_that_is_open_is_not_replaced(self, here: Path) -> None:
        write(here, [(1, b"old")])
        received = self.received(here, [(1, b"new")])
        with closing(connect_reader(here)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM journal").fetchone()
            with closing(connect_writer(here)) as writer:
                write_meta(writer, "x", "y")
                with pytest.raises(SnapshotError, match="in use"):
                    install(here, received, keep=False)
        assert ids_of(here) == [b"old"]

    def test_one_that_cannot_be_read_is_not_thrown_away(self, here: Path) -> None:
        received = self.received(here, [(1, b"new")])
        here.write_bytes(b"something else" * 1_000)
        with pytest.raises(SnapshotError, match="cannot be kept"):
            install(here, received, keep=True)
        with pytest.raises(SnapshotError, match="cannot be replaced"):
            install(here.with_name("none.db"), Received(here.with_name("missing"), "one", ""), keep=False)
        assert here.read_bytes().startswith(b"something else")


class TestWhatIsToBeSaidAgain:
    def said(self, tmp_path: Path, old: str, new: str, after: int = 0, parted_at: int | None = None) -> str:
        """Journals as strings: a letter is the id of the entry at that place, a blank a place without one."""
        for name, text in (("old", old), ("new", new)):
            rows = [(place, letter.encode()) for place, letter in enumerate(text, 1) if letter != " "]
            write(tmp_path / name / "chat.db", rows)
        facts = unsaid(tmp_path / "old" / "chat.db", tmp_path / "new" / "chat.db", after, parted_at)
        known = {encode_fact(fact_of(letter.encode())): letter for letter in old}
        return "".join(known[fact] for fact in facts)

    @pytest.mark.parametrize(
        ("old", "new", "after", "parted_at", "expected"),
        [
            ("abc", "abcdef", 0, None, ""),
            ("abcd", "ab", 0, None, "cd"),
            ("abcd", "abxy", 0, None, "cd"),
            ("abcd", "abxyd", 0, None, "c"),
            ("abcdef", "XYabcd", 0, 0, "ef"),
            ("abcd", "abxy", 3, None, "d"),
            ("abcd", " b d", 0, None, ""),
            ("abcd", "ab  ef", 0, 2, "cd"),
            ("abcd", "abx ef", 0, None, "cd"),
            ("", "ab", 0, None, ""),
            ("ab", "", 0, None, "ab"),
            ("abc", "abc", 0, 9, ""),
        ],
        ids=[
            "a beginning of the other",
            "a tail of its own",
            "two tails",
            "two tails with one in common",
            "others' places",
            "only after the common base",
            "what was forgotten there is not said",
            "but it is after the place where they part",
            "or after an entry that differs",
            "nothing",
            "all",
            "parted where ours has not come to",
        ],
    )
    def test_it_is_what_the_other_has_not(
        self, tmp_path: Path, old: str, new: str, after: int, parted_at: int | None, expected: str
    ) -> None:
        assert self.said(tmp_path, old, new, after, parted_at) == expected

    def test_a_long_common_past_is_not_read(self, tmp_path: Path) -> None:
        count = 3 * EQUAL_ROWS
        rows = [(seq, b"%d" % seq) for seq in range(1, count + 1)]
        write(tmp_path / "old" / "chat.db", [*rows, (count + 1, b"mine")])
        # That one is found only by who reads all of it; journals do not become the same again.
        write(tmp_path / "new" / "chat.db", [(1, b"else"), *rows[1:], (count + 1, b"theirs")])
        facts = list(unsaid(tmp_path / "old" / "chat.db", tmp_path / "new" / "chat.db", 0))
        assert facts == [encode_fact(fact_of(b"mine"))]


def test_pieces_cover_all_of_a_copy() -> None:
    assert [pieces_of(size) for size in (0, 1, PIECE_BYTES, PIECE_BYTES + 1)] == [0, 1, 1, 2]


def test_a_journal_elsewhere_says_so_to_who_opens_it(here: Path) -> None:
    """What is in place after install() is what open_journal() takes; anything else it refuses."""
    here.write_bytes(b"")
    with pytest.raises(BackendError):
        open_journal(here)

"""A copy of one node's journal for another one, by requests between the two.

Rules:
1. Who gives one copies it from one snapshot of SQLite to `chat.db.outgoing-*`, a megabyte at a time in a thread of its
   own. It gives one at a time, to one node, and refuses all others until that one has it or is silent for IDLE_SECONDS.
2. It is sent in pieces of PIECE_BYTES, each an answer to a question: who receives sets the pace, at most WINDOW pieces
   ahead, and asks again for one that did not come. Neither side holds more than these in memory.
3. Who receives writes `chat.db.incoming` (0600). It is a journal only when its size and BLAKE2b-256 are those of the
   copy, its pages are whole, and it is this network's journal, of no newer version; else it is deleted.
4. install() puts it in place, synced, by one rename, when the journal is closed and its lock held. The old file can be
   kept under another name: what is only in there is to be said again (unsaid).
5. A cut of any length up to STALL_SECONDS costs nothing but time; after it the next node is asked, from the beginning.

    giver = SnapshotGiver(path, requests)                                  # on every node
    received = await fetch(requests, decision.sources, path, journal=id)   # "": any journal, ours is empty
    kept = install(path, received, keep=decision.say_after is not None, note=...)
    for fact in unsaid(kept, path, decision.say_after, decision.parted_at): ...append it again... (unsaid.py)

The giver is closed before the journal: it reads it. Only the journal is sent, no secrets and no uploaded files.

Specification: https://www.sqlite.org/backup.html, https://www.sqlite.org/uri.html (immutable).
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ipcchat.backend.cluster.requests import Refused, RequestError, Requests
from ipcchat.backend.sqlite_schema import APPLICATION_ID, MIGRATIONS, connect_reader, connect_writer, read_meta

PIECE_BYTES: Final = 256 * 1024
"""A quarter of NATS' max_payload: facts on the same connection wait for none longer than a few milliseconds."""

WINDOW: Final = 4

STEP_PAGES: Final = 256
STEP_PAUSE_SECONDS: Final = 0.004
"""After each megabyte of copying, so that the journal's own writes come first."""

IDLE_SECONDS: Final = 30.0
STALL_SECONDS: Final = 20.0
RETRY_SECONDS: Final = 0.2
PIECE_SECONDS: Final = 5.0

BLOCK_BYTES: Final = 1 << 20
EQUAL_ROWS: Final = 4_096
"""Where so many entries in a row are the same in two journals, all before them are."""


Answer = TypeVar("Answer", bound=msgspec.Struct)


class SnapshotError(Exception):
    """There is no copy, or it cannot be put in place; the text says why."""


class Take(msgspec.Struct, array_like=True):
    """Give a copy to the node `by`, or say how far it is."""

    by: str


class Offer(msgspec.Struct, array_like=True):
    """The copy of that id; while it is being made, `size` is 0."""

    id: str
    size: int = 0
    digest: bytes = b""


class Read(msgspec.Struct, array_like=True):
    """Give that piece of a copy."""

    id: str
    index: int


class Piece(msgspec.Struct, array_like=True):
    """A piece, compressed by zlib at its fastest: 45 % of the bytes on the network, for twice the processor's time."""

    packed: bytes


class Done(msgspec.Struct, array_like=True):
    """That copy is not needed any more; also the answer to this."""

    id: str


class Received(msgspec.Struct, frozen=True):
    """A journal that was received and checked: in which file, from which node, and its name."""

    file: Path
    source: str
    journal: str


class _Copy:
    """What is being given: to whom, and the copy's making."""

    def __init__(self, by: str, path: Path) -> None:
        self.by = by
        self.offer = Offer(secrets.token_hex(8))
        self.file = _beside(path, f".outgoing-{self.offer.id}")
        self.used = time.monotonic()
        self.stop = threading.Event()
        self.making: asyncio.Task[None] | None = None


class SnapshotGiver:
    """Gives copies of the journal at `path` to other nodes that ask for one."""

    def __init__(self, path: Path, requests: Requests, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self.given = 0
        self._path = path
        self._idle_seconds = idle_seconds
        self._copy: _Copy | None = None
        self._closed = False
        requests.answer("snapshot-take", Take, self._take)
        requests.answer("snapshot-read", Read, self._read)
        requests.answer("snapshot-done", Done, self._done)
        for leftover in path.parent.glob(f"{path.name}.outgoing-*"):
            leftover.unlink(missing_ok=True)

    async def close(self) -> None:
        """Give nothing any more and delete the copy. May be called twice."""
        self._closed = True
        await self._drop()

    async def _take(self, question: Take) -> Offer:
        if self._closed:
            raise Refused("this node ends")
        while (copy := self._copy) is not None and copy.by != question.by:
            if time.monotonic() - copy.used < self._idle_seconds:
                raise Refused(f"it gives its journal to {copy.by} now; ask another node, or later")
            await self._drop()
        if copy is None:
            copy = self._copy = _Copy(question.by, self._path)
            copy.making = asyncio.create_task(self._make(copy))
        copy.used = time.monotonic()
        if copy.making is not None and copy.making.done() and (error := copy.making.exception()) is not None:
            await self._drop()
            raise Refused(f"it cannot copy its journal: {error}")
        return copy.offer

    async def _make(self, copy: _Copy) -> None:
        digest = await asyncio.to_thread(_copy_journal, self._path, copy.file, copy.stop)
        copy.offer = Offer(copy.offer.id, copy.file.stat().st_size, digest)
        asyncio.get_running_loop().call_later(self._idle_seconds, self._expire, copy)

    async def _read(self, question: Read) -> Piece:
        copy = self._copy
        if copy is None or copy.offer.id != question.id or not 0 <= question.index < pieces_of(copy.offer.size):
            raise Refused("there is no such piece; take a new copy")
        copy.used = time.monotonic()
        return Piece(await asyncio.to_thread(_packed_piece, copy.file, question.index))

    async def _done(self, question: Done) -> Done:
        if self._copy is not None and self._copy.offer.id == question.id:
            self.given += 1
            await self._drop()
        return question

    def _expire(self, copy: _Copy) -> None:
        """A copy that nobody asks for is not kept on the disk."""
        if self._copy is not copy:
            return
        left = copy.used + self._idle_seconds - time.monotonic()
        if left > 0:
            asyncio.get_running_loop().call_later(left, self._expire, copy)
        else:
            self._copy = None
            _remove(copy.file)

    async def _drop(self) -> None:
        copy, self._copy = self._copy, None
        if copy is None:
            return
        copy.stop.set()
        if copy.making is not None:
            await asyncio.gather(copy.making, return_exceptions=True)
        _remove(copy.file)


def pieces_of(size: int) -> int:
    """Into how many pieces a copy of that size is cut."""
    return -(-size // PIECE_BYTES)


async def fetch(
    requests: Requests,
    by: str,
    sources: Iterable[str],
    path: Path,
    *,
    journal: str,
    stall_seconds: float = STALL_SECONDS,
) -> Received:
    """Get the journal of the first of `sources` that gives one to this node, `by`, for the journal at `path`. `journal`
    is the name that it must have, "" for any. Raises SnapshotError, with what each of them said."""
    said = []
    for source in sources:
        receiver = _Receiver(requests, by, source, _beside(path, ".incoming"), stall_seconds)
        try:
            return Received(receiver.file, source, await receiver.run(journal))
        except (RequestError, SnapshotError) as error:
            said.append(str(error))
        except OSError as error:
            raise SnapshotError(f"{receiver.file} cannot be written: {error.strerror}") from error
    raise SnapshotError(f"no node gives its journal: {'; '.join(said) or 'there is none'}")


class _Receiver:
    """One copy on its way from one node."""

    def __init__(self, requests: Requests, by: str, source: str, file: Path, stall_seconds: float) -> None:
        self.file = file
        self._requests = requests
        self._by = by
        self._source = source
        self._stall_seconds = stall_seconds
        self._progress = time.monotonic()

    async def run(self, journal: str) -> str:
        """Receive and check it; the journal's name. Raises RequestError, SnapshotError or OSError."""
        offer = await self._offer()
        _remove(self.file)
        os.close(os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            await self._receive(offer)
            name = await asyncio.to_thread(_checked, self.file, offer, journal)
        except BaseException:
            _remove(self.file)
            raise
        with suppress(RequestError):  # It finds out by itself that nobody asks any more.
            await self._requests.ask(self._source, "snapshot-done", Done(offer.id), Done)
        return name

    async def _offer(self) -> Offer:
        """Wait until the copy is made."""
        while True:
            offer = await self._ask("snapshot-take", Take(self._by), Offer)
            if offer.size:
                return offer
            await asyncio.sleep(RETRY_SECONDS)

    async def _receive(self, offer: Offer) -> None:
        count = pieces_of(offer.size)
        for first in range(0, count, WINDOW):
            indexes = range(first, min(first + WINDOW, count))
            outcomes = await asyncio.gather(*(self._piece(offer, index) for index in indexes), return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome

    async def _piece(self, offer: Offer, index: int) -> None:
        piece = await self._ask("snapshot-read", Read(offer.id, index), Piece)
        size = min(PIECE_BYTES, offer.size - index * PIECE_BYTES)
        await asyncio.to_thread(_write_piece, self.file, index, piece.packed, size)

    async def _ask(self, verb: str, question: msgspec.Struct, answer: type[Answer]) -> Answer:
        """Ask until there is an answer, as long as anything comes at all. Raises RequestError."""
        while True:
            try:
                answered = await self._requests.ask(self._source, verb, question, answer, PIECE_SECONDS)
            except Refused:
                raise
            except RequestError:
                if time.monotonic() - self._progress > self._stall_seconds:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._progress = time.monotonic()
                return answered


def install(path: Path, received: Received, *, keep: bool, note: Callable[[Path], None] | None = None) -> Path | None:
    """Put a received journal in the place of the one at `path`, which is closed and whose lock the caller holds. With
    `keep` the old one gets another name, which is returned (None: there was none) and told to `note` before its own one
    is another journal's. Raises SnapshotError."""
    kept = None
    try:
        if path.exists():
            _settle(path)
            kept = _keep(path) if keep else None
        if kept is not None and note is not None:
            note(kept)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        received.file.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise SnapshotError(f"{path} cannot be replaced: {error.strerror}") from error
    except sqlite3.Error as error:
        raise SnapshotError(f"what is in {path} cannot be kept: {error}; look at it with ipc-chat verify") from error
    return kept


def unsaid(old: Path, new: Path, after: int, parted_at: int | None = None) -> Iterator[bytes]:
    """The facts (encoded) of the kept journal `old` after that place whose ids `new` has not, in their order.

    After `parted_at` the two are different histories. Before it they are as good as certainly the same: then an entry
    that is missing in `new` was forgotten there, unless an earlier place has another entry. Raises sqlite3.Error.
    """
    with closing(connect_reader(new)) as connection:
        connection.execute("ATTACH ? AS old", (f"{old.absolute().as_uri()}?immutable=1",))
        last = connection.execute("SELECT coalesce(max(seq), 0) FROM old.journal").fetchone()[0]
        parted = _parted(connection, after, last if parted_at is None else min(parted_at, last))
        if parted >= last:
            return
        connection.execute("PRAGMA query_only = OFF")
        connection.execute("PRAGMA temp_store = FILE")
        connection.execute("CREATE TEMP TABLE missing (id BLOB PRIMARY KEY) WITHOUT ROWID")
        connection.execute("INSERT OR IGNORE INTO missing SELECT id FROM old.journal WHERE seq > ?", (parted,))
        connection.execute(
            "DELETE FROM missing WHERE id IN (SELECT id FROM main.journal WHERE seq > ?)", (min(after, parted),)
        )
        rows = "SELECT fact FROM old.journal WHERE seq > ? AND id IN (SELECT id FROM missing) ORDER BY seq"
        for (fact,) in connection.execute(rows, (parted,)):
            yield fact


def _parted(connection: sqlite3.Connection, after: int, upto: int) -> int:
    """The last place before the first that has another entry in each, or `upto`. Looked for from the end."""
    rows = connection.execute(
        "SELECT mine.seq, mine.id = theirs.id FROM old.journal AS mine"
        " LEFT JOIN main.journal AS theirs ON theirs.seq = mine.seq"
        " WHERE mine.seq > ? AND mine.seq <= ? ORDER BY mine.seq DESC",
        (after, upto),
    )
    parted, equal = upto, 0
    newest = connection.execute("SELECT coalesce(max(seq), 0) FROM main.journal").fetchone()[0]
    for seq, is_equal in rows:
        if is_equal:
            equal += 1
            if equal >= EQUAL_ROWS:
                break
        elif is_equal is not None or seq > newest:
            parted, equal = seq - 1, 0
    return parted


def _copy_journal(source: Path, target: Path, stop: threading.Event) -> bytes:
    """Copy it from one snapshot; the BLAKE2b-256 of the copy. Raises SnapshotError, sqlite3.Error or OSError."""

    def rest(_status: int, _remaining: int, _total: int) -> None:
        if stop.wait(STEP_PAUSE_SECONDS):
            raise SnapshotError("this node ends")

    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(connect_reader(source)) as reader, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = OFF")
        reader.execute("BEGIN")
        read_meta(reader, "journal")  # Now the snapshot is taken: no write of others starts the copying anew.
        reader.backup(copy, pages=STEP_PAGES, progress=rest)
    return _digest_of(target)


def _digest_of(file: Path) -> bytes:
    hasher = blake2b(digest_size=32)
    with file.open("rb") as opened:
        while block := opened.read(BLOCK_BYTES):
            hasher.update(block)
    return hasher.digest()


def _packed_piece(file: Path, index: int) -> bytes:
    with file.open("rb") as opened:
        opened.seek(index * PIECE_BYTES)
        return zlib.compress(opened.read(PIECE_BYTES), 1)


def _write_piece(file: Path, index: int, packed: bytes, size: int) -> None:
    """Raises SnapshotError when that is no piece of that size, and OSError also when the file is gone, as it is for a
    thread that is late."""
    try:
        unpacker = zlib.decompressobj()
        piece = unpacker.decompress(packed, size + 1)
    except zlib.error as error:
        raise SnapshotError(f"a piece is damaged: {error}") from error
    if len(piece) != size:
        raise SnapshotError("a piece has another size")
    with file.open("r+b") as opened:
        opened.seek(index * PIECE_BYTES)
        opened.write(piece)


def _checked(file: Path, offer: Offer, journal: str) -> str:
    """The name of a received journal. Raises SnapshotError when it is not what was sent, or none of ours."""
    if file.stat().st_size != offer.size or _digest_of(file) != offer.digest:
        raise SnapshotError("what was received is not what was sent")
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())
    try:
        # Nobody else has it open: without a log beside it, which SQLite would make.
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            name, version = read_meta(connection, "journal"), int(read_meta(connection, "version"))
    except (sqlite3.Error, ValueError) as error:
        raise SnapshotError(f"what was received is no journal: {error}") from error
    if found != "ok" or kind != APPLICATION_ID:
        raise SnapshotError(f"what was received is damaged, or no journal ({found})")
    if version > len(MIGRATIONS):
        raise SnapshotError("what was received is of a newer version of this program; start that one")
    if journal and name != journal:
        raise SnapshotError(f"what was received is the journal {name}, and this network's is {journal}")
    return name


def _settle(path: Path) -> None:
    """Have all of a closed journal in the one file: what a crash left in its log would be read into the next one."""
    with closing(connect_writer(path)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise SnapshotError(f"{path} is in use; close the journal before another one takes its place")


def _keep(path: Path) -> Path:
    """Give it a second name, the first that is free, and that for good."""
    for number in range(1, 1_000):
        with suppress(FileExistsError):
            kept = _beside(path, f".before-{number}")
            os.link(path, kept)
            _sync(path.parent)
            return kept
    raise SnapshotError(f"there are too many old journals beside {path}")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        _beside(file, suffix).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A node whose journal and stream do not fit together: find out with the others what to do, and do it (epochs.py).

Rules:
1. This happens while the node is closed: nothing is applied and nothing is confirmed. It beats, so that all know of it.
2. What only this node's old journal has is kept in a file beside the new one, to be said again (unsaid.py).
3. A node that waits says once for whom, and waits on.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from struct import error as StructError
from typing import Any, Final

import msgspec
from nats.js.api import StreamConfig
from nats.js.errors import APIError, NotFoundError

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.beats import BEAT_SECONDS, Beat, Beats, NodeState
from ipcchat.backend.cluster.epochs import (
    Decision,
    GoOn,
    Lineage,
    Peer,
    Position,
    Seed,
    Start,
    Stop,
    Stream,
    TakeEpoch,
    TakeSnapshot,
    View,
    Wait,
    decide,
    epoch_name,
    from_metadata,
    plain_digest,
    to_metadata,
)
from ipcchat.backend.cluster.link import Link
from ipcchat.backend.cluster.membership import Membership
from ipcchat.backend.cluster.memory import Known, Memory
from ipcchat.backend.cluster.requests import Requests
from ipcchat.backend.cluster.roster import answer_about_nodes
from ipcchat.backend.cluster.snapshots import Received, SnapshotError, fetch, install
from ipcchat.backend.cluster.stream import StreamSettings, configuration, hash_at
from ipcchat.backend.cluster.unsaid import Parting, note_parting
from ipcchat.backend.cluster.watching import Turner
from ipcchat.backend.sqlite_mark import Mark, Marks, read_lineage, read_mark, write_lineage, write_marks
from ipcchat.backend.sqlite_schema import connect_reader, lock, open_journal, read_meta, transaction, write_meta
from ipcchat.backend.sqlite_sums import row_sum

_log = logging.getLogger(__name__)

SALT: Final = 1 << 30

ROWS_MAX: Final = 20_000
"""Of which the sums are looked at when a node starts: some 50 ms. The whole journal is for `ipc-chat verify`."""

_NEWEST: Final = (
    "SELECT seq, at, id, target, parent, fact, sum FROM journal WHERE sum IS NOT NULL ORDER BY seq DESC LIMIT ?"
)


class Own(msgspec.Struct, frozen=True):
    """What this node's journal says of itself. `is_apart`: it was written to outside the cluster since its mark."""

    position: Position
    lineage: Lineage
    at: int
    mark: Mark | None
    is_apart: bool


def read_own(path: Path) -> Own:
    """Look at a journal that is closed. Raises sqlite3.Error."""
    with closing(connect_reader(path)) as connection:
        journal, mark = read_meta(connection, "journal"), read_mark(connection)
        last = connection.execute("SELECT seq, at, id FROM journal ORDER BY seq DESC LIMIT 1").fetchone() or (0, 0, b"")
        lineage = tuple(Start(epoch, place) for epoch, place in read_lineage(connection))
    is_apart = mark is None or last[0] > mark.seq
    if is_apart or mark is None:
        # What it has above its mark is in no stream, so it stands where no epoch is.
        position = Position(journal, 0, 0, last[0], plain_digest(journal, last[0], last[2]))
        return Own(position, lineage, last[1], mark, mark is not None)
    position = Position(journal, mark.epoch, mark.stream_seq, mark.seq, mark.digest)
    return Own(position, lineage, mark.at, mark, False)


def damage_of(path: Path, rows_max: int = ROWS_MAX) -> str:
    """What is wrong with the newest rows of a journal that is closed; "" when nothing is, or there is none."""
    if not path.exists():
        return ""
    try:
        with closing(connect_reader(path)) as connection:
            for *row, sum_ in connection.execute(_NEWEST, (rows_max,)):
                if sum_ != row_sum(*row):
                    return f"entry {row[0]} is not what was written"
    except sqlite3.Error:
        return ""  # It cannot be opened or read at all: opening it says so.
    except (AttributeError, TypeError, ValueError, StructError) as error:
        return f"an entry has values of another kind: {error}"
    return ""


class Mender:
    """Mends one node. `tell_beat` makes its beats, of the state that it is given."""

    def __init__(
        self,
        path: Path,
        node: str,
        incarnation: str,
        stream: StreamSettings,
        tell_beat: Callable[[NodeState, Position], Beat],
        prefix: str,
        memory: Memory,
    ) -> None:
        self.has_seeded = False
        self._path = path
        self._node = node
        self._stream = stream
        self._memory = memory
        self._turner = Turner()
        self._state = NodeState.CUT
        self._membership = Membership(node, incarnation)
        self._tell_beat = tell_beat
        self._own = read_own(path)
        self._requests = Requests(node, prefix=prefix)
        answer_about_nodes(self._requests, memory, self._membership)
        self._beats = Beats(tell=self._beat, heard=self._heard, alarmed=_log.warning, prefix=prefix)
        self._told = ""
        self._link: Link

    async def run(self, servers: Sequence[str], options: Mapping[str, Any], open_seconds: float) -> None:
        """Until the journal fits to the stream. Raises BackendError when that is for people to decide."""
        self._link = Link(servers, options, lambda: None)
        await self._link.open(open_seconds)
        try:
            await self._requests.start(self._link.client)
            await self._beats.start(self._link.client)
            await self._mend()
        finally:
            await self._beats.stop()
            await self._requests.stop()
            await self._link.close()

    async def _mend(self) -> None:
        began = answered = time.monotonic()
        while True:
            now = time.monotonic()
            self._membership.tick(now)
            try:
                decision = decide(await self._view(now - began))
                answered = now
                is_done = await self._follow(decision)
            except (APIError, TimeoutError, SnapshotError, OSError, sqlite3.Error) as error:
                self._say(f"{error or type(error).__name__}")
                is_done = False
            if is_done:
                self._memory.mark_odd(())
                return
            await self._turner.look(now - answered if self._link.is_up else 0.0, self._link.turn)
            await asyncio.sleep(BEAT_SECONDS / 2)

    async def _follow(self, decision: Decision) -> bool:
        """Do it; whether this is the end."""
        match decision:
            case GoOn():
                return True
            case Stop(reason):
                raise BackendError(reason)
            case Wait(reason):
                self._say(reason)
            case TakeEpoch(stream):
                await asyncio.to_thread(self._take_epoch, stream)
            case Seed(stream, replaces):
                self._say_who_is_missing()
                self._state = NodeState.SEEDING
                if await self._seed(stream, replaces):
                    self.has_seeded = True
                    await asyncio.to_thread(self._take_epoch, stream)
            case TakeSnapshot():
                await self._take_snapshot(decision)
        return False

    def _say_who_is_missing(self) -> None:
        missing = self._memory.awaited - {beat.node for beat in self._membership.living()}
        if missing:
            self._say(
                f"a new stream is made without {', '.join(sorted(missing))}; what only they have is said again when "
                "they come, and whoever never comes is to be forgotten: ipc-chat cluster forget NODE"
            )

    async def _view(self, elapsed: float) -> View:
        own, stream = self._own, await self._look()
        is_there = stream is not None and own.position.epoch == stream.epoch and own.position.stream_seq > 0
        payload = await hash_at(self._link.client, self._stream.name, own.position.stream_seq) if is_there else None
        return View(
            name=self._node,
            own=own.position,
            lineage=own.lineage,
            stream=stream,
            peers=tuple(
                Peer(beat.node, _position_of(beat), beat.state is NodeState.SERVING)
                for beat in self._membership.living()
                if beat.state is not NodeState.DRAINING
            ),
            known=self._memory.awaited,
            elapsed=elapsed,
            salt=secrets.randbelow(SALT),
            payload_matches=None if payload is None or own.mark is None else payload == own.mark.payload,
            outvoted_by=self._memory.odd,
        )

    async def _look(self) -> Stream | None:
        """The stream as it is now. Raises APIError and TimeoutError when nobody can say, BackendError when it is not
        ours."""
        try:
            found = await self._link.client.jetstream().stream_info(self._stream.name)
        except NotFoundError:
            return None
        state, metadata = found.state, found.config.metadata or {}
        try:
            return from_metadata(
                metadata, first_seq=state.first_seq, last_seq=state.last_seq, created=str(found.created or "")
            )
        except ValueError as error:
            raise BackendError(str(error)) from error

    async def _seed(self, stream: Stream, replaces: Stream | None) -> bool:
        """Make the stream of a new epoch; whether it is ours."""
        jetstream = self._link.client.jetstream()
        if await self._look() != replaces:
            return False
        if replaces is not None:
            await jetstream.delete_stream(self._stream.name)
        config: StreamConfig = configuration(self._stream, to_metadata(stream))
        await jetstream.add_stream(config)
        _log.warning("a new epoch of the cluster's stream begins: %s", epoch_name(stream.epoch))
        return await self._look() is not None

    def _take_epoch(self, stream: Stream) -> None:
        """From now on the journal is followed by that stream."""
        held = lock(self._path)
        try:
            with closing(open_journal(self._path)) as connection, transaction(connection):
                write_meta(connection, "journal", stream.journal)
                mark = Mark(stream.epoch, 0, stream.first_place - 1, self._own.at, stream.base_digest)
                write_marks(connection, Marks(mark, {}, {}))
                write_lineage(connection, [(start.epoch, start.place) for start in stream.lineage])
        finally:
            held.release()
        self._own = read_own(self._path)

    async def _take_snapshot(self, decision: TakeSnapshot) -> None:
        own = self._own.position
        self._say(f"the journal is taken from {decision.sources[0]}")
        received = await fetch(
            self._requests, self._node, decision.sources, self._path, journal="" if own.is_empty else own.journal
        )
        await asyncio.to_thread(self._install, received, decision)

    def _install(self, received: Received, decision: TakeSnapshot) -> None:
        after = decision.say_after
        parting = None if after is None else Parting(after, decision.parted_at)
        held = lock(self._path)
        try:
            install(
                self._path,
                received,
                keep=parting is not None,
                note=None if parting is None else partial(note_parting, parting=parting),
            )
        finally:
            held.release()
        self._memory.mark_odd(())
        self._own = read_own(self._path)

    def _heard(self, beat: Beat) -> None:
        wall = int(time.time() * 1000)
        self._membership.heard(beat, time.monotonic(), wall)
        self._memory.heard([(beat.node, Known(beat.epoch, beat.place, wall))])

    def _beat(self) -> Beat:
        return self._tell_beat(self._state, self._own.position)

    def _say(self, text: str) -> None:
        if text != self._told:
            self._told = text
            _log.warning("this node's journal does not fit to the cluster's stream: %s", text)


def _position_of(beat: Beat) -> Position:
    return Position(beat.journal, beat.epoch, beat.stream_seq, beat.place, beat.digest)

"""How a cluster is, as somebody beside it sees it: every node by its beats, the stream by what JetStream says of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StreamInfo
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.beats import BEAT_SECONDS, Beat, BeatError, NodeState, decode_beat
from ipcchat.backend.cluster.epochs import epoch_name
from ipcchat.backend.cluster.link import Link
from ipcchat.backend.cluster.memory import Known
from ipcchat.backend.cluster.requests import RequestError, Requests
from ipcchat.backend.cluster.roster import FORGET, KNOWN, AskKnown, Forget, Forgotten, Roster
from ipcchat.server.journals import connecting
from ipcchat.server.settings_cluster import ClusterSettings

HEAR_SECONDS: Final = 2.5 * BEAT_SECONDS
CONNECT_SECONDS_MAX: Final = 5.0
SKEW_MS: Final = 2_000

COLUMNS: Final = ("NODE", "STATE", "VERSION", "EPOCH", "MESSAGE", "BEHIND", "PLACE", "UP")


class Seen(msgspec.Struct):
    """What was seen: the last beat of each life of a node, how far its clock is ahead (ms), and the stream (None: there
    is none, or it could not be asked); and the nodes that others remember."""

    beats: dict[str, Beat] = {}
    skews: dict[str, int] = {}
    stream: StreamInfo | None = None
    server: str = ""
    known: dict[str, Known] = {}

    @property
    def absent(self) -> dict[str, Known]:
        """Nodes that belong to the cluster and were not heard."""
        heard = {beat.node for beat in self.beats.values()}
        return {name: node for name, node in sorted(self.known.items()) if name not in heard}


async def look(cluster: ClusterSettings) -> Seen:
    """Listen for some seconds. Raises BackendError when no server can be reached."""
    seen = Seen()
    link = await _connected(cluster)
    client = link.client
    try:
        await _listen(cluster, client, seen)
        for name in _names(seen):
            with suppress(RequestError):
                seen.known |= (await _requests(cluster, client).ask(name, KNOWN, AskKnown(), Roster, 1.0)).nodes
        seen.stream = await client.jetstream().stream_info(cluster.stream)
    except NotFoundError:
        pass
    except (JetStreamError, nats.errors.Error) as error:
        raise BackendError(f"the stream {cluster.stream} cannot be asked: {error or type(error).__name__}") from error
    finally:
        await link.close()
    return seen


async def forget(cluster: ClusterSettings, node: str) -> tuple[list[str], bool]:
    """Have every node that is heard forget that one: what each said, and whether all did. Raises BackendError when no
    server can be reached."""
    seen, lines, is_done = Seen(), [], True
    link = await _connected(cluster)
    try:
        await _listen(cluster, link.client, seen)
        for name in _names(seen):
            try:
                done = await _requests(cluster, link.client).ask(name, FORGET, Forget(node), Forgotten)
                lines.append(f"{name}: {'forgotten' if done.was_known else 'it was not known'}")
            except RequestError as error:
                lines.append(f"{name}: {error}")
                is_done = False
    finally:
        await link.close()
    return lines or ["no node was heard"], is_done and bool(lines)


async def _connected(cluster: ClusterSettings) -> Link:
    link = Link(cluster.servers, connecting(cluster), lambda: None)
    await link.open(CONNECT_SECONDS_MAX, any_version=True)
    return link


async def _listen(cluster: ClusterSettings, client: Client, seen: Seen) -> None:
    """Hear beats for some seconds."""
    seen.server = f"{client.connected_server_version}"

    async def take(message: Msg) -> None:
        _hear(seen, message.data)

    await client.subscribe(f"{cluster.prefix}.beat.*", cb=take)
    await asyncio.sleep(HEAR_SECONDS)


def _requests(cluster: ClusterSettings, client: Client) -> Requests:
    requests = Requests(cluster.node, prefix=cluster.prefix)
    requests.ask_by(client)
    return requests


def _names(seen: Seen) -> list[str]:
    return sorted({beat.node for beat in seen.beats.values()})


def _hear(seen: Seen, payload: bytes) -> None:
    try:
        beat = decode_beat(payload)
    except BeatError:
        return
    seen.beats[beat.incarnation] = beat
    seen.skews[beat.incarnation] = beat.now - _wall_ms()


def report(seen: Seen) -> Iterator[str]:
    """The lines of it."""
    if seen.stream is None:
        yield f"NATS {seen.server}; there is no stream"
    else:
        yield _of_stream(seen.server, seen.stream)
    beats = sorted(seen.beats.values(), key=lambda beat: (beat.node, beat.started))
    last = seen.stream.state.last_seq if seen.stream is not None else 0
    rows = [COLUMNS, *(_row(beat, last) for beat in beats)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield from _remarks(seen)


def is_well(seen: Seen) -> bool:
    """There is a stream, somebody serves, nobody is in trouble, and all are there."""
    states = {beat.state for beat in seen.beats.values()}
    in_trouble = states & {NodeState.CUT, NodeState.SEEDING} or seen.absent
    return seen.stream is not None and NodeState.SERVING in states and not in_trouble


def _of_stream(server: str, stream: StreamInfo) -> str:
    state, config, cluster = stream.state, stream.config, stream.cluster
    text = f"NATS {server}; stream {config.name}: {state.messages} messages, {state.bytes / (1 << 20):.1f} MiB"
    if cluster is not None and cluster.replicas:
        current = sum(peer.current is True for peer in cluster.replicas) + (1 if cluster.leader else 0)
        text += f", {config.num_replicas} copies of which {current} are current, leader {cluster.leader or 'none'}"
    return text


def _row(beat: Beat, last: int) -> tuple[str, ...]:
    return (
        beat.node,
        beat.state.value,
        beat.program,
        epoch_name(beat.epoch),
        str(beat.stream_seq),
        str(max(0, last - beat.stream_seq)),
        str(beat.place),
        _duration(max(0, beat.now - beat.started) // 1000),
    )


def _remarks(seen: Seen) -> Iterator[str]:
    """What somebody should look at."""
    for incarnation, skew in seen.skews.items():
        if abs(skew) > SKEW_MS:
            yield f"the clock of {seen.beats[incarnation].node} is {skew / 1000:+.1f} s off this machine's"
    points: dict[tuple[int, int], dict[bytes, str]] = {}
    for beat in seen.beats.values():
        for place, digest in ((beat.stream_seq, beat.digest), (beat.checked_seq, beat.checked_digest)):
            if digest:
                points.setdefault((beat.epoch, place), {})[digest] = beat.node
    for (_, place), nodes in points.items():
        if len(nodes) > 1:
            yield f"the journals of {' and '.join(sorted(nodes.values()))} differ at message {place}"
    for name, node in seen.absent.items():
        gone = _duration(max(0, _wall_ms() - node.heard) // 1000)
        yield (
            f"{name} belongs to this cluster and is absent: it was heard {gone} ago at place {node.place}; if it never "
            f"comes back: ipc-chat cluster forget {name}"
        )
    if not seen.beats:
        yield "no node was heard"


def _duration(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _wall_ms() -> int:
    return int(time.time() * 1000)

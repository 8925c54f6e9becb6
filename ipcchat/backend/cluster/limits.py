"""What the shared stream may keep: how full it is, and other limits for it when the settings say others than before.

Rules:
1. The settings of a node count when they are not what they were at this node's last start. So whoever changed a setting
   and starts that node anew is obeyed, and nodes whose settings differ do not fight for ever: the last change wins.
2. Only its bytes, its age and its copies are changed. Everything else is written back as the server told it: what
   forbids to delete and purge stays.
3. A limit below what is in the stream would stop everybody from posting: it is not made, and said.
4. How full the stream is is looked at every LOOK_SECONDS; people hear when it is nearly full, and when it is not any
   more.

Specification: $JS.API.STREAM.INFO and $JS.API.STREAM.UPDATE of the JetStream API
(https://docs.nats.io/reference/reference-protocols/nats_api_reference).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from nats import errors
from nats.aio.client import Client

from ipcchat.backend.cluster.memory import Limits, Memory
from ipcchat.backend.cluster.stream import StreamSettings
from ipcchat.backend.counts import ClusterCounts

LOOK_SECONDS: Final = 15.0
ANSWER_SECONDS: Final = 5.0
FULL_SHARE: Final = 0.8
NANOSECONDS: Final = 1_000_000_000

_log = logging.getLogger(__name__)


class StreamRefused(Exception):
    """JetStream does not do that; the text says why."""


class _Answer(msgspec.Struct):
    """What JetStream says of a stream. The configuration is left as it is: it may have what this program does not
    know."""

    config: dict[str, Any] = {}
    state: dict[str, Any] = {}
    error: dict[str, Any] | None = None


def limits_of(settings: StreamSettings) -> Limits:
    """What the settings say."""
    return Limits(settings.bytes_max, settings.age_seconds_max, settings.replicas)


async def apply(client: Client, settings: StreamSettings, memory: Memory, *, is_new: bool) -> None:
    """Make the settings count if they are others than at the last start; `is_new`: this node just made the stream with
    them. What is refused is logged and tried again at the next start."""
    wanted, before = limits_of(settings), memory.applied
    if wanted == before:
        return
    if before is not None and not is_new:
        wanted = await _changed(client, settings.name, wanted, before)
    if wanted != before:
        memory.apply(wanted)


async def _changed(client: Client, name: str, wanted: Limits, before: Limits) -> Limits:
    """Try it, the copies apart from the rest, and return what counts now."""
    kept = Limits(wanted.bytes_max, wanted.seconds_max, before.replicas)
    counts = before
    for limits in (kept, wanted):
        if limits == counts:
            continue
        try:
            await change(client, name, limits, counts)
        except (StreamRefused, errors.Error, TimeoutError, msgspec.MsgspecError) as error:
            _log.warning("the limits of the cluster's stream stay as they are: %s", error or type(error).__name__)
            return counts
        counts = limits
        _log.warning(
            "the cluster's stream keeps at most %d bytes for %.0f days now, on %d servers",
            limits.bytes_max,
            limits.seconds_max / 86_400,
            limits.replicas,
        )
    return counts


async def change(client: Client, name: str, limits: Limits, before: Limits) -> None:
    """Give the stream those of the limits that are others than before. Raises StreamRefused, and what nats-py raises
    when nobody answers."""
    found = await look(client, name)
    size = int(found.state.get("bytes", 0))
    config = found.config
    if limits.bytes_max != before.bytes_max:
        if 0 < limits.bytes_max < size:
            raise StreamRefused(f"it has {size} bytes, which is more than {limits.bytes_max}")
        config["max_bytes"] = limits.bytes_max or -1
    if limits.seconds_max != before.seconds_max:
        config["max_age"] = int(limits.seconds_max * NANOSECONDS)
        config["duplicate_window"] = min(config.get("duplicate_window", 0), config["max_age"] or 1 << 62)
    if limits.replicas != before.replicas:
        config["num_replicas"] = limits.replicas
    await _ask(client, f"$JS.API.STREAM.UPDATE.{name}", config)


async def look(client: Client, name: str) -> _Answer:
    """What JetStream says of the stream. Raises StreamRefused, and what nats-py raises when nobody answers."""
    return await _ask(client, f"$JS.API.STREAM.INFO.{name}", {})


async def _ask(client: Client, subject: str, body: Mapping[str, Any]) -> _Answer:
    message = await client.request(subject, json.dumps(body).encode() if body else b"", timeout=ANSWER_SECONDS)
    answer = msgspec.json.decode(message.data, type=_Answer)
    if answer.error is not None:
        raise StreamRefused(str(answer.error.get("description", answer.error)))
    return answer


class Fullness:
    """Looks again and again at how full the stream is."""

    def __init__(self, name: str, counts: ClusterCounts, alarmed: Callable[[str], None]) -> None:
        self._name = name
        self._counts = counts
        self._alarmed = alarmed
        self._is_told = False

    async def run(self, client: Callable[[], Client]) -> None:
        """For ever; `client` gives the present connection."""
        while True:
            try:
                self._take(await look(client(), self._name))
            except (StreamRefused, errors.Error, TimeoutError, OSError, msgspec.MsgspecError) as error:
                _log.info("the cluster's stream does not say how full it is: %s", error or type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def _take(self, found: _Answer) -> None:
        counts = self._counts
        counts.stream_bytes = int(found.state.get("bytes", 0))
        counts.stream_bytes_max = max(0, int(found.config.get("max_bytes", 0)))
        counts.persists_async = found.config.get("persist_mode") == "async"
        share = counts.stream_bytes / counts.stream_bytes_max if counts.stream_bytes_max else 0.0
        if not self._is_told and share >= FULL_SHARE:
            self._is_told = True
            self._alarmed(
                f"the cluster's stream is full to {share:.0%}, and when it is full nothing can be said: make "
                "cluster.stream_bytes_max larger or cluster.stream_days shorter"
            )
        elif self._is_told and share < FULL_SHARE:
            self._is_told = False
            self._alarmed("the cluster's stream has room again")

"""A NATS server whose disk is full: what its log says of it, and that it comes back when there is room."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.js.api import DiscardPolicy, StreamConfig
from nats.js.errors import Error as JetStreamError

from ipcchat.server.nats import process, store_watch
from ipcchat.server.nats.store_watch import StoreWatch

FAILURE = b"[ERR] JetStream failed to store a msg on stream 'A > S': no space left on device\n"
SECONDS_MAX = 30.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB with 4 MiB of something else on it."""
    folder = tmp_path / "n1"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    (folder / "something").write_bytes(bytes(4 << 20))
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_only_what_is_logged_in_this_life_counts(tmp_path):
    log = tmp_path / "nats.log"
    log.write_bytes(FAILURE)
    watch = StoreWatch(log)
    assert not watch.look()
    with log.open("ab") as file:
        file.write(b"[INF] something else\n")
    assert not watch.look()
    with log.open("ab") as file:
        file.write(FAILURE)
    assert watch.look()
    assert watch.look()


def test_a_log_that_is_not_there_yet_or_was_rotated_is_read_from_its_start(tmp_path):
    log = tmp_path / "nats.log"
    watch = StoreWatch(log)
    assert not watch.look()
    log.write_bytes(b"[INF] long enough to be longer than what comes afterwards" + b"." * 100 + b"\n")
    assert not watch.look()
    log.write_bytes(FAILURE)
    assert watch.look()


async def test_a_server_comes_back_when_there_is_room(serve, small_disk, monkeypatch):
    monkeypatch.setattr(process, "HEALTH_SECONDS", 0.1)
    monkeypatch.setattr(store_watch, "FREE_BYTES_MIN", 1 << 20)
    alarms: list[str] = []
    server = serve(alarmed=alarms.append)

    async def silent(_: Exception) -> None:
        pass

    client = await nats.connect(server.addresses.url, error_cb=silent, reconnect_time_wait=0.05)
    jetstream = client.jetstream(timeout=1)
    await jetstream.add_stream(StreamConfig(name="S", subjects=["s"], discard=DiscardPolicy.NEW))
    acknowledged = 0
    with pytest.raises((nats.errors.TimeoutError, JetStreamError)):
        while True:
            await jetstream.publish("s", bytes(65_536))
            acknowledged += 1
    async with asyncio.timeout(SECONDS_MAX):
        while not alarms:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "its disk is full" in alarms[0]
    (small_disk / "something").unlink()
    async with asyncio.timeout(SECONDS_MAX):
        while len(alarms) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "could not write to its disk and is started again" in alarms[1]
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            try:
                again = await jetstream.publish("s", b"there is room")
                break
            except (nats.errors.Error, JetStreamError, OSError):
                await asyncio.sleep(0.05)
    assert again.seq > acknowledged > 10
    assert (await jetstream.stream_info("S")).state.first_seq == 1
    await client.close()
    server.stop()

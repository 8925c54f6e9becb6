"""A NATS server that is kept alive, and one that cannot be (process.py, launching.py, tied.py): the real program."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import nats
import pytest

from ipcchat.server.nats import process as process_module
from ipcchat.server.nats.binary import find_binary
from ipcchat.server.nats.config import NatsSettings
from ipcchat.server.nats.errors import StartError
from ipcchat.server.nats.launching import end, has_storage, lock_folder, say_hello, wait_until_ready
from ipcchat.server.nats.process import NatsServer
from tests.e2e.waiting import until

ROOT = Path(__file__).resolve().parents[3]
WAYS = pytest.mark.parametrize("by_kernel", [pytest.param(True, id="kernel"), pytest.param(False, id="pipe")])


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def servers_in(folder: Path) -> list[int]:
    """The processes that run nats-server with the configuration of this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"nats-server") and str(folder / "nats.conf").encode() in words:
            found.append(int(path.parent.name))
    return [pid for pid in found if is_running(pid)]


def has_length(found: list[str], length: int) -> bool:
    """Whether so many were found."""
    return len(found) == length


class TestLife:
    @WAYS
    async def test_it_serves_until_it_is_stopped(self, serve, tmp_path, by_kernel):
        server = serve(by_kernel=by_kernel)
        client = await nats.connect(server.addresses.url)
        assert (await client.jetstream().account_info()).streams == 0
        await client.close()
        server.stop()
        assert server.pid is None
        assert say_hello(server.addresses) is None
        assert servers_in(tmp_path / "n1") == []
        server.stop()

    @WAYS
    def test_what_is_killed_is_started_again_where_it_was(self, serve, tmp_path, by_kernel):
        alarms: list[str] = []
        server = serve(alarmed=alarms.append, by_kernel=by_kernel, monitor_port=-1)
        before = server.addresses
        for life in (1, 2):
            os.kill(server.pid, signal.SIGKILL)
            until(partial(has_length, alarms, 2 * life), "it is back")
        assert "ended with exit code -9 and is started again" in alarms[0]
        assert "is back after" in alarms[1]
        assert server.addresses == before
        assert has_storage(before) is True
        assert len(servers_in(tmp_path / "n1")) == 1

    def test_operators_hear_once_of_one_that_cannot_be_started_again(self, serve, tmp_path, monkeypatch):
        monkeypatch.setattr(process_module, "PAUSE_SECONDS_MAX", 0.1)
        alarms: list[str] = []
        attempts: list[object] = []
        server = serve(alarmed=alarms.append)
        monkeypatch.setattr("ipcchat.server.logs.event", lambda level, text, **fields: attempts.append(fields))
        config = tmp_path / "n1" / "nats.conf.new"
        config.mkdir()
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: len(attempts) > 3, "three attempts")
        assert len(alarms) == 1
        config.rmdir()
        until(lambda: len(alarms) == 2, "it is back")

    def test_one_that_is_never_back_can_be_stopped(self, serve, tmp_path):
        alarms: list[str] = []
        server = serve(alarmed=alarms.append)
        (tmp_path / "n1" / "nats.conf.new").mkdir()
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: alarms, "it is dead")
        server.stop()
        assert len(alarms) == 1

    def test_one_that_switched_its_storage_off_is_started_again(self, serve, monkeypatch):
        monkeypatch.setattr(process_module, "HEALTH_SECONDS", 0.0)
        states = [False]
        monkeypatch.setattr(process_module, "has_storage", lambda addresses: states.pop() if states else True)
        alarms: list[str] = []
        server = serve(alarmed=alarms.append)
        until(lambda: len(alarms) == 2, "it is back")
        assert "switched its storage off" in alarms[0]
        assert has_storage(server.addresses)

    @WAYS
    def test_one_that_does_not_listen_to_signals_is_killed(self, serve, tmp_path, monkeypatch, by_kernel):
        server = serve(by_kernel=by_kernel)
        os.killpg(server.pid, signal.SIGSTOP)
        monkeypatch.setattr(process_module, "end", lambda process, **_: end(process, seconds_max=0.5))
        server.stop()
        until(lambda: not servers_in(tmp_path / "n1"), "the kernel has ended it")

    @WAYS
    def test_it_ends_with_the_process_that_started_it(self, tmp_path, by_kernel):
        script = (
            "import os, pathlib; from ipcchat.server.nats.binary import find_binary\n"
            "from ipcchat.server.nats.config import NatsSettings\n"
            "from ipcchat.server.nats.process import NatsServer\n"
            f"settings = NatsSettings(name='n1', folder=pathlib.Path({str(tmp_path / 'n1')!r}))\n"
            f"NatsServer(find_binary(), settings, print, by_kernel={by_kernel}).start()\n"
            "print('ready', flush=True); input()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as owner:
            assert owner.stdout is not None and owner.stdout.readline() == "ready\n"
            assert len(servers_in(tmp_path / "n1")) == 1
            owner.kill()
        until(lambda: not servers_in(tmp_path / "n1"), "the server has ended")

    def test_a_lame_duck_ends_by_itself(self, serve):
        server = serve()
        server.stop(lame_duck_seconds=20.0)
        assert server.pid is None


class TestRefusal:
    def test_two_do_not_use_one_folder(self, serve, tmp_path, monkeypatch):
        monkeypatch.setattr(process_module, "lock_folder", lambda folder: lock_folder(folder, 0.1))
        server = serve()
        with pytest.raises(StartError, match=rf"another NATS server \(process {server.pid}\) uses .*n1"):
            serve()
        assert has_storage(server.addresses)

    def test_the_lock_is_held_by_the_server_that_outlives_its_owner(self, serve, tmp_path):
        server = serve()
        os.close(server._lock)
        server._lock = -1
        with pytest.raises(StartError, match="uses"):
            lock_folder(tmp_path / "n1", 0.1)
        server.stop()
        os.close(lock_folder(tmp_path / "n1", 5.0))

    def test_who_waits_gets_the_folder_when_it_is_free(self, tmp_path):
        first = lock_folder(tmp_path)
        timer = threading.Timer(0.2, os.close, (first,))
        timer.start()
        os.close(lock_folder(tmp_path, 5.0))
        timer.join()

    def test_a_port_that_is_taken_is_said_with_its_log(self, serve, unused_port):
        with closing(socket.create_server(("127.0.0.1", unused_port))), pytest.raises(StartError) as raised:
            serve(port=unused_port)
        assert "address already in use" in str(raised.value)

    def test_a_store_that_cannot_be_made_is_said(self, serve, tmp_path):
        (tmp_path / "n1").mkdir()
        (tmp_path / "n1" / "store").touch()
        with pytest.raises(StartError, match=r"(?s)ended with exit code 1.*store"):
            serve()

    def test_a_program_that_does_not_start_is_said(self, tmp_path):
        server = NatsServer(tmp_path / "nothing", NatsSettings(name="n1", folder=tmp_path / "n1"), print)
        with pytest.raises(StartError, match="ended with exit code 1"):
            server.start()

    def test_one_that_is_never_ready_is_given_up(self, tmp_path, monkeypatch):
        program = tmp_path / "nats-server"
        program.write_text("#!/bin/sh\necho thinking\nexec sleep 60\n")
        program.chmod(0o755)
        monkeypatch.setattr(process_module, "wait_until_ready", lambda *life: wait_until_ready(life[0], life[1], 0.5))
        server = NatsServer(program, NatsSettings(name="n1", folder=tmp_path / "n1"), print)
        with pytest.raises(StartError, match=r"not ready after 0\.5 s\n  thinking"):
            server.start()
        server.stop()

    def test_before_the_start_there_is_no_address(self, tmp_path):
        server = NatsServer(find_binary(), NatsSettings(name="n1", folder=tmp_path / "n1"), print)
        with pytest.raises(StartError, match="has not been started"):
            _ = server.addresses
        server.stop()

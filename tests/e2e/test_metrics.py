"""The admin listener of the real server: the numbers after a real conversation, and who is ready when."""

from __future__ import annotations

import errno
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import ends_well
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import SERVER, ServerProcess
from tests.e2e.waiting import until
from tests.e2e.watcher import ADMIN, Watcher, watched
from tests.e2e.web_house import WebHouse
from tests.hostile.all_doors import AllDoors
from tests.hostile.test_X_process import HASTY
from tests.powerloss import library
from tests.powerloss.library import Calls, Control
from tests.powerloss.marks import needs_compiler

STORING = Calls.WRITES | Calls.TRUNCATES | Calls.OPENS | Calls.MAPS


@pytest.fixture
def server(tmp_path: Path, threads: int) -> Iterator[ServerProcess]:
    """A server that can be watched."""
    with ServerProcess(tmp_path, *watched(tmp_path), threads=threads, throttled=False) as server:
        yield server
        ends_well(server)


@pytest.fixture
def watcher(server: ServerProcess) -> Watcher:
    """Who watches it."""
    return Watcher(server)


def test_a_server_says_that_it_is_there_and_ready(server: ServerProcess, watcher: Watcher, tmp_path: Path):
    assert watcher.asks("/healthz") == (200, "ok\n")
    assert watcher.asks("/readyz") == (200, "ready\n")
    assert watcher.asks("/")[0] == watcher.asks("/ws")[0] == watcher.asks("/metrics/x")[0] == 404
    assert (tmp_path / "server.out").read_text() == f"listening on {server.url}\n", "it is no door for people"


def test_the_numbers_of_a_conversation(server: ServerProcess, watcher: Watcher):
    before = watcher.metrics
    assert before["ipcchat_connections"].value(transport="tcp") == 0
    with (
        RawClient(server.port).registers("ann", "echo-message") as ann,
        RawClient(server.port).registers("bob") as bob,
        RawClient(server.port).registers("cy") as cy,
        RawClient(server.port) as stranger,
    ):
        for client in (ann, bob, cy):
            client.joins("#lobby")
        stranger.says("NICK somebody")
        until(lambda: watcher.value("ipcchat_sessions") == 4, "all four")
        for client in (ann, bob, cy):
            client.hears_up_to_pong("quiet")
        start = watcher.metrics
        for number in range(10):
            ann.says(f"PRIVMSG #lobby :{number}")
            for client in (ann, bob, cy):
                client.hears_text(str(number))
        now = watcher.metrics

        def rise(name: str, part: str = "") -> float:
            return now[name].value(part) - start[name].value(part)

        assert now["ipcchat_connections"].value(transport="tcp") == 4
        assert now["ipcchat_connections"].value(transport="http") == 0, "who watches is nobody"
        assert now["ipcchat_users"].value() == 3
        assert now["ipcchat_unregistered_sessions"].value() == 1
        assert now["ipcchat_channels"].value() == 1
        assert rise("ipcchat_received_lines_total") == 10
        assert rise("ipcchat_received_bytes_total") == 10 * len("PRIVMSG #lobby :0\r\n")
        assert rise("ipcchat_sent_lines_total") == 30
        assert rise("ipcchat_deliveries_total") == 20
        assert rise("ipcchat_sent_bytes_total") > 30 * len("PRIVMSG #lobby :0\r\n")
        assert rise("ipcchat_committed_facts_total") == 10
        assert rise("ipcchat_commit_facts", "_sum") == 10
        assert 1 <= rise("ipcchat_commit_seconds", "_count") <= 10
        assert 1 <= rise("ipcchat_fan_out_seconds", "_count") <= 10
        assert 0 < rise("ipcchat_commit_seconds", "_sum") < 20
    until(lambda: watcher.value("ipcchat_connections", transport="tcp") == 0, "nobody")
    assert watcher.value("ipcchat_sessions") == 0
    assert watcher.value("ipcchat_dropped_connections_total") == 0


def test_the_numbers_of_the_process(server: ServerProcess, watcher: Watcher, tmp_path: Path):
    with RawClient(server.port).registers("ann").joins("#lobby"):
        found = watcher.metrics
        assert abs(found["ipcchat_resident_bytes"].value() - server.memory_bytes) < 20_000_000
        assert 0 < found["ipcchat_cpu_seconds_total"].value() <= server.cpu_seconds + 0.05
        assert found["ipcchat_database_bytes"].value() == (tmp_path / "journal" / "chat.db").stat().st_size
        assert found["ipcchat_wal_bytes"].value() > 0
        assert 10 < found["ipcchat_open_descriptors"].value() < 100
    until(lambda: watcher.value("ipcchat_loop_lag_seconds", "_count") >= 1, "a beat of the loop")
    assert watcher.value("ipcchat_uptime_seconds") > 1


def test_who_is_not_let_in_is_counted(tmp_path: Path, threads: int):
    options = watched(tmp_path)
    file = Path(options[1])
    limits = "[server]\nexempt = []\n[limits]\nattempts_per_address_max = 2\nstrangers_per_address_max = 64\n"
    file.write_text(f"{file.read_text()}{limits}")
    with ServerProcess(tmp_path, *options, threads=threads) as server:
        watcher = Watcher(server)
        with RawClient(server.port).registers("ann") as ann, RawClient(server.port), RawClient(server.port) as third:
            assert "Too many new connections" in third.hears_end()[-1].text
            ann.answers_to("OPER nobody secret")
        found = watcher.metrics
        assert found["ipcchat_refused_connections_total"].value(reason="attempts_per_address_max") == 1
        assert found["ipcchat_login_failures_total"].value(kind="operator") == 1
        assert found["ipcchat_login_failures_total"].value(kind="account") == 0
        ends_well(server)


def test_who_does_not_read_is_counted(tmp_path: Path, threads: int):
    options = watched(tmp_path)
    file = Path(options[1])
    file.write_text(f"{file.read_text()}[limits]\nsend_queue_bytes_max = 65_536\n")
    with ServerProcess(tmp_path, *options, threads=threads, throttled=False) as server:
        watcher = Watcher(server)
        with (
            RawClient(server.port, receive_bytes=4_096).registers("slow") as slow,
            RawClient(server.port).registers("ann", "echo-message") as ann,
        ):
            slow.joins("#lobby")
            ann.joins("#lobby")
            peak = 0.0

            def dropped() -> bool:
                nonlocal peak
                ann.says(*[f"PRIVMSG #lobby :{'x' * 400}" for _ in range(64)])
                ann.hears_up_to_pong("more")
                found = watcher.metrics
                peak = max(peak, found["ipcchat_send_queue_bytes"].value())
                return found["ipcchat_dropped_connections_total"].value() == 1

            until(dropped, "one who does not read is dropped")
        assert peak > 0
        assert watcher.value("ipcchat_send_queue_bytes") == 0
        ends_well(server)


def test_while_it_stops_it_is_not_ready(tmp_path: Path, threads: int):
    """People who do not close keep a graceful stop waiting for a while."""
    with ServerProcess(tmp_path, *watched(tmp_path), threads=threads) as server:
        watcher = Watcher(server)
        assert watcher.asks("/readyz").status == 200
        with RawClient(server.port).registers("ann"):
            server.process.send_signal(signal.SIGTERM)
            watcher.becomes(503, "the server is stopping\n")
            assert watcher.asks("/healthz").status == 200
            assert watcher.asks("/metrics").status == 200
        assert server.process.wait(10) == 0
        with pytest.raises(ConnectionError):
            watcher.asks("/healthz")
        assert not server.failures, server.log


def test_an_address_that_others_can_reach_is_refused(tmp_path: Path):
    file = tmp_path / "server.toml"
    file.write_text('[admin]\nlisten = ["http://0.0.0.0:0"]\n')
    words = [*SERVER, "--memory", "--config", str(file), "--listen", "irc://127.0.0.1:0"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    assert done.returncode == 78
    assert done.stderr.count("\n") == 1 and "admin.beyond_loopback = true" in done.stderr
    assert done.stdout == ""


def test_it_is_on_loopback_only(server: ServerProcess, watcher: Watcher):
    """Nobody listens on the machine's other addresses, nor on IPv6."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{server.process.pid}/net/{table}").read_text().splitlines()[1:]:
            address, port = line.split()[1].split(":")
            if int(port, 16) == watcher.port and line.split()[3] == "0A":
                inodes.add(socket.inet_ntoa(bytes.fromhex(address)[::-1]))
    assert inodes == {"127.0.0.1"}


NOT_TLS = b"\x16\x03\x01\x00\x05hello"


def test_connections_are_counted_by_how_they_came(tmp_path: Path, threads: int):
    with AllDoors(tmp_path, ADMIN, threads=threads) as server:
        watcher = Watcher(server)

        def open_now() -> dict[str, float]:
            samples = watcher.metrics["ipcchat_connections"].samples
            return {dict(labels)["transport"]: count for (_, labels), count in samples.items() if count}

        assert open_now() == {}
        several = [server.dial(door) for door in ("irc", "irc", "ircs", "unix", "plain")]
        until(lambda: open_now() == {"tcp": 2, "tls": 1, "unix": 1, "plain": 1}, "each by its door")
        for sock in several:
            sock.close()
        until(lambda: open_now() == {}, "nobody")
        assert watcher.value("ipcchat_tls_handshake_failures_total") == 0
        with socket.create_connection(("127.0.0.1", server.port_of("ircs"))) as sock:
            sock.sendall(NOT_TLS)
            until(lambda: watcher.value("ipcchat_tls_handshake_failures_total") == 1, "a handshake that failed")
        ends_well(server)


def test_browsers_are_counted_before_and_after_they_have_their_websocket(tmp_path: Path, threads: int):
    with WebHouse(tmp_path, ADMIN, threads=threads) as house:
        watcher = Watcher(house)

        def open_now(transport: str) -> float:
            return watcher.value("ipcchat_connections", transport=transport)

        for scheme in ("http", "https"):
            sock = house.dial(scheme)
            until(lambda: open_now("http") == 1, "one who has not asked yet")
            with house.web(scheme=scheme, over=sock):
                until(lambda: open_now("websocket") == 1, "a WebSocket")
                assert open_now("http") == 0
            until(lambda: open_now("websocket") == 0, "its end")
        assert watcher.value("ipcchat_tls_handshake_failures_total") == 0
        with socket.create_connection(("127.0.0.1", house.port_of("https"))) as sock:
            sock.sendall(NOT_TLS)
            until(lambda: watcher.value("ipcchat_tls_handshake_failures_total") == 1, "a handshake that failed")
        ends_well(house)


# A disk that is full, a journal that hangs.


@pytest.mark.parametrize("name", ["chat.db", "chat.db-wal"])
def test_without_its_files_it_is_not_ready_until_they_are_back(
    server: ServerProcess, watcher: Watcher, tmp_path: Path, name: str
):
    """Nobody has to say anything for that."""
    file = tmp_path / "journal" / name
    assert watcher.asks("/readyz").status == 200
    file.rename(file.with_name("elsewhere"))
    assert watcher.asks("/readyz") == (503, "the journal's files were deleted or moved: put them back\n")
    file.with_name("elsewhere").rename(file)
    assert watcher.asks("/readyz").status == 200


@needs_compiler
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT], ids=["disk", "quota"])
def test_with_a_full_disk_it_is_not_ready_until_there_is_space(tmp_path: Path, threads: int, error: int):
    with Control(tmp_path / "control") as disk:
        environment = library.environment(tmp_path / "journal", control=disk.path)
        words = [f"{name}={environment[name]}" for name in ("LD_PRELOAD", "DISK_FOLDER", "DISK_CONTROL")]
        command = ("/usr/bin/env", *words, *SERVER)
        with ServerProcess(tmp_path, *watched(tmp_path), threads=threads, throttled=False, command=command) as server:
            watcher = Watcher(server)
            with RawClient(server.port).registers("ann", "echo-message standard-replies").joins("#lobby") as ann:
                assert watcher.asks("/readyz").status == 200
                disk.arm(STORING, error)
                ann.says("PRIVMSG #lobby :refused")
                ann.hears("FAIL", "NOTICE", "404")
                reason = watcher.becomes(503)
                assert "disk" in reason and reason.count("\n") == 1
                assert watcher.value("ipcchat_refused_commits_total") >= 1
                assert watcher.asks("/healthz").status == 200
                disk.disarm()
                watcher.becomes(200)  # Nobody says anything.
                ann.says("PRIVMSG #lobby :taken")
                ann.hears_text("taken")
            ends_well(server)


def test_with_a_journal_that_hangs_it_is_not_ready(tmp_path: Path, threads: int):
    command = (sys.executable, "-c", HASTY)
    with ServerProcess(tmp_path, *watched(tmp_path), threads=threads, command=command) as server:
        watcher = Watcher(server)
        with RawClient(server.port).registers("ann") as ann:
            ann.joins("#lobby")
            server.process.send_signal(signal.SIGWINCH)
            until(lambda: "the journal hangs" in server.log, "the signal taken")
            assert watcher.asks("/readyz").status == 200
            ann.says("PRIVMSG #lobby :never confirmed")
            assert "look at the disk" in watcher.becomes(503)
            assert watcher.value("ipcchat_journal_wait_seconds") > 1
            assert watcher.asks("/healthz") == (200, "ok\n")
        server.kill()

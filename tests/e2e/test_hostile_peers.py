"""Hostile peers: those who do not read, who stop, who never say who they are, and those who come in hundreds.

The limits that a person would have to wait for (30 seconds to register) are shortened by a configuration file.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.bystander import Bystander
from tests.e2e.conftest import MEMORY_GROWTH_BYTES_MAX, Siege, ends_well
from tests.e2e.raw_client import Line, RawClient, history
from tests.e2e.server_process import SERVER, ServerProcess
from tests.e2e.tmux import need
from tests.e2e.waiting import until

FLOOD_LINES = 16_000
WARM_UP_LINES = 32_000
FLOOD_TEXT = "x" * 400
"""More than 6 MB in all: more than the kernel's buffers and the send queue hold together."""

IMPATIENT = "[limits]\nregistration_seconds_max = 5\n"


def flood(client: RawClient, lines: int, text: str = FLOOD_TEXT) -> None:
    """Post numbered lines to #flood, and wait until the last is applied."""
    for first in range(0, lines, 100):
        client.says(*[f"PRIVMSG #flood :{number} {text}" for number in range(first, first + 100)])
    client.hears_up_to_pong("applied")


def warmed_up(siege: Siege) -> RawClient:
    """A flooder in #flood, who has posted so much that the journal's caches are full: what the server needs more from
    now on is not theirs."""
    flooder = siege.stranger().registers("flooder").joins("#flood")
    flood(flooder, WARM_UP_LINES)
    siege.memory_bytes = siege.server.memory_bytes
    return flooder


@pytest.mark.parametrize("throttled", [False])
def test_S01_a_reader_who_stops(siege: Siege):
    with warmed_up(siege) as flooder, RawClient(siege.server.port, receive_bytes=4_096) as slow:
        slow.registers("slow").joins("#lobby", "#flood")
        peak = 0
        for _ in range(4):
            flood(flooder, FLOOD_LINES // 4)
            peak = max(peak, siege.server.memory_bytes)
        assert "SendQ exceeded" in siege.bystander.hears("QUIT", "slow").text
        assert peak - siege.memory_bytes < MEMORY_GROWTH_BYTES_MAX
    siege.logs("SendQ exceeded", times=1)


def test_S05_who_never_says_who_he_is(tmp_path: Path, threads: int):
    (tmp_path / "impatient.toml").write_text(IMPATIENT)
    with ServerProcess(tmp_path, "--config", str(tmp_path / "impatient.toml"), threads=threads) as server:
        with Bystander(server.port) as bystander, RawClient(server.port) as silent, RawClient(server.port) as slow:
            slow.sends(b"NICK slo")
            assert [line.command for line in silent.hears_end()] == ["ERROR"]
            assert "Registration timed out" in slow.hears_end()[-1].text
            assert bystander.heard == []
        ends_well(server)


def numbers(output: bytes) -> list[int]:
    """The numbers of the flood's lines that somebody received, the last one only when it is whole."""
    return [int(found) for found in re.findall(rb" PRIVMSG #flood :(\d+) [^\r]*\r\n", output)]


@pytest.mark.parametrize("throttled", [False])
@pytest.mark.parametrize("text", ["short", FLOOD_TEXT], ids=["all of it waits", "too much waits"])
def test_S08_a_client_that_is_stopped_for_a_while(siege: Siege, tmp_path: Path, text: str):
    output = tmp_path / "heard"
    with output.open("wb") as heard:
        sleeper = subprocess.Popen(
            [need("nc"), "127.0.0.1", str(siege.server.port)], stdin=subprocess.PIPE, stdout=heard
        )
    assert sleeper.stdin is not None
    with sleeper.stdin as keyboard, warmed_up(siege) as flooder:
        keyboard.write(b"NICK sleeper\r\nUSER s 0 * :s\r\nJOIN #flood\r\n")
        keyboard.flush()
        flooder.hears("JOIN")
        sleeper.send_signal(signal.SIGSTOP)
        flood(flooder, 10_000, text)
        sleeper.send_signal(signal.SIGCONT)
        until(
            lambda: sleeper.poll() is not None or len(numbers(output.read_bytes())) == 10_000, "all of it, or the end"
        )
    sleeper.terminate()
    closed = sleeper.wait() == 0
    received = numbers(output.read_bytes())
    assert received == list(range(len(received)))
    assert len(received) == 10_000 or (closed and text == FLOOD_TEXT)


def test_C04_no_descriptor_left(tmp_path: Path, threads: int):
    command = ("/bin/sh", "-c", 'ulimit -n 40; exec "$@"', "sh", *SERVER)
    with ServerProcess(tmp_path, threads=threads, command=command) as server:
        with Bystander(server.port) as bystander:
            crowd = [RawClient(server.port) for _ in range(80)]
            until(lambda: "cannot accept" in server.log, "the log entry about descriptors")
            before = server.cpu_seconds
            bystander.is_served()
            bystander.is_served()
            assert server.cpu_seconds - before < 0.5
            for client in crowd:
                client.close()
            with RawClient(server.port).registers("late").joins("#lobby"):
                bystander.hears("JOIN", "late")
        ends_well(server)


@pytest.mark.parametrize("line", ["CAP LS", "NICK mallory", "PING x", "CAP REQ :batch", "WHOIS bystander", "\u00ff"])
def test_C07_a_flood_before_registration(siege: Siege, line: str):
    before = siege.server.cpu_seconds
    with siege.stranger() as mallory:
        try:
            mallory.sends(*[f"{line}\r\n".encode() * 1_000] * 100)
        except ConnectionError:
            pass
        heard = mallory.hears_end()
        assert len(heard) <= 65
    siege.bystander.is_served()
    assert siege.server.cpu_seconds - before < 1.0
    assert siege.bystander.heard == []


def test_X01_killed_while_people_talk(tmp_path: Path, threads: int):  # the whole of it: tests/crash
    with ServerProcess(tmp_path, threads=threads, throttled=False) as server:
        echoed: list[Line] = []
        with RawClient(server.port).registers("ann", "message-tags echo-message batch").joins("#lobby") as ann:
            ann.says(*[f"PRIVMSG #lobby :{number}" for number in range(400)])
            echoed += [ann.hears("PRIVMSG") for _ in range(100)]
            server.kill()
            rest = ann.hears_end()
            echoed += [line for line in rest if line.command == "PRIVMSG" and line.params[1:]]
        server.start()
        with RawClient(server.port).registers("bob", "message-tags batch draft/chathistory").joins("#lobby") as bob:
            kept = everything(bob, "#lobby")
        whole = [(line.msgid, line.params[-1]) for line in echoed if line.msgid]
        assert [(line.msgid, line.params[-1]) for line in kept][: len(whole)] == whole
        assert [line.params[-1] for line in kept] == [str(number) for number in range(len(kept))]
        ends_well(server)


def everything(client: RawClient, channel: str) -> list[Line]:
    """All of a channel's history, page by page."""
    found = history(client, channel)
    page = found
    while page:
        answers = client.answers_to(f"CHATHISTORY BEFORE {channel} msgid={found[0].msgid} 100")
        page = [line for line in answers if line.command == "PRIVMSG"]
        found = page + found
    return found


def test_X02_stopped_with_two_hundred_people(server: ServerProcess):
    crowd = [RawClient(server.port) for _ in range(200)]
    for number, client in enumerate(crowd):
        client.says(f"NICK guest{number}", f"USER g{number} 0 * :g", "JOIN #lobby")
    for client in crowd:
        client.hears("366")
    started = os.times().elapsed
    assert server.terminate() == 0
    assert os.times().elapsed - started < 5.0
    for client in crowd:
        last = client.hears_end()[-1]
        assert (last.command, "stopping" in last.text) == ("ERROR", True)
        client.close()
    server.start()


def serves_without_a_log(server: ServerProcess) -> None:
    """The server answers people, and logs what nobody can read."""
    with Bystander(server.port) as bystander:
        for _ in range(3):
            with RawClient(server.port) as mallory:
                mallory.sends(b"\x16\x03\x01")
                assert mallory.hears_bytes_to_end() == b""
            bystander.is_served()
    assert server.terminate() == 0


def test_X09_standard_error_is_closed(tmp_path: Path, threads: int):
    command = ("/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *SERVER)
    with ServerProcess(tmp_path, threads=threads, command=command) as server:
        serves_without_a_log(server)


def test_X09_nobody_reads_standard_error(tmp_path: Path, threads: int):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with ServerProcess(tmp_path, threads=threads, standard_error=writer) as server:
            serves_without_a_log(server)
    finally:
        os.close(writer)


def test_X09_the_log_pipe_is_full(tmp_path: Path, threads: int):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4_096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    try:
        with ServerProcess(tmp_path, threads=threads, standard_error=writer) as server:
            serves_without_a_log(server)
    finally:
        os.close(writer)
        os.close(reader)

"""Hostile readers and writers: those who do not read, read slowly, stop, never finish, or never stop writing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.raw_client import Line, RawClient
from tests.e2e.tmux import need
from tests.e2e.waiting import until
from tests.hostile.siege import Siege

FULL = bool(os.environ.get("HOSTILE_FULL"))
FLOOD_LINES = 16_000
WARM_UP_LINES = 64_000
FLOOD_TEXT = "x" * 400
"""More than 6 MB in all: more than the kernel's buffers and the send queue hold together."""

PEAK_BYTES_MAX = 4 * 1_048_576
"""One reader's queue of 256 KiB, the journal's caches, and what an allocator rounds up."""

SLOW_READERS = 1_000 if FULL else 60
"""A thousand readers need as many sockets of the test's as well, and their kernel buffers take some minutes to fill."""


def flood(client: RawClient, lines: int, text: str = FLOOD_TEXT) -> list[Line]:
    """Post numbered lines to #flood, and wait until the last is applied; what was heard meanwhile."""
    for first in range(0, lines, 100):
        client.says(*[f"PRIVMSG #flood :{number} {text}" for number in range(first, first + 100)])
    return client.hears_up_to_pong("applied")


def warmed_up(siege: Siege, lines: int = WARM_UP_LINES) -> RawClient:
    """A flooder in #flood, who has posted so much that the journal's caches are full: what the server needs more from
    now on is not theirs."""
    flooder = siege.stranger().registers("flooder").joins("#flood")
    flood(flooder, lines)
    siege.measure_memory()
    return flooder


@pytest.mark.parametrize("throttled", [False])
def test_S01_a_reader_who_stops(siege: Siege):
    with warmed_up(siege) as flooder:
        siege.repeat(lambda name: stop_reading(siege, flooder, name), PEAK_BYTES_MAX)


def stop_reading(siege: Siege, flooder: RawClient, name: str) -> None:
    """A reader stops while more is posted than his queue may hold."""
    with RawClient(siege.server.port, receive_bytes=4_096) as slow:
        slow.registers(name).joins("#lobby", "#flood")
        for _ in range(4):
            flood(flooder, FLOOD_LINES // 4)
            siege.has_peaked()
        assert "SendQ exceeded" in siege.bystander.hears("QUIT", name).text


# Five seconds in place of sixty, and a queue that is never too long, so that only its age counts.
PATIENT = "[limits]\nsend_queue_seconds_max = 5\nsend_queue_bytes_max = 67108864\n"


@pytest.mark.parametrize("configuration", [PATIENT])
@pytest.mark.parametrize("throttled", [False])
def test_S02_a_reader_of_one_byte_at_a_time(siege: Siege):
    with warmed_up(siege) as flooder:
        siege.repeat(lambda name: read_slowly(siege, flooder, name))


def read_slowly(siege: Siege, flooder: RawClient, name: str) -> None:
    """A reader takes a byte now and then until he is cut off."""
    with RawClient(siege.server.port, receive_bytes=4_096) as slow:
        slow.registers(name).joins("#lobby", "#flood")
        flood(flooder, FLOOD_LINES)
        socket = slow.detach()

        def reads() -> list[Line]:
            socket.recv(1)
            return [line for line in siege.bystander.heard if line.command == "QUIT" and line.nick == name]

        assert "SendQ exceeded" in until(reads, "the end of who reads a byte now and then")[0].text


ASKED = 1_000 if FULL else 150
"""Answers of some forty KiB: in the full number they are read for half a minute."""


@pytest.mark.parametrize("throttled", [False])
@pytest.mark.parametrize("question", ["CHATHISTORY LATEST #flood * 100", "LIST"])
def test_S03_who_asks_and_does_not_read(siege: Siege, question: str):
    with warmed_up(siege, 2_000) as flooder:
        flooder.joins(*[f"#{'c' * 40}{number}" for number in range(90)])
        siege.repeat(lambda name: ask_and_read_later(siege, name, question), PEAK_BYTES_MAX)


def ask_and_read_later(siege: Siege, name: str, question: str) -> None:
    """Questions without end; nothing is lost of their answers when somebody reads them in the end."""
    with RawClient(siege.server.port, receive_bytes=4_096) as slow:
        slow.registers(name, "batch").joins("#flood")
        slow.says(*[question] * ASKED, "PING :the last")
        siege.has_done_what_it_can()
        siege.has_peaked()
        slow.hears("PONG", where=lambda line: line.params[-1] == "the last")
        ends = [line for line in slow.heard if line.command == "323" or line.params[0].startswith("-")]
        assert len(ends) == ASKED


# A server that may queue 2 MiB in place of 64, so that few readers fill that, and where no single queue is too long.
SMALL = "[limits]\nsend_queue_bytes_max = 67108864\n" + ("" if FULL else "send_queues_bytes_max = 2097152\n")

# The limit for all queues together, what the senders and the sessions need meanwhile, and the allocator's rounding. The
# kernel's own buffers are not the server's memory.
QUEUES_BYTES_MAX = (66 if FULL else 10) * 1_048_576


@pytest.mark.parametrize("configuration", [SMALL])
@pytest.mark.parametrize("throttled", [False])
def test_S04_all_queues_together(siege: Siege):
    with warmed_up(siege) as flooder:
        siege.repeat(lambda name: fill_queues(siege, flooder, name), QUEUES_BYTES_MAX)


def fill_queues(siege: Siege, flooder: RawClient, name: str) -> None:
    """Very many who do not read; some of them are cut off."""
    slow = [RawClient(siege.server.port, receive_bytes=2_048) for _ in range(SLOW_READERS)]
    for number, client in enumerate(slow):
        client.says(f"NICK {name}{number}", f"USER s{number} 0 * :s", "JOIN #flood")
    for client in slow:
        client.hears("366")
    ends = [line.params[-1] for line in flood(flooder, FLOOD_LINES) if line.command == "QUIT"]
    siege.has_peaked()
    assert "SendQ exceeded: the server is short of memory" in ends
    for client in slow:
        client.close()


# Five seconds in place of thirty.
IMPATIENT = "[limits]\nregistration_seconds_max = 5\n"


@pytest.mark.parametrize("configuration", [IMPATIENT])
def test_S05_who_never_says_who_he_is(siege: Siege):
    with siege.stranger() as silent, siege.stranger() as slow:
        slow.sends(b"NICK slo")
        assert [line.command for line in silent.hears_end()] == ["ERROR"]
        assert "Registration timed out" in slow.hears_end()[-1].text
        assert siege.bystander.heard == []


@pytest.mark.parametrize("configuration", [IMPATIENT])
def test_S05_one_byte_now_and_then_is_no_registration(siege: Siege):
    begun = time.monotonic()
    with siege.stranger() as slow:
        socket = slow.detach()
        socket.settimeout(0.5)
        heard = b""
        for byte in b"NICK slow\r\nUSER " * 4:
            socket.sendall(bytes([byte]))
            try:
                heard += socket.recv(4_096)
            except TimeoutError:
                continue
            if b"ERROR" in heard:
                break
        assert b"Registration timed out" in heard
        assert 4.5 < time.monotonic() - begun < 8


# Ten and twenty seconds in place of 90 and 150: the least that can be set.
WATCHFUL = "[limits]\nping_seconds = 10\nsilence_seconds_max = 20\n"


@pytest.mark.skipif(
    not FULL, reason="twenty seconds of silence: HOSTILE_FULL=1; tests/core/test_timers.py has the rule"
)
@pytest.mark.parametrize("configuration", [WATCHFUL])
def test_S07_a_peer_that_vanished(siege: Siege):
    with siege.member("gone") as gone:
        until(lambda: [line for line in siege.bystander.heard if line.command == "QUIT"], "who is silent to go", 40)
        assert "Ping timeout" in siege.bystander.hears("QUIT", "gone").text
        assert [line.command for line in gone.hears_end()][-2:] == ["PING", "ERROR"]
        siege.bystander.is_served()
        assert sum(line.command == "QUIT" for line in siege.bystander.heard) == 1


def numbers(output: bytes) -> list[int]:
    """The numbers of the flood's lines that somebody received, the last one only when it is whole."""
    return [int(found) for found in re.findall(rb" PRIVMSG #flood :(\d+) [^\r]*\r\n", output)]


@pytest.mark.parametrize("throttled", [False])
@pytest.mark.parametrize("text", ["short", FLOOD_TEXT], ids=["all of it waits", "too much waits"])
def test_S08_a_client_that_is_stopped_for_a_while(siege: Siege, tmp_path: Path, text: str):
    with warmed_up(siege) as flooder:
        siege.repeat(lambda name: stop_and_go_on(siege, flooder, tmp_path / name, text))


def stop_and_go_on(siege: Siege, flooder: RawClient, output: Path, text: str) -> None:
    """A client in #flood is stopped, ten thousand messages are posted, and it goes on."""
    with output.open("wb") as heard:
        sleeper = subprocess.Popen(
            [need("nc"), "127.0.0.1", str(siege.server.port)], stdin=subprocess.PIPE, stdout=heard
        )
    assert sleeper.stdin is not None
    with sleeper.stdin as keyboard:
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


@pytest.mark.parametrize("threads", [0])
def test_S09_a_writer_who_never_stops(siege: Siege):
    """Twenty lines at once, then four a second, in their order; the rest waits in the kernel."""
    siege.seconds_max = 45  # What was read of who hung up in the middle of a flood may still take 30 seconds.
    with siege.member("mallory") as mallory:
        before, begun = siege.server.cpu_seconds, time.monotonic()
        socket = mallory.detach()
        socket.setblocking(False)
        lines = b"".join(b"PRIVMSG #lobby :line %d\r\n" % number for number in range(50_000))
        sent = 0
        while time.monotonic() - begun < (60 if FULL else 5):
            try:
                sent += socket.send(lines[sent : sent + 65_536])
            except BlockingIOError:
                siege.bystander.is_served()
        seconds = time.monotonic() - begun
        # The bystander's own questions are in it: that is why it is not 5 %.
        assert siege.server.cpu_seconds - before < 0.1 * seconds + 0.2
        heard = [line.params[-1] for line in siege.bystander.heard if line.command == "PRIVMSG"]
        assert heard == [f"line {number}" for number in range(len(heard))]
        assert 20 <= len(heard) <= 20 + 4 * (seconds + 2)


def test_S10_nothing_in_the_server_relies_on_a_drain():
    """What a socket does not take is counted in bytes by its connection; no asyncio stream or transport writes."""
    sources = [path.read_text() for path in (Path(__file__).parents[2] / "ipcchat" / "server").glob("*.py")]
    for word in ("StreamWriter", ".drain()", "writelines", "create_server(", "start_server("):
        assert not any(word in source for source in sources), word

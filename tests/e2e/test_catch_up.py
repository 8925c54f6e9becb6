"""CATCHUP on a real server: a night of 50 channels by one request, a slow reader, and a cut (docs/catch-up.md)."""

from __future__ import annotations

import time

import pytest

from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import Line, RawClient
from tests.e2e.server_process import ServerProcess

CAPS = "message-tags server-time batch standard-replies ipc-chat/catch-up"
CHANNELS = [f"#room{number}" for number in range(50)]
MESSAGES = 10_000
SECONDS_MAX = 10.0
"""For 10,000 messages on a machine where everything else runs too; it takes about half a second."""


@pytest.fixture
def throttled() -> bool:
    """Thousands of lines are said."""
    return False


def joined(server: ServerProcess, nick: str, capabilities: str = CAPS) -> RawClient:
    """Somebody in all channels."""
    client = RawClient(server.port).registers(nick, capabilities)
    for first in range(0, len(CHANNELS), 10):
        client.says(f"JOIN {','.join(CHANNELS[first : first + 10])}")
    client.hears_up_to_pong(f"{nick}-joined")
    return client


def says(client: RawClient, count: int) -> None:
    """Messages 0, 1, 2... in all channels in turns; all are in the journal."""
    for first in range(0, count, 500):
        numbers = range(first, min(first + 500, count))
        client.says(*[f"PRIVMSG {CHANNELS[number % len(CHANNELS)]} :{number}" for number in numbers])
        client.hears_up_to_pong(f"said-{first}")


def cursor_of(client: RawClient) -> str:
    """The cursor behind everything."""
    client.says("CATCHUP NOW")
    return client.hears("CATCHUP").params[1]


def answer(client: RawClient, cursor: str) -> list[Line]:
    """What one request gives, up to its last line."""
    client.says(f"CATCHUP {cursor}")
    lines: list[Line] = []
    while not (lines and lines[-1].command == "BATCH" and lines[-1].params[0].startswith("-")):
        lines.append(client.hears("BATCH", "PRIVMSG", "CATCHUP", "FAIL"))
    return lines


def test_10_000_messages_of_50_channels_are_one_request(server):
    with joined(server, "joe") as joe, RawClient(server.port).registers("ann", CAPS) as ann:
        cursor = cursor_of(ann)
        says(joe, MESSAGES)
    with joined(server, "ann2") as ann, Bystander(server.port) as bystander:
        begun = time.monotonic()
        lines = answer(ann, cursor)
        seconds = time.monotonic() - begun
        bystander.is_served()
        told = [line for line in lines if line.command == "PRIVMSG"]
        assert [line.params[1] for line in told] == [str(number) for number in range(MESSAGES)]
        assert all(line.tags["ipc-chat/history"] == line.params[0] for line in told)
        assert lines[-2].params[0] == "END"
        assert seconds < SECONDS_MAX, f"{seconds:.2f} s"


def test_who_reads_slowly_gets_it_all_and_keeps_nobody_waiting(tmp_path, threads):
    with ServerProcess(tmp_path, threads=threads, throttled=False) as server, joined(server, "joe") as joe:
        says(joe, 4_000)
        slow = RawClient(server.port, receive_bytes=4_096).registers("slow", CAPS)
        slow.says(f"JOIN {','.join(CHANNELS[:10])}")
        slow.hears_up_to_pong("joined")
        memory = server.memory_bytes
        slow.says("CATCHUP *")
        with Bystander(server.port) as bystander:
            for number in range(3):
                joe.says(f"PRIVMSG {CHANNELS[0]} :live {number}")
                joe.hears_up_to_pong(f"live-{number}")
                bystander.is_served()
        assert server.memory_bytes - memory < 8_388_608
        said: list[Line] = []
        while not said or said[-1].command != "CATCHUP":
            said.append(slow.hears("PRIVMSG", "CATCHUP"))
        slow.close()
        told = [int(line.params[1]) for line in said[:-1] if "batch" in line.tags]
        assert told == [number for number in range(4_000) if number % len(CHANNELS) < 10]


def test_who_was_cut_off_inside_an_answer_goes_on_from_its_last_message(server):
    with joined(server, "joe") as joe:
        cursor = cursor_of(joe)
        says(joe, 3_000)
    ann = joined(server, "ann")
    ann.says(f"CATCHUP {cursor}")
    heard = [ann.hears("PRIVMSG") for _ in range(700)]
    ann.close()
    with joined(server, "ann2") as ann:
        # The last line may have been followed by others of its place: it is asked for again.
        rest = [line for line in answer(ann, heard[-2].msgid) if line.command == "PRIVMSG"]
    texts = [line.params[1] for line in [*heard[:-1], *rest]]
    assert texts == [str(number) for number in range(3_000)]


def test_a_cursor_lives_as_long_as_the_journal(server):
    with joined(server, "joe") as joe:
        cursor = cursor_of(joe)
        says(joe, 10)
    server.kill()
    server.start()
    with joined(server, "ann") as ann:
        told = [line.params[1] for line in answer(ann, cursor) if line.command == "PRIVMSG"]
    assert told == [str(number) for number in range(10)]

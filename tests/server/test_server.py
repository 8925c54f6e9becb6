"""The shell on real sockets, without and with I/O threads: what a connection can rely on whatever core does."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from pathlib import Path

import pytest

from ipcchat.core.limits import Limits
from ipcchat.server.passwords import hash_password
from tests.server.conftest import House, until


async def test_a_line_is_answered(house: House):  # Modern IRC: message format
    ann = await house.connect()
    ann.says("PING one")
    assert await ann.hears() == "PONG one"


async def test_a_line_may_come_in_any_pieces(house: House):  # HOSTILE F07
    ann = await house.connect()
    for byte in b"PING \xc3\xa4\r\n\n\r\nPING b\n":
        ann.writer.write(bytes([byte]))
        await ann.writer.drain()
    assert [await ann.hears(), await ann.hears()] == ["PONG ä", "PONG b"]


async def test_what_is_journaled_is_told_to_all_in_one_order(house: House):  # DESIGN 2
    ann, bob = await house.connect(), await house.connect()
    ann.says(*(f"SAY a{n}" for n in range(50)))
    bob.says(*(f"SAY b{n}" for n in range(50)))
    heard = [[await peer.hears() for _ in range(100)] for peer in (ann, bob)]
    assert heard[0] == heard[1]
    assert [line for line in heard[0] if " a" in line] == [f"SAID a{n}" for n in range(50)]


async def test_nobody_hears_what_the_journal_holds_back(
    house: House,
):  # DESIGN 2: nobody sees a fact before the journal has it
    ann = await house.connect()
    house.backend.held = True
    ann.says("SAY secret", "PING after")
    assert await ann.hears() == "PONG after"
    house.backend.release()
    assert await ann.hears() == "SAID secret"


async def test_a_fact_that_cannot_be_kept_is_said_to_its_sender(house: House):  # DESIGN 5: promise 5
    ann = await house.connect()
    house.backend.failing = "disk full"
    ann.says("SAY lost")
    assert await ann.hears() == "FAILED disk full"
    house.backend.failing = ""
    ann.says("SAY kept")
    assert await ann.hears() == "SAID kept"


async def test_lines_that_came_together_are_one_append(house: House):  # DESIGN 5: group commit
    ann = await house.connect()
    before = len(house.backend.appends)
    ann.says(*(f"SAY {n}" for n in range(40)))
    assert [await ann.hears() for _ in range(40)] == [f"SAID {n}" for n in range(40)]
    assert len(house.backend.appends) - before <= 2


async def test_ten_thousand_lines_in_one_segment_keep_their_order_and_nobody_waits(house: House):  # HOSTILE F08
    ann, bob = await house.connect(), await house.connect()
    ann.says(*(f"PING {n}" for n in range(10_000)))
    bob.says("PING me")
    answered_before = 0
    bobs = asyncio.ensure_future(bob.hears())
    for n in range(10_000):
        assert await ann.hears() == f"PONG {n}"
        answered_before += not bobs.done()
    assert await bobs == "PONG me"
    assert answered_before < 5_000


async def test_an_error_of_the_wire_reaches_core_in_its_place(house: House):  # HOSTILE F01, F09
    ann = await house.connect()
    ann.writer.write(b"PING a\r\nPING " + b"x" * 600 + b"\r\nPING \xff\r\nPING b\r\n")
    assert [await ann.hears() for _ in range(4)] == ["PONG a", "BAD LINE_TOO_LONG", "BAD INVALID_UTF8", "PONG b"]


async def test_a_peer_that_never_ends_a_line_is_told_and_closed(house: House):  # HOSTILE F01
    ann = await house.connect()
    ann.writer.write(b"x" * 100_000)
    heard = await ann.hears_all()
    assert len(heard) == 1
    assert "without an end of line" in heard[0]
    ann.writer.close()
    await until(lambda: house.server.shell.connection_count == 0)


async def test_half_close_serves_whole_lines_and_flushes_what_waits_for_the_journal(house: House):  # HOSTILE F17, F18
    ann = await house.connect()
    house.backend.held = True
    ann.says("PING one", "SAY two")
    ann.writer.write(b"SAY rm -rf")
    ann.writer.write_eof()
    assert await ann.hears() == "PONG one"
    await until(lambda: "ENDED Connection closed" in house.core.heard)
    house.backend.release()
    assert await ann.hears_all() == ["SAID two", "ERROR :Connection closed"]
    assert house.core.heard == ["PING one", "SAY two", "ENDED Connection closed"]


async def test_lines_of_a_peer_that_went_at_once_are_served(house: House):  # HOSTILE F18, without waiting for answers
    sock = socket.create_connection(("127.0.0.1", house.port))
    sock.sendall(b"PING one\r\nPING two\r\nSAY three\r\n")
    sock.close()
    await until(lambda: house.core.left)
    assert house.core.heard[:3] == ["PING one", "PING two", "SAY three"]


async def test_a_core_that_fails_costs_a_session_and_one_entry(house: House, captured):  # the last resort
    ann, bob = await house.connect(), await house.connect()
    ann.says("BOOM secret words", "PING never")
    assert await ann.hears_all() == []
    bob.says("PING still")
    assert await bob.hears() == "PONG still"
    assert house.core.left == ["Internal error"]
    failures = [record for record in captured.records if record.levelname == "ERROR"]
    assert [record.fields["error"] for record in failures] == ["ZeroDivisionError"]
    assert "conn" in failures[0].fields
    assert "secret" not in captured.text


async def test_an_entry_that_cannot_be_applied_is_logged_and_the_next_is(
    house: House, captured
):  # a bug costs no other
    ann = await house.connect()
    ann.says("SAY poison", "SAY fine")
    assert await ann.hears() == "SAID fine"
    failures = [record for record in captured.records if record.levelname == "ERROR"]
    assert [record.fields["seq"] for record in failures] == [2]


async def test_a_paused_peer_is_heard_later_and_in_order(house: House):  # effects.Pause, effects.Resume
    ann, bob = await house.connect(), await house.connect()
    ann.says("PAUSE")
    await until(lambda: house.core.paused and house.core.paused[0].link.paused)
    ann.says(*(f"PING {n}" for n in range(500)))
    bob.says("PING free")
    assert await bob.hears() == "PONG free"
    assert house.core.heard == ["PAUSE", "PING free"]
    bob.says("RESUME")
    assert [await ann.hears() for _ in range(500)] == [f"PONG {n}" for n in range(500)]


async def test_a_query_is_answered(house: House):  # effects.Ask
    ann = await house.connect()
    ann.says("ASK #room")
    assert await ann.hears() == "ANSWER 0"
    house.backend.broken_queries = True
    ann.says("ASK #room")
    assert await ann.hears() == "ANSWER cannot be read"


async def test_what_was_journaled_is_found_by_its_id(house: House):  # effects.Find
    ann = await house.connect()
    ann.says("SAY hello", "FIND nothing")
    assert {await ann.hears(), await ann.hears()} == {"SAID hello", "ANSWER 0"}
    fact = house.backend.appends[-1][-1]
    ann.says(f"FIND {fact.id.decode()}")
    assert (await ann.hears()).removeprefix("ANSWER ") not in ("0", "cannot be read")
    house.backend.broken_queries = True
    ann.says("FIND nothing")
    assert await ann.hears() == "ANSWER cannot be read"


async def test_a_password_is_compared_and_nobody_else_waits(house: House):  # effects.Verify
    ann, bob = await house.connect(), await house.connect()
    password_hash = await asyncio.to_thread(hash_password, "tea")
    ann.says(f"VERIFY {password_hash} tea", f"VERIFY {password_hash} coffee")
    bob.says("PING free")
    assert await bob.hears() == "PONG free"
    assert {await ann.hears(), await ann.hears()} == {"ANSWER True", "ANSWER False"}


async def test_without_a_file_there_is_nothing_to_reload(house: House):  # effects.Reload
    ann = await house.connect()
    ann.says("REHASH")
    assert await ann.hears() == "ANSWER 0 mistakes, 0 reloads"


async def test_other_settings_are_told_before_the_answer(house: House, tmp_path: Path):  # effects.Reload
    configuration = house.server.shell._configuration
    configuration.path = tmp_path / "ipc-chat.toml"
    configuration.path.write_text("server.motd = 'Hello.'\nlimits.connections_max = 1\n")
    ann = await house.connect()
    ann.says("REHASH")
    assert [await ann.hears(), await ann.hears()] == ["MOTD ('Hello.',)", "ANSWER 0 mistakes, 1 reloads"]
    refused = await asyncio.open_connection("127.0.0.1", house.port)
    assert (await refused[0].readline()).startswith(b"ERROR :The server is full")
    refused[1].close()
    configuration.path.write_text("server.motd = 1\n")
    ann.says("REHASH")
    assert await ann.hears() == "ANSWER 1 mistakes, 1 reloads"


@pytest.mark.parametrize(
    "opening",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nNICK x\r\n\r\nPING x\r\n"],
)
async def test_another_protocol_is_closed_without_a_word(house: House, captured, opening: bytes):  # HOSTILE F02, F03
    ann = await house.connect()
    ann.writer.write(opening)
    assert await ann.is_cut_off()
    await until(lambda: house.core.left)
    assert house.core.heard == []
    assert len([record for record in captured.records if record.msg == "connection cut off"]) == 1


async def test_a_lost_journal_ends_the_server(house: House, captured):  # DESIGN 5: promise 4
    ann = await house.connect()
    house.backend.lose()
    house.backend.lose()
    assert len([record for record in captured.records if record.msg == "the journal is lost"]) == 1
    stopped = asyncio.ensure_future(house.server.run())
    assert await ann.hears_all() == ["ERROR :The server lost its storage"]
    ann.writer.close()
    async with asyncio.timeout(5):
        assert await stopped == 74


async def test_a_graceful_stop_flushes_and_says_goodbye(house: House):  # HOSTILE X02
    ann = await house.connect()
    house.backend.held = True
    ann.says("SAY last")
    await until(lambda: "SAY last" in house.core.heard)
    house.server.stop()
    stopped = asyncio.ensure_future(house.server.run())
    await asyncio.sleep(0)
    house.backend.held = False
    house.backend.release()
    assert await ann.hears_all() == ["SAID last", "ERROR :Server is stopping"]
    ann.writer.close()
    async with asyncio.timeout(5):
        assert await stopped == 0
    assert house.backend.checkpoints == [(2, b"state 2")]
    assert house.backend.closed == 1
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", house.port)


class TestSmallLimits:
    """Limits that a test can reach."""

    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(
            connections_max=2,
            send_queue_bytes_max=100_000,
            send_queue_seconds_max=0,
            checkpoint_facts=10,
            stop_seconds_max=1,
        )

    async def test_too_many_connections_are_told(self, house: House):
        await house.connect()
        await house.connect()
        third = await asyncio.open_connection("127.0.0.1", house.port)
        assert (await third[0].readline()).startswith(b"ERROR :The server is full")
        third[1].close()

    async def test_a_reader_who_stops_is_cut_off_and_the_others_are_not(self, house: House):  # HOSTILE S01
        bob = await house.connect()
        ann = socket.create_connection(("127.0.0.1", house.port))
        ann.sendall(b"FLOOD 40000 500\r\n")
        await until(lambda: house.core.left)
        assert house.core.left == ["SendQ exceeded"]
        ann.close()
        bob.says("PING still")
        assert await bob.hears() == "PONG still"

    async def test_a_checkpoint_is_written_now_and_then(self, house: House):
        ann = await house.connect()
        ann.says(*(f"SAY {n}" for n in range(25)))
        await until(lambda: house.backend.checkpoints)
        assert all(state == b"state %d" % seq for seq, state in house.backend.checkpoints)

    async def test_a_stop_does_not_wait_for_a_journal_that_hangs(self, house: House):  # HOSTILE X02
        ann = await house.connect()
        house.backend.held = True
        ann.says("SAY never")
        await until(lambda: "SAY never" in house.core.heard)
        house.server.stop()
        async with asyncio.timeout(3):
            assert await house.server.run() == 0


async def test_no_descriptor_left_is_survived(
    house: House, captured
):  # EMFILE: accepting pauses, recovers, and does not spin
    ann = await house.connect()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    waiting = socket.socket()
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
    spare: list[int] = []
    try:
        with pytest.raises(OSError):
            while True:
                spare.append(os.dup(0))
        waiting.setblocking(False)
        waiting.connect_ex(("127.0.0.1", house.port))
        await until(lambda: [record for record in captured.records if record.msg == "cannot accept"])
        ann.says("PING still")
        assert await ann.hears() == "PONG still"
        assert len([record for record in captured.records if record.msg == "cannot accept"]) <= 3
    finally:
        for fd in spare:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    await until(lambda: house.server.shell.connection_count == 2)
    waiting.close()

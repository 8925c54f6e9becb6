"""`send` in a pipe, as scripts use it: exit codes, order, nothing lost over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ipcchat.wire.message import Message
from tests.cli.programs import client, run_client
from tests.client.fake_file_host import answer, file_host
from tests.client.fake_server import FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


def said(server: FakeServer) -> list[str]:
    return [entry.text for entry in server.history]


async def test_the_words_are_one_message(server: FakeServer) -> None:
    assert await run_client(server.url, "send", "#ops", "build", "42", "is", "green") == (0, "", "")
    assert [(entry.command, entry.target, entry.text) for entry in server.history] == [
        ("PRIVMSG", "#ops", "build 42 is green")
    ]


async def test_lines_are_messages_in_order_and_blank_ones_are_skipped(server: FakeServer) -> None:
    lines = [f"line {number}" for number in range(200)]
    assert await run_client(server.url, "send", "#ops", "--notice", typed="\n\n".join(lines)) == (0, "", "")
    assert said(server) == lines
    assert {entry.command for entry in server.history} == {"NOTICE"}


async def test_a_line_is_sent_when_it_is_read(server: FakeServer) -> None:
    async with client(server.url, "send", "#ops") as process, asyncio.timeout(20):
        assert process.stdin is not None
        arrived = asyncio.Event()

        def note(peer: object, line: Message) -> bool:
            if line.command == "PRIVMSG":
                arrived.set()
            return True

        server.before_answer = note
        for number in range(3):
            process.stdin.write(b"line %d\n" % number)
            await arrived.wait()
            arrived.clear()
        process.stdin.close()
        assert await process.wait() == 0
    assert said(server) == ["line 0", "line 1", "line 2"]


async def test_a_restart_in_the_middle_loses_and_doubles_nothing(server: FakeServer) -> None:
    lines = [f"line {number}" for number in range(300)]
    sent = 0

    def cut_twice(peer: object, line: object) -> bool:
        nonlocal sent
        sent += getattr(line, "command", "") == "PRIVMSG"
        if sent in (100, 200):
            sent += 1
            server.cut()
        return True

    server.before_answer = cut_twice
    assert await run_client(server.url, "send", "#ops", typed="\n".join(lines)) == (0, "", "")
    assert said(server) == lines
    assert server.accepted == 3


async def test_what_is_refused_is_told_and_the_rest_goes_on(server: FakeServer) -> None:
    code, out, err = await run_client(server.url, "send", "#ops", typed=b"one\nbad \xff\ntwo\n")
    assert (code, out) == (1, "") and "not delivered" in err and "UTF-8" in err
    assert said(server) == ["one", "two"]


async def test_a_refused_channel_is_exit_code_1(server: FakeServer) -> None:
    """RFC 2812 3.2.1: 475."""
    server.refuse_join["#ops"] = "475"
    code, out, err = await run_client(server.url, "send", "#ops", "x")
    assert (code, out, err) == (1, "", "ipc-chat: #ops: Cannot join channel\n")


async def test_no_server_is_exit_code_69(server: FakeServer) -> None:
    await server.stop()
    code, out, err = await run_client(server.url, "send", "--wait", "0.2", "#ops", "x")
    await server.start()
    assert (code, out, err) == (69, "", f"ipc-chat: nothing listens on {server.url}\n")


async def test_a_wrong_address_is_exit_code_2() -> None:
    code, _, err = await run_client("gopher://x", "send", "#ops", "x")
    assert code == 2 and "irc://HOST:PORT" in err


async def test_somebody_may_be_logged_in_under_the_same_name(server: FakeServer) -> None:
    server.reserved.add("ann")
    assert (await run_client(server.url, "send", "#ops", "x"))[0] == 0
    assert server.history[0].source.startswith("ann-")


async def test_a_person_is_a_target_too(server: FakeServer) -> None:
    assert (await run_client(server.url, "send", "bob", "psst", IPCCHAT_NICK="robot"))[0] == 0
    assert (server.history[0].target, server.history[0].source[:5]) == ("bob", "robot")
    assert server.channels == {}


# Files.


async def test_a_file_is_uploaded_and_its_url_said_behind_the_words(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF" * 50_000)
    async with file_host(server) as host:
        url = f"http://127.0.0.1:{host.port}/files/abc/tea.png"
        assert await run_client(server.url, "send", "#ops", "--file", str(path), "the", "figures") == (0, "", "")
        assert await run_client(server.url, "send", "#ops", "--file", str(path), "--file-name", "May.pdf") == (
            0,
            "",
            "",
        )
    assert said(server) == [f"the figures {url}", url]
    assert [posted.body for posted in host.posted] == [path.read_bytes()] * 2
    assert [posted.fields["content-disposition"] for posted in host.posted] == [
        'attachment; filename="report.pdf"',
        'attachment; filename="May.pdf"',
    ]


async def test_a_file_by_standard_input(server: FakeServer) -> None:
    async with file_host(server) as host:
        code = await run_client(server.url, "send", "ann", "--file", "-", "--file-name", "shop.sql", typed="a\n\nb")
    assert code == (0, "", "") and len(said(server)) == 1
    assert host.posted[0].body == b"a\n\nb" and 'filename="shop.sql"' in host.posted[0].fields["content-disposition"]


async def test_a_file_that_is_not_taken_says_nothing(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x")
    command = ("send", "#ops", "--file", str(path), "look")
    assert await run_client(server.url, *command) == (1, "", "ipc-chat: this server takes no files\n")
    async with file_host(server) as host:
        host.answers = [answer("413 Content Too Large", "At most 25 MB")]
        assert await run_client(server.url, *command) == (1, "", "ipc-chat: At most 25 MB\n")
        path.unlink()
        code, _, complaint = await run_client(server.url, *command)
        assert code == 1 and "cannot be read" in complaint
    assert said(server) == []


@pytest.mark.parametrize("words", [["--file-name", "x"], ["--file", "-"]])
async def test_names_and_files_belong_together(server: FakeServer, words: list[str]) -> None:
    code, _, complaint = await run_client(server.url, "send", "#ops", *words, "hi")
    assert code == 2 and "--file" in complaint
    assert said(server) == []

"""The line client: with plain lines in a pipe, and on a real terminal of 80x24."""

from __future__ import annotations

import asyncio
import re
import termios
from collections.abc import AsyncIterator

import pytest

from tests.cli.programs import Terminal, client, on_terminal, run_client
from tests.client.fake_server import FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        running.topics["#lobby"] = "Be kind"
        running.say("bob", "#lobby", "said before")
        yield running


def without_times(text: str) -> list[str]:
    return [re.sub(r"^\[\d\d:\d\d\]", "[time]", line) for line in text.splitlines()]


async def test_plain_lines_in_a_pipe(server: FakeServer) -> None:
    typed = "hello\n/me waves\n//not a command\n/nosuch\n/topic\n/names\n/msg bob psst\n/quit\nnot sent\n"
    code, out, err = await run_client(server.url, "chat", "--nick", "ann", typed=typed)
    assert (code, err) == (0, "")
    lines = without_times(out)
    assert lines[:2] == [
        f"-- connected to {server.url} as ann; /help lists the commands",
        "-- you are in #lobby: Be kind",
    ]
    assert re.fullmatch(r"-- \w+, 2 January 2026", lines[2])
    assert lines[3:5] == ["[time] <bob> said before", "-- 1 here: ann"]
    shown = [line for line in lines[5:] if not re.fullmatch(r"-- \w+, \d+ \w+ \d+", line)]
    assert sorted(shown) == sorted(
        [
            "[time] <ann> hello",
            "[time] * ann waves",
            "[time] <ann> /not a command",
            "-- there is no /nosuch; /help lists the commands",
            "-- topic of #lobby: Be kind",
            "-- 1 here: ann",
            "[time] <ann to bob> psst",
        ]
    )
    assert [entry.text for entry in server.history] == [
        "said before",
        "hello",
        "\x01ACTION waves\x01",
        "/not a command",
        "psst",
    ]


async def test_the_end_of_the_input_waits_for_the_confirmations(server: FakeServer) -> None:
    lines = [f"line {number}" for number in range(150)]
    assert (await run_client(server.url, "chat", "--plain", "--nick", "ann", typed="\n".join(lines)))[0] == 0
    assert [entry.text for entry in server.history[1:]] == lines


async def test_who_leaves_a_channel_is_told_where_he_is(server: FakeServer) -> None:
    _, out, _ = await run_client(
        f"{server.url}/#tea,#ops", "chat", "--nick", "ann", typed="/part\n/part #tea bye\nto nobody\n"
    )
    lines = out.splitlines()
    first = lines.index("-- you left #ops")
    assert lines[first + 1] == "-- you are in #tea"
    second = lines.index("-- you left #tea (bye)")
    assert lines[second + 1] == "-- you are in no channel; /join one"
    assert "-- you are in no channel; /join one first" in lines
    assert server.history[-1].text == "said before"


async def test_the_channels_of_the_address(server: FakeServer) -> None:
    _, out, _ = await run_client(f"{server.url}/#tea,%23ops", "chat", "--nick", "ann", typed="here\n")
    assert "-- you are in #tea\n" in out and "-- you are in #ops\n" in out
    assert server.history[-1].target == "#ops"


async def test_a_restart_is_two_quiet_lines(server: FakeServer) -> None:
    async with client(server.url, "chat", "--nick", "ann") as process, asyncio.timeout(20):
        assert process.stdin is not None and process.stdout is not None
        while b"here: ann" not in await process.stdout.readline():
            pass
        server.cut()
        assert await process.stdout.readline() == b"-- connection lost, trying again\n"
        process.stdin.write(b"typed meanwhile\n")
        assert await process.stdout.readline() == b"-- not connected; this is sent when we are back: typed meanwhile\n"
        server.say("bob", "#lobby", "missed")
        shown = [without_times((await process.stdout.readline()).decode())[0] for _ in range(3)]
        assert shown == ["[time] <bob> missed", "-- back, caught up (1 missed)", "[time] <ann> typed meanwhile"]


async def ready(terminal: Terminal) -> None:
    await terminal.until(lambda: terminal.rows[-1] == "[#lobby] " and any("here:" in row for row in terminal.rows))


async def test_typing_is_not_disturbed_by_what_arrives(server: FakeServer) -> None:
    async with on_terminal(server.url, "chat", "--nick", "ann") as (process, terminal):
        await ready(terminal)
        terminal.type("half a l")
        await terminal.until(lambda: terminal.rows[-1] == "[#lobby] half a l")
        server.say("bob", "#lobby", "an interruption \x1b]0;title\x07 " + "and a long one " * 8)
        await terminal.until_shown("an interruption")
        await terminal.until(lambda: terminal.rows[-1] == "[#lobby] half a l")
        assert terminal.column == len("[#lobby] half a l")
        wrapped = [row for row in terminal.rows if row.startswith("        ")]
        assert wrapped and all(len(row) < 80 for row in terminal.rows)
        terminal.type("ine\x01\x1b[C\x1b[C\x1b[C\x1b[C, quite\x05\r")
        await terminal.until_shown("<ann> half, quite a line")
        await terminal.until(lambda: terminal.rows[-1] == "[#lobby] ")
        assert terminal.unknown == []
        terminal.type("\x04")
        assert await process.wait() == 0


async def test_completion_history_paste_and_leaving(server: FakeServer) -> None:
    async with on_terminal(server.url, "chat", "--nick", "ann") as (process, terminal):
        before = termios.tcgetattr(terminal.master)
        await ready(terminal)
        terminal.type("/nam\t\r")
        await terminal.until(lambda: sum("1 here: ann" in row for row in terminal.rows) == 2)
        terminal.type("\x1b[200~two\rlines\x1b[201~")
        await terminal.until(lambda: terminal.rows[-1] == "[#lobby] two⏎lines")
        terminal.type("\r")
        await terminal.until_shown("<ann> lines")
        assert [entry.text for entry in server.history[1:]] == ["two", "lines"]
        terminal.type("\x1b[A\x1b[A")
        await terminal.until(lambda: terminal.rows[-1] == "[#lobby] /names ")
        terminal.type("\x03")
        await terminal.until(lambda: terminal.rows[-1] == "[#lobby] ")
        terminal.type("\x03")
        await terminal.until_shown("press Ctrl-C again to leave")
        terminal.type("\x03")
        assert await process.wait() == 130
        await terminal.until(lambda: terminal.modes == set())
        assert (
            termios.tcgetattr(terminal.master)[3]
            == before[3] | termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN
        )


async def test_a_person_without_a_name_is_asked(server: FakeServer) -> None:
    async with on_terminal(server.url, "chat") as (process, terminal):
        await terminal.until_shown("Your name [ann]: ")
        terminal.type("1 bad name\n")
        await terminal.until_shown("begins with a letter")
        terminal.type("eve\n")
        await terminal.until_shown("as eve")
        terminal.type("/quit\r")
        assert await process.wait() == 0


async def test_a_taken_name_is_said(server: FakeServer) -> None:
    server.reserved.add("eve")
    _, out, _ = await run_client(server.url, "chat", "--nick", "eve", typed="/quit\n")
    assert "-- the name eve is taken, you are eve_\n" in out


async def test_no_server_is_exit_code_69(server: FakeServer) -> None:
    await server.stop()
    code, out, err = await run_client(server.url, "chat", "--nick", "ann", "--wait", "0.1")
    await server.start()
    assert (code, out) == (69, "") and "nothing listens" in err

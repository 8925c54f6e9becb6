"""The line client: in a pipe, and on a terminal."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator

import pytest

from ipcchat.wire.message import Message, parse
from tests.cli.programs import client, on_terminal, run_client
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer, Peer


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


async def lines_until(process: asyncio.subprocess.Process, last: str) -> list[str]:
    """What is printed up to the line that contains `last`."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or last not in lines[-1]:
        line = (await process.stdout.readline()).decode()
        assert line, lines
        lines.append(without_times(line)[0])
    return lines


def everybody(server: FakeServer, *lines: str) -> None:
    """The server sends lines to the one who is connected."""
    for line in lines:
        server.everybody(parse(line))


async def test_what_happens_in_a_room_is_told_in_words(server: FakeServer) -> None:
    """Topics, modes, kicks, renames, invitations, replies, reactions, standard replies, numerics: one line each."""
    async with client(server.url, "chat", "--nick", "ann") as process, asyncio.timeout(20):
        await lines_until(process, "here: ann")
        everybody(
            server,
            ":bob!b@b JOIN #lobby",
            ":eve!e@e JOIN #lobby",
            ":bob!b@b TOPIC #lobby :Tea",
            ":bob!b@b MODE #lobby +o eve",
            "@msgid=q1 :eve!e@e PRIVMSG #lobby :tea or coffee?",
            "@msgid=q2;+reply=q1 :bob!b@b PRIVMSG #lobby :tea",
            "@+reply=q2;+draft/react=👍 :eve!e@e TAGMSG #lobby",
            "@+typing=active :eve!e@e TAGMSG #lobby",
            ":bob!b@b AWAY :lunch",
            ":bob!b@b INVITE ann #ops",
            ":eve!e@e KICK #lobby bob :be nice",
            "FAIL * SLOW_DOWN :not so fast",
            ":fake.test 396 ann hidden.test :is now your displayed host",
            ":fake.test 042 ann 7AB :your unique ID",
            ":eve!e@e RENAME #lobby #tea :better",
            ":eve!e@e PRIVMSG #tea :over",
        )
        lines = await lines_until(process, "<eve> over")
        clock = re.compile(r"\(\d\d:\d\d\)")
        assert [clock.sub("(time)", line) for line in lines if "2026" not in line] == [
            "-- bob and eve joined",
            "-- bob set the topic (time): Tea",
            "-- bob made eve an operator",
            "[time] <eve> tea or coffee?",
            "        > <eve> tea or coffee?",
            "[time] <bob> tea",
            "-- eve reacts with 👍 to <bob> tea",
            "-- bob is away (lunch)",
            "-- bob invites you: /join #ops",
            "-- bob was put out of #lobby by eve (be nice)",
            "-- the server refuses: not so fast",
            "-- 7AB your unique ID",
            "-- #lobby is called #tea now (by eve: better)",
            "[time] <eve> over",
        ]


async def test_a_message_that_was_edited_or_deleted_is_answered_as_it_is(server: FakeServer) -> None:
    """draft/message-edit, draft/message-redaction: /reply quotes the new text, and what is gone cannot be answered."""
    server.capabilities |= {"draft/message-edit", "draft/message-redaction"}
    async with client(server.url, "chat", "--nick", "ann") as process, asyncio.timeout(20):
        assert process.stdin is not None
        await lines_until(process, "here: ann")
        everybody(
            server,
            "@msgid=q1 :eve!e@e PRIVMSG #lobby :tee?",
            "@msgid=q2;+draft/edit=q1 :eve!e@e PRIVMSG #lobby :tea?",
        )
        assert (await lines_until(process, "(edited)"))[-2:] == [
            "        > <eve> tee?",
            "[time] <eve> tea? (edited)",
        ]
        process.stdin.write(b"/reply eve yes\n")
        assert (await lines_until(process, "<ann> yes"))[-2:] == ["        > <eve> tea?", "[time] <ann> yes"]
        everybody(server, ":eve!e@e REDACT #lobby q1")
        assert (await lines_until(process, "removed"))[-1] == "-- eve removed the message <eve> tea?"
        process.stdin.write(b"/reply eve no\n")
        assert (await lines_until(process, "answer"))[-1] == "-- eve has said nothing here that you could answer"


async def test_who_is_put_out_is_told_who_and_why(server: FakeServer) -> None:
    """RFC 2812 3.2.8."""
    async with client(f"{server.url}/#tea,#lobby", "chat", "--nick", "ann") as process, asyncio.timeout(20):
        assert process.stdin is not None
        await lines_until(process, "you are in #lobby")
        await lines_until(process, "here: ann")
        everybody(server, ":bob!b@b KICK #lobby ann :be nice")
        assert (await lines_until(process, "you are in"))[-2:] == [
            "-- you were put out of #lobby by bob (be nice)",
            "-- you are in #tea",
        ]
        process.stdin.write(b"still here\n")
        assert (await lines_until(process, "still here"))[-1] == "[time] <ann> still here"


async def test_who_is_put_into_a_channel_is_told(server: FakeServer) -> None:
    """A forced JOIN, and the PART and JOIN by which servers without draft/channel-rename rename a channel."""
    async with client(server.url, "chat", "--nick", "ann") as process, asyncio.timeout(20):
        assert process.stdin is not None
        await lines_until(process, "here: ann")
        everybody(server, ":ann!~u@fake.test JOIN #forced")
        assert await lines_until(process, "#forced") == ["-- you are also in #forced now; /join #forced to look at it"]
        everybody(server, ":ann!~u@fake.test PART #forced")
        await lines_until(process, "you are in #lobby")
        everybody(server, ":ann!~u@fake.test PART #lobby :renamed")
        await lines_until(process, "you are in no channel")
        everybody(server, ":ann!~u@fake.test JOIN #tea")
        assert await lines_until(process, "you are in") == [
            "-- you are also in #tea now; /join #tea to look at it",
            "-- you are in #tea",
        ]
        process.stdin.write(b"/join #ops\n")
        lines = await lines_until(process, "here: ann")
        assert [line for line in lines if "also in" in line] == []


async def test_comings_are_told_a_moment_later_and_by_themselves(server: FakeServer) -> None:
    async with client(server.url, "chat", "--nick", "ann") as process, asyncio.timeout(20):
        await lines_until(process, "here: ann")
        everybody(server, ":bob!b@b JOIN #lobby", ":eve!e@e JOIN #lobby", ":bob!b@b QUIT :bye")
        assert await lines_until(process, "left") == ["-- bob and eve joined; bob left (bye)"]


async def test_the_topic_is_shown_with_who_and_when(server: FakeServer) -> None:
    """Modern IRC 333."""
    server.scripted["JOIN #ops"] = [
        ":ann!~u@fake.test JOIN #ops",
        ":f 332 ann #ops :Careful",
        ":f 333 ann #ops bob!b@b 1767323045",
        ":f 353 ann = #ops :@bob ann",
        ":f 366 ann #ops :End",
    ]
    _, out, _ = await run_client(server.url, "chat", "--nick", "ann", typed="/join #ops\n")
    lines = out.splitlines()
    first = lines.index("-- you are in #ops: Careful")
    assert lines[first + 1].startswith("-- topic set by bob, 2 January 2026, ")
    assert lines[first + 2] == "-- 2 here: ann, @bob"


async def test_answers_and_talks_with_one_person(server: FakeServer) -> None:
    """IRCv3 +reply; /query."""
    async with client(server.url, "chat", "--nick", "ann") as process, asyncio.timeout(20):
        assert process.stdin is not None
        await lines_until(process, "here: ann")
        process.stdin.write(b"/reply bob yes\n")
        lines = await lines_until(process, "<ann> yes")
        assert lines[-2:] == ["        > <bob> said before", "[time] <ann> yes"]
        process.stdin.write(b"/query bob\npsst\n")
        lines = await lines_until(process, "psst")
        assert lines == ["-- you are talking to bob", "[time] <ann> psst"]
        assert [(entry.target, entry.text, entry.tags) for entry in server.history[1:]] == [
            ("#lobby", "yes", {"+reply": "fake-1"}),
            ("bob", "psst", {}),
        ]
        everybody(server, ":bob!b@b NICK robert")
        process.stdin.write(b"/quit\n")
        assert await process.wait() == 0


async def test_ctrl_c_leaves_when_it_is_pressed_twice(server: FakeServer) -> None:
    """What was begun is thrown away by the terminal, as everywhere; a line in between begins anew."""
    async with on_terminal(server.url, "chat", "--plain", "--nick", "ann") as (process, terminal):
        await terminal.until_shown("here: ann")
        terminal.type("half a line\x03")
        await terminal.until_shown("-- press Ctrl-C again to leave")
        terminal.type("/topic\n")
        await terminal.until_shown("topic of #lobby: Be kind")
        terminal.type("\x03")
        await terminal.until_shown("-- press Ctrl-C again to leave", times=2)
        terminal.type("\x03")
        assert await process.wait() == 130
        assert [entry.text for entry in server.history] == ["said before"]
        assert not any("\x1b" in row for row in terminal.rows)


async def test_ctrl_c_in_a_pipe_leaves_at_once(server: FakeServer) -> None:
    async with client(server.url, "chat", "--nick", "ann") as process, asyncio.timeout(20):
        await lines_until(process, "here: ann")
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130


async def test_a_person_without_a_name_is_asked(server: FakeServer) -> None:
    async with on_terminal(server.url, "chat", "--plain") as (process, terminal):
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


@pytest.mark.parametrize("plain", [True, False])
async def test_a_password_is_typed_unseen_in_plain_lines(plain: bool) -> None:
    """With --plain the terminal does not echo it; from a pipe it is the next line."""
    async with FakeServer(f"{ALL_CAPABILITIES} sasl draft/account-registration") as server:
        if not plain:
            typed = "/register\npencil-case\npencil-case\nsaid after\n"
            code, out, err = await run_client(server.url, "chat", "--nick", "ann", typed=typed)
            assert code == 0 and "ann is yours" in out and "pencil" not in out + err
            assert [entry.text for entry in server.history] == ["said after"]
            return
        async with on_terminal(server.url, "chat", "--plain", "--nick", "ann") as (process, terminal):
            await terminal.until_shown("here: ann")
            terminal.type("/register\n")
            await terminal.until_shown("new password:")
            terminal.type("pencil-case\n")
            await terminal.until_shown("once more:")
            terminal.type("pencil-case\n")
            await terminal.until_shown("ann is yours")
            assert not any("pencil" in row for row in terminal.rows)
            terminal.type("/login\n")
            await terminal.until_shown("password of ann:")
            terminal.type("half\x03")
            await terminal.until_shown("not logged in")
            terminal.type("seen again\n")
            await terminal.until_shown("seen again")
            terminal.type("\x04")
            assert await process.wait() == 0


async def test_a_name_that_is_somebodys_account_says_how_to_log_in(server: FakeServer) -> None:
    """433 with words."""
    server.capabilities |= {"sasl"}
    server.reserved.add("ann")
    _, out, _ = await run_client(server.url, "chat", "--nick", "ann", typed="/quit\n")
    assert "-- the name ann is taken, you are ann_; if it is yours, type: /login ann\n" in out


async def test_what_another_session_of_ours_says_is_shown_in_plain_mode_too(server: FakeServer) -> None:
    """On a plain terminal our own lines stand there as typed; those of our telephone do not."""
    async with on_terminal(server.url, "chat", "--plain", "--nick", "ann") as (process, terminal):
        await terminal.until_shown("here: ann")
        everybody(server, "@msgid=t1 :ann!~u@fake.test PRIVMSG #lobby :from my telephone")
        await terminal.until_shown("<ann> from my telephone")
        terminal.type("typed here\n")
        await terminal.until_shown("typed here")
        terminal.type("\x04")
        assert await process.wait() == 0
        assert sum("typed here" in row for row in terminal.rows) == 1


async def test_channels_of_another_session_are_named_and_not_read_out(server: FakeServer) -> None:
    """A server that attaches us to our user JOINs us to all his channels."""

    def attach(peer: Peer, message: Message) -> bool:
        if message.command == "JOIN":
            server.channels["#ops"] = [peer]
            peer.send(parse(f":{peer.source} JOIN #ops"))
        return True

    server.before_answer = attach
    _, out, _ = await run_client(server.url, "chat", "--nick", "ann", typed="to the lobby\n")
    lines = out.splitlines()
    assert "-- you are also in #ops; /join #ops to look at it" in lines and "now; /join" not in out
    assert not any("you are in #ops" in line for line in lines)
    assert server.history[-1].target == "#lobby"

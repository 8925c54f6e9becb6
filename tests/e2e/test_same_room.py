"""One room, many doors: a raw socket, the Python library, `client.py send`, `client.py tail` and `nc` see the same
messages in the same order, and those who see msgids see the same ones."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import ipcchat
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient, history
from tests.e2e.server_process import ROOT, ServerProcess
from tests.e2e.tmux import need
from tests.e2e.waiting import SECONDS_MAX, until

CLIENT = (sys.executable, str(ROOT / "client.py"))
ROUNDS = 3
ENOUGH = ROUNDS * 4


async def run(*command: str, given: str = "") -> str:
    """A program that is fed `given` and must succeed; returns what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    async with asyncio.timeout(SECONDS_MAX):
        output, _ = await process.communicate(given.encode())
    assert process.returncode == 0, command
    return output.decode()


async def say_in_every_way(server: ServerProcess, chat: ipcchat.Chat, raw: RawClient) -> None:
    """Four voices, each ROUNDS times, one after the other and all at once."""
    connection = ("--server", server.url)
    for number in range(ROUNDS):
        raw.says(f"PRIVMSG #lobby :raw {number}")
        piped = f"NICK nc\nUSER nc 0 * :nc\nJOIN #lobby\nPRIVMSG #lobby :nc {number}\n"
        await asyncio.gather(
            chat.send("#lobby", f"library {number}"),
            run(*CLIENT, "send", *connection, "--nick", "pipe", "#lobby", given=f"send {number}\n"),
            run(need("nc"), "-N", "127.0.0.1", str(server.port), given=piped),
        )


async def heard_by(chat: ipcchat.Chat) -> list[tuple[str, str, str]]:
    """What the library hears, until it is all."""
    heard: list[tuple[str, str, str]] = []
    async with asyncio.timeout(SECONDS_MAX):
        async for event in chat:
            if isinstance(event, ipcchat.Message):
                heard.append((event.msgid, event.nick, event.text))
            if len(heard) == ENOUGH:
                break
    return heard


async def test_everybody_hears_the_same(server: ServerProcess):
    old = RawClient(server.port).registers("old").joins("#lobby")
    with old, RawClient(server.port).registers("raw", OUR_CAPABILITIES).joins("#lobby") as raw:
        async with ipcchat.connect(server.url, nick="library") as chat:
            await say_in_every_way(server, chat, raw)
            by_library = await heard_by(chat)
        by_raw = [(line.msgid, line.nick, line.params[-1]) for line in messages(raw)]
        by_old = [(line.nick, line.params[-1]) for line in messages(old)]
        kept = [(line.msgid, line.nick, line.params[-1]) for line in history(raw, "#lobby")]
        tailed = await run(*CLIENT, "tail", "--server", server.url, "-n", "50", "--json", "#lobby")
    by_tail = [(row["msgid"], row["nick"], row["text"]) for row in map(json.loads, tailed.splitlines())]
    assert by_library == by_raw == kept == by_tail
    assert by_old == [(nick, text) for _, nick, text in by_raw]
    assert {text for _, _, text in by_raw} == {
        f"{door} {number}" for door in ("raw", "library", "send", "nc") for number in range(ROUNDS)
    }
    assert len({msgid for msgid, _, _ in by_raw}) == ENOUGH


def messages(client: RawClient):
    """All messages that a client heard up to now."""
    return [line for line in client.hears_up_to_pong("all of it") if line.command == "PRIVMSG"]


def test_netcat_follows_the_room(server: ServerProcess):
    listener = subprocess.Popen(
        [need("nc"), "127.0.0.1", str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert listener.stdin is not None and listener.stdout is not None
    with listener.stdin as keyboard, listener.stdout as screen:
        keyboard.write("NICK nc\r\nUSER nc 0 * :nc\r\nJOIN #lobby\r\n")
        keyboard.flush()
        until(lambda: " 366 " in screen.readline(), "the room entered")
        with RawClient(server.port).registers("ann").joins("#lobby") as ann:
            ann.says("PRIVMSG #lobby :hello to nc")
            said = [until(screen.readline, "a line") for _ in range(2)]
        listener.terminate()
        listener.wait()
    assert said == [":ann!~ann@localhost JOIN #lobby\n", ":ann!~ann@localhost PRIVMSG #lobby :hello to nc\n"]

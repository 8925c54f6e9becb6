"""The line client's commands: the table, its help, refusals in one line."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import ipcchat
from ipcchat.cli.commands import COMMANDS, obey
from tests.client.fake_server import FakeServer


class FakeRoom:
    """Notes what a command does."""

    def __init__(self, chat: ipcchat.Chat) -> None:
        self.chat = chat
        self.current = "#lobby"
        self.told: list[str] = []
        self.said: list[tuple[str, str, str]] = []
        self.left = False

    def tell(self, text: str) -> None:
        self.told.append(text)

    async def say(self, target: str, text: str, kind: str = "message") -> None:
        self.said.append((target, text, kind))

    async def enter(self, channel: str, key: str = "") -> None:
        self.current = (await self.chat.join(channel, key)).name

    def leave(self) -> None:
        self.left = True


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


@pytest.fixture
async def room(server: FakeServer) -> AsyncIterator[FakeRoom]:
    async with ipcchat.connect(server.url, nick="ann") as chat:
        yield FakeRoom(chat)


async def told(room: FakeRoom, line: str) -> list[str]:
    room.told.clear()
    await obey(room, line)
    return room.told


async def test_help_lists_every_command_aligned(room: FakeRoom) -> None:
    lines = await told(room, "/help")
    assert [line.split()[0] for line in lines[:-1]] == [f"/{name}" for name in COMMANDS]
    assert all(line[25] == " " and line[26] != " " and len(line) <= 77 for line in lines)


@pytest.mark.parametrize(
    ("line", "answer"), [("/jion #tea", "did you mean /join?"), ("/xyzzy", "/help lists"), ("/", "/help lists")]
)
async def test_a_mistyped_command(room: FakeRoom, line: str, answer: str) -> None:
    assert answer in (await told(room, line))[0]


async def test_saying(room: FakeRoom) -> None:
    for line in ("/me waves", "/ME waves", "/msg bob hi there"):
        assert await told(room, line) == []
    assert room.said == [("#lobby", "waves", "action"), ("#lobby", "waves", "action"), ("bob", "hi there", "message")]


async def test_channels(room: FakeRoom) -> None:
    assert await told(room, "/join tea") == [] and room.current == "#tea"
    assert await told(room, "/topic five o'clock") == []
    assert await told(room, "/topic") == ["topic of #tea: five o'clock"]
    assert await told(room, "/names") == ["1 here: ann"]
    assert await told(room, "/part see you") == []
    assert room.current == "#lobby" and "#tea" not in room.chat.channels


async def test_the_last_channel_is_left(room: FakeRoom) -> None:
    assert await told(room, "/part") == []
    assert room.current == ""


async def test_who_somebody_is(room: FakeRoom, server: FakeServer) -> None:
    """RFC 2812 5.1: 311, 319, 312, 317, 318."""
    server.whois["bob"] = [
        "311 bob ~b host.test * :Bob B.",
        "319 bob :#tea @#ops",
        "312 bob fake.test :A server",
        "317 bob 12 1 :x",
    ]
    assert await told(room, "/who bob") == [
        "bob is ~b@host.test (Bob B.)",
        "bob is in #tea @#ops",
        "bob has been silent for 12 s",
    ]


async def test_which_channels_there_are(room: FakeRoom, server: FakeServer) -> None:
    """RFC 2812 3.2.6."""
    server.topics["#lobby"] = "Be kind"
    assert await told(room, "/list") == ["#lobby                  1  Be kind"]


async def test_the_nick(room: FakeRoom) -> None:
    assert await told(room, "/nick eve") == [] and room.chat.nick == "eve"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/part #elsewhere", "/part: #elsewhere: You're not on that channel"),
        ("/nick taken", "/nick: taken: Nickname is already in use"),
        ("/away", "/away: AWAY: Unknown command"),
        ("/join", "/join #CHANNEL [KEY]"),
        ("/msg bob", "/msg NAME TEXT"),
    ],
)
async def test_a_refusal_is_one_line(room: FakeRoom, server: FakeServer, line: str, answer: str) -> None:
    server.reserved.add("taken")
    assert await told(room, line) == [answer]


async def test_without_a_connection_only_what_needs_none(room: FakeRoom, server: FakeServer) -> None:
    await server.stop()
    async for event in room.chat:
        if isinstance(event, ipcchat.Disconnected):
            break
    assert await told(room, "/names") == ["not connected, try /names again when we are back"]
    assert await told(room, "/me waits") == [] and room.said
    assert await told(room, "/quit") == [] and room.left
    await server.start()

"""Exactly once, wherever the connection is cut: at every byte of whatever is said on its way to the server, and of the
server's answer, the client comes back, sends again what was not confirmed, and it is there once, for everybody, in one
order.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from ipcchat.client.connection import Backoff
from tests.e2e.conftest import ends_well
from tests.e2e.cutting import FULL, KINDS, OF_AUTHORS, PASSWORD, SENDERS, Sender, scene
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient, history
from tests.e2e.raw_client import SECONDS_MAX as RAW_SECONDS_MAX
from tests.e2e.server_process import ServerProcess, free_port

SECONDS_MAX = 600.0 if FULL else 120.0
RANDOM_CUTS = 2_000 if FULL else 100
EXCHANGE_BYTES = 900
"""Random cuts are up to so many bytes away: within what is said, its answer, or the coming back after another cut."""
ACCOUNT_STEP = 1 if FULL else 12
"""Which offsets are tried with accounts, whose logins take time."""
KEY = "@+ipc-chat/key=0123456789abcdef"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Come back at once; know no servers from earlier."""
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 0.0)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server without rate limits: these tests come back a thousand times."""
    with ServerProcess(tmp_path, throttled=False) as server:
        yield server
        ends_well(server)


@pytest.mark.timeout(SECONDS_MAX)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_cut_at_every_byte_leaves_one(server: ServerProcess, kind: str) -> None:
    """IRCv3 echo-message and labeled-response have no key to send again with; +ipc-chat/key is ours. Nobody here has an
    account: what the server had heard is answered as done, and only what it had not is refused, to authors."""
    async with scene(server, with_accounts=lambda number: False) as people:
        await asyncio.gather(*(sender.sweeps(kind) for sender in people.senders))
        refused = await people.is_right()
    done = [mark for sender in people.senders for mark in sender.receipts]
    assert len(done) + len(refused) > SENDERS * 40
    if kind not in OF_AUTHORS:
        assert refused == []
        return
    behind = [mark for mark in refused if "-down" in mark]
    assert len(behind) < 5, f"these were heard by the server, and refused: {behind}"
    assert len([mark for mark in refused if "-up" in mark]) > SENDERS * 10
    for sender in people.senders:
        assert all("register to keep" in str(refusal) for refusal in sender.refused.values())


@pytest.mark.timeout(SECONDS_MAX)
@pytest.mark.parametrize("kind", OF_AUTHORS)
async def test_nothing_is_refused_to_who_has_an_account(server: ServerProcess, kind: str) -> None:
    async with scene(server, with_accounts=lambda number: True) as people:
        await asyncio.gather(*(sender.sweeps(kind, ACCOUNT_STEP) for sender in people.senders))
        assert await people.is_right() == []


@pytest.mark.timeout(SECONDS_MAX)
async def test_random_cuts_leave_everything_once_and_in_order(server: ServerProcess) -> None:
    """Also cuts in the middle of coming back, and several things on their way at once."""
    async with scene(server, with_accounts=lambda number: number % 2 == 0) as people:
        await asyncio.gather(*(is_cut_at_random(sender) for sender in people.senders))
        refused = await people.is_right()
    assert sum(sender.proxy.cuts for sender in people.senders) >= RANDOM_CUTS
    assert not any(mark[0] in "02" for mark in refused), "somebody with an account was taken for somebody else"


async def is_cut_at_random(sender: Sender) -> None:
    """Says things of all kinds, up to three at once, until the connection was cut often enough."""
    dice, proxy, number = Random(f"cuts {sender.number}"), sender.proxy, 0
    while proxy.cuts < RANDOM_CUTS // SENDERS:
        kinds = dice.choices(list(KINDS), k=dice.randint(1, 3))
        marks = [f"{sender.number}-{kind}-{number + index}" for index, kind in enumerate(kinds)]
        number += len(marks)
        says = [await KINDS[kind](sender.chat, mark) for kind, mark in zip(kinds, marks, strict=True)]
        if not proxy.is_set:
            proxy.meter(**{f"cut_{dice.choice(('up', 'down'))}_at": dice.randrange(EXCHANGE_BYTES)})
        await asyncio.gather(*(sender.says(say, mark) for say, mark in zip(says, marks, strict=True)))
    proxy.meter()
    await sender.at_the_present()


class Session(RawClient):
    """A client of IRC on a socket that is connected already."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._socket.settimeout(RAW_SECONDS_MAX)
        self._buffer = b""
        self.heard = []


def session_of_ann(connected: socket.socket) -> Session:
    """Ann comes by this way, logged in, into #cuts."""
    session = Session(connected)
    session.says(f"PASS :ann:{PASSWORD}")
    session.registers("ann", OUR_CAPABILITIES)
    session.joins("#cuts")
    return session


def by_unix(path: Path) -> socket.socket:
    """A connection to the door for programs of this machine."""
    connected = socket.socket(socket.AF_UNIX)
    connected.connect(str(path))
    return connected


@pytest.mark.parametrize("line", ["PRIVMSG #cuts :once", "NOTICE bob :once", "PRIVMSG bob :once"])
def test_the_same_key_by_another_door_is_the_same_message(tmp_path: Path, line: str) -> None:
    """One account at a TCP port and at a Unix socket, before and after the server is killed."""
    path = tmp_path / "chat.sock"
    with ServerProcess(tmp_path, "--listen", f"unix://{path}", port=free_port()) as server:
        with RawClient(server.port).registers("ann") as ann:
            ann.says(f"PRIVMSG NickServ :REGISTER {PASSWORD}")
            ann.hears("900")
        receipts = []
        with RawClient(server.port).registers("bob", OUR_CAPABILITIES).joins("#cuts") as bob:
            for way in (socket.create_connection(("127.0.0.1", server.port)), by_unix(path)):
                with session_of_ann(way) as ann:
                    ann.says(f"{KEY} {line}")
                    receipts.append(ann.hears_text("once"))
            texts = [heard for heard in bob.hears_up_to_pong("all") if heard.command in ("PRIVMSG", "NOTICE")]
            assert [heard.msgid for heard in texts] == [receipts[0].msgid]
        server.end(signal.SIGKILL)
        server.start()
        with RawClient(server.port).registers("bob", OUR_CAPABILITIES), session_of_ann(by_unix(path)) as ann:
            ann.says(f"{KEY} {line}")
            receipts.append(ann.hears_text("once"))
            assert len({receipt.msgid for receipt in receipts}) == 1
            assert len(history(ann, "#cuts")) == (" #cuts " in line)
        ends_well(server)


def test_the_key_of_somebody_else_is_no_way_to_keep_him_quiet(server: ServerProcess) -> None:
    """Who knows a key that an account uses cannot send its message first."""
    with RawClient(server.port).registers("ann") as ann:
        ann.says(f"PRIVMSG NickServ :REGISTER {PASSWORD}")
        ann.hears("900")
    with RawClient(server.port).registers("mallory", OUR_CAPABILITIES).joins("#cuts") as mallory:
        mallory.says(f"{KEY} PRIVMSG #cuts :once")
        mallory.hears_text("once")
        with session_of_ann(socket.create_connection(("127.0.0.1", server.port))) as ann:
            ann.says(f"{KEY} PRIVMSG #cuts :once")
            assert ann.hears_text("once").nick == "ann"
            assert [line.nick for line in history(ann, "#cuts")] == ["mallory", "ann"]

"""One room with four doors: an old client by irc://, one by TLS, a program by the Unix socket, somebody at the plain
door and the Python library. Everybody hears everybody, in one order; a killed server loses nothing that was echoed, and
who has an account is still there."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import ipcchat
from tests.e2e.conftest import ends_well
from tests.e2e.raw_client import OUR_CAPABILITIES, SECONDS_MAX, Line, RawClient, history
from tests.e2e.server_process import SERVER, ServerProcess, free_port
from tests.hostile.doors import Typist

NICKS = ("irc", "tls", "unix", "plain", "library")
PASSWORD = "canary-horse-battery"
ROUNDS = 3
UNREAD = 40
"""More than what a commit takes in: the server dies with some of them confirmed."""


class DoorClient(RawClient):
    """A client of IRC on a socket that is connected already."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._socket.settimeout(SECONDS_MAX)
        self._buffer = b""
        self.heard = []


class House:
    """A server with all its doors, and ways in. The certificate is one made here, as the documentation says."""

    def __init__(self, folder: Path, threads: int) -> None:
        made = subprocess.run(
            [*SERVER, "certificate", "--make", "localhost", "127.0.0.1", "--data", str(folder / "journal")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.search(r"^fingerprint +(\S+)$", made, re.MULTILINE)
        assert found is not None, made
        self.fingerprint = found[1]
        self._certificate = folder / "journal" / "certificate.pem"
        self.path = folder / "chat.sock"
        self.tls_port, self.plain_port = free_port(), free_port()
        doors = (f"ircs://127.0.0.1:{self.tls_port}", f"plain://127.0.0.1:{self.plain_port}", f"unix://{self.path}")
        listen = [word for door in doors for word in ("--listen", door)]
        self.server = ServerProcess(folder, *listen, threads=threads, throttled=False, port=free_port())

    def by_irc(self) -> RawClient:
        """irc://, as old clients come."""
        return RawClient(self.server.port)

    def by_tls(self) -> RawClient:
        """ircs://, by a client that trusts this certificate and looks at the name."""
        context = ssl.create_default_context(cafile=str(self._certificate))
        return DoorClient(
            context.wrap_socket(socket.create_connection(("127.0.0.1", self.tls_port)), server_hostname="localhost")
        )

    def by_unix(self) -> RawClient:
        """unix://, by a program of this machine."""
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(self.path))
        return DoorClient(sock)

    def by_library(self, nick: str) -> ipcchat.Chat:
        """Our own client, which knows the fingerprint."""
        return ipcchat.connect(f"ircs://localhost:{self.tls_port}", nick=nick, pin=self.fingerprint)


@pytest.fixture
def house(tmp_path: Path, threads: int) -> Iterator[House]:
    """A server with all its doors."""
    house = House(tmp_path, threads)
    with house.server as server:
        yield house
        ends_well(server)


async def said_to(chat: ipcchat.Chat, many: int) -> list[tuple[str, str]]:
    """So many messages that the library hears, by whom and what."""
    heard: list[tuple[str, str]] = []
    async with asyncio.timeout(SECONDS_MAX):
        async for event in chat:
            if isinstance(event, ipcchat.Message):
                heard.append((event.nick, event.text))
            if len(heard) == many:
                break
    return heard


def texts(lines: list[Line]) -> list[tuple[str, str]]:
    """The messages among lines, by whom and what."""
    return [(line.nick, line.params[-1]) for line in lines if line.command == "PRIVMSG"]


async def test_everybody_hears_everybody_whatever_his_door(house: House):
    with ExitStack() as stack:
        irc = stack.enter_context(house.by_irc().registers("irc").joins("#lobby"))
        tls = stack.enter_context(house.by_tls().registers("tls", OUR_CAPABILITIES).joins("#lobby"))
        unix = stack.enter_context(house.by_unix().registers("unix", OUR_CAPABILITIES).joins("#lobby"))
        plain = stack.enter_context(Typist(house.plain_port)).comes_in("plain")
        async with house.by_library("library") as library:
            for number in range(ROUNDS):
                for client in (irc, tls, unix):
                    client.says(f"PRIVMSG #lobby :round {number}")
                plain.types(f"round {number}")
                await library.send("#lobby", f"round {number}")
            by_library = await said_to(library, 5 * ROUNDS)
        by_tls, by_unix = (texts(client.hears_up_to_pong("all of it")) for client in (tls, unix))
        by_irc = texts(irc.hears_up_to_pong("all of it"))
        plain.types("the last word")
        irc.hears_text("the last word")
        plain.sock.shutdown(socket.SHUT_WR)
        by_plain = re.findall(r"^(\w+): (round \d)\r$", plain.sees_end().decode(), re.MULTILINE)
    assert by_library == by_tls == by_unix
    assert sorted(by_tls) == sorted((nick, f"round {n}") for nick in NICKS for n in range(ROUNDS))
    assert by_irc == [said for said in by_tls if said[0] != "irc"]  # RFC 2812: nobody hears himself,
    assert by_plain == [said for said in by_tls if said[0] != "plain"]  # nor who sees what he types.


def echoed_before_the_end(house: House, client: RawClient) -> dict[str, str]:
    """Say much at once and kill the server when it has begun to echo; what was echoed, by msgid."""
    client.says(*(f"PRIVMSG #lobby :before the end {number}" for number in range(UNREAD)))
    echoed = [client.hears("PRIVMSG")]
    house.server.end(signal.SIGKILL)
    rest = client.hears_end()
    echoed += [line for line in rest if line.command == "PRIVMSG"]
    return {line.msgid: line.params[-1] for line in echoed}


@pytest.mark.parametrize("door", ["tls", "unix"])
async def test_nothing_echoed_is_lost_and_an_account_stays(house: House, door: str):
    with house.by_tls().registers("ann").joins("#lobby") as ann:
        ann.says(f"NS REGISTER {PASSWORD}")
        assert ann.hears("900").params[2] == "ann"
    async with house.by_library("library") as library:
        enter = {"tls": house.by_tls, "unix": house.by_unix}[door]
        with enter().registers("bob", OUR_CAPABILITIES).joins("#lobby") as bob:
            echoed = echoed_before_the_end(house, bob)
        assert echoed
        house.server.start()
        with enter().registers("bob", OUR_CAPABILITIES).joins("#lobby") as bob:
            kept = {line.msgid: line.params[-1] for line in history(bob, "#lobby")}
            assert echoed.items() <= kept.items()
            (names,) = [line for line in bob.answers_to("NAMES #lobby") if line.command == "353"]
            assert "@ann" in names.params[-1].split()
            bob.says("PRIVMSG #lobby :and on it goes")
            bob.hears_text("and on it goes")
            by_library = await said_to(library, len(kept) + 1)
        assert by_library == [("bob", text) for text in (*kept.values(), "and on it goes")]
    with house.by_irc().registers("eve").joins("#lobby") as eve, Typist(house.plain_port) as again:
        again.sees("Your name?")
        again.types("ann")
        again.sees("The password of ann?")
        again.types(PASSWORD)
        assert "@ann" in again.sees("-- In #lobby:")
        again.types("back again")
        assert eve.hears_text("back again").nick == "ann"

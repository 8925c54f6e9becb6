"""T08: the client side of TLS. Whatever answers at the other end, nothing is said to a server that cannot show who it
is, and no setting, reconnect or redirection changes that (HexChat CVE-2013-7449, irssi CVE-2010-1155, WeeChat
CVE-2011-1428 and CVE-2022-28352 are where others did).

The other end is a real listener on this machine; `Listener` counts what it was told after the handshake.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import ipcchat
from ipcchat.client import connection, events
from ipcchat.client.errors import ConnectFailed, LoginFailed, Untrusted
from ipcchat.client.known_servers import KnownServers
from tests.client.certificates import Authority, self_signed
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

SECONDS = 20


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is known of servers."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    """An authority that this machine trusts."""
    found = Authority(tmp_path)
    with found.trusted():
        yield found


class Listener:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.heard = b""


@asynccontextmanager
async def listening(
    tls: ssl.SSLContext | None, act: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None
) -> AsyncIterator[Listener]:
    """A listener that reads, and `act`s first where it is told how."""
    listener = Listener()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.connections += 1
        try:
            if act is not None:
                await act(writer)
            while chunk := await reader.read(1_000):
                listener.heard += chunk
        except OSError:
            pass
        finally:
            writer.transport.abort()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listener


async def refusal(url: str, connect_seconds: float = 1.5, **more: Any) -> ConnectFailed:
    """Why there is no connection; nothing may take long."""
    begun = time.monotonic()
    with pytest.raises(ConnectFailed) as failed:
        async with asyncio.timeout(SECONDS):
            await ipcchat.connect(
                url, nick="ann", password="hush", connect_seconds=connect_seconds, **more
            ).__aenter__()
    assert time.monotonic() - begun < 10
    assert "hush" not in str(failed.value)
    return failed.value


async def refused_unheard(tls: ssl.SSLContext, host: str = "localhost") -> Untrusted:
    """A server that is refused, and was told nothing."""
    async with listening(tls) as listener:
        error = await refusal(f"ircs://{host}:{listener.port}")
        assert isinstance(error, Untrusted), error
        assert listener.heard == b"" and error.place == f"{host}:{listener.port}"
    return error


async def test_T08_wrong_host(authority: Authority) -> None:
    """RFC 6125 6: a good certificate for another name."""
    error = await refused_unheard(authority.server("other.example"))
    assert "for other names than localhost" in str(error) and not error.stranger


async def test_T08_wrong_address(authority: Authority) -> None:
    """A certificate for a name does not count for an IP address."""
    error = await refused_unheard(authority.server("localhost"), "127.0.0.1")
    assert "for other names than 127.0.0.1" in str(error)


async def test_T08_expired(authority: Authority) -> None:
    error = await refused_unheard(authority.server(expired=True))
    assert "expired" in str(error) and not error.stranger


async def test_T08_self_signed(tmp_path: Path) -> None:
    """A stranger: the library never decides by itself, it names the fingerprint by which a person may."""
    context, fingerprint = self_signed(tmp_path)
    error = await refused_unheard(context)
    assert error.stranger and error.fingerprint == fingerprint


async def test_T08_authority_that_nobody_knows(tmp_path: Path) -> None:
    error = await refused_unheard(Authority(tmp_path).server())
    assert error.stranger and "authority" in str(error)


async def test_T08_changed_pin(authority: Authority, tmp_path: Path) -> None:
    """Another certificate than the known one is refused, also one that an authority has signed; so it is with --pin."""
    _, known = self_signed(tmp_path)
    async with listening(authority.server()) as listener:
        url = f"ircs://localhost:{listener.port}"
        KnownServers().set_pin(f"localhost:{listener.port}", known)
        error = await refusal(url)
        assert isinstance(error, Untrusted) and error.known == known and not error.stranger
        assert known in str(error) and error.fingerprint in str(error)
        KnownServers().forget_pin(f"localhost:{listener.port}")
        assert isinstance(await refusal(url, pin=known), Untrusted)
        assert listener.heard == b""


async def test_T08_protocol_below_1_2(authority: Authority) -> None:
    """RFC 8996: TLS 1.0 and 1.1 are not to be used."""
    context = authority.server()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = asyncio.create_task(asyncio.to_thread(answer_once, server, context))
        error = await refusal(f"ircs://localhost:{server.getsockname()[1]}", connect_seconds=0.5)
        assert "1.2" in str(error)
        assert await answering == b""


def answer_once(server: socket.socket, context: ssl.SSLContext) -> bytes:
    """What one client says by TLS. asyncio's own server would end without the alert that says why."""
    accepted, _ = server.accept()
    accepted.settimeout(SECONDS)
    with accepted:
        try:
            return context.wrap_socket(accepted, server_side=True).recv(1_000)
        except OSError:
            return b""


async def test_T08_cut_in_the_handshake(authority: Authority) -> None:
    async def cut(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with listening(None, cut) as listener:
        error = await refusal(f"ircs://localhost:{listener.port}")
        assert "breaks off the TLS handshake" in str(error) and listener.connections > 1
        assert b"USER" not in listener.heard


async def test_T08_stalled_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handshake has a deadline of its own."""
    monkeypatch.setattr(connection, "HANDSHAKE_SECONDS", 0.3)
    async with listening(None) as listener:
        assert "does not finish the TLS handshake" in str(await refusal(f"ircs://localhost:{listener.port}"))
        assert b"USER" not in listener.heard


async def test_T08_no_tls_at_all() -> None:
    """A plain server on the port, or who plays one: the client does not change its language."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(b":irc.test NOTICE * :*** Looking up your hostname\r\n")

    async with listening(None, speak) as listener:
        assert "does not speak TLS" in str(await refusal(f"ircs://localhost:{listener.port}"))
        assert b"USER" not in listener.heard


async def test_T08_reconnect_to_another_server(authority: Authority, tmp_path: Path) -> None:
    """After a cut somebody else answers. He is told nothing, the program is told once; the right one is found again."""
    context, fingerprint = self_signed(tmp_path)
    server = FakeServer(tls=authority.server())
    await server.start()
    async with ipcchat.connect(server.url, nick="ann") as chat, asyncio.timeout(SECONDS):
        await server.stop()
        right, server.tls = server.tls, context
        await server.start()
        receipt = chat.post("#lobby", "not for everybody")
        seen = [event async for event in until(chat, events.Distrusted)]
        assert seen[-1].fingerprint == fingerprint
        assert server.peers == [] or all(peer.received == [] for peer in server.peers)
        await server.stop()
        server.tls = right
        await server.start()
        assert (await receipt).text == "not for everybody"
        assert sum(isinstance(event, events.Distrusted) for event in seen) == 1
    await server.stop()


async def until(chat: ipcchat.Chat, kind: type[events.Event]) -> AsyncIterator[events.Distrusted]:
    """The events up to one of a kind."""
    async for event in chat:
        if isinstance(event, events.Distrusted):
            yield event
        if isinstance(event, kind):
            return


async def test_T08_redirected_to_tls_that_fails(tmp_path: Path) -> None:
    """IRCv3 sts: who was told to come by TLS does not come without, whatever fails there: nothing listens, or a
    stranger does. A password is not said a second time in the clear."""
    context, _ = self_signed(tmp_path)
    async with listening(context) as stranger:
        for port, kind in ((stranger.port, Untrusted), (1, ConnectFailed)):
            plain = FakeServer(f"{ALL_CAPABILITIES} sts")
            plain.values["sts"] = f"port={port}"
            await plain.start()
            error = await refusal(f"irc://localhost:{plain.port}")
            assert isinstance(error, kind) and plain.accepted == 1
            await plain.stop()
        assert stranger.heard == b""


async def test_T08_policy_that_is_remembered(authority: Authority) -> None:
    """IRCv3 sts: "clients MUST refuse to connect if a secure connection cannot be established"; another program too."""
    KnownServers().set_tls_only("localhost", 1, time.time() + 60)
    async with FakeServer() as plain:
        assert "nothing listens on ircs://localhost:1" in str(await refusal(f"irc://localhost:{plain.port}"))
        assert plain.accepted == 0


async def test_T08_file_that_was_tampered_with(authority: Authority) -> None:
    """What is known cannot be read any longer: no connection is better than one to anybody."""
    KnownServers().set_pin("localhost:1", "SHA256:00")
    async with FakeServer(tls=authority.server()) as server:
        with pytest.raises(ipcchat.ChatError, match="makes no sense"):
            await ipcchat.connect(server.url, nick="ann").__aenter__()
        assert server.accepted == 0


@pytest.mark.parametrize("name", ["PYTHONHTTPSVERIFY", "SSL_VERIFY", "HTTPS_PROXY", "ALL_PROXY", "IRCPROXY"])
async def test_T08_environment(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable switches the check off or leads elsewhere."""
    monkeypatch.setenv(name, "0")
    assert (await refused_unheard(self_signed(tmp_path)[0])).stranger


async def test_T08_login_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server offers PLAIN only, on a connection that is not this machine's: the password stays here."""
    monkeypatch.setattr(connection.Connection, "is_loopback", False)
    async with FakeServer(f"{ALL_CAPABILITIES} sasl") as server:
        server.values["sasl"] = "PLAIN"
        server.accounts["ann"] = "hush"
        error = await refusal(server.url, account="ann")
        assert isinstance(error, LoginFailed) and "ircs://" in str(error)
        assert server.accepted == 1
        async with ipcchat.connect(server.url, nick="ann") as chat:
            for call in (chat.login("ann", "hush"), chat.register("hush")):
                with pytest.raises(ipcchat.CommandRefused, match=r"draft|accounts|read the password"):
                    await call
            assert not any("hush" in line or "AUTHENTICATE" in line for line in server.peers[-1].received)

"""Connections by TLS and by Unix sockets over real sockets: which are made, and what is remembered of them.

What a client does when the other side is hostile stands in tests/hostile/test_T_client_tls.py.
"""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

import ipcchat
from ipcchat.client.dialing import Dialer
from ipcchat.client.errors import ChatError, ConnectFailed, LoginFailed
from ipcchat.client.known_servers import KnownServers
from ipcchat.client.protection import Protection
from ipcchat.client.urls import Address, unix_address
from ipcchat.wire.message import Message
from tests.client.certificates import Authority, self_signed
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

ACCOUNTS = f"{ALL_CAPABILITIES} sasl draft/account-registration"


def with_accounts(server: FakeServer, mechanisms: str = "EXTERNAL,SCRAM-SHA-256,PLAIN") -> FakeServer:
    server.accounts["ann"] = "hush"
    server.values["sasl"] = mechanisms
    return server


async def test_by_tls_with_a_certificate_that_this_machine_trusts(trusted: Authority) -> None:
    async with FakeServer(tls=trusted.server()) as server, ipcchat.connect(server.url, nick="ann") as chat:
        assert (await chat.send("#lobby", "hello")).text == "hello"
        assert chat.protection.tls in ("TLSv1.2", "TLSv1.3") and not chat.protection.pinned
        assert chat.protection.fingerprint.startswith("SHA256:") and str(chat.address) == server.url


async def test_a_pinned_certificate_needs_no_authority(tmp_path: Path) -> None:
    context, fingerprint = self_signed(tmp_path)
    async with FakeServer(tls=context) as server:
        digits = fingerprint.removeprefix("SHA256:").replace(":", "").upper()
        async with ipcchat.connect(server.url, nick="ann", pin=digits) as chat:
            assert chat.protection.pinned and chat.protection.expired is None
        KnownServers().set_pin(f"localhost:{server.port}", fingerprint)
        async with ipcchat.connect(server.url, nick="ann") as chat:
            assert chat.protection.pinned


async def test_a_pinned_certificate_may_have_expired_and_that_is_said(tmp_path: Path) -> None:
    context, fingerprint = self_signed(tmp_path, expired=True)
    async with FakeServer(tls=context) as server, ipcchat.connect(server.url, nick="ann", pin=fingerprint) as chat:
        assert chat.protection.expired is not None and chat.protection.expired.year == 2020


@pytest.mark.parametrize("mechanisms", ["SCRAM-SHA-256,PLAIN", "PLAIN", "SCRAM-SHA-256", ""])
async def test_login_by_password(trusted: Authority, mechanisms: str) -> None:
    """IRCv3 sasl-3.2 with real SCRAM on both sides."""
    async with with_accounts(FakeServer(ACCOUNTS, tls=trusted.server()), mechanisms) as server:
        async with ipcchat.connect(server.url, nick="ann", account="ann", password="hush") as chat:
            assert chat.account == "ann" and chat.people["ann"].account == "ann"
            sent = server.peers[0].received
        assert not any("hush" in line for line in sent)
        with pytest.raises(LoginFailed, match="name and password right") as failed:
            await ipcchat.connect(server.url, nick="ann", account="ann", password="wrong").__aenter__()
        assert "wrong" not in str(failed.value)


async def test_login_by_certificate(trusted: Authority, tmp_path: Path) -> None:
    """SASL EXTERNAL; the certificate says who we are."""
    file = trusted.client(tmp_path, "ann")
    async with (
        with_accounts(FakeServer(ACCOUNTS, tls=trusted.server())) as server,
        ipcchat.connect(server.url, nick="ann", certificate=str(file)) as chat,
    ):
        assert chat.account == "ann" and chat.protection.certificate


async def test_certificates_that_cannot_be_used_are_said_at_once(trusted: Authority, tmp_path: Path) -> None:
    with pytest.raises(ChatError, match="cannot be read"):
        ipcchat.connect("ircs://localhost", nick="ann", certificate=str(tmp_path / "none.pem"))
    with pytest.raises(ChatError, match="PEM file with both"):
        ipcchat.connect("ircs://localhost", nick="ann", certificate=str(trusted.file))
    with pytest.raises(ChatError, match="ircs://"):
        ipcchat.connect("irc://localhost", nick="ann", certificate=str(trusted.client(tmp_path, "ann")))
    with pytest.raises(ChatError, match="password or a certificate"):
        ipcchat.connect("ircs://localhost", nick="ann", account="ann")
    with pytest.raises(ChatError, match="64 hexadecimal digits"):
        ipcchat.connect("ircs://localhost", nick="ann", pin="none")


async def test_a_pin_without_tls_is_a_mistake_and_not_ignored() -> None:
    async with FakeServer() as server:
        with pytest.raises(ChatError, match="ircs://"):
            await ipcchat.connect(server.url, nick="ann", pin="0" * 64).__aenter__()
        assert server.accepted == 0


async def test_on_this_machine_the_password_may_go_as_it_is() -> None:
    async with (
        with_accounts(FakeServer(ACCOUNTS), "PLAIN") as server,
        ipcchat.connect(server.url, nick="ann", account="ann", password="hush") as chat,
    ):
        assert chat.account == "ann" and chat.protection.loopback and not chat.protection.secure


async def test_a_unix_socket(tmp_path: Path) -> None:
    """The kernel says who we are; a password is not needed."""
    async with with_accounts(FakeServer(ACCOUNTS, path=tmp_path / "chat.sock"), "EXTERNAL") as server:
        server.kernel_account = "build"
        async with ipcchat.connect(server.url, nick="build", channels=["#build"]) as chat:
            assert chat.account == "build" and chat.protection.unix
            assert (await chat.send("#build", "green")).text == "green"
            server.cut()
            assert (await chat.send("#build", "again")).text == "again"


async def test_a_socket_where_nobody_listens(tmp_path: Path) -> None:
    """At the start the other place is tried, as the command line asks for; later it is waited for the one we had."""
    path = tmp_path / "chat.sock"
    with pytest.raises(ConnectFailed, match="nothing listens on unix://"):
        await ipcchat.connect(f"unix://{path}", nick="ann", connect_seconds=0.2).__aenter__()
    async with FakeServer() as other:
        address = unix_address(str(path), otherwise=Address("127.0.0.1", other.port))
        async with ipcchat.connect(address, nick="ann") as chat:
            assert str(chat.address) == other.url
        async with (
            FakeServer(path=path) as server,
            ipcchat.connect(address, nick="ann", channels=["#tea"]) as chat,
        ):
            await server.stop()
            path.unlink(missing_ok=True)
            accepted = other.accepted
            receipt = chat.post("#tea", "kept")
            while not any(isinstance(event, ipcchat.Disconnected) for event in [await anext(chat)]):
                pass
            await server.start()
            async with asyncio.timeout(20):
                assert (await receipt).text == "kept"
            assert other.accepted == accepted


# IRCv3 sts.


async def both_doors(trusted: Authority, duration: str = "") -> tuple[FakeServer, FakeServer]:
    """A server with a plain door that asks for TLS, and its TLS door."""
    secure = FakeServer(f"{ALL_CAPABILITIES} sts", tls=trusted.server())
    secure.values["sts"] = duration or "nothing"
    await secure.start()
    plain = FakeServer(f"{ALL_CAPABILITIES} sts")
    plain.values["sts"] = f"port={secure.port},duration=999"
    await plain.start()
    return plain, secure


async def test_a_server_that_wants_tls_gets_it_at_once_and_from_then_on(trusted: Authority) -> None:
    """ "Redirecting to a secure port with an upgrade policy", "Setting an STS persistence policy with a duration"."""
    plain, secure = await both_doors(trusted, "duration=600")
    url = f"irc://localhost:{plain.port}"
    try:
        async with ipcchat.connect(url, nick="ann") as chat:
            assert chat.protection.secure and str(chat.address) == f"ircs://localhost:{secure.port}"
            assert (await chat.send("#lobby", "hello")).text == "hello"
            secure.cut()
            assert (await chat.send("#lobby", "again")).text == "again"
        assert plain.accepted == 1
        async with ipcchat.connect(url, nick="ann") as chat:
            assert chat.protection.secure
        assert plain.accepted == 1
        assert KnownServers().tls_port("localhost", time.time() + 590) == secure.port
        secure.values["sts"] = "duration=0"
        async with ipcchat.connect(url, nick="ann"):
            pass
        assert KnownServers().tls_port("localhost", 0) is None
    finally:
        await plain.stop()
        await secure.stop()


async def test_without_a_duration_it_is_for_this_program_only(trusted: Authority) -> None:
    """ "If the secure connection succeeds but an STS persistence policy is not present, the client SHOULD continue
    using the secure connection for that session"."""
    plain, secure = await both_doors(trusted)
    try:
        async with ipcchat.connect(f"irc://localhost:{plain.port}", nick="ann") as chat:
            assert chat.protection.secure
            secure.cut()
            await chat.send("#lobby", "again")
        assert plain.accepted == 1 and KnownServers().tls_port("localhost", 0) is None
    finally:
        await plain.stop()
        await secure.stop()


async def test_a_change_while_we_are_there_is_kept_and_counts_from_the_end(trusted: Authority) -> None:
    """ "Rescheduling expiry on disconnect", "Updating an STS policy with CAP NEW"."""
    async with FakeServer(ALL_CAPABILITIES, tls=trusted.server()) as server:
        async with ipcchat.connect(server.url, nick="ann") as chat:
            server.everybody(Message("CAP", ["ann", "NEW", "sts=duration=5000"], "fake.test"))
            await chat.send("#lobby", "after that")
            assert KnownServers().tls_port("localhost", time.time() + 4_900) == server.port
            KnownServers().forget_tls_only("localhost")
        assert KnownServers().tls_port("localhost", time.time() + 4_900) == server.port


HERE = Protection(loopback=True)
SECURE = Protection(tls="TLSv1.3")


def goes_to(dialer: Dialer, times: int) -> list[str]:
    """Where it goes next, so many times."""
    found = []
    for _ in range(times):
        dialer.move_on()
        found.append(str(dialer.address))
    return found


def places_of(dialer: Dialer) -> set[str]:
    """Where it goes, one place after the other."""
    return {*goes_to(dialer, 8)}


@pytest.mark.parametrize(
    ("protection", "safe"),
    [
        (SECURE, {"ircs://one.test:6697", "ircs://127.0.0.1:6697"}),
        (HERE, {"ircs://one.test:6697", "ircs://127.0.0.1:6697", "irc://127.0.0.1:6668", "irc://[::1]:6667"}),
        (Protection(unix=True), set()),
        (Protection(), set()),
    ],
    ids=["by TLS", "this machine", "Unix socket", "in the clear"],
)
def test_a_place_that_the_server_names_is_as_safe(protection: Protection, safe: set[str]) -> None:
    dialer = Dialer(Address("home.test"))
    named = ["ircs://one.test", "ircs://127.0.0.1", "irc://127.0.0.1:6668", "irc://[::1]", "irc://one.test"]
    dialer.learn([*named, "irc://localhost", "unix:///tmp/x", "http://one.test", "nonsense://", ""], protection)
    assert places_of(dialer) == {"irc://home.test:6667", *safe}
    dialer.learn([], protection)
    assert places_of(dialer) == {"irc://home.test:6667"}


def test_of_very_many_places_some_are_kept() -> None:
    dialer = Dialer(Address("home.test"))
    dialer.learn([f"ircs://server{number}.test" for number in range(100)], SECURE)
    assert len({*goes_to(dialer, 34)}) == 17


def test_servers_that_the_program_named_come_first_and_in_order() -> None:
    dialer = Dialer(Address("one.test"), others=[Address("two.test")])
    dialer.learn(["ircs://three.test"], SECURE)
    two, three, one = "irc://two.test:6667", "ircs://three.test:6697", "irc://one.test:6667"
    assert goes_to(dialer, 4) == [two, three, one, two]


async def test_the_next_server_is_gone_to_when_one_is_lost() -> None:
    async with FakeServer() as one, FakeServer() as two, asyncio.timeout(20):
        async with ipcchat.connect(one.url, two.url, nick="ann") as chat:
            assert str(chat.address) == one.url
            await one.stop()
            await chat.send("#lobby", "hello")
            assert str(chat.address) == two.url
        await one.start()


async def test_the_next_server_is_gone_to_when_the_first_is_not_there() -> None:
    async with FakeServer() as server, asyncio.timeout(20):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            nowhere = f"irc://127.0.0.1:{nobody.getsockname()[1]}"
            async with ipcchat.connect(nowhere, server.url, nick="ann") as chat:
                assert str(chat.address) == server.url


async def test_a_named_server_that_is_not_trusted_is_not_gone_to_again(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    async with FakeServer(tls=context) as stranger:
        dialer = Dialer(Address("home.test"))
        dialer.learn([stranger.url], SECURE)
        dialer.move_on()
        assert str(dialer.address) == stranger.url
        with pytest.raises(OSError, match="not signed by an authority"):
            await dialer.open()
        dialer.move_on()
        assert places_of(dialer) == {"irc://home.test:6667"}

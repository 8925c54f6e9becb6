"""What a Chat does about its own account: draft/account-registration, sasl-3.2 ("SASL Reauthentication")."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import ipcchat
from ipcchat.client import events
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

ACCOUNTS = f"{ALL_CAPABILITIES} sasl draft/account-registration"
BARE = "message-tags sasl draft/account-registration"


@pytest.fixture(params=[ACCOUNTS, BARE], ids=["labels", "no labels"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[FakeServer]:
    """With labeled-response and without."""
    async with FakeServer(request.param) as running:
        running.accounts["ann"] = "hush"
        running.values["sasl"] = "SCRAM-SHA-256,PLAIN"
        yield running


async def test_registering_logs_in_now_and_later(server: FakeServer) -> None:
    """REGISTER SUCCESS: "the client is assumed to be authenticated to the account as if it used SASL"."""
    async with ipcchat.connect(server.url, nick="bob") as chat:
        registered = await chat.register("pencil-case")
        assert (registered.account, registered.pending, registered.text) == ("bob", False, "Registered")
        assert chat.account == "bob" and server.peers[0].received[-1].startswith(("REGISTER", "@label", "PING"))
        server.cut()
        await chat.send("#lobby", "again")
        assert server.peers[-1].account == "bob" and chat.account == "bob"


async def test_a_registration_that_waits_for_a_code(server: FakeServer) -> None:
    """REGISTER VERIFICATION_REQUIRED, VERIFY, FAIL VERIFY INVALID_CODE."""
    server.code = "1234"
    async with ipcchat.connect(server.url, nick="bob") as chat:
        assert (await chat.register("pencil-case", email="bob@home.test")).pending
        assert chat.account == ""
        with pytest.raises(ipcchat.CommandRefused, match="not the code") as refused:
            await chat.verify("4321")
        assert refused.value.code == "INVALID_CODE"
        assert await chat.verify("1234") == "bob" and chat.account == "bob"
        server.cut()
        await chat.send("#lobby", "again")
        assert server.peers[-1].account == "bob"


async def test_a_name_that_is_taken(server: FakeServer) -> None:
    """FAIL REGISTER ACCOUNT_EXISTS."""
    async with ipcchat.connect(server.url, nick="bob") as chat:
        with pytest.raises(ipcchat.CommandRefused, match="taken") as refused:
            await chat.register("pencil-case", account="ann")
        assert refused.value.code == "ACCOUNT_EXISTS" and chat.account == ""


@pytest.mark.parametrize("mechanisms", ["SCRAM-SHA-256,PLAIN", "PLAIN", ""])
async def test_logging_in_while_connected(server: FakeServer, mechanisms: str) -> None:
    server.values["sasl"] = mechanisms
    async with ipcchat.connect(server.url, nick="ann") as chat:
        assert await chat.login("ann", "hush") == "ann" == chat.account
        assert [event.account async for event in first(chat, events.AccountChanged)] == ["ann"]
        server.cut()
        await chat.send("#lobby", "again")
        assert server.peers[-1].account == "ann"


async def test_a_wrong_password_changes_nothing(server: FakeServer) -> None:
    async with ipcchat.connect(server.url, nick="bob") as chat:
        with pytest.raises(ipcchat.CommandRefused, match="SASL authentication failed") as refused:
            await chat.login("ann", "wrong")
        assert "wrong" not in str(refused.value) and chat.account == ""
        server.cut()
        await chat.send("#lobby", "as before")
        assert chat.nick == "bob" and server.peers[-1].account == ""


async def test_logging_in_takes_the_nick_that_was_wanted(server: FakeServer) -> None:
    """It belongs to the account: before the login the server gave another one."""
    server.reserved.add("ann")
    async with ipcchat.connect(server.url, nick="ann") as chat:
        assert (chat.nick, chat.wanted_nick, chat.nick_refusal) == ("ann_", "ann", "Nickname is already in use")
        server.reserved.clear()
        await chat.login("ann", "hush")
        assert chat.nick == "ann"


async def test_a_nick_that_another_session_of_ours_has_is_joined_by_coming_again(server: FakeServer) -> None:
    server.reserved.add("ann")
    async with ipcchat.connect(server.url, nick="ann") as chat:
        await chat.login("ann", "hush")
        assert chat.nick == "ann_"
        server.reserved.clear()
        async for event in chat:
            if isinstance(event, events.Connected) and event.again:
                break
        assert chat.nick == "ann" and chat.account == "ann"


async def test_logging_out_is_coming_again_as_nobody(server: FakeServer) -> None:
    async with ipcchat.connect(server.url, nick="ann", account="ann", password="hush") as chat:
        await chat.logout()
        async for event in chat:
            if isinstance(event, events.Connected) and event.again:
                break
        assert chat.account == "" and server.peers[-1].account == ""
        with pytest.raises(ipcchat.CommandRefused, match="not logged in"):
            await chat.logout()


@pytest.mark.parametrize("password", ["", "two\nlines", "x" * 301, "\0"])
async def test_passwords_that_no_line_can_carry(server: FakeServer, password: str) -> None:
    """draft/account-registration, "Client considerations": 300 bytes."""
    async with ipcchat.connect(server.url, nick="bob") as chat:
        with pytest.raises(ipcchat.CommandRefused, match="a password"):
            await chat.register(password)
        with pytest.raises(ipcchat.CommandRefused, match="a password"):
            await chat.login("ann", password)


async def test_a_server_without_accounts_is_told_from_one_that_refuses() -> None:
    async with FakeServer() as server, ipcchat.connect(server.url, nick="bob") as chat:
        for call in (chat.register("pencil-case"), chat.verify("1"), chat.login("ann", "hush")):
            with pytest.raises(ipcchat.CommandRefused, match="accounts"):
                await call
        assert not any("hush" in line for line in server.peers[0].received)


async def first(chat: ipcchat.Chat, kind: type[events.AccountChanged]) -> AsyncIterator[events.AccountChanged]:
    """The first event of a kind."""
    async for event in chat:
        if isinstance(event, kind):
            yield event
            return

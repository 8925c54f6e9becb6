"""The library and the project's own server at its doors: TLS with a certificate made here, the Unix socket, accounts,
one user on two connections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import ipcchat
from ipcchat.client.errors import LoginFailed, Untrusted
from tests.client.own_server import SECONDS, program

URL = re.compile(r"listening on (\w+)(://\S+)\n")


@asynccontextmanager
async def own_doors(folder: Path) -> AsyncIterator[tuple[dict[str, str], str]]:
    """A server with three doors: their addresses by scheme, and the fingerprint of its certificate."""
    words = ("-m", "ipcchat", "certificate", "--make", "localhost", "127.0.0.1", "--data", str(folder))
    async with program(*words) as maker:
        made = (await maker.communicate())[0].decode()
    fingerprint = re.search(r"SHA256:[0-9a-f:]+", made)
    assert fingerprint is not None, made
    doors = ("irc://127.0.0.1:0", "ircs://127.0.0.1:0", f"unix://{folder}/chat.sock")
    listen = [word for door in doors for word in ("--listen", door)]
    async with program("-m", "ipcchat", "serve", "--data", str(folder), *listen) as server, asyncio.timeout(SECONDS):
        assert server.stdout is not None
        found = [URL.fullmatch((await server.stdout.readline()).decode()) for _ in doors]
        yield {url[1]: url[1] + url[2] for url in found if url is not None}, fingerprint[0]


async def test_one_person_by_tls_and_by_the_local_door(tmp_path: Path) -> None:
    """draft/account-registration, sasl-3.2 (SCRAM-SHA-256), and several sessions of one user."""
    async with own_doors(tmp_path) as (urls, fingerprint), asyncio.timeout(SECONDS):
        with pytest.raises(Untrusted) as stranger:
            await ipcchat.connect(urls["ircs"], nick="ann").__aenter__()
        assert stranger.value.stranger and stranger.value.fingerprint == fingerprint
        async with ipcchat.connect(urls["ircs"], nick="ann", pin=fingerprint) as chat:
            assert (await chat.register("pencil-case-1")).account == chat.account == "ann"
        with pytest.raises(LoginFailed):
            await ipcchat.connect(urls["irc"], nick="ann", account="ann", password="wrong").__aenter__()
        login: dict[str, Any] = {"nick": "ann", "account": "ann", "password": "pencil-case-1"}
        async with (
            ipcchat.connect(urls["ircs"], pin=fingerprint, **login) as laptop,
            ipcchat.connect(urls["unix"], channels=(), **login) as telephone,
        ):
            assert laptop.nick == telephone.nick == "ann" and laptop.account == telephone.account == "ann"
            assert list(telephone.channels) == ["#lobby"]
            said = await laptop.send("#lobby", "from my laptop")
            heard = await first_message(telephone)
            assert (heard.msgid, heard.mine, heard.elsewhere) == (said.msgid, True, True)
            await telephone.close()
            assert (await laptop.send("#lobby", "still here")).text == "still here"
            assert list(laptop.channels["#lobby"].members) == ["ann"]


async def test_logging_in_while_another_session_has_the_nick(tmp_path: Path) -> None:
    async with (
        own_doors(tmp_path) as (urls, _),
        asyncio.timeout(SECONDS),
        ipcchat.connect(urls["unix"], nick="ann") as first,
    ):
        await first.register("pencil-case-1")
        async with ipcchat.connect(urls["irc"], nick="ann") as second:
            assert second.nick != "ann" and second.nick_refusal
            await second.login("ann", "pencil-case-1")
            async for event in second:
                if second.nick == "ann" and isinstance(event, ipcchat.CaughtUp):
                    break
            assert second.account == "ann"


async def first_message(chat: ipcchat.Chat) -> ipcchat.Message:
    """The next message."""
    async for event in chat:
        if isinstance(event, ipcchat.Message):
            return event
    raise AssertionError("closed")

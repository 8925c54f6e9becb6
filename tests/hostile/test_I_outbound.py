"""Hostile input I10: URLs that lead the server to itself and its neighbours (docs/webhooks.md)."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_network
from typing import Any

import pytest

from ipcchat.server.outbound import post
from ipcchat.server.outbound_answers import OutboundError
from tests.server.elsewhere import answer, elsewhere

WAYS = (
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://localhost:{port}/",
    "https://localhost.:{port}/",
    "https://public.example@127.0.0.1:{port}/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[64:ff9b::a9fe:a9fe]/",
)


@pytest.mark.parametrize("url", WAYS)
async def test_I10_no_spelling_of_a_neighbour_is_sent_to(url):
    async with elsewhere() as neighbour:
        with pytest.raises(OutboundError):
            await post(url.format(port=neighbour.port), b"secret", {}, timeout=5)
        assert neighbour.came == []


async def test_I10_a_name_that_is_public_when_it_is_looked_at_and_a_neighbour_when_it_is_connected_to(monkeypatch):
    turns = ["93.184.215.14", "127.0.0.1"]
    connected: list[Any] = []

    async def getaddrinfo(self: Any, host: str, port: int, **others: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (turns.pop(0), port))]

    async def create_connection(self: Any, factory: Any, host: str, port: int, **others: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError

    async with elsewhere() as neighbour:
        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", create_connection)
        with pytest.raises(OutboundError):
            await post(f"https://rebinding.example:{neighbour.port}/", b"secret", {}, timeout=5)
        assert connected == ["93.184.215.14"]
        assert neighbour.came == []


async def test_I10_a_redirect_to_a_neighbour_is_not_followed():
    async with elsewhere() as public, elsewhere() as neighbour:
        public.always = answer(302, more=f"Location: http://127.0.0.1:{neighbour.port}/\r\n")
        networks = [ip_network("127.0.0.1/32")]
        assert (await post(public.url, b"secret", {}, timeout=5, networks=networks)).status == 302
        assert neighbour.came == []

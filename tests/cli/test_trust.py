"""Certificates that no authority has signed: asked once on a terminal, refused with the command to type without one."""

from __future__ import annotations

import asyncio
import shlex
import ssl
from pathlib import Path

import pytest

from ipcchat.client.known_servers import KnownServers
from tests.cli.programs import Terminal, on_terminal, run_client
from tests.client.certificates import Authority, self_signed
from tests.client.fake_server import FakeServer


@pytest.fixture
def stranger(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A certificate that nobody knows, and its fingerprint."""
    return self_signed(tmp_path)


def shown(terminal: Terminal) -> str:
    return " ".join("".join(terminal.rows).split())


async def test_a_person_is_asked_once(stranger: tuple[ssl.SSLContext, str]) -> None:
    context, fingerprint = stranger
    async with FakeServer(tls=context) as server:
        async with on_terminal(server.url, "chat", "--plain", "--nick", "ann") as (process, terminal):
            await terminal.until_shown("[y/N]")
            assert fingerprint in "".join(terminal.rows) and "not signed by an authority" in shown(terminal)
            assert server.peers == [] or server.peers[0].received == []
            terminal.type("y\n")
            await terminal.until_shown("the server has the certificate that you trust")
            terminal.type("\x04")
            assert await process.wait() == 0
        assert KnownServers().pin(f"localhost:{server.port}") == fingerprint
        assert await run_client(server.url, "send", "#ops", "from a program now") == (0, "", "")


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
async def test_no_is_no(stranger: tuple[ssl.SSLContext, str], answer: str) -> None:
    async with FakeServer(tls=stranger[0]) as server:
        async with on_terminal(server.url, "chat", "--plain", "--nick", "ann") as (process, terminal):
            await terminal.until_shown("[y/N]")
            terminal.type(answer)
            assert await process.wait() == 77
            assert "not connected. If whoever runs the server confirms it, type: ipc-chat trust" in shown(terminal)
        assert KnownServers().pin(f"localhost:{server.port}") == "" and all(not peer.received for peer in server.peers)


async def test_a_program_is_told_what_to_type_and_that_works(stranger: tuple[ssl.SSLContext, str]) -> None:
    context, fingerprint = stranger
    async with FakeServer(tls=context) as server:
        code, out, err = await run_client(server.url, "send", "#ops", "x")
        assert (code, out) == (77, "") and err.count("\n") == 1
        command = shlex.split(err.rpartition("type: ")[2])
        assert command == ["ipc-chat", "trust", server.url, fingerprint]
        assert (await run_client(server.url, *command[1:]))[0] == 0
        assert await run_client(server.url, "send", "#ops", "x") == (0, "", "")


async def test_a_fingerprint_may_be_given_each_time(stranger: tuple[ssl.SSLContext, str]) -> None:
    context, fingerprint = stranger
    async with FakeServer(tls=context) as server:
        assert await run_client(server.url, "send", "--pin", fingerprint, "#ops", "x") == (0, "", "")
        assert await run_client(server.url, "send", "#ops", "x", IPCCHAT_PIN=fingerprint) == (0, "", "")
        assert KnownServers().pin(f"localhost:{server.port}") == ""


async def test_another_certificate_is_refused_loudly(trusted: Authority, stranger: tuple[ssl.SSLContext, str]) -> None:
    """Also on a terminal: nobody gets used to saying yes."""
    async with FakeServer(tls=trusted.server()) as server:
        KnownServers().set_pin(f"localhost:{server.port}", stranger[1])
        code, _, err = await run_client(server.url, "send", "#ops", "x")
        assert code == 77 and "another certificate" in err and stranger[1] in err and "ipc-chat trust ircs://" in err
        async with on_terminal(server.url, "chat", "--plain", "--nick", "ann") as (process, terminal):
            await terminal.until_shown("another certificate")
            assert await process.wait() == 77
        code, _, err = await run_client(server.url, "trust", "--forget", server.url)
        assert code == 0 and "forgotten" in err
        assert (await run_client(server.url, "send", "#ops", "x"))[0] == 0
        assert (await run_client(server.url, "trust", "--forget"))[0] == 1


async def test_trust_shows_and_asks(stranger: tuple[ssl.SSLContext, str]) -> None:
    context, fingerprint = stranger
    async with FakeServer(tls=context) as server:
        code, _, err = await run_client(server.url, "trust")
        assert code == 1 and fingerprint in err and "nobody is there to confirm it" in err
        async with on_terminal(server.url, "trust") as (process, terminal):
            await terminal.until_shown("[y/N]")
            terminal.type("yes\n")
            assert await process.wait() == 0
        assert (await run_client(server.url, "trust"))[0] == 0
        assert KnownServers().pin(f"localhost:{server.port}") == fingerprint


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["trust", "irc://localhost"], 2, "ircs://localhost"),
        (["trust"], 2, "which server"),
        (["trust", "ircs://localhost", "SHA256:00"], 1, "64 hexadecimal digits"),
        (["trust", "ircs://localhost:1"], 69, "nothing listens on ircs://localhost:1"),
    ],
)
async def test_wrong_usage_says_what_is_right(words: list[str], code: int, reason: str) -> None:
    found, _, err = await run_client("", *words)
    assert found == code and reason in err


async def test_ctrl_c_at_the_question_leaves(stranger: tuple[ssl.SSLContext, str]) -> None:
    async with (
        FakeServer(tls=stranger[0]) as server,
        on_terminal(server.url, "chat", "--plain", "--nick", "ann") as (process, terminal),
        asyncio.timeout(20),
    ):
        await terminal.until_shown("[y/N]")
        while process.returncode is None:
            # One that comes between Python's prompt and its read is lost in Python, as for any program that asks.
            terminal.type("\x03")
            await asyncio.sleep(0.1)
        assert process.returncode == 130

"""From nothing to a channel: the first question, a certificate that nobody signed, a wrong password, the keyring."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError
from ipcchat.client.known_servers import KnownServers
from ipcchat.tui.app import ChatApp
from ipcchat.tui.model.network import State
from ipcchat.tui.screens.first_run import FirstRun
from ipcchat.tui.screens.question import Choice, Question
from ipcchat.tui.start import ServerEntry
from tests.client.certificates import self_signed
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer
from tests.tui.program import start_for

SECONDS = 20.0


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the program go on until something is so."""
    async with asyncio.timeout(SECONDS):
        while not condition():
            await pilot.pause(0.01)


def connected(app: ChatApp) -> bool:
    return any(network.state is State.CONNECTED and network.buffers for network in app.desk.networks)


async def test_a_stranger_becomes_a_known_user(tmp_path: Path) -> None:
    context, fingerprint = self_signed(tmp_path)
    remembered: list[ServerEntry] = []
    kept: list[str] = []
    async with FakeServer(f"{ALL_CAPABILITIES} sasl", tls=context) as server:
        server.accounts["ann"], server.values["sasl"] = "hush", "SCRAM-SHA-256"
        begin = replace(
            start_for(folder=tmp_path),
            proposal=ServerEntry(address=server.url, nick="ann"),
            remember=remembered.append,
            can_keep=lambda: True,
            keep=lambda entry, password: kept.append(password),
        )
        app = ChatApp(begin)
        async with app.run_test() as pilot:
            await until(pilot, lambda: isinstance(app.screen, FirstRun) and app.focused is not None)
            await pilot.press("enter", *"wrong", "enter")
            await until(pilot, lambda: isinstance(app.screen, Choice) and app.focused is not None)
            assert all(not peer.received for peer in server.peers)
            await pilot.press("t")
            await until(pilot, lambda: isinstance(app.screen, Question) and isinstance(app.focused, Input))
            assert (remembered, kept) == ([], [])
            await pilot.press(*"hush", "enter")
            await until(pilot, lambda: isinstance(app.screen, Choice) and app.focused is not None)
            await pilot.press("k")
            await until(pilot, lambda: connected(app) and kept == ["hush"])
            assert [(entry.address, entry.account) for entry in remembered] == [(server.url, "ann")]
            assert KnownServers().pin(f"localhost:{server.port}") == fingerprint


async def test_who_does_not_trust_a_server_is_told_what_to_type(tmp_path: Path) -> None:
    context, fingerprint = self_signed(tmp_path)
    async with FakeServer(tls=context) as server:
        app = ChatApp(start_for(ServerEntry(address=server.url, nick="ann"), folder=tmp_path))
        async with app.run_test() as pilot:
            await until(pilot, lambda: isinstance(app.screen, Choice) and app.focused is not None)
            await pilot.press("enter")
            await until(pilot, lambda: app.desk.networks[0].state is State.CLOSED)
            assert f"ipc-chat trust {server.url} {fingerprint}" in app.desk.networks[0].reason
            assert all(not peer.received for peer in server.peers)


async def test_a_start_that_cannot_work_is_said_in_the_window(tmp_path: Path) -> None:
    """Such as a certificate that is not there; the program goes on, for there may be other servers."""

    def chat(entry: ServerEntry) -> Chat:
        raise ChatError("/nowhere/ann.pem cannot be read")

    app = ChatApp(replace(start_for(ServerEntry(nick="ann"), folder=tmp_path), chat=chat))
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.desk.networks) and app.desk.networks[0].state is State.CLOSED)
        assert app.desk.networks[0].reason == "/nowhere/ann.pem cannot be read"


async def test_escape_at_the_first_question_leaves(tmp_path: Path) -> None:
    app = ChatApp(start_for(folder=tmp_path))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, FirstRun))
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running)
    assert app.return_value == 0

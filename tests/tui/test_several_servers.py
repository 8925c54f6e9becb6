"""Several servers in one client: each has its own buffers, connection and names, and one that is away keeps nobody."""

from __future__ import annotations

from pathlib import Path

import ipcchat
from ipcchat.tui.model.network import State
from tests.client.own_server import own_server
from tests.tui.program import at, terminal_client


async def test_two_servers_side_by_side(tmp_path: Path) -> None:
    async with own_server() as one, own_server() as other:
        servers = at(one, "ann", "#tea", name="home"), at(other, "anna", "#tea", name="work")
        async with terminal_client(*servers, folder=tmp_path) as ann:
            await ann.until(lambda: all("#tea" in network.buffers for network in ann.app.desk.networks))
            await ann.shows("home")
            await ann.shows("work")
            async with ipcchat.connect(other, nick="bob", channels=["#tea"]) as bob:
                await bob.send("#tea", "anna: at work")
                await ann.until(lambda: ann.buffer("#tea", 1).mentions == 1)
                assert ann.buffer("#tea", 0).unread == 0
                await ann.presses("alt+a")
                assert ann.current is ann.buffer("#tea", 1)
                await ann.shows("at work")
                await ann.types("I see")
                await ann.until(lambda: not ann.current.timeline.pending)
                assert next(entry.message.nick for entry in ann.current.timeline.said_backwards()) == "anna"


async def test_a_server_that_is_away_is_said_and_keeps_nobody(tmp_path: Path) -> None:
    async with own_server() as one:
        servers = at(one, "ann", "#tea", name="home"), at("irc://127.0.0.1:1", "ann", "#tea", name="gone")
        async with terminal_client(*servers, folder=tmp_path) as ann:
            await ann.until(lambda: ann.app.desk.networks[1].state is State.WAITING)
            await ann.until(lambda: "#tea" in ann.app.desk.networks[0].buffers)
            await ann.shows("gone")
            await ann.types("still here")
            await ann.until(lambda: ann.said("#tea") == ["still here"] and not ann.buffer("#tea").timeline.pending)


async def test_connecting_to_one_more_and_leaving_it(tmp_path: Path) -> None:
    async with (
        own_server() as one,
        own_server() as other,
        terminal_client(at(one, "ann", "#tea", name="home"), folder=tmp_path) as ann,
    ):
        await ann.until(lambda: "#tea" in ann.app.desk.networks[0].buffers)
        await ann.types(f"/connect {other}/#gin")
        await ann.until(lambda: len(ann.app.desk.networks) == 2 and "#gin" in ann.app.desk.networks[1].buffers)
        assert ann.app.desk.networks[1].nick == "ann"
        await ann.types("/connect irc://nowhere:port")
        await ann.shows("port")
        ann.app.chat_screen.go(ann.app.desk.networks[1].server)
        await ann.types("/close")
        await ann.until(lambda: len(ann.app.desk.networks) == 1)
        assert ann.app.desk.current is not None and ann.app.desk.current.network == "home"
        await ann.shows("home")

"""Who is in the channel (ipcchat/tui/widgets/member_list.py): rows 10 and 17 of what people expect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.network import Network
from ipcchat.tui.widgets.member_list import MemberList
from tests.tui.desks import FakeServer, network_of
from tests.tui.panes import PaneApp, rows, style_at, wheel


def tea(*members: str) -> tuple[Network, FakeServer, Buffer]:
    network, server = network_of("net", nick="ann")
    server.enter("#tea", *members)
    return network, server, network.buffer("#tea")


@asynccontextmanager
async def shown(network: Network, buffer: Buffer) -> AsyncIterator[tuple[PaneApp, Pilot[None], MemberList]]:
    members = MemberList()
    app = PaneApp(members, MemberList.Chosen)
    async with app.run_test(size=(100, 10)) as pilot:
        members.show(network, buffer)
        await pilot.pause()
        yield app, pilot, members


async def test_members_stand_by_the_servers_ranks_then_by_name():
    network, server, buffer = tea("zoe", "+bob", "@eve", "Ann", "+@dora", "%carl", "!owner")
    server.support["PREFIX"] = "(Yohv)!@%+"
    async with shown(network, buffer) as (app, _, _):
        assert rows(app)[:8] == [" 7 here", " !owner", " @eve", " %carl", " +bob", " +dora", "  Ann", "  zoe"]


async def test_who_is_away_is_counted_and_marked_and_so_are_bots():
    network, server, buffer = tea("ann", "bob", "tea-bot")
    server.meet("bob", away="lunch")
    server.meet("tea-bot", bot=True)
    async with shown(network, buffer) as (app, _, _):
        assert rows(app)[0] == " 2 here, 1 away"
        assert [row.split() for row in rows(app)[1:4]] == [["ann"], ["bob", "away"], ["tea-bot", "bot"]]
        assert [bool(style_at(app, 3, row).bold) for row in (1, 2, 3)] == [True, False, False]
        assert style_at(app, 3, 2).italic


async def test_a_click_names_the_member_and_the_heading_does_nothing():
    network, _, buffer = tea("ann", "bob")
    async with shown(network, buffer) as (app, pilot, _):
        for row in (0, 2, 7):
            await pilot.click(MemberList, offset=(4, row))
        assert [event.nick for event in app.heard] == ["bob"]


async def test_who_comes_and_goes_is_seen():
    network, server, buffer = tea("ann", "bob")
    async with shown(network, buffer) as (app, pilot, members):
        server.enter("#tea", "@eve")
        del server.channels["#tea"].members["bob"]
        network.people_version += 1
        members.show(network, buffer)
        await pilot.pause()
        assert rows(app)[:4] == [" 2 here", " @eve", "  ann", ""]


async def test_outside_of_a_channel_nobody_is_shown():
    network, _, buffer = tea("ann", "bob")
    async with shown(network, network.server) as (app, pilot, members):
        assert not any(rows(app))
        members.show(network, buffer)
        await pilot.pause()
        assert rows(app)[0] == " 2 here"
        members.show(None, None)
        await pilot.pause()
        assert not any(rows(app))


async def test_ten_thousand_are_sorted_only_when_somebody_came_or_went_and_only_the_visible_are_drawn():
    network, _, buffer = tea(*(f"user-{number:05}" for number in range(10_000)))
    async with shown(network, buffer) as (app, pilot, members):
        in_order = members.members
        members.show(network, buffer)
        assert members.members is in_order
        await wheel(pilot, members, 5)
        assert rows(app)[0] == " 10,000 here"
        assert rows(app)[1] == "  user-00015"
        members.look_at(10_000)
        await pilot.pause()
        assert rows(app)[-1] == "  user-09999"


async def test_another_channel_begins_at_its_top_and_a_shorter_one_shows_its_end():
    network, server, buffer = tea(*(f"user-{number:02}" for number in range(40)))
    async with shown(network, buffer) as (app, pilot, members):
        members.look_at(30)
        for number in range(12, 40):
            del server.channels["#tea"].members[f"user-{number:02}"]
        network.people_version += 1
        members.show(network, buffer)
        await pilot.pause()
        assert rows(app)[-1] == "  user-11"
        server.enter("#ops", *(f"user-{number:02}" for number in range(40)))
        members.show(network, network.buffer("#ops"))
        await pilot.pause()
        assert rows(app)[1] == "  user-00"

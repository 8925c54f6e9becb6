"""The line above the timeline (ipcchat/tui/widgets/title_bar.py): rows 10, 16 and 17 of what people expect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.network import Network, State
from ipcchat.tui.widgets.title_bar import TitleBar
from tests.tui.desks import network_of
from tests.tui.panes import PaneApp, rows, style_at


@asynccontextmanager
async def shown(network: Network, buffer: Buffer, columns: int = 80) -> AsyncIterator[tuple[PaneApp, Pilot[None]]]:
    title = TitleBar()
    app = PaneApp(title, TitleBar.TopicWanted, TitleBar.LinkClicked)
    async with app.run_test(size=(columns, 3)) as pilot:
        title.show(network, buffer)
        await pilot.pause()
        yield app, pilot


def tea(topic: str) -> tuple[Network, Buffer]:
    network, server = network_of("net")
    server.enter("#tea", "ann", "bob").set_topic(topic)
    server.channels["#tea"].modes = {"t": "", "k": "secret", "n": ""}
    return network, network.buffer("#tea")


async def test_a_channel_with_its_topic_modes_and_members_but_not_its_key():
    async with shown(*tea("\x02Tea\x02 and biscuits\n")) as (app, _):
        title = rows(app)[0]
        assert title.startswith(" #tea  Tea and biscuits")
        assert title.endswith("+knt  2 members")
        assert "secret" not in title
        assert style_at(app, 2, 0).bold and not style_at(app, 8, 0).bold


async def test_a_long_topic_is_cut_and_with_little_room_it_is_worth_more_than_the_facts():
    network, buffer = tea("biscuits " * 1_000)
    async with shown(network, buffer) as (app, _):
        assert rows(app)[0].endswith("  +knt  2 members") and "…" in rows(app)[0]
    async with shown(network, buffer, 45) as (app, _):
        assert rows(app)[0].endswith("…  2 members")
    async with shown(network, buffer, 30) as (app, _):
        assert rows(app)[0] == " #tea  biscuits biscuits bis…"
    async with shown(network, buffer, 3) as (app, _):
        assert rows(app)[0] == " …"


async def test_a_link_in_the_topic_can_be_clicked_and_elsewhere_the_whole_topic_is_wanted():
    async with shown(*tea("see https://example.org/tea, or mail")) as (app, pilot):
        start = rows(app)[0].index("https")
        for column in (
            start,
            start + len("https://example.org/tea") - 1,
            start - 2,
            start + len("https://example.org/tea"),
        ):
            await pilot.click(TitleBar, offset=(column, 0))
        kinds = [type(event).__name__ for event in app.heard]
        assert kinds == ["LinkClicked", "LinkClicked", "TopicWanted", "TopicWanted"]
        assert app.heard[0].url == "https://example.org/tea"


async def test_without_a_topic_a_click_does_nothing():
    async with shown(*tea("")) as (app, pilot):
        await pilot.click(TitleBar, offset=(3, 0))
        assert app.heard == []


async def test_a_topic_cannot_lead_to_what_is_no_link():
    async with shown(*tea("javascript:alert(1) \x1b]8;;https://evil.example\x07")) as (app, _):
        assert "\x1b" not in rows(app)[0]
        assert [style_at(app, column, 0).meta.get("url") for column in range(6, 26)] == [None] * 20


async def test_a_person_with_who_he_is_and_where():
    network, server = network_of("net")
    person = server.meet("bob", away="lunch")
    person.realname, person.account = "Bob Tea", "bobby"
    async with shown(network, network.buffer("bob")) as (app, _):
        assert rows(app)[0].split() == ["bob", "Bob", "Tea", "account", "bobby", "away:", "lunch"]
    async with shown(network, network.buffer("stranger")) as (app, _):
        assert rows(app)[0] == " stranger"


async def test_a_channel_that_we_are_not_in_and_a_server_say_so():
    network, _ = network_of("net")
    network.state = State.CLOSED
    async with shown(network, network.buffer("#tea")) as (app, _):
        assert rows(app)[0].split() == ["#tea", "not", "joined"]
    async with shown(network, network.server) as (app, _):
        assert rows(app)[0].split() == ["net", "Example", "not", "connected"]

"""The list of channels and people (ipcchat/tui/widgets/channel_list.py): rows 2, 5, 10 and 17 of what people expect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from ipcchat.tui.model.desk import Desk
from ipcchat.tui.model.network import State
from ipcchat.tui.widgets.channel_list import COLUMNS_MAX, COLUMNS_MIN, ChannelList
from ipcchat.tui.widgets.pane import WHEEL_ROWS
from tests.tui.desks import NOON, desk_of, network_of, waits
from tests.tui.panes import PaneApp, rows, style_at, wheel


def noted(channels: ChannelList) -> list[int]:
    """Which places are drawn from now on."""
    drawn: list[int] = []
    draw = channels.draw

    def note(place: int, row: int, fill: Style) -> Strip:
        drawn.append(place)
        return draw(place, row, fill)

    channels.draw = note  # type: ignore[method-assign]
    return drawn


@asynccontextmanager
async def shown(desk: Desk, rows: int = 24) -> AsyncIterator[tuple[PaneApp, Pilot[None], ChannelList]]:
    channels = ChannelList()
    app = PaneApp(channels, ChannelList.Chosen)
    async with app.run_test(size=(80, rows)) as pilot:
        channels.show(desk, NOON)
        await pilot.pause()
        yield app, pilot, channels


async def test_networks_with_their_buffers_in_the_order_and_with_the_numbers_of_the_desk():
    one, server = network_of("ipc.example", "#tea", "#ops")
    server.meet("bob")
    one.buffer("bob")
    two, _ = network_of("libera", "#python")
    desk = desk_of(one, two)
    async with shown(desk) as (app, _, _):
        assert [row[:COLUMNS_MIN].rstrip() for row in rows(app)[:7]] == [
            "▌ipc.example",
            " 1 #ops",
            " 2 #tea",
            " 3 ● bob",
            "",
            " libera",
            " 4 #python",
        ]
        numbered = [desk.numbered(number) for number in range(1, 6)]
        assert [buffer.name if buffer else "" for buffer in numbered] == ["#ops", "#tea", "bob", "#python", ""]


async def test_what_waits_is_bold_with_its_count_and_a_mention_has_a_badge():
    network, _ = network_of("net", "#busy", "#calls", "#calm", "#huge")
    waits(network.buffer("#busy"), 12)
    waits(network.buffer("#calls"), 30, 2)
    waits(network.buffer("#huge"), 5_000)
    async with shown(desk_of(network)) as (app, _, _):
        busy, calls, calm, huge = rows(app)[1:5]
        assert busy.endswith("#busy       12")
        assert calls.endswith("@2")
        assert calm.endswith("#calm")
        assert huge.endswith("999+")
        assert [bool(style_at(app, 3, row).bold) for row in (1, 2, 3, 4)] == [True, True, False, True]


async def test_the_muted_one_is_quiet_unless_it_mentions_us():
    network, _ = network_of("net", "#calls", "#noise")
    for buffer in network.buffers.values():
        buffer.muted = True
    waits(network.buffer("#noise"), 40)
    waits(network.buffer("#calls"), 40, 1)
    async with shown(desk_of(network)) as (app, _, _):
        calls, noise = rows(app)[1:3]
        assert calls.endswith("@1")
        assert noise.endswith("⊘") and "40" not in noise
        assert not style_at(app, 3, 2).bold


async def test_where_we_are_not_is_in_brackets_and_so_is_everything_while_offline():
    network, _ = network_of("net", "#left", "#tea")
    network.buffer("#left").joined = False
    desk = desk_of(network)
    async with shown(desk) as (app, pilot, channels):
        assert rows(app)[1:3] == [" 1 (#left)", " 2 #tea"]
        network.state = State.WAITING
        channels.show(desk, NOON)
        await pilot.pause()
        assert [row[:COLUMNS_MIN].rstrip() for row in rows(app)[:3]] == [
            "▌net            ✕",
            " 1 (#left)",
            " 2 (#tea)",
        ]


async def test_people_are_here_or_away_or_gone_and_may_be_typing():
    network, server = network_of("net")
    server.meet("bob")
    server.meet("eve", away="lunch")
    for nick in ("bob", "eve", "zoe"):
        network.buffer(nick)
    network.buffer("bob").typing["bob"] = NOON + timedelta(seconds=3)
    desk = desk_of(network)
    async with shown(desk) as (app, pilot, channels):
        assert [row.split() for row in rows(app)[1:4]] == [["1", "●", "bob", "…"], ["2", "◐", "eve"], ["3", "○", "zoe"]]
        channels.show(desk, NOON + timedelta(seconds=3))
        await pilot.pause()
        assert rows(app)[1].split() == ["1", "●", "bob"]


async def test_a_click_goes_to_a_buffer_and_between_networks_there_is_none():
    one, _ = network_of("one", "#tea")
    two, _ = network_of("two", "#ops")
    async with shown(desk_of(one, two)) as (app, pilot, _):
        await pilot.click(ChannelList, offset=(5, 1))
        await pilot.click(ChannelList, offset=(5, 2))
        await pilot.click(ChannelList, offset=(5, 3))
        await pilot.click(ChannelList, offset=(5, 20))
        assert [event.buffer.name for event in app.heard] == ["#tea", "two"]


async def test_it_is_as_wide_as_the_names_need_within_its_limits():
    network, _ = network_of("net", "#tea")
    desk = desk_of(network)
    async with shown(desk) as (_, pilot, channels):
        assert channels.size.width == COLUMNS_MIN
        for name, columns in (("#twelve-chars", 22), ("#" + "long" * 20, COLUMNS_MAX)):
            network.buffer(name).joined = True
            channels.show(desk, NOON)
            await pilot.pause()
            assert channels.size.width == columns


async def test_the_current_buffer_is_marked_and_scrolled_into_sight():
    network, _ = network_of("net", *(f"#room-{number:02}" for number in range(40)))
    desk = desk_of(network)
    async with shown(desk, 10) as (app, pilot, channels):
        desk.go(network.buffer("#room-30"))
        channels.show(desk, NOON)
        await pilot.pause()
        assert [row for row in rows(app) if row.startswith("▌")] == ["▌  #room-30"]
        await pilot.resize_terminal(80, 5)
        await pilot.pause()
        assert [row for row in rows(app) if row.startswith("▌")] == ["▌  #room-30"]


async def test_the_edges_say_what_waits_out_of_sight_and_a_click_shows_it():
    network, _ = network_of("net", *(f"#room-{number:02}" for number in range(40)))
    desk = desk_of(network)
    desk.go(network.buffer("#room-20"))
    waits(network.buffer("#room-02"))
    waits(network.buffer("#room-03"), 4, 3)
    waits(network.buffer("#room-39"))
    async with shown(desk, 10) as (app, pilot, _):
        assert rows(app)[0] == " ↑ @3 · 2 unread"
        assert rows(app)[-1] == " ↓ 1 unread"
        await pilot.click(ChannelList, offset=(4, 0))
        await pilot.pause()
        assert any("#room-03" in row for row in rows(app))
        assert not app.heard


async def test_the_wheel_scrolls_without_changing_where_we_are():
    network, _ = network_of("net", *(f"#room-{number:02}" for number in range(40)))
    desk = desk_of(network)
    async with shown(desk, 10) as (app, pilot, channels):
        before = channels.top
        await wheel(pilot, channels, 6)
        await wheel(pilot, channels, -1)
        assert channels.top == before + 5 * WHEEL_ROWS
        waits(network.buffer("#room-20"))
        channels.show(desk, NOON)
        await pilot.pause()
        assert rows(app)[0].strip() == "#room-14"
        assert desk.current is network.server


async def test_nothing_is_drawn_when_nothing_changed_and_only_what_did():
    network, _ = network_of("net", "#tea", "#ops")
    desk = desk_of(network)
    async with shown(desk) as (_, pilot, channels):
        drawn = noted(channels)
        channels.show(desk, NOON)
        await pilot.pause()
        assert drawn == []
        waits(network.buffer("#tea"))
        channels.show(desk, NOON)
        await pilot.pause()
        assert set(drawn) == {2}


@pytest.mark.parametrize(
    "name",
    ["#\x1b[2Jred", "#日本語チャンネル名前長い", "#e\u0301\u0301\u0301", "#\u202eevil", "\u200d\u200d", "#👩‍👩‍👧‍👦"],
)
async def test_names_of_others_are_harmless_and_keep_the_columns(name):
    network, _ = network_of("net", name)
    async with shown(desk_of(network)) as (app, _, _):
        assert not set("".join(rows(app))) & {"\x1b", "\u202e"}

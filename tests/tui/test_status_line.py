"""The last line (ipcchat/tui/widgets/status_line.py): rows 5, 9 and 17 of what people expect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from ipcchat.tui.model.desk import Desk
from ipcchat.tui.model.network import State
from ipcchat.tui.widgets.status_line import StatusLine
from tests.tui.desks import NOON, desk_of, network_of, waits
from tests.tui.panes import PaneApp, rows, until

HINT = "Ctrl+K switch  F1 help"


@asynccontextmanager
async def shown(
    desk: Desk, columns: int = 80, hint: str = ""
) -> AsyncIterator[tuple[PaneApp, Pilot[None], StatusLine]]:
    status = StatusLine({"next_unread": "Alt+A", "reconnect": "Ctrl+R"})
    app = PaneApp(status)
    async with app.run_test(size=(columns, 2)) as pilot:
        status.show(desk, NOON, hint)
        await pilot.pause()
        yield app, pilot, status


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.CONNECTED, "● connected as ann"),
        (State.CONNECTING, "◌ connecting…"),
        (State.CATCHING_UP, "◐ catching up…"),
        (State.WAITING, "○ offline — trying again in 5 s (Ctrl+R now)  refused"),
        (State.CLOSED, "✕ not connected (Ctrl+R connects)  refused"),
    ],
)
async def test_the_state_of_the_connection_is_always_said_by_a_sign_and_words(state, expected):
    network, _ = network_of("net")
    network.state, network.reason, network.retry_at = state, "refused", NOON + timedelta(seconds=4.2)
    async with shown(desk_of(network)) as (app, _, _):
        assert rows(app)[0] == f" {expected}"


async def test_the_countdown_goes_on_while_it_is_shown_again():
    network, _ = network_of("net")
    network.state, network.retry_at = State.WAITING, NOON + timedelta(seconds=5)
    desk = desk_of(network)
    async with shown(desk) as (app, pilot, status):
        for seconds, expected in ((2, "in 3 s"), (9, "in 0 s")):
            status.show(desk, NOON + timedelta(seconds=seconds))
            await pilot.pause()
            assert expected in rows(app)[0]


async def test_another_network_is_named_only_when_something_is_wrong_with_it():
    one, _ = network_of("one")
    two, _ = network_of("two")
    desk = desk_of(one, two)
    async with shown(desk) as (app, pilot, status):
        assert "two" not in rows(app)[0]
        two.state = State.WAITING
        status.show(desk, NOON)
        await pilot.pause()
        assert rows(app)[0] == " ● connected as ann  ○ two offline"


@pytest.mark.parametrize(
    ("nicks", "expected"),
    [
        (["bob"], "bob is typing…"),
        (["bob", "eve"], "bob and eve are typing…"),
        (["bob", "eve", "zoe"], "several people are typing…"),
    ],
)
async def test_who_types_is_said_until_he_stops(nicks, expected):
    network, _ = network_of("net", "#tea")
    desk = desk_of(network)
    desk.go(network.buffer("#tea"))
    network.buffer("#tea").typing = dict.fromkeys(nicks, NOON + timedelta(seconds=6))
    async with shown(desk) as (app, pilot, status):
        assert rows(app)[0].endswith(f"  {expected}")
        status.show(desk, NOON + timedelta(seconds=6))
        await pilot.pause()
        assert rows(app)[0] == " ● connected as ann"


async def test_what_waits_elsewhere_is_summed_up_with_the_key_that_goes_there():
    network, _ = network_of("net", "#ops", "#tea", "#quiet")
    waits(network.buffer("#ops"), 30, 2)
    waits(network.buffer("#tea"), 3)
    waits(network.buffer("#quiet"), 3).muted = True
    desk = desk_of(network)
    async with shown(desk) as (app, pilot, status):
        assert rows(app)[0].endswith("@2 in #ops · 33 unread  Alt+A")
        desk.go(network.buffer("#ops"))
        status.show(desk, NOON)
        await pilot.pause()
        assert rows(app)[0].endswith(" 3 unread  Alt+A")


async def test_with_less_room_the_least_important_goes_first():
    network, _ = network_of("net", "#ops", "#tea")
    waits(network.buffer("#ops"), 30, 2)
    desk = desk_of(network)
    desk.go(network.buffer("#tea"))
    network.buffer("#tea").typing = {"bob": NOON + timedelta(seconds=6)}
    whole = ["● connected as ann", "bob is typing…", "@2 in #ops · 30 unread", "Alt+A", HINT]
    for columns, parts in ((100, whole), (80, whole[:4]), (64, whole[:3]), (50, [whole[0], whole[2]]), (30, whole[:1])):
        async with shown(desk, columns, HINT) as (app, _, _):
            said = rows(app)[0]
            assert [part for part in whole if part in said] == parts
            assert len(said) <= columns
    async with shown(desk, 12, HINT) as (app, _, _):
        assert rows(app)[0] == " ● connect…"


async def test_of_the_hints_the_last_goes_first():
    network, _ = network_of("net", "#ops")
    waits(network.buffer("#ops"))
    hint = "r reply  + react  e edit  c copy"
    for columns, words in ((71, hint), (70, "r reply  + react  e edit"), (54, "r reply"), (45, "")):
        async with shown(desk_of(network), columns, hint) as (app, _, _):
            assert rows(app)[0].endswith(f"1 unread  Alt+A  {words}".rstrip())


async def test_a_flash_is_seen_beside_the_state_and_goes_by_itself():
    network, _ = network_of("net")
    async with shown(desk_of(network), 80, HINT) as (app, pilot, status):
        status.flash("copied\x1b", 60)
        status.flash("Ctrl+Q quits", 0.05)
        await pilot.pause()
        assert rows(app)[0] == " ● connected as ann  Ctrl+Q quits"
        await until(pilot, lambda: HINT in rows(app)[0])
        assert "Ctrl+Q" not in rows(app)[0]


async def test_names_and_reasons_of_others_are_harmless():
    network, _ = network_of("net", nick="\x1b[31mann")
    network.state, network.reason = State.WAITING, "\x1b]0;evil\x07" * 100
    async with shown(desk_of(network)) as (app, _, _):
        assert rows(app)[0].isprintable()

"""Who comes and goes, told together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ipcchat.cli.comings import Comings
from ipcchat.client import events
from ipcchat.client.events import Event

TIME = datetime(2026, 1, 2, tzinfo=UTC)


def joined(nick: str, channel: str = "#tea") -> Event:
    return events.Joined(time=TIME, channel=channel, nick=nick)


def left(nick: str, reason: str = "") -> Event:
    return events.Quit(time=TIME, nick=nick, reason=reason)


@pytest.mark.parametrize(
    ("happened", "line"),
    [
        ([joined("ann")], "ann joined"),
        ([joined("ann"), joined("bob"), joined("ann")], "ann and bob joined"),
        ([joined("ann"), left("eve", "bye"), left("dan", "bye")], "ann joined; eve and dan left (bye)"),
        ([joined("ann", "#ops")], "ann joined #ops"),
        ([events.Parted(time=TIME, channel="#tea", nick="ann", reason="a\x1bb")], "ann left (a␛b)"),
        ([joined(nick) for nick in "abcdefgh"], "a, b, c, d, e and 3 more joined"),
        ([], ""),
    ],
)
def test_one_line_for_all(happened: list[Event], line: str) -> None:
    comings = Comings(lambda: "#tea")
    assert all(comings.take(event) for event in happened)
    assert comings.line() == line
    assert comings.line() == ""


@pytest.mark.parametrize(
    "event",
    [
        events.Joined(time=TIME, channel="#tea", nick="me", mine=True),
        events.Parted(time=TIME, channel="#tea", nick="me", mine=True),
        events.Quit(time=TIME, nick="ann", netsplit=True),
        events.Joined(time=TIME, channel="#tea", nick="ann", netjoin=True),
        events.Kicked(time=TIME, channel="#tea", nick="ann", by="bob"),
    ],
)
def test_what_is_told_otherwise(event: Event) -> None:
    assert not Comings(lambda: "#tea").take(event)

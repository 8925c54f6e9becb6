"""Times are shown in the zone of this machine, whatever was sent."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ipcchat.tui.local_time import clock, in_full, local


@pytest.fixture
def tokyo(monkeypatch):
    """Nine hours before Greenwich."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_the_zone_is_that_of_the_machine(tokyo):
    moment = datetime(2026, 11, 23, 20, 3, 12, tzinfo=UTC)
    assert clock(moment) == "05:03"
    assert in_full(moment) == "Tue 24 Nov 05:03:12"


@pytest.mark.parametrize("moment", [datetime.max, datetime.min])
@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_the_edges_of_the_calendar_are_shown_all_the_same(tokyo, moment, hours):
    sent = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert local(sent).year in (1, 9999)
    assert len(clock(sent)) == 5

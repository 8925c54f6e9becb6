"""Timestamps, with the standard library's calendar as the oracle.

Rules:
1. Each test names the text it checks: IRCv3 server-time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.wire.message import WireError
from ipcchat.wire.times import TIME_MAX, format_time, parse_time

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.integers(0, TIME_MAX))
def test_times_survive_and_agree_with_the_calendar(ms):  # server-time
    text = format_time(ms)
    assert parse_time(text) == ms
    assert datetime.fromisoformat(text) == EPOCH + timedelta(milliseconds=ms)


def test_every_end_of_a_month_in_four_hundred_years():  # server-time; the Gregorian cycle
    for year, month in product(range(1970, 2371), range(1, 13)):
        first = datetime(year, month, 1, tzinfo=UTC)
        for moment in {first, max(first - timedelta(milliseconds=1), EPOCH)}:
            ms = (moment - EPOCH) // timedelta(milliseconds=1)
            text = f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
            assert (format_time(ms), parse_time(text)) == (text, ms)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.500Z"),
        ("2026-01-02T03:04:05.678999999Z", "2026-01-02T03:04:05.678Z"),
        ("2016-12-31T23:59:60.250Z", "2016-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00:00.000Z", "2024-02-29T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_compat_fractions_and_leap_seconds(text, written):  # server-time
    assert format_time(parse_time(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "now",
            "2026-01-02",
            "2026-01-02 03:04:05.678Z",
            "2026-01-02T03:04:05.678",
            "2026-01-02T03:04:05.678+00:00",
        ),
        *(
            "2026-02-29T00:00:00.000Z",
            "2026-13-01T00:00:00.000Z",
            "2026-00-01T00:00:00.000Z",
            "2026-01-00T00:00:00.000Z",
        ),
        *(
            "2026-01-01T24:00:00.000Z",
            "2026-01-01T00:60:00.000Z",
            "2026-01-01T00:00:61.000Z",
            "1969-12-31T23:59:59.999Z",
        ),
        *(
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05.678Z\n",
            "\u0662026-01-02T03:04:05.678Z",
            "0000-01-01T00:00:00.000Z",
        ),
    ],
)
def test_what_is_no_time_is_refused(text):  # server-time
    with pytest.raises(WireError) as refused:
        parse_time(text)
    assert refused.value.code == "BAD_TIME"


@pytest.mark.parametrize("ms", [-1, TIME_MAX + 1])
def test_times_that_cannot_be_written(ms):  # server-time: four digits of year
    with pytest.raises(WireError) as refused:
        format_time(ms)
    assert refused.value.code == "BAD_TIME"

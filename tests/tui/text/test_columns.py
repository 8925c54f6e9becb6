"""Where time, nick and text stand, and how times are written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ipcchat.tui.text.columns import Columns, clock_face, day_label, moment


@pytest.mark.parametrize(
    ("width", "clock", "nick", "hang"),
    [(120, 24, 12, 20), (61, 24, 9, 17), (50, 24, 8, 16), (40, 24, 7, 15), (50, 12, 8, 18), (39, 24, 0, 3)],
)
def test_the_columns_fit_the_room(width: int, clock: int, nick: int, hang: int) -> None:
    columns = Columns.of(width, clock)
    assert (columns.nick, columns.hang, columns.text) == (nick, hang, width - hang)


@pytest.mark.parametrize("width", range(1, 130))
def test_there_is_always_room_for_text(width: int) -> None:
    columns = Columns.of(width, 24)
    assert 0 < columns.text <= width
    assert len(columns.fitted_nick("x" * 200)) <= max(columns.nick, width // 3, 1)


@pytest.mark.parametrize(
    ("minutes", "day", "half_day"),
    [
        (0, "00:00", "12:00am"),
        (65, "01:05", " 1:05am"),
        (720, "12:00", "12:00pm"),
        (1023, "17:03", " 5:03pm"),
        (1439, "23:59", "11:59pm"),
    ],
)
def test_times_of_day_are_always_as_long(minutes: int, day: str, half_day: str) -> None:
    assert clock_face(minutes, 24) == day
    assert clock_face(minutes, 12) == half_day


def test_days_are_written_out() -> None:
    assert day_label(date(2026, 11, 23)) == "Monday, 23 November 2026"


def test_a_moment_is_in_local_time() -> None:
    here = datetime(2026, 11, 23, 17, 3, 59).astimezone()
    assert (moment(here, 24).day, moment(here, 24).clock) == (date(2026, 11, 23), "17:03")


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_the_edges_of_the_calendar_hurt_nobody(year: int) -> None:
    assert len(moment(datetime(year, 12 if year > 1 else 1, 31 if year > 1 else 1, 23, 59, tzinfo=UTC), 24).clock) == 5

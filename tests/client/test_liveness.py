"""When a server is asked whether it is there, and when it is given up (RFC 2812 3.7.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ipcchat.client.liveness import (
    ANSWER_SECONDS,
    PONG_SECONDS,
    SILENT_SECONDS,
    SLEPT_SECONDS,
    WAKE_SECONDS,
    Liveness,
    Moment,
    has_slept,
)

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def at(ticks: float, slept: float = 0) -> Moment:
    return Moment(START + timedelta(seconds=ticks + slept), ticks)


@pytest.fixture
def liveness() -> Liveness:
    opened = Liveness()
    opened.opened(at(0))
    return opened


def test_silence_is_asked_about_once_and_then_given_up(liveness: Liveness) -> None:
    assert not liveness.asks(at(SILENT_SECONDS))
    assert liveness.asks(at(SILENT_SECONDS + 1))
    assert not liveness.asks(at(SILENT_SECONDS + 2))
    assert liveness.verdict(at(SILENT_SECONDS + PONG_SECONDS), 0) == ""
    assert "silent for 91 seconds" in liveness.verdict(at(SILENT_SECONDS + PONG_SECONDS + 1), 0)


def test_who_speaks_is_alive(liveness: Liveness) -> None:
    assert liveness.asks(at(SILENT_SECONDS + 1))
    liveness.heard(at(SILENT_SECONDS + 2))
    assert liveness.verdict(at(2 * SILENT_SECONDS), 0) == ""
    assert liveness.asks(at(2 * SILENT_SECONDS + 3))


def test_who_speaks_without_answering_is_given_up(liveness: Liveness) -> None:
    assert liveness.verdict(at(50), 0) == ""
    for ticks in (60, 90, 51 + ANSWER_SECONDS):
        liveness.heard(at(ticks))
    assert "answered nothing" in liveness.verdict(at(51 + ANSWER_SECONDS), 1)
    liveness.answered(at(51 + ANSWER_SECONDS))
    assert liveness.verdict(at(52 + ANSWER_SECONDS), 1) == ""


def test_a_sleep_asks_at_once_and_waits_for_ten_seconds(liveness: Liveness) -> None:
    assert liveness.asks(at(1, slept=3_600)) and WAKE_SECONDS <= 10
    assert not liveness.asks(at(2, slept=3_600))
    assert liveness.verdict(at(WAKE_SECONDS, slept=3_600), 0) == ""
    assert "not answer" in liveness.verdict(at(1 + WAKE_SECONDS, slept=3_600), 0)


def test_two_sleeps_ask_once_until_there_is_an_answer(liveness: Liveness) -> None:
    assert liveness.asks(at(1, slept=100))
    assert not liveness.asks(at(2, slept=200)) and not liveness.doubted(at(3, slept=200))
    liveness.heard(at(4, slept=200))
    assert liveness.doubted(at(5, slept=200))


@pytest.mark.parametrize("slept", [0, SLEPT_SECONDS, -3_600])
def test_a_clock_that_was_set_a_little_or_back_is_no_sleep(slept: float) -> None:
    assert not has_slept(at(0), at(1, slept))
    assert has_slept(at(0), at(1, SLEPT_SECONDS + 1))

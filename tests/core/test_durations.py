"""Durations as people write them, 30m, 1d12h, and as they say them, 30 minutes."""

from __future__ import annotations

import pytest

from ipcchat.core.durations import SECONDS_MAX, in_words, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1_800), ("1d12h", 129_600), ("2W", 1_209_600), ("1y", 31_536_000), ("1h1h", 7_200)],
)
def test_what_people_write(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "5", "m", "1x", "1h ", "-1h", "1.5h", "spam", "101y", "9999999999s", "٣d"])
def test_what_is_no_duration(text):
    assert parse_duration(text) is None


def test_the_longest():
    assert parse_duration("100y") == SECONDS_MAX


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "0 seconds"), (1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7_199, "119 minutes")),
        *((7_200, "2 hours"), (172_799, "47 hours"), (172_800, "2 days"), (8_640_000, "100 days")),
    ],
)
def test_what_people_say(seconds, words):
    assert in_words(seconds) == words

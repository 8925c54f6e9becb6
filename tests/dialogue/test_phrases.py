"""Small pieces of sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ipcchat.client.text import width
from ipcchat.dialogue.phrases import because, duration, moment, several, start_of


@pytest.mark.parametrize(
    ("names", "phrase"),
    [
        ([], ""),
        (["ann"], "ann"),
        (["ann", "bob"], "ann and bob"),
        (["ann", "bob", "eve"], "ann, bob and eve"),
        (list("abcdef"), "a, b, c, d, e and f"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
        (["a\x1b[2J"], "a␛[2J"),
    ],
)
def test_names(names: list[str], phrase: str) -> None:
    assert several(names) == phrase


@pytest.mark.parametrize(
    ("seconds", "phrase"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (7_500, "2 h 5 min"),
     (90_000, "1 d 1 h"), (172_800, "2 d")],
)  # fmt: skip
def test_durations(seconds: int, phrase: str) -> None:
    assert duration(seconds) == phrase


def test_moments() -> None:
    """Today the time is enough."""
    now = datetime.now(UTC)
    assert moment(now) == f"{now.astimezone():%H:%M}"
    then = now - timedelta(days=2)
    assert moment(then) == f"{then.astimezone().day} {then.astimezone():%B %Y, %H:%M}"


def test_quotations_and_reasons() -> None:
    assert start_of("one\ntwo  three") == "one two three"
    assert start_of("山" * 100).endswith("…") and width(start_of("山" * 100)) <= 60
    assert because("") == because("Quit: ") == "" and because("a\x1bb") == " (a␛b)"

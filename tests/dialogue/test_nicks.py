"""What may be a nick, mentions, and colours that are the same everywhere."""

from __future__ import annotations

import pytest

from ipcchat.dialogue.nicks import colour_number, is_nick, mentions


@pytest.mark.parametrize(
    ("text", "found"),
    [("bob: hi", True), ("hi BOB!", True), ("bobby", False), ("kebob", False), ("bob-2", False), ("", False)],
)
def test_a_mention_is_a_word_of_its_own(text: str, found: bool) -> None:
    assert mentions(text, "bob") is found


def test_a_colour_is_the_crc_of_the_folded_nick() -> None:
    assert [colour_number(nick, 8) for nick in ("ann", "ANN", "bob", "zażółć")] == [3, 3, 0, 2]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("ann", True),
        ("[ann]-2", True),
        ("a" * 32, True),
        ("a" * 33, False),
        ("1ann", False),
        ("", False),
        ("a b", False),
    ],
)
def test_what_may_be_a_nick(text: str, fits: bool) -> None:
    """RFC 2812 2.3.1."""
    assert is_nick(text) is fits

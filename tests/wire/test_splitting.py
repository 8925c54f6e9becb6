"""Long texts in pieces that fit.

Rules:
1. Each test names the text it checks: RFC 2812 2.3 (512 bytes), RFC 3629, Unicode UAX 29.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipcchat.wire.message import WireError
from ipcchat.wire.splitting import split_text

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
THUMB = "\U0001f44d\U0001f3fd"
FLAG = "\U0001f1e9\U0001f1ea"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e007f"
HEART = "\u2764\ufe0f"
ACCENT = "e\u0301\u0323"
HANGUL = "\u1112\u1161\u11ab"
SYLLABLE = "\uac00\u11a8"
TEXTS = st.text(
    st.one_of(
        st.sampled_from(" ab\u00e9\u20ac\u0301\u200d\u1100\u1161" + FLAG), st.characters(exclude_categories=["Cs"])
    )
)


def loses_only_spaces(text: str, pieces: list[str]) -> bool:
    """Whether the pieces are the text, with at most one space gone between two of them."""
    position = 0
    for piece in pieces:
        if position and not text.startswith(piece, position) and text[position] == " ":
            position += 1
        if not text.startswith(piece, position):
            return False
        position += len(piece)
    return position == len(text) or text[position:] == " "


@given(TEXTS, st.integers(4, 24))
@example("a b", 4)
@example("     ", 4)
@example("abcd ", 4)
@example("  abcdefg", 4)
def test_pieces_fit_and_nothing_but_split_spaces_is_lost(text, bytes_max):  # RFC 2812 2.3, RFC 3629
    pieces = split_text(text, bytes_max)
    assert all(0 < len(piece.encode()) <= bytes_max for piece in pieces)
    assert loses_only_spaces(text, pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


def test_a_text_that_fits_is_left_alone():
    assert split_text("  two  words ", 13) == ["  two  words "]
    assert split_text("", 10) == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two three", ["one two", "three"]),
        ("one twoo three", ["one twoo", "three"]),
        ("abcdefghijkl mn", ["abcdefgh", "ijkl mn"]),
        ("a  bcdefghij", ["a ", "bcdefghi", "j"]),
        (" abcdefghij", [" abcdefg", "hij"]),
    ],
)
def test_cuts_are_made_at_the_last_space_that_fits(text, pieces):
    assert split_text(text, 8) == pieces


@pytest.mark.parametrize(
    "cluster", [FAMILY, THUMB, FLAG, SCOTLAND, HEART, ACCENT, HANGUL, SYLLABLE, "\uac00", "\u20ac"]
)
def test_what_is_seen_as_one_character_stays_whole(cluster):  # UAX 29 GB6 to GB13
    size = len(cluster.encode())
    for spare in range(size):
        assert split_text(cluster * 5, 2 * size + spare) == [cluster * 2, cluster * 2, cluster]
        assert split_text("x" + cluster * 2, size + 1 + spare) == ["x" + cluster, cluster]


def test_flags_are_counted_in_pairs():  # UAX 29 GB12
    assert split_text("a" + FLAG * 3, 13) == ["a" + FLAG, FLAG, FLAG]


def test_a_mark_behind_a_space_keeps_its_space():  # UAX 29 GB9
    assert split_text("ab \u0301cdef", 6) == ["ab \u0301c", "def"]
    assert split_text("ab c \u0301def", 7) == ["ab", "c \u0301def"]


def test_two_leading_consonants_are_one_syllable():  # UAX 29 GB6
    assert split_text("xx\u1100\u1100\uac00", 10) == ["xx", "\u1100\u1100\uac00"]


def test_what_cannot_stay_whole_is_cut_between_code_points():  # RFC 3629: never inside a character
    assert split_text("e" + "\u0301" * 4, 4) == ["e\u0301", "\u0301\u0301", "\u0301"]


def test_a_limit_smaller_than_a_character_is_an_error():
    with pytest.raises(ValueError, match="at least 4"):
        split_text("x", 3)


def test_a_lone_surrogate_is_refused():  # RFC 3629 3
    with pytest.raises(WireError) as refused:
        split_text("a\ud800", 10)
    assert refused.value.code == "INVALID_UTF8"

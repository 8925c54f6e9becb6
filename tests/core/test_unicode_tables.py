"""The generated tables are what the Unicode data says (UTS 39 `confusables.txt`, UAX 24 `Scripts.txt`)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ipcchat.core import unicode_tables
from ipcchat.core.skeletons import folded
from tests.core import make_unicode_tables as maker

BYTES_MAX = 150_000


def test_the_tables_are_up_to_date():
    message = "make them again: .venv/bin/python -m tests.core.make_unicode_tables"
    assert maker.PATH.read_text(encoding="utf-8") == maker.module(), message


def test_they_are_small_and_bear_their_licence():
    text = maker.PATH.read_text(encoding="utf-8")
    assert len(text.encode()) < BYTES_MAX
    assert "Copyright © 1991-2024 Unicode, Inc." in text


def test_the_source_is_read_in_the_right_direction():
    prototypes = maker.prototypes()
    assert len(prototypes) > 6_000
    assert prototypes["а"] == "a" and prototypes["m"] == "rn" and prototypes["I"] == "l"
    assert prototypes["\u05ad"] == "\u0596"  # a pair of its own
    assert not set(prototypes) & {character for look in prototypes.values() for character in look}


def test_nothing_in_the_table_looks_like_something_else_again():
    looks = maker.looks()
    assert not set(looks) & {character for look in looks.values() for character in look}
    assert not any("rn" in look or look != folded(look) for look in looks.values())


@pytest.mark.parametrize(
    ("own", "capital", "look"),
    [
        ("", "b", "b"),
        ("p", "", "p"),
        ("v", "n", "n"),
        ("i", "l", "i"),
        ("", "l", "l"),
        ("o", "ʃ", "o"),
        ("ƅi", "bl", "ƅi"),
    ],
)
def test_a_letter_looks_like_its_capital_where_that_is_plain(own, capital, look):
    assert maker.better(own, capital) == look


def test_looks_that_go_round_in_circles_are_an_error():
    with pytest.raises(ValueError, match="never settles"):
        maker.settled("a", {"a": "b", "b": "c", "c": "a"})


def test_each_character_has_one_script():
    spans = [span for group in unicode_tables.SCRIPTS.split() for span in group.partition(":")[2].split(",")]
    ranges = sorted((int(first, 16), int(last or first, 16)) for first, _, last in (s.partition("-") for s in spans))
    assert ranges[0][0] == 0
    assert all(last < first for (_, last), (first, _) in pairwise(ranges))

"""Which of many names is meant by a few letters (ipcchat/tui/model/fuzzy.py)."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.tui.model.fuzzy import (
    BEGINNING,
    INITIALS,
    LETTERS,
    PART,
    SAME,
    WORD,
    Candidate,
    comparable,
    letters_found,
    quality,
    ranked,
)

CHANNELS = ("#general", "#general-dev", "#ops", "#random", "#release-ops", "##linux")


def meant(typed: str, *names: str, network: str = "libera") -> list[str]:
    return ranked(typed, [Candidate(comparable(name), network, 1, name) for name in names], 10)


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("ops", "#ops", SAME),
        ("#ops", "#ops", SAME),
        ("OPS", "#ops", SAME),
        ("gen", "#general", BEGINNING),
        ("linux", "##linux", SAME),
        ("dev", "#general-dev", WORD),
        ("ener", "#general", PART),
        ("gd", "#general-dev", INITIALS),
        ("gnl", "#general", LETTERS),
        ("#gnl", "#general", LETTERS),
        ("xyz", "#general", None),
        ("lg", "#general", None),
        ("#ann", "ann", None),
        ("é", "#café", PART),
    ],
)
def test_how_well_a_name_matches(typed, name, expected):
    assert quality(typed)(name) == expected


def test_the_better_match_comes_first():
    assert meant("ops", *CHANNELS) == ["#ops", "#release-ops"]
    assert meant("gen", *CHANNELS) == ["#general", "#general-dev"]
    assert meant("r", *CHANNELS) == ["#random", "#release-ops", "#general", "#general-dev"]


def test_of_equal_matches_the_lighter_one_comes_first():
    names = [
        Candidate("#tea", "", 1, "quiet"),
        Candidate("#tea-time", "", 0, "waits"),
        Candidate("tea", "", 3, "stranger"),
    ]
    assert ranked("te", names, 10) == ["waits", "quiet", "stranger"]


def test_nothing_typed_means_nothing():
    assert meant("  ", *CHANNELS) == []


def test_several_words_match_name_and_network_in_any_order():
    assert meant("lib gen", *CHANNELS) == meant("gen lib", *CHANNELS) == ["#general", "#general-dev"]
    assert meant("dev gen", *CHANNELS) == ["#general-dev"]
    assert meant("oftc gen", *CHANNELS) == []


def test_at_most_so_many_are_found():
    many = [Candidate(f"#room-{number}", "", 0, number) for number in range(1_000)]
    assert len(ranked("room", many, 50)) == 50


@pytest.mark.parametrize(
    ("typed", "name", "found"),
    [("gen", "#General", "Gen"), ("gd", "#general-dev", "gd"), ("lib gen", "#general", "gen"), ("zz", "#tea", "")],
)
def test_the_letters_that_were_typed_are_found_in_the_name(typed, name, found):
    assert "".join(name[place] for place in sorted(letters_found(typed, name))) == found


@given(st.text(min_size=1, max_size=20).filter(str.strip), st.text(max_size=60))
def test_what_matches_has_all_letters_in_their_order(typed, name):
    typed = "".join(typed.split())
    letters = iter(comparable(name))
    expected = all(letter in letters for letter in comparable(typed))
    assert (quality(typed)(comparable(name)) is not None) == expected
    assert all(0 <= place < len(name) for place in letters_found(typed, name))


def test_names_made_to_be_slow_are_not():
    """A pattern with backtracking would need years for these."""
    began = perf_counter()
    for name in ("a" * 100, "-a" * 50, "a-" * 50, "a" + "-" * 90 + "cb", "a" * 98 + "cb"):
        for typed in ("a" * 30 + "b", "a" * 99 + "b", "a" + "-" * 30 + "b"):
            quality(typed)(name)
    assert perf_counter() - began < 1

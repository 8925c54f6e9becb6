"""ipcchat/backend/search_words.py: what a word is, and how well a message fits. The number is the module's rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.backend.search_words import WORD_CHARACTERS_MAX, Matcher, Pattern, best, has_link, tokens
from ipcchat.core.effects import Past, Search
from ipcchat.core.facts import Entry, Posted


def past(seq: int, text: str, *edits: str) -> Past:
    """A message that was edited so many times."""
    facts = [Posted(b"%016d" % place, 1_000 + seq, "u1", "ann!a@host", text=edit) for place, edit in enumerate(edits)]
    about = tuple(Entry(seq + place, 1_000 + seq, fact) for place, fact in enumerate(facts, 1))
    fact = Posted(b"%016d" % seq, 1_000 + seq, "u1", "ann!a@host", text=text, account="Anna")
    return Past(seq, 1_000 + seq, "#tea", Entry(seq, 1_000 + seq, fact), about)


def query(*words: str, **other: object) -> Search:
    return Search({"#tea": ((0, 99),)}, 99, 10, words=words, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café CAFE", ["cafe", "cafe"]),
        ("a_b c-d 3.5 don't", ["a", "b", "c", "d", "3", "5", "don", "t"]),
        ("\N{LATIN SMALL LIGATURE FI}ne \uff21\uff22 stra\u00dfe \u0130st", ["fine", "ab", "strasse", "ist"]),
        ("\u041f\u0440\u0438\u0432\u0435\u0442 \u03a3\u03a3", ["\u043f\u0440\u0438\u0432\u0435\u0442", "\u03c3\u03c3"]),
        ("!!! -- \u2026 *", []),
        ("", []),
    ],
)
def test_1_words_are_folded_letters_and_digits(text: str, words: list[str]):
    assert tokens(text) == words


def test_2_scripts_without_spaces_are_found_by_any_part():
    assert tokens("\u65e5\u672c\u8a9e abc") == ["\u65e5", "\u672c", "\u8a9e", "abc"]
    assert Matcher(query("\u672c\u8a9e")).score(past(1, "\u65e5\u672c\u8a9e"))
    assert not Matcher(query("\u8a9e\u672c")).score(past(1, "\u65e5\u672c\u8a9e"))


def test_3_a_word_counts_up_to_a_length():
    assert tokens("x" * 500) == tokens("X" * 64) == ["x" * WORD_CHARACTERS_MAX]


def test_4_colours_are_no_text_and_a_line_that_was_cut_is_whole():
    assert tokens("\x0304,02red\x03 \x02bold\x02") == ["red", "bold"]
    assert tokens("one li\rne\ntwo") == ["one", "line", "two"]
    assert has_link("see htt\rps://x") and has_link("HTTP://x") and not has_link("http:// x") and not has_link("://")


@given(st.text(max_size=300))
def test_5_words_are_such_that_an_index_takes_them_as_they_are(text: str):
    found = tokens(text)
    assert all(word and len(word) <= WORD_CHARACTERS_MAX and "=" not in word and '"' not in word for word in found)
    assert all(all(not mark.isascii() or mark.isalnum() for mark in word) for word in found)
    assert not found or Pattern(text.rstrip("*")).count(f" {' '.join(found)} ") >= 1


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        (("tea",), True),
        (("te",), False),
        (("te*",), True),
        (("*",), False),
        (("tea", "lemon"), True),
        (("tea", "milk"), False),
        (("with lemon",), True),
        (("lemon with",), False),
        (("with lem*",), True),
        (("green tea with lemon",), True),
        ((), True),
        (("!!!",), False),
    ],
)
def test_all_words_must_be_there(words: tuple[str, ...], fits: bool):
    assert bool(Matcher(query(*words)).score(past(1, "Green tea, with lemon"))) is fits


def test_the_latest_text_counts():
    assert Matcher(query("new")).score(past(1, "old", "newer", "new"))
    assert not Matcher(query("old")).score(past(1, "old", "newer", "new"))
    assert not Matcher(query("newer")).score(past(1, "old", "newer", "new"))


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        ({"nick": "ANN"}, True),
        ({"nick": "anna"}, False),
        ({"account": "anna"}, True),
        ({"nick": "x", "account": "ANNA"}, True),
        ({"nick": "x", "account": "x"}, False),
        ({"after": 1_007, "before": 1_007}, True),
        ({"after": 1_008}, False),
        ({"before": 1_006}, False),
        ({"has_link": True}, False),
    ],
)
def test_who_and_when(other: dict[str, object], fits: bool):
    assert bool(Matcher(query("tea", **other)).score(past(7, "tea"))) is fits


def test_more_of_a_word_in_a_shorter_text_ranks_higher():
    scores = [Matcher(query("tea")).score(past(1, text)) for text in ("tea tea tea", "tea", f"tea {'x ' * 50}")]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 3


def test_which_are_taken_and_in_which_order():
    found = [(score, past(seq, "x")) for seq, score in ((1, 5.0), (2, 1.0), (3, 5.0), (4, 2.0))]
    for words, seqs in (({}, [2, 3, 4]), ({"newest": False}, [1, 2, 3]), ({"ranked": True}, [3, 1, 4])):
        wanted = Search({}, 9, 3, **words)  # type: ignore[arg-type]
        answer = best(wanted, list(found))
        assert ([each.seq for each in answer.found], answer.more) == (seqs, True)
    assert not best(Search({}, 9, 4), found).more

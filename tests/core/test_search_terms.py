"""ipcchat/core/search_terms.py: what people look for, as they write it.

Specification: soju.im/search (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core.search_terms import Terms, UnclearError, read

DAY = 1_767_312_000_000  # 2026-01-02T00:00:00.000Z
DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("text=tea", Terms(words=("tea",))),
        (r"text=green\stea", Terms(words=("green", "tea"))),
        ("text=green tea;in=#lobby", Terms(words=("green", "tea"), target="#lobby")),
        ('text="green tea" lemon*', Terms(words=("green tea", "lemon*"))),
        ('text="green te"*', Terms(words=("green te*",))),
        ('text="green te*"', Terms(words=("green te",))),
        ('text="not closed', Terms(words=("not closed",))),
        ("from=ann;account=joe;limit=7", Terms(nick="ann", account="joe", limit=7)),
        ("has=link", Terms(has_link=True)),
        ("in=#a;sort=rank", Terms(target="#a", order="rank")),
        ("text=-- tea !!!", Terms(words=("tea",))),
        (r"text=a\:b;;", Terms(words=("a;b",))),
        ("in=#a;text=", Terms(target="#a")),
    ],
)
def test_attributes_are_encoded_like_message_tags(written: str, terms: Terms):  # soju.im/search "SEARCH Command"
    assert read(written, 16) == terms


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("tea from:ann", Terms(words=("tea",), nick="ann")),
        ("in:#lobby tea", Terms(words=("tea",), target="#lobby")),
        ("FROM:ann has:link", Terms(nick="ann", has_link=True)),
        ('from:"ann" tea', Terms(words=("tea",), nick="ann")),
        ("tea after:2026-01-02", Terms(words=("tea",), after=DAY)),
        ("tea before:2026-01-02", Terms(words=("tea",), before=DAY + DAY_MS - 1)),
        ("http://in:x limit:3", Terms(words=("http://in:x", "limit:3"))),
        ("in: tea", Terms(words=("in:", "tea"))),
        ("from:ann !!!", Terms(nick="ann")),
    ],
)
def test_attributes_can_be_typed_among_the_words(typed: str, terms: Terms):
    assert read(f"text={typed}", 16) == terms


def test_an_attribute_outside_the_text_counts_more():
    assert read("text=tea in:#a from:ann;in=#b", 16) == Terms(words=("tea",), target="#b", nick="ann")


def test_times_are_inclusive_and_a_day_is_all_of_it():  # soju.im/search: "at or after", "at or before this time"
    terms = read("text=x;after=2026-01-02T00:00:00.005Z;before=2026-01-02T00:00:00.007Z", 16)
    assert (terms.after, terms.before) == (DAY + 5, DAY + 7)
    terms = read("text=x;after=2026-01-02;before=2026-01-02", 16)
    assert (terms.after, terms.before) == (DAY, DAY + DAY_MS - 1)
    assert read("before=1970-01-01T00:00:00.000Z", 16).before == 1  # 0 would be no time at all


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ("text=x", "newest"),
        ("text=x;after=2026-01-02", "oldest"),
        ("text=x after:2026-01-02", "newest"),
        ("text=x;after=2026-01-02;sort=newest", "newest"),
        ("text=x;sort=oldest", "oldest"),
    ],
)
def test_from_a_time_on_the_oldest_come_first(written: str, order: str):  # soju.im/search: "searched from that time"
    assert read(written, 16).order == order


@pytest.mark.parametrize(
    ("written", "attribute", "advice"),
    [
        ("", "text", "what to look for"),
        (";;", "text", "what to look for"),
        ("limit=5", "text", "what to look for"),
        ("text=!!! *", "text", "no letters or digits"),
        ("text=a*", "text", "at least 2 letters"),
        ("text=" + "x " * 17, "text", "At most 16 words"),
        ("hello", "hello", "SEARCH takes in, from"),
        ("what=1", "what", "SEARCH takes in, from"),
        ("text=x;limit=0", "limit", "from 1 on"),
        ("text=x;limit=-1", "limit", "from 1 on"),
        ("text=x;limit=\u0663", "limit", "from 1 on"),
        ("text=x;after=yesterday", "after", "2026-01-02"),
        ("text=x;before=2026-02-31", "before", "There is no such time"),
        ("text=x has:file", "has", "has=link"),
        ("text=x;sort=best", "sort", "newest, oldest, rank"),
    ],
)
def test_what_is_unclear_says_what_to_write(written: str, attribute: str, advice: str):
    with pytest.raises(UnclearError, match=advice) as caught:
        read(written, 16)
    assert caught.value.attribute == attribute


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str):  # HOSTILE I07
    try:
        terms = read(f"text={text}", 16)
    except UnclearError:
        return
    assert all(any(map(str.isalnum, word)) for word in terms.words)
    assert len(terms.words) <= 16

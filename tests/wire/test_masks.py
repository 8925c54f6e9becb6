"""Masks: the published vectors, an oracle, and masks made to be slow.

Rules:
1. Each test names the text it checks: Modern IRC "Masks", RFC 2812 2.5.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipcchat.wire.masks import match, normalize_mask
from tests.wire.vectors import vectors


def brute_force(mask: str, text: str) -> bool:
    """The definition of a mask, as plain as it can be written."""

    @cache
    def rest(at: int, position: int) -> bool:
        if at == len(mask):
            return position == len(text)
        if mask[at] == "*":
            return rest(at + 1, position) or (position < len(text) and rest(at, position + 1))
        return position < len(text) and mask[at] in ("?", text[position]) and rest(at + 1, position + 1)

    return rest(0, 0)


@pytest.mark.parametrize("vector", vectors("mask-match", "mask"))
def test_published_masks(vector):  # parser-tests mask-match
    assert [text for text in vector["matches"] if not match(vector["mask"], text)] == []
    assert [text for text in vector["fails"] if match(vector["mask"], text)] == []


@given(st.text("ab*?", max_size=10), st.text("abc?*", max_size=12))
@example("a?b", "acb")
@example("a?b", "acc")
@example("*?b*?", "aabb")
@example("a*a", "a")
def test_a_mask_describes_what_its_definition_says(mask, text):  # RFC 2812 2.5
    assert match(mask, text) == brute_force(mask, text)


@pytest.mark.parametrize("text", ["", "*", "?", "[", "ann", "a.b", "\U0001f600", "\n"])
def test_every_text_is_described_by_stars_and_by_itself(text):  # Modern IRC "Masks"
    assert match("*", text) and match("***", text) and match(text, text)
    assert match("?" * len(text), text) and not match("?" * (len(text) + 1), text)


class CountedText(str):
    """A text that counts how often a character of it is read."""

    reads = 0

    def __getitem__(self, key):
        self.reads += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("piece", ["a", "?a", "a?"])
def test_a_mask_made_to_be_slow_reads_each_character_a_few_times(piece):  # no backtracking: *a*a*a*a*b
    text = CountedText("a" * 4000)
    assert not match("*" + (piece + "*") * 100 + "b", text)
    assert not match("*" + piece * 100 + "b*", text)
    assert text.reads <= 3 * len(text)


@pytest.mark.parametrize(
    ("mask", "full"),
    [
        ("ann", "ann!*@*"),
        ("user@host", "*!user@host"),
        ("ann!user", "ann!user@*"),
        ("ann!user@host", "ann!user@host"),
        ("ann!@", "ann!*@*"),
        ("@host", "*!*@host"),
        ("!user", "*!user@*"),
        ("", "*!*@*"),
        ("***!a**b@*", "*!a*b@*"),
        ("a!b!c@d@e", "a!b!c@d@e"),
        ("*.example.org", "*!*@*.example.org"),
        ("192.0.2.0/24", "*!*@192.0.2.0/24"),
        ("2001:db8::1", "*!*@2001:db8::1"),
        ("staff/ann", "*!*@staff/ann"),
        ("ann!user.name", "ann!user.name@*"),
    ],
)
def test_masks_are_completed(mask, full):  # Modern IRC "Masks"
    assert normalize_mask(mask) == full


@given(st.text("a!@*?.:/", max_size=10))
def test_completing_twice_is_completing_once(mask):
    assert normalize_mask(normalize_mask(mask)) == normalize_mask(mask)

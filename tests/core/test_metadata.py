"""Metadata as readers get it (IRCv3 draft/metadata-2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import metadata


@pytest.mark.parametrize("key", ["a", "im.xmpp", "soju.im/pinned", "a_b-c", "0", "k" * 64])
def test_keys(key):
    assert metadata.is_key(key)


@given(st.text(max_size=70))
def test_what_is_a_key_is_one_word_of_its_characters(key):
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_./-")
    assert metadata.is_key(key) == (0 < len(key) <= 64 and set(key) <= allowed)

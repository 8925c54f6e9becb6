"""Which names are allowed (RFC 2812 2.3.1; Modern IRC "Channels"; hostile inputs N01, N03, N04)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import names
from ipcchat.core.limits import Limits

LIMITS = Limits()


@pytest.mark.parametrize("name", ["ann", "Ann-1", "[]\\`_^{|}", "a" * 32, "_", "a0"])
def test_nicks(name):
    assert names.is_nick(name, LIMITS)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "*",
        "0",
        "1a",
        "-a",
        "#a",
        "$srv",
        "a.b",
        "a!b",
        "a@b",
        "a:b",
        "a b",
        "a,b",
        "a\n",
        "ann\u200b",
        "ｂｏｂ",
        "é",
        "NickServ",
        "CHANSERV",
        "a" * 33,
        "а",
    ],
)
def test_no_nicks(name):
    assert not names.is_nick(name, LIMITS)


@pytest.mark.parametrize("name", ["#a", "##", "#Tea", "#café", "#日本語", "#a*?", "#" + "x" * 63, "#" + "é" * 31])
def test_channels(name):
    assert names.is_channel(name, LIMITS)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "#",
        "a",
        "&a",
        "#a b",
        "#a,b",
        "#a:b",
        "#\x07",
        "#a\x7f",
        "#é:",
        "#é,",
        "#é ",
        "#é\x07",
        "#é\u200d",
        "#é\u202e",
        "#é",
        "#\ufeffa",
        "#\ue000",
        "#" + "x" * 64,
        "#" + "é" * 32,
        "#\u2028",
    ],
)
def test_no_channels(name):
    assert not names.is_channel(name, LIMITS)


@given(st.text(max_size=40), st.text(max_size=40))
def test_every_allowed_name_can_stand_in_a_mask_or_list(nick, channel):
    channel = f"#{channel}"
    if names.is_nick(nick, LIMITS):
        assert not set(nick) & set(" ,!@:*?#.")
    if names.is_channel(channel, LIMITS):
        assert not set(channel) & set(" ,:\r\n\0\x07")
        assert len(channel.encode()) <= 64


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("ann", "~ann"),
        ("", "~user"),
        ("a!b@c*", "~abc"),
        ("é", "~user"),
        ("x" * 40, "~" + "x" * 19),
        ("a.b-c_d", "~a.b-c_d"),
    ],
)
def test_usernames_are_reduced_to_safe_characters(given_name, name):
    assert names.username(given_name, LIMITS) == name

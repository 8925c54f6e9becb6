"""The tables of modes: one meaning for a letter, a specification for each, and CHANMODES and PREFIX made from them."""

from __future__ import annotations

import re

import pytest

from ipcchat.core.modes import (
    CHANNEL_CLASSES,
    CHANNEL_MODES,
    NETWORK_OPERATOR,
    PREFIX_MODES,
    SERVER_NOTICES,
    SYMBOLS,
    USER_CLASSES,
    USER_MODES,
    Kind,
    is_at_least,
)
from ipcchat.wire.modes import Change, mode_classes, parse_modes

# The headings under "Modes" of Modern IRC, as its page makes links of them.
MODERN_ANCHORS = {
    "ban-channel-mode",
    "exception-channel-mode",
    "client-limit-channel-mode",
    "invite-only-channel-mode",
    "invite-exception-channel-mode",
    "key-channel-mode",
    "moderated-channel-mode",
    "secret-channel-mode",
    "protected-topic-mode",
    "no-external-messages-mode",
    "founder-prefix",
    "protected-prefix",
    "operator-prefix",
    "halfop-prefix",
    "voice-prefix",
    "invisible-user-mode",
    "oper-user-mode",
    "registered-user-mode",
    "wallops-user-mode",
}
ROWS = [*CHANNEL_MODES.values(), *USER_MODES.values()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{type(row).__name__}-{row.letter}")
def test_a_row_says_what_it_is_and_where_that_is_specified(row):
    assert re.fullmatch("[A-Za-z]", row.letter)
    assert row.name
    assert row.help == row.help.strip()
    assert not row.help.endswith(".")
    assert row.spec.startswith("https://")
    if row.spec.startswith("https://modern.ircdocs.horse/"):
        assert row.spec.partition("#")[2] in MODERN_ANCHORS


@pytest.mark.parametrize("row", CHANNEL_MODES.values(), ids=lambda row: row.letter)
def test_who_may_change_a_channel_mode_and_what_it_takes(row):
    assert row.rank in (*PREFIX_MODES, NETWORK_OPERATOR)
    assert bool(row.argument) == (row.kind is not Kind.FLAG)


def test_the_classes_are_those_of_the_rows():  # Modern IRC, CHANMODES and PREFIX parameters
    assert CHANNEL_CLASSES.chanmodes == "beI,k,fl,CDMPQRSUcimnpstur"
    assert CHANNEL_CLASSES.prefix == "(qaohv)~&@%+"
    assert mode_classes(CHANNEL_CLASSES.chanmodes, CHANNEL_CLASSES.prefix) == CHANNEL_CLASSES
    assert "".join(SYMBOLS[letter] for letter in PREFIX_MODES) == "~&@%+"


def test_server_notices_take_letters_or_none():
    assert parse_modes(USER_CLASSES, "+is-sx+s", ["+cn-k"]).changes == [
        Change(True, "i"),
        Change(True, "s", "+cn-k"),
        Change(False, "s"),
        Change(False, "x"),
        Change(True, "s"),
    ]
    assert not parse_modes(USER_CLASSES, "".join(USER_MODES)).errors
    assert all(re.fullmatch("[a-z]", letter) for letter in SERVER_NOTICES)


@pytest.mark.parametrize(
    ("modes", "ranks"),
    [("", ""), ("v", "v"), ("hv", "hv"), ("o", "ohv"), ("ov", "ohv"), ("a", "aohv"), ("qo", "qaohv")],
)
def test_a_rank_includes_those_below(modes, ranks):
    assert "".join(rank for rank in PREFIX_MODES if is_at_least(modes, rank)) == ranks
    assert not is_at_least(modes, NETWORK_OPERATOR)

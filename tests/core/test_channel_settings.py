"""The settings of channels that are no modes: what they can be, and what they are by themselves."""

from __future__ import annotations

import pytest

from ipcchat.core.channel_settings import (
    EDITS,
    HISTORY,
    KEEP_AGE,
    KEEP_BYTES,
    KEEP_COUNT,
    REDACTIONS,
    SETTINGS,
    value_of,
)
from ipcchat.core.state import Channel


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (HISTORY, "all joined"),
        (EDITS, "on off"),
        (REDACTIONS, "own operators off"),
        (KEEP_AGE, "30d 1h 1d12h"),
        (KEEP_COUNT, "1 500 999999999999999"),
        (KEEP_BYTES, "1 1000000"),
    ],
)
def test_values(name, values):
    assert all(SETTINGS[name].takes(value) for value in values.split())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((HISTORY, "ALL"), (EDITS, "own"), (REDACTIONS, "everybody"), (KEEP_AGE, "30"), (KEEP_AGE, "0d")),
        *((KEEP_COUNT, "0"), (KEEP_COUNT, "-1"), (KEEP_COUNT, "1" * 16), (KEEP_COUNT, "٣"), (KEEP_BYTES, "1k")),
    ],
)
def test_what_is_no_value(name, value):
    assert not SETTINGS[name].takes(value)


def test_a_channel_without_settings_has_the_defaults():
    assert {name: value_of(Channel("#tea", 0), name) for name in SETTINGS} == {
        HISTORY: "",
        EDITS: "on",
        REDACTIONS: "own",
        KEEP_AGE: "",
        KEEP_COUNT: "",
        KEEP_BYTES: "",
    }


def test_what_was_set_counts():
    assert value_of(Channel("#tea", 0, settings={EDITS: "off"}), EDITS) == "off"

"""Scripts of names (UTS 39 5.2 "Restriction-Level Detection"; UAX 24)."""

from __future__ import annotations

import pytest

from ipcchat.core.scripts import go_together, scripts_of


@pytest.mark.parametrize(
    ("name", "scripts"),
    [
        ("", []),
        ("_1-", []),
        ("élise", ["Latin"]),
        ("Иван_7", ["Cyrillic"]),
        ("e\u0301", ["Latin"]),
        ("田中さんカーsan", ["Han", "Hiragana", "Katakana", "Latin"]),
        ("한글", ["Hangul"]),
        ("ㄅ", ["Bopomofo"]),
        ("ᐊᖅ", ["Canadian Aboriginal"]),
        ("α" + "я" + "α", ["Greek", "Cyrillic"]),
        ("\U0010ffff", ["Unknown"]),
        ("\u0378", ["Unknown"]),
    ],
)
def test_scripts_of_a_name(name, scripts):
    assert scripts_of(name) == scripts


@pytest.mark.parametrize(
    "scripts",
    [
        [],
        ["Cyrillic"],
        ["Unknown"],
        ["Latin", "Han", "Hiragana", "Katakana"],
        ["Hangul", "Han", "Latin"],
        ["Bopomofo", "Han", "Latin"],
        ["Latin", "Katakana"],
    ],
)
def test_what_goes_together(scripts):
    assert go_together(scripts)


@pytest.mark.parametrize(
    "scripts",
    [
        ["Latin", "Cyrillic"],
        ["Latin", "Greek"],
        ["Latin", "Hebrew"],
        ["Bopomofo", "Hiragana"],
        ["Hangul", "Katakana"],
        ["Latin", "Unknown"],
        ["Latin", "Han", "Cyrillic"],
    ],
)
def test_what_does_not(scripts):
    assert not go_together(scripts)

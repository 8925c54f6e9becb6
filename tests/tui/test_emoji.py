"""The table of emoji: its code points against those of Rich and of Unicode, and what is found in it."""

from __future__ import annotations

import re
import unicodedata

import pytest
from rich._emoji_codes import EMOJI
from rich.cells import cell_len

from ipcchat.tui.emoji import NAME, TABLE, by_name, named, signs, written_out

# In Rich these names are the cooking of an egg.
OTHERWISE_IN_RICH = {"egg"}


def test_it_has_the_common_ones():
    assert len(set(signs().values())) >= 400
    wanted = {
        "smile": "\U0001f604",
        "+1": "\U0001f44d",
        "tada": "\U0001f389",
        "heart": "\u2764\ufe0f",
        "100": "\U0001f4af",
    }
    assert {name: by_name(name) for name in wanted} == wanted


def test_every_sign_is_what_rich_has_under_its_name():
    shared = [name for name in signs() if name in EMOJI and name not in OTHERWISE_IN_RICH]
    assert len(shared) > 500
    for name in shared:
        assert signs()[name].replace("\ufe0f", "") == EMOJI[name].replace("\ufe0f", ""), name


def test_every_sign_is_drawn_as_a_picture():
    """Unicode Technical Standard 51: a sign that is text by default has the variation selector behind it."""
    for name, sign in signs().items():
        assert "\ufe0f" in sign or unicodedata.east_asian_width(sign[0]) == "W", name
        assert cell_len(sign) == 2, name


def test_no_name_stands_there_twice():
    names = [name for row in TABLE.replace("\n", " ").split("; ") for name in row.split()[1].split(",")]
    assert len(names) == len(set(names))


def test_what_begins_so_comes_before_what_has_a_word_that_begins_so():
    names = [name for name, _ in named("smi")]
    assert names[:2] == ["smile", "smirk"]
    assert names.index("smile_cat") < names.index("slightly_smiling_face")
    assert named("smile")[0] == ("smile", by_name("smile"))


def test_a_sign_is_offered_once_under_its_nearest_name():
    found = named("thumbs")
    assert [sign for _, sign in found].count(by_name("+1")) == 1
    assert found[0][0] == "thumbsup"


@pytest.mark.parametrize("before", ["std::tada:", "12:30:", "a:tada:", ":nothing_of_the_kind:", "tada:", ""])
def test_only_a_name_between_colons_that_stands_alone_is_a_sign(before: str):
    assert written_out(before) is None


def test_a_name_between_colons_is_found_with_its_beginning():
    assert written_out("so :tada:") == (3, by_name("tada"))
    assert written_out(":+1:") == (0, by_name("+1"))
    assert written_out("x\n:tada:") == (2, by_name("tada"))


def test_names_are_written_as_a_composer_completes_them():
    assert all(re.fullmatch(NAME, name) for name in signs())

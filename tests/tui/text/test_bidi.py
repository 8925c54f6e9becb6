"""Text from right to left, in the order in which it is seen (UAX #9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.tui.text.bidi import has_right_to_left, levels, mirrored, seen_order

SHALOM, OLAM = "\u05e9\u05dc\u05d5\u05dd", "\u05e2\u05d5\u05dc\u05dd"


def seen(text: str) -> str:
    """A line of single characters as it is seen."""
    _, found = levels(text)
    shown = [mirrored(text[place]) if found[place] % 2 else text[place] for place in seen_order(found)]
    return "".join(shown)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (SHALOM, SHALOM[::-1]),
        (f"{SHALOM} tea", f"tea {SHALOM[::-1]}"),
        (f"tea {SHALOM} {OLAM}!", f"tea {OLAM[::-1]} {SHALOM[::-1]}!"),
        (f"{SHALOM} 17:03", f"17:03 {SHALOM[::-1]}"),
        (f"{SHALOM} (1)", f"(1) {SHALOM[::-1]}"),
        (f"({SHALOM})", f"({SHALOM[::-1]})"),
        ("tea", "tea"),
    ],
)
def test_what_is_written_from_right_to_left_is_seen_so(written: str, shown: str) -> None:
    assert seen(written) == shown


def test_a_line_has_the_direction_of_its_first_letter() -> None:
    assert levels(f"1 {SHALOM} tea")[0] == 1
    assert levels(f"tea {SHALOM}")[0] == 0


@pytest.mark.parametrize("text", [SHALOM, "\u0645\u0631\u062d\u0628\u0627", "a\u07ca", "\ufdf2", "\U0001e900"])
def test_scripts_from_right_to_left_are_known(text: str) -> None:
    assert has_right_to_left(text)


@pytest.mark.parametrize("text", ["", "tea", "\u0434\u0430", "\u65e5\u672c", "\U0001f389"])
def test_other_scripts_are_left_alone(text: str) -> None:
    assert not has_right_to_left(text)


@given(st.text(alphabet=st.sampled_from("ab1 ,()\u05e9\u05dc\u0645\u0661\u0301\u200c"), max_size=40))
def test_every_character_is_seen_once(text: str) -> None:
    base, found = levels(text)
    assert len(found) == len(text)
    assert sorted(seen_order(found)) == list(range(len(text)))
    assert all(level >= base for level in found)


@pytest.mark.parametrize("strange", ["\U0001e030", "\U0003fffe", "\u05ff", "\ue000"])
def test_characters_that_python_does_not_know_are_seen_too(strange: str) -> None:
    assert sorted(seen(f"{SHALOM}{strange} tea")) == sorted(f"{SHALOM}{strange} tea")

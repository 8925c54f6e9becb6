"""Mode strings by the tables of CHANMODES and PREFIX.

Rules:
1. Each test names the text it checks: Modern IRC "MODE message", "CHANMODES parameter", "PREFIX parameter".
"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.wire.message import Message, WireError, format_message, parse
from ipcchat.wire.modes import (
    RFC_CHANNEL_MODES,
    Change,
    ModeClasses,
    ModeError,
    Problem,
    format_modes,
    mode_classes,
    parse_modes,
)

CLASSES = ModeClasses(lists="beI", settings="k", limits="l", flags="imnst", prefixes="ov", symbols="@+")
ARGUMENTS = st.text("abc#*!@", min_size=1, max_size=5)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A complete change by CLASSES."""
    added, letter = draw(st.booleans()), draw(st.sampled_from("beIklimnstov"))
    needs = letter in "beIkov" or (letter == "l" and added)
    return Change(added, letter, draw(ARGUMENTS) if needs else None)


@given(st.lists(changes(), max_size=12))
def test_what_is_written_reads_the_same(wanted):  # Modern IRC "MODE message"
    parameters = format_modes(wanted)
    assert parse_modes(CLASSES, *split(parameters)) == (wanted, [], [])
    line = format_message(Message("MODE", ["#tea", *parameters], "ann"))
    assert parse_modes(CLASSES, *split(parse(line).params[1:])) == (wanted, [], [])


def split(parameters: list[str]) -> tuple[str, list[str]]:
    """The mode string and its arguments."""
    return (parameters[0] if parameters else ""), parameters[1:]


@given(st.text("+-beklovx ", max_size=12), st.lists(st.text("ab", max_size=2), max_size=4))
def test_nothing_is_lost_whatever_is_asked(letters, arguments):  # Modern IRC "MODE message"
    parsed = parse_modes(CLASSES, letters, arguments)
    assert len(parsed.changes) + len(parsed.errors) == sum(letter not in "+-" for letter in letters)
    assert len(parsed.surplus) + sum(change.argument is not None for change in parsed.changes) <= len(arguments)


def test_signs_are_merged():  # Modern IRC "MODE message"
    wanted = [Change(True, "o", "ann"), Change(True, "m"), Change(False, "v", "bob"), Change(False, "t")]
    assert " ".join(format_modes(wanted)) == "+om-vt ann bob"
    assert format_modes([Change(True, "o", "ann"), Change(False, "v", "bob")]) == ["+o-v", "ann", "bob"]
    assert format_modes([]) == []


class JournaledChange(msgspec.Struct, frozen=True):
    """A change as somebody else keeps it, with "" where there is no argument."""

    added: bool
    letter: str
    argument: str = ""


def test_anything_with_the_three_parts_is_written():
    assert format_modes([JournaledChange(True, "k", "tea"), JournaledChange(True, "i")]) == ["+ki", "tea"]


@pytest.mark.parametrize(
    ("letters", "arguments", "wanted"),
    [
        ("ov", ["ann", "bob"], [Change(True, "o", "ann"), Change(True, "v", "bob")]),
        ("+k-l+l", ["tea", "5"], [Change(True, "k", "tea"), Change(False, "l"), Change(True, "l", "5")]),
        ("b", [], [Change(True, "b")]),
        ("-b", ["*!*@x"], [Change(False, "b", "*!*@x")]),
        ("-k", ["tea"], [Change(False, "k", "tea")]),
        ("-k", [], [Change(False, "k")]),
        ("+-+m", [], [Change(True, "m")]),
        ("+", [], []),
    ],
)
def test_letters_take_their_arguments(letters, arguments, wanted):  # Modern IRC "CHANMODES": types A, B, C and D
    assert parse_modes(CLASSES, letters, arguments) == (wanted, [], [])


def test_what_is_not_understood_is_told_and_the_rest_is_used():  # Modern IRC ERR_UNKNOWNMODE, ERR_INVALIDMODEPARAM
    parsed = parse_modes(CLASSES, "+x-o+ml", ["ann", "", "left"])
    assert parsed.changes == [Change(False, "o", "ann"), Change(True, "m")]
    assert parsed.errors == [
        ModeError(True, "x", Problem.UNKNOWN_MODE),
        ModeError(True, "l", Problem.MISSING_ARGUMENT),
    ]
    assert parsed.surplus == ["left"]


@pytest.mark.parametrize("letters", ["+o", "-v", "+k", "+l"])
def test_a_missing_argument_is_an_error(letters):  # Modern IRC ERR_INVALIDMODEPARAM
    [error] = parse_modes(CLASSES, letters).errors
    assert error == ModeError(letters[0] == "+", letters[1], Problem.MISSING_ARGUMENT)


def test_the_classes_are_what_the_server_told():  # Modern IRC "CHANMODES" and "PREFIX"
    assert mode_classes("beI,k,l,imnst", "(ov)@+") == CLASSES
    assert (CLASSES.chanmodes, CLASSES.prefix) == ("beI,k,l,imnst", "(ov)@+")
    assert mode_classes("b,k,l,imnpst", "(ov)@+") == RFC_CHANNEL_MODES
    assert mode_classes("b,k", "") == ModeClasses(lists="b", settings="k")
    assert mode_classes("a,b,c,d,future", "").flags == "d"
    assert ModeClasses(flags="io").prefix == ""


@pytest.mark.parametrize("prefix", ["ov@+", "(ov", "(ov)@", "()@", "@+"])
def test_a_bad_prefix_token_is_refused(prefix):  # Modern IRC "PREFIX"
    with pytest.raises(WireError) as refused:
        mode_classes("b,k,l,i", prefix)
    assert refused.value.code == "BAD_PREFIX"

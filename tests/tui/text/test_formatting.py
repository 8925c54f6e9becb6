"""What texts mean: mIRC formatting (Modern IRC "Formatting"), code, channels and nicks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.tui.text.cells import tame
from ipcchat.tui.text.formatting import (
    CHARACTERS_MAX,
    COLOURS,
    LINES_MAX,
    PLAIN,
    Line,
    Marks,
    is_cut,
    line_of,
    lines_of,
)
from ipcchat.tui.text.links import with_true_hosts
from ipcchat.wire.printable import printable


def parts(line: Line) -> list[tuple[str, Marks]]:
    """The pieces of a line that are marked alike."""
    ends = [*(place for place, _ in line.turns[1:]), len(line.text)]
    pieces = [(line.text[place:end], marks) for (place, marks), end in zip(line.turns, ends, strict=True)]
    return [piece for piece in pieces if piece[0]]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("tea", [("tea", PLAIN)]),
        ("\x02bold\x02 not", [("bold", Marks(bold=True)), (" not", PLAIN)]),
        ("\x1d\x1fboth\x1d one", [("both", Marks(italic=True, underline=True)), (" one", Marks(underline=True))]),
        ("\x1estrike\x0f none", [("strike", Marks(strike=True)), (" none", PLAIN)]),
        ("\x11mono\x11 \x16turned", [("mono", Marks(code=True)), (" ", PLAIN), ("turned", Marks(reverse=True))]),
        ("\x034red\x03 none", [("red", Marks(front="#ff0000")), (" none", PLAIN)]),
        ("\x0304,02both", [("both", Marks(front="#ff0000", back="#00007f"))]),
        (
            "\x0304,02a\x033b",
            [("a", Marks(front="#ff0000", back="#00007f")), ("b", Marks(front="#009300", back="#00007f"))],
        ),
        ("\x03,5 comma", [(",5 comma", PLAIN)]),
        ("\x034,x", [(",x", Marks(front="#ff0000"))]),
        ("\x0399own", [("own", PLAIN)]),
        ("\x0412ab34hex\x04", [("hex", Marks(front="#12ab34"))]),
        ("\x04000000,FFFFFFhex", [("hex", Marks(front="#000000", back="#FFFFFF"))]),
    ],
)
def test_formatting_is_interpreted(said: str, expected: list[tuple[str, Marks]]) -> None:
    assert parts(line_of(said)) == expected


def test_all_colours_of_the_specification_are_known() -> None:
    assert len(COLOURS) == 99
    assert (COLOURS[16], COLOURS[98]) == ("#470000", "#ffffff")


CODES = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f0123456789,ab`# \t"


@given(st.text(alphabet=st.one_of(st.sampled_from(CODES), st.characters())))
def test_without_its_meaning_a_text_is_what_is_printable_of_it(text: str) -> None:
    line = line_of(text)
    if text.isascii() and "\t" not in text:
        assert line.text == printable(text)
    assert line.text == printable(line.text)
    assert line.text == tame(line.text)
    assert line.turns[0][0] == 0
    assert list(line.turns) == sorted(line.turns, key=lambda turn: turn[0])


def test_code_keeps_its_backticks_and_has_no_other_meaning() -> None:
    assert parts(line_of("run `ls #tea` or `x")) == [
        ("run ", PLAIN),
        ("`ls #tea`", Marks(code=True)),
        (" or `x", PLAIN),
    ]
    assert parts(line_of("```a `b` c```"))[0] == ("```a `b` c```", Marks(code=True))


def test_lines_between_fences_are_a_block() -> None:
    lines = lines_of("look:\n```python\n\tif x:\n  #tea `y`\n```\nnice")
    assert [(line.text, line.block) for line in lines] == [
        ("look:", False),
        ("    if x:", True),
        ("  #tea `y`", True),
        ("nice", False),
    ]
    assert parts(lines[2]) == [("  #tea `y`", Marks(code=True))]


def test_a_block_that_is_not_closed_is_none() -> None:
    assert [line.block for line in lines_of("```\nx")] == [False, False]
    assert [line.block for line in lines_of("```a```\nx\n```")] == [False, False, False]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("join #tea.", ["#tea"]),
        ("#node.js, ##linux and #c++!", ["#node.js", "##linux", "#c++"]),
        ("issue #123 a#b http://x.example/#tea # tea ###", []),
    ],
)
def test_channels_are_marked(text: str, found: list[str]) -> None:
    assert [marks.channel for _, marks in parts(line_of(text)) if marks.channel] == found


def test_nicks_that_are_known_are_marked_as_words() -> None:
    known = {"bob", "ann[away]", "d\u00fc"}.__contains__
    text = "bob: ask @ann[away], d\u00fc, bobby and http://bob.example/bob `bob`"
    assert [marks.nick for _, marks in parts(line_of(text, known)) if marks.nick] == ["bob", "ann[away]", "d\u00fc"]


def test_a_link_may_be_bold() -> None:
    assert parts(line_of("\x02see http://a.example\x02 ok")) == [
        ("see ", Marks(bold=True)),
        ("http://a.example", Marks(bold=True, url="http://a.example")),
        (" ok", PLAIN),
    ]


def test_too_long_texts_are_looked_at_in_part() -> None:
    assert len(lines_of("x" * 10**5)[0].text) == CHARACTERS_MAX
    assert len(lines_of("x\n" * 10**5)) == LINES_MAX
    assert is_cut("x" * (CHARACTERS_MAX + 1))
    assert is_cut("\n" * LINES_MAX)
    assert not is_cut("x" * CHARACTERS_MAX)
    assert not is_cut("\n" * (LINES_MAX - 1))


def test_true_hosts_are_shown_in_formatted_texts_too() -> None:
    text = "http://\u00e4.example"
    assert line_of(f"\x02{text}").text == with_true_hosts(text)

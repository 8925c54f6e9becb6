"""The renderer of the documentation's pictures: renditions, wide characters and markup in what people say."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from docs.pictures.terminal_svg import CELL_WIDTH, PADDING, PALETTE, Terminal, picture

SVG = "{http://www.w3.org/2000/svg}"
SAMPLE = "\x1b[2m[17:03]\x1b[0m <\x1b[1mann\x1b[0m> tea? <b>&\n\x1b[31mred\x1b[39m 👋 wide\x1b[7m  back  \x1b[0m\x0f"


def texts(screen: str, columns: int = 40) -> list[ElementTree.Element]:
    """The runs of text of a picture with one window, without its title."""
    root = ElementTree.fromstring(picture([[Terminal("title", columns, 2, screen)]], 'a "picture"'))
    return [element for element in root.iter(f"{SVG}text") if element.get("text-anchor") is None]


def column(element: ElementTree.Element) -> int:
    """In which cell a run begins."""
    return round((float(element.get("x", "nan")) - PADDING) / CELL_WIDTH)


def test_each_run_stands_in_its_column():
    assert [(column(run), run.text) for run in texts(SAMPLE)] == [
        (0, "[17:03]"),
        (8, "<"),
        (9, "ann"),
        (12, "> tea? <b>&"),
        (0, "red"),
        (4, "👋"),
        (7, "wide"),
        (13, "back"),
    ]


def test_renditions():
    looks = {run.text: run for run in texts(SAMPLE)}
    assert looks["[17:03]"].get("opacity") is not None
    assert looks["ann"].get("font-weight") == "bold"
    assert looks["red"].get("fill") == PALETTE[1]
    assert looks["wide"].get("fill") != looks["back"].get("fill")
    assert looks["wide"].get("opacity") is None


def test_a_rendition_goes_on_in_the_next_row():
    first, second = texts("\x1b[32mgreen\nstill")
    assert first.get("fill") == second.get("fill") == PALETTE[2]


@pytest.mark.parametrize(
    ("sequence", "colour"),
    [
        ("38;5;2", PALETTE[2]),
        ("38;5;196", "#ff0000"),
        ("38;5;244", "#808080"),
        ("38;2;1;2;3", "#010203"),
        ("94", PALETTE[12]),
    ],
)
def test_colours(sequence: str, colour: str):
    assert texts(f"\x1b[{sequence}mx")[0].get("fill") == colour


def test_a_window_shows_no_more_than_its_size():
    assert [run.text for run in texts("123456\nrow\nhidden", columns=4)] == ["1234", "row"]


def test_the_picture_needs_nothing_from_elsewhere():
    drawn = picture([[Terminal("a", 10, 1, "x")], [Terminal("b", 4, 1, "y"), Terminal("c", 4, 1, "z")]], "d")
    assert re.findall(r"https?://[^\"]*", drawn) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<(script|image|style|foreignObject)|@import|url\(", drawn)

"""The documentation's pictures: their renderer (renditions, wide characters, lines that join, and markup in what people
say), and those that are there: small, of nothing from elsewhere, and all of them shown in a page."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs.pictures.box_drawing import shape
from docs.pictures.make_pictures import ALONE
from docs.pictures.terminal_svg import CELL_HEIGHT, CELL_WIDTH, GROUNDS, PADDING, PALETTE, Terminal, picture

ROOT = Path(__file__).resolve().parents[2]
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))
BYTES_MAX = 150_000
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


def test_windows_of_a_band_fill_its_width():
    drawn = picture([[Terminal("a", 30, 1, "x")], [Terminal("b", 4, 1, "y"), Terminal("c", 9, 1, "z")]], "d")
    frames = re.findall(r'<g transform="translate\(([\d.]+) [\d.]+\)">\n<rect width="([\d.]+)"', drawn)
    ends = [round(float(x) + float(width), 1) for x, width in frames]
    assert ends[0] == ends[2] and len(ends) == 3


def surfaces(screen: str) -> list[tuple[int, int, int, str]]:
    """The grounds of a picture: column, cells, rows and colour."""
    root = ElementTree.fromstring(picture([[Terminal("title", 40, 4, screen)]], "d"))
    return [
        (
            column(element),
            round(float(element.get("width", "nan")) / CELL_WIDTH),
            round(float(element.get("height", "nan")) / CELL_HEIGHT),
            element.get("fill", ""),
        )
        for element in root.iter(f"{SVG}rect")
        if element.get("shape-rendering")
    ]


@pytest.mark.parametrize(
    ("sequence", "colour"),
    [
        ("41", GROUNDS[1]),
        ("48;5;1", GROUNDS[1]),
        ("104", PALETTE[12]),
        ("48;5;196", "#ff0000"),
        ("48;2;9;8;7", "#090807"),
    ],
)
def test_grounds(sequence: str, colour: str):
    assert surfaces(f"a\x1b[{sequence}mb \x1b[0mc") == [(1, 2, 1, colour)]


def test_a_ground_of_several_rows_and_looks_is_one_surface():
    assert surfaces("\x1b[41mab\x1b[1mcd\n\x1b[22mabcd\n\x1b[0mabcd") == [(0, 4, 2, GROUNDS[1])]


def paths(screen: str) -> list[str]:
    """The shapes of a picture, without the frame of the window."""
    root = ElementTree.fromstring(picture([[Terminal("title", 40, 2, screen)]], "d"))
    return [element.get("d", "") for element in root.iter(f"{SVG}path")][1:]


def test_lines_and_blocks_are_shapes_that_join():
    (drawn,) = paths("\u2500\u2500\u2500")
    assert drawn.count("M") == 1 and f"h{3 * CELL_WIDTH:g}v" in drawn
    upper, lower = paths("\u258c\n\u258c")
    assert f"v{CELL_HEIGHT}h" in upper and f"v{CELL_HEIGHT}h" in lower
    assert [run.text for run in texts("a\u2500b")] == ["a", "b"]


def test_lines_have_the_arms_that_their_names_say():
    ((left, _, width, height),) = shape("\u2500")
    assert (left, width) == (0, 1) and height < 0.1
    (across, down) = shape("\u256d")
    assert across[0] > 0 and across[0] + across[2] == pytest.approx(1)
    assert down[1] > 0 and down[1] + down[3] == pytest.approx(1)
    assert shape("\u2581") == ((0, 7 / 8, 1, 1 / 8),)
    assert len(shape("\u2599")) == 3
    assert shape("a") == shape("\u2571") == ()


def test_links_are_no_part_of_what_is_drawn():
    linked = "\x1b]8;;https://example.org\x1b\\tea\x1b]8;;\x1b\\ now"
    assert [run.text for run in texts(linked)] == ["tea now"]


@pytest.mark.parametrize(
    ("sequence", "look"), [("3", "font-style"), ("9", "text-decoration"), ("4:3", "text-decoration")]
)
def test_more_renditions(sequence: str, look: str):
    assert texts(f"\x1b[{sequence}mx")[0].get(look)


def test_every_picture_is_made_by_the_script_and_shown_in_a_page():
    assert [place.stem for place in PICTURES] == sorted(["session", *(name for name, _, _ in ALONE)])
    pages = "".join(page.read_text() for page in (ROOT / "README.md", ROOT / "docs" / "terminal.md"))
    assert [place.name for place in PICTURES if f"pictures/{place.name})" not in pages] == []


@pytest.mark.parametrize("place", PICTURES, ids=lambda place: place.stem)
def test_a_picture_is_small_and_says_what_it_shows(place: Path):
    assert place.stat().st_size < BYTES_MAX
    root = ElementTree.parse(place).getroot()
    assert root.get("aria-label") == root.findtext(f"{SVG}title") != ""
    assert len(list(root.iter(f"{SVG}text"))) > 10


SAMPLE_PICTURE = picture([[Terminal("a", 10, 1, "x")], [Terminal("b", 4, 1, "y"), Terminal("c", 4, 1, "z")]], "d")


@pytest.mark.parametrize(
    "drawn", [SAMPLE_PICTURE, *(place.read_text() for place in PICTURES)], ids=range(len(PICTURES) + 1)
)
def test_the_picture_needs_nothing_from_elsewhere(drawn: str):
    drawn = re.sub(r">[^<]*<", "><", drawn)
    assert re.findall(r"https?://[^\"]*", drawn) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<(script|image|style|foreignObject)|@import|url\(", drawn)

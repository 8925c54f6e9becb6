"""Draws what is on terminals as one SVG picture: a window with a title bar for each, on a grid of exact cells.

Rules:
1. No font, script or picture from elsewhere: text in the reader's own monospace font, each run stretched to the width
   of its cells, so that columns stand under each other in any font.
2. Renditions: the 16 colours, those of the 256 that are asked for, bold, dim, underline and reverse. Everything else
   that tmux writes is left out.
3. The same screens give the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 7.8, 17, 13
TITLE_HEIGHT, PADDING, GAP, MARGIN = 25, 7, 12, 14
BASELINE = 12.5
BACKGROUND, FRAME, TITLE_BAR, TITLE, FOREGROUND = "#0f1319", "#2d3440", "#20262f", "#9aa5b4", "#d3dae3"
SCREEN = "#161b22"
PALETTE = (
    *("#161b22", "#e5737b", "#8fc27a", "#d9b06c", "#7aa7e0", "#c58fd6", "#6cc0c4", "#b9c2cd"),
    *("#6b7684", "#f08d94", "#a9d696", "#ecc98a", "#9bc0f0", "#d8aee6", "#8fd6da", "#f2f5f8"),
)
BACKGROUNDS = ("#0f1319", "#5c2a30", "#2e4a27", "#57451f", "#26384f", "#4b2f56", "#23474a", "#3a434f")
"""Colours as backgrounds: calm enough for light text to be read on them."""
DIM_OPACITY = "0.62"
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m|\x1b[()][A-Z0-9]|[\x0e\x0f]")


@dataclass(frozen=True)
class Rendition:
    """How a cell looks; a colour of None is the terminal's own."""

    foreground: str | None = None
    background: str | None = None
    bold: bool = False
    dim: bool = False
    underline: bool = False
    reverse: bool = False

    @property
    def colours(self) -> tuple[str, str | None]:
        """Foreground and background as they are drawn."""
        if self.reverse:
            return self.background or SCREEN, self.foreground or FOREGROUND
        return self.foreground or FOREGROUND, self.background


PLAIN = Rendition()
Run = tuple[int, str, Rendition]
"""The first column of a text, the text, and how it looks."""
FLAGS: dict[int, Callable[[Rendition], Rendition]] = {
    1: lambda before: replace(before, bold=True),
    2: lambda before: replace(before, dim=True),
    4: lambda before: replace(before, underline=True),
    7: lambda before: replace(before, reverse=True),
    22: lambda before: replace(before, bold=False, dim=False),
    24: lambda before: replace(before, underline=False),
    27: lambda before: replace(before, reverse=False),
}


@dataclass(frozen=True)
class Terminal:
    """A window of the picture: its title, its size in cells, and its rows with SGR sequences."""

    title: str
    columns: int
    rows: int
    screen: str

    @property
    def width(self) -> float:
        """In pixels, with the frame."""
        return self.columns * CELL_WIDTH + 2 * PADDING

    @property
    def height(self) -> float:
        """In pixels, with the title bar."""
        return TITLE_HEIGHT + self.rows * CELL_HEIGHT + 2 * PADDING


def picture(bands: list[list[Terminal]], description: str) -> str:
    """Bands of windows from top to bottom, each from left to right; one alone is as wide as the widest band."""
    inner = max(sum(t.width for t in band) + GAP * (len(band) - 1) for band in bands)
    width = inner + 2 * MARGIN
    height = 2 * MARGIN + sum(max(t.height for t in band) for band in bands) + GAP * (len(bands) - 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(description, QUOTES)}">',
        f"<title>{escape(description)}</title>",
        f'<rect width="{width:g}" height="{height:g}" rx="10" fill="{BACKGROUND}"/>',
        f'<g font-family="{FONTS}" font-size="{FONT_SIZE}" xml:space="preserve">',
    ]
    y: float = MARGIN
    for band in bands:
        x: float = MARGIN
        for terminal in band:
            parts += window(terminal, x, y, inner if len(band) == 1 else terminal.width)
            x += terminal.width + GAP
        y += max(t.height for t in band) + GAP
    return "\n".join([*parts, "</g>", "</svg>", ""])


FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
QUOTES = {'"': "&quot;"}


def window(terminal: Terminal, x: float, y: float, width: float) -> Iterator[str]:
    """One window with its top left corner there."""
    height = terminal.height
    yield f'<g transform="translate({x:g} {y:g})">'
    yield f'<rect width="{width:g}" height="{height:g}" rx="7" fill="{SCREEN}" stroke="{FRAME}"/>'
    outline = f"M0 {TITLE_HEIGHT}V7a7 7 0 0 1 7-7H{width - 7:g}a7 7 0 0 1 7 7V{TITLE_HEIGHT}Z"
    yield f'<path d="{outline}" fill="{TITLE_BAR}"/>'
    yield from (f'<circle cx="{14 + 14 * n}" cy="12.5" r="4" fill="{FRAME}"/>' for n in range(3))
    yield (
        f'<text x="{width / 2:g}" y="17" text-anchor="middle" font-size="12" fill="{TITLE}">'
        f"{escape(terminal.title)}</text>"
    )
    for number, cells in enumerate(list(rows_of(terminal.screen))[: terminal.rows]):
        runs = list(runs_of(cells, terminal.columns))
        yield from drawn(runs, TITLE_HEIGHT + PADDING + number * CELL_HEIGHT)
    yield "</g>"


def drawn(runs: list[Run], y: float) -> Iterator[str]:
    """One row: the backgrounds, then the texts above them."""
    for start, text, rendition in runs:
        background = rendition.colours[1]
        if background is not None:
            box = f'x="{PADDING + start * CELL_WIDTH:g}" y="{y:g}" width="{width_of(text) * CELL_WIDTH:g}"'
            yield f'<rect {box} height="{CELL_HEIGHT}" fill="{background}"/>'
    for start, text, rendition in runs:
        indent = len(text) - len(text.lstrip(" "))
        visible = text.strip(" ")
        if visible:
            yield text_element(visible, start + indent, y, rendition)


def text_element(text: str, start: int, y: float, rendition: Rendition) -> str:
    """A run of text, stretched to its cells."""
    place = f'x="{PADDING + start * CELL_WIDTH:g}" y="{y + BASELINE:g}" textLength="{width_of(text) * CELL_WIDTH:g}"'
    look = f'lengthAdjust="spacingAndGlyphs" fill="{rendition.colours[0]}"'
    look += ' font-weight="bold"' if rendition.bold else ""
    look += f' opacity="{DIM_OPACITY}"' if rendition.dim else ""
    look += ' text-decoration="underline"' if rendition.underline else ""
    return f"<text {place} {look}>{escape(text)}</text>"


def runs_of(cells: list[Run], columns: int) -> Iterator[Run]:
    """The cells of a row put together where they look the same, cut at so many columns; wide characters stay alone,
    so that what follows them stands in its column."""
    placed = [cell for cell in cells if cell[0] < columns]
    for _, group in groupby(placed, lambda cell: (cell[2], cell[0] if width_of(cell[1]) != 1 else -1)):
        alike = list(group)
        yield alike[0][0], "".join(cell[1] for cell in alike), alike[0][2]


def rows_of(screen: str) -> Iterator[list[Run]]:
    """The cells of each row. A rendition goes on in the next row until it is changed, as tmux writes it."""
    rendition = PLAIN
    for row in screen.split("\n"):
        cells: list[Run] = []
        column = position = 0
        while position < len(row):
            sequence = SEQUENCE.match(row, position)
            if sequence:
                rendition = rendition if sequence[1] is None else rendered(rendition, sequence[1])
                position = sequence.end()
                continue
            end = position + 1
            while end < len(row) and is_joined(row[end]):
                end += 1
            cells.append((column, row[position:end], rendition))
            column += width_of(row[position:end])
            position = end
        yield cells


def rendered(rendition: Rendition, parameters: str) -> Rendition:
    """The rendition after an SGR sequence (ECMA-48 8.3.117)."""
    codes = iter([int(code or 0) for code in parameters.split(";")])
    for code in codes:
        if code == 0:
            rendition = PLAIN
        elif code in FLAGS:
            rendition = FLAGS[code](rendition)
        elif code in (38, 48):
            rendition = with_colour(rendition, code, extended(codes))
        elif code in (39, 49):
            rendition = with_colour(rendition, code - 1, None)
        elif 30 <= code <= 37 or 40 <= code <= 47:
            rendition = (
                with_colour(rendition, 38, PALETTE[code % 10])
                if code < 40
                else (with_colour(rendition, 48, BACKGROUNDS[code % 10]))
            )
        elif 90 <= code <= 97 or 100 <= code <= 107:
            rendition = with_colour(rendition, 38 if code < 100 else 48, PALETTE[8 + code % 10])
    return rendition


def with_colour(rendition: Rendition, code: int, colour: str | None) -> Rendition:
    """Another foreground (38) or background (48)."""
    return replace(rendition, foreground=colour) if code == 38 else replace(rendition, background=colour)


def extended(codes: Iterator[int]) -> str | None:
    """A colour of the 256 (5;n) or of all (2;r;g;b)."""
    kind = next(codes, 0)
    if kind == 2:
        return "#" + "".join(f"{next(codes, 0) & 255:02x}" for _ in range(3))
    number = next(codes, 0)
    if number < 16:
        return PALETTE[number]
    if number < 232:
        steps = [(number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6]
        return "#" + "".join(f"{55 + 40 * step if step else 0:02x}" for step in steps)
    return "#" + f"{8 + 10 * (number - 232):02x}" * 3


def width_of(text: Iterable[str]) -> int:
    """How many columns a text takes (Unicode Standard Annex 11)."""
    return sum(0 if is_joined(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def is_joined(character: str) -> bool:
    """Whether it is drawn together with the character before it."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf")

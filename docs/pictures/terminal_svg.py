"""Draws what is on terminals as one SVG picture: a window with a title bar for each, on a grid of exact cells.

Rules:
1. No font, script or picture from elsewhere: text in the reader's own monospace font, each run stretched to the width
   of its cells, so that columns stand under each other in any font.
2. Renditions: colours (16, 256 and all), bold, dim, italic, underline, strike and reverse. Everything else that tmux
   writes is left out. The 16 colours are a calm palette of ours; all others are drawn exactly as they were sent.
3. Lines and blocks are shapes that join, and grounds of one colour are one surface: a font would leave gaps.
4. The same screens give the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from xml.sax.saxutils import escape

from docs.pictures.box_drawing import shape

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 7.8, 17, 13
TITLE_HEIGHT, PADDING, GAP, MARGIN = 25, 7, 12, 14
BASELINE = 12.5
BACKGROUND, FRAME, TITLE_BAR, TITLE, FOREGROUND = "#0f1319", "#2d3440", "#20262f", "#9aa5b4", "#d3dae3"
SCREEN = "#161b22"
PALETTE = (
    *("#161b22", "#e5737b", "#8fc27a", "#d9b06c", "#7aa7e0", "#c58fd6", "#6cc0c4", "#b9c2cd"),
    *("#6b7684", "#f08d94", "#a9d696", "#ecc98a", "#9bc0f0", "#d8aee6", "#8fd6da", "#f2f5f8"),
)
GROUNDS = (
    *("#0f1319", "#5c2a30", "#2e4a27", "#57451f", "#26384f", "#4b2f56", "#23474a", "#3a434f"),
    *PALETTE[8:],
)
"""The 16 colours as backgrounds: calm enough for light text to be read on them."""
DIM_OPACITY = "0.62"
SEQUENCE = re.compile(r"\x1b\[([0-9;:]*)m|\x1b[()][A-Z0-9]|\x1b\].*?(?:\x1b\\|\x07)|[\x0e\x0f]")


@dataclass(frozen=True)
class Rendition:
    """How a cell looks; a colour of None is the terminal's own."""

    foreground: str | None = None
    background: str | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False

    @property
    def colours(self) -> tuple[str, str | None]:
        """Foreground and background as they are drawn."""
        if self.reverse:
            return self.background or SCREEN, self.foreground or FOREGROUND
        return self.foreground or FOREGROUND, self.background

    @property
    def attributes(self) -> str:
        """What SVG needs to know beside the colour."""
        lines = [name for name, drawn in (("underline", self.underline), ("line-through", self.strike)) if drawn]
        look = ' font-weight="bold"' if self.bold else ""
        look += ' font-style="italic"' if self.italic else ""
        look += f' opacity="{DIM_OPACITY}"' if self.dim else ""
        return look + (f' text-decoration="{" ".join(lines)}"' if lines else "")


PLAIN = Rendition()
Run = tuple[int, str, Rendition]
"""The first column of a text, the text, and how it looks."""
FLAGS: dict[int, Callable[[Rendition], Rendition]] = {
    1: lambda before: replace(before, bold=True),
    2: lambda before: replace(before, dim=True),
    3: lambda before: replace(before, italic=True),
    4: lambda before: replace(before, underline=True),
    7: lambda before: replace(before, reverse=True),
    9: lambda before: replace(before, strike=True),
    22: lambda before: replace(before, bold=False, dim=False),
    23: lambda before: replace(before, italic=False),
    24: lambda before: replace(before, underline=False),
    27: lambda before: replace(before, reverse=False),
    29: lambda before: replace(before, strike=False),
}


@dataclass(frozen=True)
class Terminal:
    """A window of the picture: its title, its size in cells, its rows with SGR sequences, and the terminal's own
    background."""

    title: str
    columns: int
    rows: int
    screen: str
    ground: str = SCREEN

    @property
    def width(self) -> float:
        """In pixels, with the frame."""
        return self.columns * CELL_WIDTH + 2 * PADDING

    @property
    def height(self) -> float:
        """In pixels, with the title bar."""
        return TITLE_HEIGHT + self.rows * CELL_HEIGHT + 2 * PADDING


def picture(bands: list[list[Terminal]], description: str) -> str:
    """Bands of windows from top to bottom, each from left to right; windows are made wider until all bands are as wide
    as the widest."""
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
        spare = (inner - sum(t.width for t in band) - GAP * (len(band) - 1)) / len(band)
        for terminal in band:
            parts += window(terminal, x, y, terminal.width + spare)
            x += terminal.width + spare + GAP
        y += max(t.height for t in band) + GAP
    return "\n".join([*parts, "</g>", "</svg>", ""])


FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
QUOTES = {'"': "&quot;"}


def window(terminal: Terminal, x: float, y: float, width: float) -> Iterator[str]:
    """One window with its top left corner there."""
    height = terminal.height
    yield f'<g transform="translate({x:g} {y:g})">'
    yield f'<rect width="{width:g}" height="{height:g}" rx="7" fill="{terminal.ground}" stroke="{FRAME}"/>'
    outline = f"M0 {TITLE_HEIGHT}V7a7 7 0 0 1 7-7H{width - 7:g}a7 7 0 0 1 7 7V{TITLE_HEIGHT}Z"
    yield f'<path d="{outline}" fill="{TITLE_BAR}"/>'
    yield from (f'<circle cx="{14 + 14 * n}" cy="12.5" r="4" fill="{FRAME}"/>' for n in range(3))
    yield (
        f'<text x="{width / 2:g}" y="17" text-anchor="middle" font-size="12" fill="{TITLE}">'
        f"{escape(terminal.title)}</text>"
    )
    rows = [list(runs_of(cells, terminal.columns)) for cells in rows_of(terminal.screen)][: terminal.rows]
    yield from surfaces(rows)
    for number, runs in enumerate(rows):
        yield from drawn(runs, TITLE_HEIGHT + PADDING + number * CELL_HEIGHT)
    yield "</g>"


Span = tuple[int, int, str]
"""Cells of a row with the same ground: the first column, how many, and the colour."""


def surfaces(rows: list[list[Run]]) -> Iterator[str]:
    """The grounds; what has the same columns and colour in rows below each other is one surface."""
    begun: dict[Span, int] = {}
    for number in range(len(rows) + 1):
        spans = set(grounds(rows[number])) if number < len(rows) else set()
        for span in sorted(set(begun) - spans):
            yield surface(span, begun.pop(span), number)
        for span in spans - set(begun):
            begun[span] = number


def grounds(runs: list[Run]) -> Iterator[Span]:
    """The grounds of a row, from left to right."""
    for colour, group in groupby(runs, lambda run: run[2].colours[1]):
        alike = list(group)
        if colour is not None:
            yield alike[0][0], sum(width_of(text) for _, text, _ in alike), colour


def surface(span: Span, first: int, behind: int) -> str:
    """A ground from one row to another, which is not part of it."""
    start, cells, colour = span
    place = f'x="{PADDING + start * CELL_WIDTH:g}" y="{TITLE_HEIGHT + PADDING + first * CELL_HEIGHT:g}"'
    size = f'width="{cells * CELL_WIDTH:g}" height="{(behind - first) * CELL_HEIGHT:g}"'
    return f'<rect {place} {size} fill="{colour}" shape-rendering="crispEdges"/>'


def drawn(runs: list[Run], y: float) -> Iterator[str]:
    """The texts and shapes of a row."""
    for start, text, rendition in runs:
        if shape(text[0]):
            yield shapes(text, start, y, rendition)
            continue
        indent = len(text) - len(text.lstrip(" "))
        visible = text.strip(" ")
        if visible:
            yield text_element(visible, start + indent, y, rendition)


def text_element(text: str, start: int, y: float, rendition: Rendition) -> str:
    """A run of text, stretched to its cells."""
    place = f'x="{PADDING + start * CELL_WIDTH:g}" y="{y + BASELINE:g}" textLength="{width_of(text) * CELL_WIDTH:g}"'
    look = f'lengthAdjust="spacingAndGlyphs" fill="{rendition.colours[0]}"{rendition.attributes}'
    return f"<text {place} {look}>{escape(text)}</text>"


def shapes(text: str, start: int, y: float, rendition: Rendition) -> str:
    """A run of lines or blocks. The same character again and again is one long shape where it reaches both edges."""
    path = ""
    column = start
    for character, group in groupby(text):
        amount = len(list(group))
        for left, top, width, height in shape(character):
            repeats = 1 if (left, width) == (0, 1) else amount
            for number in range(repeats):
                x = PADDING + (column + number + left) * CELL_WIDTH
                across = (amount if repeats == 1 else 1) * width * CELL_WIDTH
                path += f"M{x:g} {y + top * CELL_HEIGHT:g}h{across:g}v{height * CELL_HEIGHT:g}h{-across:g}z"
        column += amount
    opacity = f' opacity="{DIM_OPACITY}"' if rendition.dim else ""
    return f'<path d="{path}" fill="{rendition.colours[0]}"{opacity}/>'


def runs_of(cells: list[Run], columns: int) -> Iterator[Run]:
    """The cells of a row put together where they look the same, cut at so many columns; wide characters stay alone,
    so that what follows them stands in its column, and shapes among themselves."""
    placed = [cell for cell in cells if cell[0] < columns]
    for _, group in groupby(placed, kind_of):
        alike = list(group)
        yield alike[0][0], "".join(cell[1] for cell in alike), alike[0][2]


def kind_of(cell: Run) -> tuple[Rendition, int, bool]:
    """What cells of one run have in common."""
    column, text, rendition = cell
    return rendition, column if width_of(text) != 1 else -1, bool(shape(text[0]))


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
    codes = iter([int(code.partition(":")[0] or 0) for code in parameters.split(";")])
    for code in codes:
        if code == 0:
            rendition = PLAIN
        elif code in FLAGS:
            rendition = FLAGS[code](rendition)
        elif code in (38, 48):
            rendition = with_colour(rendition, code, extended(codes, PALETTE if code == 38 else GROUNDS))
        elif code in (39, 49):
            rendition = with_colour(rendition, code - 1, None)
        elif 30 <= code <= 37:
            rendition = with_colour(rendition, 38, PALETTE[code - 30])
        elif 40 <= code <= 47:
            rendition = with_colour(rendition, 48, GROUNDS[code - 40])
        elif 90 <= code <= 97 or 100 <= code <= 107:
            rendition = with_colour(rendition, 38 if code < 100 else 48, PALETTE[8 + code % 10])
    return rendition


def with_colour(rendition: Rendition, code: int, colour: str | None) -> Rendition:
    """Another foreground (38) or background (48)."""
    return replace(rendition, foreground=colour) if code == 38 else replace(rendition, background=colour)


def extended(codes: Iterator[int], palette: tuple[str, ...]) -> str:
    """A colour of the 256 (5;n), whose first 16 are the palette's, or of all (2;r;g;b)."""
    kind = next(codes, 0)
    if kind == 2:
        return "#" + "".join(f"{next(codes, 0) & 255:02x}" for _ in range(3))
    number = next(codes, 0)
    if number < 16:
        return palette[number]
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

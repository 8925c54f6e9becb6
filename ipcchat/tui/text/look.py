"""Colours and styles of everything that rows are made of.

Rules:
1. A Look is made from the theme's variables once; what is drawn asks it and nothing else.
2. Every colour of a text has a contrast of at least CONTRAST_MIN (WCAG 2.2, 1.4.3) against the background and against
   each tint it may stand on: it is moved towards white or black until it has.
3. Without a background that is known (a theme of the terminal's own colours) only the sixteen ANSI names are used, and
   no tint: then what is a tint elsewhere is a sign, bold or reverse.
4. Without colours only bold, italic, underline, dim and reverse carry the meaning.

The timeline's background is the theme's `background`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rich.style import Style
from textual.color import Color

from ipcchat.dialogue.nicks import colour_number
from ipcchat.tui.text.formatting import Marks, hexes

CONTRAST_MIN = 4.5
# Formatting by colours is decoration: it stays nearer to what was meant.
FORMATTING_CONTRAST_MIN = 3.0
STEPS = 20
NICKS_ON_DARK = hexes(
    "ff7b7b ff9f5a e5c07b d4d45a a6d65a 6ede6e 4fd6a5 4fd1d9 6cbcff 8aa4ff b694ff dd8bff ff8be0 ff8fab c9a08a 9fb8c8"
)
NICKS_ON_LIGHT = hexes(
    "b3261e a84300 7d5a00 666300 3f6d00 1a7431 00705a 006a78 0061a4 3d52c9 6a3fc7 8e2fb5 a8248a b02058 7a4b35 4a6272"
)
# The line client's palette: what can be read on any background of the sixteen.
NICKS_OF_SIXTEEN = ("red", "green", "yellow", "magenta", "cyan", "bright_red", "bright_blue", "bright_magenta")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How everything is drawn. `tint` and `code_tint` are backgrounds only; `grounds` are the colours that text may
    stand on, none when they are not known."""

    text: Style
    muted: Style
    own_nick: Style
    gutter: Style
    tint: Style
    action: Style
    notice: Style
    warning: Style
    link: Style
    place: Style
    code: Style
    code_tint: Style
    quote: Style
    pill: Style
    own_pill: Style
    unread_line: Style
    day_line: Style
    pending: Style
    failed: Style
    removed: Style
    nicks: tuple[Style, ...]
    grounds: tuple[Color, ...] = ()
    colours: bool = True

    @classmethod
    def of(cls, variables: Mapping[str, str], dark: bool, colours: bool, *, sixteen: bool = False) -> Look:
        """The look for a theme's variables. `sixteen`: the terminal has no more colours than that."""
        if not colours:
            return WITHOUT_COLOURS
        background = _hex(variables, "background")
        return OF_SIXTEEN if sixteen or background is None else _of_theme(variables, background, dark)

    def nick(self, nick: str) -> Style:
        """A nick's colour: the same in every run."""
        return self.nicks[_number(nick, len(self.nicks))]

    def marked(self, marks: Marks) -> Style:
        """What marks add to the style of the text they stand in, but for where they lead."""
        style = self.code + self.code_tint if marks.code else Style.null()
        if marks.url:
            style += self.link
        if marks.channel:
            style += self.place
        if marks.nick:
            style += self.nick(marks.nick)
        if self.colours and (marks.front or marks.back):
            style += self._coloured(marks.front, marks.back)
        return style + _attributes(marks)

    def _coloured(self, front: str, back: str) -> Style:
        """The colours of formatting: as they were meant where both are given, else so that they can be read."""
        if not front or back or not self.grounds:
            return Style(color=front or None, bgcolor=back or None)
        return Style(color=legible(Color.parse(front), self.grounds[:1], FORMATTING_CONTRAST_MIN).hex)


@lru_cache(5_000)
def _number(nick: str, colours: int) -> int:
    return colour_number(nick, colours)


@lru_cache(256)
def _attributes(marks: Marks) -> Style:
    """Only what is set: Rich takes what is unset for a no."""
    names = ("bold", "italic", "underline", "strike", "reverse")
    return Style.parse(" ".join(name for name in names if getattr(marks, name)) or "none")


def luminance(colour: Color) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized)
    red, green, blue = parts
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: Color, grounds: tuple[Color, ...], ratio: float = CONTRAST_MIN) -> Color:
    """The colour, moved towards white or black as little as it takes to be read on all of these."""
    goal = max((Color(0, 0, 0), Color(255, 255, 255)), key=lambda end: min(contrast(end, ground) for ground in grounds))
    steps = (colour.blend(goal, step / STEPS) for step in range(STEPS))
    return next((step for step in steps if all(contrast(step, ground) >= ratio for ground in grounds)), goal)


def _hex(variables: Mapping[str, str], name: str) -> Color | None:
    """A variable's colour; None when it is none by itself ("auto 87%", "ansi_default")."""
    value = variables.get(name, "")
    return Color.parse(value) if value.startswith("#") else None


def _of_theme(variables: Mapping[str, str], background: Color, dark: bool) -> Look:
    text = _hex(variables, "foreground") or (Color.parse("#e0e0e0") if dark else Color.parse("#1f1f1f"))
    accent = _hex(variables, "accent") or text
    tint, code_tint = background.blend(accent, 0.13), background.blend(text, 0.09)
    grounds = (background, tint, code_tint)

    def style(name: str, attributes: str = "") -> Style:
        found = _hex(variables, name) or text
        return Style.parse(f"{attributes} {legible(background.blend(found, found.a, alpha=1), grounds).hex}")

    muted = Style(color=legible(text.blend(background, 0.45), grounds).hex)
    plain = Style(color=legible(text, grounds).hex)
    palette = NICKS_ON_DARK if dark else NICKS_ON_LIGHT
    return Look(
        text=plain,
        muted=muted,
        own_nick=plain + Style(bold=True),
        gutter=style("accent"),
        tint=Style(bgcolor=tint.hex),
        action=plain + Style(italic=True),
        notice=plain,
        warning=style("warning"),
        link=style("text-primary", "underline"),
        place=style("text-primary"),
        code=plain,
        code_tint=Style(bgcolor=code_tint.hex),
        quote=muted,
        pill=plain + Style(bgcolor=code_tint.hex),
        own_pill=_own_pill(background, accent),
        unread_line=style("accent"),
        day_line=muted,
        pending=muted,
        failed=style("error"),
        removed=muted + Style(italic=True),
        nicks=tuple(Style(color=legible(Color.parse(nick), grounds).hex) for nick in palette),
        grounds=grounds,
    )


def _own_pill(background: Color, accent: Color) -> Style:
    ground = background.blend(accent, 0.35)
    return Style(color=legible(accent, (ground,)).hex, bgcolor=ground.hex, bold=True)


WITHOUT_COLOURS = Look(
    text=Style(),
    muted=Style(dim=True),
    own_nick=Style(bold=True),
    gutter=Style(bold=True),
    tint=Style(),
    action=Style(italic=True),
    notice=Style(),
    warning=Style(bold=True),
    link=Style(underline=True),
    place=Style(bold=True),
    code=Style(),
    code_tint=Style(),
    quote=Style(dim=True),
    pill=Style(),
    own_pill=Style(reverse=True),
    unread_line=Style(bold=True),
    day_line=Style(dim=True),
    pending=Style(dim=True),
    failed=Style(bold=True),
    removed=Style(dim=True, italic=True),
    nicks=(Style(bold=True),),
    colours=False,
)
# ANSI names, on whatever background the terminal has.
OF_SIXTEEN = replace(
    WITHOUT_COLOURS,
    gutter=Style(color="yellow", bold=True),
    warning=Style(color="yellow", bold=True),
    link=Style(color="bright_blue", underline=True),
    place=Style(color="bright_blue"),
    code=Style(color="cyan"),
    unread_line=Style(color="yellow", bold=True),
    failed=Style(color="bright_red", bold=True),
    nicks=tuple(Style(color=name) for name in NICKS_OF_SIXTEEN),
    colours=True,
)

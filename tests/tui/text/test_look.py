"""Colours that can be read on every theme (WCAG 2.2, 1.4.3), on terminals of sixteen colours, and without any."""

from __future__ import annotations

from dataclasses import fields

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from ipcchat.tui.text.formatting import Marks
from ipcchat.tui.text.look import CONTRAST_MIN, NICKS_OF_SIXTEEN, Look, contrast, legible
from ipcchat.tui.themes import OURS

THEMES = [*OURS, *(theme for name, theme in BUILTIN_THEMES.items() if not name.startswith("ansi"))]
# Pills and tints bring a background of their own.
GROUNDED = ("pill", "own_pill", "tint", "code_tint")


def look_of(theme: Theme, *, colours: bool = True, sixteen: bool = False) -> Look:
    """The look of a theme."""
    return Look.of(theme.to_color_system().generate(), theme.dark, colours, sixteen=sixteen)


def styles(look: Look) -> dict[str, Style]:
    """Every style of a look by its name."""
    found = {one.name: getattr(look, one.name) for one in fields(look) if isinstance(getattr(look, one.name), Style)}
    return found | {f"nick {number}": style for number, style in enumerate(look.nicks)}


def colour(style: Style, *, ground: bool = False) -> Color:
    """A colour of a style that has one."""
    found = style.bgcolor if ground else style.color
    assert found is not None
    return Color.from_rich_color(found)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_text_can_be_read_on_its_theme(theme: Theme) -> None:
    look = look_of(theme)
    background = Color.parse(theme.to_color_system().generate()["background"])
    for ground in (background, colour(look.tint, ground=True), colour(look.code_tint, ground=True)):
        for name, style in styles(look).items():
            if name not in GROUNDED:
                assert contrast(colour(style), ground) >= CONTRAST_MIN, f"{name} on {ground}"
    for style in (look.pill, look.own_pill):
        assert contrast(colour(style), colour(style, ground=True)) >= CONTRAST_MIN


def test_contrast_is_that_of_the_specification() -> None:
    assert contrast(Color(0, 0, 0), Color(255, 255, 255)) == pytest.approx(21.0)
    assert contrast(Color(119, 119, 119), Color(255, 255, 255)) == pytest.approx(4.48, abs=0.01)


def test_a_colour_is_changed_no_more_than_it_must() -> None:
    white = (Color(255, 255, 255),)
    assert legible(Color(0, 0, 128), white) == Color(0, 0, 128)
    assert CONTRAST_MIN <= contrast(legible(Color(255, 255, 0), white), white[0]) < 7


def test_a_nick_has_one_colour_in_every_look() -> None:
    look = look_of(OURS[0])
    assert look.nick("ann") == look.nick("ANN") == look.nicks[look.nicks.index(look.nick("ann"))]
    assert len({style.color for style in look.nicks}) == 16


@pytest.mark.parametrize("theme", [OURS[0], BUILTIN_THEMES["ansi-dark"]], ids=lambda theme: theme.name)
def test_a_terminal_of_sixteen_colours_gets_their_names_and_no_tint(theme: Theme) -> None:
    look = look_of(theme, sixteen=theme.name.startswith("ipc"))
    assert [style.color.name for style in look.nicks if style.color is not None] == list(NICKS_OF_SIXTEEN)
    assert all(style.bgcolor is None for style in styles(look).values())
    assert all(style.color is None or style.color.is_system_defined for style in styles(look).values())


def test_without_colours_attributes_carry_the_meaning() -> None:
    look = look_of(OURS[0], colours=False)
    assert all(style.color is None and style.bgcolor is None for style in styles(look).values())
    told_apart = (look.text, look.muted, look.own_nick, look.action, look.link, look.own_pill, look.removed)
    assert len(set(told_apart)) == len(told_apart)
    assert look.marked(Marks(front="#ff0000", back="#00ff00", bold=True)) == Style(bold=True)


def test_formatting_that_could_not_be_read_is_made_legible() -> None:
    look = look_of(OURS[0])
    dark_blue = look.marked(Marks(front="#00007f"))
    assert contrast(colour(dark_blue), look.grounds[0]) >= 3
    both = look.marked(Marks(front="#00007f", back="#000000"))
    assert (colour(both), colour(both, ground=True)) == (Color(0, 0, 127), Color(0, 0, 0))


def test_marks_add_up() -> None:
    style = look_of(OURS[0]).marked(Marks(bold=True, italic=True, underline=True, strike=True, reverse=True, code=True))
    assert (style.bold, style.italic, style.underline, style.strike, style.reverse) == (True,) * 5
    assert style.bgcolor is not None
    assert look_of(OURS[0]).marked(Marks(channel="#tea")).bold is None

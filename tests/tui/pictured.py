"""Snapshots: what the terminal client draws, compared with a picture that somebody has looked at.

Rules:
1. A picture is drawn from the strips that the terminal would get, by the renderer of the documentation's pictures, so
   that it depends on nothing but cells and renditions.
2. One that differs is written beside the accepted one, and the failure says how to look at it and how to accept it.
"""

from __future__ import annotations

import os
from pathlib import Path

from rich.color import ColorSystem
from rich.segment import Segment
from textual.app import App

from docs.pictures.terminal_svg import SCREEN, Terminal, picture

FOLDER = Path(__file__).with_name("snapshots")
ACCEPT = "ACCEPT_SNAPSHOTS"


def screen_of(app: App[int]) -> str:
    """What is on the screen, as SGR sequences and text."""
    height = app.size.height
    strips = app.screen._compositor.render_strips(app.size)[:height]
    return "\n".join("".join(map(written, strip)) for strip in strips)


def written(segment: Segment) -> str:
    """A segment as a terminal with all colours gets it."""
    if segment.style is None or not segment.text:
        return segment.text
    return segment.style.render(segment.text, color_system=ColorSystem.TRUECOLOR)


def looks_like(app: App[int], name: str, ground: str | None = None) -> None:
    """The screen is the accepted one of that name."""
    width, height = app.size
    drawn = picture([[Terminal(name, width, height, screen_of(app), ground or SCREEN)]], f"Snapshot: {name}")
    accepted, fresh = FOLDER / f"{name}.svg", FOLDER / f"{name}.new.svg"
    if os.environ.get(ACCEPT):
        accepted.write_text(drawn, encoding="utf-8")
        fresh.unlink(missing_ok=True)
    elif not accepted.exists() or accepted.read_text(encoding="utf-8") != drawn:
        fresh.write_text(drawn, encoding="utf-8")
        raise AssertionError(
            f"the screen looks different: open {fresh} beside {accepted.name} in a browser; "
            f"if it is as it should be, type: {ACCEPT}=1 ./run test tests/tui/test_snapshots.py"
        )
    else:
        fresh.unlink(missing_ok=True)

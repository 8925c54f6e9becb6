"""The colours of the terminal client: two themes of our own beside those that Textual has, and the terminal's own 16.

Rule: a theme is chosen by name; "auto" takes the terminal's own colours where it has only 16, else our dark one.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="ipc-chat-dark",
    primary="#6ea8fe",
    secondary="#8fb8c9",
    accent="#f2b661",
    warning="#e8b04b",
    error="#f07178",
    success="#7fc98f",
    foreground="#d6dbe3",
    background="#14181f",
    surface="#1a1f28",
    panel="#222936",
    dark=True,
)
LIGHT = Theme(
    name="ipc-chat-light",
    primary="#1f5fbf",
    secondary="#3b6f86",
    accent="#9a5b00",
    warning="#8a5a00",
    error="#b3202c",
    success="#1f7a37",
    foreground="#1f2530",
    background="#fbfbfa",
    surface="#f1f2f2",
    panel="#e6e8ea",
    dark=False,
)
OURS = (DARK, LIGHT)
ANSI = "ansi-dark"


def first_theme(wanted: str, remembered: str, *, is_ansi: bool) -> str:
    """The name of the theme to begin with: what was chosen at run time last, else what the settings say."""
    if remembered:
        return remembered
    if wanted != "auto":
        return wanted
    return ANSI if is_ansi else DARK.name

"""The tables of docs/terminal.md: keys, what the screen alone can do by commands, settings.

The page is written by hand around them. What stands between `<!-- NAME -->` and `<!-- /NAME -->` is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

from ipcchat.tui import commands
from ipcchat.tui.keymap import ACTIONS, GROUPS, Keymap
from ipcchat.tui.screens.help import title_of
from ipcchat.tui.settings import SECTIONS, SERVER, toml
from ipcchat.tui.start import ServerEntry

PAGE = Path(__file__).parent / "terminal.md"


def page() -> str:
    """docs/terminal.md, with its tables as they are now."""
    text = PAGE.read_text("utf-8")
    for name, make in TABLES.items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, behind = rest.partition(f"<!-- /{name} -->\n")
        if not (begin and end):
            raise ValueError(f"{PAGE.name} has no place for {name}: write <!-- {name} --> and <!-- /{name} --> there")
        text = f"{before}{begin}\n{make()}\n{end}{behind}"
    return text


def keys() -> str:
    """What each key does, group by group, with the name by which the settings change it."""
    keymap = Keymap()
    titles = sorted(dict.fromkeys(map(title_of, ACTIONS)), key=lambda title: GROUPS.index(title.partition(",")[0]))
    return "\n".join(
        f"### {title}\n\n"
        + table(
            ("keys", "what they do", "action"),
            (
                (", ".join(map(key_cap, keymap.shown(action.name).split(", "))), action.summary, f"`{action.name}`")
                for action in ACTIONS
                if title_of(action) == title
            ),
        )
        for title in titles
    )


def own_commands() -> str:
    """The commands that are about the screen."""
    rows = ((f"`{command.usage}`", command.summary) for command in commands.OWN.values())
    return table(("type", "what it does"), rows)


def settings() -> str:
    """All settings, section by section."""
    parts = []
    for name, section in SECTIONS.items():
        rows = [
            (entry.name, entry.default, entry.metadata["kind"], entry.metadata["text"]) for entry in fields(section)
        ]
        parts.append(f"### [{name}]\n\n{section.__doc__}\n\n" + settings_table(rows))
    servers = [(name, getattr(ServerEntry(), name), kind, text) for name, (kind, text) in SERVER.items()]
    about = "A server that you want to be on; as many as you like."
    parts.append(f"### [[servers]]\n\n{about}\n\n" + settings_table(servers))
    return "\n".join(parts)


def settings_table(rows: Iterable[tuple[str, object, object, str]]) -> str:
    """The settings of one section."""
    return table(
        ("setting", "default", "expected", "what it is"),
        (
            (f"`{name}`", f"`{toml(default)}`", getattr(kind, "expected", ""), text)
            for name, default, kind, text in rows
        ),
    )


def key_cap(key: str) -> str:
    """Keys as code."""
    return " … ".join(f"`{part}`" for part in key.split(" … "))


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


TABLES: dict[str, Callable[[], str]] = {"keys": keys, "commands": own_commands, "settings": settings}

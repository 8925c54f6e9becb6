"""Help: all keys as they are now, and all commands, to be searched by typing.

Rules:
1. Everything is made from the tables: what is not in them is not shown, and nothing in them is left out.
2. Typing searches; q closes only while nothing was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from ipcchat.dialogue.command_table import Command
from ipcchat.tui.commands import in_order
from ipcchat.tui.keymap import ACTIONS, Action, Keymap
from ipcchat.tui.screens.modal import Field, Modal

TWO_COLUMNS_MIN = 116
KEY_COLUMNS = 26
WORDS_CHARACTERS_MAX = 60
HEADINGS = {"timeline": "{}, while one is selected", "list": "{}, in lists and questions"}
COMMANDS_TITLE = "Commands"
SLASH = ("//text", "Say a text that begins with /")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and below it what to press or type, and what that does."""

    title: str
    rows: tuple[tuple[str, str], ...]


def key_sections(keymap: Keymap, words: str = "") -> list[Section]:
    """The keys, group by group; only what has all of the words."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for action in ACTIONS:
        row = (keymap.shown(action.name) or "no key", action.summary)
        if has_words(words, title_of(action), *row):
            grouped.setdefault(title_of(action), []).append(row)
    return [Section(title, tuple(rows)) for title, rows in grouped.items()]


def command_sections(commands: Iterable[Command], words: str = "") -> list[Section]:
    """The commands; only what has all of the words."""
    rows = [*((command.usage, command.summary) for command in commands), SLASH]
    found = tuple(row for row in rows if has_words(words, COMMANDS_TITLE, *row))
    return [Section(COMMANDS_TITLE, found)] if found else []


def title_of(action: Action) -> str:
    """Under which heading an action stands."""
    return HEADINGS.get(action.where, "{}").format(action.group)


def has_words(words: str, *texts: str) -> bool:
    """Whether each of the words stands somewhere in the texts, in any case."""
    whole = " ".join(texts).casefold()
    return all(word in whole for word in words.casefold().split())


class HelpScreen(Modal[None]):
    """The help. Escape, or a key of the action `help`, closes it."""

    AUTO_FOCUS = "Input"
    CLOSED_BY = "help"
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical { width: 100%; max-width: 132; height: 100%; max-height: 60; padding: 1 2; background: $panel; }
        Input { background: $surface; }
        VerticalScroll { height: 1fr; margin-top: 1; scrollbar-size-vertical: 1; }
        Horizontal { height: auto; }
        Static { width: 1fr; height: auto; }
        .wide #commands { margin-left: 3; }
        .hint { color: $text-muted; margin-top: 1; }
        &:ansi { background: transparent; }
        &:ansi > Vertical { background: ansi_default; }
    }
    """

    def __init__(self, keymap: Keymap, commands: Sequence[Command] | None = None) -> None:
        super().__init__()
        self._keymap = keymap
        self._commands = in_order() if commands is None else commands

    def compose(self) -> ComposeResult:
        """What to search for, and what was found."""
        with Vertical():
            yield Field(
                placeholder="Type to search the keys and commands", compact=True, max_length=WORDS_CHARACTERS_MAX
            )
            with VerticalScroll(can_focus=False), Horizontal():
                yield Static(id="keys")
                yield Static(id="commands")
            yield Static(self._hint(), classes="hint", markup=False)

    def _hint(self) -> str:
        scrolling = ("list_previous", "list_next", "list_page_up", "list_page_down")
        keys = ", ".join(filter(None, map(self._keymap.first, scrolling)))
        return f"{keys}: scroll · {self._keymap.first('list_close')}: close"

    def on_mount(self) -> None:
        """Show everything."""
        self.show_found()

    def on_resize(self, event: events.Resize) -> None:
        """One column or two."""
        self.show_found()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what has the words."""
        self.show_found()
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def show_found(self) -> None:
        """Draw what has the words that were typed: keys and commands beside each other where there is room."""
        words = self.query_one(Input).value
        keys = key_sections(self._keymap, words)
        commands = command_sections(self._commands, words)
        beside = self.size.width >= TWO_COLUMNS_MIN and bool(keys) and bool(commands)
        self.query_one(VerticalScroll).set_class(beside, "wide")
        self.query_one("#keys", Static).update(drawn(keys if beside else [*keys, *commands]))
        right = self.query_one("#commands", Static)
        right.display = beside
        right.update(drawn(commands if beside else []))

    async def typed(self, event: events.Key) -> None:
        """q closes while nothing was typed; all else is searched for."""
        if event.character == "q" and not self.query_one(Field).value:
            self.close()
        else:
            await super().typed(event)

    def move(self, steps: int) -> None:
        """Some rows up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=steps, animate=False)

    def turn(self, pages: int) -> None:
        """Some pages up or down."""
        body = self.query_one(VerticalScroll)
        body.scroll_relative(y=pages * max(1, body.size.height - 2), animate=False)


def drawn(sections: Sequence[Section]) -> Group:
    """Sections below each other, what to press in a column of its own."""
    if not sections:
        return Group(Text("Nothing here has these words."))
    parts: list[RenderableType] = []
    for section in sections:
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(width=KEY_COLUMNS)
        table.add_column(ratio=1)
        for keys, summary in section.rows:
            table.add_row(Text(keys, style="bold"), Text(summary))
        parts += [Text(section.title, style="bold underline"), table, Text("")]
    return Group(*parts[:-1])

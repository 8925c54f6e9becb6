"""Small questions over the screen: a text, yes or no, one of several.

Rules:
1. Escape is always the answer that changes nothing: "" or no.
2. What is asked about is made harmless; a line break in it is one on the screen.
3. A yes that cannot be taken back is never what Enter says by itself: `confirm` begins at "no".
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar, Generic

from textual import events, on
from textual.app import App, ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from ipcchat.client.text import printable
from ipcchat.tui.screens.modal import Answer, Field, Modal, Options

ANSWER_CHARACTERS_MAX = 1_000
# Rows that a dialogue needs beside the text and what answers it; below so many rows in all it does without the hint.
SMALL_ROWS = 16
ANSWER_ROWS = 6
ANSWER_ROWS_SMALL = 1


class Dialogue(Modal[Answer], Generic[Answer]):
    """A box in the middle of the screen with a text, and what answers it below. Escape answers `nothing`."""

    AUTO_FOCUS = "Input, OptionList"
    DEFAULT_CSS = """
    Dialogue {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 64;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 1 2;
            background: $panel;
        }
        VerticalScroll { height: auto; scrollbar-size-vertical: 1; }
        Input, OptionList { margin-top: 1; background: $surface; }
        OptionList { height: auto; max-height: 50vh; scrollbar-size-vertical: 1; }
        .option-list--option-highlighted { text-style: bold reverse; }
        .hint { margin-top: 1; color: $text-muted; }
        &.-small > Vertical { padding: 0 1; }
        &.-small .hint { display: none; }
        &:ansi { background: transparent; }
        &:ansi > Vertical { background: ansi_default; border: round ansi_default; }
    }
    """

    CHOOSES: ClassVar[str]
    """What choosing is called in the hint."""

    def __init__(self, text: str, nothing: Answer) -> None:
        super().__init__()
        self._text = "\n".join(map(printable, text.split("\n")))
        self._nothing = nothing

    def compose(self) -> ComposeResult:
        """The text, what answers it, and which keys do."""
        with Vertical():
            with VerticalScroll(can_focus=False):
                yield Static(self._text, markup=False)
            yield from self.compose_answer()
            yield Static(self._hint(), classes="hint", markup=False)

    def _hint(self) -> str:
        choose, close = self.keymap.first("list_choose"), self.keymap.first("list_close")
        return f"{choose}{self.CHOOSES} · {close}: never mind"

    def compose_answer(self) -> ComposeResult:
        """What the answer is given with."""
        yield from ()

    def on_resize(self, event: events.Resize) -> None:
        """Leave room for what answers: a text that is too long scrolls."""
        self.set_class(event.size.height < SMALL_ROWS, "-small")
        rows = ANSWER_ROWS_SMALL if event.size.height < SMALL_ROWS else ANSWER_ROWS
        self.query_one(VerticalScroll).styles.max_height = max(1, event.size.height - rows - self.answer_rows)

    @property
    def answer_rows(self) -> int:
        """How many rows of the screen what answers takes."""
        return 1

    def close(self) -> None:
        """Answer nothing."""
        self.dismiss(self._nothing)


class Question(Dialogue[str]):
    """Ask for one line of text; a secret one is not shown."""

    CHOOSES = ": done"

    def __init__(self, text: str, *, secret: bool = False, proposal: str = "") -> None:
        super().__init__(text, "")
        self._secret = secret
        self._proposal = proposal

    def compose_answer(self) -> ComposeResult:
        """One line."""
        yield Field(self._proposal, password=self._secret, max_length=ANSWER_CHARACTERS_MAX, compact=True)

    def choose(self) -> None:
        """Answer what is typed."""
        self.dismiss(self.query_one(Field).value)


class Choice(Dialogue[int]):
    """Let one of several be chosen; the answer is its place, or `nothing`. A letter that only one of them begins with
    chooses it."""

    CHOOSES = " or the first letter chooses"

    def __init__(self, text: str, options: Sequence[str], *, start: int = 0, nothing: int = -1) -> None:
        super().__init__(text, nothing)
        self._options = [printable(option) for option in options]
        self._start = start

    def compose_answer(self) -> ComposeResult:
        """The options below each other."""
        yield Options(*self._options, markup=False, compact=True)

    @property
    def answer_rows(self) -> int:
        """As many as there are options, at most half of the screen."""
        return min(len(self._options), self.size.height // 2)

    def on_mount(self) -> None:
        """Begin where Enter does no harm."""
        self.query_one(OptionList).highlighted = self._start

    def key_letter(self, letter: str) -> None:
        """Choose by the first letter."""
        places = [place for place, option in enumerate(self._options) if option[:1].lower() == letter.lower()]
        if len(places) == 1:
            self.dismiss(places[0])

    async def typed(self, event: events.Key) -> None:
        """A letter chooses."""
        if event.character is not None:
            self.key_letter(event.character)

    def move(self, steps: int) -> None:
        """Light another option, around the ends."""
        options = self.query_one(OptionList)
        options.highlighted = ((options.highlighted or 0) + steps) % len(self._options)

    def turn(self, pages: int) -> None:
        """Light the first option, or the last."""
        self.query_one(OptionList).highlighted = 0 if pages < 0 else len(self._options) - 1

    def choose(self) -> None:
        """Answer the option that is lit."""
        self.dismiss(self.query_one(OptionList).highlighted or 0)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_index)


async def ask(app: App[Any], text: str, *, secret: bool = False, proposal: str = "") -> str:
    """What our user types, at most ANSWER_CHARACTERS_MAX; "" when he would rather not."""
    return await answer_of(app, Question(text, secret=secret, proposal=proposal), "")


async def confirm(app: App[Any], text: str, *, yes: str = "Yes", no: str = "No") -> bool:
    """Whether our user says yes; what he says with are `yes` and `no`, which begin with different letters."""
    return await answer_of(app, Choice(text, [yes, no], start=1, nothing=1), 1) == 0


async def choose(app: App[Any], text: str, options: Sequence[str]) -> str:
    """Which of the options our user wants; "" for none."""
    place = await answer_of(app, Choice(text, options), -1)
    return options[place] if place >= 0 else ""


async def answer_of(app: App[Any], screen: ModalScreen[Answer], nothing: Answer) -> Answer:
    """Show a dialogue until it is answered. When nobody waits for the answer any longer it goes away."""
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def take(answer: Answer | None) -> None:
        if not answered.done():
            answered.set_result(nothing if answer is None else answer)

    app.push_screen(screen, take)
    try:
        return await answered
    finally:
        if answered.cancelled() and screen.is_current:
            screen.dismiss(nothing)

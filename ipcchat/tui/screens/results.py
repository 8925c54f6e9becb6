"""Messages that were looked for: the answer to a search, what is pinned, what was said before.

Rules:
1. The newest message stands first; who reaches the end is shown older ones, where there are.
2. It asks nobody itself: who opens it says how messages are found (`find`) and which are older (`older`), and jumps to
   the one that was chosen.
3. An answer that comes after other words were typed is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

import textual.message
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import Worker

from ipcchat.client.errors import ChatError
from ipcchat.client.events import Message
from ipcchat.tui.screens.modal import Field, Modal
from ipcchat.tui.text.bidi import has_right_to_left
from ipcchat.tui.widgets.pane import ListPane, Pane, Piece, plain

Find = Callable[[str], Awaitable[list[Message]]]
Older = Callable[[str, Message], Awaitable[list[Message]]]

REST_SECONDS = 0.3
MESSAGES_MAX = 5_000
WORDS_MAX = 20
PAGE_MESSAGES = 8
# How much of a long message is looked through for the first word found, and what is shown before it.
LOOKED_THROUGH_MAX = 20_000
BEFORE_FOUND = 20
HINTS = ("in:", "from:", "before:", "after:", "has:")
EXPLANATION = "words, in:#channel from:nick after:2026-01-31 before:… has:link"


class Found(ListPane):
    """The list of messages: where, by whom and when; below that the text."""

    DEFAULT_CSS = "Found { height: 1fr; background: $panel; }"

    item_rows = 2

    class EndReached(textual.message.Message):
        """The last message can be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self._words: re.Pattern[str] | None = None

    def show(self, messages: Sequence[Message], words: str) -> None:
        """Show other messages, the newest first; that one is lit."""
        self.messages = newest_first(messages)
        self._words = words_in(words)
        self.top, self.lit = 0, 0 if self.messages else -1
        self.refresh()

    def add(self, messages: Sequence[Message]) -> int:
        """Older ones, below the others; how many of them were new."""
        known = {message.msgid for message in self.messages}
        fresh = [message for message in messages if message.msgid not in known or not message.msgid]
        self.messages += newest_first(fresh)[: MESSAGES_MAX - len(self.messages)]
        self.refresh()
        return len(fresh)

    def look_at(self, top: int) -> None:
        """Scroll; who sees the last one is at the end."""
        super().look_at(top)
        if self.messages and self.top + self.places_shown >= len(self.messages):
            self.post_message(self.EndReached())

    def amount(self) -> int:
        """How many there are."""
        return len(self.messages)

    def draw(self, place: int, row: int, fill: Style) -> Strip:
        """A row of a message."""
        message, quiet = self.messages[place], self.look("quiet")
        mark = ("▌" if place == self.lit else " ", self.look("accent"))
        if row == 0:
            who = (plain(message.nick), self.look("strong"))
            when = f"{message.time.astimezone():%a %d %b %Y %H:%M} "
            return self.line([mark, who, ("  ", quiet), (plain(message.place), quiet)], [(when, quiet)], fill)
        return self.line([mark, *self._text(message.text)], [(" ", quiet)], fill)

    def _text(self, text: str) -> list[Piece]:
        """The text from shortly before the first word that was found, with those words emphasised unless the text
        is put in another order."""
        first = self._words.search(text, 0, LOOKED_THROUGH_MAX) if self._words is not None else None
        start = first.start() - BEFORE_FOUND if first is not None and first.end() > self.size.width - 2 else 0
        shown = plain(text[max(start, 0) :][: self.size.width * 2].replace("\n", " "))
        if start > 0:
            shown = f"…{shown}"
        if self._words is None or has_right_to_left(shown):
            return [(shown, Style.null())]
        return [
            (part, self.look("found") if odd % 2 else Style.null())
            for odd, part in enumerate(re.split(self._words, shown))
        ]


class Note(Pane):
    """A line of words."""

    DEFAULT_CSS = "Note { height: 1; background: $panel; }"

    def __init__(self, text: str = "", kind: str = "quiet") -> None:
        super().__init__()
        self.text = text
        self.kind = kind

    def say(self, text: str, kind: str = "quiet") -> None:
        """Other words, in a style of the pane."""
        if (text, kind) != (self.text, self.kind):
            self.text, self.kind = text, kind
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        words = (plain(self.text), self.look(self.kind))
        return self.line([(" ", Style.null()), words], [], self.rich_style)


class Results(Modal[Message | None]):
    """Shows messages under a title; the answer is the one to jump to, or None. With `find` it has a field for words,
    which holds `words` at first; without it the `messages` are all. `older` is asked, with the words, for those before
    one of them."""

    AUTO_FOCUS = "Input"
    CLOSED_BY = "search"
    CSS = """
    Results { align: center top; background: $background 60%; }
    Results > Vertical { width: 100; max-width: 100%; height: 90%; margin-top: 1; padding: 1 1; background: $panel; }
    Results Input, Results Input:focus {
        border: none; height: 1; padding: 0 1; margin: 1 0; background: $surface;
    }
    Results:ansi { background: transparent; }
    Results:ansi > Vertical, Results:ansi Input { background: ansi_default; }
    Results:ansi > Vertical { border: round ansi_default; }
    """

    def __init__(
        self,
        title: str,
        find: Find | None = None,
        *,
        words: str = "",
        messages: Sequence[Message] = (),
        older: Older | None = None,
    ) -> None:
        super().__init__()
        self._heading = title
        self._find = find
        self._older = older
        self._given = messages
        self._wanted = words
        self._searched = ""
        self._asking: Worker[None] | None = None
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """The title, what is looked for, how it goes, and what was found."""
        with Vertical():
            yield Note(self._heading, "strong")
            if self._find is not None:
                yield Field(self._wanted, placeholder=EXPLANATION, select_on_focus=False)
            yield Found()
            yield Note()

    def on_mount(self) -> None:
        """Show what is there, or look for what is wanted."""
        if self._find is None:
            self._show(list(self._given), "")
        else:
            self._search(self._wanted)

    @property
    def found(self) -> Found:
        """The list."""
        return self.query_one(Found)

    def _say(self, text: str, kind: str = "quiet") -> None:
        self.query(Note).last().say(text, kind)

    # Looking for words.

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        """Other words are looked for when no more letters come for a moment."""
        event.stop()
        self._stop_resting()
        words = self.query_one(Field).value
        if words.strip() != self._searched:
            self._rest = self.set_timer(REST_SECONDS, lambda: self._search(words))

    def choose(self) -> None:
        """New words are looked for at once; else the lit message is what was wanted."""
        words = self.query_one(Field).value if self._find is not None else ""
        if words.strip() != self._searched:
            self._search(words)
        elif self.found.messages:
            self.dismiss(self.found.messages[self.found.lit])

    def _stop_resting(self) -> None:
        if self._rest is not None:
            self._rest.stop()
            self._rest = None

    def _search(self, words: str) -> None:
        """Look for words."""
        self._stop_resting()
        self._searched = words.strip()
        if asks_something(words):
            self._say("searching…")
            self._asking = self.run_worker(self._ask(self._searched), exclusive=True)
        else:
            self.workers.cancel_node(self)
            self.found.show([], "")
            self._say("type what to look for; Enter jumps to a message")

    async def _ask(self, words: str) -> None:
        """Ask for messages with these words, and show them."""
        assert self._find is not None
        try:
            found = await self._find(words)
        except ChatError as error:
            self.found.show([], "")
            self._say(str(error), "bad")
        else:
            self._show(found, words)

    def _show(self, messages: list[Message], words: str) -> None:
        self.found.show(messages, words)
        self._count()

    def _count(self, end: str = "") -> None:
        """Say how many there are."""
        amount = len(self.found.messages)
        nothing = "no message has these words" if self._find is not None else "there is no message"
        self._say(f"{amount:,} message{'s' if amount != 1 else ''}{end}; Enter jumps there" if amount else nothing)

    # Older ones.

    @on(Found.EndReached)
    def _end_reached(self) -> None:
        """Older ones are asked for, one answer at a time."""
        messages = self.found.messages
        if self._older is None or not messages or (self._asking is not None and self._asking.is_running):
            return
        if len(messages) >= MESSAGES_MAX:
            self._say(f"these are {MESSAGES_MAX:,}; more words find fewer", "warning")
            return
        self._say("looking for older ones…")
        self._asking = self.run_worker(self._ask_older(self._older, self._searched, messages[-1]), exclusive=True)

    async def _ask_older(self, older: Older, words: str, last: Message) -> None:
        """Ask for messages that are older than the last one, and show them."""
        try:
            fresh = self.found.add(await older(words, last))
        except ChatError as error:
            self._say(str(error), "bad")
        else:
            if not fresh:
                self._older = None
            self._count("" if fresh else ", these are all")

    # Moving.

    def move(self, steps: int) -> None:
        """Light another message."""
        amount = len(self.found.messages)
        if amount:
            self.found.light(max(0, min(self.found.lit + steps, amount - 1)))

    def turn(self, pages: int) -> None:
        """Light another message, PAGE_MESSAGES further."""
        self.move(pages * PAGE_MESSAGES)

    @on(ListPane.Picked)
    def _clicked(self, event: ListPane.Picked) -> None:
        event.stop()
        self.dismiss(self.found.messages[event.place])


def newest_first(messages: Sequence[Message]) -> list[Message]:
    """Messages by their time, at most MESSAGES_MAX; of one moment the later one in the list is the newer."""
    return sorted(messages, key=lambda message: message.time)[: -MESSAGES_MAX - 1 : -1]


def asks_something(typed: str) -> bool:
    """Whether more than the place is said."""
    return any(not word.startswith("in:") for word in typed.split())


def words_in(typed: str) -> re.Pattern[str] | None:
    """What finds the words that were looked for in a text; None when only hints were given."""
    bare = (word.strip('"*') for word in typed.split()[:WORDS_MAX] if not word.lower().startswith(HINTS))
    words = sorted({re.escape(word) for word in bare if word}, key=len, reverse=True)
    return re.compile(f"({'|'.join(words)})", re.IGNORECASE) if words else None

"""The first question: which server, which name, and a password for who has an account.

Rules:
1. Three fields, filled with what is known. Enter goes on to the next one and joins at the last; a mistake is said under
   its field, and what was typed stays.
2. No password makes a guest. A password logs in to the account of that name; it goes nowhere but to the server.
3. Escape leaves the program.
"""

from __future__ import annotations

from dataclasses import replace

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from ipcchat.client.errors import AddressError
from ipcchat.client.text import printable
from ipcchat.client.urls import parse_address
from ipcchat.dialogue.nicks import NICK_MISTAKE, is_nick
from ipcchat.tui.screens.modal import Field, Modal
from ipcchat.tui.start import ServerEntry

FIELDS = {"server": "Server", "name": "Name", "password": "Password"}
PLACEHOLDERS = {
    "server": "this machine; or HOST, ircs://HOST (by TLS)",
    "name": "how others see you",
    "password": "empty: join as a guest",
}
FIELD_CHARACTERS_MAX = 1_000


class FirstRun(Modal[ServerEntry | None]):
    """Asks where to go and who to be; the answer is `proposal` with that, None for leaving."""

    DEFAULT_CSS = """
    FirstRun {
        align: center middle;
        background: $background;
        & > Vertical { width: 60; max-width: 100%; height: auto; padding: 1 2; background: $panel; }
        .title { text-style: bold; margin-bottom: 1; }
        Horizontal { height: 1; }
        .label { width: 10; color: $text-muted; }
        .-focused .label { color: $text; text-style: bold; }
        Input { width: 1fr; padding: 0 1; background: $surface; }
        .mistake { display: none; margin-left: 10; padding: 0 1; color: $text-error; }
        .hint { margin-top: 1; color: $text-muted; }
        &:ansi > Vertical { background: ansi_default; border: round ansi_default; }
    }
    """

    def __init__(self, proposal: ServerEntry) -> None:
        super().__init__()
        self._proposal = proposal
        self._judged: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """The fields, each with a place for what is wrong with it."""
        known = {"server": self._proposal.address, "name": self._proposal.nick, "password": ""}
        with Vertical():
            yield Static("Welcome to IPC Chat", classes="title")
            for name, label in FIELDS.items():
                with Horizontal(id=f"row-{name}"):
                    yield Static(label, classes="label")
                    yield Field(
                        known[name],
                        placeholder=PLACEHOLDERS[name],
                        password=name == "password",
                        max_length=FIELD_CHARACTERS_MAX,
                        compact=True,
                        id=name,
                    )
                yield Static("", id=f"mistake-{name}", classes="mistake", markup=False)
            yield Static("", id="hint", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Begin at the name: which server is known, as a rule."""
        self.set_focus(self._field("name"))

    def _field(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    @property
    def _here(self) -> str:
        """The name of the field with the focus."""
        return next((name for name in FIELDS if self._field(name) is self.focused), next(iter(FIELDS)))

    @on(events.DescendantFocus)
    def _entered(self) -> None:
        """Mark the field and say what Enter does there."""
        for name in FIELDS:
            self.query_one(f"#row-{name}").set_class(name == self._here, "-focused")
        self._show_hint()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        """A field that is worked on has no mistake any more."""
        if event.input.id is not None and event.input.value != self._judged.get(event.input.id):
            self._show_mistake(event.input.id, "")
        self._show_hint()

    def _show_hint(self) -> None:
        if self._here == "password":
            name = printable(self._field("name").value.strip())
            then = f"logs in as {name}" if self._field("password").value else f"joins as the guest {name}"
        else:
            then = "goes on"
        choose, close = self.keymap.first("list_choose"), self.keymap.first("list_close")
        self.query_one("#hint", Static).update(f"{choose} {then} · {close} quits")

    def choose(self) -> None:
        """Go on, to the first field with a mistake where there is one."""
        names = list(FIELDS)
        reached = names.index(self._here)
        mistakes = {name: mistake for name in names[: reached + 1] if (mistake := self._mistake(name))}
        for name in names[: reached + 1]:
            self._judged[name] = self._field(name).value
            self._show_mistake(name, mistakes.get(name, ""))
        if mistakes:
            self.set_focus(self._field(next(iter(mistakes))))
        elif reached + 1 < len(names):
            self.set_focus(self._field(names[reached + 1]))
        else:
            self.dismiss(self._answer())

    def _mistake(self, name: str) -> str:
        """What is wrong with a field; "" when nothing is."""
        text = self._field(name).value.strip()
        if name == "name" and not is_nick(text):
            return NICK_MISTAKE
        if name == "server" and text:
            try:
                parse_address(text)
            except AddressError as error:
                return str(error)
        return ""

    def _show_mistake(self, name: str, mistake: str) -> None:
        row = self.query_one(f"#mistake-{name}", Static)
        row.update(printable(mistake))
        row.display = bool(mistake)

    def _answer(self) -> ServerEntry:
        """What was typed."""
        server, name = (self._field(field).value.strip() for field in ("server", "name"))
        password = self._field("password").value
        return replace(self._proposal, address=server, nick=name, account=name if password else "", password=password)

    def move(self, steps: int) -> None:
        """Another field, around the ends."""
        names = list(FIELDS)
        self.set_focus(self._field(names[(names.index(self._here) + steps) % len(names)]))

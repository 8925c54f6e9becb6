"""The row above the composer that says what is answered or changed; not there otherwise."""

from __future__ import annotations

from textual.strip import Strip

from ipcchat.dialogue.phrases import start_of
from ipcchat.tui.model.buffer import Draft
from ipcchat.tui.widgets.pane import Pane, Piece, line, plain


class DraftBanner(Pane):
    """What the draft is about."""

    DEFAULT_CSS = "DraftBanner { height: 1; display: none; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._about: tuple[str, str] | None = None

    def show(self, draft: Draft) -> None:
        """Show what a draft is about."""
        about = None
        if draft.changes is not None:
            about = ("changing", start_of(draft.changes.message.text))
        elif draft.answers is not None:
            about = (f"answering {plain(draft.answers.message.nick)}", start_of(draft.answers.message.text))
        if about != self._about:
            self._about = about
            self.display = about is not None
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The one row."""
        fill = self.rich_style
        if self._about is None:
            return Strip.blank(self.size.width, fill)
        what, text = self._about
        left: list[Piece] = [
            (" \u21b3 ", self.look("accent")),
            (what, self.look("strong")),
            (f"  {text}", self.look("quiet")),
        ]
        return line(left, [("Esc gives it up ", self.look("quiet"))], self.size.width, fill)

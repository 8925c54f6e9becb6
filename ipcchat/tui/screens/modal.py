"""What lies over the screen for a while: questions, lists, help. Their keys, however fast they come.

Rules:
1. All keys go through one queue, the screen's, and what a key does has happened before the next one is looked at: a
   second Enter that was typed ahead reaches the field to which the first one led.
2. What was typed ahead beyond the end of a dialogue goes to what is on the screen then.
3. Moving, choosing and closing are the keys of "list" (keymap), as our user has them.
"""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingsMap
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, OptionList

from ipcchat.tui.keymap import Keymap
from ipcchat.tui.typed_ahead import is_for_another

Answer = TypeVar("Answer")


class Modal(ModalScreen[Answer], Generic[Answer], inherit_bindings=False):
    """A screen over the screen. A subclass says what moving, choosing and closing are."""

    CLOSED_BY: ClassVar[str] = ""
    """The action whose keys close it, too: that which opens it."""

    def __init__(self) -> None:
        super().__init__()
        self._early: list[events.Key | events.Paste] | None = []

    @property
    def keymap(self) -> Keymap:
        """The keys as our user has them; the usual ones in a program that has none of its own."""
        keymap = getattr(self.app, "keymap", None)
        return keymap if isinstance(keymap, Keymap) else Keymap()

    def on_mount(self) -> None:
        """Take the keys that close it and those of the list."""
        closing = self.keymap.keys(self.CLOSED_BY) if self.CLOSED_BY else ()
        extra = [Binding(key, "list_close", show=False) for key in closing]
        self._bindings = BindingsMap([*extra, *self.keymap.bindings("list")])

    # What the keys do.

    def move(self, steps: int) -> None:
        """Go down by so many, up when they are negative."""

    def turn(self, pages: int) -> None:
        """Go down by so many pages, up when they are negative."""

    def choose(self) -> None:
        """Take what is there."""

    def close(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)

    def action_list_previous(self) -> None:
        """The one above."""
        self.move(-1)

    def action_list_next(self) -> None:
        """The one below."""
        self.move(1)

    def action_list_page_up(self) -> None:
        """A page up."""
        self.turn(-1)

    def action_list_page_down(self) -> None:
        """A page down."""
        self.turn(1)

    def action_list_choose(self) -> None:
        """Take it."""
        self.choose()

    def action_list_close(self) -> None:
        """Close it."""
        self.close()

    # Keys, one after the other.

    def on_screen_resume(self) -> None:
        """It is about to have the focus: then comes what was typed before there was one."""
        self.call_next(self._catch_up)

    async def _catch_up(self) -> None:
        while self._early:
            event = self._early.pop(0)
            await (self._press(event) if isinstance(event, events.Key) else self._paste(event))
        self._early = None

    async def on_key(self, event: events.Key) -> None:
        """Do what a key means here, see the rules."""
        event.stop()
        event.prevent_default()
        if self._early is not None:
            self._early.append(event)
        else:
            await self._press(event)

    async def on_paste(self, event: events.Paste) -> None:
        """A text is typed at once."""
        event.stop()
        if self._early is not None:
            self._early.append(event)
        else:
            await self._paste(event)

    async def _press(self, event: events.Key) -> None:
        if is_for_another(self, event):
            return
        if event.is_printable and event.character is not None:
            await self.typed(event)
        else:
            await self.run_key(event.key)

    async def _paste(self, event: events.Paste) -> None:
        if not is_for_another(self, event) and isinstance(self.focused, Field):
            self.focused._on_paste(event)

    async def typed(self, event: events.Key) -> None:
        """Somebody typed a character."""
        if isinstance(self.focused, Field):
            await self.focused._on_key(event)

    async def run_key(self, key: str) -> None:
        """Do what a key is bound to: here, else where the focus is."""
        nodes = (self, self.focused) if self.focused is not None else (self,)
        for node in nodes:
            for binding in node._bindings.key_to_bindings.get(key, ()):
                if await self.app.run_action(binding.action, node):
                    return


class Field(Input):
    """A field of a modal screen."""

    def _forward_event(self, event: events.Event) -> None:
        if not hand_over(self, event):
            super()._forward_event(event)


class Options(OptionList, inherit_bindings=False):
    """The options of a modal screen, without keys of their own."""

    def _forward_event(self, event: events.Event) -> None:
        if not hand_over(self, event):
            super()._forward_event(event)


def hand_over(widget: Widget, event: events.Event) -> bool:
    """Leave what is typed to the screen, see rule 1; False for what is not typed."""
    screen = widget.screen
    if not isinstance(screen, Modal) or not isinstance(event, events.Key | events.Paste):
        return False
    screen._forward_event(event)
    return True

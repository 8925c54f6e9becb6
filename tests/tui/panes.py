"""An app with one pane, and what stands on its screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App, ComposeResult
from textual.events import MouseScrollDown, MouseScrollUp
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

PAUSES_MAX = 200


class PaneApp(App[None]):
    """An app with one widget. `heard` are the messages of these kinds that came from it."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, widget: Widget, *kinds: type[Message]) -> None:
        super().__init__()
        self.widget = widget
        self.kinds = kinds
        self.heard: list[Any] = []

    def compose(self) -> ComposeResult:
        """The widget."""
        yield self.widget

    async def _on_message(self, message: Message) -> None:
        """Remember what the test asks for."""
        if isinstance(message, self.kinds):
            self.heard.append(message)
        await super()._on_message(message)


def rows(app: App[Any]) -> list[str]:
    """The text of each row of the screen, without the spaces at its end."""
    width, height = app.size
    strips = app.screen._compositor.render_strips(app.size)
    assert len(strips) == height
    assert all(strip.cell_length == width for strip in strips)
    return [strip.text.rstrip() for strip in strips]


def style_at(app: App[Any], x: int, y: int) -> Any:
    """The Rich style of a cell."""
    return app.screen.get_style_at(x, y)


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    for _ in range(PAUSES_MAX):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come about")


async def wheel(pilot: Pilot[Any], widget: Widget, steps: int) -> None:
    """Turn the wheel over a widget; upwards with negative steps."""
    kind = MouseScrollDown if steps > 0 else MouseScrollUp
    for _ in range(abs(steps)):
        widget.post_message(kind(widget, 1, 1, 0, 0, 0, shift=False, meta=False, ctrl=False))
    await pilot.pause()

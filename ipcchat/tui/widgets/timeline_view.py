"""The timeline on the screen: what was said in a buffer, to read, select and act upon.

Rules:
1. It has the focus of the keyboard only while a message is selected by keys. Its keys are then those of keymap's
   "timeline", and it says what is wanted of the message (MessageAction).
2. While a message or a text is being selected nothing moves by itself.
3. A click without a drag does what stands under it: a link, a nick, a quote, a reaction. A drag selects text; nothing
   is copied before somebody asks for it.
4. What is drawn and where one is in it: widgets.timeline_lines.
"""

from __future__ import annotations

from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.timer import Timer

from ipcchat.client.text import printable
from ipcchat.tui.model.entries import Comings, Entry, Said
from ipcchat.tui.widgets.text_selection import FAR, Point, Selection, text_of, word_at
from ipcchat.tui.widgets.timeline_drawing import segment_at
from ipcchat.tui.widgets.timeline_lines import Painters, TimelineLines
from ipcchat.tui.widgets.viewport import Line

WHEEL_ROWS = 3
# While the mouse is held beyond an edge.
DRAG_SECONDS = 0.05
DRAG_ROWS_MAX = 5


class TimelineView(TimelineLines):
    """The timeline with its mouse and its keys."""

    class LinkClicked(Message):
        """Somebody wants to open a link."""

        def __init__(self, url: str) -> None:
            super().__init__()
            self.url = url

    class NickClicked(Message):
        """Somebody clicked a nick."""

        def __init__(self, nick: str) -> None:
            super().__init__()
            self.nick = nick

    class ChannelClicked(Message):
        """Somebody clicked the name of a channel."""

        def __init__(self, channel: str) -> None:
            super().__init__()
            self.channel = channel

    class MessageAction(Message):
        """Something is to be done with a message: `action` is one of keymap's "timeline". "react" may have the sign as
        its `value`; "quoted" has the msgid of a message that is not loaded."""

        def __init__(self, action: str, said: Said, value: str = "") -> None:
            super().__init__()
            self.action = action
            self.said = said
            self.value = value

    class CopyRequested(Message):
        """A text is to be copied."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """No message is selected any more: the keyboard is free."""

    def __init__(self, painters: Painters | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(painters, id=id, classes=classes)
        self._walking = False
        self._pressed: Point | None = None
        self._dragged = False
        self._grabbed: int | None = None
        self._mouse: Offset | None = None
        self._beyond: Timer | None = None

    def _leave_buffer(self) -> None:
        self.leave_message()
        self._release()
        super()._leave_buffer()

    # A message selected by keys.

    @property
    def focused_entry(self) -> Said | None:
        """The message that is selected by keys."""
        return self.marked if self._walking and isinstance(self.marked, Said) else None

    def focus_message(self, step: int = -1) -> bool:
        """Select the message above (-1) or below (1) the selected one; the last one on the screen when none is. False
        when there is none. The keyboard is ours from then on."""
        viewport = self.viewport
        if viewport is None:
            return False
        here = viewport.timeline.index(self.marked) if self._walking and self.marked is not None else None
        if here is None:
            here, step = max((line.index for line in self._lines if line is not None), default=-1) + 1, -1
        last = len(viewport.timeline)
        places = range(here + 1, last) if step > 0 else range(min(here, last) - 1, -1, -1)
        found = next((place for place in places if is_standing(viewport.timeline.at(place))), None)
        if found is None:
            return False
        self.marked = viewport.timeline.at(found)
        if not self._walking:
            self._walking = self.can_focus = True
            self.screen.set_focus(self, scroll_visible=False)
        self._hold()
        viewport.reveal(found, viewport.height - bool(self.bar_text()))
        self.refresh_entries()
        return True

    def leave_message(self) -> None:
        """Select no message any more; the keyboard is free."""
        if self._walking:
            self._walking = self.can_focus = False
            self.marked = None
            self._hold()
            self.refresh_entries()
            self.post_message(self.Left())

    def _hold(self) -> None:
        """Let nothing move by itself while something is being selected."""
        if self.viewport is not None:
            self.viewport.held = self.bare or self._walking or self._pressed is not None
            if self.viewport.held:
                self.viewport.lay_out()

    async def on_key(self, event: events.Key) -> None:
        """The keys of a selected message; what is typed else leaves it, and goes on to who takes it."""
        bound = self._bindings.key_to_bindings.get(event.key, ())
        if self._walking and bound:
            event.stop()
            await self.run_action(bound[0].action)
        elif self._walking and event.is_printable:
            self.leave_message()

    def on_blur(self) -> None:
        """The keyboard is somebody else's; but a terminal that is not looked at keeps everything as it is."""
        if self.app.app_focus:
            self.leave_message()

    def action_focus_previous(self) -> None:
        """Select the message above."""
        self.focus_message(-1)

    def action_focus_next(self) -> None:
        """Select the message below."""
        self.focus_message(1)

    def action_leave_message(self) -> None:
        """Back to typing."""
        self.leave_message()

    def action_copy(self) -> None:
        """Copy the text of the message."""
        if (said := self.focused_entry) is not None:
            self.post_message(self.CopyRequested("\n".join(map(printable, said.message.text.split("\n")))))

    def action_reply(self) -> None:
        """Answer it."""
        self._act("reply")

    def action_react(self) -> None:
        """React to it."""
        self._act("react")

    def action_edit(self) -> None:
        """Change it."""
        self._act("edit")

    def action_delete(self) -> None:
        """Delete it."""
        self._act("delete")

    def action_pin(self) -> None:
        """Pin it, or take the pin away."""
        self._act("pin")

    def action_open(self) -> None:
        """Go to what it answers, or open its link."""
        self._act("open")

    def action_open_link(self) -> None:
        """Open its link."""
        self._act("open_link")

    def action_resend(self) -> None:
        """Send it again."""
        self._act("resend")

    def _act(self, action: str) -> None:
        if (said := self.focused_entry) is not None:
            self.post_message(self.MessageAction(action, said))
            if action == "reply" or (action == "edit" and said.message.mine):
                # What follows is the text, however fast it comes.
                self.leave_message()

    # A text selected by the mouse.

    def selected_text(self) -> str:
        """What is selected, as it is to be copied; "" when nothing is."""
        if self.selection is None or self.viewport is None:
            return ""
        found = self.selection.range(self.viewport)
        return text_of(self.viewport, found) if found is not None else ""

    def clear_selection(self) -> None:
        """Select no text any more."""
        if self.selection is not None:
            self.selection = None
            self.refresh_entries()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag may begin: of the scrollbar, or over a text."""
        self._dragged = False
        if event.button != 1 or self.viewport is None:
            return
        if self.thumb is not None and event.x == self.size.width - 1:
            self._grabbed = event.y - self.thumb.start if event.y in self.thumb else self.thumb.size // 2
            self._drag_thumb(event.y)
        elif not self._is_bar(event.y):
            self._pressed = self._point_at(event.offset)
            self._hold()
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """A drag goes on; or the message under the mouse is shown with its time."""
        self._mouse = event.offset
        if self._grabbed is not None:
            self._drag_thumb(event.y)
        elif self._pressed is not None:
            self._drag_text()
        else:
            self._hover()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """A drag is over."""
        if self._pressed is not None or self._grabbed is not None:
            self._release()
            self.refresh_entries()

    def on_mouse_release(self) -> None:
        """Somebody else has the mouse now."""
        self._release(captured=False)

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        if self._pressed is None:
            self._mouse = None
            self._hover()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        self._wheel(event, -WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        self._wheel(event, WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """A click that was no drag: twice selects a word, three times the message."""
        event.stop()
        if self._dragged or event.button != 1:
            return
        line = self._line_at(event.y)
        self.selection = None
        if self._is_bar(event.y):
            self.scroll_to_bottom()
        elif line is not None and line.entry is not None and event.chain > 1:
            self._select(line, line.entry, event.x, whole=event.chain > 2)
        elif line is not None and event.x < self.size.width - (not self.bare):
            self._press(line, event.x)
        self.refresh_entries()

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        self._mouse = event.offset
        self.scroll_rows(rows)
        if self._pressed is not None:
            self._drag_text()
        else:
            self._hover()

    def _hover(self) -> None:
        line = self._line_at(self._mouse.y) if self._mouse is not None and not self.bare else None
        entry = line.entry if line is not None else None
        if entry is not self.hovered:
            self.hovered = entry
            self.refresh_entries()

    def _drag_thumb(self, y: int) -> None:
        self._dragged = True
        if self.thumb is not None and self._grabbed is not None and self.viewport is not None:
            self.viewport.jump_to_fraction(self.thumb.fraction(y - self._grabbed))
            self.refresh_entries()

    def _drag_text(self) -> None:
        """Select up to the mouse; beyond an edge the timeline scrolls for as long as the mouse is there."""
        point = self._point_at(self._mouse) if self._mouse is not None else None
        if self._pressed is None or point is None or self._mouse is None:
            return
        if self._dragged or point != self._pressed:
            self._dragged = True
            self.selection = Selection(self._pressed, point)
            self.refresh_entries()
        if 0 <= self._mouse.y < self.size.height:
            self._stay()
        elif self._beyond is None:
            self._beyond = self.set_interval(DRAG_SECONDS, self._scroll_with_drag)

    def _scroll_with_drag(self) -> None:
        if self._mouse is not None:
            beyond = self._mouse.y if self._mouse.y < 0 else self._mouse.y - self.size.height + 1
            self.scroll_rows(max(-DRAG_ROWS_MAX, min(DRAG_ROWS_MAX, beyond)))
            self._drag_text()

    def _stay(self) -> None:
        if self._beyond is not None:
            self._beyond.stop()
            self._beyond = None

    def _release(self, captured: bool = True) -> None:
        """No drag any more."""
        self._stay()
        self._pressed = self._grabbed = None
        self._hold()
        if captured:
            self.release_mouse()

    def _select(self, line: Line, entry: Entry, cell: int, whole: bool) -> None:
        """Select the word at a cell, or the whole entry."""
        if whole and self.viewport is not None:
            last = len(self.viewport.rows_at(line.index)) - 1
            self.selection = Selection(Point(entry, 0, 0), Point(entry, last, FAR))
        elif (cells := word_at(line.row, cell)) is not None:
            self.selection = Selection(Point(entry, line.place, cells[0]), Point(entry, line.place, cells[1]))

    def _press(self, line: Line, cell: int) -> None:
        """Do what stands at a cell."""
        segment = segment_at(line.row.strip, cell)
        meta = segment.style.meta if segment is not None and segment.style is not None else {}
        entry = line.entry
        if "url" in meta:
            self.post_message(self.LinkClicked(meta["url"]))
        elif "nick" in meta:
            self.post_message(self.NickClicked(meta["nick"]))
        elif "channel" in meta:
            self.post_message(self.ChannelClicked(meta["channel"]))
        elif "unfold" in meta and isinstance(entry, Comings):
            entry.unfolded = not entry.unfolded
            entry.changed()
        elif "react" in meta and isinstance(entry, Said):
            self.post_message(self.MessageAction("react", entry, meta["react"]))
        elif "msgid" in meta and isinstance(entry, Said):
            self._show_quoted(entry, meta["msgid"])

    def _show_quoted(self, said: Said, msgid: str) -> None:
        """Go to the message that a message answers."""
        quoted = self.viewport.timeline.find(msgid) if self.viewport is not None else None
        if quoted is None or not self.jump_to(quoted):
            self.post_message(self.MessageAction("quoted", said, msgid))

    def _is_bar(self, y: int) -> bool:
        return y == self.size.height - 1 and bool(self.bar_text())

    def _line_at(self, y: int) -> Line | None:
        return self._lines[y] if 0 <= y < len(self._lines) and not self._is_bar(y) else None

    def _point_at(self, offset: Offset) -> Point | None:
        """The cell of a text that is nearest to a place on the screen; None when there is no text."""
        there = [(y, line) for y, line in enumerate(self._lines) if line is not None and line.entry is not None]
        if not there:
            return None
        y, line = min(there, key=lambda one: abs(one[0] - offset.y))
        assert line.entry is not None
        cell = offset.x if y == offset.y else 0 if offset.y < y else FAR
        return Point(line.entry, line.place, max(0, cell))


def is_standing(entry: Entry) -> bool:
    """Whether an entry is a message of which something can be done."""
    return isinstance(entry, Said) and not entry.removed_by

"""Keys that were pressed faster than the screen changed: they go to who has the keyboard by then.

Rule: each key waits in the queue of the widget that had the focus when it came. Who takes one out of there looks first
whether the keyboard is still his, and otherwise hands it on.
"""

from __future__ import annotations

from textual import events
from textual.widget import Widget


def is_for_another(widget: Widget, event: events.Key | events.Paste) -> bool:
    """Whether something that was typed is for another widget, or another screen that came or was left meanwhile; then
    it is handed on there."""
    screen = widget.screen
    if screen.is_active and (widget is screen or screen.focused in (widget, None)):
        return False
    event.stop()
    event.prevent_default()
    app = widget.app
    copy = events.Key(event.key, event.character) if isinstance(event, events.Key) else events.Paste(event.text)
    (app.focused or app.screen)._forward_event(copy)
    return True

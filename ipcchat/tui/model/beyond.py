"""What happens beyond the end of a window that is not live: the last of it is held until the window reaches it.

Rule: nothing is lost between the page of history that reaches the present and what happened since it was asked for, and
nothing of it stands there twice. Where too much happened for that, the window is not at the present yet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterator
from datetime import datetime

from ipcchat.tui.model.entries import Entry, Said

HELD_MAX = 1_000


class Beyond:
    """The last HELD_MAX entries that came while the window was elsewhere."""

    def __init__(self) -> None:
        self._held: deque[Entry] = deque()
        self._said: dict[str, Said] = {}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._held)

    def hold(self, entry: Entry) -> None:
        """Something happened."""
        if isinstance(entry, Said) and entry.message.msgid:
            self._said[entry.message.msgid] = entry
        self._held.append(entry)
        if len(self._held) > HELD_MAX and isinstance(old := self._held.popleft(), Said):
            self._said.pop(old.message.msgid, None)

    def find(self, msgid: str) -> Said | None:
        """A message that is held; None when it is not."""
        return self._said.get(msgid)

    def take_behind(self, last: datetime | None, loaded: Container[str]) -> list[Entry] | None:
        """What is behind the end of a window that ends at that time (None: it is empty) and has the `loaded` msgids; it
        is held no longer. None when some of it is lost between: then everything is still held."""
        held = list(self._held)
        known = [n for n, entry in enumerate(held) if isinstance(entry, Said) and entry.message.msgid in loaded]
        if not known and len(held) == HELD_MAX and last is not None and held[0].time > last:
            return None
        self._held.clear()
        self._said.clear()
        if known:
            return held[known[-1] + 1 :]
        return [entry for entry in held if last is None or is_behind(entry, last)]


def is_behind(entry: Entry, last: datetime) -> bool:
    """Whether an entry that is not loaded is behind the end of what is. Without a msgid, one of the same moment may be
    the last one itself."""
    named = isinstance(entry, Said) and entry.message.msgid != ""
    return entry.time > last or (named and entry.time == last)

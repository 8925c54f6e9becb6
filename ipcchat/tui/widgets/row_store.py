"""The rows that were made of entries lately, so that nothing is laid out twice. Pure.

Rules:
1. Rows are made anew when the entry's version, what stands above it, or the unread line changed; else they are the same
   objects, so that who draws can tell by identity whether something changed.
2. At most ROWS_KEPT_MAX rows are kept, those that were used last.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from ipcchat.tui.model.entries import Comings, Entry
from ipcchat.tui.model.timeline import ENTRIES_MAX

if TYPE_CHECKING:
    from ipcchat.tui.text.rows import Row

# A dozen of the largest screens; a row takes about 3 kB.
ROWS_KEPT_MAX = 3_000


class Painting(Protocol):
    """What makes rows of an entry (text.rows.Painter)."""

    def rows(self, entry: Entry, above: Entry | None, unread: bool) -> list[Row]:
        """The rows of an entry; none when it is not to be seen."""


class RowStore:
    """The rows of entries, made by a painter when they are asked for."""

    def __init__(self, painter: Painting) -> None:
        self._painter = painter
        self._kept: OrderedDict[Entry, tuple[object, list[Row]]] = OrderedDict()
        self._rows_kept = 0
        self._hidden: dict[Entry, tuple[int, bool]] = {}

    def rows(self, entry: Entry, above: Entry | None, unread: bool) -> list[Row]:
        """The rows of an entry below another one; `unread`: the unread line stands above it."""
        key = (entry.version, above, above.version if above is not None else 0, unread)
        kept = self._kept.get(entry)
        if kept is not None and kept[0] == key:
            self._kept.move_to_end(entry)
            return kept[1]
        rows = self._painter.rows(entry, above, unread)
        self._kept[entry] = (key, rows)
        self._kept.move_to_end(entry)
        self._rows_kept += len(rows) - (len(kept[1]) if kept is not None else 0)
        while self._rows_kept > ROWS_KEPT_MAX and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._rows_kept -= len(dropped)
        return rows

    def hides(self, entry: Entry) -> bool:
        """Whether nothing is to be seen of an entry: a painter may leave out who comes and goes, and nothing else."""
        if not isinstance(entry, Comings):
            return False
        known = self._hidden.get(entry)
        if known is None or known[0] != entry.version:
            if len(self._hidden) > ENTRIES_MAX:
                self._hidden.clear()
            known = self._hidden[entry] = (entry.version, not self._painter.rows(entry, None, False))
        return known[1]

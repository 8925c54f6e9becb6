"""IRCv3 batches: lines that belong together, and whether they are news or history.

Rules:
1. Lines of any batch are heard as they come, except those of a `chathistory` batch: these are the past and are kept
   until it ends.
2. The lines of nested batches belong to the outermost one, which may answer an ask.
3. A server that opens more batches than BATCHES_MAX is not obeyed: further ones are ignored and their lines heard as
   if unbatched.

Specification: IRCv3 batch (https://ircv3.net/specs/extensions/batch), chathistory batch type.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipcchat.client.asks import ANSWER_LINES_MAX, Ask
from ipcchat.wire.message import Message

BATCHES_MAX = 64
HISTORY_TYPES = ("chathistory",)


@dataclass(slots=True)
class Batch:
    """One open batch. `past` holds the lines of history batches that nobody asked for."""

    kind: str
    parent: Batch | None = None
    ask: Ask | None = None
    past: list[Message] = field(default_factory=list)

    @property
    def root(self) -> Batch:
        """The outermost batch this one is in."""
        batch = self
        while batch.parent is not None:
            batch = batch.parent
        return batch

    @property
    def is_history(self) -> bool:
        """Whether the lines are from the past, by this batch or one around it."""
        return self.kind in HISTORY_TYPES or (self.parent is not None and self.parent.is_history)


class Batches:
    """The open batches of one connection."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}

    def begin(self, reference: str, kind: str, parent: str, ask: Ask | None) -> None:
        """BATCH +reference kind."""
        around = self._open.get(parent)
        if len(self._open) < BATCHES_MAX and reference not in self._open:
            self._open[reference] = Batch(kind, around, ask if around is None else None)

    def end(self, reference: str) -> Batch | None:
        """BATCH -reference; the batch that ended."""
        return self._open.pop(reference, None)

    def holding(self, message: Message) -> Batch | None:
        """The batch a line is in, if any."""
        return self._open.get(message.tags.get("batch", ""))

    @staticmethod
    def keep(batch: Batch, message: Message) -> bool:
        """Keep a line with its batch; returns whether it is to be heard now."""
        ask = batch.root.ask
        lines = ask.lines if ask is not None else None
        if lines is not None and len(lines) < ANSWER_LINES_MAX:
            lines.append(message)
        if batch.is_history and (ask is None or ask.command != "CHATHISTORY") and len(batch.past) < ANSWER_LINES_MAX:
            batch.past.append(message)
        return not batch.is_history

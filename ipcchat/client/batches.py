"""IRCv3 batches: lines that belong together, and whether they are news or history.

Rules:
1. Lines of any batch are heard as they come, those of unknown types too, except: lines of a batch of HISTORY_TYPES are
   the past and are kept until it ends, for who asked where somebody did; lines of a `draft/multiline` batch become one
   line with line breaks, which goes on in the place of the batch's end, with the tags of its beginning.
2. The lines of nested batches belong to the outermost one, which may answer an ask.
3. A server that opens more batches than BATCHES_MAX is not obeyed: further ones are ignored and their lines heard as
   if unbatched.

Specifications: IRCv3 batch (https://ircv3.net/specs/extensions/batch), batch types chathistory, netsplit, netjoin,
labeled-response, draft/multiline (https://ircv3.net/specs/extensions/multiline); soju.im/search, docs/catch-up.md,
docs/messages.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipcchat.client.asks import ANSWER_LINES_MAX, Ask, collect
from ipcchat.wire.message import Message

BATCHES_MAX = 64
MULTILINE_LINES_MAX = 2_000
HISTORY_TYPES = ("chathistory", "soju.im/search", "ipc-chat/catch-up", "ipc-chat/pins")
# Commands whose answer is a history that only who asked wants to hear.
HISTORY_COMMANDS = ("CHATHISTORY", "SEARCH", "CATCHUP", "PINS")
MULTILINE_TYPE = "draft/multiline"
CONCAT_TAG = "draft/multiline-concat"
# The history that a line of a catch-up belongs to (docs/catch-up.md).
HISTORY_TAG = "ipc-chat/history"
SPLIT_TYPES = ("netsplit", "netjoin")


@dataclass(slots=True)
class Batch:
    """One open batch. `past` holds the lines of history batches that nobody asked for, `parts` those of a message of
    several lines, `nicks` the people of a netsplit or netjoin."""

    kind: str
    opening: Message
    parent: Batch | None = None
    ask: Ask | None = None
    past: list[Message] = field(default_factory=list)
    parts: list[Message] = field(default_factory=list)
    nicks: dict[str, None] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """The parameters behind the type."""
        return self.opening.params[2:]

    @property
    def root(self) -> Batch:
        """The outermost batch this one is in."""
        batch = self
        while batch.parent is not None:
            batch = batch.parent
        return batch

    @property
    def history(self) -> Batch | None:
        """The history batch this one is or is in; its lines are from the past."""
        batch: Batch | None = self
        while batch is not None and batch.kind not in HISTORY_TYPES:
            batch = batch.parent
        return batch

    @property
    def split_kind(self) -> str:
        """ "netsplit" or "netjoin" when the lines are of one, else ""."""
        return self.kind if self.kind in SPLIT_TYPES else ""


class Batches:
    """The open batches of one connection."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}

    def begin(self, opening: Message, ask: Ask | None) -> None:
        """BATCH +reference type ..."""
        reference = opening.params[0][1:]
        around = self._open.get(opening.tags.get("batch", ""))
        if len(self._open) < BATCHES_MAX and reference not in self._open:
            kind = "".join(opening.params[1:2]).lower()
            self._open[reference] = Batch(kind, opening, around, ask if around is None else None)

    def end(self, reference: str) -> Batch | None:
        """BATCH -reference; the batch that ended."""
        return self._open.pop(reference, None)

    def holding(self, message: Message) -> Batch | None:
        """The batch a line is in, if any."""
        return self._open.get(message.tags.get("batch", ""))

    @staticmethod
    def keep(batch: Batch, message: Message) -> bool:
        """Keep a line with its batch; returns whether it is to be heard now."""
        if batch.kind == MULTILINE_TYPE:
            if len(batch.parts) < MULTILINE_LINES_MAX:
                batch.parts.append(message)
            return False
        ask, history = batch.root.ask, batch.history
        if ask is not None:
            collect(ask, message)
        asked = ask is not None and ask.command in HISTORY_COMMANDS
        if history is not None and not asked and len(history.past) < ANSWER_LINES_MAX:
            history.past.append(message)
        return history is None


def assembled(batch: Batch) -> Message | None:
    """The message that a finished draft/multiline batch is, None when it has no text."""
    texts = [part for part in batch.parts if len(part.params) >= 2]
    if not texts or not batch.arguments:
        return None
    first, *others = texts
    pieces = [part.params[1] if CONCAT_TAG in part.tags else "\n" + part.params[1] for part in others]
    source = batch.opening.source if "!" in (batch.opening.source or "") else first.source
    text = first.params[1] + "".join(pieces)
    return Message(first.command, [batch.arguments[0], text], source, dict(batch.opening.tags))

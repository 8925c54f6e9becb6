"""Commands that wait for their answer.

Rules:
1. With labeled-response an ask carries a label and its answer is what comes back with that label.
2. Without it a PING follows the command at once: a server answers one connection's lines in order, so what it says
   to us before the PONG is the answer. Both ways many asks may be on their way at the same time.
3. Where an answer has an end of its own (318 of WHOIS) and a server sends the PONG before it, because it had to ask
   another server, the ask stays open as a late one until the end comes.
4. An ask is answered once or lost with its connection; nothing waits for ever (the conversation has the deadline).

Specifications: IRCv3 labeled-response (https://ircv3.net/specs/extensions/labeled-response), RFC 2812 3.7.2 and
3.7.3 (PING, PONG).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipcchat.client.answers import ANSWERED_BY_NAME, SHAPES, STANDARD_REPLIES, belongs, is_complete
from ipcchat.wire.message import Message

BARRIER_PREFIX = "ask-"
ANSWER_LINES_MAX = 20_000
# A catch-up has thousands of messages, and each may have many lines.
CATCH_UP_LINES_MAX = 200_000


@dataclass(slots=True)
class Ask:
    """One command on its way, and what came back so far. `ticket` is the asker's number for it."""

    ticket: int
    command: str
    labelled: bool
    late: bool = False
    lines: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """All lines that answer the ask with this ticket, without the lines that only frame them."""

    ticket: int
    lines: list[Message]


class Asks:
    """The asks of one connection in the order they were sent."""

    def __init__(self) -> None:
        self._waiting: dict[int, Ask] = {}
        self.labelled = False

    def __len__(self) -> int:
        return sum(not ask.late for ask in self._waiting.values())

    def start(self, ticket: int, messages: list[Message]) -> list[Message]:
        """The lines to send for a command so that its answer is recognised.

        Several messages are one command when the first of them opens a batch; else each is a command and they are
        answered together, which a label cannot do.
        """
        first = messages[0]
        labelled = self.labelled and (len(messages) == 1 or first.command == "BATCH")
        self._waiting[ticket] = Ask(ticket, first.command.upper(), labelled)
        if labelled:
            first.tags = {**first.tags, "label": str(ticket)}
            return messages
        return [*messages, barrier(ticket)]

    def unlabel(self) -> list[Message]:
        """The server gives up labels: what to send so that asks on their way are answered all the same."""
        self.labelled = False
        waiting = [ask for ask in self._waiting.values() if ask.labelled]
        for ask in waiting:
            ask.labelled = False
        return [barrier(ask.ticket) for ask in waiting]

    def labelled_by(self, label: str) -> Ask | None:
        """The ask with this label, if it is one of ours and still waits."""
        return self._waiting.get(int(label)) if label.isascii() and label.isdigit() and len(label) < 18 else None

    def finish(self, ask: Ask) -> Answer:
        """The ask is answered."""
        self._waiting.pop(ask.ticket, None)
        return Answer(ask.ticket, ask.lines)

    def forget(self, ticket: int) -> bool:
        """Nobody waits for this answer any longer. A late one is not waited for; returns whether that is so."""
        ask = self._waiting.get(ticket)
        if ask is None or not ask.late:
            return False
        del self._waiting[ticket]
        return True

    def overhear(self, message: Message, own: bool) -> Ask | None:
        """Add a line without a label to the answer of the ask it can belong to, and return that."""
        command = message.command.upper()
        if not (command.isdigit() or own or command in (*STANDARD_REPLIES, *ANSWERED_BY_NAME)):
            return None
        current = next((ask for ask in self._waiting.values() if not ask.labelled and not ask.late), None)
        late = (ask for ask in self._waiting.values() if ask.late and message.command in SHAPES[ask.command].lines)
        if current is not None and (own or belongs(current.command, message)):
            collect(current, message)
            return current
        if (ask := next(late, None)) is not None:
            collect(ask, message)
        return ask

    def ended(self) -> list[Answer]:
        """The late answers that are complete now."""
        done = [ask for ask in self._waiting.values() if ask.late and is_complete(ask.command, ask.lines)]
        return [self.finish(ask) for ask in done]

    def pong(self, token: str) -> Answer | None:
        """A PONG came; the answer it ends, or None when it was for something else or the answer is late."""
        if not token.startswith(BARRIER_PREFIX):
            return None
        ask = self.labelled_by(token.removeprefix(BARRIER_PREFIX))
        if ask is None:
            return None
        if is_complete(ask.command, ask.lines):
            return self.finish(ask)
        ask.late = True
        return None


def barrier(ticket: int) -> Message:
    """The PING whose PONG ends an answer."""
    return Message("PING", [f"{BARRIER_PREFIX}{ticket}"])


def collect(ask: Ask, message: Message) -> None:
    """Add a line to an answer; lines over ANSWER_LINES_MAX are dropped, for a server could send for ever."""
    if len(ask.lines) < (CATCH_UP_LINES_MAX if ask.command == "CATCHUP" else ANSWER_LINES_MAX):
        ask.lines.append(message)

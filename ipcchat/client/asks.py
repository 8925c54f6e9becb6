"""Commands that wait for their answer.

Rules:
1. With labeled-response an ask carries a label and its answer is what comes back with that label.
2. Without it a PING follows the command at once: a server answers one connection's lines in order, so what it says
   to us before the PONG is the answer. Both ways many asks may be on their way at the same time.
3. An ask is answered once or lost with its connection; nothing waits for ever (the conversation has the deadline).

Specifications: IRCv3 labeled-response (https://ircv3.net/specs/extensions/labeled-response), RFC 2812 3.7.2 and
3.7.3 (PING, PONG).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipcchat.client.errors import CommandRefused
from ipcchat.wire.message import Message

BARRIER_PREFIX = "ask-"
ANSWER_LINES_MAX = 20_000
# 4xx and 5xx numerics that are not a refusal: 422 says that there is no message of the day.
HARMLESS = frozenset({"422"})


@dataclass(slots=True)
class Ask:
    """One command on its way, and what came back so far. `ticket` is the asker's number for it."""

    ticket: int
    command: str
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
        return len(self._waiting)

    def start(self, ticket: int, message: Message) -> list[Message]:
        """The lines to send for `message` so that its answer is recognised."""
        self._waiting[ticket] = Ask(ticket, message.command.upper())
        if self.labelled:
            message.tags = {**message.tags, "label": str(ticket)}
            return [message]
        return [message, Message("PING", [f"{BARRIER_PREFIX}{ticket}"])]

    def labelled_by(self, label: str) -> Ask | None:
        """The ask with this label, if it is one of ours and still waits."""
        return self._waiting.get(int(label)) if label.isascii() and label.isdigit() and len(label) < 18 else None

    def finish(self, ask: Ask) -> Answer:
        """The ask is answered."""
        self._waiting.pop(ask.ticket, None)
        return Answer(ask.ticket, ask.lines)

    def overhear(self, message: Message, own: bool) -> None:
        """Without labels: add a line to the answer of the oldest ask when it can belong there."""
        if self.labelled or not self._waiting:
            return
        command = message.command.upper()
        if command.isdigit() or own or command in ("FAIL", "WARN", "NOTE"):
            collect(next(iter(self._waiting.values())), message)

    def pong(self, token: str) -> Answer | None:
        """A PONG came; the answer it ends, or None when it was for something else."""
        if not token.startswith(BARRIER_PREFIX):
            return None
        ask = self.labelled_by(token.removeprefix(BARRIER_PREFIX))
        return self.finish(ask) if ask is not None else None


def collect(ask: Ask, message: Message) -> None:
    """Add a line to an answer; lines over ANSWER_LINES_MAX are dropped, for a server could send for ever."""
    if len(ask.lines) < ANSWER_LINES_MAX:
        ask.lines.append(message)


def refusal_in(lines: list[Message]) -> CommandRefused | None:
    """The no in an answer, if there is one: an error numeric (RFC 2812 5.2) or a FAIL (IRCv3 standard-replies)."""
    for line in lines:
        command = line.command.upper()
        if command == "FAIL" and len(line.params) >= 2:
            return CommandRefused(line.params[-1], line.params[1])
        if command.isdigit() and command[0] in "45" and command not in HARMLESS:
            return CommandRefused(": ".join(line.params[1:][-2:]) or command, command)
    return None

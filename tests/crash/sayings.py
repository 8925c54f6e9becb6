"""What writers say, and how it is written and heard on the wire: one function for each kind.

Rules:
1. A text begins with its name, `<writer>-<number>`; a reaction is nothing but its name.
2. `history` is the name under which the checker compares it: a channel, `<writer> to <reader>` for a message in
   private, and those of `checker` for what is told with other messages and for topics.
3. Each kind but redactions and topics has an idempotency key, so that a repeat is not a second one.
"""

from __future__ import annotations

from random import Random

import msgspec

from tests.crash.checker import BESIDE, STATE
from tests.crash.socket_line import Line

FILLERS = (
    "plain words",
    "naïve café ☕ 日本語",
    ":colon first",
    "  two  spaces ",
    "tab\tand \x02bold\x02",
    "a=b;c\\d",
    "x",
)
FILLER_REPEATS_MAX = 8
LINES_MAX = 5
KINDS = {"PRIVMSG": 60, "NOTICE": 8, "multi-line": 8, "private": 8, "react": 6, "edit": 4, "redact": 3, "topic": 3}
"""How often each is said, of a hundred."""


class Saying(msgspec.Struct, frozen=True):
    """One thing to say. `about` is the msgid of the message that it is about, and `about_name` its name."""

    kind: str
    key: str
    target: str
    text: str
    history: str
    about: str = ""
    about_name: str = ""

    def lines(self, key: str) -> str:
        """How it is written, with this key on the wire."""
        tags = f"@label={self.key};+ipc-chat/key={key}"
        match self.kind:
            case "multi-line":
                pieces = [f"@batch={self.key} PRIVMSG {self.target} :{line}" for line in self.text.split("\n")]
                first = f"{tags} BATCH +{self.key} draft/multiline {self.target}"
                return "\r\n".join([first, *pieces, f"BATCH -{self.key}"])
            case "react":
                return f"{tags};+reply={self.about};+draft/react={self.text} TAGMSG {self.target}"
            case "edit":
                return f"{tags};+draft/edit={self.about} PRIVMSG {self.target} :{self.text}"
            case "redact":
                return f"@label={self.key} REDACT {self.target} {self.about} :{self.text}"
            case "topic":
                return f"@label={self.key} TOPIC {self.target} :{self.text}"
        return f"{tags} {'NOTICE' if self.kind == 'NOTICE' else 'PRIVMSG'} {self.target} :{self.text}"

    def is_answer(self, line: Line) -> bool:
        """Whether a line with its label is the receipt, and no refusal."""
        if self.kind == "redact":
            return line.command == "REDACT" or "UNKNOWN_MSGID" in line.params
        if self.kind == "topic":
            return line.command in ("TOPIC", "ACK")
        return line.command in ("PRIVMSG", "NOTICE", "TAGMSG")


def text_of(kind: str, name: str, random: Random) -> str:
    """A text of that kind with that name."""
    if kind in ("react", "redact"):
        return name
    lines = [random.choice(FILLERS) * random.randint(1, FILLER_REPEATS_MAX)]
    if kind == "multi-line":
        lines += [random.choice(FILLERS) for _ in range(random.randint(1, LINES_MAX - 1))]
    return f"{name} " + "\n".join(lines)


def history_of(kind: str, writer: str, target: str) -> str:
    """The history in which the checker looks for it."""
    match kind:
        case "private":
            return f"{writer} to {target}"
        case "react" | "edit":
            return BESIDE + target
        case "topic":
            return STATE + target
    return target


def heard(line: Line, listener: str) -> tuple[str, str] | None:
    """The history and the text of what somebody says in a line that `listener` got; None when it is none of ours."""
    if line.command not in ("PRIVMSG", "NOTICE", "TAGMSG"):
        return None
    target = line.params[0]
    if line.command == "TAGMSG":
        reaction = line.tags.get("+draft/react")
        return (BESIDE + target, reaction) if reaction else None
    if not target.startswith("#"):
        return f"{line.nick} to {listener}", line.params[1]
    return (BESIDE + target if "+draft/edit" in line.tags else target), line.params[1]

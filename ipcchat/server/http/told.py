"""IRC lines as what the HTTP API tells: JSON objects, one for each thing that happened.

    message     somebody said something              {"id", "time", "target", "nick", "account", "text", "kind", ...}
    edit        a message has another text           {"about": <id>, "text", ...}
    reaction    somebody reacted, or took it back    {"about": <id>, "reaction", "removed"}
    redaction   a message was taken back             {"about": <id>, "reason"}

Rules:
1. Lines of one message (IRCv3 draft/multiline) are one object, whatever batches stand around it.
2. What stands in a batch of the past (PAST) happened before: who hears what happens now is not told of it.
3. `target` is the channel, or the other person of a conversation.
4. A page of history is messages only: edits and reactions that came with one are in it.
"""

from __future__ import annotations

from typing import Any

from ipcchat.wire.casemap import fold
from ipcchat.wire.message import Message, parse_source

ACTION, ACTION_END = "\x01ACTION ", "\x01"
KINDS = {"PRIVMSG": "message", "NOTICE": "notice"}
PAST = {"chathistory", "soju.im/search", "ipc-chat/catch-up"}
REACTIONS = {"+draft/react": False, "+draft/unreact": True}

Told = dict[str, Any]


class Teller:
    """Makes objects of the lines of one connection. `nick` says what its user is called now."""

    def __init__(self, nick: str) -> None:
        self._nick = nick
        self._past: set[str] = set()
        self._open: dict[str, tuple[Message, list[Message]]] = {}

    def tell(self, line: Message) -> Told | None:
        """What a line tells; None for one that tells nothing, or not yet."""
        if line.command == "BATCH":
            return self._batch(line)
        if line.tags.get("batch") in self._past:
            return None
        opened = self._open.get(line.tags.get("batch", ""))
        if opened is not None:
            opened[1].append(line)
            return None
        return self._told(line, line.tags, line.params[-1] if line.params else "")

    def _batch(self, line: Message) -> Told | None:
        reference = line.params[0]
        if reference[0] == "+":
            if line.params[1] in PAST or line.tags.get("batch") in self._past:
                self._past.add(reference[1:])
            elif line.params[1] == "draft/multiline":
                self._open[reference[1:]] = (line, [])
            return None
        self._past.discard(reference[1:])
        opening, lines = self._open.pop(reference[1:], (line, []))
        if not lines:
            return None
        text = lines[0].params[-1]
        for each in lines[1:]:
            text += ("" if "draft/multiline-concat" in each.tags else "\n") + each.params[-1]
        said = Message(lines[0].command, [opening.params[2], text], opening.source)
        return self._told(said, opening.tags, text)

    def _told(self, line: Message, tags: dict[str, str], text: str) -> Told | None:
        if len(line.params) < 2 and line.command != "TAGMSG":
            return None
        nick = parse_source(line.source or "").nick
        told: Told = {"time": tags.get("time", ""), "target": self._target(line, nick, tags), "nick": nick}
        if "msgid" in tags:
            told["id"] = tags["msgid"]
        if "account" in tags:
            told["account"] = tags["account"]
        if line.command == "REDACT":
            reason = line.params[2] if len(line.params) > 2 else ""
            return told | {"type": "redaction", "about": line.params[1], "reason": reason}
        if line.command == "TAGMSG":
            return _reaction(told, tags)
        if line.command not in KINDS:
            return None
        if "+draft/edit" in tags:
            return told | {"type": "edit", "about": tags["+draft/edit"], "text": text}
        return _message(told, line.command, tags, text)

    def _target(self, line: Message, nick: str, tags: dict[str, str]) -> str:
        if history := tags.get("ipc-chat/history"):
            return history
        target = line.params[0] if line.params else ""
        return nick if fold(target) == fold(self._nick) else target


def _message(told: Told, command: str, tags: dict[str, str], text: str) -> Told:
    kind = KINDS[command]
    if text.startswith(ACTION):
        kind, text = "action", text.removeprefix(ACTION).removesuffix(ACTION_END)
    told |= {"type": "message", "kind": kind, "text": text}
    if "+reply" in tags:
        told["reply_to"] = tags["+reply"]
    if "bot" in tags:
        told["bot"] = True
    return told


def _reaction(told: Told, tags: dict[str, str]) -> Told | None:
    for name, removed in REACTIONS.items():
        if name in tags and "+reply" in tags:
            return told | {"type": "reaction", "about": tags["+reply"], "reaction": tags[name], "removed": removed}
    return None


def page(nick: str, lines: list[Message]) -> list[Told]:
    """A page of history: its messages, in their order, with what was done to them; see rule 4."""
    teller = Teller(nick)
    messages: dict[str, Told] = {}
    for line in lines:
        told = teller.tell(line)
        if told is None or "draft/chathistory-context" in line.tags:
            continue
        if told["type"] == "message":
            del told["type"]
            messages[told.get("id", "")] = told
        elif (about := messages.get(told["about"])) is not None:
            _apply(about, told)
    return list(messages.values())


def _apply(message: Told, told: Told) -> None:
    """An edit or a reaction, on the message that it is about."""
    if told["type"] == "edit":
        message |= {"text": told["text"], "edited": told["time"]}
    elif told["type"] == "reaction":
        reactions: dict[str, list[str]] = message.setdefault("reactions", {})
        who = reactions.setdefault(told["reaction"], [])
        if told["removed"] and told["nick"] in who:
            who.remove(told["nick"])
        elif not told["removed"] and told["nick"] not in who:
            who.append(told["nick"])
        if not who:
            del reactions[told["reaction"]]
        if not reactions:
            del message["reactions"]

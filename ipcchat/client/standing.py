"""What we told the server and want to be so on the next connection too: away, whom we monitor, metadata we follow.

Rules:
1. It is told again after a reconnect, as far as the new connection's server knows these things. Who was resumed is away
   still; the rest belonged to the connection.
2. Long lists go in lines that fit.

Specifications: RFC 2812 4.1 (AWAY), IRCv3 monitor, draft/metadata-2.
"""

from __future__ import annotations

from collections.abc import Iterable

from ipcchat.client.view import View
from ipcchat.wire.casemap import FoldedDict
from ipcchat.wire.message import Message

# RFC 2812 2.3: 512 bytes, with room for the command.
LIST_BYTES_MAX = 400


class Standing:
    """What is to hold on every connection of one Chat."""

    def __init__(self) -> None:
        self.away = ""
        self.monitored: FoldedDict[None] = FoldedDict()
        self.subscribed: dict[str, None] = {}

    def restore(self, view: View, resumed: bool = False) -> list[Message]:
        """The commands that tell it to a new connection."""
        messages = [Message("AWAY", [self.away])] if self.away and not resumed else []
        self.monitored.refold(view.support.mapping)
        if self.monitored and "MONITOR" in view.support.tokens:
            for nick in self.monitored:
                view.meet(nick).monitored = True
            messages += [Message("MONITOR", ["+", ",".join(nicks)]) for nicks in in_lines(self.monitored)]
        if self.subscribed and "draft/metadata-2" in view.enabled:
            messages += [Message("METADATA", ["*", "SUB", *keys]) for keys in in_lines(self.subscribed)]
        return messages


def in_lines(words: Iterable[str]) -> list[list[str]]:
    """Words in groups that fit into a line each."""
    groups: list[list[str]] = []
    room = 0
    for word in words:
        size = len(word.encode("utf-8", "replace")) + 1
        if not groups or size > room:
            groups.append([])
            room = LIST_BYTES_MAX
        groups[-1].append(word)
        room -= size
    return groups

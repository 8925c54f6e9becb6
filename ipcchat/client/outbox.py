"""What was given to us to send and is not confirmed yet.

Rules:
1. Order is kept: first given, first sent; after a lost connection what was not confirmed goes first again, in the
   old order, with the old key.
2. A window bounds what is on its way, so that a server with a small receive queue does not close the connection.
3. Nothing is dropped: a full outbox refuses.

The key is the client tag `+ipc-chat/key`: a server that knows it makes the same key, target and text one message for
ever.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from ipcchat.client.errors import NotDelivered
from ipcchat.client.multiline import Line, MultilineLimits, batch, groups, split_lines, text_of
from ipcchat.wire.message import Message, WireError, format_message
from ipcchat.wire.splitting import split_text

KEY_TAG = "+ipc-chat/key"
KINDS = ("message", "notice", "action")
# RFC 2812 2.3: 512 bytes with CR LF.
LINE_BYTES_MAX = 510
LINE_BREAKS = re.compile(r"\r\n?|\n")
ROOM_BYTES_MIN = 8
POSTS_MAX = 10_000
WINDOW_POSTS = 16
# InspIRCd's default receive queue is 8 KiB; it closes a client whose lines do not fit.
WINDOW_BYTES = 6_144


@dataclass(frozen=True, slots=True)
class Post:
    """One message to be delivered, of one or several lines. `ticket` is the number its sender waits for; `kind` as in
    events.Message; `tags` are client-only tags beside the key."""

    ticket: int
    kind: str
    target: str
    lines: tuple[Line, ...]
    key: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """PRIVMSG or NOTICE."""
        return "NOTICE" if self.kind == "notice" else "PRIVMSG"

    @property
    def message(self) -> Message:
        """The whole as one message, without tags; no line can carry it when it has line breaks."""
        return Message(self.command, [self.target, self._framed(text_of(self.lines))])

    def messages(self, tagged: bool, multiline: bool) -> list[Message]:
        """The lines to send: one, a batch where the server takes one, else a message for each line; tags only where
        they are understood."""
        tags = {KEY_TAG: self.key, **self.tags} if tagged else {}
        if len(self.lines) == 1:
            return [Message(self.command, [self.target, self._framed(self.lines[0].text)], None, tags)]
        if multiline:
            return batch(f"m{self.ticket}", self.command, self.target, self.lines, tags)
        texts = [line.text for line in self.lines if line.text.strip()]
        keys = [{**tags, KEY_TAG: f"{self.key}-{index}"} if tagged else {} for index in range(len(texts))]
        return [Message(self.command, [self.target, text], None, key) for text, key in zip(texts, keys, strict=True)]

    @property
    def cost_bytes(self) -> int:
        """About how much of the server's receive queue it takes."""
        tags = sum(len(key) + len(value.encode()) + 2 for key, value in self.tags.items())
        each = len(self.target.encode()) + 48
        return sum(line.cost_bytes + each for line in self.lines) + len(self.key) + tags

    def _framed(self, text: str) -> str:
        return f"\x01ACTION {text}\x01" if self.kind == "action" else text


@dataclass(frozen=True, slots=True)
class Deed:
    """One command about a message, to be done once: a reaction, a redaction. Fields as in Post; `tags` are left out
    where the server has none."""

    ticket: int
    command: str
    params: tuple[str, ...]
    key: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        """The command with all its tags."""
        return Message(self.command, list(self.params), None, {KEY_TAG: self.key, **self.tags})

    def messages(self, tagged: bool, multiline: bool) -> list[Message]:
        """The line to send; see Post."""
        return [self.message if tagged else Message(self.command, list(self.params))]

    @property
    def cost_bytes(self) -> int:
        """About how much of the server's receive queue it takes."""
        return len(format_message(self.message).encode())


class Outbox:
    """The posts and deeds of one Chat, waiting and on their way."""

    def __init__(self) -> None:
        self._waiting: deque[Post | Deed] = deque()
        self._sent: dict[int, Post | Deed] = {}
        self._sent_bytes = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sent)

    def add(self, post: Post | Deed) -> None:
        """Take one; the caller has looked whether there is room for POSTS_MAX."""
        self._waiting.append(post)

    def next_to_send(self) -> Post | Deed | None:
        """The next one that may go now; it counts as on its way."""
        if not self._waiting or len(self._sent) >= WINDOW_POSTS:
            return None
        post = self._waiting[0]
        if self._sent and self._sent_bytes + post.cost_bytes > WINDOW_BYTES:
            return None
        self._sent[post.ticket] = self._waiting.popleft()
        self._sent_bytes += post.cost_bytes
        return post

    def settle(self, ticket: int) -> None:
        """One was delivered or refused."""
        self._sent_bytes -= self._sent.pop(ticket).cost_bytes

    def rewind(self) -> int:
        """The connection is lost: what was on its way goes first again. Returns how many."""
        posts = list(self._sent.values())
        self._waiting.extendleft(reversed(posts))
        self._sent.clear()
        self._sent_bytes = 0
        return len(posts)

    def abandon(self) -> list[Post | Deed]:
        """Give everything up; what was not confirmed."""
        posts = [*self._sent.values(), *self._waiting]
        self._sent.clear()
        self._waiting.clear()
        return posts


def pieces(
    target: str, text: str, kind: str, source_bytes: int, multiline: MultilineLimits | None = None
) -> list[tuple[Line, ...]]:
    """A text as messages: with `multiline` as few as its limits allow, else one for every line that is not blank and
    several for a line that does not fit.

    `source_bytes` is the length of the prefix others will see. Raises NotDelivered when it cannot be a message at all.
    """
    if kind not in KINDS:
        raise NotDelivered(f"{kind!r} is not a kind of message; these are {', '.join(KINDS)}")
    room = LINE_BYTES_MAX - source_bytes - len(f"PRIVMSG {target} :\x01ACTION \x01".encode("utf-8", "replace"))
    if room < ROOM_BYTES_MIN:
        raise NotDelivered(f"{target[:64]!r} is too long for a target")
    text = LINE_BREAKS.sub("\n", text)
    try:
        if multiline is not None and kind != "action" and multiline.bytes_max >= ROOM_BYTES_MIN:
            found = groups(split_lines(text, min(room, multiline.bytes_max)), multiline)
        else:
            rows = (row for row in text.split("\n") if row.strip())
            found = [(Line(piece),) for row in rows for piece in split_text(row, room)]
    except WireError as error:
        raise NotDelivered(str(error), error.code) from None
    if not found:
        raise NotDelivered("a message needs a text")
    return found

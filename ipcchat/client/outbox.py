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
from dataclasses import dataclass

from ipcchat.client.errors import NotDelivered
from ipcchat.wire.message import Message, WireError
from ipcchat.wire.splitting import split_text

KEY_TAG = "+ipc-chat/key"
KINDS = ("message", "notice", "action")
# RFC 2812 2.3: 512 bytes with CR LF.
LINE_BYTES_MAX = 510
LINE_BREAKS = re.compile(r"[\r\n]+")
POSTS_MAX = 10_000
WINDOW_POSTS = 16
# InspIRCd's default receive queue is 8 KiB; it closes a client whose lines do not fit.
WINDOW_BYTES = 6_144


@dataclass(frozen=True, slots=True)
class Post:
    """One line to be delivered. `ticket` is the number its sender waits for; `kind` as in events.Message."""

    ticket: int
    kind: str
    target: str
    text: str
    key: str

    def message(self, tagged: bool) -> Message:
        """The line to send; the key only where tags are understood."""
        text = f"\x01ACTION {self.text}\x01" if self.kind == "action" else self.text
        command = "NOTICE" if self.kind == "notice" else "PRIVMSG"
        return Message(command, [self.target, text], None, {KEY_TAG: self.key} if tagged else {})

    @property
    def cost_bytes(self) -> int:
        """About how long its line is."""
        return len(self.text.encode()) + len(self.target.encode()) + len(self.key) + 48


class Outbox:
    """The posts of one Chat, waiting and on their way."""

    def __init__(self) -> None:
        self._waiting: deque[Post] = deque()
        self._sent: dict[int, Post] = {}
        self._sent_bytes = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sent)

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be added."""
        return len(self) >= POSTS_MAX

    def add(self, post: Post) -> None:
        """Take a post; the caller has looked at `is_full`."""
        self._waiting.append(post)

    def next_to_send(self) -> Post | None:
        """The next post that may go now; it counts as on its way."""
        if not self._waiting or len(self._sent) >= WINDOW_POSTS:
            return None
        post = self._waiting[0]
        if self._sent and self._sent_bytes + post.cost_bytes > WINDOW_BYTES:
            return None
        self._sent[post.ticket] = self._waiting.popleft()
        self._sent_bytes += post.cost_bytes
        return post

    def settle(self, ticket: int) -> Post:
        """A post was delivered or refused."""
        post = self._sent.pop(ticket)
        self._sent_bytes -= post.cost_bytes
        return post

    def rewind(self) -> int:
        """The connection is lost: what was on its way goes first again. Returns how many."""
        posts = list(self._sent.values())
        self._waiting.extendleft(reversed(posts))
        self._sent.clear()
        self._sent_bytes = 0
        return len(posts)

    def abandon(self) -> list[Post]:
        """Give everything up; the posts that were not confirmed."""
        posts = [*self._sent.values(), *self._waiting]
        self._sent.clear()
        self._waiting.clear()
        return posts


def pieces(target: str, text: str, kind: str, source_bytes: int) -> list[str]:
    """A text as texts of one message each: one for every line that is not blank, several for a line that does not fit.

    `source_bytes` is the length of the prefix others will see. Raises NotDelivered when it cannot be a message at all.
    """
    if kind not in KINDS:
        raise NotDelivered(f"{kind!r} is not a kind of message; these are {', '.join(KINDS)}")
    room = LINE_BYTES_MAX - source_bytes - len(f"PRIVMSG {target} :\x01ACTION \x01".encode("utf-8", "replace"))
    if room < 4:
        raise NotDelivered(f"{target[:64]!r} is too long for a target")
    try:
        found = [piece for line in LINE_BREAKS.split(text) if line.strip() for piece in split_text(line, room)]
    except WireError as error:
        raise NotDelivered(str(error), error.code) from None
    if not found:
        raise NotDelivered("a message needs a text")
    return found

"""plain://: chat for `nc`, telnet and scripts of a few lines, without IRC.

Rules:
1. It is a codec over the same core as every other door: what is typed becomes IRC messages, what core sends becomes
   text (plain_dialogue.py). Its send queue holds text.
2. Nothing is encrypted, so it is for this machine alone unless `server.plain_beyond_loopback` says otherwise.
3. Who vanished is found by the kernel's own questions (keep-alive): people at a terminal answer no PING, the door does.
"""

from __future__ import annotations

import contextlib
import socket
from collections import deque

import msgspec

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer, is_loopback
from ipcchat.server.addresses import EXIT_CONFIGURATION, Address, ListenError
from ipcchat.server.connection import Connection, refuse_foreign
from ipcchat.server.listeners import Listener
from ipcchat.server.plain_dialogue import LINE_END, Dialogue
from ipcchat.server.plain_input import TypedLines
from ipcchat.server.plain_text import MARK
from ipcchat.server.send_queue import SendQueue
from ipcchat.wire.message import Message, WireError

PROBES = 3


class PlainListener(Listener):
    """One listening socket for plain text. Raises ListenError, also for an address that others can reach unless
    `beyond_loopback`."""

    def __init__(self, address: Address, *, beyond_loopback: bool = False) -> None:
        super().__init__(address)
        if not beyond_loopback and not is_loopback(self.sock.getsockname()[0]):
            self.close()
            raise ListenError(
                f"{address.url} can be reached from other machines, and nothing on it is encrypted; listen on "
                f"plain://127.0.0.1:{address.port}, or set server.plain_beyond_loopback = true",
                EXIT_CONFIGURATION,
            )

    def connection(self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits) -> Connection:
        """A conversation."""
        keep_alive(sock, limits)
        return PlainConnection(sock, number, lane, msgspec.structs.replace(peer, plain=True), limits)

    def refuse(self, sock: socket.socket, reason: str) -> None:
        """Say why and close; what the socket does not take at once is not said."""
        with contextlib.suppress(OSError):
            sock.send(f"{MARK}{reason}{LINE_END}".encode())
        sock.close()


class PlainConnection(Connection):
    """One conversation. `send` takes IRC lines, as its lane has them, and sends their text."""

    prepare_seconds_max = 10
    transport = "plain"

    __slots__ = ("_dialogue", "_is_translated", "_push", "_typed", "_unsent")

    lines: TypedLines

    def __init__(self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits) -> None:
        super().__init__(sock, number, lane, peer, limits)
        self.lines = TypedLines(limits)
        self.ready = False
        confidential = peer.secure or is_loopback(peer.address)
        self._dialogue = Dialogue(limits, self.lines.telnet, may_ask_password=confidential)
        self._typed: deque[Message | WireError] = deque()
        self._unsent = b""
        self._is_translated = False
        self._push = self.send
        self.send = self._say

    @property
    def wants_write(self) -> bool:
        """Until it was greeted."""
        return not self.ready

    def prepare(self) -> None:
        """Ask for the name."""
        try:
            self._push(self._dialogue.greeting)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass  # It is gone; reading tells.
        self.ready = True

    def read(self) -> int:
        """Read once, and answer what telnet asks."""
        count = super().read()
        self._answer()
        return count

    def take(self, limit: int) -> list[Message | WireError]:
        """At most `limit` messages: what is due, then what was typed. Raises ForeignProtocol as its base does."""
        typed, dialogue = self._typed, self._dialogue
        typed.extend(dialogue.due)
        dialogue.due.clear()
        while len(typed) < limit and (lines := self.lines.take(1)):
            if self.fresh:
                self.fresh = False
                if isinstance(lines[0], bytes):
                    refuse_foreign(lines[0])
            typed.extend(dialogue.typed(lines[0]))
        self._answer()
        return [typed.popleft() for _ in range(min(limit, len(typed)))]

    def enqueue(self, written: bytes, now: float) -> None:
        """Put the text of these lines behind what waits. With nothing to write this makes the lane come back all the
        same, for what is due."""
        text = self._unsent if self._is_translated else self._translated(written)
        self._unsent, self._is_translated = b"", False
        if self.queue is None:
            self.queue = SendQueue()
        self.queue.append(text, now)

    def close(self) -> None:
        """Close the socket."""
        super().close()
        self._push = len

    def flush(self) -> bool:
        """Send of the queue, which is text already, what the socket takes now."""
        self.send = self._push
        try:
            return super().flush()
        finally:
            self.send = self._say

    def _say(self, written: bytes) -> int:
        """Send the text of whole IRC lines. Less than all of them is taken when some of it is left, or something is
        due: `enqueue` follows then."""
        self._push_unsent(self._translated(written))
        self._is_translated = bool(self._unsent or self._dialogue.due)
        return 0 if self._is_translated else len(written)

    def _translated(self, written: bytes) -> bytes:
        """What is unsent, and the text of these lines."""
        return self._unsent + self._dialogue.heard(written) + self.lines.telnet.take_answers()

    def _answer(self) -> None:
        """Send what telnet has to know. What the socket does not take goes in front of the next text."""
        answers = self.lines.telnet.take_answers()
        if not answers:
            return
        self._unsent += answers
        if self.queue is None:
            try:
                self._push_unsent(self._unsent)
            except OSError:
                pass  # It is gone; reading tells.

    def _push_unsent(self, text: bytes) -> None:
        """Send as much as the socket takes; the rest is unsent. Raises OSError when the peer is gone."""
        try:
            count = self._push(text) if text else 0
        except (BlockingIOError, InterruptedError):
            count = 0
        self._unsent = text[count:]


def keep_alive(sock: socket.socket, limits: Limits) -> None:
    """Let the kernel find out whether a silent peer is still there, as fast as PING would."""
    between = max((limits.silence_seconds_max - limits.ping_seconds) // PROBES, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", limits.ping_seconds), ("TCP_KEEPINTVL", between), ("TCP_KEEPCNT", PROBES)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

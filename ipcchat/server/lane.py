"""One I/O loop: it reads the sockets that are ready, writes what core sends, and cuts off who does not read.

A lane knows no threads and no event loop: `loops.py` calls `turn` when its poller is readable and `perform` with what
core sends, always on one thread.

Rules:
1. One turn takes at most `receive_lines_batch` lines from each connection; what is left waits for the next turn, so
   that ten thousand lines of one connection delay the others by one batch. While lines are left nothing more is read.
2. A connection that must not be read is watched for its peer's end only, and after that not at all: a hang-up would
   wake the loop for ever. Core decides how long what is left of such a peer may still take.
3. A connection with more than a soft share of its send queue used is not read, and core is told: who does not listen
   may not ask.
4. Each connection ends with exactly one Arrival that says `gone`.
5. A lane queues at most `send_queues_bytes_max` for all its readers; over that the longest queues are closed first.
6. A clean close flushes, shuts down the sending side, and throws away what still comes until the peer closes too,
   bounded in bytes and time: a close with unread input would make the kernel take back the last lines.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence

import msgspec

from ipcchat.core.limits import Limits
from ipcchat.server.connection import Connection, CutOff, ForeignProtocol
from ipcchat.server.counts import LaneCounts
from ipcchat.server.outbox import Batch, Control
from ipcchat.server.poller import HANG_UP, READ, READY_MAX, WRITE, Poller
from ipcchat.wire.message import Message, WireError

SOFT_SHARE = 16
"""Input stops while more than this part of send_queue_bytes_max is queued: 16 KiB of 256 KiB."""

RELIEF = 0.9
"""What part of send_queues_bytes_max may be left queued when connections were closed for it: not one for each write."""

LINGER_SECONDS = 2.0
LINGER_BYTES = 262_144
"""Bounds of rule 6."""

DEADLINES_SECONDS = 0.25
"""How often `expire` should be called while there are deadlines."""


class Arrival(msgspec.Struct):
    """What came from one connection in a turn: messages in order, then `ended` (no input will follow), or `gone` (it
    is closed). `opened`: it is ready, and its lines follow. `congested`: whether more than the soft share of its send
    queue is used, when that changed. `hung_up`: its peer said its last, but not everything of it
    was read yet."""

    connection: Connection
    messages: list[Message | WireError] = []
    ended: str = ""
    gone: str = ""
    hung_up: bool = False
    opened: bool = False
    congested: bool | None = None


class Lane:
    """The sockets of one I/O loop. `clock` gives monotonic seconds; `counts` is what it counts."""

    def __init__(self, limits: Limits, poller: Poller, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._poller = poller
        self._clock = clock
        self._now = clock()
        self._buffer = bytearray(limits.receive_bytes_max)
        self._lines_max = limits.receive_lines_batch
        self._soft_bytes = limits.send_queue_bytes_max // SOFT_SHARE
        self._connections: dict[int, Connection] = {}
        self._unread: dict[Connection, None] = {}
        self._blocked: set[Connection] = set()
        self.counts = LaneCounts()
        self._congested: set[Connection] = set()
        self._lingering: dict[Connection, float] = {}
        self._preparing: dict[Connection, float] = {}
        self._arrivals: list[Arrival] = []

    @property
    def has_more(self) -> bool:
        """Whether the next turn has something to do without waiting."""
        return bool(self._unread or self._arrivals)

    @property
    def has_deadlines(self) -> bool:
        """Whether `expire` has something to watch."""
        return bool(self._blocked or self._lingering or self._preparing)

    def turn(self, timeout: float | None) -> list[Arrival]:
        """Wait at most `timeout` seconds for sockets, serve all that are ready, and return what came."""
        ready = self._poller.poll(timeout, READY_MAX)
        self._now = self._clock()
        unread = list(self._unread)
        for fd, events in ready:
            connection = self._connections.get(fd)
            if connection is None:
                continue
            if not connection.ready:
                self._prepare(connection)
                continue
            if events & ~READ and connection.interest & WRITE:
                self._writable(connection)
            if events & ~WRITE and connection.interest & READ:
                self._readable(connection)
            elif connection.interest == HANG_UP:
                self._hung_up(connection)
        for connection in unread:
            self._take(connection)
        arrivals, self._arrivals = self._arrivals, []
        return arrivals

    def perform(self, batch: Batch) -> None:
        """Write and do what core sent; nothing here waits."""
        now = self._now = self._clock()
        for link in batch.adopted:
            self._connections[link.sock.fileno()] = link
            if not link.ready:
                self._preparing[link] = now + link.prepare_seconds_max
            elif link.opcode:
                self._unread[link] = None  # Lines may have come with its handshake.
            self._watch(link)
            if link.answer:
                self._answer(link)
        for links, written in batch.shared:
            self._write(links, written, now)
        for link, written in batch.singles:
            self._write((link,), written, now)
        for control, link in batch.controls:
            self._obey(control, link)
        if self.counts.queued_bytes > self._limits.send_queues_bytes_max:
            self._relieve()

    def _relieve(self) -> None:
        """Close those who read the least, until there is room again; see rule 5."""
        queued = {link: link.queue.bytes for link in self._blocked if link.queue is not None}
        self.counts.queued_bytes = sum(queued.values())
        room = self._limits.send_queues_bytes_max * RELIEF
        for link in sorted(queued, key=queued.__getitem__, reverse=True):
            if self.counts.queued_bytes <= room:
                return
            self._drop_slow(link, "SendQ exceeded: the server is short of memory")

    def _write(self, links: Sequence[Connection], written: bytes, now: float) -> None:
        """Send to each what its socket takes and queue the rest; a peer that is gone takes everything.

        This loop runs once for each delivery: most of its time is the kernel's.
        """
        size = len(written)
        for link in links:
            rest = written
            if link.queue is None:
                try:
                    count = link.send(written)
                except (BlockingIOError, InterruptedError):
                    count = 0
                except OSError:
                    continue
                if count == size:
                    continue
                rest = written[count:]
            before = link.queue.bytes if link.queue is not None else 0
            link.enqueue(rest, now)
            self.counts.queued_bytes += link.queue.bytes - before if link.queue is not None else 0
            self._block(link)

    def expire(self) -> None:
        """Cut off those whose oldest byte waited too long, and end what lingers too long."""
        now = self._now = self._clock()
        oldest = now - self._limits.send_queue_seconds_max
        for link in [link for link in self._blocked if link.queue is not None and link.queue.oldest < oldest]:
            self._drop_slow(link, "SendQ exceeded")
        for link in [link for link, deadline in self._lingering.items() if deadline < now]:
            self._drop(link, "Closed")
        for link in [link for link, deadline in self._preparing.items() if deadline < now]:
            self._drop(link, f"Not ready after {link.prepare_seconds_max} seconds")

    def close(self) -> None:
        """Drop every connection at once."""
        for link in list(self._connections.values()):
            self._drop(link, "Closed")

    def _obey(self, control: Control, link: Connection) -> None:
        if link.sock.fileno() < 0:
            return
        if control is Control.CLOSE:
            self._finish(link)
        else:
            link.paused = control is Control.PAUSE
            if link.paused:
                self._unread.pop(link, None)
            else:
                self._unread[link] = None
            self._watch(link)

    def _watch(self, link: Connection) -> None:
        """Let the poller report what this connection may do now; see rules 2 and 3."""
        reads = not link.ended and (link in self._lingering or not self._is_stopped(link))
        interest = (READ if reads else 0) | (WRITE if link.queue is not None or link.wants_write else 0)
        if not interest and not link.hung_up and not link.ended:
            interest = HANG_UP
        if interest == link.interest:
            return
        before, link.interest = link.interest, interest
        fd = link.sock.fileno()
        if not interest:
            self._poller.unregister(fd)
        elif before:
            self._poller.modify(fd, interest)
        else:
            self._register(link, fd)

    def _register(self, link: Connection, fd: int) -> None:
        """Begin to watch it; where the system has no room for one more, the connection pays."""
        try:
            self._poller.register(fd, link.interest)
        except OSError:
            link.interest = 0
            self._drop(link, "The server is full")

    def _is_stopped(self, link: Connection) -> bool:
        """Whether nothing may be taken from it now; see rule 3."""
        return link.paused or link.finished or (link.queue is not None and link.queue.bytes > self._soft_bytes)

    def _hung_up(self, link: Connection) -> None:
        link.hung_up = True
        self._arrivals.append(Arrival(link, hung_up=True))
        self._watch(link)

    def _prepare(self, link: Connection) -> None:
        """Go on with what comes before the first line; core hears of the connection when it is ready."""
        try:
            link.prepare()
        except (ForeignProtocol, CutOff) as error:
            self._drop(link, str(error))
            return
        if link.ready:
            del self._preparing[link]
            self._arrivals.append(Arrival(link, opened=True))
            self._readable(link)
        if link.sock.fileno() >= 0:
            self._watch(link)

    def _readable(self, link: Connection) -> None:
        if link in self._lingering:
            self._discard(link)
        elif link not in self._unread:
            try:
                self.counts.bytes_received += link.read()
            except ForeignProtocol as error:
                self._drop(link, f"{error} on a port for IRC")
                return
            except CutOff as error:
                self._drop(link, str(error))
                return
            if link.answer:
                self._answer(link)
            self._take(link)

    def _answer(self, link: Connection) -> None:
        """Send what the door itself has to say."""
        answer, link.answer = link.answer, b""
        self._write((link,), answer, self._now)
        link.answered()

    def _take(self, link: Connection) -> None:
        """Bring up the next batch of lines, and behind the last one the end of input."""
        if link.paused or link.finished or (link.queue is not None and self._is_stopped(link)):
            self._unread.pop(link, None)
            return
        limit = self._lines_max
        try:
            messages = link.take(limit)
        except ForeignProtocol as error:
            self._drop(link, f"{error} on a port for IRC")
            return
        if len(messages) == limit:
            self._unread[link] = None
        else:
            self._unread.pop(link, None)
            if link.lines.overrun:
                messages.append(_unterminated(self._limits))
            link.finished = bool(link.ended) or link.lines.overrun
        if messages or link.finished:
            self.counts.lines_received += len(messages)
            self._arrivals.append(Arrival(link, messages, link.ended if link.finished else ""))
        if link.finished or link.ended:
            self._watch(link)

    def _writable(self, link: Connection) -> None:
        before = link.queue.bytes if link.queue is not None else 0
        flushed = link.flush()
        self.counts.queued_bytes -= before - (link.queue.bytes if link.queue is not None else 0)
        if link in self._congested and (link.queue is None or link.queue.bytes <= self._soft_bytes):
            self._congested.remove(link)
            self._arrivals.append(Arrival(link, congested=False))
        if flushed:
            self._blocked.discard(link)
            if link in self._lingering:
                self._linger(link)
                return
            self._unread[link] = None
        self._watch(link)

    def _block(self, link: Connection) -> None:
        """The socket takes no more: wait for it, or cut it off."""
        queue = link.queue
        if queue is None or link.sock.fileno() < 0:
            return
        if queue.bytes > self._limits.send_queue_bytes_max:
            self._drop_slow(link, "SendQ exceeded")
            return
        self._blocked.add(link)
        if queue.bytes > self._soft_bytes and link not in self._congested:
            self._congested.add(link)
            self._arrivals.append(Arrival(link, congested=True))
        self._watch(link)

    def _finish(self, link: Connection) -> None:
        """Close when everything is sent, or after LINGER_SECONDS; nothing more is taken from it."""
        if link in self._lingering:
            return
        if not link.ready:
            self._drop(link, "Closed")
            return
        self._unread.pop(link, None)
        link.finished = True
        self._lingering[link] = self._now + LINGER_SECONDS
        link.linger_bytes = LINGER_BYTES
        if link.queue is None:
            self._linger(link)
        else:
            self._watch(link)

    def _linger(self, link: Connection) -> None:
        """Everything is sent: say so to the peer and wait for its end; see rule 6."""
        if link.ended:
            self._drop(link, "Closed")
            return
        try:
            link.end_output()
        except OSError:
            self._drop(link, "Closed")
            return
        self._watch(link)

    def _discard(self, link: Connection) -> None:
        try:
            count = link.sock.recv_into(self._buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            count = 0
        link.linger_bytes -= count
        if not count:
            link.ended = "Connection closed"
            if link.queue is None:
                self._drop(link, "Closed")
            else:
                self._watch(link)
        elif link.linger_bytes < 0:
            self._drop(link, "Closed")

    def _drop_slow(self, link: Connection, reason: str) -> None:
        """It does not read what it is sent."""
        self.counts.dropped += 1
        self._drop(link, reason)

    def _drop(self, link: Connection, reason: str) -> None:
        """Close the socket now, whatever is queued."""
        fd = link.sock.fileno()
        if fd < 0:
            return
        if link.interest:
            self._poller.unregister(fd)
            link.interest = 0
        del self._connections[fd]
        self._unread.pop(link, None)
        self._blocked.discard(link)
        self._congested.discard(link)
        self._lingering.pop(link, None)
        self._preparing.pop(link, None)
        if link.queue is not None:
            self.counts.queued_bytes -= link.queue.bytes
            link.queue = None
            link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.finished = True
        link.close()
        self._arrivals.append(Arrival(link, gone=reason))


def _unterminated(limits: Limits) -> WireError:
    return WireError(
        "UNTERMINATED", f"{limits.unterminated_bytes_max} bytes came without an end of line; end each line with CR LF"
    )

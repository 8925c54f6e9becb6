"""One I/O loop over socket pairs, with a clock that the test holds."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.connection import Connection
from ipcchat.server.frames import TEXT
from ipcchat.server.http.websocket import WebConnection
from ipcchat.server.lane import LINGER_BYTES, LINGER_SECONDS, Arrival, Lane
from ipcchat.server.outbox import Batch, Control
from ipcchat.server.poller import Poller, SelectorPoller, new_poller
from ipcchat.wire.message import Message, WireError


@dataclass
class Bench:
    """A lane with its clock and the connections it was given."""

    poller: Poller
    now: float = 100.0
    peers: list[socket.socket] = field(default_factory=list)
    queues_bytes_max: int = Limits().send_queues_bytes_max

    def __post_init__(self) -> None:
        self.limits = Limits(receive_lines_batch=4, send_queues_bytes_max=self.queues_bytes_max)
        self.lane = Lane(self.limits, self.poller, lambda: self.now)

    def connect(self) -> tuple[socket.socket, Connection]:
        """A peer's socket, and the connection at our end of it."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        theirs.settimeout(2)
        link = Connection(ours, len(self.peers) + 1, 0, Peer("host"), self.limits)
        batch = Batch()
        batch.adopted.append(link)
        self.lane.perform(batch)
        self.peers.append(theirs)
        return theirs, link

    def adopt(self, opcode: int, behind: bytes) -> tuple[socket.socket, WebConnection]:
        """The same by WebSocket; `behind` came with its handshake."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        theirs.settimeout(2)
        link = WebConnection(ours, len(self.peers) + 1, 0, Peer("host"), self.limits)
        link.begin(opcode, behind)
        batch = Batch()
        batch.adopted.append(link)
        self.lane.perform(batch)
        self.peers.append(theirs)
        if not behind:
            assert self.lane.turn(0) == []
        return theirs, link

    def write(self, link: Connection, written: bytes) -> None:
        batch = Batch()
        batch.singles.append((link, written))
        self.lane.perform(batch)

    def has_more(self) -> bool:
        return self.lane.has_more

    def control(self, control: Control, link: Connection) -> None:
        batch = Batch()
        batch.controls.append((control, link))
        self.lane.perform(batch)


@pytest.fixture(params=[new_poller, SelectorPoller], ids=["best", "selectors"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    new: Callable[[], Poller] = request.param
    bench = Bench(new())
    yield bench
    bench.lane.close()
    bench.poller.close()
    for peer in bench.peers:
        peer.close()


def queued(link: Connection) -> int:
    """How many bytes wait."""
    return link.queue.bytes if link.queue else 0


def congested(arrivals: list[Arrival]) -> list[bool]:
    """What was said about send queues, and nothing else."""
    assert not any(arrival.messages or arrival.gone or arrival.ended for arrival in arrivals)
    return [arrival.congested for arrival in arrivals if arrival.congested is not None]


def words(arrivals: list[Arrival]) -> list[str]:
    return [m.params[0] for arrival in arrivals for m in arrival.messages if isinstance(m, Message)]


def test_a_turn_takes_one_batch_of_each_connection(bench: Bench):  # rule 1, HOSTILE F08
    ann, _ = bench.connect()
    bob, _ = bench.connect()
    ann.sendall(b"".join(b"PING a%d\n" % n for n in range(10)))
    bob.sendall(b"PING b\n")
    assert sorted(words(bench.lane.turn(0))) == ["a0", "a1", "a2", "a3", "b"]
    assert bench.has_more()
    assert words(bench.lane.turn(0)) == ["a4", "a5", "a6", "a7"]
    assert words(bench.lane.turn(0)) == ["a8", "a9"]
    assert not bench.has_more()
    assert bench.lane.turn(0) == []


def test_the_end_comes_behind_the_last_line_once(bench: Bench):  # HOSTILE F18
    ann, _ = bench.connect()
    ann.sendall(b"PING 0\nPING 1\nPING 2\nPING 3\nPING 4\nPING half")
    ann.shutdown(socket.SHUT_WR)
    seen = [bench.lane.turn(0) for _ in range(5)]
    assert words([arrival for turn in seen for arrival in turn]) == ["0", "1", "2", "3", "4"]
    assert [arrival.ended for turn in seen for arrival in turn if arrival.ended] == ["Connection closed"]
    assert seen[-1] == []


def test_a_paused_connection_is_watched_for_its_end_only(bench: Bench):  # rule 2
    ann, link = bench.connect()
    bench.control(Control.PAUSE, link)
    ann.sendall(b"PING later\n")
    assert bench.lane.turn(0) == []
    ann.close()
    hung_up = [arrival.hung_up for arrival in bench.lane.turn(0)]
    assert hung_up == ([] if isinstance(bench.poller, SelectorPoller) else [True])
    assert bench.poller.poll(0, 10) == []
    bench.control(Control.RESUME, link)
    seen = bench.lane.turn(0) + bench.lane.turn(0) + bench.lane.turn(0)
    assert words(seen) == ["later"]
    assert seen[-1].ended


def test_who_does_not_read_is_not_read(bench: Bench):  # rule 3, HOSTILE S03
    ann, link = bench.connect()
    bench.write(link, b"x" * 150_000)
    assert queued(link) > 0
    ann.sendall(b"PING later\n")
    assert congested(bench.lane.turn(0)) == [True]
    got, arrivals = 0, []
    while got < 150_000:
        got += len(ann.recv(65_536))
        arrivals += bench.lane.turn(0)
    assert queued(link) == 0
    assert [arrival.congested for arrival in arrivals if arrival.congested is not None] == [False]
    assert words(arrivals + bench.lane.turn(0)) == ["later"]


def test_a_queue_over_its_limit_is_cut_off(bench: Bench):  # HOSTILE S01
    _, link = bench.connect()
    bench.write(link, b"x" * 200_000)
    assert congested(bench.lane.turn(0)) == [True]
    bench.write(link, b"x" * 100_000)
    assert [(arrival.connection, arrival.gone) for arrival in bench.lane.turn(0)] == [(link, "SendQ exceeded")]


def test_an_old_byte_in_the_queue_is_cut_off(bench: Bench):  # HOSTILE S02
    ann, link = bench.connect()
    bench.write(link, b"x" * 200_000)
    for _ in range(bench.limits.send_queue_seconds_max):
        bench.now += 1
        ann.recv(1)
        bench.lane.turn(0)
        bench.lane.expire()
    assert link.sock.fileno() >= 0
    bench.now += 1
    bench.lane.expire()
    assert [arrival.gone for arrival in bench.lane.turn(0)] == ["SendQ exceeded"]


def test_a_close_flushes_first(bench: Bench):  # effects.Close
    ann, link = bench.connect()
    bench.write(link, b"x" * 150_000)
    bench.control(Control.CLOSE, link)
    got = b""
    while len(got) < 150_000:
        got += ann.recv(65_536)
        bench.lane.turn(0)
    assert ann.recv(1) == b""
    ann.close()
    assert [arrival.gone for arrival in bench.lane.turn(1)] == ["Closed"]


def test_a_close_waits_for_the_peer_but_not_long(bench: Bench):  # rule 5
    ann, link = bench.connect()
    bench.write(link, b"bye")
    bench.control(Control.CLOSE, link)
    ann.sendall(b"PING too late\n")
    assert bench.lane.turn(0) == []
    bench.now += LINGER_SECONDS + 0.1
    bench.lane.expire()
    assert [arrival.gone for arrival in bench.lane.turn(0)] == ["Closed"]
    assert ann.recv(10) == b"bye"


def test_a_close_does_not_drink_for_ever(bench: Bench):  # rule 5
    ann, link = bench.connect()
    bench.control(Control.CLOSE, link)
    ann.setblocking(False)
    sent = 0
    gone: list[Arrival] = []
    while not gone and sent < 4 * LINGER_BYTES:
        try:
            sent += ann.send(b"x" * 4_096)
        except BlockingIOError:
            pass
        gone = bench.lane.turn(0)
    assert [arrival.gone for arrival in gone] == ["Closed"]


def test_what_is_written_to_a_peer_that_is_gone_is_dropped(bench: Bench):  # Connection, rule 3
    ann, link = bench.connect()
    ann.sendall(b"PING last\n")
    ann.close()
    bench.write(link, b"anybody?")
    assert link.queue is None
    arrivals = bench.lane.turn(0) + bench.lane.turn(0)
    assert words(arrivals) == ["last"]
    assert [arrival.ended for arrival in arrivals if arrival.ended]


def test_a_dropped_connection_takes_everything_and_says_nothing(bench: Bench):
    _, link = bench.connect()
    bench.write(link, b"x" * 300_000)
    assert len(bench.lane.turn(0)) == 1
    bench.write(link, b"more")
    bench.control(Control.CLOSE, link)
    bench.control(Control.RESUME, link)
    assert bench.lane.turn(0) == []


def test_all_readers_together_have_a_cap_and_the_longest_queue_pays():  # rule 5, HOSTILE S04
    bench = Bench(new_poller(), queues_bytes_max=400_000)
    try:
        slow = [bench.connect() for _ in range(5)]
        for _, link in slow[:4]:
            bench.write(link, b"x" * 60_000)
        _, worst = slow[4]
        bench.write(worst, b"x" * 150_000)
        assert congested(bench.lane.turn(0)) == [True] * 5
        bench.write(slow[0][1], b"x" * 60_000)
        ends = [(arrival.connection, arrival.gone) for arrival in bench.lane.turn(0) if arrival.gone]
        assert ends == [(worst, "SendQ exceeded: the server is short of memory")]
        assert [queued(link) > 0 for _, link in slow] == [True, True, True, True, False]
        for theirs, link in slow[:4]:
            read_until_empty(bench, theirs, link)
        for _, link in slow[:4]:
            bench.write(link, b"x" * 90_000)
        assert not [arrival for arrival in bench.lane.turn(0) if arrival.gone]
    finally:
        bench.lane.close()
        bench.poller.close()
        for peer in bench.peers:
            peer.close()


def read_until_empty(bench: Bench, theirs: socket.socket, link: Connection) -> None:
    """Take everything that waits for a connection."""
    while queued(link):
        theirs.recv(262_144)
        bench.lane.turn(0)
    theirs.setblocking(False)
    try:
        while theirs.recv(262_144):
            pass
    except BlockingIOError:
        pass


# WebSockets: lines that are framed, and what the door itself has to say.

PING, PONG = b"\x89\x80\0\0\0\0", b"\x8a\x00"
GOODBYE, ANSWERED = b"\x88\x82\0\0\0\0\x03\xe8", b"\x88\x02\x03\xe8"
CLOSED = ANSWERED


def message(line: bytes) -> bytes:
    """A line as a browser sends it, masked with zeros."""
    return bytes((0x81, 0x80 | len(line))) + b"\0\0\0\0" + line


def test_what_came_with_a_handshake_is_served(bench: Bench):
    lines = b"".join(message(b"PING a%d" % n) for n in range(5))
    ann, _ = bench.adopt(TEXT, lines + PING)
    assert ann.recv(100) == PONG
    assert bench.has_more()
    assert words(bench.lane.turn(0)) == ["a0", "a1", "a2", "a3"]
    assert words(bench.lane.turn(0)) == ["a4"]
    assert not bench.has_more()
    ann.sendall(message(b"PING b"))
    assert words(bench.lane.turn(0)) == ["b"]


def test_an_end_that_came_with_a_handshake_is_heard(bench: Bench):
    ann, link = bench.adopt(TEXT, message(b"PING last") + GOODBYE)
    assert ann.recv(100) == ANSWERED
    (arrival,) = bench.lane.turn(0)
    assert (words([arrival]), arrival.ended) == (["last"], "Connection closed")
    bench.control(Control.CLOSE, link)
    assert [arrival.gone for arrival in bench.lane.turn(0)] == ["Closed"]
    assert ann.recv(100) == b""


def test_a_doors_own_answer_waits_behind_what_is_queued(bench: Bench):
    ann, link = bench.adopt(TEXT, b"")
    bench.write(link, b"x" * 10_000)
    assert 0 < queued(link) < bench.limits.send_queue_bytes_max // 16
    ann.sendall(PING)
    assert bench.lane.turn(0) == []
    got = b""
    while len(got) < 10_000 + len(PONG):
        got += ann.recv(65_536)
        bench.lane.turn(0)
    assert got == b"x" * 10_000 + PONG


def test_who_pings_and_does_not_read_is_not_read(bench: Bench):  # rule 3
    ann, link = bench.adopt(TEXT, b"")
    bench.write(link, b"x" * 150_000)
    waiting = queued(link)
    ann.sendall(PING * 5)
    assert congested(bench.lane.turn(0)) == [True]
    assert queued(link) == waiting


def test_a_broken_rule_is_told_once_and_what_follows_is_thrown_away(bench: Bench):  # rule 6
    ann, link = bench.adopt(TEXT, b"")
    ann.sendall(message(b"PING 1") + message(b"two\nlines") + message(b"PING 2"))
    (arrival,) = bench.lane.turn(0)
    assert words([arrival]) == ["1"]
    assert [each.code for each in arrival.messages if isinstance(each, WireError)] == ["UNTERMINATED"]
    assert not arrival.ended
    bench.write(link, b"ERROR :late")
    bench.control(Control.CLOSE, link)
    ann.sendall(message(b"PING 3"))
    assert bench.lane.turn(0) == []
    heard = ann.recv(100)
    assert heard[:1] == b"\x88" and heard[2:4] == (1008).to_bytes(2)
    assert len(heard) == 2 + heard[1]
    assert ann.recv(100) == b""
    ann.close()
    assert [arrival.gone for arrival in bench.lane.turn(0)] == ["Closed"]


def test_a_clean_close_is_a_close_frame_behind_everything(bench: Bench):  # rule 6
    ann, link = bench.adopt(TEXT, b"")
    bench.write(link, b"x" * 150_000)
    bench.control(Control.CLOSE, link)
    got = b""
    while len(got) < 150_000 + len(CLOSED):
        got += ann.recv(65_536)
        bench.lane.turn(0)
    assert got == b"x" * 150_000 + CLOSED
    assert ann.recv(1) == b""
    ann.sendall(GOODBYE)
    ann.close()
    turns = [bench.lane.turn(0) for _ in range(3)]
    assert [arrival.gone for turn in turns for arrival in turn] == ["Closed"]


def test_what_came_is_counted(bench: Bench):
    ann, _ = bench.connect()
    bob, _ = bench.connect()
    ann.sendall(b"".join(b"PING a%d\r\n" % n for n in range(6)))
    bob.sendall(b"PING b\r\nhalf")
    bench.lane.turn(0)
    assert (bench.lane.counts.lines_received, bench.lane.counts.bytes_received) == (5, 6 * 9 + 12)
    bench.lane.turn(0)
    assert (bench.lane.counts.lines_received, bench.lane.counts.bytes_received) == (7, 6 * 9 + 12)


def test_who_does_not_read_is_counted_and_his_queue_with_him(bench: Bench):
    _, slow = bench.connect()
    _, other = bench.connect()
    for link in (slow, other):
        bench.write(link, b"x" * 100_000)
    counts = bench.lane.counts
    assert counts.queued_bytes == queued(slow) + queued(other) > 100_000
    assert counts.dropped == 0
    bench.write(slow, b"x" * bench.limits.send_queue_bytes_max)
    assert (counts.dropped, counts.queued_bytes) == (1, queued(other))
    bench.now += bench.limits.send_queue_seconds_max + 1
    bench.lane.expire()
    assert (counts.dropped, counts.queued_bytes) == (2, 0)
    bench.lane.close()
    assert counts.dropped == 2, "who is closed at the end was not slow"

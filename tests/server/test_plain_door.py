"""The plain door's connection in a lane: its queue holds text, and what is due reaches core without any input."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.addresses import Address, ListenError
from ipcchat.server.lane import Arrival, Lane
from ipcchat.server.outbox import Batch
from ipcchat.server.plain_door import PlainConnection, PlainListener
from ipcchat.server.poller import Poller, new_poller
from ipcchat.wire.message import Message, WireError

TURNS_MAX = 200


@dataclass
class Bench:
    """A lane with one conversation in it; the test holds the clock."""

    poller: Poller
    now: float = 100.0
    arrivals: list[Arrival] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limits = Limits()
        self.lane = Lane(self.limits, self.poller, lambda: self.now)
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        self.peer.settimeout(2)
        self.link = PlainConnection(ours, 1, 0, Peer("127.0.0.1", plain=True), self.limits)
        batch = Batch()
        batch.adopted.append(self.link)
        self.lane.perform(batch)

    def until(self, done: Callable[[], bool]) -> None:
        """Turn until that is so."""
        for _ in range(TURNS_MAX):
            if done():
                return
            self.arrivals += self.lane.turn(0.01)
        raise AssertionError(f"not after {TURNS_MAX} turns; {self.arrivals}")

    @property
    def messages(self) -> list[Message | WireError]:
        """What reached core."""
        return [message for arrival in self.arrivals for message in arrival.messages]

    @property
    def commands(self) -> list[str]:
        return [each.code if isinstance(each, WireError) else each.command for each in self.messages]

    def says(self, *lines: str) -> None:
        """What core sends."""
        batch = Batch()
        batch.singles.append((self.link, "".join(f"{line}\r\n" for line in lines).encode()))
        self.lane.perform(batch)

    def received(self, end: bytes) -> bytes:
        """What the peer gets, up to these bytes; the lane turns meanwhile."""
        got = b""
        self.peer.setblocking(False)

        def is_there() -> bool:
            nonlocal got
            try:
                got += self.peer.recv(65_536)
            except BlockingIOError:
                pass
            return got.endswith(end)

        self.until(is_there)
        return got


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench(new_poller())
    yield bench
    bench.lane.close()
    bench.poller.close()
    bench.peer.close()


@pytest.fixture
def ann(bench: Bench) -> Bench:
    """The same, when ann is in #lobby."""
    bench.peer.sendall(b"ann\n")
    bench.until(lambda: "JOIN" in bench.commands)
    bench.says(":s 001 ann :Welcome", ":ann!a@h JOIN #lobby")
    bench.received(b"-- You are in #lobby\r\n")
    bench.arrivals.clear()
    return bench


def test_it_asks_before_core_hears_of_it(bench: Bench):
    bench.until(lambda: bool(bench.arrivals))
    assert bench.arrivals[0].opened
    assert bench.received(b"\n") == b"Your name?\r\n"


def test_a_name_is_a_registration(bench: Bench):
    bench.peer.sendall(b"ann\r\n")
    bench.until(lambda: len(bench.messages) == 3)
    assert bench.commands == ["USER", "NICK", "JOIN"]


def test_a_ping_is_answered_without_any_input(ann: Bench):
    ann.says("PING :chat.local")
    ann.until(lambda: bool(ann.messages))
    assert ann.messages == [Message("PONG", ["chat.local"])]
    assert ann.link.queue is None


def test_a_ping_does_not_lose_its_place_when_time_is_looked_at(ann: Bench):
    """An empty queue has no oldest byte, and the lane asks for it."""
    ann.says("PING :chat.local")
    ann.lane.expire()
    ann.until(lambda: bool(ann.messages))


def test_what_the_socket_does_not_take_waits_as_text(ann: Bench):
    ann.peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    for number in range(200):
        ann.says(f":bob!b@h PRIVMSG #lobby :{number} {'x' * 300}", ":s 005 ann HIDDEN :are supported")
    assert ann.link.queue is not None
    ann.says("PING :late", ":bob!b@h PRIVMSG #lobby :the last")
    got = ann.received(b"the last\r\n").decode().splitlines()
    assert [line.partition(" x")[0] for line in got] == [*(f"bob: {number}" for number in range(200)), "bob: the last"]
    ann.until(lambda: "PONG" in ann.commands)
    ann.until(lambda: ann.link.queue is None)


def test_who_does_not_read_is_closed(ann: Bench):  # S01
    line = f":bob!b@h PRIVMSG #lobby :{'x' * 400}"
    for _ in range(ann.limits.send_queue_bytes_max // 400 + 100):
        ann.says(line)
    ann.until(lambda: any(arrival.gone == "SendQ exceeded" for arrival in ann.arrivals))


def test_telnet_is_answered_even_behind_a_queue(ann: Bench):  # RFC 854
    ann.peer.sendall(b"\xff\xfb\x1f")
    assert ann.received(b"\xff\xfe\x1f") == b"\xff\xfe\x1f"
    for number in range(35):
        ann.says(f":bob!b@h PRIVMSG #lobby :{number} {'x' * 400}")
    ann.peer.sendall(b"\xff\xfb\x18")
    ann.lane.turn(0.01)
    ann.says(":bob!b@h PRIVMSG #lobby :end")
    assert b"\xff\xfe\x18" in ann.received(b"end\r\n")


def test_lines_come_in_batches_in_order(ann: Bench):
    ann.peer.sendall(b"".join(b"line %d\n" % number for number in range(200)))
    ann.until(lambda: len(ann.messages) == 200)
    assert [m.params[1] for m in ann.messages if isinstance(m, Message)] == [f"line {n}" for n in range(200)]
    assert max(len(arrival.messages) for arrival in ann.arrivals) <= ann.limits.receive_lines_batch


def test_half_a_line_is_not_said(ann: Bench):  # F17
    ann.peer.sendall(b"whole\nhal")
    ann.peer.shutdown(socket.SHUT_WR)
    ann.until(lambda: any(arrival.ended for arrival in ann.arrivals))
    assert [m.params[1] for m in ann.messages if isinstance(m, Message)] == ["whole"]


@pytest.mark.parametrize(
    "first", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\n", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"]
)
def test_another_protocol_is_closed(bench: Bench, first: bytes):  # F02, F03, C08
    bench.peer.sendall(first)
    bench.until(lambda: any("on a port for IRC" in arrival.gone for arrival in bench.arrivals))
    assert not bench.messages


def test_who_is_gone_before_the_question_is_no_mistake(bench: Bench):
    bench.peer.close()
    bench.until(lambda: any(arrival.ended or arrival.gone for arrival in bench.arrivals))


def test_it_is_for_this_machine_alone():
    with pytest.raises(ListenError, match="plain_beyond_loopback = true") as caught:
        PlainListener(Address("0.0.0.0", 0, "plain"))
    assert caught.value.exit_code == 78
    PlainListener(Address("0.0.0.0", 0, "plain"), beyond_loopback=True).close()


def test_connections_are_plain_and_watched_by_the_kernel():
    listener = PlainListener(Address("127.0.0.1", 0, "plain"))
    with socket.create_connection(("127.0.0.1", listener.address.port)) as peer:
        ((sock, found),) = listener.accept()
        link = listener.connection(sock, 1, 0, found, Limits())
        assert link.peer == Peer("127.0.0.1", plain=True)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == Limits().ping_seconds
        link.close()
        assert link.flush()
        assert peer.recv(10) == b""
    with socket.create_connection(("127.0.0.1", listener.address.port)) as peer:
        ((sock, _),) = listener.accept()
        listener.refuse(sock, "too many")
        assert peer.recv(100) == b"-- too many\r\n"
    listener.close()

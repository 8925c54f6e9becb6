"""One turn's output: the same bytes as the naive way, in fewer steps."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server import outbox as outbox_module
from ipcchat.server.connection import Connection
from ipcchat.server.frames import BINARY, TEXT, framed
from ipcchat.server.outbox import SHARED_MIN, Batch, Control, Outbox

PEOPLE = 8
_socket = socket.socket()
_socket.close()

step = st.one_of(
    st.tuples(st.just("send"), st.integers(0, PEOPLE - 1)),
    st.tuples(st.just("fan"), st.integers(0, 4), st.one_of(st.none(), st.integers(0, PEOPLE - 1))),
    st.tuples(st.just("take")),
)


def links(opcodes: Sequence[int] = (0,) * PEOPLE) -> list[Connection]:
    """People who are there by TCP (0) or by WebSocket."""
    people = [Connection(_socket, number, 0, Peer("host"), Limits()) for number in range(PEOPLE)]
    for link, opcode in zip(people, opcodes, strict=True):
        link.opcode = opcode
    return people


def as_read(link: Connection, line: bytes) -> bytes:
    """A line as this connection gets it."""
    return framed(line, link.opcode) if link.opcode else line


def deliver(batch: Batch | None, inboxes: dict[Connection, bytes]) -> None:
    """What a lane does, and: each connection is written to once."""
    if batch is None:
        return
    written = [(link, content) for group, content in batch.shared for link in group] + batch.singles
    assert len({link for link, _ in written}) == len(written)
    for link, content in written:
        assert content
        inboxes[link] += content


@given(
    st.lists(step, max_size=40),
    st.lists(st.lists(st.integers(0, PEOPLE - 1), unique=True), min_size=5, max_size=5),
    st.sampled_from([(64, 32), (4, 0), (4, 1), (4, 3), (4, 32)]),
    st.lists(st.sampled_from([0, 0, TEXT, BINARY]), min_size=PEOPLE, max_size=PEOPLE),
)
def test_everybody_gets_his_own_in_order(
    steps: list[Any], groups: list[list[int]], adapting: tuple[int, int], opcodes: list[int]
):  # rules 1 and 4
    with patch.object(outbox_module, "ADAPT_MIN", adapting[0]), patch.object(outbox_module, "CHANGES_MAX", adapting[1]):
        compare_with_the_naive_way(steps, groups, opcodes)


def compare_with_the_naive_way(steps: list[Any], groups: list[list[int]], opcodes: list[int]) -> None:
    """Run the steps, and say what each person should have got."""
    outbox, people = Outbox(), links(opcodes)
    lists = [[people[number] for number in group] for group in groups]
    expected = dict.fromkeys(people, b"")
    inboxes = dict.fromkeys(people, b"")
    lines = deliveries = 0
    for number, (kind, *arguments) in enumerate(steps):
        line = b"%d\r\n" % number
        if kind == "send":
            outbox.send(people[arguments[0]], line)
            lines += 1
            expected[people[arguments[0]]] += as_read(people[arguments[0]], line)
        elif kind == "fan":
            members, skip = lists[arguments[0]], None if arguments[1] is None else people[arguments[1]]
            outbox.fan(members, line, skip)
            for link in members:
                expected[link] += as_read(link, line) if link is not skip else b""
                deliveries += link is not skip
        else:
            deliver(outbox.take(), inboxes)
    deliver(outbox.take(), inboxes)
    assert inboxes == expected
    assert outbox.take() is None
    assert (outbox.lines, outbox.deliveries) == (lines + deliveries, deliveries)
    assert outbox.bytes == sum(map(len, expected.values()))


def test_readers_of_a_loaded_channel_share_one_object():  # SERVER: nothing per member and message
    outbox, people = Outbox(), links()
    for number in range(64):
        sender = people[number % 2]
        outbox.send(sender, b"echo\r\n")
        outbox.fan(people, b"%d\r\n" % number, sender)
    batch = outbox.take()
    assert batch is not None
    [(readers, content)] = batch.shared
    assert readers == people[2:]
    assert content == b"".join(b"%d\r\n" % number for number in range(64))
    assert [link for link, _ in batch.singles] == people[:2]


def test_people_who_come_and_go_do_not_end_a_run():  # rule 4
    with patch.object(outbox_module, "ADAPT_MIN", 4):
        outbox, people = Outbox(), links()
        outbox.fan(people[:6], b"1\r\n", None)
        outbox.fan(people[:7], b"2\r\n", None)
        outbox.fan(people[1:7], b"3\r\n", None)
        batch = outbox.take()
    assert batch is not None
    assert batch.shared == [(people[1:6], b"1\r\n2\r\n3\r\n")]
    assert dict(batch.singles) == {people[0]: b"1\r\n2\r\n", people[6]: b"2\r\n3\r\n"}


@pytest.fixture
def small() -> Iterator[list[Connection]]:
    yield links()[: SHARED_MIN - 1]


def test_few_readers_need_no_run(small: list[Connection]):
    outbox = Outbox()
    outbox.fan(small, b"hi\r\n", small[0])
    batch = outbox.take()
    assert batch is not None
    assert batch.shared == []
    assert batch.singles == [(link, b"hi\r\n") for link in small[1:]]


def test_controls_come_in_order_and_new_connections_apart():
    outbox, people = Outbox(), links()
    outbox.control(Control.PAUSE, people[0])
    outbox.control(Control.RESUME, people[0])
    outbox.adopt(people[1])
    batch = outbox.take()
    assert batch is not None
    assert batch.controls == [(Control.PAUSE, people[0]), (Control.RESUME, people[0])]
    assert batch.adopted == [people[1]]


def test_a_run_is_framed_once_for_all_who_read_frames():  # rule 4
    outbox, people = Outbox(), links([0, 0, 0, TEXT, TEXT, TEXT, BINARY, BINARY])
    for number in range(3):
        outbox.fan(people, b"%d\r\n" % number, None)
    outbox.send(people[5], b"own\r\n")
    batch = outbox.take()
    assert batch is not None
    lines = b"0\r\n1\r\n2\r\n"
    assert batch.shared == [
        (people[:3], lines),
        (people[3:5], framed(lines, TEXT)),
        (people[6:], framed(lines, BINARY)),
    ]
    assert batch.singles == [(people[5], framed(lines + b"own\r\n", TEXT))]

"""The bytes that wait for a socket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ipcchat.server.send_queue import CHUNK_BYTES, SendQueue


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=9_000), st.integers(1, 9_000))), st.integers(1, 20_000))
def test_what_comes_out_is_what_went_in(steps: list[bytes | int], head_bytes: int):  # rule: in order
    queue, put, got = SendQueue(), b"", b""
    for step in steps:
        if isinstance(step, bytes):
            queue.append(step, now=0.0)
            put += step
        elif queue.bytes:
            sent = queue.head(head_bytes)[:step]
            queue.advance(len(sent))
            got += sent
        assert queue.bytes == len(put) - len(got)
    while queue.bytes:
        head = queue.head(head_bytes)
        queue.advance(len(head))
        got += head
    assert got == put


def test_the_age_is_that_of_the_oldest_byte():  # HOSTILE S02
    queue = SendQueue()
    queue.append(b"a" * CHUNK_BYTES, now=10.0)
    queue.append(b"b" * CHUNK_BYTES, now=70.0)
    assert queue.oldest == 10.0
    queue.advance(CHUNK_BYTES - 1)
    assert queue.oldest == 10.0
    queue.advance(1)
    assert queue.oldest == 70.0


def test_a_young_write_does_not_hide_in_an_old_chunk():  # the age is exact to CHUNK_SECONDS
    queue = SendQueue()
    queue.append(b"old", now=10.0)
    queue.append(b"new", now=50.0)
    queue.advance(3)
    assert queue.oldest == 50.0


def test_small_writes_share_chunks():  # HOSTILE S01: memory is close to `bytes`
    queue = SendQueue()
    for _ in range(10_000):
        queue.append(b"0123456789", now=1.0)
    assert len(queue.head(100_000)) == 100_000
    assert len(queue._chunks) <= 100_000 // CHUNK_BYTES + 1

"""ipcchat/backend/cluster/envelope.py: what comes out is what went in, and nothing else passes for it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.backend.cluster.envelope import (
    BYTES_MAX,
    FACTS_MAX,
    MARK,
    VERSION,
    Envelope,
    Poison,
    decode_envelope,
    decode_facts,
    encode_envelope,
    message_id,
)
from ipcchat.core.facts import encode_fact
from tests.backend.journals import posted, renamed, typing

NATS_PAYLOAD_MAX = 1024 * 1024


@given(
    epoch=st.integers(0, 2**40),
    origin=st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=1, max_size=8),
    first=st.integers(1, 2**50),
    facts=st.lists(st.binary(max_size=200), min_size=1, max_size=20),
)
def test_an_envelope_comes_back_as_it_was(epoch: int, origin: str, first: int, facts: list[bytes]):
    payload = encode_envelope(epoch, origin, first, facts)
    envelope = decode_envelope(payload)
    assert envelope == Envelope(VERSION, epoch, origin, first, facts)
    assert envelope is not None and envelope.last == first + len(facts) - 1


def test_facts_come_back_as_they_were():
    facts = [posted("tea", "#gin"), renamed(), typing()]
    envelope = decode_envelope(encode_envelope(1, "node", 7, [encode_fact(fact) for fact in facts]))
    assert envelope is not None and decode_facts(envelope) == facts
    assert message_id("node", 7) == "node-7"


@given(st.binary(max_size=300))
def test_what_a_stranger_published_is_no_envelope(payload: bytes):
    if MARK.encode() not in payload[:16]:
        assert decode_envelope(payload) is None


@pytest.mark.parametrize("payload", [b"", b"\x90", b"hello", msgspec.msgpack.encode(["other", 1, 2]), b"\x91" * 5_000])
def test_a_stranger_may_say_anything(payload: bytes):
    assert decode_envelope(payload) is None


@given(st.data())
def test_one_of_ours_that_is_damaged_is_read_or_stops_the_node_and_is_never_skipped(data: st.DataObject):
    payload = bytearray(encode_envelope(1, "node", 1, [b"fact"]))
    index = data.draw(st.integers(16, len(payload) - 1))
    payload[index] = data.draw(st.integers(0, 255))
    try:
        assert decode_envelope(bytes(payload)) is not None
    except Poison:
        pass


POISON = {
    "a newer version": [MARK, VERSION + 1, 1, "node", 1, [b"x"]],
    "a shape of another version": [MARK, "two"],
    "a number before the first": [MARK, VERSION, 1, "node", 0, [b"x"]],
    "no facts": [MARK, VERSION, 1, "node", 1, []],
    "no origin": [MARK, VERSION, 1, "", 1, [b"x"]],
    "a long origin": [MARK, VERSION, 1, "x" * 100, 1, [b"x"]],
    "too many facts": [MARK, VERSION, 1, "node", 1, [b"x"] * (FACTS_MAX + 1)],
    "a number that is too large": [MARK, VERSION, 1, "node", 2**63, [b"x"]],
}


@pytest.mark.parametrize("name", POISON)
def test_poison_says_what_to_do(name: str):
    with pytest.raises(Poison, match=r"start that one here too|who else can publish"):
        decode_envelope(msgspec.msgpack.encode(POISON[name]))


@pytest.mark.parametrize("fact", [b"", b"\xff", msgspec.msgpack.encode([9_999, b"i" * 16, 1, ""]), b"\x91" * 5_000])
def test_a_fact_of_an_unknown_kind_is_poison(fact: bytes):
    envelope = decode_envelope(encode_envelope(1, "node", 1, [fact]))
    assert envelope is not None
    with pytest.raises(Poison, match="a fact from node"):
        decode_facts(envelope)


def test_the_largest_envelope_is_well_under_what_a_server_takes():
    largest = encode_envelope(2**40, "x" * 32, 2**60, [b"x" * (BYTES_MAX // FACTS_MAX)] * FACTS_MAX)
    assert len(largest) < NATS_PAYLOAD_MAX * 0.6

"""Capabilities as bits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import caps
from ipcchat.wire.capabilities import CAPABILITIES


def test_every_capability_of_the_table_is_one_bit():
    assert list(caps.BITS) == list(CAPABILITIES)
    assert sum(caps.BITS.values()) == 2 ** len(caps.BITS) - 1
    assert all(bit.bit_count() == 1 for bit in caps.BITS.values())


@given(st.sets(st.sampled_from(list(CAPABILITIES))))
def test_names_and_bits_are_the_same(chosen):
    bits = sum(caps.BITS[name] for name in chosen)
    assert set(caps.names(bits)) == chosen
    assert caps.names(bits) == [name for name in CAPABILITIES if name in chosen]


def test_constants_are_the_bits_of_their_names():
    for name, bit in caps.BITS.items():
        assert getattr(caps, name.removeprefix("draft/").replace("-", "_").upper()) == bit
    assert caps.names(caps.LABELS) == ["batch", "labeled-response"]
    assert not caps.BROADCAST & (caps.ECHO_MESSAGE | caps.LABELS | caps.MULTI_PREFIX)

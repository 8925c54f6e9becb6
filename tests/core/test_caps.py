"""Capabilities as bits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import caps
from ipcchat.core.settings import Settings
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
    names = {name.removeprefix("draft/").replace("-", "_").upper(): bit for name, bit in caps.BITS.items()}
    names["METADATA"] = caps.BITS["draft/metadata-2"]
    constants = {name: value for name, value in vars(caps).items() if name.isupper() and isinstance(value, int)}
    for name in ("LABELS", "STANDARD", "BROADCAST"):
        del constants[name]
    assert constants == {name: names[name] for name in constants}
    assert caps.names(caps.LABELS) == ["batch", "labeled-response"]
    assert not caps.BROADCAST & (caps.ECHO_MESSAGE | caps.LABELED_RESPONSE | caps.MULTI_PREFIX)


def test_each_offer_is_for_a_capability_of_the_table():
    assert set(caps.OFFERS) | set(caps.SECURE_OFFERS) <= set(CAPABILITIES)


def test_what_a_server_offers_by_itself():
    offered = caps.offered(Settings())
    missing = {"sasl", "sts", "draft/event-playback", "draft/read-marker", "draft/message-redaction"}
    assert set(offered) == set(CAPABILITIES) - missing
    assert {name for name, value in offered.items() if value} == {"draft/multiline", "draft/metadata-2"}
    assert caps.offered(Settings(), secure=True) == offered


def test_what_needs_a_setting():  # sasl-3.2 "Mechanism list in CAP LS"; sts: the keys port and duration
    settings = Settings(mechanisms=("PLAIN", "EXTERNAL"), sts_port=6697, sts_seconds=86_400)
    assert caps.offered(settings)["sasl"] == "PLAIN,EXTERNAL"
    assert caps.offered(settings)["sts"] == "port=6697"
    assert caps.offered(settings, secure=True)["sts"] == "duration=86400"

"""Capabilities as bits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import caps
from ipcchat.core.caps import Way
from ipcchat.core.limits import Limits
from ipcchat.core.policy import Policy
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
    names = {name.rpartition("/")[2].replace("-", "_").upper(): bit for name, bit in caps.BITS.items()}
    names["METADATA"] = caps.BITS["draft/metadata-2"]
    names |= {"REDACTION": caps.BITS["draft/message-redaction"], "EDIT": caps.BITS["draft/message-edit"]}
    constants = {name: value for name, value in vars(caps).items() if name.isupper() and isinstance(value, int)}
    assert caps.BITS["draft/webpush"] | caps.BITS["soju.im/webpush"] == caps.WEBPUSH
    for name in ("LABELS", "STANDARD", "BROADCAST", "WEBPUSH"):
        del constants[name]
    assert constants == {name: names[name] for name in constants}
    assert caps.names(caps.LABELS) == ["batch", "labeled-response"]
    assert not caps.BROADCAST & (caps.ECHO_MESSAGE | caps.LABELED_RESPONSE | caps.MULTI_PREFIX)


def test_each_offer_is_for_a_capability_of_the_table():
    assert set(caps.OFFERS) <= set(CAPABILITIES)


def test_what_a_server_offers_by_itself():
    offered = caps.offered(Settings())
    valued = {"sasl", "draft/account-registration", "draft/multiline", "draft/metadata-2"}
    valued |= {"ipc-chat/catch-up", "ipc-chat/resume"}
    assert set(offered) == set(CAPABILITIES) - {"sts", "draft/webpush", "soju.im/webpush"}
    assert caps.offered(Settings(push_key="BKey"))["draft/webpush"] == ""
    assert {name for name, value in offered.items() if value} == valued


@pytest.mark.parametrize(
    ("way", "mechanisms"),
    [
        (Way(), "SCRAM-SHA-256,PLAIN,OAUTHBEARER,IRCV3BEARER"),
        (Way(confidential=False), "SCRAM-SHA-256"),
        (Way(secure=True), "SCRAM-SHA-256,PLAIN,OAUTHBEARER,IRCV3BEARER"),
        (Way(secure=True, proven=True), "SCRAM-SHA-256,PLAIN,EXTERNAL,OAUTHBEARER,IRCV3BEARER"),
    ],
)
def test_mechanisms_are_offered_where_they_can_be_used(way, mechanisms):  # hostile input A06; sasl-3.2 "Mechanism list"
    assert caps.offered(Settings(), way)["sasl"] == mechanisms


def test_resuming_is_offered_where_nobody_reads_the_token():  # docs/resume.md
    assert caps.offered(Settings(), Way(secure=True))["ipc-chat/resume"] == "seconds=60"
    assert "ipc-chat/resume" not in caps.offered(Settings(), Way(confidential=False))
    assert "ipc-chat/resume" not in caps.offered(Settings(limits=Limits(resume_seconds=0)))


def test_sasl_is_gone_where_nothing_can_be_used():
    assert "sasl" not in caps.offered(Settings(mechanisms=("PLAIN", "EXTERNAL")), Way(confidential=False))
    assert "sasl" not in caps.offered(Settings(mechanisms=()))


def test_what_needs_a_setting():  # sts: the keys port and duration
    settings = Settings(sts_port=6697, sts_seconds=86_400)
    assert caps.offered(settings)["sts"] == "port=6697"
    assert caps.offered(settings, Way(secure=True))["sts"] == "duration=86400"


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        (Settings(), "before-connect,custom-account-name"),
        (Settings(register_before_connect=False), "custom-account-name"),
        (Settings(password="tea"), "custom-account-name"),
        (Settings(account_names_chosen=False), "before-connect"),
        (Settings(email_required=True), "before-connect,custom-account-name,email-required"),
        (Settings(verification=True), "before-connect,custom-account-name,email-required"),
        (Settings(mechanisms=()), None),
        (Settings(policy=Policy(accounts_open=False)), None),
    ],
)
def test_how_accounts_are_registered(settings, value):  # draft/account-registration "Capability"
    assert caps.offered(settings).get("draft/account-registration") == value
    assert "draft/account-registration" not in caps.offered(settings, Way(confidential=False))

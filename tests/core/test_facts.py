"""The facts of the journal: complete, past tense, readable for ever (the rules of ipcchat/core/facts.py)."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core.facts import (
    AnyFact,
    ChannelMetadataChanged,
    ChannelModesChanged,
    Durability,
    Entry,
    Hinted,
    Joined,
    ModeChange,
    NodeDown,
    Posted,
    UserLeft,
    UserMetadataChanged,
    decode_fact,
    encode_fact,
)
from ipcchat.core.limits import NetworkLimits

KINDS = get_args(AnyFact)
ID = b"0123456789abcdef"

TAGS = {
    "NodeDown": 1,
    "UserArrived": 2,
    "UserLeft": 3,
    "NickChanged": 4,
    "AwayChanged": 5,
    "RealnameChanged": 6,
    "HostChanged": 7,
    "UserModesChanged": 8,
    "Joined": 9,
    "Parted": 10,
    "Kicked": 11,
    "Invited": 12,
    "TopicChanged": 13,
    "ChannelModesChanged": 14,
    "Posted": 15,
    "Hinted": 16,
    "AccountChanged": 17,
    "OperatorChanged": 18,
    "ChannelRenamed": 19,
    "Knocked": 20,
    "CallerRefused": 21,
    "CallersChanged": 22,
    "UserMetadataChanged": 23,
    "ChannelMetadataChanged": 24,
    "Walloped": 25,
    "Uninvited": 26,
    "LimitsChanged": 27,
}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CHANGES = st.builds(ModeChange, st.booleans(), st.sampled_from("ovbkl"), TEXTS)
KEYS = st.tuples(TEXTS, st.none() | TEXTS)
SEVERAL = st.lists(TEXTS, max_size=3).map(tuple)
FIELDS: dict[str, st.SearchStrategy[object]] = {
    "tags": st.dictionaries(TEXTS, TEXTS, max_size=3),
    "metadata": st.dictionaries(TEXTS, TEXTS, max_size=3),
    "changes": st.lists(CHANGES, max_size=3).map(tuple),
    "limits": st.builds(NetworkLimits, users_max=st.integers(1, 2**31)),
} | dict.fromkeys(("accepted", "rejected", "silenced", "unsilenced", "hosts"), SEVERAL)


@st.composite
def any_fact(draw: st.DrawFn) -> AnyFact:
    """A fact of any kind, with anything in its fields."""
    kind = draw(st.sampled_from(KINDS))
    fields = {name: draw(FIELDS.get(name, TEXTS)) for name in kind.__struct_fields__[2:]}
    if kind in (UserMetadataChanged, ChannelMetadataChanged):
        fields["changes"] = draw(st.lists(KEYS, max_size=3).map(tuple))
    fact: AnyFact = kind(draw(st.binary(min_size=16, max_size=16)), draw(st.integers(0, 2**53)), **fields)
    return fact


@given(any_fact())
def test_what_is_written_reads_the_same(fact):
    assert decode_fact(encode_fact(fact)) == fact


def test_numbers_of_kinds_never_change():  # rule 4: old journals stay readable
    assert {kind.__name__: kind.__struct_config__.tag for kind in KINDS} == TAGS


@pytest.mark.parametrize("kind", KINDS)
def test_only_id_time_and_author_are_required(kind):  # rule 4: fields are added with a default
    fact = kind(ID, 5, "u")
    assert kind.__struct_fields__[:3] == ("id", "at", "by")
    assert decode_fact(msgspec.msgpack.encode([kind.__struct_config__.tag, ID, 5, "u"])) == fact


def test_journals_of_later_versions_keep_their_first_fields():
    assert decode_fact(msgspec.msgpack.encode([9, ID, 5, "u", "#tea", "key", "#tea", "later"])) == Joined(
        ID, 5, "u", "#tea", "key", "#tea"
    )


def test_durability():  # rule 5
    by_kind = {kind.__name__: kind.durability for kind in KINDS}
    assert [name for name, durability in by_kind.items() if durability is Durability.KEPT] == [
        "NodeDown",
        "Joined",
        "Parted",
        "Kicked",
        "TopicChanged",
        "ChannelModesChanged",
        "Posted",
        "ChannelRenamed",
        "ChannelMetadataChanged",
        "LimitsChanged",
    ]
    assert [name for name, durability in by_kind.items() if durability is Durability.FLEETING] == ["Hinted", "Walloped"]
    assert sum(durability is Durability.PASSING for durability in by_kind.values()) == 15


def test_whose_history_a_fact_belongs_to():
    assert Posted(ID, 0, "u", target="#Tea").history_target == "#tea"
    assert Posted(ID, 0, "u", target="#Tea", room="#coffee").history_target == "#coffee"
    assert Posted(ID, 0, "u", target="#tea", status="@").history_target is None
    assert Posted(ID, 0, "u", target="ann", recipient="u2").history_target is None
    assert Posted(ID, 0, "u", target="#tea", verb="TAGMSG").history_target is None
    assert Hinted(ID, 0, "u", target="#tea", verb="TAGMSG").history_target is None
    assert NodeDown(ID, 0, "n").history_target is None
    assert UserLeft(ID, 0, "u").history_target is None


def test_an_entry_is_a_place_and_a_fact():
    fact = ChannelModesChanged(ID, 0, "u", channel="#tea", changes=(ModeChange(True, "o", "u"), ModeChange(False, "m")))
    entry = Entry(7, 99, fact)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=Entry) == entry
    with pytest.raises(AttributeError):
        entry.seq = 8  # type: ignore[misc]

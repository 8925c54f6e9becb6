"""The facts of the journal: complete, past tense, readable for ever (the rules of ipcchat/core/facts.py)."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core.facts import (
    AnyFact,
    CertificatesChanged,
    ChannelMetadataChanged,
    ChannelModesChanged,
    Credentials,
    Durability,
    Entry,
    Fact,
    Hinted,
    Hook,
    Joined,
    ModeChange,
    NicksGrouped,
    NodeDown,
    Posted,
    SessionAttached,
    Token,
    TokensChanged,
    UserArrived,
    UserLeft,
    UserMetadataChanged,
    decode_fact,
    encode_fact,
)
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.policy import Policy

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
    "SessionAttached": 28,
    "AccountRegistered": 29,
    "AccountVerified": 30,
    "PasswordChanged": 31,
    "AccountSet": 32,
    "CertificatesChanged": 33,
    "NicksGrouped": 34,
    "AccountSuspended": 35,
    "AccountRestored": 36,
    "AccountDeleted": 37,
    "ChannelRegistered": 38,
    "ChannelUnregistered": 39,
    "ChannelTransferred": 40,
    "AccessChanged": 41,
    "PolicyChanged": 42,
    "LockdownChanged": 43,
    "BanSet": 44,
    "BanLifted": 45,
    "Killed": 46,
    "FilterSet": 47,
    "FilterLifted": 48,
    "Redacted": 49,
    "Pinned": 50,
    "ReadMarked": 51,
    "CursorMoved": 52,
    "CursorDropped": 53,
    "Erased": 54,
    "ChannelSettingChanged": 55,
    "TokensChanged": 56,
    "HookSet": 59,
    "HookDropped": 60,
    "Relayed": 61,
    "HookDelivered": 62,
    "FileUploaded": 57,
    "FileDropped": 58,
    "PushRegistered": 63,
    "PushDropped": 64,
    "ResumptionEnded": 65,
}


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=20)
CHANGES = st.builds(ModeChange, st.booleans(), st.sampled_from("ovbkl"), TEXTS)
KEYS = st.tuples(TEXTS, st.none() | TEXTS)
SEVERAL = st.lists(TEXTS, max_size=3).map(tuple)
CREDENTIALS = st.builds(Credentials, TEXTS, st.binary(), st.integers(0, 2**31), st.binary(), st.binary())
NUMBERS = st.integers(0, 2**53)
Strategies = dict[str, st.SearchStrategy[Any]]
FIELDS: Strategies = {
    "credentials": CREDENTIALS,
    "hook": st.builds(Hook, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, NUMBERS, st.booleans(), NUMBERS, NUMBERS, TEXTS),
    "off": st.booleans(),
    "policy": st.builds(Policy, always_on=TEXTS, nicks_owned=st.booleans()),
    "privileges": st.none() | SEVERAL,
    "secure": st.booleans(),
    "forced": st.booleans(),
    "pinned": st.booleans(),
    "rewind": st.booleans(),
    "bytes": NUMBERS,
    "due": st.booleans(),
    "places": st.lists(NUMBERS, max_size=3).map(tuple),
    "targets": SEVERAL,
    "edits": st.lists(NUMBERS, max_size=3).map(tuple),
    "tags": st.dictionaries(TEXTS, TEXTS, max_size=3),
    "metadata": st.dictionaries(TEXTS, TEXTS, max_size=3),
    "changes": st.lists(CHANGES, max_size=3).map(tuple),
    "limits": st.builds(NetworkLimits, users_max=st.integers(1, 2**31)),
} | dict.fromkeys(("accepted", "rejected", "silenced", "unsilenced", "hosts", "certificates"), SEVERAL)
FIELDS |= dict.fromkeys(("code_until", "until", "free_at", "level", "since", "failing_since"), NUMBERS)
FIELDS |= dict.fromkeys(("about", "read_at", "seq", "said_at"), NUMBERS)
TOKENS = st.builds(Token, TEXTS, TEXTS, NUMBERS, NUMBERS, st.booleans())
OTHERWISE: dict[type[Fact], Strategies] = {
    TokensChanged: {"added": st.none() | TOKENS, "removed": SEVERAL},
    UserMetadataChanged: {"changes": st.lists(KEYS, max_size=3).map(tuple)},
    ChannelMetadataChanged: {"changes": st.lists(KEYS, max_size=3).map(tuple)},
    CertificatesChanged: {"added": SEVERAL, "removed": SEVERAL},
    NicksGrouped: {"added": st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple), "removed": SEVERAL},
}


@st.composite
def any_fact(draw: st.DrawFn) -> AnyFact:
    """A fact of any kind, with anything in its fields."""
    kind = draw(st.sampled_from(KINDS))
    strategies = {**FIELDS, **OTHERWISE.get(kind, {})}
    fields = {name: draw(strategies.get(name, TEXTS)) for name in kind.__struct_fields__[2:]}
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
    assert decode_fact(msgspec.msgpack.encode([9, ID, 5, "u", "#tea", "key", "#tea", "", "later"])) == Joined(
        ID, 5, "u", "#tea", "key", "#tea"
    )


def test_durability():  # rule 5
    by_kind = {kind.__name__: kind.durability for kind in KINDS}
    assert {name for name, durability in by_kind.items() if durability is Durability.PASSING} == {
        "UserArrived",
        "SessionAttached",
        "ResumptionEnded",
        "UserLeft",
        "NickChanged",
        "AwayChanged",
        "RealnameChanged",
        "HostChanged",
        "UserModesChanged",
        "AccountChanged",
        "OperatorChanged",
        "CallerRefused",
        "CallersChanged",
        "UserMetadataChanged",
        "ReadMarked",
        "HookDelivered",
        "Invited",
        "Uninvited",
        "Knocked",
        "Killed",
    }
    assert [name for name, durability in by_kind.items() if durability is Durability.FLEETING] == ["Hinted", "Walloped"]


def test_who_may_stay_is_written_at_once():  # rule 5
    assert UserArrived(ID, 0, "u", account="ann").is_prompt and not UserArrived(ID, 0, "u").is_prompt
    assert {kind.__name__ for kind in KINDS if kind(ID, 0, "u").is_prompt} == {"AccountChanged", "NickChanged"}


def test_who_may_come_back_is_written_at_once():  # rule 5
    assert SessionAttached(ID, 0, "u", resumption="digest").is_prompt
    assert SessionAttached(ID, 0, "u", resumes="digest").is_prompt and not SessionAttached(ID, 0, "u").is_prompt


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


def broken(unfit: str) -> list[AnyFact]:
    """Facts with that character in a text: of a field, of one in a list, of one in a struct, of a key."""
    text = f"a{unfit}b"
    return [
        Joined(ID, 1, "node.1", channel=text),
        Joined(ID, 1, text, channel="#tea"),
        CertificatesChanged(ID, 1, "node.1", account="ann", added=("x", text)),
        ChannelModesChanged(ID, 1, "node.1", channel="#tea", changes=(ModeChange(True, "k", text),)),
        UserMetadataChanged(ID, 1, "node.1", changes=(("key", None), ("key", text))),
        Posted(ID, 1, "node.1", target=text),
        Posted(ID, 1, "node.1", target="#tea", tags={text: ""}),
    ]


@pytest.mark.parametrize("fact", [fact for unfit in "\r\n\0" for fact in broken(unfit)], ids=repr)
def test_no_text_of_a_journal_becomes_a_second_line(fact):  # hostile input I01
    with pytest.raises(msgspec.ValidationError, match="NUL, CR or LF"):
        decode_fact(encode_fact(fact))


def test_what_is_said_has_line_ends_of_its_own_and_tags_have_any():  # IRCv3 draft/multiline, message-tags
    said = Posted(ID, 1, "node.1", target="#tea", text="a\nb\rc", tags={"+x": "\r\n\\", "+y": "\x1b"})
    assert decode_fact(encode_fact(said)) == said
    for damaged in (Posted(ID, 1, "n", text="a\0b"), Hinted(ID, 1, "n", tags={"+x": "a\0"})):
        with pytest.raises(msgspec.ValidationError):
            decode_fact(encode_fact(damaged))

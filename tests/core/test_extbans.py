"""Masks of channel lists: what they say, what is wrong with them, and whom they hit.

Specifications: Modern IRC "EXTBAN", IRCv3 account-extban; the types as InspIRCd has them
(https://docs.inspircd.org/4/extended-bans/).
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import extbans
from ipcchat.core.extbans import EXTBANS, ISUPPORT_VALUE, MARK, MUTE, NICK, hits, normalized, parse, problem
from ipcchat.core.limits import Limits
from ipcchat.core.state import Channel, State, User

CERTIFICATE = "5F4DCC3B5AA765D61D8327DEB882CF99"
NO_FINGERPRINT = f"~z: needs a fingerprint in hexadecimal digits; {EXTBANS['z'].help}"


def somebody(**fields: str) -> User:
    """ann, whose host is cloaked."""
    known = {"host": "abc.def.ip", "address": "192.0.2.1", "realname": "Ann Robot", **fields}
    return User("u1", "Ann", "~ann", incarnation="n", arrived=0, spoke=0, **known)  # type: ignore[arg-type]


@pytest.fixture
def state() -> State:
    """A network where ann is operator of #tea, hidden in #den, in #secret, and a plain member of #hall (+u)."""
    state = State(Limits().network())
    for name, flags, modes in (("#tea", "nt", "o"), ("#den", "D", ""), ("#secret", "s", "o"), ("#hall", "u", "")):
        state.add_channel(Channel(name, 0, flags=flags, members={"u1": modes}))
    state.channels["#den"].hidden["u1"] = None
    state.add_channel(Channel("#talk", 0, members={"u1": "", "u2": "v"}))
    state.add_channel(Channel("#stage", 0, flags="u", members={"u1": "v"}))
    return state


# Whom a mask hits.


@pytest.mark.parametrize(
    "mask",
    [
        "ann!*@*",
        "ANN!*@*",
        "*!~ann@*",
        "*!*@*.def.ip",
        "*!*@192.0.2.1",
        "*!*@192.0.2.*",
        "*!*@192.0.2.0/24",
        "*!*@192.0.0.0/8",
        "a?n!~*@192.0.2.0/24",
        "*!*@192.0.2.99/24",
    ],
)
def test_plain_masks_hit_what_is_seen_and_where_it_really_is(state, mask):  # Modern IRC "Masks"
    assert hits(state, somebody(), mask)
    assert hits(state, somebody(), mask, MUTE)
    assert hits(state, somebody(), mask, NICK)


@pytest.mark.parametrize(
    "mask",
    ["bob!*@*", "*!*@192.0.3.0/24", "bob!*@192.0.2.0/24", "*!*@2001:db8::/32", "*!*@192.0.2.0/99", "*!*@/24", "ann"],
)
def test_plain_masks_of_others(state, mask):
    assert not hits(state, somebody(), mask)


@pytest.mark.parametrize(
    ("address", "mask"),
    [
        ("2001:db8::1", "*!*@2001:db8::/32"),
        ("2001:db8::1", "*!*@2001:0DB8:0:0::1"),
        ("0::1", "*!*@::1"),
        ("::ffff:192.0.2.1", "*!*@192.0.2.0/24"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(state, address, mask):  # RFC 5952
    assert hits(state, somebody(address=address), mask)
    assert hits(state, somebody(address="", host=address), mask)


def test_who_has_no_address_is_in_no_network(state):
    assert not hits(state, somebody(address="", host="users.example"), "*!*@0.0.0.0/0")
    assert not hits(state, somebody(address="localhost"), "*!*@0.0.0.0/0")


@pytest.mark.parametrize(
    ("mask", "account", "hit"),
    [
        ("~a:bob", "bob", True),
        ("~a:BOB", "Bob", True),
        ("~account:bob", "bob", True),
        ("~a:b*", "bob", True),
        ("~a:bob", "bobby", False),
        ("~a:bob", "", False),
        ("~a:*", "", False),
        ("~U:*!*@*", "", True),
        ("~U:*!*@*", "bob", False),
        ("~U:bob!*@*", "", False),
        ("~unregistered:ann!*@*", "", True),
        ("~U:~r:*robot*", "", True),
        ("~U:~r:*human*", "", False),
    ],
)
def test_accounts(state, mask, account, hit):  # IRCv3 account-extban
    assert hits(state, somebody(account=account), mask) is hit


@pytest.mark.parametrize(
    ("mask", "hit"),
    [
        ("~r:ann?robot", True),
        ("~realname:*ROBOT*", True),
        ("~r:robot", False),
        (f"~z:{CERTIFICATE.lower()}", True),
        ("~z:5f4d*", True),
        ("~z:5f4d", False),
        ("~c:#tea", True),
        ("~c:#TEA", True),
        ("~c:@#tea", True),
        ("~c:%#tea", True),
        ("~c:&#tea", False),
        ("~c:#none", False),
        ("~c:#talk", True),
        ("~c:+#talk", False),
        ("~channel:#stage", True),
        ("~x:ann!*@*", False),
    ],
)
def test_other_types(state, mask, hit):
    assert hits(state, somebody(certificate=CERTIFICATE), mask) is hit


@pytest.mark.parametrize("mask", ["~c:#secret", "~c:@#secret", "~c:#den", "~c:#hall", "~c:+#hall"])
def test_masks_tell_nothing_of_members_who_are_not_to_be_seen(state, mask):
    assert not hits(state, somebody(), mask)


def test_who_has_no_certificate(state):
    assert not hits(state, somebody(), "~z:*")


@pytest.mark.parametrize(
    ("mask", "entering", "speaking", "renaming"),
    [
        ("ann!*@*", True, True, True),
        ("~r:*robot*", True, True, True),
        ("~m:ann!*@*", False, True, False),
        ("~mute:~r:*robot*", False, True, False),
        ("~m:~r:*human*", False, False, False),
        ("~m:~U:~r:*robot*", False, True, False),
        ("~n:*!*@*", False, False, True),
        ("~n:bob!*@*", False, False, False),
    ],
)
def test_acting_types_forbid_only_what_they_name(state, mask, entering, speaking, renaming):
    assert [hits(state, somebody(), mask, acting) for acting in ("", MUTE, NICK)] == [entering, speaking, renaming]


def test_any_mask_of_a_list(state):
    assert extbans.any_hits(state, somebody(), ["bob!*@*", "~m:*!*@*"], MUTE)
    assert not extbans.any_hits(state, somebody(), ["bob!*@*", "~m:*!*@*"])
    assert not extbans.any_hits(state, somebody(), [])


# How they are written.


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ann", "ann!*@*"),
        ("*.example.org", "*!*@*.example.org"),
        ("192.0.2.0/24", "*!*@192.0.2.0/24"),
        ("~bob@example.org", "*!~bob@example.org"),
        ("~bob@2001:db8::1", "*!~bob@2001:db8::1"),
        ("~account:Bob", "~a:Bob"),
        ("~a:b:c", "~a:b:c"),
        ("~mute:ann", "~m:ann!*@*"),
        ("~m:~account:bob", "~m:~a:bob"),
        ("~mute:~unregistered:10.0.0.0/8", "~m:~U:*!*@10.0.0.0/8"),
        ("~z:5F:4D:CC", "~z:5f4dcc"),
        ("~c:@#Tea", "~c:@#Tea"),
    ],
)
def test_masks_are_kept_in_one_form(written, kept):
    assert normalized(written) == kept
    assert problem(written) == ""


@pytest.mark.parametrize(
    ("mask", "why"),
    [
        ("~x:foo", "No such extended mask; there are ~a:, ~c:, ~r:, ~U:, ~z:, ~m:, ~n:"),
        ("~ann", "No such extended mask; there are ~a:, ~c:, ~r:, ~U:, ~z:, ~m:, ~n:"),
        ("~", "No such extended mask; there are ~a:, ~c:, ~r:, ~U:, ~z:, ~m:, ~n:"),
        ("~a:", "An extended mask needs a value; account: people logged in to an account: ~a:bob"),
        ("~m:", "An extended mask needs a value; mute: may come in but not speak: ~m:ann!*@*, ~m:~a:bob"),
        ("~m:~a:", "An extended mask needs a value; account: people logged in to an account: ~a:bob"),
        ("~m:~m:ann", "~m: stands before a mask, not before another ~m:"),
        ("~m:~n:ann", "~m: stands before a mask, not before another ~n:"),
        ("~U:~m:ann", "~U: stands before a mask, not before another ~m:"),
        ("~U:~U:ann", "~U: stands before a mask, not before another ~U:"),
        ("~m:~x:foo", "No such extended mask; there are ~a:, ~c:, ~r:, ~U:, ~z:, ~m:, ~n:"),
        ("~c:tea", "~c: needs a channel, perhaps with a prefix; members of a channel: ~c:#room, ~c:@#room"),
        (
            "~z:xyz",
            NO_FINGERPRINT,
        ),
        (
            "~z::",
            NO_FINGERPRINT,
        ),
        ("*!*@10.0.0.0/99", "No such network; write for instance *!*@192.0.2.0/24 or *!*@2001:db8::/32"),
        ("10.0.0/8", "No such network; write for instance *!*@192.0.2.0/24 or *!*@2001:db8::/32"),
        ("~m:*!*@::g/8", ""),
        ("~m:*!*@1::2::3/8", "No such network; write for instance *!*@192.0.2.0/24 or *!*@2001:db8::/32"),
        ("*!*@staff/12", ""),
    ],
)
def test_what_is_wrong_with_a_mask(mask, why):
    assert problem(mask) == why


def test_invite_exceptions_say_who_and_not_what():
    why = "~m: forbids something and lets nobody in; it goes into +b and +e"
    assert problem("~m:ann!*@*", "I") == why
    assert problem("~m:ann!*@*", "e") == problem("~a:bob", "I") == problem("~U:*!*@*", "I") == ""


def test_the_table():  # Modern IRC, EXTBAN parameter
    assert ISUPPORT_VALUE == "~,Uacmnrz"
    for letter, row in EXTBANS.items():
        assert parse(f"{MARK}{letter}:x") == parse(f"{MARK}{row.name}:x") == (row, "x")
        assert row.spec.startswith("https://")
    assert parse("ann!*@*") == (None, "ann!*@*")
    assert parse("~a") == (None, "~a")


# Whatever is written.

_piece = st.sampled_from(
    ["~", ":", "a", "account", "U", "m", "n", "c", "#", "@", "!", "*", "?", ".", "/8", "10", "z", "é"]
)
_mask = st.lists(_piece, max_size=9).map("".join)


@given(_mask)
def test_a_kept_mask_is_kept_the_same_way(mask):
    kept = normalized(mask)
    assert normalized(kept) == kept
    if not problem(mask):
        assert not problem(kept)


@given(_mask, st.sampled_from(["", MUTE, NICK]))
def test_case_never_matters(mask, acting):  # Modern IRC, CASEMAPPING parameter
    state = State(Limits().network())
    state.add_channel(Channel("#A", 0, members={"u1": "o"}))
    names = {"account": "aUz", "realname": "account10", "host": "10.0.0.8"}
    lower, upper = somebody(**names), somebody(**{field: name.upper() for field, name in names.items()})
    kept = normalized(mask)
    assert hits(state, lower, kept, acting) == hits(state, upper, kept, acting)


@pytest.mark.parametrize("start", ["", "~m:", "~m:~U:", "~r:", "~a:"])
@pytest.mark.parametrize("piece", ["*a", "?*", "*?a", "**"])
def test_hostile_masks_take_linear_time(state, start, piece):  # hostile input R03
    """A hundred of the longest masks against the longest names: a part of a second, not minutes."""
    user = somebody(realname="a" * 150 + "b", account="a" * 32, host="a" * 63)
    masks = [f"{start}{piece * 80}c{number}" for number in range(100)]
    begun = time.process_time()
    assert not extbans.any_hits(state, user, masks, MUTE)
    assert time.process_time() - begun < 2


def test_a_ban_on_a_cloak_is_not_escaped_by_taking_it_off(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    bob.says("MODE bob +x")
    cloak = bob.session.user.host
    ann.says(f"MODE #tea +b *!*@{cloak}")
    assert bob.says("JOIN #tea")[0].split()[1] == "474"
    bob.says("MODE bob -x")
    assert bob.says("JOIN #tea")[0].split()[1] == "474"
    assert net.connect("eve").says("JOIN #tea")[0].split()[1] == "474"

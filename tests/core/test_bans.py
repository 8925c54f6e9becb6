"""Bans of the network: their canonical forms, whom they hit, and the lockdown (core/bans.py)."""

from __future__ import annotations

import time

import pytest

from ipcchat.core import bans
from ipcchat.core.bans import Bans, Identity, NetworkBan
from ipcchat.core.errors import Refusal
from ipcchat.core.facts import SessionAttached, UserArrived
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.state import Attachment, State, User

AT = 1_700_000_000_000


def ban(mask: str, until: int = 0) -> NetworkBan:
    """A ban in its canonical form."""
    return NetworkBan(mask, "why", "op", AT, until)


def banning(*masks: str, until: int = 0) -> Bans:
    """These bans."""
    return Bans({mask: ban(mask, until) for mask in masks})


def person(address: str = "192.0.2.7", **fields: str) -> User:
    """Somebody who is here, from that address."""
    attachment = Attachment("node.1", AT, address, ("home.example.org", "abc.ip"))
    made = {"nick": "ann", "user": "~ann", "host": "abc.ip", "account": "", "modes": ""} | fields
    return User(
        "node.1", made["nick"], made["user"], made["host"], "Ann", "node", AT, AT, made["modes"], address=address,
        account=made["account"], hosts=("home.example.org", "abc.ip"), sessions=(attachment,),
    )  # fmt: skip


def state_with(known: Bans, lockdown: int = 5) -> State:
    """A state with these bans."""
    state = State(NetworkLimits())
    state.bans, state.lockdown = known, lockdown
    return state


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("192.0.2.99/24", "192.0.2.0/24"),
        ("::1", "0::1"),
        ("0:0:0:0:0:0:0:1", "0::1"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:0:0/90", "0::ffc0:0:0/90"),
        ("64:ff9b::/90", "64:ff9b::/90"),
        ("64:ff9b::c000:207", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("192.0.2.7%eth0", "192.0.2.7"),
        ("*!*@192.0.2.0/24", "192.0.2.0/24"),
        ("*@192.0.2.7", "192.0.2.7"),
        ("ann!*@192.0.2.9/24", "ann!*@192.0.2.0/24"),
        ("ann", "ann!*@*"),
        ("Ann!~x@Host.Example", "ann!~x@host.example"),
        ("*.example.org", "*!*@*.example.org"),
        ("192.0.2.*", "*!*@192.0.2.*"),
        ("~name@host", "*!~name@host"),
        ("account:Ann", "account:ann"),
        ("~account:Ann", "account:ann"),
        ("~a:Ann", "account:ann"),
    ],
)
def test_a_target_has_one_canonical_form(written, canonical):
    assert bans.canonical(written, 256) == canonical
    assert bans.canonical(canonical, 256) == canonical


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("0x7f.1", "No such address"),
        ("2130706433", "No such address"),
        ("192.0.2", "No such address"),
        ("192.0.2.7/33", "No such address"),
        ("*!*@300.1.1.1", "No such address"),
        ("1::2::3", "No such address"),
        ("account:", "by its name alone"),
        ("account:a*", "by its name alone"),
        ("~r:robot", "no extended masks"),
        ("x" * 300, "at most 256 bytes"),
        ("a b!*@*", "no space"),
        (":x!*@*", "no space"),
        ("a\u2028!*@*", "no space"),
    ],
)
def test_what_is_no_target_is_said(written, words):
    with pytest.raises(ValueError, match=words):
        bans.canonical(written, 256)


@pytest.mark.parametrize(
    ("mask", "broad"),
    [
        ("*!*@*", True),
        ("a*!*@*", True),
        ("*!*@*.org", False),
        ("0::/0", True),
        ("10.0.0.0/7", True),
        ("10.0.0.0/8", False),
        ("2000::/12", True),
        ("2001:db8::/32", False),
    ],
)
def test_what_hits_about_everybody_is_broad(mask, broad):
    assert bans.is_broad(mask) is broad


@pytest.mark.parametrize(
    "mask",
    [
        "192.0.2.7",
        "192.0.2.0/24",
        "0.0.0.0/0",
        "*!*@abc.ip",
        "*!*@home.example.org",
        "*!*@192.0.2.7*",
        "ann!*@192.0.2.0/24",
        "*!~ann@*",
        "account:ann",
    ],
)
def test_every_form_of_somebody_is_hit(mask):
    assert bans.hits(mask, bans.identity_of(person(account="Ann")))


@pytest.mark.parametrize(
    "mask",
    [
        "192.0.2.8",
        "2001:db8::/32",
        "0::/0",
        "bob!*@192.0.2.0/24",
        "ann!*@10.0.0.0/8",
        "account:bob",
        "a!*@*",
        "nn!*@192.0.2.0/24",
    ],
)
def test_others_are_not(mask):
    assert not bans.hits(mask, bans.identity_of(person(account="Ann")))


def test_a_coat_is_no_way_around():  # Solanum "encoded ipv4-in-ipv6"
    for address in ("0::ffff:192.0.2.7", "64:ff9b::c000:207"):
        for mask in ("192.0.2.7", "192.0.2.0/24", "ann!*@192.0.2.0/24", "*!*@192.0.2.*"):
            assert bans.hits(mask, bans.identity_of(person(address)))


def test_a_local_user_has_no_address_that_a_network_has():
    local = Identity("ann!ann", ("local",), ("local:1000",))
    assert not bans.hits("0.0.0.0/0", local)
    assert not bans.hits("ann!*@0.0.0.0/0", local)
    assert bans.hits("*!*@local:1000", local)


def test_what_is_lifted_and_what_is_over_hit_nobody():
    known, ann = banning("192.0.2.7", "192.0.2.0/24", "192.0.2.8", "account:ann", "*!~ann@*"), person(account="ann")
    found = {each.mask for each in known.hitting(bans.identity_of(ann), AT)}
    assert found == {"192.0.2.7", "192.0.2.0/24", "account:ann", "*!~ann@*"}
    for mask in list(known):
        known.lift(mask)
    assert not known
    assert not list(known.hitting(bans.identity_of(ann), AT))
    over = banning("192.0.2.7", "*!~ann@*", until=AT)
    assert not list(over.hitting(bans.identity_of(ann), AT))
    assert len(list(over.hitting(bans.identity_of(ann), AT - 1))) == 2
    assert over.in_force(AT) == []


def test_a_state_that_was_restored_finds_them_too():
    before, state = State(NetworkLimits()), State(NetworkLimits())
    before.bans.put(ban("192.0.2.0/24"))
    state.restore(before.snapshot())
    assert bans.refusal_at_door(state, "192.0.2.200", AT).startswith("You are banned from this network: why")
    assert state.digest() == before.digest()


def test_the_door_knows_addresses_alone():
    state = state_with(banning("192.0.2.7", "*!*@192.0.2.8"))
    assert bans.refusal_at_door(state, "0::ffff:192.0.2.7", AT)
    assert bans.refusal_at_door(state, "192.0.2.8", AT) == ""
    assert bans.refusal_at_door(state, "local:0", AT) == ""
    assert bans.refusal_at_door(state_with(Bans()), "192.0.2.7", AT) == ""
    assert bans.refusal_at_door(state_with(banning("192.0.2.7", until=AT)), "192.0.2.7", AT) == ""


def test_words_say_until_when_and_who_can_lift_it():
    assert bans.words(ban("x!*@*", AT)) == (
        "You are banned from this network until 2023-11-14T22:13Z: why. Its administrator can lift that"
    )


def arriving(address: str = "192.0.2.7", account: str = "") -> UserArrived:
    """Somebody comes."""
    return UserArrived(
        b"1" * 16, AT, "node.2", "ann", "~ann", "abc.ip", address=address, hosts=("home.example.org",), account=account
    )


@pytest.mark.parametrize("mask", ["192.0.2.0/24", "account:ann", "ann!*@*", "*!*@home.example.org", "*!*@abc.ip"])
def test_who_is_banned_does_not_arrive(mask):
    with pytest.raises(Refusal) as caught:
        bans.check_arrival(state_with(banning("account:bob", mask)), arriving(account="Ann"))
    assert caught.value.numeric.name == "ERR_YOUREBANNEDCREEP"
    bans.check_arrival(state_with(banning("account:bob")), arriving(account="Ann"))


def attaching(address: str) -> SessionAttached:
    """One more connection from there."""
    return SessionAttached(b"1" * 16, AT, "node.1", "node.2", address, (address,))


def test_a_second_connection_is_measured_by_its_own_address():
    state, ann = state_with(banning("198.51.100.0/24")), person(account="ann")
    bans.check_attachment(state, ann, attaching("192.0.2.9"))
    with pytest.raises(Refusal):
        bans.check_attachment(state, ann, attaching("198.51.100.3"))
    operator = person(account="ann", modes="o")
    bans.check_attachment(state, operator, attaching("198.51.100.3"))
    bans.check_attachment(state_with(Bans()), ann, attaching("198.51.100.3"))


def test_the_lockdown_closes_by_levels():
    def enters(level: int, address: str, account: str) -> bool:
        try:
            bans.check_arrival(state_with(Bans(), level), arriving(address, account))
        except Refusal as refusal:
            assert f"level {level}" in refusal.text
            return False
        return True

    for level, stranger, known in [(5, True, True), (3, True, True), (2, False, True), (1, False, False)]:
        assert enters(level, "192.0.2.7", "") is stranger
        assert enters(level, "192.0.2.7", "ann") is known
        assert enters(level, "127.0.0.1", "")
        assert enters(level, "local:1000", "")


def test_in_a_closed_network_only_operators_have_more_connections():
    state, far = state_with(Bans(), 1), attaching("192.0.2.9")
    with pytest.raises(Refusal):
        bans.check_attachment(state, person(account="ann"), far)
    operator = person(account="ann", modes="o")
    operator.privileges = ("kill",)
    bans.check_attachment(state, operator, far)
    bans.check_attachment(state_with(Bans(), 2), person(account="ann"), far)


def test_nobody_takes_a_banned_nick_but_who_bans():
    state, ann = state_with(banning("eve!*@*")), person()
    bans.check_nick(state, ann, "anna", AT)
    with pytest.raises(Refusal, match="ERR_ERRONEUSNICKNAME"):
        bans.check_nick(state, ann, "Eve", AT)
    bans.check_nick(state, person(modes="o"), "eve", AT)
    bans.check_nick(state_with(Bans()), ann, "eve", AT)


def test_nobody_logs_in_to_a_banned_account():
    state = state_with(banning("account:ann"))
    with pytest.raises(Refusal):
        bans.check_account(state, "Ann", AT)
    bans.check_account(state, "bob", AT)
    bans.check_account(state_with(banning("account:ann", until=AT)), "ann", AT)
    bans.check_account(state_with(Bans()), "ann", AT)


def test_whom_a_ban_ends():
    state, ann = State(NetworkLimits()), person()
    state.add_user(ann)
    state.attach(ann, Attachment("node.2", AT, "198.51.100.3"))
    assert bans.hit_by(state, "198.51.100.0/24") == [(ann, ("node.2",))]
    assert bans.hit_by(state, "10.0.0.0/8") == []
    assert bans.hit_by(state, "ann!*@198.51.100.0/24") == [(ann, None)]
    assert bans.hit_by(state, "ann!*@*") == [(ann, None)]
    assert bans.hit_by(state, "bob!*@*") == []


def test_ten_thousand_bans_are_found_in_no_time():
    masks = [f"10.{number >> 8}.{number & 255}.0/24" for number in range(5_000)]
    masks += [f"2001:db8:{number:x}::/48" for number in range(2_500)] + [f"account:a{n}" for n in range(2_500)]
    state = state_with(banning(*masks))
    before = time.perf_counter()
    for _ in range(100):
        bans.check_arrival(state, arriving(account="ann"))
    assert time.perf_counter() - before < 0.1

"""Ways around a ban, and ways to become an operator: A13, C03, P07 and P15.

A ban of the network or of a channel hits every form of one identity, at its place in the journal's order.
"""

from __future__ import annotations

import pytest

from ipcchat.core.peers import LocalUser, Peer
from ipcchat.core.settings import Operator, Settings
from ipcchat.core.state import User
from tests.core.deeds import comes, has_account
from tests.core.net import Net, Talker

SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=(),
    operators={"op": Operator(password_hash="hash of tea"), "root": Operator(uids=(0,))},
)
ADDRESS = "2001:db8::7"


@pytest.fixture
def net() -> Net:
    """Two nodes that hide hosts, as a server does by itself."""
    return Net(2, settings=SETTINGS, cloaked=True)


def user_of(talker: Talker) -> User:
    """Who this is."""
    assert talker.session.user is not None, talker.lines
    return talker.session.user


def operator(net: Net) -> Talker:
    """An operator."""
    op = net.connect("op", "standard-replies")
    op.says("OPER op tea")
    assert user_of(op).operator == "op"
    return op


def person(net: Net, nick: str, address: str = ADDRESS, node: int = 0, user: str = "eve") -> Talker:
    """Somebody without an account."""
    talker = net.dial(node, peer=Peer(address))
    talker.says(f"NICK {nick}", f"USER {user} 0 * :Somebody")
    return talker


def is_out(talker: Talker) -> bool:
    """Whether somebody is not here."""
    return talker.session.user is None


def cloak_of(net: Net, talker: Talker) -> str:
    """What others see of somebody."""
    return user_of(talker).host


FORMS = {
    "the address": lambda net, eve: ADDRESS,
    "its /64": lambda net, eve: "2001:db8::/64",
    "the address in other digits": lambda net, eve: "2001:DB8:0:0:0:0:0:7",
    "the address as a mask": lambda net, eve: f"*!*@{ADDRESS}",
    "the address with wildcards": lambda net, eve: "*!*@2001:db8:*",
    "the cloak": lambda net, eve: f"*!*@{cloak_of(net, eve)}",
    "the cloak in capitals": lambda net, eve: f"*!*@{cloak_of(net, eve).upper()}",
    "the user name": lambda net, eve: "*!~EVE@*",
    "the nick and the network": lambda net, eve: "e*!*@2001:db8::/32",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("node", [0, 1])
def test_P07_a_network_ban_hits_every_form_of_somebody_on_every_node(net, form, node):
    op, eve = operator(net), person(net, "eve", node=node)
    op.says(f"UBAN ADD {FORMS[form](net, eve)} 1d :out")
    assert eve.closed == "Banned: out"
    for nick in ("eve", "EVE2", "eva"):
        assert is_out(person(net, nick, node=1 - node))


@pytest.mark.parametrize("form", ["the address", "its /64", "the address as a mask", "the address with wildcards"])
def test_P07_without_a_cloak_or_with_one(net, form):
    op, eve = operator(net), person(net, "eve")
    eve.says("MODE eve -x")
    assert cloak_of(net, eve) == ADDRESS
    op.says(f"UBAN ADD {FORMS[form](net, eve)}")
    assert eve.closed


def test_P07_a_cloak_that_was_taken_off_is_hit_all_the_same(net):
    op, eve = operator(net), person(net, "eve")
    mask = FORMS["the cloak"](net, eve)
    eve.says("MODE eve -x")
    op.says(f"UBAN ADD {mask}")
    assert eve.closed


def test_P07_another_nick_is_no_way_around_and_none_into_a_banned_one(net):
    op, eve = operator(net), person(net, "eve")
    net.journal.holding = True
    eve.says("NICK innocent")
    op.says("UBAN ADD *!~eve@* :out")
    net.journal.holding = False
    net.settle()
    assert eve.closed
    op.says("UBAN ADD badnick!*@*")
    bob = person(net, "bob", "198.51.100.3", user="bob")
    bob.says("NICK BadNick")
    assert user_of(bob).nick == "bob"
    assert "432" in bob.numerics


def test_P07_who_arrives_behind_the_ban_in_the_order_is_out(net):
    op = operator(net)
    net.journal.holding = True
    op.says(f"UBAN ADD {ADDRESS}")
    eve = person(net, "eve", node=1)
    net.journal.holding = False
    net.settle()
    assert is_out(eve)
    assert "465" in eve.numerics


def test_P07_who_arrives_before_it_is_put_off(net):
    op = operator(net)
    net.journal.holding = True
    eve = person(net, "eve", node=1)
    net.journal.order(1)
    op.says(f"UBAN ADD {ADDRESS}")
    net.journal.holding = False
    net.settle()
    assert eve.closed


def test_P07_a_second_session_is_hit_by_its_own_address_and_by_its_account(net):
    op = operator(net)
    has_account(net, "eve")
    first = comes(net, "eve", address="198.51.100.3", secure=True)
    second = comes(net, "eve", address=ADDRESS, secure=True, node=1)
    op.says(f"UBAN ADD {ADDRESS}")
    assert (bool(first.closed), bool(second.closed)) == (False, True)
    third = net.dial(1, peer=Peer(ADDRESS, secure=True))
    third.says("PASS :eve:correct horse", "NICK eve", "USER eve 0 * :Eve")
    assert is_out(third)
    op.says("UBAN ADD account:EVE")
    assert first.closed
    assert "eve" not in net.engine.state.nicks


CHANNEL_FORMS = {
    "the nick": lambda net, eve: "EVE!*@*",
    "the cloak": lambda net, eve: f"*!*@{cloak_of(net, eve)}",
    "the address": lambda net, eve: f"*!*@{ADDRESS}",
    "the address in other digits": lambda net, eve: "*!*@2001:DB8:0:0:0:0:0:7",
    "the network": lambda net, eve: "*!*@2001:db8::/32",
    "an extended mask": lambda net, eve: "~r:Somebody",
    "muted by the network": lambda net, eve: "~m:*!*@2001:db8::/32",
}


@pytest.mark.parametrize("form", CHANNEL_FORMS)
@pytest.mark.parametrize("deed", ["", "NICK other", "MODE eve -x", "NICK EVE"])
def test_P07_a_channel_ban_hits_every_form_of_a_member(net, form, deed):
    bob, eve = net.join("bob", "#tea"), person(net, "eve", node=1)
    eve.says("JOIN #tea")
    bob.says(f"MODE #tea +b {CHANNEL_FORMS[form](net, eve)}")
    if deed:
        eve.says(deed)
    eve.forget()
    eve.says("PRIVMSG #tea :still here")
    assert "404" in eve.numerics
    if not form.startswith("muted"):
        eve.says("PART #tea", "JOIN #tea")
        assert "474" in eve.numerics


COATS = ["192.0.2.7", "0::ffff:192.0.2.7", "0::ffff:c000:207", "64:ff9b::c000:207", "64:ff9b::192.0.2.7"]


@pytest.mark.parametrize("ban", ["192.0.2.7", "192.0.2.0/24", "*!*@192.0.2.7", "*!*@192.0.2.*", "~*!*@192.0.2.0/24"])
@pytest.mark.parametrize("coat", COATS)
def test_C03_an_address_in_a_coat_is_that_address(net, ban, coat):  # Solanum "encoded ipv4-in-ipv6"
    op = operator(net)
    op.says(f"UBAN ADD {ban.removeprefix('~')}")
    assert is_out(person(net, "eve", coat))


@pytest.mark.parametrize("written", ["0x7f.1", "0xc0000207", "3221225991", "192.0.519", "192.0.2.7%eth0"])
def test_C03_what_only_some_programs_read_as_an_address_is_refused(net, written):
    op = operator(net)
    op.forget()
    op.says(f"UBAN ADD {written}", f"UBAN ADD *!*@{written}")
    assert "415" in op.numerics or list(net.engine.state.bans) == ["192.0.2.7"]


def test_A13_oper_is_one_attempt_in_ten_seconds_and_recorded():  # Ergo's throttle of OPER
    net = Net(settings=SETTINGS)
    talkers = [net.connect(f"p{number}") for number in range(20)]
    for _ in range(6):
        for talker in talkers:
            talker.says("OPER op guess")
        net.pass_time(5)
        for talker in talkers:
            talker.says("PING x")
    heard = [numeric for talker in talkers for numeric in talker.numerics]
    assert (heard.count("464"), heard.count("263")) == (3, 117)
    assert [record.kind for record in net.audited] == ["oper failed"] * 3
    assert "guess" not in str(net.audited)


def test_P15_only_whom_the_configuration_names_is_an_operator():
    net = Net(settings=SETTINGS)
    for uid, expected in ((0, "root"), (1000, ""), (65_534, "")):
        talker = net.dial(peer=Peer(f"local:{uid}", local=LocalUser(uid, f"user{uid}")))
        talker.says(f"NICK u{uid}", "USER x 0 * :X")
        assert user_of(talker).operator == expected
        if not expected:
            talker.forget()
            talker.says("OPER root", "KILL u0 :x", "UBAN ADD *!*@* FORCE", "DEFCON 1", "AUDIT", "SAJOIN u0 #x")
            assert set(talker.numerics) <= {"464", "481"}
            assert "u0" in net.engine.state.nicks
    assert Settings().operators == {}

"""WEBIRC: gateways that connect for others (IRCv3 webirc)."""

from __future__ import annotations

import pytest

from ipcchat.core.facts import encode_fact
from ipcchat.core.settings import Gateway, Operator, Settings
from ipcchat.core.state import User
from tests.core.net import Net, Talker

WEB = Gateway(name="web", password="söcret", addresses=("127.0.0.0/8", "2001:db8::7"))
TOR = Gateway(name="tor", password="onion", addresses=("127.0.0.1", "10.0.0.0/24"))
SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=(),
    gateways=(WEB, TOR),
    operators={"op": Operator(password_hash="hash of tea")},
)
FINGERPRINT = "22e88c7d6da9b73fbb515ed6a8f6d133c680527a799e3069ca7ce346d90649b2"


@pytest.fixture
def net() -> Net:
    """A network with gateways."""
    return Net(settings=SETTINGS)


def arrive(net: Net, line: str, host: str = "127.0.0.1") -> Talker:
    """Somebody for whom a gateway says this."""
    talker = net.dial(host=host)
    assert talker.says(line) == []
    talker.says("NICK ann", "USER ann 0 * :Ann")
    assert talker.session.user is not None
    return talker


def user_of(talker: Talker) -> User:
    """Who this is, once registered."""
    assert talker.session.user is not None, talker.lines
    return talker.session.user


@pytest.mark.covers("WEBIRC")
def test_a_gateway_says_for_whom_it_connects(net):
    ann = arrive(net, "WEBIRC söcret web host.example 198.51.100.3")
    user = user_of(ann)
    assert (user.mask, user.address) == ("ann!~ann@host.example", "198.51.100.3")
    assert ann.hears(":test.net 001 ann :Welcome to TestNet, ann!~ann@host.example")
    assert user.modes == "" and user.certificate == ""


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("WEBIRC onion tor a.example 198.51.100.3", "127.0.0.1"),
        ("webirc onion anything a.example 198.51.100.3", "10.0.0.255"),
        ("WEBIRC söcret web a.example 198.51.100.3", "2001:db8::7"),
        ("WEBIRC söcret web a.example 198.51.100.3", "::ffff:127.0.0.9"),
    ],
)
def test_each_gateway_comes_from_its_addresses(net, line, host):
    assert user_of(arrive(net, line, host)).host == "a.example"


@pytest.mark.parametrize(
    ("line", "host", "reason"),
    [
        ("WEBIRC wrong web a.example 192.0.2.1", "127.0.0.1", "Invalid WebIRC password"),
        ("WEBIRC onion tor a.example 192.0.2.1", "127.0.0.2", "Invalid WebIRC password"),
        ("WEBIRC söcret web a.example 192.0.2.1", "10.0.0.1", "Invalid WebIRC password"),
        (
            "WEBIRC söcret web a.example 192.0.2.1",
            "10.0.1.0",
            "WEBIRC is not for your address: the settings name no gateway there",
        ),
        (
            "WEBIRC söcret web a.example 192.0.2.1",
            "localhost",
            "WEBIRC is not for your address: the settings name no gateway there",
        ),
        (
            "WEBIRC söcret web a.example nowhere",
            "127.0.0.1",
            "Invalid WebIRC address: it is neither IPv4 nor IPv6",
        ),
        (
            "WEBIRC söcret web a.example fe80::1%eth0",
            "127.0.0.1",
            "Invalid WebIRC address: it is neither IPv4 nor IPv6",
        ),
    ],
)
def test_who_is_no_gateway_is_closed(net, line, host, reason):
    ann = net.dial(host=host)
    assert ann.says(line, "NICK ann", "USER ann 0 * :Ann") == [f"ERROR :Closing link: {reason}"]
    assert ann.closed == reason
    assert not net.journal.entries


@pytest.mark.parametrize(
    "first", ["NICK ann", "USER ann 0 * :Ann", "CAP LS 302", "CAP REQ batch", "AUTHENTICATE PLAIN", "PASS x"]
)
def test_it_is_the_first_command(first):  # "MUST be the first command sent from the WebIRC gateway"
    net = Net(settings=Settings(server_name="test.net", gateways=(WEB,), password="y"))
    ann = net.dial()
    ann.says(first)
    assert ann.says("WEBIRC söcret web a.example 192.0.2.1") == [
        "ERROR :Closing link: WEBIRC must be the first command",
    ]


def test_what_leaves_no_trace_may_come_before(net):
    ann = net.dial()
    ann.says("PING x", "CAP LIST")
    assert ann.says("WEBIRC söcret web a.example 192.0.2.1") == []


def test_webirc_needs_four_parameters(net):
    assert net.dial().says("WEBIRC a b c") == [
        ":test.net 461 * WEBIRC :Not enough parameters: WEBIRC <password> <gateway> <hostname> <ip> [<options>]"
    ]


# Host and address.


@pytest.mark.parametrize(
    ("hostname", "ip", "host", "address"),
    [
        ("198.51.100.3", "198.51.100.3", "198.51.100.3", "198.51.100.3"),
        ("Host.Example", "198.51.100.3", "Host.Example", "198.51.100.3"),
        ("10.0.0.1", "198.51.100.3", "198.51.100.3", "198.51.100.3"),
        ("localhost", "198.51.100.3", "198.51.100.3", "198.51.100.3"),
        ("a!b@c.example", "198.51.100.3", "198.51.100.3", "198.51.100.3"),
        ("-.example", "198.51.100.3", "198.51.100.3", "198.51.100.3"),
        ("a" * 55 + ".example", "198.51.100.3", "a" * 55 + ".example", "198.51.100.3"),
        ("a" * 56 + ".example", "198.51.100.3", "198.51.100.3", "198.51.100.3"),
        ("x", "0::1", "0::1", "0::1"),
        ("x", "2001:DB8::1", "2001:db8::1", "2001:db8::1"),
        ("0::ffff:c633:6403", "0::ffff:198.51.100.3", "198.51.100.3", "198.51.100.3"),
    ],
)
def test_hosts_that_can_be_shown(net, hostname, ip, host, address):
    user = user_of(arrive(net, f"WEBIRC söcret web {hostname} {ip}"))
    assert (user.host, user.address) == (host, address)


def test_bans_hit_the_address_behind_a_gateway(net):
    bob = net.join("bob", "#tea")
    bob.says("MODE #tea +b *!*@198.51.100.0/24")
    ann = arrive(net, "WEBIRC söcret web host.example 198.51.100.3")
    ann.forget()
    ann.says("JOIN #tea")
    assert ann.numerics == ["474"]


# Options.


@pytest.mark.covers("user mode +Z")
@pytest.mark.parametrize(
    "options", ["secure", ":secure=examplevalue123 local-port=6697 remote-port=21726", ":other secure future=\\:x"]
)
def test_a_user_with_tls_is_secure(net, options):  # "they MUST treat secure and secure=... in exactly the same way"
    ann = arrive(net, f"WEBIRC söcret web host.example 198.51.100.3 {options}")
    assert user_of(ann).modes == "Z"
    assert ann.lines[-1] == ":test.net 221 ann +Z"


def test_secure_lasts_through_user(net):
    ann = net.dial()
    ann.says("WEBIRC söcret web host.example 198.51.100.3 secure", "USER ann 8 * :Ann", "NICK ann")
    assert user_of(ann).modes == "Zi"


def test_a_gateway_elsewhere_must_have_tls_itself(net):  # "and the connection from the gateway ... is also secure"
    line = f"WEBIRC onion tor host.example 198.51.100.3 :secure certfp-sha-256={FINGERPRINT}"
    user = user_of(arrive(net, line, host="10.0.0.1"))
    assert user.modes == "" and user.certificate == ""
    other = net.dial(host="10.0.0.1")
    other.session.modes = "Z"
    other.says(line, "NICK bob", "USER bob 0 * :Bob")
    assert user_of(other).modes == "Z" and user_of(other).certificate == FINGERPRINT


def test_a_gateway_with_tls_does_not_make_its_user_secure(net):
    ann = net.dial()
    ann.session.modes, ann.session.certificate = "Z", "0" * 64
    ann.says("WEBIRC söcret web host.example 198.51.100.3", "NICK ann", "USER ann 0 * :Ann")
    assert user_of(ann).modes == "" and user_of(ann).certificate == ""


@pytest.mark.parametrize(
    ("options", "certificate"),
    [
        (f"secure certfp-sha-256={FINGERPRINT}", FINGERPRINT),
        (f"certfp-sha-256={FINGERPRINT.upper()} secure", FINGERPRINT),
        (f"certfp-sha-256={FINGERPRINT}", ""),
        ("secure certfp-sha-256=abc", ""),
        (f"secure certfp-sha-1={FINGERPRINT[:40]}", ""),
        (f"secure spkifp-sha-256={FINGERPRINT}", ""),
    ],
)
def test_the_users_certificate(net, options, certificate):
    user = user_of(arrive(net, f"WEBIRC söcret web host.example 198.51.100.3 :{options}"))
    assert user.certificate == certificate


# Who hears of it.


def test_operators_hear_of_refusals_and_nobody_of_passwords(net):
    ann = net.connect("ann")
    ann.says("OPER op tea", "MODE ann +s c")
    ann.forget()
    net.dial().says("WEBIRC canary web a.example 192.0.2.1")
    assert ann.lines == [
        ":test.net NOTICE ann :*** WEBIRC from 127.0.0.1 was refused: Invalid WebIRC password",
    ]
    bob = net.dial()
    bob.says("WEBIRC söcret web a.example 192.0.2.1", "NICK bob", "USER bob 0 * :Bob")
    written = [encode_fact(entry.fact) for entry in net.journal.entries] + [net.engine.snapshot()]
    heard = [line.encode() for talker in (ann, bob) for line in talker.lines]
    assert not any(word in text for text in written + heard for word in ("söcret".encode(), b"canary"))


def test_two_nodes_and_a_restart_know_the_same():
    net = Net(2, settings=SETTINGS)
    ann = arrive(net, "WEBIRC söcret web host.example 198.51.100.3 secure")
    bob = net.connect("bob", node=1)
    assert ":test.net 311 bob ann ~ann host.example * Ann" in bob.says("WHOIS ann")
    other = net.nodes[1].engine.state.users[ann.session.uid]
    assert (other.address, other.modes) == ("198.51.100.3", "Z")
    snapshot = net.nodes[1].engine.snapshot()
    net.nodes[1].engine.state.restore(snapshot)
    assert net.nodes[1].engine.state.digest() == net.engine.state.digest()

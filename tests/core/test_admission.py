"""Who may connect, by where he comes from (hostile inputs C01, C02, C03, C05, C07, U03)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core.admission import BLOCK_SHARE, WINDOW_SECONDS, Admissions, is_exempt, names_of, size_of
from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.settings import Gateway, Settings
from ipcchat.wire.message import Message, WireError, parse
from tests.core.net import Net

LIMITS = Limits(
    connections_per_address_max=3,
    attempts_per_address_max=5,
    strangers_per_address_max=2,
    strangers_max=10,
    connections_per_local_user_max=4,
    addresses_remembered_max=3,
)
SETTINGS = Settings(limits=LIMITS)


class Door:
    """Admissions, a clock, and who came in."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.admissions = Admissions()
        self.settings = settings
        self.ticks = 1_000.0

    def enter(self, address: str, *, registers: bool = True) -> Peer:
        """A connection that is let in."""
        peer = Peer(address)
        assert self.admissions.enter(peer, self.ticks, self.settings) == ""
        if registers:
            self.admissions.registered(peer)
        return peer

    def refusal(self, address: str) -> str:
        """What one more from there is told."""
        reason = self.admissions.enter(Peer(address), self.ticks, self.settings)
        assert reason
        return reason

    def leave(self, *peers: Peer) -> None:
        """Connections are gone."""
        for peer in peers:
            self.admissions.leave(peer, self.ticks, self.settings.limits)


def test_so_many_connections_of_one_address():  # C01
    door = Door()
    first, *_ = [door.enter("192.0.2.1") for _ in range(3)]
    assert door.refusal("192.0.2.1") == (
        "3 connections of your network are open, which is the most: close one, or ask for the limit to be raised"
    )
    door.enter("192.0.2.2")
    door.leave(first)
    door.enter("192.0.2.1")
    assert door.admissions.refused == {"connections_per_address_max": 1}


def test_so_many_new_ones_in_ten_minutes():  # C01
    door = Door()
    for _ in range(5):
        door.leave(door.enter("192.0.2.1"))
    assert door.refusal("192.0.2.1") == "Too many new connections from your network: try again in 600 seconds"
    door.ticks += WINDOW_SECONDS - 0.5
    assert door.refusal("192.0.2.1").endswith("try again in 1 seconds")
    door.ticks += 0.5
    door.enter("192.0.2.1")


def test_who_is_refused_is_not_counted():  # rule 4
    door = Door()
    several = [door.enter("192.0.2.1") for _ in range(3)]
    for _ in range(100):
        door.refusal("192.0.2.1")
    door.leave(*several)
    door.leave(door.enter("192.0.2.1"), door.enter("192.0.2.1"))


def test_strangers_of_one_address():  # C05
    door = Door()
    one, _ = door.enter("192.0.2.1", registers=False), door.enter("192.0.2.1", registers=False)
    assert door.refusal("192.0.2.1") == "2 connections from your network have not registered: register or close them"
    door.admissions.registered(one)
    door.admissions.registered(one)
    door.enter("192.0.2.1", registers=False)


def test_strangers_of_all_addresses_also_of_exempt_ones():  # C05
    door = Door()
    strangers = [door.enter(f"192.0.2.{number}", registers=False) for number in range(9)]
    strangers.append(door.enter("127.0.0.1", registers=False))
    assert door.admissions.strangers == 10
    assert "try again in a minute" in door.refusal("127.0.0.1")
    assert "try again in a minute" in door.refusal("198.51.100.1")
    door.leave(strangers.pop())
    door.enter("198.51.100.1")
    assert door.admissions.strangers == 9


def test_ipv6_counts_by_64_and_by_48():  # C02
    door = Door()
    for number in range(3):
        door.enter(f"2001:db8:1:1::{number + 1:x}")
    assert "3 connections" in door.refusal("2001:db8:1:1:ffff::1")
    for number in range(3 * (BLOCK_SHARE - 1)):
        door.enter(f"2001:db8:1:{number + 2:x}::1")
    assert "12 connections" in door.refusal("2001:db8:1:ff::1")
    door.enter("2001:db8:2::1")


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("0::ffff:c000:201", "192.0.2.1"),
        ("64:ff9b::192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80000000000000/64"),
        ("FE80:0::1", "fe80000000000000/64"),
        ("0x7f.1", "0x7f.1"),
        ("local:1000", "local:1000"),
    ],
)
def test_one_address_is_one_place_however_it_is_written(written: str, place: str):  # C03
    assert names_of(written)[0][0] == place


def test_local_users_are_counted_by_uid():  # U03
    door = Door()
    several = [door.enter("local:1000") for _ in range(4)]
    assert door.refusal("local:1000").startswith("4 connections of your user are open")
    door.enter("local:1001")
    for _ in range(20):
        door.leave(*several)
        several = [door.enter("local:1000", registers=False) for _ in range(4)]


def test_networks_that_are_exempt():
    gateway = Gateway(name="web", password="x", addresses=("198.51.100.7",))
    settings = msgspec.structs.replace(SETTINGS, exempt=("10.0.0.0/8", "2001:db8::/48"), gateways=(gateway,))
    exempt = ("10.1.2.3", "::ffff:10.1.2.3", "2001:db8::5", "198.51.100.7")
    assert all(is_exempt(address, settings) for address in exempt)
    assert not any(is_exempt(address, settings) for address in ("127.0.0.1", "192.0.2.1", "local:0", "2001:db8:1::1"))
    assert is_exempt("127.9.9.9", SETTINGS) and is_exempt("0::1", SETTINGS)
    door = Door(msgspec.structs.replace(settings, limits=Limits()))
    several = [door.enter("10.1.2.3") for _ in range(200)]
    door.leave(*several)
    assert door.admissions.places == 0


def test_a_place_is_forgotten_when_it_is_quiet():  # C06, R12
    door = Door()
    for number in range(100):
        door.leave(door.enter(f"192.0.2.{number}"))
        assert door.admissions.places <= LIMITS.addresses_remembered_max
    stays = door.enter("192.0.2.200")
    door.ticks += WINDOW_SECONDS
    door.leave(door.enter("192.0.2.201"))
    assert door.admissions.places == 2
    door.leave(stays)
    assert door.admissions.places == 1


def test_strangers_altogether_leave_no_trace_of_who_was_refused():
    door = Door(Settings(limits=Limits(strangers_max=0)))
    for number in range(50):
        door.refusal(f"192.0.2.{number}")
    assert door.admissions.places == 0


def test_who_comes_by_a_gateway_counts_where_he_is():  # IRCv3 webirc
    door = Door()
    web = [Peer("198.51.100.7") for _ in range(2)]
    for peer in web:
        assert door.admissions.enter(peer, door.ticks, SETTINGS) == ""
        assert door.admissions.move(peer, "192.0.2.1", door.ticks, SETTINGS) == ""
    assert "have not registered" in door.refusal("192.0.2.1")
    late = Peer("198.51.100.7")
    assert door.admissions.enter(late, door.ticks, SETTINGS) == ""
    assert "have not registered" in door.admissions.move(late, "192.0.2.1", door.ticks, SETTINGS)
    door.leave(late, *web)
    assert door.admissions.strangers == 0
    door.leave(door.enter("192.0.2.1"))


def test_what_never_entered_may_leave():
    door = Door()
    door.leave(Peer("192.0.2.1"))
    assert (door.admissions.places, door.admissions.strangers) == (0, 0)


def test_about_how_long_a_line_was():  # C07
    line = "@+a=b PRIVMSG #tea :zażółć"
    message = parse(line.encode())
    assert isinstance(message, Message)
    assert 0 <= len(line.encode()) - size_of(message, LIMITS) <= 3
    assert size_of(WireError("LINE_TOO_LONG", ""), LIMITS) == 4_608
    assert size_of(WireError("INVALID_UTF8", ""), LIMITS) == 512


# The engine at the door.


def test_bytes_before_registration_are_few():  # C07
    net = Net(throttled=True)
    stranger = net.dial()
    stranger.says(*["CAP REQ :" + "x" * 490] * 16)
    assert len(stranger.lines) == 16
    stranger.says("CAP REQ :" + "x" * 490)
    assert stranger.closed == "Too many bytes before registration"
    assert stranger.lines[-1] == "ERROR :Closing link: Too many bytes before registration"


def test_lines_that_are_too_long_end_it_soon():  # C07, F01
    net = Net(throttled=True)
    stranger = net.dial()
    stranger.says(*[WireError("TAGS_TOO_LONG", "too long")] * 4)
    assert stranger.closed == "Too many bytes before registration"
    assert stranger.numerics == ["417"]


def test_the_engine_counts_from_the_accept_to_the_end():
    net = Net(limits=LIMITS)
    peers = [Peer("192.0.2.1") for _ in range(3)]
    engine = net.engine
    assert [engine.admit(peer, net.now) for peer in peers[:2]] == ["", ""]
    assert "have not registered" in engine.admit(peers[2], net.now)
    ann = net.dial(peer=peers[0])
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert engine.admit(peers[2], net.now) == ""
    assert engine.admissions.strangers == 2
    ann.hangs_up()
    engine.leave(peers[0])
    bob = net.dial(peer=peers[1])
    bob.hangs_up()
    assert engine.admissions.strangers == 1
    engine.leave(peers[1])
    engine.leave(peers[2])
    assert engine.admissions.strangers == 0
    assert engine.admit(Peer("192.0.2.1"), net.now) == ""


def test_a_gateway_is_no_way_around_the_limits():  # C10, IRCv3 webirc
    gateway = Gateway(name="web", password="secret", addresses=("198.51.100.7",))
    net = Net(settings=Settings(limits=LIMITS, gateways=(gateway,)))
    told = []
    for _ in range(3):
        peer = Peer("198.51.100.7")
        assert net.engine.admit(peer, net.now) == ""
        talker = net.dial(peer=peer)
        told.append(talker.says("WEBIRC secret web host.example 192.0.2.1"))
    assert told[:2] == [[], []]
    assert told[2][-1].endswith("2 connections from your network have not registered: register or close them")

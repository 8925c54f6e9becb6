"""The shared state: its snapshot is everything, canonical, and a restart continues from it."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core.effects import Recall
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.outcomes import Boot
from ipcchat.core.state import Channel, State, User, seat_name
from tests.core.net import Net


def play(net: Net) -> None:
    """Enough of everything: people, channels, modes, lists, invitations, those who left."""
    ann, bob = net.join("ann", "#tea,#ops"), net.join("bob", "#Tea")
    ann.says("MODE #tea +ovb bob bob eve", "MODE #ops +ikl key 5", "TOPIC #tea :Green", "INVITE bob #ops", "NICK Anna")
    bob.says("AWAY :lunch", "MODE bob +i", "SETNAME :Bob B", "PRIVMSG #tea :hello", "PART #tea :x", "JOIN #tea")
    net.join("eve", "#eve").says("QUIT")


def test_a_snapshot_is_the_whole_state(net):
    play(net)
    state = State(NetworkLimits())
    state.restore(net.engine.snapshot())
    assert state.digest() == net.engine.state.digest()
    assert state.nicks["ANNA"] is state.users[net.nodes[0].links[0].session.uid]
    assert state.channels["#TEA"].name == "#tea"
    assert state.channels_of(state.nicks["anna"]) == [state.channels["#tea"], state.channels["#ops"]]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_a_snapshot_and_the_rest_of_the_journal_give_the_same_state(net, share):
    net.digesting = True
    play(net)
    digest = net.engine.state.digest()
    after = int(len(net.journal.entries) * share)
    checkpoint = State(NetworkLimits())
    restarted = Net()
    restarted.journal = net.journal
    restarted.now = net.now
    for entry in net.journal.entries[:after]:
        restarted.engine.apply(entry, net.now)
    checkpoint.restore(restarted.engine.snapshot())
    assert checkpoint.digest() == (net.nodes[0].digests[after] if after else State(NetworkLimits()).digest())
    engine = Net().engine
    effects = engine.restore(Boot("journal", checkpoint.snapshot(), net.journal.entries[after:]))
    assert {type(effect) for effect in effects} <= {Recall}
    assert engine.state.digest() == digest
    assert engine.state.seq == len(net.journal.entries)


def test_a_restart_from_a_checkpoint_and_from_the_beginning_are_the_same():
    digests = []
    for whole in (True, False):
        net = Net()
        play(net)
        after = 0 if whole else len(net.journal.entries)
        net.restart(None if whole else net.engine.snapshot(), after)
        digests.append(net.engine.state.digest())
        assert not net.engine.state.users
    assert digests[0] == digests[1]


def test_states_that_differ_have_different_digests(net):
    empty = net.engine.state.digest()
    net.join("ann", "#tea")
    assert net.engine.state.digest() != empty


def test_a_snapshot_of_the_first_version_is_read(net):
    net.join("ann", "#tea")
    values = msgspec.msgpack.decode(net.engine.snapshot())
    assert values[1][0]["channels"] == ["#tea"]
    values[1][0]["channels"] = {"#tea": None}
    state = State(NetworkLimits())
    state.restore(msgspec.msgpack.encode(values))
    assert state.digest() == net.engine.state.digest()


def test_what_is_no_snapshot_is_refused():
    with pytest.raises(msgspec.DecodeError):
        State(NetworkLimits()).restore(b"\x01")


def test_incarnations_are_those_that_have_users():
    net = Net(2)
    people = [net.connect(f"p{number}", node=node) for number, node in enumerate((1, 0, 1))]
    assert sorted(net.engine.state.incarnations()) == ["node0000", "node0001"]
    people[0].hangs_up()
    people[1].hangs_up()
    assert net.engine.state.incarnations() == ["node0001"]


def test_counts_are_those_of_the_users(net):
    people = [net.connect(f"p{number}") for number in range(3)]
    people[0].says("MODE p0 +i", "MODE p0 -i", "MODE p0 +i")
    people[1].says("MODE p1 +i")
    state = State(NetworkLimits())
    state.restore(net.engine.snapshot())
    assert state.invisible == net.engine.state.invisible == 2
    assert state.population == net.engine.state.population == {"node0000": 3}
    people[0].hangs_up()
    assert net.engine.state.invisible == 1
    net.restart()
    assert (net.engine.state.invisible, net.engine.state.population) == (0, {})


def test_a_place_is_kept_under_the_folded_nick():
    user = User("u", "Ann", "~ann", "host", "Ann", "i", 0, 0)
    assert (user.mask, seat_name(user)) == ("Ann!~ann@host", "ann!~ann@host")


@pytest.mark.parametrize(
    ("flags", "key", "private"), [("nt", "", False), ("int", "", True), ("s", "", True), ("nt", "k", True)]
)
def test_which_channels_are_private(flags, key, private):
    assert Channel("#x", 0, flags=flags, key=key).private is private

"""Always-on: who is logged in and has a nick of his account stays in the chat without a connection, and loses nothing.

A channel keeps him, messages reach him, and he comes back with his channels joined and named.
"""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.effects import Moment
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Settings
from tests.core.deeds import comes, has_account
from tests.core.net import Net, Talker

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=())


def away_ann(net: Net, how: str = "QUIT :bye") -> Talker:
    """Ann was operator of #tea and is not connected now; bob is there and hears of her being away."""
    has_account(net, "ann")
    ann = comes(net, "ann")
    ann.says("JOIN #tea", "TOPIC #tea :hot", "MODE ann +iw", "JOIN #own")
    bob = net.join("bob", "#tea", "away-notify", node=len(net.nodes) - 1)
    ann.says(how) if how else ann.hangs_up("Connection reset")
    return bob


# Staying.


@pytest.mark.parametrize("how", ["QUIT :bye", ""])
@pytest.mark.parametrize("nodes", [1, 2])
def test_who_quits_or_is_cut_off_stays(nodes, how):
    net = Net(nodes)
    bob = away_ann(net, how)
    assert bob.lines == [f"{ANN} AWAY :Not connected"]
    assert bob.asks("NAMES #tea")[0] == ":test.net 353 bob = #tea :@ann bob"
    assert bob.asks("WHO #tea")[0] == ":test.net 352 bob #tea ~ann 127.0.0.1 test.net ann G@ :0 Ann"
    assert ":test.net 301 bob ann :Not connected" in bob.asks("WHOIS ann")
    assert bob.asks("ISON ann") == [":test.net 303 bob :ann"]
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_messages_reach_who_is_not_connected(net):
    bob = away_ann(net)
    bob.forget()
    assert bob.asks("PRIVMSG ann :later?") == [":test.net 301 bob ann :Not connected"]
    posted = [entry.fact for entry in net.journal.entries if isinstance(entry.fact, facts.Posted)]
    assert [(fact.target, fact.text) for fact in posted] == [("ann", "later?")]


def test_coming_back(net):
    bob = away_ann(net)
    bob.forget()
    ann = net.dial()
    ann.says("PASS :ann:correct horse", "NICK ann", "USER other 0 * :Other")
    assert ann.bare[-9:] == [
        f"{ANN} JOIN #tea",
        ":test.net 332 ann #tea :hot",
        f":test.net 333 ann #tea {ANN[1:]} 1700000000",
        ":test.net 353 ann = #tea :@ann bob",
        ":test.net 366 ann #tea :End of /NAMES list",
        f"{ANN} JOIN #own",
        ":test.net 353 ann = #own :@ann",
        ":test.net 366 ann #own :End of /NAMES list",
        ":test.net 221 ann +irw",
    ]
    assert bob.lines == [f"{ANN} AWAY"]
    ann.says("MODE #tea +m")
    assert bob.lines[-1] == f"{ANN} MODE #tea +m"


def test_an_away_message_of_ones_own_stays(net):
    has_account(net, "ann")
    ann, bob = comes(net, "ann"), net.connect("bob")
    ann.says("AWAY :on holiday", "QUIT")
    assert bob.asks("PRIVMSG ann :hi") == [":test.net 301 bob ann :on holiday"]
    again = net.dial()
    again.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann")
    assert ":test.net 306 ann :You have been marked as being away" in again.lines


def test_what_happens_to_who_is_not_connected(net):
    bob = away_ann(net)
    bob.forget()
    assert bob.asks("MONITOR + ann") == [f":test.net 730 bob {ANN}"]
    assert bob.asks("INVITE ann #tea") == [":test.net 443 bob ann #tea :is already on channel"]
    comes(net, "ann").says("MODE #tea +o bob", "QUIT")
    bob.forget()
    bob.says("KICK #tea ann :gone too long")
    assert bob.lines == [f"{BOB} KICK #tea ann :gone too long"]
    assert net.engine.state.nicks.find("ann").channels == ("#own",)


def test_nobody_else_gets_the_nick(net):
    away_ann(net)
    stranger = net.dial()
    assert stranger.says("NICK ann")[0].startswith(":test.net 433 * ann ")
    assert stranger.says("NICK Ann")[0].startswith(":test.net 433 * Ann ")


# Restarts.


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("checkpoint", [True, False])
def test_a_restart_loses_nothing(net, connected, checkpoint):
    """The process dies at once (kill -9) or is started again, with a checkpoint or without."""
    bob = away_ann(net)
    if connected:
        comes(net, "ann")
    bob.says("PRIVMSG #tea :before")
    if checkpoint:
        net.restart(net.engine.snapshot(), net.engine.state.seq)
    else:
        net.restart()
    ann = net.engine.state.nicks.find("ann")
    assert (ann.channels, ann.sessions, ann.away, ann.account) == (("#tea", "#own"), (), "Not connected", "ann")
    again = net.dial()
    again.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann")
    assert again.hears(f"{ANN} JOIN #tea") and again.hears(":test.net 353 ann = #tea :@ann")
    assert net.engine.state.nicks.find("bob") is None


def test_restarts_in_a_row(net):
    away_ann(net)
    for _ in range(3):
        net.restart()
    assert net.engine.state.nicks.find("ann").channels == ("#tea", "#own")
    assert net.engine.state.population == {}


# Who stays, and how long.


@pytest.mark.parametrize(
    ("policy", "setting", "stays"),
    [
        ("disabled", "on", False),
        ("opt-in", "", False),
        ("opt-in", "on", True),
        ("opt-out", "", True),
        ("opt-out", "off", False),
        ("mandatory", "off", True),
    ],
)
def test_the_network_and_the_account_decide(policy, setting, stays):
    net = Net(settings=SETTINGS)
    net.engine.state.policy = Policy(always_on=policy)
    has_account(net, "ann")
    ann = comes(net, "ann")
    if setting:
        ann.says(f"NS SET ALWAYSON {setting}")
    ann.says("QUIT")
    assert (net.engine.state.nicks.find("ann") is not None) is stays


def test_who_has_another_nick_or_no_account_leaves(net):
    has_account(net, "ann")
    comes(net, "annette", "ann").says("QUIT")
    net.connect("bob").says("QUIT")
    assert not net.engine.state.users


@pytest.mark.parametrize("nodes", [1, 2])
def test_nobody_stays_for_ever(nodes):
    net = Net(nodes)
    bob = away_ann(net)
    bob.says("NS REGISTER correct-horse")
    bob.forget()
    for days, is_here in ((90, True), (1, False)):
        net.now = Moment(net.now.wall + days * 86_400_000, net.now.ticks + days * 86_400)
        bob.says("PING x")
        net.pass_time(0)
        assert (net.engine.state.nicks.find("ann") is not None) is is_here
    assert bob.lines[-1] == f"{ANN} QUIT :Not connected for 90 days"
    assert net.engine.state.nicks.find("bob")
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_who_comes_back_begins_anew(net):
    away_ann(net)
    comes(net, "ann").says("QUIT")
    net.pass_time(89 * 86_400)
    comes(net, "ann").says("QUIT")
    net.pass_time(89 * 86_400)
    assert net.engine.state.nicks.find("ann")


def test_a_network_that_wants_nobody_to_stay_says_goodbye(net):
    bob = away_ann(net)
    bob.forget()
    net.engine.settings = msgspec.structs.replace(net.engine.settings, policy=Policy(always_on="disabled"))
    net.engine.propose_limits()
    net.nodes[0].perform(net.engine._take())
    net.settle()
    assert bob.lines == [f"{ANN} QUIT :Not connected"]
    assert not net.engine.state.nicks.find("ann") and net.engine.state.nicks.find("bob")


def test_switching_it_off_from_another_connection_under_another_nick(net):
    bob = away_ann(net)
    bob.forget()
    comes(net, "guest", "ann").says("NS SET ALWAYSON off")
    assert bob.lines == [f"{ANN} QUIT :Not connected"]

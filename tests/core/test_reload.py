"""Other settings while people are here: what they are told (IRCv3 capability negotiation, CAP NEW and CAP DEL; Modern
IRC "RPL_ISUPPORT", -PARAMETER; IRCv3 draft/extended-isupport)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Operator, Settings
from ipcchat.wire.message import parse
from tests.core.net import Net, Node, Talker

OPERATORS = {"op": Operator(password_hash="hash of tea"), "other": Operator(password_hash="hash of milk")}
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=("One.",), operators=OPERATORS)


@pytest.fixture
def net() -> Net:
    """A network with operators in its configuration."""
    return Net(settings=SETTINGS)


def reload(node: Node, **changes: Any) -> Settings:
    """Some settings of a node are others from now on."""
    settings = msgspec.structs.replace(node.engine.settings, **changes)
    node.perform(node.engine.reload(settings, node.net.now))
    node.net.settle()
    return settings


def test_what_is_the_same_is_not_told(net):
    ann = net.connect("ann", "cap-notify")
    reload(net.nodes[0], motd=("Two.",), description="other", password="secret")
    assert ann.lines == []
    assert ":test.net 372 ann :- Two." in ann.says("MOTD")
    assert len(net.journal.entries) == 1


@pytest.mark.covers("RPL_ISUPPORT", "ISUPPORT NICKLEN")
def test_tokens_that_changed_are_told_to_who_knew_the_old_ones(net):
    ann, stranger = net.connect("ann"), net.dial()
    limits = Limits(nick_bytes_max=20, topic_bytes_max=100)
    reload(net.nodes[0], limits=limits)
    assert ann.lines == [":test.net 005 ann NICKLEN=20 TOPICLEN=100 :are supported by this server"]
    assert stranger.lines == []
    assert ann.asks(f"NICK {'x' * 21}")[0].startswith(":test.net 432 ann ")
    stranger.says("NICK bob", "USER bob 0 * :Bob")
    assert any("NICKLEN=20" in line for line in stranger.lines)


@pytest.mark.covers("RPL_ISUPPORT", "ISUPPORT draft/ICON")
def test_a_token_that_is_gone_is_taken_back(net):
    ann = net.connect("ann")
    reload(net.nodes[0], network_icon="https://example.org/icon.svg", network="Other")
    assert ann.lines == [
        ":test.net 005 ann NETWORK=Other draft/ICON=https://example.org/icon.svg :are supported by this server"
    ]
    ann.forget()
    reload(net.nodes[0], network_icon="")
    assert ann.lines == [":test.net 005 ann -draft/ICON :are supported by this server"]


@pytest.mark.covers("draft/extended-isupport")
def test_they_come_in_a_batch_for_those_who_want_it(net):
    ann = net.connect("ann", "batch draft/extended-isupport")
    bob, eve = net.dial(), net.dial()
    for talker in (bob, eve):
        talker.says("CAP REQ :batch draft/extended-isupport")
    bob.says("ISUPPORT")
    net.forget()
    reload(net.nodes[0], network="Other")
    for talker, name in ((ann, "ann"), (bob, "*")):
        opening, told, closing = map(parse, talker.lines)
        assert opening.params == [f"+{told.tags['batch']}", "draft/isupport"]
        assert told.params == [name, "NETWORK=Other", "are supported by this server"]
        assert closing.params == [f"-{told.tags['batch']}"]
    assert eve.lines == []
    bob.forget()
    bob.says("NICK bob", "USER bob 0 * :Bob", "CAP END")
    assert "001" in bob.numerics
    assert "005" not in bob.numerics


@pytest.mark.covers("cap-notify")
def test_capabilities_come_go_and_change():
    net = Net(settings=msgspec.structs.replace(SETTINGS, mechanisms=("PLAIN",)))
    ann, bob, eve = net.dial(), net.connect("bob", "sasl"), net.connect("eve", "sasl cap-notify")
    ann.says("CAP LS 302", "CAP REQ sasl", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    net.forget()
    limits = msgspec.structs.replace(net.engine.limits, multiline_lines_max=50)
    reload(net.nodes[0], mechanisms=(), limits=limits)
    assert ann.lines == [
        ":test.net CAP ann DEL :sasl draft/account-registration",
        ":test.net CAP ann NEW :draft/multiline=max-bytes=8192,max-lines=50",
    ]
    assert (bob.lines, eve.lines) == ([], [":test.net CAP eve DEL :sasl draft/account-registration"])
    net.forget()
    assert [talker.says("CAP LIST")[0].rpartition(":")[2] for talker in (ann, bob, eve)] == [
        "cap-notify",
        "",
        "cap-notify",
    ]
    net.forget()
    reload(net.nodes[0], mechanisms=("SCRAM-SHA-256", "PLAIN"), policy=Policy(accounts_open=False))
    assert (ann.lines, bob.lines) == ([":test.net CAP ann NEW :sasl=SCRAM-SHA-256,PLAIN"], [])


def test_the_networks_limits_change_on_every_node():
    net = Net(2, settings=SETTINGS)
    limits = msgspec.structs.replace(net.engine.limits, channels_per_user_max=1)
    reload(net.nodes[0], limits=limits)
    assert [node.engine.state.limits.channels_per_user_max for node in net.nodes] == [1, 1]
    bob = net.connect("bob", node=1)
    bob.says("JOIN #a", "JOIN #b")
    assert "405" in bob.numerics
    kinds = [type(entry.fact) for entry in net.journal.entries]
    assert kinds.count(facts.LimitsChanged) == 1
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_they_stay_over_a_restart(net):
    limits = msgspec.structs.replace(net.engine.limits, users_max=5)
    reload(net.nodes[0], limits=limits)
    net.restart()
    assert net.engine.state.limits.users_max == 5


def operator(net: Net, nick: str, said: str, node: int = 0) -> Talker:
    """Somebody who is an operator."""
    talker = net.connect(nick, node=node)
    talker.says(said)
    assert "381" in talker.numerics
    talker.forget()
    return talker


def test_an_operator_whom_the_file_does_not_know_any_more_is_none(net):
    ann, bob, eve = operator(net, "ann", "OPER op tea"), operator(net, "bob", "OPER other milk"), net.connect("eve")
    reload(net.nodes[0], operators={"other": OPERATORS["other"]})
    assert ann.lines == [":ann!~ann@127.0.0.1 MODE ann -o"]
    assert ann.says("REHASH")[0].startswith(":test.net 481 ")
    assert (bob.lines, eve.lines) == ([], [])
    assert [user.operator for user in net.engine.state.users.values()] == ["", "other", ""]


def test_each_node_looks_after_its_own_operators():
    net = Net(2, settings=SETTINGS)
    operator(net, "ann", "OPER op tea")
    bob = operator(net, "bob", "OPER op tea", node=1)
    reload(net.nodes[0], operators={})
    assert [user.operator for user in net.engine.state.users.values()] == ["", "op"]
    assert bob.lines == []


def test_somebody_on_his_way_out_is_left_alone(net):
    ann = operator(net, "ann", "OPER op tea")
    net.journal.holding = True
    ann.hangs_up()
    reload(net.nodes[0], operators={}, network="Other")
    net.journal.holding = False
    net.settle()
    assert net.engine.state.operators == 0
    assert ann.lines == []


def test_operators_hear_of_it(net):
    ann, bob = operator(net, "ann", "OPER op tea"), operator(net, "bob", "OPER op tea")
    ann.says("MODE ann +s r")
    net.forget()
    reload(net.nodes[0], motd=())
    assert ann.lines == [":test.net NOTICE ann :*** The configuration was read again and counts from now on"]
    assert bob.lines == []


def test_lines_that_waited_go_on_when_the_throttle_is_switched_off():
    net = Net(settings=SETTINGS, throttled=True)
    ann = net.connect("ann")
    ann.says(*[f"PING {number}" for number in range(40)])
    assert len(ann.lines) < 40
    throttles = msgspec.structs.replace(net.engine.settings.throttles, lines=False)
    reload(net.nodes[0], throttles=throttles)
    net.pass_time(0)
    assert len(ann.lines) == 40


def test_an_operator_may_do_what_the_settings_say_now(net):
    settings = msgspec.structs.replace(SETTINGS, operators={"op": Operator(password_hash="hash of tea")})
    net = Net(settings=settings)
    ann = operator(net, "ann", "OPER op tea")
    assert ann.says("KILL nobody")[0].split(" ")[1] == "401"
    reload(net.nodes[0], operators={"op": Operator(password_hash="hash of tea", privileges=("audit",), title="less")})
    ann.forget()
    assert ann.says("KILL nobody")[0].split(" ")[1] == "723"
    (user,) = net.engine.state.users.values()
    assert (user.operator, user.title, user.privileges) == ("op", "less", ("audit",))
    before = len(net.journal.entries)
    reload(net.nodes[0], network="Other")
    assert len(net.journal.entries) == before
    reload(net.nodes[0], operators={})
    assert [record.kind for record in net.audited][-1] == "oper ended"
    assert not user.operator

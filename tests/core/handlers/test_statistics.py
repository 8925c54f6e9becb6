"""What the server counts: STATS and TRACE (Modern IRC "STATS message", RFC 2812 3.4.4 and 3.4.8)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.settings import Operator, Settings
from tests.core.net import Net

OPERATORS = {
    "op": Operator(password_hash="hash of tea", hosts=("*@127.0.0.1", "*@10.0.0.0/8"), title="looks after the tea"),
    "far": Operator(password_hash="hash of milk", hosts=("*@*.example.org",)),
}
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=(), operators=OPERATORS)
DENIED = ":test.net 481 ann :Permission denied: you are not an IRC operator"


@pytest.fixture
def net() -> Net:
    """A network with operators in its configuration."""
    return Net(settings=SETTINGS)


def end(letter: str) -> str:
    """The last line of each answer."""
    return f":test.net 219 ann {letter} :End of /STATS report"


@pytest.mark.covers("STATS", "RPL_STATSUPTIME", "RPL_ENDOFSTATS")
def test_since_when_the_server_runs(net):
    ann = net.connect("ann")
    assert ann.says("STATS u") == [":test.net 242 ann :Server Up 0 days 0:00:00", end("u")]
    net.pass_time(93_784)
    ann.says("PONG test.net")
    ann.forget()
    assert ann.says("STATS uptime test.net")[0] == ":test.net 242 ann :Server Up 1 days 2:03:04"


@pytest.mark.covers("STATS", "RPL_STATSCOMMANDS")
def test_how_often_commands_were_used(net):
    ann = net.connect("ann")
    ann.says("PING a", "ping b", "PRIVMSG nobody :x", "NONSENSE", "JOIN")
    ann.forget()
    assert ann.says("STATS m")[0] == DENIED
    ann.says("OPER op tea")
    ann.forget()
    assert ann.says("STATS m") == [
        ":test.net 212 ann JOIN 1",
        ":test.net 212 ann NICK 1",
        ":test.net 212 ann OPER 1",
        ":test.net 212 ann PING 2",
        ":test.net 212 ann PRIVMSG 1",
        ":test.net 212 ann STATS 1",
        ":test.net 212 ann USER 1",
        end("m"),
    ]


@pytest.mark.covers("STATS", "RPL_STATSDEBUG")
def test_the_longest_pause_of_the_server(net):
    ann = net.connect("ann")
    assert ann.says("STATS t")[0] == DENIED
    for seconds in (0.25, 7.5, 0.5):
        net.pass_time(seconds)
    ann.says("OPER op tea")
    ann.forget()
    assert ann.says("STATS t") == [
        ":test.net 249 ann :The longest pause between two looks at the timers: 7.50 seconds",
        end("t"),
    ]


def test_a_command_that_waited_is_counted_once(net):
    ann = net.join("ann", "#tea")
    net.journal.holding = True
    ann.says("PRIVMSG #tea :one", "PRIVMSG #tea,ann :two")
    net.journal.holding = False
    net.settle()
    ann.says("OPER op tea")
    ann.forget()
    assert ":test.net 212 ann PRIVMSG 2" in ann.says("STATS m")


@pytest.mark.covers("STATS", "RPL_STATSDEBUG")
def test_which_operators_are_here(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    assert ann.says("STATS p") == [":test.net 249 ann :0 operators here", end("p")]
    bob.says("OPER op tea")
    net.pass_time(60)
    ann.forget()
    assert ann.says("STATS p") == [
        ":test.net 249 ann :bob (~bob@127.0.0.1) looks after the tea, idle 60 seconds",
        ":test.net 249 ann :1 operator here",
        end("p"),
    ]


@pytest.mark.covers("STATS", "RPL_STATSOLINE", "ERR_NOPRIVILEGES")
@pytest.mark.parametrize("letter", ["o", "O"])
def test_who_may_be_operator_is_for_operators(net, letter):
    ann = net.connect("ann")
    assert ann.says(f"STATS {letter}") == [DENIED, end(letter)]
    ann.says("OPER op tea")
    ann.forget()
    assert ann.says(f"STATS {letter}") == [
        ":test.net 243 ann O *@*.example.org * far",
        ":test.net 243 ann O *@127.0.0.1 * op",
        ":test.net 243 ann O *@10.0.0.0/8 * op",
        end(letter),
    ]


@pytest.mark.covers("STATS", "RPL_STATSLINKINFO")
@pytest.mark.parametrize("letter", ["l", "L"])
def test_everybody_sees_his_own_connection_and_operators_all(net, letter):
    ann = net.connect("ann")
    net.pass_time(5)
    bob = net.dial(host="192.0.2.7")
    bob.says("NICK bob", "USER bob 0 * :Bob")
    own = ":test.net 211 ann ann[~ann@127.0.0.1] * * * * * 5"
    assert ann.says(f"STATS {letter}") == [own, end(letter)]
    ann.says("OPER op tea")
    ann.forget()
    assert ann.says(f"STATS {letter}") == [own, ":test.net 211 ann bob[~bob@192.0.2.7] * * * * * 0", end(letter)]


@pytest.mark.covers("STATS", "NOTE * ROWS_TRUNCATED")
def test_too_many_connections_are_cut_and_it_is_said():
    net = Net(settings=SETTINGS, limits=Limits(who_rows_max=2))
    ann, *_ = [net.connect(nick, "standard-replies") for nick in ("ann", "bob", "eve")]
    ann.says("OPER op tea")
    ann.forget()
    for said in ("STATS l", "TRACE"):
        lines = ann.says(said)
        assert len(lines) == 4
        assert lines[2] == f":test.net NOTE {said.split()[0]} ROWS_TRUNCATED :Only the first 2 connections are shown"


def test_a_star_is_everything_that_one_may_see(net):
    ann = net.connect("ann")
    ann.says("STATS *")
    assert list(dict.fromkeys(ann.numerics)) == ["242", "249", "211", "219"]
    ann.says("OPER op tea")
    ann.forget()
    lines = ann.says("STATS *")
    assert list(dict.fromkeys(ann.numerics)) == ["242", "212", "249", "243", "211", "219"]
    assert len(lines) == len(set(lines))


@pytest.mark.covers("STATS", "RPL_ENDOFSTATS", "ERR_NEEDMOREPARAMS", "ERR_NOSUCHSERVER")
def test_other_letters_have_nothing_to_tell(net):
    ann = net.connect("ann", "labeled-response batch")
    assert ann.says("STATS z", "STATS ::") == [end("z"), end(",")]
    assert ann.says("@label=1 STATS") == [
        "@label=1 :test.net 461 ann STATS :Not enough parameters: STATS <query> [<server>]"
    ]
    assert ann.says("STATS :") == [":test.net 461 ann STATS :Not enough parameters: which letter? See HELP STATS"]
    assert ann.says("STATS u other.net") == [":test.net 402 ann other.net :No such server; this one is test.net"]


def test_the_response_is_one_batch(net):  # IRCv3 labeled-response
    ann = net.connect("ann", "labeled-response batch")
    assert ann.says("@label=1 STATS u") == [
        "@label=1 :test.net BATCH +b1 labeled-response",
        "@batch=b1 :test.net 242 ann :Server Up 0 days 0:00:00",
        f"@batch=b1 {end('u')}",
        ":test.net BATCH -b1",
    ]
    assert ann.says("@label=2 STATS z") == [f"@label=2 {end('z')}"]


@pytest.mark.covers("TRACE", "RPL_TRACEUSER", "RPL_TRACEOPERATOR", "RPL_TRACEEND", "ERR_NOSUCHSERVER")
def test_trace_shows_oneself_and_everybody_to_operators(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    own, last = ":test.net 205 ann User users :ann[~ann@127.0.0.1]", ":test.net 262 ann test.net ipc-chat-test"
    last += " :End of TRACE"
    own = own.replace("users :", "users ")
    for said in ("TRACE", "TRACE test.net", "TRACE ann"):
        assert ann.says(said) == [own, last]
    assert ann.says("TRACE bob") == [last]
    assert ann.says("TRACE other.net") == [":test.net 402 ann other.net :No such server; this one is test.net"]
    ann.says("OPER op tea")
    ann.forget()
    operator = ":test.net 204 ann Oper users ann[~ann@127.0.0.1]"
    other = ":test.net 205 ann User users bob[~bob@127.0.0.1]"
    assert ann.says("TRACE *") == [operator, other, last]
    assert ann.says("TRACE bob") == [other, last]
    bob.hangs_up()


def test_trace_of_somebody_on_another_node_ends_here():
    net = Net(2, settings=SETTINGS)
    ann = net.connect("ann")
    net.connect("bob", node=1)
    ann.says("OPER op tea")
    ann.forget()
    assert ann.says("TRACE bob") == [":test.net 262 ann test.net ipc-chat-test :End of TRACE"]

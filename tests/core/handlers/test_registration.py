"""Coming and going: CAP, NICK, USER, PASS, PING, PONG, QUIT (Modern IRC "Connection Registration"; IRCv3
capability-negotiation)."""

from __future__ import annotations

import pytest

from ipcchat.core import caps
from ipcchat.core.limits import Limits
from ipcchat.core.session import Session
from tests.core.net import Net

WELCOME = "001 002 003 004 005 005 251 254 255 265 266 375 372 376"
ALL_NAMES = " ".join(caps.BITS)


# The welcome.


def test_nick_and_user_bring_the_welcome(net):  # Modern IRC, "Connection Registration"
    ann = net.dial()
    assert ann.says("NICK ann") == []
    ann.says("USER ann 0 * :Ann Example")
    assert ann.numerics == WELCOME.split(" ")
    assert ann.hears(":test.net 001 ann :Welcome to TestNet, ann!~ann@127.0.0.1")
    assert ann.hears(":test.net 002 ann :Your host is test.net, running ipc-chat test")
    assert ann.hears(":test.net 003 ann :This server was started at 2023-11-14T22:13:20.000Z")
    assert ann.hears(":test.net 004 ann test.net ipc-chat-test io biklmnostv bklov")


def test_user_may_come_before_nick(net):
    ann = net.dial()
    ann.says("PASS secret", "USER ann 0 * :Ann", "NICK ann")
    assert ann.numerics[0] == "001"


def test_the_username_is_made_safe_and_marked_as_unproven(net):  # Modern IRC, USER
    ann = net.dial()
    ann.says("NICK ann", "USER a!n@n* 0 * :")
    assert ann.hears(":test.net 001 ann :Welcome to TestNet, ann!~ann@127.0.0.1")
    assert ann.session.realname == "a!n@n*"


def test_an_ipv6_host_never_looks_like_a_trailing_parameter(net):  # RFC 1459 2.3.1
    ann = net.dial(host="::1")
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert ann.asks("USERHOST ann") == [":test.net 302 ann :ann=+~ann@0::1"]


def test_a_full_network_says_so():
    net = Net(limits=Limits(users_max=1))
    net.connect("ann")
    bob = net.dial()
    assert bob.says("NICK bob", "USER bob 0 * :Bob") == [
        ":test.net 400 * USER :The network is full; try again later",
    ]
    assert bob.session.user is None


# CAP.


def test_cap_ls_holds_registration_back_until_cap_end(net):
    ann = net.dial()
    assert ann.says("CAP LS 302", "NICK ann", "USER ann 0 * :Ann") == [f":test.net CAP * LS :{ALL_NAMES}"]
    assert ann.says("CAP REQ :server-time batch") == [":test.net CAP ann ACK :server-time batch"]
    ann.says("CAP END")
    assert "001" in ann.numerics


def test_cap_ls_with_302_implies_cap_notify(net):
    ann = net.dial()
    ann.says("CAP LS 302")
    assert ann.says("CAP LIST") == [":test.net CAP * LIST :cap-notify"]
    assert ann.says("CAP REQ -cap-notify") == [":test.net CAP * NAK :-cap-notify"]


def test_cap_ls_without_version_is_one_line(net, monkeypatch):  # clients of 3.1 do not know the continuation mark
    monkeypatch.setattr(caps, "BITS", {f"example.org/capability-{number:02d}": 1 << number for number in range(20)})
    names = list(caps.BITS)
    old, new = net.dial(), net.dial()
    (line,) = old.says("CAP LS")
    assert line.startswith(":test.net CAP * LS :example.org/capability-00 ")
    first, last = new.says("CAP LS 302")
    assert first.startswith(":test.net CAP * LS * :")
    assert last.startswith(":test.net CAP * LS :")
    assert (first.split(" :")[1] + " " + last.split(" :")[1]).split() == names
    assert net.dial().says("CAP LS nonsense")[0] == line


def test_old_clients_may_give_cap_notify_back(net):
    ann = net.dial()
    assert ann.says("CAP REQ cap-notify", "CAP REQ :-cap-notify", "CAP LIST") == [
        ":test.net CAP * ACK :cap-notify",
        ":test.net CAP * ACK :-cap-notify",
        ":test.net CAP * LIST :",
    ]


def test_a_request_is_granted_whole_or_not_at_all(net):
    ann = net.dial()
    assert ann.says("CAP REQ :batch example.org/none server-time", "CAP LIST") == [
        ":test.net CAP * NAK :batch example.org/none server-time",
        ":test.net CAP * LIST :",
    ]


def test_a_request_names_each_capability_once_in_its_answer(net):  # the answer must fit into a line
    ann = net.dial()
    assert ann.says("CAP REQ :" + "batch " * 80) == [":test.net CAP * ACK :batch"]
    assert all(len(line.encode()) <= 510 for line in ann.says("CAP REQ :" + " ".join(map(str, range(120)))))


def test_capabilities_can_change_later_and_registration_goes_on(net):
    ann = net.connect("ann")
    assert ann.says("CAP LS", "CAP REQ :multi-prefix", "CAP REQ :-multi-prefix", "CAP LIST", "CAP END") == [
        f":test.net CAP ann LS :{ALL_NAMES}",
        ":test.net CAP ann ACK :multi-prefix",
        ":test.net CAP ann ACK :-multi-prefix",
        ":test.net CAP ann LIST :",
    ]


@pytest.mark.parametrize(("said", "shown"), [("FOO", "FOO"), (":", "*"), (":a b", "a,b"), (":::x", ",:x")])
def test_an_unknown_cap_subcommand_is_refused(net, said, shown):
    assert net.dial().says(f"CAP {said}") == [f":test.net 410 * {shown} :Invalid CAP command"]


def test_cap_without_subcommand_is_refused(net):
    assert net.dial().says("CAP") == [":test.net 461 * CAP :Not enough parameters: CAP <subcommand> [<argument>]"]


# NICK.


def test_no_nick_given(net):
    assert net.dial().says("NICK", "NICK :") == [":test.net 431 * :No nickname given"] * 2


@pytest.mark.parametrize("name", ["1ann", "-ann", "a.b", "a!b", "#ann", "änn", "NickServ", "a" * 33])
def test_erroneous_nicks(net, name):  # hostile input N04, O04
    for talker, display in ((net.dial(), "*"), (net.connect("bob"), "bob")):
        (line,) = talker.says(f"NICK {name}")
        assert line.startswith(f":test.net 432 {display} {name} :Erroneous nickname: use 1 to 32 of ")
    assert net.connect("eve").says("NICK ::x y")[0].startswith(":test.net 432 eve x :")


def test_the_longest_nick_is_the_advertised_one(net):
    assert net.connect("a" * 32).session.display == "a" * 32


def test_a_taken_nick_is_refused_before_registration(net):
    net.connect("ann")
    bob = net.dial()
    assert bob.says("NICK ANN") == [":test.net 433 * ANN :Nickname is already in use"]
    bob.says("NICK bob", "USER bob 0 * :Bob")
    assert bob.numerics[:2] == ["433", "001"]


def test_a_nick_taken_during_negotiation_can_be_chosen_anew(net):
    bob = net.dial()
    bob.says("CAP LS 302", "NICK ann", "USER bob 0 * :Bob")
    net.connect("ann")
    bob.forget()
    assert bob.says("CAP END") == [":test.net 433 * ann :Nickname is already in use"]
    bob.says("NICK bob")
    assert "001" in bob.numerics


def test_two_connections_take_one_nick_in_the_same_instant(net):  # hostile input N05
    first, second = net.dial(), net.dial()
    net.journal.holding = True
    first.says("NICK ann", "USER first 0 * :First")
    second.says("NICK ann", "USER second 0 * :Second", "NICK bob")
    net.journal.holding = False
    net.settle()
    assert first.hears(":test.net 001 ann :Welcome to TestNet, ann!~first@127.0.0.1")
    assert second.lines[0] == ":test.net 433 * ann :Nickname is already in use"
    assert second.hears(":test.net 001 bob :Welcome to TestNet, bob!~second@127.0.0.1")


def test_two_users_change_to_one_nick_in_the_same_instant(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    net.journal.holding = True
    ann.says("NICK eve")
    bob.says("NICK eve", "PING next")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":ann!~ann@127.0.0.1 NICK eve"]
    assert bob.lines == [":test.net 433 bob eve :Nickname is already in use", ":test.net PONG test.net :next"]


def test_a_nick_change_is_told_once_to_everybody_who_shares_a_channel(net):
    ann, bob, eve = net.join("ann", "#tea,#ops"), net.join("bob", "#tea,#ops"), net.connect("eve")
    net.forget()
    ann.says("NICK Ann")
    assert ann.lines == bob.lines == [":ann!~ann@127.0.0.1 NICK Ann"]
    assert eve.lines == []
    assert ann.says("NICK Ann") == []


# USER and PASS.


@pytest.mark.parametrize("count", range(4))
def test_user_needs_four_parameters(net, count):
    (line,) = net.dial().says("USER" + " x" * count)
    assert line == (":test.net 461 * USER :Not enough parameters: USER <username> <mode> <unused> <realname>")


def test_pass_needs_a_parameter(net):
    assert net.dial().says("PASS") == [":test.net 461 * PASS :Not enough parameters: PASS <password>"]


def test_user_and_pass_come_before_registration_only(net):
    ann = net.connect("ann")
    assert ann.says("USER ann 0 * :Ann", "PASS x", "PASS") == [":test.net 462 ann :You may not reregister"] * 3


# PING, PONG, QUIT.


def test_ping_is_answered_with_its_token(net):
    for talker in (net.dial(), net.connect("ann")):
        assert talker.says("PING :a token", "PING x y") == [
            ":test.net PONG test.net :a token",
            ":test.net PONG test.net :x",
        ]


def test_ping_needs_a_token_and_pong_needs_nothing(net):
    assert net.dial().says("PING", "PING :", "PONG", "PONG :x y") == [":test.net 409 * :No origin specified"] * 2


def test_quit_says_goodbye_and_tells_the_others(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.forget()
    ann.says("QUIT :dinner", "PRIVMSG #tea :never said")
    assert ann.lines == ["ERROR :Closing link: Quit: dinner"]
    assert ann.closed == "Quit: dinner"
    assert bob.lines == [":ann!~ann@127.0.0.1 QUIT :Quit: dinner"]


def test_quit_without_reason_and_before_registration(net):
    ann, bob, stranger = net.join("ann", "#tea"), net.join("bob", "#tea"), net.dial()
    assert stranger.says("QUIT") == ["ERROR :Closing link: Quit"]
    bob.says("QUIT")
    assert ann.lines[-1] == ":bob!~bob@127.0.0.1 QUIT :Quit"


def test_quit_waits_for_what_was_said_before_it(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.journal.holding = True
    bob.says("PRIVMSG #tea :last words", "QUIT")
    assert bob.closed == ""
    net.journal.holding = False
    net.settle()
    assert ann.lines[-2:] == [":bob!~bob@127.0.0.1 PRIVMSG #tea :last words", ":bob!~bob@127.0.0.1 QUIT :Quit"]


def test_somebody_gone_before_his_arrival_was_ordered_leaves_at_once(net):
    ann = net.dial()
    net.journal.holding = True
    ann.says("NICK ann", "USER ann 0 * :Ann")
    ann.hangs_up()
    net.journal.holding = False
    net.settle()
    assert ann.lines == []
    assert not net.engine.state.users
    assert net.connect("ann").session.user is not None


def test_a_line_never_carries_two_registrations(net):
    ann = net.dial()
    net.journal.holding = True
    ann.says("NICK ann", "USER ann 0 * :Ann", "CAP END", "NICK bob", "USER other 0 * :Other")
    net.journal.holding = False
    net.settle()
    assert isinstance(ann.session, Session)
    assert [user.nick for user in net.engine.state.users.values()] == ["bob"]
    assert ann.numerics[-1] == "462"


def test_a_quit_is_over_when_the_nick_is_free(net):  # who comes back at once must not meet his own ghost
    ann = net.connect("ann")
    net.journal.holding = True
    assert ann.says("QUIT :bye") == []
    assert not ann.closed
    net.journal.holding = False
    net.settle()
    assert ann.lines == ["ERROR :Closing link: Quit: bye"]
    assert ann.closed
    assert net.connect("ann").session.user is not None

"""Coming, being called something else, and going: NICK, USER, PING, PONG, QUIT (Modern IRC "Connection Registration"
and "Connection Messages"; RFC 2812 3.1)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.modes import CHANNEL_CLASSES, USER_MODES
from ipcchat.core.peers import Peer
from ipcchat.core.session import Session
from ipcchat.core.settings import Settings
from ipcchat.core.state import User
from ipcchat.wire.message import Message
from tests.core.net import Net, Talker

WELCOME = "001 002 003 004 005 005 005 251 254 255 265 266 375 372 376"


def user_of(talker: Talker) -> User:
    """Who this is, once registered."""
    assert talker.session.user is not None, talker.lines
    return talker.session.user


# The welcome.


@pytest.mark.covers("NICK", "USER", "RPL_WELCOME", "RPL_YOURHOST", "RPL_CREATED", "RPL_MYINFO", "RPL_ISUPPORT")
def test_nick_and_user_bring_the_welcome(net):  # Modern IRC, "Connection Registration"
    ann = net.dial()
    assert ann.says("NICK ann") == []
    ann.says("USER ann 0 * :Ann Example")
    assert ann.numerics == WELCOME.split(" ")
    assert ann.hears(":test.net 001 ann :Welcome to TestNet, ann!~ann@127.0.0.1")
    assert ann.hears(":test.net 002 ann :Your host is test.net, running ipc-chat test")
    assert ann.hears(":test.net 003 ann :This server was started at 2023-11-14T22:13:20.000Z")
    users, with_argument = "".join(sorted(USER_MODES)), CHANNEL_CLASSES.lists + CHANNEL_CLASSES.settings
    with_argument = "".join(sorted(with_argument + CHANNEL_CLASSES.limits + CHANNEL_CLASSES.prefixes))
    channels = "".join(sorted(with_argument + CHANNEL_CLASSES.flags))
    assert ann.hears(f":test.net 004 ann test.net ipc-chat-test {users} {channels} {with_argument}")


def test_user_may_come_before_nick(net):
    ann = net.dial()
    ann.says("USER ann 0 * :Ann", "NICK ann")
    assert ann.numerics[0] == "001"


def test_the_username_is_made_safe_and_marked_as_unproven(net):  # Modern IRC, USER
    ann = net.dial()
    ann.says("NICK ann", "USER a!n@n* 0 * :")
    assert ann.hears(":test.net 001 ann :Welcome to TestNet, ann!~ann@127.0.0.1")
    assert ann.session.realname == "a!n@n*"


@pytest.mark.covers("ERR_UNKNOWNERROR")
def test_a_full_network_says_so():
    net = Net(limits=Limits(users_max=1))
    net.connect("ann")
    bob = net.dial()
    assert bob.says("NICK bob", "USER bob 0 * :Bob") == [
        ":test.net 400 * USER :The network is full; try again later",
    ]
    assert bob.session.user is None


# NICK.


@pytest.mark.covers("ERR_NONICKNAMEGIVEN")
def test_no_nick_given(net):
    assert net.dial().says("NICK", "NICK :") == [":test.net 431 * :No nickname given: NICK <nickname>"] * 2


ADVICE = "use letters, digits and _ - [ ] \\ ` ^ { | }"


@pytest.mark.covers("ERR_ERRONEUSNICKNAME")
@pytest.mark.parametrize(
    ("name", "shown", "text"),
    [
        ("1ann", "1ann", "A nick cannot begin with 1: begin with a letter"),
        ("0", "0", "A nick cannot begin with 0: begin with a letter"),
        ("*", "*", f"A nick cannot contain *: {ADVICE}"),
        ("$srv", "$srv", f"A nick cannot contain $: {ADVICE}"),
        ("server", "server", "This nick looks like that of the server or one of its services: choose another"),
        ("-ann", "-ann", "A nick cannot begin with -: begin with a letter"),
        ("a.b", "a.b", f"A nick cannot contain .: {ADVICE}"),
        ("a!b", "a!b", f"A nick cannot contain !: {ADVICE}"),
        ("#ann", "#ann", f"A nick cannot contain #: {ADVICE}"),
        ("~ann", "~ann", f"A nick cannot contain ~: {ADVICE}"),
        (":x y", "x,y", f"A nick cannot contain a space: {ADVICE}"),
        ("::x", ",x", f"A nick cannot contain a colon: {ADVICE}"),
        ("a\u202eb", "*", f"A nick cannot contain U+202E: {ADVICE}"),
        ("a\x02b", "*", f"A nick cannot contain U+0002: {ADVICE}"),
        ("ａｎｎ", "ａｎｎ", "Write it as ann (Unicode normal form NFKC)"),
        ("аnn", "аnn", "A nick is written in one script: this one mixes Cyrillic and Latin"),
        ("NickServ", "NickServ", "This nick looks like that of the server or one of its services: choose another"),
        ("a" * 33, "a" * 33, "A nick has at most 32 bytes: this one has 33"),
        ("é" * 17, "é" * 17, "A nick has at most 32 bytes: this one has 34; a letter outside ASCII has 2 to 4"),
        ("a" * 400, "a" * 64 + "...", "A nick has at most 32 bytes: this one has 400"),
    ],
)
def test_erroneous_nicks(net, name, shown, text):  # hostile input N04, O04
    for talker, display in ((net.dial(), "*"), (net.connect("bob"), "bob")):
        assert talker.says(f"NICK {name}") == [f":test.net 432 {display} {shown} :{text}"]
    assert list(net.engine.state.nicks) == ["bob"]


def test_nicks_of_the_server_and_of_the_administrator(net):  # hostile input N04; the rows are in tests/hostile
    net.engine.server_name = "chathost"
    (refusal,) = net.connect("bob").says("NICK Chathost")
    assert refusal == ":chathost 432 bob Chathost :This nick looks like the name of the server: choose another"
    plain = net.dial(peer=Peer("127.0.0.1", plain=True))
    assert plain.says("NICK root")[0].endswith(":This nick is that of this machine's administrator: choose another")
    assert net.connect("root").session.display == "root"


@pytest.mark.parametrize("name", ["änn", "山田", "Иван_7", "שלום", "é" * 16])
def test_nicks_of_all_scripts(name):
    net = Net(2)
    ann, bob = net.join(name, "#tea"), net.join("bob", "#tea", node=1)
    mask = f"{name}!{user_of(ann).user}@127.0.0.1"
    net.forget()
    ann.says("PRIVMSG #tea :" + "x" * 400, "NICK ann", f"NICK {name}")
    bob.says(f"PRIVMSG {name} hello", f"WHOIS {name}")
    assert bob.lines[:3] == [
        f":{mask} PRIVMSG #tea :{'x' * 400}",
        f":{mask} NICK ann",
        f":ann!{user_of(ann).user}@127.0.0.1 NICK {name}",
    ]
    assert ann.lines[-1] == f":bob!~bob@127.0.0.1 PRIVMSG {name} :hello"
    assert bob.lines[3].startswith(f":test.net 311 bob {name} ")
    assert all(len(line.encode()) <= 510 for line in bob.lines)


def test_the_longest_nick_is_the_advertised_one(net):
    assert net.connect("a" * 32).session.display == "a" * 32


@pytest.mark.covers("ERR_NICKNAMEINUSE")
def test_a_taken_nick_is_refused_before_registration(net):
    net.connect("ann")
    bob = net.dial()
    assert bob.says("NICK ANN") == [":test.net 433 * ANN :Nickname is already in use: ANN_ is free"]
    bob.says("NICK bob", "USER bob 0 * :Bob")
    assert bob.numerics[:2] == ["433", "001"]


def test_a_nick_taken_during_negotiation_can_be_chosen_anew(net):
    bob = net.dial()
    bob.says("CAP LS 302", "NICK ann", "USER bob 0 * :Bob")
    net.connect("ann")
    bob.forget()
    assert bob.says("CAP END") == [":test.net 433 * ann :Nickname is already in use: ann_ is free"]
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
    assert second.lines[0] == ":test.net 433 * ann :Nickname is already in use: choose another"
    assert second.hears(":test.net 001 bob :Welcome to TestNet, bob!~second@127.0.0.1")


def test_two_users_change_to_one_nick_in_the_same_instant(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    net.journal.holding = True
    ann.says("NICK eve")
    bob.says("NICK eve", "PING next")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":ann!~ann@127.0.0.1 NICK eve"]
    assert bob.lines == [
        ":test.net 433 bob eve :Nickname is already in use: choose another",
        ":test.net PONG test.net :next",
    ]


def test_a_nick_change_is_told_once_to_everybody_who_shares_a_channel(net):
    ann, bob, eve = net.join("ann", "#tea,#ops"), net.join("bob", "#tea,#ops"), net.connect("eve")
    net.forget()
    ann.says("NICK Ann")
    assert ann.lines == bob.lines == [":ann!~ann@127.0.0.1 NICK Ann"]
    assert eve.lines == []
    assert ann.says("NICK Ann") == []


def test_a_free_nick_is_proposed_that_fits(net):
    taken = ["ann", "ann_", "ann__", "a" * 32, "a" * 31 + "_"]
    for name in taken:
        net.connect(name)
    bob = net.connect("bob")
    assert bob.says("NICK ann", "NICK " + "a" * 32) == [
        ":test.net 433 bob ann :Nickname is already in use: ann2 is free",
        f":test.net 433 bob {'a' * 32} :Nickname is already in use: {'a' * 30}__ is free",
    ]
    for name in ("ann2", "ann3", "ann4"):
        net.connect(name)
    assert bob.says("NICK ann") == [":test.net 433 bob ann :Nickname is already in use: choose another"]


def test_a_proposed_nick_is_cut_between_letters(net):
    net.connect("é" * 16)
    assert net.dial().says("NICK " + "é" * 16)[0].endswith(f" :Nickname is already in use: {'é' * 15}_ is free")


@pytest.mark.parametrize(("known", "name"), [("paul", "pau1"), ("mike", "rnike"), ("сосо", "coco"), ("Иван", "иван")])
def test_a_nick_that_looks_like_another_is_refused(known, name):  # UTS 39 4, docs/names.md
    net = Net(2)
    owner, new, bob = net.connect(known), net.dial(node=1), net.connect("bob", node=1)
    text = f"Nickname looks like one that is in use: {name}_ is free"
    assert new.says(f"NICK {name}") == [f":test.net 433 * {name} :{text}"]
    assert bob.says(f"NICK {name}") == [f":test.net 433 bob {name} :{text}"]
    owner.says(f"NICK {name}")
    assert user_of(owner).nick == name
    owner.says("QUIT")
    bob.says(f"NICK {known}")
    assert user_of(bob).nick == known


def test_lookalikes_at_the_same_instant():
    net = Net(2)
    paul, other = net.dial(), net.dial(node=1)
    net.journal.holding = True
    paul.says("NICK paul", "USER p 0 * :Paul")
    other.says("NICK pauI", "USER p 0 * :Paul")
    net.journal.holding = False
    net.settle()
    assert paul.numerics[0] == "001"
    assert other.lines == [":test.net 433 * pauI :Nickname looks like one that is in use: choose another"]
    other.says("NICK saul")
    assert "001" in other.numerics


@pytest.mark.parametrize("name", ["ANN", "Ann"])
def test_ones_own_nick_in_other_letters(net, name):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    ann.says(f"NICK {name}")
    assert bob.lines == [f":ann!~ann@127.0.0.1 NICK {name}"]
    assert ann.says(f"NICK {name}") == []


def test_nobody_is_refused_a_nick_that_nobody_registered_with(net):
    first, second = net.dial(), net.dial()
    first.says("NICK ann")
    second.says("NICK ann", "USER ann 0 * :Ann")
    assert second.numerics[0] == "001"
    assert first.says("USER ann 0 * :Ann") == [":test.net 433 * ann :Nickname is already in use: ann_ is free"]
    assert first.says("NICK bob")[0].startswith(":test.net 001 bob ")


def test_each_nick_has_one_labelled_response(net):  # IRCv3 labeled-response
    ann = net.connect("ann", "labeled-response batch")
    net.connect("bob")
    assert ann.says("@label=1 NICK Ann") == ["@label=1 :ann!~ann@127.0.0.1 NICK Ann"]
    assert ann.says("@label=2 NICK Ann") == ["@label=2 :test.net ACK"]
    assert ann.says("@label=3 NICK bob")[0].startswith("@label=3 :test.net 433 Ann bob :")
    assert ann.says("@label=4 NICK 1")[0].startswith("@label=4 :test.net 432 Ann 1 :")
    assert ann.says("@label=5 NICK")[0].startswith("@label=5 :test.net 431 Ann :")


# USER.


@pytest.mark.parametrize("count", range(4))
def test_user_needs_four_parameters(net, count):
    (line,) = net.dial().says("USER" + " x" * count)
    assert line == (":test.net 461 * USER :Not enough parameters: USER <username> <mode> <unused> <realname>")


def test_an_empty_username_is_none(net):  # Modern IRC, USER: "even if an empty parameter is provided"
    # No parameter but the last can be empty on the wire; a library may hand one over all the same.
    ann = net.dial()
    net.nodes[0].perform(net.engine.receive(ann.session, Message("USER", ["", "0", "*", "Ann"]), net.now))
    assert ann.lines == [":test.net 461 * USER :Not enough parameters: the username is empty"]


@pytest.mark.covers("ERR_ALREADYREGISTERED")
def test_what_comes_before_registration_only(net):
    ann = net.connect("ann")
    lines = ("USER ann 0 * :Ann", "USER", "PASS x", "PASS", "WEBIRC a b c d")
    assert ann.says(*lines) == [":test.net 462 ann :You may not reregister"] * 5


def test_the_last_user_before_registration_counts(net):
    ann = net.dial()
    ann.says("USER eve 8 * :Eve", "USER ann 4 * :Ann", "NICK ann")
    user = user_of(ann)
    assert (user.user, user.realname, user.modes) == ("~ann", "Ann", "w")


@pytest.mark.parametrize(
    ("mask", "modes"),
    [
        ("8", "i"),
        ("4", "w"),
        pytest.param("12", "iw", marks=pytest.mark.covers("RPL_UMODEIS", "user mode +i", "user mode +w")),
        ("255", "iw"),
        ("0", ""),
        ("3", ""),
        ("host.example", ""),
        ("8888", ""),
        ("²", ""),
        ("-8", ""),
    ],
)
def test_user_can_ask_for_modes(mask, modes):  # RFC 2812 3.1.3
    net = Net(2)
    ann = net.dial(node=1)
    ann.says("NICK ann", f"USER ann {mask} * :Ann")
    assert {node.engine.state.users[ann.session.uid].modes for node in net.nodes} == {modes}
    assert {node.engine.state.invisible for node in net.nodes} == {int("i" in modes)}
    assert ann.numerics[-1] == ("221" if modes else "376")
    assert ann.hears(f":test.net 221 ann +{modes}") == bool(modes)


@pytest.mark.covers("user mode +x")
def test_new_users_have_the_modes_of_the_settings():
    settings = Settings(network="TestNet", server_name="test.net", motd=(), user_modes="xR")
    net = Net(2, settings=settings, cloaked=True)
    bob = net.join("bob", "#tea", node=1)
    ann = net.dial(host="192.0.2.7")
    ann.says("NICK ann", "USER ann 8 * :Ann")
    user = user_of(ann)
    assert user.modes == "Rix"
    assert user.address == "192.0.2.7" and user.host.endswith(".ip")
    assert ann.hears(f":test.net 001 ann :Welcome to TestNet, ann!~ann@{user.host}")
    assert ann.lines[-1] == ":test.net 221 ann +Rix"
    bob.forget()
    ann.says("JOIN #tea")
    assert bob.lines == [f":ann!~ann@{user.host} JOIN #tea"]
    assert ann.asks("MODE ann -x")[-1] == ":test.net 396 ann 192.0.2.7 :is now your displayed host"
    ann.says("MODE ann +x")
    assert user_of(ann).host == bob.node.engine.state.users[ann.session.uid].host != "192.0.2.7"


def test_a_full_network_lets_in_again_when_there_is_room():
    net = Net(limits=Limits(users_max=1))
    ann, bob = net.connect("ann"), net.dial()
    bob.says("NICK bob", "USER bob 0 * :Bob")
    ann.says("QUIT")
    assert bob.says("NICK bob")[0].startswith(":test.net 001 bob ")


# Floods and time.


def test_a_flood_before_registration_is_closed():  # hostile input S05
    net = Net(throttled=True)
    flooder, ann = net.dial(), net.dial()
    flooder.says(*["NICK ann"] * 80)
    assert flooder.closed == "Too many lines before registration"
    assert flooder.lines == ["ERROR :Closing link: Too many lines before registration"]
    ann.says("CAP LS 302", *["PING x"] * 60, "NICK ann", "USER ann 0 * :Ann", "CAP END")
    assert "001" in ann.numerics


def test_who_waits_for_the_journal_has_its_turn_later(net):
    ann = net.dial()
    net.journal.holding = True
    ann.says("NICK ann", "USER ann 0 * :Ann", "JOIN #tea", "NICK eve", "PING done")
    assert ann.lines == []
    net.journal.holding = False
    net.settle()
    assert ann.numerics[0] == "001"
    assert ann.lines[-2:] == [":ann!~ann@127.0.0.1 NICK eve", ":test.net PONG test.net :done"]


def test_registering_on_two_nodes_at_once():  # hostile input N05
    net = Net(2)
    first, second = net.dial(), net.dial(node=1)
    net.journal.holding = True
    for talker in (first, second):
        talker.says("NICK ann", "USER ann 0 * :Ann")
    net.journal.holding = False
    net.settle()
    assert first.numerics[0] == "001"
    assert second.lines == [":test.net 433 * ann :Nickname is already in use: choose another"]
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


def test_after_a_restart_the_nick_is_free_again(net):
    net.join("ann", "#tea")
    net.restart()
    ann = net.dial()
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert "001" in ann.numerics


# PING, PONG, QUIT.


@pytest.mark.covers("PING")
def test_ping_is_answered_with_its_token(net):
    for talker in (net.dial(), net.connect("ann")):
        assert talker.says("PING :a token", "PING x y") == [
            ":test.net PONG test.net :a token",
            ":test.net PONG test.net :x",
        ]


@pytest.mark.covers("PONG", "ERR_NOORIGIN")
def test_ping_needs_a_token_and_pong_needs_nothing(net):
    assert (
        net.dial().says("PING", "PING :", "PONG", "PONG :x y")
        == [":test.net 409 * :No origin specified: PING <token>"] * 2
    )


@pytest.mark.covers("QUIT")
def test_quit_says_goodbye_and_tells_the_others(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.forget()
    ann.says("QUIT :dinner", "PRIVMSG #tea :never said")
    assert ann.lines == ["ERROR :Closing link: Quit: dinner"]
    assert ann.closed == "Quit: dinner"
    assert bob.lines == [":ann!~ann@127.0.0.1 QUIT :Quit: dinner"]


def test_quit_without_reason_and_before_registration(net):
    ann, bob, stranger = net.join("ann", "#tea"), net.join("bob", "#tea"), net.dial()
    assert stranger.says("QUIT") == ["ERROR :Closing link: Quit: "]  # Modern IRC, QUIT: "even if <reason> is empty"
    bob.says("QUIT")
    assert ann.lines[-1] == ":bob!~bob@127.0.0.1 QUIT :Quit: "


def test_quit_waits_for_what_was_said_before_it(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.journal.holding = True
    bob.says("PRIVMSG #tea :last words", "QUIT")
    assert bob.closed == ""
    net.journal.holding = False
    net.settle()
    assert ann.lines[-2:] == [":bob!~bob@127.0.0.1 PRIVMSG #tea :last words", ":bob!~bob@127.0.0.1 QUIT :Quit: "]


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


def test_a_labelled_quit_is_answered_by_error(net):  # IRCv3 labeled-response
    ann, stranger = net.connect("ann", "labeled-response batch"), net.dial()
    stranger.says("CAP REQ :labeled-response batch")
    stranger.forget()
    for talker in (ann, stranger):
        assert talker.says("@label=1 QUIT :bye") == ["@label=1 ERROR :Closing link: Quit: bye"]


def test_the_reason_of_quit_is_cut(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("QUIT :" + "é" * 220)
    assert bob.lines[-1] == f":ann!~ann@127.0.0.1 QUIT :Quit: {'é' * 180}"


def test_ping_and_pong_have_labelled_responses(net):  # IRCv3 labeled-response
    ann = net.connect("ann", "labeled-response batch")
    assert ann.says("@label=1 PING x", "@label=2 PONG x", "@label=3 PING") == [
        "@label=1 :test.net PONG test.net :x",
        "@label=2 :test.net ACK",
        "@label=3 :test.net 409 ann :No origin specified: PING <token>",
    ]

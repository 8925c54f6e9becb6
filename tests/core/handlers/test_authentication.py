"""Proving who one is: AUTHENTICATE (IRCv3 sasl-3.1 and sasl-3.2, account-notify, extended-join, account-tag,
account-registration) and PASS (Modern IRC "PASS message")."""

from __future__ import annotations

import base64
from collections.abc import Generator
from typing import Any

import msgspec
import pytest

from ipcchat.core import sasl
from ipcchat.core.effects import Query, Verified, Verify
from ipcchat.core.facts import encode_fact
from ipcchat.core.limits import Limits
from ipcchat.core.peers import LocalUser, Peer
from ipcchat.core.policy import Policy
from ipcchat.core.sasl import Denied
from ipcchat.core.settings import Settings, Throttles
from ipcchat.core.state import User
from tests.core.deeds import has_account
from tests.core.net import Net, Talker

SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=(),
    mechanisms=("PLAIN", "VERIFIED", "RIDDLE", "WITHDRAWN"),
    policy=Policy(nicks_owned=False),
)
CANARY = "canary-in-the-mine"
STEPS = Generator[bytes | Query, Any, str]


def plain(engine: object, session: object) -> STEPS:
    """Answers at once: the client says <account> NUL <password>, and the password is "tea"."""
    account, _, password = (yield b"").partition(b"\0")
    if account == b"held":
        raise Denied("this account is held", locked=True)
    if account == b"locked":
        raise Denied(locked=True)
    if password != b"tea":
        raise Denied
    return str(account.decode())


def verified(engine: object, session: object) -> STEPS:
    """Asks the shell, twice to be sure."""
    account, _, password = (yield b"").partition(b"\0")
    for _ in range(2):
        answer: Verified = yield Verify("hash of tea", password.decode())
        if not answer.matches:
            raise Denied("the password is wrong")
    return str(account.decode())


def riddle(engine: object, session: object) -> STEPS:
    """The server speaks first and last: as many bytes as its first challenge has, then a token, which is answered by
    nothing."""
    response = yield b"x" * 600
    if (yield response[:300]):
        raise Denied("the last response has to be empty")
    return "sphinx"


@pytest.fixture(autouse=True)
def mechanisms(monkeypatch):
    """Mechanisms for these tests; one that is offered is not there any more."""
    for mechanism in (plain, verified, riddle):
        monkeypatch.setitem(sasl.MECHANISMS, mechanism.__name__.upper(), mechanism)


ACCOUNTS = ("ann", "Annie", "bob", "sphinx")


def with_accounts(nodes: int = 1, settings: Settings = SETTINGS, **fields: Any) -> Net:
    """A network where people have accounts, and nicks are nobody's."""
    net = Net(nodes, settings=settings, **fields)
    for node in net.nodes:
        node.engine.state.policy = settings.policy
    for name in ACCOUNTS:
        has_account(net, name, "tea")
    net.journal.queue.clear()
    return net


@pytest.fixture
def net() -> Net:
    """A network where people can log in."""
    return with_accounts()


def coming(net: Net, nick: str = "ann", caps: str = "sasl", node: int = 0) -> Talker:
    """Somebody who negotiates, with nick and user said."""
    talker = net.dial(node)
    talker.says(f"CAP REQ :{caps}", f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    assert talker.session.negotiating
    talker.forget()
    return talker


def encoded(*parts: str) -> str:
    """What the client says to the test's mechanisms."""
    return base64.b64encode("\0".join(parts).encode()).decode()


def user_of(talker: Talker) -> User:
    """Who this is, once registered."""
    assert talker.session.user is not None, talker.lines
    return talker.session.user


def login(talker: Talker, account: str = "ann", mechanism: str = "PLAIN") -> list[str]:
    """Log in with the right password."""
    return talker.says(f"AUTHENTICATE {mechanism}", f"AUTHENTICATE {encoded(account, 'tea')}")


# Before registration.


@pytest.mark.covers("AUTHENTICATE", "sasl", "RPL_LOGGEDIN", "RPL_SASLSUCCESS")
@pytest.mark.parametrize("mechanism", ["PLAIN", "plain", "VERIFIED"])
def test_logging_in_before_registration(net, mechanism):
    ann = coming(net)
    assert login(ann, "Annie", mechanism) == [
        "AUTHENTICATE +",
        ":test.net 900 ann ann!~ann@127.0.0.1 Annie :You are now logged in as Annie",
        ":test.net 903 ann :SASL authentication successful",
    ]
    assert not net.engine.state.users
    ann.says("CAP END")
    assert user_of(ann).account == "Annie"
    assert ann.lines[-1] == ":test.net 221 ann +r"
    assert ":test.net 330 bob ann Annie :is logged in as" in net.connect("bob").says("WHOIS ann")


def test_logging_in_before_nick_and_user(net):  # the parts that are not known yet are stars
    ann = net.dial()
    ann.says("CAP REQ sasl")
    assert login(ann)[1] == ":test.net 900 * *!*@127.0.0.1 ann :You are now logged in as ann"


def test_the_account_is_there_before_anything_that_is_said_next(net):  # account-notify, extended-join, account-tag
    caps = "account-notify extended-join account-tag message-tags"
    bob, old = net.join("bob", "#tea", caps), net.join("old", "#tea")
    bob.says("MODE #tea +R")
    net.forget()
    ann = coming(net, caps=f"sasl {caps}")
    net.journal.holding = True
    login(ann)
    ann.says("CAP END", "JOIN #tea", "PRIVMSG #tea :hello")
    net.journal.holding = False
    net.settle()
    assert not [line for line in ann.bare if " ACCOUNT " in line]  # 900 has told it
    assert [line for line in bob.bare if "ann" in line] == [
        ":ann!~ann@127.0.0.1 JOIN #tea ann Ann",
        ":ann!~ann@127.0.0.1 PRIVMSG #tea :hello",
    ]
    assert all("account=ann" in line.partition(" ")[0] for line in bob.lines)
    assert old.lines == [":ann!~ann@127.0.0.1 JOIN #tea", ":ann!~ann@127.0.0.1 PRIVMSG #tea :hello"]


def test_who_gives_up_on_a_nick_keeps_the_account(net):  # 433 at CAP END
    net.connect("ann")
    ann = coming(net, "eve")
    ann.says("NICK eve2")
    net.connect("eve2")
    login(ann)
    assert ann.says("CAP END")[-1] == ":test.net 433 * eve2 :Nickname is already in use: eve2_ is free"
    ann.says("NICK eve3")
    assert user_of(ann).account == "ann"


def test_registering_ends_a_login_that_goes_on(net):  # "the server SHOULD abort it and send a 906 numeric"
    ann = coming(net)
    ann.says("AUTHENTICATE PLAIN")
    assert ann.session.sasl is not None and ann.session.sasl.exchange is not None
    exchange = ann.session.sasl.exchange
    assert ann.says("CAP END")[0] == ":test.net 906 ann :SASL authentication aborted"
    assert user_of(ann).account == ""
    assert "001" in ann.numerics
    with pytest.raises(StopIteration):
        exchange.send(b"ann\0tea")


@pytest.mark.covers("ERR_SASLALREADY")
def test_nobody_logs_in_twice_before_registration(net):
    ann = coming(net)
    login(ann)
    assert ann.says("AUTHENTICATE PLAIN") == [
        ":test.net 907 ann :You have already authenticated using SASL, as ann",
    ]


def test_registering_waits_for_what_the_shell_is_asked(net):
    ann = coming(net)
    net.journal.holding = True
    ann.says("AUTHENTICATE VERIFIED", f"AUTHENTICATE {encoded('ann', 'tea')}", "CAP END")
    assert ann.lines == ["AUTHENTICATE +"]
    assert net.answer() and net.answer()
    assert ann.numerics == ["900", "903"]
    net.journal.holding = False
    net.settle()
    assert user_of(ann).account == "ann"


def test_who_leaves_while_the_shell_is_asked_is_forgotten(net):
    ann = coming(net)
    net.journal.holding = True
    ann.says("AUTHENTICATE VERIFIED", f"AUTHENTICATE {encoded('ann', 'tea')}")
    ann.hangs_up()
    net.journal.holding = False
    net.settle()
    assert ann.numerics == []
    assert not net.engine.state.users


# What goes wrong.


@pytest.mark.covers("ERR_SASLFAIL")
@pytest.mark.parametrize(
    ("mechanism", "text"),
    [("PLAIN", "SASL authentication failed"), ("VERIFIED", "SASL authentication failed: the password is wrong")],
)
def test_a_wrong_password(net, mechanism, text):
    ann = coming(net)
    assert ann.says(f"AUTHENTICATE {mechanism}", f"AUTHENTICATE {encoded('ann', 'milk')}") == [
        "AUTHENTICATE +",
        f":test.net 904 ann :{text}",
    ]
    assert login(ann)[-1] == ":test.net 903 ann :SASL authentication successful"


@pytest.mark.covers("ERR_NICKLOCKED")
def test_a_locked_account(net):
    ann = coming(net)
    assert login(ann, "held")[-1] == ":test.net 902 ann :this account is held"
    assert login(ann, "locked")[-1] == ":test.net 902 ann :You must use a nick assigned to you"


@pytest.mark.covers("RPL_SASLMECHS")
@pytest.mark.parametrize("name", ["NONE", "WITHDRAWN", "+", "a:b"])
def test_an_unknown_mechanism(net, name):
    ann = coming(net)
    assert ann.says(f"AUTHENTICATE {name}") == [
        ":test.net 908 ann PLAIN,VERIFIED,RIDDLE :are available SASL mechanisms",
        ":test.net 904 ann :SASL authentication failed: there is no such mechanism",
    ]


def test_a_server_whose_mechanisms_are_all_gone():
    net = Net(settings=msgspec.structs.replace(SETTINGS, mechanisms=("WITHDRAWN",)))
    ann = coming(net)
    assert ann.says("AUTHENTICATE PLAIN") == [
        ":test.net 904 ann :SASL authentication failed: there is no such mechanism"
    ]


def test_a_server_without_accounts():  # sasl-3.2: "Servers MUST NAK any sasl capability request"
    ann = Net(settings=msgspec.structs.replace(SETTINGS, mechanisms=())).dial()
    assert ann.says("CAP REQ sasl", "AUTHENTICATE PLAIN") == [
        ":test.net CAP * NAK :sasl",
        ":test.net 904 * :SASL authentication failed: this server has no accounts",
    ]


def test_the_capability_comes_first(net):  # sasl-3.1: "The client MUST enable the sasl capability"
    ann = coming(net, caps="batch")
    refusal = ":test.net 904 ann :SASL authentication failed: ask for the capability first, CAP REQ sasl"
    assert ann.says("AUTHENTICATE PLAIN") == [refusal]
    ann.says("CAP REQ sasl", "AUTHENTICATE PLAIN", "CAP REQ -sasl")
    assert ann.says(f"AUTHENTICATE {encoded('ann', 'tea')}") == [refusal]
    assert ann.session.sasl is not None and ann.session.sasl.exchange is None


@pytest.mark.covers("ERR_SASLABORTED")
def test_the_client_gives_up(net):
    ann = coming(net)
    aborted = ":test.net 906 ann :SASL authentication aborted"
    assert ann.says("AUTHENTICATE PLAIN", "AUTHENTICATE *", "AUTHENTICATE *") == ["AUTHENTICATE +", aborted, aborted]
    assert login(ann)[-1].startswith(":test.net 903 ")


@pytest.mark.covers("ERR_SASLTOOLONG")
def test_a_chunk_has_400_bytes_at_most(net):
    ann = coming(net)
    too_long = ":test.net 905 ann :SASL message too long"
    assert ann.says("AUTHENTICATE " + "A" * 401) == [too_long]
    assert ann.says("AUTHENTICATE PLAIN", "AUTHENTICATE " + "A" * 401)[1:] == [too_long]
    assert login(ann)[-1].startswith(":test.net 903 ")


def test_a_response_has_a_limit(net):  # hostile input O03
    ann = coming(net)
    assert ann.says("AUTHENTICATE PLAIN", *["AUTHENTICATE " + "A" * 400] * 10) == ["AUTHENTICATE +"]
    assert ann.says("AUTHENTICATE " + "A" * 400) == [":test.net 905 ann :SASL message too long"]
    assert login(ann)[-1].startswith(":test.net 903 ")


def test_odd_words_at_odd_moments(net):  # hostile input A04
    ann = coming(net)
    said = ("AUTHENTICATE a b", "AUTHENTICATE ::a", "AUTHENTICATE :", "AUTHENTICATE PLAIN", "NICK eve", "USER x 0 * :X")
    ann.says(*said, "PING x", f"AUTHENTICATE {encoded('ann', 'tea')} more")
    assert ann.numerics == ["908", "904", "908", "904", "908", "904", "900", "903"]
    ann.says("CAP END")
    assert user_of(ann).mask == "eve!~x@127.0.0.1" and user_of(ann).account == "ann"


@pytest.mark.parametrize("chunk", ["no!base64", "YQ", "ä", "YQ==YQ==", ":a b"])
def test_what_is_not_base64(net, chunk):
    ann = coming(net)
    assert ann.says("AUTHENTICATE PLAIN", f"AUTHENTICATE {chunk}")[1:] == [
        ":test.net 904 ann :SASL authentication failed: what came is not Base64"
    ]


def test_authenticate_needs_a_parameter(net):
    assert coming(net).says("AUTHENTICATE") == [
        ":test.net 461 ann AUTHENTICATE :Not enough parameters: AUTHENTICATE <message>"
    ]


def test_a_client_that_says_nothing_any_more(net):
    ann, bob = net.connect("ann", "sasl"), net.connect("bob", "sasl")
    ann.says("AUTHENTICATE PLAIN")
    net.pass_time(10)
    bob.says("AUTHENTICATE PLAIN")
    net.pass_time(6)
    assert ann.lines[1:] == [":test.net 904 ann :SASL authentication failed: it took more than 15 seconds"]
    assert bob.lines == ["AUTHENTICATE +"]
    assert login(ann)[-1].startswith(":test.net 903 ")
    net.pass_time(16)
    assert ann.numerics.count("904") == 1


def test_a_slow_shell_is_not_the_clients_fault(net):
    ann = net.connect("ann", "sasl")
    net.journal.holding = True
    ann.says("AUTHENTICATE VERIFIED", f"AUTHENTICATE {encoded('ann', 'tea')}")
    net.pass_time(16)
    net.journal.holding = False
    net.settle()
    assert ann.numerics == ["900", "903"]


# Responses and challenges in pieces.


def test_long_responses_and_challenges(net):
    ann = coming(net)
    challenge = base64.b64encode(b"x" * 600).decode()
    assert ann.says("AUTHENTICATE RIDDLE") == [
        f"AUTHENTICATE {challenge[:400]}",
        f"AUTHENTICATE {challenge[400:]}",
        "AUTHENTICATE +",
    ]
    response = base64.b64encode(b"y" * 300).decode()
    assert ann.says(f"AUTHENTICATE {response}") == []
    assert ann.says("AUTHENTICATE +") == [f"AUTHENTICATE {response}", "AUTHENTICATE +"]
    assert [line.split(" ")[1] for line in ann.says("AUTHENTICATE +")] == ["900", "903"]
    assert ann.session.sasl is not None and ann.session.sasl.account == "sphinx"


def test_an_empty_response_is_one(net):
    ann = coming(net)
    ann.says("AUTHENTICATE RIDDLE", "AUTHENTICATE +")
    assert ann.lines[3:] == ["AUTHENTICATE +"]
    assert ann.says(f"AUTHENTICATE {encoded('more')}") == [
        ":test.net 904 ann :SASL authentication failed: the last response has to be empty"
    ]


# After registration, and labelled.


@pytest.mark.covers("account-notify", "user mode +r")
@pytest.mark.parametrize("mechanism", ["PLAIN", "VERIFIED"])
def test_who_is_here_logs_in_and_again(mechanism):  # sasl-3.2 "SASL Reauthentication"; account-notify
    net = with_accounts(2)
    ann = net.join("ann", "#tea", "sasl account-notify")
    bob, joe = net.join("bob", "#tea", "account-notify", node=1), net.join("joe", "#tea", node=1)
    net.forget()
    assert login(ann, "ann", mechanism) == [
        "AUTHENTICATE +",
        ":ann!~ann@127.0.0.1 ACCOUNT ann",
        ":ann!~ann@127.0.0.1 MODE ann +r",
        ":test.net 900 ann ann!~ann@127.0.0.1 ann :You are now logged in as ann",
        ":test.net 903 ann :SASL authentication successful",
    ]
    assert [line.split(" ")[1] for line in login(ann, "ann", mechanism)[1:]] == ["900", "903"]
    assert login(ann, "Annie", mechanism)[1] == ":ann!~ann@127.0.0.1 ACCOUNT Annie"
    assert bob.lines == [":ann!~ann@127.0.0.1 ACCOUNT ann", ":ann!~ann@127.0.0.1 ACCOUNT Annie"]
    assert joe.lines == []
    assert {node.engine.state.users[ann.session.uid].account for node in net.nodes} == {"Annie"}


def test_who_logged_in_before_registration_may_do_so_again(net):
    ann = coming(net)
    login(ann)
    ann.says("CAP END")
    ann.forget()
    login(ann, "Annie")
    assert ann.numerics == ["900", "903"]
    assert user_of(ann).account == "Annie"


def test_a_login_that_fails_changes_nothing(net):
    ann = net.connect("ann", "sasl")
    login(ann)
    ann.says("AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded('eve', 'milk')}")
    assert ann.numerics[-1] == "904"
    assert user_of(ann).account == "ann"


def test_each_line_has_its_own_response(net):  # labeled-response
    ann = net.connect("ann", "sasl labeled-response batch")
    assert ann.says("@label=1 AUTHENTICATE PLAIN") == ["@label=1 AUTHENTICATE +"]
    assert ann.says("@label=2 AUTHENTICATE " + "A" * 400) == ["@label=2 :test.net ACK"]
    assert ann.says("@label=3 AUTHENTICATE *") == ["@label=3 :test.net 906 ann :SASL authentication aborted"]
    ann.says("@label=4 AUTHENTICATE VERIFIED")
    lines = ann.says(f"@label=5 AUTHENTICATE {encoded('ann', 'tea')}")
    batch = lines[0].rpartition("+")[2].split(" ")[0]
    assert lines == [
        f"@label=5 :test.net BATCH +{batch} labeled-response",
        f"@batch={batch} :ann!~ann@127.0.0.1 MODE ann +r",
        f"@batch={batch} :test.net 900 ann ann!~ann@127.0.0.1 ann :You are now logged in as ann",
        f"@batch={batch} :test.net 903 ann :SASL authentication successful",
        f":test.net BATCH -{batch}",
    ]
    assert ann.says("@label=6 AUTHENTICATE NONE")[-1] == f":test.net BATCH -{batch[0]}{int(batch[1:]) + 1}"
    long_challenge = ann.says("@label=7 AUTHENTICATE RIDDLE")
    assert len(long_challenge) == 5 and long_challenge[0].endswith(" labeled-response")


def test_an_account_outlives_a_restart_of_another_node():
    net = with_accounts(2)
    ann = net.connect("ann", "sasl")
    login(ann)
    snapshot = net.nodes[1].engine.snapshot()
    net.nodes[1].engine.state.restore(snapshot)
    assert net.nodes[1].engine.state.users[ann.session.uid].account == "ann"


# PASS.

LOCKED = Settings(network="TestNet", server_name="test.net", motd=(), password="ten ä pots of tea")


def arrive(net: Net, *first: str, nick: str = "ann", host: str = "127.0.0.1") -> Talker:
    """Somebody who says this, and then NICK and USER."""
    talker = net.dial(host=host)
    talker.says(*first, f"NICK {nick}", f"USER {nick} 0 * :Somebody")
    return talker


@pytest.mark.covers("PASS")
def test_any_password_is_good_where_there_is_none():
    ann = Net().dial()
    assert ann.says("PASS anything") == []
    assert ann.session.password == ""
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert ann.numerics[0] == "001"


@pytest.mark.parametrize("first", [["PASS :ten ä pots of tea"], ["PASS wrong", "PASS :ten ä pots of tea"]])
def test_the_last_password_counts(first):  # "only the last one sent is used for verification"
    ann = arrive(Net(settings=LOCKED), *first)
    assert ann.numerics[0] == "001"
    assert ann.session.password == ""


@pytest.mark.covers("ERR_PASSWDMISMATCH")
@pytest.mark.parametrize(
    ("first", "text"),
    [
        (["PASS tea"], "Password incorrect: that is not this server's password"),
        (["PASS :ten ä pots of tea", "PASS tea"], "Password incorrect: that is not this server's password"),
        (["PASS :"], "This server has a password: send PASS <password> before NICK and USER"),
        ([], "This server has a password: send PASS <password> before NICK and USER"),
    ],
)
def test_a_wrong_password_or_none_closes_the_door(first, text):
    net = Net(settings=LOCKED)
    ann = arrive(net, *first)
    assert ann.lines == [f":test.net 464 ann :{text}", "ERROR :Closing link: Password incorrect"]
    assert ann.closed == "Password incorrect"
    assert not net.journal.entries


def test_pass_before_the_end_of_negotiation():  # also after NICK and USER, while the registration is held back
    ann = arrive(Net(settings=LOCKED), "CAP LS 302")
    assert "464" not in ann.numerics
    ann.says("PASS :ten ä pots of tea", "CAP END")
    assert "001" in ann.numerics


def test_the_response_to_a_labelled_line_is_the_refusal():  # labeled-response
    ann = Net(settings=LOCKED).dial()
    ann.says("CAP REQ :labeled-response batch", "NICK ann", "USER ann 0 * :Ann")
    assert ann.says("@label=1 CAP END") == [
        "@label=1 :test.net 464 ann :This server has a password: send PASS <password> before NICK and USER",
        "ERROR :Closing link: Password incorrect",
    ]


def test_guessing_the_servers_password():
    net = Net(settings=LOCKED)
    for _ in range(3):
        assert arrive(net, "PASS guess").lines[0].endswith(" :Password incorrect: that is not this server's password")
    ann = arrive(net, "PASS :ten ä pots of tea")
    assert ann.lines[0] == (
        ":test.net 464 ann :Password not looked at: too many wrong passwords, try again in 60 seconds"
    )
    assert arrive(net, "PASS :ten ä pots of tea", host="10.0.0.1").numerics[0] == "001"
    net.pass_time(60)
    assert arrive(net, "PASS :ten ä pots of tea", nick="bob").numerics[0] == "001"


def test_no_password_is_no_guess():
    net = Net(settings=LOCKED, limits=Limits(logins_per_account_max=1))
    for _ in range(5):
        arrive(net)
    assert arrive(net, "PASS :ten ä pots of tea").numerics[0] == "001"


def test_pass_is_no_login_where_nobody_logs_in_with_a_password():
    net = with_accounts(settings=msgspec.structs.replace(SETTINGS, mechanisms=("EXTERNAL",)))
    ann = arrive(net, "PASS ann:tea")
    assert ann.numerics[0] == "001"
    assert user_of(ann).account == ""


def test_guessing_without_the_throttle():
    net = Net(settings=LOCKED)
    settings = msgspec.structs.replace(LOCKED, throttles=Throttles(lines=False, logins=False))
    net.nodes[0].perform(net.engine.reload(settings, net.now))
    for _ in range(9):
        arrive(net, "PASS guess")
    assert arrive(net, "PASS :ten ä pots of tea").numerics[0] == "001"
    net.nodes[0].perform(net.engine.reload(msgspec.structs.replace(settings, throttles=Throttles()), net.now))
    assert arrive(net, "PASS :ten ä pots of tea", nick="bob").numerics[0] == "001"


def test_pass_needs_a_parameter():
    assert Net().dial().says("PASS") == [":test.net 461 * PASS :Not enough parameters: PASS <password>"]


def test_passwords_are_nowhere_to_be_read():
    settings = msgspec.structs.replace(SETTINGS, password=CANARY)
    net = with_accounts(settings=settings)
    ann = net.dial()
    ann.says(f"PASS {CANARY}", "CAP REQ sasl", "NICK ann", "USER ann 0 * :Ann", "AUTHENTICATE VERIFIED")
    ann.says(f"AUTHENTICATE {encoded('ann', CANARY)}", "AUTHENTICATE VERIFIED")
    ann.says(f"AUTHENTICATE {encoded('ann', 'tea')}", "CAP END")
    ann.says(f"PASS {CANARY}")
    eve = arrive(net, f"PASS {CANARY}x", nick="eve")
    written = [encode_fact(entry.fact) for entry in net.journal.entries] + [net.engine.snapshot()]
    heard = [line.encode() for talker in (ann, eve) for line in talker.lines]
    assert user_of(ann).account == "ann" and eve.closed
    assert not any(CANARY.encode() in text for text in written + heard)


# An account is required.

MEMBERS_ONLY = msgspec.structs.replace(SETTINGS, account_required=True, motd=("Welcome.",))
REQUIRED = "You need an account to come in here: let your client log in with SASL"


@pytest.mark.covers("FAIL * ACCOUNT_REQUIRED", "ISUPPORT draft/ACCOUNTREQUIRED")
def test_nobody_comes_in_without_an_account():  # account-registration, "FAIL * ACCOUNT_REQUIRED"
    net = with_accounts(settings=MEMBERS_ONLY)
    ann, bob, old = coming(net), coming(net, "bob", "standard-replies"), net.dial()
    login(ann)
    ann.says("CAP END")
    assert "001" in ann.numerics
    assert any(" draft/ACCOUNTREQUIRED" in line for line in ann.lines)
    assert bob.says("CAP END") == [
        f":test.net FAIL * ACCOUNT_REQUIRED :{REQUIRED}",
        f"ERROR :Closing link: {REQUIRED}",
    ]
    assert old.says("NICK old", "USER old 0 * :Old") == [
        f":test.net 400 old * :{REQUIRED}",
        f"ERROR :Closing link: {REQUIRED}",
    ]
    assert list(net.engine.state.nicks) == ["ann"]


def test_without_mechanisms_nobody_can_come_in():
    net = Net(settings=msgspec.structs.replace(MEMBERS_ONLY, mechanisms=()))
    ann = net.dial()
    ann.says("CAP REQ sasl", "AUTHENTICATE PLAIN", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    assert ann.closed == REQUIRED
    assert not net.journal.entries


def test_a_failed_login_is_no_account():
    ann = coming(Net(settings=MEMBERS_ONLY))
    ann.says("AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded('ann', 'milk')}", "CAP END")
    assert ann.closed == REQUIRED


def test_the_password_is_asked_for_first():
    net = Net(settings=msgspec.structs.replace(MEMBERS_ONLY, password="milk"))
    ann = coming(net)
    assert ann.says("CAP END")[0].startswith(":test.net 464 ann :")


LOCAL = msgspec.structs.replace(MEMBERS_ONLY, local_exempt=True)


def test_programs_of_this_machine_may_be_exempt():  # docs/settings.md: accounts.local_exempt
    net = with_accounts(settings=LOCAL)
    arrive(net, nick="ann")
    build = net.dial(peer=Peer("local:1000", local=LocalUser(1000, "build")))
    build.says("NICK build", "USER build 0 * :Build")
    far = arrive(net, nick="eve", host="192.0.2.7")
    assert list(net.engine.state.nicks) == ["ann", "build"]
    assert far.closed == REQUIRED


# PASS with an account, for clients that know no SASL.

REAL = Settings(network="TestNet", server_name="test.net", motd=())


def real_net(settings: Settings = REAL, **fields: Any) -> Net:
    """A network where ann has an account."""
    net = Net(settings=settings, **fields)
    has_account(net, "ann", "correct horse")
    return net


@pytest.mark.parametrize("name", ["ann", "Ann", "ann@phone"])
def test_old_clients_log_in_with_pass(name):
    net = real_net()
    ann = net.dial()
    assert ann.says(f"PASS :{name}:correct horse") == [
        ":test.net 900 * *!*@127.0.0.1 ann :You are now logged in as ann"
    ]
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert user_of(ann).account == "ann"


def test_the_registration_waits_for_the_password():
    net = real_net()
    ann = net.dial()
    net.journal.holding = True
    ann.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann")
    assert ann.lines == [] and net.answer()
    net.journal.holding = False
    net.settle()
    assert user_of(ann).account == "ann"


@pytest.mark.parametrize("login", ["ann:wrong", "nobody:correct horse", "ann@x:wrong"])
def test_a_wrong_password_of_an_account_closes_the_door(login):  # the same for one that is not there: A02
    net = real_net()
    eve = net.dial()
    assert eve.says(f"PASS :{login}", "NICK eve", "USER eve 0 * :Eve") == [
        ":test.net 464 * :Password incorrect: wrong account or password",
        "ERROR :Closing link: Password incorrect",
    ]
    assert eve.closed and not net.engine.state.users


@pytest.mark.parametrize("given", ["anything", ":x", "ann:", "ann", "::"])
def test_what_is_no_login_is_taken_by_a_server_without_a_password(given):
    net = real_net()
    eve = net.dial()
    assert eve.says(f"PASS :{given}", "NICK eve", "USER eve 0 * :Eve")[0].startswith(":test.net 001 ")


def test_no_account_can_be_named_where_there_are_no_mechanisms():
    net = real_net(msgspec.structs.replace(REAL, mechanisms=()))
    eve = net.dial()
    assert eve.says("PASS :ann:wrong", "NICK eve", "USER eve 0 * :Eve")[0].startswith(":test.net 001 ")


def test_an_account_stands_for_the_servers_password():
    net = real_net(msgspec.structs.replace(REAL, password="ten:pots"))
    ann, bob, eve = net.dial(), net.dial(), net.dial()
    ann.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann")
    bob.says("PASS ten:pots", "NICK bob", "USER bob 0 * :Bob")
    assert [user_of(talker).account for talker in (ann, bob)] == ["ann", ""]
    assert eve.says("PASS ten:pans")[0] == ":test.net 464 * :Password incorrect: wrong account or password"


def test_a_login_by_sasl_does_not():  # it is said in its own place
    net = real_net(msgspec.structs.replace(REAL, password="ten pots"))
    ann = coming(net)
    ann.says("AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded('ann', 'tea')}")
    assert ann.numerics[-1] == "903"
    assert "464" in ann.says("CAP END")[0]


def test_no_password_travels_unencrypted():  # hostile input A06
    net = real_net()
    ann = net.dial(host="192.0.2.7")
    assert ann.says("PASS :ann:correct horse")[0] == (
        ":test.net 464 * :Password not looked at: it may not travel unencrypted; connect with TLS"
    )
    assert ann.closed and not net.queries


def test_pass_is_throttled_like_sasl():
    net = real_net()
    for _ in range(3):
        net.dial().says("PASS :ann:wrong")
    eve = net.dial()
    assert eve.says("PASS :ann:wrong")[0] == (
        ":test.net 464 * :Password incorrect: too many wrong passwords, try again in 60 seconds"
    )


def test_pass_is_labelled(net):  # labeled-response
    ann = real_net().dial()
    ann.says("CAP REQ :labeled-response batch")
    assert ann.says("@label=1 PASS :ann:correct horse") == [
        "@label=1 :test.net 900 * *!*@127.0.0.1 ann :You are now logged in as ann"
    ]

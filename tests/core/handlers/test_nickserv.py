"""NickServ: accounts for people and for clients that know no SASL (https://modern.ircdocs.horse/#services). It does
what IRCv3 account-registration and sasl-3.1 do, in other words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ipcchat.core.accounts import Suspension
from ipcchat.core.effects import Hashed, Verified
from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.policy import Policy
from ipcchat.core.services import SERVICE_COMMANDS
from ipcchat.core.settings import Settings, Throttles
from tests.core.deeds import comes, has_account
from tests.core.net import ALL_CAPS, Net, Talker

HEAD = ":NickServ!NickServ@test.net NOTICE {} :"
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=())
NOT_LOGGED_IN = (
    "You are not logged in. IDENTIFY <account> <password>, or REGISTER <password> if you have no account yet"
)


def answers(talker: Talker, said: str) -> list[str]:
    """What NickServ answers; what else is heard stays as it is."""
    heard = talker.asks(f"NS {said}")
    return [line.removeprefix(HEAD.format(talker.session.display)) for line in heard]


def other_place(net: Net, nick: str) -> Talker:
    """Somebody who is connected from far away, without TLS."""
    talker = net.dial(peer=Peer("192.0.2.7"))
    talker.says(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    talker.forget()
    return talker


# Registering. The same code as REGISTER (tests/core/handlers/test_account_registration.py).


def test_registering_makes_the_nick_yours(net):
    ann = net.join("ann", "#tea")
    bob = net.join("bob", "#tea", "account-notify")
    assert answers(ann, "REGISTER correct-horse") == [
        "Account successfully registered",
        ":ann!~ann@127.0.0.1 MODE ann +r",
        ":test.net 900 ann ann!~ann@127.0.0.1 ann :You are now logged in as ann",
    ]
    assert bob.lines[-1] == ":ann!~ann@127.0.0.1 ACCOUNT ann"
    assert ann.asks("NS STATUS") == [f"{HEAD.format('ann')}STATUS ann 3 ann"]
    assert "ann" in [audit.target for audit in net.audited]


def test_a_mail_address_and_a_code():
    net = Net(settings=Settings(server_name="test.net", motd=(), verification=True))
    ann = net.connect("ann")
    assert answers(ann, "REGISTER correct-horse") == ["That is no mail address; write one such as ann@example.org"]
    (told,) = answers(ann, "REGISTER correct-horse ann@example.org")
    assert told == "Account created; it waits for the code that was sent to ann@example.org: VERIFY ann <code>"
    (sent,) = net.codes
    assert answers(ann, "VERIFY ann nonsense") == ["That code is wrong or has run out; register again to get another"]
    assert answers(ann, f"CONFIRM ann {sent.code}")[0] == "Account successfully registered"
    assert ann.user.account == "ann"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("REGISTER", "That needs more: REGISTER <password> [<email>]"),
        ("REGISTER short", "A password has at least 8 bytes; choose a longer one"),
        ("REGISTER correct horse battery", "A password given here has no spaces: REGISTER <password> [<email>]"),
        ("REGISTER correct-horse battery", "That is no mail address; write one such as ann@example.org"),
        ("VERIFY ann", "That needs more: VERIFY <account> <code>"),
    ],
)
def test_what_is_no_registration(net, said, answer):
    assert answers(net.connect("ann"), said) == [answer]


def test_who_has_an_account_needs_no_other(net):
    has_account(net, "ann")
    assert answers(comes(net, "ann"), "REGISTER correct-horse") == ["You are logged in to ann already"]


# Logging in.


@pytest.mark.parametrize("command", ["IDENTIFY", "LOGIN", "ID", "AUTH"])
def test_logging_in(net, command):
    has_account(net, "ann")
    guest = net.connect("guest")
    assert answers(guest, f"{command} ann correct horse") == [
        ":guest!~guest@127.0.0.1 MODE guest +r",
        ":test.net 900 guest guest!~guest@127.0.0.1 ann :You are now logged in as ann",
        "You are logged in as ann. Your nick is none of its nicks: NICK ann takes its own, GROUP adds the one that you "
        "have.",
    ]
    guest.says("NICK ann")
    assert guest.user.nick == "ann"
    assert answers(guest, f"{command} ann correct horse")[-1] == "You are logged in as ann."


def test_one_word_is_the_password_of_the_nick():
    net = Net(settings=SETTINGS)
    net.engine.state.policy = Policy(nicks_owned=False)
    has_account(net, "ann", "correct-horse")
    ann = net.connect("ann")
    assert answers(ann, "IDENTIFY correct-horse")[-1] == "You are logged in as ann."


def test_a_nick_that_is_in_use_can_be_taken_back(net):
    has_account(net, "ann")
    comes(net, "ann")
    guest = net.connect("guest")
    assert answers(guest, "IDENTIFY ann correct horse")[-1] == (
        "You are logged in as ann. Its nick is in use: REGAIN ann takes it back, GROUP adds the one that you have."
    )


def test_a_wrong_password_and_no_account_are_told_in_the_same_words(net):  # hostile input A02
    has_account(net, "ann")
    guest = net.connect("guest")
    assert answers(guest, "IDENTIFY ann wrong-horse") == ["Wrong account or password"]
    assert answers(guest, "IDENTIFY nobody wrong-horse") == ["Wrong account or password"]
    assert guest.user.account == ""


def test_guessing_is_slowed_down():  # hostile input A01: the same throttle as AUTHENTICATE
    settings = Settings(server_name="test.net", motd=(), limits=Limits(logins_per_account_max=2))
    net = Net(settings=settings)
    net.engine.settings = net.engine.settings.__class__(
        server_name="test.net", limits=settings.limits, throttles=Throttles(lines=False, logins=True)
    )
    has_account(net, "ann")
    guest = net.connect("guest")
    for _ in range(2):
        assert answers(guest, "IDENTIFY ann wrong-horse") == ["Wrong account or password"]
    (told,) = answers(guest, "IDENTIFY ann correct horse")
    assert told.startswith("Too many wrong passwords, try again in ")


def test_a_suspended_account_says_so_to_its_owner_only(net):
    has_account(net, "ann")
    net.engine.state.accounts.find("ann").suspended = Suspension("spam", "peace", 1)
    guest = net.connect("guest")
    assert answers(guest, "IDENTIFY ann correct horse") == ["The account ann is suspended: spam"]
    assert answers(guest, "IDENTIFY ann wrong-horse") == ["Wrong account or password"]


@pytest.mark.parametrize("said", ["IDENTIFY ann correct horse", "GHOST ann correct horse", "REGAIN ann correct horse"])
def test_a_password_that_others_can_read_is_not_looked_at(net, said):
    has_account(net, "ann")
    far = other_place(net, "far")
    (told,) = answers(far, said)
    assert told.startswith("A password may not travel unencrypted, so it was not looked at: connect with TLS.")
    assert far.user.account == ""


@pytest.mark.parametrize("mechanisms", [(), ("EXTERNAL",)])
def test_where_nobody_logs_in_by_a_password(mechanisms):
    net = Net(settings=Settings(server_name="test.net", motd=(), mechanisms=mechanisms))
    has_account(net, "ann")
    assert answers(net.connect("guest"), "IDENTIFY ann correct horse") == [
        "Nobody logs in by a password on this server; it was not looked at"
    ]


def test_a_busy_server_says_so(net):
    has_account(net, "ann")
    guest = net.connect("guest")
    net.answer_to = lambda node, query: Verified(False, "too much to do; try again")
    assert answers(guest, "IDENTIFY ann correct horse") == ["Too much to do; try again"]


# Logging out.


@pytest.mark.covers("RPL_LOGGEDOUT")
def test_logging_out_frees_the_nick_first(net):  # IRCv3 sasl-3.1: 901
    has_account(net, "ann")
    ann = comes(net, "ann")
    bob = net.join("bob", "#tea", "account-notify")
    ann.says("JOIN #tea")
    ann.forget()
    assert answers(ann, "LOGOUT") == [
        "Your nick belongs to the account ann: take another one first (NICK), or QUIT",
    ]
    ann.says("NICK guest")
    ann.forget()
    assert answers(ann, "LOGOUT") == [
        ":guest!~ann@127.0.0.1 MODE guest -r",
        ":test.net 901 guest guest!~ann@127.0.0.1 :You are now logged out",
        "You are logged out of ann.",
    ]
    assert bob.lines[-1] == ":guest!~ann@127.0.0.1 ACCOUNT *"
    assert answers(ann, "LOGOUT") == [NOT_LOGGED_IN]


def test_the_nick_of_one_account_does_not_come_along_to_another(net):
    has_account(net, "ann")
    has_account(net, "bob")
    ann = comes(net, "ann")
    assert answers(ann, "IDENTIFY bob correct horse") == [
        "Your nick belongs to the account ann: take another one first (NICK), or QUIT"
    ]
    assert ann.user.account == "ann"


# The password.


def test_another_password(net):
    has_account(net, "ann", "correct-horse")
    net.connect("bob")
    ann = net.connect("guest")
    answers(ann, "IDENTIFY ann correct-horse")
    phone = net.connect("phone")
    answers(phone, "IDENTIFY ann correct-horse")
    assert answers(ann, "PASSWD correct-horse better-horse") == [
        "ann has another password. Whoever else was logged in to it has to log in again."
    ]
    assert (ann.closed, phone.closed) == ("", "The password of ann was changed")
    late = net.connect("late")
    assert answers(late, "IDENTIFY ann correct-horse") == ["Wrong account or password"]
    assert answers(late, "IDENTIFY ann better-horse")[1].startswith(":test.net 900 ")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("PASSWD wrong-horse better-horse", "Wrong account or password"),
        ("PASSWD better-horse", "That needs the old password, too: PASSWD <old password> <new password>"),
        ("PASSWD correct-horse short", "A password has at least 8 bytes; choose a longer one"),
        ("PASSWD a b c", "A password given here has no spaces: PASSWD <old password> <new password>"),
    ],
)
def test_what_is_no_change_of_password(net, said, answer):
    has_account(net, "ann", "correct-horse")
    ann = net.connect("guest")
    answers(ann, "IDENTIFY ann correct-horse")
    assert answers(ann, said) == [answer]


def test_the_hash_may_fail(net):
    has_account(net, "ann", "correct-horse")
    ann = net.connect("guest")
    answers(ann, "IDENTIFY ann correct-horse")
    usual = net.answer_to
    net.answer_to = lambda node, query: (
        Hashed(error="too much to do; try again") if "Hash" in type(query).__name__ else usual(node, query)
    )
    assert answers(ann, "PASSWD correct-horse better-horse") == ["Nothing was changed: too much to do; try again"]


def test_the_first_password_of_an_account_without(net):
    has_account(net, "ann", certificates=("ab" * 32,))
    ann = net.dial(peer=Peer("127.0.0.1", certificate="ab" * 32))
    ann.says("CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    ann.forget()
    assert answers(ann, "SET NOPASSWORD") == ["ann has no password any more: its certificates log in to it."]
    assert answers(ann, "SET NOPASSWORD") == ["Your account has no password"]
    assert answers(ann, f"CERT DEL {'ab' * 32}") == [
        "Nothing else logs in to your account: give it a password first, PASSWD <new password>"
    ]
    assert answers(ann, "PASSWD better-horse")[0].startswith("ann has another password.")


# The end.


def test_giving_up_an_account_takes_two_steps(net):
    has_account(net, "ann")
    ann, bob = comes(net, "ann"), net.connect("bob")
    (told,) = answers(ann, "UNREGISTER")
    assert told.startswith(
        "ann will be gone for ever, with its nicks and channels, and its name is kept from everybody"
    )
    code = told.rpartition(" ")[2]
    assert answers(ann, "UNREGISTER ann nonsense") == [f"That code is wrong. {told}"]
    assert answers(ann, "UNREGISTER bob") == [
        "You are logged in to ann; UNREGISTER without more begins to give that up"
    ]
    assert ann.says(f"NS DROP ANN {code}") == ["ERROR :Closing link: The account ann was deleted"]
    assert net.audited[-1].kind == "account deleted" and net.audited[-1].target == "ann"
    assert bob.says("NICK ann")[0].startswith(":test.net 433 bob ann :Nickname belonged to an account until lately")
    assert net.engine.state.accounts.find("ann") is None


# With others.


def test_the_page_of_accounts_names_every_command():
    page = Path("docs/accounts.md").read_text("utf-8")
    commands = {row.main for row in SERVICE_COMMANDS["NickServ"].values()} - {"HELP"}
    assert {name for name in commands if not re.search(rf"`(NS )?{name}\b", page)} == set()


@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
@pytest.mark.parametrize("targets", ["NickServ,bob", "bob,NickServ", "NickServ,ChanServ", "bob,NickServ@test.net"])
def test_a_service_is_written_to_alone(net, verb, targets):  # a password would go to bob as well
    has_account(net, "ann")
    guest, bob = net.connect("guest"), net.connect("bob")
    heard = guest.says(f"{verb} {targets} :IDENTIFY ann correct horse")
    told = "Write to NickServ in a message of its own; nobody was told this one"
    assert heard == ([f":test.net 407 guest NickServ :{told}"] if verb == "PRIVMSG" else [])
    assert bob.lines == [] and guest.user.account == ""
    assert guest.says("PING x") == [":test.net PONG test.net :x"]


def test_answers_are_one_labelled_response(net):  # IRCv3 labeled-response
    has_account(net, "ann")
    guest = net.connect("guest", ALL_CAPS)
    for said in ("IDENTIFY ann wrong-horse", "IDENTIFY ann correct horse", "PASSWD a b c", "LOGOUT", "UNREGISTER"):
        first, *others = guest.says(f"@label=a NS {said}")
        assert first.startswith("@label=a")
        assert not [line for line in others if "label=" in line]


def test_two_nodes_know_the_same():
    net = Net(2)
    ann, bob = net.connect("ann"), net.connect("bob", node=1)
    ann.says("NS REGISTER correct-horse")
    assert answers(bob, "STATUS ann") == ["STATUS ann 3 ann"]
    assert answers(bob, "IDENTIFY ann correct-horse")[1].startswith(":test.net 900 bob ")
    assert answers(ann, "PASSWD correct-horse better-horse")[0].startswith("ann has another password.")
    assert bob.closed == "The password of ann was changed"


def test_accounts_survive_a_restart(net):
    ann = net.connect("ann")
    ann.says("NS REGISTER correct-horse")
    net.restart()
    assert net.dial().says("NICK ann")[0].startswith(":test.net 433 ")
    again = net.connect("guest")
    assert answers(again, "IDENTIFY ann correct-horse")[1].startswith(":test.net 900 guest ")


def test_a_failing_journal_is_told_by_the_service(net):
    ann = net.connect("ann")
    net.journal.failing = "the disk is full"
    assert answers(ann, "REGISTER correct-horse") == ["Nothing was sent or changed: the disk is full. Try again later."]

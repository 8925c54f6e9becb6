"""Getting an account: REGISTER and VERIFY (IRCv3 draft/account-registration)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.effects import CodeSent, Hashed, HashPassword, SendCode
from ipcchat.core.facts import encode_fact
from ipcchat.core.limits import Limits
from ipcchat.core.peers import LocalUser, Peer
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Settings
from tests.core.deeds import happened, has_account, is_operator
from tests.core.net import Net, Talker

SETTINGS = Settings(network="TestNet", server_name="test.net", motd=())
CAPS = "draft/account-registration standard-replies"
PASSWORD = "correct-horse"
MAIL = "ann@example.org"


def net_with(nodes: int = 1, *, limits: Limits | None = None, **fields: Any) -> Net:
    """A network with these settings."""
    settings = msgspec.structs.replace(SETTINGS, **fields)
    net = Net(nodes, settings=settings, limits=limits)
    for node in net.nodes:
        node.engine.state.policy = settings.policy
    return net


def coming(net: Net, *first: str, **way: Any) -> Talker:
    """Somebody who negotiates and has said this."""
    talker = net.dial(**way)
    talker.says(f"CAP REQ :{CAPS}", *first)
    talker.forget()
    return talker


def account_of(net: Net, talker: Talker) -> str:
    """The account that somebody who is here has on every node."""
    (found,) = {node.engine.state.users[talker.session.uid].account for node in net.nodes}
    return found


def fails(talker: Talker, line: str) -> list[str]:
    """The answer to a line, as the parameters of FAIL without the text."""
    return [heard.partition(" :")[0].removeprefix(":test.net ") for heard in talker.says(line)]


# REGISTER.


@pytest.mark.covers("REGISTER", "draft/account-registration", "RPL_LOGGEDIN")
def test_registering_before_the_connection_is():  # "before-connect"; "as if it used SASL"
    net = net_with(2)
    ann = coming(net, "NICK ann", "USER ann 0 * :Ann")
    assert ann.says(f"REGISTER * * {PASSWORD}") == [
        ":test.net REGISTER SUCCESS ann :Account successfully registered",
        ":test.net 900 ann ann!~ann@127.0.0.1 ann :You are now logged in as ann",
    ]
    assert not net.engine.state.users
    ann.says("CAP END")
    assert account_of(net, ann) == "ann"
    assert [(record.kind, record.target) for record in net.audited] == [("account registered", "ann"), ("login", "ann")]


def test_registering_while_connected():  # "While connected"
    net = net_with(2)
    ann = net.join("ann", "#tea", f"{CAPS} account-notify")
    bob = net.join("bob", "#tea", "account-notify", node=1)
    net.forget()
    assert ann.says(f"REGISTER Annie {MAIL} {PASSWORD}") == [
        ":test.net REGISTER SUCCESS Annie :Account successfully registered",
        ":ann!~ann@127.0.0.1 ACCOUNT Annie",
        ":ann!~ann@127.0.0.1 MODE ann +r",
        ":test.net 900 ann ann!~ann@127.0.0.1 Annie :You are now logged in as Annie",
    ]
    assert bob.lines == [":ann!~ann@127.0.0.1 ACCOUNT Annie"]
    assert account_of(net, ann) == "Annie"
    account = net.engine.state.accounts.find("annie")
    assert account is not None and (account.email, account.created) == (MAIL, net.now.wall)


def test_old_clients_hear_the_refusal_as_a_numeric():
    net = net_with()
    assert net.connect("ann").says("REGISTER * * tea") == [
        ":test.net 400 ann REGISTER ann :A password has at least 8 bytes; choose a longer one"
    ]
    assert net.connect("bob").says("REGISTER *") == [
        ":test.net 461 bob REGISTER :Not enough parameters: REGISTER <account> <email> <password>"
    ]


@pytest.mark.parametrize("first", [[], ["USER ann 0 * :Ann"]])
@pytest.mark.covers("FAIL REGISTER NEED_NICK")
def test_a_nick_comes_first(first):
    assert coming(net_with(), *first).says(f"REGISTER ann * {PASSWORD}") == [
        ":test.net FAIL REGISTER NEED_NICK * :Choose a nick first: NICK <nickname>"
    ]


@pytest.mark.covers("FAIL REGISTER ALREADY_AUTHENTICATED", "FAIL VERIFY ALREADY_AUTHENTICATED")
def test_who_has_an_account_needs_no_other():
    net = net_with()
    early, ann = coming(net, "NICK bob"), net.connect("ann", CAPS)
    for talker in (early, ann):
        talker.says(f"REGISTER * * {PASSWORD}")
        name = talker.session.display
        assert talker.says(f"REGISTER other * {PASSWORD}") == [
            f":test.net FAIL REGISTER ALREADY_AUTHENTICATED {name} :You are logged in to {name} already"
        ]
        assert fails(talker, "VERIFY other x") == [f"FAIL VERIFY ALREADY_AUTHENTICATED {name}"]
    local = coming(net, "NICK build", peer=Peer("local:1", local=LocalUser(1, "build", account="ann")))
    assert fails(local, f"REGISTER * * {PASSWORD}") == ["FAIL REGISTER ALREADY_AUTHENTICATED ann"]


@pytest.mark.covers("FAIL REGISTER COMPLETE_CONNECTION_REQUIRED", "FAIL VERIFY COMPLETE_CONNECTION_REQUIRED")
@pytest.mark.parametrize("fields", [{"register_before_connect": False}, {"password": "of the server"}])
def test_a_server_that_wants_the_connection_first(fields):  # "cannot be used to bypass any ... PASS"
    net = net_with(**fields)
    ann = coming(net, "PASS :of the server", "NICK ann", "USER ann 0 * :Ann")
    assert ann.says(f"REGISTER * * {PASSWORD}", "VERIFY ann x") == [
        ":test.net FAIL REGISTER COMPLETE_CONNECTION_REQUIRED "
        ":Complete your connection first: NICK, USER and CAP END; then register",
        ":test.net FAIL VERIFY COMPLETE_CONNECTION_REQUIRED "
        ":Complete your connection first: NICK, USER and CAP END; then verify",
    ]
    ann.says("CAP END")
    assert "REGISTER SUCCESS ann" in ann.says(f"REGISTER * * {PASSWORD}")[0]


@pytest.mark.covers("FAIL REGISTER BAD_ACCOUNT_NAME")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("NickServ", "NickServ"),
        ("ChɑnServ", "ChɑnServ"),
        ("#tea", "#tea"),
        ("a*", "a*"),
        (":a b", "a,b"),
        ("9x", "9x"),
        ("a\x02", "*"),
    ],
)
def test_names_that_cannot_be(name, shown):  # hostile input N02
    ann = net_with().connect("ann", CAPS)
    assert fails(ann, f"REGISTER {name} * {PASSWORD}" if name[0] != ":" else "REGISTER a,b * x1234567") == [
        f"FAIL REGISTER BAD_ACCOUNT_NAME {shown}"
    ]


@pytest.mark.covers("FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK")
def test_names_that_are_nicks():
    ann = net_with(account_names_chosen=False).connect("ann", CAPS)
    assert ann.says(f"REGISTER bob * {PASSWORD}") == [
        ":test.net FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK bob "
        ":An account is called as your nick is: REGISTER * or REGISTER ann"
    ]
    assert "SUCCESS Ann" in ann.says(f"REGISTER Ann * {PASSWORD}")[0]


@pytest.mark.covers("FAIL REGISTER ACCOUNT_EXISTS")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ANN", "That account exists already; choose another name, or log in to it"),
        ("annette", "That account exists already; choose another name, or log in to it"),
        ("bi1l", "An account has a name that looks like this one; choose another"),
        ("eve", "Somebody else uses that nick, or one that looks like it; choose another"),
        ("old", "That name belonged to an account that was deleted lately; choose another"),
    ],
)
def test_names_that_others_have(name, text):  # hostile input N02
    net = net_with(2)
    for account in ("ann", "bill", "old"):
        has_account(net, account)
    net.connect("eve")
    oper = net.connect("oper", node=1)
    is_operator(net, oper)
    happened(net, facts.NicksGrouped, oper, account="ann", added=(("annette", "annette"),))
    happened(net, facts.AccountDeleted, oper, account="old", free_at=net.now.wall + 1)
    joe = net.connect("joe", CAPS, node=1)
    assert joe.says(f"REGISTER {name} * {PASSWORD}") == [f":test.net FAIL REGISTER ACCOUNT_EXISTS {name} :{text}"]
    assert not net.queries


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "WEAK"),
        ("password1", "WEAK"),
        ("annexample", "WEAK"),
        ("x" * 301, "UNACCEPTABLE"),
        ("a\tb12345678", "UNACCEPTABLE"),
    ],
)
def test_passwords_that_cannot_be(password, code):
    ann = net_with().connect("annexample", CAPS)
    assert fails(ann, f"REGISTER * * :{password}") == [f"FAIL REGISTER {code}_PASSWORD annexample"]


@pytest.mark.covers("FAIL REGISTER WEAK_PASSWORD", "FAIL REGISTER UNACCEPTABLE_PASSWORD")
def test_a_password_that_others_could_read():  # hostile input A06
    net = net_with()
    ann = net.dial(host="192.0.2.7")
    assert ann.says(f"CAP REQ :{CAPS}", "CAP REQ standard-replies", "NICK ann")[0].endswith(f" NAK :{CAPS}")
    ann.forget()
    assert ann.says(f"REGISTER * * {PASSWORD}") == [
        ":test.net FAIL REGISTER UNACCEPTABLE_PASSWORD ann "
        ":A password may not travel unencrypted; connect with TLS, then register"
    ]
    bob = coming(net, "NICK bob", peer=Peer("192.0.2.7", secure=True))
    assert "SUCCESS" in bob.says(f"REGISTER * * {PASSWORD}")[0]
    assert fails(net.connect("joe", CAPS), "REGISTER * * short") == ["FAIL REGISTER WEAK_PASSWORD joe"]


@pytest.mark.covers("FAIL REGISTER INVALID_EMAIL")
@pytest.mark.parametrize(
    "email",
    ["*", "ann", "@example.org", "ann@", "a@b@c.de", "-t@example.org", "ann@exämple.org", "a@b", "x" * 250 + "@b.de"],
)
def test_addresses_that_cannot_be(email):
    ann = net_with(email_required=True).connect("ann", CAPS)
    assert fails(ann, f"REGISTER * {email} {PASSWORD}") == ["FAIL REGISTER INVALID_EMAIL ann"]


@pytest.mark.parametrize("email", ["ann@example.org", "a.b+c@x-y.example", "o'hara@example.co.uk"])
def test_addresses_that_can(email):
    ann = net_with(email_required=True).connect("ann", CAPS)
    assert "SUCCESS" in ann.says(f"REGISTER * {email} {PASSWORD}")[0]


@pytest.mark.covers("FAIL REGISTER TEMPORARILY_UNAVAILABLE")
@pytest.mark.parametrize("fields", [{"policy": Policy(accounts_open=False)}, {"mechanisms": ()}])
def test_a_server_where_not_everybody_registers(fields):
    ann = net_with(**fields).connect("ann", "standard-replies")
    assert ann.says(f"REGISTER * * {PASSWORD}") == [
        ":test.net FAIL REGISTER TEMPORARILY_UNAVAILABLE ann "
        ":Only operators of the network register accounts here; ask one"
    ]


def test_a_few_accounts_an_hour_from_one_address():
    net = net_with(limits=Limits(registrations_per_address_max=2))
    far = [coming(net, f"NICK user{n}", peer=Peer("192.0.2.7", secure=True)) for n in range(3)]
    answers = [fails(talker, f"REGISTER * * {PASSWORD}")[0] for talker in far]
    assert answers[1:] == ["REGISTER SUCCESS user1", "FAIL REGISTER TEMPORARILY_UNAVAILABLE user2"]
    for n in range(3):  # on this machine people share an address
        assert "SUCCESS" in coming(net, f"NICK local{n}").says(f"REGISTER * * {PASSWORD}")[0]
    net.pass_time(3_600)
    again = coming(net, "NICK user2", peer=Peer("192.0.2.7", secure=True))
    assert "SUCCESS" in again.says(f"REGISTER * * {PASSWORD}")[0]


def test_too_much_to_do(monkeypatch):  # hostile input A03
    net = net_with()
    monkeypatch.setattr(net, "answer_to", lambda node, query: Hashed(error="there is too much to do"))
    assert net.connect("ann", CAPS).says(f"REGISTER * * {PASSWORD}") == [
        ":test.net FAIL REGISTER TEMPORARILY_UNAVAILABLE ann :There is too much to do"
    ]
    assert not len(net.engine.state.accounts)


def test_two_want_one_name_at_once():  # the journal's order decides
    net = net_with(2)
    ann, eve = net.connect("ann", CAPS), net.connect("eve", CAPS, node=1)
    net.journal.holding = True
    ann.says(f"REGISTER tea * {PASSWORD}")
    eve.says(f"REGISTER tea * {PASSWORD}")
    assert net.answer() and net.answer()
    net.journal.holding = False
    net.settle()
    assert ann.lines[0] == ":test.net REGISTER SUCCESS tea :Account successfully registered"
    assert [line.partition(" :")[0] for line in eve.lines] == [":test.net FAIL REGISTER ACCOUNT_EXISTS tea"]
    assert (account_of(net, ann), account_of(net, eve)) == ("tea", "")


def test_an_account_outlives_a_restart():
    net = net_with()
    net.connect("ann", CAPS).says(f"REGISTER * * {PASSWORD}")
    net.restart()
    assert net.engine.state.accounts.find("ann") is not None
    assert fails(net.connect("bob", CAPS), f"REGISTER ann * {PASSWORD}") == ["FAIL REGISTER ACCOUNT_EXISTS ann"]


def test_the_password_is_nowhere_but_in_its_hash():  # hostile input A12
    net = net_with()
    asked: list[HashPassword] = []
    answer_to = net.answer_to
    net.answer_to = lambda node, query: Hashed() if asked.append(query) else answer_to(node, query)  # type: ignore
    for nick, rest in (("ann", f"* * {PASSWORD}"), ("bob", f"bob {PASSWORD}"), ("joe", f"{PASSWORD} * x")):
        net.connect(nick, CAPS).says(f"REGISTER {rest}")
    written = b"".join(encode_fact(entry.fact) for entry in net.journal.entries)
    assert PASSWORD not in repr(asked) + repr(net.audited)
    assert written.replace(f"hash of {PASSWORD}".encode(), b"").count(PASSWORD.encode()) == 0


# Codes.


def waiting(net: Net, talker: Talker, name: str = "ann") -> str:
    """An account that waits for its code; the code."""
    talker.says(f"REGISTER {name} {MAIL} {PASSWORD}")
    return net.codes[-1].code


@pytest.mark.covers("VERIFY")
@pytest.mark.parametrize("nodes", [1, 2])
def test_an_account_waits_for_its_code(nodes):
    net = net_with(nodes, verification=True)
    ann = net.connect("ann", CAPS)
    assert ann.says(f"REGISTER * {MAIL} {PASSWORD}") == [
        ":test.net REGISTER VERIFICATION_REQUIRED ann "
        f":Account created; it waits for the code that was sent to {MAIL}: VERIFY ann <code>"
    ]
    (sent,) = net.codes
    assert (sent.email, sent.account, len(sent.code)) == (MAIL, "ann", 26)
    assert sent.code not in repr(sent) and account_of(net, ann) == ""
    written = b"".join(encode_fact(entry.fact) for entry in net.journal.entries)
    assert sent.code.encode() not in written
    ann.forget()
    assert ann.says(f"VERIFY Ann {sent.code.upper()}") == [
        ":test.net VERIFY SUCCESS ann :Account successfully registered",
        ":ann!~ann@127.0.0.1 MODE ann +r",
        ":test.net 900 ann ann!~ann@127.0.0.1 ann :You are now logged in as ann",
    ]
    assert account_of(net, ann) == "ann"
    assert [record.kind for record in net.audited] == ["account registered", "account verified", "login"]


def test_verifying_before_the_connection_is():
    net = net_with(verification=True)
    code = waiting(net, coming(net, "NICK ann"))
    ann = coming(net, "NICK ann", "USER ann 0 * :Ann")
    assert ann.says(f"VERIFY ann {code}")[1] == ":test.net 900 ann ann!~ann@127.0.0.1 ann :You are now logged in as ann"
    ann.says("CAP END")
    assert account_of(net, ann) == "ann"


@pytest.mark.covers("FAIL VERIFY INVALID_CODE", "FAIL VERIFY TEMPORARILY_UNAVAILABLE")
def test_wrong_codes_are_answered_the_same():  # hostile input A02
    net = net_with(verification=True, limits=Limits(logins_per_account_max=2))
    code = waiting(net, net.connect("ann", CAPS))
    has_account(net, "known")
    bob = net.connect("bob", CAPS)
    text = "That code is wrong or has run out; register again to get another"
    for account in ("ann", "known", "nobody"):
        for given in ("0", "x" * 26):
            assert bob.says(f"VERIFY {account} {given}") == [f":test.net FAIL VERIFY INVALID_CODE {account} :{text}"]
    assert bob.says(f"VERIFY ann {code}") == [
        ":test.net FAIL VERIFY TEMPORARILY_UNAVAILABLE ann :Too many wrong passwords, try again in 60 seconds"
    ]
    net.pass_time(60)
    assert "SUCCESS" in bob.says(f"VERIFY ann {code}")[0]


def test_a_code_counts_once_and_for_a_while():
    net = net_with(verification=True, limits=Limits(code_minutes_max=5))
    ann = net.connect("ann", CAPS)
    old = waiting(net, ann)
    assert fails(ann, f"REGISTER * {MAIL} {PASSWORD}") == ["FAIL REGISTER ACCOUNT_EXISTS ann"]
    net.pass_time(120)
    net.pass_time(180)
    ann = net.connect("bob", CAPS)
    assert fails(ann, f"VERIFY ann {old}") == ["FAIL VERIFY INVALID_CODE ann"]
    new = waiting(net, ann)
    assert new != old
    assert fails(ann, f"VERIFY ann {old}") == ["FAIL VERIFY INVALID_CODE ann"]
    assert "SUCCESS" in ann.says(f"VERIFY ann {new}")[0]
    joe = net.connect("joe", CAPS)
    assert fails(joe, f"VERIFY ann {new}") == ["FAIL VERIFY INVALID_CODE ann"]


def test_a_mail_that_cannot_be_sent(monkeypatch):
    net = net_with(verification=True)
    answer_to = net.answer_to
    monkeypatch.setattr(
        net,
        "answer_to",
        lambda node, query: CodeSent("the post is closed") if isinstance(query, SendCode) else answer_to(node, query),
    )
    assert net.connect("ann", CAPS).says(f"REGISTER * {MAIL} {PASSWORD}") == [
        ":test.net FAIL REGISTER TEMPORARILY_UNAVAILABLE ann :The post is closed"
    ]
    assert not len(net.engine.state.accounts)


def test_answers_are_one_response():  # labeled-response
    net = net_with(verification=True)
    ann = net.connect("ann", f"{CAPS} labeled-response batch")
    assert ann.says(f"@label=1 REGISTER * {MAIL} short")[0].startswith(
        "@label=1 :test.net FAIL REGISTER WEAK_PASSWORD "
    )
    assert ann.says(f"@label=2 REGISTER * {MAIL} {PASSWORD}")[0].startswith("@label=2 :test.net REGISTER VERIFICATION_")
    assert ann.says("@label=3 VERIFY ann x")[0].startswith("@label=3 :test.net FAIL VERIFY INVALID_CODE ")
    lines = ann.says(f"@label=4 VERIFY ann {net.codes[0].code}")
    assert [line.split(" ")[0].partition("=")[0] for line in lines] == [
        "@label",
        "@batch",
        "@batch",
        "@batch",
        ":test.net",
    ]
    assert lines[0].endswith(" labeled-response")

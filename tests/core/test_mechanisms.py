"""PLAIN (RFC 4616), SCRAM-SHA-256 (RFC 5802, RFC 7677) and EXTERNAL (RFC 4422 appendix A), as clients meet them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from scramp import ScramClient, ScramMechanism

from ipcchat.core import facts, mechanisms
from ipcchat.core.effects import Verified
from ipcchat.core.facts import Credentials
from ipcchat.core.peers import LocalUser, Peer
from ipcchat.core.sasl import chunks
from ipcchat.core.settings import Settings, Throttles
from tests.core.deeds import happened, has_account, is_operator
from tests.core.net import Net, Talker

SETTINGS = Settings(network="TestNet", server_name="test.net", motd=())
PASSWORD = "correct horse"
CERTIFICATE, OTHER = "ab" * 32, "cd" * 32
SALT, STORED, SERVER, ITERATIONS = ScramMechanism("SCRAM-SHA-256").make_auth_info(PASSWORD, 4_096, b"salt of the sea.")
CREDENTIALS = Credentials(f"hash of {PASSWORD}", SALT, ITERATIONS, STORED, SERVER)
FAILED = ":test.net 904 ann :SASL authentication failed"
WELCOME = [
    ":test.net 900 ann ann!~ann@{} ann :You are now logged in as ann",
    ":test.net 903 ann :SASL authentication successful",
]


@pytest.fixture
def net() -> Net:
    """A network where ann has an account."""
    net = Net(settings=SETTINGS)
    has_account(net, "ann", credentials=CREDENTIALS, certificates=(CERTIFICATE,))
    return net


def coming(net: Net, nick: str = "ann", **way: Any) -> Talker:
    """Somebody who negotiates."""
    talker = net.dial(**way)
    talker.says("CAP REQ :sasl", f"NICK {nick}", f"USER {nick} 0 * :Somebody")
    talker.forget()
    return talker


def encoded(response: str | bytes) -> str:
    """A response as AUTHENTICATE has it."""
    raw = response.encode() if isinstance(response, str) else response
    return base64.b64encode(raw).decode() or "+"


def plain(talker: Talker, response: str | bytes) -> list[str]:
    """Log in with PLAIN: the answer to the response."""
    talker.says("AUTHENTICATE PLAIN")
    raw = response.encode() if isinstance(response, str) else response
    return talker.says(*[f"AUTHENTICATE {chunk}" for chunk in chunks(raw)])


# PLAIN.


@pytest.mark.parametrize("response", ["\0ann\0correct horse", "ann\0ann\0correct horse", "\0ANN\0correct horse"])
def test_plain(net, response):
    assert plain(coming(net), response) == [line.format("127.0.0.1") for line in WELCOME]


def test_a_nick_of_the_account_will_do(net):
    ann = coming(net, "annie")
    plain(ann, "\0ann\0correct horse")
    ann.says("CAP END")
    happened(net, facts.NicksGrouped, ann, account="ann", added=(("annette", "annette"),))
    assert "900 phone phone!~phone@127.0.0.1 ann " in plain(coming(net, "phone"), "\0Annette\0correct horse")[0]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("", ": PLAIN has a name and a password, each behind a NUL"),
        ("ann\0correct horse", ": PLAIN has a name and a password, each behind a NUL"),
        ("\0ann\0correct\0horse", ": PLAIN has a name and a password, each behind a NUL"),
        (b"\0ann\0\xff", ": PLAIN has a name and a password, each behind a NUL"),
        ("\0\0correct horse", ": PLAIN needs a name and a password, and logs in to that name only"),
        ("\0ann\0", ": PLAIN needs a name and a password, and logs in to that name only"),
        ("bob\0ann\0correct horse", ": PLAIN needs a name and a password, and logs in to that name only"),
        ("\0ann\0" + "x" * 301, ": a password has at most 300 bytes"),
        ("\0nobody\0" + "x" * 301, ": a password has at most 300 bytes"),
        ("\0ann\0wrong", ""),
        ("\0nobody\0wrong", ""),
    ],
)
def test_plain_fails(net, response, reason):  # hostile input A05; the last two are one answer: A02
    assert plain(coming(net), response) == [f"{FAILED}{reason}"]


def test_a_name_that_is_not_there_is_as_much_work(net):  # hostile input A02
    for name in ("ann", "nobody"):
        net.journal.holding = True
        talker = coming(net)
        plain(talker, f"\0{name}\0wrong")
        ((_, _, query),) = net.queries
        assert (
            query.password_hash.startswith("$argon2id$") or query.password_hash == CREDENTIALS.password_hash
        ) is True
        net.journal.holding = False
        net.settle()


def test_an_account_without_a_password(net):
    has_account(net, "cert", credentials=Credentials())
    assert plain(coming(net), "\0cert\0x") == [FAILED]


def test_one_password_however_it_was_typed(net):
    has_account(net, "zoe", "caf\u00e9 au lait")
    assert "900" in plain(coming(net), "\0zoe\0cafe\u0301 au lait")[0]


def test_plain_needs_a_way_that_nobody_can_read(net):  # hostile input A06
    far = coming(net, host="192.0.2.7")
    assert far.says("AUTHENTICATE PLAIN") == [
        ":test.net 908 ann SCRAM-SHA-256 :are available SASL mechanisms",
        f"{FAILED}: a password may not travel unencrypted; connect with TLS",
    ]
    secure = coming(net, peer=Peer("192.0.2.7", secure=True))
    assert plain(secure, "\0ann\0correct horse") == [line.format("192.0.2.7") for line in WELCOME]


def test_the_password_changes_while_it_is_compared(net):
    ann = coming(net)
    net.journal.holding = True
    plain(ann, "\0ann\0correct horse")
    net.engine.state.accounts.find("ann").credentials = Credentials("hash of another")
    net.journal.holding = False
    net.settle()
    assert ann.lines[-1] == FAILED


def test_nobody_has_time_to_look(net, monkeypatch):  # hostile input A03
    monkeypatch.setattr(net, "answer_to", lambda node, query: Verified(False, "there is too much to do"))
    assert plain(coming(net), "\0ann\0correct horse") == [f"{FAILED}: there is too much to do"]
    assert net.audited == []


def test_an_account_that_cannot_be_used(net):  # only who knows the password learns of it
    oper = net.connect("oper")
    is_operator(net, oper)
    has_account(net, "new", PASSWORD, code_hash="ab" * 32, code_until=net.now.wall + 1)
    happened(net, facts.AccountSuspended, oper, account="ann", reason="spam")
    assert plain(coming(net), "\0ann\0correct horse") == [":test.net 902 ann :The account ann is suspended: spam"]
    assert plain(coming(net), "\0ann\0wrong") == [FAILED]
    assert plain(coming(net), "\0new\0correct horse") == [
        ":test.net 902 ann :The account new is not verified yet: VERIFY new <code>"
    ]
    happened(net, facts.AccountRestored, oper, account="ann")
    happened(net, facts.AccountSuspended, oper, account="ann")
    assert plain(coming(net), "\0ann\0correct horse") == [":test.net 902 ann :The account ann is suspended"]


def test_guessing(net):  # hostile input A01
    assert [plain(coming(net), "\0ann\0wrong") for _ in range(3)] == [[FAILED]] * 3
    waiting = [f"{FAILED}: too many wrong passwords, try again in 60 seconds"]
    assert plain(coming(net), "\0Ann\0correct horse") == waiting
    assert plain(coming(net), "\0nobody\0wrong") == [FAILED]
    net.pass_time(60)
    assert len([plain(coming(net), "\0ann\0correct horse") for _ in range(9)][-1]) == 2
    assert {(record.kind, record.target, record.text) for record in net.audited} == {
        ("login failed", "ann", "wrong name or password"),
        ("login failed", "ann", "too many attempts"),
        ("login failed", "", "wrong name or password"),
        ("login", "ann", ""),
    }


def test_guessing_without_the_throttle(net):
    node = net.nodes[0]
    settings = Settings(
        network="TestNet", server_name="test.net", motd=(), throttles=Throttles(lines=False, logins=False)
    )
    node.engine.configure(settings)
    assert [plain(coming(net), "\0ann\0wrong") for _ in range(20)] == [[FAILED]] * 20
    assert plain(coming(net), "\0ann\0correct horse")[-1] == WELCOME[-1]


# SCRAM-SHA-256.


def scram_client(name: str = "ann", password: str = PASSWORD) -> ScramClient:
    """What the client does."""
    return ScramClient(["SCRAM-SHA-256"], name, password)


def response_of(line: str) -> str:
    """The challenge in an AUTHENTICATE line."""
    return base64.b64decode(line.removeprefix("AUTHENTICATE ")).decode()


def scram_until_final(talker: Talker, client: ScramClient) -> list[str]:
    """The answer to the client's proof."""
    talker.says("AUTHENTICATE SCRAM-SHA-256")
    (first,) = talker.says(f"AUTHENTICATE {encoded(client.get_client_first())}")
    client.set_server_first(response_of(first))
    return talker.says(f"AUTHENTICATE {encoded(client.get_client_final())}")


def test_scram(net):  # the server proves itself too; also far from here without encryption
    ann, client = coming(net, host="192.0.2.7"), scram_client()
    (final,) = scram_until_final(ann, client)
    client.set_server_final(response_of(final))
    assert ann.says("AUTHENTICATE +") == [line.format("192.0.2.7") for line in WELCOME]
    ann.says("CAP END")
    assert ann.session.user is not None and ann.session.user.account == "ann"


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("nobody", "wrong")])
def test_scram_fails_at_the_end_with_the_same_words(net, name, password):  # hostile input A02
    assert scram_until_final(coming(net), scram_client(name, password)) == [FAILED]
    assert [(record.kind, record.text) for record in net.audited] == [("login failed", "wrong name or password")]


def test_a_name_that_is_not_there_has_a_salt_that_stays(net):  # and no account has that cost of its own
    def first(name: str) -> dict[str, str]:
        talker = coming(net)
        talker.says("AUTHENTICATE SCRAM-SHA-256")
        (line,) = talker.says(f"AUTHENTICATE {encoded(scram_client(name).get_client_first())}")
        return dict(part.split("=", 1) for part in response_of(line).split(","))

    one, again, other = first("nobody"), first("NoBody"), first("somebody")
    assert one["s"] == again["s"] != other["s"]
    assert len(base64.b64decode(one["s"])) == 16 and one["i"] == str(mechanisms.SCRAM_ITERATIONS)
    assert one["r"][-64:] != again["r"][-64:]


@pytest.mark.parametrize(
    "first",
    [
        "",
        "n,,",
        "n,,n=ann",
        "p=tls-exporter,,n=ann,r=abc",
        "p=tls-unique,,n=ann,r=abc",
        "n,a=bob,n=ann,r=abc",
        "n,,m=x,n=ann,r=abc",
        "n,,n=,r=abc",
        "n,,n=ann,r=",
        "x,,n=ann,r=abc",
        "n,,n=a=b,r=abc",
    ],
)
def test_scram_first_messages_that_are_none(net, first):  # hostile input A08
    ann = coming(net)
    ann.says("AUTHENTICATE SCRAM-SHA-256")
    assert ann.says(f"AUTHENTICATE {encoded(first)}") == [FAILED]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("c=biws", "c=eSws"),  # the client said n,, and now y,,
        ("c=biws", "c=cD10bHMtdW5pcXVlLCw="),
        ("c=biws", "c=!"),
        (",r=", ",r=x"),
        (",p=", ",p=AAAA"),
        (",p=", ",q="),
    ],
)
def test_scram_final_messages_that_are_none(net, before, after):  # hostile input A08: binding, nonce, proof
    ann, client = coming(net), scram_client()
    ann.says("AUTHENTICATE SCRAM-SHA-256")
    (first,) = ann.says(f"AUTHENTICATE {encoded(client.get_client_first())}")
    client.set_server_first(response_of(first))
    final = client.get_client_final()
    assert before in final
    assert ann.says(f"AUTHENTICATE {encoded(final.replace(before, after))}") == [FAILED]


def test_a_proof_counts_once(net):  # hostile input A08: the nonce is another
    ann, client = coming(net), scram_client()
    ann.says("AUTHENTICATE SCRAM-SHA-256")
    (first,) = ann.says(f"AUTHENTICATE {encoded(client.get_client_first())}")
    client.set_server_first(response_of(first))
    recorded = [encoded(f"n,,{client.client_first_bare}")]
    recorded.append(encoded(client.get_client_final()))
    assert ann.says(f"AUTHENTICATE {recorded[1]}")[0].startswith("AUTHENTICATE ")
    eve = coming(net)
    eve.says("AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {recorded[0]}")
    assert eve.says(f"AUTHENTICATE {recorded[1]}") == [FAILED]


def test_scram_is_utf8(net):
    ann = coming(net)
    ann.says("AUTHENTICATE SCRAM-SHA-256")
    assert ann.says(f"AUTHENTICATE {encoded(bytes([255]))}") == [f"{FAILED}: what came is not UTF-8"]


def test_scram_is_throttled(net):
    for _ in range(3):
        scram_until_final(coming(net), scram_client(password="wrong"))
    ann = coming(net)
    ann.says("AUTHENTICATE SCRAM-SHA-256")
    assert ann.says(f"AUTHENTICATE {encoded(scram_client().get_client_first())}") == [
        f"{FAILED}: too many wrong passwords, try again in 60 seconds"
    ]


def test_the_password_changes_while_it_is_proved(net):
    ann, client = coming(net), scram_client()
    ann.says("AUTHENTICATE SCRAM-SHA-256")
    (first,) = ann.says(f"AUTHENTICATE {encoded(client.get_client_first())}")
    net.engine.state.accounts.find("ann").credentials = Credentials()
    client.set_server_first(response_of(first))
    assert ann.says(f"AUTHENTICATE {encoded(client.get_client_final())}") == [FAILED]


def test_an_account_that_only_plain_knows(net):
    has_account(net, "old", PASSWORD)
    assert scram_until_final(coming(net), scram_client("old")) == [FAILED]


# EXTERNAL.


@pytest.mark.parametrize("wanted", ["", "ann", "ANN"])
def test_a_certificate(net, wanted):
    ann = coming(net, peer=Peer("192.0.2.7", secure=True, certificate=CERTIFICATE))
    ann.says("AUTHENTICATE EXTERNAL")
    assert ann.says(f"AUTHENTICATE {encoded(wanted)}") == [line.format("192.0.2.7") for line in WELCOME]


@pytest.mark.parametrize(
    ("certificate", "wanted"), [(OTHER, ""), (OTHER, "ann"), (CERTIFICATE, "bob"), (CERTIFICATE, "\xff")]
)
def test_a_certificate_that_is_not_his(net, certificate, wanted):  # hostile input A07
    has_account(net, "bob", certificates=("ef" * 32,))
    ann = coming(net, peer=Peer("192.0.2.7", secure=True, certificate=certificate))
    ann.says("AUTHENTICATE EXTERNAL")
    assert ann.says(f"AUTHENTICATE {encoded(wanted)}") == [
        f"{FAILED}: no account knows your certificate; log in with a password and add it"
    ]


def test_no_certificate(net):  # hostile input A07
    ann = coming(net)
    assert ann.says("AUTHENTICATE EXTERNAL") == [
        ":test.net 908 ann SCRAM-SHA-256,PLAIN,OAUTHBEARER,IRCV3BEARER :are available SASL mechanisms",
        f"{FAILED}: your client showed no certificate",
    ]


def test_the_kernel_vouches_for_a_local_user(net):
    build = coming(net, peer=Peer("local:1000", local=LocalUser(1000, "build", account="ann")))
    build.says("AUTHENTICATE EXTERNAL")
    assert build.says("AUTHENTICATE +")[-1] == WELCOME[-1]
    stranger = coming(net, peer=Peer("local:1001", local=LocalUser(1001, "eve", account="nobody")))
    stranger.says("AUTHENTICATE EXTERNAL")
    assert "904" in stranger.says("AUTHENTICATE +")[-1]


def test_a_certificate_of_an_account_that_cannot_be_used(net):
    oper = net.connect("oper")
    is_operator(net, oper)
    happened(net, facts.AccountSuspended, oper, account="ann", reason="spam")
    ann = coming(net, peer=Peer("192.0.2.7", secure=True, certificate=CERTIFICATE))
    ann.says("AUTHENTICATE EXTERNAL")
    assert ann.says("AUTHENTICATE +") == [":test.net 902 ann :The account ann is suspended: spam"]

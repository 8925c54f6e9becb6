"""Attacks on logins and accounts, A01 to A12: guessing, telling accounts apart, floods, odd moments, forged proofs,
ways around, and secrets in places where they do not belong (docs/hostile-input.md)."""

from __future__ import annotations

import base64
import itertools
import math
import os
import statistics
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scramp import ScramClient, ScramMechanism

from ipcchat.core import facts
from ipcchat.core.effects import Answer, Query, Verified, Verify
from ipcchat.core.facts import Credentials
from ipcchat.core.password_rules import UNKNOWN_HASH
from ipcchat.core.peers import Peer
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Settings, Throttles
from ipcchat.server import logs, passwords
from ipcchat.server.verifier import THREADS, WAITING_MAX
from tests.core.deeds import happened, has_account, is_operator
from tests.core.net import Net, Node, Talker
from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess

SETTINGS = Settings(network="TestNet", server_name="test.net", motd=())
PASSWORD, CANARY = "correct horse", "Canary-in-the-mine-7"
SALT, STORED, SERVER, ITERATIONS = ScramMechanism("SCRAM-SHA-256").make_auth_info(PASSWORD, 4_096, b"salt of the sea.")
CREDENTIALS = Credentials(f"hash of {PASSWORD}", SALT, ITERATIONS, STORED, SERVER)


TIMED_LOGINS = 10_000 if os.environ.get("HOSTILE_FULL") else 150
"""Of each kind; one takes about 30 ms."""


def new_net(nodes: int = 1, **fields: Any) -> Net:
    """A network where ann has an account."""
    settings = msgspec.structs.replace(SETTINGS, **fields)
    net = Net(nodes, settings=settings)
    for node in net.nodes:
        node.engine.state.policy = settings.policy
    has_account(net, "ann", credentials=CREDENTIALS)
    return net


def coming(net: Net, nick: str = "eve", **way: Any) -> Talker:
    """Somebody who negotiates."""
    talker = net.dial(**way)
    talker.says("CAP REQ :sasl", "CAP REQ :draft/account-registration standard-replies")
    talker.says(f"NICK {nick}", f"USER {nick} 0 * :Eve")
    talker.forget()
    return talker


def encoded(*parts: str) -> str:
    """What PLAIN says."""
    return base64.b64encode("\0".join(parts).encode()).decode()


def plain(talker: Talker, name: str, password: str) -> list[str]:
    """What a login with PLAIN is answered with, after the empty challenge."""
    return talker.says("AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded('', name, password)}")[1:]


def test_A01_guessing_has_a_bound_and_the_owner_a_way_in():
    net = new_net()
    ann = coming(net, "ann", peer=Peer("198.51.100.1", secure=True))
    assert "900" in plain(ann, "ann", PASSWORD)[0]
    ann.says("CAP END")
    looked_at = 0
    for number in range(100):
        eve = coming(net, peer=Peer(f"2001:db8:{number:x}::1", secure=True))
        looked_at += sum(line.endswith(" failed") for line in plain(eve, "ann", "guess") + plain(eve, "ann", "guess"))
    assert looked_at == net.engine.limits.login_attempts_free + 1  # then a pause, whatever address it is
    assert not ann.closed and ann.says("PING x") == [":test.net PONG test.net :x"]
    phone = coming(net, "phone", peer=Peer("198.51.100.1", secure=True))
    assert "900" in plain(phone, "ann", PASSWORD)[0]


def test_A01_one_password_for_many_accounts_is_ten_a_minute():
    net = new_net()
    answers = [plain(coming(net), f"user{number}", "guess")[0] for number in range(100)]
    assert sum(answer.endswith(" failed") for answer in answers) == 10


def test_A02_an_account_that_is_not_there_is_the_same_to_who_asks():
    """The same lines, and a password is compared with a hash of the same cost."""
    answers, costs = [], []
    for name in ("ann", "nobody"):
        net = new_net()
        net.journal.holding = True
        eve = coming(net)
        plain(eve, name, "guess")
        (_, _, query), *_ = net.queries
        assert isinstance(query, Verify)
        costs.append(query.password_hash)
        net.journal.holding = False
        net.settle()
        scram = coming(net)
        client = ScramClient(["SCRAM-SHA-256"], name, "guess")
        scram.says("AUTHENTICATE SCRAM-SHA-256")
        (first,) = scram.says(f"AUTHENTICATE {base64.b64encode(client.get_client_first().encode()).decode()}")
        client.set_server_first(base64.b64decode(first.split(" ")[1]).decode())
        final = scram.says(f"AUTHENTICATE {base64.b64encode(client.get_client_final().encode()).decode()}")
        old = net.dial()
        old.says(f"PASS {name}:guess-of-eve")
        answers.append((eve.lines, final, old.lines))
    assert answers[0] == answers[1]
    assert costs == [CREDENTIALS.password_hash, UNKNOWN_HASH]
    own = passwords.hash_password("x").split("$")
    assert UNKNOWN_HASH.split("$")[:4] == own[:4] and len(UNKNOWN_HASH) == len("$".join(own))


def test_A02_the_time_of_an_answer_tells_nothing():
    """Welch's t-test over the CPU time of whole logins, from the line to the answer, in alternation."""

    class Comparing(Net):
        """A network whose shell compares passwords as the server does."""

        def answer_to(self, node: Node, query: Query) -> Answer:
            if isinstance(query, Verify):
                return Verified(passwords.matches(query.password_hash, query.password))
            return super().answer_to(node, query)

    net = Comparing(settings=SETTINGS)
    for node in net.nodes:
        node.engine.settings = msgspec.structs.replace(node.engine.settings, throttles=Throttles(logins=False))
    has_account(net, "ann", credentials=Credentials(passwords.hash_password(PASSWORD)))
    spent: dict[str, list[float]] = {"ann": [], "not": []}
    for _ in range(TIMED_LOGINS):
        for name, times in spent.items():
            eve = coming(net)
            begin = time.thread_time()
            (answer,) = plain(eve, name, "guess")
            times.append(time.thread_time() - begin)
            assert answer.endswith(" 904 eve :SASL authentication failed")
            eve.hangs_up()
    one, other = (sorted(times)[: int(TIMED_LOGINS * 0.9)] for times in spent.values())  # without the scheduler's tail
    spread = math.sqrt(statistics.variance(one) / len(one) + statistics.variance(other) / len(other))
    assert abs(statistics.mean(one) - statistics.mean(other)) / spread < 4.5, (
        statistics.mean(one),
        statistics.mean(other),
    )


def test_A03_many_logins_at_once_are_bounded_and_harm_nobody(tmp_path: Path):
    """200 at once on a real server: those for whom there is no room are told so, and the bystander is served."""
    with ServerProcess(tmp_path, memory=True, throttled=False) as server, Bystander(server.port):
        clients = [RawClient(server.port) for _ in range(200)]
        for client in clients:
            client.says("CAP REQ :sasl", "AUTHENTICATE PLAIN")
        for client in clients:
            client.hears("AUTHENTICATE")
        for number, client in enumerate(clients):
            client.says(f"AUTHENTICATE {encoded('', f'user{number}', 'guess-of-eve')}")
        answers = [client.hears("904").params[-1] for client in clients]
        for client in clients:
            client.close()
        busy = sum("too many passwords are being looked at" in answer for answer in answers)
        assert busy and len(answers) - busy >= THREADS + WAITING_MAX
        assert not server.failures


ODD = [
    "AUTHENTICATE a b",
    "AUTHENTICATE :",
    "AUTHENTICATE ::a",
    "AUTHENTICATE *",
    "AUTHENTICATE plain",
    "AUTHENTICATE +",
]
CHANGES = ["NICK eve2", "USER x 0 * :X", "CAP REQ :-sasl", "CAP REQ sasl"]
SAID = [*ODD, *CHANGES, f"AUTHENTICATE {encoded('', 'ann', 'guess')}"]


@pytest.mark.parametrize("first", SAID)
def test_A04_odd_words_at_odd_moments(first):
    """Three odd lines in any order log nobody in, and a login that is right is not spoiled by them."""
    for others in itertools.permutations([line for line in SAID if line != first], 2):
        net = new_net(throttles=msgspec.structs.replace(SETTINGS.throttles, logins=False))
        eve = coming(net)
        eve.says(first, *others)
        assert not {"900", "903"} & set(eve.numerics)
        eve.says("CAP REQ sasl", "AUTHENTICATE *")
        assert "900" in plain(eve, "ann", PASSWORD)[0], (first, others)


@pytest.mark.parametrize(
    "parts", [("bob", "ann", PASSWORD), ("", "", PASSWORD), ("", "ann", ""), ("ann", "", PASSWORD)]
)
def test_A05_plain_logs_in_to_the_name_that_it_proves(parts):
    eve = coming(new_net())
    assert "904" in eve.says("AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded(*parts)}")[-1]


def test_A06_no_password_over_an_open_line():
    net = new_net()
    far = net.dial(host="192.0.2.7")
    offered = " ".join(far.says("CAP LS 302"))
    assert "sasl=SCRAM-SHA-256 " in offered and "account-registration" not in offered
    far.says("CAP REQ sasl", "NICK eve")
    assert "904" in far.says("AUTHENTICATE PLAIN")[-1]
    assert "unencrypted" in far.says(f"REGISTER * * {CANARY}")[-1]
    assert far.says(f"PASS :ann:{PASSWORD}")[-1].startswith("ERROR") and not net.queries


@pytest.mark.parametrize("shown", ["", "cd" * 32, "AB" * 32, "ab" * 31, "ab" * 32 + "00"])
def test_A07_only_the_whole_certificate_counts(shown):
    net = new_net()
    has_account(net, "cert", certificates=("ab" * 32,))
    eve = coming(net, peer=Peer("192.0.2.7", secure=True, certificate=shown))
    eve.says("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    assert "903" not in eve.numerics and "904" in eve.numerics


@pytest.mark.parametrize(
    ("before", "after"), [("c=biws", "c=eSws"), (",r=", ",r=x"), (",p=", ",p=AAAA"), (",p=", ",p=")]
)
def test_A08_scram_fails_closed(before, after):
    """Another binding, another nonce, another proof; and the last one is the proof for another exchange."""
    net = new_net()
    eve, client = coming(net), ScramClient(["SCRAM-SHA-256"], "ann", PASSWORD)
    eve.says("AUTHENTICATE SCRAM-SHA-256")
    (first,) = eve.says(f"AUTHENTICATE {base64.b64encode(client.get_client_first().encode()).decode()}")
    client.set_server_first(base64.b64decode(first.split(" ")[1]).decode())
    final = client.get_client_final().replace(before, after)
    if before == after:
        eve.says("AUTHENTICATE *", "AUTHENTICATE SCRAM-SHA-256")
        eve.says(f"AUTHENTICATE {base64.b64encode(f'n,,{client.client_first_bare}'.encode()).decode()}")
    assert "904" in eve.says(f"AUTHENTICATE {base64.b64encode(final.encode()).decode()}")[-1]


WAYS_IN = [
    "CAP REQ sasl",
    "NICK eve",
    "USER eve 0 * :Eve",
    "CAP END",
    "REGISTER eve a@example.org canary-in-mine",
    "VERIFY eve 1234",
]


def test_A09_no_order_of_registering_is_a_way_around():
    """An account is required and has to be verified: whatever comes in whatever order, nobody is in the network."""
    for lines in itertools.permutations(WAYS_IN):
        net = new_net(account_required=True, verification=True)
        eve = net.dial()
        eve.says(*lines, "JOIN #tea", "PRIVMSG ann :hello")
        assert not net.engine.state.users and "001" not in eve.numerics, lines
        account = net.engine.state.accounts.find("eve")
        assert account is None or not account.verified


def test_A09_an_account_that_was_suspended_meanwhile():
    """Between the login and the registration."""
    net = new_net(account_required=True)
    ann = coming(net, "ann")
    plain(ann, "ann", PASSWORD)
    net.engine.state.accounts.find("ann").code_hash = "not verified"  # type: ignore[union-attr]
    ann.says("CAP END")
    assert not net.engine.state.users


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (facts.AccountSuspended, {"reason": "spam"}),
        (facts.AccountDeleted, {}),
        (facts.PasswordChanged, {"credentials": Credentials("hash of another")}),
    ],
)
def test_A10_sessions_end_on_every_node(kind, fields):
    net = new_net(3, policy=Policy(always_on="disabled"))
    sessions = []
    for node in range(3):
        talker = net.dial(node)
        talker.says("CAP REQ sasl", "NICK ann", f"PASS :ann:{PASSWORD}", "USER ann 0 * :Ann", "CAP END")
        assert talker.session.user is not None
        sessions.append(talker)
    oper = net.connect("oper", node=1)
    is_operator(net, oper)
    happened(net, kind, oper, account="ann", **fields)
    assert all(talker.closed for talker in sessions)
    assert [user.nick for user in net.engine.state.users.values()] == ["oper"]
    assert "900" not in net.dial().says(f"PASS :ann:{PASSWORD}")[0]
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_A11_a_code_is_long_and_kept_only_as_a_hash_and_counts_once():
    net = new_net(verification=True, register_before_connect=True)
    codes = set()
    for number in range(20):
        coming(net, f"user{number}").says(f"REGISTER * a@example.org {CANARY}")
    codes = {sent.code for sent in net.codes}
    assert len(codes) == 20 and all(len(base64.b32decode(code.upper() + "======")) == 16 for code in codes)
    assert not any(code.encode() in net.engine.snapshot() for code in codes)
    code = net.codes[0].code
    assert "SUCCESS" in coming(net).says(f"VERIFY user0 {code}")[0]
    assert "INVALID_CODE" in coming(net, "joe").says(f"VERIFY user0 {code}")[0]


def test_A12_a_password_is_found_nowhere(tmp_path: Path):
    """Said in every command that takes one, to a server that logs all it can: in no file of it, in no answer."""
    with ServerProcess(tmp_path, "--log-level", "debug", throttled=False) as server:
        with RawClient(server.port) as ann:
            ann.says(f"PASS {CANARY}", "CAP REQ :sasl standard-replies", "NICK ann", "USER ann 0 * :Ann")
            ann.says(f"REGISTER * * {CANARY}")
            ann.hears("900")
            ann.says("CAP END")
            ann.hears("422", "376")
            said = [f"OPER ann {CANARY}", f"PRIVMSG NickServ :IDENTIFY {CANARY}", f"NS IDENTIFY ann {CANARY}"]
            said += [f"PRIVMSG NickServ :{CANARY}", f"REGISTER x * {CANARY}", f"PASS {CANARY}"]
            said += ["AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded('', 'ann', CANARY)}"]
            heard = ann.answers_to(*said)
        with RawClient(server.port) as old:
            old.says(f"PASS ann:{CANARY}x", "NICK old", "USER old 0 * :Old")
            heard += old.hears_end()
        assert server.terminate() == 0
        secrets = [text.encode() for text in (CANARY, encoded("", "ann", CANARY), encoded(CANARY))]
        for file in (path for path in tmp_path.rglob("*") if path.is_file()):
            content = file.read_bytes()
            assert not any(secret in content for secret in secrets), file
        assert not any(CANARY in str(line) for line in heard)
        assert not server.failures


def test_A12_a_failure_does_not_tell_it(captured_log: Any):
    """A bug that has the password in its hands: neither its text nor its variables are logged."""
    try:
        _fails_with(CANARY)
    except RuntimeError as error:
        logs.failure("a command failed", error)
    assert "RuntimeError" in captured_log() and CANARY not in captured_log()
    assert CANARY not in repr([Verify("hash", CANARY), Verified(True), CREDENTIALS])


def _fails_with(password: str) -> None:
    raise RuntimeError(password)


@pytest.fixture
def captured_log() -> Any:
    """What a log for machines says."""
    import logging

    lines: list[str] = []

    class Gather(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(logs.JSONFormatter().format(record))

    handler = Gather()
    logs.LOG.addHandler(handler)
    yield lambda: "\n".join(lines)
    logs.LOG.removeHandler(handler)

"""What facts about accounts mean: who may do it, what it changes, who is cut off. The order of the journal decides."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ipcchat.core import account_rules, facts
from ipcchat.core.apply.meaning import check
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Ignored, Refusal
from ipcchat.core.facts import Credentials
from ipcchat.core.limits import Limits
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Settings
from tests.core.deeds import happened, has_account, is_logged_in, is_operator
from tests.core.net import Net, Talker

CERTIFICATE, OTHER = "ab" * 32, "cd" * 32
NEW = Credentials("hash of another")
DENIED = "Permission denied: log in to that account first"


@pytest.fixture
def net() -> Net:
    """Two nodes; ann and bob have accounts."""
    return new_net()


def new_net(nodes: int = 2, **limits: int) -> Net:
    """A network where ann and bob have accounts, and nicks are nobody's."""
    net = Net(nodes, limits=Limits(**limits))
    for node in net.nodes:
        node.engine.state.policy = Policy(nicks_owned=False)
    for name in ("ann", "bob"):
        has_account(net, name)
    return net


def member(net: Net, nick: str, account: str, node: int = 0) -> Talker:
    """Somebody who is in #tea, and logged in."""
    talker = net.connect(nick, node=node)
    is_logged_in(net, talker, account)
    talker.says("JOIN #tea")
    net.forget()
    return talker


def peace(net: Net, node: int = 1) -> Talker:
    """An operator of the network."""
    talker = net.connect("peace", node=node)
    is_operator(net, talker)
    return talker


def refusal(net: Net, kind: type[facts.Fact], by: str, **fields: Any) -> str:
    """Why a fact may not happen now; "" when it may, "ignored" when there is nothing to do."""
    try:
        check(net.engine.state, kind(b"x" * 16, net.now.wall, by, **fields))
    except Refusal as no:
        return f"{no.code}: {no.text}" if isinstance(no, Failure) else no.text
    except Ignored:
        return "ignored"
    return ""


def account(net: Net, name: str = "ann") -> Any:
    """An account, which is the same on every node."""
    assert len({node.engine.state.digest() for node in net.nodes}) == 1
    return net.engine.state.accounts.find(name)


# Registering.


def registering(net: Net, by: str = "node0000", name: str = "new", **fields: Any) -> str:
    """Why somebody may not register an account."""
    return refusal(net, facts.AccountRegistered, by, account=name, skeleton=fields.pop("skeleton", name), **fields)


def test_who_may_register(net):
    joe, oper, ann = net.connect("joe"), peace(net), member(net, "ann", "ann")
    assert registering(net, joe.session.uid) == registering(net, oper.session.uid) == registering(net) == ""
    assert registering(net, ann.session.uid) == "ALREADY_AUTHENTICATED: You are logged in to ann already"
    assert registering(net, "node0000.99") == "ignored"


def test_when_nobody_registers(net):
    oper = peace(net)
    for node in net.nodes:
        node.engine.state.lockdown = 4
    assert registering(net).startswith("TEMPORARILY_UNAVAILABLE: Nobody can register an account at the moment")
    for node in net.nodes:
        node.engine.state.lockdown, node.engine.state.policy = 5, Policy(accounts_open=False)
    assert registering(net).startswith("TEMPORARILY_UNAVAILABLE: Only operators of the network register accounts here")
    assert registering(net, oper.session.uid) == ""


def test_which_names_are_free(net):
    joe, oper = net.connect("joe"), peace(net)
    is_logged_in(net, net.connect("eve"), "bob")
    taken = "ACCOUNT_EXISTS: Somebody else uses that nick, or one that looks like it; choose another"
    assert registering(net, name="Ann", skeleton="ann").startswith("ACCOUNT_EXISTS: That account exists already")
    assert registering(net, name="аnn", skeleton="ann").startswith("ACCOUNT_EXISTS: An account has a name that looks")
    assert registering(net, name="joe") == registering(net, name="j0e", skeleton="joe") == taken
    assert (
        registering(net, joe.session.uid, name="joe") == registering(net, joe.session.uid, "j0e", skeleton="joe") == ""
    )
    assert registering(net, joe.session.uid, name="eve") == taken
    assert registering(net, oper.session.uid, name="eve") == ""


def test_how_many_accounts_there_may_be():
    net = new_net(accounts_max=2)
    assert registering(net).startswith("TEMPORARILY_UNAVAILABLE: There are as many accounts as this network can have")


def test_a_certificate_is_of_one_account(net):
    has_account(net, "cert", certificates=(CERTIFICATE,))
    assert registering(net, certificates=(CERTIFICATE,)).startswith(
        "ACCOUNT_EXISTS: That certificate logs in to another"
    )
    assert net.engine.state.accounts.of_certificate(CERTIFICATE) is account(net, "cert")


def test_an_account_that_is_never_verified_gives_way(net):
    has_account(net, "new", code_hash="00", code_until=net.now.wall + 60_000)
    assert registering(net).startswith("ACCOUNT_EXISTS")
    assert registering(net, name="nеw", skeleton="new").startswith("ACCOUNT_EXISTS")
    assert refusal(net, facts.AccountVerified, "node0000", account="NEW", code_hash="00") == ""
    assert refusal(net, facts.AccountVerified, "node0000", account="NEW", code_hash="01").startswith("INVALID_CODE")
    net.pass_time(60)
    assert refusal(net, facts.AccountVerified, "node0000", account="new", code_hash="00").startswith("INVALID_CODE")
    has_account(net, "nеw", code_hash="11", code_until=net.now.wall + 1)
    assert account(net, "new") is None
    net.pass_time(1)
    has_account(net, "nеw")
    assert account(net, "nеw").verified


def test_verifying(net):
    has_account(net, "new", code_hash="00", code_until=net.now.wall + 60_000)
    assert not account(net, "new").verified
    happened(net, facts.AccountVerified, net.connect("joe"), account="new", code_hash="00")
    assert account(net, "new").verified and account(net, "new").code_until == 0
    for name in ("new", "nobody"):
        assert refusal(net, facts.AccountVerified, "node0000", account=name).startswith("INVALID_CODE")
    assert refusal(net, facts.AccountVerified, "node0000.99", account="new") == "ignored"


# Who may change what.

CHANGES: list[tuple[type[facts.Fact], dict[str, Any]]] = [
    (facts.PasswordChanged, {"credentials": NEW}),
    (facts.AccountSet, {"name": "private", "value": "on"}),
    (facts.CertificatesChanged, {"added": (CERTIFICATE,)}),
    (facts.NicksGrouped, {"added": (("annette", "annette"),)}),
    (facts.AccountDeleted, {}),
]
POWERS: list[tuple[type[facts.Fact], dict[str, Any]]] = [
    (facts.AccountSuspended, {}),
    (facts.AccountRestored, {}),
]


@pytest.mark.parametrize(("kind", "fields"), CHANGES)
def test_an_account_is_changed_by_who_is_logged_in_to_it_and_by_operators(net, kind, fields):
    ann, bob, joe, oper = member(net, "ann", "ann"), member(net, "bob", "bob"), net.connect("joe"), peace(net)
    assert refusal(net, kind, ann.session.uid, account="Ann", **fields) == ""
    assert refusal(net, kind, oper.session.uid, account="ann", **fields) == ""
    for uid in (bob.session.uid, joe.session.uid, "node0000"):
        assert refusal(net, kind, uid, account="ann", **fields) == DENIED
        assert refusal(net, kind, uid, account="nobody", **fields) == DENIED
    assert refusal(net, kind, oper.session.uid, account="nobody", **fields) == "There is no account of that name"
    assert refusal(net, kind, "node0000.99", account="ann", **fields) == "ignored"


@pytest.mark.parametrize(("kind", "fields"), POWERS)
def test_what_only_operators_may_do(net, kind, fields):
    ann, oper = member(net, "ann", "ann"), peace(net)
    for uid in (ann.session.uid, "node0000"):
        assert refusal(net, kind, uid, account="ann", **fields).startswith("Permission")
    assert refusal(net, kind, oper.session.uid, account="nobody", **fields) == "There is no account of that name"
    user = net.nodes[0].engine.state.users[oper.session.uid]
    user.privileges = ("kill",)
    assert refusal(net, kind, oper.session.uid, account="ann", **fields).startswith("Insufficient operator privileges")
    user.privileges = ("accounts",)
    assert "privileges" not in refusal(net, kind, oper.session.uid, account="ann", **fields)


# What the owner changes.


def test_settings(net):
    ann = member(net, "ann", "ann")
    happened(net, facts.AccountSet, ann, account="ann", name="private", value="on")
    assert account(net).settings == {"private": "on"}
    uid = ann.session.uid
    assert refusal(net, facts.AccountSet, uid, account="ann", name="private", value="on") == "ignored"
    happened(net, facts.AccountSet, ann, account="ann", name="private")
    assert account(net).settings == {}
    assert refusal(net, facts.AccountSet, uid, account="ann", name="private", value="maybe") == (
        "private can be on, off, or default"
    )
    assert refusal(net, facts.AccountSet, uid, account="ann", name="colour", value="red") == (
        "There is no such setting; there are always-on, private, replay"
    )


def test_certificates():
    net = new_net(certificates_per_account_max=2)
    ann = member(net, "ann", "ann")
    happened(net, facts.CertificatesChanged, ann, account="ann", added=(CERTIFICATE, OTHER, OTHER))
    assert account(net).certificates == (CERTIFICATE, OTHER)
    assert net.engine.state.accounts.of_certificate(OTHER) is account(net)
    uid, bob = ann.session.uid, member(net, "bob", "bob", 1)
    assert refusal(net, facts.CertificatesChanged, uid, account="ann", added=(OTHER,)) == "ignored"
    assert refusal(net, facts.CertificatesChanged, uid, account="ann", added=("ef" * 32,)) == (
        "An account has at most 2 certificates; remove one first"
    )
    assert refusal(net, facts.CertificatesChanged, bob.session.uid, account="bob", added=(OTHER,)) == (
        "That certificate logs in to another account; take it away there first"
    )
    happened(net, facts.CertificatesChanged, ann, account="ann", removed=(OTHER,))
    happened(net, facts.CertificatesChanged, bob, account="bob", added=(OTHER,))
    assert (account(net).certificates, account(net, "bob").certificates) == ((CERTIFICATE,), (OTHER,))


def test_nicks():
    net = new_net(nicks_per_account_max=2)
    ann, bob = member(net, "ann", "ann"), member(net, "bob", "bob", 1)
    net.connect("joe")
    is_logged_in(net, net.connect("phone"), "ann")
    happened(net, facts.NicksGrouped, ann, account="ann", added=(("Phone", "phone"), ("ANN", "ann"), ("desk", "desk")))
    assert account(net).nicks == {"Phone": "phone", "desk": "desk"}
    assert net.engine.state.accounts.owner("DESK") is account(net)

    def problem(*added: tuple[str, str], uid: str = bob.session.uid, name: str = "bob") -> str:
        return refusal(net, facts.NicksGrouped, uid, account=name, added=added)

    assert problem(("Desk", "desk")) == "That nick belongs to another account; choose another"
    assert problem(("dеsk", "desk")) == "That nick looks like one of another account; choose another"
    assert problem(("joe", "joe")) == "Somebody else uses that nick, or one that looks like it; choose another"
    assert problem(("lap", "lap"), uid=ann.session.uid, name="ann") == (
        "An account has at most 2 nicks besides its name; ungroup one first"
    )
    assert problem(("Desk", "desk"), uid=ann.session.uid, name="ann") == "ignored"
    assert problem(uid=ann.session.uid, name="ann") == "ignored"
    happened(net, facts.NicksGrouped, ann, account="ann", removed=("DESK",))
    assert account(net).nicks == {"Phone": "phone"}
    assert problem(("Desk", "desk")) == ""


def test_who_has_more_than_he_may_can_have_fewer():  # after the limit was lowered
    net = new_net()
    ann = member(net, "ann", "ann")
    happened(net, facts.NicksGrouped, ann, account="ann", added=(("a1", "al"), ("a2", "a2"), ("a3", "a3")))
    for node in net.nodes:
        node.engine.state.limits = msgspec.structs.replace(node.engine.state.limits, nicks_per_account_max=1)
    assert refusal(net, facts.NicksGrouped, ann.session.uid, account="ann", removed=("a3",)) == ""


# Cutting off.


def test_another_password_ends_all_connections_but_one(net):  # hostile input A10
    ann, phone, far = member(net, "ann", "ann"), member(net, "phone", "ANN"), member(net, "far", "ann", 1)
    bob = member(net, "bob", "bob", 1)
    happened(net, facts.PasswordChanged, ann, account="ann", credentials=NEW, kept=ann.session.id)
    assert account(net).credentials == NEW
    assert not ann.closed and not bob.closed
    assert phone.closed == far.closed == "The password of ann was changed"
    assert far.lines[-1] == "ERROR :Closing link: The password of ann was changed"
    quits = [f":{nick}!~{nick}@127.0.0.1 QUIT :The password of ann was changed" for nick in ("phone", "far")]
    assert bob.lines == quits
    assert {user.nick for user in net.engine.state.users.values()} == {"ann", "bob"}


def test_who_stays_without_a_connection_stays_when_the_password_changes():
    net = Net(settings=Settings(network="TestNet", server_name="test.net", motd=()))
    has_account(net, "ann")
    ann = net.dial()
    ann.says("CAP REQ sasl", "PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    oper = net.connect("peace")
    is_operator(net, oper)
    happened(net, facts.PasswordChanged, oper, account="ann", credentials=NEW)
    assert ann.closed and "ann" in net.engine.state.nicks
    happened(net, facts.AccountSet, oper, account="ann", name="always-on", value="off")
    assert "ann" not in net.engine.state.nicks


def test_a_nick_that_is_given_up_keeps_nobody_here():
    net = Net(settings=Settings(network="TestNet", server_name="test.net", motd=()))
    has_account(net, "ann")
    oper = net.connect("peace")
    is_operator(net, oper)
    happened(net, facts.NicksGrouped, oper, account="ann", added=(("annie", "annie"),))
    ann = net.dial()
    ann.says("CAP REQ sasl", "PASS :ann:correct horse", "NICK annie", "USER ann 0 * :Ann", "CAP END")
    ann.hangs_up()
    assert "annie" in net.engine.state.nicks
    happened(net, facts.NicksGrouped, oper, account="ann", removed=("annie",))
    assert "annie" not in net.engine.state.nicks


@pytest.mark.parametrize(
    ("reason", "text"), [("", "The account ann is suspended"), ("spam", "The account ann is suspended: spam")]
)
def test_suspending_and_restoring(net, reason, text):  # hostile input A10
    ann, far, bob, oper = member(net, "ann", "ann"), member(net, "far", "ann", 1), member(net, "bob", "bob"), peace(net)
    happened(net, facts.AccountSuspended, oper, account="ann", reason=reason, until=0, author="peace")
    suspended = account(net).suspended
    assert (suspended.reason, suspended.by, suspended.at, suspended.until) == (reason, "peace", net.now.wall, 0)
    assert ann.closed == far.closed == text and not bob.closed
    assert {user.nick for user in net.engine.state.users.values()} == {"bob", "peace"}
    happened(net, facts.AccountRestored, oper, account="ann")
    assert account(net).suspended is None
    assert refusal(net, facts.AccountRestored, oper.session.uid, account="ann") == "ann is not suspended"


def test_deleting(net):  # hostile input A10
    ann, far, oper = member(net, "ann", "ann"), member(net, "far", "ann", 1), peace(net)
    for node in net.nodes:
        state = node.engine.state
        tea = state.channels["#tea"]
        tea.founder, tea.registered, tea.access = "Ann", 1, {"ann": "o", "bob": "v"}
        state.channels["#tea"].history_after = 0
    other = member(net, "bob", "bob")
    other.says("JOIN #milk")
    for node in net.nodes:
        node.engine.state.channels["#milk"].founder = "bob"
        node.engine.state.channels["#milk"].access = {"Ann": "o", "joe": "v"}
    happened(net, facts.CertificatesChanged, ann, account="ann", added=(CERTIFICATE,))
    happened(net, facts.AccountDeleted, ann, account="ann", free_at=net.now.wall + 1_000)
    assert account(net) is None and net.engine.state.accounts.of_certificate(CERTIFICATE) is None
    assert ann.closed == far.closed == "The account ann was deleted"
    tea, milk = net.engine.state.channels["#tea"], net.engine.state.channels["#milk"]
    assert (tea.founder, tea.registered, tea.access) == ("", 0, {})
    assert (milk.founder, milk.access) == ("bob", {"joe": "v"})
    assert registering(net, name="ANN", skeleton="ann").startswith("ACCOUNT_EXISTS: That name belonged to an account")
    group = {"account": "bob", "added": (("Ann", "ann"),)}
    assert refusal(net, facts.NicksGrouped, other.session.uid, **group).startswith("That nick belongs to another")
    net.pass_time(1)
    assert registering(net, name="ANN", skeleton="ann") == ""
    happened(net, facts.AccountDeleted, oper, account="bob", free_at=0)
    assert net.engine.state.accounts.retired == {}


def test_the_one_who_deletes_it_is_answered_by_the_end():  # labeled-response
    net = new_net(1)
    ann = net.connect("ann", "labeled-response batch")
    is_logged_in(net, ann, "ann")
    ctx = Context(net.engine, ann.session, "DELETE", {})
    ctx.label = "1"
    ctx.propose(facts.AccountDeleted, account="ann")
    net.nodes[0].perform(net.engine.tick(net.now))
    net.settle()
    assert ann.lines == ["@label=1 ERROR :Closing link: The account ann was deleted"]
    assert not net.engine.state.users


def test_everything_outlives_a_restart():
    net = new_net(1)
    oper = peace(net, 0)
    happened(net, facts.NicksGrouped, oper, account="ann", added=(("annie", "annie"),))
    happened(net, facts.AccountSuspended, oper, account="bob", reason="spam")
    has_account(net, "gone")
    happened(net, facts.AccountDeleted, oper, account="gone", free_at=net.now.wall + 1)
    checkpoint, after = net.engine.snapshot(), net.engine.state.seq
    before = [net.engine.state.accounts.all(), net.engine.state.accounts.retired]
    net.restart(checkpoint, after)
    assert [net.engine.state.accounts.all(), net.engine.state.accounts.retired] == before
    assert account_rules.users_of(net.engine.state, account(net)) == []

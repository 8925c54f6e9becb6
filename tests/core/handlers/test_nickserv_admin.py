"""NickServ for operators who manage accounts: what they do, who may not, and that it is written down."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.facts import Token
from ipcchat.core.handlers import nickserv_admin
from ipcchat.core.peers import Peer
from ipcchat.core.privileges import ACCOUNTS, KILL
from tests.core.deeds import comes, happened, has_account, is_operator
from tests.core.handlers.test_nickserv import answers
from tests.core.net import Net

COMMANDS = [
    "LIST",
    "SUSPEND ann",
    "UNSUSPEND ann",
    "SUSPENSIONS",
    "SAREGISTER bob correct-horse",
    "SADROP ann",
    "RESETPASS ann better-horse",
    "SALOGOUT ann",
]


@pytest.fixture
def peace(net):
    """An operator; ann has an account."""
    has_account(net, "ann")
    talker = net.connect("peace")
    is_operator(net, talker)
    return talker


def written(net: Net) -> list[tuple[str, str, str]]:
    """What the audit log has: kind, target, text."""
    return [(audit.kind, audit.target, audit.text) for audit in net.audited]


@pytest.mark.parametrize("said", COMMANDS)
def test_only_operators_with_the_privilege(net, peace, said):
    bob = net.connect("bob")
    assert answers(bob, said) == ["Permission denied: you are not an IRC operator"]
    happened(net, facts.OperatorChanged, bob, name="keeper", privileges=(KILL,))
    bob.forget()
    (told,) = answers(bob, said)
    assert told.startswith(f"Insufficient operator privileges: you lack '{ACCOUNTS}'")
    assert answers(bob, f"HELP {said.split()[0]}") == [
        "There is no help on that. /msg NickServ HELP lists what there is."
    ]
    assert "SUSPEND" not in " ".join(answers(bob, "HELP"))
    assert "For operators of the network: LIST SUSPEND" in " ".join(answers(peace, "HELP"))
    assert written(net) == []


def test_accounts_are_listed(net, peace, monkeypatch):
    has_account(net, "annette", code_hash="0" * 64, code_until=1_700_000_600_000)
    registered = "registered 2023-11-14 22:13 UTC"
    assert answers(peace, "LIST") == [f"ann: {registered}", f"annette: {registered}, not verified"]
    assert answers(peace, "LIST Ann") == [f"ann: {registered}"]
    assert answers(peace, "LIST x*") == ["No account matches."]
    monkeypatch.setattr(nickserv_admin, "ROWS_MAX", 1)
    assert answers(peace, "LIST") == [
        f"ann: {registered}",
        "Only the first 1 of 2 are shown; give a narrower mask.",
    ]


@pytest.mark.parametrize(
    ("words", "until", "reason"),
    [
        ("", "until UNSUSPEND ann", ""),
        ("spam and eggs", "until UNSUSPEND ann", "spam and eggs"),
        ("1d12h spam", "until 2023-11-16 10:13 UTC", "spam"),
        ("30m", "until 2023-11-14 22:43 UTC", ""),
    ],
)
def test_suspending(net, peace, words, until, reason):
    ann = comes(net, "ann")
    bob = net.connect("bob")
    assert answers(peace, f"SUSPEND ann {words}".rstrip()) == [f"ann is suspended {until}."]
    assert ann.closed == "The account ann is suspended" + (f": {reason}" if reason else "")
    assert written(net)[-1] == ("account suspended", "ann", reason)
    (listed,) = answers(peace, "SUSPENSIONS")
    ending = "" if "UNSUSPEND" in until else f" {until}"
    assert listed.endswith(f", suspended by peace{ending}" + (f" ({reason})" if reason else ""))
    (told,) = answers(bob, "IDENTIFY ann correct horse")
    assert told.startswith("The account ann is suspended")
    assert answers(peace, "UNSUSPEND ann") == ["ann may be used again."]
    assert written(net)[-1] == ("account restored", "ann", "")
    assert answers(peace, "SUSPENSIONS") == ["No account is suspended."]
    assert answers(peace, "UNSUSPEND ann") == ["ann is not suspended"]
    assert answers(bob, "IDENTIFY ann correct horse")[1].startswith(":test.net 900 ")


def test_a_suspension_ends_by_itself(net, peace):
    answers(peace, "SUSPEND ann 1m")
    net.now = net.now.__class__(net.now.wall + 61_000, net.now.ticks + 61)
    assert comes(net, "ann").user.account == "ann"


def test_nobody_suspends_himself(net, peace):
    peace.says("NS IDENTIFY ann correct horse")
    peace.forget()
    assert answers(peace, "SUSPEND ann") == ["That is your own account"]


def test_registering_for_others(net, peace):
    assert answers(peace, "SAREGISTER bob correct-horse") == ["bob is registered."]
    assert written(net)[-1][1:] == ("bob", "")
    assert answers(net.connect("guest"), "IDENTIFY bob correct-horse")[1].startswith(":test.net 900 ")
    for said, told in (
        ("SAREGISTER bob correct-horse", "That account exists already; choose another name, or log in to it"),
        ("SAREGISTER 1a correct-horse", "A nick cannot begin with 1: begin with a letter"),
        ("SAREGISTER eve short", "A password has at least 8 bytes; choose a longer one"),
    ):
        assert answers(peace, said) == [told]


def test_another_password_for_others(net, peace):
    ann = comes(net, "ann")
    assert answers(peace, "RESETPASS ann short") == ["A password has at least 8 bytes; choose a longer one"]
    assert answers(peace, "RESETPASS ann better-horse") == ["ann has another password."]
    assert ann.closed == "The password of ann was changed"
    assert written(net)[-1] == ("password reset", "ann", "")
    assert answers(net.connect("guest"), "IDENTIFY ann better-horse")[1].startswith(":test.net 900 ")


def test_logging_out_everywhere(net, peace):
    ann, other, bob = comes(net, "ann"), comes(net, "ann"), net.connect("bob")
    happened(net, facts.TokensChanged, ann, account="ann", added=Token("web-1", "a" * 64, 1, device=True))
    happened(net, facts.TokensChanged, ann, account="ann", added=Token("ci", "b" * 64, 1))
    assert answers(peace, "SALOGOUT ann") == ["ann is logged out everywhere."]
    assert [each.closed for each in (ann, other, bob)] == ["Logged out by an operator"] * 2 + [""]
    assert [token.name for token in net.engine.state.accounts.find("ann").tokens] == ["ci"]
    assert written(net)[-1] == ("account logged out", "ann", "")
    assert answers(peace, "SALOGOUT ann") == ["ann has no connections, and no browser stays logged in"]
    comes(net, "ann")
    assert answers(peace, "SALOGOUT ann") == ["ann is logged out everywhere."]


def test_nobody_logs_himself_out_by_this(net, peace):
    peace.says("NS IDENTIFY ann correct horse")
    peace.forget()
    assert answers(peace, "SALOGOUT ann") == ["That is your own account; CLOSE OTHERS ends your other connections"]


def test_deleting_takes_two_steps(net, peace):
    ann = comes(net, "ann")
    (told,) = answers(peace, "SADROP ann")
    assert ann.session.user is not None
    assert answers(peace, f"SADROP ann {told.rpartition(' ')[2]}") == ["ann is deleted."]
    assert ann.closed == "The account ann was deleted"
    assert written(net)[-1] == ("account deleted", "ann", "")
    assert answers(peace, "SADROP ann") == ["There is no account of that name, and no account has that nick"]


@pytest.mark.parametrize("said", ["SAREGISTER eve correct-horse", "RESETPASS ann better-horse"])
def test_no_password_travels_unencrypted(net, peace, said):
    far = net.dial(peer=Peer("192.0.2.7"))
    far.says("NICK far", "USER far 0 * :far")
    is_operator(net, far)
    (told,) = answers(far, said)
    assert told.startswith("A password may not travel unencrypted")

"""NickServ: certificates, nicks and settings of one's account, and what others get to know of it."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.policy import Policy
from tests.core.deeds import comes, happened, has_account, is_operator
from tests.core.handlers.test_nickserv import NOT_LOGGED_IN, answers
from tests.core.net import Net

OWN, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def ann(net):
    """Ann, who has an account and shows a certificate."""
    has_account(net, "ann")
    return comes(net, "ann", certificate=OWN)


# Certificates.


def test_a_certificate_logs_in(net, ann):
    assert answers(ann, "CERT LIST") == [
        "Your account has no certificates. CERT ADD adds the one that your client shows."
    ]
    assert answers(ann, "CERT ADD") == [f"The certificate {OWN} logs in to ann from now on."]
    colons = ":".join(["CD"] * 32)
    assert answers(ann, f"CERT ADD {colons}") == [f"The certificate {OTHER} logs in to ann from now on."]
    assert answers(ann, "cert list") == [f"{OWN} (the one that you show now)", OTHER]
    assert answers(ann, "CERT DEL") == [f"The certificate {OWN} does not log in to ann any more."]
    assert net.engine.state.accounts.of_certificate(OTHER).name == "ann"
    assert net.engine.state.accounts.of_certificate(OWN) is None


def test_what_is_no_certificate(net, ann):
    has_account(net, "bob", certificates=(OTHER,))
    bare = comes(net, "bob")
    assert answers(ann, "CERT") == ["That needs more: CERT ADD|DEL|LIST [<fingerprint>]"]
    assert answers(ann, "CERT EAT") == ["Say CERT ADD, CERT DEL or CERT LIST"]
    assert answers(ann, "CERT ADD abc") == ["A fingerprint is SHA-256: 64 hexadecimal digits, with or without colons"]
    assert answers(bare, "CERT ADD") == ["Your client shows no certificate; name one by its SHA-256 fingerprint"]
    assert answers(ann, f"CERT ADD {OTHER}") == [
        "That certificate logs in to another account; take it away there first"
    ]
    assert answers(ann, "CERT REMOVE") == ["Your account has no such certificate; CERT LIST shows those that it has"]
    answers(ann, "CERT ADD")
    assert answers(ann, "CERT ADD") == ["Your account has that certificate already"]


def test_no_password_without_a_certificate(net, ann):
    assert answers(ann, "SET NOPASSWORD") == [
        "Nothing else would log in to your account: add a certificate first (HELP CERT)"
    ]


# Nicks.


def test_more_nicks_for_one_account(net, ann):
    assert answers(ann, "GROUP") == ["ann belongs to ann already"]
    ann.says("NICK annette")
    assert answers(ann, "GROUP") == ["annette belongs to ann from now on."]
    ann.says("NICK ann")
    bob = net.connect("bob")
    refused = "belongs to an account"
    assert refused in bob.says("NICK annette")[0] and refused in bob.says("NICK Annette")[0]
    assert answers(bob, "IDENTIFY annette correct horse")[1].startswith(":test.net 900 bob bob!~bob@127.0.0.1 ann ")
    assert answers(bob, "UNGROUP ANNETTE") == ["annette does not belong to ann any more."]
    assert net.connect("annette")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("UNGROUP", "The name of the account stays one of its nicks; UNREGISTER gives up the account"),
        ("UNGROUP Ann", "The name of the account stays one of its nicks; UNREGISTER gives up the account"),
        ("UNGROUP nobody", "nobody is none of your account's nicks; INFO shows them"),
    ],
)
def test_what_is_not_ungrouped(net, ann, said, answer):
    assert answers(ann, said) == [answer]


def test_a_nick_of_another_account_is_not_grouped():
    net = Net()
    net.engine.state.policy = Policy(nicks_owned=False)
    has_account(net, "ann")
    has_account(net, "bob")
    ann = comes(net, "ann")
    ann.says("NICK bob")
    assert answers(ann, "GROUP") == ["That nick belongs to another account; choose another"]


# Settings.


def test_settings(net, ann):
    assert answers(ann, "SET ALWAYSON off") == ["always-on is off from now on."]
    assert answers(ann, "SET ALWAYS-ON OFF") == ["always-on is off already"]
    assert answers(ann, "SET ALWAYSON default") == ["always-on is default from now on."]
    assert answers(ann, "SET PRIVATE yes") == ["private is default; it can be on, off or default"]
    assert answers(ann, "SET PRIVATE on") == ["private is on from now on."]
    assert answers(ann, "SET COLOUR blue") == [
        "There are these settings: ALWAYSON on|off|default, PRIVATE on|off|default, REPLAY on|off|default, "
        "NOPASSWORD. PASSWD changes the password"
    ]
    assert net.engine.state.accounts.find("ann").settings == {"private": "on"}


@pytest.mark.parametrize(
    ("policy", "words"),
    [("disabled", "nobody stays without a connection"), ("mandatory", "everybody with an account stays")],
)
def test_what_the_network_says_against_a_setting(net, ann, policy, words):
    net.engine.state.policy = Policy(always_on=policy)
    assert answers(ann, "SET ALWAYSON on") == [
        f"always-on is on from now on. It has no effect at the moment: on this network {words}."
    ]


@pytest.mark.parametrize(
    "said",
    ["CERT LIST", "GROUP", "UNGROUP", "SET PRIVATE on", "INFO", "UNREGISTER", "PASSWD a b", "SESSIONS", "CLOSE 1"],
)
def test_who_is_not_logged_in_is_told_how(net, said):
    assert answers(net.connect("bob"), said) == [NOT_LOGGED_IN]


# What there is to know.

REGISTERED = "ann is registered since 2023-11-14 22:13 UTC."


def test_what_others_know(net, ann):
    bob = net.connect("bob")
    ann.says("NICK annette", "NS GROUP")
    assert answers(bob, "INFO annette") == [
        REGISTERED,
        "Here now, as annette.",
        "Nicks besides its name: annette.",
    ]
    ann.says("NS SET PRIVATE on")
    assert answers(bob, "INFO ann") == [REGISTERED]
    assert answers(bob, "INFO bob") == ["There is no account of that name, and no account has that nick"]


def test_what_the_owner_and_operators_know(net, ann):
    peace = net.connect("peace")
    is_operator(net, peace)
    ann.says("NS SET PRIVATE on", "NS CERT ADD")
    told = [
        REGISTERED,
        "Here now, as ann.",
        "Mail address: none. Password: yes.",
        "Certificates: 1.",
        "always-on: default.",
        "private: on.",
        "replay: default.",
    ]
    assert answers(ann, "INFO") == told
    assert answers(peace, "INFO ann") == told


@pytest.mark.parametrize(
    ("until", "reason", "told"),
    [
        (0, "spam", "Suspended by peace until it is restored: spam"),
        (1_700_000_600_000, "", "Suspended by peace until 2023-11-14 22:23 UTC."),
    ],
)
def test_a_suspended_account(net, ann, until, reason, told):
    peace = net.connect("peace")
    is_operator(net, peace)
    happened(net, facts.AccountSuspended, peace, account="ann", reason=reason, until=until, author="peace")
    heard = answers(peace, "INFO ann")
    assert heard[1:3] == ["Last seen 2023-11-14 22:13 UTC.", told]


def test_an_unverified_account_is_nobodys_business(net):
    has_account(net, "ann", code_hash="0" * 64, code_until=1_700_000_600_000)
    peace = net.connect("peace")
    none = "There is no account of that name, and no account has that nick"
    assert answers(peace, "INFO ann") == [none]
    is_operator(net, peace)
    assert "It waits for the code that was mailed, until 2023-11-14 22:23 UTC." in answers(peace, "INFO ann")
    assert answers(peace, "STATUS ann") == ["STATUS ann 0"]


def test_status_as_bots_ask_for_it(net, ann):
    net.engine.state.policy = Policy(nicks_owned=False)
    has_account(net, "bob")
    bob = net.connect("bob")
    assert answers(bob, "STATUS ann bob nobody") == ["STATUS ann 3 ann", "STATUS bob 1", "STATUS nobody 0"]
    assert answers(bob, "ACC") == ["bob ACC 1"]
    assert answers(bob, "ACC ann nobody") == ["ann ACC 3 ann", "nobody ACC 0"]
    ann.says("NICK annette")
    assert answers(bob, "STATUS annette") == ["STATUS annette 0 ann"]

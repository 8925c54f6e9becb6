"""Claims of conversations are checked: what did not occur fails the test that claims it (tests/core/covers.py)."""

from __future__ import annotations

import pytest

from ipcchat.core.registry import COMMANDS
from tests.core import covers
from tests.core.covers import Evidence
from tests.core.net import Net, Talker
from tests.core.rows import rows

pytest_plugins = ["pytester"]


def told(*lines: str, ran: str = "") -> Evidence:
    """Evidence of these lines and of the handlers of these commands."""
    evidence = Evidence()
    evidence.heard += lines
    evidence.ran |= set(ran.split())
    return evidence


@pytest.mark.parametrize(
    ("claim", "kept", "broken"),
    [
        ("RPL_TOPIC", ":s 332 ann #tea :x", ":s 331 ann #tea :332"),
        ("RPL_TOPIC", "@time=x;batch=1 :s 332 ann #tea :x", ":s PRIVMSG #tea :332"),
        ("server-time", ":s CAP * ACK :batch server-time", ":s CAP * NAK :server-time"),
        ("sts", ":s CAP * LS :sts=port=6697,duration=1 batch", ":s CAP * LS :batch"),
        ("ISUPPORT MODES", ":s 005 ann AWAYLEN=1 MODES=6 :are supported", ":s 005 ann NICKLEN=6 :MODES"),
        ("ISUPPORT UTF8ONLY", ":s 005 ann UTF8ONLY :are supported", ":s 005 ann :UTF8ONLY are supported"),
        ("mode +m", ":a!b@c MODE #tea -i+m", ":a!b@c MODE #tea -m"),
        ("mode +b", ":a!b@c MODE #tea +kb key m!*@*", ":s 367 ann #tea m!*@*"),
        ("mode +i", ":a!b@c MODE #tea +i", ":a!b@c MODE ann +i"),
        ("user mode +i", ":a!b@c MODE ann +i", ":a!b@c MODE #tea +i"),
        ("user mode +s", ":a!b@c MODE ann +s ck", ":a!b@c MODE ann -s"),
        ("user mode +Z", ":s 221 ann +iZ", ":s 221 ann +i"),
        ("extban m", ":a!b@c MODE #tea +b ~m:ann!*@*", ":a!b@c MODE #tea -b ~m:ann!*@*"),
        ("extban a", ":a!b@c MODE #tea +ie ~m:~a:bob", ":a!b@c MODE #tea +b ~m:ann!*@*"),
        ("FAIL CHATHISTORY INVALID_TARGET", ":s FAIL CHATHISTORY INVALID_TARGET #a :x", ":s FAIL X INVALID_TARGET :x"),
        ("FAIL * INVALID_UTF8", ":s FAIL * INVALID_UTF8 :x", ":s WARN * INVALID_UTF8 :x"),
        ("NOTE * WHO_TRUNCATED", ":s NOTE WHO WHO_TRUNCATED :x", ":s NOTE WHO LIST_TRUNCATED :x"),
    ],
)
def test_a_claim_is_kept_by_what_was_heard(claim, kept, broken):
    assert covers.missing([claim], told(kept)) == []
    (problem,) = covers.missing([claim], told(broken))
    assert problem.startswith(f"{claim}: ")


def test_a_command_is_covered_when_its_handler_ran():
    assert covers.missing(["TOPIC"], told(ran="TOPIC")) == []
    assert covers.missing(["TOPIC"], told(ran="JOIN")) == ["TOPIC: its handler did not run"]


def test_a_claim_of_no_row_says_what_may_be_meant():
    assert covers.missing(["RPL_TOPICS"], told()) == ["there is no row 'RPL_TOPICS'; did you mean 'RPL_TOPIC'?"]
    assert covers.missing(["?"], told()) == ["there is no row '?'"]


def test_every_kind_of_row_can_be_checked():
    assert set(rows().values()) <= covers.OCCURRENCE.keys()


def test_handlers_and_lines_are_witnessed_and_nothing_is_left_behind():
    before = dict(COMMANDS)
    with covers.witnessed() as evidence:
        ann = Net().dial()
        ann.says("NICK ann", "USER ann 0 * :Ann", "TIME", "WHO", "TOPIC")
    assert evidence.ran == {"NICK", "USER", "TIME", "WHO"}
    assert evidence.heard == ann.lines
    assert before == COMMANDS
    assert Talker.transcript is None
    ann.says("MOTD")
    assert "MOTD" not in evidence.ran


CONFTEST = "from tests.core.conftest import *"
CONVERSATIONS = """
import pytest

@pytest.mark.covers("TIME", "RPL_TIME")
def test_kept(net):
    net.connect("ann").says("TIME")

@pytest.mark.covers("TIME", "RPL_TIME", "RPL_VERSION", "TIEM")
def test_broken(net):
    net.connect("ann").says("VERSION")

@pytest.mark.parametrize("said", [pytest.param("TIME", marks=pytest.mark.covers("TIME")), "VERSION"])
@pytest.mark.covers("NICK")
def test_of_a_parameter(net, said):
    net.connect("ann").says(said)

def test_without_claims(net, evidence):
    assert evidence is None
"""


def test_a_test_fails_for_the_claims_that_did_not_occur(pytester):
    pytester.makeconftest(CONFTEST)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(CONVERSATIONS)
    result = pytester.runpytest_inprocess("-p", "no:xdist", "-p", "no:cacheprovider", "--strict-markers")
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        [
            "this test claims rows that did not occur in it:",
            "TIME: its handler did not run",
            "RPL_TIME: nobody heard 391",
            "there is no row 'TIEM'; did you mean 'TIME'?",
        ]
    )

"""RESUME: a connection goes on with one that was lost (docs/resume.md)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from ipcchat.core.policy import Policy
from tests.core.deeds import happened, has_account, is_logged_in, is_operator
from tests.core.net import Net
from tests.core.resuming import ANN, CAPS, check_indexes, comes, is_lost, resumes, token_of

FAIL = ":test.net FAIL RESUME"


@pytest.fixture
def net() -> Net:
    """Two nodes."""
    return Net(2)


@pytest.mark.covers("ipc-chat/resume")
def test_the_token_is_the_last_line_of_the_welcome(net):
    ann = net.dial()
    assert ann.says(f"CAP REQ :{CAPS}", "NICK ann", "USER ann 0 * :Ann", "CAP END")[-1].startswith(
        ":test.net RESUME TOKEN ipc_"
    )
    bob = net.dial()
    assert not any("RESUME" in line for line in bob.says("NICK bob", "USER bob 0 * :Bob"))


@pytest.mark.covers("RESUME")
def test_a_guest_goes_on_at_another_server(net):
    ann, token = comes(net)
    ann.says("MODE ann +w", "AWAY :tea", "JOIN #work")
    before = msgspec.structs.replace(ann.user)
    bob = net.join("bob", "#tea,#work", "away-notify", node=1)
    is_lost(net)
    again = resumes(net, token, node=1)
    assert again.bare[1].startswith(":test.net 001 ann :Welcome to TestNet, ann!")
    assert again.bare[again.bare.index(":test.net 376 ann :End of /MOTD command") + 1 : -1] == [
        f"{ANN} JOIN #tea",
        ":test.net 353 ann = #tea :@ann bob",
        ":test.net 366 ann #tea :End of /NAMES list",
        f"{ANN} JOIN #work",
        ":test.net 353 ann = #work :@ann bob",
        ":test.net 366 ann #work :End of /NAMES list",
        ":test.net 306 ann :You have been marked as being away",
        ":test.net 221 ann +w",
    ]
    after = msgspec.structs.replace(again.user, sessions=before.sessions, lost=(), hosts=before.hosts)
    assert after == before
    assert token_of(again) != token
    again.says("PRIVMSG #tea :here I am")
    net.pass_time(61)
    assert bob.lines == [f"{ANN} PRIVMSG #tea :here I am"]
    check_indexes(net)


@pytest.mark.covers("FAIL RESUME INVALID_TOKEN")
def test_a_token_counts_once(net):
    _, token = comes(net)
    is_lost(net)
    again = resumes(net, token, node=1)
    other = resumes(net, token, node=1)
    assert other.lines[-1] == f"{FAIL} INVALID_TOKEN :There is nothing to go on with: register with NICK and USER"
    other.says("NICK eve", "USER eve 0 * :Eve", "CAP END")
    assert other.user.nick == "eve" and again.user.nick == "ann"
    check_indexes(net)


def test_of_two_servers_the_first_in_the_journal_has_it():
    net = Net(3)
    _, token = comes(net)
    is_lost(net)
    net.journal.holding = True
    one, two = resumes(net, token, node=1), resumes(net, token, node=2)
    net.journal.holding = False
    net.settle()
    assert one.user.nick == "ann" and two.session.user is None
    assert two.lines[-1].startswith(f"{FAIL} INVALID_TOKEN :This token was used already")
    two.says("NICK eve", "USER eve 0 * :Eve", "CAP END")
    assert two.user.nick == "eve"
    check_indexes(net)


@pytest.mark.parametrize("node", [0, 1])
def test_a_connection_that_is_still_there_is_closed(net, node):
    ann, token = comes(net)
    bob = net.join("bob", "#tea")
    ann.forget()
    again = resumes(net, token, node=node)
    ids = [each.id for each in again.user.sessions]
    again.forget()
    assert ann.lines == ["ERROR :Closing link: Resumed by another connection"] and ann.closed
    assert ids == [again.session.id]
    bob.says("PRIVMSG #tea :one")
    ann.hangs_up()
    bob.says("PRIVMSG #tea :two")
    assert len(ann.lines) == 1
    assert again.bare == [":bob!~bob@127.0.0.1 PRIVMSG #tea :one", ":bob!~bob@127.0.0.1 PRIVMSG #tea :two"]
    assert bob.lines == []
    check_indexes(net)


def test_who_has_as_many_connections_as_he_may_can_resume_one():
    net = Net(limits=Limits(sessions_per_user_max=1))
    has_account(net, "ann")
    ann, token = comes(net, login="ann:correct horse")
    assert resumes(net, token).session.user is not None and ann.closed


def test_the_next_loss_is_survived_with_the_next_token(net):
    _, token = comes(net)
    bob = net.join("bob", "#tea", node=1)
    for _ in range(3):
        is_lost(net)
        token = token_of(resumes(net, token))
    assert bob.lines == []


def test_a_restart_of_the_only_server_is_survived():
    net = Net()
    ann, token = comes(net)
    checkpoint, after = net.engine.snapshot(), net.engine.state.seq
    for _ in range(3):
        net.restart(checkpoint, after)
        ann = resumes(net, token)
        token = token_of(ann)
        assert ann.user.channels == ("#tea",) and ann.user.uid.startswith("node0000")
    assert not any(isinstance(entry.fact, facts.UserLeft) for entry in net.journal.entries)


@pytest.mark.covers("FAIL RESUME NEED_CAPABILITIES")
def test_it_needs_the_capability(net):
    _, token = comes(net)
    eve = net.dial()
    assert eve.says("CAP REQ standard-replies", f"RESUME {token}")[-1] == (
        f"{FAIL} NEED_CAPABILITIES :Ask for the capability first: CAP REQ ipc-chat/resume"
    )


def test_there_is_none_where_others_read_along(net):
    eve = net.dial(host="192.0.2.1")
    assert eve.says("CAP REQ ipc-chat/resume") == [":test.net CAP * NAK :ipc-chat/resume"]


def test_whoever_guesses_waits():  # hostile input A01
    net = Net(limits=Limits(logins_per_address_max=2))
    _, token = comes(net)
    eve = net.dial()
    eve.says(f"CAP REQ :{CAPS}", "RESUME one", "RESUME two")
    wait = "Too many wrong tokens, try again in 60 seconds; or register with NICK and USER"
    assert eve.says(f"RESUME {token}") == [f"{FAIL} INVALID_TOKEN :{wait}"]
    net.pass_time(61)
    assert resumes(net, token).session.user is not None


def test_nobody_waits_where_passwords_are_not_throttled(net):
    throttles = msgspec.structs.replace(net.engine.settings.throttles, logins=False)
    net.engine.configure(msgspec.structs.replace(net.engine.settings, throttles=throttles))
    _, token = comes(net)
    eve = net.dial()
    eve.says(f"CAP REQ :{CAPS}", *["RESUME wrong"] * 30)
    eve.says(f"RESUME {token}")
    assert eve.session.user is not None


def test_bans_hold(net):
    _, token = comes(net)
    bob = net.join("bob", "#tea", node=1)
    is_operator(net, bob)
    is_lost(net)
    happened(net, facts.BanSet, bob, mask="192.0.2.0/24", reason="no", author="peace")
    peer = net.dial(1, "192.0.2.7")
    peer.session.peer = msgspec.structs.replace(peer.session.peer, secure=True)
    peer.session.modes = "Z"
    peer.says(f"CAP REQ :{CAPS}", f"RESUME {token}")
    assert " 465 " in peer.lines[-2] and peer.closed
    assert resumes(net, token, node=1).session.user is not None


def test_who_has_an_account_is_told_it_before_the_welcome(net):
    has_account(net, "ann")
    _, token = comes(net, login="ann:correct horse")
    is_lost(net)
    net.audited.clear()
    again = resumes(net, token, node=1)
    assert again.numerics[:2] == ["900", "001"]
    assert again.bare[1] == f":test.net 900 ann {ANN[1:]} ann :You are logged in as ann"
    assert [(record.kind, record.target) for record in net.audited] == [("login", "ann")]


def test_no_token_is_kept_anywhere(net):
    _, token = comes(net)
    is_lost(net)
    again = resumes(net, token, node=1)
    for each in (token, token_of(again)):
        assert each.encode() not in net.engine.snapshot()
        assert each not in repr(net.journal.entries)
    assert again.session.resumption == ""


# Whose client has forgotten its token.


def test_a_guest_who_comes_anew_from_there_has_his_nick(net):
    comes(net)
    bob = net.join("bob", "#tea", node=1)
    is_lost(net)
    ann, _ = comes(net, node=1)
    assert ann.user.nick == "ann"
    assert bob.bare[:2] == [f"{ANN} QUIT :Connection to the server was lost", f"{ANN} JOIN #tea"]
    check_indexes(net)


def test_also_when_he_negotiates_nothing(net):
    comes(net)
    is_lost(net)
    ann = net.dial(1)
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert ann.user.nick == "ann"


def test_not_who_does_not_know_the_password_of_the_server(net):
    comes(net)
    bob = net.join("bob", "#tea", node=1)
    is_lost(net)
    engine = net.nodes[1].engine
    engine.configure(msgspec.structs.replace(engine.settings, password="sesame"))
    eve = net.dial(1)
    eve.says("NICK ann", "USER ann 0 * :Ann")
    assert eve.closed and bob.lines == []
    ann = net.dial(1)
    ann.says("PASS sesame", "NICK ann", "USER ann 0 * :Ann")
    assert ann.user.nick == "ann"


def test_nobody_else_has_it(net):
    comes(net)
    is_lost(net)
    eve = net.dial(1, "192.0.2.1")
    assert eve.says("NICK ann")[0].startswith(":test.net 433 * ann :Nickname is already in use")
    mallory = net.dial(1)
    assert mallory.says("NICK ann", "USER mallory 0 * :M")[0].startswith(":test.net 433 ")
    assert mallory.session.user is None


def test_not_who_has_another_connection(net):
    has_account(net, "ann")
    comes(net, login="ann:correct horse")
    phone, _ = comes(net, node=1, login="ann:correct horse")
    is_logged_in(net, phone, "")
    happened(net, facts.PolicyChanged, phone, policy=Policy(nicks_owned=False))
    is_lost(net)
    assert phone.user.lost
    assert net.dial(1).says("NICK ann", "USER ann 0 * :Ann")[-1].startswith(":test.net 433 ")
    assert phone.user.lost


def test_not_when_he_has_come_back_meanwhile(net):
    _, token = comes(net)
    is_lost(net)
    net.journal.holding = True
    again, other = resumes(net, token, node=1), net.dial(1)
    other.says("NICK ann", "USER ann 0 * :Ann")
    net.journal.holding = False
    net.settle()
    assert again.user.nick == "ann" and other.session.user is None
    assert other.lines[-1].startswith(":test.net 433 ")


def test_who_can_resume_is_told_where(net):
    addresses = ("ircs://one.test", "ircs://two.test")
    net.engine.settings = msgspec.structs.replace(net.engine.settings, addresses=addresses)
    ann = net.dial()
    told = ann.says(f"CAP REQ :{CAPS}", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    assert told[-3:-1] == [f":test.net RESUME SERVER {address}" for address in addresses]
    bob = net.dial()
    assert not any("RESUME" in line for line in bob.says("NICK bob", "USER bob 0 * :Bob"))


def test_who_can_resume_is_told_when_a_server_stops(net):
    ann, token = comes(net)
    bob = net.join("bob", "#tea")
    cat = net.join("cat", "#tea", node=1)
    eve = net.dial()
    eve.says(f"CAP REQ :{CAPS}")
    for talker in (ann, bob, cat, eve):
        talker.forget()
    net.nodes[0].perform(net.engine.farewell("This server starts anew"))
    end = "ERROR :Closing link: This server starts anew"
    assert (ann.lines, bob.lines, eve.lines) == ([":test.net RESUME NOW", end], [end], [end])
    again = resumes(net, token, node=1)
    assert again.session.user is not None
    assert cat.lines == []

"""Lines in: whose turn it is, one after the other (ipcchat/core/intake.py; core/session.py, rules 1 to 3)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core.context import Context
from ipcchat.core.effects import AuditRead, Fault, ReadAudit, Send
from ipcchat.core.registry import COMMANDS
from ipcchat.wire.message import WireError, parse

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"


def test_a_burst_is_answered_in_order_while_others_go_on(net):  # core/session.py rule 1: a session sees its own facts
    net.join("bob", "#tea").says("MODE #tea -n")
    ann, eve = net.connect("ann", "echo-message"), net.connect("eve")
    net.forget()
    net.journal.holding = True
    ann.says("JOIN #tea", "PRIVMSG #tea :hello", "NAMES #tea", "PING done")
    assert ann.lines == []
    assert len(net.journal.queue) == 1
    assert eve.says("PING x", "NAMES #tea") == [
        ":test.net PONG test.net :x",
        ":test.net 353 eve = #tea :@bob",
        ":test.net 366 eve #tea :End of /NAMES list",
    ]
    net.release()
    names = [":test.net 353 ann = #tea :@bob ann", ":test.net 366 ann #tea :End of /NAMES list"]
    assert ann.lines == [f"{ANN} JOIN #tea", *names]
    assert len(net.journal.queue) == 1
    net.release()
    assert ann.lines[3:] == [f"{ANN} PRIVMSG #tea :hello", *names, ":test.net PONG test.net :done"]


def test_posts_go_behind_posts_without_waiting(net):  # a bot's outstanding messages share a commit
    ann, bob = net.join("ann", "#tea", "echo-message"), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    ann.says(*[f"PRIVMSG #tea :{number}" for number in range(64)], "PING done")
    assert len(net.journal.queue) == 64
    net.release(63)
    assert len(ann.lines) == len(bob.lines) == 63
    net.release()
    assert ann.lines == [f"{ANN} PRIVMSG #tea :{number}" for number in range(64)] + [":test.net PONG test.net :done"]


@pytest.mark.parametrize(
    ("refused", "answer"),
    [
        ("PRIVMSG #none :x", ":test.net 403 ann #none :No such channel"),
        ("PRIVMSG", ":test.net 411 ann :No recipient given (PRIVMSG)"),
        ("TAGMSG #tea", ":test.net 421 ann TAGMSG :TAGMSG needs the capability message-tags"),
        ("PRIVMSG #tea,#none :2", ":test.net 403 ann #none :No such channel"),
        ("NONSENSE", ":test.net 421 ann NONSENSE :Unknown command; HELP lists all"),
    ],
)
def test_a_refused_post_is_answered_in_its_turn(net, refused, answer):
    ann = net.join("ann", "#tea", "echo-message")
    net.forget()
    net.journal.holding = True
    ann.says("PRIVMSG #tea :1", refused, "PRIVMSG #tea :3")
    assert ann.lines == []
    net.journal.holding = False
    net.settle()
    replies = [line for line in ann.lines if line != f"{ANN} PRIVMSG #tea :2"]
    assert replies == [f"{ANN} PRIVMSG #tea :1", answer, f"{ANN} PRIVMSG #tea :3"]


def test_an_unreadable_line_is_answered_in_its_turn(net):
    ann = net.join("ann", "#tea", "echo-message")
    net.forget()
    net.journal.holding = True
    ann.says("PRIVMSG #tea :1", WireError("LINE_TOO_LONG", "A line may have 512 bytes"), "PRIVMSG #tea :2")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [
        f"{ANN} PRIVMSG #tea :1",
        ":test.net 417 ann :A line may have 512 bytes",
        f"{ANN} PRIVMSG #tea :2",
    ]


def test_a_post_said_while_registering_waits_for_the_welcome(net):
    net.join("bob", "#tea").says("MODE #tea -n")
    ann = net.dial()
    net.journal.holding = True
    ann.says("NICK ann", "USER ann 0 * :Ann", "PRIVMSG #tea :hello", "PRIVMSG #none :x")
    assert ann.lines == []
    net.journal.holding = False
    net.settle()
    assert ann.numerics[0] == "001"
    assert ann.numerics[-1] == "403"
    assert net.nodes[0].links[0].hears(f"{ANN} PRIVMSG #tea :hello")


def test_what_a_closed_session_still_says_is_nothing(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.journal.holding = True
    ann.says("PRIVMSG #tea :said", "PING waiting")
    ann.hangs_up()
    ann.hangs_up("again")
    assert not ann.session.backlog
    ann.says("PRIVMSG #tea :never said")
    net.journal.holding = False
    net.settle()
    assert bob.lines[-2:] == [f"{ANN} PRIVMSG #tea :said", f"{ANN} QUIT :Connection closed"]
    assert not [fact for _, fact in net.journal.queue]


def test_a_peer_that_does_not_speak_in_lines_is_closed(net):  # hostile input F01
    ann = net.connect("ann")
    assert ann.says(WireError("UNTERMINATED", "No line ending in 16384 bytes"), WireError("X", "y")) == [
        "ERROR :Closing link: No line ending in 16384 bytes"
    ]
    assert ann.closed == "No line ending in 16384 bytes"
    assert not net.engine.state.users


@pytest.mark.parametrize("message", ["PING a-fault", "@label=x PING a-fault"])
def test_a_mistake_of_ours_costs_nobody_his_session(net, monkeypatch, message):  # hostile input X05
    def fault(ctx, *params):
        raise ZeroDivisionError("a secret of ours")

    ann = net.connect("ann", "standard-replies labeled-response batch")
    with monkeypatch.context() as patch:
        patch.setitem(COMMANDS, "PING", msgspec.structs.replace(COMMANDS["PING"], handler=fault))
        effects = net.engine.receive(ann.session, parse(message), net.now)
    told = [effect.line.decode() for effect in effects if isinstance(effect, Send)]
    (mistake,) = [effect for effect in effects if isinstance(effect, Fault)]
    assert (mistake.command, type(mistake.error), mistake.link) == ("PING", ZeroDivisionError, ann.session.link)
    assert len(told) == 1 and "FAIL PING INTERNAL_ERROR :This met a mistake in the server" in told[0]
    assert told[0].startswith("@label=x ") == message.startswith("@")
    assert "secret" not in told[0]
    assert ann.says("PING still") == [":test.net PONG test.net :still"]


def test_a_mistake_of_ours_in_an_answer_costs_nobody_his_session(net):
    """What a query's answer goes on with."""

    def fault(answer):
        raise ZeroDivisionError

    ann = net.connect("ann", "standard-replies")
    ctx = Context(net.engine, ann.session, "LIST", {})
    ctx.returned = True
    ctx.ask(ReadAudit(1), fault)
    net.engine._take()
    effects = net.engine.resume(ann.session, AuditRead(), net.now)
    assert [type(effect.error) for effect in effects if isinstance(effect, Fault)] == [ZeroDivisionError]
    assert any(b"FAIL LIST INTERNAL_ERROR" in effect.line for effect in effects if isinstance(effect, Send))
    assert (ann.session.pending, ann.says("PING still")) == (0, [":test.net PONG test.net :still"])

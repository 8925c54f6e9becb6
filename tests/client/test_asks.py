"""Commands that wait for their answer: IRCv3 labeled-response, and RFC 2812 3.7.2 (PING) where there are no labels."""

from __future__ import annotations

from collections.abc import Iterable

from ipcchat.client import events
from ipcchat.client.asks import Answer, Asks
from ipcchat.client.events import Event
from ipcchat.wire.message import Message, parse
from tests.client.play import CAPABILITIES, SessionPlay


def answers(heard: Iterable[object]) -> list[tuple[int, list[str]]]:
    return [(item.ticket, [line.command for line in item.lines]) for item in heard if isinstance(item, Answer)]


def events_in(heard: Iterable[object]) -> list[str]:
    return [type(item).__name__ for item in heard if isinstance(item, Event)]


def test_an_answer_that_must_be_fetched_elsewhere_comes_after_the_pong() -> None:
    """RFC 2812 3.6.2: WHOIS of another server's user; what comes meanwhile belongs to others."""
    play = SessionPlay().registered("")
    play.session.ask(1, Message("WHOIS", ["bob", "bob"]))
    assert answers(play.server(":x PONG x ask-1")) == []
    assert play.session.unanswered == 0
    play.session.ask(2, Message("TOPIC", ["#tea"]))
    heard = play.server(
        ":x 311 ann bob b b * :Bob",
        ":x 331 ann #tea :No topic",
        ":x PONG x ask-2",
        ":x 317 ann bob 5 1 :idle",
        ":x 318 ann bob :End",
    )
    assert answers(heard) == [(2, ["331"]), (1, ["311", "317", "318"])]
    assert events_in(heard) == []


def test_a_late_answer_nobody_waits_for_is_forgotten() -> None:
    play = SessionPlay().registered("")
    play.session.ask(1, Message("WHOIS", ["bob", "bob"]))
    assert not play.session.forget(1)
    play.server(":x PONG x ask-1")
    assert play.session.forget(1)
    assert answers(play.server(":x 318 ann bob :End")) == []


def test_without_labels_what_does_not_belong_to_the_answer_is_still_heard() -> None:
    play = SessionPlay().registered("")
    play.session.ask(1, Message("WHOIS", ["bob"]))
    heard = play.server(
        ":x 042 ann 7AB :your unique ID", ":x 311 ann bob b b * :Bob", ":x 318 ann bob :E", ":x PONG x ask-1"
    )
    assert events_in(heard) == ["Numeric"] and answers(heard) == [(1, ["311", "318"])]


def test_the_lines_of_an_answer_are_for_who_asked() -> None:
    """IRCv3 labeled-response: a refusal, numerics and FAILs of an answer are no events; what happened by it is."""
    play = SessionPlay().registered().in_channel()
    for ticket, command, line in (
        (1, "TOPIC", "@label=1 :x 442 ann #ops :You're not on that channel"),
        (2, "SETNAME", "@label=2 :x FAIL SETNAME INVALID_REALNAME :no"),
        (3, "WHOIS", "@label=3 :x 301 ann bob :lunch"),
    ):
        play.session.ask(ticket, Message(command, ["x"]))
        heard = play.server(line)
        assert events_in(heard) == [] and len(answers(heard)) == 1
    play.session.ask(4, Message("PRIVMSG", ["bob", "hi"]))
    heard = play.server(
        "@label=4 :x BATCH +b labeled-response",
        "@batch=b :ann!a@a PRIVMSG bob :hi",
        "@batch=b :x 301 ann bob :lunch",
        "@batch=b :x WARN PRIVMSG SLOW :slow down",
        ":x BATCH -b",
    )
    assert events_in(heard) == ["Message", "IsAway", "StandardReply"]
    assert answers(heard) == [(4, ["PRIVMSG", "301", "WARN"])]


def test_several_messages_in_one_ask_are_answered_together() -> None:
    """A label has one answer, so that several messages are followed by a PING even where there are labels."""
    asks = Asks()
    asks.labelled = True
    lines = asks.start(1, [Message("PRIVMSG", ["#tea", "one"]), Message("PRIVMSG", ["#tea", "two"])])
    assert [(line.command, line.tags) for line in lines] == [("PRIVMSG", {}), ("PRIVMSG", {}), ("PING", {})]
    asks.overhear(parse(":x 404 ann #tea :Cannot send"), own=False)
    asks.overhear(parse(":ann!a@a PRIVMSG #tea :two"), own=True)
    answer = asks.pong("ask-1")
    assert answer is not None and [line.command for line in answer.lines] == ["404", "PRIVMSG"]


def test_labels_that_come_and_go_lose_no_answer() -> None:
    """IRCv3 cap-notify: CAP DEL and CAP NEW of labeled-response while commands are on their way."""
    play = SessionPlay().registered()
    play.session.ask(1, Message("TOPIC", ["#tea"]))
    play.sent()
    heard = play.server(":irc.test CAP ann DEL :labeled-response")
    assert [item.removed for item in heard if isinstance(item, events.CapabilitiesChanged)] == [("labeled-response",)]
    assert play.sent() == ["PING ask-1"]
    play.session.ask(2, Message("TOPIC", ["#tea"]))
    assert play.sent() == ["TOPIC #tea", "PING ask-2"]
    heard = play.server(":x 442 ann #tea :No", ":x PONG x ask-1", ":x 331 ann #tea :No topic", ":x PONG x ask-2")
    assert answers(heard) == [(1, ["442"]), (2, ["331"])]
    play.server(":irc.test CAP ann NEW :labeled-response")
    assert play.sent() == ["CAP REQ labeled-response"]
    heard = play.server(":irc.test CAP ann ACK :labeled-response")
    assert [item.added for item in heard if isinstance(item, events.CapabilitiesChanged)] == [("labeled-response",)]
    play.session.ask(3, Message("TOPIC", ["#tea"]))
    assert play.sent() == ["@label=3 TOPIC #tea"]
    assert set(CAPABILITIES.split()) == play.session.enabled

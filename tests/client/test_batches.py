"""Batches: IRCv3 batch, draft/multiline, netsplit and netjoin, chathistory, unknown types; nested and hostile."""

from __future__ import annotations

import pytest

from ipcchat.client import batches as module
from ipcchat.client import events
from ipcchat.client.asks import Answer
from ipcchat.client.events import Event, Message
from ipcchat.wire.message import Message as Line
from tests.client.play import START, SessionPlay


@pytest.fixture
def play() -> SessionPlay:
    return SessionPlay().registered().in_channel()


def test_a_message_of_several_lines_is_one(play: SessionPlay) -> None:
    """IRCv3 draft/multiline: the draft's own example; the tags stand on the batch."""
    before = play.server(
        "@msgid=xxx;account=account;+reply=m1 :n!u@h BATCH +123 draft/multiline #tea",
        "@batch=123 :n!u@h PRIVMSG #tea hello",
        ":bob!b@b PRIVMSG #tea :between",
        "@batch=123 :n!u@h PRIVMSG #tea :",
        "@batch=123 :n!u@h privmsg #tea :how is ",
        "@batch=123;draft/multiline-concat :n!u@h PRIVMSG #tea :everyone?",
    )
    assert [item.text for item in before if isinstance(item, Message)] == ["between"]
    (message,) = play.server("BATCH -123")
    assert isinstance(message, Message)
    assert message.text == "hello\n\nhow is everyone?"
    assert (message.msgid, message.account, message.reply_to, message.nick) == ("xxx", "account", "m1", "n")
    assert (message.target, message.kind, message.tags) == ("#tea", "message", {"+reply": "m1"})


def test_our_own_message_of_several_lines_is_the_answer(play: SessionPlay) -> None:
    """IRCv3 draft/multiline with labeled-response and echo-message: the label stands on the batch."""
    play.session.ask(7, Line("BATCH", ["+m7", "draft/multiline", "#tea"]), Line("BATCH", ["-m7"]))
    heard = play.server(
        "@label=7;msgid=m2 :ann!a@a BATCH +x draft/multiline #tea",
        "@batch=x :ann!a@a NOTICE #tea :one",
        "@batch=x :ann!a@a NOTICE #tea :two",
        ":irc.test BATCH -x",
    )
    event, answer = heard
    assert isinstance(event, Message) and (event.kind, event.text, event.mine) == ("notice", "one\ntwo", True)
    assert isinstance(answer, Answer) and answer.ticket == 7 and answer.lines[0].params == ["#tea", "one\ntwo"]


def test_messages_of_several_lines_in_history_and_in_answers(play: SessionPlay) -> None:
    """IRCv3 batch: nested; the inner message goes where a line would go."""
    inner = (
        "@batch=h;msgid=m2 :bob!b@b BATCH +m draft/multiline #tea",
        "@batch=m :bob!b@b PRIVMSG #tea :one",
        "@batch=m :bob!b@b PRIVMSG #tea :two",
        "@batch=h :irc.test BATCH -m",
    )
    play.session.ask(7, Line("CHATHISTORY", ["LATEST", "#tea", "*", "5"]))
    (answer,) = play.server("@label=7 :irc.test BATCH +h chathistory #tea", *inner, ":irc.test BATCH -h")
    assert isinstance(answer, Answer) and [line.params for line in answer.lines] == [["#tea", "one\ntwo"]]
    (missed,) = play.server(":irc.test BATCH +h chathistory #tea", *inner, ":irc.test BATCH -h")
    assert isinstance(missed, Message) and (missed.text, missed.missed, missed.msgid) == ("one\ntwo", True, "m2")


def test_a_batch_opened_by_the_server_is_the_message_of_who_wrote_its_lines(play: SessionPlay) -> None:
    """IRCv3 batch: the source of BATCH may be the server."""
    (message,) = play.server(
        ":irc.test BATCH +1 draft/multiline #tea", "@batch=1 :bob!b@b PRIVMSG #tea :x", ":irc.test BATCH -1"
    )
    assert isinstance(message, Message) and (message.nick, message.source) == ("bob", "bob!b@b")


def test_an_empty_message_of_several_lines_is_nothing(play: SessionPlay) -> None:
    assert play.server(":b!b@b BATCH +1 draft/multiline #tea", ":b!b@b BATCH -1") == []
    play.session.ask(7, Line("BATCH", ["+m7", "draft/multiline", "#tea"]), Line("BATCH", ["-m7"]))
    assert play.server("@label=7 :x BATCH +1 draft/multiline #tea", ":x BATCH -1") == [Answer(7, [])]
    assert play.server(":b!b@b BATCH +1 draft/multiline", "@batch=1 :b!b@b PRIVMSG #tea :x", ":b!b@b BATCH -1") == []


def test_a_message_without_end_is_limited(play: SessionPlay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MULTILINE_LINES_MAX", 3)
    play.server(":b!b@b BATCH +1 draft/multiline #tea", *(f"@batch=1 :b!b@b PRIVMSG #tea :{n}" for n in range(9)))
    (message,) = play.server(":b!b@b BATCH -1")
    assert isinstance(message, Message) and message.text == "0\n1\n2"


def test_a_netsplit_and_the_way_back(play: SessionPlay) -> None:
    """IRCv3 netsplit and netjoin: the QUITs and JOINs are usual ones, marked, and summed up at the end."""
    heard = play.server(
        ":irc.test BATCH +s netsplit irc.hub other.host",
        "@batch=s :bob!b@b QUIT :irc.hub other.host",
        "@batch=s :eve!e@e QUIT :irc.hub other.host",
        ":irc.test BATCH -s",
    )
    assert [getattr(event, "netsplit", None) for event in heard] == [True, True, None]
    assert heard[-1] == events.Netsplit(time=START, servers=("irc.hub", "other.host"), nicks=("bob", "eve"))
    assert list(play.session.view.channels["#tea"].members) == ["ann"]
    heard = play.server(
        ":irc.test BATCH +j netjoin irc.hub other.host",
        "@batch=j :bob!b@b JOIN #tea",
        "@batch=j :irc.hub MODE #tea +o bob",
        ":irc.test BATCH -j",
    )
    assert [getattr(event, "netjoin", None) for event in heard] == [True, None, None]
    assert heard[-1] == events.Netjoin(time=START, servers=("irc.hub", "other.host"), nicks=("bob",))
    assert play.session.view.channels["#tea"].members["bob"].prefixes == "@"
    assert play.server(":irc.test BATCH +s netsplit a b", ":irc.test BATCH -s") == []


def test_lines_of_an_unknown_batch_are_heard_as_they_come(play: SessionPlay) -> None:
    """IRCv3 batch: a client may ignore the type and process messages one by one."""
    heard = play.server(
        ":irc.test BATCH +o example.com/foo",
        "@batch=o :irc.test BATCH +i example.com/bar",
        "@batch=i :bob!b@b PRIVMSG #tea :Hi",
        "@batch=o :irc.test BATCH -i",
        ":irc.test BATCH -o",
        ":irc.test BATCH -never",
    )
    assert [item.text for item in heard if isinstance(item, Message)] == ["Hi"] and len(heard) == 1


def test_history_that_comes_with_a_join_is_missed_and_no_part_of_its_answer(play: SessionPlay) -> None:
    """A server that plays history back on JOIN, nested in the labelled answer."""
    play.session.ask(7, Line("JOIN", ["#ops"]))
    heard = play.server(
        "@label=7 :irc.test BATCH +a labeled-response",
        "@batch=a :ann!a@a JOIN #ops",
        "@batch=a :irc.test BATCH +h chathistory #ops",
        "@batch=h;msgid=m1 :bob!b@b PRIVMSG #ops :old",
        "@batch=a :irc.test BATCH -h",
        "@batch=a :irc.test 366 ann #ops :End",
        ":irc.test BATCH -a",
    )
    kinds = [(type(item).__name__, getattr(item, "missed", None)) for item in heard if isinstance(item, Event)]
    assert kinds == [("Joined", False), ("Message", True)]
    assert [item.ticket for item in heard if isinstance(item, Answer)] == [7]

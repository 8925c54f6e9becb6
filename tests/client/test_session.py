"""One connection's protocol state, as conversations: IRCv3 capability negotiation, batch, labeled-response; RFC
2812."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client.asks import Answer
from ipcchat.client.events import Message, NickChanged
from ipcchat.client.registration import Identity, Turned, Welcome, nick_candidates
from ipcchat.client.session import Session
from ipcchat.wire.message import Message as Line
from tests.client.play import CAPABILITIES, START, SessionPlay, as_bytes

BEGIN = ["CAP LS 302", "NICK ann", "USER user 0 * user"]


def test_registration_requests_what_is_offered_and_wanted() -> None:
    """IRCv3 capability negotiation: a list over several lines, then one REQ, then END."""
    play = SessionPlay()
    assert play.sent() == BEGIN
    assert play.server(":irc.test CAP * LS * :batch tls=x", ":irc.test CAP * LS :echo-message unknown/cap") == []
    assert play.sent() == ["CAP REQ :echo-message batch"]
    play.server(":irc.test CAP * ACK :echo-message batch")
    assert play.sent() == ["CAP END"]
    heard = play.server(":irc.test 001 Ann :Welcome", ":irc.test 376 Ann :End of MOTD")
    assert heard == [Welcome("Ann")]
    assert play.session.enabled == {"batch", "echo-message"}


def test_a_refused_request_is_repeated_for_each_capability() -> None:
    """IRCv3 capability negotiation: a NAK refuses the whole request."""
    play = SessionPlay()
    play.server(":irc.test CAP * LS :batch echo-message")
    play.sent()
    play.server(":irc.test CAP * NAK :echo-message batch")
    assert play.sent() == ["CAP REQ echo-message", "CAP REQ batch"]
    play.server(":irc.test CAP * NAK :echo-message", ":irc.test CAP * ACK :batch")
    assert play.sent() == ["CAP END"]
    assert play.session.enabled == {"batch"}


def test_a_server_without_what_we_want_goes_straight_on() -> None:
    play = SessionPlay()
    play.sent()
    play.server(":irc.test CAP * LS :tls")
    assert play.sent() == ["CAP END"]


def test_a_server_without_capabilities_registers_us_all_the_same() -> None:
    """RFC 2812 3.1: 421 for CAP, then the welcome."""
    play = SessionPlay()
    heard = play.server(":irc.test 421 * CAP :Unknown command", ":irc.test 001 ann :Hi", ":irc.test 422 ann :No MOTD")
    assert heard == [Welcome("ann")]


def test_capabilities_come_and_go_later() -> None:
    """IRCv3 cap-notify."""
    play = SessionPlay().registered("batch")
    play.server(":irc.test CAP ann NEW :echo-message")
    assert play.sent() == ["CAP REQ echo-message"]
    play.server(":irc.test CAP ann ACK :echo-message")
    assert play.session.echoes and play.sent() == []
    play.server(":irc.test CAP ann DEL :echo-message")
    assert not play.session.echoes


def test_a_taken_nick_is_answered_with_the_next_one() -> None:
    """RFC 2812 5.2: 433 before registration."""
    play = SessionPlay()
    play.sent()
    for expected in ("NICK ann_", "NICK ann__", "NICK ann1"):
        assert play.server(":irc.test 433 * ann :Nickname is already in use") == []
        assert play.sent() == [expected]


def test_when_no_name_is_free_the_registration_is_over() -> None:
    play = SessionPlay(alternatives=("eve",))
    play.server(":irc.test 433 * ann :in use")
    heard = play.server(":irc.test 433 * eve :in use")
    assert isinstance(heard[0], Turned) and "ann" in heard[0].reason


@pytest.mark.parametrize(
    "line", ["432 * ann :Erroneous nickname", "464 * :Password incorrect", "465 * :You are banned"]
)
def test_a_refusal_is_heard_with_its_reason(line: str) -> None:
    """RFC 2812 5.2: numerics after which trying again would not help."""
    heard = SessionPlay().server(f":irc.test {line}")
    assert isinstance(heard[0], Turned) and heard[0].reason.endswith(line.partition(":")[2])


def test_a_name_that_is_not_allowed_is_replaced_where_there_are_alternatives() -> None:
    play = SessionPlay("root", alternatives=("root-1",))
    play.sent()
    assert play.server(":irc.test 432 * root :Not allowed") == []
    assert play.sent() == ["NICK root-1"]


def test_candidates_stay_short() -> None:
    assert all(len(nick) <= 31 for nick in nick_candidates("x" * 60))


def test_ping_is_answered_at_any_time() -> None:
    """RFC 2812 3.7.2."""
    play = SessionPlay()
    play.sent()
    play.server("PING :12 34")
    assert play.sent() == ["PONG :12 34"]


def test_a_labelled_line_is_the_whole_answer() -> None:
    """IRCv3 labeled-response."""
    play = SessionPlay().registered()
    play.session.ask(7, Line("TOPIC", ["#tea"]))
    assert play.sent() == ["@label=7 TOPIC #tea"]
    heard = play.server("@label=7 :irc.test 331 ann #tea :No topic is set")
    assert [item.ticket for item in heard if isinstance(item, Answer)] == [7]


def test_a_labelled_batch_is_the_answer_and_is_heard_as_it_comes() -> None:
    """IRCv3 labeled-response with batch."""
    play = SessionPlay().registered()
    play.session.ask(7, Line("JOIN", ["#tea"]))
    assert play.server("@label=7 :irc.test BATCH +a labeled-response") == []
    joined = play.server("@batch=a :ann!~a@home.test JOIN #tea")
    assert len(joined) == 1
    answer = play.server("@batch=a :irc.test 366 ann #tea :End", ":irc.test BATCH -a")[-1]
    assert isinstance(answer, Answer) and [line.command for line in answer.lines] == ["JOIN", "366"]


def test_an_ack_is_an_empty_answer() -> None:
    """IRCv3 labeled-response: ACK."""
    play = SessionPlay().registered()
    play.session.ask(7, Line("AWAY", []))
    assert play.server("@label=7 :irc.test ACK") == [Answer(7, [])]


def test_a_label_that_is_not_ours_is_nothing() -> None:
    play = SessionPlay().registered()
    assert play.server("@label=99 :irc.test ACK", "@label=x :irc.test ACK", "@label=² :irc.test ACK") == []


def test_history_that_was_asked_for_is_an_answer_and_not_news() -> None:
    """IRCv3 draft/chathistory inside a labelled batch, nested or not."""
    play = SessionPlay().registered().in_channel()
    for nested in (False, True):
        play.session.ask(7, Line("CHATHISTORY", ["LATEST", "#tea", "*", "2"]))
        outer = ["@label=7 :irc.test BATCH +o labeled-response", "@batch=o :irc.test BATCH +h chathistory #tea"]
        begin = outer if nested else ["@label=7 :irc.test BATCH +h chathistory #tea"]
        end = [":irc.test BATCH -h", ":irc.test BATCH -o"] if nested else [":irc.test BATCH -h"]
        heard = play.server(*begin, "@batch=h;msgid=m1 :bob!b@b PRIVMSG #tea :old", *end)
        assert len(heard) == 1 and isinstance(heard[0], Answer)
        assert [line.params[1] for line in heard[0].lines if line.command == "PRIVMSG"] == ["old"]


def test_history_that_nobody_asked_for_is_heard_as_missed() -> None:
    """Servers replay history on JOIN in a chathistory batch."""
    play = SessionPlay().registered().in_channel()
    heard = play.server(
        ":irc.test BATCH +h chathistory #tea", "@batch=h :bob!b@b PRIVMSG #tea :old", ":irc.test BATCH -h"
    )
    assert [(item.text, item.missed) for item in heard if isinstance(item, Message)] == [("old", True)]


def test_without_labels_a_ping_ends_the_answer() -> None:
    """RFC 2812 3.7.2: a server answers one connection's lines in order."""
    play = SessionPlay().registered("")
    play.session.ask(3, Line("TOPIC", ["#tea"]))
    play.session.ask(4, Line("PRIVMSG", ["bob", "hi"]))
    assert play.sent() == ["TOPIC #tea", "PING ask-3", "PRIVMSG bob :hi", "PING ask-4"]
    heard = play.server(":irc.test 403 ann #tea :No such channel", ":irc.test PONG irc.test :ask-3")
    answers = [item for item in heard if isinstance(item, Answer)]
    assert [answer.ticket for answer in answers] == [3] and answers[0].lines[0].command == "403"
    assert play.server(":eve!e@e PRIVMSG ann :unrelated", ":irc.test PONG irc.test ask-4")[-1] == Answer(4, [])


@pytest.mark.parametrize("framing", ["@label=7 ", "@batch=b "])
def test_our_new_nick_is_ours_whoever_the_server_says_has_it(framing: str) -> None:
    """InspIRCd 3 answers a labelled NICK with the new nick as source."""
    play = SessionPlay().registered().in_channel()
    play.session.ask(7, Line("NICK", ["anna"]))
    play.server("@label=7 :irc.test BATCH +b labeled-response" if "batch" in framing else "PING :x")
    (event, *_) = play.server(f"{framing}:anna!~a@home.test NICK :anna")
    assert isinstance(event, NickChanged) and (event.old, event.new, event.mine) == ("ann", "anna", True)
    assert play.session.view.nick == "anna" and "anna" in play.session.view.channels["#tea"].members


def test_lines_that_cannot_be_read_are_skipped() -> None:
    play = SessionPlay().registered()
    heard = play.session.receive(b"\xff\xfe\r\n:only\r\n@\r\n\r\n:bob!b@b PRIVMSG ann :hi\r\n", START)
    assert [item.text for item in heard if isinstance(item, Message)] == ["hi"]


def test_who_does_not_speak_in_lines_is_left() -> None:
    play = SessionPlay()
    play.session.receive(b"\x16\x03\x01" * 20_000, START)
    assert "IRC" in play.session.broken


@given(st.integers(1, 60))
def test_it_does_not_matter_how_the_bytes_are_cut(size: int) -> None:
    script = as_bytes(
        f":irc.test CAP * LS :{CAPABILITIES}",
        f":irc.test CAP * ACK :{CAPABILITIES}",
        ":irc.test 001 ann :Hi",
        ":irc.test 422 ann :No MOTD",
        "@time=2026-01-02T03:04:05.678Z;msgid=é :bob!b@b PRIVMSG ann :zażółć 👋",
    )
    whole, pieces = Session(Identity("ann")), Session(Identity("ann"))
    expected = whole.receive(script, START)
    heard = [
        item for start in range(0, len(script), size) for item in pieces.receive(script[start : start + size], START)
    ]
    assert heard == expected


WORDS = st.sampled_from(
    [
        "PRIVMSG",
        "JOIN",
        "005",
        "353",
        "BATCH",
        "CAP",
        "MODE",
        "KICK",
        "001",
        "PONG",
        "#tea",
        "ann",
        "+h",
        "-h",
        "+o",
        "LS",
        "ACK",
        "*",
        ":",
        "ask-1",
        "324",
        "chathistory",
        "PREFIX=(",
        "CHATHISTORY=99999999999",
        "bob!b@b",
    ]
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "@label=1 ", "@batch=h ", "@time=x;msgid= "]), st.lists(WORDS, max_size=6)),
        max_size=20,
    )
)
def test_a_hostile_server_raises_nothing(lines: list[tuple[str, list[str]]]) -> None:
    """Hostile input: numbers and lists from a hostile server are clamped and survived."""
    play = SessionPlay().registered().in_channel()
    play.session.ask(1, Line("CHATHISTORY", ["LATEST", "#tea", "*", "2"]))
    play.server(*(f"{tags}:ann!a@a {' '.join(words)}" for tags, words in lines))
    assert play.session.view.support.history_limit <= 1000


def test_open_batches_are_limited() -> None:
    play = SessionPlay().registered()
    play.server(*(f":irc.test BATCH +{number} chathistory #tea" for number in range(500)))
    heard = play.server("@batch=499 :bob!b@b PRIVMSG ann :heard as if unbatched")
    assert len(heard) == 1

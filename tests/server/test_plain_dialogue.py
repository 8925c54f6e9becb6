"""A conversation at the plain door: questions and answers, typed lines to IRC messages and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core.limits import Limits
from ipcchat.server.plain_dialogue import HELP, NAME_QUESTION, NOT_SAID, Dialogue
from ipcchat.server.plain_input import Telnet
from ipcchat.wire.message import Message, WireError, format_message, parse


class Talk:
    """A dialogue as one who types sees it."""

    def __init__(self, *, may_ask_password: bool = True) -> None:
        self.telnet = Telnet()
        self.dialogue = Dialogue(Limits(), self.telnet, may_ask_password=may_ask_password)

    def types(self, text: str) -> list[str]:
        """The IRC lines of a typed line; what cannot be sent is its code."""
        found = self.dialogue.typed(text.encode())
        return [each.code if isinstance(each, WireError) else format_message(each) for each in found]

    def hears(self, *lines: str) -> list[str]:
        """The text of IRC lines."""
        written = "".join(f"{line}\r\n" for line in lines).encode()
        return self.dialogue.heard(written).decode().splitlines()

    def comes_in(self) -> Talk:
        """Becomes ann in #lobby."""
        self.types("ann")
        self.hears(":s 001 ann :Welcome to X, ann!a@h", ":ann!a@h JOIN #lobby")
        return self


@pytest.fixture
def talk() -> Talk:
    return Talk().comes_in()


def test_the_first_line_is_a_name():
    talk = Talk()
    assert talk.dialogue.greeting == b"Your name?\r\n"
    assert talk.types("  ann ") == ["USER ann 0 * ann", "NICK ann", "JOIN #lobby"]
    assert talk.hears(":s 001 ann :Welcome to X, ann!a@h", ":s 422 ann :no motd") == [
        "-- Welcome to X, ann",
        "-- What you type goes to #lobby. /help shows what else you can do, /quit leaves.",
    ]


def test_an_empty_name_is_asked_for_again():
    talk = Talk()
    assert talk.types("") == ["PING /name"]
    assert talk.hears(":s PONG s /name") == [NAME_QUESTION]


def test_a_name_with_a_space_is_for_core_to_refuse():
    assert Talk().types("Ann Example")[1] == "NICK :Ann Example"


def test_a_name_that_is_taken_is_asked_for_again_and_what_came_behind_it_is_not_said():
    talk = Talk()
    talk.types("ann")
    assert talk.types("hello") == ["PRIVMSG #lobby :hello"]
    assert talk.hears(
        ":s 433 * ann :Nickname is already in use: ann_ is free",
        ":s 451 * :You have not registered",
        ":s 451 * :You have not registered",
    ) == ["-- ann: Nickname is already in use: ann_ is free", NAME_QUESTION, f"-- {NOT_SAID}"]
    assert talk.types("/nick bob") == ["USER bob 0 * bob", "NICK bob", "JOIN #lobby"]


def test_the_name_of_an_account_needs_its_password():
    talk = Talk()
    talk.types("ann")
    told = talk.hears(":s 433 * ann :Nickname belongs to an account that you are not logged in to: ann_ is free")
    assert told[-1] == "The password of ann? (an empty line: another name)"
    assert talk.telnet.take_answers() == b"\xff\xfb\x01", "telnet shows nothing of it (RFC 857)"
    assert talk.types("se cret") == ["PASS :ann:se cret", "USER ann 0 * ann", "NICK ann", "JOIN #lobby"]
    assert talk.telnet.take_answers() == b"\xff\xfc\x01\r\n"


def test_an_empty_password_is_another_name():
    talk = Talk()
    talk.types("ann")
    talk.hears(":s 433 * ann :Nickname belongs to an account that you are not logged in to")
    assert talk.types("") == ["PING /name"]
    assert talk.types("bob")[1] == "NICK bob"


def test_no_password_is_asked_for_where_it_could_be_read():
    talk = Talk(may_ask_password=False)
    talk.types("ann")
    assert talk.hears(":s 433 * ann :Nickname belongs to an account that you are not logged in to")[-1] == NAME_QUESTION


def test_help_and_quit_are_no_names():
    assert Talk().types("/help") == ["PING /help"]
    assert Talk().types("/quit") == ["QUIT"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("hello there", "PRIVMSG #lobby :hello there"),
        ("//help", "PRIVMSG #lobby :/help"),
        (":colon", "PRIVMSG #lobby ::colon"),
        ("/me waves", "PRIVMSG #lobby :\x01ACTION waves\x01"),
        ("/msg bob hi there", "PRIVMSG bob :hi there"),
        ("/MSG bob hi", "PRIVMSG bob :hi"),
        ("/nick anna", "NICK anna"),
        ("/join #tea", "JOIN #tea"),
        ("/join tea", "JOIN #tea"),
        ("/join #tea key", "JOIN #tea key"),
        ("/part", "PART #lobby"),
        ("/part #tea", "PART #tea"),
        ("/part so tired", "PART #lobby :so tired"),
        ("/who", "NAMES #lobby"),
        ("/who bob", "WHOIS bob"),
        ("/topic", "TOPIC #lobby"),
        ("/topic Earl Grey", "TOPIC #lobby :Earl Grey"),
        ("/quit", "QUIT"),
        ("/quit for lunch", "QUIT :for lunch"),
        ("\x04", "QUIT"),
        ("/help", "PING /help"),
        ("/msg bob", "PING :Say to whom and what: /msg name text"),
        ("/me", "PING :Say what you do: /me waves"),
        ("/nick", "PING :Say what you want to be called: /nick name"),
        ("/join", "PING :Say which channel: /join #lobby"),
        ("/join #lobby", "PING :What you type goes to #lobby"),
        ("/nosuch", "PING :There is no /nosuch; /help shows what there is, //text says /text"),
        ("/msg :bob hi", "BAD_PARAMETER"),
        ("/topic " + "x" * 600, "LINE_TOO_LONG"),
        ("", "EMPTY_COMMAND"),
        ("   ", "EMPTY_COMMAND"),
    ],
)
def test_typed_lines(talk: Talk, typed: str, sent: str):
    assert talk.types(typed) == [sent]


@pytest.mark.parametrize("typed", ["hello", "/who", "/topic", "/part", "/me waves"])
def test_without_a_channel_there_is_nobody_to_hear(talk: Talk, typed: str):
    talk.hears(":ann!a@h PART #lobby")
    assert talk.types(typed) == ["PING :You are in no channel: /join #lobby"]


def test_the_channel_that_was_joined_is_the_current_one(talk: Talk):
    talk.types("/join #Tea")
    assert talk.types("hello") == ["PRIVMSG #Tea :hello"]
    talk.hears(":ann!a@h JOIN #tea")
    assert talk.types("hello") == ["PRIVMSG #tea :hello"]
    talk.types("/join #lobby")
    assert talk.types("hello") == ["PRIVMSG #lobby :hello"]


def test_a_long_line_is_several_messages_that_others_can_get(talk: Talk):  # 512 bytes, RFC 1459 2.3
    text = " ".join(f"word{number}" for number in range(300))
    sent = talk.types(text)
    assert len(sent) > 4
    assert all(len(line.encode()) < 400 for line in sent)
    assert " ".join(parse(line).params[1] for line in sent) == text


def test_what_is_no_text_is_refused_with_words(talk: Talk):
    (error,) = talk.dialogue.typed(b"caf\xe9")
    assert isinstance(error, WireError)
    assert error.code == "INVALID_UTF8"


def test_the_door_answers_ping(talk: Talk):
    assert talk.hears("PING :chat.local") == []
    assert talk.dialogue.due == [Message("PONG", ["chat.local"])]


def test_help_is_told_with_the_mark(talk: Talk):
    assert talk.hears(":s PONG s /help") == [f"-- {line}" for line in HELP]
    assert talk.hears(":s PONG s :There is no \x1b[2J") == ["-- There is no \u241b[2J"]


def test_lines_that_nobody_can_read_are_skipped(talk: Talk):
    assert talk.dialogue.heard(b":\r\n@\r\n\xff\xff\r\n\r\n:b!b@h PRIVMSG #lobby :hi\r\n") == b"b: hi\r\n"


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"ann", b"/join #x", b"/part", b"/msg bob \x01", b"/me x"])))
def test_whatever_is_typed_is_a_line_of_irc(typed: list[bytes]):
    dialogue = Dialogue(Limits(), Telnet(), may_ask_password=True)
    for line in typed:
        for message in dialogue.typed(line.replace(b"\n", b"")):
            if not isinstance(message, WireError):
                written = format_message(message)
                assert len(written.encode()) <= 510
                assert parse(written) == message


@given(st.lists(st.sampled_from(["001", "433", "451", "JOIN", "PART", "470", "473", "PING", "PONG"]) | st.text()))
def test_whatever_core_says_is_no_mistake_of_ours(words: list[str]):
    dialogue = Dialogue(Limits(), Telnet(), may_ask_password=True)
    dialogue.typed(b"ann")
    for word in words:
        dialogue.heard(f":ann!a@h {word} ann #lobby :belongs to an account\r\n".encode(errors="ignore"))
        dialogue.heard(f":s {word}\r\n".encode(errors="ignore"))

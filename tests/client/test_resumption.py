"""The next connection goes on with the one that was lost, as the same user in the same channels (docs/resume.md)."""

from __future__ import annotations

from ipcchat.client import events
from ipcchat.client.conversation import Conversation
from ipcchat.client.dialing import PLACES_MAX
from ipcchat.client.multiline import Line
from ipcchat.client.protection import IN_THE_CLEAR, Protection
from ipcchat.client.registration import Identity
from ipcchat.client.sasl import Credentials
from tests.client.play import CAPABILITIES, WELCOME, ConversationPlay, answer_history, answer_join, label_of, negotiated

HERE = Protection(loopback=True)
KNOWN = f"{CAPABILITIES} ipc-chat/resume=seconds=60"
INTRODUCTION = ["NICK ann", "USER user 0 * user"]


class Play(ConversationPlay):
    """One Chat whose server can resume, from this machine."""

    def __init__(self, *channels: str, capabilities: str = KNOWN) -> None:
        super().__init__(*channels, capabilities=capabilities)

    def opens(self, protection: Protection = HERE) -> list[str]:
        """A connection; what is said when the capabilities are settled."""
        self.conversation.opened(self.moment, protection)
        begun = self.sent()
        assert begun[0] == "CAP LS 302"
        self.server(*negotiated(self.capabilities))
        return [*begun[1:], *self.sent()[1:]]

    def welcomed(self, nick: str = "ann") -> list[str]:
        """The server's welcome; what is said then."""
        self.server(*(line.format(nick=nick) for line in WELCOME))
        return self.sent()

    def told(self, *channels: str, token: str = "next", nick: str = "ann") -> list[str]:
        """The channels of who was resumed, and the next token; what is said then."""
        for channel in channels:
            names = f":irc.test 353 {nick} = {channel} :@{nick} bob"
            self.server(f":{nick}!~a@home.test JOIN {channel}", names, f":irc.test 366 {nick} {channel} :End")
        self.server(f":irc.test RESUME TOKEN {token}")
        return self.sent()


def in_channels(*channels: str, capabilities: str = KNOWN) -> Play:
    """Connected, in these channels, with the token "first"."""
    play = Play(*channels, capabilities=capabilities)
    play.opens()
    for join in play.welcomed():
        answer_join(play, join)
    play.server(*(f"@msgid=m1 :bob!b@b PRIVMSG {channel} :text 1" for channel in channels))
    play.server(":irc.test RESUME TOKEN first")
    assert play.sent() == []
    assert play.conversation.is_live
    play.happened.clear()
    return play


def test_a_token_is_said_in_place_of_a_nick() -> None:
    play = in_channels("#tea")
    play.lose()
    assert play.opens() == ["RESUME first"]


def test_who_was_resumed_does_not_join_and_catches_up() -> None:
    play = in_channels("#tea")
    play.lose()
    play.opens()
    assert play.welcomed() == []
    assert not bool(play.conversation.is_live)
    (ask,) = play.told("#tea")
    assert ask.endswith("CHATHISTORY AFTER #tea msgid=m1 2")
    answer_history(play, ask, 2)
    (ask,) = play.sent()
    answer_history(play, ask)
    assert bool(play.conversation.is_live)
    heard = [event for event in play.happened if not isinstance(event, events.Message)]
    assert [type(event) for event in heard] == [events.Connected, events.CaughtUp]
    session = play.conversation.session
    assert session is not None and session.view.channels["#tea"].members["ann"].prefixes == "@"


def test_the_next_loss_has_the_next_token() -> None:
    play = in_channels("#tea")
    for token in ("first", "next", "next"):
        play.lose()
        assert play.opens() == [f"RESUME {token}"]
        play.welcomed()
        play.told("#tea")


def test_a_channel_that_we_are_not_in_any_more_is_joined() -> None:
    play = in_channels("#tea", "#ops")
    play.lose()
    play.opens()
    play.welcomed()
    lines = play.told("#tea")
    assert [line.split(" ")[1:3] for line in lines] == [["JOIN", "#ops"], ["CHATHISTORY", "AFTER"]]


def test_what_was_not_confirmed_goes_again() -> None:
    play = in_channels("#tea")
    play.conversation.post("message", "#tea", [(Line("hello"),)], ["a-key-of-sixteen-characters"])
    (first,) = play.sent()
    play.lose()
    play.opens()
    play.welcomed()
    (ask,) = play.told("#tea")
    answer_history(play, ask)
    assert [line.split(" ", 1)[1] for line in play.sent()] == [first.split(" ", 1)[1]]


def test_a_token_that_does_not_count_is_no_harm() -> None:
    play = in_channels("#tea")
    play.lose()
    play.opens()
    play.server(":irc.test FAIL RESUME INVALID_TOKEN :There is nothing to go on with")
    assert play.sent() == [*INTRODUCTION, "CAP END"]
    (join,) = play.welcomed()
    assert join.endswith("JOIN #tea")
    play.lose()
    assert play.opens() == [*INTRODUCTION, "CAP END"]


def test_who_logs_in_does_so_when_the_token_does_not_count() -> None:
    play = in_channels("#tea", capabilities=f"{KNOWN} sasl=PLAIN")
    play.conversation.log_in(Credentials("ann", "secret"))
    play.lose()
    assert play.opens() == ["RESUME first"]
    play.server(":irc.test FAIL RESUME INVALID_TOKEN :There is nothing to go on with")
    assert play.sent() == [*INTRODUCTION, "AUTHENTICATE PLAIN"]


def test_who_is_resumed_with_an_account_needs_no_login() -> None:
    play = in_channels("#tea", capabilities=f"{KNOWN} sasl=PLAIN")
    play.conversation.log_in(Credentials("ann", "secret"))
    play.lose()
    play.opens()
    play.server(":irc.test 900 ann ann!a@h ann :You are logged in as ann")
    assert play.welcomed() == [] and play.conversation.fatal is None
    assert play.conversation.session is not None and play.conversation.session.view.account == "ann"


def test_a_server_that_cannot_resume_is_told_who_we_are() -> None:
    play = in_channels("#tea")
    play.lose()
    play.capabilities = CAPABILITIES
    assert play.opens() == [*INTRODUCTION, "CAP END"]


def test_the_token_is_not_said_where_others_read_along() -> None:
    play = in_channels("#tea")
    play.lose()
    assert play.opens(IN_THE_CLEAR) == [*INTRODUCTION, "CAP END"]


def test_who_wants_to_be_somebody_else_does_not_go_on() -> None:
    play = in_channels("#tea")
    play.conversation.come_again("logging out")
    play.lose()
    assert play.opens() == [*INTRODUCTION, "CAP END"]


def test_a_nick_that_was_wanted_meanwhile_is_taken_then() -> None:
    play = in_channels("#tea")
    play.lose()
    play.conversation.rename("anna")
    play.opens()
    (ask,) = play.welcomed()
    assert ask.endswith(" NICK anna")
    play.server(f"@label={label_of(ask)} :irc.test 433 ann anna :Nickname is already in use")
    play.later(10.0)
    assert not any("NICK" in line for line in play.sent())


def test_who_was_away_is_so_still() -> None:
    play = in_channels()
    play.conversation.standing.away = "lunch"
    play.conversation.standing.subscribed["display-name"] = None
    play.capabilities = f"{KNOWN} draft/metadata-2"
    play.lose()
    play.opens()
    assert [line.split(" ", 1)[1] for line in play.welcomed()] == ["METADATA * SUB display-name"]


def test_a_token_is_not_shown_when_somebody_prints_what_was_heard() -> None:
    play = Play()
    play.opens()
    session = play.conversation.session
    assert session is not None
    assert "hush" not in repr(session.receive(b":irc.test RESUME TOKEN hush\r\n", play.moment.wall))


def test_strange_words_of_a_server_change_nothing() -> None:
    play = in_channels("#tea")
    play.server(":irc.test RESUME", ":irc.test RESUME TOKEN", ":irc.test RESUME OTHER word")
    play.server(":irc.test FAIL RESUME INVALID_TOKEN :There is nothing to go on with")
    play.lose()
    assert play.opens() == ["RESUME first"]
    fresh = Conversation(Identity("ann"), {})
    fresh.opened(play.moment, HERE)
    fresh.received(b":irc.test FAIL RESUME INVALID_TOKEN :What?\r\n", play.moment)
    assert fresh.data_to_send().decode().splitlines() == ["CAP LS 302", *INTRODUCTION]


def test_where_else_the_network_is_counts_with_the_token() -> None:
    play = in_channels("#tea")
    play.server(":irc.test RESUME SERVER ircs://one.test", ":irc.test RESUME SERVER irc://127.0.0.1:6668")
    assert list(play.conversation.places) == []
    play.server(":irc.test RESUME TOKEN next")
    assert list(play.conversation.places) == ["ircs://one.test", "irc://127.0.0.1:6668"]
    play.server(":irc.test RESUME TOKEN another")
    assert list(play.conversation.places) == []
    play.server(*(f":irc.test RESUME SERVER ircs://{number}.test" for number in range(1_000)))
    play.server(":irc.test RESUME TOKEN last")
    assert len(play.conversation.places) == PLACES_MAX


def test_a_server_that_stops_says_so() -> None:
    play = in_channels("#tea")
    assert not play.conversation.is_sent_on
    play.server(":irc.test RESUME", ":irc.test RESUME LATER", ":irc.test RESUME TOKEN")
    assert not bool(play.conversation.is_sent_on)
    play.server(":irc.test RESUME NOW", "ERROR :Closing link: This server starts anew")
    assert bool(play.conversation.is_sent_on)
    play.lose()
    assert play.opens() == ["RESUME first"]
    assert not bool(play.conversation.is_sent_on)

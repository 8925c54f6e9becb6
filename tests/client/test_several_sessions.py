"""One user on several connections under one nick, as our server has it: laptop and telephone see the same.

Rules: what another session said is our own word; channels it is in are ours; its end is not ours.
"""

from __future__ import annotations

from ipcchat.client import events
from ipcchat.client.multiline import Line
from tests.client.play import ConversationPlay, SessionPlay, answer_join, hear, label_of

ATTACHED = (
    ":ann!~a@home.test JOIN #ops",
    ":irc.test 332 ann #ops :Be careful",
    ":irc.test 353 ann = #ops :@bob ann",
    ":irc.test 366 ann #ops :End of NAMES",
    ":ann!~a@home.test JOIN #tea",
    ":irc.test 353 ann = #tea :ann eve",
    ":irc.test 366 ann #tea :End of NAMES",
)


def test_what_the_other_session_says_is_ours_and_from_elsewhere() -> None:
    """IRCv3 echo-message: an echo without a label of ours."""
    play = SessionPlay().registered().in_channel()
    heard = hear(play, "@msgid=1 :ann!a@home.test PRIVMSG #tea :from my telephone")
    assert isinstance(heard, events.Message) and heard.mine and heard.elsewhere
    heard = hear(play, "@msgid=2 :ann!a@home.test PRIVMSG bob :and to bob")
    assert isinstance(heard, events.Message) and heard.mine and heard.elsewhere and heard.place == "bob"
    heard = hear(play, "@msgid=3 :bob!b@b.test PRIVMSG #tea :hello")
    assert isinstance(heard, events.Message) and not heard.mine and not heard.elsewhere


def test_our_own_echo_is_not_from_elsewhere() -> None:
    play = ConversationPlay("#tea").connect()
    answer_join(play, play.sent()[-1])
    play.conversation.post("message", "#tea", [(Line("here"),)], ["key"])
    label = label_of(play.sent()[-1])
    play.server("@msgid=8 :ann!~a@home.test PRIVMSG #tea :from my telephone")
    play.server(f"@label={label};msgid=9 :ann!~a@home.test PRIVMSG #tea :here")
    said = {event.text: event.elsewhere for event in play.happened if isinstance(event, events.Message)}
    assert said == {"from my telephone": True, "here": False}


def test_channels_of_the_user_are_state_when_we_arrive() -> None:
    """The server JOINs us to what our user is in; that somebody else came is said of nobody."""
    play = ConversationPlay("#tea").connect()
    join = play.sent()[-1]
    happened = play.server(*ATTACHED, f"@label={label_of(join)} :irc.test ACK")
    joined = [event for event in happened if isinstance(event, events.Joined)]
    assert [(event.channel, event.mine) for event in joined] == [("#ops", True), ("#tea", True)]
    session = play.conversation.session
    assert session is not None and play.conversation.is_live
    assert session.view.channels["#ops"].topic == "Be careful" and set(session.view.channels["#tea"].members) == {
        "ann",
        "eve",
    }
    assert list(play.conversation.presence.asked) == ["#tea"]


def test_after_a_cut_the_channels_are_no_news() -> None:
    play = ConversationPlay("#tea").connect()
    play.server(*ATTACHED, f"@label={label_of(play.sent()[-1])} :irc.test ACK")
    play.lose()
    play.happened.clear()
    play.connect()
    asked = [line for line in play.sent() if "JOIN" in line]
    play.server(*ATTACHED, *(f"@label={label_of(line)} :irc.test ACK" for line in asked))
    for request in [line for line in play.sent() if "CHATHISTORY" in line]:
        play.server(f"@label={label_of(request)} :irc.test BATCH +h chathistory #x", ":irc.test BATCH -h")
    assert not [event for event in play.happened if isinstance(event, events.Joined)]
    assert play.conversation.is_live


def test_the_end_of_another_session_is_not_ours() -> None:
    play = SessionPlay().registered().in_channel()
    assert play.server(":ann!a@home.test QUIT :telephone off") == []
    assert set(play.session.view.channels["#tea"].members) >= {"ann", "bob"}
    assert play.session.view.known("ann") is not None


def test_what_another_session_does_with_channels_holds_for_all() -> None:
    play = ConversationPlay("#tea").connect()
    answer_join(play, play.sent()[-1])
    play.server(":ann!~a@home.test JOIN #new", ":ann!~a@home.test PART #tea :from my telephone")
    assert set(play.conversation.presence.wanted) == {"#new"}
    play.lose()
    play.connect()
    assert [line.split()[-1] for line in play.sent() if "JOIN" in line] == ["#new"]


def test_a_login_is_one_piece_of_news() -> None:
    """IRCv3 account-notify and 900 tell the same."""
    play = SessionPlay().registered()
    lines = [":irc.test 900 ann ann!a@home.test ann :You are now logged in as ann", ":ann!a@home.test ACCOUNT ann"]
    (heard,) = play.server(*lines)
    assert isinstance(heard, events.AccountChanged) and heard.mine and heard.account == "ann"
    (heard,) = play.server(":ann!a@home.test ACCOUNT *", ":irc.test 901 ann ann!a@home.test :You are now logged out")
    assert isinstance(heard, events.AccountChanged) and heard.account == "" and play.session.view.account == ""

"""A Chat's conversation over several connections: rejoin, catch up, resend, ghosts, dead connections. No loop, no
clock."""

from __future__ import annotations

import pytest

from ipcchat.client import events
from ipcchat.client.conversation import REGAIN_SECONDS, Outcome
from ipcchat.client.errors import ChatClosed, ChatError, CommandRefused, ConnectFailed, NotDelivered, TimedOut
from ipcchat.client.events import Event, Message
from ipcchat.client.liveness import ANSWER_SECONDS, PONG_SECONDS, SILENT_SECONDS, WAKE_SECONDS
from ipcchat.client.multiline import Line
from ipcchat.wire.message import WireError
from tests.client.play import ConversationPlay, answer_history, answer_join, label_of

KEY = "0123456789abcdef"


def of(kind: type[Event], happened: list[Event | Outcome]) -> list[Event]:
    return [item for item in happened if isinstance(item, kind)]


def texts(happened: list[Event | Outcome]) -> list[str]:
    return [item.text for item in happened if isinstance(item, Message)]


def live(*channels: str) -> ConversationPlay:
    """Connected for the first time, in the channels, where one message (m1) was said."""
    play = ConversationPlay(*channels).connect()
    for line in play.sent():
        answer_join(play, line)
    play.server(*(f"@msgid=m1 :bob!b@b PRIVMSG {channel} :text 1" for channel in channels))
    play.happened.clear()
    assert play.conversation.is_live
    return play


def come_back(play: ConversationPlay, nick: str = "ann") -> str:
    """Lost and connected again, in #tea; returns the line that asks for what was missed."""
    play.lose()
    play.connect(nick=nick)
    (join,) = play.sent()
    answer_join(play, join, nick)
    return play.sent()[0]


def test_the_first_connection_joins_and_learns_where_it_is() -> None:
    play = ConversationPlay("#tea").connect()
    (join,) = play.sent()
    assert join.endswith("JOIN #tea")
    happened = answer_join(play, join)
    assert [type(item) for item in happened] == [events.Joined]
    assert play.conversation.is_live
    assert play.sent() == []


def test_a_channel_that_cannot_be_joined_does_not_hold_up_the_others() -> None:
    """RFC 2812 3.2.1: 474."""
    play = ConversationPlay("#tea", "#ops").connect()
    tea, ops = play.sent()
    answer_join(play, tea)
    play.server(f"@label={label_of(ops)} :irc.test 474 ann #ops :Cannot join channel (+b)")
    assert play.conversation.is_live
    assert str(play.conversation.presence.refusals["#ops"]) == "#ops: Cannot join channel (+b)"


def test_what_was_missed_is_heard_in_order_once_then_what_came_meanwhile() -> None:
    """IRCv3 draft/chathistory: AFTER the last msgid until empty; live messages wait."""
    play = live("#tea")
    ask = come_back(play)
    assert ask.endswith("CHATHISTORY AFTER #tea msgid=m1 2")
    assert play.server("@msgid=m4 :bob!b@b PRIVMSG #tea :text 4", "@msgid=m5 :bob!b@b PRIVMSG #tea :text 5") == []
    assert texts(answer_history(play, ask, 2, 3)) == ["text 2", "text 3"]
    (ask,) = play.sent()
    assert ask.endswith("AFTER #tea msgid=m3 2")
    assert texts(answer_history(play, ask, 4)) == ["text 4"]
    (ask,) = play.sent()
    happened = answer_history(play, ask)
    assert texts(happened) == ["text 5"]
    assert [item.missed for item in happened if isinstance(item, events.CaughtUp)] == [3]


def test_coming_back_is_no_joining() -> None:
    play = live("#tea")
    answer_history(play, come_back(play))
    assert of(events.Joined, play.happened) == []
    assert [item.again for item in of(events.Connected, play.happened)] == [True]  # type: ignore[attr-defined]


def test_a_connection_lost_while_catching_up_goes_on_where_it_was() -> None:
    play = live("#tea")
    ask = come_back(play)
    play.server("@msgid=m9 :bob!b@b PRIVMSG #tea :text 9")
    answer_history(play, ask, 2, 3)
    play.sent()
    ask = come_back(play)
    assert ask.endswith("AFTER #tea msgid=m3 2")
    answer_history(play, ask, 4, 9)
    answer_history(play, play.sent()[0])
    assert texts(play.happened) == ["text 2", "text 3", "text 4", "text 9"]


def test_a_channel_that_was_quiet_since_we_joined_misses_nothing_either() -> None:
    """IRCv3 draft/chathistory: AFTER a timestamp."""
    play = ConversationPlay("#tea").connect()
    answer_join(play, play.sent()[0])
    ask = come_back(play)
    assert "AFTER #tea timestamp=2026-01-02T03:04:04.999Z" in ask
    assert texts(answer_history(play, ask, 1)) == ["text 1"]


def test_history_that_forgot_where_we_were_is_a_gap() -> None:
    play = live("#tea")
    ask = come_back(play)
    happened = play.server(
        f"@label={label_of(ask)} :irc.test FAIL CHATHISTORY INVALID_PARAMS AFTER :Unknown message id"
    )
    assert [item.reason for item in happened if isinstance(item, events.Gap)] == ["Unknown message id"]
    (ask,) = play.sent()
    assert ask.endswith("LATEST #tea * 2")
    assert texts(answer_history(play, ask, 8, 9)) == ["text 8", "text 9"]
    assert play.conversation.is_live


def test_a_server_that_cannot_read_its_history_now_is_asked_again() -> None:
    play = live("#tea")
    ask = come_back(play)
    play.server(f"@label={label_of(ask)} :irc.test FAIL CHATHISTORY TEMPORARILY_UNAVAILABLE AFTER :Later")
    assert play.sent() == [] and play.later(0.5) == []
    (again,) = play.later(1.0)
    assert again.endswith("AFTER #tea msgid=m1 2")


def test_a_channel_that_is_closed_to_us_after_a_reconnect_is_a_gap() -> None:
    play = live("#tea")
    play.lose()
    play.connect()
    (join,) = play.sent()
    happened = play.server(f"@label={label_of(join)} :irc.test 474 ann #tea :Cannot join channel (+b)")
    assert [item.channel for item in happened if isinstance(item, events.Gap)] == ["#tea"]
    assert play.conversation.is_live
    play.lose()
    play.connect()
    assert play.sent() == []


def test_a_channel_we_left_or_were_put_out_of_is_not_joined_again() -> None:
    play = live("#tea", "#ops")
    play.server(":ann!~a@home.test PART #tea", ":bob!b@b KICK #ops ann :out")
    play.lose()
    play.connect()
    assert play.sent() == []


def test_a_channel_that_was_renamed_while_we_were_away_is_followed() -> None:
    """IRCv3 draft/channel-rename: FAIL JOIN CHANNEL_RENAMED; what was missed is in the history of the new name."""
    play = live("#tea")
    play.lose()
    play.connect()
    (join,) = play.sent()
    happened = play.server(
        f"@label={label_of(join)} :irc.test FAIL JOIN CHANNEL_RENAMED #tea #coffee :The channel has been renamed"
    )
    (renamed,) = [item for item in happened if isinstance(item, events.ChannelRenamed)]
    assert (renamed.old, renamed.new, renamed.missed) == ("#tea", "#coffee", True)
    (join,) = play.sent()
    assert join.endswith("JOIN #coffee")
    answer_join(play, join)
    (ask,) = play.sent()
    assert ask.endswith("CHATHISTORY AFTER #coffee msgid=m1 2")
    assert texts(answer_history(play, ask, channel="#coffee")) == []
    assert play.conversation.is_live and list(play.conversation.presence.wanted) == ["#coffee"]


def test_channels_renamed_in_a_circle_are_given_up() -> None:
    play = live("#a")
    play.lose()
    play.connect()
    for _ in range(50):
        for join in play.sent():
            old = join.split()[-1]
            new = {"#a": "#b", "#b": "#a"}[old]
            play.server(f"@label={label_of(join)} :irc.test FAIL JOIN CHANNEL_RENAMED {old} {new} :renamed")
    gaps = [item.reason for item in play.happened if isinstance(item, events.Gap)]
    assert len(gaps) == 1 and "again and again" in gaps[0] and play.conversation.is_live


def test_a_server_that_leads_to_another_channel_is_followed_there() -> None:
    """470 as Solanum sends it: at the first connection and later."""
    play = ConversationPlay("#tea").connect()
    for again in (False, True):
        if again:
            play.conversation.presence.want("#tea", "")
            play.lose()
            play.connect()
        joins = {join.split()[-1]: join for join in play.sent()}
        if again:
            answer_join(play, joins["#tea-2"])
        play.server(
            f"@label={label_of(joins['#tea'])} :irc.test BATCH +j labeled-response",
            "@batch=j :irc.test 470 ann #tea #tea-2 :Forwarding to another channel",
            "@batch=j :ann!~a@home.test JOIN #tea-2",
            ":irc.test BATCH -j",
        )
        assert list(play.conversation.presence.wanted) == ["#tea-2"]
        if not again:
            assert play.conversation.is_live and of(events.Gap, play.happened) == []
    assert [item.channel for item in play.happened if isinstance(item, events.Gap)] == ["#tea"]


def test_a_channel_renamed_before_our_eyes_is_joined_by_its_new_name_later() -> None:
    """IRCv3 draft/channel-rename: also while it catches up."""
    play = live("#tea")
    ask = come_back(play)
    play.server(":bob!b@b RENAME #tea #coffee :", "@msgid=m9 :bob!b@b PRIVMSG #coffee :text 9")
    answer_history(play, ask, 2)
    (ask,) = play.sent()
    assert ask.endswith("AFTER #coffee msgid=m2 2")
    happened = answer_history(play, ask, 9, channel="#coffee")
    assert texts(happened) == ["text 9"]
    answer_history(play, play.sent()[0], channel="#coffee")
    assert play.conversation.is_live
    play.lose()
    play.connect()
    assert [line.split()[-1] for line in play.sent()] == ["#coffee"]
    assert texts(play.happened) == ["text 2", "text 9"]


def test_what_a_server_adds_to_history_is_no_place_to_go_on_from() -> None:
    """IRCv3 draft/chathistory-context: a reaction that came later stands behind its message."""
    play = live("#tea")
    ask = come_back(play)
    play.server(
        f"@label={label_of(ask)} :irc.test BATCH +h chathistory #tea",
        "@batch=h;msgid=m2 :bob!b@b PRIVMSG #tea :text 2",
        "@batch=h;msgid=m7;draft/chathistory-context;+reply=m2;+draft/react=x :eve!e@e TAGMSG #tea",
        ":irc.test BATCH -h",
    )
    (ask,) = play.sent()
    assert ask.endswith("AFTER #tea msgid=m2 2")
    answer_history(play, ask, 3)
    assert texts(play.happened) == ["text 2", "text 3"]
    assert [item.missed for item in play.happened if isinstance(item, events.Reaction)] == [True]


def test_a_server_without_history_says_that_something_may_be_missing() -> None:
    play = ConversationPlay("#tea", capabilities="").connect()
    assert play.sent() == ["JOIN #tea", "PING ask-1"]
    play.server(":ann!~a@home.test JOIN #tea", ":irc.test PONG irc.test ask-1")
    play.lose()
    play.connect()
    play.happened.clear()
    play.server(":ann!~a@home.test JOIN #tea", ":irc.test PONG irc.test ask-2")
    assert [item.channel for item in play.happened if isinstance(item, events.Gap)] == ["*"]


def test_an_echo_is_the_receipt_and_the_event() -> None:
    """IRCv3 echo-message and labeled-response."""
    play = live("#tea")
    (ticket,) = play.conversation.post("message", "#tea", [(Line("hi"),)], [KEY])
    (line,) = play.sent()
    assert line == f"@+ipc-chat/key={KEY};label={label_of(line)} PRIVMSG #tea :hi"
    event, outcome = play.server(f"@label={label_of(line)};msgid=m2 :ann!~a@home.test PRIVMSG #tea :hi")
    assert isinstance(event, Message) and event.mine and event.msgid == "m2"
    assert isinstance(outcome, Outcome) and outcome.ticket == ticket and outcome.message == event


def test_a_refused_post_is_not_delivered() -> None:
    """RFC 2812 3.3.1: 404."""
    play = live("#tea")
    play.conversation.post("message", "#tea", [(Line("hi"),)], [KEY])
    (line,) = play.sent()
    (outcome,) = [
        item
        for item in play.server(f"@label={label_of(line)} :irc.test 404 ann #tea :Cannot send")
        if isinstance(item, Outcome)
    ]
    assert isinstance(outcome.error, NotDelivered) and outcome.error.code == "404"


def test_what_was_not_confirmed_goes_again_after_the_catch_up_with_the_same_key_and_is_heard_once() -> None:
    """The server answers a repeated key with the first echo."""
    play = live("#tea")
    first, second = play.conversation.post("message", "#tea", [(Line("hi"),), (Line("there"),)], [KEY, KEY[::-1]])
    sent = play.sent()
    ask = come_back(play)
    assert "CHATHISTORY" in ask
    play.server(
        f"@label={label_of(ask)} :irc.test BATCH +h chathistory #tea",
        "@batch=h;msgid=m2 :ann!~a@home.test PRIVMSG #tea :hi",
        ":irc.test BATCH -h",
    )
    (ask,) = play.sent()
    answer_history(play, ask)
    again = play.sent()
    assert [line.partition(";label")[0] for line in again] == [line.partition(";label")[0] for line in sent]
    play.server(f"@label={label_of(again[0])};msgid=m2 :ann!~a@home.test PRIVMSG #tea :hi")
    play.server(f"@label={label_of(again[1])};msgid=m3 :ann!~a@home.test PRIVMSG #tea :there")
    assert texts(play.happened) == ["hi", "there"]
    assert [item.ticket for item in play.happened if isinstance(item, Outcome)] == [first, second]


def test_deeds_go_again_behind_the_posts_before_them_with_the_same_key() -> None:
    """A reaction and a redaction; the server answers a repeated key as at first."""
    play = live("#tea")
    play.conversation.post("message", "#tea", [(Line("hi"),)], [KEY])
    reacted = play.conversation.do("TAGMSG", ("#tea",), KEY, {"+reply": "m1", "+draft/react": "x"})
    redacted = play.conversation.do("REDACT", ("#tea", "m1"), KEY[::-1], {})
    sent = play.sent()
    answer_history(play, come_back(play))
    again = play.sent()
    assert [line.partition(";label")[0] for line in again] == [line.partition(";label")[0] for line in sent]
    play.server(f"@label={label_of(again[1])};msgid=m3;+reply=m1;+draft/react=x :ann!~a@home.test TAGMSG #tea")
    play.server(f"@label={label_of(again[2])};msgid=m4 :ann!~a@home.test REDACT #tea m1")
    assert [(item.ticket, item.error) for item in play.happened if isinstance(item, Outcome)] == [
        (reacted, None),
        (redacted, None),
    ]


@pytest.mark.parametrize("is_again", [True, False])
@pytest.mark.parametrize("account", ["", "ann"])
def test_a_guest_who_is_not_believed_after_a_lost_connection_is_told_what_to_do(is_again: bool, account: str) -> None:
    play = live("#tea")
    if is_again:
        answer_history(play, come_back(play))
    if account:
        play.server(f":irc.test 900 ann ann!~a@home.test {account} :You are logged in")
    play.conversation.post("message", "#tea", [(Line("two"),)], [KEY], {"+draft/edit": "m1"})
    play.conversation.do("REDACT", ("#tea", "m1"), KEY, {})
    edit, redaction = play.sent()
    play.server(f"@label={label_of(edit)} :irc.test FAIL EDIT EDIT_FORBIDDEN #tea m1 :Not yours")
    play.server(f"@label={label_of(redaction)} :irc.test FAIL REDACT UNKNOWN_MSGID #tea m1 :Unknown")
    first, second = [item.error for item in play.happened if isinstance(item, Outcome)]
    assert isinstance(first, NotDelivered) and isinstance(second, CommandRefused)
    assert (first.code, second.code, second.context) == ("EDIT_FORBIDDEN", "UNKNOWN_MSGID", ("#tea", "m1"))
    advised = ["register to keep" in str(error) for error in (first, second)]
    assert advised == [is_again and not account] * 2


def test_a_deed_that_is_no_line_is_not_taken() -> None:
    play = live("#tea")
    with pytest.raises(WireError):
        play.conversation.do("REDACT", ("#tea", "m1", "x" * 600), KEY, {})
    assert play.sent() == []


def test_without_echo_a_post_is_confirmed_by_the_pong_and_heard_as_event() -> None:
    """RFC 2812 3.7.2: best effort for servers without IRCv3."""
    play = ConversationPlay(capabilities="").connect()
    play.conversation.post("action", "bob", [(Line("waves"),)], [KEY])
    assert play.sent() == ["PRIVMSG bob :\x01ACTION waves\x01", "PING ask-1"]
    event, outcome = play.server(":irc.test PONG irc.test ask-1")
    assert isinstance(event, Message) and (event.nick, event.kind, event.text, event.mine) == (
        "ann",
        "action",
        "waves",
        True,
    )
    assert isinstance(outcome, Outcome) and outcome.message == event


def test_our_own_ghost_is_waited_for() -> None:
    """433 after a reconnect: the server has not noticed yet that the old connection is dead."""
    play = live("#tea")
    ask = come_back(play, nick="ann_")
    happened = play.server(
        f"@label={label_of(ask)} :irc.test BATCH +h chathistory #tea",
        "@batch=h;msgid=m2 :ann!~a@home.test PRIVMSG #tea :mine from before",
        ":irc.test BATCH -h",
    )
    assert [item.mine for item in happened if isinstance(item, Message)] == [True]
    answer_history(play, play.sent()[0])
    assert play.later(REGAIN_SECONDS - 1) == []
    (attempt,) = play.later(2)
    assert attempt.endswith("NICK ann")
    play.server(f"@label={label_of(attempt)} :irc.test 433 ann_ ann :Nickname is already in use")
    play.server(":ann!~a@home.test QUIT :Ping timeout")
    (attempt,) = play.later(0)
    play.server(f"@label={label_of(attempt)} :ann_!~a@home.test NICK ann")
    assert play.conversation.session is not None and play.conversation.session.view.nick == "ann"
    assert play.later(REGAIN_SECONDS + 1) == []


def test_a_name_that_was_never_ours_is_left_to_its_owner() -> None:
    play = ConversationPlay().connect(nick="ann_")
    assert play.later(REGAIN_SECONDS + 1) == []


def test_a_silent_server_is_pinged_then_left() -> None:
    play = ConversationPlay().connect()
    assert play.later(SILENT_SECONDS + 1) == ["PING alive"]
    assert play.later(1) == []
    play.server(":irc.test PONG irc.test alive")
    play.later(SILENT_SECONDS + 1)
    assert play.conversation.problem == ""
    play.later(PONG_SECONDS + 1)
    assert "silent" in play.conversation.problem


def test_a_server_that_answers_nothing_is_left() -> None:
    play = live("#tea")
    play.conversation.post("message", "#tea", [(Line("hi"),)], [KEY])
    for _ in range(3):
        play.later(ANSWER_SECONDS / 2)
        play.server("PING :alive")
    assert "answered nothing" in play.conversation.problem


def test_after_a_sleep_the_server_is_asked_at_once_and_left_soon() -> None:
    """A laptop that was closed for an hour, by which its clock on the wall has moved on and no other."""
    play = live("#tea")
    play.asleep += 3_600
    assert play.later(1) == ["PING alive"]
    assert play.later(WAKE_SECONDS - 1) == [] and play.conversation.problem == ""
    play.later(1)
    assert "does not answer any more" in play.conversation.problem


def test_who_answers_after_a_sleep_is_kept() -> None:
    play = live("#tea")
    play.asleep += 3_600
    assert play.later(1) == ["PING alive"]
    play.server(":irc.test PONG irc.test alive")
    assert play.later(WAKE_SECONDS + 1) == [] and play.conversation.problem == ""


def test_who_wants_to_know_asks_once() -> None:
    play = ConversationPlay()
    play.conversation.doubt(play.moment)
    assert play.sent() == []
    play.connect()
    play.conversation.doubt(play.moment)
    play.conversation.doubt(play.moment)
    assert play.sent() == ["PING alive"]
    play.later(WAKE_SECONDS)
    assert "does not answer any more" in play.conversation.problem


def test_a_registration_that_does_not_end_is_left() -> None:
    play = ConversationPlay()
    play.conversation.opened(play.moment)
    play.later(31)
    assert "registration" in play.conversation.problem


def test_a_server_that_will_not_have_us_is_fatal() -> None:
    play = ConversationPlay()
    play.conversation.opened(play.moment)
    play.server(":irc.test 465 * :You are banned")
    assert isinstance(play.conversation.fatal, ConnectFailed)


def test_requests_wait_for_a_connection_and_are_lost_with_it() -> None:
    play = ConversationPlay()
    ticket = play.conversation.request("LIST")
    play.connect()
    (line,) = play.sent()
    assert line.endswith("LIST")
    play.conversation.lost("cut")
    (outcome,) = play.take()
    assert isinstance(outcome, Outcome) and outcome.ticket == ticket and isinstance(outcome.error, TimedOut)


def test_the_end_tells_everybody_who_waits() -> None:
    play = live("#tea")
    posted = play.conversation.post("message", "#tea", [(Line("hi"),)], [KEY])
    tickets = [*posted, play.conversation.request("LIST")]
    play.conversation.abandon("closed")
    outcomes = [item for item in play.take() if isinstance(item, Outcome)]
    assert [item.ticket for item in outcomes] == tickets
    assert all(isinstance(item.error, ChatClosed) for item in outcomes)


def test_what_waits_is_limited() -> None:
    play = ConversationPlay()
    for number in range(10_000):
        play.conversation.post("message", "bob", [(Line(f"{number}"),)], [KEY])
    with pytest.raises(ChatError, match="wait to be sent"):
        play.conversation.post("message", "bob", [(Line("one too many"),)], [KEY])

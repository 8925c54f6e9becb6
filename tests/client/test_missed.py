"""Catching up with everything by one request: docs/catch-up.md."""

from __future__ import annotations

import pytest

from ipcchat.client import events
from ipcchat.client import missed as module
from ipcchat.client.catchup import Seen
from ipcchat.client.errors import CommandRefused
from ipcchat.client.events import Event
from ipcchat.client.missed import Missed, Sweep, read_missed
from ipcchat.wire.message import parse
from tests.client.play import CAPABILITIES, START, ConversationPlay, SessionPlay, answer_join, label_of

CATCH_UP = f"{CAPABILITIES} ipc-chat/catch-up=messages=500,cursors=20"
NOW = ":irc.test CATCHUP NOW J-{}"


class Return:
    """Ann in #tea and #ops, who heard one message and was cut off."""

    def __init__(self, *channels: str) -> None:
        self.play = ConversationPlay(*(channels or ("#tea", "#ops")))
        self.play.capabilities = CATCH_UP
        self.play.connect()
        self.play.server(NOW.format(1))
        for line in self.play.sent():
            if " JOIN " in line:
                answer_join(self.play, line)
        self.says("J-5", "#tea", "before")
        self.play.sent()
        self.play.lose()
        self.play.happened.clear()

    def says(self, msgid: str, target: str, text: str) -> list[object]:
        """Bob says something, live."""
        return list(self.play.server(f"@msgid={msgid};time=2026-01-02T03:04:05.000Z :bob!b@b PRIVMSG {target} :{text}"))

    def comes_back(self, now: int = 20) -> str:
        """Connected again, in the channels; the request for what was missed."""
        self.play.connect()
        self.play.server(NOW.format(now))
        joins = [line for line in self.play.sent() if " JOIN " in line]
        for line in joins:
            answer_join(self.play, line)
        (request,) = self.play.sent()
        return request

    def answers(self, request: str, *rows: str, ending: str) -> list[object]:
        """The server's answer: rows are "msgid history line"."""
        lines = []
        for row in rows:
            msgid, history, line = row.split(" ", 2)
            lines.append(f"@batch=c;msgid={msgid};time=2026-01-02T03:04:06.000Z;ipc-chat/history={history} {line}")
        return list(
            self.play.server(
                f"@label={label_of(request)} :irc.test BATCH +c ipc-chat/catch-up J-5",
                *lines,
                f"@batch=c :irc.test CATCHUP {ending}",
                ":irc.test BATCH -c",
            )
        )

    def refuses(self, request: str, code: str) -> list[object]:
        """The server says no."""
        return list(self.play.server(f"@label={label_of(request)} :irc.test FAIL CATCHUP {code} :Not this one"))

    @property
    def texts(self) -> list[str]:
        """The messages that the program heard since the cut."""
        return [event.text for event in self.play.happened if isinstance(event, events.Message)]

    def told(self, kind: type[Event]) -> list[Event]:
        """The events of a kind that it heard since the cut."""
        return [event for event in self.play.happened if isinstance(event, kind)]


def bob(target: str, text: str) -> str:
    return f":bob!b@b PRIVMSG {target} :{text}"


def test_one_request_brings_everything_in_order() -> None:
    back = Return()
    request = back.comes_back()
    assert request.split(" ", 1)[1] == "CATCHUP J-5 500"
    back.answers(
        request,
        f"J-6 #ops {bob('#ops', 'one')}",
        f"J-7 #tea {bob('#tea', 'two')}",
        f"J-8 bob {bob('ann', 'psst')}",
        "J-9 bob :ann!a@a PRIVMSG bob :hush",
        ending="END J-20",
    )
    assert back.texts == ["one", "two", "psst", "hush"]
    mine = [event.mine for event in back.told(events.Message) if isinstance(event, events.Message)]
    assert mine == [False, False, False, True]
    assert all(getattr(event, "missed", False) for event in back.told(events.Message))
    (caught_up,) = back.told(events.CaughtUp)
    assert isinstance(caught_up, events.CaughtUp) and caught_up.missed == 4
    assert back.play.conversation.is_live and not back.told(events.Gap)


def test_what_comes_live_meanwhile_follows_once() -> None:
    """docs/catch-up.md: it may stand before and between the lines of the answer."""
    back = Return()
    request = back.comes_back()
    assert back.says("J-8", "#tea", "live and missed") == [] == back.says("J-21", "#ops", "live")
    assert back.says("J-22", "ann", "in private") == []
    back.answers(request, f"J-8 #tea {bob('#tea', 'live and missed')}", ending="END J-20")
    assert back.texts == ["live and missed", "live", "in private"]
    back.play.lose()
    assert back.comes_back(30).endswith("CATCHUP J-22 500")


def test_a_redaction_that_was_heard_live_is_not_heard_again() -> None:
    """Neither from the answer, nor as the receipt of one that is sent again."""
    back = Return()
    back.answers(back.comes_back(), ending="END J-6")
    for msgid in ("J-7", "J-7", "J-9"):
        back.play.server(f"@msgid={msgid} :bob!b@b REDACT #tea J-5")
    back.play.lose()
    request = back.comes_back()
    back.play.server("@msgid=J-21 :bob!b@b REDACT #tea J-4")
    rows = [f"J-{place} #tea :bob!b@b REDACT #tea J-5" for place in (7, 8, 21)]
    back.answers(request, *rows, ending="END J-22")
    heard = [event.msgid for event in back.told(events.Redacted) if isinstance(event, events.Redacted)]
    assert heard == ["J-7", "J-9", "J-8", "J-21"]


def test_what_the_server_does_not_keep_any_more_is_a_gap() -> None:
    """docs/catch-up.md: the third word of the last line."""
    back = Return()
    request = back.comes_back()
    back.answers(request, f"J-6 #tea {bob('#tea', 'one')}", ending="MORE J-6 forgotten")
    (request,) = back.play.sent()
    back.answers(request, f"J-7 #tea {bob('#tea', 'two')}", ending="END J-20 something FORGOTTEN")
    assert back.texts == ["one", "two"]
    gaps = [(event.channel, event.reason) for event in back.told(events.Gap) if isinstance(event, events.Gap)]
    assert gaps == [("*", module.NOT_KEPT)] * 2
    assert back.play.conversation.is_live and len(back.told(events.CaughtUp)) == 1


def test_a_page_that_has_more_is_followed_by_the_next() -> None:
    back = Return()
    request = back.comes_back()
    back.answers(request, f"J-6 #tea {bob('#tea', 'one')}", ending="MORE J-6")
    (request,) = back.play.sent()
    assert request.endswith("CATCHUP J-6 500") and not back.play.conversation.is_live
    back.answers(request, ending="END J-20")
    assert back.texts == ["one"] and back.play.conversation.is_live


def test_an_answer_that_is_cut_is_asked_for_again() -> None:
    back = Return()
    request = back.comes_back()
    back.play.server(
        f"@label={label_of(request)} :irc.test BATCH +c ipc-chat/catch-up J-5",
        f"@batch=c;msgid=J-6;ipc-chat/history=#tea {bob('#tea', 'one')}",
    )
    assert back.texts == []
    back.play.lose()
    request = back.comes_back()
    assert request.endswith("CATCHUP J-5 500")
    back.answers(request, f"J-6 #tea {bob('#tea', 'one')}", ending="END J-20")
    assert back.texts == ["one"]


def test_who_has_heard_nothing_yet_goes_on_from_where_the_connection_began() -> None:
    play = ConversationPlay("#tea")
    play.capabilities = CATCH_UP
    play.connect()
    play.server(NOW.format(1))
    answer_join(play, play.sent()[-1])
    play.lose()
    play.connect()
    answer_join(play, play.sent()[-1])
    (request,) = play.sent()
    assert request.endswith("CATCHUP J-1 500")


def test_our_own_joining_is_a_place_too() -> None:
    """What was said in a channel before we came into it was not missed."""
    back = Return()
    back.answers(back.comes_back(), ending="END J-20")
    back.play.server("@msgid=J-25 :ann!a@a JOIN #new")
    back.play.lose()
    assert back.comes_back(30).endswith("CATCHUP J-25 500")


@pytest.mark.parametrize("code", ["MESSAGE_ERROR", "TEMPORARILY_UNAVAILABLE"])
def test_what_the_server_cannot_tell_now_is_asked_for_again_a_moment_later(code: str) -> None:
    back = Return()
    back.refuses(back.comes_back(), code)
    assert back.play.sent() == [] and not back.told(events.Gap)
    (request,) = back.play.later(1.0)
    back.answers(request, ending="END J-20")
    assert back.play.conversation.is_live


def test_a_cursor_that_is_not_known_any_more_is_a_gap_and_each_channel_goes_its_own_way() -> None:
    back = Return("#tea")
    request = back.comes_back()
    back.says("J-21", "#tea", "live")
    back.refuses(request, "UNKNOWN_CURSOR J-5")
    (gap,) = back.told(events.Gap)
    assert isinstance(gap, events.Gap) and (gap.channel, gap.reason) == ("*", "Not this one")
    (request,) = back.play.sent()
    assert request.endswith("CHATHISTORY AFTER #tea msgid=J-5 2")
    assert back.texts == []
    back.play.server(
        f"@label={label_of(request)} :irc.test FAIL CHATHISTORY MESSAGE_ERROR AFTER #tea :No such msgid",
    )
    (request,) = back.play.sent()
    assert "CHATHISTORY LATEST" in request
    back.play.server(
        f"@label={label_of(request)} :irc.test BATCH +h chathistory #tea",
        f"@batch=h;msgid=J-19 {bob('#tea', 'newest')}",
        ":irc.test BATCH -h",
    )
    assert back.texts == ["newest", "live"] and back.play.conversation.is_live
    back.play.lose()
    assert back.comes_back(30).endswith("CATCHUP J-20 500")


def test_an_answer_without_an_end_is_a_gap() -> None:
    back = Return()
    request = back.comes_back()
    back.play.server(
        f"@label={label_of(request)} :irc.test BATCH +c ipc-chat/catch-up J-5",
        f"@batch=c;msgid=J-6;ipc-chat/history=#tea {bob('#tea', 'one')}",
        ":irc.test BATCH -c",
    )
    assert [getattr(gap, "channel", "") for gap in back.told(events.Gap)] == ["*"]


def test_who_missed_too_much_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MISSED_MAX", 2)
    back = Return()
    rows = [f"J-{number} #tea {bob('#tea', str(number))}" for number in (6, 7)]
    back.answers(back.comes_back(), *rows, ending="MORE J-7")
    assert back.texts == ["6", "7"] and back.play.conversation.is_live
    (gap,) = back.told(events.Gap)
    assert isinstance(gap, events.Gap) and gap.reason == "more than 2 messages were missed"


def test_live_messages_that_are_too_many_to_hold_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD_MAX", 2)
    back = Return()
    request = back.comes_back()
    for number in range(21, 24):
        back.says(f"J-{number}", "#tea", str(number))
    back.answers(request, ending="END J-20")
    (request,) = back.play.sent()
    assert request.endswith("CATCHUP J-20 500")
    back.answers(request, *(f"J-{n} #tea {bob('#tea', str(n))}" for n in range(21, 24)), ending="END J-24")
    assert back.texts == ["21", "22", "23"] and back.play.conversation.is_live


def test_a_message_of_several_lines_is_one(registered: SessionPlay) -> None:
    """IRCv3 draft/multiline inside of the batch: the tags stand at its beginning."""
    registered.session.ask(3, parse("CATCHUP * 10"))
    (answer,) = registered.server(
        "@label=3 :irc.test BATCH +c ipc-chat/catch-up *",
        "@batch=c;msgid=J-6;ipc-chat/history=#tea :bob!b@b BATCH +m draft/multiline #tea",
        "@batch=m :bob!b@b PRIVMSG #tea :one",
        "@batch=m :bob!b@b PRIVMSG #tea :two",
        ":bob!b@b BATCH -m",
        "@batch=c :irc.test CATCHUP END J-20",
        ":irc.test BATCH -c",
    )
    read = read_missed(registered.session.view, answer.lines, START)  # type: ignore[union-attr]
    assert read is not None
    (event,) = read.events
    assert isinstance(event, events.Message) and (event.text, event.msgid) == ("one\ntwo", "J-6")
    assert (read.cursor, read.more, event.tags) == ("J-20", False, {})


@pytest.fixture
def registered() -> SessionPlay:
    return SessionPlay().registered(CATCH_UP)


@pytest.mark.parametrize(
    ("value", "limit"), [("messages=500", 500), ("messages=99999", 10_000), ("", 10_000), ("messages=x", 10_000)]
)
def test_the_limit_is_the_servers_within_reason(value: str, limit: int) -> None:
    name = f"ipc-chat/catch-up={value}" if value else "ipc-chat/catch-up"
    play = SessionPlay().registered(f"{CAPABILITIES} {name}")
    assert play.session.catch_up_limit == limit
    assert SessionPlay().registered(CAPABILITIES).session.catch_up_limit == 0


def test_a_refusal_that_does_not_pass_is_lost_at_once() -> None:
    sweep = Sweep("J-1", 10, Seen())
    sweep.refused(CommandRefused("no", "UNKNOWN_CURSOR"), 0.0)
    assert (sweep.is_lost, sweep.take_gap(), sweep.take_gap()) == (True, "no", "")


def test_a_page_is_counted_in_messages() -> None:
    sweep = Sweep("J-1", 10, Seen())
    said = events.Message(time=START, target="#tea", nick="bob", text="x", msgid="J-2")
    came = events.Joined(time=START, channel="#tea", nick="eve", msgid="J-3")
    assert sweep.page(Missed((said, came, said), "J-3", more=False)) == [said, came]
    assert (sweep.missed, sweep.is_done, sweep.cursor) == (1, True, "J-3")

"""CATCHUP: everything that one missed by one request (docs/catch-up.md)."""

from __future__ import annotations

import re

import msgspec
import pytest

from ipcchat.core.effects import CatchUp, HistoryAnswer, Query
from ipcchat.core.limits import Limits
from ipcchat.wire.message import parse
from tests.core.deeds import comes, has_account, is_logged_in
from tests.core.net import Net, Talker

NEEDED = "message-tags batch ipc-chat/catch-up"
CAPS = f"{NEEDED} server-time standard-replies labeled-response"
FAIL = ":test.net FAIL CATCHUP"
HISTORY = "ipc-chat/history"


def said(net: Net, count: int = 4) -> tuple[Talker, Talker, str]:
    """ann, who knows a cursor, and joe, who said 1, 2, 3... since then, in #tea and #work in turns."""
    ann, joe = net.join("ann", "#tea,#work", CAPS), net.join("joe", "#tea,#work")
    cursor = now(ann)
    for number in range(1, count + 1):
        joe.says(f"PRIVMSG {'#tea' if number % 2 else '#work'} {number}")
    net.forget()
    return ann, joe, cursor


def now(talker: Talker) -> str:
    """The cursor behind everything."""
    return ending(talker.says("CATCHUP NOW"))[1]


def ending(lines: list[str]) -> tuple[str, str]:
    """The last line of an answer: END or MORE, and the cursor to go on from."""
    found = re.fullmatch(r"@batch=b\d+ :test.net CATCHUP (END|MORE) (journal-[0-9a-f]+)", lines[-2])
    assert found is not None, lines
    return found[1], found[2]


def texts(lines: list[str]) -> str:
    """The texts of the messages in an answer."""
    return "".join(line.rpartition(":")[2] for line in lines if " PRIVMSG " in line)


def histories(lines: list[str]) -> list[str]:
    """What the lines say they belong to."""
    return [found[1] for line in lines if (found := re.search(f"{HISTORY}=([^ ;]*)", line))]


@pytest.mark.covers("CATCHUP", "ipc-chat/catch-up")
def test_the_answer_is_one_batch_in_the_order_of_the_journal(net):
    ann, _, cursor = said(net, 2)
    first, second, last = (f"journal-{int(cursor[8:], 16) + more:x}" for more in (1, 2, 2))
    assert ann.says(f"CATCHUP {cursor}") == [
        f":test.net BATCH +b2 ipc-chat/catch-up {cursor}",
        f"@batch=b2;time=2023-11-14T22:13:20.000Z;msgid={first};{HISTORY}=#tea :joe!~joe@127.0.0.1 PRIVMSG #tea :1",
        f"@batch=b2;time=2023-11-14T22:13:20.000Z;msgid={second};{HISTORY}=#work :joe!~joe@127.0.0.1 PRIVMSG #work :2",
        f"@batch=b2 :test.net CATCHUP END {last}",
        ":test.net BATCH -b2",
    ]


def test_a_label_stands_on_the_batch(net):  # IRCv3 labeled-response
    ann, _, cursor = said(net, 1)
    lines = ann.says(f"@label=x CATCHUP {cursor}")
    assert lines[0].startswith("@label=x :test.net BATCH +b2 ")
    assert not [line for line in lines[1:] if "label=" in line]
    assert len(lines) == 4


def test_a_refusal_has_its_label(net):
    ann, _, _ = said(net, 1)
    assert ann.says("@label=x CATCHUP")[0].startswith("@label=x :test.net FAIL CATCHUP NEED_MORE_PARAMS")


def test_the_registration_ends_with_the_cursor_of_now(net):
    net.join("joe", "#tea").says("PRIVMSG #tea :before")
    ann = net.dial()
    heard = ann.says(f"CAP REQ :{CAPS}", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    cursor = f"journal-{len(net.journal.entries):x}"
    assert f":test.net CATCHUP NOW {cursor}" in heard
    assert not [line for line in net.dial().says("NICK bob", "USER b 0 * :B") if "CATCHUP" in line]


def test_what_is_behind_the_first_cursor_comes_live_and_nothing_before_it(net):
    has_account(net, "ann")
    comes(net, "ann").says("JOIN #tea", "QUIT")  # she stays: always-on
    joe = net.join("joe", "#tea")
    joe.says("PRIVMSG #tea :missed")
    back = net.dial()
    back.says(f"CAP REQ :{CAPS} draft/chathistory")
    heard = back.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    cursor = next(line.split()[-1] for line in heard if " CATCHUP NOW " in line)
    assert "missed" not in texts(heard)
    back.forget()
    joe.says("PRIVMSG #tea :live")
    (live,) = [line.partition("msgid=")[2].partition(" ")[0] for line in back.lines]
    assert int(live[8:], 16) == int(cursor[8:], 16) + 1
    assert texts(back.says("CATCHUP *")) == "missedlive"


def test_the_beginning_is_all_that_one_may_see(net):
    ann, _, _ = said(net, 4)
    lines = ann.says("CATCHUP *")
    assert texts(lines) == "1234" and ending(lines)[0] == "END"


@pytest.mark.parametrize("word", ["NOW", "now"])
def test_now_is_behind_everything(net, word):
    ann, joe, _ = said(net)
    lines = ann.says(f"CATCHUP {word}")
    assert len(lines) == 3
    joe.says("PRIVMSG #tea :later")
    ann.forget()
    assert texts(ann.says(f"CATCHUP {ending(lines)[1]}")) == "later"


def test_every_msgid_is_a_cursor(net):
    ann, _, cursor = said(net, 4)
    third = ann.says(f"CATCHUP {cursor}")[3].partition("msgid=")[2].partition(";")[0]
    assert texts(ann.says(f"CATCHUP {third}")) == "4"


def test_the_limit_leaves_more_and_says_where_to_go_on(net):
    ann, _, cursor = said(net, 5)
    heard = []
    for _ in range(3):
        lines = ann.says(f"CATCHUP {cursor} 2")
        heard.append((texts(lines), ending(lines)[0]))
        cursor = ending(lines)[1]
    assert heard == [("12", "MORE"), ("34", "MORE"), ("5", "END")]


def test_a_limit_that_is_reached_exactly_is_the_end(net):
    ann, _, cursor = said(net, 4)
    assert ending(ann.says(f"CATCHUP {cursor} 4"))[0] == "END"


def test_the_limit_of_the_server_counts():
    net = Net(limits=Limits(catch_up_messages_max=3))
    ann, _, cursor = said(net, 5)
    for limit in ("", "100"):
        lines = ann.says(f"CATCHUP {cursor} {limit}".rstrip())
        assert texts(lines) == "123" and ending(lines)[0] == "MORE"


def test_a_list_of_channels_is_all_that_is_told(net):
    ann, joe, cursor = said(net, 4)
    is_logged_in(net, ann, "ann")
    joe.says("PRIVMSG ann :in private")
    assert texts(ann.says(f"CATCHUP {cursor} 100 #WORK")) == "24"
    assert texts(ann.says(f"CATCHUP {cursor} 100 #work,,#tea,#work")) == "1234"
    assert texts(ann.says(f"CATCHUP {cursor} 100")) == "1234in private"


def test_conversations_are_told_with_the_other_side_as_their_history(net):
    ann, joe, cursor = said(net, 0)
    is_logged_in(net, ann, "ann")
    joe.says("PRIVMSG ann :psst")
    ann.says("PRIVMSG joe :yes")
    ann.forget()
    lines = ann.says(f"CATCHUP {cursor}")
    assert texts(lines) == "psstyes" and histories(lines) == ["joe", "joe"]
    assert ":ann!~ann@127.0.0.1 PRIVMSG joe :yes" in lines[2]


def test_a_guest_has_no_conversations(net):
    ann, joe, cursor = said(net, 0)
    is_logged_in(net, joe, "joe")
    joe.says("PRIVMSG ann :psst")
    assert texts(ann.says(f"CATCHUP {cursor}")) == ""


def test_nobody_has_the_conversations_of_others(net):
    ann, joe, _ = said(net, 0)
    eve = net.join("eve", "#tea", CAPS)
    for talker in (ann, joe, eve):
        is_logged_in(net, talker, talker.user.nick)
    ann.says("PRIVMSG joe :psst")
    eve.forget()
    assert texts(eve.says("CATCHUP *")) == "" and "psst" in texts(ann.says("CATCHUP *"))


def test_whom_one_does_not_want_to_hear_is_not_told(net):
    ann, joe, cursor = said(net, 0)
    is_logged_in(net, ann, "ann")
    ann.says("SILENCE +joe!*@*")
    joe.says("PRIVMSG ann :spam", "PRIVMSG #tea :tea")
    bob = net.connect("bob")
    bob.says("PRIVMSG ann :hello", "QUIT")
    ann.forget()
    assert texts(ann.says(f"CATCHUP {cursor}")) == "teahello"


def test_a_message_of_several_lines_is_a_batch_within(net):  # IRCv3 batch: nested; draft/multiline
    net.join("joe", "#tea", f"{CAPS} draft/multiline").says(
        "BATCH +m draft/multiline #tea", "@batch=m PRIVMSG #tea :one", "@batch=m PRIVMSG #tea :two", "BATCH -m"
    )
    ann = net.connect("ann", f"{CAPS} draft/multiline")
    ann.says("JOIN #tea")
    net.forget()
    outer, opening, one, two, closing, end, last = ann.says("CATCHUP *")
    reference = re.search(r"BATCH \+(b\d+) draft/multiline #tea", opening)
    assert reference is not None and opening.startswith("@batch=b") and histories([opening]) == ["#tea"]
    assert one.startswith(f"@batch={reference[1]} ") and two.startswith(f"@batch={reference[1]} ")
    assert closing.startswith("@batch=b") and ending([end, last])[0] == "END"
    assert outer.split()[1:3] == ["BATCH", f"+{last.split('-')[-1]}"]


def test_what_comes_while_it_is_told_comes_live(net):
    ann, joe, cursor = said(net, 2)
    ann.node.perform(ann.node.engine.receive(ann.session, parse(f"CATCHUP {cursor}"), net.now))
    node, session, query = net.queries.popleft()
    joe.says("PRIVMSG #tea :live")
    node.perform(node.engine.resume(session, net.answer_to(node, query), net.now))
    net.settle()
    assert [line.split()[1] for line in ann.bare] == ["PRIVMSG", "BATCH", "PRIVMSG", "PRIVMSG", "CATCHUP", "BATCH"]
    assert texts(ann.lines) == "live12" and ending(ann.lines) == ("END", f"journal-{len(net.journal.entries) - 1:x}")


# Slices.


def sliced(net: Net, monkeypatch: pytest.MonkeyPatch, size: int) -> list[Query]:
    """From now on few things are read at once; the queries that are asked."""
    monkeypatch.setattr("ipcchat.core.handlers.catch_up.SLICE_THINGS", size)
    asked: list[Query] = []
    answer_to = net.answer_to

    def noted(node, query):
        asked.append(query)
        return answer_to(node, query)

    monkeypatch.setattr(net, "answer_to", noted)
    return asked


def test_a_long_answer_is_read_in_slices(net, monkeypatch):
    ann, _, cursor = said(net, 9)
    asked = sliced(net, monkeypatch, 3)
    lines = ann.says(f"CATCHUP {cursor}")
    assert texts(lines) == "123456789" and ending(lines)[0] == "END"
    assert len(asked) == 3
    assert {query.through for query in asked if isinstance(query, CatchUp)} == {len(net.journal.entries)}


def test_a_slice_is_no_longer_than_a_send_queue_bears(monkeypatch):
    net = Net(limits=Limits(send_queue_bytes_max=8 * 300))
    ann, _, cursor = said(net, 9)
    asked = sliced(net, monkeypatch, 100)
    lines = ann.says(f"CATCHUP {cursor}")
    assert texts(lines) == "123456789"
    assert len(asked) >= 3


def test_lines_of_one_place_are_never_separated(net, monkeypatch):
    names = [f"#c{number}" for number in range(6)]
    ann = net.join("ann", ",".join(names), f"{CAPS} draft/event-playback draft/chathistory")
    joe = net.join("joe", ",".join(names))
    cursor = now(ann)
    joe.says("PRIVMSG #c0 :1", "QUIT", "PING")
    net.forget()
    sliced(net, monkeypatch, 2)
    for limit in (1, 2, 100):
        answer: list[str] = []
        quits: list[list[str]] = []
        after = cursor
        while not answer or ending(answer)[0] == "MORE":
            answer = ann.says(f"CATCHUP {after} {limit}")
            after = ending(answer)[1]
            quits.append([line for line in answer if " QUIT " in line])
        assert [len(some) for some in quits if some] == [6]
        assert histories(max(quits, key=len)) == names


def test_who_does_not_read_is_told_no_more_until_he_does(net, monkeypatch):
    ann, joe, cursor = said(net, 9)
    sliced(net, monkeypatch, 3)
    engine = ann.node.engine
    ann.node.perform(engine.receive(ann.session, parse(f"CATCHUP {cursor}"), net.now))
    net.answer()
    some = texts(ann.lines)
    assert 0 < len(some) < 9
    ann.node.perform(engine.congest(ann.session, True, net.now))
    ann.says("PING mine")
    assert joe.says("PING here")[-1].endswith(":here")
    assert texts(ann.lines) == some and "PONG" not in str(ann.lines)
    ann.node.perform(engine.congest(ann.session, False, net.now))
    net.settle()
    assert texts(ann.lines) == "123456789"
    assert ann.lines[-1].endswith("PONG test.net :mine")


def test_who_hangs_up_is_told_no_more(net, monkeypatch):
    ann, _, cursor = said(net, 9)
    asked = sliced(net, monkeypatch, 3)
    ann.node.perform(ann.node.engine.receive(ann.session, parse(f"CATCHUP {cursor}"), net.now))
    node, session, query = net.queries.popleft()
    ann.node.perform(ann.node.engine.disconnect(ann.session, "gone", net.now))
    node.perform(node.engine.resume(session, net.answer_to(node, query), net.now))
    net.settle()
    assert len(asked) == 1 and ann.lines == []


def test_it_costs_by_how_much_it_is():
    net = Net()
    ann, _, cursor = said(net, 9)
    net.nodes[0].engine.throttled = True
    before = ann.session.tokens
    ann.says(f"CATCHUP {cursor}")
    assert ann.session.tokens == pytest.approx(before - 2.0 - 2 * 9 / 1000)


# Refusals.


@pytest.mark.covers("FAIL CATCHUP NEED_CAPABILITIES")
@pytest.mark.parametrize("caps", ["standard-replies", f"standard-replies {NEEDED.replace(' batch', '')}"])
def test_the_capabilities_are_needed(net, caps):
    ann = net.join("ann", "#tea", caps)
    assert ann.asks("CATCHUP *")[0].startswith(f"{FAIL} NEED_CAPABILITIES :Ask for the capabilities first")


@pytest.mark.covers("FAIL CATCHUP NEED_MORE_PARAMS")
def test_a_cursor_is_needed(net):
    assert said(net)[0].asks("CATCHUP")[0].startswith(f"{FAIL} NEED_MORE_PARAMS :Missing parameters")


@pytest.mark.covers("FAIL CATCHUP UNKNOWN_CURSOR")
@pytest.mark.parametrize("cursor", ["elsewhere-1", "journal-ffff", "journal-", "journal-01", "x", "#tea"])
def test_a_cursor_of_another_journal_is_unknown(net, cursor):
    (answer,) = said(net)[0].asks(f"CATCHUP {cursor}")
    assert answer.startswith(f"{FAIL} UNKNOWN_CURSOR {cursor} :This cursor is not of this journal")


@pytest.mark.covers("FAIL CATCHUP INVALID_PARAMS")
@pytest.mark.parametrize("limit", ["0", "-1", "x", "1" * 10, "²"])
def test_a_limit_is_a_number_from_1_on(net, limit):
    (answer,) = said(net)[0].asks(f"CATCHUP * {limit}")
    assert answer == f"{FAIL} INVALID_PARAMS {limit} :The limit is a number from 1 on"


@pytest.mark.covers("FAIL CATCHUP INVALID_TARGET")
def test_a_channel_that_one_is_not_in_is_like_none(net):
    ann, joe, _ = said(net)
    joe.says("JOIN #secret", "MODE #secret +s")
    secret, absent = ann.asks("CATCHUP * 1 #tea,#secret"), ann.asks("CATCHUP * 1 #tea,#absent")
    assert [line.replace("#secret", "#absent") for line in secret] == absent
    assert secret[0].startswith(f"{FAIL} INVALID_TARGET #secret :") and len(secret) == 1


@pytest.mark.parametrize(("limit", "end"), [("100", "END"), ("5", "MORE")])
def test_what_is_not_kept_any_more_is_said_in_the_last_line(net, monkeypatch, limit, end):
    ann, _, cursor = said(net, 9)
    asked = sliced(net, monkeypatch, 4)
    answer_to = net.answer_to

    def forgetful(node, query):
        return msgspec.structs.replace(answer_to(node, query), forgotten=len(asked) == 1)

    monkeypatch.setattr(net, "answer_to", forgetful)
    lines = ann.says(f"CATCHUP {cursor} {limit}")
    assert len(asked) > 1
    assert re.fullmatch(rf"@batch=b\d+ :test.net CATCHUP {end} journal-[0-9a-f]+ FORGOTTEN", lines[-2])
    asked.clear()
    assert "FORGOTTEN" not in "".join(ann.says("CATCHUP *"))  # Who begins anew asks for what there is.
    assert len(asked) > 1


@pytest.mark.covers("FAIL CATCHUP MESSAGE_ERROR")
def test_a_past_that_cannot_be_read_is_a_refusal(net, monkeypatch):
    ann, _, _ = said(net)
    monkeypatch.setattr(net, "answer_to", lambda node, query: HistoryAnswer([], error="the disk is gone"))
    assert ann.asks("CATCHUP *") == [f"{FAIL} MESSAGE_ERROR :The past cannot be read now: the disk is gone"]


def test_a_past_that_cannot_be_read_any_more_ends_the_batch(net, monkeypatch):
    ann, _, cursor = said(net, 9)
    asked = sliced(net, monkeypatch, 4)
    answer_to = net.answer_to

    def failing(node, query):
        answer = answer_to(node, query)
        return answer if len(asked) < 3 else HistoryAnswer([], error="the disk is gone")

    monkeypatch.setattr(net, "answer_to", failing)
    lines = ann.says(f"CATCHUP {cursor}")
    assert texts(lines) == "12345678" and ending(lines)[0] == "MORE"
    assert lines[-3].partition(" ")[2] == f"{FAIL} MESSAGE_ERROR :The past cannot be read now: the disk is gone"
    monkeypatch.setattr(net, "answer_to", answer_to)
    assert texts(ann.says(f"CATCHUP {ending(lines)[1]}")) == "9"


def test_another_account_ends_it(net, monkeypatch):
    ann, _, cursor = said(net, 9)
    has_account(net, "other")
    sliced(net, monkeypatch, 3)
    ann.node.perform(ann.node.engine.receive(ann.session, parse(f"CATCHUP {cursor}"), net.now))
    net.answer()
    told = len(texts(ann.lines))
    node, session, query = net.queries.popleft()
    is_logged_in(net, ann, "other")
    node.perform(node.engine.resume(session, net.answer_to(node, query), net.now))
    assert told and texts(ann.lines) == ""
    assert ending(ann.lines)[0] == "MORE" and "MESSAGE_ERROR" in ann.lines[0]


# What one may see.


def test_nothing_of_a_channel_that_one_left(net):
    ann, joe, cursor = said(net, 2)
    ann.says("PART #work")
    joe.says("PRIVMSG #work :behind")
    ann.forget()
    assert texts(ann.says(f"CATCHUP {cursor}")) == "1"


@pytest.mark.parametrize("events", ["", " draft/event-playback"])
def test_what_was_done_to_older_messages_is_told_where_it_happened(net, events):  # message-redaction; react
    caps = f"{CAPS} echo-message draft/message-edit draft/message-redaction draft/chathistory"
    ann, joe = net.join("ann", "#tea", caps + events), net.join("joe", "#tea", caps)
    is_logged_in(net, joe, "joe")
    first, second = (
        joe.says(f"PRIVMSG #tea :{word}")[0].partition("msgid=")[2].partition(" ")[0] for word in ("first", "second")
    )
    joe.says(f"@+draft/edit={first} PRIVMSG #tea :better", f"REDACT #tea {second} :oops")
    joe.says(f"@+draft/react=x;+reply={first} TAGMSG #tea", "PRIVMSG #tea :third")
    ann.forget()
    lines = ann.says(f"CATCHUP {second}")
    assert [line.partition(" ")[2].split()[1] for line in lines[1:-2]] == ["PRIVMSG", "REDACT", "TAGMSG", "PRIVMSG"]
    assert f"+draft/edit={first}" in lines[1] and lines[1].endswith(":better")
    assert lines[2].endswith(f"REDACT #tea {second} oops")
    assert histories(lines) == ["#tea"] * 4


def test_events_come_to_those_who_want_them(net):
    ann = net.join("ann", "#tea", f"{CAPS} draft/event-playback draft/chathistory")
    plain = net.join("bob", "#tea", CAPS)
    cursor = now(ann)
    net.join("joe", "#tea").says("PRIVMSG #tea :1", "TOPIC #tea :all about tea", "PART #tea")
    net.forget()
    kinds = [line.split()[2] for line in ann.says(f"CATCHUP {cursor}")[1:-2]]
    assert kinds == ["JOIN", "PRIVMSG", "PART"]
    assert histories(ann.lines) == ["#tea"] * 3
    assert [line.split()[2] for line in plain.says(f"CATCHUP {cursor}")[1:-2]] == ["PRIVMSG"]


def test_a_channel_is_told_by_its_name_of_today(net):
    ann, _, cursor = said(net, 1)
    ann.says("RENAME #tea #coffee")
    ann.forget()
    lines = ann.says(f"CATCHUP {cursor}")
    assert histories(lines) == ["#coffee"] and " PRIVMSG #coffee :1" in lines[1]


def test_a_query_of_core_is_bounded_by_now(net, monkeypatch):
    ann, _, cursor = said(net, 3)
    asked = sliced(net, monkeypatch, 100)
    ann.says(f"CATCHUP {cursor}")
    (query,) = asked
    assert isinstance(query, CatchUp)
    assert {last for spans in query.spans.values() for _, last in spans} == {query.through}
    assert msgspec.structs.asdict(query)["account"] == ""

"""CHATHISTORY (IRCv3 draft/chathistory)."""

from __future__ import annotations

import pytest

from ipcchat.core.effects import HistoryAnswer, Past
from ipcchat.core.facts import Entry, Joined
from ipcchat.core.limits import Limits
from tests.core.deeds import comes, has_account, is_logged_in
from tests.core.net import ALL_CAPS, Net, Talker

ANN = ":ann!~ann@127.0.0.1"
FAIL = ":test.net FAIL CHATHISTORY"
CAPS = "message-tags server-time batch draft/chathistory"


def told(net: Net, count: int = 5) -> tuple[Talker, list[str]]:
    """Somebody in #tea where 1, 2, 3... were said, a second between them, and the msgids of those."""
    ann = net.join("ann", "#tea", CAPS)
    joe = net.join("joe", "#tea")
    ann.forget()
    for number in range(1, count + 1):
        net.pass_time(1)
        joe.says(f"PRIVMSG #tea {number}")
    msgids = [line.partition("msgid=")[2].partition(" ")[0] for line in ann.lines]
    net.forget()
    return ann, msgids


def texts(lines: list[str]) -> str:
    """The texts of the messages in an answer."""
    return "".join(line.rpartition(":")[2] for line in lines if " PRIVMSG " in line)


def stamp(second: int) -> str:
    """The time at which `told` said that number."""
    return f"timestamp=2023-11-14T22:13:{20 + second}.000Z"


@pytest.mark.covers("CHATHISTORY", "draft/chathistory", "batch")
def test_the_answer_is_one_batch_of_the_messages_as_they_were_said(net):
    ann, msgids = told(net, 2)
    assert ann.says("CHATHISTORY LATEST #TEA * 10") == [
        ":test.net BATCH +b1 chathistory #tea",
        f"@batch=b1;time=2023-11-14T22:13:21.000Z;msgid={msgids[0]} :joe!~joe@127.0.0.1 PRIVMSG #tea :1",
        f"@batch=b1;time=2023-11-14T22:13:22.000Z;msgid={msgids[1]} :joe!~joe@127.0.0.1 PRIVMSG #tea :2",
        ":test.net BATCH -b1",
    ]


def test_a_label_stands_on_the_batch_itself(net):  # IRCv3 labeled-response: a response that is a batch
    told(net, 1)
    bob = net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    first, message, last = bob.says("@label=x CHATHISTORY LATEST #tea * 10")
    assert first == "@label=x :test.net BATCH +b1 chathistory #tea"
    assert message.startswith("@batch=b1;time=")
    assert last == ":test.net BATCH -b1"


def test_clients_without_batches_get_bare_messages(net):
    told(net, 2)
    bob = net.join("bob", "#tea")
    net.forget()
    assert bob.says("CHATHISTORY LATEST #tea * 10") == [
        ":joe!~joe@127.0.0.1 PRIVMSG #tea :1",
        ":joe!~joe@127.0.0.1 PRIVMSG #tea :2",
    ]


@pytest.mark.covers("ISUPPORT MSGREFTYPES")
def test_each_subcommand_by_msgid_and_by_time(net):
    ann, msgids = told(net)
    for second, third, fourth in (
        [f"msgid={msgids[number]}" for number in (1, 2, 3)],
        [stamp(number) for number in (2, 3, 4)],
    ):
        dialogue = {
            "LATEST #tea * 2": "45",
            f"LATEST #tea {third} 10": "45",
            f"LATEST #tea {second} 2": "45",
            f"BEFORE #tea {third} 10": "12",
            f"BEFORE #tea {fourth} 2": "23",
            f"AFTER #tea {third} 10": "45",
            f"AFTER #tea {second} 2": "34",
            f"AROUND #tea {third} 3": "234",
            f"BETWEEN #tea {second} {fourth} 10": "3",
            f"BETWEEN #tea {fourth} {second} 10": "3",
            f"BETWEEN #tea {stamp(0)} {stamp(9)} 2": "12",
            f"BETWEEN #tea {stamp(9)} {stamp(0)} 2": "45",
            f"BETWEEN #tea {third} {third} 2": "",
        }
        assert {said: texts(ann.says(f"chathistory {said}")) for said in dialogue} == dialogue


@pytest.mark.covers("ISUPPORT CHATHISTORY")
def test_the_limit_is_the_advertised_one():  # ISUPPORT CHATHISTORY; hostile input O06
    net = Net(limits=Limits(history_messages_max=2))
    ann, _ = told(net, 3)
    assert texts(ann.says("CHATHISTORY LATEST #tea * 999999999")) == "23"


@pytest.mark.covers("FAIL CHATHISTORY INVALID_PARAMS")
@pytest.mark.parametrize("limit", ["0", "-1", "1e9", "9999999999", "x", ":", "٣", ":1 2"])
def test_limits_that_are_none(net, limit):  # hostile input O06
    ann, _ = told(net, 1)
    (line,) = ann.says(f"CHATHISTORY LATEST #tea * {limit}")
    assert line.startswith(f"{FAIL} INVALID_PARAMS LATEST ")
    assert line.endswith(" :The limit is a number from 1 on")


@pytest.mark.parametrize(
    "time", ["99999-01-01T00:00:00.000Z", "0000-00-00T00:00:00.000Z", "2023-02-29T00:00:00.000Z", "", "now"]
)
def test_times_that_are_none(net, time):  # hostile input O06
    ann, _ = told(net, 1)
    (line,) = ann.says(f"CHATHISTORY BEFORE #tea timestamp={time} 10")
    assert line.startswith(f"{FAIL} INVALID_PARAMS BEFORE timestamp={time} :Invalid timestamp: ")


@pytest.mark.covers("FAIL CHATHISTORY MESSAGE_ERROR")
@pytest.mark.parametrize(
    "msgid", ["journal-0", "journal-1", "journal-zz!", "other-5", "x" * 400, "", "journal-", "journal-+5", "journal-05"]
)
def test_msgids_that_name_no_message_there(net, msgid):  # hostile inputs O06, P02
    ann, _ = told(net)
    assert ann.says(f"CHATHISTORY AROUND #tea msgid={msgid} 10") == [
        f"{FAIL} MESSAGE_ERROR AROUND :No message with that msgid is in this history"
    ]


def test_a_msgid_of_another_channel_is_unknown(net):  # hostile input P02
    ann, msgids = told(net)
    ann.says("JOIN #ops")
    ann.forget()
    assert ann.says(f"CHATHISTORY AFTER #ops msgid={msgids[0]} 10")[0].startswith(f"{FAIL} MESSAGE_ERROR AFTER ")


@pytest.mark.covers("FAIL CHATHISTORY INVALID_MSGREFTYPE")
def test_what_is_written_wrongly(net):
    ann, _ = told(net, 1)
    unknown = "Unknown command: use LATEST, BEFORE, AFTER, AROUND, BETWEEN or TARGETS"
    form = "CHATHISTORY LATEST <channel or nick> <* | point> <limit>"
    assert ann.says(
        "CHATHISTORY",
        "CHATHISTORY NEWEST a b 1",
        "CHATHISTORY :a b",
        "CHATHISTORY LATEST #tea *",
        "CHATHISTORY LATEST #tea * 1 2",
        "CHATHISTORY BEFORE #tea * 1",
        "CHATHISTORY BEFORE #tea id=5 1",
    ) == [
        f"{FAIL} INVALID_PARAMS * :{unknown}",
        f"{FAIL} INVALID_PARAMS NEWEST :{unknown}",
        f"{FAIL} INVALID_PARAMS A,B :{unknown}",
        f"{FAIL} INVALID_PARAMS LATEST :Insufficient parameters: {form}",
        f"{FAIL} INVALID_PARAMS LATEST :Too many parameters: {form}",
        f"{FAIL} INVALID_MSGREFTYPE BEFORE * "
        ":Write a point in history as timestamp=2026-01-02T03:04:05.678Z or msgid=<id>",
        f"{FAIL} INVALID_MSGREFTYPE BEFORE id=5 "
        ":Write a point in history as timestamp=2026-01-02T03:04:05.678Z or msgid=<id>",
    ]


@pytest.mark.covers("FAIL CHATHISTORY INVALID_TARGET")
def test_only_members_may_read_and_the_refusal_tells_nothing(net):  # hostile input P01
    told(net)
    bob = net.connect("bob", CAPS)
    secret, none = (bob.says(f"CHATHISTORY LATEST {name} * 10")[0] for name in ("#tea", "#none"))
    text = "Messages could not be retrieved: join the channel first"
    assert secret == f"{FAIL} INVALID_TARGET LATEST #tea :{text}"
    assert none == f"{FAIL} INVALID_TARGET LATEST #none :{text}"
    for subcommand in ("BEFORE", "AFTER", "AROUND"):
        msgids = [bob.says(f"CHATHISTORY {subcommand} {name} msgid=journal-5 9")[0] for name in ("#tea", "#non")]
        assert msgids[0] == msgids[1].replace("#non", "#tea")
    assert net.connect("joan").says("CHATHISTORY LATEST #tea * 10") == [
        f":test.net 400 joan CHATHISTORY LATEST #tea :{text}"
    ]


def test_a_storage_that_cannot_be_read_says_so(net):
    ann, _ = told(net)
    net.journal.holding = True
    ann.says("CHATHISTORY LATEST #tea * 10", "PING next")
    _, session, _ = net.queries.popleft()
    node = net.nodes[0]
    node.perform(net.engine.resume(session, HistoryAnswer([], error="the disk is slow"), net.now))
    assert ann.lines == [
        f"{FAIL} MESSAGE_ERROR LATEST #tea :Messages could not be retrieved: the disk is slow",
        ":test.net PONG test.net :next",
    ]


def test_what_is_no_message_is_not_shown(net):
    ann, _ = told(net)
    net.journal.holding = True
    ann.says("CHATHISTORY LATEST #tea * 10")
    _, session, _ = net.queries.popleft()
    entry = Entry(99, net.now.wall, Joined(b"x" * 16, net.now.wall, "someone", channel="#tea"))
    answer = HistoryAnswer([Past(99, net.now.wall, "#tea", entry)])
    net.nodes[0].perform(net.engine.resume(session, answer, net.now))
    assert ann.lines == [":test.net BATCH +b1 chathistory #tea", ":test.net BATCH -b1"]


def test_the_answer_is_of_the_moment_of_the_question(net):
    ann, _ = told(net, 2)
    net.journal.holding = True
    ann.says("CHATHISTORY LATEST #tea * 10")
    net.journal.holding = False
    net.nodes[0].links[1].says("PRIVMSG #tea :3")
    assert texts([line for line in ann.lines if "batch=" in line]) == "12"


def test_an_answer_for_somebody_who_is_gone_is_dropped(net):
    ann, _ = told(net, 2)
    net.journal.holding = True
    ann.says("CHATHISTORY LATEST #tea * 10")
    ann.hangs_up()
    net.journal.holding = False
    net.settle()
    assert ann.lines == []
    assert net.engine.resume(ann.session, HistoryAnswer([]), net.now) == []


def test_notices_are_history_of_a_channel_and_tagmsgs_and_private_words_are_not(net):
    ann = net.join("ann", "#tea", "message-tags")
    joe = net.join("joe", "#tea")
    ann.says("NOTICE #tea :one", "@+x=1 TAGMSG #tea", "PRIVMSG joe :psst", "@+x=1 PRIVMSG #tea :two")
    net.forget()
    assert joe.says("CHATHISTORY LATEST #tea * 10") == [f"{ANN} NOTICE #tea :one", f"{ANN} PRIVMSG #tea :two"]
    assert ann.says("CHATHISTORY LATEST #tea * 1")[0].endswith(f";+x=1 {ANN} PRIVMSG #tea :two")


# What somebody may see.


def test_where_history_is_for_those_who_were_there(net):  # hostile input P04
    ann, msgids = told(net, 3)
    ann.says("MODE #tea +s")
    bob = net.join("bob", "#tea", CAPS)
    ann.says("PRIVMSG #tea :4")
    bob.forget()
    assert texts(bob.says("CHATHISTORY LATEST #tea * 10")) == "4"
    assert texts(bob.says(f"CHATHISTORY BETWEEN #tea {stamp(0)} {stamp(30)} 10")) == "4"
    unknown = f"{FAIL} MESSAGE_ERROR AROUND :No message with that msgid is in this history"
    assert bob.says(f"CHATHISTORY AROUND #tea msgid={msgids[1]} 10") == [unknown]
    assert texts(ann.says("CHATHISTORY LATEST #tea * 10")) == "1234"


# In private.


def in_private() -> tuple[Net, Talker, Talker]:
    """Ann and bob, who have accounts and wrote to each other: 1 and 3 hers, 2 his."""
    net = Net()
    for name in ("ann", "bob"):
        has_account(net, name)
    ann, bob = comes(net, "ann", caps=CAPS), comes(net, "bob", caps=CAPS)
    ann.says("PRIVMSG bob :1")
    bob.says("PRIVMSG ann :2")
    ann.says("PRIVMSG bob :3")
    net.forget()
    return net, ann, bob


def test_both_sides_read_what_they_wrote_to_each_other():
    _net, ann, bob = in_private()
    heard = ann.asks("CHATHISTORY LATEST BOB * 10")
    assert heard == [
        ":test.net BATCH +b1 chathistory bob",
        f"{ANN} PRIVMSG bob :1",
        ":bob!~bob@127.0.0.1 PRIVMSG ann :2",
        f"{ANN} PRIVMSG bob :3",
        ":test.net BATCH -b1",
    ]
    assert texts(bob.says("CHATHISTORY LATEST ann * 2")) == "23"


def test_a_conversation_goes_on_under_other_nicks_and_in_absence():
    _net, ann, bob = in_private()
    bob.says("NICK robert")
    ann.says("PRIVMSG robert :4")
    assert texts(ann.says("CHATHISTORY LATEST robert * 10")) == "1234"
    bob.says("QUIT")
    assert texts(ann.says("CHATHISTORY LATEST bob * 10")) == "1234"


def test_nobody_else_reads_it_and_there_is_nothing_to_tell_by():  # hostile input P01
    net, _ann, _bob = in_private()
    has_account(net, "eve")
    eve = comes(net, "eve", caps=CAPS)
    for nick in ("ann", "bob", "nobody"):
        assert texts(eve.says(f"CHATHISTORY LATEST {nick} * 10")) == ""
        (line,) = eve.says(f"CHATHISTORY AROUND {nick} msgid=journal-5 10")
        assert line == f"{FAIL} MESSAGE_ERROR AROUND :No message with that msgid is in this history"


def test_guests_are_told_to_register(net):
    net.connect("ann")
    bob = net.connect("bob", CAPS)
    text = "Messages could not be retrieved: register an account to keep what is written in private"
    for nick in ("ann", "nobody", "*"):
        (line,) = bob.says(f"CHATHISTORY LATEST {nick} * 10")
        assert line == f"{FAIL} INVALID_TARGET LATEST {nick} :{text}"


def test_who_gets_the_name_of_a_deleted_account_gets_none_of_its_past():
    net, ann, bob = in_private()
    ann.says("NICK guest")
    account = net.engine.state.accounts.find("ann")
    assert account is not None
    net.engine.state.accounts.remove(account)
    again = net.connect("joe", CAPS)
    is_logged_in(net, again, "ann")
    again.says("PRIVMSG bob :4")
    assert texts(again.says("CHATHISTORY LATEST bob * 10")) == "4"
    assert texts(bob.says("CHATHISTORY LATEST joe * 10")) == "1234"


# Events.


@pytest.mark.covers("draft/event-playback")
def test_with_event_playback_what_happened_is_told_in_its_place(net):  # IRCv3 draft/event-playback
    bob = net.join("bob", "#tea", f"{CAPS} draft/event-playback extended-join")
    ann = net.join("ann", "#tea")
    ann.says("PRIVMSG #tea :1")
    bob.says("TOPIC #tea :Green")
    ann.says("NICK anna", "PRIVMSG #tea :2", "PART #tea :bye")
    bob.forget()
    heard = bob.says("CHATHISTORY LATEST #tea * 10")[1:-1]
    assert [line.partition(" ")[2] for line in heard] == [
        ":bob!~bob@127.0.0.1 JOIN #tea * Bob",
        f"{ANN} JOIN #tea * Ann",
        f"{ANN} PRIVMSG #tea :1",
        ":bob!~bob@127.0.0.1 TOPIC #tea :Green",
        f"{ANN} NICK anna",
        ":anna!~ann@127.0.0.1 PRIVMSG #tea :2",
        ":anna!~ann@127.0.0.1 PART #tea :bye",
    ]
    msgid = heard[1].partition("msgid=")[2].partition(" ")[0]
    before = bob.says(f"CHATHISTORY BEFORE #tea msgid={msgid} 10")[1:-1]
    assert before == [heard[0].replace("batch=b1", "batch=b2")]


def test_without_it_there_are_only_messages(net):
    ann = net.join("ann", "#tea")
    ann.says("PRIVMSG #tea :1", "TOPIC #tea :Green")
    bob = net.join("bob", "#tea", CAPS)
    assert len(bob.says("CHATHISTORY LATEST #tea * 10")) == 3

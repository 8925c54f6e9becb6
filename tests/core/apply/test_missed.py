"""What old clients are told of the past by themselves (core/apply/missed.py).

Times are told by server-time (https://ircv3.net/specs/extensions/server-time), several lines as IRCv3 multiline says;
clients with draft/chathistory are told nothing (https://ircv3.net/specs/extensions/chathistory).
"""

from __future__ import annotations

import pytest

from ipcchat.core.effects import HistoryAnswer, TargetsAnswer
from ipcchat.core.facts import Posted
from ipcchat.core.limits import Limits
from tests.core.deeds import comes, has_account
from tests.core.net import Net, Talker

CAPS = "server-time message-tags standard-replies"
END = "That is what came while you were not connected"


def scene(nodes: int = 1, limits: Limits | None = None) -> tuple[Net, Talker]:
    """Ann has an account and is not connected; bob, a guest, is there."""
    net = Net(nodes, limits=limits)
    has_account(net, "ann")
    ann = comes(net, "ann")
    bob = net.connect("bob")
    bob.says("PRIVMSG ann :before")
    ann.says("QUIT")
    return net, bob


def back(net: Net, node: int = 0, caps: str = CAPS) -> list[str]:
    """Ann comes back: what she hears of the past."""
    ann = net.dial(node)
    if caps:
        ann.says(f"CAP REQ :{caps}")
    ann.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann", *(["CAP END"] if caps else []))
    told = (" PRIVMSG ", " NOTICE ann :p", " MISSED ", " came while ", " BATCH ")
    return [line for line in ann.lines if any(word in line for word in told)]


def texts(lines: list[str]) -> list[str]:
    """The texts of what was heard."""
    return [line.rpartition(" :")[2] for line in lines]


@pytest.mark.covers("NOTE * MISSED")
@pytest.mark.parametrize("nodes", [1, 2])
def test_it_is_told_once_to_the_first_connection(nodes):
    net, bob = scene(nodes)
    bob.says("PRIVMSG ann :one")
    net.pass_time(60)
    bob.says("NOTICE ann :psst", "TAGMSG ann")
    net.pass_time(60)
    heard = back(net, nodes - 1)
    assert heard[0].endswith(" MISSED :2 messages with bob came while you were not connected")
    assert heard[1].startswith("@time=2023-11-14T22:13:20.000Z;msgid=")
    assert heard[1].endswith(" :bob!~bob@127.0.0.1 PRIVMSG ann :one")
    assert heard[2].startswith("@time=2023-11-14T22:14:20.000Z;msgid=")
    assert heard[2].endswith(" :bob!~bob@127.0.0.1 NOTICE ann :psst")
    assert heard[3].endswith(f" MISSED :{END}")
    assert len(heard) == 4
    assert back(net) == []
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_channels_are_told_one_after_the_other_those_with_the_latest_news_last():
    net = Net()
    has_account(net, "ann")
    ann, bob = comes(net, "ann"), net.join("bob", "#tea")
    bob.says("JOIN #ops,#den")
    ann.says("JOIN #tea,#ops,#den", "QUIT")
    bob.says("PRIVMSG #ops :one", "PRIVMSG #tea :two", "PRIVMSG ann :three", "PRIVMSG #ops :four", "TOPIC #den :x")
    assert texts(back(net)) == [
        "1 message in #tea came while you were not connected",
        "two",
        "1 message with bob came while you were not connected",
        "three",
        "2 messages in #ops came while you were not connected",
        "one",
        "four",
        END,
    ]


def test_without_server_time_the_time_stands_in_front_of_the_text():
    net, bob = scene()
    bob.says("PRIVMSG ann :one", "PRIVMSG ann :\x01ACTION waves\x01")
    assert back(net, caps="") == [
        ":test.net NOTICE ann :2 messages with bob came while you were not connected",
        ":bob!~bob@127.0.0.1 PRIVMSG ann :[2023-11-14 22:13] one",
        ":bob!~bob@127.0.0.1 PRIVMSG ann :\x01ACTION [2023-11-14 22:13] waves\x01",
        f":test.net NOTICE ann :{END}",
    ]


def test_who_can_ask_is_told_nothing():  # IRCv3 draft/chathistory
    net, bob = scene()
    bob.says("PRIVMSG ann :one")
    assert back(net, caps=f"{CAPS} draft/chathistory") == []


def test_an_account_that_wants_no_replay_gets_none():
    net = Net()
    has_account(net, "ann")
    ann = comes(net, "ann", caps=CAPS)
    net.join("bob", "#tea").says("PRIVMSG #tea :one")
    ann.says("NS SET REPLAY off")
    assert "one" not in " ".join(ann.says("JOIN #tea"))
    ann.says("QUIT")
    net.connect("eve").says("PRIVMSG ann :two")
    assert back(net) == []


def test_who_missed_nothing_is_told_nothing():
    net, _ = scene()
    assert back(net) == []


def test_a_channel_that_is_gone_meanwhile_is_left_out(monkeypatch):
    net, _ = scene()
    answer = TargetsAnswer([("#gone", 1, net.now.wall)])
    monkeypatch.setattr("ipcchat.backend.memory_past.MemoryPast.targets", lambda past, query: answer)
    assert back(net) == []


def test_a_restart_loses_none_of_it():
    net, bob = scene()
    bob.says("PRIVMSG ann :one")
    net.restart()
    net.connect("bob").says("PRIVMSG ann :two")
    assert texts(back(net))[1:-1] == ["one", "two"]


def test_what_guests_write_to_each_other_is_nobodys_history():
    net = Net()
    bob, eve = net.connect("bob"), net.connect("eve")
    eve.says("PRIVMSG bob :hello")
    assert [entry.fact.history_target for entry in net.journal.entries if isinstance(entry.fact, Posted)] == [None]
    assert bob.hears(":eve!~eve@127.0.0.1 PRIVMSG bob :hello")


def test_not_from_those_whom_he_does_not_want_to_hear():
    net = Net()
    has_account(net, "ann")
    ann, bob, eve = comes(net, "ann"), net.connect("bob"), net.connect("eve")
    ann.says("SILENCE +eve!*@*", "QUIT")
    eve.says("PRIVMSG ann :spam")
    assert back(net) == []
    net.nodes[0].links[-1].says("QUIT")
    eve.says("PRIVMSG ann :spam")
    bob.says("PRIVMSG ann :hello")
    assert texts(back(net))[1:-1] == ["hello"]


def test_only_the_last_ones_are_told_when_there_are_many():
    net, bob = scene(limits=Limits(missed_lines_max=3))
    bob.says(*(f"PRIVMSG ann :{number}" for number in range(5)))
    assert texts(back(net)) == ["More than 3 messages with bob came while you were not connected", "2", "3", "4", END]


def test_several_conversations_share_the_lines():
    net, bob = scene(limits=Limits(missed_lines_max=5))
    eve = net.connect("eve")
    bob.says(*(f"PRIVMSG ann :{number}" for number in range(3)))
    eve.says("PRIVMSG ann :hello")
    assert texts(back(net)) == [
        "More than 2 messages with bob came while you were not connected",
        "1",
        "2",
        "1 message with eve came while you were not connected",
        "hello",
        END,
    ]


def test_one_message_of_more_lines_than_there_may_be_is_only_counted():
    net = Net(limits=Limits(missed_lines_max=2))
    has_account(net, "ann")
    comes(net, "ann").says("QUIT")
    bob = net.connect("bob", "draft/multiline batch message-tags")
    bob.says("BATCH +x draft/multiline ann", *(f"@batch=x PRIVMSG ann :{line}" for line in "abc"), "BATCH -x")
    assert texts(back(net)) == ["More than 0 messages with bob came while you were not connected"]


@pytest.mark.parametrize("failing", ["targets", "history"])
def test_when_it_cannot_be_read_that_is_said(monkeypatch, failing):
    net, bob = scene()
    bob.says("PRIVMSG ann :one")
    answer = (
        TargetsAnswer([], "the disk is slow") if failing == "targets" else HistoryAnswer([], False, "the disk is slow")
    )
    monkeypatch.setattr(f"ipcchat.backend.memory_past.MemoryPast.{failing}", lambda past, query: answer)
    what = "What was said with bob" if failing == "history" else "What came while you were not connected"
    assert [line.partition(" MISSED :")[2] for line in back(net)] == [f"{what} cannot be read now: the disk is slow"]


# Joining a channel.


def heard_at_join(talker: Talker, channels: str = "#tea") -> list[str]:
    """What somebody is told of the past when he joins."""
    return [line for line in talker.says(f"JOIN {channels}") if " PRIVMSG " in line or "BATCH" in line or "NOT" in line]


def test_the_last_lines_are_told_to_who_joins():
    net = Net(limits=Limits(replay_lines_max=2))
    ann = net.join("ann", "#tea")
    ann.says("PRIVMSG #tea :1", "PRIVMSG #tea :2", "PRIVMSG #tea :3")
    net.pass_time(60)
    assert heard_at_join(net.connect("bob", "server-time")) == [
        "@time=2023-11-14T22:13:20.000Z :ann!~ann@127.0.0.1 PRIVMSG #tea :2",
        "@time=2023-11-14T22:13:20.000Z :ann!~ann@127.0.0.1 PRIVMSG #tea :3",
    ]


def test_they_come_in_one_batch_of_each_channel_where_that_is_known():
    net = Net()
    net.join("ann", "#tea").says("PRIVMSG #tea :1", "JOIN #ops", "PRIVMSG #ops :2")
    bob = net.connect("bob", "server-time batch")
    heard = [line for line in heard_at_join(bob, "#tea,#ops") if "BATCH" in line or "PRIVMSG" in line]
    assert [line.partition(":")[2] for line in heard if "BATCH" in line] == [
        "test.net BATCH +b1 chathistory #tea",
        "test.net BATCH -b1",
        "test.net BATCH +b2 chathistory #ops",
        "test.net BATCH -b2",
    ]
    assert [line.rpartition(":")[2] for line in heard if "PRIVMSG" in line] == ["1", "2"]


@pytest.mark.parametrize("caps", ["", "server-time draft/chathistory batch message-tags"])
def test_nothing_is_told_to_a_guest_who_could_mistake_it_and_to_who_can_ask(caps):
    net = Net()
    net.join("ann", "#tea").says("PRIVMSG #tea :1")
    assert heard_at_join(net.connect("bob", caps)) == []


def test_none_are_told_where_the_server_wants_none():
    net = Net(limits=Limits(replay_lines_max=0))
    net.join("ann", "#tea").says("PRIVMSG #tea :1")
    assert heard_at_join(net.connect("bob", "server-time")) == []


def test_who_was_there_hears_what_came_since():
    net = Net()
    has_account(net, "ann")
    bob, ann = net.join("bob", "#tea"), comes(net, "ann", caps="server-time")
    bob.says("PRIVMSG #tea :1")
    ann.says("JOIN #tea", "PART #tea")
    bob.says("PRIVMSG #tea :2")
    assert texts(heard_at_join(ann)) == ["2"]
    ann.says("PART #tea")
    assert heard_at_join(ann) == []


def test_a_client_without_server_time_is_told_what_it_is():
    net = Net()
    has_account(net, "ann")
    bob, ann = net.join("bob", "#tea"), comes(net, "ann")
    ann.says("JOIN #tea", "PART #tea")
    bob.says("PRIVMSG #tea :2")
    assert heard_at_join(ann) == [
        ":test.net NOTICE ann :1 message in #tea came since you left",
        ":bob!~bob@127.0.0.1 PRIVMSG #tea :[2023-11-14 22:13] 2",
        ":test.net NOTICE ann :That is what came since you left",
    ]


def test_the_next_command_is_answered_behind_it():
    net = Net()
    net.join("ann", "#tea").says("PRIVMSG #tea :1")
    heard = net.connect("bob", "server-time").says("JOIN #tea", "PING x")
    assert heard[-2].endswith(" PRIVMSG #tea :1")
    assert heard[-1] == ":test.net PONG test.net :x"

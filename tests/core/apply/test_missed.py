"""What somebody was written in private while he had no connection (core/apply/missed.py).

Times are told by server-time (https://ircv3.net/specs/extensions/server-time), several lines as IRCv3 multiline says.
"""

from __future__ import annotations

import pytest

from ipcchat.core.effects import HistoryAnswer
from ipcchat.core.facts import Posted, inbox
from ipcchat.core.limits import Limits
from tests.core.deeds import comes, has_account
from tests.core.net import Net, Talker

CAPS = "server-time message-tags standard-replies"


def scene(nodes: int = 1, limits: Limits | None = None) -> tuple[Net, Talker]:
    """Ann has an account and is not connected; bob, a guest, is there."""
    net = Net(nodes, limits=limits)
    has_account(net, "ann")
    ann = comes(net, "ann")
    bob = net.connect("bob")
    bob.says("PRIVMSG ann :before")
    ann.says("QUIT")
    return net, bob


def back(net: Net, node: int = 0) -> list[str]:
    """Ann comes back: what she hears of private messages."""
    ann = net.dial(node)
    ann.says(f"CAP REQ :{CAPS}", "PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann", "CAP END")
    return [line for line in ann.lines if " PRIVMSG " in line or " NOTICE ann :p" in line or " MISSED " in line]


@pytest.mark.covers("NOTE * MISSED")
@pytest.mark.parametrize("nodes", [1, 2])
def test_it_is_told_once_to_the_first_connection(nodes):
    net, bob = scene(nodes)
    bob.says("PRIVMSG ann :one")
    net.pass_time(60)
    bob.says("NOTICE ann :psst", "TAGMSG ann")
    net.pass_time(60)
    heard = back(net, nodes - 1)
    assert heard[0].endswith(" MISSED :2 private messages came while you were not connected")
    assert heard[1].startswith("@time=2023-11-14T22:13:20.000Z;msgid=")
    assert heard[1].endswith(" :bob!~bob@127.0.0.1 PRIVMSG ann :one")
    assert heard[2].startswith("@time=2023-11-14T22:14:20.000Z;msgid=")
    assert heard[2].endswith(" :bob!~bob@127.0.0.1 NOTICE ann :psst")
    assert len(heard) == 3
    assert back(net) == []
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_a_restart_loses_none_of_it():
    net, bob = scene()
    bob.says("PRIVMSG ann :one")
    net.restart()
    net.connect("bob").says("PRIVMSG ann :two")
    assert [line.rpartition(":")[2] for line in back(net)[1:]] == ["one", "two"]


def test_who_does_not_stay_has_no_inbox():
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
    bob.says("PRIVMSG ann :hello")
    assert [line.rpartition(":")[2] for line in back(net)[1:]] == ["hello"]


def test_only_the_last_ones_are_told_when_there_are_many():
    net, bob = scene(limits=Limits(history_messages_max=3))
    bob.says(*(f"PRIVMSG ann :{number}" for number in range(5)))
    heard = back(net)
    assert heard[0].endswith(":More than 3 private messages came while you were not connected")
    assert [line.rpartition(":")[2] for line in heard[1:]] == ["2", "3", "4"]


def test_when_it_cannot_be_read_that_is_said(monkeypatch):
    net, bob = scene()
    bob.says("PRIVMSG ann :one")
    monkeypatch.setattr(net.journal, "history", lambda query, voided: HistoryAnswer([], error="the disk is slow"))
    assert [line.partition(" MISSED ")[2] for line in back(net)] == [
        ":What you were written while you were not connected cannot be read now: the disk is slow"
    ]


def test_an_inbox_is_nobodys_channel():
    assert inbox("Ann") == inbox("ann") == "@ann"

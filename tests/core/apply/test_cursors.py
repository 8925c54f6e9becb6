"""Durable subscriptions in the state: how many there are, how long they last, and whose they are
(docs/catch-up.md)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from tests.core.deeds import has_account, is_logged_in
from tests.core.net import Net, Talker

CAPS = "message-tags batch ipc-chat/catch-up standard-replies"
FAIL = ":test.net FAIL CURSOR"
DAY = 86_400


def bot_of(net: Net, nick: str = "prog") -> Talker:
    """A program that is logged in."""
    talker = net.connect(nick, CAPS)
    is_logged_in(net, talker, "bot")
    return talker


def names_of(net: Net) -> list[str]:
    """The names that the account has, in the state."""
    return list(net.engine.state.cursors.get("bot", {}))


@pytest.mark.covers("FAIL CURSOR TOO_MANY")
def test_an_account_has_only_so_many():
    net = Net(limits=Limits(cursors_per_account_max=2))
    bot = bot_of(net)
    bot.says("CURSOR SET a journal-1", "CURSOR SET b journal-1")
    assert bot.asks("CURSOR SET c journal-1")[0].startswith(f"{FAIL} TOO_MANY c :There are 2 cursors already")
    assert bot.asks("CURSOR SET b journal-2")[0].startswith(":test.net CURSOR b journal-2 ")
    bot.says("CURSOR DROP a")
    assert bot.asks("CURSOR SET c journal-1")[0].startswith(":test.net CURSOR c journal-1 ")


def test_those_that_are_not_set_any_more_go_when_another_is():
    net = Net(
        limits=Limits(cursors_per_account_max=2, cursor_idle_days=2, silence_seconds_max=10**9, ping_seconds=10**9)
    )
    bot = bot_of(net)
    bot.says("CURSOR SET old journal-1")
    net.pass_time(DAY)
    bot.says("CURSOR SET used journal-1")
    net.pass_time(1.5 * DAY)
    assert bot.asks("CURSOR GET old")[0].startswith(":test.net CURSOR old journal-1 ")
    bot.says("CURSOR SET new journal-1")
    assert names_of(net) == ["used", "new"]


def test_of_two_that_race_the_further_one_is_kept():
    net = Net()
    bot, twin = bot_of(net), bot_of(net, "twin")
    net.journal.holding = True
    bot.says("CURSOR SET ci journal-3")
    twin.says("CURSOR SET ci journal-2")
    net.journal.holding = False
    net.settle()
    assert [talker.bare[-1].split()[3] for talker in (bot, twin)] == ["journal-3", "journal-3"]
    assert net.engine.state.cursors["bot"]["ci"].seq == 3


def test_who_logs_out_meanwhile_sets_nothing():
    net = Net()
    has_account(net, "other")
    bot = bot_of(net)
    net.journal.holding = True
    bot.says("CURSOR SET ci journal-3")
    set_, net.journal.queue = list(net.journal.queue), type(net.journal.queue)()
    net.journal.holding = False
    is_logged_in(net, bot, "other")
    net.journal.queue.extend(set_)
    net.settle()
    assert bot.bare[-1].startswith(f"{FAIL} ACCOUNT_REQUIRED :The account is another now")
    assert net.engine.state.cursors == {}


def test_the_last_one_leaves_nothing():
    net = Net()
    bot = bot_of(net)
    bot.says("CURSOR SET a journal-1", "CURSOR SET b journal-1", "CURSOR DROP a")
    assert names_of(net) == ["b"]
    bot.says("CURSOR DROP b")
    assert net.engine.state.cursors == {}


def test_all_nodes_have_the_same():
    net = Net(2)
    bot_of(net).says("CURSOR SET a journal-1 #x", "CURSOR SET b journal-2", "CURSOR SET a journal-3", "CURSOR DROP b")
    one, other = (node.engine.state for node in net.nodes)
    assert one.cursors == other.cursors and one.digest() == other.digest()
    assert one.cursors["bot"]["a"].targets == ("#x",)

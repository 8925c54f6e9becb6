"""CURSOR: places that the server keeps for programs (docs/catch-up.md)."""

from __future__ import annotations

import pytest

from tests.core.deeds import is_logged_in
from tests.core.net import Net, Talker

CAPS = "message-tags batch ipc-chat/catch-up standard-replies"
FAIL = ":test.net FAIL CURSOR"
STAMP = "timestamp=2023-11-14T22:13:20.000Z"


@pytest.fixture
def bot(net: Net) -> Talker:
    """A program that is logged in to an account."""
    talker = net.connect("bot", CAPS)
    is_logged_in(net, talker, "bot")
    return talker


@pytest.mark.covers("CURSOR")
def test_a_program_keeps_its_place(bot):
    assert bot.asks("CURSOR SET ci journal-2 #build,#ops") == [f":test.net CURSOR ci journal-2 {STAMP} #build,#ops"]
    assert bot.asks("CURSOR GET CI") == [f":test.net CURSOR ci journal-2 {STAMP} #build,#ops"]


def test_without_channels_it_keeps_those_it_has(bot):
    assert bot.asks("CURSOR SET ci journal-1") == [f":test.net CURSOR ci journal-1 {STAMP} *"]
    bot.says("CURSOR SET ci journal-1 #build,,#build")
    assert bot.asks("CURSOR SET ci journal-2") == [f":test.net CURSOR ci journal-2 {STAMP} #build"]
    assert bot.asks("CURSOR SET ci journal-2 *") == [f":test.net CURSOR ci journal-2 {STAMP} *"]


def test_it_goes_back_only_with_the_word_for_it(bot):
    bot.says("CURSOR SET ci journal-3 #build")
    assert bot.asks("CURSOR SET ci journal-1") == [f":test.net CURSOR ci journal-3 {STAMP} #build"]
    assert bot.asks("CURSOR SET ci journal-2 rewind") == [f":test.net CURSOR ci journal-2 {STAMP} #build"]
    assert bot.asks("CURSOR SET ci * * REWIND") == [f":test.net CURSOR ci journal-0 {STAMP} *"]


def test_the_beginning_and_now_are_cursors(net, bot):
    assert bot.asks("CURSOR SET a *") == [f":test.net CURSOR a journal-0 {STAMP} *"]
    seq = len(net.journal.entries)
    assert bot.asks("CURSOR SET b NOW") == [f":test.net CURSOR b journal-{seq:x} {STAMP} *"]
    assert bot.asks("CATCHUP journal-0")[-2].split()[1:3] == ["CATCHUP", "END"]


def test_the_list_is_a_batch_in_the_order_of_the_names(bot):
    assert bot.says("CURSOR LIST") == [":test.net BATCH +b1 ipc-chat/cursors", ":test.net BATCH -b1"]
    bot.says("CURSOR SET b journal-1", "CURSOR SET a journal-1")
    assert bot.says("CURSOR LIST") == [
        ":test.net BATCH +b2 ipc-chat/cursors",
        f"@batch=b2 :test.net CURSOR a journal-1 {STAMP} *",
        f"@batch=b2 :test.net CURSOR b journal-1 {STAMP} *",
        ":test.net BATCH -b2",
    ]


def test_one_that_is_dropped_is_gone(bot):
    bot.says("CURSOR SET ci journal-1")
    assert bot.asks("CURSOR DROP ci") == [":test.net CURSOR ci * * *"]
    assert bot.asks("CURSOR GET ci")[0].startswith(f"{FAIL} UNKNOWN_NAME ci ")


def test_it_belongs_to_the_account(net, bot):
    bot.says("CURSOR SET ci journal-2")
    other, eve = net.connect("other", CAPS), net.connect("eve", CAPS)
    is_logged_in(net, other, "bot")
    is_logged_in(net, eve, "eve")
    assert other.asks("CURSOR GET ci") == [f":test.net CURSOR ci journal-2 {STAMP} *"]
    assert eve.asks("CURSOR GET ci")[0].startswith(f"{FAIL} UNKNOWN_NAME ci ")
    assert eve.asks("CURSOR DROP ci")[0].startswith(f"{FAIL} UNKNOWN_NAME ci ")
    assert len(eve.asks("CURSOR LIST")) == 2


def test_a_program_goes_on_where_it_stopped(net, bot):
    joe = net.join("joe", "#build")
    bot.says("JOIN #build", "CURSOR SET ci NOW #build")
    for number in range(4):
        joe.says(f"PRIVMSG #build :{number}")
    heard, ids = [], []
    cursor = bot.asks("CURSOR GET ci")[0].split()[3]
    for line in [line for line in bot.says(f"CATCHUP {cursor} 100 #build") if "PRIVMSG" in line]:
        heard.append(line[-1])
        ids.append(line.partition("msgid=")[2].partition(";")[0])
    assert heard == ["0", "1", "2", "3"]
    bot.says(f"CURSOR SET ci {ids[1]}", "QUIT")
    net.restart(net.engine.snapshot(), len(net.journal.entries))
    again = net.connect("bot2", CAPS)
    is_logged_in(net, again, "bot")
    again.says("JOIN #build")
    assert again.asks("CURSOR GET ci") == [f":test.net CURSOR ci {ids[1]} {STAMP} #build"]


# Refusals.


@pytest.mark.covers("FAIL CURSOR NEED_CAPABILITIES")
def test_the_capabilities_are_needed(net):
    assert net.connect("bot", "standard-replies").asks("CURSOR LIST")[0].startswith(f"{FAIL} NEED_CAPABILITIES :")


@pytest.mark.covers("FAIL CURSOR ACCOUNT_REQUIRED")
def test_guests_have_none(net):
    assert net.connect("bot", CAPS).asks("CURSOR LIST") == [
        f"{FAIL} ACCOUNT_REQUIRED :Cursors belong to accounts: log in first"
    ]


@pytest.mark.covers("FAIL CURSOR NEED_MORE_PARAMS")
@pytest.mark.parametrize("line", ["CURSOR", "CURSOR GET", "CURSOR DROP", "CURSOR SET", "CURSOR SET ci"])
def test_what_is_needed(bot, line):
    assert bot.asks(line)[0].startswith(f"{FAIL} NEED_MORE_PARAMS :Missing parameters: CURSOR")


@pytest.mark.covers("FAIL CURSOR INVALID_PARAMS")
@pytest.mark.parametrize(
    ("params", "quoted"),
    [
        ("MOVE ci", "MOVE"),
        ("GET c/i", "c/i"),
        (f"GET {'x' * 33}", "x" * 33),
        ("SET ci journal-1 ann", "ann"),
        ("SET ci journal-1 #a,b", "b"),
        (f"SET ci journal-1 {'#abc,' * 61}", f"{'#abc,' * 12}#abc..."),
    ],
)
def test_what_is_wrong(bot, params, quoted):
    assert bot.asks(f"CURSOR {params}")[0].startswith(f"{FAIL} INVALID_PARAMS {quoted} :")


@pytest.mark.covers("FAIL CURSOR UNKNOWN_CURSOR")
@pytest.mark.parametrize("cursor", ["elsewhere-1", "journal-ffff", "x"])
def test_a_cursor_of_another_journal(bot, cursor):
    assert bot.asks(f"CURSOR SET ci {cursor}") == [
        f"{FAIL} UNKNOWN_CURSOR {cursor} :This cursor is not of this journal"
    ]


@pytest.mark.covers("FAIL CURSOR UNKNOWN_NAME")
def test_a_name_that_the_account_has_not(bot):
    for line in ("CURSOR GET ci", "CURSOR DROP ci"):
        assert bot.asks(line)[0].startswith(f"{FAIL} UNKNOWN_NAME ci :Your account has no cursor of that name")

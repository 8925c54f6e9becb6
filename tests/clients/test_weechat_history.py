"""WeeChat that is told to ask for all that belongs to history, also for what the version that was tried cannot read: it
gets what it asked for, once, and nothing that it writes into the channel as it came.

Specifications: IRCv3 draft/chathistory, draft/event-playback, batch, echo-message.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.clients.person import Person
from tests.clients.programs import WEECHAT, Program
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess

CAPABILITIES = ("batch", "draft/chathistory", "draft/event-playback", "message-tags", "server-time", "echo-message")
EDITOR = "message-tags echo-message standard-replies draft/message-edit draft/message-redaction"
KEPT = ("said before", "hello there", "an answer")
ROW = re.compile(r"\d\d:\d\d:\d\d +(?:-->|<--|--|[@ ]?(?:iris|wendy|eve)) \| \S")
"""What WeeChat writes of what it has understood. What it does not know has another mark (=!=)."""


@pytest.fixture
def program() -> Program:
    """WeeChat with these capabilities."""
    add, *others = WEECHAT.set_up
    return replace(WEECHAT, set_up=(add.replace("-capabilities=*", f"-capabilities={','.join(CAPABILITIES)}"), *others))


def has_a_past(server: ServerProcess) -> None:
    """Something of everything that history keeps is in #lobby, by somebody who leaves."""
    with RawClient(server.port).registers("eve", EDITOR).joins("#lobby") as eve:
        said = [eve.answers_to(f"PRIVMSG #lobby :{text}") for text in ("said before", "helo", "canary")]
        _, wrong, redacted = (next(line.msgid for line in lines if line.msgid) for lines in said)
        eve.answers_to(
            f"@+draft/edit={wrong} PRIVMSG #lobby :hello there",
            f"@+reply={wrong};+draft/react=lol TAGMSG #lobby",
            f"REDACT #lobby {redacted} :oops",
            f"@+reply={wrong} PRIVMSG #lobby :an answer",
        )
        eve.says("QUIT :gone")
        eve.hears_end()


def rows(iris: Person) -> list[str]:
    """What is written in the window, without the list of windows on its left."""
    found = [row.partition("│")[2].partition("│")[0].strip() for row in iris.window.everything.splitlines()]
    written = [row for row in found if re.match(r"\d\d:\d\d:\d\d ", row)]
    assert written, "the window looks otherwise in this version"
    return written


def test_she_reads_the_past_once_and_nothing_else(iris: Person, wendy: RawClient, server: ServerProcess):
    has_a_past(server)
    iris.joins("#lobby")
    wendy.hears_text("canary")
    assert not any(iris.has_seen("said", nick="eve", text=text) for text in KEPT)  # Who can ask is told nothing.
    iris.does("history", channel="#lobby")
    iris.sees("said", nick="eve", text=KEPT[-1])
    wendy.answers_to("PRIVMSG #lobby :said now")
    iris.sees("said", nick="wendy", text="said now")
    iris.says("hello")
    assert wendy.hears_text("hello").nick == "iris"
    wendy.answers_to("PRIVMSG #lobby :the last word")
    iris.sees("said", nick="wendy", text="the last word")
    assert [iris.has_seen("said", nick="eve", text=text) for text in KEPT] == [1] * len(KEPT)
    assert [iris.has_seen("said", nick="wendy", text=text) for text in ("said now", "the last word")] == [1, 1]
    assert [row for row in rows(iris) if not ROW.match(row)] == []
    screen = iris.window.everything
    assert [word for word in ("canary", "helo ", "oops", "lol", "BATCH", "TAGMSG", "msgid") if word in screen] == []
    # WeeChat 3.8 does not know echo-message, and shows her own line when she types it as well.
    assert 1 <= iris.has_seen("said", nick="iris", text="hello") <= 2


def test_it_has_what_it_asked_for(iris: Person):
    iris.does("capabilities")
    iris.sees("my capabilities")
    assert set(CAPABILITIES) <= set(iris.window.everything.rpartition("currently enabled")[2].split())

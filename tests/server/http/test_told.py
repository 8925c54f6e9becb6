"""What the HTTP API tells of IRC lines."""

from __future__ import annotations

from typing import Any

import pytest

from ipcchat.server.http.told import Teller, page
from ipcchat.wire.message import parse

TAGS = "@time=2026-01-02T03:04:05.678Z;msgid=j-1f;account=ann"
TOLD = {"time": "2026-01-02T03:04:05.678Z", "target": "#tea", "nick": "ann", "id": "j-1f", "account": "ann"}


def told(*lines: str, nick: str = "bot") -> list[dict[str, Any]]:
    teller = Teller(nick)
    return [each for line in lines if (each := teller.tell(parse(line))) is not None]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{TAGS} :ann!a@h PRIVMSG #tea :hello", {"type": "message", "kind": "message", "text": "hello"}),
        (f"{TAGS} :ann!a@h NOTICE #tea :hello", {"type": "message", "kind": "notice", "text": "hello"}),
        (f"{TAGS} :ann!a@h PRIVMSG #tea :\x01ACTION waves\x01", {"type": "message", "kind": "action", "text": "waves"}),
        (f"{TAGS};bot;+reply=j-1 :ann!a@h PRIVMSG #tea :yes", {"kind": "message", "reply_to": "j-1", "bot": True}),
        (f"{TAGS};+draft/edit=j-1 :ann!a@h PRIVMSG #tea :yes", {"type": "edit", "about": "j-1", "text": "yes"}),
        (
            f"{TAGS};+reply=j-1;+draft/react=x :ann!a@h TAGMSG #tea",
            {"type": "reaction", "reaction": "x", "removed": False},
        ),
        (f"{TAGS};+reply=j-1;+draft/unreact=x :ann!a@h TAGMSG #tea", {"about": "j-1", "removed": True}),
        (f"{TAGS} :ann!a@h REDACT #tea j-1 :wrong room", {"type": "redaction", "about": "j-1", "reason": "wrong room"}),
        (f"{TAGS} :ann!a@h REDACT #tea j-1", {"type": "redaction", "reason": ""}),
    ],
)
def test_a_line_is_one_object(line, expected):
    (found,) = told(line)
    assert found.items() >= (TOLD | expected).items()


@pytest.mark.parametrize(
    "line",
    [
        ":ann!a@h JOIN #tea",
        ":ann!a@h PRIVMSG #tea",
        "@+typing=active :ann!a@h TAGMSG #tea",
        "@+draft/react=x :ann!a@h TAGMSG #tea",
        ":chat.local 366 bot #tea :End of /NAMES list",
        "PING x",
        ":ann!a@h TAGMSG",
    ],
)
def test_what_tells_nothing(line):
    assert told(line) == []


def test_the_place_of_a_conversation_is_the_other_one():
    assert told(":ann!a@h PRIVMSG Bot :psst")[0]["target"] == "ann"
    assert told(":bot!b@h PRIVMSG ann :psst")[0]["target"] == "ann"
    assert told("@ipc-chat/history=ann :x!a@h PRIVMSG bot :psst")[0]["target"] == "ann"


def test_several_lines_are_one_message_with_the_tags_of_the_batch():
    (found,) = told(
        f"{TAGS} :ann!a@h BATCH +1 draft/multiline #tea",
        "@batch=1 :ann!a@h PRIVMSG #tea :one",
        "@batch=1;draft/multiline-concat :ann!a@h PRIVMSG #tea : and a half",
        "@batch=1 :ann!a@h PRIVMSG #tea :two",
        ":ann!a@h BATCH -1",
    )
    assert found["text"] == "one and a half\ntwo"
    assert found["id"] == "j-1f"


def test_a_batch_without_lines_and_one_that_never_began_tell_nothing():
    assert told(":a BATCH +1 draft/multiline #tea", ":a BATCH -1", ":a BATCH -2", ":a BATCH +3 netsplit") == []


def test_a_page_has_messages_with_what_was_done_to_them():
    lines = [
        "@time=t1;msgid=j-1 :ann!a@h PRIVMSG #tea :gren",
        "@time=t2;msgid=j-2;+draft/edit=j-1 :ann!a@h PRIVMSG #tea :green",
        "@time=t3;msgid=j-3;+reply=j-1;+draft/react=x :bob!a@h TAGMSG #tea",
        "@time=t3;msgid=j-4;+reply=j-1;+draft/react=x :bob!a@h TAGMSG #tea",
        "@time=t3;msgid=j-5;+reply=j-1;+draft/react=x :cat!a@h TAGMSG #tea",
        "@time=t3;msgid=j-6;+reply=j-1;+draft/react=y :cat!a@h TAGMSG #tea",
        "@time=t4;msgid=j-7;+reply=j-1;+draft/unreact=y :cat!a@h TAGMSG #tea",
        "@time=t4;msgid=j-8;+reply=j-1;+draft/unreact=z :cat!a@h TAGMSG #tea",
        "@time=t5;msgid=j-9;+reply=j-0;+draft/react=x :cat!a@h TAGMSG #tea",
        "@time=t0;msgid=j-0;draft/chathistory-context :ann!a@h PRIVMSG #tea :of another page",
    ]
    assert page("bot", [parse(line) for line in lines]) == [
        {
            "time": "t1",
            "target": "#tea",
            "nick": "ann",
            "id": "j-1",
            "kind": "message",
            "text": "green",
            "edited": "t2",
            "reactions": {"x": ["bob", "cat"]},
        }
    ]

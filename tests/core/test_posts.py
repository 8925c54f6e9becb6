"""What people say as lines (core/posts.py): IRCv3 draft/multiline, and edits for who knows none."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import caps
from ipcchat.core.facts import LINE_BREAK, SEAM, Posted
from ipcchat.core.posts import post_line, several_lines, without_tag
from ipcchat.core.replies import Place

ANN = "ann!~ann@127.0.0.1"
TAGS = "msgid=journal-5;+x=1"
FACT = Posted(b"x" * 16, 0, "node0000.1", ANN, "PRIVMSG", "#tea", "hello", {"+x": "1"})


def test_a_post_is_one_line():
    assert post_line(FACT) == f":{ANN} PRIVMSG #tea :hello"
    assert post_line(FACT, "other") == f":{ANN} PRIVMSG #tea :other"
    assert post_line(msgspec.structs.replace(FACT, verb="TAGMSG")) == f":{ANN} TAGMSG #tea"
    assert post_line(msgspec.structs.replace(FACT, status="@")) == f":{ANN} PRIVMSG @#tea :hello"


def test_several_lines_are_a_batch_where_that_is_known(net):
    fact = msgspec.structs.replace(FACT, text=f"a{LINE_BREAK}{LINE_BREAK}b{SEAM}c")
    rows = several_lines(net.engine, fact, caps.MULTILINE | caps.BATCH | caps.MESSAGE_TAGS, 0, 5)
    assert [(row.tags, row.text) for row in rows] == [
        (TAGS, f":{ANN} BATCH +b1 draft/multiline #tea"),
        ("batch=b1", f":{ANN} PRIVMSG #tea :a"),
        ("batch=b1", f":{ANN} PRIVMSG #tea :"),
        ("batch=b1", f":{ANN} PRIVMSG #tea :b"),
        ("batch=b1;draft/multiline-concat", f":{ANN} PRIVMSG #tea :c"),
        ("", f":{ANN} BATCH -b1"),
    ]
    assert [row.place for row in rows] == [Place.OPENING, *[Place.INSIDE] * 4, Place.CLOSING]


@pytest.mark.parametrize("bits", [caps.MESSAGE_TAGS, caps.MULTILINE | caps.MESSAGE_TAGS])
def test_others_get_line_after_line_without_the_blank_ones(net, bits):
    fact = msgspec.structs.replace(FACT, text=f"a{LINE_BREAK}{LINE_BREAK}b")
    rows = several_lines(net.engine, fact, bits, 0, 5)
    assert [(row.tags, row.text) for row in rows] == [
        (TAGS, f":{ANN} PRIVMSG #tea :a"),
        ("", f":{ANN} PRIVMSG #tea :b"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("second", "second (edited)"),
        (f"a{LINE_BREAK}b{LINE_BREAK}", f"a{LINE_BREAK}b (edited)"),
        ("\x01ACTION waves\x01", "\x01ACTION waves (edited)\x01"),
    ],
)
def test_an_edit_for_who_knows_none_says_that_it_is_one(text, told):
    fact = without_tag(msgspec.structs.replace(FACT, text=text, about=3, tags={"+draft/edit": "journal-3", "+x": "1"}))
    assert fact.text == told
    assert fact.tags == {"+x": "1"}


def test_it_still_fits_into_a_line():  # RFC 1459 2.3: 512 bytes with CR LF
    fact = without_tag(msgspec.structs.replace(FACT, text="é" * 250, about=3))
    line = post_line(fact)
    assert line.endswith("é (edited)")
    assert 508 <= len(line.encode()) <= 510

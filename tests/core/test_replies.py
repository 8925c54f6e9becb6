"""The one door: lines, tags, labels and batches (IRCv3 labeled-response, batch, server-time, message-tags)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import caps, replies
from ipcchat.core.replies import Tagger
from ipcchat.wire.message import WireError, parse
from ipcchat.wire.modes import Change
from tests.core.net import ALL_CAPS

LABELS = "labeled-response batch message-tags"


# Lines.


@pytest.mark.parametrize("bad", ["", "a b", ":a", "a\rb", "a\nb", "a\0b"])
def test_nobodys_text_becomes_a_second_line_or_parameter(bad):  # hostile inputs F05, I01
    with pytest.raises(WireError):
        replies.line("test.net", "401", bad, "text")


@pytest.mark.parametrize(("tags", "text"), [("", "a\rb"), ("", "a\nb"), ("", "a\0b"), ("x=a\nb", "PING"), ("x", "a\n")])
def test_nothing_leaves_as_two_lines(tags, text):  # hostile input I01
    with pytest.raises(WireError) as refused:
        replies.encoded(tags, text)
    assert refused.value.code == "FORBIDDEN_CHARACTER"


@given(st.text(max_size=700), st.integers(0, 600))
def test_a_text_is_cut_between_characters(text, bytes_max):  # hostile input F10
    text = text.encode(errors="ignore").decode()
    kept = replies.fitting(text, bytes_max)
    assert text.startswith(kept)
    assert len(kept.encode()) <= bytes_max
    assert kept == text or len(text[: len(kept) + 1].encode()) > bytes_max


def test_modes_take_as_few_lines_as_they_fit_into():  # RFC 1459 2.3: 512 bytes with CR LF
    changes = [Change(True, "o", "ann"), Change(False, "m"), *(Change(True, "b", f"{n}{'x' * 200}") for n in range(3))]
    lines = replies.mode_lines("test.net", "#tea", changes)
    assert [line.split(" ")[3] for line in lines] == ["+o-m+bb", "+b"]
    assert max(len(line.encode()) for line in lines) <= 510
    assert replies.mode_lines("test.net", "#tea", []) == []


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_every_line_fits(letter):  # RFC 1459 2.3: 512 bytes with CR LF
    line = replies.line("test.net", "332", "ann", "#tea", letter * 600)
    assert 506 < len(line.encode()) <= 510
    assert set(parse(line).params[2]) == {letter}


def test_words_are_wrapped_whole():
    assert replies.wrapped([], 10) == []
    assert replies.wrapped(["aaaa", "bbbb", "éé", "c"], 10) == ["aaaa bbbb", "éé c"]
    assert replies.wrapped(["a", "b" * 20, "c"], 10) == ["a", "b" * 20, "c"]


# Tags.


def test_tags_are_those_that_the_capabilities_allow():
    tagger = Tagger("abc")
    at = 1_700_000_000_123
    assert tagger.tags(0, at, 7, "+x") == ""
    assert tagger.tags(caps.SERVER_TIME, at, 7, "+x") == "time=2023-11-14T22:13:20.123Z"
    assert tagger.tags(caps.MESSAGE_TAGS, at, 7, "+x") == "msgid=abc-7;+x"
    assert tagger.tags(caps.MESSAGE_TAGS, at) == ""
    both = tagger.tags(caps.MESSAGE_TAGS | caps.SERVER_TIME, at + 1, 7)
    assert both == f"time=2023-11-14T22:13:20.124Z;msgid={tagger.msgid(7)}"
    assert tagger.time(at + 1000) == "2023-11-14T22:13:21.123Z"


@pytest.mark.parametrize(
    ("bits", "tags"),
    [
        (caps.SERVER_TIME, "time=2023-11-14T22:13:20.000Z"),
        (caps.ACCOUNT_TAG, "account=a\\sb"),
        (caps.MESSAGE_TAGS, "bot"),
        (caps.OPER_TAG, "draft/oper"),
        (caps.ACCOUNT_TAG | caps.MESSAGE_TAGS | caps.OPER_TAG, "account=a\\sb;bot;draft/oper"),
    ],
)
def test_tags_tell_of_the_sender_what_one_wants_to_know(bits, tags):  # IRCv3 account-tag, bot-mode, oper-tag
    tagger, at = Tagger("abc"), 1_700_000_000_000
    assert tagger.tags(bits, at, account="a b", marks="Bo") == tags
    assert tagger.tags(bits & ~caps.SERVER_TIME, at) == ""


@given(st.integers(1, 2**40))
def test_a_msgid_is_its_place_in_the_journal(seq):
    tagger = Tagger("ab-c")
    assert tagger.seq(tagger.msgid(seq)) == seq
    assert Tagger("other").seq(tagger.msgid(seq)) is None
    assert " " not in tagger.msgid(seq)


@pytest.mark.parametrize(
    "msgid", ["", "ab", "ab-", "ab-!", "ab-+1", "ab-01", "ab-1_0", "ab- 1", "ab-٣", "ab-" + "1" * 16]
)
def test_what_is_no_msgid_of_ours(msgid):  # hostile input O06
    assert Tagger("ab").seq(msgid) is None


def test_groups_of_tags_are_joined():
    assert replies.joined_tags("", "a=1", "", "b") == "a=1;b"
    assert replies.encoded("", "PING x") == b"PING x\r\n"
    assert replies.encoded("a=1", "PING é") == "@a=1 PING é\r\n".encode()
    assert replies.written_tags({}) == ""
    assert replies.written_tags({"+a": "x;", "+b": ""}) == "+a=x\\:;+b"


# Labels.


def test_no_line_one_line_several_lines_and_a_batch():  # IRCv3 labeled-response
    label, server = "a b", "test.net"
    opening = replies.Line("", "BATCH +1", replies.Place.OPENING)
    inside = replies.Line("batch=1", "Y", replies.Place.INSIDE)
    closing = replies.Line("", "BATCH -1", replies.Place.CLOSING)
    assert replies.labelled([], label, server, "") == [b"@label=a\\sb :test.net ACK\r\n"]
    assert replies.labelled([replies.Line("", "X")], label, server, "") == [b"@label=a\\sb X\r\n"]
    assert replies.labelled([replies.Line("t=1", "X"), replies.Line("", "Y")], label, server, "b1") == [
        b"@label=a\\sb :test.net BATCH +b1 labeled-response\r\n",
        b"@batch=b1;t=1 X\r\n",
        b"@batch=b1 Y\r\n",
        b":test.net BATCH -b1\r\n",
    ]
    assert replies.is_one([opening, inside, closing])
    assert replies.labelled([opening, inside, closing], label, server, "") == [
        b"@label=a\\sb BATCH +1\r\n",
        b"@batch=1 Y\r\n",
        b"BATCH -1\r\n",
    ]
    assert replies.nested(replies.Line("t=1", "X"), "b1") == replies.Line("batch=b1;t=1", "X", replies.Place.INSIDE)
    rows = [opening, inside, closing, replies.Line("", "Z")]
    assert not replies.is_one(rows)
    assert replies.labelled(rows, label, server, "b1") == [
        b"@label=a\\sb :test.net BATCH +b1 labeled-response\r\n",
        b"@batch=b1 BATCH +1\r\n",
        b"@batch=1 Y\r\n",
        b"@batch=b1 BATCH -1\r\n",
        b"@batch=b1 Z\r\n",
        b":test.net BATCH -b1\r\n",
    ]


@pytest.mark.parametrize(
    ("label", "answered"),
    [
        ("", ""),
        ("x" * 64, "x" * 64),
        ("x" * 65, ""),
        ("é" * 32, "é" * 32),
        ("é" * 33, ""),
        (r"\:\s\\\r\n", r"\:\s\\\r\n"),
    ],
)
def test_which_labels_count(net, label, answered):  # IRCv3 labeled-response: 64 bytes; hostile inputs O02, I02
    ann = net.connect("ann", LABELS)
    head = f"@label={answered} " if answered else ""
    assert ann.says(f"@label={label} PING x") == [f"{head}:test.net PONG test.net :x"]


def test_nobody_else_hears_a_label(net):
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    ann.says("@label=x PRIVMSG #tea :hello", "@label=x TOPIC #tea :x", "@label=x NICK anna", "@label=x PART #tea")
    assert [line.split()[2] for line in bob.lines] == ["PRIVMSG", "TOPIC", "NICK", "PART"]
    assert not [line for line in bob.lines if "label" in line]

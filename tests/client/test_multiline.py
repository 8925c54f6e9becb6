"""Messages of several lines: IRCv3 draft/multiline."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipcchat.client.errors import NotDelivered
from ipcchat.client.multiline import (
    Line,
    MultilineLimits,
    batch,
    groups,
    multiline_limits,
    split_lines,
    text_of,
)
from ipcchat.client.outbox import KEY_TAG, Post, pieces
from ipcchat.wire.message import Message

LIMITS = MultilineLimits(4_096, 24)


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("max-bytes=4096,max-lines=24", MultilineLimits(4_096, 24)),
        ("max-bytes=4096", MultilineLimits(4_096, 100)),
        ("future,max-lines=7,max-bytes=99,x=y", MultilineLimits(99, 7)),
        ("max-bytes=99999999999,max-lines=x", None),
        ("max-bytes=999999999,max-lines=999999999", MultilineLimits(1_000_000, 1_000)),
        ("max-lines=7", None),
        ("", None),
    ],
)
def test_the_limits_in_the_capabilitys_value(value: str, limits: MultilineLimits | None) -> None:
    """max-bytes must be there, max-lines should; unknown keys are ignored."""
    assert multiline_limits(value) == limits


def test_the_drafts_example() -> None:
    """The batch of the draft, with a line that is continued behind its space."""
    lines = split_lines("hello\n\nhow is everyone?", 10)
    assert lines == [Line("hello"), Line(""), Line("how is "), Line("everyone?", concat=True)]
    sent = batch("123", "PRIVMSG", "#channel", tuple(lines), {"+reply": "m1"})
    assert sent == [
        Message("BATCH", ["+123", "draft/multiline", "#channel"], None, {"+reply": "m1"}),
        Message("PRIVMSG", ["#channel", "hello"], None, {"batch": "123"}),
        Message("PRIVMSG", ["#channel", ""], None, {"batch": "123"}),
        Message("PRIVMSG", ["#channel", "how is "], None, {"batch": "123"}),
        Message("PRIVMSG", ["#channel", "everyone?"], None, {"batch": "123", "draft/multiline-concat": ""}),
        Message("BATCH", ["-123"]),
    ]


ROWS = st.text(st.sampled_from("ab  👋🏽é"), max_size=90)
TEXTS = st.lists(ROWS, max_size=5).map("\n".join)


@example("a" * 24 + " b", 24)
@given(TEXTS, st.integers(8, 30))
def test_the_lines_are_the_text(text: str, room: int) -> None:
    lines = split_lines(text, room)
    assert text_of(tuple(lines)) == text
    assert all(len(line.text.encode()) <= room for line in lines)
    assert not any(line.concat and not line.text for line in lines)


@given(TEXTS, st.integers(1, 6), st.integers(24, 90))
def test_no_message_is_over_the_limits_and_none_is_blank(text: str, lines_max: int, bytes_max: int) -> None:
    """Nothing but blank lines around a message is lost."""
    found = groups(split_lines(text, 24), MultilineLimits(bytes_max, lines_max))
    for group in found:
        assert len(group) <= lines_max and len(text_of(group).encode()) <= bytes_max
        assert group[0].text.strip() and group[-1].text.strip() and not group[0].concat
    kept = "".join(text_of(group) for group in found)
    assert "".join(kept.split()) == "".join(text.split())


def test_a_text_of_several_lines_is_one_message_where_the_server_takes_it() -> None:
    (lines,) = pieces("#tea", "\none\r\n\r\n  two\rthree\n\n", "message", 60, LIMITS)
    assert text_of(lines) == "one\n\n  two\nthree"
    assert len(pieces("#tea", "one\n\ntwo", "message", 60)) == 2
    assert len(pieces("#tea", "one\n\ntwo", "action", 60, LIMITS)) == 2
    assert pieces("#tea", "one", "message", 60, LIMITS) == [(Line("one"),)]
    with pytest.raises(NotDelivered):
        pieces("#tea", "\n \n", "message", 60, LIMITS)


def test_a_server_that_takes_them_no_longer_gets_a_message_for_each_line() -> None:
    """After a reconnect to another server: blank lines are left out, each message has a key of its own."""
    post = Post(7, "message", "#tea", (Line("one"), Line(""), Line("two")), "k" * 32, {"+reply": "m1"})
    sent = post.messages(tagged=True, multiline=False)
    assert [line.params for line in sent] == [["#tea", "one"], ["#tea", "two"]]
    assert [line.tags for line in sent] == [{KEY_TAG: f"{'k' * 32}-{n}", "+reply": "m1"} for n in range(2)]
    first, *_, last = post.messages(tagged=True, multiline=True)
    assert (first.command, first.tags) == ("BATCH", {KEY_TAG: "k" * 32, "+reply": "m1"}) and last.params == ["-m7"]
    assert post.cost_bytes > len("one\n\ntwo") + 3 * len("#tea")

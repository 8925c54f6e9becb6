"""Answers of many words and rows: nothing is cut, and nobody is cut off (Modern IRC "SAFELIST Parameter")."""

from __future__ import annotations

import pytest

from ipcchat.core import long_answers
from ipcchat.core.context import Context
from ipcchat.core.limits import Limits
from ipcchat.wire.numerics import RPL_ISON, RPL_MONLIST
from tests.core.net import Net


def context(net: Net, nick: str = "ann") -> Context:
    """A command of somebody who is here."""
    return Context(net.engine, net.connect(nick).session, "ISON", {})


def heard(net: Net) -> list[str]:
    """What was written, performed and taken off the engine."""
    net.nodes[0].perform(net.engine._take())
    return net.nodes[0].links[-1].lines


def test_words_take_as_many_lines_as_they_need(net):
    ctx = context(net)
    long_answers.tell_words(ctx, RPL_ISON, ["x" * 300, "y" * 150, "z" * 300])
    long_answers.tell_words(ctx, RPL_MONLIST, ["a", "b"], "#tea", separator=",")
    long_answers.tell_words(ctx, RPL_ISON, [])
    assert heard(net) == [
        ":test.net 303 ann :" + "x" * 300 + " " + "y" * 150,
        ":test.net 303 ann :" + "z" * 300,
        ":test.net 732 ann #tea :a,b",
    ]


def test_words_fill_a_line_to_its_end(net):
    ctx = context(net)
    room = 510 - len(":test.net 303 ann :")
    long_answers.tell_words(ctx, RPL_ISON, ["x" * (room - 3), "y", "z"])
    assert [len(line) for line in heard(net)] == [509, len(":test.net 303 ann :z")]


def test_rows_end_with_their_number(net):
    ctx = context(net)
    rows = [long_answers.row(ctx, RPL_ISON, str(number)) for number in range(3)]
    assert long_answers.some_of(ctx, rows, 3) == (3, True)
    assert long_answers.some_of(ctx, rows, 2) == (2, False)
    assert long_answers.some_of(ctx, [], 2) == (0, True)
    assert heard(net) == [*rows, *rows[:2]]


def test_rows_end_before_they_fill_the_send_queue():
    net = Net(limits=Limits(send_queue_bytes_max=1_000))
    ctx = context(net)
    assert long_answers.some_of(ctx, ["é" * 50] * 9, 9) == (5, False)
    assert long_answers.some_of(ctx, ["é" * 50] * 5, 9) == (5, True)


def test_searches_are_paid_for_where_lines_are():
    for throttled, paid in ((True, 2.5), (False, 0.0)):
        ctx = context(Net(throttled=throttled))
        before = ctx.session.tokens
        long_answers.charge(ctx, 2_500)
        assert ctx.session.tokens == before - paid


@pytest.mark.parametrize(
    ("name", "written"),
    [("ann", "ann"), ("", "*"), ("a b", "a,b"), (":a", ",a"), ("a:b", "a:b"), ("x" * 300, "x" * 300)],
)
def test_what_was_asked_is_repeated(name, written):  # Modern IRC, RPL_ENDOFWHO, RPL_ENDOFWHOIS
    assert long_answers.as_asked(name) == written

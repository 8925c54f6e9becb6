"""Lists of names in commands, with keys and in pairs (RFC 2812 3.2.1, 3.2.8), and names as replies can quote them."""

from __future__ import annotations

import pytest

from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.limits import Limits
from ipcchat.core.targets import pairs, quotable, several, with_keys
from tests.core.net import Net


@pytest.fixture
def ctx() -> Context:
    """A command with at most three targets."""
    net = Net(limits=Limits(targets_per_command_max=3))
    return Context(net.engine, net.connect("ann").session, "KICK", {})


def test_what_is_named_twice_is_named_once_as_it_was_first(ctx):
    assert several(ctx, "#tea,,#TEA,#ops,#Tea") == ["#tea", "#ops"]


def test_keys_stay_with_the_names_at_their_places(ctx):
    assert with_keys(ctx, "#a,,#b,#A", "1,2,3,4,5") == [("#a", "1"), ("#b", "3")]
    assert with_keys(ctx, "#a,#b", "1") == [("#a", "1"), ("#b", "")]
    assert with_keys(ctx, "#a", "") == [("#a", "")]


def test_pairs_are_one_channel_with_all_or_each_with_its_own(ctx):
    assert pairs(ctx, "#a", "x,y,X") == [("#a", "x"), ("#a", "y")]
    assert pairs(ctx, "#a,#b,#A", "x,x,X") == [("#a", "x"), ("#b", "x")]


@pytest.mark.parametrize(("channels", "nicks"), [("#a,#b", "x"), ("#a,#b", "x,y,z")])
def test_lists_that_do_not_fit_together(ctx, channels, nicks):
    with pytest.raises(Refusal) as caught:
        pairs(ctx, channels, nicks)
    assert (caught.value.numeric.code, caught.value.params) == ("461", ("KICK",))
    assert caught.value.text == "KICK takes one channel and any nicks, or as many channels as nicks"


def test_no_name_at_all(ctx):
    for reading in (
        lambda: several(ctx, ",,"),
        lambda: with_keys(ctx, ",", "key,key"),
        lambda: pairs(ctx, "", "x"),
        lambda: pairs(ctx, "#a", ","),
        lambda: pairs(ctx, ",", ","),
    ):
        with pytest.raises(Refusal) as caught:
            reading()
        assert caught.value.text == "Not enough parameters: there is no name in the list"


def test_more_than_one_command_may_ask(ctx):
    assert len(several(ctx, "a,b,c,A,B,C")) == 3
    for reading in (lambda: several(ctx, "a,b,c,d"), lambda: pairs(ctx, "#a", "a,b,c,d")):
        with pytest.raises(Refusal) as caught:
            reading()
        assert (caught.value.numeric.code, caught.value.params) == ("407", ("4",))
        assert caught.value.text == "At most 3 targets in one command"


def test_quotable_fits_into_the_middle_of_a_reply():
    assert [quotable(name) for name in ("ann", "", ":x", "a b", "x" * 65)] == [
        "ann",
        "*",
        ",x",
        "a,b",
        "x" * 64 + "...",
    ]

"""What the engine itself says no with (ipcchat/core/refusals.py): Modern IRC's numerics, IRCv3 standard-replies."""

from __future__ import annotations

import pytest

from ipcchat.wire.message import WireError
from tests.core.net import Net


@pytest.mark.parametrize(
    ("code", "reply", "fail"),
    [
        ("LINE_TOO_LONG", "417 ann :why not", "417 ann :why not"),
        ("TAGS_TOO_LONG", "417 ann :why not", "417 ann :why not"),
        ("BAD_COMMAND", "421 ann * :why not", "421 ann * :why not"),
        pytest.param(
            "INVALID_UTF8",
            "400 ann * :why not",
            "FAIL * INVALID_UTF8 :why not",
            marks=pytest.mark.covers("FAIL * INVALID_UTF8"),
        ),
        pytest.param(
            "FORBIDDEN_CHARACTER",
            "400 ann * :why not",
            "FAIL * FORBIDDEN_CHARACTER :why not",
            marks=pytest.mark.covers("FAIL * FORBIDDEN_CHARACTER"),
        ),
        pytest.param(
            "BAD_SOURCE",
            "400 ann * :why not",
            "FAIL * BAD_SOURCE :why not",
            marks=pytest.mark.covers("FAIL * BAD_SOURCE"),
        ),
    ],
)
def test_what_could_not_be_read_is_answered_by_its_kind(net, code, reply, fail):  # hostile inputs F01, F09
    assert net.connect("ann").says(WireError(code, "why not")) == [f":test.net {reply}"]
    net = Net()
    assert net.connect("ann", "standard-replies").says(WireError(code, "why not")) == [f":test.net {fail}"]
    assert net.connect("bob").says(WireError("EMPTY_COMMAND", "why not")) == []


@pytest.mark.covers("ERR_UNKNOWNCOMMAND")
def test_a_very_long_command_is_named_shortly(net):
    (line,) = net.connect("ann").says("x" * 500)
    assert line == f":test.net 421 ann {'x' * 32} :Unknown command; HELP lists all"


@pytest.mark.parametrize(
    ("said", "meant"), [("TOPCI", "TOPIC"), ("qwerty", ""), ("privmessage", "PRIVMSG"), ("x" * 500, "")]
)
def test_an_unknown_command_is_perhaps_another_one(net, said, meant):  # Modern IRC, ERR_UNKNOWNCOMMAND
    (line,) = net.connect("ann").says(f"{said} #tea")
    advice = f"did you mean {meant}? HELP lists all" if meant else "HELP lists all"
    assert line.endswith(f":Unknown command; {advice}")


def test_too_few_parameters_are_answered_with_how_it_is_written(net):  # Modern IRC, ERR_NEEDMOREPARAMS
    assert net.connect("ann").says("KICK #tea") == [
        ":test.net 461 ann KICK :Not enough parameters: KICK <channels> <nicks> [<reason>]"
    ]


@pytest.mark.covers("ERR_NOTREGISTERED")
def test_an_unknown_command_is_refused_by_registration_first(net):  # hostile input F04
    assert net.dial().says("EHLO me") == [":test.net 451 * :You have not registered"]

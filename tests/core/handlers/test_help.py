"""HELP and HELPOP (Modern IRC "HELP message": 704, an empty 705, 705s, 706; 524 for what there is no help on)."""

from __future__ import annotations

import re

import msgspec
import pytest

from ipcchat.core.help_topics import ALIASES, TOPICS
from ipcchat.core.registry import COMMANDS
from ipcchat.wire.message import parse
from tests.core.net import Talker


def answer(talker: Talker, said: str) -> list[tuple[str, str, str]]:
    """The lines of an answer as (numeric, subject, text)."""
    messages = [parse(line) for line in talker.says(said)]
    return [(message.command, message.params[1], message.params[2]) for message in messages]


@pytest.mark.covers("HELP", "RPL_HELPSTART", "RPL_HELPTXT", "RPL_ENDOFHELP")
@pytest.mark.parametrize("said", ["HELP", "HELP :", "HELP *", "HELP index"])
def test_help_says_how_to_begin_and_lists_everything(net, said):
    start, first, *lines, end = answer(net.connect("ann"), said)
    subject = "INDEX" if "index" in said else "*"
    assert start == ("704", subject, "TestNet: what you can do here")
    assert first == ("705", subject, "")
    assert end == ("706", subject, "End of /HELP")
    assert lines[0][2].startswith("To talk: JOIN #lobby, then PRIVMSG #lobby :hello.")
    assert {word for _, _, text in lines for word in text.split()} >= {*COMMANDS, *TOPICS}


@pytest.mark.covers("HELPOP")
def test_helpop_is_the_same(net):
    ann = net.connect("ann")
    assert ann.says("HELPOP") == ann.says("HELP")
    assert ann.says("HELPOP join") == ann.says("HELP join")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_on_each_command(net, name):
    start, first, *lines, end = answer(net.connect("ann"), f"HELP {name.lower()}")
    assert start == ("704", name, COMMANDS[name].syntax)
    assert first == ("705", name, "")
    assert re.search(r"Specification: +(https://|\S+\.md)", " ".join(text for _, _, text in lines))
    assert len(lines) > 1
    assert end == ("706", name, "End of /HELP")


@pytest.mark.parametrize("name", [*TOPICS, *ALIASES, "channels"])
def test_help_on_each_topic(net, name):
    start, first, *lines, end = answer(net.connect("ann"), f"HELP {name}")
    assert start == ("704", name.upper(), TOPICS[ALIASES.get(name.upper(), name.upper())].title)
    assert first == ("705", name.upper(), "")
    assert len(lines) > 1
    assert end == ("706", name.upper(), "End of /HELP")


@pytest.mark.covers("HELP", "ERR_HELPNOTFOUND")
@pytest.mark.parametrize(
    ("said", "subject", "advice"),
    [
        ("HELP tpoic", "tpoic", "did you mean TOPIC? HELP lists everything"),
        ("HELP PRIVMESG", "PRIVMESG", "did you mean PRIVMSG or PRIVS? HELP lists everything"),
        ("HELP xyzzy", "xyzzy", "HELP lists everything"),
        ("HELP :some thing", "*", "HELP lists everything"),
        (f"HELP {'x' * 400}", "*", "HELP lists everything"),
    ],
)
def test_no_help_on_that(net, said, subject, advice):
    *_, line = net.connect("ann").says(said)
    assert line == f":test.net 524 ann {subject} :No help on that; {advice}"


def test_the_response_is_one_batch_or_one_line(net):  # IRCv3 labeled-response
    ann = net.connect("ann", "labeled-response batch")
    lines = ann.says("@label=1 HELP JOIN")
    assert lines[0].startswith("@label=1 :test.net BATCH +b1 labeled-response")
    assert all(line.startswith("@batch=b1 ") for line in lines[1:-1])
    assert ann.says("@label=2 HELPOP xyzzy") == [
        "@label=2 :test.net 524 ann xyzzy :No help on that; HELP lists everything"
    ]


def test_what_is_said_of_limits_is_what_counts(net):
    ann = net.connect("ann")
    settings = net.engine.settings
    limits = msgspec.structs.replace(settings.limits, nick_bytes_max=17, flood_lines_burst=33.0)
    throttles = msgspec.structs.replace(settings.throttles, lines=True)
    net.engine.configure(msgspec.structs.replace(settings, limits=limits, throttles=throttles))
    text = "\n".join(ann.says("HELP LIMITS"))
    assert "Nick: 17 bytes." in text
    assert "Lines at once: 33;" in text
    net.engine.configure(msgspec.structs.replace(settings, limits=limits))
    assert "Lines at once" not in "\n".join(ann.says("HELP LIMITS"))

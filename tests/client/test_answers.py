"""Which lines answer which command, and which say no: RFC 2812 5, IRCv3 standard-replies."""

from __future__ import annotations

import pytest

from ipcchat.client.answers import belongs, is_complete, is_refusal, refusal_in
from ipcchat.wire.message import parse


@pytest.mark.parametrize(
    ("line", "text", "code", "context"),
    [
        ("474 ann #tea :Cannot join channel (+b)", "#tea: Cannot join channel (+b)", "474", ("#tea",)),
        ("443 ann bob #tea :is already on channel", "bob #tea: is already on channel", "443", ("bob", "#tea")),
        ("464 ann :Password incorrect", "Password incorrect", "464", ()),
        ("FAIL JOIN CHANNEL_RENAMED #a #b :The channel has been renamed", "The channel has been renamed",
         "CHANNEL_RENAMED", ("#a", "#b")),
        ("712 ann #tea :Too many KNOCKs", "#tea: Too many KNOCKs", "712", ("#tea",)),
        ("716 ann bob :is in +g mode", "bob: is in +g mode", "716", ("bob",)),
        ("734 ann 100 bob :Monitor list is full.", "100 bob: Monitor list is full.", "734", ("100", "bob")),
        ("696 ann #tea k * :Invalid key", "#tea k *: Invalid key", "696", ("#tea", "k", "*")),
    ],
)  # fmt: skip
def test_what_says_no(line: str, text: str, code: str, context: tuple[str, ...]) -> None:
    refusal = refusal_in([parse(":x 301 ann bob :away"), parse(f":x {line}")])
    assert refusal is not None and (str(refusal), refusal.code, refusal.context) == (text, code, context)


@pytest.mark.parametrize(
    "line", ["422 ann :No MOTD", "366 ann #tea :End", "470 ann #a #b :x", "WARN * X :y", "FAIL X", "711 ann #t :x"]
)
def test_what_says_no_such_thing(line: str) -> None:
    assert not is_refusal(parse(f":x {line}"))


@pytest.mark.parametrize(
    ("command", "line", "is_part"),
    [
        ("WHOIS", "311 ann bob b b * :Bob", True),
        ("WHOIS", "396 ann host :x", False),
        ("WHOIS", "401 ann bob :No such nick", True),
        ("PRIVMSG", "301 ann bob :away", True),
        ("PRIVMSG", "332 ann #tea :topic", False),
        ("UNHEARDOF", "777 ann :x", True),
        ("JOIN", "FAIL JOIN X :y", True),
        ("JOIN", "FAIL NICK X :y", False),
        ("JOIN", "NOTE * X :y", True),
        ("JOIN", "JOIN #tea", False),
    ],
)
def test_without_labels_lines_belong_to_a_command_by_their_kind(command: str, line: str, is_part: bool) -> None:
    assert belongs(command, parse(f":x {line}")) is is_part


def test_some_answers_have_an_end() -> None:
    """RFC 2812 3.6.2: 318 ends WHOIS; a no ends it as well; other answers end when the server goes on."""
    line = parse(":x 311 ann bob b b * :Bob")
    assert not is_complete("WHOIS", [line])
    assert is_complete("WHOIS", [line, parse(":x 318 ann bob :End")])
    assert is_complete("WHOIS", [parse(":x 402 ann bob :No such server")])
    assert is_complete("JOIN", []) and is_complete("UNHEARDOF", [])

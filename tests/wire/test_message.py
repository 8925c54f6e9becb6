"""Lines and messages: the grammar, the escapes and the injection guard.

Rules:
1. Each test names the text it checks: Modern IRC "Message Format", RFC 1459 2.3, RFC 2812 2.3.1, IRCv3 message-tags.
"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipcchat.wire.message import (
    Message,
    Source,
    WireError,
    escape_value,
    format_message,
    format_tags,
    parse,
    parse_source,
    unescape_value,
)
from tests.wire.vectors import vectors

ANY_TEXT = st.text(st.one_of(st.sampled_from(" :;=\\@+\r\n\0sr"), st.characters()), max_size=12)
IN_LINE = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")
IN_WORD = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0 ")
WORDS = st.text(IN_WORD, min_size=1, max_size=8)
COMMANDS = st.from_regex(r"\A(?:[A-Za-z]{1,12}|[0-9]{3})\Z")
KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0 ;="), min_size=1, max_size=8)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A message that can be written."""
    middle = draw(st.lists(WORDS.filter(lambda word: word[0] != ":"), max_size=16))
    last = draw(st.lists(st.text(IN_LINE, max_size=30), max_size=1))
    source = draw(st.none() | WORDS)
    return Message(draw(COMMANDS), middle + last, source, draw(st.dictionaries(KEYS, VALUES, max_size=4)))


def code_of(line: bytes | str) -> str:
    """The code with which a line is refused."""
    with pytest.raises(WireError) as refused:
        parse(line)
    assert str(refused.value)
    return refused.value.code


@pytest.mark.parametrize("vector", vectors("msg-split", "input"))
def test_published_lines_are_split(vector):  # parser-tests msg-split
    atoms = vector["atoms"]
    message = parse(vector["input"])
    assert (message.command, message.params) == (atoms["verb"], atoms.get("params", []))
    assert (message.source, message.tags) == (atoms.get("source"), atoms.get("tags", {}))


@pytest.mark.parametrize("vector", vectors("msg-join", "desc"))
def test_published_atoms_are_joined(vector):  # parser-tests msg-join
    atoms = vector["atoms"]
    message = Message(atoms["verb"], atoms.get("params", []), atoms.get("source"), atoms.get("tags", {}))
    assert format_message(message) in vector["matches"]


@pytest.mark.parametrize("vector", vectors("userhost-split", "source"))
def test_published_sources_are_split(vector):  # parser-tests userhost-split
    atoms = vector["atoms"]
    assert parse_source(vector["source"]) == Source(atoms["nick"], atoms.get("user", ""), atoms.get("host", ""))


@given(messages())
def test_what_is_written_reads_the_same(message):  # message-tags; RFC 2812 2.3.1
    assert parse(format_message(message)) == message
    assert parse(format_message(message).encode()) == message


@given(
    st.builds(Message, ANY_TEXT | COMMANDS, st.lists(ANY_TEXT, max_size=3), st.none() | ANY_TEXT),
    st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2),
)
@example(Message("PRIVMSG", ["#a", "x\r\nQUIT"]), {})
@example(Message("PRIVMSG", ["#a b", "x"]), {})
@example(Message("TAGMSG", ["#a"]), {"label": "1;account=root :ann QUIT"})
def test_nothing_is_smuggled_into_a_line(message, tags):  # Modern IRC "Message Format": one message, one line
    message.tags = tags
    try:
        line = format_message(message)
    except WireError as refused:
        assert refused.code.isupper()
    else:
        assert parse(line.encode()) == message


@given(st.binary(max_size=60) | ANY_TEXT)
@example(b"@ ")
@example(b"@= :")
@example(b"@a :b")
@example(": :")
def test_any_input_is_a_message_or_a_wire_error(line):  # Modern IRC "Message Format"
    try:
        message = parse(line)
    except WireError as refused:
        assert refused.code.isupper()
    else:
        assert parse(format_message(message)) == message


@pytest.mark.parametrize(
    "line", ["", " ", "   ", "@a", "@a ", "@", "@a=b;c  ", ":x", ":x ", ":", " :x", "@a :x", "@a :"]
)
def test_a_line_without_command_is_refused(line):  # RFC 2812 2.3.1: the command is the one part that must be there
    assert code_of(line) == code_of(line.encode()) == "EMPTY_COMMAND"


@pytest.mark.parametrize(
    "line", ["12", "1234", "PRIV-MSG x", "P1", "ÄH", "\u0661\u0662\u0663", "JOIN\t#a", " @a=b JOIN"]
)
def test_a_command_is_letters_or_three_digits(line):  # RFC 2812 2.3.1 command
    assert code_of(line) == "BAD_COMMAND"


@pytest.mark.parametrize("line", [b"A \0", b"A x\rB", b"A x\nB", b"@a=\0 A", b"A x\r", b"\n"])
def test_nul_cr_and_lf_are_refused_inside_a_line(line):  # RFC 2812 2.3.1 nospcrlfcl
    assert code_of(line) == "FORBIDDEN_CHARACTER"


@pytest.mark.parametrize("tail", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"])
def test_invalid_utf8_is_refused(tail):  # RFC 3629: overlong, surrogate, past U+10FFFF, cut off
    assert code_of(b"PRIVMSG #a :" + tail) == "INVALID_UTF8"


def test_a_lone_surrogate_in_text_is_refused_as_well():  # RFC 3629 3
    assert code_of("PRIVMSG #a :\ud800") == "INVALID_UTF8"


def test_a_source_needs_a_name():  # RFC 2812 2.3.1 prefix
    assert code_of(": PING x") == "BAD_SOURCE"


def test_compat_spaces_before_the_command_and_in_runs():  # RFC 1459 2.3
    assert parse("  JOIN   #a    key ") == Message("JOIN", ["#a", "key"])
    assert parse("@a=b   :ann   JOIN #a") == Message("JOIN", ["#a"], "ann", {"a": "b"})


def test_any_number_of_parameters_is_read():  # RFC 2812 2.3 has 15; readers take what there is
    assert parse("X " + " ".join("abcdefghijklmnopqrstuvwxyz")).params == list("abcdefghijklmnopqrstuvwxyz")


def test_the_command_stays_as_it_was_written():  # Modern IRC "Message Format": commands are case-insensitive
    assert parse("privMsg #a :hi").command == "privMsg"


def test_messages_do_not_share_their_defaults():
    first, second = Message("A"), Message("B")
    first.params.append("x")
    first.tags["y"] = "z"
    assert (second.params, second.tags) == ([], {})
    assert msgspec.structs.asdict(parse("A")) == {"command": "A", "params": [], "source": None, "tags": {}}


@given(VALUES)
def test_tag_values_survive_their_escapes(value):  # message-tags "Escaping values"
    assert unescape_value(escape_value(value)) == value
    assert not set(escape_value(value)) & set("; \r\n")


@pytest.mark.parametrize(
    ("escaped", "value"),
    [("a\\", "a"), ("\\b", "b"), ("\\\\s", "\\s"), ("\\:\\s\\\\\\r\\n", "; \\\r\n"), ("\\", ""), ("", "")],
)
def test_bad_escapes_lose_their_backslash(escaped, value):  # message-tags "Escaping values"
    assert unescape_value(escaped) == value


def test_duplicate_empty_and_missing_tags():  # message-tags "Format"
    assert parse("@a=1;b;a=2;c=;;=x;d=e=f PING x").tags == {"a": "2", "b": "", "c": "", "d": "e=f"}
    assert len(parse("@" + ";".join(f"k{n}" for n in range(500)) + " PING x").tags) == 500


def test_tags_are_written_with_their_space():  # message-tags "Format"
    assert format_tags({}) == ""
    assert format_tags({"a": "b", "+c": ""}) == "@a=b;+c "


@pytest.mark.parametrize("key", ["", "a=b", "a b", "a;b", "a\nb", "a\rb"])
def test_a_tag_key_cannot_contain_a_separator(key):  # message-tags "Format"
    with pytest.raises(WireError) as refused:
        format_tags({key: "x"})
    assert refused.value.code == "BAD_TAG"


@pytest.mark.parametrize("tags", [{"a": "\0"}, {"\0": "a"}])
def test_a_tag_cannot_contain_nul(tags):  # message-tags "Format"
    with pytest.raises(WireError) as refused:
        format_tags(tags)
    assert refused.value.code == "FORBIDDEN_CHARACTER"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (Message(""), "BAD_COMMAND"),
        (Message("A B"), "BAD_COMMAND"),
        (Message("A\n"), "BAD_COMMAND"),
        (Message("A", source=""), "BAD_SOURCE"),
        (Message("A", source="a b"), "BAD_SOURCE"),
        (Message("A", ["", "b"]), "BAD_PARAMETER"),
        (Message("A", [":a", "b"]), "BAD_PARAMETER"),
        (Message("A", ["a b", "c"]), "BAD_PARAMETER"),
        (Message("A", ["a\rb"]), "FORBIDDEN_CHARACTER"),
        (Message("A", ["a\nb"]), "FORBIDDEN_CHARACTER"),
        (Message("A", ["a\0b", "c"]), "FORBIDDEN_CHARACTER"),
        (Message("A", source="a\nb"), "FORBIDDEN_CHARACTER"),
        (Message("A", tags={"a": "\ud800"}), "INVALID_UTF8"),
        (Message("A", ["\udcff"]), "INVALID_UTF8"),
    ],
)
def test_what_cannot_be_read_back_is_not_written(message, code):  # Modern IRC "Message Format"
    with pytest.raises(WireError) as refused:
        format_message(message)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (Message("PRIVMSG", ["#a", "hi"]), "PRIVMSG #a :hi"),
        (Message("QUIT", ["bye"]), "QUIT :bye"),
        (Message("332", ["ann", "#a", "tea"]), "332 ann #a :tea"),
        (Message("PART", ["#a"]), "PART #a"),
        (Message("PONG", ["irc.example", "x"]), "PONG irc.example x"),
    ],
)
def test_compat_a_text_has_its_colon(
    message, line
):  # Modern IRC "Message Format": the colon is allowed on any last one
    assert format_message(message) == line


def test_sources_are_split_at_the_first_separators():  # Modern IRC "Source"
    assert parse_source("a!b@c@d") == Source("a", "b", "c@d")
    assert parse_source("irc.example.com") == Source("irc.example.com")
    assert parse_source("") == Source("")

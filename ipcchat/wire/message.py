"""One IRC line and its parts: parsing, formatting and the tag escapes.

Rules:
1. A line has no ending here: framing takes the CR LF off, the sender puts it on.
2. `parse` raises WireError for every line it cannot read, and no other exception.
3. `format_message` is the injection guard: it raises WireError for anything that would not parse back to the same.
4. A tag without a value and a tag with an empty one are the same: "".
5. Tag keys are opaque; none is refused by its name (IRCv3 message-tags).

Specifications: Modern IRC "Message Format" (https://modern.ircdocs.horse/#message-format), RFC 2812 2.3.1,
IRCv3 message-tags (https://ircv3.net/specs/extensions/message-tags).
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

_UNESCAPED = {":": ";", "s": " ", "r": "\r", "n": "\n"}
_ESCAPED = str.maketrans({";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n"})
_ESCAPE = re.compile(r"\\(.?)")
_NEEDS_ESCAPE = re.compile(r"[; \\\r\n]").search
_BAD_IN_KEY = re.compile(r"[; =\r\n]").search

# COMPAT: readers of a few lines of script look for " :" before a text even where the grammar needs none; the number is
# the index of that parameter.
_TEXT_INDEX = {
    "PRIVMSG": 1,
    "NOTICE": 1,
    "TOPIC": 1,
    "PART": 1,
    "KICK": 2,
    "QUIT": 0,
    "AWAY": 0,
    "ERROR": 0,
    "SETNAME": 0,
    "301": 2,
    "332": 2,
}


class WireError(ValueError):
    """Input not in the language of the wire: `code` is a word for programs, the text tells people what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Message(msgspec.Struct):
    """One IRC line. `command` is as received (compare it in upper case); a tag without value is ""."""

    command: str
    params: list[str] = []
    source: str | None = None
    tags: dict[str, str] = {}


class Source(NamedTuple):
    """Who sent a line; for a server `nick` is its name. Parts that were not given are ""."""

    nick: str
    user: str = ""
    host: str = ""


def parse(line: bytes | str) -> Message:
    """Read one line without its ending. Any number of parameters is taken; handlers cut what they do not use.

    Raises WireError: INVALID_UTF8, FORBIDDEN_CHARACTER (NUL, CR or LF inside), EMPTY_COMMAND, BAD_COMMAND, BAD_SOURCE.
    COMPAT: runs of spaces separate like one (RFC 1459 2.3), also before the command; RFC 2812 allows exactly one.
    """
    text = _decode(line)
    if "\n" in text or "\r" in text or "\0" in text:
        raise WireError("FORBIDDEN_CHARACTER", "A line cannot contain NUL, CR or LF; take them out")
    if text[:1] in _TAGGED_OR_SOURCED:
        return _parse_prefixed(text)
    return _parse_command(text, None, {})


_TAGGED_OR_SOURCED = ("@", ":")


def _decode(line: bytes | str) -> str:
    """The line as text; it is decoded once, here."""
    try:
        if isinstance(line, str):
            if not line.isascii():
                line.encode()
            return line
        return str(line, "utf-8")
    except UnicodeError:
        raise WireError("INVALID_UTF8", "The line is not valid UTF-8; set your client's encoding to UTF-8") from None


def _parse_prefixed(text: str) -> Message:
    """Read a line that begins with tags or with a source."""
    tags: dict[str, str] = {}
    source = None
    if text[0] == "@":
        tag_part, _, text = text[1:].partition(" ")
        tags = _parse_tags(tag_part)
        text = text.lstrip(" ")
    if text[:1] == ":":
        source, space, text = text[1:].partition(" ")
        if space and not source:
            raise WireError("BAD_SOURCE", "There is no name after ':'; write one directly behind it or leave ':' out")
    return _parse_command(text, source, tags)


def _parse_command(text: str, source: str | None, tags: dict[str, str]) -> Message:
    """Read the command and its parameters."""
    head, colon, trailing = text.partition(" :")
    words = head.split(" ")
    if "" in words:
        words = [word for word in words if word]
    if not words:
        raise WireError("EMPTY_COMMAND", "The line has no command; write one, for instance PRIVMSG #lobby :hello")
    command = words.pop(0)
    if not _is_command(command):
        raise WireError("BAD_COMMAND", "A command is letters A to Z or three digits")
    if colon:
        words.append(trailing)
    return Message(command, words, source, tags)


def _is_command(word: str) -> bool:
    """Whether this is ASCII letters only or exactly three digits."""
    return word.isascii() and (word.isalpha() or (len(word) == 3 and word.isdigit()))


def _parse_tags(tag_part: str) -> dict[str, str]:
    """Read "a=b;c". The last of several equal keys wins. COMPAT: an item without a key is skipped."""
    tags: dict[str, str] = {}
    for item in tag_part.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = unescape_value(value)
    return tags


def unescape_value(value: str) -> str:
    """The tag value behind its escapes; an unknown escape loses its backslash, and so does a lone one at the end."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: _UNESCAPED.get(found[1], found[1]), value)


def escape_value(value: str) -> str:
    """A tag value as it is written on the wire. NUL has no escape and is refused when the message is formatted."""
    return value.translate(_ESCAPED) if _NEEDS_ESCAPE(value) else value


def format_tags(tags: dict[str, str]) -> str:
    """Write "@a=b;c " with the space behind it, or "" when there are none.

    Raises WireError: BAD_TAG when a key is empty or contains a separator, FORBIDDEN_CHARACTER when there is a NUL.
    """
    if not tags:
        return ""
    line = "@" + ";".join([_format_tag(key, value) for key, value in tags.items()]) + " "
    if "\0" in line:
        raise WireError("FORBIDDEN_CHARACTER", "A tag cannot contain NUL; take it out")
    return line


def _format_tag(key: str, value: str) -> str:
    """Write one tag."""
    if not key or _BAD_IN_KEY(key):
        raise WireError("BAD_TAG", f"A tag key cannot be empty or contain ';', '=', space, CR or LF: {key!r}")
    return f"{key}={escape_value(value)}" if value else key


def format_message(message: Message) -> str:
    """Write a message as one line without an ending.

    Raises WireError: BAD_COMMAND, BAD_SOURCE, BAD_PARAMETER (a middle one is empty, has a space or begins with ':'),
    BAD_TAG, FORBIDDEN_CHARACTER (NUL, CR or LF), INVALID_UTF8 (a lone surrogate).
    """
    command, params, source = message.command, message.params, message.source
    if not _is_command(command):
        raise WireError("BAD_COMMAND", f"A command is letters A to Z or three digits, not {command!r}")
    line = command
    if source is not None:
        if not source or " " in source:
            raise WireError("BAD_SOURCE", f"A source cannot be empty or contain a space: {source!r}")
        line = f":{source} {command}"
    if params:
        line += _format_params(params, _TEXT_INDEX.get(command))
    if message.tags:
        line = format_tags(message.tags) + line
    if "\n" in line or "\r" in line or "\0" in line:
        raise WireError("FORBIDDEN_CHARACTER", "A line cannot contain NUL, CR or LF; take them out")
    if not line.isascii():
        _decode(line)
    return line


def _format_params(params: list[str], text_index: int | None) -> str:
    """Write the parameters, a space before each; ':' where it is needed or `text_index` names the last one."""
    line = ""
    for param in params[:-1]:
        if not param or param[0] == ":" or " " in param:
            raise WireError(
                "BAD_PARAMETER", f"Only the last parameter can be empty, spaced or begin with ':': {param!r}"
            )
        line += " " + param
    last = params[-1]
    if not last or last[0] == ":" or " " in last or text_index == len(params) - 1:
        return f"{line} :{last}"
    return f"{line} {last}"


def parse_source(text: str) -> Source:
    """Split "nick!user@host"; every part but the nick may be missing. Never fails: servers send anything."""
    name, _, host = text.partition("@")
    nick, _, user = name.partition("!")
    return Source(nick, user, host)

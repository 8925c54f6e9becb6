"""JavaScript modules and CSS without their comments and their indentation, as browsers need them.

A scanner of tokens, and no more: what stands between two tokens becomes its line breaks, so that an error in a browser
names the line of the file, or one space. A token is never changed.

Rules:
1. Exact: the tokens are the same before and after. What could be read in two ways, or is no token that is known here,
   raises NotUnderstood: such a file is to be sent as it is.
2. What is short already stays the same.
"""

from __future__ import annotations

import enum
import re

_STRING = r"""(?P<string>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')"""
_COMMENT = r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/"
_PLAIN = r"[-\w$+*%=<>!&|^~?:;,.#]+"
_SCRIPT = re.compile(
    rf"(?P<between>(?:[ \t\n]|{_COMMENT}|//[^\n]*)+)|(?P<plain>{_PLAIN}(?: {_PLAIN})*)|{_STRING}"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<template>`)|(?P<slash>/(?!\*))"
)
_STYLES = re.compile(rf"(?P<between>(?:[ \t\n]|{_COMMENT})+)|{_STRING}|(?P<other>[^\s\"'/\\]+|/(?!\*))")
_TEMPLATE = re.compile(r"[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)")
_REGULAR_EXPRESSION = re.compile(r"/(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+/\w*")
_NAME_AT_END = re.compile(r"(?P<property>(?:(?<!\.\.)\.|#) ?)?(?P<name>[\w$]+)$")
_PERHAPS_BEHIND_A_NUMBER = re.compile(r"\d\.+ ?(?:in|instanceof)$")  # `1. in a`, or `a1.in`.
_BARE_ADDRESS = re.compile(r"url\(\s*[^\s\"']", re.IGNORECASE)
_OTHER_BREAKS = re.compile("[\r\f\v\x85\u2028\u2029]")

_BEFORE_MAX = 40
"""More than any word of the language, and what stands before it."""
_VALUE, _UNCLEAR = "0", "++"
"""What stands for a value, and for what may be one, where only that counts."""
_CLOSES = {"(": ")", "[": "]", "{": "}", "${": "}"}
_BEFORE_A_VALUE = {
    "await", "case", "default", "delete", "do", "else", "extends", "in", "instanceof", "new", "return", "throw",
    "typeof", "void", "yield",
}  # fmt: skip
"""A slash behind these words begins a regular expression."""
_HEADS = {"await", "for", "if", "while", "with"}
"""What a slash means behind the parentheses that belong to these words, depends on more than is known here."""


class NotUnderstood(Exception):
    """A text that is not to be changed; `args` say where."""


def shorter_script(text: str) -> str:
    """A JavaScript module. Raises NotUnderstood."""
    if _OTHER_BREAKS.search(text) or text.startswith("#!"):
        raise NotUnderstood(0)
    return _Script(text).shortened()


def shorter_styles(text: str) -> str:
    """A style sheet. Raises NotUnderstood."""
    strange = _OTHER_BREAKS.search(text) or _BARE_ADDRESS.search(text)
    if strange is not None:
        raise NotUnderstood(strange.start())
    parts: list[str] = []
    place = 0
    while place < len(text):
        token = _STYLES.match(text, place)
        if token is None or (token["between"] and _joins(token)):
            raise NotUnderstood(place)
        parts.append(_between(token[0]) if token["between"] else token[0])
        place = token.end()
    return _without_edges(parts)


def _joins(token: re.Match[str]) -> bool:
    """Whether these are comments without any space: `a/**/b` in a style sheet is neither `ab` nor `a b`."""
    is_within = token.start() > 0 and token.end() < len(token.string)
    return is_within and re.sub(_COMMENT, "", token[0]) == ""


def _between(spaces_and_comments: str) -> str:
    """What is left of them."""
    return "\n" * spaces_and_comments.count("\n") or " "


def _without_edges(parts: list[str]) -> str:
    return "".join(parts).removeprefix(" ").removesuffix(" ")


class _Slash(enum.Enum):
    """What a slash would be, after the token before it."""

    BEGINS = "the beginning of a regular expression"
    DIVIDES = "an operator"
    UNCLEAR = "one or the other"


class _Script:
    """One module, from its first token to its last."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._open: list[tuple[str, str]] = []  # Each bracket that is open, with the code before it.
        self._before = ""  # The end of the code until here, so much of it as tells what a slash is.

    def shortened(self) -> str:
        """The module as it is to be sent. Raises NotUnderstood."""
        text, parts, place = self._text, self._parts, 0
        while place < len(text):
            token = _SCRIPT.match(text, place)
            if token is None:
                raise NotUnderstood(place)
            kind, part = token.lastgroup, token[0]
            place = token.end()
            if kind == "between":
                part = _between(part)
            elif kind == "plain":
                self._before = f"{self._before[-_BEFORE_MAX:]} {part}"
            else:
                whole = self._understood(kind, part, token.start())
                place += len(whole) - len(part)
                part = whole
            parts.append(part)
        if self._open:
            raise NotUnderstood(place)
        return _without_edges(parts)

    def _understood(self, kind: str | None, part: str, place: int) -> str:
        """The whole token that begins with this part of it."""
        match kind:
            case "string":
                self._before = _VALUE
            case "open":
                self._open.append((part, self._before))
                self._before = part
            case "close" if part == "}" and self._open and self._open[-1][0] == "${":
                self._open.pop()
                return self._template(place)
            case "close":
                self._close(part, place)
            case "template":
                return self._template(place)
            case _:
                return self._after_slash(place)
        return part

    def _close(self, bracket: str, place: int) -> None:
        opened, before = self._open.pop() if self._open else ("", "")
        if _CLOSES.get(opened) != bracket:
            raise NotUnderstood(place)
        is_unclear = bracket == "}" or (bracket == ")" and _word_at_end(before) in _HEADS)
        self._before = _UNCLEAR if is_unclear else _VALUE

    def _template(self, place: int) -> str:
        """A template up to its end or to the next expression in it."""
        found = _TEMPLATE.match(self._text, place)
        if found is None:
            raise NotUnderstood(place)
        self._before = _VALUE
        if found[0].endswith("${"):
            self._open.append(("${", ""))
            self._before = "{"
        return found[0]

    def _after_slash(self, place: int) -> str:
        """A division, or a regular expression."""
        slash = _slash_behind(self._before)
        if slash is _Slash.DIVIDES:
            self._before = "/"
            return "/"
        found = _REGULAR_EXPRESSION.match(self._text, place)
        if found is None or slash is _Slash.UNCLEAR:
            raise NotUnderstood(place)
        self._before = _VALUE
        return found[0]


def _word_at_end(code: str) -> str:
    """The name with which code ends, if it is not that of a property."""
    found = _NAME_AT_END.search(code)
    return found["name"] if found is not None and not found["property"] else ""


def _slash_behind(code: str) -> _Slash:
    """What a slash is behind this code."""
    word = _word_at_end(code)
    if word == "of" or code.endswith(("++", "--", ".", "#")) or _PERHAPS_BEHIND_A_NUMBER.search(code):
        return _Slash.UNCLEAR
    if word in _BEFORE_A_VALUE:
        return _Slash.BEGINS
    return _Slash.DIVIDES if _NAME_AT_END.search(code) else _Slash.BEGINS

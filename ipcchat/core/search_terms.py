"""What somebody looks for, as SEARCH has it: attributes, and a text as people type it. Pure.

    SEARCH text=tea\\spot;in=#lobby;limit=20         attributes, encoded like message tags
    SEARCH :text="green tea" lemon* from:ann        a phrase, the beginning of a word, and an attribute among the words

Rules:
1. All words must be there, in any order. A phrase is in double quotes; * at the end of a word, or behind the quotes,
   makes it a beginning. All other signs are no syntax: they separate words.
2. Among the words, from:, in:, before:, after: and has: are attributes; one that stands outside the text counts more.
3. `after` and `before` are inclusive: a time as in server-time, or a day (UTC), of which all counts.
4. The newest are given, with `after` as an attribute the oldest from there on, as the specification has it; `sort` says
   otherwise.

Specification: soju.im/search (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md); account, has and
sort are ours.
"""

from __future__ import annotations

import re

import msgspec

from ipcchat.wire.message import WireError, unescape_value
from ipcchat.wire.times import parse_time

ATTRIBUTES = ("in", "from", "account", "after", "before", "text", "has", "sort", "limit")
TYPED = ("from", "in", "before", "after", "has")
ORDERS = ("newest", "oldest", "rank")
BEGINNING_LETTERS_MIN = 2
"""A beginning of fewer letters would be that of a large part of all words."""

_DAY_MS = 86_400_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TERM = re.compile(rf'(?:({"|".join(TYPED)}):)?(?:"([^"]*)(?:"|$)(\*?)|([^\s"]+))', re.IGNORECASE)


class UnclearError(Exception):
    """What was asked cannot be understood: `attribute` names what, the text says what to write."""

    def __init__(self, attribute: str, text: str) -> None:
        super().__init__(text)
        self.attribute = attribute


class Terms(msgspec.Struct, frozen=True):
    """What somebody looks for; "", 0 and () where he said nothing."""

    words: tuple[str, ...] = ()
    target: str = ""
    nick: str = ""
    account: str = ""
    after: int = 0
    before: int = 0
    has_link: bool = False
    order: str = "newest"
    limit: int = 0


def read(written: str, words_max: int) -> Terms:
    """The terms of the parameter of SEARCH. Raises UnclearError."""
    given = _attributes(written)
    words, typed = _text(given.get("text", ""))
    if len(words) > words_max:
        raise UnclearError("text", f"At most {words_max} words can be searched for at once")
    order = given.get("sort", "oldest" if "after" in given else "newest")
    if order not in ORDERS:
        raise UnclearError("sort", f"sort is one of {', '.join(ORDERS)}")
    given = typed | given
    terms = Terms(
        words=words,
        target=given.get("in", ""),
        nick=given.get("from", ""),
        account=given.get("account", ""),
        after=_time("after", given),
        before=_time("before", given),
        has_link=_has_link(given.get("has", "")),
        order=order,
        limit=_limit(given.get("limit")),
    )
    if terms == Terms(order=terms.order, limit=terms.limit):
        raise UnclearError("text", "Say what to look for: SEARCH :text=green tea, or from=ann;in=#lobby")
    return terms


def _attributes(written: str) -> dict[str, str]:
    """The attributes by name, without those that are empty."""
    given: dict[str, str] = {}
    for attribute in filter(None, written.split(";")):
        name, _, value = attribute.partition("=")
        if name not in ATTRIBUTES:
            raise UnclearError(name, f"SEARCH takes {', '.join(ATTRIBUTES)}: SEARCH :in=#lobby;text=green tea")
        given[name] = unescape_value(value)
    return {name: value for name, value in given.items() if value}


def _text(written: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The words of a text, and the attributes among them. What has neither letters nor digits is left out."""
    words: list[str] = []
    typed: dict[str, str] = {}
    for term in _TERM.finditer(written):
        name, phrase, star, word = term.groups()
        if name is not None:
            typed[name.lower()] = word if phrase is None else phrase
        elif phrase is not None:
            words.append(phrase.rstrip("* ") + (star or ""))
        else:
            words.append(word)
    kept = tuple(word for word in words if any(map(str.isalnum, word)))
    if words and not kept and not typed:
        raise UnclearError("text", "There are no letters or digits in what you look for")
    for word in kept:
        if word.endswith("*") and word.isascii() and sum(map(str.isalnum, word)) < BEGINNING_LETTERS_MIN:
            raise UnclearError("text", f"Give at least {BEGINNING_LETTERS_MIN} letters before a *")
    return kept, typed


def _time(name: str, given: dict[str, str]) -> int:
    """A time in Unix ms; 0 when there is none. A day begins with its first and ends with its last millisecond."""
    written = given.get(name)
    if written is None:
        return 0
    is_day = _DAY.fullmatch(written) is not None
    try:
        at = parse_time(f"{written}T00:00:00.000Z" if is_day else written)
    except WireError as error:
        raise UnclearError(name, f"{error}; or a day, like 2026-01-02") from None
    return max(at + _DAY_MS - 1 if is_day and name == "before" else at, 1)


def _has_link(written: str) -> bool:
    if written not in ("", "link"):
        raise UnclearError("has", "The only thing that a message can be asked to have is a link: has=link")
    return written == "link"


def _limit(written: str | None) -> int:
    if written is None:
        return 0
    if not (written.isascii() and written.isdigit() and len(written) <= 9 and int(written) > 0):
        raise UnclearError("limit", "The limit is a number from 1 on")
    return int(written)

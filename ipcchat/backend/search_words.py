"""What a search compares: the words of a text, and how well they fit what somebody looks for. Pure.

Rules:
1. A word is letters and digits, folded and without accents: "Café" and "CAFE" are one. Full-width letters, ligatures
   and the like are what they stand for (NFKD).
2. Scripts that are written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese) have a word for each character, so
   that any part of a text is found, as a phrase.
3. A word counts up to WORD_CHARACTERS_MAX: what is longer is no word, and would only fill an index.
4. Colours and the like are no text; a line that was cut for the wire (SEAM) is whole again.
5. The same functions make an index and check what was found in it: no tokenizer of a database has a say.

Specification: Unicode normalization forms (UAX 15); ranking after Robertson and Zaragoza, "The Probabilistic Relevance
Framework: BM25 and Beyond", with all words of equal weight, since each of them must be there, and lengths compared with
LENGTH_USUAL instead of an average, so that the order does not change with what else was said.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ipcchat.core.effects import HistoryAnswer, Past, Search
from ipcchat.core.facts import SEAM, Posted
from ipcchat.wire.formatting import strip_formatting

WORD_CHARACTERS_MAX: Final = 64
"""The longest word of a dictionary is shorter; Base64 is not."""

LENGTH_USUAL: Final = 12
"""Words of a usual message."""

_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_LINK = re.compile(r"https?://\S", re.IGNORECASE)


def tokens(text: str) -> list[str]:
    """The words of a text as they are compared, in their order."""
    plain = strip_formatting(text.replace(SEAM, ""))
    if plain.isascii():
        found = _ASCII_WORD.findall(plain.lower())
    else:
        apart = unicodedata.normalize("NFKD", plain)
        found = _WORD.findall("".join(mark for mark in apart if not unicodedata.combining(mark)).casefold())
    return [word[:WORD_CHARACTERS_MAX] for word in found] if len(plain) > WORD_CHARACTERS_MAX else found


def has_link(text: str) -> bool:
    """Whether a text has an http or https address in it."""
    return "://" in text and _LINK.search(text.replace(SEAM, "")) is not None


def latest_text(past: Past, fact: Posted) -> str:
    """What a message says after the edits in what is about it."""
    facts = (entry.fact for entry in past.about)
    texts = [edit.text for edit in facts if isinstance(edit, Posted) and edit.verb != "TAGMSG"]
    return texts[-1] if texts else fact.text


class Pattern:
    """One of the words that somebody looks for: a word, a beginning (with * at its end), or a phrase of several."""

    def __init__(self, word: str) -> None:
        self.tokens = tokens(word)
        self.is_beginning = word.endswith("*")
        end = "" if self.is_beginning else "(?= )"
        self._expression = re.compile(f" {re.escape(' '.join(self.tokens))}{end}")

    def count(self, words: str) -> int:
        """How often it is in words that are joined by blanks, with one at both ends. One without letters and digits is
        nowhere."""
        return len(self._expression.findall(words)) if self.tokens else 0


class Matcher:
    """What a query wants of a message, whatever history that is in."""

    def __init__(self, query: Search) -> None:
        self.patterns = [Pattern(word) for word in query.words]
        self._query = query

    def score(self, past: Past) -> float:
        """How well a message fits, by what it says now; 0: not at all."""
        query, fact = self._query, past.entry.fact if past.entry is not None else None
        if not isinstance(fact, Posted) or (query.after and past.at < query.after):
            return 0
        if query.before and past.at > query.before:
            return 0
        if (query.nick or query.account) and not fact.is_from(query.nick, query.account):
            return 0
        text = latest_text(past, fact)
        if query.has_link and not has_link(text):
            return 0
        return self._rank(tokens(text)) if self.patterns else 1

    def _rank(self, found: list[str]) -> float:
        words = f" {' '.join(found)} "
        counts = [pattern.count(words) for pattern in self.patterns]
        if 0 in counts:
            return 0
        flatness = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * len(found) / LENGTH_USUAL)
        return sum(count / (count + flatness) for count in counts)


def best(query: Search, found: list[tuple[float, Past]]) -> HistoryAnswer:
    """The answer to a query from everything that fits it, with scores."""
    found.sort(key=lambda row: (row[0] if query.ranked else 0, row[1].seq), reverse=query.ranked or query.newest)
    kept = [past for _, past in found[: query.limit]]
    is_falling = query.newest and not query.ranked
    return HistoryAnswer(kept[::-1] if is_falling else kept, more=len(found) > query.limit)

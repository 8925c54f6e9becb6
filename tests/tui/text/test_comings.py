"""Who came and went, in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ipcchat.tui.model.entries import Coming
from ipcchat.tui.text.comings import Joins, alone, sentence, shown

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def coming(nick: str, verb: str = "joined", reason: str = "", known: bool = True) -> Coming:
    """Somebody comes or goes."""
    return Coming(NOON, nick, verb, reason, known)


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([coming("ann")], "\u2192 ann joined"),
        ([coming("ann"), coming("bob")], "\u2192 ann and bob joined"),
        ([coming("eve", "left", "bye")], "\u2190 eve left (bye)"),
        ([coming("eve", "left", "bye"), coming("tom", "left", "x")], "\u2190 eve and tom left"),
        ([coming("ann"), coming("eve", "left")], "\u2192 ann joined \u00b7 \u2190 eve left"),
        ([coming("tom"), coming("tom", "left", "oops")], "\u2194 tom came and went (oops)"),
        ([coming("kim", "left"), coming("kim")], "\u2194 kim left and came back"),
        ([coming("kim", "is kimmy now")], "\u2192 kim is kimmy now"),
        ([coming(f"n{number}") for number in range(9)], "\u2192 n0, n1, n2, n3, n4 and 4 more joined"),
    ],
)
def test_what_people_did_is_put_together(people: list[Coming], said: str) -> None:
    assert sentence(people) == said


def test_many_new_nicks_are_counted() -> None:
    assert sentence([coming(f"n{number}", "is m now") for number in range(200)]).endswith("195 more have other nicks")


@pytest.mark.parametrize(("joins", "nicks"), [("all", ["ann", "bob", "eve"]), ("none", []), ("smart", ["ann", "eve"])])
def test_who_is_named_depends_on_what_is_wanted(joins: Joins, nicks: list[str]) -> None:
    people = [coming("ann"), coming("bob", known=False), coming("eve", "is evi now", known=False)]
    assert [one.nick for one in shown(people, joins)] == nicks


def test_what_others_wrote_is_made_harmless() -> None:
    assert alone(coming("a\x1bb", "left", "\x9b2J\u202e")) == "\u2190 a\u241bb left (\ufffd2J\ufffd)"
    assert alone(coming("a", "is \x07b now")) == "\u2192 a is \u2407b now"

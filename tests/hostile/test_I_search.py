"""Searches that try to be something else: statements of the database, patterns, work without end.

What is looked for reaches the database as quoted words and never as a statement (tests/backend/test_search.py).
"""

from __future__ import annotations

import random

import pytest

from tests.e2e.raw_client import RawClient
from tests.hostile.siege import Siege

CAPS = "batch message-tags server-time standard-replies soju.im/search"
CPU_SECONDS_MAX = 0.25
"""For one search, however it is meant: it is cut short by then."""

EVIL = (
    "' OR 1 --",
    "'; DROP TABLE journal; --",
    "NEAR(tea, 1000)",
    "tea NEAR tea",
    "* ** *tea",
    '"" """ "tea',
    "^tea",
    "words:tea {words}:tea",
    "=t1 =n1 =l",
    "LIKE %%% GLOB [*",
    "te* te* te* te*",
    "in:in:in: from:from:",
    "\\u0000 \\x00 \ufeff \u202e",
)
STORM = 200
PEOPLE = 5


@pytest.mark.parametrize("throttled", [False])
def test_I07_no_search_is_syntax(siege: Siege):
    """Every one is answered by a batch or by INVALID_PARAMS, and nobody else notices."""
    siege.repeat(lambda name: search_for_evil(siege, name))


def searcher(siege: Siege, name: str) -> RawClient:
    """Somebody who can search."""
    client = siege.stranger().registers(name, CAPS).joins("#deep")
    client.says("PRIVMSG #deep :green tea and nothing else")
    return client


def search_for_evil(siege: Siege, name: str) -> None:
    """All of them, in the parameter and as an attribute, whole and repeated to the end of a line."""
    client = searcher(siege, name)
    for text in EVIL:
        longest = (f"{text} " * 100).encode()[:400].decode(errors="ignore")
        for attributes in (f"text={text}", f"in={text}", f"from={text};text={text}", text, f"text={longest}"):
            answers = client.answers_to(f"SEARCH :{attributes}")
            words = [line.command for line in answers]
            assert words == ["FAIL"] or (words[0], words[-1]) == ("BATCH", "BATCH"), (attributes, answers)
        siege.bystander.is_served()
    client.close()


@pytest.mark.parametrize("throttled", [False])
def test_R06_searching_without_end(siege: Siege):
    """Several people send searches as fast as they can; two threads read, and everybody else goes on."""
    siege.repeat(lambda name: storm(siege, name))


def storm(siege: Siege, name: str) -> None:
    """So many searches at once, of words that everything has and of words that nothing has."""
    chance = random.Random(name)
    several = [searcher(siege, f"{name}{number}") for number in range(PEOPLE)]
    before = siege.server.cpu_seconds
    for client in several:
        words = ("tea", "green tea", "no*", "zebra", '"green tea and nothing else"')
        client.says(*[f"SEARCH :text={chance.choice(words)};sort=rank" for _ in range(STORM)])
    siege.bystander.is_served()
    for client in several:
        answers = client.hears_up_to_pong("searched")
        assert sum(line.command == "BATCH" and line.params[1:] == ["soju.im/search"] for line in answers) == STORM
        siege.bystander.is_served()
    assert siege.server.cpu_seconds - before < PEOPLE * STORM * CPU_SECONDS_MAX
    for client in several:
        client.close()

"""The promises of ipcchat/backend/base.py, for every backend. The number in a test's name is the promise's."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ipcchat.backend import sqlite_index
from ipcchat.backend.base import Backend, BackendError
from ipcchat.backend.memory import MemoryBackend
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.effects import (
    CatchUp,
    Happening,
    History,
    HistoryAnswer,
    Lookup,
    Recall,
    Reference,
    Spans,
    Targets,
)
from ipcchat.core.facts import AnyFact, Entry, Posted, Redacted
from ipcchat.core.outcomes import Boot, Repeated
from ipcchat.core.retention import Keep, Retention
from tests.backend.cluster.nats_server import NatsServer, clustered
from tests.backend.journals import (
    PATIENCE_SECONDS,
    Ear,
    entries,
    facts_of,
    latest,
    posted,
    renamed,
    said,
    texts,
    typing,
    walloped,
)


class Journal:
    """One open backend with a follower."""

    def __init__(self, backend: Backend, boot: Boot) -> None:
        self.backend = backend
        self.boot = boot
        self.ear = Ear()
        backend.follow(self.ear)


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """One server for all tests; each has a stream of its own."""
    server = NatsServer(tmp_path_factory.mktemp("nats"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["memory", "sqlite", "sqlite that indexes often", "cluster"])
async def journal(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Journal]:
    if request.param == "sqlite that indexes often":
        monkeypatch.setattr(sqlite_index, "ROWS", 7)
    backend: Backend = SqliteBackend(tmp_path / "chat.db")
    if request.param == "memory":
        backend = MemoryBackend()
    elif request.param == "cluster":
        backend = clustered(request.getfixturevalue("nats"), tmp_path / "chat.db", "node.one")
    yield Journal(backend, await backend.open())
    await backend.close()


def test_a_new_journal_is_empty_and_has_a_name(journal: Journal):
    assert (journal.boot.checkpoint, list(journal.boot.tail)) == (None, [])
    assert len(journal.boot.journal) == 8
    assert set(journal.boot.journal) <= set("abcdefghijklmnopqrstuvwxyz234567")


async def test_1_nothing_is_heard_inside_append(journal: Journal):
    journal.backend.append([renamed(), posted()])
    assert journal.ear.heard == []
    assert len(await journal.ear.until(2)) == 2


async def test_1_what_is_heard_is_in_history(journal: Journal):
    for number in range(1, 6):
        journal.backend.append([posted(str(number))])
        await journal.ear.until(number)
        answer = await journal.backend.history(latest())
        assert said(answer) == journal.ear.heard


async def test_2_places_rise_from_one_without_holes(journal: Journal):
    for _ in range(20):
        journal.backend.append([posted(), renamed(), typing(), posted()])
    heard = entries(await journal.ear.until(80))
    assert [entry.seq for entry in heard] == list(range(1, 81))


async def test_2_at_never_falls(journal: Journal):
    journal.backend.append([posted(at=5), posted(at=9), posted(at=7)])
    journal.backend.append([posted(at=1), posted(at=10)])
    heard = entries(await journal.ear.until(5))
    assert [entry.at for entry in heard] == [5, 9, 9, 9, 10]
    assert [entry.fact.at for entry in heard] == [5, 9, 7, 1, 10]


async def test_2_one_callers_order_is_kept_whatever_the_durability(journal: Journal):
    appended = []
    for number in range(200):
        facts = [_any_fact(random.Random(number + salt)) for salt in range(number % 5)]
        journal.backend.append(facts)
        appended += facts
    assert facts_of(await journal.ear.until(len(appended))) == appended


def _any_fact(dice: random.Random, target: str = "#tea") -> AnyFact:
    facts: list[AnyFact] = [posted(target=target), posted(target=target), renamed(), typing(target)]
    return dice.choice(facts)


async def test_2_history_has_the_live_order(journal: Journal):
    for number in range(50):
        journal.backend.append([posted(str(number), at=100 - number), renamed(), posted("elsewhere", "#other")])
    heard = entries(await journal.ear.until(150))
    here = [entry for entry in heard if entry.fact.history_target == "#tea"]
    assert said(await journal.backend.history(latest())) == here


@pytest.mark.parametrize("make", [posted, renamed, walloped], ids=["kept", "passing", "fleeting"])
async def test_3_a_repeated_id_is_one_fact(journal: Journal, make):
    fact = make(key=b"0123456789abcdef")
    again = make(key=b"0123456789abcdef")
    journal.backend.append([fact, again])
    await journal.ear.until(2)
    journal.backend.append([again])
    first, *others = await journal.ear.until(3)
    assert first == Entry(1, fact.at, fact)
    assert others == [Repeated(again, 1, fact.at, fact)] * 2


async def test_3_a_repeated_fact_leaves_no_hole_and_no_second_line_in_history(journal: Journal):
    fact = posted("once")
    journal.backend.append([fact, posted("a")])
    journal.backend.append([posted("b"), fact, fact, posted("c")])
    heard = await journal.ear.until(6)
    assert [outcome.seq for outcome in heard if isinstance(outcome, Entry)] == [1, 2, 3, 4]
    assert [type(outcome) for outcome in heard] == [Entry, Entry, Entry, Repeated, Repeated, Entry]
    assert texts(said(await journal.backend.history(latest()))) == ["once", "a", "b", "c"]


async def test_3_an_id_is_one_fact_across_durabilities(journal: Journal):
    journal.backend.append([renamed(key=b"p" * 16), typing(key=b"f" * 16)])
    await journal.ear.until(2)
    journal.backend.append([posted(key=b"p" * 16), posted(key=b"f" * 16), posted(key=b"k" * 16)])
    heard = await journal.ear.until(5)
    repeated = [outcome.seq for outcome in heard[2:] if isinstance(outcome, Repeated)]
    assert (repeated, entries(heard[4:])[0].seq) == ([1, 2], 3)


async def test_3_a_repeated_fact_says_whether_the_first_one_was_taken_out_of_history(journal: Journal):
    facts: list[AnyFact] = [posted("refused"), posted("fine"), renamed(), typing()]
    journal.backend.append(facts)
    await journal.ear.until(4)
    for seq in (1, 3, 4):
        journal.backend.void(seq)
    journal.backend.append(facts)
    journal.backend.append([posted("a commit, with the voids")])
    journal.backend.append(facts)
    heard = await journal.ear.until(13)
    for repeated in (heard[4:8], heard[9:]):
        assert [outcome.void for outcome in repeated if isinstance(outcome, Repeated)] == [True, False, False, False]


async def test_4_everything_appended_has_its_outcome_before_close_returns(journal: Journal):
    facts = [make() for _ in range(500) for make in (posted, renamed, typing)]
    for start in range(0, len(facts), 7):
        journal.backend.append(facts[start : start + 7])
    await journal.backend.close()
    assert facts_of(journal.ear.heard) == facts


async def test_4_a_list_is_taken_as_it_was(journal: Journal):
    facts = [posted("a")]
    journal.backend.append(facts)
    facts.append(posted("b"))
    await journal.backend.close()
    assert texts(journal.ear.heard) == ["a"]


async def test_4_an_empty_append_is_no_outcome(journal: Journal):
    journal.backend.append([])
    journal.backend.append([posted()])
    assert len(await journal.ear.until(1)) == 1
    assert all(journal.ear.batches)


async def test_4_one_append_may_be_larger_than_a_commit(journal: Journal):
    facts = [posted(str(number)) for number in range(10_000)]
    journal.backend.append(facts)
    heard = entries(await journal.ear.until(10_000))
    assert [entry.seq for entry in heard] == list(range(1, 10_001))
    assert facts_of(heard) == facts


async def test_4_close_may_be_called_twice_and_nothing_after_it(journal: Journal):
    await journal.backend.close()
    await journal.backend.close()
    for late in (
        lambda: journal.backend.append([posted()]),
        lambda: journal.backend.void(1),
        lambda: journal.backend.checkpoint(1, b""),
    ):
        with pytest.raises(BackendError, match="not open"):
            late()
    with pytest.raises(BackendError, match="not open"):
        await journal.backend.history(latest())


async def test_a_voided_entry_is_out_of_history_at_once(journal: Journal):
    journal.backend.append([posted(text) for text in "abcdef"])
    await journal.ear.until(6)
    journal.backend.void(2)
    journal.backend.void(6)
    journal.backend.void(999)

    assert texts(said(await journal.backend.history(latest()))) == list("acde")
    assert texts(said(await journal.backend.history(latest(limit=2)))) == list("de")
    assert texts(said(await journal.backend.history(latest(limit=2, newest=False)))) == list("ac")
    assert (await journal.backend.history(latest(after=Reference(seq=2)))).unknown_reference


async def test_history_answers_queries_while_facts_are_written(journal: Journal):
    journal.backend.append([posted(str(number)) for number in range(10)])
    await journal.ear.until(10)
    journal.backend.append([posted() for _ in range(1_000)])
    answer = await journal.backend.history(latest(through=10))
    assert [entry.seq for entry in said(answer)] == list(range(1, 11))
    await journal.ear.until(1_010)


QUERIES = {
    "newest": (latest(limit=3), "hij"),
    "oldest": (latest(limit=3, newest=False), "abc"),
    "all": (latest(limit=99), "abcdefghij"),
    "none": (latest(limit=0), ""),
    "through": (latest(limit=3, through=5), "cde"),
    "after": (latest(limit=2, after=Reference(seq=4), newest=False), "ef"),
    "newest after": (latest(limit=2, after=Reference(seq=4)), "ij"),
    "before": (latest(limit=2, before=Reference(seq=4)), "bc"),
    "oldest before": (latest(limit=2, before=Reference(seq=4), newest=False), "ab"),
    "between": (latest(after=Reference(seq=3), before=Reference(seq=6)), "de"),
    "between, the wrong way round": (latest(after=Reference(seq=6), before=Reference(seq=3)), ""),
    "after a time": (latest(limit=2, after=Reference(at=40), newest=False), "fg"),
    "before a time": (latest(limit=9, before=Reference(at=40)), "abc"),
    "before a time between entries": (latest(limit=1, before=Reference(at=75)), "g"),
    "after the last time": (latest(after=Reference(at=10**15)), ""),
    "before the first time": (latest(before=Reference(at=0)), ""),
    "after, not beyond through": (latest(after=Reference(seq=3), through=5), "de"),
    "around": (latest(limit=5, around=Reference(seq=5)), "cdefg"),
    "around, even": (latest(limit=4, around=Reference(seq=5)), "cdef"),
    "around, one": (latest(limit=1, around=Reference(seq=5)), "e"),
    "around the first": (latest(limit=5, around=Reference(seq=1)), "abc"),
    "around a time": (latest(limit=4, around=Reference(at=60)), "defg"),
    "around, not beyond through": (latest(limit=5, around=Reference(seq=5), through=5), "cde"),
    "above a floor": (latest(floor=7), "hij"),
    "above a floor, before": (latest(floor=3, before=Reference(seq=6)), "de"),
    "above a floor, after a time": (latest(floor=7, after=Reference(at=0)), "hij"),
    "above a floor, around": (latest(limit=5, floor=4, around=Reference(seq=5)), "efg"),
    "another target": (latest("#empty"), ""),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_history_selects(journal: Journal, name: str):
    """Specification: https://ircv3.net/specs/extensions/chathistory#subcommands."""
    times = [10, 20, 30, 40, 40, 60, 70, 80, 90, 100]
    journal.backend.append([posted(text, at=at) for text, at in zip("abcdefghij", times, strict=True)])
    await journal.ear.until(10)
    query, expected = QUERIES[name]
    answer = await journal.backend.history(query)
    assert "".join(texts(said(answer))) == expected
    assert not answer.unknown_reference


@pytest.mark.parametrize("seq", [1, 3, 4, 5, 8, 0, -1, 2**62])
@pytest.mark.parametrize("bound", ["after", "before", "around"])
async def test_history_refuses_a_sequence_that_is_not_in_the_target(journal: Journal, bound: str, seq: int):
    journal.backend.append(
        [posted(), posted(), posted(target="#other"), renamed(), typing(), posted(), posted(), posted()]
    )
    await journal.ear.until(8)
    bounds: dict[str, Any] = {bound: Reference(seq=seq)}
    assert await journal.backend.history(latest(floor=1, through=7, **bounds)) == HistoryAnswer(
        [], unknown_reference=True
    )


@pytest.mark.parametrize("seed", range(4))
async def test_history_is_what_a_plain_reading_of_it_gives(journal: Journal, seed: int):
    dice = random.Random(seed)
    at = 1_000
    for _ in range(60):
        at += dice.choice([0, 0, 1, 5, -3])
        journal.backend.append([_any_fact(dice, dice.choice(["#a", "#b"])) for _ in range(2)])
        journal.backend.append([posted(target="#a", at=at), renamed()])
    heard = entries(await journal.ear.until(240))
    voided = set(dice.sample(range(1, 241), 20))
    for seq in voided:
        journal.backend.void(seq)
    kept = [entry for entry in heard if entry.seq not in voided]
    for _ in range(120):
        query = _any_query(dice, heard)
        answer, expected = await journal.backend.history(query), _plainly(kept, query)
        assert (said(answer), answer.unknown_reference) == expected, query


def _any_query(dice: random.Random, heard: list[Entry]) -> History:
    def point() -> Reference:
        entry = dice.choice(heard)
        return dice.choice([Reference(seq=entry.seq), Reference(at=entry.at + dice.choice([-1, 0, 1]))])

    shape = dice.randrange(5)
    return History(
        dice.choice(["#a", "#b"]),
        dice.randrange(1, 30),
        ((dice.choice([0, 0, dice.randrange(60)]), dice.choice([len(heard), dice.randrange(1, len(heard))])),),
        after=point() if shape in (1, 3) else None,
        before=point() if shape in (2, 3) else None,
        around=point() if shape == 4 else None,
        newest=dice.random() < 0.5,
    )


def _plainly(heard: list[Entry], query: History) -> tuple[list[Entry], bool]:
    """The definition of History, word by word."""
    ((floor, through),) = query.spans
    found = [entry for entry in heard if floor < entry.seq <= through]
    found = [entry for entry in found if entry.fact.history_target == query.target]
    for point in (query.after, query.before, query.around):
        if point is not None and point.seq is not None and point.seq not in {entry.seq for entry in found}:
            return [], True

    def place(entry: Entry, point: Reference) -> int:
        mine, other = (entry.at, point.at) if point.seq is None else (entry.seq, point.seq)
        assert other is not None
        return (mine > other) - (mine < other)

    if query.around is not None:
        around = query.around
        middle = bisect_left([place(entry, around) for entry in found], 0)
        older = found[:middle][::-1][: query.limit // 2][::-1]
        return older + found[middle:][: query.limit - query.limit // 2], False
    found = [entry for entry in found if query.after is None or place(entry, query.after) > 0]
    found = [entry for entry in found if query.before is None or place(entry, query.before) < 0]
    return found[-query.limit :] if query.newest else found[: query.limit], False


def about(parent: int, text: str = "") -> Posted:
    """A reaction to the message at that place in #tea, or with a text its edit."""
    return msgspec.structs.replace(posted(text), verb="PRIVMSG" if text else "TAGMSG", about=parent)


def everything(limit: int = 100, after: int = 0, **words: Any) -> CatchUp:
    return CatchUp({"#tea": ((0, 2**40),), "#gin": ((0, 2**40),)}, after, 2**40, limit, **words)


def joined(seq: int, *targets: str) -> Recall:
    return Recall(seq, 2**40, targets, Happening("ann!a@host", "JOIN", (targets[0],), "ann", "Ann"))


async def test_a_refused_reaction_is_told_with_nothing_and_known_when_it_is_repeated(journal: Journal):
    refused, fine = about(1), about(1)
    journal.backend.append([posted(), refused, fine])
    await journal.ear.until(3)
    journal.backend.void(2)
    journal.backend.append([refused, fine])
    heard = await journal.ear.until(5)
    assert [outcome.void for outcome in heard if isinstance(outcome, Repeated)] == [True, False]
    (message,) = (await journal.backend.history(latest())).found
    assert facts_of(message.about) == [fine]


async def test_what_is_about_a_message_is_told_with_it_and_in_a_catch_up_by_itself(journal: Journal):
    journal.backend.append([posted("a"), posted("b"), about(1), about(1, "better"), about(2)])
    heard = entries(await journal.ear.until(5))
    page = (await journal.backend.history(latest())).found
    assert [(past.seq, [each.seq for each in past.about]) for past in page] == [(1, [3, 4]), (2, [5])]
    caught_up = await journal.backend.history(everything(after=1))
    assert said(caught_up) == heard[1:]
    assert not any(past.about for past in caught_up.found)
    (found,) = (await journal.backend.history(Lookup("#tea", 4, ((0, 9),)))).found
    assert found.entry == heard[3]


async def test_what_is_redacted_is_given_to_nobody_and_stays_a_point(journal: Journal):
    redacted = Redacted(b"r" * 16, 2**41, "u1", "ann!a@host", "#tea", "#tea", 2)
    journal.backend.append([posted("a"), posted("b"), about(2, "an edit"), about(2), redacted])
    await journal.ear.until(5)
    journal.backend.hide(2)
    journal.backend.hide(2)
    assert texts(said(await journal.backend.history(latest()))) == ["a"]
    assert await journal.backend.history(latest(after=Reference(seq=2))) == HistoryAnswer([])
    assert [past.seq for past in (await journal.backend.history(everything())).found] == [1, 5]
    assert (await journal.backend.targets(Targets({"#tea": ((0, 9),)}, 0, 2**50, 9, 9))).found[0][:2] == ("#tea", 1)


async def test_what_happened_is_told_once_beside_messages_and_only_where_it_is_asked_for(journal: Journal):
    journal.backend.append([posted("a"), renamed(), posted("b")])
    await journal.ear.until(3)
    for _ in range(2):
        journal.backend.recall(joined(2, "#tea", "#gin"))
    told = (await journal.backend.history(latest(events=True))).found
    assert [(past.seq, past.what and past.what.command) for past in told] == [(1, None), (2, "JOIN"), (3, None)]
    assert texts(said(await journal.backend.history(latest()))) == ["a", "b"]
    assert [past.target for past in (await journal.backend.history(latest("#gin", events=True))).found] == ["#gin"]
    assert [past.seq for past in (await journal.backend.history(everything(events=True))).found] == [1, 2, 2, 3]
    assert [past.seq for past in (await journal.backend.history(everything())).found] == [1, 3]


async def test_what_happened_in_several_histories_is_never_torn_apart(journal: Journal):
    """Who goes on after the last place that he was given misses nothing."""
    journal.backend.append([posted("a"), renamed(), posted("b")])
    await journal.ear.until(3)
    journal.backend.recall(joined(2, "#tea", "#gin"))
    expected = {0: [], 1: [1], 2: [1], 3: [1, 2, 2], 4: [1, 2, 2, 3]}
    for limit, seqs in expected.items():
        answer = await journal.backend.history(everything(limit, events=True))
        assert ([past.seq for past in answer.found], answer.more) == (seqs, limit < 4)
    answer = await journal.backend.history(everything(1, after=1, events=True))
    assert ([past.target for past in answer.found], answer.more) == (["#tea", "#gin"], True)


async def test_the_latest_of_each_history_is_between_two_times(journal: Journal):
    journal.backend.append(
        [posted("1", at=10), posted("2", "#gin", at=20), posted("3", at=30), posted("4", "#b", at=40)]
    )
    await journal.ear.until(4)
    spans: dict[str, Spans] = dict.fromkeys(("#tea", "#gin", "#b", "#none"), ((0, 9),))

    async def found(after: int, before: int, limit: int = 9, *, newest: bool = False) -> list[tuple[str, int, int]]:
        return (await journal.backend.targets(Targets(spans, after, before, limit, 9, newest))).found

    assert await found(0, 99) == [("#gin", 2, 20), ("#tea", 3, 30), ("#b", 4, 40)]
    assert await found(20, 40) == [("#tea", 3, 30)]
    assert await found(0, 99, 2) == [("#gin", 2, 20), ("#tea", 3, 30)]
    assert await found(0, 99, 2, newest=True) == [("#tea", 3, 30), ("#b", 4, 40)]


async def test_nothing_outside_the_spans_is_seen(journal: Journal):
    journal.backend.append([posted(text) for text in "abcdefghij"])
    await journal.ear.until(10)
    spans = ((1, 3), (5, 6), (8, 99))
    page = History("#tea", 100, spans)
    assert "".join(texts(said(await journal.backend.history(page)))) == "bcfij"
    for limit in range(1, 5):
        newest = await journal.backend.history(msgspec.structs.replace(page, limit=limit))
        oldest = await journal.backend.history(msgspec.structs.replace(page, limit=limit, newest=False))
        assert "".join(texts(said(newest))) == "bcfij"[-limit:]
        assert "".join(texts(said(oldest))) == "bcfij"[:limit]
    for seq in range(1, 11):
        known = not (
            await journal.backend.history(msgspec.structs.replace(page, around=Reference(seq=seq)))
        ).unknown_reference
        found = (await journal.backend.history(Lookup("#tea", seq, spans))).found
        assert (known, len(found)) == ((True, 1) if seq in (2, 3, 6, 9, 10) else (False, 0))
    assert [past.seq for past in (await journal.backend.history(CatchUp({"#tea": spans}, 2, 99, 9))).found] == [
        3,
        6,
        9,
        10,
    ]


async def test_what_somebody_said_is_erased_in_time(journal: Journal):
    journal.backend.append(
        [posted("by ann"), msgspec.structs.replace(posted("by bob"), source="bob!b@host"), posted("new")]
    )
    await journal.ear.until(3)
    journal.backend.checkpoint(3, b"state")
    journal.backend.erase("~ann", 1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while texts(said(await journal.backend.history(latest()))) != ["by bob", "new"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_an_entry_is_found_by_the_id_of_its_fact(journal: Journal):
    redacted = Redacted(b"r" * 16, 2**41, "u1", "ann!a@host", "#tea", "#tea", 1)
    journal.backend.append([posted("a"), posted("b"), about(1), redacted])
    heard = entries(await journal.ear.until(4))
    journal.backend.hide(1)
    for entry in heard:
        assert await journal.backend.find(entry.fact.id) == entry
    assert await journal.backend.find(b"?" * 16) is None


async def test_an_entry_that_was_taken_out_of_history_is_not_found(journal: Journal):
    journal.backend.append([posted("a"), posted("b"), about(1)])
    heard = entries(await journal.ear.until(3))
    for seq in (2, 3):
        journal.backend.void(seq)
    found = [await journal.backend.find(entry.fact.id) for entry in heard]
    assert found == [heard[0], None, None]
    journal.backend.append([posted("c")])
    await journal.ear.until(4)
    assert await journal.backend.find(heard[1].fact.id) is None


async def test_3_what_retention_took_is_known_when_it_is_said_again(journal: Journal):
    """For a day at least (docs/retention.md); its sender gets the first one's place."""
    old, new = posted("old", key=b"k" * 16), posted("new")
    journal.backend.append([old, new])
    await journal.ear.until(2)
    journal.backend.checkpoint(2, b"")
    journal.backend.append([posted("the last one of a journal stays", "#gin")])
    await journal.ear.until(3)
    journal.backend.retain(Retention(histories={"#tea": Keep(count=1)}), old.at)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while texts(said(await journal.backend.history(latest()))) != ["new"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    journal.backend.append([old])
    (again,) = (await journal.ear.until(4))[3:]
    assert isinstance(again, Repeated) and (again.seq, again.first, again.void) == (1, old, False)
    assert texts(said(await journal.backend.history(latest()))) == ["new"]


async def test_3_what_was_erased_is_known_when_it_is_said_again(journal: Journal):
    old = msgspec.structs.replace(posted("old"), account="ann")
    journal.backend.append([old, posted("by another")])
    await journal.ear.until(2)
    journal.backend.erase("ann", 2)
    journal.backend.checkpoint(2, b"")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while texts(said(await journal.backend.history(latest()))) != ["by another"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    journal.backend.append([old])
    (again,) = (await journal.ear.until(3))[2:]
    assert isinstance(again, Repeated) and (again.seq, again.first, again.void) == (1, old, False)


async def test_a_catch_up_says_whether_something_is_forgotten(journal: Journal):
    """Only to who could have seen it, and has not read on since."""
    backend, public, other = journal.backend, ((0, 2**40),), "#gin"
    backend.append([posted(f"tea {number}") for number in range(10)])
    backend.append([posted("gin", other), posted("the last one of a journal stays", other)])
    await journal.ear.until(12)
    backend.checkpoint(12, b"")

    async def is_forgotten(after: int, spans: dict[str, Spans]) -> bool:
        return (await backend.history(CatchUp(spans, after, 12, 100))).forgotten

    assert not await is_forgotten(0, {"#tea": public})
    backend.retain(Retention(histories={"#tea": Keep(count=4)}), 0)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len((await backend.history(latest())).found) != 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    questions: list[tuple[int, dict[str, Spans], bool]] = [
        (0, {"#tea": public}, True),
        (5, {"#tea": public, other: public}, True),
        (6, {"#tea": public}, False),
        (0, {other: public}, False),
        (0, {"#tea": ((6, 2**40),)}, False),
        (0, {"#tea": ((3, 4), (8, 9))}, True),
        (4, {"#tea": ((3, 4), (8, 9))}, False),
    ]
    for after, spans, expected in questions:
        assert await is_forgotten(after, spans) is expected, (after, spans)


async def test_a_catch_up_says_whether_something_may_be_missing_for_a_quota(journal: Journal):
    """Which histories had it is not kept: it is said to everybody whose cursor is before the last that went."""
    backend = journal.backend
    said_much = [msgspec.structs.replace(posted("x" * 500), account="ann") for _ in range(10)]
    backend.append([*said_much, posted("gin", "#gin"), posted("the last one of a journal stays", "#gin")])
    await journal.ear.until(12)
    backend.checkpoint(12, b"")
    backend.retain(Retention(account_bytes=3_500), 0)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(kept := (await backend.history(latest())).found) == 10:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    first = kept[0].seq
    for after, expected in ((0, True), (first - 2, True), (first - 1, False), (11, False)):
        for target in ("#tea", "#gin"):
            answer = await backend.history(CatchUp({target: ((0, 2**40),)}, after, 12, 100))
            assert answer.forgotten is expected, (after, target)

"""The search index: whatever is in it and whatever is not, a search answers what MemoryPast answers.

Specification: FTS5 (https://www.sqlite.org/fts5.html); the numbers are the rules of search_file.py (F),
search_filling.py (L) and search_query.py (Q).
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend import search_file, search_filling, search_query
from ipcchat.backend.memory_past import MemoryPast
from ipcchat.backend.search_file import UnfitError, open_for_filling, open_for_reading, path_beside
from ipcchat.backend.search_filling import Filler
from ipcchat.backend.search_query import pointers, search
from ipcchat.backend.search_words import Pattern
from ipcchat.backend.sqlite_schema import connect_reader
from ipcchat.backend.sqlite_unwritten import NOTHING, Unwritten
from ipcchat.core.effects import Erase, Hide, HistoryAnswer, Search, Void
from ipcchat.core.facts import Entry, Posted
from tests.backend.desk import START, Desk

WORDS = [
    "tea",
    "Café",
    "cafe",
    "coffee",
    "lemon",
    "日本",
    "本",
    "http://tea.example",
    "milk;",
    "te",
    "--",
    "x1",
    "https://x",
]
LOOKED_FOR = (
    "tea",
    "te*",
    "cafe",
    "CAFÉ",
    "lemon coffee",
    "coffee lem*",
    "\u672c",
    "\u672c tea",
    "milk",
    "x1",
    "none",
    "tea*",
)
ROOMS = ("#a", "#b", "#c")
PEOPLE = (("ann", "ann"), ("Bob", "bob"), ("cid", ""), ("ann", ""))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A journal whose index has parts of 64 places and is filled seven at a time."""
    monkeypatch.setattr(search_file, "PART_BITS", 6)
    monkeypatch.setattr(search_filling, "BATCH_SEQS", 7)
    desk = Desk(tmp_path / "chat.db")
    desk.connection.execute("PRAGMA synchronous = OFF")
    yield desk
    desk.close()


class Index:
    """search.db of a desk, filled on the test's own thread."""

    def __init__(self, desk: Desk) -> None:
        self.path = path_beside(desk.path)
        self.journal = connect_reader(desk.path)
        self.connection = open_for_filling(self.path, self.journal)
        self.filler = Filler(self.connection, self.journal)

    def fill(self, steps: int = 10_000) -> None:
        """So many batches, or all."""
        for _ in range(steps):
            if not self.filler.step():
                return

    def ask(self, query: Search, unwritten: Unwritten = NOTHING) -> HistoryAnswer:
        """What a reader answers."""
        with closing(open_for_reading(self.path)) as index:
            return search(self.journal, index, query, unwritten)

    def close(self) -> None:
        self.connection.close()
        self.journal.close()


@pytest.fixture
def index(desk: Desk) -> Iterator[Index]:
    index = Index(desk)
    yield index
    index.close()


def everything(desk: Desk, *words: str, limit: int = 100, **other: object) -> Search:
    """A search of all that the rooms have."""
    spans = dict.fromkeys((*ROOMS, "#tea"), ((0, desk.seq),))
    return Search(spans, desk.seq, limit, words=words, **other)  # type: ignore[arg-type]


def seqs(answer: HistoryAnswer) -> list[int]:
    return [past.seq for past in answer.found]


class Story:
    """The same random past in a journal and in memory."""

    def __init__(self, desk: Desk, dice: random.Random) -> None:
        self.desk = desk
        self.dice = dice
        self.past = MemoryPast()
        self.entries: list[Entry] = []

    def goes_on(self, count: int) -> None:
        """So many more facts, and what is done to them."""
        for _ in range(count):
            fact = self._fact(self.desk.seq + 1)
            (seq,) = self.desk.keep(fact)
            self.entries.append(Entry(seq, fact.at, fact))
            self.past.keep(self.entries[-1])
            if self.dice.random() < 0.05:
                self._takes_away(self.dice.choice(self.entries))
        self.desk.store.commit((), self.desk.seq)

    def _takes_away(self, entry: Entry) -> None:
        if self.dice.random() < 0.5:
            self.past.hide(entry.seq)
            self.desk.change(Hide(entry.seq))
        else:
            self.past.drop(entry)
            self.desk.change(Void(entry.seq))

    def _fact(self, seq: int) -> Posted:
        dice = self.dice
        text = " ".join(dice.choices(WORDS, k=dice.randrange(1, 6)))
        nick, account = dice.choice(PEOPLE)
        head = (seq.to_bytes(16, "big"), START + seq // 2, "u1", f"{nick}!x@host")
        messages = [entry for entry in self.entries if entry.fact.history_target]
        if messages and dice.random() < 0.2:
            parent = dice.choice(messages)
            said = parent.fact
            assert isinstance(said, Posted)
            verb = dice.choice(["PRIVMSG", "PRIVMSG", "TAGMSG"])
            return Posted(
                *head[:3],
                said.source,
                verb,
                said.target,
                text,
                about=parent.seq,
                account=said.account,
                recipient=said.recipient,
                recipient_account=said.recipient_account,
            )
        if dice.random() < 0.2:
            other, other_account = dice.choice(PEOPLE)
            return Posted(
                *head, "NOTICE", other, text, recipient="u2", account=account, recipient_account=other_account
            )
        return Posted(*head, "PRIVMSG", dice.choice(ROOMS), text, account=account)

    def question(self) -> Search:
        """Any search."""
        dice, last = self.dice, self.desk.seq
        ends = sorted(dice.sample(range(last + 1), 4))
        shapes = [((0, last),), ((ends[0], ends[1]), (ends[2], ends[3])), ((ends[1], last),), ()]
        times = sorted(START + dice.randrange(last // 2 + 1) for _ in range(2))
        return Search(
            {room: dice.choice(shapes) for room in dice.sample(ROOMS, dice.randrange(4))},
            last,
            dice.choice([1, 3, 10, 1_000]),
            words=tuple(dice.sample(LOOKED_FOR, dice.choice([0, 1, 1, 2]))),
            nick=dice.choice(["", "", "ANN", "bob", "nobody"]),
            account=dice.choice(["", "", "ann", "BOB"]),
            after=dice.choice([0, 0, times[0]]),
            before=dice.choice([0, 0, times[1]]),
            has_link=dice.random() < 0.2,
            newest=dice.random() < 0.6,
            ranked=dice.random() < 0.2,
            own=dice.choice(["", "ann", "bob"]),
            own_after=dice.choice([0, ends[0]]),
            target=dice.choice(["", "", "", "#a", "@ann bob", "@ann ~cid", "#absent"]),
        )


def compare(story: Story, index: Index, count: int = 40) -> int:
    """Ask both the same; how much was found."""
    found = 0
    for _ in range(count):
        question = story.question()
        expected, given = story.past.history(question), index.ask(question)
        assert seqs(given) == seqs(expected), question
        assert given == expected, question
        found += len(given.found)
    return found


@pytest.mark.parametrize("rare", [1, 10**6], ids=["histories sorted out", "histories in the index"])
@pytest.mark.parametrize("seed", range(6))
def test_every_search_has_the_same_answer_however_much_is_indexed(
    desk: Desk, index: Index, monkeypatch: pytest.MonkeyPatch, seed: int, rare: int
):
    monkeypatch.setattr(search_query, "RARE", rare)
    story = Story(desk, random.Random(seed))
    found = 0
    for _ in range(4):
        story.goes_on(70)
        found += compare(story, index)
        index.fill(story.dice.randrange(12))
        desk.rest() if seed % 2 else None
        found += compare(story, index)
    index.fill()
    assert index.filler.behind() == 0
    assert compare(story, index) + found > 200


def test_F1_a_file_of_no_use_is_known(desk: Desk, tmp_path: Path):
    desk.say("tea")
    index = Index(desk)
    index.fill()
    index.close()
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other" / "chat.db")
    other.say("tea")
    with closing(connect_reader(other.path)) as journal, pytest.raises(UnfitError, match="another journal"):
        open_for_filling(path_beside(desk.path), journal)
    other.close()
    for change, why in (
        ("PRAGMA application_id = 7", "none of ours"),
        (f"PRAGMA application_id = {search_file.APPLICATION_ID}", None),
        ("UPDATE meta SET value = '0 1.0' WHERE name = 'version'", "another version"),
        (f"UPDATE meta SET value = '{search_file.VERSION}' WHERE name = 'version'", None),
        ("UPDATE meta SET value = '5 00' WHERE name = 'mark'", "not the one it was made from"),
    ):
        with closing(sqlite3.connect(path_beside(desk.path), isolation_level=None)) as connection:
            connection.execute(change)
        with closing(connect_reader(desk.path)) as journal:
            if why is None:
                open_for_filling(path_beside(desk.path), journal).close()
            else:
                with pytest.raises(UnfitError, match=why):
                    open_for_filling(path_beside(desk.path), journal)


def test_F1_an_index_ahead_of_a_restored_journal_is_known(desk: Desk, tmp_path: Path):
    desk.say("tea")
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(backup)) as copy:
        desk.connection.backup(copy)
    desk.say("coffee")
    index = Index(desk)
    index.fill()
    index.close()
    with closing(connect_reader(backup)) as journal, pytest.raises(UnfitError, match="restored"):
        open_for_filling(path_beside(desk.path), journal)


def test_F3_no_text_is_in_the_file(desk: Desk, index: Index):
    desk.say("the secret word is Xylophone-4711")
    index.fill()
    index.filler.checkpoint()
    content = index.path.read_bytes()
    assert b"xylophone" in content and b"Xylophone" not in content and b"secret word" not in content
    assert index.path.stat().st_mode & 0o777 == 0o600


def test_F5_words_of_what_was_erased_do_not_stay(desk: Desk, index: Index):
    for number in range(200):
        desk.say(f"canary{number}", nick="eve", account="eve") if number % 3 else desk.say(f"tea{number}")
    index.fill()
    index.filler.checkpoint()
    assert b"canary" in index.path.read_bytes()
    desk.change(Erase("eve", desk.seq))
    desk.settle()
    index.filler.forget(index.filler.parts)
    assert index.filler.behind() > 0
    index.fill()
    index.filler.checkpoint()
    assert b"canary" not in index.path.read_bytes()
    assert b"tea" in index.path.read_bytes()
    assert seqs(index.ask(everything(desk, "tea0"))) == [1]
    assert seqs(index.ask(everything(desk, "canary*"))) == []


def test_F5_parts_that_are_to_be_made_anew_are_so_after_a_restart(desk: Desk):
    for number in range(100):
        desk.say(f"tea {number}")
    index = Index(desk)
    index.fill()
    index.filler.forget([0])
    index.close()
    index = Index(desk)
    assert index.filler.behind() == 1
    index.fill()
    assert (index.filler.behind(), len(seqs(index.ask(everything(desk, "tea"))))) == (0, 100)
    index.close()


def test_L1_the_newest_part_is_filled_first(desk: Desk, index: Index):
    for number in range(200):
        desk.say(f"tea {number}")
    index.fill(2)
    assert index.filler.parts == [desk.seq >> 6]


def test_L1_parts_that_the_journal_has_no_more_go(desk: Desk, index: Index):
    for number in range(150):
        desk.say(f"tea {number}")
    index.fill()
    assert sorted(index.filler.parts) == [0, 1, 2]
    desk.connection.execute("DELETE FROM journal WHERE seq < 130")
    index.fill()
    assert sorted(index.filler.parts) == [2]
    assert index.connection.execute("SELECT min(seq) FROM place").fetchone() == (128,)
    messages = index.connection.execute("SELECT messages FROM name WHERE kind = 't'").fetchone()[0]
    assert messages == index.connection.execute("SELECT count(*) FROM place").fetchone()[0] == 23


def test_L2_a_batch_that_fails_leaves_nothing_behind(desk: Desk, index: Index, monkeypatch: pytest.MonkeyPatch):
    for number in range(10):
        desk.say(f"tea {number}")
    index.connection.execute("CREATE TRIGGER refuse BEFORE INSERT ON place BEGIN SELECT raise(ABORT, 'unkind'); END")
    with pytest.raises(sqlite3.IntegrityError, match="unkind"):
        index.fill()
    assert index.connection.execute("SELECT count(*) FROM name").fetchone() == (0,)
    assert len(seqs(index.ask(everything(desk, "tea")))) == 10
    index.connection.execute("DROP TRIGGER refuse")
    index.fill()
    assert len(seqs(index.ask(everything(desk, "tea")))) == 10


def test_L4_an_edit_is_found_in_every_order_of_things(desk: Desk, index: Index):
    """Its message is indexed before it, with it, or after it."""
    early = desk.say("old")
    index.fill()
    later = desk.say("old")
    desk.say("news", about=early)
    desk.say("news", about=later)
    assert seqs(index.ask(everything(desk, "news"))) == [early, later]
    for _ in range(100):
        desk.say("filler")
    index.fill(3)
    assert seqs(index.ask(everything(desk, "news"))) == [early, later]
    index.fill()
    assert seqs(index.ask(everything(desk, "news"))) == [early, later]
    assert seqs(index.ask(everything(desk, "old"))) == []


def test_L4_of_a_phrase_every_version_can_be_found(desk: Desk, index: Index):
    seq = desk.say("green tea")
    index.fill()
    desk.say("green lemon tea", about=seq)
    index.fill()
    last = desk.say("tea is green", about=seq)
    index.fill()
    assert seqs(index.ask(everything(desk, "green lemon tea"), Unwritten(frozenset({last})))) == [seq]
    assert seqs(index.ask(everything(desk, "tea is green"))) == [seq]
    assert seqs(index.ask(everything(desk, "green tea"))) == []


def test_Q1_what_was_just_said_is_found(desk: Desk, index: Index):
    index.fill()
    seq = desk.say("tea")
    assert seqs(index.ask(everything(desk, "tea"))) == [seq]
    assert seqs(search(index.journal, None, everything(desk, "tea"))) == [seq]


def test_Q1_without_an_index_only_so_much_is_read(desk: Desk, index: Index, monkeypatch: pytest.MonkeyPatch):
    for _ in range(100):
        desk.say("tea")
    monkeypatch.setattr(search_query, "SCAN_SEQS_MAX", 50)
    answer = search(index.journal, None, everything(desk, "tea"))
    assert answer.partial and answer.more and len(answer.found) == 37  # the newest part; the older has 63 places
    index.fill()
    answer = index.ask(everything(desk, "tea"))
    assert not answer.partial and not answer.more and len(answer.found) == 100


def test_Q2_what_is_not_on_disk_yet_counts(desk: Desk, index: Index):
    one, two, three = (desk.say("tea") for _ in range(3))
    edit = desk.say("milk", about=three)
    index.fill()
    assert seqs(index.ask(everything(desk, "tea"), Unwritten(frozenset({one}), frozenset({two})))) == []
    assert seqs(index.ask(everything(desk, "tea"), Unwritten(frozenset({edit})))) == [one, two, three]


def test_Q3_a_search_that_takes_too_long_gives_what_it_has(desk: Desk, index: Index):
    for _ in range(100):
        desk.say("tea")
    index.fill()
    with closing(open_for_reading(index.path)) as reader:
        answer = search(index.journal, reader, everything(desk, "tea"), deadline=time.monotonic())
        assert answer.partial and answer.more and 0 < len(answer.found) < 100
        index.journal.set_progress_handler(lambda: 1, 1)
        answer = search(index.journal, reader, everything(desk, "tea"), deadline=time.monotonic() - 1)
        assert answer == HistoryAnswer([], more=True, partial=True)
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            search(index.journal, reader, everything(desk, "tea"), deadline=time.monotonic() + 60)
        index.journal.set_progress_handler(None, 0)


def test_Q3_the_best_are_looked_for_among_the_newest(desk: Desk, index: Index, monkeypatch: pytest.MonkeyPatch):
    best = desk.say("tea tea tea")
    for _ in range(200):
        desk.say("tea milk")
    assert seqs(index.ask(everything(desk, "tea", ranked=True, limit=1))) == [best]
    index.fill()
    assert seqs(index.ask(everything(desk, "tea", ranked=True, limit=1))) == [best]
    monkeypatch.setattr(search_query, "RANKED_MAX", 50)
    assert seqs(index.ask(everything(desk, "tea", ranked=True, limit=1))) == [desk.seq]


@pytest.mark.parametrize(
    "word",
    [
        '" OR "',
        "' OR 1",
        "NEAR(tea milk)",
        "tea AND milk",
        "NOT tea",
        "^tea",
        "words:tea",
        "=t1",
        "-tea",
        "(tea",
        "tea\0*",
    ],
)
def test_Q4_no_text_is_syntax(desk: Desk, index: Index, word: str):  # HOSTILE I07
    desk.say("tea milk or 1 near and not words t1")
    index.fill()
    expected = all(
        token in ["tea", "milk", "or", "1", "near", "and", "not", "words", "t1"] for token in Pattern(word).tokens
    )
    whole = " ".join(Pattern(word).tokens) in "tea milk or 1 near and not words t1"
    assert bool(index.ask(everything(desk, word)).found) is (expected and whole)


def test_Q4_ten_kilobytes_are_looked_for(desk: Desk, index: Index):  # HOSTILE I07
    desk.say("tea")
    index.fill()
    began = time.monotonic()
    for text in ("x" * 10_240, "x " * 5_120, '"' * 10_240, "*" * 10_240):
        assert index.ask(everything(desk, text)).found == []
    assert index.ask(everything(desk, *["tea"] * 64)).found
    assert time.monotonic() - began < 5


def test_the_newest_are_found_without_sorting(desk: Desk, index: Index):
    """https://www.sqlite.org/eqp.html; or a word that all messages have would take as long as all of them."""
    desk.say("tea")
    index.fill()
    words = {"seen": "[]", "match": '"tea"', "low": 0, "high": 9, "limit": 9}
    for falling in (True, False):
        for part in (0, None):
            plan = index.connection.execute(f"EXPLAIN QUERY PLAN {pointers(part, falling=falling)}", words).fetchall()
            assert not [step for *_, step in plan if "TEMP B-TREE" in step], plan
            assert any("words_0 VIRTUAL TABLE INDEX" in step or "SEARCH place" in step for *_, step in plan), plan

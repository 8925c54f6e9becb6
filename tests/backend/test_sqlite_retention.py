"""ipcchat/backend/sqlite_retention.py: what is not kept goes, and nothing else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ipcchat.backend.memory_past import MemoryPast
from ipcchat.core.effects import Happening, Hide, Recall, Void
from ipcchat.core.facts import Entry, RealnameChanged, decode_fact, encode_fact
from ipcchat.core.retention import Keep, Retention
from tests.backend.desk import START, Desk

NOW = START + 10_000_000


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "chat.db")


def sequences(desk: Desk, table: str) -> list[int]:
    return [seq for (seq,) in desk.asked(f"SELECT seq FROM {table} ORDER BY seq")]


def test_the_newest_messages_stay_and_what_is_about_the_others_goes_too(desk: Desk) -> None:
    for number in range(700):
        desk.say(f"tea {number}")
        if number % 7 == 0:
            desk.say(f"gin {number}", "#gin")
    late = desk.say("about the first", about=1)
    kept = desk.say("about the last", about=desk.seq - 1)
    desk.change(Recall(20, START, ("#tea", "#gin"), Happening("ann!a@h", "JOIN", ("#tea",))))
    desk.say("the end", "#end")
    desk.settle()
    desk.retain(Retention(histories={"#tea": Keep(count=50)}))
    assert desk.texts() == [f"tea {number}" for number in range(650, 700)]
    assert len(desk.texts("#gin")) == 100
    assert late not in sequences(desk, "journal")
    assert sequences(desk, "about") == [kept]
    assert desk.asked("SELECT target FROM event") == [("#gin",)]
    assert desk.verified().damages == []
    desk.say("one more")
    desk.settle()
    desk.retain(Retention(histories={"#tea": Keep(count=50)}))
    assert desk.texts() == [*(f"tea {number}" for number in range(651, 700)), "one more"]
    assert desk.verified().damages == []


def test_what_is_older_goes_also_what_is_of_no_history(desk: Desk) -> None:
    for number in range(20):
        desk.say(f"tea {number}")
        desk.keep(RealnameChanged((1000 + desk.seq).to_bytes(16, "big"), START + 1_000 * (desk.seq + 1), "u1", "Ann"))
    desk.change(Void(5))
    desk.settle()
    desk.retain(Retention(Keep(age=15_500)), START + 40_000)
    oldest = desk.asked("SELECT min(seq), min(at) FROM journal")[0]
    assert oldest == (25, START + 25_000)
    assert desk.texts() == [f"tea {number}" for number in range(12, 20)]
    assert desk.verified().damages == []


def test_bytes_are_counted_with_what_is_about_messages(desk: Desk) -> None:
    sizes = []
    for number in range(40):
        seq = desk.say("x" * (100 + number))
        sizes.append(desk.asked("SELECT length(fact) FROM journal WHERE seq = ?", seq)[0][0])
    desk.say("the end", "#end")
    desk.settle()
    desk.retain(Retention(Keep(bytes=sum(sizes[-10:]))))
    assert [len(text) for text in desk.texts()] == [100 + number for number in range(30, 40)]
    desk.retain(Retention(Keep(bytes=sum(sizes[-10:]) - 1)))
    assert [len(text) for text in desk.texts()] == [100 + number for number in range(31, 40)]
    assert desk.verified().damages == []


def test_nobody_has_more_than_his_share(desk: Desk) -> None:
    for number in range(100):
        desk.say(f"{number:03} by bob", nick="bob", account="Bob")
        desk.say(f"{number:03} by ann", "#gin" if number % 2 else "#tea")
        if number % 10 == 0:
            desk.say("a reaction", nick="cy", account="cy", about=desk.seq - 1)
    desk.say("the end", "#end", account="")
    desk.settle()
    size = desk.asked("SELECT length(fact) FROM journal WHERE seq = 1")[0][0]
    desk.retain(Retention(account_bytes=10 * size))
    assert [text for text in desk.texts() if "bob" in text] == [f"{number:03} by bob" for number in range(90, 100)]
    kept = [text for room in ("#tea", "#gin") for text in desk.texts(room) if "ann" in text]
    assert 5 <= len(kept) <= 10
    assert desk.verified().damages == []
    desk.retain(Retention(account_bytes=10 * size, everywhere=Keep(count=3)))
    assert desk.texts() == ["098 by bob", "098 by ann", "099 by bob"]
    assert desk.verified().damages == []


def test_nothing_goes_that_a_start_reads_again_nor_the_last_entry(desk: Desk) -> None:
    for number in range(10):
        desk.say(f"tea {number}")
    desk.settle()
    desk.say("after the checkpoint")
    desk.retain(Retention(Keep(count=1)))
    assert desk.texts() == ["after the checkpoint"]
    desk.retain(Retention(Keep(age=1)), NOW)
    assert desk.texts() == ["after the checkpoint"]
    assert [decode_fact(fact).text for (fact,) in desk.asked("SELECT fact FROM journal")] == ["after the checkpoint"]  # type: ignore[union-attr]
    desk.settle()
    desk.retain(Retention(Keep(age=1)), NOW)
    assert len(sequences(desk, "journal")) == 1
    assert desk.verified().damages == []


def test_endless_rules_are_no_work(desk: Desk) -> None:
    desk.say("tea")
    desk.settle()
    desk.store.retain(Retention(histories={"#tea": Keep()}), NOW)
    desk.rest()
    assert desk.texts() == ["tea"]


def test_a_round_goes_on_by_the_rules_that_it_began_with(desk: Desk) -> None:
    for number in range(20):
        desk.say(f"tea {number}")
    desk.settle()
    desk.store.retain(Retention(Keep(count=5)), NOW)
    desk.store.retain(Retention(Keep(count=1)), NOW)
    desk.rest()
    assert len(desk.texts()) == 5


@pytest.mark.parametrize("seed", range(12))
def test_memory_and_file_keep_the_same_of_random_journals(tmp_path: Path, seed: int) -> None:
    """With any rules but those that count bytes of what is about messages, and any order of events."""
    chance = random.Random(seed)
    desk, memory = Desk(tmp_path / "chat.db"), MemoryPast()
    rooms = ("#a", "#b", "#c")
    for _ in range(400):
        room, nick = chance.choice(rooms), chance.choice(("ann", "bob", "cy"))
        about = 0
        if chance.random() < 0.2:
            found = desk.asked("SELECT seq FROM journal WHERE target = ? ORDER BY seq", room)
            about = chance.choice(found)[0] if found else 0
        seq = desk.say("x" * chance.randrange(60), room, nick, nick if nick != "cy" else "", about)
        at, fact = desk.asked("SELECT at, fact FROM journal WHERE seq = ?", seq)[0]
        memory.keep(Entry(seq, at, decode_fact(fact)))
        if chance.random() < 0.05:
            desk.change(Hide(seq))
            memory.hide(seq)
    desk.say("the end", "#end", account="")
    desk.settle()
    for _ in range(3):
        keeps = [Keep(chance.choice((0, 200_000)), chance.choice((0, 5, 50))) for _ in range(3)]
        rules = Retention(keeps[0], {"#b": keeps[1], "#c": keeps[2]})
        desk.retain(rules, START + 500_000)
        memory.retain(rules, START + 500_000)
        for room in rooms:
            kept = [encode_fact(past.entry.fact) for past in memory._messages.get(room, []) if past.entry]
            sql = "SELECT fact FROM history JOIN journal USING (seq) WHERE history.target = ? ORDER BY seq"
            assert [fact for (fact,) in desk.asked(sql, room)] == kept
            changes = [entry.seq for entry in memory._changes.get(room, [])]
            sql = "SELECT seq FROM about WHERE target = ? ORDER BY seq"
            assert [found for (found,) in desk.asked(sql, room)] == changes
    assert desk.verified().damages == [d for d in desk.verified().damages if "nobody redacted" in d]

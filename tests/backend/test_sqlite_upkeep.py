"""ipcchat/backend/sqlite_upkeep.py: what somebody said is taken out of the files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ipcchat.backend import sqlite_upkeep
from ipcchat.backend.sqlite_upkeep import is_tombstone, tombstone
from ipcchat.core.effects import Erase
from ipcchat.core.facts import Posted, decode_fact, encode_fact
from ipcchat.core.retention import Keep, Retention
from tests.backend.desk import Desk

CANARY = "canary"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


def canaries(path: Path) -> int:
    """How often it stands in all files of the journal."""
    return sum(file.read_bytes().count(CANARY.encode()) for file in path.parent.iterdir())


def talk(desk: Desk, lines: int = 300) -> None:
    """Ann says the canary in texts of very different lengths, bob says other things between."""
    for number in range(lines):
        desk.say(f"{CANARY} {number} " * (1 + number % 13 * (number % 7)), "#tea" if number % 3 else "#" + "long" * 9)
        desk.say(f"bob's {number}", nick="bob", account="bob")
        if number % 20 == 0:
            desk.say(f"{CANARY} edited", about=desk.seq - 1)
            desk.say("a reaction", nick="bob", account="bob", about=desk.seq - 2)
            desk.say(f"{CANARY} reaction", about=desk.seq - 2)


def test_nothing_of_what_was_erased_is_in_any_file(path: Path) -> None:
    desk = Desk(path)
    talk(desk)
    before = desk.asked("SELECT count(*) FROM journal")
    assert canaries(path) > 300
    desk.change(Erase("ann", desk.seq))
    desk.settle()
    assert canaries(path) == 0
    assert desk.texts() == [f"bob's {number}" for number in range(300)]
    assert desk.texts("#" + "long" * 9) == []
    assert desk.asked("SELECT count(*) FROM about") == [(0,)]
    assert desk.asked("SELECT count(*) FROM journal") == before
    assert desk.verified().damages == []
    assert desk.asked("SELECT party FROM erasing") == [("ann",)]
    desk.retain(Retention())
    assert desk.asked("SELECT * FROM erasing") == []
    desk.close()


def test_what_is_said_later_and_by_others_stays(path: Path) -> None:
    desk = Desk(path)
    desk.say("by ann")
    desk.say("by a nick without an account", nick="ann", account="")
    through = desk.seq
    desk.say("by ann, later")
    desk.change(Erase("ann", through))
    desk.settle()
    assert desk.texts() == ["by a nick without an account", "by ann, later"]
    desk.change(Erase("~ann", desk.seq))
    desk.settle()
    assert desk.texts() == ["by ann, later"]
    desk.close()


def test_an_erasure_goes_on_after_a_restart(path: Path) -> None:
    desk = Desk(path)
    talk(desk, 700)
    desk.change(Erase("ann", desk.seq))
    desk.settle_only()
    desk.store.tend(idle=True)
    while not desk.asked("SELECT after FROM erasing WHERE after > 0"):
        desk.store.tend(idle=True)
    desk.store.abandon()
    assert canaries(path) > 0
    again = Desk(path)
    again.rest()
    assert canaries(path) == 0
    assert again.verified().damages == []
    again.close()
    third = Desk(path)
    assert [third.store.tend(idle=True).erased for _ in range(3)] == [True, False, False]
    third.retain(Retention())
    third.close()
    fourth = Desk(path)
    assert not fourth.store.has_upkeep
    fourth.close()


def test_what_a_start_reads_again_is_not_touched_before_the_next_checkpoint(path: Path) -> None:
    desk = Desk(path)
    desk.say(f"{CANARY} one")
    desk.settle()
    desk.say(f"{CANARY} two")
    desk.change(Erase("ann", desk.seq))
    desk.store.commit((), desk.seq)
    desk.rest()
    assert desk.texts() == [f"{CANARY} two"]
    desk.settle()
    assert desk.texts() == []
    assert canaries(path) == 0
    desk.close()


def test_after_retention_moved_rows_a_small_file_is_written_anew(path: Path) -> None:
    desk = Desk(path)
    for number in range(3_000):
        desk.say(f"{CANARY} {number} " * (1 + number % 9), f"#room{number % 7}", account="ann" if number % 2 else "bob")
    desk.settle()
    desk.retain(Retention(histories={f"#room{room}": Keep(count=20) for room in range(5)}))
    assert desk.verified().damages == []
    for party in ("ann", "bob"):
        desk.change(Erase(party, desk.seq))
    desk.settle()
    assert canaries(path) == 0
    assert desk.verified().damages == []
    desk.close()


def test_a_large_file_is_not_written_anew_and_the_log_says_what_to_do(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite_upkeep, "CHECKED_BYTES_MAX", 1)
    desk = Desk(path)
    for number in range(30):
        desk.say(f"text {number}")
    desk.settle()
    desk.retain(Retention(Keep(count=3)))
    desk.change(Erase("ann", desk.seq))
    desk.settle()
    assert "ipc-chat backup" in caplog.text
    desk.close()


def test_a_reader_only_delays_the_end_of_an_erasure(path: Path) -> None:
    desk = Desk(path)
    desk.say(CANARY)
    desk.change(Erase("ann", desk.seq))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM journal").fetchall()
    desk.settle_only()
    told = [desk.store.tend(idle=True).erased for _ in range(8)]
    assert not any(told)
    assert canaries(path) > 0
    reader.close()
    assert any(desk.store.tend(idle=True).erased for _ in range(8))
    assert canaries(path) == 0
    desk.close()


@pytest.mark.parametrize("size", [*range(30, 400), 16_383, 16_384, 16_500, 70_000])
def test_a_tombstone_has_the_size_that_it_shall_have(size: int) -> None:
    fact = Posted(bytes(16), 1_700_000_000_000, "u1", "ann!a@h", "PRIVMSG", "#tea", "something")
    blob = tombstone(fact, size)
    smallest = len(encode_fact(Posted(fact.id, fact.at, "")))
    assert len(blob) == max(size, smallest)
    left = decode_fact(blob)
    assert is_tombstone(left)
    assert (left.id, left.at) == (fact.id, fact.at)
    assert not is_tombstone(fact)

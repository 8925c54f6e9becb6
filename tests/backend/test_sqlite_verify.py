"""ipcchat/backend/sqlite_verify.py and sqlite_sums.py: what was altered is noticed and named."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite_rows import COLUMNS, entries_of
from ipcchat.backend.sqlite_schema import connect_reader
from ipcchat.backend.sqlite_sums import row_sum
from ipcchat.backend.sqlite_verify import verify
from ipcchat.core.effects import Happening, Recall, Void
from ipcchat.core.facts import Posted
from tests.backend.desk import START, Desk

FLIPS = 400


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


def lively(path: Path) -> Desk:
    """A journal with everything in it that there is: two rooms, edits, redactions, voids, events, a conversation."""
    desk = Desk(path)
    for number in range(60):
        desk.say(f"message {number} in the tea room", "#tea", nick="ann" if number % 3 else "bob", account="")
        if number % 4 == 0:
            desk.say(f"message {number} elsewhere", "#élite")
        if number % 10 == 0:
            desk.say("edited", "#tea", about=desk.seq)
    desk.redact(3)
    desk.change(Void(desk.say("refused")))
    desk.change(Recall(5, START, ("#tea",), Happening("ann!ann@host", "TOPIC", ("#tea", "Tea at five"))))
    desk.settle()
    desk.change(Void(7))
    desk.say("the last words")
    desk.settle()
    return desk


def altered(path: Path, *statements: str) -> list[str]:
    """The damages that are found after somebody wrote into the file with another program."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return verify(path).damages


def test_a_journal_as_it_was_written_is_whole_also_while_it_is_open(path: Path) -> None:
    desk = lively(path)
    desk.say("not indexed yet")
    report = desk.verified()
    assert (report.damages, report.histories, report.entries) == ([], 2, desk.seq)
    desk.close()
    assert verify(path).damages == []


ALTERATIONS: dict[str, tuple[str, str]] = {
    "a text": ("UPDATE journal SET fact = replace(fact, 'tea', 'gin') WHERE seq = 9", "entry 9 "),
    "a time": ("UPDATE journal SET at = at + 1 WHERE seq = 9", "entry 9 "),
    "an id": ("UPDATE journal SET id = x'00' WHERE seq = 9", "entry 9 "),
    "a history": ("UPDATE journal SET target = '#other' WHERE seq = 9", "entry 9 "),
    "a sum": ("UPDATE journal SET sum = x'0102030405060708' WHERE seq = 9", "entry 9 "),
    "no sum": ("UPDATE journal SET sum = NULL WHERE seq = 9", "entry 9 has no sum"),
    "a parent": ("UPDATE journal SET parent = 4 WHERE parent = 2", "of the journal cannot be read"),
    "a place": ("UPDATE journal SET place = '#other' WHERE parent = 2", "is about something else"),
    "hidden": ("UPDATE journal SET hidden = 1 WHERE seq = 9", "entry 9 is hidden, and nobody redacted it"),
    "shown": ("UPDATE journal SET hidden = 0", "entry 3 was redacted by entry"),
    "hidden oddly": ("UPDATE journal SET hidden = 7 WHERE seq = 9", "entry 9 (of #tea) is neither hidden nor not"),
    "a row away": ("DELETE FROM journal WHERE seq = 9", "#tea is not as it was written: between entries 1 and"),
    "not indexed": ("DELETE FROM history WHERE seq = 9", "entry 9 is missing in the index of #tea"),
    "indexed twice": ("INSERT INTO history VALUES ('#gin', 9)", "entry 9 is in the index of #gin, but not in"),
    "about nothing": ("DELETE FROM about", "is missing in the index of what is about messages of #tea"),
    "about another": ("INSERT INTO about VALUES (4, 9, '#tea')", "entry 9 is in the index of what is about"),
    "a chain's hash": ("UPDATE chain SET hash = x'00' WHERE target = '#tea'", "#tea is not as it was written"),
    "a chain's end": ("UPDATE chain SET last = last - 1 WHERE target = '#tea'", "#tea is not as it was written"),
    "no chain": ("DELETE FROM chain WHERE target = '#tea'", "#tea has entries and no chain"),
    "a gone sum": ("DELETE FROM gone", "#tea is not as it was written"),
    "an event": ("UPDATE event SET what = x'00'", "what happened in #tea at 5 cannot be read"),
    "the state": ("UPDATE checkpoint SET state = x'00'", "the checkpoint cannot be read"),
}


@pytest.mark.parametrize(("statement", "named"), ALTERATIONS.values(), ids=ALTERATIONS)
def test_what_was_altered_is_named(path: Path, statement: str, named: str) -> None:
    lively(path).close()
    found = altered(path, statement)
    assert any(named in damage for damage in found), found


def test_two_rows_that_changed_places_are_noticed(path: Path) -> None:
    lively(path).close()
    swap = "UPDATE journal SET fact = (SELECT fact FROM journal AS other WHERE other.seq = 10) WHERE seq = 9"
    assert any("entry 9 " in damage for damage in altered(path, swap))


def test_an_entry_that_was_made_with_a_right_sum_breaks_its_chain(path: Path) -> None:
    lively(path).close()
    with closing(sqlite3.connect(path)) as connection:
        at, id_, target, fact = connection.execute("SELECT at, id, target, fact FROM journal WHERE seq = 9").fetchone()
        forged = fact.replace(b"message", b"massage")
        sum_ = row_sum(9, at, id_, target, 0, forged)
        connection.execute("UPDATE journal SET fact = ?, sum = ? WHERE seq = 9", (forged, sum_))
        connection.commit()
    assert [damage.partition(":")[0] for damage in verify(path).damages] == ["#tea is not as it was written"]


def test_a_conversation_that_nobody_can_find_is_noticed(path: Path) -> None:
    desk = lively(path)
    ids = b"conversation-pm1", START + 10**9, "u1"
    desk.keep(Posted(*ids, "ann!a@h", "PRIVMSG", "bob", "psst", recipient="u2", account="ann", recipient_account="bob"))
    desk.settle()
    desk.close()
    found = altered(path, "DELETE FROM conversation WHERE account = 'bob'")
    assert found == [
        f"the conversation ann bob is missing in the index of conversations, or not up to entry {desk.seq}"
    ]


def flip(path: Path, place: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def served(path: Path) -> dict[int, object]:
    """All entries as they are read; none that are refused."""
    found: dict[int, object] = {}
    with closing(connect_reader(path)) as reader:
        for row in reader.execute(f"SELECT {COLUMNS} FROM journal").fetchall():
            try:
                found |= {entry.seq: entry for entry in entries_of([row])}
            except BackendError:
                continue
    return found


def flipped(path: Path, copy: Path, places: Callable[[random.Random, bytes], int]) -> list[tuple[int, bool, bool]]:
    """For FLIPS bits: the place, whether verify notices, and whether altered entries are served."""
    content, right, chance = path.read_bytes(), served(path), random.Random(4)
    outcomes = []
    for _ in range(FLIPS):
        place = places(chance, content)
        copy.write_bytes(content)
        flip(copy, place, chance.randrange(8))
        try:
            noticed = bool(verify(copy).damages)
        except BackendError:
            noticed = True
        try:
            lied = any(right.get(seq) != entry for seq, entry in served(copy).items())
        except (sqlite3.Error, OverflowError):
            lied = False
        outcomes.append((place, noticed, lied))
    return outcomes


def test_one_flipped_bit_in_a_message_is_always_noticed_and_never_served(path: Path, tmp_path: Path) -> None:
    lively(path).close()

    def inside_a_message(chance: random.Random, content: bytes) -> int:
        start = content.index(b"message %d " % chance.randrange(60), content.index(b"ann!ann@host") - 4000)
        return start + chance.randrange(-40, 20)

    outcomes = flipped(path, tmp_path / "copy.db", inside_a_message)
    assert [place for place, noticed, _ in outcomes if not noticed] == []
    assert [place for place, _, lied in outcomes if lied] == []


def test_one_flipped_bit_anywhere_never_makes_a_lie(path: Path, tmp_path: Path) -> None:
    lively(path).close()
    outcomes = flipped(path, tmp_path / "copy.db", lambda chance, content: chance.randrange(len(content)))
    assert [place for place, _, lied in outcomes if lied] == []
    assert sum(noticed for _, noticed, _ in outcomes) > FLIPS // 10


def test_what_is_no_journal_of_this_version_is_said_to_be_none(path: Path) -> None:
    with pytest.raises(BackendError, match="there is no journal"):
        verify(path)
    lively(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = '1' WHERE name = 'version'")
        connection.commit()
    with pytest.raises(BackendError, match="start the server once"):
        verify(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 1")
    with pytest.raises(BackendError, match="no journal of this program"):
        verify(path)

"""ipcchat/backend/sqlite_sums.py: sums of rows, and chains through them."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.backend import sqlite_sums
from ipcchat.backend.sqlite_sums import extend_chains, first_hash, next_hash, read_chains, row_sum, void_row
from tests.backend.desk import Desk

NUMBERS = st.integers(0, 2**62)
ROWS = st.tuples(NUMBERS, NUMBERS, st.binary(max_size=20), st.none() | st.text(max_size=9), NUMBERS, st.binary())


@given(ROWS, ROWS)
def test_different_rows_have_different_sums(one, other):
    assert (row_sum(*one) == row_sum(*other)) == (one == other)


def test_what_is_moved_from_one_column_to_the_next_is_noticed():
    assert row_sum(1, 2, b"ab", "c", 0, b"d") != row_sum(1, 2, b"a", "bc", 0, b"d")
    assert row_sum(1, 2, b"a", "bc", 0, b"d") != row_sum(1, 2, b"a", "b", 0, b"cd")
    assert row_sum(1, 2, b"a", None, 0, b"d") != row_sum(1, 2, b"a", "", 0, b"d")


def test_a_step_of_a_chain_is_what_the_rule_says():  # RFC 7693
    before, sum_ = first_hash("#tea"), row_sum(7, 1, b"id", "#tea", 0, b"fact")
    assert before == blake2b(b"#tea", digest_size=16).digest()
    assert next_hash(before, 7, sum_) == blake2b(before + (7).to_bytes(8, "big") + sum_, digest_size=16).digest()


def test_a_chain_does_not_depend_on_the_pieces_that_it_is_made_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path / "chat.db")
    for number in range(200):
        desk.say(f"{number}", f"#room{number % 7}", about=number // 3 if number % 5 == 4 else 0)
    desk.settle()
    names = [f"#room{number}" for number in range(7)]
    whole = read_chains(desk.connection, names)
    assert len(whole) == 7
    monkeypatch.setattr(sqlite_sums, "SEQS_PER_STEP", 9)
    monkeypatch.setattr(sqlite_sums, "CHAINS_PER_STEP", 2)
    desk.connection.execute("DELETE FROM chain")
    extend_chains(desk.connection, 0, 77)
    extend_chains(desk.connection, 77, desk.seq)
    assert read_chains(desk.connection, names) == whole
    desk.close()


def test_a_damaged_row_is_not_made_right_by_a_void(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "chat.db")
    for number in range(3):
        desk.say(f"{number}")
    desk.settle()
    desk.connection.execute("UPDATE journal SET at = at + 1 WHERE seq = 2")
    void_row(desk.connection, 2)
    void_row(desk.connection, 3)
    void_row(desk.connection, 99)
    assert any("entry 2 " in damage for damage in desk.verified().damages)
    assert not any("entry 3 of the journal" in damage for damage in desk.verified().damages)
    desk.close()

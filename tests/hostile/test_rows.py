"""The page about hostile input says what is tested, and what is tested is on the page."""

from __future__ import annotations

from pathlib import Path

from docs import make_pages
from tests.hostile import rows

ROOT = Path(__file__).parents[2]


def test_every_test_has_a_row():
    unknown = rows.tests().keys() - rows.ROWS.keys()
    assert not unknown, f"tests for rows that tests/hostile/rows.py does not have: {sorted(unknown)}"


def test_every_row_is_tested_or_says_why_not():
    proved = rows.tests().keys() | rows.LATER.keys() | rows.ELSEWHERE.keys()
    missing = rows.ROWS.keys() - proved
    assert not missing, f"rows with neither a test nor a reason: {sorted(missing)}"


def test_what_is_tested_is_not_called_later():
    both = rows.tests().keys() & rows.LATER.keys()
    assert not both, f"take these out of LATER, they have tests: {sorted(both)}"


def test_tests_elsewhere_exist():
    for row, file in rows.ELSEWHERE.items():
        assert (ROOT / file).is_file(), row


def test_the_page_is_made_from_the_rows():
    assert make_pages.PAGES["docs/hostile-input.md"] is rows.page
    text = rows.page()
    assert all(f"| {row} |" in text for row in rows.ROWS)
    assert {row[0] for row in rows.ROWS} == set(rows.FAMILIES)

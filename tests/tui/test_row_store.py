"""Rows are made once, and again when something that they depend on changed."""

from __future__ import annotations

from ipcchat.tui.widgets import row_store
from ipcchat.tui.widgets.row_store import RowStore
from tests.tui.timeline_fakes import FakePainter, coming, said


def test_the_same_rows_until_the_entry_or_what_stands_above_it_changes():
    store = RowStore(FakePainter(40))
    entry, above, other = said(2), said(1), said(0)
    rows = store.rows(entry, above, False)
    assert store.rows(entry, above, False) is rows
    entry.changed()
    again = store.rows(entry, above, False)
    assert again is not rows
    above.changed()
    third = store.rows(entry, above, False)
    assert third is not again
    assert store.rows(entry, other, False) is not third
    assert len(store.rows(entry, other, True)) == 2


def test_those_that_were_used_last_are_kept(monkeypatch):
    monkeypatch.setattr(row_store, "ROWS_KEPT_MAX", 6)
    painter = FakePainter(40)
    store = RowStore(painter)
    entries = [said(number) for number in range(4)]
    for entry in (*entries[:3], entries[0], entries[3]):
        store.rows(entry, None, False)
    painted = painter.painted
    store.rows(entries[0], None, False)
    assert painter.painted == painted
    store.rows(entries[1], None, False)
    assert painter.painted == painted + 1


def test_an_entry_of_many_rows_takes_the_place_of_many(monkeypatch):
    monkeypatch.setattr(row_store, "ROWS_KEPT_MAX", 10)
    painter = FakePainter(40)
    store = RowStore(painter)
    short, long = [said(number) for number in range(3)], said(3, "x" * 3_000)
    for entry in (*short, long):
        store.rows(entry, None, False)
    painted = painter.painted
    assert store.rows(long, None, False) and painter.painted == painted
    for entry in short:
        store.rows(entry, None, False)
    assert painter.painted == painted + 3


def test_whether_somebody_who_comes_is_hidden_is_known_until_it_changes():
    painter = FakePainter(40)
    store, joined = RowStore(painter), coming(1)
    assert store.hides(joined) and store.hides(joined) and painter.painted == 1
    joined.unfolded = True
    joined.changed()
    assert not store.hides(joined)
    assert not store.hides(said(2))

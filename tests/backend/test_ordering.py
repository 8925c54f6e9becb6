"""ipcchat/backend/ordering.py: who gets which place."""

from __future__ import annotations

from ipcchat.backend.ordering import Order
from ipcchat.core.facts import Entry
from ipcchat.core.outcomes import Failed, Repeated
from tests.backend.journals import posted, renamed, typing


def test_placing_changes_nothing_until_it_is_adopted():
    order = Order(seq=4, at=100)
    placed = order.place([posted(at=50), posted(at=200)], {})
    assert (order.seq, order.at) == (4, 100)
    order.adopt(placed)
    assert (order.seq, order.at) == (6, 200)


def test_a_known_id_gets_the_first_ones_place():
    first = Entry(3, 9, posted(at=7))
    again = posted(key=first.fact.id)
    placed = Order(seq=3, at=9).place([again], {first.fact.id: first})
    assert placed.outcomes == [Repeated(again, 3, 9, first.fact)]
    assert (placed.seq, placed.at) == (3, 9)


def test_a_known_id_that_is_out_of_history_is_said_to_be():
    voided, kept = (Entry(seq, 9, posted()) for seq in (3, 4))
    known = {entry.fact.id: entry for entry in (voided, kept)}
    placed = Order(seq=4, at=9).place([voided.fact, kept.fact], known, {1, 3})
    assert placed.outcomes == [
        Repeated(voided.fact, 3, 9, voided.fact, void=True),
        Repeated(kept.fact, 4, 9, kept.fact),
    ]


def test_an_id_twice_in_one_append_is_known_the_second_time():
    fact = posted(at=1)
    assert Order().place([fact, fact], {}).outcomes == [Entry(1, 1, fact), Repeated(fact, 1, 1, fact)]


def test_a_refusal_is_for_kept_facts_only():
    kept, passing, fleeting = posted(), renamed(), typing()
    placed = Order().place([kept, passing, kept, fleeting], {}, refusal="the disk is full")
    assert placed.outcomes == [
        Failed(kept, "the disk is full"),
        Entry(1, passing.at, passing),
        Failed(kept, "the disk is full"),
        Entry(2, fleeting.at, fleeting),
    ]

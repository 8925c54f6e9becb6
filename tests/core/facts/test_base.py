"""What every fact is."""

from __future__ import annotations

from ipcchat.core.facts import Durability, Fact


def test_a_fact_waits_for_the_disk_unless_its_kind_says_otherwise():
    assert Fact.durability is Durability.KEPT


def test_most_facts_are_in_no_history():
    assert Fact(b"0" * 16, 0, "u").history_target is None

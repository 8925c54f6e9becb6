"""The table of meanings: every kind of fact has one, and only one."""

from __future__ import annotations

from typing import get_args

import pytest

from ipcchat.core import facts
from ipcchat.core.apply.meaning import MEANINGS, means
from ipcchat.core.facts import AnyFact


def test_every_kind_of_fact_has_its_meaning():
    assert set(MEANINGS) == set(get_args(AnyFact))


def test_a_kind_of_fact_cannot_have_two_meanings():
    row = MEANINGS[facts.Posted]
    with pytest.raises(ValueError, match="Posted has a meaning already"):
        means(facts.Posted, check=row.check, change=row.change, announce=row.announce)

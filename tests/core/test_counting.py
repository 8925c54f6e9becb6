"""Numbers of things, for people (ipcchat/core/counting.py)."""

from __future__ import annotations

import pytest

from ipcchat.core.counting import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 bans"), (1, "1 ban"), (2, "2 bans"), (21, "21 bans")])
def test_one_thing_and_several(number: int, words: str):
    assert counted(number, "ban") == words

"""Folding of names.

Rules:
1. Each test names the text it checks: Modern IRC "CASEMAPPING", RFC 2812 2.2.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.wire.casemap import MAPPINGS, FoldedDict, fold


@given(st.text(), st.sampled_from(MAPPINGS))
def test_folding_twice_is_folding_once(name, mapping):  # Modern IRC "CASEMAPPING"
    assert fold(fold(name, mapping), mapping) == fold(name, mapping)
    assert len(fold(name, mapping)) == len(name)


@pytest.mark.parametrize(
    ("mapping", "folded"), [("ascii", "#tea[]\\~"), ("rfc1459", "#tea{}|^"), ("rfc1459-strict", "#tea{}|~")]
)
def test_what_each_mapping_folds(mapping, folded):  # Modern IRC "CASEMAPPING"
    assert fold("#TeA[]\\~", mapping) == folded


def test_only_ascii_is_folded():  # Modern IRC "CASEMAPPING" ascii
    assert fold("ÄB\u0130\u212a") == "Äb\u0130\u212a"


def test_an_unknown_mapping_is_an_error():
    with pytest.raises(ValueError, match="known are ascii, rfc1459, rfc1459-strict"):
        fold("a", "rfc7613")


def test_a_folded_dict_finds_every_spelling():  # RFC 2812 2.2
    rooms = FoldedDict({"#Tea": 1})
    assert rooms["#tEA"] == 1
    assert "#TEA" in rooms and "#coffee" not in rooms
    number: object = 5
    assert number not in rooms
    rooms["#TEA"] = 2
    assert (list(rooms), len(rooms), rooms.get("#tea"), rooms.get("#none")) == (["#TEA"], 1, 2, None)
    del rooms["#tea"]
    assert not rooms
    with pytest.raises(KeyError):
        del rooms["#tea"]
    with pytest.raises(KeyError):
        rooms["#tea"]


def test_a_folded_dict_takes_another_mapping():  # Modern IRC "CASEMAPPING": 005 comes after the first names
    nicks = FoldedDict([("ann[", 1), ("bob", 2), ("ann{", 3)])
    assert len(nicks) == 3
    nicks.refold("rfc1459")
    assert dict(nicks.items()) == {"ann{": 3, "bob": 2}
    assert repr(nicks) == "FoldedDict({'ann{': 3, 'bob': 2}, mapping='rfc1459')"


@given(st.dictionaries(st.text("aAbB[{", max_size=3), st.integers(), max_size=8), st.sampled_from(MAPPINGS))
def test_a_folded_dict_is_a_dict_of_folded_names(entries, mapping):
    plain = {fold(name, mapping): value for name, value in entries.items()}
    assert {fold(name, mapping): value for name, value in FoldedDict(entries, mapping=mapping).items()} == plain

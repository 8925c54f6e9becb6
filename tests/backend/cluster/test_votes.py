"""Who gives way when digests differ (votes.py)."""

from __future__ import annotations

import pytest

from ipcchat.backend.cluster.votes import Dispute, dispute

AT = (1 << 20, 1_024)
BEFORE = (1 << 20, 512)


@pytest.mark.parametrize(
    ("own", "digests", "wanted"),
    [
        ("one", {"one": b"a"}, None),
        ("one", {"one": b"a", "two": b"a"}, None),
        ("one", {"one": b"a", "two": b"b"}, ()),
        ("two", {"one": b"a", "two": b"b"}, ()),
        ("one", {"one": b"a", "two": b"a", "three": b"b"}, None),
        ("three", {"one": b"a", "two": b"a", "three": b"b"}, ("one", "two")),
        ("one", {"one": b"a", "two": b"b", "three": b"c"}, ()),
        ("one", {"one": b"a", "two": b"a", "three": b"b", "four": b"b"}, ()),
        ("five", {"one": b"a", "two": b"a", "three": b"b", "four": b"b", "five": b"c"}, ()),
        ("three", {"one": b"a", "two": b"a", "four": b"b"}, None),
    ],
)
def test_what_most_have_counts(own: str, digests: dict[str, bytes], wanted: tuple[str, ...] | None) -> None:
    found = dispute(own, {name: {AT: digest} for name, digest in digests.items()})
    assert found == (None if wanted is None else Dispute(*AT, wanted))


def test_points_that_one_of_them_did_not_tell_say_nothing() -> None:
    assert dispute("one", {"one": {AT: b"a"}, "two": {BEFORE: b"b"}}) is None


def test_a_point_with_a_majority_decides() -> None:
    told = {
        "one": {BEFORE: b"a", AT: b"a"},
        "two": {BEFORE: b"b", AT: b"b"},
        "three": {AT: b"b"},
    }
    assert dispute("one", told) == Dispute(*AT, ("three", "two"))
    assert dispute("two", told) is None, "what only two of them told decides nothing"


def test_the_texts_say_what_to_do() -> None:
    assert "differs from that of one, two at message 1024" in Dispute(*AT, ("one", "two")).text
    assert "stores nothing" in Dispute(*AT, ()).text

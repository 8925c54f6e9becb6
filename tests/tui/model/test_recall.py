"""Walking through what was sent before, and that nothing typed on the way is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ipcchat.tui.model.recall import Recall


def test_back_and_forth_ends_at_what_was_being_typed():
    recall = Recall(["one", "two"], "draft")
    assert recall.step("draft", -1) == "two"
    assert recall.step("two", -1) == "one"
    assert recall.step("one", -1) is None
    assert recall.step("one", 1) == "two"
    assert recall.step("two", 1) == "draft"
    assert recall.step("draft", 1) is None
    assert recall.left_behind() == []


def test_without_inputs_there_is_nowhere_to_go():
    recall = Recall([], "draft")
    assert recall.step("draft", -1) is None
    assert recall.step("draft", 1) is None


def test_a_change_is_found_again_and_given_back():
    recall = Recall(["one", "two"], "")
    recall.step("", -1)
    recall.step("two, changed", -1)
    assert recall.step("one", 1) == "two, changed"
    recall.step("two, changed", 1)
    assert recall.left_behind() == ["two, changed"]


def test_what_was_being_typed_is_left_behind_when_something_else_is_sent():
    recall = Recall(["one"], "draft")
    recall.step("draft", -1)
    assert recall.left_behind() == ["draft"]
    assert recall.typed == "draft"


def test_it_knows_what_was_only_looked_at():
    recall = Recall(["one"], "")
    recall.step("", -1)
    assert recall.is_unchanged("one")
    assert not recall.is_unchanged("one more")


@given(st.lists(st.text(min_size=1), max_size=5), st.text(), st.lists(st.tuples(st.sampled_from([-1, 1]), st.text())))
def test_nothing_that_was_typed_is_lost(inputs: list[str], typed: str, walk: list[tuple[int, str]]):
    recall = Recall(inputs, typed)
    place, stands = len(inputs), {len(inputs): typed}
    for steps, text in walk:
        stands[place] = text
        if (shown := recall.step(text, steps)) is not None:
            place += steps
            assert shown == stands.get(place, inputs[place] if place < len(inputs) else None)
    kept = {stands.get(place, ""), *inputs, *recall.left_behind()}
    assert {text for number, text in stands.items() if number != place and text.strip()} <= kept

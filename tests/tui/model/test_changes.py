"""What is done to messages, and its limits.

Specifications: IRCv3 draft/message-edit, draft/react, draft/message-redaction.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ipcchat.tui.model import changes
from ipcchat.tui.model.changes import EDITS_MAX, REACTIONS_MAX, REACTORS_MAX, SIGN_CHARACTERS_MAX, Unplaced
from ipcchat.tui.model.quotes import ANSWERS_MAX, Quotes
from tests.tui.model.made import edited, message, reaction, redacted, said


@given(st.permutations(range(6)))
def test_the_text_is_that_of_the_latest_edit_in_whichever_order_they_come(order):
    entry = said(1)
    for number in order:
        assert changes.edit(entry, edited(f"text {number}", "m1", f"e{number}", number))
    assert entry.message.text == "text 5" and entry.message.edited and set(entry.edits) == {f"e{n}" for n in range(6)}


def test_an_edit_that_is_known_changes_nothing():
    entry = said(1)
    assert changes.edit(entry, edited("one", "m1", "e1"))
    assert not changes.edit(entry, edited("two", "m1", "e1")) and not changes.edit(entry, edited("two", "m1", "m1"))
    assert changes.edit(entry, edited("three", "m1")) and entry.edits == ("e1",)
    for number in range(EDITS_MAX + 10):
        changes.edit(entry, edited("x", "m1", f"f{number}", 10))
    assert len(entry.edits) == EDITS_MAX


def test_a_deleted_message_has_neither_text_nor_reactions_and_gets_none_any_more():
    entry = said(1)
    changes.react(entry, reaction("m1", "yes", "ann", mine=True))
    assert changes.remove(entry, redacted("m1", by="")) and entry.removed_by == "somebody"
    assert not changes.remove(entry, redacted("m1", by="eve")) and entry.removed_by == "somebody"
    assert not changes.edit(entry, edited("back again", "m1", "e1"))
    assert (entry.message.text, entry.reactions, set(entry.ours)) == ("", {}, set())


def test_nobody_reacts_twice_with_one_sign_nor_takes_back_what_he_did_not_say():
    entry = said(1)
    assert changes.react(entry, reaction("m1", "yes"))
    assert not changes.react(entry, reaction("m1", "yes"))
    assert not changes.react(entry, reaction("m1", "yes", "bob", removed=True))
    assert not changes.react(entry, reaction("m1", "no", removed=True))
    assert entry.reactions == {"yes": ["eve"]}


def test_signs_who_reacted_and_the_length_of_a_sign_have_limits():
    entry = said(1)
    for number in range(REACTIONS_MAX + 10):
        changes.react(entry, reaction("m1", f"sign {number}"))
    for number in range(REACTORS_MAX + 10):
        changes.react(entry, reaction("m1", "sign 1", f"n{number}"))
    assert (len(entry.reactions), len(entry.reactions["sign 1"])) == (REACTIONS_MAX, REACTORS_MAX)
    other = said(2)
    changes.react(other, reaction("m2", "x" * 100_000))
    assert list(other.reactions) == ["x" * SIGN_CHARACTERS_MAX]
    assert changes.react(other, reaction("m2", "x" * 100_000, removed=True)) and other.reactions == {}


class TestUnplaced:
    def test_what_waits_is_given_once_the_earliest_first(self):
        unplaced = Unplaced()
        late, early, other = edited("late", "m1", "e2", 9), edited("early", "m1", "e1", 3), reaction("m2", "yes")
        for change in (late, early, other):
            unplaced.keep(change)
        assert unplaced.take("m1") == [early, late] and unplaced.take("m1") == unplaced.take("m9") == []
        assert unplaced.take_all() == [other] and unplaced.take("m2") == []

    def test_neither_their_number_nor_their_length_is_without_limit(self):
        unplaced = Unplaced()
        unplaced.keep(edited("x" * 1_000_000, "m1", "e1"))
        unplaced.keep(reaction("", "yes"))
        assert unplaced.take_all() == []
        for number in range(5_000):
            unplaced.keep(reaction(f"m{number}", "yes"))
        assert len(unplaced._ids) <= 2 * changes.UNPLACED_MAX
        assert len(unplaced.take_all()) == changes.UNPLACED_MAX


class TestQuotes:
    def test_answers_are_forgotten_with_their_entries_and_have_a_limit(self):
        quotes, answered = Quotes(), said(0)
        answers = [said(number, reply_to="m0") for number in range(1, ANSWERS_MAX + 2)]
        for answer in answers:
            quotes.quote(answer, None)
        quotes.renew(answered)
        assert answers[0].quoted is None and answers[-1].quoted == ("bob", "text 0")
        for answer in answers:
            quotes.forget(answer)
        quotes.forget(said(7))
        assert quotes._answers == {}

    def test_an_answer_to_an_edit_is_an_answer_to_its_message(self):
        quotes, answered, answer = Quotes(), said(0), said(1, reply_to="e1")
        quotes.quote(answer, None)
        changes.edit(answered, edited("better", "m0", "e1"))
        before = answer.version
        quotes.renew(answered)
        quotes.renew(answered)
        assert answer.quoted == ("bob", "better") and answer.version == before + 1

    def test_what_answers_nothing_quotes_nothing(self):
        quotes, entry = Quotes(), said(1)
        quotes.quote(entry, said(0))
        assert entry.quoted is None and message("x").reply_to == ""

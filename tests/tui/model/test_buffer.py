"""How our user stands to a buffer: what waits to be read, where the line stands, who spoke, who types."""

from __future__ import annotations

from datetime import timedelta

from ipcchat.tui.model.buffer import (
    INPUTS_MAX,
    SPEAKERS_MAX,
    TRIMMED_AT_ONCE,
    TYPING_MAX,
    WAITING_MAX,
    Buffer,
    Draft,
    Kind,
)
from ipcchat.tui.model.entries import Coming, Said
from ipcchat.tui.model.timeline import ENTRIES_MAX, Edge
from tests.tui.model.made import moment, redacted, said


def tea() -> Buffer:
    """A channel."""
    return Buffer("test", "#tea", Kind.CHANNEL)


def hear(buffer: Buffer, *numbers: int, nick: str = "bob", read: bool = False, mentions: bool = False) -> None:
    """Messages come, each at its second."""
    for number in numbers:
        entry = said(number, nick=nick, mentions=mentions)
        buffer.timeline.add(entry)
        buffer.heard(entry, entry.time, read=read)


def load(buffer: Buffer, *numbers: int, more: bool = False) -> None:
    """History is loaded."""
    buffer.timeline.load_above([said(number) for number in numbers], more=more)
    buffer.count()


class TestUnread:
    def test_what_others_say_waits_until_it_is_read(self):
        buffer = tea()
        hear(buffer, 1, 2)
        hear(buffer, 3, mentions=True)
        hear(buffer, 4, nick="ann")
        hear(buffer, 5, read=True)
        assert (buffer.unread, buffer.mentions, buffer.unread_text) == (3, 1, "3")
        assert buffer.read() == moment(3)
        assert (buffer.unread, buffer.mentions, buffer.unread_text, buffer.read()) == (0, 0, "", moment(5))
        assert buffer.read() is None

    def test_reading_what_nobody_said_is_no_news(self):
        buffer = tea()
        assert buffer.read() is None
        hear(buffer, 1, nick="ann", read=True)
        assert buffer.read() is None

    def test_before_a_marker_is_known_history_counts_as_read(self):
        buffer = tea()
        hear(buffer, 5, 6)
        load(buffer, 1, 2, 3)
        assert buffer.unread == 2
        buffer.read_until(moment(2))
        assert (buffer.unread, texts_behind_line(buffer)) == (3, "text 3")

    def test_a_marker_only_goes_forward(self):
        buffer = tea()
        hear(buffer, 1, 2, 3)
        assert buffer.read_until(moment(2)) and buffer.unread == 1
        assert not buffer.read_until(moment(1)) and not buffer.read_until(None) and not buffer.read_until(moment(2))
        assert buffer.unread == 1 and buffer.marker == moment(2)

    def test_where_the_marker_lies_before_what_is_loaded_there_is_more(self):
        buffer = tea()
        buffer.read_until(moment(5))
        load(buffer, *range(10, 20), more=True)
        assert buffer.unread_text == "10+"
        load(buffer, *range(3, 10), more=True)
        assert buffer.unread_text == "14"

    def test_where_history_begins_behind_the_marker_there_is_no_more(self):
        buffer = tea()
        buffer.read_until(moment(5))
        load(buffer, *range(10, 20), more=False)
        assert buffer.unread_text == "10"

    def test_very_much_is_counted_no_further(self):
        buffer = tea()
        hear(buffer, *range(1, WAITING_MAX + 6), mentions=True)
        assert (buffer.unread, buffer.mentions, buffer.unread_text) == (WAITING_MAX, WAITING_MAX, f"{WAITING_MAX}+")
        buffer.read_until(moment(0))
        assert buffer.unread == WAITING_MAX and buffer.waiting[0].time == moment(6)

    def test_what_was_said_beyond_an_older_window_waits_all_the_same(self):
        buffer = tea()
        hear(buffer, 1, 2, read=True)
        buffer.read()
        buffer.timeline.show([said(1)], above=Edge.MORE, below=Edge.MORE)
        hear(buffer, 3, 4, mentions=True)
        buffer.count()
        assert (buffer.unread, buffer.mentions) == (2, 2)
        buffer.read_until(moment(3))
        assert buffer.unread == 1
        buffer.timeline.show([said(3), said(4)], above=Edge.MORE, below=Edge.END)
        buffer.count()
        assert buffer.unread == 1 and buffer.read() == moment(4)

    def test_what_was_heard_beyond_a_window_is_the_same_message_when_it_is_loaded(self):
        buffer = tea()
        buffer.timeline.show([said(1)], above=Edge.MORE, below=Edge.MORE)
        hear(buffer, 2, 3)
        buffer.timeline.load_below([said(2), said(3)], more=False)
        removed = buffer.timeline.remove(redacted("m2"))
        assert removed is not None
        buffer.recount(removed)
        assert buffer.unread == 1

    def test_what_was_let_go_and_is_loaded_again_is_counted_once(self):
        buffer = tea()
        buffer.read_until(moment(1))
        hear(buffer, 2, 3)
        buffer.timeline.trim_above(0)
        load(buffer, 2, 3, more=True)
        assert buffer.unread == 2

    def test_a_deleted_message_waits_no_longer(self):
        buffer = tea()
        hear(buffer, 1, 2, mentions=True)
        removed = buffer.timeline.remove(redacted("m1"))
        assert removed is not None
        buffer.recount(removed)
        buffer.recount(said(9))
        assert (buffer.unread, buffer.mentions) == (1, 1)
        buffer.count()
        assert buffer.unread == 1

    def test_what_is_said_now_is_unread_even_where_the_marker_is_of_tomorrow(self):
        buffer = tea()
        buffer.read_until(moment(86_400))
        hear(buffer, 1)
        assert buffer.unread == 1

    def test_what_a_bouncer_repeats_is_not_unread_again(self):
        buffer = tea()
        hear(buffer, 1, 2, read=True)
        buffer.read()
        again = said(2)
        assert not buffer.heard(again, moment(3_600), read=False) and buffer.unread == 0


class TestTheLine:
    def test_it_stands_above_the_first_that_was_not_read_and_stays_while_it_is_read(self):
        buffer = tea()
        hear(buffer, 1, 2, read=True)
        buffer.read()
        buffer.left()
        hear(buffer, 3, 4)
        assert texts_behind_line(buffer) == "text 3"
        buffer.read()
        hear(buffer, 5, read=True)
        assert texts_behind_line(buffer) == "text 3"
        buffer.read()
        hear(buffer, 6)
        assert texts_behind_line(buffer) == "text 6"
        buffer.read()
        buffer.left()
        assert texts_behind_line(buffer) == ""
        hear(buffer, 7)
        assert texts_behind_line(buffer) == "text 7"

    def test_without_a_marker_it_stands_above_the_first_that_came(self):
        buffer = tea()
        hear(buffer, 1, nick="ann")
        hear(buffer, 2, 3)
        assert texts_behind_line(buffer) == "text 2"

    def test_who_leaves_without_having_read_finds_it_where_it_was(self):
        buffer = tea()
        hear(buffer, 1, 2, 3)
        buffer.shown = True
        buffer.left()
        assert texts_behind_line(buffer) == "text 1" and not buffer.shown

    def test_what_another_client_read_moves_it_unless_somebody_looks(self):
        buffer = tea()
        hear(buffer, 1, 2)
        buffer.read_until(moment(2))
        assert texts_behind_line(buffer) == "" and buffer.line == moment(2)
        hear(buffer, 3)
        buffer.shown = True
        buffer.read_until(moment(3))
        assert texts_behind_line(buffer) == "text 3"


class TestPeople:
    def test_who_spoke_last_is_the_last_of_the_speakers_and_they_have_a_limit(self):
        buffer = tea()
        for number in range(SPEAKERS_MAX + 2):
            hear(buffer, number, nick=f"n{number}")
        hear(buffer, 9_000, nick="n5")
        assert len(buffer.speakers) == SPEAKERS_MAX and list(buffer.speakers)[-1] == "n5"
        assert not buffer.knows("n0", moment(9_000)) and buffer.knows("n5", moment(9_001))

    def test_who_came_and_never_spoke_is_forgotten_in_the_end(self):
        buffer = tea()
        for number in range(SPEAKERS_MAX + 2):
            buffer.came(Coming(moment(), f"n{number}", "joined"))
        buffer.came(Coming(moment(), "n9", "left"))
        assert len(buffer.newcomers) == SPEAKERS_MAX - 1 and "n9" not in buffer.newcomers

    def test_who_has_another_nick_is_the_same_person(self):
        buffer = tea()
        hear(buffer, 1)
        buffer.types("bob", moment(9), moment(2))
        buffer.renamed("bob", "robert")
        assert buffer.knows("robert", moment(3)) and not buffer.knows("bob", moment(3))
        assert buffer.active_typing(moment(3)) == ["robert"]

    def test_of_very_many_who_type_a_few_are_told_and_nobody_for_ever(self):
        buffer = tea()
        for number in range(TYPING_MAX + 5):
            buffer.types(f"n{number}", moment(6), moment(0))
        assert len(buffer.active_typing(moment(1))) == TYPING_MAX
        buffer.types("bob", moment(20), moment(10))
        assert buffer.active_typing(moment(10)) == ["bob"] == list(buffer.typing)
        buffer.types("bob", None, moment(11))
        assert buffer.active_typing(moment(11)) == []


class TestWhatIsTyped:
    def test_what_was_sent_can_be_brought_back_once_each(self):
        buffer = tea()
        for text in ("", "hi", "hi", "there"):
            buffer.typed(text)
        assert buffer.inputs == ["hi", "there"]
        for number in range(INPUTS_MAX + 5):
            buffer.typed(f"{number}")
        assert len(buffer.inputs) == INPUTS_MAX and buffer.inputs[-1] == f"{INPUTS_MAX + 4}"


class TestTrimming:
    def test_old_entries_are_let_go_when_nobody_looks(self):
        buffer = tea()
        buffer.timeline.entries = []
        buffer.timeline.load_above([said(number) for number in range(ENTRIES_MAX + TRIMMED_AT_ONCE)], more=False)
        buffer.trim()
        assert len(buffer.timeline) == ENTRIES_MAX + TRIMMED_AT_ONCE
        buffer.timeline.add(said(ENTRIES_MAX + TRIMMED_AT_ONCE))
        buffer.left()
        assert len(buffer.timeline) == ENTRIES_MAX and buffer.timeline.above is Edge.MORE
        buffer.trim(10)
        assert len(buffer.timeline) == 10


def test_two_buffers_that_are_one_lose_nothing():
    one, other = tea(), tea()
    hear(one, 1, 4)
    hear(other, 2, nick="eve")
    one.typed("b")
    other.typed("a")
    other.draft = Draft("half a sent")
    one.marker, other.marker = moment(0), moment(0) + timedelta(microseconds=1)
    one.muted = other.joined = True
    one.absorb(other)
    assert [entry.message.text for entry in one.timeline if isinstance(entry, Said)] == ["text 1", "text 2", "text 4"]
    assert (one.unread, one.inputs, one.draft.text, one.marker) == (3, ["a", "b"], "half a sent", other.marker)
    assert one.joined and not one.muted and list(one.speakers) == ["eve", "bob"]
    assert other.timeline is one.timeline and one.title == "#tea"


def texts_behind_line(buffer: Buffer) -> str:
    """The text of the message above which the unread line stands; "" when there is none."""
    place = buffer.timeline.first_after(buffer.line)
    entry = buffer.timeline.at(place) if place is not None else None
    return entry.message.text if isinstance(entry, Said) else ""

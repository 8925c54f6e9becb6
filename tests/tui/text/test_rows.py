"""What entries look like, row by row; and nothing that others write makes a row too wide, too many or dangerous."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ipcchat.client.events import Message
from ipcchat.tui.model.entries import Coming, Comings, Delivery, Entry, Hole, Said, Told, Tone
from ipcchat.tui.text.look import Look
from ipcchat.tui.text.rows import ASIDE_ROWS_MAX, ROWS_MAX, Painter, Row
from ipcchat.tui.text.setting import STYLES_MAX
from ipcchat.tui.themes import DARK
from ipcchat.wire.printable import printable

LOOK = Look.of(DARK.to_color_system().generate(), dark=True, colours=True)
START = datetime(2026, 11, 23, 17, 3).astimezone()
WIDTH = 50
# Cells before the text at that width: gutter, time, nick and the spaces between them.
HANG = 16


def said(
    text: str,
    nick: str = "ann",
    minutes: float = 0,
    *,
    kind: str = "message",
    tags: Mapping[str, str] | None = None,
    status: str = "",
    edited: bool = False,
    mine: bool = False,
    **more: Any,
) -> Said:
    """Somebody says something, so many minutes after the start."""
    at = START + timedelta(minutes=minutes)
    message = Message(
        time=at,
        target="#tea",
        nick=nick,
        text=text,
        kind=kind,
        tags=tags or {},
        status=status,
        edited=edited,
        mine=mine,
    )
    return Said(time=at, message=message, **more)


def painter(width: int = WIDTH, look: Look = LOOK, **more: Any) -> Painter:
    """What draws in so many columns."""
    return Painter(look, width, **more)


def below(
    entry: Entry, above: Entry | None = None, *, width: int = WIDTH, unread: bool = False, **more: Any
) -> list[Row]:
    """The rows of an entry below another one, of eve a while ago where none is given."""
    return painter(width, **more).rows(entry, above or said("before", "eve", -10), unread)


def texts(rows: list[Row]) -> list[str]:
    """What is to be seen, without the space at the end."""
    return [row.strip.text.rstrip() for row in rows]


def copied(rows: list[Row]) -> str:
    """What copying these rows gives."""
    return "".join(row.text + ("" if row.joins else "\n") for row in rows).removesuffix("\n")


def metas(rows: list[Row]) -> list[dict[str, Any]]:
    """What can be clicked, in order, each once."""
    found: list[dict[str, Any]] = []
    for row in rows:
        for segment in row.strip:
            if segment.style is not None and segment.style.meta and segment.style.meta not in found:
                found.append(segment.style.meta)
    return found


def test_a_message_has_time_nick_and_text_in_columns() -> None:
    rows = below(said("the kettle is on, come over when you have time"))
    assert texts(rows) == [
        " 17:03      ann the kettle is on, come over when",
        "                you have time",
    ]
    assert copied(rows) == "the kettle is on, come over when you have time"
    assert [row.text_column for row in rows] == [HANG, HANG]
    assert metas(rows) == [{"nick": "ann"}]


def test_the_first_entry_stands_below_its_day() -> None:
    rows = painter().rows(said("hi"), None, False)
    assert texts(rows) == ["─" * 12 + " Monday, 23 November 2026 " + "─" * 12, " 17:03      ann hi"]
    assert copied(rows) == "hi"


def test_another_day_is_said_and_names_the_author_again() -> None:
    rows = below(said("hi", minutes=24 * 60), said("hi"))
    assert "Tuesday, 24 November 2026" in texts(rows)[0]
    assert texts(rows)[1] == " 17:03      ann hi"


def test_the_unread_line_stands_above_what_was_not_read() -> None:
    rows = below(said("new", minutes=1), said("old"), unread=True)
    assert texts(rows) == ["─" * 22 + " new " + "─" * 23, " 17:04      ann new"]


def test_who_goes_on_is_not_named_again() -> None:
    first = said("one")
    assert texts(below(said("two"), first)) == [" " * HANG + "two"]
    assert texts(below(said("two", minutes=1), first)) == [" 17:04" + " " * (HANG - 6) + "two"]
    assert texts(below(said("two", minutes=6), first)) == [" 17:09      ann two"]
    assert texts(below(said("two", "bob"), first)) == [" 17:03      bob two"]
    assert texts(below(said("two"), Told(time=START, text="x"))) == [" 17:03      ann two"]
    assert texts(below(said("two"), said("waves", kind="action"))) == [" 17:03      ann two"]


def test_long_nicks_are_cut() -> None:
    assert texts(below(said("hi", "averylongnickname"))) == [" 17:03 averylo… hi"]


def test_in_little_room_the_nick_stands_before_the_text() -> None:
    first = said("the kettle is on, come over")
    assert texts(below(first, width=24)) == [" ann: the kettle is on,", "   come over"]
    assert texts(below(said("soon"), first, width=24)) == ["   soon"]
    assert texts(below(said("waves", kind="action"), width=24)) == [" * ann waves"]


def test_a_mention_has_a_mark_in_its_first_column_and_a_tint() -> None:
    rows = below(said("bob: the kettle is on, come over when you can", mentions=True))
    assert [text[0] for text in texts(rows)] == ["▌", "▌"]
    assert all(segment.style is not None and segment.style.bgcolor for row in rows for segment in row.strip)
    assert copied(rows) == "bob: the kettle is on, come over when you can"


def test_a_mention_is_marked_without_colours_too() -> None:
    plain = painter(look=Look.of({}, dark=True, colours=False))
    assert plain.rows(said("bob: hi", mentions=True), None, False)[-1].strip.text[0] == "▌"


def test_an_answer_shows_what_it_answers() -> None:
    answer = said("yes", tags={"+reply": "m1"}, quoted=("bob", "shall we\nhave \x02tea\x02 at five, or rather later?"))
    rows = below(answer, said("before"))
    assert texts(rows) == [" " * HANG + "↳ bob: shall we have tea at five,…", " 17:03      ann yes"]
    assert metas(rows)[0] == {"msgid": "m1"}
    assert copied(rows) == "yes"


def test_an_answer_to_something_unknown_says_so() -> None:
    assert texts(below(said("yes", tags={"+reply": "m1"})))[0].strip() == "↳ an earlier message"


def test_reactions_stand_below_the_text() -> None:
    rows = below(said("tea?", reactions={"\U0001f44d": ["bob", "eve"], "\u2764\ufe0f": ["bob"]}, ours={"\U0001f44d"}))
    assert texts(rows)[1] == " " * HANG + " \U0001f44d 2   \u2764 1"
    assert metas(rows)[1:] == [{"react": "\U0001f44d"}, {"react": "\u2764\ufe0f"}]
    assert copied(rows) == "tea?"


def test_many_reactions_take_a_few_rows() -> None:
    rows = below(said("tea?", reactions={f"sign{number}" * 9: ["bob"] for number in range(100)}))
    assert len(rows) == 5


def test_an_edited_message_says_so_where_there_is_room() -> None:
    assert texts(below(said("tea", edited=True))) == [" 17:03      ann tea (edited)"]
    rows = below(said("x" * 30, edited=True))
    assert texts(rows)[1] == " " * HANG + "(edited)"
    assert copied(rows) == "x" * 30


def test_a_deleted_message_shows_who_deleted_it_and_no_text() -> None:
    rows = below(said("secret", removed_by="bob", removal_reason="spam", reactions={"x": ["eve"]}))
    assert texts(rows) == [" 17:03      ann message deleted by bob (spam)"]


def test_a_message_on_its_way_and_one_that_failed() -> None:
    assert texts(below(said("tea", delivery=Delivery.PENDING))) == [" 17:03      ann tea …"]
    rows = below(said("tea", delivery=Delivery.FAILED, refusal="you are banned"))
    assert texts(rows) == [
        " 17:03      ann tea",
        "                not sent: you are banned — Enter",
        "                to try again, Del to discard",
    ]
    assert copied(rows) == "tea"


def test_actions_and_notices_look_like_themselves() -> None:
    assert texts(below(said("waves", kind="action"))) == [" 17:03        * ann waves"]
    assert texts(below(said("down at five", "Chan", kind="notice"))) == [" 17:03   -Chan- down at five"]


def test_a_message_to_some_only_says_so() -> None:
    assert texts(below(said("psst", status="@"))) == [" 17:03      ann psst (only to @)"]


def test_lines_stand_below_each_other_and_code_on_its_own_ground() -> None:
    rows = below(said("look:\n```\nif x:\n    return everything_that_is_known\n```\nnice", edited=True))
    assert texts(rows) == [
        " 17:03      ann look:",
        "                │ if x:",
        "                │     return",
        "                │     everything_that_is_known",
        "                nice (edited)",
    ]
    assert copied(rows) == "look:\nif x:\n    return everything_that_is_known\nnice"
    ground = [segment.style.bgcolor for segment in rows[2].strip if segment.style is not None][1:]
    assert len(set(ground)) == 1 and ground[0] is not None


def test_a_message_of_nothing_but_code_begins_behind_the_nick() -> None:
    assert texts(below(said("```\nx = 1\n```"))) == [" 17:03      ann │ x = 1"]
    assert texts(below(said("```\nx = 1\n```"), width=24)) == [" ann:", "   │ x = 1"]


def test_links_channels_and_nicks_can_be_clicked() -> None:
    rows = below(said("bob: http://a.example is in #tea"), knows={"bob"}.__contains__)
    assert metas(rows)[1:] == [{"nick": "bob"}, {"url": "http://a.example"}, {"channel": "#tea"}]
    linked = [segment for segment in rows[0].strip if segment.style is not None and segment.style.link]
    assert [segment.text for segment in linked] == ["http://a.example"]


def test_text_from_right_to_left_is_seen_so_and_copied_as_it_was_written() -> None:
    text = "\u05e9\u05dc\u05d5\u05dd tea"
    rows = below(said(text))
    assert texts(rows) == [f" 17:03      ann tea {text[3::-1]}"]
    assert copied(rows) == text
    assert texts(below(said(text), reorder=False)) == [f" 17:03      ann {text}"]


def test_rows_of_a_line_from_right_to_left_begin_together_at_the_right() -> None:
    rows = below(said("\u05e9\u05dc\u05d5\u05dd " * 9))
    assert len({len(text) for text in texts(rows)}) == 1


def test_what_happened_is_told_in_its_tone() -> None:
    quiet = Told(time=START, text="ann changed the topic")
    assert texts(below(quiet)) == [" 17:03        – ann changed the topic"]
    assert texts(below(Told(time=START, text="again"), quiet)) == ["              – again"]
    styles = {
        tone: below(Told(time=START, text="x", tone=tone))[0].strip._segments[-1].style
        for tone in (Tone.QUIET, Tone.WARNING)
    }
    assert styles == {Tone.QUIET: LOOK.muted, Tone.WARNING: LOOK.warning}


def test_a_hole_is_a_line_of_its_own() -> None:
    assert texts(below(Hole(time=START, reason="cut off")))[0].count("─ something may be missing here: cut off ─") == 1
    assert len(below(Hole(time=START, reason="the server keeps only a thousand messages"))) == 3


def comings(*people: tuple[str, str, bool], unfolded: bool = False) -> Comings:
    """People come and go."""
    gone = [Coming(START, nick, verb, "bye" if verb == "left" else "", known) for nick, verb, known in people]
    return Comings(time=START, people=gone, unfolded=unfolded)


def test_comings_are_one_row_and_unfold() -> None:
    rows = below(comings(("ann", "joined", True), ("eve", "left", True)))
    assert texts(rows) == [" 17:03          → ann joined · ← eve left (bye)"]
    assert metas(rows) == [{"unfold": True}]
    unfolded = below(comings(("ann", "joined", False), ("eve", "left", True), unfolded=True))
    assert [text[HANG:] for text in texts(unfolded)] == ["→ ann joined", "← eve left (bye)"]


def test_comings_of_strangers_are_not_seen_at_all() -> None:
    stranger = comings(("zed", "joined", False))
    assert painter().rows(stranger, None, True) == []
    assert painter(joins="none").rows(comings(("ann", "joined", True)), None, False) == []
    assert texts(below(stranger, joins="all")) == [" 17:03          → zed joined"]


def test_half_days_are_written_so() -> None:
    assert texts(below(said("hi"), clock=12)) == ["  5:03pm      ann hi"]


def test_a_message_of_nothing_visible_says_so() -> None:
    assert texts(below(said("\u200b\u2060"))) == [" 17:03      ann (nothing that can be seen)"]
    assert "nothing" in texts(below(said("")))[0]


HOSTILE = {
    "no space": "x" * 10**5,
    "marks": "e" + "\u0301" * 10**4,
    "marks only": "\u0301" * 10**4,
    "nothing visible": "\u200b" * 10**5,
    "families": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 5_000,
    "joiners": "a\u200d" * 10**4,
    "wide": "\u4e2d" * 10**5,
    "spacing marks": "\u0915\u093e" * 10**4 + "\u093e" * 10**4,
    "fillers": "\u3164" * 10**4,
    "right to left": "\u05e9 " * 10**5,
    "lines": "x\n" * 10**5,
    "spaces": " " * 10**5,
    "backticks": "`" * 10**5,
    "fences": "```\n" * 10**5,
    "colours": "\x0304,05a\x0306b" * 10**4,
    "links": "http://a.b " * 10**4,
    "brackets": "http://" + ")" * 10**5,
    "true hosts": "".join(f"http://{chr(0x430 + number % 32)}{number}.example " for number in range(5_000)),
    "channels": "#a" * 10**5,
    "escapes": "\x1b[2J\x9b6n\x1b]52;c;eA==\x07" * 10**4,
}


@pytest.mark.parametrize("clusters", [False, True], ids=["parts", "clusters"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_bounded_in_rows_width_and_time(name: str, clusters: bool) -> None:  # HOSTILE.md O11, I04
    drawn = painter(clusters=clusters, knows={"x"}.__contains__)
    drawn.rows(said("\u05e9"), None, False)
    began = time.process_time()
    rows = drawn.rows(said(HOSTILE[name]), said("before", "eve"), False)
    # A twentieth of it is usual: the rest is for machines that do other things, and collect garbage, at the same time.
    assert time.process_time() - began < 1.0
    assert len(rows) <= ROWS_MAX + ASIDE_ROWS_MAX
    for row in rows:
        check(row, WIDTH)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_reasons_are_bounded_too(name: str) -> None:
    text = HOSTILE[name]
    gone = [Coming(START, text + str(number), "left", text, True) for number in range(3)]
    for entry in (
        said("hi", text, reactions={text: ["bob"]}, quoted=(text, text), tags={"+reply": "m"}),
        said("hi", removed_by=text, removal_reason=text, status=text),
        said("hi", delivery=Delivery.FAILED, refusal=text),
        Told(time=START, text=text),
        Hole(time=START, reason=text),
        Comings(time=START, people=gone),
        Comings(time=START, people=gone, unfolded=True),
    ):
        rows = below(entry)
        assert len(rows) <= ROWS_MAX + ASIDE_ROWS_MAX
        for row in rows:
            check(row, WIDTH)


def test_what_is_left_out_is_said() -> None:
    rows = below(said("x" * 10**5))
    assert "".join(texts(rows)[ROWS_MAX:]).replace(" ", "") == (
        "…cuthere:ithas100,000characters;copythemessagetoseeall"
    )


def check(row: Row, width: int) -> None:
    """A row has exactly as many cells as there are, and nothing in it that a terminal acts on."""
    text = row.strip.text
    assert row.strip.cell_length == width
    assert sum(cell_len(segment.text) for segment in row.strip) == width
    assert text == printable(text)
    assert "\n" not in text
    for segment in row.strip:
        assert segment.control is None
        if segment.style is not None and segment.style.link:
            assert segment.style.link.isascii() and segment.style.link.isprintable()


ANYTHING = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "a #`\n\t\x02\x03\x04\x1b\x9b\u05e9\u202e\u4e2d\u0301\u200d\ufe0f\u3164\u093e\U0001f468\U0001f3fd"
        ),
    ),
    max_size=80,
)
ENTRIES = st.one_of(
    st.builds(
        said,
        ANYTHING,
        ANYTHING,
        kind=st.sampled_from(["message", "action", "notice"]),
        tags=st.sampled_from([{}, {"+reply": "m"}]),
        status=st.sampled_from(["", "@", "\x1b"]),
        edited=st.booleans(),
        mentions=st.booleans(),
        quoted=st.one_of(st.none(), st.tuples(ANYTHING, ANYTHING)),
        reactions=st.dictionaries(ANYTHING, st.just(["bob"]), max_size=3),
        removed_by=st.one_of(st.just(""), ANYTHING),
        removal_reason=ANYTHING,
        delivery=st.sampled_from(Delivery),
        refusal=ANYTHING,
    ),
    st.builds(Told, time=st.just(START), text=ANYTHING, tone=st.sampled_from(Tone)),
    st.builds(Hole, time=st.just(START), reason=ANYTHING),
    st.builds(
        Comings,
        time=st.just(START),
        unfolded=st.booleans(),
        people=st.lists(
            st.builds(Coming, st.just(START), ANYTHING, st.sampled_from(["joined", "left", "is \x1bx now"]), ANYTHING),
            max_size=4,
        ),
    ),
)


@given(ENTRIES, st.integers(1, 100), st.booleans(), st.booleans(), st.booleans())
def test_whatever_others_write_rows_are_exact_and_harmless(
    entry: Entry, width: int, unread: bool, reorder: bool, clusters: bool
) -> None:
    drawn = painter(width, reorder=reorder, clusters=clusters, joins="all")
    rows = drawn.rows(entry, None, unread)
    assert rows or isinstance(entry, Comings)
    for row in rows:
        check(row, width)
        assert 0 <= row.text_column <= width
    assert drawn.rows(entry, None, unread) == rows


def test_styles_are_not_remembered_without_end() -> None:
    drawn = painter()
    for number in range(STYLES_MAX + 10):
        drawn.rows(said(f"\x04{number:06x}x"), None, False)
    assert len(drawn._setter._styles) <= STYLES_MAX


def test_there_is_nothing_to_see_without_room() -> None:
    assert painter(0).rows(said("hi"), None, False) == []

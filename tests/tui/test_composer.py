"""Typing a message (UX, terminal client: rows 3, 4 and 15, and what rows 1, 9 and 16 ask of the composer)."""

from __future__ import annotations

from textual.events import Key

from ipcchat.tui.model.entries import Said
from ipcchat.tui.widgets.edit_area import TEXT_CHARACTERS_MAX
from tests.tui.composers import typist
from tests.tui.desks import NOON, message

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
SHALOM = "\u05e9\u05dc\u05d5\u05dd"
READLINE = [
    ("one two", ["ctrl+a"], "|one two"),
    ("one two", ["home", "ctrl+e"], "one two|"),
    ("one two", ["alt+b"], "one |two"),
    ("one two", ["ctrl+left", "ctrl+left"], "|one two"),
    ("one two", ["home", "alt+f"], "one| two"),
    ("one two", ["home", "ctrl+right", "ctrl+right"], "one two|"),
    ("one two", ["left", "ctrl+b", "right"], "one tw|o"),
    ("one two", ["ctrl+w"], "one |"),
    ("one two", ["alt+backspace", "alt+backspace"], "|"),
    ("ann: ", ["ctrl+w"], "|"),
    ("one two", ["home", "alt+d"], "| two"),
    ("one two", ["alt+b", "ctrl+u"], "|two"),
    ("one two", ["alt+b", "alt+k"], "one |"),
    ("one two", ["ctrl+u", "ctrl+y"], "one two|"),
    ("one two", ["ctrl+w", "ctrl+w", "ctrl+y"], "one two|"),
    ("one two", ["home", "alt+d", "alt+d", "ctrl+y", "ctrl+y"], "one twoone two|"),
    ("one two", ["ctrl+w", "left", "ctrl+w", "ctrl+y"], "one| "),
    ("one two", ["backspace", "ctrl+h"], "one t|"),
    ("one two", ["home", "delete", "ctrl+d"], "|e two"),
    ("tow", ["left", "ctrl+t"], "two|"),
    ("teh", ["ctrl+t"], "the|"),
    ("a", ["ctrl+t"], "a|"),
    ("one", ["ctrl+w", "ctrl+z"], "one|"),
    ("one", ["ctrl+w", "ctrl+z", "alt+z"], "|"),
    ("one two", ["shift+home", "ctrl+w"], "|"),
    ("one two", ["ctrl+shift+left", "backspace"], "one |"),
]


async def test_what_is_typed_at_once_stands_there_and_enter_sends_it():
    async with typist() as ann:
        assert ann.screen[-1].strip() == "Message #tea"
        await ann.types("Hello, you")
        assert ann.screen[-1].strip() == "Hello, you"
        await ann.presses("enter")
        assert ann.app.sent() == ["Hello, you"]
        assert ann.text == "|"


async def test_keys_are_done_in_the_order_in_which_they_were_pressed():
    async with typist() as ann:
        for key in ("a", "b", "home", "c", "enter", "d", "ctrl+u", "e"):
            ann.app.post_message(Key(key, key if len(key) == 1 else None))
        await ann.waits(lambda: ann.text == "e|")
        assert ann.app.sent() == ["cab"]


async def test_a_blank_text_is_not_sent_and_stays():
    async with typist() as ann:
        await ann.types("  ")
        await ann.presses("enter")
        assert ann.app.sent() == []
        assert ann.text == "  |"


async def test_spaces_and_line_ends_around_a_text_are_not_sent_but_its_indentation_is():
    async with typist() as ann:
        await ann.presses("ctrl+j")
        await ann.types("    code ")
        await ann.presses("alt+enter", "enter")
        assert ann.app.sent() == ["    code"]


async def test_a_line_break_by_every_key_that_makes_one():
    async with typist() as ann:
        for key in ("alt+enter", "shift+enter", "ctrl+j"):
            await ann.types(f"one, {key}")
            await ann.presses(key)
            await ann.types("two")
            assert ann.composer.size.height == 2
            await ann.presses("enter")
            assert ann.app.sent()[-1] == f"one, {key}\ntwo"
            assert ann.composer.size.height == 1


async def test_it_grows_with_its_text_up_to_eight_rows():
    async with typist() as ann:
        heights = []
        for _ in range(10):
            await ann.presses("ctrl+j")
            heights.append(ann.composer.size.height)
        assert heights == [2, 3, 4, 5, 6, 7, 8, 8, 8, 8]
        await ann.types("last")
        assert ann.screen[-1].strip() == "last"


async def test_a_long_line_is_broken_into_rows():
    async with typist(size=(20, 10)) as ann:
        await ann.types("a message that is longer than a row")
        assert [row.strip() for row in ann.screen[-2:]] == ["a message that is", "longer than a row"]


async def test_the_keys_of_readline():
    """Each row: what was typed, which keys were pressed, what stands there then."""
    async with typist() as ann:
        for typed, keys, text in READLINE:
            ann.app.tea.draft.text, ann.app.tea.draft.cursor = "", 0
            ann.composer.load(ann.app.tea)
            await ann.types(typed)
            await ann.presses(*keys)
            assert ann.text == text, keys


async def test_killing_at_the_edge_of_a_line_joins_it_with_the_other():
    async with typist() as ann:
        await ann.pastes("one\ntwo")
        await ann.presses("home", "ctrl+u")
        assert ann.text == "one|two"
        await ann.presses("ctrl+y", "up", "end", "alt+k")
        assert ann.text == "one|two"


async def test_home_and_end_go_to_the_edge_of_the_row_and_then_of_the_line():
    async with typist(size=(12, 10)) as ann:
        await ann.types("hello big world")
        await ann.presses("home")
        assert ann.text == "hello big |world"
        await ann.presses("home")
        assert ann.text == "|hello big world"
        await ann.presses("end", "end")
        assert ann.text == "hello big world|"


async def test_what_is_pasted_is_inserted_whole_and_not_sent():
    async with typist() as ann:
        await ann.types("see: ")
        await ann.pastes("one\r\ntwo\rthree\n")
        assert ann.text == "see: one\ntwo\nthree|"
        assert ann.app.sent() == []


async def test_what_is_cut_can_be_pasted_and_nothing_selected_is_not_cut():
    async with typist() as ann:
        await ann.types("one two")
        await ann.presses("ctrl+x")
        assert ann.text == "one two|"
        await ann.presses("ctrl+shift+left", "ctrl+x", "home", "ctrl+v")
        assert ann.text == "two|one "


async def test_what_is_selected_is_shown_and_replaced_by_what_is_typed():
    async with typist() as ann:
        await ann.types("one two")
        await ann.presses("shift+left", "shift+left", "shift+right", "shift+left")
        assert ann.composer.selected_text == "wo"
        row = ann.composer.render_line(0)
        assert len({segment.style for segment in row if segment.text.strip()}) > 1
        await ann.types("x")
        assert ann.text == "one tx|"


async def test_what_terminals_act_on_does_not_come_in():
    async with typist() as ann:
        await ann.pastes("a\x1b[31mred\x07\u202e\tb\x9b")
        assert ann.text == "a[31mred    b|"


async def test_a_text_that_is_too_long_is_refused_as_a_whole_and_said():
    async with typist() as ann:
        await ann.types("mine")
        await ann.pastes("x" * TEXT_CHARACTERS_MAX)
        assert ann.text == "mine|"
        assert [message.characters for message in ann.app.heard if isinstance(message, ann.composer.TooLong)] == [
            TEXT_CHARACTERS_MAX + 4
        ]
        ann.app.tea.draft.text = "y" * (TEXT_CHARACTERS_MAX + 1)
        ann.composer.load(ann.app.tea)
        assert len(ann.composer.text) == TEXT_CHARACTERS_MAX


async def test_up_and_down_walk_through_what_was_sent_and_back_to_what_is_typed():
    async with typist() as ann:
        ann.app.tea.inputs[:] = ["one", "two"]
        await ann.types("draft")
        await ann.presses("up")
        assert ann.text == "two|"
        await ann.presses("up", "up")
        assert ann.text == "one|"
        await ann.presses("down", "down")
        assert ann.text == "draft|"
        await ann.presses("down")
        assert ann.text == "draft|"


async def test_up_moves_in_the_text_until_its_first_row():
    async with typist() as ann:
        ann.app.tea.inputs[:] = ["before"]
        await ann.pastes("one\ntwo")
        await ann.presses("up")
        assert ann.text == "one|\ntwo"
        await ann.presses("up")
        assert ann.text == "before|"
        await ann.presses("down")
        assert ann.text == "one\ntwo|"


async def test_through_texts_of_several_rows_one_walks_with_one_key():
    async with typist() as ann:
        ann.app.tea.inputs[:] = ["first", "one\ntwo"]
        await ann.presses("up", "up")
        assert ann.text == "first|"


async def test_what_was_typed_is_not_lost_when_something_old_is_sent_again():
    async with typist() as ann:
        ann.app.tea.inputs[:] = ["old"]
        await ann.types("draft")
        await ann.presses("up", "enter")
        assert ann.app.sent() == ["old"]
        assert ann.app.tea.inputs == ["old", "draft", "old"]


async def test_a_change_to_something_old_is_a_draft_and_the_one_before_is_remembered():
    async with typist() as ann:
        ann.app.tea.inputs[:] = ["old"]
        await ann.types("draft")
        await ann.presses("up")
        await ann.types("er")
        ann.loads(ann.app.team)
        assert ann.app.tea.draft.text == "older"
        assert ann.app.tea.inputs == ["old", "draft"]


async def test_who_only_looks_at_something_old_keeps_his_draft():
    async with typist() as ann:
        ann.app.tea.inputs[:] = ["old"]
        await ann.types("draft")
        await ann.presses("up")
        ann.loads(ann.app.team)
        assert ann.app.tea.draft.text == "draft"


async def test_a_draft_belongs_to_its_buffer_with_its_cursor():
    async with typist() as ann:
        await ann.pastes("for\ntea")
        await ann.presses("left")
        ann.loads(ann.app.team)
        assert ann.text == "|"
        await ann.waits(lambda: ann.screen[-1].strip() == "Message #team")
        await ann.types("for team")
        ann.loads(ann.app.tea)
        assert ann.text == "for\nte|a"
        assert ann.app.team.draft.text == "for team"


async def test_undo_does_not_bring_in_what_was_typed_elsewhere():
    async with typist() as ann:
        await ann.types("secret")
        ann.loads(ann.app.team)
        await ann.presses("ctrl+z", "ctrl+z")
        assert ann.text == "|"


async def test_putting_a_text_away_loses_nothing():
    """Row 15: Ctrl+C, which is the screen's, calls this."""
    async with typist() as ann:
        assert not ann.composer.put_away()
        await ann.types("oh no")
        assert ann.composer.put_away()
        assert ann.text == "|"
        await ann.presses("up")
        assert ann.text == "oh no|"


async def test_a_text_that_was_put_away_from_an_older_one_is_remembered_too():
    async with typist() as ann:
        ann.app.tea.inputs[:] = ["old"]
        await ann.types("draft")
        await ann.presses("up")
        ann.composer.put_away()
        assert ann.app.tea.inputs == ["old", "draft", "old"]


async def test_escape_changes_no_text_and_is_passed_on():
    async with typist() as ann:
        await ann.types("text")
        await ann.presses("escape")
        assert ann.text == "text|"
        assert ann.app.cancelled() == 1


async def test_backspace_without_a_text_gives_up_an_answer_and_nothing_else():
    async with typist() as ann:
        await ann.presses("backspace")
        assert ann.app.cancelled() == 0
        ann.app.tea.draft.answers = Said(time=NOON, message=message("hi"))
        await ann.types("x")
        await ann.presses("backspace")
        assert ann.app.cancelled() == 0
        await ann.presses("backspace")
        assert ann.app.cancelled() == 1


async def test_typing_is_told_at_most_every_three_seconds_and_when_it_is_given_up():
    async with typist() as ann:
        await ann.types("abc")
        assert ann.app.typing() == [True]
        ann.app.seconds += 3
        await ann.types("d")
        assert ann.app.typing() == [True, True]
        await ann.presses("ctrl+u")
        assert ann.app.typing() == [True, True, False]


async def test_a_message_says_by_itself_that_its_author_is_done():
    async with typist() as ann:
        await ann.types("abc")
        await ann.presses("enter")
        await ann.types("d")
        assert ann.app.typing() == [True, True]


async def test_nobody_is_told_of_commands_but_of_texts_with_two_slashes():
    async with typist() as ann:
        await ann.types("/msg bob hi")
        assert ann.app.typing() == []
        await ann.presses("ctrl+u")
        await ann.types("//shrug")
        assert ann.app.typing() == [True]


async def test_leaving_a_buffer_ends_typing_there():
    async with typist() as ann:
        await ann.types("abc")
        ann.loads(ann.app.team)
        await ann.pilot.pause()
        told = [message for message in ann.app.heard if isinstance(message, ann.composer.TypingChanged)]
        assert [(one.active, one.buffer) for one in told] == [(True, ann.app.tea), (False, ann.app.tea)]


async def test_no_key_leaves_half_of_a_character():
    """Row 16."""
    async with typist() as ann:
        for cluster in (FAMILY, "\U0001f44b\U0001f3fd", "\U0001f1eb\U0001f1f7", "e\u0301", "\u4f60"):
            await ann.presses("end", "ctrl+u")
            await ann.pastes(f"a{cluster}b")
            await ann.presses("left", "left")
            assert ann.text == f"a|{cluster}b"
            await ann.presses("right", "backspace")
            assert ann.text == "a|b"
            await ann.presses("ctrl+z", "left", "delete")
            assert ann.text == "a|b"


async def test_what_is_drawn_is_as_wide_as_the_screen_with_any_text():
    async with typist(size=(30, 10)) as ann:
        await ann.pastes(f"{FAMILY}{SHALOM} \u4f60\u597d " * 6)
        for _ in range(12):
            await ann.presses("left")
            assert len(ann.screen) == 10


async def test_the_cursor_is_drawn_where_text_from_right_to_left_goes_on():
    async with typist() as ann:
        await ann.types(SHALOM)
        assert ann.screen[-1] == f"  {SHALOM[::-1]}"
        assert ann.composer.cursor_screen_offset.x == 1
        await ann.presses("home")
        assert ann.composer.cursor_screen_offset.x == 5


async def test_a_click_puts_the_cursor_before_what_was_clicked():
    async with typist() as ann:
        await ann.pastes(f"a{FAMILY}b")
        await ann.pilot.click(ann.composer, offset=(3, 0))
        assert ann.text == f"a|{FAMILY}b"
        await ann.pilot.click(ann.composer, offset=(40, 0))
        assert ann.text == f"a{FAMILY}b|"


async def test_the_name_of_a_channel_is_no_markup():
    async with typist() as ann:
        ann.loads(ann.app.network.buffer("#[red]x[/blue]"))
        await ann.pilot.pause()
        assert ann.screen[-1].strip() == "Message #[red]x[/blue]"


async def test_nothing_blinks_and_no_timer_runs():
    async with typist() as ann:
        assert not ann.composer.cursor_blink
        assert ann.composer.blink_timer._active.is_set() is False

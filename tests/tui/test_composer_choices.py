"""Choices for the word that is typed (UX, terminal client, row 4)."""

from __future__ import annotations

import pytest

from tests.tui.composers import typist
from tests.tui.desks import NOON
from tests.tui.panes import wheel

SMILE = "\U0001f604"
TADA = "\U0001f389"


async def test_tab_puts_in_the_first_and_goes_through_the_others():
    async with typist() as ann:
        ann.app.tea.speakers.update({"bert": NOON, "bob": NOON})
        await ann.types("b")
        await ann.presses("tab")
        assert ann.text == "bob: |"
        assert ann.choices == ["bob", "bert"]
        await ann.presses("tab")
        assert ann.text == "bert: |"
        await ann.presses("tab")
        assert ann.text == "bob: |"
        await ann.presses("shift+tab")
        assert ann.text == "bert: |"
        await ann.types("hi")
        assert ann.text == "bert: hi|"
        assert ann.choices == []


async def test_enter_behind_tab_sends():
    async with typist() as ann:
        await ann.types("b")
        await ann.presses("tab", "enter")
        assert ann.app.sent() == ["bert:"]
        assert ann.choices == []


async def test_the_only_one_is_put_in_without_a_list():
    async with typist() as ann:
        await ann.types("hi c")
        await ann.presses("tab")
        assert ann.text == "hi carl |"
        assert ann.choices == []


async def test_tab_without_choices_changes_nothing_and_keeps_the_focus():
    async with typist() as ann:
        await ann.types("xyz")
        await ann.presses("tab")
        assert ann.text == "xyz|"
        assert ann.app.focused is ann.composer


async def test_a_word_in_the_middle_gets_no_second_space():
    async with typist() as ann:
        await ann.types("hi c now")
        await ann.presses("alt+b", "left", "tab")
        assert ann.text == "hi carl| now"


async def test_they_open_by_themselves_and_nothing_else_moves():
    async with typist() as ann:
        before = ann.screen[:15]
        await ann.types("hi @b")
        assert ann.choices == ["bert", "bob"]
        assert ann.screen[:15] == before
        assert ann.screen[-2].index("bob") == ann.screen[-1].index("@b")
        await ann.types("o")
        assert ann.choices == ["bob"]
        await ann.presses("backspace", "backspace", "backspace")
        assert ann.choices == []


async def test_up_down_enter_and_tab_are_theirs_while_they_are_open():
    async with typist() as ann:
        await ann.types("@b")
        await ann.presses("down", "enter")
        assert ann.text == "bob: |"
        assert ann.app.sent() == []
        await ann.types("@b")
        await ann.presses("up", "up", "tab")
        assert ann.text == "bob: bert |"
        assert ann.choices == []


async def test_escape_closes_them_and_they_stay_closed_for_this_word():
    async with typist() as ann:
        await ann.types("@b")
        await ann.presses("escape")
        assert ann.choices == []
        assert ann.app.cancelled() == 0
        await ann.types("o")
        assert ann.choices == []
        await ann.presses("enter")
        assert ann.app.sent() == ["@bo"]
        await ann.types("x @b")
        assert ann.choices == ["bert", "bob"]


async def test_moving_the_cursor_closes_them():
    async with typist() as ann:
        await ann.types("@b")
        await ann.presses("left")
        assert ann.choices == []


async def test_what_is_complete_is_sent_at_once():
    async with typist() as ann:
        for text in ("/back", "/q bob", "@bob", "#tea", "hello"):
            await ann.types(text)
            await ann.presses("enter")
            assert ann.app.sent()[-1] == text
            assert ann.text == "|"


async def test_a_command_with_its_help_and_then_its_channel():
    async with typist() as ann:
        await ann.types("/jo")
        assert ann.choices == ["/join #CHANNEL [KEY]  Enter a channel, or look at one you are in"]
        await ann.presses("enter")
        await ann.types("#t")
        assert ann.choices == ["#tea", "#team"]
        await ann.presses("down", "tab")
        assert ann.text == "/join #team |"


async def test_an_emoji_by_its_name():
    async with typist() as ann:
        await ann.types("so :s")
        assert ann.choices == []
        await ann.types("mil")
        assert ann.choices[0].startswith(SMILE)
        await ann.presses("enter")
        assert ann.text == f"so {SMILE} |"


async def test_a_colon_at_the_end_of_a_name_makes_it_an_emoji_and_undo_takes_that_back():
    async with typist() as ann:
        await ann.types("so :tada:")
        assert ann.text == f"so {TADA}|"
        await ann.presses("ctrl+z")
        assert ann.text == "so :tada:|"


async def test_at_most_eight_are_seen_and_the_chosen_one_always_is():
    async with typist() as ann:
        await ann.types("/")
        assert len(ann.choices) == 8
        first = ann.choices[0]
        await ann.presses(*["down"] * 9)
        assert len(ann.choices) == 8
        assert first not in ann.choices
        await ann.presses(*["up"] * 9)
        assert ann.choices[0] == first
        await ann.presses("up", "enter")
        assert ann.text == "/whois |"


async def test_the_chosen_one_and_the_cursor_are_seen_without_colours(monkeypatch: pytest.MonkeyPatch):
    """NO_COLOR (no-color.org)."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with typist() as ann:
        await ann.types("@b")
        rows = [ann.app.popup.render_line(0), ann.app.popup.render_line(1), ann.composer.render_line(0)]
        lit = [[segment.text for segment in row if segment.style and segment.style.reverse] for row in rows]
        assert "".join(lit[0]).strip() == "bert"
        assert lit[1:] == [[], [" "]]


async def test_the_wheel_shows_the_others():
    async with typist() as ann:
        await ann.types("/")
        first = ann.choices
        await wheel(ann.pilot, ann.app.popup, 3)
        assert ann.choices[:5] == first[3:]
        await wheel(ann.pilot, ann.app.popup, -9)
        assert ann.choices == first


async def test_a_click_takes_one_and_the_focus_stays():
    async with typist() as ann:
        await ann.types("@b")
        await ann.pilot.click(ann.app.popup, offset=(2, 1))
        assert ann.text == "bob: |"
        assert ann.choices == []
        assert ann.app.focused is ann.composer


async def test_what_was_sent_before_opens_no_choices():
    async with typist() as ann:
        ann.app.tea.inputs[:] = ["/join #tea", "@b"]
        await ann.presses("up")
        assert ann.choices == []
        await ann.presses("up")
        assert ann.text == "/join #tea|"


async def test_another_buffer_closes_them():
    async with typist() as ann:
        await ann.types("@b")
        ann.loads(ann.app.team)
        await ann.pilot.pause()
        assert ann.choices == []


async def test_in_a_narrow_terminal_they_stay_on_the_screen():
    async with typist(size=(24, 10)) as ann:
        await ann.types("a long beginning @b")
        region = ann.app.popup.region
        assert region.x >= 0 and region.right <= 24
        await ann.presses("ctrl+u")
        await ann.types("/")
        assert ann.app.popup.region.width <= 24
        assert len(ann.choices) == 8


async def test_ten_thousand_members_do_not_hold_up_a_key():
    async with typist() as ann:
        ann.app.server.enter("#tea", *(f"user{number}" for number in range(10_000)))
        await ann.types("@user77")
        assert len(ann.choices) == 8

"""The help: all keys as they are, all commands, found by typing, at 80 columns and wider."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Input

from ipcchat.tui.commands import in_order
from ipcchat.tui.keymap import ACTIONS, Keymap
from ipcchat.tui.screens.help import HelpScreen, command_sections, key_sections


class Desk(App[None]):
    """Nothing but what help lies over."""

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self.keymap = keymap

    def on_mount(self) -> None:
        self.push_screen(HelpScreen(self.keymap))

    @property
    def shown(self) -> str:
        """What can be read on the screen."""
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips())


def titles(sections) -> list[str]:
    return [section.title for section in sections]


def test_every_action_and_every_command_is_there():
    keys = [row for section in key_sections(Keymap()) for row in section.rows]
    assert sorted(summary for _, summary in keys) == sorted(action.summary for action in ACTIONS)
    (commands,) = command_sections(in_order())
    assert [usage for usage, _ in commands.rows] == [*(command.usage for command in in_order()), "//text"]


def test_keys_are_shown_as_they_are_now():
    rows = dict(row for section in key_sections(Keymap.of({"quit": ["f10"], "mute": []})) for row in section.rows)
    assert rows["F10"] == "Quit" and rows["no key"].startswith("Mute")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("MENTION next", ["Moving", "Reading"]),
        ("ctrl+q", ["Program"]),
        ("selected answer", ["Messages, while one is selected"]),
        ("no such words", []),
    ],
)
def test_all_words_that_are_typed_must_be_there(words, found):
    assert titles(key_sections(Keymap(), words)) == found


def test_commands_are_found_by_their_usage_and_summary():
    (found,) = command_sections(in_order(), "/pin")
    assert {usage.split()[0] for usage, _ in found.rows} == {"/pin", "/pins"}
    assert command_sections(in_order(), "xyzzy") == []


async def test_keys_come_first_and_the_rest_is_reached_by_scrolling():
    app = Desk(Keymap())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "Ctrl+K, Ctrl+G" in app.shown and "/join" not in app.shown
        body = app.screen.query_one(VerticalScroll)
        for _ in range(20):
            await pilot.press("pagedown")
        assert body.scroll_y == body.max_scroll_y and "//text" in app.shown
        await pilot.press("up", "pageup")
        assert body.scroll_y < body.max_scroll_y - 1


async def test_wide_terminals_have_the_commands_beside_the_keys():
    app = Desk(Keymap())
    async with app.run_test(size=(130, 30)) as pilot:
        await pilot.pause()
        (line,) = [line for line in app.shown.splitlines() if "Moving" in line]
        assert "Commands" in line
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        (line,) = [line for line in app.shown.splitlines() if "Moving" in line]
        assert "Commands" not in line


async def test_typing_searches_and_what_is_not_there_is_said():
    app = Desk(Keymap())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"mute")
        await pilot.pause()
        assert "Alt+M" in app.shown and "/mute" in app.shown and "Alt+Up" not in app.shown
        await pilot.press(*"xx")
        await pilot.pause()
        assert "Nothing here has these words." in app.shown


@pytest.mark.parametrize("key", ["escape", "f1", "alt+h", "q"])
async def test_help_closes_by_what_people_try(key):
    app = Desk(Keymap())
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.screen, HelpScreen)
        await pilot.press(key)
        assert not isinstance(app.screen, HelpScreen)


async def test_q_is_a_letter_once_something_was_typed():
    app = Desk(Keymap())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("e", "q")
        assert isinstance(app.screen, HelpScreen) and app.screen.query_one(Input).value == "eq"


async def test_help_closes_by_the_key_that_opens_it_now():
    app = Desk(Keymap.of({"help": ["f9"]}))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("f9")
        assert not isinstance(app.screen, HelpScreen)

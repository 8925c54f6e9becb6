"""The table of keys: it is consistent, people can change it, and its names are those that terminals' keys have."""

from __future__ import annotations

import json

import pytest
from textual.app import App
from textual.widgets import TextArea

from ipcchat.tui.key_names import character_of, key_names, read_key, shown
from ipcchat.tui.keymap import ACTIONS, GROUPS, PLACES, Keymap, KeymapError
from ipcchat.tui.screens.chat_screen import ChatScreen
from ipcchat.tui.screens.modal import Modal
from ipcchat.tui.widgets.composer import Composer
from ipcchat.tui.widgets.timeline_view import TimelineView

HELP_COLUMNS = 46  # What is left for a line of help beside its keys, in 80 columns.


def mistakes(overrides) -> list[str]:
    with pytest.raises(KeymapError) as raised:
        Keymap.of(overrides)
    return [f"{mistake.action}: {mistake.text}" for mistake in raised.value.mistakes]


def test_an_action_is_named_once_and_stands_in_a_group():
    names = [action.name for action in ACTIONS]
    assert len(set(names)) == len(names)
    assert {action.group for action in ACTIONS} == set(GROUPS)
    assert {action.where for action in ACTIONS} == set(PLACES)


def test_a_line_of_help_fits_beside_its_keys():
    assert [action.summary for action in ACTIONS if not 0 < len(action.summary) <= HELP_COLUMNS] == []


@pytest.mark.parametrize("where", PLACES)
def test_in_one_place_a_key_does_one_thing(where):
    keys = [key for action in ACTIONS if action.where == where for key in action.keys]
    assert sorted(set(keys)) == sorted(keys)


def test_only_these_keys_mean_something_else_in_a_place_of_their_own():
    everywhere = {key for action in ACTIONS if action.where == "everywhere" for key in action.keys}
    elsewhere = {key for action in ACTIONS if action.where in ("composer", "timeline") for key in action.keys}
    assert everywhere & elsewhere == {"escape", "shift+up"}


@pytest.mark.parametrize("key", sorted({key for action in ACTIONS for key in action.keys}))
def test_every_key_is_written_as_it_is_shown(key):
    assert read_key(key) == key
    assert read_key(shown(key)) == key


@pytest.mark.parametrize("action", [action for action in ACTIONS if action.where != "timeline"])
def test_no_key_is_taken_from_the_text(action):
    assert [key for key in action.keys if character_of(key)] == []


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Alt+A", "alt+a"),
        ("ctrl + PgUp", "ctrl+pageup"),
        ("Shift+Alt+Down", "alt+shift+down"),
        ("control+option+x", "alt+ctrl+x"),
        ("+", "plus"),
        ("alt++", "alt+plus"),
        ("=", "equals_sign"),
        ("Esc", "escape"),
        ("G", "G"),
        ("shift+g", "G"),
        ("Ctrl+G", "ctrl+g"),
        ("f12", "f12"),
        ("\u00e9", "\u00e9"),
        ("Alt+/", "alt+slash"),
    ],
)
def test_keys_are_read_as_people_write_them(written, key):
    assert read_key(written) == key


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "there is no key ''"),
        ("ctrl+", "there is no key 'ctrl+'"),
        ("Strg+K", "there is no key 'Strg+K'; write Ctrl+, Alt+ or Shift+, not strg+"),
        ("ctrl+pagup", "there is no key 'ctrl+pagup'; did you mean Ctrl+PageUp?"),
        ("f77", "there is no key 'f77'"),
        ("ctrl+i", "terminals send the same for Ctrl+I and Tab"),
        ("ctrl+m", "terminals send the same for Ctrl+M and Enter"),
        ("ctrl+h", "terminals send the same for Ctrl+H and Backspace"),
        ("ctrl+[", "terminals send the same for Ctrl+[ and Esc"),
        ("\x1b", "there is no key"),
    ],
)
def test_what_is_no_key_is_refused_with_the_reason(written, reason):
    with pytest.raises(ValueError) as raised:
        read_key(written)
    assert str(raised.value).startswith(reason)


def test_names_of_keys_are_those_that_textual_gives():
    assert {"pageup", "escape", "f1", "f24", "equals_sign", "plus", "space"} <= key_names()


def test_keys_can_be_changed_added_and_taken_away():
    keys = Keymap.of({"next_unread": ["F9", "alt+a"], "mute": []})
    assert keys.keys("next_unread") == ("f9", "alt+a")
    assert keys.shown("next_unread") == "F9, Alt+A"
    assert keys.keys("mute") == () and keys.shown("mute") == keys.first("mute") == ""
    assert keys.keys("quit") == Keymap().keys("quit") == ("ctrl+q",)
    assert "alt+m" not in [binding.key for binding in keys.bindings("everywhere")]


def test_the_keys_of_two_actions_can_be_swapped():
    keys = Keymap.of({"previous_buffer": ["alt+down"], "next_buffer": ["alt+up"]})
    assert keys.keys("previous_buffer") == ("alt+down",)


def test_all_mistakes_are_told_at_once():
    assert mistakes(
        {
            "nxt_unread": ["alt+a"],
            "zzz": [],
            "mute": ["alt+upp", "ctrl+i", "m"],
            "search": ["Alt+Up"],
            "theme": ["ctrl+w"],
            "reply": ["e"],
        }
    ) == [
        "nxt_unread: there is no such action; did you mean next_unread?",
        "zzz: there is no such action",
        "mute: there is no key 'alt+upp'; did you mean Alt+Up?",
        "mute: terminals send the same for Ctrl+I and Tab",
        "mute: m is typed as text; add Ctrl or Alt",
        "search: Alt+Up is previous_buffer already; give that other keys, too",
        "reply: e is edit already; give that other keys, too",
        "theme: Ctrl+W is delete_word_left already; give that other keys, too",
    ]


def test_keys_in_lists_are_free_but_for_those_that_are_heard_there():
    assert Keymap.of({"list_next": ["alt+m", "down"]}).keys("list_next") == ("alt+m", "down")
    assert mistakes({"list_close": ["ctrl+k"]}) == ["list_close: Ctrl+K is switcher already; give that other keys, too"]


def test_two_actions_that_want_the_same_key_are_told_once():
    assert mistakes({"mute": ["f9"], "theme": ["f9"]}) == ["mute: F9 is theme already; give that other keys, too"]


def test_an_action_has_no_endless_list_of_keys():
    assert mistakes({"mute": [f"f{number}" for number in range(9, 20)]})[0] == (
        "mute: has 11 keys; an action has at most 9"
    )


def test_an_action_that_counts_is_called_with_the_number_of_its_key():
    keys = Keymap.of({"numbered_buffer": ["alt+1", "f9"]})
    calls = {binding.key: binding.action for binding in keys.bindings("everywhere")}
    assert (calls["alt+1"], calls["f9"]) == ("numbered_buffer(1)", "numbered_buffer(2)")
    assert Keymap().shown("numbered_buffer") == "Alt+1 \u2026 Alt+9"


def test_the_table_can_be_had_as_json_for_other_clients():
    table = json.loads(json.dumps(Keymap.of({"mute": ["f9"]}).as_json()))
    assert [row["name"] for row in table] == [action.name for action in ACTIONS]
    assert {row["name"]: row["keys"] for row in table}["mute"] == ["f9"]


def test_the_bindings_of_a_place_are_those_of_the_table():
    found = {(binding.id, binding.key) for binding in Keymap().bindings("timeline")}
    assert found == {(action.name, key) for action in ACTIONS if action.where == "timeline" for key in action.keys}


class Typing(TextArea):
    """A text with keys of its own class (f7 selects all, ctrl+a goes to the start of a line)."""

    def action_delete_to_end(self) -> None:
        self.action_delete_to_end_of_line()


class Desk(App[None]):
    """Hears what keys of everywhere do."""

    def __init__(self, keys: Keymap) -> None:
        super().__init__()
        self.keys = keys
        self.heard: list[str] = []

    def compose(self):
        yield Typing("one two")

    def on_mount(self) -> None:
        self.keys.bind(self.screen, "everywhere")
        self.keys.bind(self.query_one(Typing), "composer")

    async def run_action(self, action, *arguments, **options):
        self.heard.append(str(action))
        return await super().run_action(action, *arguments, **options)


async def test_keys_of_everywhere_are_not_swallowed_by_those_that_a_widget_has_from_textual():
    app = Desk(Keymap())
    async with app.run_test() as pilot:
        await pilot.press("f7", "ctrl+k", "pageup", "alt+3")
        assert app.heard == ["fold_channels", "switcher", "scroll_up", "numbered_buffer(3)"]


async def test_changed_keys_take_the_place_of_the_old_ones():
    app = Desk(Keymap.of({"delete_to_end": ["f9"], "fold_channels": ["ctrl+shift+k"]}))
    async with app.run_test() as pilot:
        await pilot.press("f9")
        assert app.query_one(Typing).text == ""
        await pilot.press("alt+k", "ctrl+shift+k")
        assert app.heard == ["delete_to_end", "fold_channels"]


def test_every_action_is_done_by_who_has_the_keys_of_its_place():
    does = {"everywhere": ChatScreen, "composer": Composer, "timeline": TimelineView, "list": Modal}
    assert [action.name for action in ACTIONS if not hasattr(does[action.where], f"action_{action.name}")] == []

"""The input line: readline's keys, history, completion, and what is shown of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.cli.editor import KEYS, Action, Editor
from ipcchat.cli.keys import Key
from ipcchat.client.text import width


def typed(text: str, *names: str, editor: Editor | None = None) -> Editor:
    editor = editor or Editor()
    for sign in text:
        editor.press(Key("text", sign))
    for name in names:
        editor.press(Key(name))
    return editor


@pytest.mark.parametrize(
    ("names", "text", "cursor"),
    [
        (["backspace"], "one two thre", 12),
        (["left", "left", "backspace"], "one two tee".replace("tee", "thee"), 10),
        (["home", "delete"], "ne two three", 0),
        (["ctrl-w"], "one two ", 8),
        (["ctrl-w", "ctrl-w", "ctrl-w", "ctrl-w"], "", 0),
        (["word-left", "ctrl-k"], "one two ", 8),
        (["word-left", "ctrl-u"], "three", 0),
        (["word-left", "ctrl-u", "end", "ctrl-y"], "threeone two ", 13),
        (["home", "word-right", "ctrl-d"], "onetwo three", 3),
        (["ctrl-a", "ctrl-f", "ctrl-f", "ctrl-b"], "one two three", 1),
        (["home", "left"], "one two three", 0),
        (["right"], "one two three", 13),
        (["escape", "f5"], "one two three", 13),
        (["newline"], "one two three\n", 14),
    ],
)
def test_editing_keys(names: list[str], text: str, cursor: int) -> None:
    editor = typed("one two three", *names)
    assert (editor.text, editor.cursor) == (text, cursor)


def test_a_combined_character_is_deleted_as_one() -> None:
    editor = typed("e\u0301", "backspace")
    assert editor.text == ""


def test_enter_takes_the_line_and_up_brings_it_back() -> None:
    editor = typed("one")
    assert editor.press(Key("enter")) is Action.SUBMIT
    assert editor.take() == "one" and editor.text == ""
    typed("two", editor=editor).take()
    typed("draft", "up", editor=editor)
    assert editor.text == "two"
    typed("", "up", "up", editor=editor)
    assert editor.text == "one"
    typed("", "down", "down", "down", editor=editor)
    assert editor.text == "draft"


def test_ctrl_c_empties_the_line_without_losing_it_then_asks_to_leave() -> None:
    editor = typed("precious", "ctrl-c")
    assert editor.text == ""
    assert editor.press(Key("ctrl-c")) is Action.INTERRUPT
    assert typed("", "up", editor=editor).text == "precious"


def test_ctrl_d_leaves_on_an_empty_line_only() -> None:
    assert typed("").press(Key("ctrl-d")) is Action.END
    assert typed("x", "home").press(Key("ctrl-d")) is Action.REDRAW


def test_tab_walks_through_the_choices() -> None:
    editor = Editor(lambda word, at_start: [name + ": " for name in ("ann", "anna") if name.startswith(word)])
    typed("an", "tab", editor=editor)
    assert editor.text == "ann: "
    typed("", "tab", editor=editor)
    assert editor.text == "anna: "
    typed("", "tab", editor=editor)
    assert editor.text == "ann: "
    typed("x", editor=editor)
    assert editor.press(Key("tab")) is Action.NOTHING


def test_completion_in_the_middle_of_a_line() -> None:
    editor = Editor(lambda word, at_start: [] if at_start else ["bob "])
    typed("hi b you", "left", "left", "left", "left", "tab", editor=editor)
    assert (editor.text, editor.cursor) == ("hi bob  you", 7)


def test_a_pasted_line_break_is_one_visible_sign() -> None:
    editor = Editor()
    editor.press(Key("paste", "one\ntwo\x1b[31m"))
    assert editor.view(40) == ("one⏎two␛[31m", 12)


@given(st.text(min_size=1, max_size=60), st.integers(4, 30), st.lists(st.sampled_from(sorted(KEYS)), max_size=12))
def test_the_cursor_is_always_in_the_row(text: str, columns: int, names: list[str]) -> None:
    editor = Editor()
    editor.press(Key("paste", text))
    for name in names:
        editor.press(Key(name))
        shown, cursor = editor.view(columns)
        assert 0 <= editor.cursor <= len(editor.text)
        assert 0 <= cursor < columns and width(shown) < columns + 1 and "\n" not in shown and "\x1b" not in shown

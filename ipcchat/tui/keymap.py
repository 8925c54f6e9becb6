"""The keys: one table of everything that a key can do, for the bindings, the help screen and docs/terminal.md.

Rules:
1. An action is one row of ACTIONS. Whoever has the keys of a place has a method `action_<name>` for each of its rows.
2. Every key can be changed by the settings. Mistakes are all told at once, and none of them changes a key.
3. In the same place a key does one thing. A place may give a key of "everywhere" a meaning of its own; that the table
   does on purpose (Escape), and nobody else by accident. Over "list" nothing else is heard but what opens and closes.
4. No key is used that terminals cannot tell from another (Ctrl+I is Tab), and none that only types a character, where
   text is typed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ipcchat.tui.key_names import character_of, read_key, shown

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.dom import DOMNode

Where = Literal["everywhere", "composer", "timeline", "list"]

PLACES: tuple[Where, ...] = ("everywhere", "composer", "timeline", "list")
GROUPS = ("Moving", "Reading", "Messages", "Typing", "Panes", "Program")
KEYS_MAX = 9
# What keys mean in lists and questions, too.
HEARD_OVER_LISTS = ("switcher", "search", "help", "quit")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that keys do: its `keys` as Textual names them, a line of help, where it works. `counts`: its n-th key
    does it for n, from 1."""

    name: str
    keys: tuple[str, ...]
    summary: str
    group: str
    where: Where = "everywhere"
    counts: bool = False


ACTIONS: tuple[Action, ...] = (
    Action("switcher", ("ctrl+k", "ctrl+g"), "Go to a channel or person by name", "Moving"),
    Action("previous_buffer", ("alt+up", "ctrl+p"), "The place above in the list", "Moving"),
    Action("next_buffer", ("alt+down", "ctrl+n"), "The place below in the list", "Moving"),
    Action("next_unread", ("alt+a", "alt+shift+down"), "The next unread place, mentions first", "Moving"),
    Action("last_buffer", ("alt+left", "alt+slash"), "Back to where you were before", "Moving"),
    Action(
        "numbered_buffer",
        tuple(f"alt+{number}" for number in range(1, 10)),
        "The place with this number in the list",
        "Moving",
        counts=True,
    ),
    Action("scroll_up", ("pageup",), "A page up; older messages are loaded as you go", "Reading"),
    Action("scroll_down", ("pagedown",), "A page down", "Reading"),
    Action("oldest", ("ctrl+home",), "The oldest message that is loaded", "Reading"),
    Action("bottom", ("ctrl+end", "escape"), "The latest message", "Reading"),
    Action("unread_line", ("alt+u",), "The line above what you have not read", "Reading"),
    Action("next_mention", ("alt+n",), "The next message that mentions you", "Reading"),
    Action("previous_mention", ("alt+p",), "The message before that mentions you", "Reading"),
    Action("search", ("ctrl+f",), "Search all that was said", "Reading"),
    Action("mute", ("alt+m",), "Mute this place, or hear it again", "Reading"),
    Action("focus_message", ("shift+up", "alt+s"), "Select a message, to answer it and more", "Messages"),
    Action("edit_last", ("ctrl+up", "alt+e"), "Change the last message you wrote here", "Messages"),
    Action("focus_previous", ("up", "k", "shift+up"), "The message above", "Messages", "timeline"),
    Action("focus_next", ("down", "j", "shift+down"), "The message below", "Messages", "timeline"),
    Action("reply", ("r",), "Answer it", "Messages", "timeline"),
    Action("react", ("plus", "equals_sign"), "React to it with a sign", "Messages", "timeline"),
    Action("edit", ("e",), "Change it, when it is yours", "Messages", "timeline"),
    Action("delete", ("delete", "d"), "Delete it", "Messages", "timeline"),
    Action("copy", ("c", "y"), "Copy its text", "Messages", "timeline"),
    Action("pin", ("p",), "Pin it, or take the pin away", "Messages", "timeline"),
    Action("open", ("enter",), "Go to what it answers, or open its link", "Messages", "timeline"),
    Action("open_link", ("o",), "Open its link in the browser", "Messages", "timeline"),
    Action("resend", ("s",), "Send it again, when it failed", "Messages", "timeline"),
    Action("leave_message", ("escape",), "Back to typing", "Messages", "timeline"),
    Action("list_previous", ("up", "ctrl+p", "shift+tab"), "The one above", "Moving", "list"),
    Action("list_next", ("down", "ctrl+n", "tab"), "The one below", "Moving", "list"),
    Action("list_page_up", ("pageup",), "Several up", "Moving", "list"),
    Action("list_page_down", ("pagedown",), "Several down", "Moving", "list"),
    Action("list_choose", ("enter",), "Take it", "Moving", "list"),
    Action("list_close", ("escape",), "Close it, and leave everything as it was", "Moving", "list"),
    Action("send", ("enter",), "Send", "Typing", "composer"),
    Action("newline", ("alt+enter", "shift+enter", "ctrl+j"), "Begin a new line", "Typing", "composer"),
    Action("complete", ("tab",), "Complete what is typed; again: the next choice", "Typing", "composer"),
    Action("complete_back", ("shift+tab",), "The completion before", "Typing", "composer"),
    Action("history_previous", ("up",), "On the first row: what you sent before", "Typing", "composer"),
    Action("history_next", ("down",), "On the last row: what you sent after that", "Typing", "composer"),
    Action(
        "cancel",
        ("escape",),
        "Close the choices, or give up an answer",
        "Typing",
        "composer",
    ),
    Action("interrupt", ("ctrl+c",), "Copy what is selected, or empty the line", "Typing"),
    Action("cursor_left", ("left", "ctrl+b"), "A character to the left", "Typing", "composer"),
    Action("cursor_right", ("right",), "A character to the right", "Typing", "composer"),
    Action("cursor_line_start", ("ctrl+a", "home"), "To the start of the line", "Typing", "composer"),
    Action("cursor_line_end", ("ctrl+e", "end"), "To the end of the line", "Typing", "composer"),
    Action("cursor_word_left", ("alt+b", "ctrl+left"), "A word to the left", "Typing", "composer"),
    Action("cursor_word_right", ("alt+f", "ctrl+right"), "A word to the right", "Typing", "composer"),
    Action("select_left", ("shift+left",), "Select to the left", "Typing", "composer"),
    Action("select_right", ("shift+right",), "Select to the right", "Typing", "composer"),
    Action("select_word_left", ("ctrl+shift+left",), "Select a word to the left", "Typing", "composer"),
    Action("select_word_right", ("ctrl+shift+right",), "Select a word to the right", "Typing", "composer"),
    Action("select_line_start", ("shift+home",), "Select to the start of the line", "Typing", "composer"),
    Action("select_line_end", ("shift+end",), "Select to the end of the line", "Typing", "composer"),
    Action("cut", ("ctrl+x",), "Cut what is selected", "Typing", "composer"),
    Action("paste", ("ctrl+v",), "Insert what was copied here", "Typing", "composer"),
    Action("delete_left", ("backspace", "shift+backspace"), "Delete to the left", "Typing", "composer"),
    Action("delete_right", ("delete", "ctrl+d"), "Delete to the right", "Typing", "composer"),
    Action("delete_word_left", ("ctrl+w", "alt+backspace"), "Delete the word to the left", "Typing", "composer"),
    Action("delete_word_right", ("alt+d", "ctrl+delete"), "Delete the word to the right", "Typing", "composer"),
    Action("delete_to_start", ("ctrl+u",), "Delete to the start of the line", "Typing", "composer"),
    Action("delete_to_end", ("alt+k",), "Delete to the end of the line", "Typing", "composer"),
    Action("yank", ("ctrl+y",), "Put back what these keys deleted", "Typing", "composer"),
    Action("transpose", ("ctrl+t",), "Swap the characters around the cursor", "Typing", "composer"),
    Action("undo", ("ctrl+z",), "Undo", "Typing", "composer"),
    Action("redo", ("ctrl+shift+z", "alt+z"), "Redo", "Typing", "composer"),
    Action("copy_mode", ("f6", "alt+l"), "Bare text, for your terminal's own selection", "Panes"),
    Action("fold_channels", ("f7",), "Hide or show the channels", "Panes"),
    Action("fold_members", ("f8",), "Hide or show the people", "Panes"),
    Action("theme", ("alt+t",), "The next theme of colours", "Panes"),
    Action("redraw", ("ctrl+l",), "Draw the screen anew", "Panes"),
    Action("help", ("f1", "alt+h"), "These keys, and the commands", "Program"),
    Action("reconnect", ("ctrl+r",), "Try to connect now", "Program"),
    Action("quit", ("ctrl+q",), "Quit", "Program"),
)
BY_NAME = {action.name: action for action in ACTIONS}


@dataclass(frozen=True, slots=True)
class KeyMistake:
    """What is wrong about the keys of an action, as one line without its name."""

    action: str
    text: str


class KeymapError(ValueError):
    """Keys that cannot be; `mistakes` has all reasons."""

    def __init__(self, mistakes: Sequence[KeyMistake]) -> None:
        super().__init__("; ".join(f"{mistake.action}: {mistake.text}" for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class Keymap:
    """Which keys do what, by default or as somebody wants it."""

    def __init__(self, keys: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._keys = {action.name: action.keys for action in ACTIONS} | dict(keys or {})

    @classmethod
    def of(cls, overrides: Mapping[str, Sequence[str]]) -> Keymap:
        """The table with other keys for some actions; an empty list takes an action's keys away. Raises KeymapError."""
        mistakes: list[KeyMistake] = []
        wanted: dict[str, tuple[str, ...]] = {}
        for name, keys in overrides.items():
            if name not in BY_NAME:
                mistakes.append(KeyMistake(name, f"there is no such action{_near(name)}"))
                continue
            wanted[name], wrong = _read_keys(BY_NAME[name], keys)
            mistakes += wrong
        made = cls(wanted)
        mistakes += made._collisions(wanted)
        if mistakes:
            raise KeymapError(mistakes)
        return made

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of an action, as Textual names them. Raises KeyError for an action that there is not."""
        return self._keys[name]

    def shown(self, name: str) -> str:
        """The keys of an action for people: "Alt+Up, Ctrl+P"; "" when it has none."""
        keys = self._keys[name]
        if BY_NAME[name].counts and len(keys) > 2:
            return f"{shown(keys[0])} … {shown(keys[-1])}"
        return ", ".join(map(shown, keys))

    def first(self, name: str) -> str:
        """The first key of an action for people, for a hint; "" when it has none."""
        return shown(self._keys[name][0]) if self._keys[name] else ""

    def bindings(self, where: Where) -> list[Binding]:
        """The bindings of a place; the id of each is its action's name."""
        from textual.binding import Binding

        return [
            Binding(key, call, action.summary, show=False, id=action.name)
            for action in ACTIONS
            if action.where == where
            for key, call in self._calls(action)
        ]

    def bind(self, node: DOMNode, *places: Where) -> None:
        """Give a widget or screen the keys of places, in the place of those it has for the same actions; it has a
        method `action_<name>` for each of them. Of the keys that its class has from Textual those stay that mean
        nothing here."""
        from textual.binding import BindingsMap

        replaced = {action.name for action in ACTIONS if action.where in places}
        taken = {
            key for action in ACTIONS if action.where in (*places, "everywhere") for key in self._keys[action.name]
        }
        kept = [binding for key, binding in node._bindings if binding.id not in replaced and key not in taken]
        node._bindings = BindingsMap([*(binding for place in places for binding in self.bindings(place)), *kept])

    def as_json(self) -> list[dict[str, object]]:
        """The table for a client that is not written in Python: plain values only."""
        return [
            {
                "name": action.name,
                "keys": list(self._keys[action.name]),
                "summary": action.summary,
                "group": action.group,
                "where": action.where,
                "counts": action.counts,
            }
            for action in ACTIONS
        ]

    def _calls(self, action: Action) -> Iterator[tuple[str, str]]:
        """Each key of an action and what it calls."""
        for number, key in enumerate(self._keys[action.name], 1):
            yield key, f"{action.name}({number})" if action.counts else action.name

    def _collisions(self, changed: Mapping[str, object]) -> Iterator[KeyMistake]:
        """The keys of changed actions that do something else already."""
        for one in ACTIONS:
            for other in ACTIONS:
                if one is other or one.name not in changed or not _meet(one, other):
                    continue
                if other.name in changed and ACTIONS.index(other) < ACTIONS.index(one):
                    continue  # Told from the other side.
                for key in self._keys[one.name]:
                    if key in self._keys[other.name] and not (key in one.keys and key in other.keys):
                        yield KeyMistake(one.name, f"{shown(key)} is {other.name} already; give that other keys, too")


def _read_keys(action: Action, written: Sequence[str]) -> tuple[tuple[str, ...], list[KeyMistake]]:
    """The keys that somebody wants for an action, and what is wrong with them."""
    keys: list[str] = []
    mistakes = []
    if len(written) > KEYS_MAX:
        mistakes.append(KeyMistake(action.name, f"has {len(written)} keys; an action has at most {KEYS_MAX}"))
    for word in written[:KEYS_MAX]:
        try:
            key = read_key(word)
        except ValueError as error:
            mistakes.append(KeyMistake(action.name, str(error)))
            continue
        if character_of(key) and action.where != "timeline":
            mistakes.append(KeyMistake(action.name, f"{shown(key)} is typed as text; add Ctrl or Alt"))
        else:
            keys.append(key)
    return tuple(dict.fromkeys(keys)), mistakes


def _meet(one: Action, other: Action) -> bool:
    """Whether both could be meant by the same key."""
    if "list" in (one.where, other.where):
        return one.where == other.where or bool({one.name, other.name} & set(HEARD_OVER_LISTS))
    return one.where == other.where or "everywhere" in (one.where, other.where)


def _near(name: str) -> str:
    """A question that has the nearest action's name in it; "" when none is near."""
    found = difflib.get_close_matches(name, BY_NAME, n=1)
    return f"; did you mean {found[0]}?" if found else ""

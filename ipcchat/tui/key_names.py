"""Names of keys: what people write in the settings, what Textual calls them, what people are shown.

Rule: one key has one name here, that which Textual gives to what a terminal sends: modifiers in the order of the
alphabet, then the key ("alt+shift+down", "equals_sign", "ctrl+k").
"""

from __future__ import annotations

import difflib
from functools import cache

from textual.keys import KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, Keys, _character_to_key, key_to_character

MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
# What terminals send the same for.
SAME_KEYS = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
SPELLINGS = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "page_up": "pageup",
    "page_down": "pagedown",
    "control": "ctrl",
    "option": "alt",
    "cmd": "super",
}
LONG_NAMES = {short: name for name, short in KEY_NAME_REPLACEMENTS.items()}
SHOWN = {"pageup": "PageUp", "pagedown": "PageDown", "escape": "Esc"}


def read_key(written: str) -> str:
    """A key as Textual names it, from what somebody writes: "Alt+A", "ctrl+PgUp", "+". Raises ValueError with the
    reason."""
    *modifiers, last = split_key(written)
    modifiers = sorted({SPELLINGS.get(modifier, modifier) for modifier in map(str.lower, modifiers)})
    if strange := [modifier for modifier in modifiers if modifier not in MODIFIERS]:
        raise ValueError(f"there is no key {written!r}; write Ctrl+, Alt+ or Shift+, not {strange[0]}+")
    name = read_name(last, bool(modifiers))
    if not name:
        near = difflib.get_close_matches(last.lower(), key_names(), n=1)
        raise ValueError(
            f"there is no key {written!r}" + (f"; did you mean {shown('+'.join([*modifiers, *near]))}?" if near else "")
        )
    if modifiers == ["shift"] and len(name) == 1:
        return name.upper()
    key = "+".join([*modifiers, name])
    if key in SAME_KEYS:
        raise ValueError(f"terminals send the same for {shown(key)} and {shown(SAME_KEYS[key])}")
    return key


def split_key(written: str) -> list[str]:
    """The parts between the plus signs; the last one may be a plus itself."""
    written = written.strip()
    if written == "+":
        return [written]
    *modifiers, last = (part.strip() for part in written.removesuffix("++").split("+"))
    return [*modifiers, last, "+"] if written.endswith("++") else [*modifiers, last]


def read_name(last: str, modified: bool) -> str:
    """The key without its modifiers; "" when there is none of this name."""
    if len(last) == 1:
        return _character_to_key(last.lower() if modified else last) if last.isprintable() and last != " " else ""
    name = SPELLINGS.get(last.lower(), last.lower())
    is_sign = name != "" and _character_to_key(character_of(name) or " ") == name
    return name if is_sign or name in key_names() else ""


@cache
def key_names() -> frozenset[str]:
    """The names of keys that are more than one letter."""
    plain = {key.value for key in Keys if key.value.isalnum() and not key.value.startswith("<")}
    signs = {*KEY_NAME_REPLACEMENTS.values(), *KEY_TO_UNICODE_NAME} - {*KEY_NAME_REPLACEMENTS}
    return frozenset((plain | signs) - {"return"})


def character_of(key: str) -> str:
    """The character that a key types; "" when it types none."""
    character = key_to_character(LONG_NAMES.get(key, key)) or ""
    return character if character.isprintable() else ""


def shown(key: str) -> str:
    """A key for people: "Ctrl+K", "Alt+Up", "+"."""
    *modifiers, last = key.split("+")
    return "+".join([*(modifier.title() for modifier in modifiers), shown_name(last, bool(modifiers))])


def shown_name(name: str, modified: bool) -> str:
    """A key without its modifiers for people."""
    if len(name) == 1:
        return name.upper() if modified else name
    return SHOWN.get(name) or character_of(name).strip() or name.title()

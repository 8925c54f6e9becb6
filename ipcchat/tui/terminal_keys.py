"""What terminals send for Alt with a key, made known to Textual.

Most terminals send Escape and then the key. Textual 8.2 has few of these pairs in its table: others wait 100 ms to
become a key, and two that follow each other sooner (a key held down) become "^" and a letter in the text. Alt+Enter
becomes Enter, and Alt+1 an inverted exclamation mark, which is what one terminal on macOS means by it.

Rules:
1. Each pair is one key at once, under the name that the kitty keyboard protocol gives it: "alt+a", "alt+enter".
2. Pairs with which terminals begin longer sequences (CSI, SS3, strings of control) stay Textual's own.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from enum import Enum
from typing import cast

ESCAPE = "\x1b"
LONGER_SEQUENCES = frozenset("[]OPX^_\\")
NAMED = {"\r": "alt+enter", "\x7f": "alt+backspace", "\x08": "alt+backspace", " ": "alt+space"}
# What rxvt sends for Ctrl with these keys, which Textual's table has wrong.
CORRECTED = {"\x1bOb": "ctrl+down", "\x1b[7^": "ctrl+home", "\x1b[8^": "ctrl+end"}


def install() -> None:
    """Teach Textual these keys, in this process. It may be called again."""
    from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

    known = cast(MutableMapping[str, object], ANSI_SEQUENCES_KEYS)
    if known.get(f"{ESCAPE}\r") is None:
        sequences = dict(pairs()) | CORRECTED
        # Textual takes the key's name from an enumeration's member.
        keys = Enum("AltKey", {name: name for name in sequences.values()})  # type: ignore[misc]
        known.update({sequence: (keys(name),) for sequence, name in sequences.items()})


def pairs() -> Iterator[tuple[str, str]]:
    """Each pair of Escape and a key, and the key's name."""
    from textual.keys import _character_to_key

    for character in map(chr, range(0x21, 0x7F)):
        if character in LONGER_SEQUENCES:
            continue
        if character.isupper():
            yield ESCAPE + character, f"alt+shift+{character.lower()}"
        else:
            yield ESCAPE + character, f"alt+{_character_to_key(character)}"
    for character, name in NAMED.items():
        yield ESCAPE + character, name

"""Bytes from a terminal to keys.

Rules:
1. A key is one printable character, or the name of a key such as "left", "enter", "ctrl-a"; what a terminal pasted
   is ("paste", text).
2. Bytes may be cut anywhere: a UTF-8 character or an escape sequence is completed by the next call. An escape
   sequence that is not known is swallowed whole, so that it never ends up as text.
3. Pasted text is content, not keys: nothing in it is a command to the editor.

Specification: the sequences of xterm's ctlseqs, which terminals in use send; bracketed paste is its mode 2004.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

PASTE_BEGIN = "\x1b[200~"
PASTE_END = "\x1b[201~"
PASTE_CHARACTERS_MAX = 100_000
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\x1b\[O])", re.DOTALL)
UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
SEQUENCES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
    "\x1b[H": "home",
    "\x1b[F": "end",
    "\x1bOH": "home",
    "\x1bOF": "end",
    "\x1b[1~": "home",
    "\x1b[4~": "end",
    "\x1b[7~": "home",
    "\x1b[8~": "end",
    "\x1b[3~": "delete",
    "\x1b[1;5C": "word-right",
    "\x1b[1;5D": "word-left",
    "\x1b[1;3C": "word-right",
    "\x1b[1;3D": "word-left",
    "\x1bf": "word-right",
    "\x1bb": "word-left",
    "\x1b\x7f": "ctrl-w",
    "\x1b\r": "newline",
    "\x1b\n": "newline",
}
CONTROLS = {"\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace"}


class Key(NamedTuple):
    """A key by name, or "text" or "paste" with the text it is."""

    name: str
    text: str = ""


class KeyReader:
    """The keys in what a terminal sends."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._pasting: str | None = None

    def feed(self, data: bytes) -> list[Key]:
        """The keys that are complete now."""
        self._rest += self._decoder.decode(data)
        keys: list[Key] = []
        while self._rest:
            key = self._take_paste() if self._pasting is not None else self._take()
            if key is None:
                break
            if key.name:
                keys.append(key)
        return keys

    @property
    def is_waiting(self) -> bool:
        """Whether an Esc came that may be a key or the beginning of a sequence."""
        return self._rest.startswith("\x1b") and self._pasting is None

    def flush(self) -> None:
        """Nothing followed an Esc for a moment: it was the key, which does nothing."""
        if self.is_waiting:
            self._rest = ""

    def _take(self) -> Key | None:
        """Remove one key from the input; None when it is not complete, a nameless one when it means nothing."""
        first = self._rest[0]
        if first != "\x1b":
            self._rest = self._rest[1:]
            return control(first) if ord(first) < 32 or first == "\x7f" else Key("text", first)
        found = SEQUENCE.match(self._rest)
        if found is None:
            if UNFINISHED.match(self._rest) is None:
                self._rest = self._rest[1:]
                return Key("")
            return None
        self._rest = self._rest[found.end() :]
        if found[0] == PASTE_BEGIN:
            self._pasting = ""
        return Key(SEQUENCES.get(found[0], ""))

    def _take_paste(self) -> Key | None:
        """Collect pasted text up to its end."""
        text, end, after = self._rest.partition(PASTE_END)
        if not end:
            kept = len(text) - partial_suffix(text, PASTE_END)
            text, after = text[:kept], text[kept:]
        self._pasting = ((self._pasting or "") + text)[:PASTE_CHARACTERS_MAX]
        self._rest = after
        if not end:
            return None
        pasted, self._pasting = self._pasting, None
        return Key("paste", pasted.replace("\r\n", "\n").replace("\r", "\n"))


def control(character: str) -> Key:
    """The key of a control character."""
    return Key(CONTROLS.get(character) or f"ctrl-{chr(ord(character) + 96)}" if character != "\x00" else "")


def partial_suffix(text: str, end: str) -> int:
    """How many characters at the end of `text` may be the beginning of `end`."""
    return next((size for size in range(min(len(text), len(end) - 1), 0, -1) if text.endswith(end[:size])), 0)

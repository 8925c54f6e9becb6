"""What arrives at the plain door: bytes of a terminal, of telnet or of a script, to typed lines; pure.

Rules:
1. LF, CR LF, CR NUL (telnet) and a lone CR (a terminal in its raw mode) end a line. Half a line at the end is nothing.
2. Telnet's commands are no text. An offer or a wish is answered with a refusal, once for each option; what lies between
   SB and SE is skipped; IP (Ctrl-C in telnet) and EOF end the conversation; EC and EL rub out.
3. Where a terminal sends its keys one by one, Backspace and DEL rub out a character, Ctrl-W a word, Ctrl-U and Ctrl-C
   the line; Ctrl-D in an empty line ends. Other control characters and the sequences of cursor keys are dropped.
4. A line that is too long or no UTF-8 is a WireError in its place.

Specifications: RFC 854 (telnet), RFC 857 (ECHO), RFC 1184 (EOF).
"""

from __future__ import annotations

import re

from ipcchat.core.limits import Limits
from ipcchat.wire.framing import LineBuffer
from ipcchat.wire.message import WireError

TYPED_BYTES_MAX = 4_096
"""One typed line: a paragraph, which goes out as several messages."""

END = "\x04"
"""The line that says: I am leaving."""

IAC = 0xFF
WILL, WONT, DO, DONT = 0xFB, 0xFC, 0xFD, 0xFE
_SB, _SE, _EL, _EC, _IP, _EOF = 0xFA, 0xF0, 0xF8, 0xF7, 0xF4, 0xEC
ECHO = 1
_REFUSALS = {WILL: DONT, DO: WONT}
_COMMANDS = {_EC: b"\x08", _EL: b"\x15", IAC: b"\xff"}
_HIDE = bytes((IAC, WILL, ECHO))
_SHOW = bytes((IAC, WONT, ECHO)) + b"\r\n"

_LINE_END = re.compile(rb"\r[\n\0]?")
_EMPTY_LINES = re.compile(rb"^\n+", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEY_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?")


class Telnet:
    """Takes telnet's commands out of what is received; `answers` are bytes to send back."""

    def __init__(self) -> None:
        self.answers = b""
        self._command = 0
        self._in_parameters = False
        self._after_iac = False
        self._ended = False
        self._refused: set[tuple[int, int]] = set()

    def take_answers(self) -> bytes:
        """The answers, once."""
        answers, self.answers = self.answers, b""
        return answers

    def hide(self) -> None:
        """What is typed next is a secret: a telnet program that hears this shows nothing of it."""
        self.answers += _HIDE

    def show(self) -> None:
        """What is typed is shown again; the line end that was not shown is made up for."""
        self.answers += _SHOW

    def hear(self, received: bytes) -> bytes:
        """The text in these bytes."""
        if self._ended:
            return b""
        if IAC not in received and not (self._after_iac or self._command or self._in_parameters):
            return received
        text = bytearray()
        for octet in received:
            self._step(octet, text)
        return bytes(text)

    def _step(self, octet: int, text: bytearray) -> None:
        if self._ended:
            return
        if self._after_iac:
            self._after_iac = False
            self._obey(octet, text)
        elif octet == IAC:
            self._after_iac, self._command = True, 0
        elif self._command:
            self._refuse(self._command, octet)
            self._command = 0
        elif not self._in_parameters:
            text.append(octet)

    def _obey(self, octet: int, text: bytearray) -> None:
        """The byte behind an IAC."""
        if self._in_parameters:
            self._in_parameters = octet != _SE
        elif octet in (WILL, WONT, DO, DONT):
            self._command = octet
        elif octet == _SB:
            self._in_parameters = True
        elif octet in (_IP, _EOF):
            text += b"\x15\x04\n"
            self._ended = True
        else:
            text += _COMMANDS.get(octet, b"")

    def _refuse(self, command: int, option: int) -> None:
        """We do nothing of what telnet could do; that a secret is hidden is our own offer, and needs no answer."""
        refusal = _REFUSALS.get(command)
        is_agreed = command == DO and option == ECHO
        if refusal is None or is_agreed or (refusal, option) in self._refused:
            return
        self._refused.add((refusal, option))
        self.answers += bytes((IAC, refusal, option))


class TypedLines(LineBuffer):
    """The lines of one conversation. Of empty lines one is kept, as a NUL: at a question it is an answer."""

    __slots__ = ("_after_cr", "_after_empty", "_at_start", "telnet")

    def __init__(self, limits: Limits) -> None:
        super().__init__(TYPED_BYTES_MAX, TYPED_BYTES_MAX, limits.unterminated_bytes_max)
        self.telnet = Telnet()
        self._after_cr = self._after_empty = False
        self._at_start = True

    def feed(self, received: bytes) -> None:
        """Add bytes as they came."""
        super().feed(self._with_line_ends(self.telnet.hear(received)))

    def _with_line_ends(self, text: bytes) -> bytes:
        """The text with LF for each end of line and NUL for empty lines."""
        if not text:
            return text
        if self._after_cr and text[:1] in (b"\n", b"\0"):
            text = text[1:]
            self._after_cr = False
            if not text:
                return text
        self._after_cr = text.endswith(b"\r")
        return self._with_empty_lines(_LINE_END.sub(b"\n", text).replace(b"\0", b""))

    def _with_empty_lines(self, text: bytes) -> bytes:
        if self._after_empty:
            text = text.lstrip(b"\n")
        if not text:
            return text
        begins = b"" if self._at_start else b"-"
        marked = _EMPTY_LINES.sub(b"\0\n", begins + text)[len(begins) :]
        self._at_start, self._after_empty = marked.endswith(b"\n"), marked.endswith(b"\0\n")
        return marked


def edited(line: bytes) -> str | WireError:
    """The line as it was meant, or END."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return WireError("INVALID_UTF8", "The line is not valid UTF-8; set your terminal's encoding to UTF-8")
    if not _CONTROL.search(text):
        return text
    kept: list[str] = []
    for character in _KEY_SEQUENCE.sub("", text):
        _press(character, kept)
    return "".join(kept) or (END if END in text else "")


def _press(character: str, kept: list[str]) -> None:
    """What one key does to the line."""
    if character in "\x08\x7f":
        del kept[-1:]
    elif character in "\x03\x15":
        kept.clear()
    elif character == "\x17":
        words = "".join(kept).rstrip().rpartition(" ")
        kept[:] = words[0] + words[1]
    elif character == "\t":
        kept.append(" ")
    elif character >= " ":
        kept.append(character)

"""Bytes in any pieces to whole lines.

Rules:
1. The same bytes give the same lines, however they were cut.
2. A line counts when its LF is there; half a line at the end of a connection is nothing.
3. A line over a limit becomes one WireError in its place and costs nothing more than its LF to get over it.
4. `feed` does no work per line; `take` does, for as many lines as its caller wants now.

Specifications: Modern IRC "Message Format", RFC 2812 2.3, IRCv3 message-tags "Size limit".
"""

from __future__ import annotations

import re

from ipcchat.wire.message import WireError

_BLANK_LINES = re.compile(rb"(?:\r?\n)+")


class LineBuffer:
    """The lines of one connection.

    `body_bytes_max` counts the line without its tags, with CR LF; `tags_bytes_max` counts '@', the tags and the space
    behind them (4096 from a client, 8191 from a server); `unterminated_bytes_max` is how much may come without any LF
    before `overrun`.
    COMPAT: LF alone ends a line, and any run of CR directly before LF belongs to the ending.
    """

    __slots__ = (
        "_buffer",
        "_discarded",
        "_line_bytes_max",
        "_short_bytes_max",
        "_start",
        "_unterminated",
        "body_bytes_max",
        "tags_bytes_max",
        "unterminated_bytes_max",
    )

    def __init__(
        self, body_bytes_max: int = 512, tags_bytes_max: int = 4096, unterminated_bytes_max: int = 16384
    ) -> None:
        self.body_bytes_max = body_bytes_max
        self.tags_bytes_max = tags_bytes_max
        self.unterminated_bytes_max = unterminated_bytes_max
        self._line_bytes_max = body_bytes_max + tags_bytes_max
        self._short_bytes_max = min(body_bytes_max - 2, tags_bytes_max)
        self._buffer = b""
        self._start = 0
        self._unterminated = 0
        self._discarded: WireError | None = None

    @property
    def pending_bytes(self) -> int:
        """How many bytes are held."""
        return len(self._buffer) - self._start

    @property
    def overrun(self) -> bool:
        """Whether more than `unterminated_bytes_max` bytes came since the last LF: the peer does not speak in lines."""
        return self._unterminated > self.unterminated_bytes_max

    def feed(self, received: bytes) -> None:
        """Add bytes. Bytes that are held already are copied, so stop reading from a peer whose lines are not taken."""
        self._buffer = self._buffer[self._start :] + received
        self._start = 0
        newline = received.rfind(b"\n")
        if newline < 0:
            self._unterminated += len(received)
        else:
            self._unterminated = len(received) - newline - 1

    def take(self, limit: int) -> list[bytes | WireError]:
        """Remove and return at most `limit` lines in order, without endings; empty lines are skipped.

        A line that was too long is a WireError with code TAGS_TOO_LONG or LINE_TOO_LONG. Fewer than `limit` lines means
        that there is nothing more to take.
        """
        buffer, start = self._buffer, self._start
        if not start and buffer.find(b"\n") == len(buffer) - 1 and self._discarded is None and limit:
            return self._take_only(buffer)
        lines: list[bytes | WireError] = []
        while len(lines) < limit:
            end = buffer.find(b"\n", start)
            if end < 0:
                start = self._shed(start)
                break
            line = self._finish(buffer[start:end])
            start = end + 1
            if line:
                lines.append(line)
            elif blank := _BLANK_LINES.match(buffer, start):
                start = blank.end()
        self._keep_from(start)
        return lines

    def _take_only(self, buffer: bytes) -> list[bytes | WireError]:
        """The common case: what is held is one line and nothing else, or nothing at all."""
        self._buffer = b""
        line = self._finish(buffer[:-1])
        return [line] if line else []

    def _keep_from(self, start: int) -> None:
        """Forget the bytes before `start`, and let go of them when no whole line is left: most buffers are idle."""
        if start and self._unterminated >= len(self._buffer) - start:
            self._buffer, start = self._buffer[start:], 0
        self._start = start

    def _shed(self, start: int) -> int:
        """Drop the beginning of a line that is too long already but for its error; returns where the rest starts."""
        if self._discarded is None and len(self._buffer) - start > self._line_bytes_max:
            self._discarded = self._excess(self._buffer[start:])
        return start if self._discarded is None else len(self._buffer)

    def _finish(self, raw: bytes) -> bytes | WireError:
        """The line without its CRs, or why it cannot be one. `raw` has no LF."""
        if self._discarded is not None:
            error, self._discarded = self._discarded, None
            return error
        if len(raw) <= self._short_bytes_max:
            return raw.rstrip(b"\r")
        line = raw.rstrip(b"\r") if len(raw) <= self._line_bytes_max else raw
        return self._excess(line) or line

    def _excess(self, line: bytes) -> WireError | None:
        """What limit this line is over, if any."""
        tags_bytes = 0
        if line[:1] == b"@":
            tags_bytes = line.find(b" ", 0, self.tags_bytes_max) + 1
            if not tags_bytes and len(line) > self.tags_bytes_max:
                return WireError(
                    "TAGS_TOO_LONG", f"Tags may have {self.tags_bytes_max} bytes; send fewer or shorter ones"
                )
            if not tags_bytes:
                return None
        if len(line) - tags_bytes > self.body_bytes_max - 2:
            return WireError("LINE_TOO_LONG", f"A line may have {self.body_bytes_max} bytes; send it in shorter pieces")
        return None

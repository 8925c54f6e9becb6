"""SASL: the mechanisms by which people log in to accounts, and what one connection has done of it.

A mechanism is a generator. It yields a challenge (bytes; none, b"", where the client speaks first) and is sent the
client's response, or it yields a query for the shell and is sent the answer. It returns the name of the account, or
raises Denied. When the client gives up, the generator is closed.

    def plain(engine: Engine, session: Session) -> Exchange:
        response = yield b""
        name, password = ...
        answer = yield Verify(password_hash, password)
        if not answer.matches:
            raise Denied
        return name

The mechanisms themselves are in mechanisms.py.

Rules:
1. A response and a challenge are Base64, in chunks of 400; a shorter chunk ends it, and a + stands for none (IRCv3
   sasl-3.1).
2. What a client said in an exchange is in no reply, no notice and no fact.
3. An exchange has an end: its responses are bounded in length, and its silence in time.

Specification: IRCv3 sasl-3.1 and sasl-3.2 (https://ircv3.net/specs/extensions/sasl-3.1,
https://ircv3.net/specs/extensions/sasl-3.2), RFC 4422.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from ipcchat.core.effects import Query

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine
    from ipcchat.core.session import Session

Exchange = Generator[bytes | Query, Any, str]
Mechanism = Callable[["Engine", "Session"], Exchange]

CHUNK_CHARACTERS = 400
NOTHING = "+"

MECHANISMS: dict[str, Mechanism] = {}
"""Every mechanism by its name in capitals. Which of them are offered is for the settings to say."""


class Denied(Exception):
    """A mechanism does not let somebody in; `reason` is for people. `locked`: the account is there, and may not be used
    now; `busy`: nobody looked, there is too much to do."""

    def __init__(self, reason: str = "", *, locked: bool = False, busy: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.locked = locked
        self.busy = busy


class TooLong(Exception):
    """A response is longer than the limit."""


class Login:
    """What one connection did to log in: the account that it will have when it registers, and the exchange that goes
    on. `begun` is when that began (monotonic seconds); `by_pass`: it came by PASS, in place of the server's
    password."""

    def __init__(self) -> None:
        self.account = ""
        self.by_pass = False
        self.exchange: Exchange | None = None
        self.begun = 0.0
        self._chunks: list[str] = []

    def begin(self, exchange: Exchange, ticks: float) -> None:
        """An exchange begins."""
        self.exchange, self.begun = exchange, ticks
        self._chunks.clear()

    def end(self) -> None:
        """The exchange is over, if there was one."""
        if self.exchange is not None:
            self.exchange.close()
            self.exchange = None
        self._chunks.clear()

    def gather(self, chunk: str, bytes_max: int) -> bytes | None:
        """The response that ends with this chunk; None when more will come. Raises TooLong over `bytes_max` bytes of
        Base64, and Denied for what is none."""
        if chunk != NOTHING:
            self._chunks.append(chunk)
        if sum(map(len, self._chunks)) > bytes_max:
            raise TooLong
        if len(chunk) == CHUNK_CHARACTERS:
            return None
        written = "".join(self._chunks)
        self._chunks.clear()
        try:
            return base64.b64decode(written.encode(), validate=True)
        except binascii.Error:
            raise Denied("what came is not Base64") from None


def chunks(challenge: bytes) -> list[str]:
    """A challenge as the parameters of AUTHENTICATE."""
    written = base64.b64encode(challenge).decode()
    pieces = [written[start : start + CHUNK_CHARACTERS] for start in range(0, len(written), CHUNK_CHARACTERS)]
    return pieces if pieces and len(pieces[-1]) < CHUNK_CHARACTERS else [*pieces, NOTHING]

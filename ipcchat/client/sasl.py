"""The ways to log in to an account: which of them may be used where, and what each says.

Rules:
1. The strongest that the server offers is taken: EXTERNAL (the certificate or the kernel says who we are),
   SCRAM-SHA-256 (the password never leaves us, and the server proves that it knows it too), PLAIN.
2. PLAIN gives the password away, so it is used only where nobody can read along, whatever a server offers or refuses.
3. A server's SCRAM is believed when its signature is right, and not before. Its iteration count is
   ITERATIONS_MIN to ITERATIONS_MAX: fewer would make the password easy to guess for who pretends to be the server,
   more would keep us busy for its fun.

Specifications: IRCv3 sasl-3.1 and sasl-3.2, RFC 4422 (EXTERNAL), RFC 4616 (PLAIN), RFC 5802 and RFC 7677 (SCRAM).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Protocol

from ipcchat.client.protection import Protection

CHUNK_CHARACTERS = 400
CHALLENGE_CHARACTERS_MAX = 16_384
ITERATIONS_MIN = 4_096
ITERATIONS_MAX = 10_000_000
_ITERATIONS = re.compile(rb"(?:^|,)i=(\d+)(?:,|$)")


class SaslProblem(Exception):
    """The login cannot go on by our own decision; the text says why, without the password."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account and its password; either may be "". `nonce` gives something that was never used before, in printable
    ASCII without commas."""

    account: str = ""
    password: str = field(default="", repr=False)
    nonce: Callable[[], str] = field(default=lambda: token_urlsafe(24), repr=False, compare=False)


class Mechanism(Protocol):
    """One login. `respond` may take seconds of work."""

    name: str

    @property
    def complete(self) -> bool:
        """Whether the server's word that it succeeded may be believed."""

    def respond(self, challenge: bytes) -> bytes:
        """The response to the server's next challenge; the first is b"". Raises SaslProblem."""


class External:
    """The server knows who we are by our certificate or by the kernel; we say which account we mean, or none."""

    name = "EXTERNAL"
    complete = True

    def __init__(self, credentials: Credentials) -> None:
        self._account = credentials.account

    def respond(self, challenge: bytes) -> bytes:
        """The account's name, once."""
        return self._account.encode()


class Plain:
    """The password as it is."""

    name = "PLAIN"
    complete = True

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def respond(self, challenge: bytes) -> bytes:
        """Nothing, name and password, with NUL between."""
        if challenge:
            raise SaslProblem("the server asks something that PLAIN does not have")
        return f"\0{self._credentials.account}\0{self._credentials.password}".encode()


class Scram:
    """Both sides prove that they know the password."""

    name = "SCRAM-SHA-256"

    def __init__(self, credentials: Credentials) -> None:
        from scramp import ScramClient, ScramException  # type: ignore[import-untyped, unused-ignore]

        self._problem = ScramException
        try:
            self._client = ScramClient(
                [self.name], credentials.account, credentials.password, c_nonce=credentials.nonce()
            )
        except ScramException as error:
            raise SaslProblem(f"the name or the password cannot be used for SCRAM: {error.args[0]}") from None
        self._steps = iter((self._first, self._final, self._end))
        self._proved = False

    @property
    def complete(self) -> bool:
        """Whether the server has proved that it knows the password."""
        return self._proved

    def respond(self, challenge: bytes) -> bytes:
        """Our first message, then the proof, then nothing."""
        step = next(self._steps, None)
        if step is None:
            raise SaslProblem("the server asks more than SCRAM has")
        try:
            return step(challenge)
        except self._problem as error:
            raise SaslProblem(f"the server's SCRAM is wrong ({error.args[0]}); is it the right server?") from None
        except (ValueError, KeyError):
            raise SaslProblem("the server's SCRAM makes no sense; is it the right server?") from None

    def _first(self, challenge: bytes) -> bytes:
        return str(self._client.get_client_first()).encode()

    def _final(self, challenge: bytes) -> bytes:
        found = _ITERATIONS.search(challenge)
        count = found[1].lstrip(b"0") if found else b""
        if found and (len(count) > 9 or not ITERATIONS_MIN <= int(count or b"0") <= ITERATIONS_MAX):
            raise SaslProblem(
                f"the server wants {count.decode()[:20] or '0'} iterations of SCRAM; "
                f"{ITERATIONS_MIN} to {ITERATIONS_MAX} are safe"
            )
        self._client.set_server_first(challenge.decode())
        return str(self._client.get_client_final()).encode()

    def _end(self, challenge: bytes) -> bytes:
        self._client.set_server_final(challenge.decode())
        self._proved = True
        return b""


MECHANISMS: dict[str, Callable[[Credentials], Mechanism]] = {
    "EXTERNAL": External,
    "SCRAM-SHA-256": Scram,
    "PLAIN": Plain,
}


def usable(offered: str, credentials: Credentials, protection: Protection) -> list[str]:
    """The mechanisms to try, the strongest first. `offered` is the value of the capability, "" when the server does
    not say. Raises SaslProblem, with what to do, when there is none."""
    names = [name for name in offered.upper().split(",") if name]
    ours = _ours(credentials, protection)
    found = [name for name in ours if not names or name in names]
    if found:
        return found
    if names == ["PLAIN"] and credentials.password and not protection.confidential:
        raise SaslProblem(
            "the server takes the password only as it is, and others could read it on the way; connect by TLS, ircs://"
        )
    if not ours:
        raise SaslProblem("there is neither a password nor a certificate to log in with")
    raise SaslProblem(f"the server logs in by {', '.join(names[:20])}, and we could by {', '.join(ours)}")


def _ours(credentials: Credentials, protection: Protection) -> list[str]:
    """What we could use, by what we have and how the connection is protected."""
    password = credentials.account != "" and credentials.password != ""
    able = {
        "EXTERNAL": protection.certificate or (protection.unix and not password),
        "SCRAM-SHA-256": password,
        "PLAIN": password and protection.confidential,
    }
    return [name for name, so in able.items() if so]


def chunks(response: bytes) -> list[str]:
    """A response as the parameters of AUTHENTICATE: Base64 in pieces of 400; "+" for nothing, and behind a full last
    piece."""
    text = base64.b64encode(response).decode()
    pieces = [text[at : at + CHUNK_CHARACTERS] for at in range(0, len(text), CHUNK_CHARACTERS)]
    return pieces if pieces and len(pieces[-1]) < CHUNK_CHARACTERS else [*pieces, "+"]


class Gathering:
    """A challenge of the server, put together from the parameters of its AUTHENTICATE lines."""

    def __init__(self) -> None:
        self._text = ""

    def add(self, piece: str) -> bytes | None:
        """The whole challenge once it is there. Raises SaslProblem."""
        self._text += "" if piece == "+" else piece
        if len(self._text) > CHALLENGE_CHARACTERS_MAX:
            raise SaslProblem("the server's part of the login is too long")
        if len(piece) == CHUNK_CHARACTERS:
            return None
        text, self._text = self._text, ""
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise SaslProblem("the server's part of the login is not Base64") from None

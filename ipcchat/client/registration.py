"""Becoming known to a server: who we want to be, and what to say until we are.

Rules:
1. CAP LS 302, PASS where there is a password, NICK and USER go out at once.
2. A nick that is taken is answered with the next name; a refusal that another try would not change ends it.

Specifications: Modern IRC "Connection Registration", RFC 2812 3.1 and 5.2, IRCv3 capability negotiation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ipcchat.wire.message import Message

NICK_CHARACTERS_KEPT = 28
NICK_NUMBERS_MAX = 99
# Numerics before registration after which trying again by itself is pointless or another nick is needed.
NICK_TAKEN = frozenset({"433", "436", "437"})
REGISTRATION_REFUSED = frozenset({"432", "462", "463", "464", "465", "466", "468"})


@dataclass(frozen=True, slots=True)
class Welcome:
    """Heard when the registration is complete."""

    nick: str


@dataclass(frozen=True, slots=True)
class Turned:
    """Heard when the server refuses the registration; trying again would not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we want to be: the nick we would like, what others see beside it, and the nicks to try when ours is not to
    be had; the server's password, where it asks for one; whether history shall have more than messages.

    Without `alternatives` they are those of `nick_candidates`, and a nick the server does not allow (432) refuses
    the registration.
    """

    nick: str
    user: str = "user"
    realname: str = "user"
    alternatives: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    playback: bool = False


def nick_candidates(nick: str) -> Iterator[str]:
    """Other names to try when `nick` is taken: nick_, nick__, nick1, nick2 ..."""
    stem = nick[:NICK_CHARACTERS_KEPT]
    yield f"{stem}_"
    yield f"{stem}__"
    for number in range(1, NICK_NUMBERS_MAX + 1):
        yield f"{stem}{number}"


class Registration:
    """The registration of one connection. It names the lines to send; the session sends them."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._candidates = iter(identity.alternatives) if identity.alternatives else nick_candidates(identity.nick)
        self._trying = False
        self._negotiating = True

    def begin(self) -> list[Message]:
        """What to say first."""
        identity = self._identity
        password = [Message("PASS", [identity.password])] if identity.password else []
        return [
            Message("CAP", ["LS", "302"]),
            *password,
            Message("NICK", [identity.nick]),
            Message("USER", [identity.user, "0", "*", identity.realname]),
        ]

    def hear(self, command: str, message: Message) -> tuple[list[Message], Turned | None]:
        """What to answer to a line, and whether the server will not have us."""
        if command in NICK_TAKEN or (command == "432" and (self._trying or self._identity.alternatives)):
            return self._next_nick()
        if command in REGISTRATION_REFUSED:
            return [], Turned(": ".join(message.params[1:][-2:]))
        return [], None

    def end_negotiation(self) -> list[Message]:
        """Let the registration go on, once."""
        if not self._negotiating:
            return []
        self._negotiating = False
        return [Message("CAP", ["END"])]

    def _next_nick(self) -> tuple[list[Message], Turned | None]:
        """The nick is taken: try another."""
        self._trying = True
        nick = next(self._candidates, None)
        if nick is None:
            return [], Turned(f"{self._identity.nick} and all names like it are taken")
        return [Message("NICK", [nick])], None

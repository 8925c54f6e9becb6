"""Becoming known to a server: who we want to be, and what to say until we are.

Rules:
1. CAP LS 302, PASS where the server has a password, NICK and USER go out at once. With the token of a connection that
   was lost NICK and USER wait: where the server knows ipc-chat/resume and the token counts, they are not needed.
2. A nick that is taken is answered with the next name; a refusal that another try would not change ends it.
3. Who wants to be logged in is not registered without: the login comes before CAP END, and a server that registers us
   all the same is left.

Specifications: Modern IRC "Connection Registration", RFC 2812 3.1 and 5.2, IRCv3 capability negotiation, sasl-3.2,
draft/account-registration (ACCOUNT_REQUIRED); docs/resume.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ipcchat.client.authentication import Authentication, Result, Step
from ipcchat.client.protection import IN_THE_CLEAR, Protection
from ipcchat.client.sasl import Credentials
from ipcchat.wire.message import Message

RESUME = "ipc-chat/resume"
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
    """Heard when the server refuses the registration; trying again would not help. `login`: it was the login; then
    `ours` says that we ended it ourselves."""

    reason: str
    login: bool = False
    ours: bool = False


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
    credentials: Credentials | None = None


def nick_candidates(nick: str) -> Iterator[str]:
    """Other names to try when `nick` is taken: nick_, nick__, nick1, nick2 ..."""
    stem = nick[:NICK_CHARACTERS_KEPT]
    yield f"{stem}_"
    yield f"{stem}__"
    for number in range(1, NICK_NUMBERS_MAX + 1):
        yield f"{stem}{number}"


class Registration:
    """The registration of one connection. It names the lines to send; the session sends them. `refusal` has the
    server's words about the nick we wanted, where it did not give it; `is_resuming`: we go on with the connection that
    `token` is of, unless the server refuses that."""

    def __init__(self, identity: Identity, protection: Protection = IN_THE_CLEAR, token: str = "") -> None:
        self.refusal = ""
        self.is_resuming = False
        self._token = token
        self._identity = identity
        self._protection = protection
        self._candidates = iter(identity.alternatives) if identity.alternatives else nick_candidates(identity.nick)
        self._nick = identity.nick
        self._trying = False
        self._failed_nicks: set[str] = set()
        self._negotiating = True
        self._login: Authentication | None = None
        self._logged_in = False

    @property
    def needs_login(self) -> bool:
        """Whether it must not be complete without a login."""
        return self._identity.credentials is not None and not (self._logged_in or self.is_resuming)

    def begin(self) -> list[Message]:
        """What to say first."""
        identity = self._identity
        password = [Message("PASS", [identity.password])] if identity.password else []
        return [
            Message("CAP", ["LS", "302"]),
            *password,
            *([] if self._token else self._introduction()),
        ]

    def _introduction(self) -> list[Message]:
        identity = self._identity
        return [Message("NICK", [identity.nick]), Message("USER", [identity.user, "0", "*", identity.realname])]

    def resume(self, capabilities: set[str]) -> list[Message]:
        """Who we are, where that was left to a token: the capabilities are settled."""
        token, self._token = self._token, ""
        if not token:
            return []
        self.is_resuming = RESUME in capabilities and self._protection.confidential
        return [Message("RESUME", [token])] if self.is_resuming else self._introduction()

    def not_resumed(self) -> list[Message]:
        """The server refused the token: who we are after all."""
        self.is_resuming = False
        return self._introduction()

    def hear(self, command: str, message: Message) -> tuple[list[Message], Turned | None]:
        """What to answer to a line, and whether the server will not have us."""
        if command in NICK_TAKEN or (command == "432" and (self._trying or self._identity.alternatives)):
            return self._nick_refused("".join(message.params[1:2]), "".join(message.params[-1:]))
        if command in REGISTRATION_REFUSED:
            return [], Turned(": ".join(message.params[1:][-2:]))
        if command == "FAIL" and message.params[:1] == ["NICK"] and message.params[2:3] == [self._nick]:
            answer = self._nick_refused("", message.params[-1])
            self._failed_nicks.add(message.params[2])
            return answer
        if command == "FAIL" and message.params[1:2] == ["ACCOUNT_REQUIRED"]:
            return [], Turned(f"{message.params[-1]} (who has an account logs in with it)")
        return [], None

    def hear_login(self, message: Message) -> Step | None:
        """What follows in the login from a line; None when there is none, or the line is not about it."""
        return self.after(self._login.hear(message)) if self._login is not None else None

    def worked(self, result: Result) -> Step:
        """The work of the login's last step is done; what follows. Nothing when the login is over."""
        step = self._login.worked(result) if self._login is not None else Step()
        return self.after(step) or step

    def after(self, step: Step | None) -> Step | None:
        """Note how the login ended, if it did."""
        if step is not None and (step.succeeded or step.failed):
            self._login = None
            self._logged_in = step.succeeded
        return step

    def settle(self, capabilities: set[str], mechanisms: str) -> Step | None:
        """The capabilities are settled: log in where that is wanted and was not begun. None when there is nothing to
        wait for. `mechanisms` is the value of the capability sasl."""
        if self._login is not None or self.is_resuming:
            return Step()
        if not self._negotiating or self._logged_in:
            return None
        credentials = self._identity.credentials
        if credentials is None and self._is_known("sasl" in capabilities, mechanisms):
            credentials = Credentials()
        if credentials is None:
            return None
        if "sasl" not in capabilities:
            return Step(failed="the server has no accounts that one can log in to", ours=True)
        self._login = Authentication(credentials, self._protection, mechanisms)
        return self.after(self._login.begin())

    def end_negotiation(self) -> list[Message]:
        """Let the registration go on, once."""
        if not self._negotiating:
            return []
        self._negotiating = False
        return [Message("CAP", ["END"])]

    def _is_known(self, enabled: bool, mechanisms: str) -> bool:
        """Whether the kernel or a certificate says who we are, and the server wants to know."""
        return enabled and self._protection.vouched and "EXTERNAL" in mechanisms.upper().split(",")

    def _nick_refused(self, nick: str, reason: str) -> tuple[list[Message], Turned | None]:
        """The nick is taken: try another. A FAIL and a numeric about the same one are one refusal."""
        if nick in self._failed_nicks:
            self._failed_nicks.discard(nick)
            return [], None
        self.refusal = self.refusal or reason
        self._trying = True
        following = next(self._candidates, None)
        if following is None:
            return [], Turned(f"{self._identity.nick} and all names like it are taken")
        self._nick = following
        return [Message("NICK", [following])], None

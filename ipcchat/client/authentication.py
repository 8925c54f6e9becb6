"""One login to an account, as talk: what to send, what was answered, how it ended. Without a connection.

`begin` and `hear` return a Step: lines to send, `work` to be done before the next step (`worked` takes its result), and
at the end whether it succeeded or why not.

Rules:
1. A mechanism that the server does not know after all, which it says before its first challenge, is followed by the
   next one we may use. Once a mechanism has begun, its failure is the end: another has no better password.
2. When we give up, the server is told.
3. What takes time is not done here: it is handed out as `work`.

Specification: IRCv3 sasl-3.1 and sasl-3.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ipcchat.client.protection import Protection
from ipcchat.client.sasl import MECHANISMS, Credentials, Gathering, Mechanism, SaslProblem, chunks, usable
from ipcchat.wire.message import Message

FAILED = frozenset({"902", "904", "905", "906"})
SUCCEEDED = frozenset({"903", "907"})
MECHANISMS_LISTED = "908"

Result = bytes | SaslProblem
Work = Callable[[], Result]


@dataclass(frozen=True, slots=True)
class Step:
    """What follows: `failed` is why it is over without success; `ours` says that this is by our own decision."""

    send: list[Message] = field(default_factory=list)
    work: Work | None = None
    succeeded: bool = False
    failed: str = ""
    ours: bool = False


class Authentication:
    """One login. Raises nothing: what goes wrong is in the Step."""

    def __init__(self, credentials: Credentials, protection: Protection, offered: str) -> None:
        self._credentials = credentials
        self._protection = protection
        self._offered = offered
        self._names: list[str] = []
        self._mechanism: Mechanism | None = None
        self._gathering = Gathering()
        self._challenged = False

    def begin(self) -> Step:
        """Choose a mechanism and say so."""
        try:
            self._names = usable(self._offered, self._credentials, self._protection)
            return self._try_next()
        except SaslProblem as problem:
            return Step(failed=str(problem), ours=True)

    def hear(self, message: Message) -> Step | None:
        """What follows from a line of the server; None when it is not about the login."""
        command = message.command.upper()
        if command == "AUTHENTICATE":
            return self._challenge("".join(message.params[:1]))
        if command in SUCCEEDED:
            return self._succeed()
        if command in FAILED or (command == "FAIL" and message.params[:1] == ["AUTHENTICATE"]):
            return self._fail("".join(message.params[-1:]))
        if command == MECHANISMS_LISTED and not self._challenged:
            listed = "".join(message.params[1:2]).upper().split(",")
            self._names = [name for name in self._names if name in listed]
        return None

    def worked(self, result: Result) -> Step:
        """The work of the last step is done; what follows."""
        if isinstance(result, SaslProblem):
            return self._give_up(result)
        return Step([Message("AUTHENTICATE", [chunk]) for chunk in chunks(result)])

    def _try_next(self) -> Step:
        """The next mechanism. Raises SaslProblem."""
        name = self._names.pop(0)
        self._mechanism = MECHANISMS[name](self._credentials)
        return Step([Message("AUTHENTICATE", [name])])

    def _challenge(self, piece: str) -> Step:
        mechanism = self._mechanism
        if mechanism is None:
            return Step()
        self._challenged = True
        try:
            challenge = self._gathering.add(piece)
        except SaslProblem as problem:
            return self._give_up(problem)
        return Step() if challenge is None else Step(work=lambda: response_of(mechanism, challenge))

    def _succeed(self) -> Step:
        """903, or 907: we are logged in already. Without the proof that the mechanism asks for neither is believed."""
        if self._mechanism is not None and not self._mechanism.complete:
            return Step(failed="the server did not prove that it knows the password; is it the right one?", ours=True)
        return Step(succeeded=True)

    def _fail(self, reason: str) -> Step:
        if not self._challenged and self._names:
            try:
                return self._try_next()
            except SaslProblem as problem:
                return Step(failed=str(problem), ours=True)
        return Step(failed=reason or "the server does not say why")

    def _give_up(self, problem: SaslProblem) -> Step:
        self._mechanism = None
        return Step([Message("AUTHENTICATE", ["*"])], failed=str(problem), ours=True)


def response_of(mechanism: Mechanism, challenge: bytes) -> Result:
    """The response, or why there is none."""
    try:
        return mechanism.respond(challenge)
    except SaslProblem as problem:
        return problem

"""What a Chat does about its own account: register, verify, log in.

Rule: a password goes only over a connection on which nobody can read along.

Specifications: IRCv3 draft/account-registration, sasl-3.2 ("SASL Reauthentication").
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ipcchat.client.authentication import Authentication, Step
from ipcchat.client.errors import CommandRefused
from ipcchat.client.running import Running
from ipcchat.client.sasl import Credentials
from ipcchat.wire.message import Message

REGISTRATION = "draft/account-registration"
# draft/account-registration, "Client considerations": what fits into any message that may have to carry it.
PASSWORD_BYTES_MAX = 300
NOT_CONFIDENTIAL = "others could read the password on the way; connect by TLS, ircs://, or on the server's own machine"


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration. `pending`: the server waits for the code that it has sent (`Chat.verify`);
    `text` is what it says about it."""

    account: str
    pending: bool
    text: str


class AccountCalls(Running):
    """The methods about our own account. Each raises CommandRefused with the server's reason, TimedOut, ChatClosed."""

    async def register(self, password: str, account: str = "", email: str = "") -> Registered:
        """Register an account, by default with our nick's name, and be logged in to it, on later connections too, at
        once or after `verify`. Some servers want an e-mail address."""
        self._require_registration()
        self._require_confidential(password)
        name = account or self.nick
        lines = await self.command("REGISTER", account or "*", email or "*", password)
        verdict = next((line.params for line in lines if line.command == "REGISTER" and len(line.params) > 2), [])
        if not verdict:
            raise CommandRefused("the server did not say what became of the registration")
        registered = Registered(verdict[1] or name, verdict[0].upper() == "VERIFICATION_REQUIRED", verdict[-1])
        self._unverified = Credentials(registered.account, password)
        if not registered.pending:
            self._logged_in(self._unverified)
        return registered

    async def verify(self, code: str, account: str = "") -> str:
        """Complete a registration with the code that the server has sent, and be logged in; returns the account."""
        self._require_registration()
        unverified = self._unverified
        name = account or (unverified.account if unverified is not None else self.nick)
        lines = await self.command("VERIFY", name, code)
        verdict = next((line.params for line in lines if line.command == "VERIFY" and len(line.params) > 1), ["", name])
        if unverified is not None and unverified.account == name:
            self._logged_in(unverified)
        self._view.account = verdict[1]
        return verdict[1]

    async def login(self, account: str, password: str) -> str:
        """Log in to an account, now and on later connections; returns its name."""
        self._require_confidential(password)
        if self.connected and "sasl" not in self.capabilities:
            raise CommandRefused("this server has no accounts that one can log in to")
        credentials = Credentials(account, password)
        talk = Authentication(credentials, self.protection, self.capabilities.get("sasl", ""))
        step = talk.begin()
        while not (step.succeeded or step.failed):
            step = await self._login_step(talk, step)
        if step.failed:
            for message in step.send:
                await self.command(message.command, *message.params)
            raise CommandRefused(f"{step.failed}{'' if step.ours else '; are name and password right?'}")
        self._logged_in(credentials)
        await self._take_own_nick()
        return self.account or account

    async def logout(self) -> None:
        """Be logged out, now and on later connections. IRC has no command for it: the connection is made anew."""
        self._require_open()
        if not self.account:
            raise CommandRefused("you are not logged in")
        if self.protection.vouched:
            raise CommandRefused("who you are is not said by a password here, so there is nothing to log out from")
        self._conversation.log_out()
        self._conversation.come_again("logging out")

    async def _login_step(self, talk: Authentication, step: Step) -> Step:
        """Say what the step says; what follows from the answer."""
        if step.work is not None:
            return talk.worked(await asyncio.to_thread(step.work))
        answers: list[Message] = []
        for message in step.send:
            answers += await self._answers(message)
        follows = [following for line in answers if (following := talk.hear(line)) is not None]
        said = [following for following in follows if following.work or following.send or following.succeeded]
        failed = next((following for following in follows if following.failed), None)
        return failed or (said[0] if said else Step(failed="the server does not say how it goes on"))

    async def _answers(self, message: Message) -> list[Message]:
        """The server's answer to a line of the login, a refusal too: it may name the next thing to try."""
        try:
            return await self.command(message.command, *message.params)
        except CommandRefused as error:
            return [Message(error.code, [self.nick, str(error)])] if error.code.isdigit() else [failure(error)]

    def _logged_in(self, credentials: Credentials) -> None:
        """It holds from now on."""
        self._unverified = None
        self._conversation.log_in(credentials)
        self._view.account = self._view.account or credentials.account

    async def _take_own_nick(self) -> None:
        """The nick we wanted may be ours now. Where another session of our user has it, we come again to join that."""
        wanted = self._conversation.nick
        if self._view.is_me(wanted):
            return
        try:
            await self.command("NICK", wanted)
        except CommandRefused:
            self._conversation.come_again(f"coming back as {wanted}")

    def _require_registration(self) -> None:
        if self.connected and REGISTRATION not in self.capabilities:
            raise CommandRefused("this server registers no accounts; if it has a NickServ, write HELP to it")

    def _require_confidential(self, password: str) -> None:
        """Refuse what would give the password away, or could not be said."""
        self._require_open()
        if not self.protection.confidential:
            raise CommandRefused(NOT_CONFIDENTIAL)
        if not password or not password.isprintable():
            raise CommandRefused("a password is one line without control characters")
        if len(password.encode("utf-8", "replace")) > PASSWORD_BYTES_MAX:
            raise CommandRefused(f"a password has at most {PASSWORD_BYTES_MAX} bytes")


def failure(error: CommandRefused) -> Message:
    """A FAIL as it came."""
    return Message("FAIL", ["AUTHENTICATE", error.code, str(error)])

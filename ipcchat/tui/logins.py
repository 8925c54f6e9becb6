"""Logging in: where a password comes from, and what is kept of a login that worked.

Rules:
1. Nothing is kept before the login has worked: neither the server in the settings nor the password in the keyring.
2. Whether to keep a password that was typed is asked only where there is a keyring, and never again after a no.
3. A server that is not to be trusted is refused with what to do about it; see `dialogue.trust`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError, LoginFailed, Untrusted
from ipcchat.client.text import printable
from ipcchat.tui.start import ServerEntry, Start


class Asking(Protocol):
    """How our user is asked."""

    async def ask_secret(self, question: str) -> str:
        """What is typed without being shown; "" when he would rather not."""

    async def ask_whether(self, question: str, *, yes: str, no: str) -> bool:
        """Yes or no."""


@dataclass(slots=True)
class Login:
    """Who we are on a network, with the password that is tried. `is_new`: the settings do not have it; `is_typed`: the
    password was typed."""

    entry: ServerEntry
    is_new: bool = False
    is_typed: bool = False


class Logins:
    """The logins of all networks, by the network's name."""

    def __init__(self, start: Start, asking: Asking) -> None:
        self._start = start
        self._asking = asking
        self._logins: dict[str, Login] = {}

    async def begin(self, network: str, entry: ServerEntry, *, is_new: bool = False) -> Callable[[], Chat] | None:
        """What makes a Chat for an entry, with its password; None when our user would not give one. Raises
        ChatError."""
        password = await asyncio.to_thread(self._start.password, entry)
        is_typed = password is None or (is_new and bool(entry.password))
        if password is None:
            password = await self._asking.ask_secret(f"Password of {entry.account}")
            if not password:
                return None
        self._logins[network] = Login(replace(entry, password=password), is_new, is_typed)
        return self._maker(network)

    async def again(self, network: str, error: LoginFailed) -> Callable[[], Chat] | None:
        """A login failed: what makes a Chat with another password; None to give up."""
        login = self._logins[network]
        password = await self._asking.ask_secret(f"{error}\n\nThe password once more, or Esc to stay away")
        if not password:
            return None
        login.entry, login.is_typed = replace(login.entry, password=password), True
        return self._maker(network)

    async def worked(self, network: str) -> str:
        """We are logged in: keep what is to be kept; what could not be, "" when all is well."""
        login = self._logins.get(network)
        if login is None or not login.entry.account:
            return ""
        is_new, is_typed, login.is_new, login.is_typed = login.is_new, login.is_typed, False, False
        try:
            if is_new:
                self._start.remember(login.entry)
            if is_typed:
                await self._offer_to_keep(login.entry)
        except ChatError as error:
            return f"not everything of this login is kept: {printable(str(error))}"
        return ""

    async def trusts(self, error: Untrusted) -> str:
        """Ask whether a certificate is to be known from now on; why it is not, "" once it is."""
        from ipcchat.dialogue.trust import explained, know, question

        if error.stranger and await self._asking.ask_whether(question(error), yes="Trust it from now on", no="No"):
            try:
                know(error)
            except ChatError as problem:
                return str(problem)
            return ""
        return explained(error, self._start.program, was_asked=error.stranger)

    async def _offer_to_keep(self, entry: ServerEntry) -> None:
        """Ask whether the keyring is to have the password."""
        remembered = self._start.remembered
        question = f"Keep the password of {entry.account} in the keyring of this machine?"
        if remembered.is_declined(question) or not await asyncio.to_thread(self._start.can_keep):
            return
        if await self._asking.ask_whether(question, yes="Keep it", no="No, ask me each time"):
            await asyncio.to_thread(self._start.keep, entry, entry.password)
        else:
            remembered.decline(question)

    def _maker(self, network: str) -> Callable[[], Chat]:
        return lambda: self._start.chat(self._logins[network].entry)

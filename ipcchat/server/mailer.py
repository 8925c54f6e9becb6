"""Sends the codes of new accounts by the administrator's mail command, such as `sendmail -t -i`.

Rules:
1. The command is run as it is written, without a shell and with nothing of what a client said in its arguments. The
   message is its standard input.
2. It has SECONDS_MAX, and RUNNING_MAX run at a time; whoever comes then is told to come again.
3. What it says goes into the log when it fails, but never the code.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal

from ipcchat.core.effects import CodeSent, SendCode
from ipcchat.server import logs
from ipcchat.server.configuration import Configuration

SECONDS_MAX = 20.0
RUNNING_MAX = 4
REASON_CHARACTERS_MAX = 2_000
NOT_SENT = "the code could not be sent, try again later or tell an operator of the network"
BUSY = "too many codes are being sent, try again in a while"
TEXT = """Hello {account},

somebody, probably you, registered the account {account} on the chat network {network}.
Type this where you chat to have it:

    /quote VERIFY {account} {code}

If it was not you, do nothing: without this code the account goes away by itself.
"""


class Mailer:
    """Answers SendCode. Its methods are called on core's thread."""

    def __init__(self, configuration: Configuration | None = None) -> None:
        self._configuration = configuration
        self._running = 0

    async def send(self, query: SendCode) -> CodeSent:
        """Send one code, or say why not."""
        words = self._setting("accounts.mail_command")
        if not words:
            return CodeSent("this server sends no mail")
        if self._running >= RUNNING_MAX:
            return CodeSent(BUSY)
        self._running += 1
        try:
            problem = await _run(words, self._message(query))
        except (OSError, ValueError) as error:
            problem = f"{type(error).__name__}: {getattr(error, 'strerror', '') or 'it cannot be run'}"
        finally:
            self._running -= 1
        if not problem:
            return CodeSent()
        reason = problem.replace(query.code, "<the code>")[:REASON_CHARACTERS_MAX]
        logs.event(logging.ERROR, "the mail command failed", command=words[0], reason=reason)
        return CodeSent(NOT_SENT)

    def _setting(self, name: str) -> tuple[str, ...]:
        found = self._configuration.loaded.values.get(name) if self._configuration is not None else None
        return tuple(found or ())

    def _message(self, query: SendCode) -> bytes:
        # Few servers send mail: the others start without these.
        from email.message import EmailMessage
        from email.utils import formatdate, make_msgid

        assert self._configuration is not None
        settings, values = self._configuration.loaded.settings, self._configuration.loaded.values
        message = EmailMessage()
        message["From"] = values.get("accounts.mail_from") or f"noreply@{settings.server_name}"
        message["To"] = query.email
        message["Subject"] = f"Your account {query.account} on {settings.network}"
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=settings.server_name)
        message["Auto-Submitted"] = "auto-generated"
        text = TEXT.format(account=query.account, network=settings.network, code=query.code)
        message.set_content(text, cte="8bit")  # So that the code stands in one piece, here and in what is logged.
        return message.as_bytes()


async def _run(words: tuple[str, ...], message: bytes) -> str:
    """Run the command; "" when it went well, else what went wrong."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SECONDS_MAX):
            said, _ = await process.communicate(message)
    except TimeoutError:
        return f"it took more than {SECONDS_MAX:g} seconds"
    finally:
        if process.returncode is None:
            _end(process.pid)
            await process.wait()
    if process.returncode:
        return f"exit code {process.returncode}: {said.decode(errors='replace').strip()}"
    return ""


def _end(pid: int) -> None:
    """End the command with everything that it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass

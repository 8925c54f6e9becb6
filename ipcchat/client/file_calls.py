"""What a Chat does with files: uploads them where its server takes them, so that their URLs can be said.

Rules:
1. It connects to the place that the server named by ISUPPORT, by the same rules as to the server itself (`dialing`).
2. Who we are is shown by a token that the server gives for it (IRCv3 draft/authtoken); elsewhere by account and
   password, as soju wants it. Neither goes where others could read along. A token that does not count any more is asked
   for once more.

Specifications: soju.im/FILEHOST, IRCv3 draft/authtoken.
"""

from __future__ import annotations

import asyncio
import os
import re
from typing import BinaryIO

from ipcchat.client.connection import reason_for
from ipcchat.client.errors import CommandRefused, UploadFailed
from ipcchat.client.file_host import (
    NOT_AUTHENTICATED,
    Answer,
    FileHost,
    basic,
    bearer,
    checked_name,
    checked_type,
    file_host,
    place_of,
    request_head,
    type_of,
)
from ipcchat.client.running import Running
from ipcchat.client.uploading import Progress, exchange, open_source
from ipcchat.wire.message import Message

SERVICE = "FILEHOST"
# RFC 6750 2.1.
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class FileCalls(Running):
    """The methods about files."""

    _token = ""

    @property
    def takes_files(self) -> bool:
        """Whether the server names a place for files that we may use. As last known while disconnected."""
        try:
            file_host(self.support, self.protection)
        except UploadFailed:
            return False
        return True

    async def upload(
        self,
        source: str | os.PathLike[str] | bytes,
        *,
        name: str = "",
        type: str = "",
        progress: Progress | None = None,
    ) -> str:
        """Upload a file, given by its path or as bytes, and return its URL, which is to be said in a message: who may
        read the message may read the file. `name` is what others see of its name (default: that of the path), `type`
        its media type (default: by the name). `progress` is called with the bytes that are sent and those of the whole.

        Raises UploadFailed with the server's reason, also when it takes no files; CommandRefused when it gives no
        token, Untrusted, TimedOut, ChatClosed.
        """
        self._require_open()
        host = file_host(self.support, self.protection)
        shown = checked_name(name or ("" if isinstance(source, bytes) else os.fspath(source)))
        kind = checked_type(type or type_of(shown))
        file, size = await asyncio.to_thread(open_source, source)
        with file:
            again = bool(self._token)
            head = request_head(host, shown, kind, size, await self._authorization())
            answer = await self._exchange(host, head, file, size, progress or _unheard)
            if answer.status == NOT_AUTHENTICATED and again:
                self._token = ""
                file.seek(0)
                head = request_head(host, shown, kind, size, await self._authorization())
                answer = await self._exchange(host, head, file, size, progress or _unheard)
        if answer.status == NOT_AUTHENTICATED:
            self._token = ""
        return place_of(answer, host)

    async def _exchange(self, host: FileHost, head: bytes, file: BinaryIO, size: int, progress: Progress) -> Answer:
        """Send the file by a connection of its own."""
        try:
            connection = await self._dialer.open_beside(host.address, self.protection)
        except OSError as error:
            raise UploadFailed(_reason(error, host)) from None
        try:
            if _shows_who_we_are(head) and not connection.protection.confidential:
                raise UploadFailed("others could read along on the way to the place for files; it needs https")
            return await exchange(connection, head, file, size, progress)
        except OSError as error:
            raise UploadFailed(f"the upload broke off: {_reason(error, host)}") from None
        finally:
            connection.close()

    async def _authorization(self) -> str:
        """What shows who we are; "" where nothing does."""
        session = self._conversation.view_session
        offered = session.capabilities.offered if session is not None else {}
        if self._token or "draft/AUTHTOKEN" in self.support or "draft/authtoken" in offered:
            self._token = self._token or await self._new_token()
        if self._token:
            return bearer(self._token)
        credentials = self._conversation.credentials
        if credentials is not None and credentials.account and credentials.password:
            return basic(credentials.account, credentials.password)
        return ""

    async def _new_token(self) -> str:
        """A token for files; "" from a server that gives tokens for other things only."""
        try:
            return token_in(await self.command("TOKEN", "GENERATE", SERVICE))
        except CommandRefused as error:
            if error.code != "UNKNOWN_SERVICE":
                raise
            return ""


def token_in(lines: list[Message]) -> str:
    """The token that the server gave. Raises CommandRefused where it gave none."""
    for line in lines:
        if line.command.upper() == "TOKEN" and [word.upper() for word in line.params[:2]] == ["GENERATE", SERVICE]:
            token = line.params[-1]
            if len(line.params) > 3 and TOKEN.fullmatch(token):
                return token
    raise CommandRefused("the server gave no token for uploading files")


def _reason(error: OSError, host: FileHost) -> str:
    """Why it did not work, with the place as the server named it."""
    return reason_for(error, host.address).replace(str(host.address), host.url)


def _shows_who_we_are(head: bytes) -> bool:
    return b"\r\nAuthorization: " in head


def _unheard(sent: int, size: int) -> None:
    """Nobody wants to know how far it is."""

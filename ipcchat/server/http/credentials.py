"""Who asks by HTTP: by a token (Authorization: Bearer), or by an account and its password (Basic).

Rules:
1. A password is compared where all passwords are: a connection without a socket logs in by SASL PLAIN, and pays for
   wrong ones (core/logins.py). It never registers, so nobody sees it.
2. No credentials are no mistake: who has none is a stranger. Wrong ones are.

Specification: RFC 6750 (Bearer), RFC 7617 (Basic), RFC 9110 11.
"""

from __future__ import annotations

import base64
import binascii
from typing import Protocol

from starlette.exceptions import HTTPException

from ipcchat.core.holders import STRANGER, Holder
from ipcchat.core.peers import Peer
from ipcchat.server.inner import Ended, InnerConnection

BUSY = "The server is busy: try again in a moment"
CHALLENGE = {"www-authenticate": 'Basic realm="IPC Chat", charset="UTF-8"'}


class Doors(Protocol):
    """The shell, as far as who asks is concerned."""

    def holder(self, token: str) -> Holder | None: ...
    def let_in(self, link: InnerConnection) -> str: ...
    def inner(self, peer: Peer) -> InnerConnection: ...


def refused(reason: str) -> HTTPException:
    """401, with what can be done."""
    return HTTPException(401, reason, CHALLENGE)


async def holder_of(doors: Doors, authorization: str, peer: Peer) -> Holder:
    """Who asks, by the value of the Authorization field ("" for none). Raises HTTPException 401, 429 and 503."""
    scheme, _, written = authorization.strip().partition(" ")
    if not scheme:
        return STRANGER
    if scheme.lower() == "bearer":
        found = doors.holder(written.strip())
        if found is None:
            raise refused("This token does not count, or no more")
        return found
    if scheme.lower() == "basic":
        return await _by_password(doors, *_name_and_password(written), peer)
    raise refused("Use Authorization: Bearer <token>, or Basic")


def _name_and_password(written: str) -> tuple[str, str]:
    try:
        name, colon, password = base64.b64decode(written.encode(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise refused("Basic has the Base64 of <account>:<password>") from None
    if not colon or not name or not password or "\0" in name + password:
        raise refused("Basic has the Base64 of <account>:<password>")
    return name, password


async def _by_password(doors: Doors, name: str, password: str, peer: Peer) -> Holder:
    connection = await logged_in(doors, peer, "sasl", "PLAIN", f"\0{name}\0{password}".encode())
    account = connection.account
    connection.close()
    return Holder(account)


async def logged_in(doors: Doors, peer: Peer, capabilities: str, mechanism: str, response: bytes) -> InnerConnection:
    """A connection without a socket that is logged in and not registered. Raises HTTPException 401 and 503; then there
    is none."""
    connection = doors.inner(peer)
    reason = doors.let_in(connection)
    if reason:
        raise HTTPException(503, reason)
    try:
        await connection.begin(capabilities)
        problem = await connection.log_in(mechanism, response)
        if problem:
            raise refused(problem)
    except BaseException as error:
        connection.close()
        if isinstance(error, Ended | TimeoutError):
            raise HTTPException(503, str(error) or BUSY) from None
        raise
    return connection

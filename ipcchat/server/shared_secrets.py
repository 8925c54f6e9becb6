"""The secrets that all nodes of a cluster share: a node without them gets them from another one.

Rules:
1. What is in the folder stays. Only a file that is missing is taken from a node that has it, by a request over the
   connection to NATS; a whole journal with its passwords' hashes comes the same way (backend/cluster/snapshots.py).
2. Who began the stream makes its own secret. Everybody else waits for TAKE_SECONDS for one, then makes its own, which
   is said: if others have another one, the node that started later does not serve (membership.SecretSkew).
3. Nodes compare what stands for their secrets (`check_of`), never the secrets.
"""

from __future__ import annotations

import asyncio
import logging
import time
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from ipcchat.backend.cluster.node import Node
from ipcchat.backend.cluster.requests import Refused, RequestError
from ipcchat.server import logs, push_key, secret_file
from ipcchat.server.secret_file import SECRET_BYTES, make_private, read_private, secret_in

VERB: Final = "secrets-take"
TAKE_SECONDS: Final = 8.0
PAUSE_SECONDS: Final = 0.25
CHECK_BYTES: Final = 16


class Take(msgspec.Struct, array_like=True):
    """Give the secrets."""


class Secrets(msgspec.Struct, array_like=True):
    """What is in the files; empty: there is none."""

    secret: bytes
    push_key: bytes = b""


def give(node: Node, folder: Path) -> None:
    """Have the node answer with what is in `folder`; before it is opened."""

    async def answer(_question: Take) -> Secrets:
        found = await asyncio.to_thread(_read, folder)
        if not found.secret:
            raise Refused("it has no secret yet")
        return found

    node.requests.answer(VERB, Take, answer)


async def share(node: Node, folder: Path, seconds_max: float = TAKE_SECONDS) -> None:
    """Have the secrets in `folder`, from another node when there are none, and tell all others what stands for them.
    The node is open. Raises secret_file.SecretError."""
    if not (folder / secret_file.FILE_NAME).exists() and not node.began_alone:
        await _take(node, folder, seconds_max)
    secret = await asyncio.to_thread(secret_in, folder)
    node.secret_check = check_of(bytes.fromhex(secret))


def check_of(secret: bytes) -> bytes:
    """What stands for a secret and does not tell it."""
    return blake2b(b"ipc-chat: the nodes of one cluster", key=secret, digest_size=CHECK_BYTES).digest()


async def _take(node: Node, folder: Path, seconds_max: float) -> None:
    deadline, said = time.monotonic() + seconds_max, "no other node was heard"
    while time.monotonic() < deadline:
        for name in node.others:
            try:
                found = await node.requests.ask(name, VERB, Take(), Secrets)
                await asyncio.to_thread(_write, folder, found)
            except (RequestError, OSError) as error:
                said = str(error)
            else:
                logs.event(logging.INFO, "the secret of this cluster was taken from another node", giver=name)
                return
        await asyncio.sleep(PAUSE_SECONDS)
    logs.event(logging.WARNING, "this node got no secret from the others, and makes its own", reason=said)


def _read(folder: Path) -> Secrets:
    found = []
    for name, size in ((secret_file.FILE_NAME, SECRET_BYTES), (push_key.FILE_NAME, push_key.KEY_BYTES)):
        path = folder / name
        found.append(read_private(path, size) if path.exists() else b"")
    return Secrets(*found)


def _write(folder: Path, found: Secrets) -> None:
    """The secret last: who has it is never asked again. Raises OSError."""
    for name, content in ((push_key.FILE_NAME, found.push_key), (secret_file.FILE_NAME, found.secret)):
        if content and not (folder / name).exists():
            make_private(folder / name, content)

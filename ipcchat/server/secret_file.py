"""The server's secret: random bytes beside the database that key the cloaks of hosts.

Rules:
1. It is made once and stays, so that bans on cloaked hosts still hit after a restart.
2. Only the server's user can read it. Whoever has it can find the address behind a cloak by trying all.
3. Only one process makes it: the one that has the journal open.
"""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from ipcchat.server import logs

SECRET_BYTES = 32
FILE_NAME = "secret"
OTHERS = 0o077


class SecretError(Exception):
    """The secret cannot be had; the text says why and what to do."""


def secret_in(folder: Path | None) -> str:
    """The secret of a data folder as hexadecimal digits, made when there is none. Without a folder there is a new one
    each time. Raises SecretError."""
    if folder is None:
        return secrets.token_hex(SECRET_BYTES)
    path = folder / FILE_NAME
    try:
        if path.exists():
            content = read_private(path, SECRET_BYTES + 1)
        else:
            content = secrets.token_bytes(SECRET_BYTES)
            make_private(path, content)
    except OSError as error:
        raise SecretError(f"cannot read or make {path}: {error.strerror}") from error
    if len(content) != SECRET_BYTES:
        raise SecretError(
            f"{path}: expected {SECRET_BYTES} bytes, got {len(content)}; put the old file back, or remove it: then "
            "cloaked hosts change, and bans on them hit nobody"
        )
    return content.hex()


def read_private(path: Path, bytes_max: int) -> bytes:
    """So much of a file that nobody else should be able to read. Raises OSError."""
    if path.stat().st_mode & OTHERS:
        logs.event(logging.WARNING, "others can read the server's secret: chmod 600", file=path)
    with path.open("rb") as file:
        return file.read(bytes_max)


def make_private(path: Path, content: bytes) -> None:
    """A new file that nobody else can read, on disk before it is used. Raises OSError."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    unfinished.replace(path)

"""The contents of files on the disk, by the SHA-256 of each: <data>/files/<its first two digits>/<all 64>.

Rules:
1. What is not whole is in files/incoming, under a name of chance, and counts for nothing: a crash leaves nothing else.
2. Content gets its name when all of it is on the disk, and the name is on the disk before anybody is told of it.
   Whatever had that name before was the same, unless it was damaged.
3. Nobody but the server's user can read it: folders have mode 0700, files 0600.
4. Nothing that anybody says becomes a path: only digests do.

Everything here waits for the disk; call it in threads. Raises OSError.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

FOLDER: Final = "files"
INCOMING: Final = "incoming"
BLOCK_BYTES: Final = 1 << 20
_DIGEST = re.compile("[0-9a-f]{64}", re.ASCII)


class Incoming:
    """One content while it comes: `bytes` of it are here. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)
        self._hash = hashlib.sha256()

    def write(self, piece: bytes) -> None:
        """Some of it."""
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._hash.update(piece)
        self.bytes += len(piece)

    def finish(self) -> str:
        """All of it is on the disk; its digest."""
        os.fsync(self._file.fileno())
        self._file.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Nothing of it is left. May be called at any time, and again."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class FileStore:
    """The contents in a data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._incoming = self._folder / INCOMING

    def new_path(self) -> Path:
        """Where content can come; asks no disk."""
        return self._incoming / secrets.token_hex(16)

    def begin(self, path: Path) -> Incoming:
        """Content comes, to a new path."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)
        return Incoming(path)

    def keep(self, incoming: Incoming, digest: str) -> None:
        """A finished content gets its name; see rule 2."""
        path = self.path(digest)
        is_new = not path.parent.is_dir()
        path.parent.mkdir(mode=0o700, exist_ok=True)
        incoming.path.replace(path)
        _sync(path.parent)
        if is_new:
            _sync(self._folder)
            _sync(self._folder.parent)

    def path(self, digest: str) -> Path:
        """Where the content with that digest is, if it is there."""
        return self._folder / digest[:2] / digest

    def drop(self, path: Path, untouched_seconds: float = 0.0) -> None:
        """Delete what is there, unless somebody wrote to it within that time. Doing it again does nothing."""
        with suppress(FileNotFoundError):
            if not untouched_seconds or time.time() - path.stat().st_mtime >= untouched_seconds:
                path.unlink()

    def left_over(self) -> list[Path]:
        """What came in part, now or before a crash."""
        with suppress(FileNotFoundError):
            return list(self._incoming.iterdir())
        return []

    def contents(self) -> list[str]:
        """The digests of all that is there."""
        return [path.name for path in contents_of(self._folder.parent)]

    def free(self) -> tuple[int, int]:
        """The bytes that are free on the disk for this user, and those that it has altogether."""
        found = os.statvfs(self._folder.parent)
        return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize


def is_digest(name: str) -> bool:
    """Whether that is how content is called."""
    return _DIGEST.fullmatch(name) is not None


def contents_of(folder: Path) -> Iterator[Path]:
    """Every content in a data folder, by the order of their names."""
    with suppress(FileNotFoundError):
        for place in sorted((folder / FOLDER).iterdir()):
            if place.name != INCOMING and place.is_dir():
                yield from (path for path in sorted(place.iterdir()) if is_digest(path.name))


def digest_of(path: Path) -> str:
    """The SHA-256 of what is in a file, hexadecimal."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            hasher.update(block)
    return hasher.hexdigest()


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

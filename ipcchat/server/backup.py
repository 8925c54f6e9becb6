"""A backup of a data folder in one file, while a server runs or not, and the way back.

Rules:
1. A backup is a tar archive with FILES, as far as they are there, and a manifest in front with their sizes and
   BLAKE2b-256 hashes. Between these are the contents of the files that people uploaded, each under its SHA-256: they go
   into the archive from where they are, and one that is deleted meanwhile is not in it. Nothing is a backup before all
   of it is on disk and the journal in it was verified.
2. The journal is copied from one snapshot: everything that was acknowledged before the start is in it, and what came
   later is not, or not in part. Unused space is not copied, so what was erased is in no new backup.
3. Nothing is ever overwritten, and nothing is restored that is not what was backed up. Names in an archive are compared
   with those that are known, and never become a path.
4. After a restore new entries get places far behind those in the backup: what was said after it and is lost had some of
   the next ones, and no msgid may ever name two messages.

What is in none: the configuration file, certificates that it names, older audit logs that were moved away, and the
search index, which is made anew.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b, sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Final

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite_schema import lock, read_meta, write_meta
from ipcchat.backend.sqlite_verify import Report, verify
from ipcchat.server.audit_log import FILE_NAME as AUDIT
from ipcchat.server.certificates import CERTIFICATE_NAME, KEY_NAME
from ipcchat.server.file_store import FOLDER as CONTENTS
from ipcchat.server.file_store import contents_of, digest_of, is_digest
from ipcchat.server.push_key import FILE_NAME as PUSH_KEY
from ipcchat.server.secret_file import FILE_NAME as SECRET

JOURNAL: Final = "chat.db"
FILES: Final = (JOURNAL, SECRET, AUDIT, CERTIFICATE_NAME, KEY_NAME, PUSH_KEY)
MANIFEST: Final = "manifest.json"
FORMAT, FORMAT_WITH_CONTENTS = 1, 2
"""A version that knows no contents refuses a backup that has some."""

MANIFEST_BYTES_MAX: Final = 65_536
BLOCK_BYTES: Final = 1 << 20
BUSY_SECONDS: Final = 30

PLACES_SKIPPED: Final = 1 << 26
"""67 million: more than is said between two backups."""


class BackupError(Exception):
    """There is no backup, or none was restored; the text says why and what to do."""


class Part(msgspec.Struct, frozen=True):
    """One file of a backup: its size and the BLAKE2b-256 of its content in hexadecimal."""

    bytes: int
    blake2b: str


class Manifest(msgspec.Struct, frozen=True):
    """What is in a backup: when it was made (Unix ms), of which journal and up to which entry."""

    format: int
    made_at: int
    journal: str
    last: int
    files: dict[str, Part]


def back_up(folder: Path, target: Path) -> Manifest:
    """Write the backup of a data folder to the file `target`. Raises BackupError."""
    if not (folder / JOURNAL).is_file():
        raise BackupError(f"there is no journal in {folder}; name the data folder with --data")
    if target.exists():
        raise BackupError(f"{target} is there already, and nothing is overwritten; choose another name")
    with _explained(), _beside(target) as workshop:
        journal = _copy_journal(folder / JOURNAL, workshop / JOURNAL)
        report = _whole(workshop / JOURNAL)
        for name in FILES[1:]:
            if (folder / name).is_file():
                _copy(folder / name, workshop / name, to_line_end=name == AUDIT)
        parts = {name: _part(workshop / name) for name in FILES if (workshop / name).exists()}
        contents = list(contents_of(folder))
        form = FORMAT_WITH_CONTENTS if contents else FORMAT
        manifest = Manifest(form, int(time.time() * 1000), journal, report.last, parts)
        _pack(workshop, manifest, contents)
        os.link(workshop / "backup", target)
        _sync(target.parent)
    return manifest


def restore(source: Path, folder: Path) -> Manifest:
    """Put what is in the backup `source` into a data folder that has no journal. Raises BackupError."""
    try:
        guard = lock(folder / JOURNAL)
    except BackendError as error:
        raise BackupError(str(error)) from error
    try:
        there = [name for name in (*FILES, f"{JOURNAL}-wal", CONTENTS) if (folder / name).exists()]
        if there:
            raise BackupError(
                f"{folder} has {', '.join(there)} already, and nothing is overwritten; use an empty folder"
            )
        with _explained(), _beside(folder / JOURNAL) as workshop:
            manifest = _unpack(source, workshop)
            _whole(workshop / JOURNAL)
            _skip_places(workshop / JOURNAL)
            if (workshop / CONTENTS).exists():
                _sync(workshop / CONTENTS)
                (workshop / CONTENTS).rename(folder / CONTENTS)
            for name in reversed(FILES):
                if name in manifest.files:
                    os.link(workshop / name, folder / name)
            _sync(folder)
    finally:
        guard.release()
    return manifest


@contextmanager
def _explained() -> Iterator[None]:
    """What the disk, SQLite or an archive says, as a BackupError."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"{error.filename or 'the disk'}: {error.strerror or error}") from error
    except tarfile.TarError as error:
        raise BackupError(f"that is no backup of this program: {error}") from error
    except sqlite3.Error as error:
        raise BackupError(f"the journal cannot be copied: {error}; look at it with ipc-chat verify") from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder on the same disk, for what is not finished; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=".ipc-chat-", dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_journal(source: Path, target: Path) -> str:
    """Copy it from one snapshot and return its name. Raises sqlite3.Error."""
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
        return read_meta(connection, "journal")


def _whole(path: Path) -> Report:
    """What is in a journal. Raises BackupError when it is damaged."""
    try:
        report = verify(path)
    except BackendError as error:
        raise BackupError(str(error).replace(str(path), JOURNAL)) from error
    if report.damages:
        raise BackupError(f"the journal is damaged: {report.damages[0]}; ipc-chat verify tells all")
    return report


def _skip_places(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = EXTRA")
        last = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
        ceiling = max(last, int(read_meta(connection, "ceiling"))) + PLACES_SKIPPED
        write_meta(connection, "ceiling", str(ceiling))


def _copy(source: Path, target: Path, *, to_line_end: bool) -> None:
    """Copy a small file, or one of lines that grows meanwhile: up to the end of its last whole line."""
    content = source.read_bytes()
    if to_line_end:
        content = content[: content.rfind(b"\n") + 1]
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _part(path: Path) -> Part:
    hasher, size = blake2b(digest_size=32), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            hasher.update(block)
            size += len(block)
    return Part(size, hasher.hexdigest())


def _pack(workshop: Path, manifest: Manifest, contents: Iterable[Path]) -> None:
    """Write the archive `backup` into the workshop, and onto the disk."""
    with os.fdopen(os.open(workshop / "backup", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            content = msgspec.json.format(msgspec.json.encode(manifest))
            archive.addfile(_member(MANIFEST, len(content)), BytesIO(content))
            for path in contents:
                _pack_content(archive, path)
            for name, part in manifest.files.items():
                with (workshop / name).open("rb") as source:
                    archive.addfile(_member(name, part.bytes), source)
        file.flush()
        os.fsync(file.fileno())


def _pack_content(archive: tarfile.TarFile, path: Path) -> None:
    """Put the content of an uploaded file into the archive, unless it was deleted. Raises BackupError when it is not
    what was uploaded."""
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return
    with source:
        hashed = _Hashed(source)
        archive.addfile(_member(f"{CONTENTS}/{path.name}", os.fstat(source.fileno()).st_size), hashed)  # type: ignore[arg-type]
    if hashed.digest != path.name:
        raise BackupError(f"{path} is damaged: it is not what was uploaded; put it back, or move it away")


class _Hashed:
    """A file that is read, and the SHA-256 of what was."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def read(self, size: int) -> bytes:
        content = self._file.read(size)
        self._hash.update(content)
        return content


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Nothing of who made it."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _unpack(source: Path, workshop: Path) -> Manifest:
    """Put the files of an archive into the workshop. Raises BackupError unless they are what was backed up."""
    with tarfile.open(source, "r:") as archive:
        manifest = _manifest(archive)
        for member in archive:
            name = next((name for name in FILES if name == member.name and name in manifest.files), None)
            if member.name == MANIFEST:
                continue
            content = archive.extractfile(member) if member.isreg() else None
            digest = member.name.removeprefix(f"{CONTENTS}/")
            if content is not None and is_digest(digest) and digest != member.name:
                _extract_content(content, workshop / CONTENTS / digest[:2] / digest)
                continue
            if name is None or content is None:
                raise BackupError("that is no backup of this program: there is something else in it")
            _extract(content, workshop / name, manifest.files[name])
    missing = [name for name in manifest.files if not (workshop / name).exists()]
    if missing or JOURNAL not in manifest.files:
        raise BackupError(f"the backup is not whole: {', '.join(missing) or JOURNAL} is missing; take another one")
    return manifest


def _manifest(archive: tarfile.TarFile) -> Manifest:
    member = archive.next()
    content = archive.extractfile(member) if member is not None and member.isreg() else None
    if member is None or content is None or member.name != MANIFEST or member.size > MANIFEST_BYTES_MAX:
        raise BackupError("that is no backup of this program: it does not begin with a manifest")
    try:
        manifest = msgspec.json.decode(content.read(), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BackupError(f"the backup's manifest cannot be read: {error}") from error
    if manifest.format not in (FORMAT, FORMAT_WITH_CONTENTS):
        raise BackupError("the backup was made by a newer version of this program; use that one")
    return manifest


def _extract(content: IO[bytes], target: Path, part: Part) -> None:
    _write(content, target)
    if _part(target) != part:
        raise BackupError(f"the backup is damaged: {target.name} is not what was backed up; take another one")


def _extract_content(content: IO[bytes], target: Path) -> None:
    """The content of an uploaded file, whose name says what is in it."""
    for folder in (target.parent.parent, target.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    _write(content, target)
    if digest_of(target) != target.name:
        raise BackupError(f"the backup is damaged: {target.name} is not what was backed up; take another one")
    _sync(target.parent)


def _write(content: IO[bytes], target: Path) -> None:
    if target.exists():
        raise BackupError(f"the backup has {target.name} twice")
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, BLOCK_BYTES)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

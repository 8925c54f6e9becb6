"""The journal's file: its lock, its making, its checks and its migrations.

Rules:
1. One process at a time: a lock beside the file names the one that has it.
2. A file is made whole under another name and then renamed, so that a file of the right name is never half made.
3. A file that is damaged, newer than this program or not ours is refused and left as it is, its log too: it
   is looked at by a connection that cannot write. Never is a new one started in its place.
4. A migration is numbered and happens in one transaction together with its number; published ones are never edited.

The tables:
* `meta`: names and values (`version`, `journal`, `ceiling`, `indexed`, `chained`).
* `journal`: one row an entry. `target` is the history that it is a message of, or NULL. `parent` is the place of the
  message that it is about and `place` the history of both, or 0 and NULL. `hidden`: it was redacted. `sum`: see
  sqlite_sums.py. A voided entry has lost `target`, `parent` and `place`.
* `history`: the messages of each history; `about`: what is about each message; `conversation`: the conversations of
  each account, with a place that nothing in them is after; `recent`: the ids of the last day. They have what is in
  `journal` up to `indexed`.
* `event`: what happened in a history that is no message (`what`: a Happening in msgpack).
* `mark`, `origin`, `fleeting`: how far a stream that nodes share was taken in (sqlite_mark.py); empty elsewhere.
* `chain`, `gone`: see sqlite_sums.py. `erasing`: whose texts are being taken out, up to `through`; `after` is how far
  that is. `checkpoint`: one row, the shared state after `seq`.
`ceiling` is a sequence above which no place was ever shown to anybody: facts that need not wait for the disk get places
before they are written, and those places must not be given again after a crash.
`history` is a table and no index of `journal`, so that it need not grow with each commit: one that holds facts of 500
targets would dirty 500 pages. It has no rowid: a row is its key, and stands in the order in which it is read.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from ipcchat.backend.base import BackendError
from ipcchat.backend.file_system import require_local
from ipcchat.backend.journal_id import new_journal_id
from ipcchat.backend.sqlite_conversations import move_inboxes

APPLICATION_ID: Final = 0x49504A4C
"""Bytes 68 to 71 of the file, "IPJL": `file` and we know the journal by it (https://www.sqlite.org/fileformat2.html#application_id)."""

CHECKED_BYTES_MAX: Final = 64 * 1024 * 1024
"""A file up to this size is checked page by page at every start; above it that would take seconds."""

Step: TypeAlias = str | Callable[[sqlite3.Connection], None]
"""One step of a migration: a statement, or a function that is called in the transaction."""

MIGRATIONS: Final[tuple[tuple[Step, ...], ...]] = (
    (
        "CREATE TABLE journal (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, id BLOB NOT NULL UNIQUE, target TEXT,"
        " fact BLOB NOT NULL)",
        "CREATE TABLE history (target TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (target, seq)) WITHOUT ROWID",
        "CREATE TABLE checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, state BLOB NOT NULL)",
    ),
    (
        "ALTER TABLE journal RENAME TO before",
        "CREATE TABLE journal (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, id BLOB NOT NULL, target TEXT,"
        " parent INTEGER NOT NULL DEFAULT 0, fact BLOB NOT NULL, sum BLOB, place TEXT,"
        " hidden INTEGER NOT NULL DEFAULT 0)",
        "INSERT INTO journal (seq, at, id, target, fact) SELECT seq, at, id, target, fact FROM before",
        "DROP TABLE before",
        "CREATE TABLE recent (id BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO recent SELECT id, seq FROM journal WHERE seq <= "
        "(SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'indexed')",
        "CREATE TABLE about (parent INTEGER NOT NULL, seq INTEGER NOT NULL, target TEXT, PRIMARY KEY (parent, seq))"
        " WITHOUT ROWID",
        "CREATE INDEX about_target ON about (target, seq)",
        "CREATE TABLE event (target TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, what BLOB NOT NULL,"
        " PRIMARY KEY (target, seq)) WITHOUT ROWID",
        "CREATE TABLE conversation (account TEXT NOT NULL, target TEXT NOT NULL, seq INTEGER NOT NULL,"
        " PRIMARY KEY (account, target)) WITHOUT ROWID",
        "CREATE TABLE gone (seq INTEGER PRIMARY KEY, target TEXT NOT NULL, sum BLOB NOT NULL)",
        "CREATE TABLE chain (target TEXT PRIMARY KEY, first INTEGER NOT NULL, first_hash BLOB NOT NULL,"
        " last INTEGER NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID",
        "CREATE TABLE erasing (party TEXT PRIMARY KEY, through INTEGER NOT NULL, after INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta SELECT 'chained', value FROM meta WHERE name = 'indexed'",
        move_inboxes,
    ),
    (
        "ALTER TABLE recent ADD COLUMN at INTEGER NOT NULL DEFAULT 0",
        "UPDATE recent SET at ="
        " coalesce((SELECT at FROM journal WHERE journal.seq >= recent.seq ORDER BY journal.seq LIMIT 1), 0)",
        "CREATE TABLE mark (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL,"
        " stream_seq INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, digest BLOB NOT NULL,"
        " payload BLOB NOT NULL)",
        "CREATE TABLE origin (incarnation TEXT PRIMARY KEY, last INTEGER NOT NULL, down INTEGER NOT NULL)"
        " WITHOUT ROWID",
        "CREATE TABLE fleeting (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, id BLOB NOT NULL)",
    ),
)

_log = logging.getLogger(__name__)

_HEADER = b"SQLite format 3\0"

_PRAGMAS = (
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "foreign_keys = ON",
    "busy_timeout = 200",
    "wal_autocheckpoint = 0",
)
_WRITER_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "journal_size_limit = 33554432",
    "cache_size = -16384",
    "secure_delete = ON",
)
_READER_PRAGMAS = ("query_only = ON", "cache_size = -4096")


class Lock:
    """A lock file beside the journal, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Raises BackendError with the holder's pid when another process has it."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            text = f"{path.parent} is in use by process {holder}; stop it or choose another folder"
            raise BackendError(text) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Let others have it. The file stays: taking it away would race with the next one's start."""
        with suppress(OSError):
            os.close(self._file)


def lock(path: Path) -> Lock:
    """Make the journal's folder (0700) where it is missing and lock the journal in it. Raises BackendError, also where
    no journal can be kept (file_system.py)."""
    require_local(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Lock(path.with_name(path.name + ".lock"))
    except OSError as error:
        raise BackendError(f"cannot write in {path.parent}: {error.strerror}; choose another folder") from error


def open_journal(path: Path, kind: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """The one read-write connection to the journal at `path`, made or migrated as needed. The caller has the lock.

    Raises BackendError when it is damaged, not ours or newer, and sqlite3.Error when the disk refuses.
    """
    try:
        if not path.exists():
            _create(path)
        _check_header(path)
        with closing(connect_reader(path)) as reader:
            _check_pages(path, reader)
            _check_version(path, reader, len(MIGRATIONS))
        return _migrated(connect_writer(path, kind))
    except OSError as error:
        raise BackendError(f"cannot open {path}: {error.strerror}; check its owner and permissions") from error
    except sqlite3.Error as error:
        if _is_damage(error):
            raise _damaged(path, str(error)) from error
        raise


def connect_writer(path: Path, kind: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """A connection set up to write durably. Transactions are explicit."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=kind)
    return _set_up(connection, _WRITER_PRAGMAS)


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that can only read. It must be closed before the writer's: only the writer may checkpoint."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    return _set_up(connection, _READER_PRAGMAS)


def _set_up(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    """The same connection; it is closed when that fails."""
    try:
        for pragma in (*_PRAGMAS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, migrations: tuple[tuple[Step, ...], ...] = MIGRATIONS) -> None:
    """Bring the schema to the newest of `migrations`. Raises BackendError when an entry that must move is damaged."""
    for number in range(int(read_meta(connection, "version")), len(migrations)):
        with transaction(connection):
            for step in migrations[number]:
                if isinstance(step, str):
                    connection.execute(step)
                else:
                    step(connection)
            write_meta(connection, "version", str(number + 1))


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside is committed together, or nothing of it. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def read_meta(connection: sqlite3.Connection, name: str) -> str:
    """A value of the table `meta`. Raises sqlite3.DatabaseError when it is not there."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise sqlite3.DatabaseError(f"no {name!r} in its table of settings")
    return str(row[0])


def write_meta(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Set a value of the table `meta`, in whatever transaction is open."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def _create(path: Path) -> None:
    """Make an empty journal under another name, whole and synced, then give it its name."""
    for leftover in (path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")):
        if leftover.exists() and leftover.stat().st_size:
            raise BackendError(f"{path} is missing but {leftover.name} is there; put it back, or move that one away")
    new = path.with_name(path.name + ".new")
    for suffix in ("", "-wal", "-shm", "-journal"):
        new.with_name(new.name + suffix).unlink(missing_ok=True)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    connection = connect_writer(new)
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        for name, value in (("version", "0"), ("journal", new_journal_id()), ("ceiling", "0"), ("indexed", "0")):
            write_meta(connection, name, value)
        migrate(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # close() would keep its failure to itself.
    finally:
        connection.close()
    new.rename(path)
    _sync_directory(path.parent)
    for folder in path.absolute().parent.parents:  # They may be as new as the file.
        with suppress(PermissionError):
            _sync_directory(folder)
    _log.info("a new, empty journal was made: %s", path)


def _sync_directory(path: Path) -> None:
    """Make the names in a folder durable."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _check_header(path: Path) -> None:
    """Raise BackendError unless the file begins like a journal of ours. SQLite sees it only after that."""
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        raise _damaged(path, "it is empty")
    if not header.startswith(_HEADER) or len(header) < 100:
        raise _damaged(path, "it does not begin like a database")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise BackendError(f"{path} is a database of another program; it was left as it is: choose another folder")
    path.chmod(0o600)


def _check_version(path: Path, connection: sqlite3.Connection, newest: int) -> None:
    if int(read_meta(connection, "version")) > newest:
        raise BackendError(f"{path} was written by a newer version of this program; start that one")


def _migrated(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The same connection with the newest schema; it is closed when that fails."""
    try:
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_damage(error: sqlite3.Error) -> bool:
    """Not the disk or another program, but what is in the file."""
    name = str(getattr(error, "sqlite_errorname", ""))
    return name in ("", "SQLITE_ERROR", "SQLITE_NOTADB") or name.startswith("SQLITE_CORRUPT")


def _check_pages(path: Path, connection: sqlite3.Connection) -> None:
    if path.stat().st_size > CHECKED_BYTES_MAX:
        return
    found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise _damaged(path, found)


def _damaged(path: Path, why: str) -> BackendError:
    advice = "restore a backup, or move it and its -wal file away to start anew"
    return BackendError(f"{path} is damaged ({why}); it was left as it is: {advice}")

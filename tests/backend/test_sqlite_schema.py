"""ipcchat/backend/sqlite_schema.py: the file's lock, making, checks and migrations."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend import sqlite_schema
from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_schema import (
    MIGRATIONS,
    connect_reader,
    connect_writer,
    lock,
    migrate,
    open_journal,
    read_meta,
)
from ipcchat.core.facts import encode_fact
from tests.backend.journals import posted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def made(path: Path, entries: int = 300) -> Path:
    """A closed journal with something in it."""
    with closing(open_journal(path)) as connection:
        for seq in range(1, entries + 1):
            fact = posted()
            row = (seq, fact.at, fact.id, encode_fact(fact))
            connection.execute("INSERT INTO journal (seq, at, id, target, fact) VALUES (?, ?, ?, '#tea', ?)", row)
    return path


def everything_in(folder: Path) -> dict[str, bytes]:
    """Every file's bytes, without SQLite's shared memory and empty logs: they hold nothing."""
    found = {file.name: file.read_bytes() for file in folder.iterdir()}
    return {name: held for name, held in found.items() if held and not name.endswith("-shm")}


def overwrite_a_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"?" * 4096)


def refused(path: Path) -> str:
    """Why the journal is refused; nothing in its folder has changed by that."""
    before = everything_in(path.parent)
    with pytest.raises(BackendError) as caught:
        open_journal(path)
    assert everything_in(path.parent) == before
    return str(caught.value)


async def test_folder_and_files_are_the_owners_alone(tmp_path: Path):
    folder = tmp_path / "new" / "folder"
    old = os.umask(0)
    try:
        backend = SqliteBackend(folder / "chat.db")
        await backend.open()
        backend.append([posted()])
        await backend.close()
        backend = SqliteBackend(folder / "chat.db")
        await backend.open()
        assert mode_of(folder) == 0o700
        names = ["chat.db", "chat.db-shm", "chat.db-wal", "chat.db.lock"]
        assert {name: mode_of(folder / name) for name in names} == dict.fromkeys(names, 0o600)
        await backend.close()
    finally:
        os.umask(old)


async def test_a_second_backend_is_told_who_has_it(path: Path):
    first, second = SqliteBackend(path), SqliteBackend(path)
    await first.open()
    with pytest.raises(BackendError, match=f"in use by process {os.getpid()}; stop it or choose another folder"):
        await second.open()
    await second.close()
    await first.close()
    third = SqliteBackend(path)
    await third.open()
    await third.close()


async def test_a_refused_journal_is_unlocked_again(path: Path):
    made(path)
    os.truncate(path, 5_000)
    for _ in range(2):
        with pytest.raises(BackendError, match="damaged"):
            await SqliteBackend(path).open()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BackendError, match="choose another folder"):
        lock(tmp_path / "file" / "chat.db")


@pytest.mark.parametrize(
    "left", [b"", b"SQLite format 3\0", b"no database at all" * 100], ids=["empty", "short", "other"]
)
def test_what_is_no_database_is_refused(path: Path, left: bytes):
    path.write_bytes(left)
    assert "damaged" in refused(path)


def test_a_database_of_another_program_is_refused(path: Path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE journal (seq)")
    assert "of another program" in refused(path)


@pytest.mark.parametrize("pages", [1, 2, 7])
def test_a_cut_file_is_refused(path: Path, pages: int):
    made(path)
    os.truncate(path, pages * 4096)
    assert "damaged" in refused(path)


def test_an_overwritten_page_is_refused_and_the_log_beside_it_is_left(path: Path):
    made(path)
    with closing(connect_writer(path)) as writer, closing(connect_reader(path)) as reader:
        writer.execute("UPDATE journal SET at = 2 WHERE seq = 1")
        reader.execute("SELECT * FROM meta").fetchall()
        writer.close()
    overwrite_a_page(path)
    assert path.with_name("chat.db-wal").stat().st_size
    assert "damaged" in refused(path)


def test_a_journal_without_its_settings_is_refused(path: Path):
    made(path)
    with closing(connect_writer(path)) as connection:
        connection.execute("DELETE FROM meta")
    assert "damaged (no 'version' in its table of settings)" in refused(path)


def test_a_missing_file_beside_its_log_is_no_new_journal(path: Path):
    path.with_name("chat.db-wal").write_bytes(b"frames")
    assert "chat.db is missing but chat.db-wal is there" in refused(path)


def test_a_half_made_file_is_made_anew(path: Path):
    path.with_name("chat.db.new").write_bytes(b"half")
    path.with_name("chat.db.new-wal").write_bytes(b"half")
    open_journal(path).close()
    assert [file.name for file in path.parent.iterdir()] == ["chat.db"]


def test_a_large_file_is_not_checked_page_by_page(path: Path, monkeypatch: pytest.MonkeyPatch):
    overwrite_a_page(made(path))
    monkeypatch.setattr(sqlite_schema, "CHECKED_BYTES_MAX", 4096)
    open_journal(path).close()


def test_a_newer_journal_is_refused(path: Path):
    made(path)
    with closing(connect_writer(path)) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'version'", (len(MIGRATIONS) + 1,))
    assert "newer version" in refused(path)


def test_migrations_are_done_once_and_in_order(path: Path):
    more = (*MIGRATIONS, ("CREATE TABLE one (x)",), ("ALTER TABLE one ADD COLUMN y", "INSERT INTO one VALUES (1, 2)"))
    with closing(connect_writer(made(path))) as connection:
        migrate(connection, more[:-1])
        assert read_meta(connection, "version") == str(len(MIGRATIONS) + 1)
        migrate(connection, more)
        migrate(connection, more)
        assert connection.execute("SELECT * FROM one").fetchall() == [(1, 2)]
        assert read_meta(connection, "version") == str(len(MIGRATIONS) + 2)


def test_a_migration_that_fails_changes_nothing(path: Path):
    more = (*MIGRATIONS, ("CREATE TABLE one (x)", "INSERT INTO nowhere VALUES (1)"))
    with closing(connect_writer(made(path))) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, more)
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert "one" not in tables
        assert read_meta(connection, "version") == str(len(MIGRATIONS))


async def test_a_start_beside_another_programs_lock_is_refused_and_works_later(path: Path):
    made(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackendError, match="locked by another program"):
            await SqliteBackend(path).open()
    with closing(open_journal(path)) as connection:
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (300,)

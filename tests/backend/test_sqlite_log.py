"""ipcchat/backend/sqlite_log.py: a write-ahead log that grows. With a real reader and 64 MiB it is row D06."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend import sqlite_log
from ipcchat.backend.sqlite_log import FORCE_SECONDS, LOOK_SECONDS, REMIND_SECONDS, LongLog, readers_in, readers_of
from ipcchat.backend.sqlite_schema import connect_reader, connect_writer

TABLE = """\
1: POSIX  ADVISORY  READ 4242 08:02:131 124 124
2: POSIX  ADVISORY  READ 4242 08:02:131 128 128
3: POSIX  ADVISORY  READ 4243 08:02:131 128 128
4: FLOCK  ADVISORY  WRITE 4244 08:02:131 0 EOF
5: POSIX  ADVISORY  WRITE 4245 08:02:132 124 124
6: POSIX  ADVISORY  READ 0 08:02:131 124 124
6: -> POSIX  ADVISORY  WRITE 4246 08:02:131 124 124
7: OFDLCK ADVISORY  READ -1 08:02:131 120 127
"""


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    monkeypatch.setattr(sqlite_log, "LOG_BYTES_MAX", 20_000)
    with closing(connect_writer(tmp_path / "chat.db")) as connection:
        connection.execute("CREATE TABLE journal (text TEXT)")
        yield connection


def grow(connection: sqlite3.Connection) -> None:
    for _ in range(10):
        connection.execute("INSERT INTO journal VALUES (?)", ("x" * 4_000,))


def test_a_log_that_nobody_needs_is_emptied_without_a_word(tmp_path: Path, writer: sqlite3.Connection) -> None:
    log = LongLog(tmp_path / "chat.db", writer)
    assert (log.look(1.0), log.is_long) == ("", False)
    grow(writer)
    assert (log.look(1.0 + LOOK_SECONDS / 2), log.is_long) == ("", False)
    assert (tmp_path / "chat.db-wal").stat().st_size > 20_000
    assert (log.look(1.0 + LOOK_SECONDS), log.is_long) == ("", False)
    assert (tmp_path / "chat.db-wal").stat().st_size == 0


def test_who_keeps_it_long_is_named_now_and_then_until_it_is_over(tmp_path: Path, writer: sqlite3.Connection) -> None:
    log, now = LongLog(tmp_path / "chat.db", writer), 100.0
    with closing(connect_reader(tmp_path / "chat.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM journal").fetchone()
        grow(writer)
        # The reader is of this process, which is never named.
        assert "because another program reads the journal and does not stop" in log.look(now)
        assert log.look(now + FORCE_SECONDS) == log.look(now + REMIND_SECONDS - FORCE_SECONDS) == ""
        assert "fills the disk" in log.look(now + REMIND_SECONDS)
    # Not forced again so soon.
    assert (log.look(now + REMIND_SECONDS + LOOK_SECONDS), log.is_long) == ("", True)
    over = "the journal's write-ahead log is short again"
    assert (log.look(now + REMIND_SECONDS + FORCE_SECONDS), log.is_long) == (over, False)
    assert log.look(now + REMIND_SECONDS + 2 * FORCE_SECONDS) == ""


def test_a_log_that_is_not_there_is_short(tmp_path: Path, writer: sqlite3.Connection) -> None:
    log = LongLog(tmp_path / "elsewhere.db", writer)
    assert (log.look(1.0), log.is_long) == ("", False)


def test_readers_are_found_by_their_locks() -> None:  # https://www.sqlite.org/walformat.html#wal_locks
    assert readers_in(TABLE, 131) == {4242}
    assert readers_in(TABLE, 132) == {4245}
    assert readers_in("", 131) == readers_in("not a table\n", 131) == set()


def test_nobody_is_known_where_the_kernel_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert readers_of(tmp_path / "none") == []
    monkeypatch.setattr(sqlite_log, "_PROC", tmp_path)
    assert readers_of(tmp_path) == []
    (tmp_path / "locks").write_text(f"1: POSIX  ADVISORY  READ 77 08:02:{os.stat(tmp_path).st_ino} 124 124\n")
    assert readers_of(tmp_path) == ["77"]


READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN")
connection.execute("SELECT count(*) FROM journal").fetchone()
print("reads", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says who has a lock")
def test_another_process_is_named(tmp_path: Path, writer: sqlite3.Connection) -> None:
    grow(writer)
    command = [sys.executable, "-c", READER, str(tmp_path / "chat.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None and reader.stdin is not None
        assert reader.stdout.readline() == b"reads\n"
        (found,) = readers_of(tmp_path / "chat.db-shm")
        reader.stdin.close()
    assert found.startswith(f"{reader.pid} (python")
    assert readers_of(tmp_path / "chat.db-shm") == []

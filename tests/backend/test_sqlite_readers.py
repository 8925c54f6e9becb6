"""ipcchat/backend/sqlite_readers.py: threads that read, each with connections of its own."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator

import pytest

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite_readers import ReaderPool

FOR_EVER = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
PATIENCE_SECONDS = 20


def connect() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", check_same_thread=False)


@pytest.fixture
def pool() -> Iterator[ReaderPool]:
    pool = ReaderPool(2, "reader")
    yield pool
    pool.close()


def test_each_thread_has_a_connection_of_its_own_and_keeps_it(pool: ReaderPool):
    both = threading.Barrier(2)

    def read() -> tuple[str, int, int]:
        both.wait(PATIENCE_SECONDS)
        first, again = pool.connection("one", connect), pool.connection("one", connect)
        return threading.current_thread().name, id(first), id(again)

    found = [future.result(PATIENCE_SECONDS) for future in (pool.submit(read), pool.submit(read))]
    assert {name.rpartition("_")[0] for name, _, _ in found} == {"reader"}
    assert all(first == again for _, first, again in found)
    assert len({first for _, first, _ in found}) == 2


def test_another_version_closes_the_connection_to_the_one_before(pool: ReaderPool):
    def read() -> str:
        old = pool.connection("one", connect)
        new = pool.connection("one", connect, 1)
        assert new.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(sqlite3.ProgrammingError) as error:
            old.execute("SELECT 1")
        return str(error.value)

    assert "closed" in pool.submit(read).result(PATIENCE_SECONDS)


def test_a_version_that_cannot_be_opened_leaves_none(pool: ReaderPool):
    def refuse() -> sqlite3.Connection:
        raise sqlite3.OperationalError("unkind")

    def read() -> bool:
        pool.connection("one", connect)
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match="unkind"):
                pool.connection("one", refuse, 1)
        return bool(pool.connection("one", connect, 1).execute("SELECT 1").fetchone()[0])

    assert pool.submit(read).result(PATIENCE_SECONDS)


@pytest.mark.parametrize("late", [True, False])
def test_what_takes_too_long_or_is_not_wanted_any_more_fails(pool: ReaderPool, late: bool):
    def read() -> str:
        connection = pool.connection("one", connect)
        pool.limit(connection, time.monotonic() + (0.05 if late else PATIENCE_SECONDS))
        with pytest.raises(sqlite3.OperationalError) as error:
            connection.execute(FOR_EVER)
        return error.value.sqlite_errorname

    future = pool.submit(read)
    if not late:
        pool.interrupt()
    assert future.result(PATIENCE_SECONDS) == "SQLITE_INTERRUPT"


def test_after_the_end_nothing_is_read(pool: ReaderPool):
    pool.close()
    pool.close()
    with pytest.raises(BackendError, match="closed"):
        pool.submit(int)

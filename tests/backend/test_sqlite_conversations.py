"""ipcchat/backend/sqlite_conversations.py, and the migration to version 2: a journal of version 1 becomes one of today,
or stays what it was."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ipcchat.backend import sqlite_conversations
from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_history import answer
from ipcchat.backend.sqlite_index import Index
from ipcchat.backend.sqlite_schema import (
    APPLICATION_ID,
    MIGRATIONS,
    connect_writer,
    migrate,
    open_journal,
    read_meta,
    write_meta,
)
from ipcchat.core.effects import CatchUp, Targets
from ipcchat.core.facts import Posted, encode_fact
from tests.backend.journals import Ear, latest, posted, said, texts

ROOT = Path(__file__).parents[2]

KILLED_WHILE_MIGRATING = """
import os, signal, sys
from pathlib import Path
from ipcchat.backend import sqlite_conversations
from ipcchat.backend.sqlite_schema import open_journal

moves = iter(range(20))

def move(*arguments):
    if next(moves) == 10:
        os.kill(os.getpid(), signal.SIGKILL)
    really(*arguments)

really, sqlite_conversations._move = sqlite_conversations._move, move
open_journal(Path(sys.argv[1]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


def psst(text: str, to: str, *, sender: str = "ann", account: str = "ann", to_account: str = "") -> Posted:
    """A private message."""
    fact = Posted(os.urandom(16), 1_700_000_000_000, "u1", f"{sender}!x@host", "PRIVMSG", to, text, account=account)
    return msgspec.structs.replace(fact, recipient="u9", recipient_account=to_account)


def of_version_1(path: Path, facts: list[tuple[str | None, Posted]], indexed: int) -> None:
    """A journal as version 1 left it: facts with their histories of then, up to `indexed` in the table `history`."""
    with closing(connect_writer(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        for name, value in (("version", "0"), ("journal", "a" * 8), ("ceiling", "0"), ("indexed", str(indexed))):
            write_meta(connection, name, value)
        migrate(connection, MIGRATIONS[:1])
        for seq, (target, fact) in enumerate(facts, 1):
            row = (seq, fact.at, fact.id, target, encode_fact(fact))
            connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", row)
            if target is not None and seq <= indexed:
                connection.execute("INSERT INTO history VALUES (?, ?)", (target, seq))


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that is in the file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}


PRIVATE = [
    ("@bob", psst("to bob", "bob", to_account="bob")),
    ("#tea", posted("in a channel")),
    ("@bob", psst("from a guest", "bob", sender="cid", account="", to_account="bob")),
    (None, psst("to a guest", "dan")),
    ("@ann", psst("to ann", "ann", sender="bob", account="bob", to_account="ann")),
    (None, psst("voided", "bob", to_account="bob")),
]


@pytest.mark.parametrize("indexed", range(7))
def test_what_an_account_was_written_becomes_its_conversations(path: Path, indexed: int):
    of_version_1(path, PRIVATE, indexed)
    with closing(open_journal(path)) as connection:
        for _ in range(2):
            assert texts(said(answer(connection, latest("@ann bob")))) == ["to bob", "to ann"]
            assert texts(said(answer(connection, latest("@bob ~cid")))) == ["from a guest"]
            assert texts(said(answer(connection, latest("#tea")))) == ["in a channel"]
            assert answer(connection, latest("@bob")).found == []
            index = Index(connection)
            index.boot()
            index.fill()
        assert connection.execute("SELECT account, target, seq FROM conversation").fetchall() == [
            ("ann", "@ann bob", 5),
            ("bob", "@ann bob", 5),
            ("bob", "@bob ~cid", 3),
        ]


@pytest.mark.parametrize("rows_per_step", [1, 2, 1_000])
def test_rows_are_moved_in_batches(path: Path, monkeypatch: pytest.MonkeyPatch, rows_per_step: int):
    sql = sqlite_conversations._INBOX
    monkeypatch.setattr(sqlite_conversations, "_INBOX", sql.replace("LIMIT 1000", f"LIMIT {rows_per_step}"))
    of_version_1(path, [("@bob", psst(str(number), "bob", to_account="bob")) for number in range(25)], 25)
    with closing(open_journal(path)) as connection:
        assert texts(said(answer(connection, latest("@ann bob")))) == [str(number) for number in range(25)]


def test_a_migration_that_is_killed_leaves_the_old_journal_and_the_next_start_makes_the_new_one(path: Path):
    of_version_1(path, [("@bob", psst(str(number), "bob", to_account="bob")) for number in range(25)], 20)
    before = everything(path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_MIGRATING, path], env=environment, cwd=ROOT, timeout=60, check=False
    )
    assert child.returncode == -signal.SIGKILL
    assert everything(path) == before
    with closing(open_journal(path)) as connection:
        assert read_meta(connection, "version") == str(len(MIGRATIONS))
        assert len(answer(connection, latest("@ann bob")).found) == 25


def test_a_damaged_private_message_keeps_the_journal_as_it_was(path: Path):
    of_version_1(path, PRIVATE, 6)
    with closing(connect_writer(path)) as connection:
        connection.execute("UPDATE journal SET fact = x'c1' WHERE seq = 3")
    before = everything(path)
    with pytest.raises(BackendError, match="entry 3 of the journal cannot be read"):
        open_journal(path)
    assert everything(path) == before


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_journal(path)) as connection:
        yield connection


async def test_conversations_are_those_of_accounts_with_their_latest_place(path: Path):
    backend, ear = SqliteBackend(path), Ear()
    await backend.open()
    backend.follow(ear)
    backend.append([psst("1", "bob", to_account="bob"), psst("2", "cid"), psst("3", "bob", to_account="bob")])
    backend.append([psst("4", "dan", sender="cid", account=""), psst("5", "ann", to_account="ann"), posted("6")])
    await ear.until(6)
    await backend.close()
    assert everything(path)["conversation"] == [
        ("ann", "@ann ann", 5),
        ("ann", "@ann bob", 3),
        ("ann", "@ann ~cid", 2),
        ("bob", "@ann bob", 3),
    ]


@pytest.mark.parametrize("is_indexed", [False, True])
async def test_a_reaction_to_an_old_message_makes_a_conversation_new(path: Path, is_indexed: bool):
    backend, ear = SqliteBackend(path), Ear()
    await backend.open()
    backend.follow(ear)
    backend.append([psst("1", "bob", to_account="bob"), posted("2")])
    await ear.until(2)
    await backend.close()
    backend, ear = SqliteBackend(path), Ear()
    await backend.open()
    backend.follow(ear)
    reaction = msgspec.structs.replace(psst("", "bob", to_account="bob"), verb="TAGMSG", about=1)
    backend.append([reaction])
    await ear.until(1)
    if is_indexed:
        await backend.close()
        backend = SqliteBackend(path)
        await backend.open()
    found = await backend.history(CatchUp({}, 2, 3, 10, "bob"))
    assert [past.seq for past in found.found] == [3]
    assert (await backend.targets(Targets({}, 0, 2**50, 10, 3, account="bob"))).found[0][:2] == ("@ann bob", 1)
    await backend.close()

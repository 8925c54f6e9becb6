"""ipcchat/server/backup.py: everything acknowledged is in a backup, and nothing but a backup is restored."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tarfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_schema import lock
from ipcchat.backend.sqlite_verify import verify
from ipcchat.core.facts import Entry
from ipcchat.server import backup
from ipcchat.server.backup import MANIFEST, PLACES_SKIPPED, BackupError, back_up, restore
from ipcchat.server.file_store import FileStore, contents_of, digest_of
from tests.backend.desk import Desk
from tests.backend.journals import Ear, posted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with all there can be in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    desk = Desk(folder / "chat.db")
    for number in range(50):
        desk.say(f"message {number}")
    desk.settle()
    desk.close()
    (folder / "secret").write_bytes(bytes(32))
    (folder / "audit.jsonl").write_bytes(b'{"a":1}\n{"b":2}\n{"unfinis')
    (folder / "certificate.pem").write_text("certificate")
    (folder / "key.pem").write_text("key")
    (folder / "search.db").write_text("made anew")
    return folder


def texts(folder: Path) -> list[str]:
    desk = Desk(folder / "chat.db")
    try:
        return desk.texts()
    finally:
        desk.close()


def test_what_was_backed_up_comes_back(folder: Path, tmp_path: Path) -> None:
    manifest = back_up(folder, tmp_path / "backup.tar")
    assert list(manifest.files) == ["chat.db", "secret", "audit.jsonl", "certificate.pem", "key.pem"]
    assert (tmp_path / "backup.tar").stat().st_mode & 0o777 == 0o600
    assert restore(tmp_path / "backup.tar", tmp_path / "new" / "data") == manifest
    new = tmp_path / "new" / "data"
    assert {path.name for path in new.iterdir()} == {*manifest.files, "chat.db.lock"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (new, *new.iterdir()))
    assert (new / "audit.jsonl").read_bytes() == b'{"a":1}\n{"b":2}\n'
    assert texts(new) == [f"message {number}" for number in range(50)]
    assert {path.name for path in tmp_path.iterdir()} == {"data", "backup.tar", "new"}


def with_uploads(folder: Path, *contents: bytes) -> list[str]:
    """Put these contents of uploaded files into a data folder; their digests, in the order of the folder."""
    store = FileStore(folder)
    for content in contents:
        incoming = store.begin(store.new_path())
        incoming.write(content)
        store.keep(incoming, incoming.finish())
    return store.contents()


def test_what_was_uploaded_comes_back(folder: Path, tmp_path: Path) -> None:
    digests = with_uploads(folder, b"tea", bytes(3_000_000), b"")
    (folder / "files" / "incoming" / "part").write_bytes(b"some of it")
    back_up(folder, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", tmp_path / "new")
    new = FileStore(tmp_path / "new")
    assert new.contents() == digests
    assert [digest_of(new.path(digest)) for digest in digests] == digests
    assert new.left_over() == []
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "new").rglob("*"))


def test_what_was_deleted_meanwhile_is_not_in_it(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = with_uploads(folder, b"tea", b"coffee")
    listed = list(contents_of(folder))
    monkeypatch.setattr(backup, "contents_of", lambda folder: listed)
    FileStore(folder).drop(FileStore(folder).path(digests[0]))
    back_up(folder, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", tmp_path / "new")
    assert FileStore(tmp_path / "new").contents() == digests[1:]


def test_a_damaged_upload_is_no_backup(folder: Path, tmp_path: Path) -> None:
    digest = with_uploads(folder, b"tea")[0]
    FileStore(folder).path(digest).write_bytes(b"te")
    with pytest.raises(BackupError, match=f"{digest} is damaged: it is not what was uploaded"):
        back_up(folder, tmp_path / "backup.tar")
    assert not (tmp_path / "backup.tar").exists()


@pytest.mark.parametrize("name", ["files/" + "a" * 64, "files/../" + "a" * 64, "files/x", "a" * 64])
def test_an_upload_that_is_not_what_its_name_says_is_not_restored(folder: Path, tmp_path: Path, name: str) -> None:
    back_up(folder, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar", "a") as archive:
        member = tarfile.TarInfo(name)
        member.size = 3
        archive.addfile(member, BytesIO(b"tea"))
    with pytest.raises(BackupError, match=r"is not what was backed up|something else in it"):
        restore(tmp_path / "backup.tar", tmp_path / "new")
    assert not (tmp_path / "new" / "chat.db").exists()
    assert not (tmp_path / "new" / "files").exists()


def test_a_folder_that_has_uploads_is_not_restored_into(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    (tmp_path / "new").mkdir()
    with_uploads(tmp_path / "new", b"tea")
    with pytest.raises(BackupError, match="has files already"):
        restore(tmp_path / "backup.tar", tmp_path / "new")


def test_after_a_restore_no_place_is_given_twice(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    desk = Desk(folder / "chat.db")
    lost = desk.say("lost with the disk")
    desk.close()
    restore(tmp_path / "backup.tar", tmp_path / "new")
    again = Desk(tmp_path / "new" / "chat.db")
    new = again.say("after the restore")
    again.settle()
    assert new > lost + PLACES_SKIPPED // 2
    assert again.texts()[-2:] == ["message 49", "after the restore"]
    assert again.verified().damages == []
    again.close()


async def test_a_backup_under_load_has_all_that_was_acknowledged_before_it_began(tmp_path: Path) -> None:
    backend, ear = SqliteBackend(tmp_path / "data" / "chat.db"), Ear()
    await backend.open()
    backend.follow(ear)
    stop = asyncio.Event()

    async def load() -> None:
        while not stop.is_set():
            backend.append([posted(f"{len(ear.heard)} {number}", f"#room{number % 5}") for number in range(20)])
            count = len(ear.heard)
            await ear.until(count + 20)

    loading = asyncio.ensure_future(load())
    try:
        for number in range(3):
            await ear.until(len(ear.heard) + 400)
            acknowledged = list(ear.heard)
            target = tmp_path / f"backup{number}.tar"
            await asyncio.to_thread(back_up, tmp_path / "data", target)
            await asyncio.to_thread(restore, target, tmp_path / f"restored{number}")
            with closing(sqlite3.connect(tmp_path / f"restored{number}" / "chat.db")) as connection:
                ids = [row[0] for row in connection.execute("SELECT id FROM journal ORDER BY seq")]
            assert ids[: len(acknowledged)] == [entry.fact.id for entry in acknowledged if isinstance(entry, Entry)]
            await ear.until(len(ids))
            assert ids == [entry.fact.id for entry in ear.heard[: len(ids)]]
            assert verify(tmp_path / f"restored{number}" / "chat.db").damages == []
    finally:
        stop.set()
        await loading
        await backend.close()


def test_a_backup_overwrites_nothing_and_needs_a_journal(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "there.tar").write_text("mine")
    with pytest.raises(BackupError, match="nothing is overwritten"):
        back_up(folder, tmp_path / "there.tar")
    assert (tmp_path / "there.tar").read_text() == "mine"
    with pytest.raises(BackupError, match="there is no journal"):
        back_up(tmp_path, tmp_path / "new.tar")
    with pytest.raises(BackupError, match="No such file"):
        back_up(folder, tmp_path / "no folder" / "new.tar")


def test_a_damaged_journal_is_not_backed_up(folder: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(folder / "chat.db")) as connection:
        connection.execute("UPDATE journal SET at = at + 1 WHERE seq = 20")
        connection.commit()
    with pytest.raises(BackupError, match="the journal is damaged: entry 20 "):
        back_up(folder, tmp_path / "backup.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_restore_overwrites_nothing(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    with pytest.raises(BackupError, match=r"has chat.db, secret, .* already"):
        restore(tmp_path / "backup.tar", folder)
    guard = lock(tmp_path / "busy" / "chat.db")
    with pytest.raises(BackupError, match="in use by process"):
        restore(tmp_path / "backup.tar", tmp_path / "busy")
    guard.release()


def repacked(source: Path, target: Path, **contents: bytes | None) -> Path:
    """A backup with other contents: None leaves a member out."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            content = contents.pop(member.name.partition(".")[0], old.extractfile(member).read())  # type: ignore[union-attr]
            if content is not None:
                member.size = len(content)
                new.addfile(member, BytesIO(content))
        for name, content in contents.items():
            if content is not None:
                member = tarfile.TarInfo(name.replace("_", "/"))
                member.size = len(content)
                new.addfile(member, BytesIO(content))
    return target


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        ({"secret": b"x" * 32}, "secret is not what was backed up"),
        ({"secret": None}, "secret is missing"),
        ({"chat": None}, "chat.db is missing"),
        ({"manifest": b"{}"}, "manifest cannot be read"),
        ({"manifest": b"no json"}, "manifest cannot be read"),
        ({"manifest": None}, "does not begin with a manifest"),
        ({"manifest": b"x" * 70_000}, "does not begin with a manifest"),
        ({".._evil": b"x"}, "there is something else in it"),
        ({"_etc_evil": b"x"}, "there is something else in it"),
        ({"manifest": b'{"format":3,"made_at":1,"journal":"j","last":1,"files":{}}'}, "newer version"),
        ({"manifest": b'{"format":1,"made_at":1,"journal":"j","last":1,"files":{}}'}, "there is something else"),
    ],
)
def test_only_what_was_backed_up_is_restored(
    folder: Path, tmp_path: Path, contents: dict[str, bytes | None], why: str
) -> None:
    back_up(folder, tmp_path / "backup.tar")
    changed = repacked(tmp_path / "backup.tar", tmp_path / "changed.tar", **contents)
    with pytest.raises(BackupError, match=why):
        restore(changed, tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["chat.db.lock"]
    assert not (tmp_path / "evil").exists()


def test_a_member_that_is_no_file_is_refused(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar", "a") as archive:
        link = tarfile.TarInfo("key.pem")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(BackupError, match=r"something else|twice"):
        restore(tmp_path / "backup.tar", tmp_path / "new")


@pytest.mark.parametrize("content", [b"", b"hello", os.urandom(20_000)])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup.tar").write_bytes(content)
    with pytest.raises(BackupError, match="no backup of this program"):
        restore(tmp_path / "backup.tar", tmp_path / "new")
    with pytest.raises(BackupError, match="No such file"):
        restore(tmp_path / "missing.tar", tmp_path / "new")


def test_the_manifest_is_the_first_thing_in_it(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar") as archive:
        assert archive.getnames()[0] == MANIFEST

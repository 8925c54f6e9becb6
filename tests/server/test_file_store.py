"""The contents of files on a real disk: whole or not there, and for the server alone."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from ipcchat.server.file_store import FileStore, contents_of, digest_of, is_digest


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def put(store: FileStore, content: bytes) -> str:
    incoming = store.begin(store.new_path())
    incoming.write(content)
    digest = incoming.finish()
    store.keep(incoming, digest)
    return digest


def test_what_comes_in_pieces_is_there_when_all_of_it_came(store, tmp_path):
    incoming = store.begin(store.new_path())
    for piece in (b"green ", b"", b"tea"):
        incoming.write(piece)
    assert store.left_over() == [incoming.path]
    assert store.contents() == []
    digest = incoming.finish()
    assert (digest, incoming.bytes) == (hashlib.sha256(b"green tea").hexdigest(), 9)
    store.keep(incoming, digest)
    assert store.left_over() == []
    assert store.contents() == [digest]
    assert store.path(digest) == tmp_path / "files" / digest[:2] / digest
    assert digest_of(store.path(digest)) == digest
    incoming.discard()
    assert store.path(digest).read_bytes() == b"green tea"


def test_nobody_else_reads_it(store, tmp_path):
    put(store, b"tea")
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_dir()} == {0o700}


def test_what_is_discarded_leaves_nothing(store):
    incoming = store.begin(store.new_path())
    incoming.write(b"tea")
    incoming.discard()
    incoming.discard()
    assert store.left_over() == []


def test_the_same_again_takes_its_place(store):
    digest = put(store, b"tea")
    store.path(digest).write_bytes(b"damaged")
    assert put(store, b"tea") == digest
    assert store.path(digest).read_bytes() == b"tea"


def test_dropping_it_twice_is_once(store):
    digest = put(store, b"tea")
    store.drop(store.path(digest))
    store.drop(store.path(digest))
    assert store.contents() == []


def test_what_somebody_wrote_to_lately_stays(store):
    fresh, old = store.path(put(store, b"fresh")), store.path(put(store, b"old"))
    os.utime(old, (time.time() - 3_601,) * 2)
    for path in (fresh, old):
        store.drop(path, 3_600.0)
    assert store.contents() == [fresh.name]


def test_what_else_lies_there_is_not_content(store, tmp_path):
    digest = put(store, b"tea")
    (tmp_path / "files" / "notes.txt").write_text("x")
    (tmp_path / "files" / digest[:2] / "x").write_text("x")
    assert [path.name for path in contents_of(tmp_path)] == [digest]


def test_where_there_is_nothing_there_is_nothing(store, tmp_path):
    assert (store.contents(), store.left_over()) == ([], [])
    free, size = store.free()
    assert 0 < free <= size


def test_nothing_is_written_through_a_link(store, tmp_path):
    path = store.new_path()
    store.begin(store.new_path()).discard()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        store.begin(path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("name", "is_one"), [("a" * 64, True), ("A" * 64, False), ("a" * 63, False), ("../" + "a" * 61, False)]
)
def test_how_content_is_called(name, is_one):
    assert is_digest(name) == is_one

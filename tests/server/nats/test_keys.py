"""The NKey of a node: made once, private, and what the libraries take."""

from __future__ import annotations

import base64
import stat
import sys

import nkeys  # type: ignore[import-untyped]
import pytest

from ipcchat.server.nats.config import PUBLIC_KEY
from ipcchat.server.nats.errors import KeyFileError
from ipcchat.server.nats.keys import SEED_CHARACTERS, new_seed, node_key


def test_it_is_made_once_and_stays(tmp_path):
    file = tmp_path / "keys" / "ann.seed"
    first, second = node_key(file), node_key(file)
    assert first == second
    assert PUBLIC_KEY.fullmatch(first.public)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert node_key(tmp_path / "bob.seed").public != first.public


def test_it_signs_what_its_public_half_confirms(tmp_path):
    made = node_key(tmp_path / "ann.seed")
    pair = nkeys.from_seed(bytearray(made.seed_file.read_bytes()))
    assert pair.public_key.decode() == made.public
    raw = base64.b32decode(made.public)
    assert nkeys.nacl.signing.VerifyKey(raw[1:33]).verify(b"nonce", pair.sign(b"nonce")) == b"nonce"


@pytest.mark.parametrize("spoiled", [b"", b"S" * 57, b"hello", b"S" * SEED_CHARACTERS, b"\xff" * SEED_CHARACTERS])
def test_what_is_no_seed_is_refused(tmp_path, spoiled):
    file = tmp_path / "ann.seed"
    file.write_bytes(spoiled)
    file.chmod(0o600)
    with pytest.raises(KeyFileError, match="this is no seed"):
        node_key(file)


def test_a_key_of_another_kind_is_refused(tmp_path):
    file = tmp_path / "ann.seed"
    file.write_bytes(nkeys.encode_seed(b"x" * 32, nkeys.PREFIX_BYTE_ACCOUNT))
    file.chmod(0o600)
    with pytest.raises(KeyFileError, match="this is no seed"):
        node_key(file)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(KeyFileError, match="cannot read or make"):
        node_key(tmp_path / "file" / "ann.seed")


def test_without_the_library_the_error_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nkeys", None)
    with pytest.raises(KeyFileError, match=r"pip install 'ipc-chat\[cluster\]'"):
        node_key(tmp_path / "ann.seed")


def test_a_line_end_behind_the_seed_is_no_part_of_it(tmp_path):
    file = tmp_path / "ann.seed"
    seed = new_seed()
    file.write_bytes(seed + b"\n")
    file.chmod(0o600)
    assert node_key(file).public == nkeys.from_seed(bytearray(seed)).public_key.decode()

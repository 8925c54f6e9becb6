"""Which doors a server has: those that were chosen, and the Unix socket when nobody chose."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from ipcchat.core.peers import Peer
from ipcchat.server.doors import open_listeners
from ipcchat.server.listeners import Listener
from ipcchat.server.local_roles import LocalRoles
from ipcchat.server.plain_door import PlainListener
from ipcchat.server.settings import Loaded, load
from ipcchat.server.unix_door import UnixListener


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the system gives for sockets."""
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return tmp_path / "run"


def unchosen(*, memory: bool = False) -> Loaded:
    """The settings of a server that nobody told where to listen, on a free port."""
    loaded = load(None, {"storage.memory": True} if memory else {})
    assert isinstance(loaded, Loaded)
    assert not loaded.listen_chosen
    return msgspec.structs.replace(loaded, listen=("irc://127.0.0.1:0",))


@contextmanager
def opened(loaded: Loaded) -> Iterator[list[Listener]]:
    """The listeners, but for the one for browsers (test_doors.py), which may have found its ports taken."""
    listeners = open_listeners(loaded)
    try:
        yield [listener for listener in listeners if not listener.is_http]
    finally:
        for listener in listeners:
            listener.close()


def test_a_socket_stands_where_clients_look_for_it(runtime: Path):
    with opened(unchosen()) as (_, local):
        assert local.address.url == f"unix://{runtime}/ipc-chat/ipc-chat.sock"
        assert (runtime / "ipc-chat").stat().st_mode & 0o777 == 0o700
        assert Path(local.address.path).is_socket()
    assert not Path(local.address.path).exists()


def test_what_was_chosen_is_all(tmp_path: Path):
    path = tmp_path / "chosen.sock"
    loaded = load(None, {"server.listen": [f"unix://{path}", "plain://127.0.0.1:0"]})
    assert isinstance(loaded, Loaded)
    with opened(loaded) as listeners:
        assert [type(listener) for listener in listeners] == [UnixListener, PlainListener]


def test_the_usual_address_can_be_chosen(tmp_path: Path):
    """Then there is no Unix socket: somebody said where to listen."""
    loaded = load(None, {"server.listen": ["irc://127.0.0.1:6667"]})
    assert isinstance(loaded, Loaded)
    assert loaded.listen_chosen


def test_a_second_server_goes_on_without(captured: pytest.LogCaptureFixture):
    with opened(unchosen()), opened(unchosen()) as second:
        assert len(second) == 1
    assert "another server listens there" in str([record.__dict__ for record in captured.records])


def test_without_a_folder_a_server_goes_on(runtime: Path, captured: pytest.LogCaptureFixture):
    runtime.write_text("no folder")
    with opened(unchosen()) as listeners:
        assert len(listeners) == 1
    assert "going on without a Unix socket" in str([record.__dict__ for record in captured.records])


def test_without_any_folder_a_server_goes_on(monkeypatch: pytest.MonkeyPatch):
    for name in ("XDG_RUNTIME_DIR", "HOME", "XDG_DATA_HOME", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    with opened(unchosen(memory=True)) as listeners:
        assert len(listeners) == 1


def test_roles_are_those_in_force(tmp_path: Path):
    """SIGHUP counts for who connects after it."""
    path = tmp_path / "chosen.sock"
    loaded = load(None, {"server.listen": [f"unix://{path}"]})
    assert isinstance(loaded, Loaded)
    later = msgspec.structs.replace(loaded, local_roles=LocalRoles({os.getuid(): "build"}))
    (listener,) = open_listeners(loaded, lambda: later)
    with closing(listener), socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        ((sock, found),) = listener.accept()
        sock.close()
    assert isinstance(found, Peer)
    assert found.local is not None
    assert found.local.account == "build"

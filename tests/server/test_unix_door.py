"""The Unix socket: how it is made and taken away, and who is at the other end (unix(7), SO_PEERCRED)."""

from __future__ import annotations

import os
import pwd
import socket
import stat
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipcchat.core.peers import LocalUser
from ipcchat.server import unix_door
from ipcchat.server.addresses import UNIX_PATH_BYTES_MAX, Address, ListenError
from ipcchat.server.local_roles import LocalRoles
from ipcchat.server.unix_door import NO_UID, NOBODY, OVERFLOW_UID, UnixListener, local_user, user_name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.sock"


def opened(path: Path, mode: int = 0o660, roles: LocalRoles | None = None) -> UnixListener:
    return UnixListener(Address("", 0, "unix", str(path)), mode, lambda: roles or LocalRoles())


@pytest.fixture
def listener(path: Path) -> Iterator[UnixListener]:
    listener = opened(path)
    yield listener
    listener.close()


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
def test_its_mode_is_what_was_asked_for_whatever_the_umask(path: Path, mode: int):
    before = os.umask(0o077)
    try:
        listener = opened(path, mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.lstat().st_mode) == mode
    listener.close()


def test_there_is_no_moment_for_others(path: Path, monkeypatch: pytest.MonkeyPatch):  # U01
    link, steps = os.link, []

    def watched(made: Path, target: Path) -> None:
        steps.append((stat.S_IMODE(made.parent.stat().st_mode), stat.S_IMODE(made.lstat().st_mode), path.exists()))
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(made))  # It listens, and has its mode, before it is in its place.
        link(made, target)

    monkeypatch.setattr(os, "link", watched)
    opened(path, 0o600).close()
    assert steps == [(0o700, 0o600, False)]


def test_it_is_alone_in_its_folder_and_goes_at_the_end(listener: UnixListener, path: Path):
    assert list(path.parent.iterdir()) == [path]
    listener.close()
    assert list(path.parent.iterdir()) == []
    listener.close()


def test_another_ones_socket_is_left_alone_at_the_end(listener: UnixListener, path: Path):
    path.unlink()
    other = opened(path)
    listener.close()
    assert path.exists()
    other.close()


def test_a_stale_socket_is_replaced(path: Path):  # U02
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
    listener = opened(path)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
    listener.close()


def test_a_living_socket_is_another_servers(listener: UnixListener, path: Path):  # U02
    with pytest.raises(ListenError, match="another server listens there; stop it") as caught:
        opened(path)
    assert caught.value.exit_code == 69
    assert path.exists()


def test_a_living_socket_whose_queue_is_full_is_another_servers(path: Path):  # U02
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        with pytest.raises(ListenError, match="another server listens there"):
            opened(path)


@pytest.mark.parametrize("kind", ["file", "folder", "link", "broken link"])
def test_nothing_else_is_ever_replaced(path: Path, kind: str):  # U02
    precious = path.parent / "precious"
    precious.write_text("precious")
    match kind:
        case "file":
            path.write_text("precious")
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(precious)
        case _:
            path.symlink_to(path.parent / "nowhere")
    with pytest.raises(ListenError, match="something else is there; take it away"):
        opened(path)
    assert precious.read_text() == "precious"
    assert not (path.parent / "nowhere").exists()


def test_what_appears_meanwhile_is_not_replaced(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unix_door, "_remove_stale", lambda path: path.write_text("precious"))
    with pytest.raises(ListenError, match="cannot listen on"):
        opened(path)
    assert path.read_text() == "precious"
    assert list(path.parent.iterdir()) == [path]


def test_without_a_folder_it_says_so(path: Path):
    with pytest.raises(ListenError, match=r"there is no folder .*/none; make it first") as caught:
        opened(path.parent / "none" / "chat.sock")
    assert caught.value.exit_code == 69


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_without_permission_it_says_so():
    with pytest.raises(ListenError, match="no permission") as caught:
        opened(Path("/proc/chat.sock"))
    assert caught.value.exit_code == 77


def test_the_longest_path_works():  # sun_path has 108 bytes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / ("x" * (UNIX_PATH_BYTES_MAX - len(name) - len("//s")))
        folder.mkdir()
        path = folder / "s"
        assert len(str(path)) == UNIX_PATH_BYTES_MAX
        opened(path).close()


def test_the_kernel_says_who_is_there(listener: UnixListener, path: Path):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        ((sock, found),) = listener.accept()
        name = pwd.getpwuid(os.getuid()).pw_name
        assert found.local == LocalUser(os.getuid(), name)
        assert found.address == f"local:{os.getuid()}"
        assert not sock.getblocking()
        sock.close()


class Credentials:
    """A socket whose kernel says this."""

    def __init__(self, uid: int, gid: int, groups: tuple[int, ...] | None = ()) -> None:
        self._uid, self._gid, self._groups = uid, gid, groups

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        if option == socket.SO_PEERCRED:
            return struct.pack("iII", 1, self._uid, self._gid)
        if self._groups is None:
            raise OSError
        return struct.pack(f"{len(self._groups)}I", *self._groups)


ROLES = LocalRoles({5: "build", OVERFLOW_UID: "eve"}, {5: "ann", OVERFLOW_UID: "ann"}, {60: "bob", 65_534: "bob"})


@pytest.mark.parametrize(
    ("credentials", "account", "operator"),
    [
        (Credentials(5, 60), "build", "ann"),
        (Credentials(6, 60), "", "bob"),
        (Credentials(6, 6, (7, 60)), "", "bob"),
        (Credentials(6, 6, (7,)), "", ""),
        (Credentials(6, 60, None), "", "bob"),
    ],
)
def test_what_the_configuration_says_of_him(credentials: Credentials, account: str, operator: str):
    found = local_user(credentials, ROLES)  # type: ignore[arg-type]
    assert (found.account, found.operator) == (account, operator)


@pytest.mark.parametrize("uid", [OVERFLOW_UID, NO_UID])
def test_whom_the_kernel_cannot_name_is_nobody(uid: int):  # N10, U04
    assert local_user(Credentials(uid, 60), ROLES) == NOBODY  # type: ignore[arg-type]


def test_a_socket_without_credentials_is_nobodys():  # U04
    class Mute:
        def getsockopt(self, *_: int) -> bytes:
            raise OSError

    assert local_user(Mute(), ROLES) == NOBODY  # type: ignore[arg-type]


def test_who_has_no_name_is_called_by_his_number():  # N10
    assert user_name(4_000_000_000) == "uid4000000000"

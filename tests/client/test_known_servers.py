"""What is known of servers: kept in a small file that fails closed."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from ipcchat.client.errors import ChatError
from ipcchat.client.known_servers import KnownServers, default_path
from ipcchat.wire.fingerprints import fingerprint_of

ONE, OTHER = fingerprint_of(b"one"), fingerprint_of(b"other")


@pytest.fixture
def known(tmp_path: Path) -> KnownServers:
    return KnownServers(tmp_path / "folder" / "known-servers")


def path_of(known: KnownServers) -> Path:
    assert known.path is not None
    return known.path


def test_nothing_is_known_at_first_and_no_file_is_made(known: KnownServers) -> None:
    assert known.pin("chat.example:6697") == "" and known.tls_port("chat.example", 0) is None
    known.forget_tls_only("chat.example")
    assert not path_of(known).exists()


def test_a_fingerprint_is_kept_replaced_and_forgotten(known: KnownServers) -> None:
    known.set_pin("Chat.Example:6697", ONE)
    assert known.pin("chat.example:6697") == ONE and known.pin("chat.example:6698") == ""
    known.set_pin("chat.example:6697", OTHER)
    assert KnownServers(known.path).pin("chat.example:6697") == OTHER
    assert known.forget_pin("chat.example:6697") and not known.forget_pin("chat.example:6697")


def test_tls_only_ends_when_its_time_is_over(known: KnownServers) -> None:
    """IRCv3 sts: "until the policy expires"."""
    known.set_tls_only("Chat.example", 6697, until=1_000)
    assert known.tls_port("chat.Example", 999) == 6697 and known.tls_port("chat.example", 1_000) is None
    known.set_pin("chat.example:6697", ONE)
    known.forget_tls_only("chat.example")
    assert known.tls_port("chat.example", 0) is None and known.pin("chat.example:6697") == ONE


def test_the_file_is_ours_alone(known: KnownServers) -> None:
    known.set_pin("chat.example:6697", ONE)
    assert stat.S_IMODE(path_of(known).stat().st_mode) == 0o600
    path_of(known).chmod(0o666)
    with pytest.raises(ChatError, match="chmod 600"):
        known.pin("chat.example:6697")


@pytest.mark.parametrize(
    "line", ["pin chat.example:6697 SHA256:00", "pin a b c", "tls-only chat.example 6697", "trust everybody", "\0"]
)
def test_a_line_that_nobody_understands_stops_everything(known: KnownServers, line: str) -> None:
    """It may be the reason not to connect, cut short by a full disk or by hand."""
    known.set_pin("chat.example:6697", ONE)
    path_of(known).write_text(f"{path_of(known).read_text()}{line}\n")
    with pytest.raises(ChatError, match=r"line 3 .* makes no sense"):
        known.pin("other.example:6697")
    with pytest.raises(ChatError):
        known.set_pin("other.example:6697", ONE)
    assert line in path_of(known).read_text()


def test_what_people_write_into_it_is_read(known: KnownServers) -> None:
    path_of(known).parent.mkdir()
    path_of(known).write_text(f"# mine\n\npin chat.example:6697 {ONE.upper()}\n")
    path_of(known).chmod(0o600)
    assert known.pin("chat.example:6697") == ONE


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    known = KnownServers(tmp_path)
    with pytest.raises(ChatError, match="cannot be read"):
        known.pin("chat.example:6697")
    with pytest.raises(ChatError, match=r"cannot be (read|written)"):
        KnownServers(Path("/proc/nowhere/known-servers")).set_pin("chat.example:6697", ONE)


def test_a_huge_file_is_refused(known: KnownServers) -> None:
    path_of(known).parent.mkdir()
    path_of(known).write_text("#" * 1_100_000)
    path_of(known).chmod(0o600)
    with pytest.raises(ChatError, match="remove lines"):
        known.pin("chat.example:6697")


def know_many(path: Path, name: str) -> None:
    for number in range(20):
        KnownServers(path).set_pin(f"{name}{number}:6697", ONE)


def test_two_programs_lose_nothing_of_each_other(known: KnownServers) -> None:
    context = multiprocessing.get_context("spawn")
    programs = [context.Process(target=know_many, args=(known.path, name)) for name in ("a", "b")]
    for program in programs:
        program.start()
    for program in programs:
        program.join(30)
    assert all(known.pin(f"{name}{number}:6697") for name in ("a", "b") for number in range(20))
    assert sorted(file.name for file in path_of(known).parent.iterdir()) == ["known-servers", "known-servers.lock"]


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG Base Directory."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path() == tmp_path / "ipc-chat" / "known-servers"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/ann")
    assert default_path() == Path("/home/ann/.local/share/ipc-chat/known-servers")


def test_without_a_home_nothing_is_known_and_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert KnownServers().pin("chat.example:6697") == ""
    with pytest.raises(ChatError, match="XDG_DATA_HOME"):
        KnownServers().set_pin("chat.example:6697", ONE)
    assert os.environ.get("XDG_DATA_HOME") is None

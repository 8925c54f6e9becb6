"""Hostile bytes at the plain door: telnet (RFC 854) and the half-close of `nc -N`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.doors import DoorsProcess, Typist
from tests.hostile.siege import Siege, ends_well


@pytest.fixture
def server(tmp_path: Path, threads: int) -> Iterator[DoorsProcess]:
    with DoorsProcess(tmp_path, threads=threads) as server:
        yield server
        ends_well(server)


@pytest.fixture
def port(server: DoorsProcess) -> int:
    return server.plain_port


def test_F16_telnet_negotiation_is_swallowed(siege: Siege, port: int):
    with Typist(port) as ann:
        ann.sock.sendall(b"\xff\xfb\x1f\xff\xfd\x01\xff\xfa\x18\x00xterm\xff\xf0an\xff\xfb\x18n\r\0")
        ann.sees("-- In #lobby:")
        ann.types("caf\u00e9")
        siege.bystander.hears("PRIVMSG", "ann")
        assert siege.bystander.heard[-1].params[-1] == "caf\u00e9"
        ann.sock.sendall(b"caf\xff\xff\r\n")
        ann.sees("not valid UTF-8")


def test_F16_an_interrupt_closes_politely(siege: Siege, port: int):
    with Typist(port) as ann:
        ann.comes_in("ann")
        ann.sock.sendall(b"rm -rf\xff\xf4\xff\xfd\x06")
        assert b"-- Goodbye" in ann.sees_end()
    assert not [line for line in siege.bystander.heard if "rm -rf" in line.text]


def test_F17_half_a_line_is_not_said(siege: Siege, port: int):
    with Typist(port) as ann:
        ann.comes_in("ann")
        ann.sock.sendall(b"whole\nrm -rf /")
        ann.sock.shutdown(1)
        ann.sees_end()
    siege.bystander.is_served()
    assert [line.params[-1] for line in siege.bystander.heard if line.command == "PRIVMSG"] == ["whole"]


@pytest.mark.skipif(shutil.which("nc") is None, reason="needs nc (netcat-openbsd)")
def test_F18_a_half_close_is_served(siege: Siege, port: int):
    spoken = b"ann\nhello\n/quit\n"
    done = subprocess.run(
        ["nc", "-N", "127.0.0.1", str(port)], input=spoken, capture_output=True, timeout=20, check=False
    )
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "Your name?"
    assert any(line.startswith("-- In #lobby:") for line in lines)
    siege.bystander.hears("PRIVMSG", "ann")


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\nann\r\nhello\r\n", b"\x16\x03\x01\x02\x00\x01"])
def test_F03_a_web_page_cannot_chat(siege: Siege, port: int, first: bytes):
    with Typist(port) as page:
        page.sock.sendall(first)
        page.sees_end()
    siege.bystander.is_served()
    assert not [line for line in siege.bystander.heard if line.command in ("JOIN", "PRIVMSG")]

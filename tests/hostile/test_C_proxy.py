"""C08: headers of proxies, from those who are trusted and from others (PROXY protocol 2)."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipcchat.server.proxy_header import V2_SIGNATURE
from tests.e2e.server_process import ServerProcess
from tests.hostile.siege import ends_well

V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 6667\r\n"
REGISTER = b"NICK ann\r\nUSER ann 0 * :ann\r\nWHOIS ann\r\nQUIT\r\n"
TRUSTING = 'proxies = ["127.0.0.0/8"]\nuser_modes = ""'
SECONDS_MAX = 10.0


def v2(content: bytes, kind: int = 0x11, command: int = 0x21) -> bytes:
    return V2_SIGNATURE + bytes((command, kind)) + struct.pack(">H", len(content)) + content


IPV4 = bytes((203, 0, 113, 7, 192, 0, 2, 1)) + bytes(4)


@pytest.fixture(params=[2], ids=["threads"])
def threads(request: pytest.FixtureRequest) -> int:
    """Headers are read in front of all I/O threads: with or without them is the same."""
    count: int = request.param
    return count


@pytest.fixture
def server(tmp_path: Path, threads: int, settings: str) -> Iterator[ServerProcess]:
    file = tmp_path / "server.toml"
    file.write_text(f"[server]\n{settings}\n")
    with ServerProcess(tmp_path, "--config", str(file), threads=threads) as server:
        yield server
        ends_well(server)


def answer(server: ServerProcess, *pieces: bytes, source: str = "127.0.0.1") -> str:
    """Everything that the server says to that, when it comes from `source`."""
    heard = b""
    with socket.create_connection(("127.0.0.1", server.port), SECONDS_MAX, (source, 0)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                sock.sendall(piece)
            while received := sock.recv(65_536):
                heard += received
        except ConnectionError:
            pass
    return heard.decode()


@pytest.mark.parametrize("settings", ['user_modes = ""'], ids=["nobody trusted"])
@pytest.mark.parametrize("header", [V1, v2(IPV4)], ids=["v1", "v2"])
def test_C08_from_others_a_header_is_garbage(server: ServerProcess, header: bytes):
    assert answer(server, header, REGISTER) == ""
    assert " 311 " in answer(server, REGISTER), "and without one everything is as ever"


@pytest.mark.parametrize("settings", ['proxies = ["127.0.0.2"]\nuser_modes = ""'], ids=["one trusted"])
@pytest.mark.parametrize("header", [V1, v2(IPV4)], ids=["v1", "v2"])
def test_C08_another_than_the_proxy_is_not_believed(server: ServerProcess, header: bytes):
    assert answer(server, header, REGISTER) == ""
    assert " 311 ann ann ~ann 127.0.0.1 " in answer(server, REGISTER)
    assert " 311 ann ann ~ann 203.0.113.7 " in answer(server, header, REGISTER, source="127.0.0.2")


@pytest.mark.parametrize("settings", [TRUSTING], ids=["trusted"])
class TestTrusted:
    @pytest.mark.parametrize("header", [V1, v2(IPV4)], ids=["v1", "v2"])
    def test_C08_the_address_of_the_header_counts(self, server: ServerProcess, header: bytes):
        heard = answer(server, header + REGISTER)
        assert " 311 ann ann ~ann 203.0.113.7 " in heard
        assert " 671 " not in heard, "nobody said that it came by TLS"

    def test_C08_TLS_is_what_the_header_says(self, server: ServerProcess):
        assert " 671 " in answer(server, v2(IPV4 + b"\x20\x00\x05\x01\0\0\0\0"), REGISTER)

    @pytest.mark.parametrize("header", [v2(b"", 0, 0x20), v2(bytes(216), 0x31), b"PROXY UNKNOWN\r\n"])
    def test_C08_a_connection_of_the_proxy_itself_keeps_its_address(self, server: ServerProcess, header: bytes):
        assert " 311 ann ann ~ann 127.0.0.1 " in answer(server, header, REGISTER)

    @pytest.mark.parametrize(
        "header",
        [
            b"",
            V1 + V1,
            v2(IPV4) + v2(IPV4),
            v2(IPV4[:-1]),
            v2(bytes(65_535)),
            v2(IPV4 + b"\x03\x00\x04\x01\x02\x03\x04"),
            v2(IPV4 + b"\x04\xff\xff"),
            v2(IPV4, 0x41),
        ],
        ids=["none", "two v1", "two v2", "truncated", "64 KiB", "wrong checksum", "long addition", "family"],
    )
    def test_C08_what_is_no_header_is_closed(self, server: ServerProcess, header: bytes):
        assert answer(server, header + REGISTER) == ""

    def test_S06_a_header_that_does_not_come_is_not_waited_for(self, server: ServerProcess):
        begin = time.monotonic()
        assert answer(server, V1[:20]) == ""
        assert 2.5 < time.monotonic() - begin < 6

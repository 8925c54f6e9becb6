"""Hostile TLS on the server's side: old protocols, floods of what is not a line, cuts, certificates that go wrong while
people are here."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ROOT, ServerProcess, free_port
from tests.e2e.waiting import until
from tests.hostile.siege import Siege, ends_well
from tests.hostile.tls_sides import (
    ALERT,
    ECDHE_ECDSA_AES128_GCM,
    SSL3,
    TLS1_0,
    TLS1_1,
    TLS1_2,
    OpenSSLClient,
    TLSClient,
    answer,
    client_hello,
    extension,
    garbage_certificate,
)
from tests.server.tls_files import Maker, replace

NAME = "chat.example.org"
CUT_OFF = "TLS took more than 1 s of processor time and said nothing"


@dataclass
class TLSSiege(Siege):
    """A siege of the ircs:// door; the bystander is behind the other one."""

    maker: Maker | None = None
    tls_port: int = 0

    @property
    def authority(self) -> Maker:
        """Who signed the server's certificate."""
        assert self.maker is not None
        return self.maker

    def comes_by_tls(self, context: ssl.SSLContext | None = None, name: str | None = "localhost") -> TLSClient:
        """An attacker who has shaken hands."""
        return TLSClient(self.tls_port, context or self.authority.trusting(), name)

    def warm_up(self) -> None:
        """A little of TLS, too."""
        super().warm_up()
        with self.comes_by_tls().registers("warmtls") as client:
            client.hears_up_to_pong("warm")
        answer(self.tls_port, b"NICK ann\r\n")


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    """An authority that the server's machine trusts."""
    return Maker(tmp_path)


@pytest.fixture
def configuration() -> str:
    """The certificate, by relative names."""
    return '[tls]\ncertificate = "server.pem"\nkey = "server.key"\n'


@pytest.fixture
def server(tmp_path: Path, threads: int, throttled: bool, configuration: str, maker: Maker) -> Iterator[ServerProcess]:
    """A server with both doors."""
    maker.issue("localhost", "127.0.0.1", NAME)
    file = tmp_path / "server.toml"
    file.write_text(configuration)
    words = ("--config", str(file), "--listen", "ircs://127.0.0.1:0")
    with ServerProcess(tmp_path, *words, threads=threads, throttled=throttled) as server:
        yield server
        ends_well(server)


@pytest.fixture
def siege(server: ServerProcess, maker: Maker, tmp_path: Path) -> Iterator[TLSSiege]:
    """The server and a bystander, and afterwards nothing else."""
    found = re.search(r"ircs://127\.0\.0\.1:(\d+)", (tmp_path / "server.out").read_text())
    assert found is not None
    with Bystander(server.port) as bystander:
        siege = TLSSiege(server, bystander, maker=maker, tls_port=int(found[1]))
        siege.warm_up()
        siege.measure()
        yield siege
        siege.leaves_nothing()


# What is refused before the first line.

CBC, RC4, TRIPLE_DES, NULL, EXPORT, ANONYMOUS, STATIC_RSA = 0xC009, 0xC007, 0xC008, 0xC006, 0x0003, 0xC018, 0x009C


@pytest.mark.parametrize("threads", [0])
def test_T01_old_protocols_and_weak_ciphers(siege: TLSSiege):  # RFC 8996, RFC 9325 4
    heard, shaken = answer(siege.tls_port, client_hello(TLS1_2, [ECDHE_ECDSA_AES128_GCM]))
    assert shaken, heard  # Our bytes are right: with TLS 1.2 and a good cipher the server goes on.
    for version in (SSL3, TLS1_0, TLS1_1):
        heard, shaken = answer(siege.tls_port, client_hello(version, [ECDHE_ECDSA_AES128_GCM, CBC]))
        assert not shaken and heard[:1] in (b"", bytes([ALERT])), (version, heard)
    for cipher in (CBC, RC4, TRIPLE_DES, NULL, EXPORT, ANONYMOUS, STATIC_RSA):
        heard, shaken = answer(siege.tls_port, client_hello(TLS1_2, [cipher]))
        assert not shaken and heard[:1] == bytes([ALERT]), (hex(cipher), heard)


@pytest.mark.parametrize("threads", [0])
def test_T01_other_protocols_and_no_name(siege: TLSSiege):  # RFC 7301 3.2
    names = b"".join(bytes([len(name)]) + name for name in (b"h2", b"http/1.1"))
    offered = extension(16, len(names).to_bytes(2, "big") + names)
    heard, shaken = answer(siege.tls_port, client_hello(TLS1_2, [ECDHE_ECDSA_AES128_GCM], offered))
    assert not shaken and heard[-1:] == b"\x78"  # no_application_protocol
    with siege.comes_by_tls(name=None).registers("ann"):  # Who connects to an address names no host.
        pass
    siege.logs("ALPN without irc", 1)


# What costs time and says nothing.


def test_T02_renegotiation(siege: TLSSiege):  # RFC 5246 7.2.2: no_renegotiation
    for _ in range(20):
        with OpenSSLClient(siege.tls_port, TLS1_2) as client:
            assert not client.renegotiates()


@pytest.mark.parametrize("threads", [0])
def test_T02_key_updates(siege: TLSSiege):  # RFC 8446 4.6.3
    before = siege.server.cpu_seconds
    with OpenSSLClient(siege.tls_port) as client:
        count = sum(1 for _ in iter(client.updates_key, False))
    assert count < 1_000_000
    assert siege.server.cpu_seconds - before < 4
    siege.logs(CUT_OFF, 1)


@pytest.mark.parametrize("threads", [0])
@pytest.mark.parametrize("throttled", [False])
def test_T02_records_of_one_byte(siege: TLSSiege):
    with OpenSSLClient(siege.tls_port) as client:
        while all(client.sends(b"\n") for _ in range(100)):
            time.sleep(0.0005)  # The bystander lives in this process, too, and needs its turn.
    siege.logs(CUT_OFF, 1)


@pytest.mark.parametrize("threads", [0])
def test_T02_a_long_chain_and_a_garbage_certificate(siege: TLSSiege, tmp_path: Path):
    chain = tmp_path / "chain.pem"
    leaf = siege.authority.client("mallory").read_bytes()
    chain.write_bytes(leaf + siege.authority.authority.read_bytes() * 300)
    context = siege.authority.trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        siege.comes_by_tls(context)
    heard, _ = answer(siege.tls_port, client_hello(TLS1_2, [ECDHE_ECDSA_AES128_GCM]), garbage_certificate())
    assert heard[-7:-2] == b"\x15\x03\x03\x00\x02"  # An alert is the last that is heard.
    siege.logs("the TLS handshake failed", 2)


# Certificates that change.


def test_T03_a_renewed_certificate(siege: TLSSiege):
    """A new file counts by itself and by SIGHUP; who is here stays; a broken one changes nothing and is told."""
    with siege.comes_by_tls().registers("ann") as ann:
        siege.authority.issue("localhost", "second.example")
        siege.logs("a new certificate is used from now on", 1)
        assert names(siege) == ["localhost", "second.example"]
        siege.authority.issue("localhost", "third.example")
        siege.server.process.send_signal(signal.SIGHUP)
        until(lambda: names(siege) == ["localhost", "third.example"], "the third certificate")
        replace(siege.authority.folder / "server.pem", b"broken")
        siege.logs("the new certificate cannot be used, the old one stays", 1)
        assert names(siege) == ["localhost", "third.example"]
        siege.authority.issue(days=-3)
        siege.logs("expired on", 1)
        assert names(siege) == ["localhost", "third.example"]
        ann.hears_up_to_pong("still here")


def names(siege: TLSSiege) -> list[str]:
    """For whom the certificate is that a newcomer is shown."""
    with siege.comes_by_tls() as client:
        shown = client.tls.getpeercert()
        assert shown is not None
        return [str(pair[1]) for pair in shown["subjectAltName"]]


def test_T03_the_end_is_near(tmp_path: Path, maker: Maker):
    maker.issue("localhost", days=5)
    with served(tmp_path) as server:
        until(lambda: "the certificate expires on" in server.log, "the warning")
        assert "in 5 days; renew it" in server.log


@contextmanager
def served(folder: Path, text: str = "", listen: str = "ircs://127.0.0.1:0") -> Iterator[ServerProcess]:
    """A server whose configuration has this besides the certificate, which ends well."""
    file = folder / "server.toml"
    file.write_text(f'[tls]\ncertificate = "server.pem"\nkey = "server.key"\n{text}')
    with ServerProcess(folder, "--config", str(file), "--listen", listen, memory=True) as server:
        yield server
        ends_well(server)


def refused(folder: Path, text: str, listen: str = "ircs://127.0.0.1:0") -> str:
    """What a server with this configuration says that does not start because of it."""
    file = folder / "server.toml"
    file.write_text(text)
    words = [sys.executable, "server.py", "--config", str(file), "--memory", "--listen", listen]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (78, ""), done.stderr
    return done.stderr


def test_T04_a_key_that_others_can_read(tmp_path: Path, maker: Maker):
    files = maker.issue()
    files.key.chmod(0o644)
    text = '[tls]\ncertificate = "server.pem"\nkey = "server.key"\n'
    assert f"the key in {files.key} (mode 0644): chmod 600" in refused(tmp_path, text)
    with served(tmp_path, "key_may_be_read = true\n"):
        pass


# What comes before the handshake.


def test_T05_plain_text_before_and_beside_the_handshake(siege: TLSSiege):  # CVE-2011-0411: STARTTLS injection
    lines = b"NICK mallory\r\nUSER mallory 0 * :m\r\nJOIN #lobby\r\n"
    assert answer(siege.tls_port, lines)[0] == b""
    assert answer(siege.tls_port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[0] == b""
    assert answer(siege.tls_port, lines + client_hello(TLS1_2, [ECDHE_ECDSA_AES128_GCM]))[0] == b""
    with socket.create_connection(("127.0.0.1", siege.tls_port), timeout=20) as sock:
        sock.sendall(client_hello(TLS1_2, [ECDHE_ECDSA_AES128_GCM]) + lines)
        heard = heard_to_the_end(sock)
        assert b"mallory" not in heard
    with siege.stranger() as stranger:  # There is no way from one door to the other.
        stranger.says("STARTTLS")
        assert stranger.hears("421", "451").command in ("421", "451")
    siege.logs("no TLS on a port for TLS", 3)  # One of them is warm_up's.
    siege.logs("HTTP on a port for TLS", 1)
    siege.bystander.is_served()
    assert not siege.bystander.heard


def heard_to_the_end(sock: socket.socket) -> bytes:
    """Everything up to the end, by a close or a reset."""
    heard = b""
    try:
        while received := sock.recv(65_536):
            heard += received
    except ConnectionError:
        pass
    return heard


@pytest.mark.parametrize("threads", [0])
def test_T06_no_early_words_and_nothing_resumed(siege: TLSSiege):  # RFC 8446 2.3, 8
    context = siege.authority.trusting()
    with siege.comes_by_tls(context).registers("ann") as ann:
        session = ann.tls.session
    sock = socket.create_connection(("127.0.0.1", siege.tls_port), timeout=20)
    with context.wrap_socket(sock, server_hostname="localhost", session=session) as again:
        assert not again.session_reused
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{siege.tls_port}", "-tls1_3"]
    done = subprocess.run(command, input=b"QUIT\r\n", capture_output=True, timeout=20)
    assert b"Max Early Data: 0" in done.stdout or b"Max Early Data" not in done.stdout
    assert b"Early data was not sent" in done.stdout


# Strict transport security.


@pytest.mark.parametrize(
    ("text", "listen", "words"),
    [
        ("port = 6697\nseconds = 60", "ircs://127.0.0.1:16697", "sts.port: expected the port of an ircs:// listener"),
        ("port = 6667\nseconds = 60", "irc://127.0.0.1:6667", "sts.port: expected the port of an ircs:// listener"),
        ("seconds = 60", "ircs://127.0.0.1:16697", "sts.seconds: expected sts.port to be set, too"),
        ("port = -1\nseconds = 60", "ircs://127.0.0.1:16697", "sts.port: expected a number from 0 to 65_535"),
    ],
)
def test_T07_what_cannot_be_configured(tmp_path: Path, text: str, listen: str, words: str):  # IRCv3 sts
    assert words in refused(tmp_path, f"[sts]\n{text}\n", listen)


def test_T07_only_what_works_is_offered(tmp_path: Path, maker: Maker, monkeypatch: pytest.MonkeyPatch):  # IRCv3 sts
    """A certificate that clients would refuse is none; the port is told in the clear and the time by TLS."""
    monkeypatch.setenv("SSL_CERT_FILE", str(maker.authority))
    port = free_port()
    text = f'[server]\nname = "{NAME}"\n[sts]\nport = {port}\nseconds = 60\n'
    maker.issue("localhost")
    with served(tmp_path, text, f"ircs://127.0.0.1:{port}") as server:
        assert "clients are not told of strict transport security: the certificate is not for" in server.log
        assert offered(RawClient(server.port)) == ""
        maker.issue("localhost", NAME)
        until(lambda: offered(RawClient(server.port)), "an offer of sts")
        assert offered(RawClient(server.port)) == f"port={port}"
        assert offered(TLSClient(port, maker.trusting())) == "duration=60"


def offered(client: RawClient) -> str:
    """The value of sts that this client is told, "" for none."""
    with client:
        client.says("CAP LS 302")
        words = client.hears("CAP").params[-1].split()
    return next((word.partition("=")[2] for word in words if word.startswith("sts=")), "")


# The end.


def test_T09_a_cut_in_the_middle(siege: TLSSiege):  # as F17: what is unterminated is not executed
    for nick, part in (("one", b"PRIVMSG #lobby :rm -rf"), ("two", b""), ("three", b"PRIVMSG #lobby :whole\r\n")):
        client = siege.comes_by_tls().registers(nick).joins("#lobby")
        siege.bystander.hears("JOIN", nick)
        if part:
            client.sends(part)
        else:
            client.sends_half_a_record(b"PRIVMSG #lobby :half\r\n")
        client.cuts()
        siege.bystander.hears("QUIT", nick)
    assert siege.bystander.heard_text("whole") == 1
    assert siege.bystander.heard_text("rm -rf") == siege.bystander.heard_text("half") == 0


@pytest.mark.parametrize("threads", [0])
@pytest.mark.parametrize(
    "configuration", ['[tls]\ncertificate = "server.pem"\nkey = "server.key"\n[limits]\nhandshake_seconds_max = 1\n']
)
def test_S06_a_stalled_handshake(siege: TLSSiege):
    silent = socket.create_connection(("127.0.0.1", siege.tls_port), timeout=20)
    half = socket.create_connection(("127.0.0.1", siege.tls_port), timeout=20)
    with silent, half:
        half.sendall(client_hello(TLS1_2, [ECDHE_ECDSA_AES128_GCM])[:40])
        assert heard_to_the_end(silent) == heard_to_the_end(half) == b""
    siege.logs("Not ready after 1 seconds", 2)


def test_C08_a_proxy_says_for_whom_before_the_handshake(tmp_path: Path, maker: Maker):
    """The header of a trusted proxy stands in front of TLS; without it nothing is answered."""
    maker.issue()
    port = free_port()
    with served(tmp_path, '[server]\nproxies = ["127.0.0.1"]\n', f"ircs://127.0.0.1:{port}"):
        assert answer(port, client_hello(TLS1_2, [ECDHE_ECDSA_AES128_GCM]))[0] == b""
        sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        sock.sendall(b"PROXY TCP4 192.0.2.9 127.0.0.1 5000 6697\r\n")
        with maker.trusting().wrap_socket(sock, server_hostname="localhost") as ann:
            ann.sendall(b"NICK ann\r\nUSER ann 0 * :ann\r\nWHOIS ann\r\nQUIT\r\n")
            heard = heard_to_the_end(ann)
        assert b"192.0.2.9" in heard and b" 671 ann ann " in heard  # RPL_WHOISACTUALLY, RPL_WHOISSECURE

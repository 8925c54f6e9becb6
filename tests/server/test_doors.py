"""http:// and https:// among the doors: the one that is there when nobody chose, and those that were chosen."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.addresses import DEFAULT_PORTS, EXIT_CONFIGURATION, ListenError
from ipcchat.server.doors import WEB_PORTS, open_listeners, tls_of
from ipcchat.server.http.listener import HTTPListener, HTTPSListener
from ipcchat.server.http.secure import TLSWebConnection
from ipcchat.server.http.websocket import WebConnection
from ipcchat.server.listeners import Listener
from ipcchat.server.settings import Loaded, load
from ipcchat.server.tls_connection import TLSListener
from tests.server.tls_files import Maker

PORTS = range(21_000, 29_000, WEB_PORTS)
SECONDS_MAX = 5


@contextmanager
def taken(*ports: int) -> Iterator[None]:
    """Somebody else listens on these. Raises OSError when somebody else does already."""
    with ExitStack() as stack:
        for port in ports:
            sock = stack.enter_context(socket.socket())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", port))
            sock.listen()
        yield


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> int:
    """The first of WEB_PORTS that are all free; in place of 8080, which may be anybody's here."""
    for port in PORTS:
        with suppress(OSError), taken(*range(port, port + WEB_PORTS)):
            monkeypatch.setitem(DEFAULT_PORTS, "http", port)
            return port
    raise AssertionError("no ten ports are free")


@contextmanager
def opened(loaded: Loaded) -> Iterator[list[Listener]]:
    listeners = open_listeners(loaded)
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


@pytest.fixture
def unchosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """The settings of a server that nobody told where to listen, on a free port."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    loaded = load(None, {})
    assert isinstance(loaded, Loaded)
    return msgspec.structs.replace(loaded, listen=("irc://127.0.0.1:0",))


def web(listeners: list[Listener]) -> list[str]:
    return [listener.address.url for listener in listeners if listener.is_http]


def test_the_web_is_there_when_nobody_chose(unchosen: Loaded, first: int):
    with opened(unchosen) as listeners:
        assert web(listeners) == [f"http://127.0.0.1:{first}"]
        assert listeners[0].address.scheme == "irc"


def test_the_usual_port_is_8080():
    assert (DEFAULT_PORTS["http"], DEFAULT_PORTS["https"]) == (8080, 8443)


def test_the_next_free_port_is_taken(unchosen: Loaded, first: int):
    with taken(first, first + 1), opened(unchosen) as listeners:
        assert web(listeners) == [f"http://127.0.0.1:{first + 2}"]


def test_without_a_free_port_the_server_starts_all_the_same(
    unchosen: Loaded, first: int, captured: pytest.LogCaptureFixture
):
    with taken(*range(first, first + WEB_PORTS)), opened(unchosen) as listeners:
        assert web(listeners) == []
        assert listeners
    (told,) = [record.__dict__ for record in captured.records if "http" in record.getMessage()]
    assert f"ports {first} to {first + WEB_PORTS - 1} are in use" in str(told)


def test_what_was_chosen_is_all():
    loaded = load(None, {"server.listen": ["irc://127.0.0.1:0"]})
    assert isinstance(loaded, Loaded)
    with opened(loaded) as listeners:
        assert web(listeners) == []


def test_a_web_port_that_was_chosen_and_is_taken_is_an_error(first: int):
    loaded = load(None, {"server.listen": [f"http://127.0.0.1:{first}"]})
    assert isinstance(loaded, Loaded)
    with taken(first), pytest.raises(ListenError, match=f"try --listen http://127.0.0.1:{first + 1}"):
        open_listeners(loaded)


def secure(folder: Path, *listen: str) -> Loaded:
    """The settings of a server with a certificate."""
    Maker(folder).issue("chat.example.org")
    file = folder / "chat.toml"
    file.write_text('[tls]\ncertificate = "server.pem"\nkey = "server.key"\n[storage]\nfolder = "data"\n')
    loaded = load(file, {"server.listen": list(listen)})
    assert isinstance(loaded, Loaded), loaded
    return loaded


def test_all_doors_with_tls_share_the_certificate(tmp_path: Path):
    with opened(secure(tmp_path, "https://127.0.0.1:0", "ircs://127.0.0.1:0", "http://127.0.0.1:0")) as listeners:
        assert [type(each) for each in listeners] == [HTTPSListener, TLSListener, HTTPListener]
        assert listeners[0].tls is listeners[1].tls is tls_of(listeners) is not None
        assert listeners[2].tls is None


def test_https_needs_a_certificate(tmp_path: Path):
    file = tmp_path / "chat.toml"
    file.write_text('[storage]\nfolder = "data"\n')
    loaded = load(file, {"server.listen": ["https://127.0.0.1:0"]})
    assert isinstance(loaded, Loaded)
    with pytest.raises(ListenError, match=r"^https://127\.0\.0\.1:0 needs a certificate") as raised:
        open_listeners(loaded)
    assert raised.value.exit_code == EXIT_CONFIGURATION


def accepted(listener: Listener) -> tuple[socket.socket, socket.socket, Peer]:
    """One who connects: our end, his, and who he is."""
    theirs = socket.create_connection(("127.0.0.1", listener.address.port), SECONDS_MAX)
    ((ours, peer),) = listener.accept()
    return ours, theirs, peer


@pytest.mark.parametrize(
    ("scheme", "kind", "ready"), [("http", WebConnection, True), ("https", TLSWebConnection, False)]
)
def test_a_connection_is_a_websocket_to_be(tmp_path: Path, scheme: str, kind: type, ready: bool):
    with opened(secure(tmp_path, f"{scheme}://127.0.0.1:0")) as (listener,):
        ours, theirs, peer = accepted(listener)
        link = listener.connection(ours, 7, 0, peer, Limits())
        with closing(theirs), closing(link):
            assert (type(link), link.ready, link.opcode, link.number) == (kind, ready, 0, 7)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_is_refused_hears_why_where_he_can_read_it(tmp_path: Path, scheme: str):
    with opened(secure(tmp_path, f"{scheme}://127.0.0.1:0")) as (listener,):
        ours, theirs, _ = accepted(listener)
        with closing(theirs):
            listener.refuse(ours, "You are banned")
            heard = b"".join(iter(lambda: theirs.recv(4_096), b""))
    if scheme == "http":
        head, _, body = heard.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert f"content-length: {len(body)}".encode() in head
        assert b"\r\ncontent-security-policy: default-src 'none';" in head
        assert body == b"You are banned\n"
    else:
        assert heard == b""


def test_who_is_refused_and_gone_is_no_error(tmp_path: Path):
    with opened(secure(tmp_path, "http://127.0.0.1:0")) as (listener,):
        ours, theirs, _ = accepted(listener)
        theirs.close()
        ours.shutdown(socket.SHUT_WR)
        listener.refuse(ours, "You are banned")
        assert ours.fileno() == -1

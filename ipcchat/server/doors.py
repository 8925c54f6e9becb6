"""The doors: which listener serves which URL."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ipcchat.server import logs
from ipcchat.server.addresses import (
    DEFAULT_PORTS,
    EXIT_CONFIGURATION,
    EXIT_UNAVAILABLE,
    Address,
    ListenError,
    parse_listen_url,
)
from ipcchat.server.entries import client_program, server_program
from ipcchat.server.http.listener import HTTPListener
from ipcchat.server.listeners import Listener
from ipcchat.server.settings import Loaded, default_folder
from ipcchat.wire.local_socket import server_socket

if TYPE_CHECKING:
    from ipcchat.server.http.admin import AdminListener
    from ipcchat.server.tls import ServerTLS


ADMIN_ADDRESS = Address("127.0.0.1", 9464, "http")
"""Where the server says how it is when nobody said where it listens: a port that is set aside for metrics
(https://github.com/prometheus/prometheus/wiki/Default-port-allocations)."""

InForce = Callable[[], Loaded]

WEB_PORTS = 10
"""How many ports are tried for the web when nobody said where to listen."""


def open_listeners(loaded: Loaded, in_force: InForce | None = None) -> list[Listener]:
    """All listeners of the settings or, with a ListenError, none. `in_force` gives the settings as they are later."""
    in_force = in_force or (lambda: loaded)
    addresses = [msgspec.structs.replace(parse_listen_url(url), shared=loaded.shares_doors) for url in loaded.listen]
    listeners: list[Listener] = []
    try:
        for address in addresses:
            listeners.append(_open(address, loaded, listeners, in_force))
    except ListenError:
        for listener in listeners:
            listener.close()
        raise
    if loaded.listen_chosen:
        return listeners
    return [*listeners, *_usual_web_door(), *_usual_local_door(loaded, in_force)]


def open_admin_listeners(loaded: Loaded) -> list[AdminListener]:
    """The listeners of admin.listen or, with a ListenError, none."""
    from ipcchat.server.http.admin import AdminListener

    if loaded.admin_listen is None:
        if not loaded.listen_chosen:
            with contextlib.suppress(ListenError):
                return [AdminListener(ADMIN_ADDRESS)]
        return []
    listeners: list[AdminListener] = []
    try:
        for url in loaded.admin_listen:
            listeners.append(AdminListener(parse_listen_url(url), beyond_loopback=loaded.admin_beyond_loopback))
    except ListenError:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def tls_of(listeners: Sequence[Listener]) -> ServerTLS | None:
    """The certificate that the ircs:// and https:// listeners share; None when there are none of them."""
    return next((listener.tls for listener in listeners if listener.tls is not None), None)


def _open_tls(address: Address, loaded: Loaded, before: Sequence[Listener]) -> Listener:
    """OpenSSL is imported here, by servers that use it."""
    from ipcchat.server.certificates import CertificateError, files_of
    from ipcchat.server.http.listener import HTTPSListener
    from ipcchat.server.tls import ServerTLS
    from ipcchat.server.tls_connection import TLSListener

    files = files_of(loaded)
    if files is None:
        text = f"{address.url} needs a certificate: name one in [tls] of the configuration file, or make one here"
        raise ListenError(
            f"{text}: {server_program()} certificate --make {_make_words(address, loaded)}", EXIT_CONFIGURATION
        )
    try:
        tls = tls_of(before) or ServerTLS(files)
        return HTTPSListener(address, tls) if address.scheme == "https" else TLSListener(address, tls)
    except CertificateError as error:
        raise ListenError(f"{address.url}: {error}", EXIT_CONFIGURATION) from error


def trust_hints(listeners: Sequence[Listener]) -> list[str]:
    """How clients come to trust a certificate that was made here, which no authority vouches for."""
    tls = tls_of(listeners)
    if tls is None or not tls.files.made_here:
        return []
    address = next(listener.address for listener in listeners if listener.tls is not None)
    certificate = tls.certificate
    url = msgspec.structs.replace(address, host=next(iter(certificate.names), address.host)).url
    return [f"trust its certificate by:    {client_program()} trust {url} {certificate.fingerprint}"]


def _make_words(address: Address, loaded: Loaded) -> str:
    """For which host to make a certificate (of a listener for all addresses: this machine's name), and where."""
    host = socket.gethostname() if address.host in ("0.0.0.0", "::") else address.host
    return host if loaded.folder in (None, default_folder()) else f"{host} --data {loaded.folder}"


def _usual_web_door() -> list[Listener]:
    """http:// for browsers of this machine, at the first port that is free. Without it a server is still a server."""
    first = DEFAULT_PORTS["http"]
    for port in range(first, first + WEB_PORTS):
        with contextlib.suppress(ListenError):
            return [HTTPListener(Address("127.0.0.1", port, "http"))]
    logs.event(logging.WARNING, "going on without http://", reason=f"ports {first} to {port} are in use")
    return []


def _usual_local_door(loaded: Loaded, in_force: InForce) -> list[Listener]:
    """The Unix socket where programs of this machine look for it. Without it a server is still a server."""
    path = Path(server_socket(os.environ))
    try:
        if not path.is_absolute():
            raise ListenError("there is no folder for it: XDG_RUNTIME_DIR and HOME are not set", EXIT_UNAVAILABLE)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [_open_unix(parse_listen_url(f"unix://{path}"), loaded, in_force)]
    except (OSError, ListenError) as error:
        logs.event(logging.WARNING, "going on without a Unix socket", reason=error)
        return []


def _open_unix(address: Address, loaded: Loaded, in_force: InForce) -> Listener:
    from ipcchat.server.unix_door import UnixListener

    return UnixListener(address, loaded.socket_mode, lambda: in_force().local_roles)


def _open_plain(address: Address, loaded: Loaded) -> Listener:
    from ipcchat.server.plain_door import PlainListener

    return PlainListener(address, beyond_loopback=loaded.plain_beyond_loopback)


def _open(address: Address, loaded: Loaded, before: Sequence[Listener], in_force: InForce) -> Listener:
    if address.scheme in ("ircs", "https"):
        return _open_tls(address, loaded, before)
    if address.scheme == "unix":
        return _open_unix(address, loaded, in_force)
    if address.scheme == "plain":
        return _open_plain(address, loaded)
    if address.scheme == "http":
        return HTTPListener(address)
    return Listener(address)

"""Where the server listens: one URL for each door.

irc://HOST[:6667]    IRC over TCP            ircs://HOST[:6697]   IRC over TLS
http://HOST[:8080]   browsers, WebSocket     https://HOST[:8443]  the same over TLS
plain://HOST[:2323]  plain text over TCP     unix:///PATH         IRC for programs of this machine
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

DEFAULT_PORTS = {"irc": 6667, "ircs": 6697, "plain": 2323, "http": 8080, "https": 8443}

EXIT_UNAVAILABLE = 69
EXIT_AGAIN = 75
"""Start this program again with the same words."""

EXIT_NO_PERMISSION = 77
EXIT_CONFIGURATION = 78

UNIX_PATH_BYTES_MAX = 100
"""What the kernel takes is 107 bytes; some are left for the name under which a new socket is made."""


class ListenError(Exception):
    """An address cannot be listened on; `exit_code` is the process's."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class Address(msgspec.Struct, frozen=True):
    """Where to listen: an IPv4 or IPv6 address or a host name, and a port (0: a free one); or, for unix, a `path`.
    `shared`: other processes of this user listen there, too (SO_REUSEPORT)."""

    host: str
    port: int
    scheme: str = "irc"
    path: str = ""
    shared: bool = False

    @property
    def url(self) -> str:
        """As it is written."""
        if self.scheme == "unix":
            return f"unix://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_listen_url(url: str) -> Address:
    """The address of a URL. Raises ListenError (78)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ListenError(f"--listen {url}: {error}", EXIT_CONFIGURATION) from error
    if parts.scheme == "unix" and not (parts.netloc or parts.query or parts.fragment):
        return _unix(url, parts.path)
    extra = parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in DEFAULT_PORTS or not host or extra:
        expected = "irc://127.0.0.1:6667, ircs://127.0.0.1:6697, http://127.0.0.1:8080 or unix:///run/chat.sock"
        raise ListenError(f"--listen {url}: must look like {expected}", EXIT_CONFIGURATION)
    return Address(host, DEFAULT_PORTS[parts.scheme] if port is None else port, parts.scheme)


def _unix(url: str, path: str) -> Address:
    if not path.startswith("/") or path.endswith("/") or len(path.encode()) > UNIX_PATH_BYTES_MAX:
        text = f"--listen {url}: expected a path such as unix:///run/chat.sock, of at most {UNIX_PATH_BYTES_MAX} bytes"
        raise ListenError(text, EXIT_CONFIGURATION)
    return Address("", 0, "unix", path)

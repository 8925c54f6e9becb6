"""A browser's connection by TLS. Importing this module imports OpenSSL."""

from __future__ import annotations

from ipcchat.server.http.websocket import WebSocketCodec
from ipcchat.server.tls_connection import TLSConnection


class TLSWebConnection(WebSocketCodec, TLSConnection):
    """Both at once."""

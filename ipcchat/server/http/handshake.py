"""Who may have a WebSocket, and with which subprotocol.

Rules:
1. A web page may open one when it came from this server (its Origin is the Host that was asked), or when
   `server.web_origins` names where it came from. A program without an Origin is no web page. Without TLS and without
   a proxy the Host must be an address or a name of a private network, or this server's: any other name may have been
   turned here by its owner, whose page would pass for ours (DNS rebinding).
2. Nobody is known by a cookie: who one is, is said by IRC (SASL, NICK).
3. Of the subprotocols the client's first that we have is taken; without any it is text.
4. There is no compression.

Specifications: RFC 6455 4.2, IRCv3 websocket.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from http import HTTPStatus
from ipaddress import ip_address

import msgspec
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from ipcchat.server.frames import BINARY, TEXT
from ipcchat.server.http.fields import TOO_BIG, are_too_many, of_an_answer

PATHS = ("/ws", "/")
PRIVATE = (".localhost", ".local", ".home.arpa", ".internal", ".lan", ".home", ".corp", ".test")
SUBPROTOCOLS = {Subprotocol("text.ircv3.net"): TEXT, Subprotocol("binary.ircv3.net"): BINARY}

_SILENT = logging.getLogger("ipcchat.websocket")


class Handshake(msgspec.Struct, frozen=True):
    """What is answered, and how lines are framed from then on; 0: there is no WebSocket."""

    response: bytes
    opcode: int = 0


def shake_hands(
    path: str, fields: Sequence[tuple[bytes, bytes]], origins: Collection[str], *, secure: bool, own_name: str = ""
) -> Handshake:
    """The answer to a request for a WebSocket at a path (without a query). `origins` are server.web_origins;
    `secure`: it came by TLS. With `own_name`, this server's, the Host is looked at, see rule 1."""
    protocol = ServerProtocol(select_subprotocol=_select, max_size=0, logger=_SILENT)
    headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields])
    if are_too_many(fields, path.encode()):
        response = protocol.reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_BIG)
    elif path not in PATHS:
        response = protocol.reject(HTTPStatus.NOT_FOUND, f"The WebSocket is at {PATHS[0]}.\n")
    elif not is_welcome(headers.get_all("Origin"), headers.get_all("Host"), origins, own_name):
        text = "This page may not connect: the server's owner can name it in server.web_origins.\n"
        response = protocol.reject(HTTPStatus.FORBIDDEN, text)
    else:
        response = protocol.accept(Request(path, headers))
    if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        return Handshake(_closing(response, secure=secure))
    return Handshake(response.serialize(), SUBPROTOCOLS.get(protocol.subprotocol or Subprotocol(""), TEXT))


def refused(reason: str, *, secure: bool, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> Handshake:
    """The server does not take one more, for this reason."""
    response = ServerProtocol(logger=_SILENT).reject(status, f"{reason}\n")
    return Handshake(_closing(response, secure=secure))


def is_welcome(origins: Sequence[str], hosts: Sequence[str], allowed: Collection[str], own_name: str = "") -> bool:
    """Whether a page of this origin may connect; see rule 1."""
    if not origins:
        return True
    if len(origins) > 1 or len(hosts) != 1:
        return False
    origin, host = origins[0].lower(), hosts[0].lower()
    if origin in allowed:
        return True
    scheme, _, place = origin.partition("://")
    is_same = scheme in ("http", "https") and bool(place) and place == host
    return is_same and (not own_name or is_private(host, own_name))


def is_private(host: str, own_name: str) -> bool:
    """Whether a Host can only mean this server: an address, a name without a dot or of a private network (RFC 6761,
    RFC 6762, RFC 8375, and what networks at home use), or `own_name`."""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return "." not in name or name == own_name.lower() or name.endswith(PRIVATE)
    return True


def _select(protocol: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return next((name for name in offered if name in SUBPROTOCOLS), None)


def _closing(response: Response, *, secure: bool) -> bytes:
    del response.headers["Date"], response.headers["Connection"]
    response.headers["Connection"] = "close"
    for name, value in of_an_answer(secure=secure):
        response.headers[name.decode()] = value.decode()
    return response.serialize()

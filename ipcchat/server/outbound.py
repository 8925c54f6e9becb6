"""What the server sends to others by itself: one POST to a URL that somebody who is not trusted chose.

    answer = await post(url, body, headers, timeout=20, networks=allowed)

Rules:
1. The name is resolved once, every address that it has is looked at (public_addresses.py), and the connection is made
   to one of these and no other: what a resolver says a moment later changes nothing. One bad address refuses all.
2. https:// is checked against the name, by the authorities that the machine trusts. http:// goes only to networks that
   the settings allow.
3. Redirects are not followed, proxies of the environment not asked, and nothing of a URL is taken for a password.
4. Everything has its end: connecting, the whole, and what is read of the answer.

It is imported when something is sent for the first time: most servers never do.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from urllib.parse import SplitResult, urlsplit

import httpcore

from ipcchat.server.outbound_answers import Answer, Forbidden, OutboundError
from ipcchat.server.public_addresses import Address, Network, address_of, is_allowed, is_within

CONNECT_SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 65_536
ADDRESSES_TRIED_MAX = 4
"""Of one name; each gets its part of CONNECT_SECONDS_MAX."""

PORTS = frozenset({80, 443})
FREE_PORTS = range(1024, 65_536)
"""What listens below is mail, shells, name servers and the like, and none of it expects HTTP."""

_PORT_OF = {"https": 443, "http": 80}


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,
    networks: Sequence[Network] = (),
    authorities: ssl.SSLContext | None = None,
) -> Answer:
    """Send that, and wait for the answer, `timeout` seconds in all. `networks` are allowed although they are not the
    internet's; `authorities` stand in place of the machine's. Raises OutboundError."""
    place = _place(url)
    backend = _CheckedBackend(networks, encrypted=place.scheme == "https")
    pool = httpcore.AsyncConnectionPool(authorities or _authorities(), max_connections=1, network_backend=backend)
    try:
        async with asyncio.timeout(timeout), pool:
            return await _posted(pool, place, body, headers)
    except TimeoutError:
        raise OutboundError(f"it did not answer within {timeout:g} seconds") from None
    except (httpcore.ConnectTimeout, httpcore.ConnectError) as error:
        raise OutboundError(f"it cannot be reached: {_reason(error)}") from None
    except (httpcore.ProtocolError, httpcore.NetworkError, httpcore.TimeoutException, OSError) as error:
        raise OutboundError(f"it broke off: {_reason(error)}") from None


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _place(url: str) -> SplitResult:
    """A URL that something may be sent to at all. Raises Forbidden."""
    try:
        place = urlsplit(url)
        port = _PORT_OF.get(place.scheme, 0) if place.port is None else place.port
    except ValueError:
        raise Forbidden("this is no URL") from None
    if not (url.isascii() and url.isprintable()) or " " in url or place.scheme not in _PORT_OF or not place.hostname:
        raise Forbidden("this is no https:// or http:// URL")
    if "@" in place.netloc:
        raise Forbidden("there is a name or password in the URL")
    if port not in PORTS and port not in FREE_PORTS:
        raise Forbidden(f"nothing is sent to port {port}")
    return place


@cache
def _authorities() -> ssl.SSLContext:
    """Whom the machine trusts to say who somebody is."""
    return ssl.create_default_context()


async def _posted(
    pool: httpcore.AsyncConnectionPool, place: SplitResult, body: bytes, headers: Mapping[str, str]
) -> Answer:
    port = place.port or _PORT_OF[place.scheme]
    target = f"{place.path or '/'}{f'?{place.query}' if place.query else ''}"
    url = httpcore.URL(scheme=place.scheme, host=place.hostname or "", port=port, target=target)
    named = {"host": place.netloc, "accept-encoding": "identity", "connection": "close", **headers}
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    extensions = {"timeout": {"connect": CONNECT_SECONDS_MAX}}
    async with pool.stream("POST", url, headers=fields, content=body, extensions=extensions) as answer:
        received = b""
        async for piece in answer.aiter_stream():
            received += piece
            if len(received) >= ANSWER_BYTES_MAX:
                break
        names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        return Answer(answer.status, names, received[:ANSWER_BYTES_MAX])


class _CheckedBackend(httpcore.AnyIOBackend):
    """Connects as rule 1 says."""

    def __init__(self, networks: Sequence[Network], *, encrypted: bool) -> None:
        self._networks = networks
        self._encrypted = encrypted

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the addresses of that host. Raises OutboundError, and what httpcore raises."""
        addresses = await _resolved(host, port)
        for address in addresses:
            self._require_allowed(host, address)
        share = CONNECT_SECONDS_MAX / min(len(addresses), ADDRESSES_TRIED_MAX)
        *others, last = addresses[:ADDRESSES_TRIED_MAX]
        for address in others:
            try:
                return await super().connect_tcp(str(address), port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await super().connect_tcp(str(last), port, share, local_address, socket_options)

    def _require_allowed(self, host: str, address: Address) -> None:
        if not is_allowed(address, self._networks):
            raise Forbidden(f"{host} is not on the internet, and outbound.networks does not allow it")
        if not self._encrypted and not is_within(address, self._networks):
            raise Forbidden(f"what is sent to {host} has to be encrypted: use https://")


async def _resolved(host: str, port: int) -> list[Address]:
    """The addresses of a host, each once, in the resolver's order. Raises OutboundError."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise OutboundError(f"nobody said in time where {host} is") from None
    except (OSError, UnicodeError):
        raise OutboundError(f"nobody knows where {host} is") from None
    return list(dict.fromkeys(address_of(str(place[0])) for *_, place in found))

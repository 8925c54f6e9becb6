"""WEBIRC: a gateway, such as a web chat, says for whom it connects.

Rules:
1. It is the first thing that a connection says, it comes from an address of the settings, and it has that gateway's
   password. If not, the connection is closed: a gateway's users must not come in under its address.
2. What the gateway says replaces address and host. A host that is no host name, is too long, or looks like another
   address is not shown; the address is.
3. The user's line counts as encrypted when he has TLS and so has the gateway, or when the gateway runs on this machine.
   Only then his certificate is believed.
4. The password is in no reply and no notice. There is no pause after a wrong one: it would keep all users of the
   gateway out, and only the addresses of the settings can guess.

Specification: IRCv3 webirc (https://ircv3.net/specs/extensions/webirc).
"""

from __future__ import annotations

import hmac
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NoReturn

from ipcchat.core.context import Context
from ipcchat.core.errors import Ignored
from ipcchat.core.officers import tell_officers
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.session import Session
from ipcchat.core.settings import Gateway
from ipcchat.wire.hostnames import is_hostname

NOTICES = "c"
CERTIFICATE_OPTION = "certfp-sha-256"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@command("WEBIRC", spec=IRCV3 + "webirc", before=True, after=False)
def webirc(ctx: Context, password: str, gateway: str, hostname: str, ip: str, options: str = "") -> None:
    """For gateways: say for whom a connection is, before anything else. WEBIRC secret webchat host.example 192.0.2.7
    secure."""
    session = ctx.session
    if _has_spoken(session):
        _refuse(ctx, "WEBIRC must be the first command")
    known = _gateways_at(ctx, session.address)
    if not known:
        _refuse(ctx, "WEBIRC is not for your address: the settings name no gateway there")
    if not any(hmac.compare_digest(password.encode(), each.password.encode()) for each in known):
        _refuse(ctx, "Invalid WebIRC password")
    address = _address(ip)
    if address is None:
        _refuse(ctx, "Invalid WebIRC address: it is neither IPv4 nor IPv6")
    if reason := ctx.engine.readmit(session, str(address)):
        _refuse(ctx, reason)
    given = _options(options)
    encrypted = "secure" in given and _is_encrypted(session)
    session.modes = "Z" if encrypted else ""
    session.certificate = _certificate(given) if encrypted else ""
    session.address = _visible(address)
    session.host = _host(hostname, session.address, ctx.engine.limits.host_bytes_max)


def _has_spoken(session: Session) -> bool:
    """Whether something was said that a registration remembers."""
    said = (session.nick, session.username, session.password, session.caps, session.away, session.metadata)
    return session.negotiating or session.sasl is not None or any(said)


def _refuse(ctx: Context, reason: str) -> NoReturn:
    tell_officers(ctx.engine, NOTICES, f"WEBIRC from {ctx.session.address} was refused: {reason}")
    ctx.close(reason)
    raise Ignored


def _gateways_at(ctx: Context, written: str) -> list[Gateway]:
    """The gateways that may connect from an address."""
    address = _address(written)
    if address is None:
        return []
    return [
        gateway
        for gateway in ctx.engine.settings.gateways
        if any(address in ip_network(network, strict=False) for network in gateway.addresses)
    ]


def _address(written: str) -> IPv4Address | IPv6Address | None:
    """An address, IPv4 without its IPv6 coat; None for what is none, or is good on one machine only (%eth0)."""
    try:
        address = ip_address(written)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return None if address.scope_id else (address.ipv4_mapped or address)


def _visible(address: IPv4Address | IPv6Address) -> str:
    """An address as it can stand in a line: never with a colon in front."""
    written = str(address)
    return f"0{written}" if written.startswith(":") else written


def _host(hostname: str, address: str, bytes_max: int) -> str:
    is_name = is_hostname(hostname) and _address(hostname) is None
    return hostname if is_name and len(hostname) <= bytes_max else address


def _options(written: str) -> dict[str, str]:
    """The options by their names; those that are not known yet are of no harm."""
    return {name: value for name, _, value in (option.partition("=") for option in written.split(" "))}


def _is_encrypted(session: Session) -> bool:
    """Whether nobody can read along between the gateway and this server."""
    address = _address(session.address)
    return session.secure or (address is not None and address.is_loopback)


def _certificate(options: dict[str, str]) -> str:
    """The SHA-256 fingerprint of the user's certificate, in small letters; "" for none. Its escapes (message-tags) are
    never needed in hexadecimal."""
    fingerprint = options.get(CERTIFICATE_OPTION, "").lower()
    return fingerprint if _FINGERPRINT.fullmatch(fingerprint) else ""

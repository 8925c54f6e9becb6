"""Deciding on lines of a terminal whether a server's certificate is to be known; what is said is in `dialogue.trust`.

Rule: without a terminal nothing is asked: the answer is no, with the command by which a person says yes.
"""

from __future__ import annotations

import argparse
import sys

from ipcchat.cli import exits
from ipcchat.client.connection import reason_for
from ipcchat.client.dialing import shown_fingerprint
from ipcchat.client.errors import AddressError, ChatError, ConnectFailed, Untrusted
from ipcchat.client.fingerprints import parse_fingerprint
from ipcchat.client.known_servers import KnownServers
from ipcchat.client.text import printable
from ipcchat.client.urls import Address, parse_address
from ipcchat.dialogue.trust import COMPARE, advised, explained, know
from ipcchat.server.entries import client_program

QUESTION = "Trust it from now on? [y/N] "


async def trust(options: argparse.Namespace) -> int:
    """Know or forget the certificate of a server."""
    if not options.address:
        raise AddressError("which server? write ircs://HOST:PORT")
    address = parse_address(options.address)
    if not address.secure:
        raise AddressError(f"certificates are for TLS, and {address} is without; write ircs://{address.host}")
    known = KnownServers()
    if options.forget:
        there = known.forget_pin(address.place)
        print(f"{address.place} is {'forgotten' if there else 'not known'}", file=sys.stderr)
        return exits.OK if there else exits.FAILED
    fingerprint = parse_fingerprint(options.fingerprint) if options.fingerprint else await fetched(address)
    if not options.fingerprint and not confirmed(address.place, fingerprint, known.pin(address.place)):
        return exits.FAILED
    known.set_pin(address.place, fingerprint)
    print(f"{address.place} is known by {fingerprint}", file=sys.stderr)
    return exits.OK


async def fetched(address: Address) -> str:
    """The fingerprint that a server shows. Raises ConnectFailed."""
    try:
        return await shown_fingerprint(address)
    except OSError as error:
        raise ConnectFailed(reason_for(error, address)) from None


def overcome(error: Untrusted) -> bool:
    """Ask a person about a stranger's certificate; whether it is known now. Without a person: no."""
    if not error.stranger or not on_terminal():
        return False
    print(printable(str(error)), file=sys.stderr)
    if not confirmed(error.place, error.fingerprint, ""):
        return False
    know(error)
    return True


def confirmed(place: str, fingerprint: str, known: str) -> bool:
    """Show a fingerprint and ask. Raises ChatError where there is nobody to ask."""
    if known == fingerprint:
        return True
    if not on_terminal():
        advice = advised(place, fingerprint, client_program())
        raise ChatError(f"{place} shows {fingerprint}; nobody is there to confirm it. {advice}")
    print(f"Its fingerprint is\n\n  {fingerprint}\n", file=sys.stderr)
    if known:
        print(f"and not the one that was known for {place} until now:\n\n  {known}\n", file=sys.stderr)
    print(COMPARE, file=sys.stderr)
    try:
        return input(QUESTION).strip().lower() in ("y", "yes")
    except EOFError:
        print(file=sys.stderr)
        return False


def why_not(error: Untrusted) -> str:
    """Why there is no connection, and what to type when all is well."""
    return explained(error, client_program(), was_asked=error.stranger and on_terminal())


def on_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

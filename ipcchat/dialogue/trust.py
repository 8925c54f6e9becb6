"""A server's certificate that nobody vouches for: what a person is told, and what a yes does.

Rules:
1. Only a certificate that is in order but for its signer is asked about (`Untrusted.stranger`); one that is for another
   host, has expired or is not the known one is refused, and what to do is said: nobody gets used to saying yes.
2. The fingerprint that was shown is the one that is kept, whatever the server shows later.
"""

from __future__ import annotations

import shlex

from ipcchat.client.errors import Untrusted
from ipcchat.client.known_servers import KnownServers
from ipcchat.client.text import printable

COMPARE = "Compare it with the one that the server shows when it starts."
# Half of a SHA-256 fingerprint, which fits into a narrow box.
GROUPS_IN_LINE = 8
PREFIX = "SHA256:"


def question(error: Untrusted) -> str:
    """What a person needs to know to decide, in several lines."""
    return f"{printable(str(error))}.\n\nIts fingerprint is\n\n{in_lines(error.fingerprint)}\n\n{COMPARE}"


def in_lines(fingerprint: str) -> str:
    """A fingerprint in lines of GROUPS_IN_LINE."""
    groups = fingerprint.removeprefix(PREFIX).split(":")
    rows = [":".join(groups[at : at + GROUPS_IN_LINE]) for at in range(0, len(groups), GROUPS_IN_LINE)]
    return "\n".join([PREFIX, *rows])


def know(error: Untrusted) -> None:
    """A person has confirmed this certificate: it is known from now on. Raises ChatError."""
    KnownServers().set_pin(error.place, error.fingerprint)


def explained(error: Untrusted, program: str, *, was_asked: bool = False) -> str:
    """Why there is no connection, and what to type when all is well; short for who has just seen it and said no.
    `program` is what stands before "trust"."""
    advice = advised(error.place, error.fingerprint, program)
    if was_asked:
        return f"not connected. {advice}"
    if error.stranger:
        return f"{error}. Its fingerprint is {error.fingerprint}. {advice}"
    return f"{error}. {advice}" if error.known else str(error)


def advised(place: str, fingerprint: str, program: str) -> str:
    """The command by which a person says yes."""
    command = f"{program} trust ircs://{shlex.quote(place)} {fingerprint}"
    return f"If whoever runs the server confirms it, type: {command}"

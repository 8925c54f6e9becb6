"""How one connection is protected: who can read along, and how we know who is at the other end.

Rule: a password is written to a connection only where `confidential` holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """`tls` is the protocol's version ("TLSv1.3"), "" without TLS. `fingerprint` is that of the server's certificate;
    `pinned` says that it was compared with a fingerprint we had, else an authority of this machine vouches for the
    certificate. `expired` is when a pinned certificate's time was over. `loopback`: the other end is this machine;
    `unix`: it is a Unix socket, so the kernel tells the server who we are. `certificate`: we showed one of our own."""

    tls: str = ""
    fingerprint: str = ""
    pinned: bool = False
    expired: datetime | None = None
    loopback: bool = False
    unix: bool = False
    certificate: bool = False

    @property
    def secure(self) -> bool:
        """Whether it goes by TLS to a server whose certificate was checked; no other is ever spoken to by TLS."""
        return self.tls != ""

    @property
    def confidential(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.secure or self.loopback or self.unix

    @property
    def vouched(self) -> bool:
        """Whether something else than a password says who we are (SASL EXTERNAL)."""
        return self.certificate or self.unix


IN_THE_CLEAR = Protection()

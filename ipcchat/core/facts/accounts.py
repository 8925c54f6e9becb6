"""Facts about accounts: registered identities. `by` is the uid of who did it, or the node where nobody is here yet.

A password is in none of them: only what it is compared with.
"""

from __future__ import annotations

import msgspec

from ipcchat.core.facts.base import Fact


class Credentials(msgspec.Struct, frozen=True, array_like=True):
    """What a password is compared with: its argon2id hash (PHC string), and for SCRAM-SHA-256 salt, iterations,
    StoredKey and ServerKey (RFC 5802). All empty: the account has no password."""

    password_hash: str = ""
    salt: bytes = b""
    iterations: int = 0
    stored_key: bytes = b""
    server_key: bytes = b""

    def __repr__(self) -> str:
        return "Credentials()"


class AccountRegistered(Fact, frozen=True, tag=29):
    """An account exists. With `code_hash` it is not verified until the code with that SHA-256 hash (hexadecimal) was
    given, at the latest at `code_until` (Unix ms). `skeleton` is what its name looks like."""

    account: str = ""
    credentials: Credentials = Credentials()
    email: str = ""
    code_hash: str = ""
    code_until: int = 0
    skeleton: str = ""
    certificates: tuple[str, ...] = ()


class AccountVerified(Fact, frozen=True, tag=30):
    """The code that was sent, with that SHA-256 hash, came back."""

    account: str = ""
    code_hash: str = ""


class PasswordChanged(Fact, frozen=True, tag=31):
    """An account has another password, or none; connections that are logged in to it end, but for the id `kept`."""

    account: str = ""
    credentials: Credentials = Credentials()
    kept: str = ""


class AccountSet(Fact, frozen=True, tag=32):
    """A setting of an account has another value ("": the default); see accounts.py for the names."""

    account: str = ""
    name: str = ""
    value: str = ""


class CertificatesChanged(Fact, frozen=True, tag=33):
    """Fingerprints of certificates (SHA-256, 64 small hexadecimal digits) that log in to an account."""

    account: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Token(msgspec.Struct, frozen=True, array_like=True):
    """A token that logs in to an account: the name that its owner gave it, the SHA-256 of its text (hexadecimal), since
    when and until when it counts (Unix ms; 0: for ever). One of a `device` logs in a browser again, and goes when the
    password changes."""

    name: str
    digest: str
    at: int = 0
    until: int = 0
    device: bool = False


class TokensChanged(Fact, frozen=True, tag=56):
    """A token that logs in to an account from now on (None: no new one), and the digests of those that do no longer."""

    account: str = ""
    added: Token | None = None
    removed: tuple[str, ...] = ()


class NicksGrouped(Fact, frozen=True, tag=34):
    """More nicks that belong to an account: (nick, its skeleton); and those that do no longer."""

    account: str = ""
    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()


class AccountSuspended(Fact, frozen=True, tag=35):
    """An account may not be used, until a time (Unix ms; 0: until it is restored); who is logged in to it is cut off.
    `author` is who did it, by the name he is an operator under."""

    account: str = ""
    reason: str = ""
    until: int = 0
    author: str = ""


class AccountRestored(Fact, frozen=True, tag=36):
    """A suspended account may be used again."""

    account: str = ""


class AccountDeleted(Fact, frozen=True, tag=37):
    """An account is gone, with its nicks, its access to channels and its channels; who is logged in to it is cut off,
    and the name is nobody else's until `free_at` (Unix ms)."""

    account: str = ""
    free_at: int = 0

"""How people prove which account is theirs: by a password, said (PLAIN) or proved (SCRAM-SHA-256), by a token
(OAUTHBEARER, IRCV3BEARER, or PLAIN in place of the password), or by what the connection has already shown (EXTERNAL).

Rules:
1. An account that is not there and a wrong password are the same to who asks: the same words after the same work.
2. What an account has may change while its password is compared: it is looked at again after that.
3. Only who gave the right password learns that an account is suspended or not verified.
4. An attempt counts from the moment on that it names an account (logins.py). EXTERNAL and tokens cannot be guessed.

Specification: RFC 4616 (PLAIN), RFC 5802 and RFC 7677 (SCRAM-SHA-256), RFC 4422 appendix A (EXTERNAL), RFC 7628
(OAUTHBEARER), IRCV3BEARER (https://github.com/ircv3/ircv3-specifications/pull/545).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Generator
from typing import TYPE_CHECKING

from ipcchat.core import audit, password_rules
from ipcchat.core.accounts import Account
from ipcchat.core.effects import Verified, Verify
from ipcchat.core.facts import Credentials
from ipcchat.core.keyed import keyed
from ipcchat.core.sasl import MECHANISMS, Denied, Exchange
from ipcchat.core.tokens import digest_of, is_token
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine
    from ipcchat.core.session import Session

SCRAM_ITERATIONS = 100_000
"""What PBKDF2 does for a new password: about 30 ms for the client (RFC 7677 wants at least 4,096)."""

SALT_BYTES = 16
NAME_CHARACTERS_MAX = 64
_OAUTH_HEADER = re.compile("[ny],(?:a=([^,]*))?,")
TOO_MANY = "too many wrong passwords, try again in {} seconds"

Comparison = Generator[Verify, Verified, str]


def find(engine: Engine, name: str) -> Account | None:
    """The account that somebody means: by its name, or by a nick that is grouped to it."""
    accounts = engine.state.accounts
    return accounts.find(name) or accounts.owner(name)


class Attempt:
    """Somebody tries to log in to an account: it counts until it succeeds. Raises Denied while he has to wait."""

    def __init__(self, engine: Engine, session: Session, name: str) -> None:
        account = find(engine, name)
        self._engine = engine
        self._session = session
        self.name = account.name if account else name[:NAME_CHARACTERS_MAX]
        self._began = engine.now.ticks
        if engine.settings.throttles.logins:
            pause = engine.logins.pause(session.address, self._began, self.name)
            if pause:
                self.failed("too many attempts")
                raise Denied(TOO_MANY.format(pause))
            engine.logins.begin(session.address, self._began, engine.limits, self.name)

    def succeeded(self, account: Account) -> str:
        """The proof was right. Returns the account's name. Raises Denied when it may not be used."""
        self.take_back()
        problem = unusable(self._engine, account)
        if problem is not None:
            self.failed(problem.reason)
            raise problem
        return account.name

    def take_back(self) -> None:
        """It was no guess."""
        if self._engine.settings.throttles.logins:
            self._engine.logins.succeeded(self._session.address, self.name, self._began)

    def failed(self, why: str) -> None:
        """Write it down. A name that no account has may be a password in the wrong place: it is not repeated."""
        known = self.name if find(self._engine, self.name) else ""
        audit.write(self._engine, audit.LOGIN_FAILED, self._session, known, why)


def unusable(engine: Engine, account: Account) -> Denied | None:
    """Why an account cannot be used now, for somebody who proved that it is his."""
    suspension = account.suspension(engine.now.wall)
    if suspension is not None:
        reason = f": {suspension.reason}" if suspension.reason else ""
        return Denied(f"The account {account.name} is suspended{reason}", locked=True)
    if not account.verified:
        return Denied(f"The account {account.name} is not verified yet: VERIFY {account.name} <code>", locked=True)
    return None


def compare(engine: Engine, session: Session, name: str, password: str) -> Comparison:
    """Log in by a password: returns the account's name. Raises Denied."""
    if password_rules.is_too_long(password, engine.limits):
        raise Denied(f"a password has at most {engine.limits.password_bytes_max} bytes")
    if is_token(password):
        return by_token(engine, session, password, name)
    attempt = Attempt(engine, session, name)
    account = find(engine, name)
    password_hash = (account.credentials.password_hash if account else "") or password_rules.UNKNOWN_HASH
    answer = yield Verify(password_hash, password_rules.prepared(password))
    if answer.error:
        raise Denied(answer.error, busy=True)
    account = find(engine, name)
    if not answer.matches or account is None or account.credentials.password_hash != password_hash:
        attempt.failed("wrong name or password")
        raise Denied
    return attempt.succeeded(account)


def plain(engine: Engine, session: Session) -> Exchange:
    """RFC 4616: [authzid] NUL authcid NUL passwd."""
    response = yield b""
    try:
        authzid, name, password = response.decode().split("\0")
    except ValueError:
        raise Denied("PLAIN has a name and a password, each behind a NUL") from None
    if not name or not password or (authzid and authzid != name):
        raise Denied("PLAIN needs a name and a password, and logs in to that name only")
    account: str = yield from compare(engine, session, name, password)
    return account


def by_token(engine: Engine, session: Session, token: str, name: str = "") -> str:
    """Log in by a token, perhaps to the account of that name only: returns the account's name. Raises Denied."""
    account = engine.state.accounts.of_token(digest_of(token), engine.now.wall)
    if account is None or (name and find(engine, name) is not account):
        audit.write(engine, audit.LOGIN_FAILED, session, "", "a token that does not count")
        raise Denied("this token does not count, or no more; /msg NickServ TOKEN ADD makes one")
    problem = unusable(engine, account)
    if problem is not None:
        audit.write(engine, audit.LOGIN_FAILED, session, account.name, problem.reason)
        raise problem
    return account.name


def oauth_bearer(engine: Engine, session: Session) -> Exchange:
    """RFC 7628 3.1: a GS2 header (with the name, or without) and key=value pairs, each behind ^A; `auth` has the
    token."""
    head, *pairs = _text((yield b"")).split("\x01")
    name = _OAUTH_HEADER.fullmatch(head)
    values = dict(pair.partition("=")[::2] for pair in pairs if pair)
    scheme, _, token = values.get("auth", "").partition(" ")
    if name is None or scheme.lower() != "bearer":
        raise Denied("OAUTHBEARER has n,a=<account>, and auth=Bearer <token>")
    return by_token(engine, session, token.strip(), name[1] or "")


def ircv3_bearer(engine: Engine, session: Session) -> Exchange:
    """[authzid] NUL type NUL token; the type is of no matter."""
    try:
        name, _, token = _text((yield b"")).split("\0")
    except ValueError:
        raise Denied("IRCV3BEARER has a name, a type and a token, with a NUL between them") from None
    return by_token(engine, session, token, name)


def external(engine: Engine, session: Session) -> Exchange:
    """RFC 4422 appendix A: the name that somebody wants to have, or none. The whole certificate counts, by its SHA-256;
    what it says of itself does not."""
    wanted = (yield b"").decode(errors="replace")
    account = _proven(engine, session)
    if account is None or (wanted and find(engine, wanted) is not account):
        audit.write(engine, audit.LOGIN_FAILED, session, "", "no account for what was shown")
        raise Denied("no account knows your certificate; log in with a password and add it")
    problem = unusable(engine, account)
    if problem is not None:
        raise problem
    return account.name


def _proven(engine: Engine, session: Session) -> Account | None:
    """The account of the certificate that was shown, or of the local user whom the kernel vouches for."""
    accounts, local = engine.state.accounts, session.peer.local
    account = accounts.of_certificate(session.certificate)
    if account is None and local is not None and local.account:
        account = accounts.find(local.account)
    return account


def scram(engine: Engine, session: Session) -> Exchange:
    """RFC 5802 without channel binding: the password is proved and not said."""
    from scramp import ScramException, ScramMechanism

    tried: list[tuple[Attempt, Account | None, Credentials]] = []

    def known(name: str) -> tuple[bytes, bytes, bytes, int]:
        attempt, account, credentials = Attempt(engine, session, name), find(engine, name), unknown(engine, name)
        if account is not None and account.credentials.salt:
            credentials = account.credentials
        tried.append((attempt, account, credentials))
        return credentials.salt, credentials.stored_key, credentials.server_key, credentials.iterations

    server = ScramMechanism("SCRAM-SHA-256").make_server(known, s_nonce=_nonce(engine))
    try:
        server.set_client_first(_text((yield b"")))
        response = yield server.get_server_first().encode()
        server.set_client_final(_text(response))
    except ScramException as error:
        if isinstance(error.__cause__, Denied):
            raise error.__cause__ from None
        for attempt, *_ in tried:
            attempt.failed("wrong name or password")
        raise Denied from None
    attempt, account, credentials = tried[0]
    account = find(engine, account.name) if account else None
    if account is None or not _is_same(account.credentials, credentials):
        attempt.failed("wrong name or password")
        raise Denied
    # The proof of the server comes before the end, and is answered by an empty response (RFC 5802 section 5).
    yield server.get_server_final().encode()
    return attempt.succeeded(account)


def _is_same(one: Credentials, other: Credentials) -> bool:
    return hmac.compare_digest(one.stored_key, other.stored_key)


def _text(response: bytes) -> str:
    try:
        return response.decode()
    except UnicodeDecodeError:
        raise Denied("what came is not UTF-8") from None


def _nonce(engine: Engine) -> str:
    """What no exchange had before, and nobody can know beforehand."""
    return keyed(engine, b"nonce", engine.next_id()).hex()


def unknown(engine: Engine, name: str) -> Credentials:
    """What a name that no account has is answered with: the same for one name each time, and no proof fits it."""
    digest = keyed(engine, b"unknown", fold(name).encode())
    return Credentials("", digest[:SALT_BYTES], SCRAM_ITERATIONS, digest[SALT_BYTES:] * 2, digest)


MECHANISMS.update({"SCRAM-SHA-256": scram, "PLAIN": plain, "EXTERNAL": external})
MECHANISMS.update({"OAUTHBEARER": oauth_bearer, "IRCV3BEARER": ircv3_bearer})

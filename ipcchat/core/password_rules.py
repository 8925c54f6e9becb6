"""Passwords of accounts: which are good enough, and how they are compared with what an account has.

Rules:
1. A password is one sequence of bytes however it was typed: Unicode form C.
2. It is looked at by its length, whether others would guess it first, and nothing else: no rules of composition.
3. An account that is not there, or has no password, costs as much as one that has: UNKNOWN_HASH is compared instead.
"""

from __future__ import annotations

import unicodedata

from ipcchat.core.errors import Failure
from ipcchat.core.limits import Limits
from ipcchat.wire import numerics

UNKNOWN_HASH = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUhIQ$MS8q5VxyRzJkZ0oM8CqS7eCS9XkKqY1ZC0S0mPqPq2Y"
"""A hash of no password anybody knows, with the cost of those that the server makes (server/passwords.py)."""

# What people and guessers try first, of at least eight characters, folded (SecLists and the like agree on these).
_COMMON = """
00000000 11111111 11223344 12121212 12341234 12345678 123456789 1234567890 123123123 123456789a 123qweasd 1q2w3e4r
1q2w3e4r5t 1qaz2wsx 1qazxsw2 22222222 55555555 66666666 77777777 87654321 88888888 99999999 987654321 abc12345
abcd1234 abcdefgh access14 admin123 administrator alexander asdfasdf asdfghjk asdfghjkl babygirl baseball basketball
blink182 butterfly changeme charlie1 chocolate computer corvette danielle dragon12 elephant football football1
fuckyou1 garfield hello123 iloveyou iloveyou1 internet jennifer jonathan letmein1 liverpool marlboro maverick
mercedes michelle michael1 midnight monkey12 mustang1 p@ssw0rd p@ssword pa55word pass1234 passw0rd password
password1 password12 password123 password! passwort pokemon1 princess princess1 q1w2e3r4 qazwsxedc qwer1234 qwerty12
qwerty123 qwertyui qwertyuiop qwertz123 samantha scorpion secret12 snowball spiderman starwars steelers sunshine
sunshine1 superman superman1 swordfish test1234 testtest trustno1 victoria welcome1 welcome123 whatever zaq12wsx
zxcvbnm1 zxcvbnm123
"""
COMMON = frozenset(_COMMON.split())


def prepared(password: str) -> str:
    """The password as it is hashed and compared."""
    return unicodedata.normalize("NFC", password)


def is_too_long(password: str, limits: Limits) -> bool:
    """Whether it is longer than any password can be, so that it is not even hashed."""
    return len(password.encode()) > limits.password_bytes_max


def require_good(password: str, account: str, limits: Limits) -> None:
    """A new password may be one. Raises Failure WEAK_PASSWORD or UNACCEPTABLE_PASSWORD, for REGISTER."""
    problem = _unacceptable(password, limits)
    if problem:
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "UNACCEPTABLE_PASSWORD", account, text=problem)
    problem = _weakness(password, account, limits)
    if problem:
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "WEAK_PASSWORD", account, text=problem)


def _unacceptable(password: str, limits: Limits) -> str:
    if is_too_long(password, limits):
        return f"A password has at most {limits.password_bytes_max} bytes; choose a shorter one"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        return "A password has no control characters; leave them out"
    return ""


def _weakness(password: str, account: str, limits: Limits) -> str:
    if len(password.encode()) < limits.password_bytes_min:
        return f"A password has at least {limits.password_bytes_min} bytes; choose a longer one"
    folded = password.casefold()
    if account.casefold() in (folded, folded[::-1]):
        return "That password is the account's name; choose one that others do not guess"
    if folded in COMMON or len(set(folded)) < 3:
        return "That password is one of those that are guessed first; choose another, such as four words"
    return ""

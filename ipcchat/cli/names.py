"""The nick of somebody who gave none.

Rules:
1. It is the login name, made to fit a nick's alphabet.
2. A program in a pipe must not fail because a person is logged in under that name: it tries the same name with a
   short random ending.
"""

from __future__ import annotations

import getpass
import re
import secrets

NICK_CHARACTERS_MAX = 24
ALTERNATIVES = 5


def login_nick() -> str:
    """The login name as a nick."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = ""
    nick = re.sub(r"[^A-Za-z0-9_-]", "", name).lstrip("0123456789-")
    return nick[:NICK_CHARACTERS_MAX] or "guest"


def alternatives(nick: str) -> tuple[str, ...]:
    """Names to try when the login name is taken or not allowed."""
    return tuple(f"{nick[:NICK_CHARACTERS_MAX]}-{secrets.token_hex(2)}" for _ in range(ALTERNATIVES))

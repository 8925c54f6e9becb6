"""ISUPPORT: the tokens of 005, by which a server tells what it does.

Rules:
1. At most 13 tokens a line, and no line near the limit of 512 bytes.
2. An empty value is the same as none.
3. "-TOKEN" takes a token back.

Specification: Modern IRC "RPL_ISUPPORT Parameters" (https://modern.ircdocs.horse/#rplisupport-parameters).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping

from ipcchat.wire.message import WireError

TOKENS_PER_LINE_MAX = 13
_NAME = re.compile(r"[A-Za-z0-9./_-]{1,64}")
_ESCAPED = str.maketrans({" ": "\\x20", "=": "\\x3D", "\\": "\\x5C"})
_ESCAPE = re.compile(r"\\x(20|3D|5C)", re.IGNORECASE)


def format_isupport(tokens: Mapping[str, str | None], bytes_max: int = 370) -> list[list[str]]:
    """The tokens of each 005 line, in order: at most 13 and `bytes_max` bytes with the spaces between. None takes a
    token back.

    The sender adds the nick before and the text behind; a single token over `bytes_max` gets a line of its own.
    Raises WireError (BAD_TOKEN) for a name that begins with "-" or has others than letters, digits and "./_-".
    """
    lines: list[list[str]] = []
    room = 0
    for name, value in tokens.items():
        token = format_token(name, value)
        size = len(token.encode()) + 1
        if not lines or len(lines[-1]) == TOKENS_PER_LINE_MAX or size > room:
            lines.append([])
            room = bytes_max + 1
        lines[-1].append(token)
        room -= size
    return lines


def format_token(name: str, value: str | None = "") -> str:
    """Write one token: NAME, NAME=value, or -NAME for None. Raises WireError (BAD_TOKEN), see `format_isupport`."""
    if name[:1] == "-" or not _NAME.fullmatch(name):
        raise WireError("BAD_TOKEN", f"A token's name is letters, digits and './_-', not {name!r}")
    if value is None:
        return f"-{name}"
    return f"{name}={value.translate(_ESCAPED)}" if value else name


def parse_token(token: str) -> tuple[str, str | None]:
    """Read one token to its name and value: "" for none, None when the token is taken back.

    Escapes other than those of space, "=" and backslash are left as they are.
    """
    if token[:1] == "-":
        return token[1:], None
    name, _, value = token.partition("=")
    return name, _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)


def merge_isupport(known: MutableMapping[str, str], tokens: Iterable[str]) -> None:
    """Bring `known` up to date with the tokens of one 005 line (its parameters without the first and the last)."""
    for token in tokens:
        name, value = parse_token(token)
        if value is None:
            known.pop(name, None)
        elif name:
            known[name] = value

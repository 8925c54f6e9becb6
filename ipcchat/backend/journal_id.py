"""The name of one journal, the first half of every msgid.

A client tells by it whether a place that it remembers is in this journal or in one that was here before.
"""

from __future__ import annotations

import base64
import secrets


def new_journal_id() -> str:
    """Eight random letters of the base32 alphabet in lower case (40 bits)."""
    return base64.b32encode(secrets.token_bytes(5)).decode("ascii").lower()

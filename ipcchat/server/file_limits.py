"""How much people may upload, as the settings say it."""

from __future__ import annotations

import msgspec


class FileLimits(msgspec.Struct, frozen=True):
    """`enabled`: there are files at all. The most bytes of one file, of all files of an account, of all files of a
    connection without one (0: who has no account uploads nothing), and of everything; after how many days a file is
    gone (0: with the messages that carry it); and how many files somebody may upload in a minute."""

    enabled: bool = True
    file_bytes_max: int = 25_000_000
    account_bytes_max: int = 1_000_000_000
    guest_bytes_max: int = 10_000_000
    total_bytes_max: int = 10_000_000_000
    keep_days: int = 0
    uploads_per_minute: int = 20


def in_words(count: int) -> str:
    """So many bytes, for people: 25 MB."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count} bytes"

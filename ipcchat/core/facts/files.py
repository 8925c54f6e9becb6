"""Facts about files that people upload. What is in a file is kept beside the journal, by its digest."""

from __future__ import annotations

from ipcchat.core.facts.base import Fact


class FileUploaded(Fact, frozen=True, tag=57):
    """A file came: its id (files.py), the SHA-256 of its content (hexadecimal), what it is called, its media type as
    its uploader said it, and its size. It belongs to an account, or to who has none, by his uid; `nick` is what he was
    called. It is gone at `until` (Unix ms; 0: when nothing carries it any more)."""

    file: str = ""
    digest: str = ""
    name: str = ""
    media_type: str = ""
    bytes: int = 0
    account: str = ""
    uid: str = ""
    nick: str = ""
    until: int = 0


class FileDropped(Fact, frozen=True, tag=58):
    """A file is gone: somebody dropped it, or its time is over (`due`). With `places` only these carry it no more,
    because they are not kept; it goes with the last of them."""

    file: str = ""
    due: bool = False
    places: tuple[int, ...] = ()

"""An upload as a fact: what core adds to what came by HTTP."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core.facts import FileUploaded
from ipcchat.core.holders import Holder
from ipcchat.core.keyed import keyed

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

ID_BYTES = 16


class Upload(msgspec.Struct, frozen=True):
    """What came: the SHA-256 of the content (hexadecimal) and its size, which the server found out itself; what it is
    called and its media type, as its uploader says; and until when it is kept (Unix ms; 0: no such time)."""

    digest: str
    bytes: int
    name: str
    media_type: str
    until: int = 0


def fact_of(engine: Engine, holder: Holder, upload: Upload) -> FileUploaded:
    """The fact that this came from him, with an id that nobody had before and nobody can guess."""
    now, user = engine.now.wall, holder.user
    unique = engine.next_id()
    made = keyed(engine, b"file", unique + now.to_bytes(8, "big"))[:ID_BYTES]
    return FileUploaded(
        unique,
        now,
        user.uid if user is not None else engine.incarnation,
        file=base64.urlsafe_b64encode(made).decode().rstrip("="),
        digest=upload.digest,
        name=upload.name,
        media_type=upload.media_type,
        bytes=upload.bytes,
        account=holder.account,
        uid=user.uid if user is not None else "",
        nick=user.nick if user is not None else "",
        until=upload.until,
    )

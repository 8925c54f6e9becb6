"""What files are called, and as what they are shown: from what an uploader says to what a browser is told.

Rules:
1. A name is for people. It has no folder, no control character, nothing that turns the direction of a text, and
   NAME_CHARACTERS_MAX at most; its ending stays. It never becomes a path.
2. A browser shows what is in SHOWN, and nothing else: all other files are saved, as bytes. So are those that it could
   run, SVG and HTML first. What a file contains is never looked at: it is what its uploader said, or bytes.

Specification: RFC 6266 (Content-Disposition), RFC 8187 (filename*), RFC 9110 8.3 (Content-Type).
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote

NAME_CHARACTERS_MAX = 100
ENDING_CHARACTERS_MAX = 12
PATH_CHARACTERS_MAX = 90
"""Of a name in an address: so that one stands in a line, with words around it."""

NAMELESS = "file"
BYTES = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"

SHOWN = frozenset(
    {
        *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"),
        *("video/mp4", "video/webm", "video/ogg", "video/mpeg"),
        *("audio/mp4", "audio/webm", "audio/ogg", "audio/mpeg"),
        "text/plain",
    }
)
SAVED = frozenset({"application/pdf"})
"""What keeps its type, and is saved all the same."""

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}", re.ASCII)
_QUOTED = re.compile(r'(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)
_EXTENDED = re.compile(r"(?:^|;)\s*filename\*\s*=\s*utf-8'[^']*'([^\s;\"]+)", re.IGNORECASE)
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


def media_type_of(written: str) -> str:
    """The media type of a Content-Type, without its parameters; that of bytes for none."""
    found = written.partition(";")[0].strip().lower()
    return found if _TYPE.fullmatch(found) else BYTES


def name_of(disposition: str) -> str:
    """What a Content-Disposition calls the file; see rule 1. Its field came as bytes that were read as Latin-1."""
    extended = _EXTENDED.search(disposition)
    if extended is not None:
        return fit(unquote(extended[1], errors="replace"))
    quoted = _QUOTED.search(disposition)
    if quoted is None:
        return NAMELESS
    return fit(_decoded(re.sub(r"\\(.)", r"\1", quoted[1]) if quoted[1] is not None else quoted[2]))


def _decoded(text: str) -> str:
    """UTF-8, which nearly all programs send."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def fit(name: str) -> str:
    """A name by rule 1."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(
        character for character in last if unicodedata.category(character)[0] not in "CZ" or character == " "
    )
    bare = shown.strip(" .")
    if len(bare) > NAME_CHARACTERS_MAX:
        stem, dot, ending = bare.rpartition(".")
        kept = f".{ending}" if dot and len(ending) <= ENDING_CHARACTERS_MAX else ""
        bare = (stem if kept else bare)[: NAME_CHARACTERS_MAX - len(kept)] + kept
    return bare or NAMELESS


def in_path(name: str) -> str:
    """A name as the last part of an address; it is for people, and names nothing."""
    whole = quote(name, safe="")
    if len(whole) <= PATH_CHARACTERS_MAX:
        return whole
    stem, _, ending = _UNFIT.sub("_", name).rpartition(".")
    return f"{stem[: PATH_CHARACTERS_MAX - len(ending) - 1]}.{ending}"[-PATH_CHARACTERS_MAX:]


def shown_as(media_type: str, name: str) -> dict[str, str]:
    """Content-Type and Content-Disposition of a file; see rule 2."""
    is_known = media_type in SHOWN or media_type in SAVED
    told = TEXT if media_type == "text/plain" else media_type if is_known else BYTES
    how = "inline" if media_type in SHOWN else "attachment"
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    disposition = f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"content-type": told, "content-disposition": disposition}

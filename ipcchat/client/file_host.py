"""Where files are uploaded, by ISUPPORT, and what is said there by HTTP: pure.

Rules:
1. A file goes to the URL that the server named in ISUPPORT and nowhere else: a redirect is not followed.
2. A server that is reached by TLS does not get files by http://, and credentials go only where nobody reads along.
3. Nothing of a file's name can end a header field; a receiver that knows RFC 8187 gets it as it is.
4. What a server answers is text for people: its words are one line, its URL has nothing in it that a URL has not.

Specifications: soju.im/FILEHOST (soju, doc/ext/filehost.md), draft/FILEHOST, RFC 9110,
RFC 6266 and RFC 8187 (names of files), RFC 6750 (Bearer), RFC 7617 (Basic).
"""

from __future__ import annotations

import base64
import io
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ipcchat.client.errors import UploadFailed
from ipcchat.client.protection import Protection
from ipcchat.client.text import printable
from ipcchat.client.urls import Address

TOKENS = ("soju.im/FILEHOST", "draft/FILEHOST")
SCHEMES = {"http": ("irc", 80), "https": ("ircs", 443)}
ANY_TYPE = "application/octet-stream"
NAME_BYTES_MAX = 255
URL_CHARACTERS_MAX = 2_000
ANSWER_BYTES_MAX = 65_536
REASON_CHARACTERS_MAX = 300
CREATED, NOT_AUTHENTICATED = 201, 401
REASONS = {
    401: "the server does not know who you are; log in to your account",
    403: "you may not upload files here",
    404: "there is nothing at the place for files that the server named",
    411: "the server wants to know how long the file is",
    413: "the file is larger than the server takes",
    415: "the server takes no files of this kind",
    429: "too many files in a short time; try again in a minute",
    503: "the server takes no files just now; try again later",
    507: "there is no room for the file; delete older ones",
}
"""What to say where the server says nothing."""
NO_ANSWER = "what answered at the place for files does not speak HTTP, or hung up"

_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:; ?charset=[A-Za-z0-9-]+)?")
_SPECIAL = re.compile(r'[^\x20-\x7e]|["\\%]')
# What RFC 8187 allows without a percent sign.
_ATTRIBUTE = "!#$&+-.^_`|~"
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileHost:
    """The place for files. `address` is where to connect to (ircs: by TLS), `authority` and `target` are what an HTTP
    request says of it."""

    url: str
    address: Address
    authority: str
    target: str


def file_host(support: Mapping[str, str], protection: Protection) -> FileHost:
    """The place that these tokens name, for a chat that is so protected. Raises UploadFailed where there is none that
    may be used."""
    url = next((support[token] for token in TOKENS if support.get(token)), "")
    if not url:
        raise UploadFailed("this server takes no files")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        parts, port, host = urlsplit(""), None, ""
    if parts.scheme not in SCHEMES or not host or not _URL.fullmatch(url) or parts.username is not None:
        raise UploadFailed(f"this server takes files at {printable(url)!r}, which is no place that can be used")
    if parts.scheme == "http" and protection.secure:
        raise UploadFailed("this server takes files by http only, where others can read along; it needs https")
    scheme, default = SCHEMES[parts.scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return FileHost(url, Address(host, port or default, scheme=scheme), parts.netloc, target)


def bearer(token: str) -> str:
    """Who shows a token (RFC 6750)."""
    return f"Bearer {token}"


def basic(account: str, password: str) -> str:
    """Who has an account and its password (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{account}:{password}'.encode()).decode()}"


def type_of(name: str) -> str:
    """What kind of file it is, by its name; a server does not look into it either."""
    found, encoding = mimetypes.guess_type(name, strict=True)
    return found if found is not None and encoding is None else ANY_TYPE


def checked_type(kind: str) -> str:
    """A media type. Raises UploadFailed for what is none."""
    if not _TYPE.fullmatch(kind):
        raise UploadFailed(f"{printable(kind)!r} is no media type; write image/png or the like")
    return kind


def checked_name(name: str) -> str:
    """A file's own name, without folders and what no name may have in it; "file" where nothing is left."""
    last = re.split(r"[/\\]", name)[-1].encode("utf-8", "replace").decode()
    bare = "".join(character for character in last if character.isprintable()).strip(". ")
    stem, dot, ending = bare.rpartition(".")
    room = NAME_BYTES_MAX - len(f"{dot}{ending}".encode())
    if len(bare.encode()) <= NAME_BYTES_MAX:
        return bare or "file"
    return f"{_shortened(stem, room)}{dot}{ending}" if stem and room > 0 else _shortened(bare, NAME_BYTES_MAX)


def _shortened(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def disposition(name: str) -> str:
    """A file's name as a field of HTTP says it: readable for all, and as it is for who knows RFC 8187."""
    plain = _SPECIAL.sub("_", name)
    exact = f"; filename*=UTF-8''{quote(name, safe=_ATTRIBUTE)}" if plain != name else ""
    return f'attachment; filename="{plain}"{exact}'


def request_head(host: FileHost, name: str, kind: str, size: int, authorization: str) -> bytes:
    """What stands before the file."""
    fields = {
        "Host": host.authority,
        "Content-Type": kind,
        "Content-Disposition": disposition(name),
        "Content-Length": str(size),
        "Accept": "application/json, text/plain",
        "User-Agent": "ipc-chat",
        "Connection": "close",
    }
    if authorization:
        fields["Authorization"] = authorization
    lines = [f"POST {host.target} HTTP/1.1", *(f"{field}: {value}" for field, value in fields.items())]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `text` is for people."""

    status: int
    location: str
    text: str


class _Received:
    """Bytes as http.client wants to read them."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, mode: str) -> io.BytesIO:
        """A file of them."""
        return io.BytesIO(self._received)


def answer_in(received: bytes, *, ended: bool) -> Answer | None:
    """The answer in what came so far; None while something is missing of it. Raises UploadFailed for what is none."""
    if b"\r\n\r\n" not in received:
        if ended:
            raise UploadFailed(NO_ANSWER)
        return None
    source: Any = _Received(received)
    response = HTTPResponse(source, method="POST")
    try:
        response.begin()
        if response.length is None and not response.chunked and not ended:
            return None
        body = response.read(ANSWER_BYTES_MAX)
        missing = bool(response.length)
    except (HTTPException, ValueError):
        if not ended:
            return None
        raise UploadFailed(NO_ANSWER) from None
    if missing and not ended:
        return None
    is_text = (response.headers.get("Content-Type") or "").lower().startswith("text/plain")
    said = body.decode("utf-8", "replace") if is_text else ""
    return Answer(response.status, response.headers.get("Location") or "", said)


def place_of(answer: Answer, host: FileHost) -> str:
    """The URL of the file that was uploaded. Raises UploadFailed where the server said no, or nothing useful."""
    if answer.status != CREATED:
        raise UploadFailed(reason_in(answer), answer.status)
    url = urljoin(host.url, answer.location) if answer.location else ""
    if not _URL.fullmatch(url) or len(url) > URL_CHARACTERS_MAX:
        raise UploadFailed("the server took the file and did not say where it is", answer.status)
    return url


def reason_in(answer: Answer) -> str:
    """Why a file was not taken, in one line."""
    said = " ".join(printable(" ".join(answer.text.split())).split())
    if said:
        return said[:REASON_CHARACTERS_MAX]
    if 300 <= answer.status < 400:
        return "the server sends us to another place, and files go only where the chat said"
    return REASONS.get(answer.status, f"the server did not take the file (HTTP {answer.status})")

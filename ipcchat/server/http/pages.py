"""The files of the web client, all in memory: what is not in this map does not exist.

Rules:
1. No path of a request ever meets the file system.
2. A browser asks again each time whether a document is still the same (ETag), so that an update is there at the next
   load, and is never mixed with what was there before: documents name scripts and styles below a folder that is named
   by their content, and those are kept. By their plain paths they are asked for again, too.
3. What shrinks is kept compressed, too. Comments and indentation are not sent.
4. A document names every module, so that a browser has not to find them one after the other: those of the first screen
   are loaded at once, the others when its script says so (js/main.js).
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ipcchat.server.http.shorter import NotUnderstood, shorter_script, shorter_styles

FOLDER = Path(__file__).resolve().parents[2] / "web"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""A file of another kind is not served."""
SHORTER = {".js": shorter_script, ".css": shorter_styles}
"""Scripts and styles, and how they are shortened."""

DOCUMENTS = {"/index.html": "/", "/admin.html": "/admin"}
"""The pages that people open, and under which path they are known."""
_IMPORT = re.compile(r'^(?:import|export|\})[^";]*"(\.[^"]+)";$', re.MULTILINE)
_IMPORT_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
_SCRIPT = re.compile(r'<script type="module" src="([^"]+)">')
_NAMED = re.compile(r'\b(href|src)="([^"]+\.(?:js|css))"')
_VERSION_LENGTH = 12


class Page(msgspec.Struct, frozen=True):
    """A file as it is sent: as it is, and by gzip. `etag` is a weak one, because it names both (RFC 9110 8.8.1).
    What is `lasting` never changes under its path."""

    media_type: str
    body: bytes
    compressed: bytes
    etag: str
    lasting: bool = False


def load(folder: Path = FOLDER) -> dict[str, Page]:
    """The files by their paths, the documents by both of theirs. Raises OSError."""
    files = {f"/{file.relative_to(folder).as_posix()}": file for file in sorted(folder.rglob("*")) if file.is_file()}
    pages = {path: _page(path, _sent(path, file.read_bytes())) for path, file in files.items() if file.suffix in TYPES}
    documents = DOCUMENTS.keys() & pages.keys()
    if not documents:
        return pages
    version, lasting = _lasting(pages)
    for path in documents:
        document = _NAMED.sub(rf'\1="{version}/\2"', _with_links(pages, path))
        pages[path] = pages[DOCUMENTS[path]] = _page(path, document.encode())
    return pages | lasting


def _lasting(pages: dict[str, Page]) -> tuple[str, dict[str, Page]]:
    """A folder named by all scripts and styles together, and these in it."""
    found = {path: page for path, page in pages.items() if Path(path).suffix in SHORTER}
    whole = hashlib.sha256(repr([(path, page.etag) for path, page in found.items()]).encode())
    version = whole.hexdigest()[:_VERSION_LENGTH]
    return version, {f"/{version}{path}": msgspec.structs.replace(page, lasting=True) for path, page in found.items()}


def _sent(path: str, body: bytes) -> bytes:
    """What is sent of a file: all that a browser needs, and the whole of what is not understood."""
    shorter = SHORTER.get(Path(path).suffix)
    if shorter is None:
        return body
    try:
        return shorter(body.decode()).encode()
    except (NotUnderstood, UnicodeDecodeError):
        return body


def _page(path: str, body: bytes) -> Page:
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Page(TYPES[Path(path).suffix], body, gzip.compress(body, 9, mtime=0), etag)


def _with_links(pages: dict[str, Page], path: str) -> str:
    """A document, which names all modules that its script needs, now (`modulepreload`) and later (`later`)."""
    document = pages[path].body.decode()
    script = _SCRIPT.search(document)
    if script is None:
        return document
    now = _needed(pages, [f"/{script[1]}"])
    later: list[str] = []
    waiting = _imported(pages, now, _IMPORT_LATER)
    while waiting:
        found = [path for path in _needed(pages, waiting) if path not in now and path not in later]
        later += found
        waiting = _imported(pages, found, _IMPORT_LATER)
    links = "".join(
        f'<link rel="{how}" href="{path[1:]}">\n'
        for how, paths in (("modulepreload", now), ("later", later))
        for path in paths
    )
    return document.replace("</head>", f"{links}</head>")


def _needed(pages: dict[str, Page], first: Iterable[str]) -> list[str]:
    """These modules, those that they import, and those that these import."""
    found: dict[str, None] = {}
    waiting = list(first)
    while waiting:
        path = waiting.pop(0)
        if path in found or path not in pages:
            continue
        found[path] = None
        waiting += _imported(pages, [path], _IMPORT)
    return list(found)


def _imported(pages: dict[str, Page], paths: Iterable[str], how: re.Pattern[str]) -> list[str]:
    """What these modules import in this way."""
    return [_resolved(path, found[1]) for path in paths for found in how.finditer(pages[path].body.decode())]


def _resolved(path: str, wanted: str) -> str:
    """A relative import of a module, as a path."""
    parts = path.split("/")[:-1]
    for part in wanted.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)

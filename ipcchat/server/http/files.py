"""Files by HTTP: what people upload, and read (docs/files.md).

    OPTIONS /files               what can be done here
    POST    /files               a file: 201, and its address in Location
    GET     /files/<id>/<name>   the file, for who may read it; the name is for people

Rules:
1. Who uploads says who he is (Authorization); so does who reads what not everybody may read. What somebody may not read
   is answered as what is not there.
2. A browser shows pictures, sound, films and plain text; all else it saves (file_names.py). What it shows can do
   nothing: it is alone in its own box (POLICY).
3. A page of another place cannot upload with what a browser knows by heart.
4. A file never changes under its address, so who got it may keep it for an hour, and nobody else: it may be taken back.

Specification: soju.im/FILEHOST (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/filehost.md), RFC 9110.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ipcchat.core.files import File
from ipcchat.core.holders import STRANGER, Holder
from ipcchat.server import logs
from ipcchat.server.coming_upload import ComingUpload, Refused
from ipcchat.server.file_names import in_path, media_type_of, name_of, shown_as
from ipcchat.server.filehost import Filehost
from ipcchat.server.http import fields
from ipcchat.server.http.application import ENDING
from ipcchat.server.http.credentials import Doors, holder_of

PATH = "/files"
POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'"
KEPT = "private, max-age=3600"
METHODS = {"allow": "OPTIONS, POST", "accept-post": "*/*"}

UPLOAD_SECONDS_MAX = 1_800
"""So that slow ones do not take the places of all others: 25 MB by a line of 14 kB a second."""

NOBODY = "Say who you are: Authorization with a token (Bearer), or with account and password (Basic)"
NOT_READ = "The server cannot read this file now: tell its administrator\n"
NOT_HERE = "There is no such file here, or it is not for you\n"
OFF = "Nobody uploads files here"
ELSEWHERE = "A page of another place may not upload files here"
TOO_SLOW = "The file did not come in time"

_BEARER = 'Bearer realm="IPC Chat"'
_BASIC = 'Basic realm="IPC Chat", charset="UTF-8"'
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?", re.ASCII)
_DIGITS = re.compile("[0-9]{1,20}", re.ASCII)


def routes(doors: Doors, filehost: Filehost) -> list[Route]:
    """Uploading and reading."""

    async def options(request: Request) -> Response:
        return Response(
            status_code=204, headers=METHODS | {"upload-limit": f"max-size={filehost.limits.file_bytes_max}"}
        )

    async def post(request: Request) -> Response:
        try:
            _require_own_page(request)
            holder = await _holder(doors, request)
            if holder == STRANGER:
                raise HTTPException(401, NOBODY, _challenge(request))
            if not filehost.limits.enabled:
                raise Refused(403, "forbidden", OFF)
            file = await _uploaded(filehost, holder, request)
        except Refused as refused:
            return _refusal(filehost, refused)
        except HTTPException as error:
            return PlainTextResponse(f"{error.detail}\n", error.status_code, {**(error.headers or {}), **ENDING})
        except ClientDisconnect:
            filehost.count_refusal("broken")
            return Response(status_code=400)
        return _created(filehost, file, request)

    async def get(request: Request) -> Response:
        holder = await _holder(doors, request)
        file = filehost.find(request.path_params["id"], holder) if filehost.limits.enabled else None
        if file is not None:
            return await _content(filehost, file, request)
        if holder == STRANGER:
            raise HTTPException(401, NOBODY, _challenge(request))
        return PlainTextResponse(NOT_HERE, 404, {"cache-control": "no-store"})

    return [
        Route(PATH, options, methods=["OPTIONS"]),
        Route(PATH, post, methods=["POST"]),
        Route(f"{PATH}/{{id}}", get, methods=["GET"]),
        Route(f"{PATH}/{{id}}/{{name:path}}", get, methods=["GET"]),
    ]


async def _holder(doors: Doors, request: Request) -> Holder:
    """Who asks. Raises HTTPException."""
    peer = request.state.peer(request.scope["headers"])
    try:
        return await holder_of(doors, request.headers.get("authorization", ""), peer)
    except HTTPException as error:
        if error.status_code == 401:
            error.headers = _challenge(request)
        raise


def _challenge(request: Request) -> dict[str, str]:
    """How to say who one is. A browser asks its user for a password only where he went by himself: what a page asks for
    has a token, or shall get none."""
    by_page = request.headers.get("sec-fetch-mode", "navigate") != "navigate"
    is_bearer = request.headers.get("authorization", "").lower().startswith("bearer")
    return {"www-authenticate": _BEARER if by_page or is_bearer else _BASIC}


def _require_own_page(request: Request) -> None:
    """See rule 3. Programs other than browsers say nothing of it. Raises Refused."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Refused(403, "forbidden", ELSEWHERE)


async def _uploaded(filehost: Filehost, holder: Holder, request: Request) -> File:
    """Take the file. Raises Refused and ClientDisconnect."""
    announced = request.headers.get("content-length", "")
    peer = request.state.peer(request.scope["headers"])
    upload = await filehost.begin(holder, peer, int(announced) if _DIGITS.fullmatch(announced) else None)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS_MAX):
            await _receive(upload, request.stream())
        name = name_of(request.headers.get("content-disposition", ""))
        return await upload.finish(name, media_type_of(request.headers.get("content-type", "")))
    except TimeoutError:
        raise Refused(408, "broken", TOO_SLOW) from None
    finally:
        await upload.discard()


async def _receive(upload: ComingUpload, pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        await upload.take(piece)


def _created(filehost: Filehost, file: File, request: Request) -> Response:
    """It is there: its address."""
    path = f"{PATH}/{file.id}/{in_path(file.name)}"
    host = request.headers.get("host", "")
    base = filehost.web_url
    if not base and _HOST.fullmatch(host):
        base = f"{request.scope['scheme']}://{host}"
    told = {"url": f"{base}{path}", "id": file.id, "name": file.name, "type": file.media_type, "bytes": file.bytes}
    return JSONResponse(told, 201, {"location": f"{base}{path}", "cache-control": "no-store"})


def _refusal(filehost: Filehost, refused: Refused) -> Response:
    filehost.count_refusal(refused.reason)
    headers = {**ENDING, **({"retry-after": str(refused.seconds)} if refused.seconds else {})}
    return PlainTextResponse(f"{refused}\n", refused.status, headers)


async def _content(filehost: Filehost, file: File, request: Request) -> Response:
    """What is in the file, or that it is still the same."""
    path = filehost.store.path(file.digest)
    try:
        found = await asyncio.to_thread(path.stat)
    except OSError as error:
        logs.event(logging.ERROR, "a file cannot be read", digest=file.digest, reason=error.strerror)
        return PlainTextResponse(NOT_READ, 503, {"cache-control": "no-store"})
    told = {
        **shown_as(file.media_type, file.name),
        "cache-control": KEPT,
        "content-security-policy": POLICY,
        "etag": f'"{file.digest[:32]}"',
        "vary": "authorization",
    }
    if fields.names_tag(request.headers.get("if-none-match", ""), told["etag"]):
        return Response(status_code=304, headers=told)
    return FileResponse(path, headers=told, media_type=told["content-type"], stat_result=found)

"""Hooks over HTTP: programs write into a channel by POST /hooks/<token> (docs/webhooks.md).

    200 ok         it is said, and on disk; or there was nothing in it that anybody wants to read
    400, 413, 415  the body is none of those that are understood (hook_bodies)
    401            it should be signed and is not, or wrongly
    403            a filter of the network does not let it through
    404            there is no such hook
    429, 503       too much: try again after Retry-After

Rules:
1. The token in the path is all that counts; nothing else in a request says who asks.
2. Who has no token learns nothing by how long he waits: tokens are looked up by their SHA-256, before the body is read.
3. A body is read whole and at most BODY_BYTES_MAX, and a signature is that of its bytes.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ipcchat.core.facts import Hook
from ipcchat.core.hooks import HookPost, Obstacle, Relaying
from ipcchat.server.hook_bodies import Unreadable, Unwanted, post_of
from ipcchat.server.hooks import HookDesk

BODY_BYTES_MAX = 1_048_576
"""GitHub's events and Alertmanager's groups have some hundred kilobytes; what is said of them fits into a message."""

KEY_FIELDS = ("idempotency-key", "x-github-delivery")
_KEY = re.compile(r"[!-~]{8,128}")
_STATUS = {
    Obstacle.UNKNOWN: 404,
    Obstacle.EMPTY: 400,
    Obstacle.TOO_FAST: 429,
    Obstacle.BUSY: 503,
    Obstacle.REFUSED: 403,
}
RESULTS = {
    200: "ok",
    400: "unreadable",
    401: "unsigned",
    403: "refused",
    404: "unknown",
    413: "too_large",
    415: "unreadable",
    429: "too_fast",
    503: "busy",
}
"""How the answers are counted."""


def routes(desk: HookDesk) -> list[Route]:
    """Where hooks are."""

    async def hear(request: Request) -> Response:
        try:
            answer = await _heard(request, desk)
        except ClientDisconnect:
            return Response(status_code=400)  # Nobody hears it.
        desk.count_post(RESULTS[answer.status_code])
        return answer

    return [Route(path, hear, methods=["POST"]) for path in ("/hooks/{token}", "/hooks/{token}/{rest:path}")]


def _answer(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    # Slack's answers have no end of line, and programs compare them.
    return PlainTextResponse(text, status, {"cache-control": "no-store"} | (headers or {}))


async def _heard(request: Request, desk: HookDesk) -> Response:
    hook = desk.hook(request.path_params["token"])
    if hook is None:
        return _answer(404, "There is no such hook; ChanServ's HOOK ADD shows the URL of one")
    body = await _body(request)
    if body is None:
        return _answer(413, f"A request may have {BODY_BYTES_MAX} bytes", {"connection": "close"})
    if problem := _signature_problem(hook, request, body):
        return _answer(401, problem)
    try:
        post = post_of(request.headers, body)
    except Unreadable as error:
        return _answer(error.status, str(error))
    except Unwanted:
        return _answer(200, "ok")
    return _told(await desk.relay(hook.digest, HookPost(post.text, post.name, _key(request))))


async def _body(request: Request) -> bytes | None:
    """What the request brings; None when that is too much."""
    told = request.headers.get("content-length", "0")
    if not told.isascii() or not told.isdigit() or int(told) > BODY_BYTES_MAX:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


def _signature_problem(hook: Hook, request: Request, body: bytes) -> str:
    """Why the signature does not count, where the hook wants one; "" when it does."""
    if not hook.secret:
        return ""
    wanted = f"sha256={hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()}"
    if hmac.compare_digest(wanted.encode(), request.headers.get("x-hub-signature-256", "").encode()):
        return ""
    return "What comes here must be signed: give the secret that HOOK ADD showed to the program (X-Hub-Signature-256)"


def _key(request: Request) -> str:
    """What makes a request that comes twice one message; "" for nothing."""
    found = (request.headers.get(name, "") for name in KEY_FIELDS)
    return next((key for key in found if _KEY.fullmatch(key)), "")


def _told(relaying: Relaying) -> Response:
    if relaying.obstacle is None:
        return _answer(200, "ok")
    wait = {"retry-after": str(relaying.wait)} if relaying.wait else {}
    return _answer(_STATUS[relaying.obstacle], relaying.problem, wait)

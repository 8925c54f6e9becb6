"""The HTTP API: send, read, search and hear, for programs that are no IRC clients (docs/http-api.md).

    POST /api/v1/messages    {"target": "#tea", "text": "…"}     201, and the message as it was stored
    GET  /api/v1/messages    ?target=#tea&before=<id or time>     a page of history
    GET  /api/v1/search      ?query=green+tea                     messages by their words
    GET  /api/v1/stream      ?channel=#tea                        what happens, as server-sent events (stream.py)

Rules:
1. A request says what an IRC client would say (speakers.py), and gets what that is answered with: the same rules and
   limits, and no others.
2. Answers are JSON; a refusal says what to do (problems.py).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ipcchat.server.http.problems import Answering, Problem, answering, invalid, refusal, require_done
from ipcchat.server.http.speakers import Speaker, Speakers
from ipcchat.server.http.stream import stream
from ipcchat.server.http.told import Told, page
from ipcchat.wire.message import Message, escape_value

BODY_BYTES_MAX = 65_536
LINE_TEXT_BYTES_MAX = 350
"""Of one line of a message: with the longest names in front of it, it fits into what others are sent."""

PAGE_MESSAGES = 50
POINTS = ("before", "after", "around")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{1,15}Z")

Handler = Callable[[Request, Speaker], Awaitable[Response]]


class Post(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be said. What has the same `key` (16 to 64 letters, digits, - and _) is said once, however often it
    comes; a `notice` is what programs do not answer."""

    target: str
    text: str
    reply_to: str = ""
    key: str = ""
    notice: bool = False


def routes(speakers: Speakers) -> list[Route]:
    """The API."""

    def served(handler: Handler) -> Answering:
        async def serve(request: Request) -> Response:
            peer = request.state.peer(request.scope["headers"])
            async with speakers.speaker(request.headers.get("authorization", ""), peer) as speaker:
                return await handler(request, speaker)

        return answering(serve)

    async def hear(request: Request) -> Response:
        return await stream(request, speakers)

    async def nothing(request: Request) -> Response:
        return refusal(404, "NOT_FOUND", "There are /api/v1/messages, /api/v1/search and /api/v1/stream")

    return [
        Route("/api/v1/messages", served(_send), methods=["POST"]),
        Route("/api/v1/messages", served(_read), methods=["GET"]),
        Route("/api/v1/search", served(_search), methods=["GET"]),
        Route("/api/v1/stream", answering(hear), methods=["GET"]),
        Route("/api/{path:path}", nothing, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
    ]


def _answer(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, {"cache-control": "no-store"})


async def enter(speaker: Speaker, target: str) -> None:
    """Be where the request is about. Raises Problem."""
    if not target or "," in target or " " in target:
        raise invalid("Say where: one target, such as #tea or a nick")
    if target.startswith("#"):
        require_done(await speaker.enter(target))


# Sending.


async def _send(request: Request, speaker: Speaker) -> Response:
    post = await _body(request)
    await enter(speaker, post.target)
    answer = require_done(await speaker.ask(*_lines(post)))
    said = page(speaker.nick, answer)
    if not said:
        raise Problem(503, "NOT_SAID", "Nothing says that it was stored; send it again with the same key")
    return _answer(said[0], 201)


async def _body(request: Request) -> Post:
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > BODY_BYTES_MAX:
            raise Problem(413, "TOO_LARGE", f"A request has at most {BODY_BYTES_MAX} bytes")
    try:
        return msgspec.json.decode(bytes(received), type=Post)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid(f'Send JSON such as {{"target": "#tea", "text": "hello"}}: {error}') from None


def _lines(post: Post) -> list[Message]:
    """The message as a client says it: one line, or a draft/multiline batch."""
    tags = {}
    if post.reply_to:
        tags["+reply"] = post.reply_to
    if post.key:
        tags["+ipc-chat/key"] = post.key
    verb = "NOTICE" if post.notice else "PRIVMSG"
    pieces = [piece for line in post.text.splitlines() or [""] for piece in _pieces(line)]
    if len(pieces) == 1:
        return [Message(verb, [post.target, pieces[0][0]], tags=tags)]
    lines = [Message("BATCH", ["+m", "draft/multiline", post.target], tags=tags)]
    for text, joined in pieces:
        place = {"batch": "m"} | ({"draft/multiline-concat": ""} if joined else {})
        lines.append(Message(verb, [post.target, text], tags=place))
    return [*lines, Message("BATCH", ["-m"])]


def _pieces(line: str) -> list[tuple[str, bool]]:
    """A line in pieces that fit, and whether each goes on the one before. Raises WireError for a lone surrogate."""
    pieces: list[tuple[str, bool]] = []
    rest = line.encode(errors="replace")
    while len(rest) > LINE_TEXT_BYTES_MAX:
        piece = rest[:LINE_TEXT_BYTES_MAX].decode(errors="ignore")
        pieces.append((piece, bool(pieces)))
        rest = rest[len(piece.encode()) :]
    return [*pieces, (rest.decode(), bool(pieces))]


# Reading.


async def _read(request: Request, speaker: Speaker) -> Response:
    asked = _asked(request, {"target", "limit", *POINTS})
    target = asked.get("target", "")
    await enter(speaker, target)
    points = [name for name in POINTS if name in asked]
    if len(points) > 1:
        raise invalid("Give one of before, after and around")
    subcommand, point = (points[0].upper(), _point(asked[points[0]])) if points else ("LATEST", "*")
    words = [subcommand, target, point, str(_limit(asked))]
    answer = require_done(await speaker.ask(Message("CHATHISTORY", words)))
    return _answer({"messages": page(speaker.nick, answer)})


async def _search(request: Request, speaker: Speaker) -> Response:
    asked = _asked(request, {"query", "limit"})
    query = asked.get("query", "").strip()
    if not query:
        raise invalid("Say what to look for: ?query=green+tea; in:#tea, from:ann, before: and after: narrow it")
    attributes = f"limit={_limit(asked)};text={escape_value(query)}"
    answer = require_done(await speaker.ask(Message("SEARCH", [attributes])))
    found: list[Told] = page(speaker.nick, answer)
    incomplete = any(line.command == "WARN" for line in answer)
    return _answer({"messages": found} | ({"incomplete": True} if incomplete else {}))


def _asked(request: Request, known: set[str]) -> dict[str, str]:
    """The parameters of the query. Raises Problem for one that is not known, or that comes twice."""
    asked: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known or name in asked:
            raise invalid(f"Each parameter once, of {', '.join(sorted(known))}")
        asked[name] = value
    return asked


def _point(written: str) -> str:
    """A place in history as CHATHISTORY takes it: a message's id, or a time."""
    return f"timestamp={written}" if _TIME.fullmatch(written) else f"msgid={written}"


def _limit(asked: dict[str, str]) -> int:
    written = asked.get("limit", str(PAGE_MESSAGES))
    if not (written.isascii() and written.isdecimal() and len(written) <= 6 and int(written)):
        raise invalid("limit is a number from 1 on")
    return int(written)

"""What is answered by HTTP: the routes.

Rules:
1. Every answer has the fields of fields.py, unless it says the same by itself, and a request no more than they allow.
2. An exception is logged once, and the answer says that it was ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ipcchat.server import logs
from ipcchat.server.http import fields
from ipcchat.server.http.pages import Page

LASTING = "public, max-age=31536000, immutable"
ENDING = {"connection": "close"}
"""Behind a request that broke a rule comes nothing that anybody could be sure of."""


def application(pages: Mapping[str, Page], others: Sequence[Route] = ()) -> ASGIApp:
    """All that is served: `others`, and for the rest `pages`, the web client's files by their paths."""

    async def page(request: Request) -> Response:
        found = pages.get(request.url.path)
        return answer_page(request, found) if found is not None else not_found(request)

    routes = Starlette(routes=[*others, Route("/{path:path}", page, methods=["GET", "HEAD"])])
    routes.router.redirect_slashes = False  # It would take the place from the Host field, which is anybody's.
    return Guarded(routes)


def not_found(request: Request) -> Response:
    """There is no such thing."""
    return PlainTextResponse("There is nothing here; the chat is at /\n", 404)


def answer_page(request: Request, page: Page) -> Response:
    """A file of the web client, or that it is still the same."""
    kept = LASTING if page.lasting else "no-cache"
    headers = {"etag": page.etag, "cache-control": kept, "vary": "accept-encoding"}
    if fields.names_tag(request.headers.get("if-none-match", ""), page.etag):
        return Response(status_code=304, headers=headers)
    body = page.body
    if fields.takes_gzip(request.headers.get("accept-encoding", "")) and len(page.compressed) < len(body):
        body, headers["content-encoding"] = page.compressed, "gzip"
    return Response(body, headers=headers, media_type=page.media_type)


class Guarded:
    """An application that keeps the rules."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                told = fields.of_an_answer(secure=scope["scheme"] == "https")
                own = message.get("headers", [])
                names = {name.lower() for name, _ in own}
                message["headers"] = [*own, *(field for field in told if field[0] not in names)]
            await send(message)

        inner: ASGIApp = self._inner
        if fields.are_too_many(scope["headers"], scope["raw_path"] + scope["query_string"]):
            inner = PlainTextResponse(fields.TOO_BIG, 431, ENDING)
        elif fields.are_ambiguous(scope["headers"]):
            inner = PlainTextResponse("A request has one length\n", 400, ENDING)
        try:
            await inner(scope, receive, guarded)
        except Exception as error:
            logs.failure("a request failed", error, method=scope["method"])
            if not begun:
                await PlainTextResponse("The server made a mistake\n", 500)(scope, receive, guarded)
            else:
                raise  # What was promised cannot be kept: uvicorn cuts the connection.

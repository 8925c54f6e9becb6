"""How the HTTP API refuses: {"error": {"code", "text"}}, with the status that fits.

A code is that of the standard reply (FAIL), the numeric, or one of our own in capitals; the text says what to do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ipcchat.wire import numerics
from ipcchat.wire.message import Message, WireError

Answering = Callable[[Request], Awaitable[Response]]

STATUS_OF_CODE = {
    numerics.ERR_NOSUCHNICK.code: 404,
    numerics.ERR_NOSUCHCHANNEL.code: 404,
    "INVALID_TARGET": 404,
    "UNKNOWN_MSGID": 404,
    "UNKNOWN_CURSOR": 410,
    "MESSAGE_ERROR": 404,
    "INTERNAL_ERROR": 500,
    "NEED_MORE_PARAMS": 400,
    "INVALID_PARAMS": 400,
    "INVALID_MSGREFTYPE": 400,
}
"""What is not in it is 403: the rules of the chat forbid it."""


class Problem(Exception):
    """A refusal, as it is answered."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


def invalid(text: str) -> Problem:
    """400: what is wrong with the request, and how it is written."""
    return Problem(400, "INVALID_REQUEST", text)


def require_done(answer: list[Message]) -> list[Message]:
    """The answer, if the server did not refuse. Raises Problem."""
    for line in answer:
        if line.command == "FAIL":
            code = line.params[1]
            raise Problem(STATUS_OF_CODE.get(code, 403), code, line.params[-1])
        if line.command.isdecimal() and line.command >= "400":
            raise Problem(STATUS_OF_CODE.get(line.command, 403), line.command, line.params[-1])
    return answer


def answering(handler: Answering) -> Answering:
    """The handler, with its refusals as JSON."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Problem as problem:
            return refusal(problem.status, problem.code, problem.text)
        except WireError as error:
            return refusal(400, error.code, str(error))
        except HTTPException as error:
            return refusal(error.status_code, "REFUSED", error.detail, dict(error.headers or {}))

    return answer


def refusal(status: int, code: str, text: str, headers: dict[str, str] | None = None) -> Response:
    """An answer that says no."""
    return JSONResponse(
        {"error": {"code": code, "text": text}}, status, {"cache-control": "no-store"} | (headers or {})
    )

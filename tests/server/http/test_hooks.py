"""Hooks over HTTP, against a whole server: what is posted is said, and everything else is answered with what to do
(docs/webhooks.md)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.types import Message, Scope

from ipcchat.backend.base import BackendError
from ipcchat.core.hooks import HOOK_POSTS
from ipcchat.core.settings import Settings
from ipcchat.server.app import Server
from ipcchat.server.http.application import application
from ipcchat.server.http.hooks import BODY_BYTES_MAX, RESULTS, routes
from ipcchat.server.inner import InnerConnection
from ipcchat.server.metrics import HOOK_POSTS as COUNTED
from ipcchat.wire import message as wire
from tests.server.conftest import until
from tests.server.http.web import Answer
from tests.server.real_house import arrive, real_house

SETTINGS = Settings(server_name="test.net", network="TestNet", web_url="https://chat.example")
JSON = {"content-type": "application/json"}


class Place:
    """A server, its founder of #build in it, and what everybody there hears."""

    def __init__(self, server: Server, founder: InnerConnection) -> None:
        self.server = server
        self.founder = founder
        assert server.web.hooks is not None
        self.app = application({}, routes(server.web.hooks))
        self.heard: list[wire.Message] = []
        founder.on_line = self.heard.append

    async def asks(self, words: str) -> list[str]:
        """What ChanServ answers."""
        lines = await self.founder.ask(wire.Message("CHANSERV", words.split()))
        return [line.params[-1] for line in lines if line.command == "NOTICE" and line.params[0] != "#build"]

    async def hook(self, name: str = "ci", more: str = "") -> str:
        """The path of a new hook."""
        told = await self.asks(f"HOOK #build ADD {name} {more}")
        return told[0].rpartition(" ")[2].removeprefix(SETTINGS.web_url)

    async def posts(
        self, path: str, body: bytes | list[bytes] = b"", fields: Mapping[str, str] = JSON, method: str = "POST"
    ) -> Answer:
        """The answer to that request; a body may come in pieces, and an empty list is cut off."""
        pieces = [body] if isinstance(body, bytes) else body
        told: list[Message] = []

        async def send(message: Message) -> None:
            told.append(message)

        async def receive() -> dict[str, Any]:
            if not pieces:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        scope: Scope = {
            "type": "http",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
            "http_version": "1.1",
        }
        await self.app(scope, receive, send)
        answered = b"".join(each["body"] for each in told[1:])
        return Answer(
            told[0]["status"], {name.decode(): value.decode() for name, value in told[0]["headers"]}, answered
        )

    @property
    def said(self) -> list[tuple[str, str]]:
        """Who said what."""
        lines = [line for line in self.heard if line.command == "PRIVMSG"]
        return [((line.source or "").partition("!")[0], line.params[-1]) for line in lines]


@pytest.fixture
async def place():
    async with real_house(SETTINGS) as server:
        founder = await arrive(server.shell, "ann", account=True)
        await founder.ask(wire.Message("JOIN", ["#build"]))
        place = Place(server, founder)
        await place.asks("REGISTER #build")
        yield place


async def test_what_is_posted_is_said_before_it_is_answered(place: Place):
    path = await place.hook()
    answer = await place.posts(path, b'{"text": "tests failed"}')
    assert (answer.status, answer.body, answer.fields["content-type"]) == (200, b"ok", "text/plain; charset=utf-8")
    assert answer.fields["cache-control"] == "no-store"
    await until(lambda: place.said == [("ci/hook", "tests failed")])
    assert (await place.posts(f"{path}/services/T0/B0", b"more", {"content-type": "text/plain"})).status == 200
    await until(lambda: place.said[1:] == [("ci/hook", "more")])
    assert place.server.shell.counts.hook_posts == {"ok": 2}


@pytest.mark.parametrize("token", ["ipc_" + "x" * 32, "x", "ipc_", "..", "%2e%2e", "ipc_" + "ä" * 32, "x" * 5_000])
async def test_who_has_no_token_gets_nothing(place: Place, token):
    answer = await place.posts(f"/hooks/{token}", b'{"text": "x"}')
    assert answer.status == 404
    assert not place.said


async def test_a_token_of_an_account_is_no_hook_and_a_hook_no_token(place: Place):
    path = await place.hook()
    lines = await place.founder.ask(wire.Message("NICKSERV", ["TOKEN", "ADD", "bot"]))
    token = next(word for line in lines for word in line.params[-1].split() if word.startswith("ipc_"))
    assert (await place.posts(f"/hooks/{token}", b'{"text": "x"}')).status == 404
    assert place.server.shell.holder(path.rpartition("/")[2]) is None


async def test_other_methods_are_not_there(place: Place):
    path = await place.hook()
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        assert (await place.posts(path, b"", method=method)).status in (404, 405)
    assert place.said == []


@pytest.mark.parametrize(
    ("body", "fields", "status"),
    [
        (b"{", JSON, 400),
        (b"{}", JSON, 400),
        (b'{"text": "\\u0001"}', JSON, 400),
        (b"x", {"content-type": "image/png"}, 415),
        (b"x", {**JSON, "content-length": str(BODY_BYTES_MAX + 1)}, 413),
        (b"x", {**JSON, "content-length": "9" * 400}, 413),
        (b"x", {**JSON, "content-length": "-1"}, 413),
        ([b"x" * 65_536] * 17, JSON, 413),
        ([], JSON, 400),
    ],
)
async def test_what_cannot_be_said_says_why(place: Place, body, fields, status):
    answer = await place.posts(await place.hook(), body, fields)
    assert answer.status == status
    assert place.said == []
    assert set(RESULTS.values()) == set(COUNTED)


async def test_what_nobody_wants_to_read_is_taken(place: Place):
    answer = await place.posts(await place.hook(), b'{"action": "created"}', {**JSON, "x-github-event": "star"})
    assert (answer.status, answer.body) == (200, b"ok")
    assert place.said == []


async def test_no_line_is_smuggled_in(place: Place):
    text = "a\r\nQUIT :b\x00\r\n:ann!a@b PRIVMSG #build :c"
    await place.posts(await place.hook("x"), json.dumps({"text": text, "username": "a\r\nb!c@d :e"}).encode())
    await until(lambda: len(place.said) == 3)
    assert place.said == [
        ("a-b-c-d-e/hook", "a"),
        ("a-b-c-d-e/hook", "QUIT :b"),
        ("a-b-c-d-e/hook", ":ann!a@b PRIVMSG #build :c"),
    ]


async def test_one_that_must_be_signed(place: Place):
    told = await place.asks("HOOK #build ADD github SIGNED")
    path = told[0].rpartition(" ")[2].removeprefix(SETTINGS.web_url)
    secret, body = told[1].rpartition(" ")[2], b'{"text": "signed"}'
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    for wrong in ({}, {"x-hub-signature-256": "sha256=00"}, {"x-hub-signature-256": signature.upper()}):
        answer = await place.posts(path, body, JSON | wrong)
        assert (answer.status, b"must be signed" in answer.body) == (401, True)
    assert (await place.posts(path, body + b" ", JSON | {"x-hub-signature-256": signature})).status == 401
    assert (await place.posts(path, body, JSON | {"x-hub-signature-256": signature})).status == 200
    await until(lambda: place.said == [("github/hook", "signed")])


async def test_a_delivery_that_comes_again_is_one_message(place: Place):
    path = await place.hook()
    for fields in (
        {"idempotency-key": "nightly-2026-03-01"},
        {"x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
    ):
        answers = [await place.posts(path, b'{"text": "once"}', JSON | fields) for _ in range(3)]
        both = await asyncio.gather(*(place.posts(path, b'{"text": "once"}', JSON | fields) for _ in range(3)))
        assert [answer.status for answer in (*answers, *both)] == [200] * 6
    await place.posts(path, b'{"text": "last"}', JSON | {"idempotency-key": "short"})
    await until(lambda: place.said[-1:] == [("ci/hook", "last")])
    assert [text for _, text in place.said] == ["once", "once", "last"]


async def test_who_posts_too_much_is_told_when_to_come_again(place: Place):
    path = await place.hook()
    answers = [await place.posts(path, b'{"text": "again"}') for _ in range(HOOK_POSTS.times + 1)]
    assert [answer.status for answer in answers] == [200] * HOOK_POSTS.times + [429]
    assert 0 < int(answers[-1].fields["retry-after"]) <= HOOK_POSTS.seconds


async def test_a_journal_that_refuses_is_no_success(place: Place):
    path = await place.hook()
    place.server.shell.outcomes = lambda batch, foreign=0: None  # type: ignore[method-assign]
    waiting = asyncio.create_task(place.posts(path, b'{"text": "x"}'))
    await until(lambda: place.server.shell._errands)
    assert not waiting.done()
    place.server.shell.lost(BackendError("the disk is gone"))
    answer = await waiting
    assert (answer.status, answer.fields["retry-after"]) == (503, "5")


async def test_after_it_was_taken_away_it_is_not_there(place: Place):
    path = await place.hook()
    await place.asks("HOOK #build DEL ci")
    assert (await place.posts(path, b'{"text": "x"}')).status == 404
    assert place.server.shell.counts.hook_posts == {"unknown": 1}

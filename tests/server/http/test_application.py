"""What is answered by HTTP: the web client, and what every answer says. HOSTILE W09."""

from __future__ import annotations

import gzip
from email.utils import parsedate_to_datetime

import pytest
from starlette.types import Receive, Scope, Send

from ipcchat.server.http.application import Guarded, application
from ipcchat.server.http.fields import FIELDS_MAX, GUARDS, HEAD_BYTES_MAX
from ipcchat.server.http.pages import Page
from tests.server.http.web import Answer, ask

LONG = Page("text/css; charset=utf-8", b"x" * 1_000, gzip.compress(b"x" * 1_000), '"long"')
SHORT = Page("text/html; charset=utf-8", b"hi", gzip.compress(b"hi"), '"short"')
LASTING = Page("text/css; charset=utf-8", b"hi", gzip.compress(b"hi"), '"lasting"', lasting=True)
PAGES = {"/": SHORT, "/style.css": LONG, "/1a2b/style.css": LASTING}


APP = application(PAGES)


def assert_guarded(answer: Answer) -> None:
    """The fields of every answer."""
    assert GUARDS.items() <= answer.fields.items()
    assert parsedate_to_datetime(answer.fields["date"])
    assert not answer.fields.keys() & {"server", "set-cookie"}
    assert not [name for name in answer.fields if name.startswith("access-control-")]


async def test_a_page():
    answer = await ask(APP, "/style.css?v=1")
    assert (answer.status, answer.body) == (200, LONG.body)
    assert answer.fields["content-type"] == "text/css; charset=utf-8"
    assert answer.fields["etag"] == '"long"'
    assert answer.fields["cache-control"] == "no-cache"
    assert "content-encoding" not in answer.fields
    assert_guarded(answer)


async def test_what_never_changes_is_not_asked_for_again():
    answer = await ask(APP, "/1a2b/style.css")
    assert answer.fields["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("accepted", ["br, gzip", "gzip", "GZIP;q=0.5, br", "gzip; q=1.0", "gzip;q=0.001", "*"])
async def test_what_shrinks_comes_compressed_to_who_can_read_it(accepted: str):
    answer = await ask(APP, "/style.css", ("accept-encoding", accepted))
    assert (answer.fields["content-encoding"], answer.fields["vary"]) == ("gzip", "accept-encoding")
    assert int(answer.fields["content-length"]) == len(LONG.compressed)
    assert gzip.decompress(answer.body) == LONG.body
    assert_guarded(answer)
    assert "content-encoding" not in (await ask(APP, "/", ("accept-encoding", "gzip"))).fields


@pytest.mark.parametrize("asked", ["br", "identity", "gzip;q=0", "br, gzip;q=0.000", "x-gzipped", ""])
async def test_who_cannot_read_it_gets_it_as_it_is(asked: str):  # RFC 9110 12.5.3
    answer = await ask(APP, "/style.css", ("accept-encoding", asked))
    assert "content-encoding" not in answer.fields
    assert answer.body == LONG.body


@pytest.mark.parametrize("said", ['"long"', 'W/"long"', '"other", "long"', "*"])
async def test_what_is_still_the_same_is_not_sent_again(said: str):  # RFC 9110 13.1.2
    answer = await ask(APP, "/style.css", ("if-none-match", said))
    assert (answer.status, answer.body) == (304, b"")
    assert answer.fields["etag"] == '"long"'
    assert_guarded(answer)


@pytest.mark.parametrize("said", ['"short"', "long", '"longer"', '"x"long"'])
async def test_what_changed_is_sent_again(said: str):
    assert (await ask(APP, "/style.css", ("if-none-match", said))).status == 200


async def test_the_head_alone():
    answer = await ask(APP, method="HEAD", path="/style.css")
    assert (answer.status, answer.fields["content-length"]) == (200, "1000")
    assert_guarded(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "BREW"])
async def test_other_methods_are_refused(method: str):
    answer = await ask(APP, method=method)
    assert answer.status == 405
    assert sorted(answer.fields["allow"].split(", ")) == ["GET", "HEAD"]
    assert_guarded(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/style.css/",
        "//style.css",
        "/./style.css",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2fstyle.css",
        "/%00",
        "/%ff",
        "/package.json",
        "/ws",
        "/STYLE.CSS",
    ],
)
async def test_what_is_not_in_the_map_is_not_there(path: str):
    answer = await ask(APP, path)
    assert answer.status == 404
    assert "location" not in answer.fields
    assert_guarded(answer)


@pytest.mark.parametrize("path", ["", "http://evil.example/", "*", "evil.example:443"])
async def test_a_target_that_is_no_path_is_nowhere_and_leads_nowhere(path: str):
    answer = await ask(APP, path)
    assert answer.status == 404
    assert "location" not in answer.fields
    assert_guarded(answer)


async def test_a_request_has_so_many_fields_at_most():
    room = FIELDS_MAX - 1  # Host is one.
    assert (await ask(APP, "/", *[("x", "y")] * room)).status == 200
    answer = await ask(APP, "/", *[("x", "y")] * (room + 1))
    assert (answer.status, answer.fields["connection"]) == (431, "close")
    assert_guarded(answer)


async def test_a_request_has_one_length():  # RFC 9112 6.3
    answer = await ask(APP, "/", ("content-length", "5"), ("transfer-encoding", "chunked"))
    assert (answer.status, answer.fields["connection"]) == (400, "close")
    assert_guarded(answer)


async def test_a_request_has_so_many_bytes_at_most():
    assert (await ask(APP, "/", ("x", "y" * (HEAD_BYTES_MAX - 100)))).status == 200
    assert (await ask(APP, "/", ("x", "y" * HEAD_BYTES_MAX))).status == 431
    assert (await ask(APP, "/?" + "y" * HEAD_BYTES_MAX)).status == 431


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_who_came_by_tls_shall_always_do(scheme: str):  # RFC 6797 7.2
    for path in ("/", "/nothing"):
        assert ("strict-transport-security" in (await ask(APP, path, scheme=scheme)).fields) == (scheme == "https")


async def test_a_mistake_of_ours_is_logged_and_said(captured: pytest.LogCaptureFixture):  # rule 2
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError("poison")

    answer = await ask(Guarded(broken))
    assert (answer.status, answer.body) == (500, b"The server made a mistake\n")
    assert_guarded(answer)
    assert captured.text.count("a request failed") == 1


async def test_an_answer_that_breaks_off_is_no_whole_one(captured: pytest.LogCaptureFixture):  # rule 2
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError("poison")

    with pytest.raises(ZeroDivisionError):
        await ask(Guarded(broken))
    assert captured.text.count("a request failed") == 1

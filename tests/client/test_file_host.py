"""The place for files: which are used, what is said there, what an answer means."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client.errors import UploadFailed
from ipcchat.client.file_host import (
    ANY_TYPE,
    NAME_BYTES_MAX,
    Answer,
    answer_in,
    basic,
    checked_name,
    checked_type,
    disposition,
    file_host,
    place_of,
    request_head,
    type_of,
)
from ipcchat.client.protection import IN_THE_CLEAR, Protection

TLS = Protection(tls="TLSv1.3")
HOST = file_host({"soju.im/FILEHOST": "https://chat.example:8443/files?a=b"}, TLS)


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://chat.example/files", "chat.example", 443, "/files"),
        ("http://chat.example", "chat.example", 80, "/"),
        ("https://[2001:db8::1]:8443/f?x=1", "2001:db8::1", 8443, "/f?x=1"),
    ],
)
def test_a_place(url: str, host: str, port: int, target: str) -> None:
    """soju.im/FILEHOST: the value is a URI."""
    found = file_host({"soju.im/FILEHOST": url}, IN_THE_CLEAR)
    assert (found.address.host, found.address.port, found.target) == (host, port, target)
    assert found.address.secure == url.startswith("https")


def test_the_draft_counts_where_soju_has_nothing() -> None:
    tokens = {"draft/FILEHOST": "https://draft.example/"}
    assert file_host(tokens, TLS).address.host == "draft.example"
    assert file_host(tokens | {"soju.im/FILEHOST": "https://soju.example/"}, TLS).address.host == "soju.example"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://chat.example/files",
        "javascript:hit()",
        "https://",
        "https:///files",
        "https://user:secret@chat.example/",
        "https://chat.example:99999/",
        "https://chat.example/a b",
        "https://chat.example/\r\nX: y",
        "https://ch\u0430t.example/",
        "https://[::1/files",
        "//chat.example/files",
    ],
)
def test_no_place(url: str) -> None:
    """Clients MUST ignore tokens with a scheme that they do not support."""
    with pytest.raises(UploadFailed) as failed:
        file_host({"soju.im/FILEHOST": url}, IN_THE_CLEAR)
    assert failed.value.status == 0 and "\r" not in str(failed.value)


def test_by_http_only_where_the_chat_is_in_the_clear_too() -> None:
    """Clients MUST refuse plain http if the connection is encrypted."""
    tokens = {"soju.im/FILEHOST": "http://chat.example/files"}
    assert file_host(tokens, IN_THE_CLEAR).url
    with pytest.raises(UploadFailed, match="https"):
        file_host(tokens, TLS)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("tea.png", "tea.png"),
        ("/home/ann/tea.png", "tea.png"),
        ("C:\\pictures\\tea.png", "tea.png"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        (" .profile ", "profile"),
        ("tea\r\nSet-Cookie: x.png", "teaSet-Cookie: x.png"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\0\x1b[31m", "[31m"),
        ("\udc80tea.png", "?tea.png"),
        ("\U0001f375 Tee für zwei.png", "\U0001f375 Tee für zwei.png"),
    ],
)
def test_names(name: str, shown: str) -> None:
    assert checked_name(name) == shown


def test_a_long_name_keeps_its_ending() -> None:
    found = checked_name("\u00fc" * 300 + ".png")
    assert len(found.encode()) <= NAME_BYTES_MAX and found.endswith("\u00fc.png")
    assert len(checked_name("a." + "\u00fc" * 300).encode()) <= NAME_BYTES_MAX


@given(st.text())
def test_any_name_is_a_header_field(name: str) -> None:
    shown = checked_name(name)
    assert shown and len(shown.encode()) <= NAME_BYTES_MAX and "/" not in shown
    assert re.fullmatch(r'attachment; filename="[ !#-\[\]-~]*"(; filename\*=UTF-8\'\'[!-~]+)?', disposition(shown))
    head = request_head(HOST, shown, ANY_TYPE, 3, basic("ann", "hush")).decode("ascii")
    assert len(head.split("\r\n")) == 11 and head.endswith("\r\n\r\n")


def test_a_name_that_is_not_ascii_stands_there_twice() -> None:
    """RFC 6266 5 and RFC 8187 3.2."""
    assert disposition("€ rates.pdf") == "attachment; filename=\"_ rates.pdf\"; filename*=UTF-8''%E2%82%AC%20rates.pdf"


def test_the_request() -> None:
    lines = request_head(HOST, "tea.png", "image/png", 42, basic("seunghye", "no")).decode().split("\r\n")
    assert lines[0] == "POST /files?a=b HTTP/1.1" and lines[-2:] == ["", ""]
    assert set(lines[1:-2]) >= {
        "Host: chat.example:8443",
        "Content-Type: image/png",
        'Content-Disposition: attachment; filename="tea.png"',
        "Content-Length: 42",
        "Authorization: Basic c2V1bmdoeWU6bm8=",
    }


def test_types_come_from_names() -> None:
    assert [type_of(name) for name in ("a.png", "a.txt", "a.unheard-of", "a", "a.tar.gz")] == [
        "image/png",
        "text/plain",
        ANY_TYPE,
        ANY_TYPE,
        ANY_TYPE,
    ]
    assert checked_type("text/plain; charset=utf-8")
    for wrong in ("", "image", "image/png\r\nX: y", "a b/c"):
        with pytest.raises(UploadFailed, match="media type"):
            checked_type(wrong)


WHOLE = b"HTTP/1.1 201 Created\r\nLocation: /files/abc/tea.png\r\nContent-Length: 2\r\n\r\n{}"


def test_an_answer_is_heard_when_it_is_complete() -> None:
    for size in range(len(WHOLE)):
        assert answer_in(WHOLE[:size], ended=False) is None
    assert answer_in(WHOLE, ended=False) == Answer(201, "/files/abc/tea.png", "")


def test_an_answer_in_pieces_and_one_that_ends_with_the_connection() -> None:
    """RFC 9112 6.3 and 7.1."""
    head = b"HTTP/1.1 413 Too Large\r\nContent-Type: text/plain\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n4\r\nmost\r\n0\r\n\r\n"
    assert answer_in(chunked, ended=False) == Answer(413, "", "most")
    assert answer_in(chunked[:-7], ended=False) is None
    bare = head + b"\r\nat most 1 MB"
    assert answer_in(bare, ended=False) is None
    assert answer_in(bare, ended=True) == Answer(413, "", "at most 1 MB")


@pytest.mark.parametrize(
    "received", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01\x00\r\n\r\n", b"\r\n\r\n"]
)
def test_what_is_no_answer(received: bytes) -> None:
    with pytest.raises(UploadFailed, match="HTTP"):
        answer_in(received, ended=True)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_an_answer_or_none(received: bytes, ended: bool) -> None:
    try:
        found = answer_in(b"HTTP/1.1 " + received, ended=ended)
    except UploadFailed:
        return
    assert found is None or (isinstance(found.status, int) and not (ended and found is None))


def test_where_the_file_is() -> None:
    """soju.im/FILEHOST: 201 and Location, which may be relative."""
    assert place_of(Answer(201, "/files/a/b.png", ""), HOST) == "https://chat.example:8443/files/a/b.png"
    assert place_of(Answer(201, "https://other.example/b", ""), HOST) == "https://other.example/b"
    for location in ("", "javascript:hit()", "https://x/\x07", "https://x/a b", "https://x/" + "a" * 3_000, "ftp://x/"):
        with pytest.raises(UploadFailed, match="where it is"):
            place_of(Answer(201, location, ""), HOST)


@pytest.mark.parametrize(
    ("status", "said", "shown"),
    [
        (413, "At most 25 MB\n", "At most 25 MB"),
        (413, "", "the file is larger than the server takes"),
        (403, "no\r\n:\x1b[31mgo away", "no :␛[31mgo away"),
        (302, "", "another place"),
        (200, "", "HTTP 200"),
        (599, "", "HTTP 599"),
        (507, "x" * 9_000, "x" * 300),
    ],
)
def test_why_not(status: int, said: str, shown: str) -> None:
    with pytest.raises(UploadFailed) as failed:
        place_of(Answer(status, "", said), HOST)
    assert shown in str(failed.value) and "\x1b" not in str(failed.value) and len(str(failed.value)) <= 300
    assert failed.value.status == status

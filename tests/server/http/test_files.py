"""Files by HTTP, with a real server, real sockets and a real disk (soju.im/FILEHOST, RFC 9110; docs/files.md)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import time
from typing import Any

import pytest

from ipcchat.core.holders import STRANGER
from ipcchat.server import coming_upload, filehost
from ipcchat.server.configuration import Configuration
from ipcchat.server.file_store import FileStore
from ipcchat.server.filehost import SHARED_SECONDS, Filehost
from ipcchat.server.settings import Loaded, load
from ipcchat.wire.message import Message
from tests.server.conftest import until
from tests.server.file_house import FileHouse, file_house, person, says
from tests.server.real_house import PASSWORD


@pytest.fixture
async def house(tmp_path):
    async with file_house(tmp_path / "data") as house:
        yield house


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


# Uploading.


async def test_a_file_is_uploaded_and_read(house):
    _, token = await person(house, "ann")
    body = os.urandom(700_000)
    answer = await house.uploads(token, body, 'Content-Disposition: attachment; filename="tea time.png"')
    assert answer.status == 201
    told = json.loads(answer.body)
    url = f"http://127.0.0.1:{house.port}/files/{told['id']}/tea%20time.png"
    assert told == {"url": url, "id": told["id"], "name": "tea time.png", "type": "image/png", "bytes": 700_000}
    assert answer.fields["location"] == url
    found = await house.reads(f"/files/{told['id']}/tea%20time.png", token)
    assert (found.status, found.body) == (200, body)
    for path in (f"/files/{told['id']}", f"/files/{told['id']}/another.html", f"/files/{told['id']}/a/../b"):
        assert (await house.reads(path, token)).body == body, "the name is for people"
    assert house.contents == [digest_of(body)]
    assert house.incoming == []
    assert house.shell.counts.uploads == 1


async def test_folders_and_files_are_for_the_server_alone(house):
    _, token = await person(house, "ann")
    await house.uploaded(token)
    found = [house.folder / "files", *(house.folder / "files").rglob("*")]
    assert {path.name: path.stat().st_mode & 0o777 for path in found} == {
        "files": 0o700,
        "incoming": 0o700,
        digest_of(b"tea")[:2]: 0o700,
        digest_of(b"tea"): 0o600,
    }


async def test_what_can_be_done_is_told(house):
    answer = await house.asks("/files", method="OPTIONS")
    assert (answer.status, answer.fields["allow"], answer.fields["accept-post"]) == (204, "OPTIONS, POST", "*/*")
    assert answer.fields["upload-limit"] == "max-size=25000000"
    for method, path in (("PUT", "/files"), ("DELETE", "/files/x"), ("POST", "/files/x")):
        assert (await house.asks(path, method=method)).status == 405
    assert (await house.asks("/files")).status == 404


async def test_in_pieces_of_unknown_number(house):
    _, token = await person(house, "ann")
    far = house.dial()
    head = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    await far.says(head.encode(), b"3\r\nte", b"a\r\n", b"5\r\n time\r\n0\r\n\r\n")
    answer = await far.hears_answer()
    assert json.loads(answer.body)["bytes"] == 8
    assert house.contents == [digest_of(b"tea time")]
    far.sock.close()


async def test_an_empty_file_is_one(house):
    _, token = await person(house, "ann")
    assert (await house.reads(await house.uploaded(token, b""), token)).body == b""


async def test_an_account_and_its_password_are_as_good(house):
    await person(house, "ann", account=True)
    basic = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
    answer = await house.asks("/files", f"Authorization: Basic {basic}", method="POST", body=b"tea")
    assert answer.status == 201
    path = f"/files/{json.loads(answer.body)['id']}"
    assert (await house.asks(path, f"Authorization: Basic {basic}")).body == b"tea"


@pytest.mark.parametrize(
    "said", ["", "Authorization: Bearer ipc_x", "Authorization: Digest x", "Authorization: Basic !"]
)
async def test_who_does_not_say_who_he_is_uploads_nothing(house, said):
    answer = await house.asks("/files", *([said] if said else []), method="POST", body=b"x" * 300_000)
    assert answer.status == 401
    assert answer.fields["connection"] == "close"
    assert answer.fields["www-authenticate"].split()[0] == ("Bearer" if "Bearer" in said else "Basic")
    assert house.contents == []


async def test_the_same_content_is_there_once(house):
    (_, ann), (_, bob) = await person(house, "ann"), await person(house, "bob")
    first, second = await house.uploaded(ann), await house.uploaded(bob)
    assert first != second
    assert house.contents == [digest_of(b"tea")]
    assert (await house.reads(second, ann)).status == 404, "whoever has the same does not get the other's name for it"


async def test_content_that_was_damaged_is_whole_again(house):
    _, token = await person(house, "ann")
    path = await house.uploaded(token)
    house.filehost.store.path(digest_of(b"tea")).write_bytes(b"te")
    await house.uploaded(token)
    assert (await house.reads(path, token)).body == b"tea"


# Reading.


async def test_what_is_not_for_somebody_is_answered_as_what_is_not_there(house):
    (_, ann), (_, bob) = await person(house, "ann"), await person(house, "bob")
    path = await house.uploaded(ann)
    no_such = "/files/" + "x" * 22
    assert await house.reads(path, bob) == await house.reads(no_such, bob)
    assert (await house.reads(path, bob)).status == 404
    assert await house.reads(path) == await house.reads(no_such)
    assert (await house.reads(path)).status == 401


async def test_a_message_opens_it_and_a_redaction_ends_it(house):
    (ann, token), (_, others) = await person(house, "ann", account=True), await person(house, "bob")
    path = await house.uploaded(token)
    await ann.ask(Message("JOIN", ["#tea"]))
    await ann.begin("draft/message-redaction")
    msgid = await says(ann, "#tea", f"look {house.configuration.loaded.settings.web_url}{path}")
    assert [(await house.reads(path, who)).status for who in ("", others)] == [200, 200]
    await ann.ask(Message("REDACT", ["#tea", msgid]))
    assert [(await house.reads(path, who)).status for who in ("", others, token)] == [401, 404, 404]
    await until(lambda: house.contents == [])


async def test_a_pass_ends_with_its_connection(house):
    ann, token = await person(house, "ann")
    path = await house.uploaded(token)
    ann.close()
    await until(lambda: ann.ended)
    assert (await house.reads(path, token)).status == 401


async def test_where_nobody_comes_in_without_an_account_nothing_is_for_strangers(house, monkeypatch):
    import msgspec

    ann, token = await person(house, "ann")
    path = await house.uploaded(token)
    await ann.ask(Message("JOIN", ["#tea"]))
    await says(ann, "#tea", path)
    assert (await house.reads(path)).status == 200
    loaded = house.configuration.loaded
    for field, value in (("account_required", True), ("password", "secret")):
        settings = msgspec.structs.replace(loaded.settings, **{field: value})
        house.configuration.loaded = msgspec.structs.replace(loaded, settings=settings)
        assert (await house.reads(path)).status == 401
    house.configuration.loaded = loaded
    house.filehost._core.state.lockdown = 2
    assert (await house.reads(path)).status == 401


@pytest.mark.parametrize(
    ("fields", "challenge"),
    [
        ((), "Basic"),
        (("Sec-Fetch-Mode: navigate",), "Basic"),
        (("Sec-Fetch-Mode: cors",), "Bearer"),
        (("Sec-Fetch-Mode: no-cors",), "Bearer"),
    ],
)
async def test_a_browser_asks_for_a_password_only_where_somebody_went_by_himself(house, fields, challenge):
    answer = await house.asks("/files/x", *fields)
    assert (answer.status, answer.fields["www-authenticate"].split()[0]) == (401, challenge)


@pytest.mark.parametrize(
    ("said", "told", "how"),
    [
        ("image/png", "image/png", "inline"),
        ("IMAGE/JPEG; charset=x", "image/jpeg", "inline"),
        ("image/avif", "image/avif", "inline"),
        ("video/mp4", "video/mp4", "inline"),
        ("audio/mpeg", "audio/mpeg", "inline"),
        ("text/plain", "text/plain; charset=utf-8", "inline"),
        ("text/plain; charset=utf-7", "text/plain; charset=utf-8", "inline"),
        ("application/pdf", "application/pdf", "attachment"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("text/html", "application/octet-stream", "attachment"),
        ("application/xhtml+xml", "application/octet-stream", "attachment"),
        ("text/javascript", "application/octet-stream", "attachment"),
        ("text/xml", "application/octet-stream", "attachment"),
        ("multipart/form-data; boundary=x", "application/octet-stream", "attachment"),
        ("nonsense", "application/octet-stream", "attachment"),
        ("image/png\x01", "application/octet-stream", "attachment"),
        ("", "application/octet-stream", "attachment"),
    ],
)
async def test_a_browser_shows_only_what_cannot_do_anything(house, said, told, how):
    _, token = await person(house, "ann")
    path = await house.uploaded(token, b"<script>alert(1)</script>", media_type=said)
    answer = await house.reads(path, token)
    assert answer.fields["content-type"] == told
    assert answer.fields["content-disposition"].startswith(f"{how}; ")
    assert answer.fields["x-content-type-options"] == "nosniff"
    policy = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'"
    assert answer.fields["content-security-policy"] == policy
    assert answer.fields["cross-origin-resource-policy"] == "same-origin"
    assert answer.fields["cache-control"] == "private, max-age=3600"
    assert not {name for name in answer.fields if name.startswith("access-control")}


async def test_parts_of_a_file(house):
    _, token = await person(house, "ann")
    path = await house.uploaded(token, b"0123456789")
    head = await house.reads(path, token, method="HEAD")
    assert (head.status, head.body, head.fields["content-length"], head.fields["accept-ranges"]) == (
        200,
        b"",
        "10",
        "bytes",
    )
    for asked, status, body in (
        ("bytes=2-4", 206, b"234"),
        ("bytes=-3", 206, b"789"),
        ("bytes=8-", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=10-", 416, b""),
        ("pages=1-2", 400, None),
        ("bytes=4-2", 400, None),
    ):
        answer = await house.reads(path, token, f"Range: {asked}")
        assert answer.status == status
        assert body in (None, answer.body)
    several = await house.reads(path, token, "Range: bytes=0-1,8-9")
    assert several.status == 206
    assert several.fields["content-type"].startswith("multipart/byteranges")
    many = "Range: bytes=" + ",".join(f"{number % 9}-" for number in range(500))
    assert (await house.reads(path, token, many)).body == b"0123456789"
    tag = head.fields["etag"]
    assert (await house.reads(path, token, "Range: bytes=0-1", f"If-Range: {tag}")).status == 206
    assert (await house.reads(path, token, "Range: bytes=0-1", 'If-Range: "other"')).status == 200
    assert (await house.reads(path, token, f"If-None-Match: {tag}")).status == 304
    assert (await house.reads(path, "", f"If-None-Match: {tag}")).status == 401


async def test_content_that_is_lost_is_said_to_be(house):
    _, token = await person(house, "ann")
    path = await house.uploaded(token)
    house.filehost.store.path(digest_of(b"tea")).unlink()
    assert (await house.reads(path, token)).status == 503


# Limits.


async def refusal(house: FileHouse, token: str, body: bytes = b"tea", *fields: str) -> tuple[int, str]:
    answer = await house.uploads(token, body, *fields)
    await until(lambda: not house.incoming)
    return answer.status, answer.body.decode().strip()


async def test_a_file_that_is_too_large_is_refused_before_it_comes(house):
    house.sets(file_bytes_max=1_000)
    _, token = await person(house, "ann")
    assert (await house.uploads(token, bytes(1_000))).status == 201
    words = "A file may have 1 kB here, and this one has more"
    assert await refusal(house, token, bytes(1_001)) == (413, words)
    far = house.dial()
    await far.says(
        f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Length: 99999999999999999999\r\nExpect: 100-continue\r\n\r\n".encode()
    )
    assert (await far.hears_answer()).status == 413
    assert await far.is_cut_off()
    far.sock.close()
    assert house.shell.counts.refused_uploads["size"] >= 1


async def test_and_one_that_does_not_say_so_while_it_comes(house):
    house.sets(file_bytes_max=300_000)
    _, token = await person(house, "ann")
    far = house.dial()
    head = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    await far.says(head.encode())
    piece = b"10000\r\n" + bytes(65_536) + b"\r\n"
    for _ in range(4):
        await far.says(piece)
    await until(lambda: any(path.stat().st_size for path in house.incoming))
    await far.says(piece)
    assert (await far.hears_answer()).status == 413
    await until(lambda: not house.incoming)
    assert house.contents == []
    far.sock.close()


async def test_what_an_account_has(house):
    house.sets(account_bytes_max=10, guest_bytes_max=4)
    (_, ann), (_, bob) = await person(house, "ann", account=True), await person(house, "bob")
    assert (await house.uploads(ann, b"12345678")).status == 201
    status, words = await refusal(house, ann, b"123")
    assert (status, words.split(":")[0]) == (507, "An account may have files of 10 bytes altogether")
    assert (await house.uploads(ann, b"12")).status == 201
    assert (await house.uploads(bob, b"1234")).status == 201
    status, words = await refusal(house, bob, b"1")
    assert words == "A connection without an account may have files of 4 bytes altogether: log in to an account"
    assert house.shell.counts.refused_uploads == {"quota": 2}


async def test_what_comes_at_a_time_counts_together(house):
    house.sets(account_bytes_max=1_000)
    _, ann = await person(house, "ann", account=True)
    far = house.dial()
    said = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann}\r\nContent-Length: 900\r\n\r\n"
    await far.says(said.encode())
    await until(lambda: house.incoming)
    assert (await house.uploads(ann, bytes(200))).status == 507
    await far.says(bytes(900))
    assert (await far.hears_answer()).status == 201
    far.sock.close()


async def test_what_everybody_has(house):
    house.sets(total_bytes_max=100)
    (_, ann), (_, bob) = await person(house, "ann", account=True), await person(house, "bob")
    assert (await refusal(house, bob, bytes(11)))[1].startswith("There is no more room for files of people without")
    assert (await house.uploads(bob, bytes(10))).status == 201
    assert (await house.uploads(ann, bytes(90))).status == 201
    assert await refusal(house, ann) == (507, "The server has no more room for files: tell its administrator")


async def test_guests_can_be_left_out(house):
    house.sets(guest_bytes_max=0)
    _, bob = await person(house, "bob")
    assert (await refusal(house, bob))[0] == 403


async def test_so_many_in_a_minute(house):
    house.sets(uploads_per_minute=2)
    (_, ann), (_, bob) = await person(house, "ann", account=True), await person(house, "bob")
    assert [(await house.uploads(ann)).status for _ in range(3)] == [201, 201, 429]
    answer = await house.uploads(ann)
    assert 50 < int(answer.fields["retry-after"]) <= 60
    assert [(await house.uploads(bob)).status for _ in range(3)] == [201, 201, 429]
    _, eve = await person(house, "eve")
    assert (await house.uploads(eve)).status == 429, "guests of an address are one"


async def test_so_many_at_a_time(house, monkeypatch):
    monkeypatch.setattr(filehost, "UPLOADS_PER_OWNER_MAX", 1)
    monkeypatch.setattr(filehost, "GUEST_UPLOADS_MAX", 1)
    (_, ann), (_, bob), (_, eve) = (
        await person(house, "ann"),
        await person(house, "bob"),
        await person(house, "eve", account=True),
    )
    far = house.dial()
    said = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann}\r\nContent-Length: 9\r\n\r\n"
    await far.says(said.encode())
    await until(lambda: house.incoming)
    assert [(await house.uploads(token)).status for token in (ann, bob, eve)] == [429, 503, 201]
    far.sock.close()
    await until(lambda: not house.incoming)
    assert (await house.uploads(bob)).status == 201


async def test_a_disk_that_is_nearly_full_takes_nothing(house, monkeypatch):
    _, token = await person(house, "ann")
    monkeypatch.setattr(house.filehost.store, "free", lambda: (255 << 20, 1 << 30))
    assert (await refusal(house, token))[0] == 507
    monkeypatch.setattr(house.filehost.store, "free", lambda: ((2 << 30) + 2, 1 << 50))
    assert await refusal(house, token, b"tea") == (507, filehost.DISK_FULL)
    assert (await house.uploads(token, b"te")).status == 201


@pytest.mark.parametrize(("number", "status"), [(28, 507), (122, 507), (5, 503), (13, 503)])
async def test_a_disk_that_refuses(house, monkeypatch, number, status):
    _, token = await person(house, "ann")

    def refuse(*given: object) -> None:
        raise OSError(number, "no")

    for name in ("free", "begin", "keep"):
        with monkeypatch.context() as patch:
            patch.setattr(house.filehost.store, name, refuse)
            assert (await refusal(house, token))[0] == status
    monkeypatch.setattr("ipcchat.server.file_store.Incoming.write", refuse)
    assert (await refusal(house, token))[0] == status
    assert house.contents == []


async def test_when_files_are_off_there_are_none(house):
    _, token = await person(house, "ann")
    path = await house.uploaded(token)
    house.sets(enabled=False)
    assert (await refusal(house, token))[0] == 403
    assert (await house.reads(path, token)).status == 404


# Hostile ways.


async def test_one_that_is_cut_off_leaves_nothing(house):
    _, token = await person(house, "ann")
    far = house.dial()
    said = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 600000\r\n\r\n"
    await far.says(said.encode(), bytes(500_000))
    await until(lambda: any(path.stat().st_size for path in house.incoming))
    far.sock.close()
    await until(lambda: not house.incoming)
    assert house.contents == []
    await until(lambda: house.shell.counts.refused_uploads["broken"] == 1)
    assert not house.filehost._coming


async def test_one_that_takes_for_ever_is_ended(house, monkeypatch):
    monkeypatch.setattr("ipcchat.server.http.files.UPLOAD_SECONDS_MAX", 0.05)
    _, token = await person(house, "ann")
    far = house.dial()
    said = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n\r\n"
    await far.says(said.encode(), b"t")
    assert (await far.hears_answer()).status == 408
    await until(lambda: not house.incoming)
    far.sock.close()


async def test_a_page_of_another_place_uploads_nothing(house):
    _, token = await person(house, "ann")
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 201), ("none", 201)):
        assert (await house.uploads(token, b"tea", f"Sec-Fetch-Site: {site}")).status == status


async def test_a_host_that_is_none_is_not_in_an_address(house):
    import msgspec

    loaded = house.configuration.loaded
    settings = msgspec.structs.replace(loaded.settings, web_url="")
    house.configuration.loaded = msgspec.structs.replace(loaded, settings=settings)
    _, token = await person(house, "ann")
    for host, base in (("chat.example:8080", "http://chat.example:8080"), ("[::1]:80", "http://[::1]:80"), ("a b", "")):
        far = house.dial()
        said = f"POST /files HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
        await far.says(said.encode())
        answer = await far.hears_answer()
        far.sock.close()
        if answer.status == 201:
            assert answer.fields["location"].startswith(f"{base}/files/")
        else:
            assert answer.status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/files/../chat.db",
        "/files/%2e%2e/chat.db",
        "/files/..%2fsecret",
        "/files/x%00/y",
        "/files//etc/passwd",
        "/files/é",
    ],
)
async def test_no_path_leads_to_another_file(house, path):
    _, token = await person(house, "ann")
    await house.uploaded(token)
    assert (await house.reads(path, token)).status in (400, 404)


async def test_a_name_becomes_no_header(house):
    _, token = await person(house, "ann")
    field = "Content-Disposition: attachment; filename*=UTF-8''a%0d%0aSet-Cookie:%20x%22%e2%80%ae.png"
    path = await house.uploaded(token, b"tea", field)
    answer = await house.reads(path, token)
    assert "set-cookie" not in answer.fields
    assert answer.fields["content-disposition"] == (
        "inline; filename=\"aSet-Cookie: x_.png\"; filename*=UTF-8''aSet-Cookie%3A%20x%22.png"
    )


# Crashes, and what is left.


async def test_what_a_crash_left_is_gone_at_the_next_start(tmp_path):
    folder = tmp_path / "data"
    async with file_house(folder) as house:
        ann, token = await person(house, "ann", account=True)
        path = await house.uploaded(token)
        await ann.ask(Message("JOIN", ["#tea"]))
        await says(ann, "#tea", path)
    orphan = folder / "files" / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"renamed, and then the power went")
    (folder / "files" / "incoming" / "part").write_bytes(b"some of it")
    (folder / "files" / "notes.txt").write_text("not ours")
    async with file_house(folder) as house:
        await until(lambda: not house.incoming and house.contents == [digest_of(b"tea")])
        assert (await house.reads(path)).body == b"tea"
        assert (folder / "files" / "notes.txt").exists()


async def test_an_upload_that_the_journal_refuses_is_none(house, monkeypatch):
    _, token = await person(house, "ann")
    monkeypatch.setattr("ipcchat.core.limits.NetworkLimits.files_max", 0, raising=False)
    state = house.filehost._core.state
    import msgspec

    state.limits = msgspec.structs.replace(state.limits, files_max=0)
    status, words = await refusal(house, token)
    assert (status, words.split(":")[0]) == (503, "There are as many files here as there may be")
    assert house.contents == []


async def test_content_is_kept_while_the_same_comes_again(house):
    ann, token = await person(house, "ann", account=True)
    await ann.begin("draft/message-redaction")
    for _ in range(10):
        path = await house.uploaded(token)
        first = path.split("/")[2]
        drop = asyncio.create_task(ann.ask(Message("NICKSERV", ["FILES", "DEL", first])))
        again = await house.uploaded(token)
        await drop
        assert (await house.reads(path, token)).status == 404
        assert (await house.reads(again, token)).body == b"tea"
        house.filehost._rates = type(house.filehost._rates)()
    assert house.contents == [digest_of(b"tea")]


async def test_files_that_are_dropped_take_their_content_with_them(house):
    ann, token = await person(house, "ann", account=True)
    ids = [(await house.uploaded(token, body)).split("/")[2] for body in (b"one", b"two")]
    await ann.ask(Message("NICKSERV", ["FILES", "DEL", ids[0]]))
    await until(lambda: house.contents == [digest_of(b"two")])


async def test_a_node_leaves_what_another_one_may_just_have_got_in_a_shared_folder(tmp_path):
    async with file_house(tmp_path / "data") as house:
        house.filehost._untouched_seconds = SHARED_SECONDS
        ann, token = await person(house, "ann", account=True)
        own = (await house.uploaded(token, b"own")).split("/")[2]
        store = FileStore(tmp_path / "data")
        for text in (b"of another worker", b"of nobody for long"):
            incoming = store.begin(store.new_path())
            incoming.write(text)
            store.keep(incoming, incoming.finish())
        coming, left = (store.begin(store.new_path()) for _ in range(2))
        for path in (store.path(digest_of(b"of nobody for long")), left.path):
            os.utime(path, (time.time() - SHARED_SECONDS - 1,) * 2)
        await house.filehost.sweep()
        assert set(house.contents) == {digest_of(b"own"), digest_of(b"of another worker")}
        assert house.incoming == [coming.path]
        await ann.ask(Message("NICKSERV", ["FILES", "DEL", own]))
        await until(lambda: house.filehost.find(own, STRANGER) is None)
        assert digest_of(b"own") in house.contents, "until the next look after an hour"
        for each in (coming, left):
            each.discard()


def test_a_node_of_a_cluster_shares_its_folder(tmp_path):
    flags = {"storage.folder": str(tmp_path), "cluster.servers": ("nats://127.0.0.1:4222",)}
    for given, seconds in ((flags, SHARED_SECONDS), ({}, 0.0)):
        loaded = load(None, given)
        assert isinstance(loaded, Loaded)
        nobody: Any = None
        host = Filehost(FileStore(tmp_path), nobody, nobody, nobody, Configuration(loaded))
        assert host._untouched_seconds == seconds


async def test_messages_that_retention_took_carry_nothing(tmp_path):
    import msgspec

    from ipcchat.core.retention import Keep, Retention

    async with file_house(tmp_path / "data") as house:
        ann, token = await person(house, "ann", account=True)
        await ann.ask(Message("JOIN", ["#tea"]))
        lost, kept = await house.uploaded(token, b"lost"), await house.uploaded(token, b"kept")
        await says(ann, "#tea", lost)
        await says(ann, "#tea", kept)
        engine: Any = house.filehost._core
        engine.settings = msgspec.structs.replace(engine.settings, retention=Retention(Keep(count=1)))
        house.shell.checkpoint()
        backend = house.filehost._backend
        backend.retain(engine.retention(), 1)

        async def is_let_go() -> bool:
            await house.filehost.sweep()
            return len(engine.state.files) == 1

        async with asyncio.timeout(10):
            while not await is_let_go():
                await asyncio.sleep(0.02)
                backend.retain(engine.retention(), 1)
        assert (await house.reads(kept, token)).status == 200
        assert (await house.reads(lost, token)).status == 404
        await until(lambda: house.contents == [digest_of(b"kept")])


def test_every_reason_is_counted_under_a_name():
    assert set(coming_upload.REASONS) == {"size", "quota", "full", "rate", "busy", "forbidden", "broken"}

"""Uploads over real sockets: what the server hears, what becomes of each of its answers, and whom it is not sent to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import ipcchat
from ipcchat.client import uploading
from ipcchat.client.errors import CommandRefused, Untrusted, UploadFailed
from ipcchat.client.known_servers import KnownServers
from tests.client.certificates import Authority, self_signed
from tests.client.fake_file_host import TOKEN, FakeFileHost, answer, created, file_host
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

LARGE = 8_000_000


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


@pytest.fixture
async def host(server: FakeServer) -> AsyncIterator[FakeFileHost]:
    async with file_host(server) as running:
        yield running


@pytest.fixture
async def chat(server: FakeServer, host: FakeFileHost) -> AsyncIterator[ipcchat.Chat]:
    async with ipcchat.connect(server.url, nick="ann") as running:
        yield running


async def test_a_file_by_its_path(chat: ipcchat.Chat, host: FakeFileHost, tmp_path: Path) -> None:
    """soju.im/FILEHOST: POST, and 201 with Location."""
    path = tmp_path / "tea für zwei.png"
    path.write_bytes(b"picture" * 100_000)
    heard: list[tuple[int, int]] = []
    url = await chat.upload(path, progress=lambda sent, size: heard.append((sent, size)))
    assert url == f"http://127.0.0.1:{host.port}/files/abc/tea.png"
    [posted] = host.posted
    assert posted.request == "POST /files HTTP/1.1" and posted.body == path.read_bytes()
    assert posted.fields["authorization"] == f"Bearer {TOKEN}" and posted.fields["content-type"] == "image/png"
    assert posted.fields["content-disposition"].endswith("filename*=UTF-8''tea%20f%C3%BCr%20zwei.png")
    assert heard[0] == (0, 700_000) and heard[-1] == (700_000, 700_000) and heard == sorted(heard)


async def test_bytes_with_a_name_and_a_type(chat: ipcchat.Chat, host: FakeFileHost) -> None:
    assert chat.takes_files
    await chat.upload(b"", name="notes.txt", type="text/plain; charset=utf-8")
    await chat.upload(b"\0")
    named, nameless = host.posted
    assert (named.body, named.fields["content-type"]) == (b"", "text/plain; charset=utf-8")
    assert 'filename="notes.txt"' in named.fields["content-disposition"]
    assert nameless.fields["content-type"] == "application/octet-stream"


async def test_the_token_is_asked_for_once_and_again_when_it_counts_no_more(
    server: FakeServer, chat: ipcchat.Chat, host: FakeFileHost
) -> None:
    """draft/authtoken: a token lasts for a while."""
    gone = answer("401 Unauthorized", "This token does not count, or no more")
    host.answers = [created("/1"), created("/2"), gone, created("/3"), gone]
    for number in (1, 2, 3):
        assert (await chat.upload(b"x")).endswith(f"/{number}")
    asked = [line for line in server.peers[0].received if "TOKEN GENERATE FILEHOST" in line]
    assert (len(asked), len(host.posted)) == (2, 4)
    with pytest.raises(UploadFailed, match="does not count") as failed:
        await chat.upload(b"x")
    assert failed.value.status == 401 and len(host.posted) == 6


async def test_a_server_that_gives_no_token(server: FakeServer, chat: ipcchat.Chat, host: FakeFileHost) -> None:
    asked = "TOKEN GENERATE FILEHOST"
    server.scripted[asked] = [":fake.test FAIL TOKEN NO_PERMISSIONS FILEHOST :Connect with TLS"]
    with pytest.raises(CommandRefused, match="Connect with TLS"):
        await chat.upload(b"x")
    for odd in (
        ":fake.test TOKEN GENERATE FILEHOST",
        ":fake.test TOKEN GENERATE FILEHOST url :a b",
        ":fake.test NOTE x",
    ):
        server.scripted[asked] = [odd]
        with pytest.raises(CommandRefused, match="no token"):
            await chat.upload(b"x")
    assert host.posted == []


async def test_account_and_password_where_there_are_no_tokens() -> None:
    """soju.im/FILEHOST: HTTP Basic for SASL PLAIN."""
    async with FakeServer(f"{ALL_CAPABILITIES} sasl") as server, file_host(server, gives_tokens=False) as host:
        server.accounts["ann"], server.values["sasl"] = "hush", "PLAIN"
        async with ipcchat.connect(server.url, nick="ann", account="ann", password="hush") as chat:
            await chat.upload(b"x")
        async with ipcchat.connect(server.url, nick="bob") as chat:
            await chat.upload(b"x")
        server.tokens.append("draft/AUTHTOKEN")
        server.scripted["TOKEN GENERATE FILEHOST"] = [":fake.test FAIL TOKEN UNKNOWN_SERVICE FILEHOST :What?"]
        async with ipcchat.connect(server.url, nick="ann", account="ann", password="hush") as chat:
            await chat.upload(b"x")
    assert [posted.fields.get("authorization") for posted in host.posted] == [
        "Basic YW5uOmh1c2g=",
        None,
        "Basic YW5uOmh1c2g=",
    ]


async def test_a_server_without_labels_gives_tokens_too() -> None:
    async with (
        FakeServer("message-tags server-time echo-message") as server,
        file_host(server),
        ipcchat.connect(server.url, nick="ann") as chat,
    ):
        assert await chat.upload(b"x")


@pytest.mark.parametrize("reads", [0, 100_000])
async def test_too_large_is_heard_before_all_is_sent(chat: ipcchat.Chat, host: FakeFileHost, reads: int) -> None:
    host.answers, host.reads = [answer("413 Content Too Large", "At most 25 MB")], reads
    with pytest.raises(UploadFailed, match="At most 25 MB") as failed:
        await chat.upload(b"x" * LARGE)
    assert failed.value.status == 413 and len(host.posted[0].body) == reads


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 201 Cre", b"SSH-2.0-x\r\n\r\n"])
async def test_an_answer_that_is_none(chat: ipcchat.Chat, host: FakeFileHost, said: bytes) -> None:
    host.answers = [said]
    with pytest.raises(UploadFailed, match="does not speak HTTP"):
        await chat.upload(b"x")


async def test_a_server_that_says_nothing_is_given_up(
    chat: ipcchat.Chat, host: FakeFileHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(uploading, "STALLED_SECONDS", 0.2)
    held = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as listener:
        chat._conversation.view_session.view.support.tokens["soju.im/FILEHOST"] = (  # type: ignore[union-attr]
            f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
        )
        with pytest.raises(UploadFailed, match="did not answer"):
            await chat.upload(b"x")
        with pytest.raises(UploadFailed, match="broke off"):
            await chat.upload(b"x" * LARGE)
        held.set()


async def test_cancelling_ends_it(chat: ipcchat.Chat, host: FakeFileHost, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * LARGE)
    begun = asyncio.Event()
    uploads = asyncio.create_task(chat.upload(path, progress=lambda sent, size: begun.set() if sent else None))
    await begun.wait()
    uploads.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploads
    assert host.posted == []
    assert await chat.upload(b"next")


async def test_what_is_no_file(chat: ipcchat.Chat, host: FakeFileHost, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in [("none", "No such file"), ("pipe", "is no file"), (".", "is no file"), ("a\0b", "no path")]:
        with pytest.raises(UploadFailed, match=reason):
            await chat.upload(f"{tmp_path}/{path}")
    assert host.posted == []


async def test_a_file_that_becomes_shorter(
    chat: ipcchat.Chat, host: FakeFileHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * LARGE)
    with pytest.raises(UploadFailed, match="shorter"):
        await chat.upload(path, progress=lambda sent, size: None if sent else os.truncate(path, 10))


async def test_a_server_without_a_place_for_files(server: FakeServer) -> None:
    async with ipcchat.connect(server.url, nick="ann") as chat:
        assert not chat.takes_files
        with pytest.raises(UploadFailed, match="takes no files"):
            await chat.upload(b"x")
    with pytest.raises(ipcchat.ChatClosed):
        await chat.upload(b"x")


async def test_nothing_listens_there(server: FakeServer) -> None:
    server.tokens.append("soju.im/FILEHOST=http://127.0.0.1:1/files")
    async with ipcchat.connect(server.url, nick="ann") as chat:
        with pytest.raises(UploadFailed, match=r"nothing listens on http://127\.0\.0\.1:1/files"):
            await chat.upload(b"x")


# Whom a file is sent to.


async def test_by_tls_to_who_has_a_certificate_that_this_machine_trusts(trusted: Authority) -> None:
    async with (
        FakeServer(tls=trusted.server()) as server,
        file_host(server, tls=trusted.server()) as host,
        ipcchat.connect(server.url, nick="ann") as chat,
    ):
        assert (await chat.upload(b"x")) == f"https://localhost:{host.port}/files/abc/tea.png"


async def test_by_tls_to_nobody_else(trusted: Authority, tmp_path: Path) -> None:
    stranger, fingerprint = self_signed(tmp_path)
    async with (
        FakeServer(tls=trusted.server()) as server,
        file_host(server, tls=stranger) as host,
        ipcchat.connect(server.url, nick="ann") as chat,
    ):
        with pytest.raises(Untrusted) as failed:
            await chat.upload(b"x")
        assert (failed.value.place, failed.value.fingerprint) == (f"localhost:{host.port}", fingerprint)
        assert host.posted == []
        KnownServers().set_pin(failed.value.place, fingerprint)
        assert await chat.upload(b"x")


async def test_a_pinned_server_has_the_same_certificate_for_files(trusted: Authority, tmp_path: Path) -> None:
    """An authority that vouches for another one changes nothing: who pins trusts no authority."""
    pinned, fingerprint = self_signed(tmp_path)
    async with FakeServer(tls=pinned) as server:
        async with (
            file_host(server, tls=pinned) as host,
            ipcchat.connect(server.url, nick="ann", pin=fingerprint) as chat,
        ):
            assert await chat.upload(b"x") and len(host.posted) == 1
        server.tokens.pop(-2)
        async with (
            file_host(server, tls=trusted.server()) as host,
            ipcchat.connect(server.url, nick="ann", pin=fingerprint) as chat,
        ):
            with pytest.raises(Untrusted):
                await chat.upload(b"x")
            assert host.posted == []


async def test_never_by_http_from_a_chat_by_tls(trusted: Authority) -> None:
    """Clients MUST refuse unencrypted transports if the connection is encrypted."""
    async with (
        FakeServer(tls=trusted.server()) as server,
        file_host(server) as host,
        ipcchat.connect(server.url, nick="ann") as chat,
    ):
        assert not chat.takes_files
        with pytest.raises(UploadFailed, match="https"):
            await chat.upload(b"x")
        assert host.posted == []


async def test_who_we_are_is_told_to_nobody_in_the_clear(
    chat: ipcchat.Chat, host: FakeFileHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipcchat.client.connection.Connection.is_loopback", False)
    with pytest.raises(UploadFailed, match="read along"):
        await chat.upload(b"x")
    assert host.posted == []


async def test_a_redirect_is_not_followed(chat: ipcchat.Chat, host: FakeFileHost) -> None:
    host.answers = [answer("307 Temporary Redirect", "", f"Location: http://127.0.0.1:{host.port}/other")]
    with pytest.raises(UploadFailed, match="another place"):
        await chat.upload(b"x")
    assert len(host.posted) == 1

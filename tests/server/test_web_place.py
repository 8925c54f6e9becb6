"""Where browsers find a server, and where files go (docs/files.md)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ipcchat.server.addresses import Address
from ipcchat.server.file_limits import FileLimits
from ipcchat.server.settings import Loaded, load
from ipcchat.server.web_place import with_files_url, with_web_url

CHAT, HTTP, HTTPS = (
    Address("192.0.2.1", 6667, "irc"),
    Address("192.0.2.1", 80, "http"),
    Address("192.0.2.1", 443, "https"),
)


def loaded(**settings: str) -> Loaded:
    found = load(None, {})
    assert isinstance(found, Loaded)
    return msgspec.structs.replace(
        found, folder=Path("/data"), settings=msgspec.structs.replace(found.settings, **settings)
    )


@pytest.mark.parametrize(
    ("name", "said", "listeners", "url"),
    [
        ("chat.local", "", [CHAT], ""),
        ("chat.local", "", [CHAT, HTTP], HTTP.url),
        ("chat.local", "", [HTTP, HTTPS], HTTPS.url),
        ("chat.local", "https://chat.example/", [HTTP], "https://chat.example"),
        ("chat.local", "", [Address("0.0.0.0", 8080, "http")], ""),
        ("chat.example", "", [Address("::", 8080, "http")], "http://chat.example:8080"),
    ],
)
def test_where_browsers_go(name, said, listeners, url):
    assert with_web_url(loaded(server_name=name, web_url=said), listeners).settings.web_url == url


def test_where_files_go():
    found = with_web_url(loaded(), [HTTP])
    assert with_files_url(found, [CHAT, HTTP]).settings.files_url == f"{HTTP.url}/files"
    assert with_files_url(found, [CHAT]).settings.files_url == "", "nothing serves them"
    in_memory = msgspec.structs.replace(found, folder=None)
    assert with_files_url(in_memory, [HTTP]).settings.files_url == "", "nothing keeps them"
    off = msgspec.structs.replace(found, files=FileLimits(enabled=False))
    assert with_files_url(off, [HTTP]).settings.files_url == ""
    assert with_files_url(loaded(), [Address("0.0.0.0", 80, "http")]).settings.files_url == "", "nobody knows where"

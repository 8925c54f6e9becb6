"""Where to listen, as people write it."""

from __future__ import annotations

import pytest

from ipcchat.server.addresses import Address, ListenError, parse_listen_url


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("irc://127.0.0.1:6667", "127.0.0.1", 6667),
        ("irc://0.0.0.0:7000", "0.0.0.0", 7000),
        ("irc://[::1]:6668/", "::1", 6668),
        ("irc://localhost", "localhost", 6667),
        ("irc://127.0.0.1:0", "127.0.0.1", 0),
        ("ircs://127.0.0.1", "127.0.0.1", 6697),
        ("plain://[::1]", "::1", 2323),
        ("http://127.0.0.1", "127.0.0.1", 8080),
        ("http://127.0.0.1:80/", "127.0.0.1", 80),
        ("https://[::1]", "::1", 8443),
    ],
)
def test_urls_that_are_understood(url: str, host: str, port: int):
    address = parse_listen_url(url)
    assert address == Address(host, port, url.partition(":")[0])
    assert parse_listen_url(address.url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "6667",
        "127.0.0.1:6667",
        "irc://",
        "irc://:6667",
        "irc://h:99999",
        "irc://h:x",
        "irc://a@h",
        "irc://h/x",
        "http://h/ws",
        "http://h?x",
        "ws://h",
        "wss://h:8443",
        "irc://[::1",
        "unix:run/chat.sock",
        "unix:///run/",
        "unix://host/run/chat.sock",
        "unix:///" + "x" * 100,
    ],
)
def test_other_urls_are_refused(url: str):
    with pytest.raises(ListenError) as caught:
        parse_listen_url(url)
    assert caught.value.exit_code == 78


def test_a_unix_socket_has_a_path():
    address = parse_listen_url("unix:///run/ipc-chat/chat.sock")
    assert address == Address("", 0, "unix", "/run/ipc-chat/chat.sock")
    assert address.url == "unix:///run/ipc-chat/chat.sock"

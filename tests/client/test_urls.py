"""Addresses: draft-butcher-irc-url-04, and what people type instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client.errors import AddressError
from ipcchat.client.urls import Address, parse_address, unix_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", Address("localhost", 6667)),
        ("chat.example:7000", Address("chat.example", 7000)),
        ("irc://chat.example", Address("chat.example", 6667)),
        ("IRC://chat.example:7000/", Address("chat.example", 7000)),
        ("irc://chat.example/#tea", Address("chat.example", 6667, ("#tea",))),
        ("irc://chat.example/tea,%23ops", Address("chat.example", 6667, ("#tea", "#ops"))),
        ("irc://chat.example/#a%3Fb", Address("chat.example", 6667, ("#a?b",))),
        ("ircs://chat.example/#tea", Address("chat.example", 6697, ("#tea",), "ircs")),
        ("ircs://[2001:db8::1]:7000", Address("2001:db8::1", 7000, (), "ircs")),
        ("unix:///run/ipc-chat/ipc-chat.sock", unix_address("/run/ipc-chat/ipc-chat.sock")),
        ("unix:///run/a%20b.sock/#tea,#ops", unix_address("/run/a b.sock", ("#tea", "#ops"))),
        ("::1", Address("::1", 6667)),
        ("[::1]:7000", Address("::1", 7000)),
        ("irc://[::1]:7000/#tea", Address("::1", 7000, ("#tea",))),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address


def test_a_port_beside_the_address_counts_where_the_address_has_none() -> None:
    assert parse_address("localhost", 7000).port == 7000
    assert parse_address("localhost:7001", 7000).port == 7001


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://chat.example", "address of a page"),
        ("wss://chat.example", "WebSocket"),
        ("plain://chat.example", "nc"),
        ("unix://run/chat.sock", "three slashes"),
        ("unix:///run/chat/", "names no socket"),
        ("unix:///run/%00", "control characters"),
        (f"unix:///{'x' * 103}", "at most 103 bytes"),
        ("/run/chat.sock", "unix:///run/chat.sock"),
        ("ircs://chat.example?fingerprint=00", "%3F"),
        ("ircs://ann:secret@chat.example", "no user or password"),
    ],
)
def test_what_cannot_be_done_is_said(text: str, reason: str) -> None:
    with pytest.raises(AddressError, match=reason) as refused:
        parse_address(text)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "irc://",
        "irc://:6667",
        "gopher://x",
        "irc://h:0",
        "irc://h:65536",
        "irc://h:x",
        "irc://ann:pw@h",
        "a b",
        "irc://h/#a b",
        "irc://[",
    ],
)
def test_what_cannot_be_an_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        parse_address(text)


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        address = parse_address(text)
    except AddressError:
        return
    assert address.path if address.scheme == "unix" else address.host and 0 < address.port < 65536


@pytest.mark.parametrize("text", ["irc://[::1]:7000", "ircs://chat.example:6697", "unix:///run/a%20b.sock"])
def test_an_address_prints_as_it_is_typed(text: str) -> None:
    assert str(parse_address(text)) == text


def test_by_tls_the_host_and_the_channels_stay() -> None:
    """IRCv3 sts: "reconnect securely to the same hostname"."""
    address = parse_address("irc://chat.example:6667/#tea").by_tls(6697)
    assert address.secure and str(address) == "ircs://chat.example:6697" and address.channels == ("#tea",)

"""Addresses: draft-butcher-irc-url-04, and what people type instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client.errors import AddressError
from ipcchat.client.urls import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", Address("localhost", 6667)),
        ("chat.example:7000", Address("chat.example", 7000)),
        ("irc://chat.example", Address("chat.example", 6667)),
        ("IRC://chat.example:7000/", Address("chat.example", 7000)),
        ("irc://chat.example/#tea", Address("chat.example", 6667, ("#tea",))),
        ("irc://chat.example/tea,%23ops", Address("chat.example", 6667, ("#tea", "#ops"))),
        ("irc://chat.example/#a?b", Address("chat.example", 6667, ("#a",))),
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


@pytest.mark.parametrize("scheme", ["ircs", "unix", "http", "https", "wss", "plain"])
def test_what_comes_later_is_named(scheme: str) -> None:
    with pytest.raises(AddressError, match="later version"):
        parse_address(f"{scheme}://chat.example")


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
    assert address.host and 0 < address.port < 65536


def test_an_address_prints_as_it_is_typed() -> None:
    assert str(Address("::1", 7000)) == "irc://[::1]:7000"

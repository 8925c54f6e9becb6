"""ipcchat/backend/cluster/reading.py: its parts without a server; test_backend.py has it with one."""

from __future__ import annotations

import pytest

from ipcchat.backend.cluster.link import is_supported
from ipcchat.backend.cluster.reading import Trouble, numbers_of


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.STREAM.consumer.1.77.5.1700000000123456789.3",
        "$JS.ACK._.hash.STREAM.consumer.1.77.5.1700000000123456789.3",
        "$JS.ACK.domain.hash.STREAM.consumer.1.77.5.1700000000123456789.3.token",
    ],
)
def test_the_numbers_of_a_message(reply: str):
    """ADR-15: both forms of the reply subject."""
    assert numbers_of(reply) == (77, 1_700_000_000_123, 3)


@pytest.mark.parametrize("reply", ["", "$JS.ACK.x", "$JS.ACK.S.c.1.x.5.1700000000123456789.3"])
def test_a_strange_reply_subject_is_trouble(reply: str):
    with pytest.raises(Trouble):
        numbers_of(reply)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.9.10", False),
        ("2.11.9", False),
        ("2.12.14", False),
        ("2.12.15", True),
        ("2.13.9", False),
        ("2.14.4", False),
        ("2.14.5", True),
        ("2.15.0", True),
        ("2.15.1-beta.2", True),
        ("2.16.0", True),
        ("3.0.0", True),
        ("", False),
    ],
)
def test_which_servers_keep_what_they_acknowledge(version: str, expected: bool):
    assert is_supported(version) is expected

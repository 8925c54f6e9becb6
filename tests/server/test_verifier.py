"""Comparing passwords beside everything else: one at a time, not too many, and none of it in the log."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ipcchat.core.effects import Verified, Verify
from ipcchat.server import passwords
from ipcchat.server.verifier import WAITING_MAX, Verifier
from tests.server.conftest import until

CANARY = "canary-in-the-mine"


@pytest.fixture
async def verifier() -> AsyncIterator[Verifier]:
    """One that is stopped at the end."""
    verifier = Verifier()
    yield verifier
    verifier.stop()


async def test_the_right_password_matches_and_no_other(verifier: Verifier):  # RFC 9106
    password_hash = passwords.hash_password("tea")
    assert await verifier.verify(Verify(password_hash, "tea")) == Verified(True)
    assert await verifier.verify(Verify(password_hash, "Tea")) == Verified(False)
    assert await verifier.verify(Verify("no hash", "tea")) == Verified(False)


async def test_one_at_a_time_and_only_so_many_wait(verifier: Verifier, monkeypatch: pytest.MonkeyPatch):
    going, running, most = threading.Event(), [0], [0]

    def matches(password_hash: str, password: str) -> bool:
        running[0] += 1
        most[0] = max(most[0], running[0])
        going.wait(5)
        running[0] -= 1
        return True

    monkeypatch.setattr(passwords, "matches", matches)
    asked = [asyncio.ensure_future(verifier.verify(Verify("hash", str(n)))) for n in range(WAITING_MAX)]
    await until(lambda: running[0])
    refused = await verifier.verify(Verify("hash", "one too many"))
    assert not refused.matches
    assert "try again" in refused.error
    going.set()
    assert await asyncio.gather(*asked) == [Verified(True)] * WAITING_MAX
    assert most == [1]
    assert await verifier.verify(Verify("hash", "now there is room")) == Verified(True)


async def test_what_fails_is_said_and_logged_without_the_password(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, captured: Any
):
    def fail(password_hash: str, password: str) -> bool:
        raise MemoryError(password)

    monkeypatch.setattr(passwords, "matches", fail)
    verified = await verifier.verify(Verify("hash", CANARY))
    assert (verified.matches, "try again" in verified.error) == (False, True)
    assert [record.fields["error"] for record in captured.records] == ["MemoryError"]
    assert CANARY not in captured.text + str([record.frames for record in captured.records])

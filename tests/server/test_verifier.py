"""Hashing and comparing passwords beside everything else: two at a time, not too many, and none of it in the log."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ipcchat.core.effects import HashPassword, Verified, Verify
from ipcchat.core.mechanisms import SCRAM_ITERATIONS
from ipcchat.server import passwords
from ipcchat.server.verifier import NICENESS, THREADS, WAITING_MAX, Verifier
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


async def test_what_a_password_is_compared_with(verifier: Verifier):  # RFC 5802 section 3, RFC 9106
    hashed = await verifier.hash(HashPassword("tea for two"))
    assert not hashed.error
    assert await verifier.verify(Verify(hashed.credentials.password_hash, "tea for two")) == Verified(True)
    assert hashed.credentials.iterations == SCRAM_ITERATIONS and len(hashed.credentials.stored_key) == 32


async def test_two_at_a_time_and_only_so_many_wait(verifier: Verifier, monkeypatch: pytest.MonkeyPatch):  # A03
    going, lock, running, most = threading.Event(), threading.Lock(), [0], [0]

    def matches(password_hash: str, password: str) -> bool:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        going.wait(5)
        with lock:
            running[0] -= 1
        return True

    monkeypatch.setattr(passwords, "matches", matches)
    room = THREADS + WAITING_MAX
    asked = [asyncio.ensure_future(verifier.verify(Verify("hash", str(n)))) for n in range(room)]
    await until(lambda: running[0] == THREADS)
    refused = await verifier.verify(Verify("hash", "one too many"))
    assert not refused.matches
    assert "try again" in refused.error
    assert "try again" in (await verifier.hash(HashPassword("one too many"))).error
    going.set()
    assert await asyncio.gather(*asked) == [Verified(True)] * room
    assert most == [THREADS]
    assert await verifier.verify(Verify("hash", "now there is room")) == Verified(True)


async def test_the_threads_stand_back(verifier: Verifier, monkeypatch: pytest.MonkeyPatch):
    """So that a flood of logins costs those who chat no time; on Linux a thread has a priority of its own."""
    seen: list[int] = []

    def matches(password_hash: str, password: str) -> bool:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return True

    monkeypatch.setattr(passwords, "matches", matches)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    await verifier.verify(Verify("hash", "tea"))
    assert seen == [max(own, NICENESS)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own


async def test_where_threads_have_no_priority(monkeypatch: pytest.MonkeyPatch):
    def refuse(*arguments: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    verifier = Verifier()
    assert await verifier.verify(Verify("no hash", "tea")) == Verified(False)
    verifier.stop()


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

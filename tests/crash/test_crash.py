"""A short crash test: a handful of SIGKILLs, and two planted defects that prove that the test can fail."""

from __future__ import annotations

import secrets

import pytest

from tests.crash.ordeal import Ordeal, Settings
from tests.crash.witnesses import Writer


@pytest.mark.parametrize("threads", [0, 2])
async def test_what_was_echoed_survives_sigkill_once_and_in_order(tmp_path, threads):
    settings = Settings(kills=4, messages=1500, writers=4, readers=1, seed=secrets.randbelow(10**9), threads=threads)
    outcome = await Ordeal(settings, tmp_path).run()
    assert outcome.is_good(), f"seed {settings.seed}: {outcome}"
    assert outcome.sent >= settings.messages
    assert outcome.stored >= outcome.sent * 0.9


async def test_a_server_that_keeps_nothing_is_found_out(tmp_path):
    settings = Settings(kills=1, messages=200, writers=2, readers=1, seed=1, journal=False)
    outcome = await Ordeal(settings, tmp_path).run()
    assert {violation.rule for violation in outcome.violations} >= {"lost", "unstored"}


async def test_a_message_that_is_repeated_as_a_new_one_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(Writer, "key_on_the_wire", lambda writer, key: f"{key}-{writer.connection}")
    settings = Settings(kills=1, messages=1000, writers=4, readers=1, seed=2)
    outcome = await Ordeal(settings, tmp_path).run()
    assert "doubled" in {violation.rule for violation in outcome.violations}

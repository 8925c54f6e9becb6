"""A short nemesis, and planted faults which it has to find. Machines that run it may be slow: journals may take twice
the time to be equal."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import pytest

from tests.nemesis.storm import HEALED_SECONDS_MAX, Outcome, Settings, Storm, Unfinished

pytestmark = pytest.mark.timeout(300)


def storm(folder: Path, **settings: object) -> tuple[Outcome, str]:
    """What happened in a run with these settings, and what to say when it was wrong."""
    usual = {"seed": secrets.randbelow(10**9), "acks": 500, "healed_seconds_max": 2 * HEALED_SECONDS_MAX}
    chosen = Settings(**{**usual, **settings})  # type: ignore[arg-type]
    outcome = Storm(chosen, folder).run()
    return outcome, f"seed {chosen.seed}: {outcome}"


def planted(fault: str) -> tuple[str, ...]:
    """The program with that fault."""
    return sys.executable, "-m", "tests.nemesis.planted", fault


def test_what_was_echoed_is_at_every_node_once_and_in_one_order(tmp_path: Path) -> None:
    """Rows K01 to K04, X03."""
    outcome, text = storm(tmp_path, kills=4, faults=1, losses=0, haste=2.5)
    assert outcome.is_good(), text
    assert sum(outcome.kills.values()) == 4
    assert len(outcome.faults) == (8 if outcome.is_isolated else 2)
    assert outcome.acks >= 500
    assert outcome.stored >= 0.9 * outcome.acks


def test_what_was_echoed_survives_the_stream(tmp_path: Path) -> None:
    """Row K08: all are killed at once, and what the NATS servers stored is gone."""
    outcome, text = storm(tmp_path, kills=0, faults=0, losses=1)
    assert outcome.losses == 1
    assert outcome.is_good(), text


def test_a_node_that_shows_what_it_has_not_stored_is_found_out(tmp_path: Path) -> None:
    """What was shown is lost, or its writer waits in vain for the echo that the lost life of a node owed him."""
    try:
        outcome, text = storm(tmp_path, kills=0, faults=0, losses=1, program=planted("early-echo"))
    except Unfinished as error:
        assert "writers wait for an echo" in str(error)
    else:
        assert "lost" in {violation.rule for violation in outcome.violations}, text


def test_nodes_that_know_no_message_again_are_found_out(tmp_path: Path) -> None:
    outcome, text = storm(tmp_path, kills=3, faults=0, losses=0, haste=3.0, acks=2000, program=planted("no-dedupe"))
    assert "doubled" in {violation.rule for violation in outcome.violations}, text

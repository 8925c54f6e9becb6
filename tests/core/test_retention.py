"""How much of the past is kept, as backends are told it (ipcchat/core/retention.py)."""

from __future__ import annotations

import pytest

from ipcchat.core.retention import Keep, Retention


def test_a_history_has_its_own_rule_or_that_of_all():
    rules = Retention(Keep(count=10), {"#tea": Keep(age=5)})
    assert rules.of("#tea") == Keep(age=5)
    assert rules.of("#coffee") == Keep(count=10)


@pytest.mark.parametrize(
    ("rules", "endless"),
    [
        (Retention(), True),
        (Retention(histories={"#tea": Keep()}), True),
        (Retention(Keep(age=1)), False),
        (Retention(histories={"#tea": Keep(bytes=1)}), False),
        (Retention(account_bytes=1), False),
    ],
)
def test_what_is_never_forgotten(rules: Retention, endless: bool):
    assert rules.is_endless is endless

"""A connection with everything enabled, in #tea with bob (operator) and eve (voice)."""

from __future__ import annotations

import pytest

from tests.client.play import CAPABILITIES, SessionPlay


@pytest.fixture
def play() -> SessionPlay:
    more = "account-tag account-notify away-notify extended-join chghost setname draft/channel-rename invite-notify"
    return SessionPlay().registered(f"{CAPABILITIES} {more}").in_channel()

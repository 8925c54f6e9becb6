"""What conversations in core's tests begin with."""

from __future__ import annotations

import pytest

from tests.core.net import Net


@pytest.fixture
def net() -> Net:
    """A network of one node, with nobody there yet."""
    return Net()

"""What core is told about itself: defaults that work without any, and nothing that changes by itself."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.settings import DEFAULT_MOTD, Operator, Settings, Throttles


def test_the_defaults_are_an_open_server_with_its_throttles_on():
    settings = Settings()
    assert (settings.network, settings.password, settings.operators, settings.gateways) == ("IPCChat", "", {}, ())
    assert (settings.motd, settings.limits, settings.throttles) == (DEFAULT_MOTD, Limits(), Throttles())
    assert (settings.throttles.lines, settings.throttles.logins) == (True, True)


def test_settings_are_replaced_never_changed():
    settings = Settings()
    with pytest.raises(AttributeError):
        settings.network = "Other"  # type: ignore[misc]
    assert msgspec.structs.replace(settings, network="Other").network == "Other"


def test_an_operator_counts_from_everywhere_unless_told_otherwise():
    assert Operator(password_hash="hash").hosts == ("*@*",)

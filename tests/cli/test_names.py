"""The nick of somebody who gave none: the alphabet of Modern IRC's nicks."""

import re

import pytest

from ipcchat.cli.names import alternatives, login_nick


@pytest.mark.parametrize(
    ("login", "nick"),
    [("ann", "ann"), ("ann.smith@corp", "annsmithcorp"), ("007bond", "bond"), ("x" * 60, "x" * 24), ("żółw", "w")],
)
def test_a_login_name_is_made_to_fit(login: str, nick: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", login)
    assert login_nick() == nick


def test_nobody_is_a_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: (_ for _ in ()).throw(OSError))
    assert login_nick() == "guest"


def test_alternatives_differ_and_fit() -> None:
    names = alternatives("x" * 60)
    assert len(set(names)) > 1 and all(re.fullmatch(r"x{24}-[0-9a-f]{4}", name) for name in names)

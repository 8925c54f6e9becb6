"""Passwords in the machine's keyring: read where there is one, kept where it is safe, never needed."""

from __future__ import annotations

import argparse
import sys
from types import SimpleNamespace

import pytest

from ipcchat.cli import passwords
from ipcchat.cli.keyrings import SERVICE, can_keep, keep, kept
from ipcchat.cli.passwords import account_password
from ipcchat.client.errors import ChatError


class FakeKeyring:
    """The module `keyring` with its one backend; with `broken` everything fails as D-Bus does."""

    def __init__(self, priority: float = 5, broken: bool = False) -> None:
        self.priority = priority
        self.broken = broken
        self.passwords: dict[tuple[str, str], str] = {}

    def get_keyring(self) -> object:
        if self.broken:
            raise OSError("no session bus")
        return SimpleNamespace(priority=self.priority)

    def get_password(self, service: str, user: str) -> str | None:
        if self.broken:
            raise RuntimeError("locked")
        return self.passwords.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        if self.broken:
            raise RuntimeError(f"cannot store {password}")
        self.passwords[service, user] = password


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCOUNT", "PASSWORD", "PASSWORD_COMMAND", "CERTIFICATE", "SERVER"):
        monkeypatch.delenv(f"IPCCHAT_{name}", raising=False)


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    fake = FakeKeyring()
    monkeypatch.setitem(sys.modules, "keyring", fake)
    return fake


def options(**given: str) -> argparse.Namespace:
    return argparse.Namespace(**given)


def test_what_is_kept_is_found_again(keyring: FakeKeyring) -> None:
    assert kept("ann", "chat.example") == ""
    keep("ann", "Chat.Example", "hush")
    assert keyring.passwords == {(SERVICE, "ann@chat.example"): "hush"}
    assert kept("ann", "chat.example") == "hush" and kept("bob", "chat.example") == ""


def test_it_is_asked_behind_the_environment_and_before_a_person(
    keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep("ann", "chat.example", "hush")
    keep("ann", "127.0.0.1", "here")
    monkeypatch.setattr(passwords, "asked", lambda prompt: "typed")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert account_password(options(account="ann", server="ircs://chat.example/#tea")) == "hush"
    assert account_password(options(account="ann")) == "here"
    assert account_password(options(account="bob")) == "typed"
    monkeypatch.setenv("IPCCHAT_PASSWORD", "loud")
    assert account_password(options(account="ann")) == "loud"


def test_without_an_account_or_a_need_nobody_asks_it(keyring: FakeKeyring) -> None:
    keyring.get_password = None  # type: ignore[assignment,method-assign]
    assert account_password(options()) == ""
    assert account_password(options(account="ann", certificate="ann.pem")) == ""


@pytest.mark.parametrize("priority", [0, -1, 0.5])
def test_nothing_is_put_where_it_is_lost_or_readable(keyring: FakeKeyring, priority: float) -> None:
    """keyring's own null and failing backends, and files without encryption."""
    assert can_keep()
    keyring.priority = priority
    assert not can_keep()


def test_a_keyring_that_fails_is_none(keyring: FakeKeyring) -> None:
    keyring.broken = True
    assert kept("ann", "chat.example") == "" and not can_keep()
    with pytest.raises(ChatError, match="did not take") as refused:
        keep("ann", "chat.example", "hush")
    assert "hush" not in str(refused.value)


def test_a_library_that_is_not_there_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert kept("ann", "chat.example") == "" and not can_keep()
    with pytest.raises(ChatError, match="not installed"):
        keep("ann", "chat.example", "hush")

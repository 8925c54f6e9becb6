"""Where passwords come from: environment, command, terminal; never arguments, never output."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

import pytest

from ipcchat.cli.passwords import account_password, printed_by, server_password
from ipcchat.client.errors import ChatError
from tests.cli.programs import on_terminal, run_client
from tests.client.certificates import Authority
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

VARIABLES = ("ACCOUNT", "PASSWORD", "PASSWORD_COMMAND", "SERVER_PASSWORD", "CERTIFICATE", "SERVER")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(f"IPCCHAT_{name}", raising=False)


def options(**given: str) -> argparse.Namespace:
    return argparse.Namespace(**given)


def prints(text: str) -> str:
    return shlex.join([sys.executable, "-c", f"print({text!r})"])


def test_the_password_in_the_environment_is_the_accounts_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCCHAT_PASSWORD", "hush")
    assert (account_password(options()), server_password(options())) == ("", "hush")
    assert (account_password(options(account="ann")), server_password(options(account="ann"))) == ("hush", "")
    monkeypatch.setenv("IPCCHAT_SERVER_PASSWORD", "open")
    assert server_password(options(account="ann")) == "open" == server_password(options())


def test_a_command_prints_it() -> None:
    assert account_password(options(account="ann", password_command=prints("hush\nsecond line"))) == "hush"


def test_who_is_known_in_another_way_needs_none() -> None:
    assert account_password(options(account="ann", certificate="ann.pem")) == ""
    assert account_password(options(account="ann", server="unix:///run/chat.sock")) == ""


def test_without_any_it_is_said_where_to_put_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ChatError, match="IPCCHAT_PASSWORD"):
        account_password(options(account="ann"))


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("", "empty"),
        ("'", "cannot be read"),
        ("/nowhere/at-all", "could not be run"),
        (f"{sys.executable} -c 'raise SystemExit(3)'", "exit code 3"),
        (f"{sys.executable} -c ''", "printed nothing"),
        (f"{sys.executable} -c 'import os; os.write(1, bytes([255]))'", "UTF-8"),
    ],
)
def test_a_command_that_fails_is_said(command: str, reason: str) -> None:
    with pytest.raises(ChatError, match=reason):
        printed_by(command)


def test_a_command_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipcchat.cli.passwords.COMMAND_SECONDS", 0.1)
    with pytest.raises(ChatError, match="did not end"):
        printed_by(f"{sys.executable} -c 'import signal; signal.pause()'")


@pytest.fixture
def server(trusted: Authority) -> FakeServer:
    found = FakeServer(f"{ALL_CAPABILITIES} sasl", tls=trusted.server())
    found.accounts["ann"], found.values["sasl"] = "hush", "SCRAM-SHA-256"
    return found


async def test_a_program_logs_in(server: FakeServer) -> None:
    async with server:
        send = ["send", "--account", "ann", "#ops", "x"]
        assert await run_client(server.url, *send, IPCCHAT_PASSWORD="hush") == (0, "", "")
        assert await run_client(server.url, *send, IPCCHAT_PASSWORD_COMMAND=prints("hush")) == (0, "", "")
        code, _, err = await run_client(server.url, *send, IPCCHAT_PASSWORD="wrong")
        assert code == 77 and "the login to ann failed" in err and "wrong" not in err
        assert {entry.source.partition("!")[0] for entry in server.history} == {"ann"} and len(server.history) == 2


async def test_a_person_is_asked_without_echo(server: FakeServer) -> None:
    async with server, on_terminal(server.url, "chat", "--plain", "--account", "ann") as (process, terminal):
        await terminal.until_shown("Password of ann:")
        terminal.type("hush\n")
        await terminal.until_shown("as ann, logged in as ann")
        assert not any("hush" in row for row in terminal.rows)
        terminal.type("\x04")
        assert await process.wait() == 0


async def test_a_certificate_is_an_account_too(server: FakeServer, trusted: Authority, tmp_path: Path) -> None:
    server.values["sasl"] = "EXTERNAL"
    file = str(trusted.client(tmp_path, "ann"))
    async with server:
        assert await run_client(server.url, "send", "--certificate", file, "#ops", "x") == (0, "", "")
        assert server.history[-1].source.startswith("ann")

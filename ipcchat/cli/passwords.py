"""Where a client's passwords come from: the environment, a command, a keyring, or a terminal without echo. Never from
arguments.

Rules:
1. $IPCCHAT_PASSWORD is the account's where there is one, else the server's; $IPCCHAT_SERVER_PASSWORD is the server's.
2. A password is never printed, also not in an error.
"""

from __future__ import annotations

import argparse
import getpass
import os
import shlex
import subprocess
import sys
import warnings

from ipcchat.cli.keyrings import kept
from ipcchat.cli.parsing import DEFAULT_SERVER, given, server_of
from ipcchat.client.errors import ChatError
from ipcchat.client.urls import parse_address

COMMAND_SECONDS = 120.0


def account_password(options: argparse.Namespace) -> str:
    """The password of the account that was named; "" when there is none, or who we are is said in another way. Raises
    ChatError."""
    account = given(options, "account")
    if not account:
        return ""
    if password := os.environ.get("IPCCHAT_PASSWORD", ""):
        return password
    if command := given(options, "password_command"):
        return printed_by(command)
    if given(options, "certificate") or given(options, "server").startswith("unix:"):
        return ""
    if password := kept(account, parse_address(server_of(options) or DEFAULT_SERVER).host):
        return password
    if sys.stdin is not None and sys.stdin.isatty():
        return asked(f"Password of {account}: ")
    raise ChatError(f"the password of {account} is missing: set IPCCHAT_PASSWORD, or name a --password-command")


def server_password(options: argparse.Namespace) -> str:
    """The server's password; "" for none."""
    of_server = os.environ.get("IPCCHAT_SERVER_PASSWORD", "")
    return of_server or ("" if given(options, "account") else os.environ.get("IPCCHAT_PASSWORD", ""))


def printed_by(command: str, *, unseen: bool = False) -> str:
    """The first line that a command prints; it runs without a shell, and where it is to be `unseen` without a terminal
    to ask or to complain on. Raises ChatError."""
    other = subprocess.DEVNULL if unseen else None
    try:
        words = shlex.split(command)
        done = subprocess.run(
            words,
            stdin=other,
            stdout=subprocess.PIPE,
            stderr=other,
            start_new_session=unseen,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except ValueError as error:
        raise ChatError(f"--password-command cannot be read: {error}") from None
    except (OSError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is empty"
        raise ChatError(f"--password-command could not be run: {reason}") from None
    except subprocess.TimeoutExpired:
        raise ChatError(f"--password-command did not end within {COMMAND_SECONDS:.0f} seconds") from None
    if done.returncode:
        raise ChatError(f"--password-command failed with exit code {done.returncode}")
    try:
        password = done.stdout.decode().split("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise ChatError("--password-command printed something that is not UTF-8") from None
    if not password:
        raise ChatError("--password-command printed nothing")
    return password


def asked(prompt: str) -> str:
    """What a person types without echo. Raises ChatError when the terminal cannot do that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except EOFError:
        print(file=sys.stderr)
        raise ChatError("there was no password") from None
    except getpass.GetPassWarning:
        raise ChatError("this terminal would show the password; set IPCCHAT_PASSWORD instead") from None

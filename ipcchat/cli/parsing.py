"""The argument parser that all commands share, and the options of every client command.

Rules:
1. A mistyped command is answered with the nearest one, a mistyped option with the usage of its command.
2. A client option may stand before or after the command's name, and means the same there.
3. An option wins over its environment variable, which wins over the default.
4. No option takes a password: arguments can be read by everybody on the machine.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Sequence
from typing import NoReturn

DEFAULT_SERVER = "irc://127.0.0.1:6667"
INVALID_CHOICE = re.compile(r"invalid choice: '([^']*)'")


class Parser(argparse.ArgumentParser):
    """argparse with plain help (paragraphs as written) and a suggestion for a mistyped command."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.command_names: Sequence[str] = ()
        self.words = ""
        """The positional argument that takes words also from behind an option, where argparse takes none."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Nothing is left over: what a command does not know is a mistake in its usage, not in the whole program's."""
        options, unknown = super().parse_known_args(args, namespace)
        if self.words and not any(word.startswith("-") for word in unknown):
            setattr(options, self.words, [*getattr(options, self.words), *unknown])
            unknown = []
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        """Print the usage and the error, with the nearest command where one was mistyped; exit code 2."""
        wrong = INVALID_CHOICE.search(message)
        if wrong is not None:
            near = difflib.get_close_matches(wrong[1], self.command_names, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; the commands are {', '.join(self.command_names)}"
            message = f"there is no command '{wrong[1]}'{hint}" if self.command_names else message
        super().error(message)


def add_client_options(parser: argparse.ArgumentParser) -> None:
    """The options that chat, send and tail share. Nothing is stored for an option that was not given (rule 2)."""
    group = parser.add_argument_group("connection")
    group.add_argument(
        "--server",
        metavar="URL",
        default=argparse.SUPPRESS,
        help="irc://HOST:PORT, ircs://HOST:PORT (TLS) or unix:///PATH of the server (default: $IPCCHAT_SERVER, else "
        f"this machine's socket, else {DEFAULT_SERVER})",
    )
    group.add_argument(
        "--nick",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help="the name to be known by (default: $IPCCHAT_NICK, else the account, else the login name)",
    )
    add_login_options(group)
    group.add_argument(
        "--plain",
        action="store_true",
        default=argparse.SUPPRESS,
        help="no colours and no terminal control, just lines",
    )


def add_login_options(group: argparse._ArgumentGroup) -> None:
    """Who to be, and whom to trust."""
    for name, metavar, text in (
        (
            "--account",
            "NAME",
            "log in to this account (default: $IPCCHAT_ACCOUNT, else none); the password is "
            "$IPCCHAT_PASSWORD, else that of --password-command, else that of your keyring, else you are asked",
        ),
        ("--password-command", "COMMAND", "a command that prints the password (default: $IPCCHAT_PASSWORD_COMMAND)"),
        (
            "--certificate",
            "FILE",
            "log in with this certificate, a PEM file with its key (default: $IPCCHAT_CERTIFICATE)",
        ),
        (
            "--pin",
            "SHA256:...",
            "the fingerprint that the server's certificate must have, in the place of all other "
            "checks (default: $IPCCHAT_PIN)",
        ),
    ):
        group.add_argument(name, metavar=metavar, default=argparse.SUPPRESS, help=text)


def given(options: argparse.Namespace, name: str) -> str:
    """What an option of the connection says, else $IPCCHAT_ and its name; "" when neither does."""
    return str(getattr(options, name, None) or os.environ.get(f"IPCCHAT_{name.upper()}") or "")


def server_of(options: argparse.Namespace) -> str:
    """The server's address by option or environment; "" when neither names one."""
    return given(options, "server")


def nick_of(options: argparse.Namespace) -> str | None:
    """The nick by option or environment, else the account's name; None when there is neither."""
    return given(options, "nick") or given(options, "account") or None


def plain_of(options: argparse.Namespace) -> bool:
    """Whether --plain was given."""
    return bool(getattr(options, "plain", False))


def seconds(text: str) -> float:
    """Argument type: a number of seconds from 0 to a day."""
    value = float(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 86400 seconds")
    return value


def add_wait_option(parser: argparse.ArgumentParser) -> None:
    """How long to try for the first connection."""
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=seconds,
        default=10.0,
        help="how long to try to reach the server at the start (default: 10)",
    )

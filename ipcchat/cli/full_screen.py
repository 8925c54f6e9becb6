"""The way into the terminal client: what the command line, the environment and the settings say, as one Start.

Rules:
1. The environment's passwords are for the server that the command line means, else for the first of the settings.
2. A command that prints a password runs before the screen begins, for it may ask on the terminal. One that is needed
   later, for a server that is connected to by hand, has no terminal.
3. Nothing of `tui` is imported before it is known that it will run.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ipcchat.cli.client_run import address_for
from ipcchat.cli.keyrings import can_keep, keep, kept
from ipcchat.cli.names import alternatives, login_nick
from ipcchat.cli.parsing import given, server_of
from ipcchat.cli.passwords import printed_by
from ipcchat.client.chat import LOBBY, Chat, connect
from ipcchat.server.entries import client_program

if TYPE_CHECKING:
    from ipcchat.tui.start import ServerEntry, Start


def full_screen(options: argparse.Namespace) -> int:
    """Run the terminal client and return the exit code. Raises ChatError when it cannot begin."""
    from ipcchat.tui.app import run

    return run(start_of(options))


def start_of(options: argparse.Namespace) -> Start:
    """All that the terminal client needs to know. Raises ChatError."""
    from ipcchat.tui import settings
    from ipcchat.tui.remembered import Remembered
    from ipcchat.tui.start import Start, servers_for

    known = settings.load()
    wanted = given_entry(options)
    servers = servers_for(wanted, known.servers)
    servers = (*map(with_environment, servers[:1]), *servers[1:])
    proposal = with_environment(wanted)
    return Start(
        servers=tuple(map(with_printed_password, servers)),
        proposal=replace(proposal, nick=proposal.nick or login_nick()),
        chat=lambda entry: chat_for_entry(entry, options.wait),
        password=password_of,
        can_keep=can_keep,
        keep=keep_password,
        remember=remember,
        settings=known,
        remembered=Remembered(),
        program=client_program(),
        is_ansi=has_few_colours(),
    )


def given_entry(options: argparse.Namespace) -> ServerEntry:
    """What the command line and the environment say, but for passwords."""
    from ipcchat.tui.start import ServerEntry

    return ServerEntry(
        address=server_of(options),
        nick=given(options, "nick"),
        account=given(options, "account"),
        password_command=given(options, "password_command"),
        pin=given(options, "pin"),
        certificate=given(options, "certificate"),
    )


def with_environment(entry: ServerEntry) -> ServerEntry:
    """An entry with the passwords of the environment: $IPCCHAT_PASSWORD is the account's where there is one."""
    password, of_server = (os.environ.get(f"IPCCHAT_{name}", "") for name in ("PASSWORD", "SERVER_PASSWORD"))
    if entry.account:
        return replace(entry, password=password, server_password=of_server)
    return replace(entry, server_password=of_server or password)


def with_printed_password(entry: ServerEntry) -> ServerEntry:
    """An entry with the password that its command prints. Raises ChatError."""
    if entry.password or not (entry.account and entry.password_command):
        return entry
    return replace(entry, password=printed_by(entry.password_command))


def password_of(entry: ServerEntry) -> str | None:
    """See Start.password."""
    if not entry.account or entry.password:
        return entry.password
    if entry.password_command:
        return printed_by(entry.password_command, unseen=True)
    address = address_for(entry.address)
    if entry.certificate or address.scheme == "unix":
        return ""
    return kept(entry.account, address.host) or None


def keep_password(entry: ServerEntry, password: str) -> None:
    """See Start.keep."""
    keep(entry.account, address_for(entry.address).host, password)


def remember(entry: ServerEntry) -> None:
    """See Start.remember."""
    from ipcchat.tui.settings import append_server

    append_server(entry)


def chat_for_entry(entry: ServerEntry, connect_seconds: float) -> Chat:
    """See Start.chat."""
    address = address_for(entry.address)
    nick = entry.nick or entry.account
    return connect(
        address,
        nick=nick or login_nick(),
        channels=entry.channels or address.channels or (LOBBY,),
        alternatives=() if nick else alternatives(login_nick()),
        connect_seconds=connect_seconds,
        account=entry.account,
        password=entry.password if entry.account else "",
        server_password=entry.server_password,
        pin=entry.pin,
        certificate=entry.certificate,
        playback=True,
        insist=False,
    )


def has_few_colours() -> bool:
    """Whether the terminal has its own 16 colours and no others, as far as can be known, or is to show none."""
    from rich.console import Console

    if "NO_COLOR" in os.environ:
        return True
    forced = os.environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    system = Console(force_terminal=True).color_system if forced == "auto" else forced
    return system in ("standard", "windows", None)

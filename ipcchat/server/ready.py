"""What a server says when it serves."""

from __future__ import annotations

import logging
import sys

from ipcchat.server import logs
from ipcchat.server.doors import trust_hints
from ipcchat.server.entries import chat_program
from ipcchat.server.listeners import Listener


def say_ready(listeners: list[Listener], *, hints: bool = True) -> None:
    """One line for each listener on standard output and, with `hints`, on standard error how to join: words for people
    on a terminal, a log record elsewhere."""
    try:
        for listener in listeners:
            print(f"listening on {listener.address.url}", flush=True)
    except OSError:
        pass  # Nobody reads it; the server is there all the same.
    for hint in [*_join_hints(listeners), *trust_hints(listeners)] if hints else ():
        if sys.stderr is not None and sys.stderr.isatty():
            print(hint, file=sys.stderr)
        else:
            logs.event(logging.INFO, hint)


def _join_hints(listeners: list[Listener]) -> list[str]:
    """How to join: by the first listener that clients of IRC can use, and by `nc` where that is possible."""
    hints = []
    web = next((listener.address for listener in listeners if listener.is_http), None)
    if web is not None:
        hints.append(f"join from a browser:         {web.url}")
    spoken = next((each.address for each in listeners if not each.is_http and each.address.scheme != "plain"), None)
    if spoken is not None:
        hints.append(f"join from another terminal:  {chat_program()} --server {spoken.url}")
    by_port = next((listener.address for listener in listeners if listener.address.scheme.startswith("irc")), None)
    if by_port is not None:
        port = f"{by_port.port} (TLS)" if by_port.scheme == "ircs" else f"{by_port.port}"
        hints.append(f"or from any IRC client:      server {by_port.host}, port {port}, channel #lobby")
    plain = next((listener.address for listener in listeners if listener.address.scheme == "plain"), None)
    if plain is not None:
        hints.append(f"or without any client:       nc {plain.host} {plain.port}")
    return hints

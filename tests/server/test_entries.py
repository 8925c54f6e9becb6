"""What people are told to type: from a clone the programs of the clone, once installed the command."""

from __future__ import annotations

import sys

import pytest

from ipcchat.server.entries import chat_program, client_program, server_program


@pytest.mark.parametrize(
    ("started", "server", "client", "chat"),
    [
        ("/home/ann/ipc-chat/server.py", "python3 server.py", "python3 client.py", "python3 client.py"),
        ("client.py", "python3 server.py", "python3 client.py", "python3 client.py"),
        ("/usr/bin/ipc-chat", "ipc-chat", "ipc-chat", "ipc-chat chat"),
    ],
)
def test_programs_are_called_as_they_were_started(
    monkeypatch: pytest.MonkeyPatch, started: str, server: str, client: str, chat: str
):
    monkeypatch.setattr(sys, "argv", [started])
    assert (server_program(), client_program(), chat_program()) == (server, client, chat)

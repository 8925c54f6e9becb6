"""Accounts over real sockets: a plain client gets one from NickServ, is here from two places, and loses nothing when
the server is killed. The password is found nowhere but in its owner's head."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.programs import run_client
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess

PASSWORD = "canary-horse-battery"


def enter(server: ServerProcess, nick: str = "ann") -> RawClient:
    """A client that knows only PASS."""
    client = RawClient(server.port)
    client.says(f"PASS :ann:{PASSWORD}")
    return client.registers(nick)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_an_account_outlives_connections_and_servers(server: ServerProcess, end: signal.Signals, tmp_path: Path):
    with RawClient(server.port).registers("ann").joins("#tea") as ann:
        ann.says(f"PRIVMSG NickServ :REGISTER {PASSWORD}")
        assert ann.hears("900").params[2] == "ann"
        ann.says("TOPIC #tea :Earl Grey")
        ann.hears("TOPIC")
    with RawClient(server.port).registers("bob").joins("#tea") as bob:
        assert bob.answers_to("WHOIS ann")[-1].command == "318"
        assert any(line.params[-1] == "Not connected" for line in bob.heard + bob.answers_to("WHOIS ann"))
        with enter(server) as laptop, enter(server) as phone:
            laptop.hears("JOIN")
            phone.says("PRIVMSG #tea :from the phone")
            assert laptop.hears_text("from the phone").nick == "ann"
            assert bob.hears_text("from the phone").nick == "ann"
            server.end(end)
    server.start()
    with RawClient(server.port) as stranger:
        stranger.says("NICK ann")
        assert stranger.hears("433").params[-1].startswith("Nickname")
    with enter(server) as again:
        assert again.hears("JOIN").params == ["#tea"]
        assert again.hears("332").params[-1] == "Earl Grey"
        assert "@ann" in again.hears("353").params[-1].split()
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert PASSWORD.encode() not in written


def registers(server: ServerProcess) -> RawClient:
    """She gets her account."""
    ann = RawClient(server.port).registers("ann")
    ann.says(f"PRIVMSG NickServ :REGISTER {PASSWORD}")
    ann.hears("900")
    return ann


def logs_in_later(server: ServerProcess) -> RawClient:
    """She connects under another nick, and then says who she is."""
    ann = RawClient(server.port).registers("anna")
    ann.says(f"PRIVMSG NickServ :IDENTIFY ann {PASSWORD}", "NICK ann")
    ann.hears("NICK")
    return ann


@pytest.mark.parametrize("connects", [registers, enter, logs_in_later])
def test_who_logged_in_is_there_after_a_crash_in_that_moment(server: ServerProcess, connects: Callable[..., RawClient]):
    if connects is not registers:
        with registers(server) as ann:
            ann.says("NICK somebody", "QUIT")
            ann.hears("NICK")
            ann.hears_end()
    with connects(server):
        server.end(signal.SIGKILL)
    server.start()
    with RawClient(server.port).registers("bob") as bob:
        assert any(line.params[-1] == "Not connected" for line in bob.answers_to("WHOIS ann"))


async def test_who_logs_in_while_he_talks_is_told_what_he_has_not_read(server: ServerProcess):
    """IRCv3 draft/read-marker, draft/chathistory (TARGETS)."""
    with registers(server):
        pass
    with RawClient(server.port).registers("bob") as bob:
        bob.answers_to("PRIVMSG ann :call me")
    words = ("chat", "--nick", "ann_")
    typed = f"/login ann\n{PASSWORD}\n/quit\n"
    code, out, _ = await run_client(f"irc://127.0.0.1:{server.port}", *words, typed=typed)
    assert code == 0 and out.count("-- not read yet: bob; /query bob, then /unread shows what\n") == 1

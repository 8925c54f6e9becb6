"""Which servers the terminal client begins with: the command line, then the settings, then a question."""

from __future__ import annotations

import pytest

from ipcchat.client.errors import AddressError
from ipcchat.tui.start import ServerEntry, servers_for

WORK = ServerEntry(
    address="ircs://chat.example/#ops",
    name="work",
    nick="ann",
    account="ann.lee",
    password_command="pass show chat",
    channels=("#ops", "#tea"),
)
HOME = ServerEntry(address="unix:///run/chat.sock", nick="annie")
OFF = ServerEntry(address="irc://old.example", nick="ann", connect=False)


def test_nobody_said_who_so_he_is_asked() -> None:
    assert servers_for(ServerEntry(), ()) == ()
    assert servers_for(ServerEntry(address="ircs://new.example"), (WORK,)) == ()


def test_a_name_is_enough_for_this_machine() -> None:
    given = ServerEntry(nick="bob")
    assert servers_for(given, ()) == (given,) == servers_for(given, (OFF,))
    assert servers_for(ServerEntry(certificate="ann.pem"), ()) != ()


def test_the_servers_of_the_settings_but_those_that_wait_to_be_asked_for() -> None:
    assert servers_for(ServerEntry(), (WORK, OFF, HOME)) == (WORK, HOME)


def test_who_to_be_counts_for_the_first_of_them() -> None:
    first, second = servers_for(ServerEntry(nick="bob"), (WORK, HOME))
    assert (first.nick, first.account, first.channels) == ("bob", "ann.lee", ("#ops", "#tea"))
    assert second == HOME


@pytest.mark.parametrize("address", ["ircs://chat.example", "ircs://CHAT.example:6697/#lobby"])
def test_a_server_that_is_named_is_the_only_one_and_completed_by_the_settings(address: str) -> None:
    (entry,) = servers_for(ServerEntry(address=address), (HOME, WORK))
    assert (entry.address, entry.name, entry.nick, entry.account) == (address, "work", "ann", "ann.lee")
    assert entry.password_command == "pass show chat"


def test_a_server_that_is_named_is_connected_to_whatever_the_settings_say() -> None:
    (entry,) = servers_for(ServerEntry(address="old.example"), (OFF,))
    assert entry.connect and entry.nick == "ann"


def test_another_account_gets_nothing_of_the_first_ones() -> None:
    (entry,) = servers_for(ServerEntry(address="ircs://chat.example", account="bob"), (WORK,))
    assert (entry.account, entry.nick, entry.password_command, entry.certificate) == ("bob", "", "", "")


def test_without_tls_it_is_another_server() -> None:
    assert servers_for(ServerEntry(address="irc://chat.example:6697"), (WORK,)) == ()


def test_a_mistake_in_the_address_is_said() -> None:
    with pytest.raises(AddressError, match="page"):
        servers_for(ServerEntry(address="https://chat.example", nick="ann"), (WORK,))


def test_no_password_is_shown() -> None:
    shown = repr(ServerEntry(password="hush", server_password="open"))
    assert "hush" not in shown and "open" not in shown

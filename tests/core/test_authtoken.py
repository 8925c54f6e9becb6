"""The services beside the chat, and who is told of them (IRCv3 draft/authtoken)."""

from __future__ import annotations

import msgspec

from ipcchat.core import authtoken
from ipcchat.core.authtoken import FILEHOST, LOGIN
from ipcchat.core.settings import Settings
from tests.core.net import Net

WEB = Settings(web_url="https://chat.example")
ALL = msgspec.structs.replace(WEB, files_url="https://chat.example/files")


def names(settings: Settings, *, secure: bool = False) -> list[str]:
    return [service.name for service in authtoken.services(settings, secure=secure)]


def test_a_service_is_there_where_it_has_a_place():
    assert names(Settings()) == []
    assert names(WEB) == [LOGIN]
    assert names(ALL) == names(ALL, secure=True) == [LOGIN, FILEHOST]


def test_who_came_by_tls_is_sent_nowhere_without():
    mixed = msgspec.structs.replace(ALL, files_url="http://chat.example/files")
    assert names(mixed) == [LOGIN, FILEHOST]
    assert names(mixed, secure=True) == [LOGIN]


def test_nobody_is_told_of_what_is_the_same():
    net = Net(settings=msgspec.structs.replace(ALL, server_name="test.net"))
    ann = net.connect("ann", "batch draft/authtoken")
    authtoken.announce(net.engine, ALL, ALL)
    assert not net.engine.effects
    authtoken.announce(net.engine, WEB, ALL)
    net.nodes[0].perform(net.engine._take())
    assert ann.lines == [":test.net TOKEN NEW FILEHOST https://chat.example/files"]

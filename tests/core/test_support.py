"""ISUPPORT: what clients are told is what the tables and limits say (Modern IRC "RPL_ISUPPORT Parameters")."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import modes
from ipcchat.core.peers import Peer
from ipcchat.core.settings import Settings
from ipcchat.core.support import supported
from ipcchat.wire.isupport import merge_isupport
from ipcchat.wire.message import parse
from ipcchat.wire.modes import mode_classes
from tests.core.net import Net


def told(net) -> dict[str, str]:
    """The tokens that somebody who connects is told."""
    ann = net.dial()
    ann.says("NICK ann", "USER ann 0 * :Ann")
    tokens: dict[str, str] = {}
    rows = [parse(line) for line in ann.lines if " 005 " in line]
    assert all(row.params[-1] == "are supported by this server" and len(row.params) <= 15 for row in rows)
    for row in rows:
        merge_isupport(tokens, row.params[1:-1])
    return tokens


def test_the_tokens_are_those_of_the_table(net):
    assert told(net) == supported(Settings(network="TestNet"))


@pytest.mark.covers(
    "ISUPPORT NETWORK",
    "ISUPPORT CASEMAPPING",
    "ISUPPORT UTF8ONLY",
    "ISUPPORT draft/AUTHTOKEN",
    "ISUPPORT soju.im/SAFERATE",
    "ISUPPORT USERIP",
)
def test_the_tokens(net):
    assert told(net) == {
        "NETWORK": "TestNet",
        "CASEMAPPING": "ascii",
        "CHANTYPES": "#",
        "CHANMODES": "beI,k,fl,CDMPQRSUcimnpstur",
        "PREFIX": "(qaohv)~&@%+",
        "STATUSMSG": "~&@%+",
        "EXCEPTS": "e",
        "INVEX": "I",
        "EXTBAN": "~,Uacmnrz",
        "ACCOUNTEXTBAN": "account,a",
        "BOT": "B",
        "CALLERID": "g",
        "FORWARD": "f",
        "CHANLIMIT": "#:100",
        "CHANNELLEN": "64",
        "NICKLEN": "32",
        "USERLEN": "20",
        "HOSTLEN": "63",
        "NAMELEN": "150",
        "TOPICLEN": "300",
        "AWAYLEN": "360",
        "KICKLEN": "250",
        "KEYLEN": "32",
        "MAXLIST": "beI:100",
        "MODES": "6",
        "MONITOR": "100",
        "SILENCE": "100",
        "MAXTARGETS": "4",
        "TARGMAX": "JOIN:10,PART:10,NAMES:10,KICK:10,WHOIS:1,LIST:10,PRIVMSG:4,NOTICE:4,TAGMSG:4,MONITOR:100",
        "ELIST": "CMNTU",
        "KNOCK": "",
        "WHOX": "",
        "USERIP": "",
        "CHATHISTORY": "100",
        "MSGREFTYPES": "msgid,timestamp",
        "SAFELIST": "",
        "soju.im/SAFERATE": "",
        "UTF8ONLY": "",
        "draft/AUTHTOKEN": "",
    }


def test_the_modes_advertised_are_the_modes_understood():
    tokens = supported(Settings(network="TestNet"))
    assert mode_classes(tokens["CHANMODES"], tokens["PREFIX"]) == modes.CHANNEL_CLASSES


FILES = "://chat.example/files"


def is_told_of_files(url: str, *, secure: bool) -> list[bool]:
    """Whether somebody who comes is told both tokens."""
    ann = Net(settings=Settings(files_url=url)).dial(peer=Peer("127.0.0.1", secure=secure))
    ann.says("NICK ann", "USER ann 0 * :Ann")
    tokens = (f" soju.im/FILEHOST={url}", f" draft/FILEHOST={url}")
    return [any(token in line for line in ann.lines) for token in tokens]


@pytest.mark.covers("ISUPPORT soju.im/FILEHOST", "ISUPPORT draft/FILEHOST")
def test_people_are_told_where_files_go():
    # https://codeberg.org/emersion/soju/src/branch/master/doc/ext/filehost.md
    for scheme, secure in (("https", True), ("https", False), ("http", False)):
        assert is_told_of_files(f"{scheme}{FILES}", secure=secure) == [True, True]


def test_who_came_encrypted_is_not_sent_elsewhere():
    assert is_told_of_files(f"http{FILES}", secure=True) == [False, False]


def test_a_reload_tells_each_what_is_for_him():
    net = Net()
    ann, bob = net.dial(peer=Peer("127.0.0.1", secure=True)), net.connect("bob")
    ann.says("NICK ann", "USER ann 0 * :Ann")
    net.forget()
    for url, heard in ((f"http{FILES}", [False, True]), (f"https{FILES}", [True, True]), ("", [True, True])):
        settings = msgspec.structs.replace(net.engine.settings, files_url=url)
        net.nodes[0].perform(net.engine.reload(settings, net.now))
        words = f" soju.im/FILEHOST={url}" if url else " -soju.im/FILEHOST"
        assert [any(words in line for line in talker.lines) for talker in (ann, bob)] == heard
        net.forget()

"""Asking about the server: MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, LINKS, MAP, USERS, SUMMON (Modern IRC "Server
Queries and Commands" and "Optional Messages"; RFC 2812 4.5 and 4.6)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core.settings import Operator, Settings
from tests.core.net import Net

SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    description="A place to test",
    motd=("Welcome.",),
    admin=("Tea Street 1", "The tea people", "tea@test.net"),
    operators={"op": Operator(password_hash="hash of tea")},
)


@pytest.fixture
def net() -> Net:
    """A network that says who runs it."""
    return Net(settings=SETTINGS)


@pytest.mark.covers("MOTD", "RPL_MOTDSTART", "RPL_MOTD", "RPL_ENDOFMOTD", "ERR_NOMOTD")
def test_motd(net):
    ann = net.connect("ann")
    assert ann.says("MOTD") == [
        ":test.net 375 ann :- test.net Message of the day - ",
        ":test.net 372 ann :- Welcome.",
        ":test.net 376 ann :End of /MOTD command",
    ]
    net.engine.configure(msgspec.structs.replace(SETTINGS, motd=()))
    assert ann.says("MOTD test.net") == [":test.net 422 ann :There is no message of the day"]


@pytest.mark.covers(
    "LUSERS",
    "RPL_LUSERCLIENT",
    "RPL_LUSEROP",
    "RPL_LUSERUNKNOWN",
    "RPL_LUSERCHANNELS",
    "RPL_LUSERME",
    "RPL_LOCALUSERS",
    "RPL_GLOBALUSERS",
)
def test_lusers_counts_people_operators_channels_and_strangers(net):
    ann = net.join("ann", "#tea")
    bob = net.connect("bob")
    bob.says("MODE bob +i", "OPER op tea")
    net.dial()
    ann.forget()
    counts = [
        ":test.net 251 ann :There are 1 users and 1 invisible on 1 servers",
        ":test.net 252 ann 1 :IRC operators online",
        ":test.net 253 ann 1 :unregistered connections",
        ":test.net 254 ann 1 :channels formed",
        ":test.net 255 ann :I have 2 clients and 0 servers",
        ":test.net 265 ann 2 2 :Current local users 2, max 2",
        ":test.net 266 ann 2 2 :Current global users 2, max 2",
    ]
    assert ann.says("LUSERS") == counts
    assert ann.says("LUSERS *.net test.net") == counts
    bob.says("MODE bob -o")
    assert ann.says("LUSERS") == [counts[0], *counts[2:]]


def test_operators_are_counted_while_they_are_here():
    net = Net(2, settings=SETTINGS)
    ann, bob = net.connect("ann"), net.connect("bob", node=1)
    for talker in (ann, bob):
        talker.says("OPER op tea", "OPER op tea")
    assert ":test.net 252 ann 2 :IRC operators online" in ann.says("LUSERS")
    bob.hangs_up()
    assert ":test.net 252 ann 1 :IRC operators online" in ann.says("LUSERS")
    restored = net.nodes[1].engine.state
    restored.restore(net.engine.snapshot())
    assert restored.operators == 1


def test_somebody_on_his_way_out_is_no_stranger(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    net.journal.holding = True
    ann.hangs_up()
    bob.says("LUSERS")
    assert "253" not in bob.numerics


@pytest.mark.covers("VERSION", "RPL_VERSION")
def test_version_and_what_it_supports(net):
    ann = net.connect("ann")
    lines = ann.says("VERSION")
    assert lines[0] == ":test.net 351 ann ipc-chat-test test.net TestNet"
    assert len(lines) > 2
    assert {line.split()[1] for line in lines[1:]} == {"005"}


@pytest.mark.covers("TIME", "RPL_TIME")
def test_time(net):
    assert net.connect("ann").says("TIME") == [":test.net 391 ann test.net 2023-11-14T22:13:20.000Z"]


@pytest.mark.covers("INFO", "RPL_INFO", "RPL_ENDOFINFO")
def test_info(net):
    *lines, end = net.connect("ann").says("INFO")
    assert lines[1:3] == [
        ":test.net 371 ann :This is test.net of TestNet: A place to test",
        ":test.net 371 ann :It runs since 2023-11-14T22:13:20.000Z",
    ]
    assert {line.split()[1] for line in lines} == {"371"}
    assert end == ":test.net 374 ann :End of /INFO list"


@pytest.mark.covers("ADMIN", "RPL_ADMINME", "RPL_ADMINLOC1", "RPL_ADMINLOC2", "RPL_ADMINEMAIL")
def test_admin(net):
    assert net.connect("ann").says("ADMIN") == [
        ":test.net 256 ann test.net :Administrative info",
        ":test.net 257 ann :Tea Street 1",
        ":test.net 258 ann :The tea people",
        ":test.net 259 ann tea@test.net",
    ]


@pytest.mark.covers("ADMIN", "ERR_NOADMININFO")
def test_a_server_that_says_little_of_who_runs_it(net):
    ann = net.connect("ann", "labeled-response batch")
    net.engine.configure(msgspec.structs.replace(SETTINGS, admin=("", "just this")))
    assert ann.says("ADMIN")[1:] == [":test.net 257 ann :", ":test.net 258 ann :just this"]
    net.engine.configure(msgspec.structs.replace(SETTINGS, admin=()))
    assert ann.says("@label=1 ADMIN") == ["@label=1 :test.net 423 ann test.net :No administrative info available"]


@pytest.mark.covers("LINKS", "RPL_ENDOFLINKS")
@pytest.mark.parametrize(
    ("said", "shown", "mask"),
    [
        pytest.param("LINKS", True, "*", marks=pytest.mark.covers("RPL_LINKS")),
        ("LINKS *.NET", True, "*.NET"),
        ("LINKS test.net *", True, "*"),
        ("LINKS test.net *.org", False, "*.org"),
        ("LINKS other.net", False, "other.net"),
    ],
)
def test_links(net, said, shown, mask):
    server = [":test.net 364 ann test.net test.net :0 A place to test"] if shown else []
    assert net.connect("ann").says(said) == [*server, f":test.net 365 ann {mask} :End of /LINKS list"]


@pytest.mark.covers("MAP", "RPL_MAP", "RPL_MAPEND")
def test_map(net):
    ann = net.connect("ann")
    assert ann.says("MAP") == [":test.net 015 ann :test.net [1 user]", ":test.net 017 ann :End of /MAP"]
    net.connect("bob")
    assert ann.says("MAP")[0] == ":test.net 015 ann :test.net [2 users]"


@pytest.mark.covers("USERS", "SUMMON", "ERR_USERSDISABLED", "ERR_SUMMONDISABLED")
def test_what_is_no_more(net):
    ann = net.connect("ann")
    assert ann.says("USERS") == [":test.net 446 ann :USERS has been disabled; WHO lists the people in the chat"]
    assert ann.says("SUMMON bob test.net") == [
        ":test.net 445 ann :SUMMON has been disabled; INVITE calls people who are in the chat"
    ]


@pytest.mark.covers("ERR_NOSUCHSERVER")
@pytest.mark.parametrize(
    "said", ["MOTD {}", "LUSERS * {}", "LUSERS {}", "VERSION {}", "TIME {}", "INFO {}", "ADMIN {}", "USERS {}"]
)
def test_the_server_may_be_named(net, said):  # Modern IRC: <target> is a server, a mask, or a client on it
    ann = net.connect("ann", "labeled-response batch")
    net.connect("bob")
    for target in ("test.net", "TEST.net", "*.net", "?est.*", "bob"):
        ann.forget()
        ann.says(said.format(target))
        assert ann.numerics
        assert "402" not in ann.numerics
    assert ann.says(f"@label=1 {said.format('other.net')}") == [
        "@label=1 :test.net 402 ann other.net :No such server; this one is test.net"
    ]
    assert ann.says(said.format(":a b"))[0].startswith(":test.net 402 ann a,b :")


@pytest.mark.parametrize("said", ["SUMMON bob other.net", "LINKS other.net *"])
def test_another_server_cannot_be_asked(net, said):
    assert net.connect("ann").says(said) == [":test.net 402 ann other.net :No such server; this one is test.net"]

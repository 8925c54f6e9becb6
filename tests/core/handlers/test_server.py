"""Asking about the server: MOTD, LUSERS, VERSION, TIME, INFO, HELP (Modern IRC "Server Queries and Commands")."""

from __future__ import annotations

import pytest

from ipcchat.core.registry import COMMANDS


def test_motd(net):
    ann = net.connect("ann")
    assert ann.says("MOTD") == [
        ":test.net 375 ann :- test.net Message of the day - ",
        ":test.net 372 ann :- Welcome.",
        ":test.net 376 ann :End of /MOTD command",
    ]
    net.engine.motd.clear()
    assert ann.says("MOTD test.net") == [":test.net 422 ann :There is no message of the day"]


def test_lusers_counts_people_channels_and_strangers(net):
    ann = net.join("ann", "#tea")
    net.connect("bob").says("MODE bob +i")
    net.dial()
    ann.forget()
    assert ann.says("LUSERS") == [
        ":test.net 251 ann :There are 1 users and 1 invisible on 1 servers",
        ":test.net 253 ann 1 :unregistered connections",
        ":test.net 254 ann 1 :channels formed",
        ":test.net 255 ann :I have 2 clients and 0 servers",
        ":test.net 265 ann 2 2 :Current local users 2, max 2",
        ":test.net 266 ann 2 2 :Current global users 2, max 2",
    ]


def test_somebody_on_his_way_out_is_no_stranger(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    net.journal.holding = True
    ann.hangs_up()
    bob.says("LUSERS")
    assert "253" not in bob.numerics


def test_version_and_what_it_supports(net):
    ann = net.connect("ann")
    lines = ann.says("VERSION")
    assert lines[0] == ":test.net 351 ann ipc-chat-test test.net TestNet"
    assert [line.split()[1] for line in lines[1:]] == ["005", "005"]


def test_time(net):
    assert net.connect("ann").says("TIME") == [":test.net 391 ann test.net 2023-11-14T22:13:20.000Z"]


def test_info(net):
    *lines, end = net.connect("ann").says("INFO")
    assert [line.split()[1] for line in lines] == ["371"] * 3
    assert lines[1] == ":test.net 371 ann :This is test.net of TestNet, running since 2023-11-14T22:13:20.000Z"
    assert end == ":test.net 374 ann :End of /INFO list"


def test_help_lists_all_commands(net):  # Modern IRC, HELP
    ann = net.connect("ann")
    start, *lines, end = ann.says("HELP")
    assert start == ":test.net 704 ann * :TestNet: JOIN #lobby, then PRIVMSG #lobby :hello"
    assert end == ":test.net 706 ann * :End of /HELP"
    listed = " ".join(line.split(" :", 1)[1] for line in lines[:-1]).split()
    assert listed == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_on_each_command(net, name):
    ann = net.connect("ann")
    start, *lines, end = ann.says(f"HELP {name.lower()}")
    assert start == f":test.net 704 ann {name} :{COMMANDS[name].syntax}"
    assert lines[-1] == f":test.net 705 ann {name} :Specification: {COMMANDS[name].spec}"
    assert len(lines) > 1
    assert end == f":test.net 706 ann {name} :End of /HELP"


def test_no_help_on_that(net):
    assert net.connect("ann").says("HELP :some thing") == [
        ":test.net 524 ann some,thing :No help on that; HELP lists the commands"
    ]

"""HELP of the services, the commands that lead to them, and the advice of those that do nothing here
(https://modern.ircdocs.horse/#services)."""

from __future__ import annotations

import re

import pytest

from ipcchat.core.services import SERVICE_COMMANDS, SERVICES
from tests.core.net import ALL_CAPS, Net

NAMES = [service.name for service in SERVICES.values()]


def test_help_says_what_there_is(net):
    ann = net.connect("ann")
    heard = [line.partition(" NOTICE ann :")[2] for line in ann.says("PRIVMSG NickServ :help")]
    assert heard[0].startswith("This is NickServ of TestNet. About accounts: ")
    assert heard[1].startswith("Commands: HELP REGISTER VERIFY IDENTIFY LOGOUT PASSWD UNREGISTER ")
    assert heard[-1] == (
        "/msg NickServ HELP <command> says what one does here. Other services: ChanServ, HistServ, HostServ, MemoServ, "
        "OperServ, BotServ, Services, Server."
    )


def test_help_names_each_command_once_and_explains_it_under_each_of_its_names(net):
    ann = net.connect("ann")
    listed = " ".join(ann.says("NS HELP")).split()
    assert "IDENTIFY" in listed and "LOGIN" not in listed
    assert "LOGIN [<account>] <password>" in ann.says("NS HELP LOGIN")[0]


@pytest.mark.covers("NICKSERV", "NS", "CHANSERV", "CS")
@pytest.mark.parametrize("words", ["", "help", "HELP REGISTER", "register", "nonsense", ":help  register"])
def test_commands_say_the_same_as_messages(net, words):
    ann = net.connect("ann")
    asked = words.removeprefix(":") or "help"
    for name, service in (("NICKSERV", "NickServ"), ("NS", "NickServ"), ("CHANSERV", "ChanServ"), ("CS", "ChanServ")):
        assert ann.says(f"{name} {words}".rstrip()) == ann.says(f"PRIVMSG {service} :{asked}")


@pytest.mark.parametrize(
    ("service", "name"), [(service, name) for service in NAMES for name in SERVICE_COMMANDS[service]]
)
def test_every_command_answers_and_has_help(net, service, name):
    ann = net.connect("ann")
    for said in (name, f"{name} one two", f"HELP {name}"):
        heard = ann.says(f"PRIVMSG {service} :{said}")
        assert heard
        assert not re.search(r"[{}]|None", " ".join(heard))
    assert ann.says(f"PRIVMSG {service} :HELP nonsense") == [
        f":{service}!{service}@test.net NOTICE ann :There is no help on that. /msg {service} HELP lists what there is."
    ]


def test_a_labelled_command_has_one_response(net):  # IRCv3 labeled-response
    ann = net.connect("ann", ALL_CAPS)
    for said in ("NS IDENTIFY x", "CS HELP", "NS nonsense"):
        first, *others = ann.says(f"@label=a {said}")
        assert first.startswith("@label=a")
        assert not [line for line in others if "label=" in line]


def test_people_who_are_not_registered_ask_in_vain():
    assert Net().dial().says("NS HELP") == [":test.net 451 * :You have not registered"]

"""NAMES and LIST (Modern IRC "NAMES message", "LIST message", "ELIST Parameter")."""

from __future__ import annotations

import pytest

from ipcchat.core.effects import Moment
from ipcchat.core.limits import Limits
from tests.core.deeds import is_operator
from tests.core.net import ALL_CAPS, Net


def listed(lines: list[str]) -> list[str]:
    """The channels that LIST names."""
    return [line.split()[3] for line in lines if line.split()[1] == "322"]


def named(lines: list[str]) -> str:
    """The members that NAMES names."""
    return " ".join(line.split(maxsplit=5)[5].lstrip(":") for line in lines if line.split()[1] == "353")


# NAMES.


@pytest.mark.covers("NAMES", "RPL_NAMREPLY", "RPL_ENDOFNAMES")
def test_names_of_several_channels(net):
    ann, bob = net.join("ann", "#tea,#ops"), net.join("bob", "#tea")
    net.forget()
    assert ann.says("NAMES #TEA,#none,#ops") == [
        ":test.net 353 ann = #tea :@ann bob",
        ":test.net 366 ann #tea :End of /NAMES list",
        ":test.net 366 ann #none :End of /NAMES list",
        ":test.net 353 ann = #ops :@ann",
        ":test.net 366 ann #ops :End of /NAMES list",
    ]
    assert bob.says("NAMES", "NAMES :", "NAMES bob", "NAMES ,") == [
        ":test.net 366 bob * :End of /NAMES list",
        ":test.net 366 bob * :End of /NAMES list",
        ":test.net 366 bob bob :End of /NAMES list",
        ":test.net 461 bob NAMES :Not enough parameters: there is no name in the list",
    ]


def test_too_many_channels():  # ISUPPORT TARGMAX
    ann = Net(limits=Limits(targets_per_command_max=2)).connect("ann")
    assert ann.says("NAMES #a,#b,#c", "LIST #a,#b,#c") == [":test.net 407 ann 3 :At most 2 targets in one command"] * 2


@pytest.mark.covers("multi-prefix", "userhost-in-names")
def test_prefixes_and_masks_by_capability(net):  # IRCv3 multi-prefix, userhost-in-names
    ann = net.join("ann", "#tea", "multi-prefix")
    bob = net.join("bob", "#tea", "userhost-in-names")
    ann.says("MODE #tea +v ann", "MODE #tea +v bob")
    assert named(ann.says("NAMES #tea")) == "@+ann +bob"
    assert named(bob.says("NAMES #tea")) == "@ann!~ann@127.0.0.1 +bob!~bob@127.0.0.1"


def test_who_is_shown_to_whom(net):  # Modern IRC, NAMES; user mode +i, modes +s, +p, +u, +D
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    joe = net.join("joe", "#tea")
    bob.says("MODE bob +i")
    assert named(eve.says("NAMES #tea")) == "@ann joe"
    assert named(joe.says("NAMES #tea")) == "@ann bob joe"
    ann.says("MODE #tea +u")
    assert named(joe.says("NAMES #tea")) == "@ann joe"
    assert named(ann.says("NAMES #tea")) == "@ann bob joe"
    assert named(eve.says("NAMES #tea")) == "@ann"
    ann.says("MODE #tea -u", "MODE #tea +D")
    kim = net.join("kim", "#tea")
    assert named(ann.says("NAMES #tea")) == "@ann bob joe"
    assert named(kim.says("NAMES #tea")) == "@ann bob joe kim"
    assert named(eve.says("NAMES #tea")) == "@ann joe"
    is_operator(net, eve)
    assert named(eve.says("NAMES #tea")) == "@ann bob joe"
    ann.says("MODE #tea +s")
    assert eve.says("NAMES #tea") == [":test.net 366 eve #tea :End of /NAMES list"]
    assert ann.says("NAMES #tea")[0].startswith(":test.net 353 ann @ #tea :")
    ann.says("MODE #tea -s", "MODE #tea +p")
    assert ann.says("NAMES #tea")[0].startswith(":test.net 353 ann * #tea :")


def test_nobody_to_name_is_only_an_end(net):
    ann, eve = net.join("ann", "#tea"), net.connect("eve")
    ann.says("MODE ann +i")
    assert eve.says("NAMES #tea") == [":test.net 366 eve #tea :End of /NAMES list"]


def test_names_of_a_crowd_take_several_lines(net):
    ann = net.join("a" * 32, "#tea")
    others = [f"{number:02d}".rjust(31, "x") for number in range(40)]
    for nick in others:
        net.join(nick, "#tea")
    net.forget()
    lines = ann.says("NAMES #tea")
    assert lines[-1].split()[1] == "366"
    assert len(lines) > 2
    assert all(len(line.encode()) <= 510 for line in lines)
    assert named(lines).split() == ["@" + "a" * 32, *others]


# LIST.


@pytest.mark.covers("LIST", "RPL_LISTSTART", "RPL_LIST", "RPL_LISTEND", "ISUPPORT SAFELIST", "ISUPPORT ELIST")
def test_list_shows_channels_members_and_topics(net):
    bob = net.dial()
    ann = net.join("ann", "#tea,#ops,#secret")
    bob.says("NICK bob", "USER bob 0 * :Bob", "JOIN #tea")
    ann.says("TOPIC #tea :Green", "MODE #secret +s", "JOIN #empty", "PART #empty")
    start, end = ":test.net 321 bob Channel :Users  Name", ":test.net 323 bob :End of /LIST"
    assert (
        bob.says("LIST", "LIST :")
        == [
            start,
            ":test.net 322 bob #tea 2 Green",
            ":test.net 322 bob #ops 1 :",
            end,
        ]
        * 2
    )
    assert bob.says("LIST #t*,#none") == [start, ":test.net 322 bob #tea 2 Green", end]
    assert bob.says("LIST #TEA test.net", "LIST test.net #tea") == [start, ":test.net 322 bob #tea 2 Green", end] * 2
    assert listed(bob.says("LIST #secret")) == []
    assert ":test.net 322 ann #secret 1 :" in ann.says("LIST #SECRET")


def test_private_channels_are_listed_for_their_members_only(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("MODE #tea +p")
    assert listed(bob.says("LIST", "LIST #tea")) == []
    assert listed(ann.says("LIST", "LIST #tea")) == ["#tea", "#tea"]
    is_operator(net, bob)
    assert listed(bob.says("LIST")) == []


def test_conditions_in_both_parameters(net):  # Modern IRC, ELIST=CMNTU
    ann = net.join("ann", "#tea,#team,#ops")
    bob = net.join("bob", "#tea")
    net.now = Moment(net.now.wall + 600_000, net.now.ticks)
    ann.says("TOPIC #team :new", "JOIN #teapot")
    for said, found in {
        "LIST >1": ["#tea"],
        "LIST <2,#t*": ["#team", "#teapot"],
        "LIST #t* <2": ["#team", "#teapot"],
        "LIST C<10": ["#teapot"],
        "LIST C>9,!#tea*": ["#ops"],
        "LIST T<1": ["#team"],
        "LIST !*ea*": ["#ops"],
        "LIST #tea,#ops": ["#tea", "#ops"],
    }.items():
        assert listed(bob.says(said)) == found, said


@pytest.mark.covers("NOTE * INVALID_CONDITION")
def test_what_cannot_be_looked_for_is_said(net):
    bob = net.join("bob", "#tea", "standard-replies")
    start, note, end = bob.says("LIST tea,>0")
    assert (start.split()[1], end.split()[1]) == ("321", "323")
    assert note.startswith(":test.net NOTE LIST INVALID_CONDITION :tea is nothing to look for; use >10")
    assert listed(bob.says("LIST #tea other.net")) == []


def test_persistent_channels_are_there_without_anybody(net):  # mode +P
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    is_operator(net, ann)
    ann.says("MODE #tea +P", "PART #tea")
    assert ":test.net 322 bob #tea 0 :" in bob.says("LIST")
    assert listed(bob.says("LIST <1")) == ["#tea"]
    assert ":test.net 254 bob 1 :channels formed" in bob.says("LUSERS")
    net.restart()
    assert listed(net.connect("bob").says("LIST")) == ["#tea"]


def test_a_long_topic_is_cut_in_the_row(net):
    name, topic = "#" + "é" * 31, "ü" * 195
    ann = net.join("a" * 32, name)
    ann.says(f"TOPIC {name} :{topic}")
    row = ann.says(f"LIST {name}")[1]
    assert len(row.encode()) <= 510
    assert topic.startswith(row.split()[-1])


@pytest.mark.covers("NOTE * LIST_TRUNCATED")
def test_a_list_that_is_cut_short_says_so():
    net = Net(limits=Limits(list_rows_max=1))
    ann = net.join("ann", "#one,#two,#three", "standard-replies")
    assert ann.says("LIST") == [
        ":test.net 321 ann Channel :Users  Name",
        ":test.net 322 ann #one 1 :",
        ":test.net NOTE LIST LIST_TRUNCATED :2 more; give a mask, for instance LIST #a*",
        ":test.net 323 ann :End of /LIST",
    ]
    assert len(ann.says("LIST #two")) == 3


def test_two_nodes_list_the_same():
    net = Net(2)
    ann, bob = net.join("ann", "#tea,#ops", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS, node=1)
    ann.says("TOPIC #tea :Green")
    assert listed(ann.asks("LIST >0")) == listed(bob.asks("LIST >0")) == ["#tea", "#ops"]
    assert named(ann.asks("NAMES #tea")) == named(bob.asks("NAMES #tea"))


def test_labelled_answers_are_one_response(net):  # IRCv3 labeled-response
    ann = net.join("ann", "#tea", "labeled-response batch")
    for said in ("LIST", "LIST tea", "NAMES #tea", "NAMES #none", "NAMES ,"):
        ann.forget()
        lines = ann.says(f"@label=x {said}")
        assert [line.startswith("@label=x ") for line in lines] == [True, *[False] * (len(lines) - 1)]
        assert len(lines) == 1 or lines[-1].startswith(":test.net BATCH -")

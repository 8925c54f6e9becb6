"""MARKREAD: how far one has read (IRCv3 draft/read-marker)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from tests.core.net import Net, Talker

CAPS = "draft/read-marker standard-replies"
FAIL = ":test.net FAIL MARKREAD"
FIRST, SECOND = "timestamp=2023-11-14T22:13:01.000Z", "timestamp=2023-11-14T22:13:02.500Z"


def reader(net: Net, nick: str = "ann", channel: str = "#tea", caps: str = CAPS) -> Talker:
    return net.join(nick, channel, caps)


@pytest.mark.covers("MARKREAD", "draft/read-marker")
def test_a_client_sets_a_marker_and_gets_it(net):  # read-marker, "MARKREAD client set command", "get command"
    ann = reader(net)
    assert ann.asks("MARKREAD #TEA") == [":test.net MARKREAD #tea *"]
    assert ann.asks(f"MARKREAD #TEA {FIRST}") == [f":test.net MARKREAD #tea {FIRST}"]
    assert ann.asks("MARKREAD #tea") == [f":test.net MARKREAD #tea {FIRST}"]


@pytest.mark.parametrize("again", [FIRST, SECOND])
def test_a_marker_only_rises(net, again):  # read-marker, "Read timestamp notes"
    ann = reader(net)
    ann.says(f"MARKREAD #tea {SECOND}")
    before = len(net.journal.entries)
    assert ann.asks(f"MARKREAD #tea {again}") == [f":test.net MARKREAD #tea {SECOND}"]
    assert len(net.journal.entries) == before


def test_nobody_has_read_the_future(net):  # read-marker, "Implementation Considerations"
    ann = reader(net)
    now = "timestamp=2023-11-14T22:13:20.000Z"
    assert ann.asks("MARKREAD #tea timestamp=2099-01-01T00:00:00.000Z") == [f":test.net MARKREAD #tea {now}"]


def test_a_marker_is_told_behind_a_join_before_the_names_end(net):  # read-marker, "Command flows"
    ann = reader(net)
    ann.says(f"MARKREAD #tea {FIRST}", "PART #tea", "JOIN #new")
    heard = [line.split(" ", 1)[1] for line in ann.asks("JOIN #tea")]
    assert heard[1] == f"MARKREAD #tea {FIRST}"
    assert [line.split()[0] for line in heard] == ["JOIN", "MARKREAD", "353", "366"]


def test_it_is_told_to_those_who_want_no_names_too(net):
    ann = net.connect("ann", f"{CAPS} no-implicit-names")
    assert ":test.net MARKREAD #tea *" in ann.asks("JOIN #tea")


def test_clients_that_do_not_know_markers_are_not_told(net):
    bob = net.connect("bob")
    assert not [line for line in bob.says("JOIN #tea") if "MARKREAD" in line]


def test_who_asks_is_answered_without_the_capability_too(net):  # read-marker: the capability affects what is sent
    bob = net.join("bob", "#tea")
    assert bob.asks(f"MARKREAD #tea {FIRST}") == [f":test.net MARKREAD #tea {FIRST}"]


def test_a_person_is_a_target_of_which_clients_ask(net):
    ann = reader(net)
    net.connect("Bob")
    assert ann.asks("MARKREAD bob") == [":test.net MARKREAD Bob *"]
    assert ann.asks(f"MARKREAD bob {FIRST}") == [f":test.net MARKREAD Bob {FIRST}"]
    assert ann.asks("MARKREAD BOB") == [f":test.net MARKREAD Bob {FIRST}"]
    assert ann.asks("MARKREAD NickServ") == [":test.net MARKREAD NickServ *"]


@pytest.mark.covers("FAIL MARKREAD NEED_MORE_PARAMS")
def test_a_target_is_needed(net):  # read-marker, "Errors and Warnings"
    assert reader(net).asks("MARKREAD")[0].startswith(f"{FAIL} NEED_MORE_PARAMS :Missing parameters")


@pytest.mark.covers("FAIL MARKREAD INVALID_PARAMS")
@pytest.mark.parametrize(
    ("params", "quoted"),
    [
        ("#tea *", "*"),
        ("#tea 2023", "2023"),
        ("#tea timestamp=2023", "timestamp=2023"),
        ("#tea msgid=x", "msgid=x"),
        ("#absent", "#absent"),
        ("bob,eve", "bob,eve"),
        (":b b", "b,b"),
        ("x" * 34, "x" * 34),
    ],
)
def test_what_cannot_be_marked(net, params, quoted):  # read-marker, "Errors and Warnings"
    ann = reader(net)
    (answer,) = ann.asks(f"MARKREAD {params}")
    assert answer.startswith(f"{FAIL} INVALID_PARAMS {quoted} :Invalid")


def test_a_channel_that_one_is_not_in_is_like_none(net):
    net.join("bob", "#secret").says("MODE #secret +s")
    ann = reader(net)
    there, absent = ann.asks("MARKREAD #secret"), ann.asks("MARKREAD #absent")
    assert [line.replace("#secret", "#absent") for line in there] == absent


def test_the_oldest_markers_go():
    net = Net(limits=Limits(read_markers_max=2))
    ann = reader(net)
    for nick in ("x", "y", "x", "z"):
        net.pass_time(1)
        ann.says(f"MARKREAD {nick} timestamp=2023-11-14T22:13:{20 + len(net.journal.entries)}.000Z")
    known = {nick: ann.asks(f"MARKREAD {nick}")[0].endswith("*") for nick in "xyz"}
    assert known == {"x": False, "y": True, "z": False}

"""CHATHISTORY TARGETS (IRCv3 draft/chathistory)."""

from __future__ import annotations

import pytest

from ipcchat.core.effects import TargetsAnswer
from ipcchat.core.limits import Limits
from tests.core.deeds import comes, has_account
from tests.core.net import Net, Talker

CAPS = "message-tags server-time batch draft/chathistory"
FAIL = ":test.net FAIL CHATHISTORY"
EVER = "timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z"


def stamp(second: int) -> str:
    """So many seconds behind the beginning of a conversation."""
    return f"timestamp=2023-11-14T22:13:{20 + second}.000Z"


def scene(limits: Limits | None = None) -> tuple[Net, Talker, Talker]:
    """Ann, who has an account, is in #tea, #ops and the silent #den, and wrote to bob, a second after each other."""
    net = Net(limits=limits)
    has_account(net, "ann")
    ann, bob = comes(net, "ann", caps=CAPS), net.join("bob", "#tea,#ops,#den,#others")
    ann.says("JOIN #tea,#ops,#den")
    for said in ("PRIVMSG #tea :1", "PRIVMSG ann :2", "PRIVMSG #ops :3", "PRIVMSG #others :4"):
        net.pass_time(1)
        bob.says(said)
    net.forget()
    return net, ann, bob


def found(talker: Talker, asked: str) -> list[str]:
    """The names in an answer."""
    lines = talker.asks(f"CHATHISTORY TARGETS {asked}")
    assert lines[0].endswith(" draft/chathistory-targets"), lines
    return [line.split(" ")[3] for line in lines[1:-1]]


def test_channels_and_people_come_by_the_time_of_their_latest_message():
    net, ann, _bob = scene()
    assert ann.says(f"CHATHISTORY TARGETS {EVER} 10") == [
        ":test.net BATCH +b1 draft/chathistory-targets",
        "@batch=b1 :test.net CHATHISTORY TARGETS #tea 2023-11-14T22:13:21.000Z",
        "@batch=b1 :test.net CHATHISTORY TARGETS bob 2023-11-14T22:13:22.000Z",
        "@batch=b1 :test.net CHATHISTORY TARGETS #ops 2023-11-14T22:13:23.000Z",
        ":test.net BATCH -b1",
    ]
    assert net.connect("eve").says(f"CHATHISTORY TARGETS {EVER} 10") == []


def test_they_are_counted_from_the_first_time_on():
    _net, ann, bob = scene()
    first, last = EVER.split()
    assert found(ann, f"{first} {last} 2") == ["#tea", "bob"]
    assert found(ann, f"{last} {first} 2") == ["bob", "#ops"]
    assert found(ann, f"{stamp(1)} {stamp(3)} 10") == ["bob"]
    assert found(ann, f"{stamp(3)} {stamp(1)} 10") == ["bob"]
    bob.says("PRIVMSG #tea :5")
    assert found(ann, f"{stamp(0)} {stamp(4)} 10") == ["bob", "#ops"]  # the latest message of #tea is at 4 seconds


def test_names_are_those_of_today():
    _net, ann, bob = scene()
    bob.says("RENAME #tea #coffee")
    assert found(ann, f"{EVER} 10") == ["#coffee", "bob", "#ops"]


@pytest.mark.parametrize("backwards", [False, True])
def test_paging_loses_no_targets_of_one_time(backwards):  # IRCv3: a client goes on with the time of the last one
    net, ann, bob = scene()
    net.pass_time(1)
    for number in range(4):
        eve = net.connect(f"eve{number}")
        eve.says("PRIVMSG ann :hello")
    net.pass_time(1)
    bob.says("PRIVMSG #den :late")
    ann.forget()
    first, last = EVER.split()
    seen: list[str] = []
    while True:
        lines = ann.asks(f"CHATHISTORY TARGETS {f'{last} {first}' if backwards else f'{first} {last}'} 2")[1:-1]
        if not lines:
            break
        seen = [*lines, *seen] if backwards else [*seen, *lines]
        times = [line.split(" ")[4] for line in lines]
        first, last = (first, f"timestamp={times[0]}") if backwards else (f"timestamp={times[-1]}", last)
    assert [line.split(" ")[3] for line in seen] == ["#tea", "bob", "#ops", "eve0", "eve1", "eve2", "eve3", "#den"]


def test_nothing_of_what_one_may_not_see():  # hostile inputs P01, P04
    net, ann, bob = scene()
    bob.says("MODE #tea +s")
    ann.says("PART #tea")
    assert found(ann, f"{EVER} 10") == ["bob", "#ops"]
    eve = net.join("eve", "#tea", CAPS)
    assert found(eve, f"{EVER} 10") == []


def test_what_is_written_wrongly():
    _net, ann, _bob = scene()
    form = "CHATHISTORY TARGETS <timestamp> <timestamp> <limit>"
    assert ann.says(
        f"CHATHISTORY TARGETS {EVER}",
        f"CHATHISTORY TARGETS {EVER} 1 2",
        f"CHATHISTORY TARGETS {stamp(0)} msgid=x 1",
        f"CHATHISTORY TARGETS {stamp(0)} timestamp=x 1",
        f"CHATHISTORY TARGETS {EVER} 0",
    ) == [
        f"{FAIL} INVALID_PARAMS TARGETS :Insufficient parameters: {form}",
        f"{FAIL} INVALID_PARAMS TARGETS :Too many parameters: {form}",
        f"{FAIL} INVALID_MSGREFTYPE TARGETS msgid=x :TARGETS takes times: timestamp=2026-01-02T03:04:05.678Z",
        f"{FAIL} INVALID_PARAMS TARGETS timestamp=x :Invalid timestamp: A time is written like "
        "2026-01-02T03:04:05.678Z",
        f"{FAIL} INVALID_PARAMS TARGETS 0 :The limit is a number from 1 on",
    ]


def test_a_channel_that_is_gone_meanwhile_is_left_out(monkeypatch):
    _, ann, _ = scene()
    answer = TargetsAnswer([("#gone", 1, 1)])
    monkeypatch.setattr("ipcchat.backend.memory_past.MemoryPast.targets", lambda past, query: answer)
    assert found(ann, f"{EVER} 10") == []


def test_a_storage_that_cannot_be_read_says_so(monkeypatch):
    _net, ann, _bob = scene()
    answer = TargetsAnswer([], "the disk is slow")
    monkeypatch.setattr("ipcchat.backend.memory_past.MemoryPast.targets", lambda past, query: answer)
    assert ann.says(f"CHATHISTORY TARGETS {EVER} 1") == [
        f"{FAIL} MESSAGE_ERROR TARGETS :Messages could not be retrieved: the disk is slow"
    ]

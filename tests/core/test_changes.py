"""What facts do to the state: seats over restarts, founding, lists and limits; and that a change returns what it
changed."""

from __future__ import annotations

from typing import get_args

from ipcchat.core import changes, facts
from ipcchat.core.facts import AnyFact, Entry, ModeChange
from ipcchat.core.limits import Limits
from tests.core.net import Net

MINUTES = Limits().seat_minutes_max


def test_every_kind_of_fact_has_its_change():
    assert set(changes.CHANGES) == set(get_args(AnyFact))


def members(net: Net, channel: str) -> str:
    """Who is in a channel, with prefixes, as its first talker sees it."""
    room = net.engine.state.channels[channel]
    return " ".join(
        {"o": "@", "v": "+", "ov": "@+"}.get(modes, "") + user.nick for user, modes in net.engine.state.members(room)
    )


# Restarts.


def test_channels_survive_a_restart_and_their_people_do_not(net):  # topics, modes and bans survive
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +iklb-t secret 9 eve", "TOPIC #tea :Green")
    net.restart()
    room = net.engine.state.channels["#tea"]
    assert (room.flags, room.key, room.limit, room.topic, list(room.lists["b"])) == (
        "in",
        "secret",
        9,
        "Green",
        ["eve!*@*"],
    )
    assert (room.members, net.engine.state.users) == ({}, {})
    assert [departed.nick for departed in net.engine.state.departed] == ["ann"]


def test_the_same_person_gets_his_place_back_through_closed_doors(net):
    ann = net.join("ann", "#tea")
    net.join("bob", "#tea")
    ann.says("MODE #tea +ikl secret 1", "MODE #tea +v bob", "MODE #tea +o bob")
    net.restart()
    eve = net.connect("eve")
    assert eve.says("JOIN #tea") == [":test.net 473 eve #tea :Cannot join channel (+i)"]
    net.connect("bob").says("JOIN #tea")
    net.dial().says("NICK ANN", "USER ann 0 * :Ann", "JOIN #tea")
    assert members(net, "#tea") == "@+bob @ANN"


def test_a_banned_one_has_no_place(net):
    ann = net.join("ann", "#tea")
    net.join("bob", "#tea")
    ann.says("MODE #tea +b bob")
    net.restart()
    assert net.connect("bob").says("JOIN #tea") == [":test.net 474 bob #tea :Cannot join channel (+b)"]


def test_a_stranger_does_not_become_operator_while_places_are_kept(net):  # hostile input P09
    net.join("ann", "#tea")
    net.restart()
    net.join("eve", "#tea")
    other = net.dial(host="10.0.0.1")
    other.says("NICK ann", "USER ann 0 * :Not Ann", "JOIN #tea", "QUIT")
    assert members(net, "#tea") == "eve"
    net.join("ann", "#tea")
    assert members(net, "#tea") == "eve @ann"


def test_the_others_are_told_of_the_modes_that_were_kept(net):
    net.join("ann", "#tea").says("MODE #tea +v ann")
    net.restart()
    eve, ann = net.join("eve", "#tea"), net.connect("ann")
    eve.forget()
    ann.says("JOIN #tea")
    assert eve.lines == [":ann!~ann@127.0.0.1 JOIN #tea", ":test.net MODE #tea +ov ann ann"]


def test_after_its_minutes_the_channel_is_founded_anew(net):
    net.join("ann", "#tea").says("MODE #tea +ib eve", "TOPIC #tea :Green")
    net.restart()
    net.pass_time(MINUTES * 60 + 1)
    eve = net.join("eve", "#tea")
    room = net.engine.state.channels["#tea"]
    assert members(net, "#tea") == "@eve"
    assert (room.flags, room.lists, room.seats, room.topic) == ("nt", {}, {}, "")
    eve.says("MODE #tea -t")
    net.join("ann", "#tea")
    assert members(net, "#tea") == "@eve ann"


def test_a_place_is_taken_once(net):
    net.join("ann", "#tea")
    net.restart()
    ann, eve = net.join("ann", "#tea"), net.join("eve", "#tea")
    ann.says("PART #tea", "JOIN #tea")
    assert members(net, "#tea") == "eve ann"
    assert eve.says("MODE #tea +m")[-1].startswith(":test.net 482 ")


def test_restarts_do_not_heap_places_up(net):  # hostile input R12
    net.join("ann", "#tea")
    for number in range(3):
        net.restart()
        net.pass_time(MINUTES * 60 - 1 if number else 0)
        net.join(f"guest{number}", "#tea")
    net.restart()
    assert list(net.engine.state.channels["#tea"].seats) == [
        f"{nick}!~{nick}@127.0.0.1" for nick in ("guest1", "guest2")
    ]


# Founding.


def test_an_open_channel_keeps_its_topic_and_history(net):
    ann = net.join("ann", "#tea")
    ann.says("TOPIC #tea :Green", "PRIVMSG #tea :hello", "MODE #tea +mb-t eve", "PART #tea")
    eve = net.connect("eve")
    eve.says("JOIN #tea")
    assert eve.hears(":test.net 332 eve #tea :Green")
    assert eve.says("CHATHISTORY LATEST #tea * 5", "MODE #tea")[:2] == [
        ":ann!~ann@127.0.0.1 PRIVMSG #tea :hello",
        ":test.net 324 eve #tea +nt",
    ]
    assert members(net, "#tea") == "@eve"


def test_a_private_channel_keeps_its_past_to_itself(net):  # hostile inputs P01, P09
    for modes in ("+i", "+s", "+k key"):
        ann = net.join("ann", "#tea")
        ann.says(f"MODE #tea {modes}", "TOPIC #tea :Green", "PRIVMSG #tea :hello", "PART #tea")
        eve = net.connect("eve")
        eve.says(
            "JOIN #tea", "PRIVMSG #tea :new", "CHATHISTORY LATEST #tea * 5", "CHATHISTORY AFTER #tea msgid=journal-1 5"
        )
        assert eve.lines[1:4] == [
            ":test.net 353 eve = #tea :@eve",
            ":test.net 366 eve #tea :End of /NAMES list",
            ":eve!~eve@127.0.0.1 PRIVMSG #tea :new",
        ]
        assert eve.numerics[-1] == "400"
        ann.hangs_up(), eve.hangs_up()


def test_the_oldest_empty_channel_gives_its_place_and_its_history_up():
    net = Net(limits=Limits(channels_max=2))
    ann = net.join("ann", "#one,#two")
    ann.says("MODE #one +s", "PRIVMSG #one :secret", "PART #one", "JOIN #three", "PART #two", "JOIN #one")
    assert list(net.engine.state.channels) == ["#three", "#one"]
    ann.forget()
    assert ann.says("CHATHISTORY LATEST #one * 5") == []


def test_the_limit_of_channels_holds_at_apply_too():
    net = Net(limits=Limits(channels_max=1))
    ann, bob = net.connect("ann"), net.connect("bob")
    net.journal.holding = True
    ann.says("JOIN #one")
    bob.says("JOIN #two")
    net.journal.holding = False
    net.settle()
    assert bob.numerics == ["437"]
    assert list(net.engine.state.channels) == ["#one"]


def test_a_channel_that_is_in_use_gives_nothing_up():
    state = Net(limits=Limits(channels_max=1)).engine.state
    story: list[AnyFact] = [
        facts.UserArrived(b"1", 0, "u", nick="ann", user="a", host="h", incarnation="i"),
        facts.Joined(b"2", 0, "u", channel="#one"),
        facts.Joined(b"3", 0, "u", channel="#two"),
    ]
    for seq, fact in enumerate(story, 1):
        changes.change(state, Entry(seq, 0, fact))
    assert list(state.channels) == ["#one", "#two"]


# People and modes.


def test_what_really_changed_is_returned(net):
    ann = net.join("ann", "#tea")
    uid = ann.session.uid
    wanted = (ModeChange(True, "t"), ModeChange(True, "m"), ModeChange(False, "v", uid), ModeChange(True, "v", uid))
    fact = facts.ChannelModesChanged(b"x", 0, uid, channel="#tea", changes=wanted)
    assert changes.change(net.engine.state, Entry(99, 0, fact)) == [wanted[1], wanted[3]]
    remodelling = changes.change(
        net.engine.state, Entry(99, 0, facts.UserModesChanged(b"x", 0, uid, added="ii", removed="o"))
    )
    assert (remodelling.added, remodelling.removed) == ("i", "")


def test_a_list_takes_no_more_than_its_limit():
    net = Net(limits=Limits(masks_per_list_max=1))
    uid = net.join("ann", "#tea").session.uid
    wanted = tuple(ModeChange(True, "b", mask) for mask in ("a!*@*", "b!*@*"))
    fact = facts.ChannelModesChanged(b"x", 0, uid, channel="#tea", changes=wanted)
    assert changes.change(net.engine.state, Entry(99, 0, fact)) == [wanted[0]]


def test_the_most_users_ever_are_counted(net):
    ann = net.connect("ann")
    net.connect("bob").hangs_up()
    assert (len(net.engine.state.users), net.engine.state.users_most) == (1, 2)
    assert ":test.net 266 ann 1 2 :Current global users 1, max 2" in ann.says("LUSERS")

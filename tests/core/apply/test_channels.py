"""What facts do to the state: seats over restarts, founding, lists and limits; and that a change returns what it
changed."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.apply.meaning import MEANINGS
from ipcchat.core.facts import AnyFact, Entry
from ipcchat.core.limits import Limits
from tests.core.deeds import is_operator
from tests.core.net import Net

MINUTES = Limits().seat_minutes_max


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
    assert eve.says("JOIN #tea")[0].startswith(":test.net 473 eve #tea :Cannot join channel (+i)")
    net.connect("bob").says("JOIN #tea")
    net.dial().says("NICK ANN", "USER ann 0 * :Ann", "JOIN #tea")
    assert members(net, "#tea") == "@+bob @ANN"


def test_a_banned_one_has_no_place(net):
    ann = net.join("ann", "#tea")
    net.join("bob", "#tea")
    ann.says("MODE #tea +b bob")
    net.restart()
    assert net.connect("bob").says("JOIN #tea")[0].startswith(":test.net 474 bob #tea :Cannot join channel (+b)")


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


@pytest.mark.parametrize("label", ["", "@label=x "])
def test_who_comes_back_sees_his_modes_in_the_names(net, label):  # no MODE before or beside his JOIN
    net.join("ann", "#tea")
    net.restart()
    net.join("eve", "#tea")
    ann = net.connect("ann", "labeled-response batch")
    ann.says(f"{label}JOIN #tea")
    assert [line.split()[1] for line in ann.bare if "BATCH" not in line] == ["JOIN", "353", "366"]
    assert ann.bare[-1 if not label else -2].endswith("366 ann #tea :End of /NAMES list")


def test_who_comes_back_and_wants_no_names_is_told_his_modes(net):  # IRCv3 no-implicit-names
    net.join("ann", "#tea").says("MODE #tea +v ann")
    net.restart()
    ann = net.connect("ann", "no-implicit-names server-time")
    assert ann.asks("JOIN #tea") == [":ann!~ann@127.0.0.1 JOIN #tea", ":test.net MODE #tea +ov ann ann"]
    assert all(line.startswith("@time=") for line in ann.lines)


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
        MEANINGS[type(fact)].change(state, fact, Entry(seq, 0, fact))
    assert list(state.channels) == ["#one", "#two"]


@pytest.mark.covers("mode +P")
def test_a_persistent_channel_keeps_its_modes_and_makes_nobody_operator(net):
    # https://docs.inspircd.org/4/modules/permchannels/
    ann = net.join("ann", "#tea")
    is_operator(net, ann)
    ann.says("MODE #tea +Pmb-t eve", "TOPIC #tea :Green", "PART #tea")
    for _ in range(2):
        assert net.connect("eve").says("JOIN #tea")[0].startswith(":test.net 474 ")
        bob = net.join("bob", "#tea")
        assert (members(net, "#tea"), net.engine.state.channels["#tea"].flags) == ("bob", "Pmn")
        assert bob.says("TOPIC #tea")[0] == ":test.net 332 bob #tea :Green"
        bob.says("PART #tea")
        net.restart()
        net.pass_time(MINUTES * 60 + 1)


def test_a_persistent_channel_gives_its_place_to_nobody():
    net = Net(limits=Limits(channels_max=1))
    ann = net.join("ann", "#tea")
    is_operator(net, ann)
    ann.says("MODE #tea +P", "PART #tea")
    assert ann.says("JOIN #new")[0].startswith(":test.net 437 ")


# Delayed joins and auditoriums.


@pytest.mark.covers("mode +D")
def test_a_hidden_member_is_seen_when_he_speaks(net):  # https://docs.inspircd.org/4/modules/delayjoin/
    net = Net(2)
    caps = "extended-join away-notify message-tags"
    ann, eve, bob = net.join("ann", "#tea", caps), net.join("eve", "#tea", caps, node=1), net.connect("bob", caps)
    ann.says("MODE #tea +D-t")
    bob.says("AWAY :lunch")
    net.forget()
    assert bob.asks("JOIN #tea")[0] == ":bob!~bob@127.0.0.1 JOIN #tea * Bob"
    assert bob.bare[1] == ":test.net 353 bob = #tea :@ann eve bob"
    assert ann.asks("NAMES #tea")[0] == ":test.net 353 ann = #tea :@ann eve"
    net.forget()
    bob.says("TOPIC #tea :Green")
    assert ann.bare == [
        ":bob!~bob@127.0.0.1 JOIN #tea * Bob",
        ":bob!~bob@127.0.0.1 AWAY :lunch",
        ":bob!~bob@127.0.0.1 TOPIC #tea :Green",
    ]
    assert eve.lines == ann.lines
    assert bob.bare == ann.bare[2:]
    assert ["msgid=" in line for line in ann.lines] == [False, False, True]


def test_who_comes_back_to_his_modes_is_not_hidden(net):
    net.join("ann", "#tea").says("MODE #tea +D")
    net.restart()
    eve, ann = net.join("eve", "#tea"), net.join("ann", "#tea")
    assert eve.lines == [":ann!~ann@127.0.0.1 JOIN #tea", ":test.net MODE #tea +o ann"]
    assert list(net.engine.state.channels["#tea"].hidden) == [eve.session.uid]
    assert ann.session.user


def test_a_hidden_member_goes_as_he_came(net):
    ann, bob, eve = net.join("ann", "#tea"), net.connect("bob"), net.connect("eve")
    ann.says("MODE #tea +D")
    bob.says("JOIN #tea")
    eve.says("JOIN #tea", "PART #tea")
    net.forget()
    ann.says("KICK #tea bob :out")
    assert ann.lines == bob.lines == [":ann!~ann@127.0.0.1 KICK #tea bob :out"]
    assert eve.lines == []
    assert net.engine.state.channels["#tea"].hidden == {}


@pytest.mark.covers("mode +u")
def test_in_an_auditorium_only_some_see_who_comes_and_goes(net):  # https://docs.inspircd.org/4/modules/auditorium/
    ann, hal, vic = net.join("ann", "#tea"), net.join("hal", "#tea"), net.join("vic", "#tea")
    ann.says("MODE #tea +huv hal vic")
    bob = net.join("bob", "#tea")
    net.forget()
    net.join("eve", "#tea").says("PART #tea :bye")
    seen = [":eve!~eve@127.0.0.1 JOIN #tea", ":eve!~eve@127.0.0.1 PART #tea :bye"]
    assert ann.lines == hal.lines == seen
    assert vic.lines == bob.lines == []
    ann.says("KICK #tea bob :out")
    assert hal.lines[2:] == bob.lines == [":ann!~ann@127.0.0.1 KICK #tea bob :out"]
    assert vic.lines == []


# Journals of before.


def test_facts_without_the_new_fields_apply(net):
    ann = net.connect("ann")
    uid = ann.session.uid
    for number, old in enumerate(
        (
            ["Joined", "#tea"],
            ["Joined", "#tеa", "key"],
            ["TopicChanged", "#tea", "Green"],
            ["Kicked", "#tea", uid],
            ["Joined", "#tea", ""],
            ["Parted", "#tea"],
        )
    ):
        kind, *fields = old
        tag = getattr(facts, kind).__struct_config__.tag
        fact = facts.decode_fact(msgspec.msgpack.encode([tag, b"old%013d" % number, net.now.wall, uid, *fields]))
        net.journal.queue.append((net.nodes[0], fact))
        net.settle()
    assert [line.split()[1] for line in ann.lines if line.startswith(":ann")] == [
        "JOIN",
        "JOIN",
        "TOPIC",
        "KICK",
        "JOIN",
        "PART",
    ]
    assert list(net.engine.state.channels) == ["#tea", "#tеa"]


# People and modes.


def test_the_most_users_ever_are_counted(net):
    ann = net.connect("ann")
    net.connect("bob").hangs_up()
    assert (len(net.engine.state.users), net.engine.state.users_most) == (1, 2)
    assert ":test.net 266 ann 1 2 :Current global users 1, max 2" in ann.says("LUSERS")

"""Being in channels: JOIN, PART, TOPIC, NAMES, LIST, KICK, INVITE (Modern IRC "Channel Operations"; RFC 2812 3.2)."""

from __future__ import annotations

import pytest

from ipcchat.core.handlers.channels import quotable
from ipcchat.core.limits import Limits
from tests.core.net import Net

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"


# JOIN.


def test_the_first_one_in_makes_the_channel_and_is_its_operator(net):  # RFC 2811 2.1
    ann = net.connect("ann")
    assert ann.says("JOIN #tea") == [
        f"{ANN} JOIN #tea",
        ":test.net 353 ann = #tea :@ann",
        ":test.net 366 ann #tea :End of /NAMES list",
    ]
    assert ann.says("MODE #tea")[0] == ":test.net 324 ann #tea +nt"


def test_the_next_one_sees_topic_and_members_and_is_seen(net):
    ann = net.join("ann", "#tea")
    ann.says("TOPIC #tea :Green or black?")
    bob = net.connect("bob")
    net.forget()
    assert bob.says("JOIN #TEA") == [
        f"{BOB} JOIN #tea",
        ":test.net 332 bob #tea :Green or black?",
        ":test.net 333 bob #tea ann!~ann@127.0.0.1 1700000000",
        ":test.net 353 bob = #tea :@ann bob",
        ":test.net 366 bob #tea :End of /NAMES list",
    ]
    assert ann.lines == [f"{BOB} JOIN #tea"]
    assert bob.says("JOIN #tea") == []


def test_several_channels_and_keys_at_once(net):
    ann = net.join("ann", "#one,#two,#three")
    ann.says("MODE #one +k first", "MODE #three +k third")
    bob = net.connect("bob")
    bob.says("JOIN #one,#two,#three,#one first,,wrong")
    assert [line for line in bob.lines if "JOIN" in line or " 4" in line[:14]] == [
        ":test.net 475 bob #three :Cannot join channel (+k)",
        f"{BOB} JOIN #one",
        f"{BOB} JOIN #two",
    ]


def test_join_0_is_refused(net):  # hostile input O08; RFC 2812 3.2.1 has it
    ann = net.join("ann", "#tea")
    assert ann.says("JOIN 0") == [":test.net 403 ann 0 :JOIN 0 is not done here; use PART with the channels' names"]
    assert ann.says("NAMES #tea")[0].endswith(":@ann")


def test_four_hundred_channels_in_one_command_are_refused(net):  # hostile input O08; ISUPPORT TARGMAX
    ann = net.connect("ann")
    names = ",".join(f"#{number:x}" for number in range(100))
    assert ann.says(f"JOIN {names}") == [":test.net 407 ann 100 :At most 10 targets in one command"]
    assert not net.engine.state.channels
    ann.says("JOIN " + ",".join(["#tea", "#TEA"] * 50))
    assert [line for line in ann.lines if "JOIN" in line] == [f"{ANN} JOIN #TEA"]


@pytest.mark.parametrize("said", ["JOIN", "PART", "KICK #tea"])
def test_lists_without_a_name_are_refused(net, said):
    ann = net.join("ann", "#tea")
    for empty in (",", ",,,", ":"):
        assert ann.says(f"{said} {empty}") == [
            f":test.net 461 ann {said.split()[0]} :Not enough parameters: there is no name in the list"
        ]


@pytest.mark.parametrize(
    "name", ["tea", "#", "&tea", "#a:b", ":#a b", "#\x07", "#a\u200b", "#a\u00a0b", "#e\u0301", "#" + "é" * 32]
)
def test_bad_channel_names(net, name):  # Modern IRC, "Channels"; hostile input N03, O04
    ann = net.connect("ann")
    (line,) = ann.says(f"JOIN {name}")
    assert line.startswith(":test.net 476 ann ")
    assert line.endswith(" :Bad channel name: # and up to 63 characters without space or comma")


def test_the_longest_channel_name_is_the_advertised_one(net):  # ISUPPORT CHANNELLEN
    ann = net.connect("ann")
    assert ann.says("JOIN #" + "x" * 63)[0] == f"{ANN} JOIN #{'x' * 63}"
    assert ann.says("JOIN #x" + "é" * 31)[0] == f"{ANN} JOIN #x{'é' * 31}"
    assert ann.says("JOIN #" + "x" * 64)[0].startswith(":test.net 476 ann ")


def test_a_user_may_be_in_so_many_channels():  # ISUPPORT CHANLIMIT
    net = Net(limits=Limits(channels_per_user_max=2))
    ann = net.join("ann", "#one,#two")
    assert ann.says("JOIN #three") == [":test.net 405 ann #three :You have joined too many channels"]


def test_a_channel_may_have_so_many_members():
    net = Net(limits=Limits(members_per_channel_max=1))
    net.join("ann", "#tea")
    assert net.connect("bob").says("JOIN #tea") == [":test.net 471 bob #tea :Cannot join channel (+l)"]


def test_a_network_may_have_so_many_channels():  # hostile input R01
    net = Net(limits=Limits(channels_max=2))
    ann = net.join("ann", "#one,#two")
    text = "There are as many channels as this network may have; join one of them"
    assert ann.says("JOIN #three") == [f":test.net 437 ann #three :{text}"]
    ann.says("PART #one")
    assert ann.says("JOIN #three")[0] == f"{ANN} JOIN #three"
    assert list(net.engine.state.channels) == ["#two", "#three"]


@pytest.mark.parametrize(
    ("modes", "refusal"),
    [
        ("+i", "473 bob #tea :Cannot join channel (+i)"),
        ("+k secret", "475 bob #tea :Cannot join channel (+k)"),
        ("+l 1", "471 bob #tea :Cannot join channel (+l)"),
        ("+b bob", "474 bob #tea :Cannot join channel (+b)"),
        ("+b *!*@127.0.0.*", "474 bob #tea :Cannot join channel (+b)"),
    ],
)
def test_closed_doors_and_the_invitation_that_opens_them_once(net, modes, refusal):  # RFC 2811 4.2, 4.3
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says(f"MODE #tea {modes}")
    assert bob.says("JOIN #tea") == [f":test.net {refusal}"]
    ann.says("INVITE bob #tea")
    bob.forget()
    assert bob.says("JOIN #tea")[0] == f"{BOB} JOIN #tea"
    bob.says("PART #tea")
    assert bob.says("JOIN #tea") == [f":test.net {refusal}"]


def test_the_key_opens_the_door(net):
    net.join("ann", "#tea").says("MODE #tea +k secret")
    assert net.connect("bob").says("JOIN #tea secret")[0] == f"{BOB} JOIN #tea"


def test_two_join_the_last_place_in_the_same_instant(net):  # hostile input P10
    net.join("ann", "#tea").says("MODE #tea +l 2")
    bob, eve = net.connect("bob"), net.connect("eve")
    net.journal.holding = True
    bob.says("JOIN #tea")
    eve.says("JOIN #tea", "PING next")
    assert eve.lines == []
    net.journal.holding = False
    net.settle()
    assert bob.hears(f"{BOB} JOIN #tea")
    assert eve.lines == [":test.net 471 eve #tea :Cannot join channel (+l)", ":test.net PONG test.net :next"]


# PART.


def test_part_with_and_without_a_reason(net):
    ann, bob = net.join("ann", "#tea,#ops"), net.join("bob", "#tea,#ops")
    net.forget()
    ann.says("PART #tea,#ops :so long")
    ann.says("JOIN #tea", "PART #tea")
    assert [line for line in bob.lines if "PART" in line] == [
        f"{ANN} PART #tea :so long",
        f"{ANN} PART #ops :so long",
        f"{ANN} PART #tea",
    ]


def test_part_refusals(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    assert bob.says("PART #none,#tea,nonsense", "PART ::x", "PART :#a b") == [
        ":test.net 403 bob #none :No such channel",
        ":test.net 442 bob #tea :You're not on that channel",
        ":test.net 403 bob nonsense :No such channel",
        ":test.net 403 bob ,x :No such channel",
        ":test.net 403 bob #a,b :No such channel",
    ]
    assert ann.says("PART " + ",".join(f"#{number}" for number in range(11))) == [
        ":test.net 407 ann 11 :At most 10 targets in one command"
    ]


def test_a_name_that_cannot_be_never_becomes_another(net):  # what was asked for is done, or nothing
    longest = "#" + "x" * 63
    ann = net.join("ann", f"{longest},#a_b,#tea", "echo-message")
    net.join("bob_x", "#tea")
    ann.says("PRIVMSG #tea :warm-up")
    net.forget()
    assert ann.says(f"PRIVMSG {longest}zzz :hi", f"TOPIC {longest}zzz", "KICK #tea :bob x", "TOPIC :#a b") == [
        f":test.net 403 ann {longest}... :No such channel",
        f":test.net 403 ann {longest}... :No such channel",
        ":test.net 401 ann bob,x :No such nick or channel",
        ":test.net 403 ann #a,b :No such channel",
    ]
    assert ann.says("KICK #tea ::bob_x") == [":test.net 401 ann ,bob_x :No such nick or channel"]


def test_quotable_fits_into_the_middle_of_a_reply():
    assert [quotable(name) for name in ("ann", "", ":x", "a b", "x" * 65)] == [
        "ann",
        "*",
        ",x",
        "a,b",
        "x" * 64 + "...",
    ]


# TOPIC.


def test_topic_is_set_shown_and_taken_away(net):  # RFC 2812 3.2.4
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    assert ann.says("TOPIC #tea") == [":test.net 331 ann #tea :No topic is set"]
    ann.says("TOPIC #TEA :Green")
    assert bob.lines == [f"{ANN} TOPIC #tea :Green"]
    assert bob.says("TOPIC #tea") == [
        ":test.net 332 bob #tea :Green",
        ":test.net 333 bob #tea ann!~ann@127.0.0.1 1700000000",
    ]
    assert ann.says("TOPIC #tea :")[-1] == f"{ANN} TOPIC #tea :"
    assert bob.says("TOPIC #tea") == [":test.net 331 bob #tea :No topic is set"]


def test_topic_refusals(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    assert eve.says("TOPIC #tea", "TOPIC #none :x", "TOPIC #tea :x") == [
        ":test.net 442 eve #tea :You're not on that channel",
        ":test.net 403 eve #none :No such channel",
        ":test.net 442 eve #tea :You're not on that channel",
    ]
    assert bob.says("TOPIC #tea :mine") == [":test.net 482 bob #tea :You're not channel operator"]
    ann.says("MODE #tea -t")
    assert bob.says("TOPIC #tea :mine")[-1] == f"{BOB} TOPIC #tea :mine"


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_the_topic_is_cut_at_the_advertised_length_in_bytes(net, letter):  # ISUPPORT TOPICLEN; hostile input F10
    ann = net.join("ann", "#tea")
    (line,) = ann.says("TOPIC #tea :" + letter * (480 // len(letter.encode())))
    assert line == f"{ANN} TOPIC #tea :" + letter * (390 // len(letter.encode()))


# NAMES.


def test_names_of_channels(net):
    ann = net.join("ann", "#tea")
    assert ann.says("NAMES #tea,#none", "NAMES", "NAMES :#a b", "NAMES ,") == [
        ":test.net 353 ann = #tea :@ann",
        ":test.net 366 ann #tea :End of /NAMES list",
        ":test.net 366 ann #none :End of /NAMES list",
        ":test.net 366 ann * :End of /NAMES list",
        ":test.net 366 ann #a,b :End of /NAMES list",
        ":test.net 461 ann NAMES :Not enough parameters: there is no name in the list",
    ]


def test_names_shows_prefixes_and_masks_by_capability(net):  # IRCv3 multi-prefix, userhost-in-names
    ann = net.join("ann", "#tea", "multi-prefix")
    bob = net.join("bob", "#tea", "userhost-in-names")
    ann.says("MODE #tea +v ann", "MODE #tea +v bob")
    net.forget()
    assert ann.says("NAMES #tea")[0] == ":test.net 353 ann = #tea :@+ann +bob"
    assert bob.says("NAMES #tea")[0] == ":test.net 353 bob = #tea :@ann!~ann@127.0.0.1 +bob!~bob@127.0.0.1"


def test_names_hides_the_invisible_from_outsiders(net):  # Modern IRC, NAMES; user mode +i
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    bob.says("MODE bob +i")
    assert eve.says("NAMES #tea")[0] == ":test.net 353 eve = #tea :@ann"
    assert ann.says("NAMES #tea")[0] == ":test.net 353 ann = #tea :@ann bob"


def test_names_of_a_crowd_take_several_lines(net):
    ann = net.join("a" * 32, "#tea")
    others = [f"{number:02d}".rjust(31, "x") for number in range(40)]
    for nick in others:
        net.join(nick, "#tea")
    net.forget()
    *rows, end = ann.says("NAMES #tea")
    assert end.split()[1] == "366"
    assert len(rows) > 1
    assert all(len(row.encode()) <= 510 for row in rows)
    assert " ".join(row.split(" :")[1] for row in rows).split() == ["@" + "a" * 32, *others]


# LIST.


def test_list_shows_channels_members_and_topics(net):
    ann, bob = net.join("ann", "#tea,#ops,#secret"), net.join("bob", "#tea")
    ann.says("TOPIC #tea :Green", "MODE #secret +s", "JOIN #empty", "PART #empty")
    start, end = ":test.net 321 bob Channel :Users  Name", ":test.net 323 bob :End of /LIST"
    assert bob.says("LIST") == [start, ":test.net 322 bob #tea 2 Green", ":test.net 322 bob #ops 1 :", end]
    assert bob.says("LIST #t*,#none") == [start, ":test.net 322 bob #tea 2 Green", end]
    assert ":test.net 322 ann #secret 1 :" in ann.says("LIST #SECRET")


def test_a_list_that_is_cut_short_says_so():
    net = Net(limits=Limits(list_rows_max=1))
    ann = net.join("ann", "#one,#two,#three", "standard-replies")
    assert ann.says("LIST") == [
        ":test.net 321 ann Channel :Users  Name",
        ":test.net 322 ann #one 1 :",
        ":test.net NOTE LIST LIST_TRUNCATED :2 more; give a mask, for instance LIST #a*",
        ":test.net 323 ann :End of /LIST",
    ]


# KICK.


def test_kick_puts_out_and_tells_everybody(net):  # RFC 2812 3.2.8
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.join("eve", "#tea")
    net.forget()
    ann.says("KICK #tea bob,EVE :too loud")
    assert ann.lines == [f"{ANN} KICK #tea bob :too loud", f"{ANN} KICK #tea eve :too loud"]
    assert bob.lines == ann.lines[:1]
    assert eve.lines == ann.lines
    assert bob.says("PRIVMSG #tea :hey") == [":test.net 404 bob #tea :Cannot send to channel"]
    bob.says("JOIN #tea")
    assert ann.says("KICK #tea bob")[-1] == f"{ANN} KICK #tea bob :ann"


def test_kick_refusals_in_their_order(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    assert eve.says("KICK #none bob", "KICK #tea bob") == [
        ":test.net 403 eve #none :No such channel",
        ":test.net 442 eve #tea :You're not on that channel",
    ]
    assert bob.says("KICK #tea ann", "KICK #tea eve") == [":test.net 482 bob #tea :You're not channel operator"] * 2
    assert ann.says("KICK #tea nobody,eve", "KICK #tea") == [
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net 441 ann eve #tea :They aren't on that channel",
        ":test.net 461 ann KICK :Not enough parameters: KICK <channel> <nicks> [<reason>]",
    ]


def test_an_operator_may_kick_himself(net):
    ann = net.join("ann", "#tea")
    assert ann.says("KICK #tea ann :bye") == [f"{ANN} KICK #tea ann :bye"]
    assert ann.says("TOPIC #tea") == [":test.net 442 ann #tea :You're not on that channel"]


def test_the_reason_is_cut_at_the_advertised_length_in_bytes(net):  # ISUPPORT KICKLEN
    ann = net.join("ann", "#tea")
    net.join("bob", "#tea")
    assert ann.says("KICK #tea bob :" + "é" * 230)[-1] == f"{ANN} KICK #tea bob :" + "é" * 195
    assert ann.says("PART #tea :" + "é" * 230)[-1] == f"{ANN} PART #tea :" + "é" * 195


def test_two_kick_one_in_the_same_instant(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.join("eve", "#tea")
    ann.says("MODE #tea +o bob")
    net.forget()
    net.journal.holding = True
    ann.says("KICK #tea eve")
    bob.says("KICK #tea eve")
    net.journal.holding = False
    net.settle()
    assert eve.lines == [f"{ANN} KICK #tea eve :ann"]
    assert bob.lines[-1] == ":test.net 441 bob eve #tea :They aren't on that channel"


def test_a_kick_of_somebody_who_left_the_network_comes_to_nothing(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    bob.hangs_up()
    ann.says("KICK #tea bob", "PING next")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [f"{BOB} QUIT :Connection closed", ":test.net PONG test.net :next"]


# INVITE.


def test_invite_tells_guest_host_and_those_who_want_to_know(net):  # RFC 2812 3.2.7; IRCv3 invite-notify
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    eve, joe = net.join("eve", "#tea", "invite-notify"), net.join("joe", "#tea", "invite-notify")
    ann.says("MODE #tea +o eve")
    net.forget()
    assert ann.says("INVITE bob #tea") == [":test.net 341 ann bob #tea"]
    assert bob.lines == eve.lines == [f"{ANN} INVITE bob #tea"]
    assert joe.lines == []
    bob.says("AWAY :at lunch")
    assert ann.says("INVITE bob #tea") == [":test.net 341 ann bob #tea", ":test.net 301 ann bob :at lunch"]


def test_invite_alone_lists_the_invitations(net):  # Modern IRC, INVITE
    ann, bob = net.join("ann", "#tea,#ops"), net.connect("bob")
    ann.says("INVITE bob #tea")
    bob.forget()
    assert bob.says("INVITE") == [":test.net 336 bob #tea", ":test.net 337 bob :End of /INVITE list"]


def test_invite_refusals(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says("MODE #tea +i")
    net.forget()
    assert eve.says("INVITE ann #tea", "INVITE ann #none", "INVITE ann") == [
        ":test.net 442 eve #tea :You're not on that channel",
        ":test.net 403 eve #none :No such channel",
        ":test.net 461 eve INVITE :Not enough parameters: INVITE <nick> <channel>",
    ]
    assert bob.says("INVITE eve #tea", "INVITE ann #tea", "INVITE nobody #tea") == [
        ":test.net 482 bob #tea :You're not channel operator",
        ":test.net 443 bob ann #tea :is already on channel",
        ":test.net 401 bob nobody :No such nick or channel",
    ]


def test_an_invitation_of_somebody_who_left_comes_to_nothing(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    net.journal.holding = True
    bob.hangs_up()
    ann.says("INVITE bob #tea")
    net.journal.holding = False
    net.settle()
    assert ann.lines == []


def test_the_oldest_invitations_give_way():  # hostile input R12
    net = Net(limits=Limits(invitations_per_channel_max=1))
    ann, bob, eve = net.join("ann", "#tea"), net.connect("bob"), net.connect("eve")
    ann.says("MODE #tea +i", "INVITE bob #tea", "INVITE eve #tea")
    net.forget()
    assert bob.says("JOIN #tea") == [":test.net 473 bob #tea :Cannot join channel (+i)"]
    assert eve.says("JOIN #tea")[0] == ":eve!~eve@127.0.0.1 JOIN #tea"

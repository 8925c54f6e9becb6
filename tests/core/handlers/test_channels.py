"""Being in channels: JOIN, PART, CYCLE, TOPIC, KICK, and looking around: NAMES, LIST (Modern IRC "Channel Operations";
RFC 2812 3.2)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.names import channel_problem
from tests.core.deeds import is_logged_in
from tests.core.net import Net

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"
LABELS = "labeled-response batch"


# JOIN.


@pytest.mark.covers("JOIN", "RPL_NAMREPLY", "RPL_ENDOFNAMES")
def test_the_first_one_in_makes_the_channel_and_is_its_operator(net):  # RFC 2811 2.1
    ann = net.connect("ann")
    assert ann.says("JOIN #tea") == [
        f"{ANN} JOIN #tea",
        ":test.net 353 ann = #tea :@ann",
        ":test.net 366 ann #tea :End of /NAMES list",
    ]
    assert ann.says("MODE #tea")[0] == ":test.net 324 ann #tea +nt"


@pytest.mark.covers("RPL_TOPIC", "RPL_TOPICWHOTIME")
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


@pytest.mark.covers("extended-join", "away-notify")
def test_account_realname_and_away_come_with_the_join(net):  # IRCv3 extended-join, away-notify
    ann, bob = net.join("ann", "#tea", "extended-join away-notify"), net.connect("bob", "extended-join away-notify")
    bob.says("AWAY :lunch")
    is_logged_in(net, bob, "robert")
    bob.forget()
    assert bob.says("JOIN #tea")[0] == f"{BOB} JOIN #tea robert Bob"
    assert ann.lines == [f"{BOB} JOIN #tea robert Bob", f"{BOB} AWAY :lunch"]
    assert not [line for line in bob.lines if "AWAY" in line]
    assert net.join("eve", "#tea", "extended-join away-notify").lines == []
    assert ann.lines[2:] == [":eve!~eve@127.0.0.1 JOIN #tea * Eve"]


@pytest.mark.covers("no-implicit-names")
def test_who_wants_no_names_gets_his_own_modes_and_names_when_he_asks(net):  # IRCv3 no-implicit-names
    ann, bob = net.connect("ann", "no-implicit-names"), net.connect("bob", "no-implicit-names")
    assert ann.says("JOIN #tea") == [f"{ANN} JOIN #tea", ":test.net MODE #tea +o ann"]
    assert bob.says("JOIN #tea") == [f"{BOB} JOIN #tea"]
    assert bob.says("NAMES #tea")[0] == ":test.net 353 bob = #tea :@ann bob"


def test_several_channels_and_keys_at_once(net):  # Modern IRC, JOIN: the first key for the first channel
    ann = net.join("ann", "#one,#two,#three")
    ann.says("MODE #one +k first", "MODE #three +k third")
    bob = net.connect("bob")
    bob.says("JOIN #one,#two,#three,#one first,,wrong")
    assert [line for line in bob.lines if "JOIN" in line or " 4" in line[:14]] == [
        ":test.net 475 bob #three :Cannot join channel (+k): it needs the right key; JOIN #three <key>",
        f"{BOB} JOIN #one",
        f"{BOB} JOIN #two",
    ]


def test_a_channel_named_twice_is_joined_with_the_first_key(net):
    net.join("ann", "#tea").says("MODE #tea +k secret")
    bob = net.connect("bob")
    assert bob.says("JOIN #tea,#TEA secret,wrong")[0] == f"{BOB} JOIN #tea"
    assert bob.says("PART #tea", "JOIN ,#tea,#TEA x,secret")[1] == f"{BOB} JOIN #tea"


def test_a_key_that_nobody_asked_for_is_kept_nowhere(net):  # people mistype passwords
    net.join("ann", "#tea")
    net.connect("bob").says("JOIN #tea,#new secret,secret")
    assert not [entry for entry in net.journal.entries if "secret" in str(entry)]


def test_join_0_leaves_all_channels(net):  # RFC 2812 3.2.1
    ann, bob = net.join("ann", "#tea,#ops", f"{LABELS} message-tags"), net.join("bob", "#ops")
    lines = ann.asks("@label=x JOIN 0")
    assert [line.partition("PART ")[2] for line in lines[1:-1]] == [
        "#tea :Left all channels",
        "#ops :Left all channels",
    ]
    assert bob.lines == [f"{ANN} PART #ops :Left all channels"]
    assert ann.says("@label=y JOIN 0") == ["@label=y :test.net ACK"]


@pytest.mark.covers("ERR_TOOMANYTARGETS", "ISUPPORT TARGMAX")
def test_four_hundred_channels_in_one_command_are_refused(net):  # hostile input O08; ISUPPORT TARGMAX
    ann = net.connect("ann")
    names = ",".join(f"#{number:x}" for number in range(100))
    assert ann.says(f"JOIN {names}") == [":test.net 407 ann 100 :At most 10 targets in one command"]
    assert not net.engine.state.channels
    ann.says("JOIN " + ",".join(["#tea", "#TEA"] * 50))
    assert [line for line in ann.lines if "JOIN" in line] == [f"{ANN} JOIN #tea"]


@pytest.mark.parametrize("said", ["JOIN", "PART", "KICK #tea"])
def test_lists_without_a_name_are_refused(net, said):
    ann = net.join("ann", "#tea")
    for empty in (",", ",,,", ":"):
        assert ann.says(f"{said} {empty}") == [
            f":test.net 461 ann {said.split()[0]} :Not enough parameters: there is no name in the list"
        ]


@pytest.mark.covers("ERR_BADCHANMASK", "ISUPPORT CHANTYPES")
@pytest.mark.parametrize(
    "name", ["tea", "#", "&tea", "#a:b", ":#a b", "#\x07", "#a\u200b", "#a\u00a0b", "#e\u0301", "#" + "é" * 32]
)
def test_bad_channel_names(net, name):  # Modern IRC, "Channels"; hostile input N03, O04
    ann = net.connect("ann")
    (line,) = ann.says(f"JOIN {name}")
    assert line.startswith(":test.net 476 ann ")
    assert line.endswith(f" :{channel_problem(name.removeprefix(':'), Limits())}")


@pytest.mark.covers("ERR_BADCHANNAME")
def test_a_name_that_looks_like_another_channel_is_refused(net):  # UTS 39 confusables; ERR_BADCHANNAME of Modern IRC
    net.join("ann", "#paypal")
    bob = net.connect("bob")
    text = "The name looks like that of another channel; choose another"
    for name in ("#pаypal", "#paypa1", "#PAYPAI"):
        assert bob.says(f"JOIN {name}") == [f":test.net 479 bob {name} :{text}"]
    net.restart()
    assert net.connect("eve").says("JOIN #paypa1") == [f":test.net 479 eve #paypa1 :{text}"]


@pytest.mark.covers("ISUPPORT CHANNELLEN")
def test_the_longest_channel_name_is_the_advertised_one(net):  # ISUPPORT CHANNELLEN
    ann = net.connect("ann")
    assert ann.says("JOIN #" + "x" * 63)[0] == f"{ANN} JOIN #{'x' * 63}"
    assert ann.says("JOIN #x" + "é" * 31)[0] == f"{ANN} JOIN #x{'é' * 31}"
    assert ann.says("JOIN #" + "x" * 64)[0].startswith(":test.net 476 ann ")


@pytest.mark.covers("ERR_TOOMANYCHANNELS", "ISUPPORT CHANLIMIT")
def test_a_user_may_be_in_so_many_channels():  # ISUPPORT CHANLIMIT
    net = Net(limits=Limits(channels_per_user_max=2))
    ann = net.join("ann", "#one,#two")
    text = "You are in 2 channels, as many as one may be in; PART one of them first"
    assert ann.says("JOIN #one,#three") == [f":test.net 405 ann #three :{text}"]


@pytest.mark.covers("ERR_CHANNELISFULL")
def test_a_channel_may_have_so_many_members():  # Modern IRC, ERR_CHANNELISFULL
    net = Net(limits=Limits(members_per_channel_max=1))
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("INVITE bob #tea")
    bob.forget()
    text = "Cannot join channel: it has as many members as a channel may have; try again later"
    assert bob.says("JOIN #tea") == [f":test.net 471 bob #tea :{text}"]


@pytest.mark.covers("ERR_UNAVAILRESOURCE")
def test_a_network_may_have_so_many_channels():  # hostile input R01; RFC 2812 5.2, ERR_UNAVAILRESOURCE
    net = Net(limits=Limits(channels_max=2))
    ann = net.join("ann", "#one,#two")
    text = "There are as many channels as this network may have; join one of them"
    assert ann.says("JOIN #three") == [f":test.net 437 ann #three :{text}"]
    ann.says("PART #one")
    assert ann.says("JOIN #three")[0] == f"{ANN} JOIN #three"
    assert list(net.engine.state.channels) == ["#two", "#three"]


INVITED_ONLY = "Cannot join channel (+i): it is for those who are invited; KNOCK #tea asks to be let in"
BANNED = "Cannot join channel (+b): you are banned; ask one of its operators"
DOORS = [
    pytest.param("+i", f"473 bob #tea :{INVITED_ONLY}", marks=pytest.mark.covers("ERR_INVITEONLYCHAN", "mode +i")),
    pytest.param(
        "+k secret",
        "475 bob #tea :Cannot join channel (+k): it needs the right key; JOIN #tea <key>",
        marks=pytest.mark.covers("ERR_BADCHANNELKEY"),
    ),
    ("+l 1", "471 bob #tea :Cannot join channel (+l): it is full; try again later"),
    pytest.param("+b bob", f"474 bob #tea :{BANNED}", marks=pytest.mark.covers("ERR_BANNEDFROMCHAN")),
    ("+b *!*@127.0.0.*", f"474 bob #tea :{BANNED}"),
    pytest.param(
        "+R",
        "477 bob #tea :Cannot join channel (+R): it is for people with an account; log in first",
        marks=pytest.mark.covers("ERR_NEEDREGGEDNICK", "mode +R"),
    ),
]


@pytest.mark.parametrize(("modes", "refusal"), DOORS)
def test_closed_doors_and_the_invitation_that_opens_them_once(net, modes, refusal):  # RFC 2811 4.2, 4.3; Modern IRC
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says(f"MODE #tea {modes}")
    assert bob.says("JOIN #tea") == [f":test.net {refusal}"]
    ann.says("INVITE bob #tea")
    bob.forget()
    assert bob.says("JOIN #tea")[0] == f"{BOB} JOIN #tea"
    bob.says("PART #tea")
    assert bob.says("JOIN #tea") == [f":test.net {refusal}"]


def test_who_cannot_knock_is_told_to_ask(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    for mode in ("p", "s"):
        ann.says(f"MODE #tea +i{mode}")
        text = "Cannot join channel (+i): it is for those who are invited; ask one of its operators for an invitation"
        assert bob.says("JOIN #tea") == [f":test.net 473 bob #tea :{text}"]
        ann.says(f"MODE #tea -i{mode}")


def test_exceptions_open_the_door_to_whom_they_name(net):  # Modern IRC, invite and ban exceptions
    ann, bob, eve = net.join("ann", "#tea"), net.connect("bob"), net.connect("eve")
    ann.says("MODE #tea +iI bob", "MODE #tea +be *!*@* bob")
    assert bob.says("JOIN #tea")[0] == f"{BOB} JOIN #tea"
    assert eve.says("JOIN #tea")[0].startswith(":test.net 474 ")
    ann.says("MODE #tea -b *!*@*")
    assert eve.says("JOIN #tea")[-1].startswith(":test.net 473 ")


def test_an_account_opens_a_channel_for_the_registered(net):  # IRCv3 account; mode +R of InspIRCd
    net.join("ann", "#tea").says("MODE #tea +R")
    bob = net.connect("bob")
    is_logged_in(net, bob, "robert")
    assert bob.says("JOIN #tea")[0] == f"{BOB} JOIN #tea"


@pytest.mark.covers("mode +k")
def test_the_key_opens_the_door(net):  # Modern IRC, key channel mode
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
    assert eve.lines == [
        ":test.net 471 eve #tea :Cannot join channel (+l): it is full; try again later",
        ":test.net PONG test.net :next",
    ]


# Channels that lead to others.


@pytest.mark.covers("ERR_LINKCHANNEL", "mode +f", "ISUPPORT FORWARD")
@pytest.mark.parametrize("modes", ["+i", "+k secret", "+l 1", "+b bob", "+R"])
def test_who_may_not_come_in_is_led_to_the_other_channel(net, modes):  # ISUPPORT FORWARD; Modern IRC, ERR_LINKCHANNEL
    net.join("ann", "#tea,#hall").says("MODE #tea +f #hall", f"MODE #tea {modes}")
    assert net.connect("bob").says("JOIN #TEA") == [
        ":test.net 470 bob #tea #hall :Forwarding to another channel",
        f"{BOB} JOIN #hall",
        ":test.net 353 bob = #hall :@ann bob",
        ":test.net 366 bob #hall :End of /NAMES list",
    ]


def test_people_are_led_one_step_and_never_in_circles(net):
    ann = net.join("ann", "#tea,#hall")
    ann.says("MODE #tea +if #hall", "MODE #hall +if #tea")
    assert net.connect("bob").says("JOIN #tea") == [
        ":test.net 470 bob #tea #hall :Forwarding to another channel",
        f":test.net 473 bob #hall :{INVITED_ONLY.replace('#tea', '#hall')}",
    ]


def test_nobody_is_led_where_he_is_or_where_he_may_not_know_of(net):
    ann, bob = net.join("ann", "#tea,#hall"), net.join("bob", "#hall")
    ann.says("MODE #tea +if #hall")
    bob.forget()
    assert bob.says("JOIN #tea") == [f":test.net 473 bob #tea :{INVITED_ONLY}"]
    ann.says("MODE #hall +s")
    assert net.connect("eve").says("JOIN #tea") == [f":test.net 473 eve #tea :{INVITED_ONLY}"]


def test_a_channel_that_is_gone_leads_nowhere():
    net = Net(limits=Limits(channels_max=2))
    ann = net.join("ann", "#hall,#tea")
    ann.says("MODE #tea +if #hall", "PART #hall", "JOIN #new")
    assert net.connect("bob").says("JOIN #tea") == [f":test.net 473 bob #tea :{INVITED_ONLY}"]


def test_a_forward_follows_the_channel_to_its_new_name(net):
    ann = net.join("ann", "#tea,#hall")
    ann.says("MODE #tea +if #hall", "RENAME #hall #lobby")
    bob = net.connect("bob", "labeled-response batch message-tags")
    opening, forwarded, joined, *_ = bob.says("@label=x JOIN #tea")
    assert opening.startswith("@label=x :test.net BATCH +")
    assert forwarded.endswith(" :test.net 470 bob #tea #lobby :Forwarding to another channel")
    assert joined.endswith(f"{BOB} JOIN #lobby")


def test_a_channel_that_took_the_name_it_leads_to_leads_nowhere():
    net = Net(limits=Limits(rename_seconds=0))
    ann = net.join("ann", "#tea,#hall")
    ann.says("MODE #tea +if #hall", "RENAME #hall #lobby", "PART #lobby", "RENAME #tea #hall")
    assert net.connect("bob").says("JOIN #hall") == [
        f":test.net 473 bob #hall :{INVITED_ONLY.replace('#tea', '#hall')}"
    ]


def test_what_has_nothing_to_do_with_the_door_leads_nobody():
    net = Net(limits=Limits(channels_per_user_max=2))
    net.join("ann", "#tea,#hall").says("MODE #tea +f #hall")
    (line,) = net.join("bob", "#one,#two").says("JOIN #tea")
    assert line.startswith(":test.net 405 bob #tea :")


# PART.


@pytest.mark.covers("PART")
def test_part_with_and_without_a_reason(net):  # Modern IRC, PART
    ann, bob = net.join("ann", "#tea,#ops"), net.join("bob", "#tea,#ops")
    net.forget()
    ann.says("PART #tea,#ops :so long")
    ann.says("JOIN #tea", "PART #tea")
    assert [line for line in bob.lines if "PART" in line] == [
        f"{ANN} PART #tea :so long",
        f"{ANN} PART #ops :so long",
        f"{ANN} PART #tea",
    ]


@pytest.mark.covers("ERR_NOSUCHCHANNEL", "ERR_NOTONCHANNEL")
def test_part_refusals(net):  # Modern IRC, PART
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


# CYCLE.


@pytest.mark.covers("CYCLE")
def test_cycle_leaves_and_comes_back(net):  # https://docs.inspircd.org/4/modules/cycle/
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +kl secret 2", "TOPIC #tea :Green")
    net.forget()
    assert bob.says("CYCLE #TEA :be right back") == [
        f"{BOB} PART #tea :be right back",
        f"{BOB} JOIN #tea",
        ":test.net 332 bob #tea :Green",
        ":test.net 333 bob #tea ann!~ann@127.0.0.1 1700000000",
        ":test.net 353 bob = #tea :@ann bob",
        ":test.net 366 bob #tea :End of /NAMES list",
    ]
    assert ann.lines == bob.lines[:2]
    bob.says("CYCLE #tea", "PING next")
    assert [line.split()[1] for line in bob.lines[6:]] == ["PART", "JOIN", "332", "333", "353", "366", "PONG"]
    assert bob.lines[6] == f"{BOB} PART #tea :Cycling"


def test_cycle_is_one_labelled_response(net):  # IRCv3 labeled-response
    bob = net.join("bob", "#tea", "labeled-response batch message-tags")
    opening, parted, joined, names, end, closing = bob.says("@label=x CYCLE #tea")
    reference = opening.split()[-2]
    assert opening == f"@label=x :test.net BATCH {reference} labeled-response"
    assert closing == f":test.net BATCH -{reference[1:]}"
    assert [line.partition(" ")[2] for line in (parted, joined, names, end)] == [
        f"{BOB} PART #tea :Cycling",
        f"{BOB} JOIN #tea",
        ":test.net 353 bob = #tea :@bob",
        ":test.net 366 bob #tea :End of /NAMES list",
    ]
    assert bob.says("@label=y CYCLE #none") == ["@label=y :test.net 403 bob #none :No such channel"]
    assert net.connect("eve").says("CYCLE #tea") == [":test.net 442 eve #tea :You're not on that channel"]


@pytest.mark.parametrize(("modes", "numeric"), [("+i", 473), ("+b bob", 474), ("+R", 477)])
def test_who_could_not_come_back_stays(net, modes, numeric):  # https://docs.inspircd.org/4/modules/cycle/
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says(f"MODE #tea {modes}")
    bob.forget()
    (line,) = bob.says("CYCLE #tea")
    assert line.startswith(f":test.net {numeric} bob #tea :You could not come back: Cannot join channel (")
    assert bob.session.user.uid in net.engine.state.channels["#tea"].members


def test_the_last_one_founds_the_channel_again(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +i", "PART #tea")
    bob.forget()
    assert bob.says("CYCLE #tea")[-2:] == [
        ":test.net 353 bob = #tea :@bob",
        ":test.net 366 bob #tea :End of /NAMES list",
    ]


def test_a_door_that_closes_in_between_is_told(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "labeled-response batch message-tags")
    net.forget()
    net.journal.holding = True
    ann.says("MODE #tea +i")
    bob.says("@label=x CYCLE #tea")
    net.journal.holding = False
    net.settle()
    assert [line.partition(" ")[2] for line in bob.lines if "batch=" in line] == [
        f"{BOB} PART #tea :Cycling",
        f":test.net 473 bob #tea :{INVITED_ONLY}",
    ]


def test_who_is_kicked_in_between_does_not_come_back(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    ann.says("KICK #tea bob")
    bob.says("CYCLE #tea")
    net.journal.holding = False
    net.settle()
    assert bob.lines == [f"{ANN} KICK #tea bob :ann", ":test.net 442 bob #tea :You're not on that channel"]


def test_who_hangs_up_in_between_is_gone(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    bob.says("CYCLE #tea")
    net.journal.order()
    bob.hangs_up()
    net.journal.holding = False
    net.settle()
    assert [line.split()[1] for line in ann.lines] == ["PART"]
    assert list(net.engine.state.channels["#tea"].members) == [ann.session.uid]


def test_a_cycle_that_cannot_be_journaled_changes_nothing(net):
    bob = net.join("bob", "#tea")
    net.journal.failing = "disk full"
    assert [line.split()[1] for line in bob.says("CYCLE #tea")] == ["400"]
    assert bob.session.user.channels == ("#tea",)


# TOPIC.


@pytest.mark.covers("TOPIC", "RPL_NOTOPIC")
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


@pytest.mark.covers("ERR_CHANOPRIVSNEEDED")
def test_topic_refusals(net):  # RFC 2812 3.2.4
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    assert eve.says("TOPIC #tea", "TOPIC #none :x", "TOPIC #tea :x") == [
        ":test.net 442 eve #tea :You're not on that channel",
        ":test.net 403 eve #none :No such channel",
        ":test.net 442 eve #tea :You're not on that channel",
    ]
    assert bob.says("TOPIC #tea :mine") == [":test.net 482 bob #tea :You're not channel operator"]
    ann.says("MODE #tea -t")
    assert bob.says("TOPIC #tea :mine")[-1] == f"{BOB} TOPIC #tea :mine"


@pytest.mark.covers("ISUPPORT TOPICLEN")
@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_the_topic_is_cut_at_the_advertised_length_in_bytes(net, letter):  # ISUPPORT TOPICLEN; hostile input F10
    ann = net.join("ann", "#tea")
    (line,) = ann.says("TOPIC #tea :" + letter * (480 // len(letter.encode())))
    assert line == f"{ANN} TOPIC #tea :" + letter * (300 // len(letter.encode()))


# NAMES.


@pytest.mark.covers("NAMES")
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


@pytest.mark.covers("multi-prefix", "userhost-in-names", "ISUPPORT PREFIX", "mode +v")
def test_names_shows_prefixes_and_masks_by_capability(net):  # IRCv3 multi-prefix, userhost-in-names
    ann = net.join("ann", "#tea", "multi-prefix")
    bob = net.join("bob", "#tea", "userhost-in-names")
    ann.says("MODE #tea +v ann", "MODE #tea +v bob")
    net.forget()
    assert ann.says("NAMES #tea")[0] == ":test.net 353 ann = #tea :@+ann +bob"
    assert bob.says("NAMES #tea")[0] == ":test.net 353 bob = #tea :@ann!~ann@127.0.0.1 +bob!~bob@127.0.0.1"


@pytest.mark.covers("user mode +i")
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


@pytest.mark.covers("LIST", "RPL_LISTSTART", "RPL_LIST", "RPL_LISTEND", "ISUPPORT SAFELIST", "mode +s")
def test_list_shows_channels_members_and_topics(net):
    ann, bob = net.join("ann", "#tea,#ops,#secret"), net.join("bob", "#tea")
    ann.says("TOPIC #tea :Green", "MODE #secret +s", "JOIN #empty", "PART #empty")
    start, end = ":test.net 321 bob Channel :Users  Name", ":test.net 323 bob :End of /LIST"
    assert bob.says("LIST") == [start, ":test.net 322 bob #tea 2 Green", ":test.net 322 bob #ops 1 :", end]
    assert bob.says("LIST #t*,#none") == [start, ":test.net 322 bob #tea 2 Green", end]
    assert ":test.net 322 ann #secret 1 :" in ann.says("LIST #SECRET")


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


# KICK.


@pytest.mark.covers("KICK")
def test_kick_puts_out_and_tells_everybody(net):  # RFC 2812 3.2.8
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.join("eve", "#tea")
    net.forget()
    ann.says("KICK #tea bob,EVE :too loud")
    assert ann.lines == [f"{ANN} KICK #tea bob :too loud", f"{ANN} KICK #tea eve :too loud"]
    assert bob.lines == ann.lines[:1]
    assert eve.lines == ann.lines
    assert bob.numerics == []
    assert "404" in bob.says("PRIVMSG #tea :hey")[0]
    bob.says("JOIN #tea")
    assert ann.says("KICK #tea bob")[-1] == f"{ANN} KICK #tea bob :ann"


def test_each_channel_has_the_nick_at_its_place(net):  # RFC 2812 3.2.8
    ann = net.join("ann", "#a,#b", "labeled-response batch message-tags")
    bob, eve = net.join("bob", "#a,#b"), net.join("eve", "#a,#b")
    net.forget()
    lines = ann.asks("@label=x KICK #a,#b bob,eve :out")
    assert lines[1:-1] == [f"{ANN} KICK #a bob :out", f"{ANN} KICK #b eve :out"]
    ann.says("KICK #a,#b,#A eve,bob,EVE")
    assert [line for line in bob.lines if "KICK" in line] == [
        f"{ANN} KICK #a bob :out",
        f"{ANN} KICK #b eve :out",
        f"{ANN} KICK #b bob :ann",
    ]
    assert eve.lines[-1] == f"{ANN} KICK #a eve :ann"


def test_the_same_nick_is_put_out_of_several_channels(net):
    ann, bob = net.join("ann", "#a,#b"), net.join("bob", "#a,#b")
    net.forget()
    ann.says("KICK #a,#b bob,bob")
    assert bob.lines == [f"{ANN} KICK #a bob :ann", f"{ANN} KICK #b bob :ann"]


def test_channels_and_nicks_that_do_not_fit_together(net):  # RFC 2812 3.2.8
    ann = net.join("ann", "#a,#b")
    text = "KICK takes one channel and any nicks, or as many channels as nicks"
    assert ann.says("KICK #a,#b ann", "KICK #a,#b ann,bob,eve") == [f":test.net 461 ann KICK :{text}"] * 2
    assert ann.says("KICK , ann", "KICK #a " + ",".join(f"n{number}" for number in range(11))) == [
        ":test.net 461 ann KICK :Not enough parameters: there is no name in the list",
        ":test.net 407 ann 11 :At most 10 targets in one command",
    ]


@pytest.mark.covers("ERR_USERNOTINCHANNEL", "ERR_NOSUCHNICK")
def test_kick_refusals_in_their_order(net):  # RFC 2812 3.2.8
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    assert eve.says("KICK #none bob", "KICK #tea bob") == [
        ":test.net 403 eve #none :No such channel",
        ":test.net 442 eve #tea :You're not on that channel",
    ]
    assert bob.says("KICK #tea ann", "KICK #tea eve") == [":test.net 482 bob #tea :You're not channel operator"] * 2
    assert ann.says("KICK #tea nobody,eve", "KICK #tea") == [
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net 441 ann eve #tea :They aren't on that channel",
        ":test.net 461 ann KICK :Not enough parameters: KICK <channels> <nicks> [<reason>]",
    ]


@pytest.mark.parametrize(
    ("own", "other", "needed"),
    [
        ("h", "h", "operator (+o)"),
        ("h", "o", "operator (+o)"),
        ("o", "a", "owner (+q)"),
        ("a", "a", "owner (+q)"),
        ("a", "q", "owner (+q)"),
        ("h", "v", ""),
        ("o", "o", ""),
        ("q", "q", ""),
    ],
)
def test_who_may_kick_whom(net, own, other, needed):  # Modern IRC, "Channel membership prefixes"
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.join("eve", "#tea")
    ann.says("MODE #tea +q ann", f"MODE #tea +{own} bob", f"MODE #tea +{other} eve")
    net.forget()
    text = f"You must be {needed} or higher to kick eve"
    assert bob.says("KICK #tea eve") == (
        [f":test.net 482 bob #tea :{text}"] if needed else [f"{BOB} KICK #tea eve :bob"]
    )
    assert bool(eve.lines) is not bool(needed)


@pytest.mark.covers("mode +Q")
def test_nobody_is_kicked_while_that_is_forbidden(net):  # https://docs.inspircd.org/4/modules/nokicks/
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +Q")
    ann.forget()
    text = "Nobody is kicked here (+Q); MODE -Q takes that away"
    assert ann.says("KICK #tea bob") == [f":test.net 482 ann #tea :{text}"]
    ann.says("MODE #tea -Q", "KICK #tea bob")
    assert bob.lines[-1] == f"{ANN} KICK #tea bob :ann"


def test_an_operator_may_kick_himself(net):
    ann = net.join("ann", "#tea")
    assert ann.says("KICK #tea ann :bye") == [f"{ANN} KICK #tea ann :bye"]
    assert ann.says("TOPIC #tea") == [":test.net 442 ann #tea :You're not on that channel"]


@pytest.mark.covers("ISUPPORT KICKLEN")
def test_the_reason_is_cut_at_the_advertised_length_in_bytes(net):  # ISUPPORT KICKLEN
    ann = net.join("ann", "#tea")
    net.join("bob", "#tea")
    assert ann.says("KICK #tea bob :" + "é" * 230)[-1] == f"{ANN} KICK #tea bob :" + "é" * 125
    assert ann.says("CYCLE #tea :" + "é" * 230)[0] == f"{ANN} PART #tea :" + "é" * 125
    assert ann.says("PART #tea :" + "é" * 230)[-1] == f"{ANN} PART #tea :" + "é" * 125


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


# On several nodes.


def test_people_on_two_nodes_see_the_same():
    net = Net(2)
    ann, bob = net.join("ann", "#tea,#hall"), net.join("bob", "#tea", node=1)
    eve = net.connect("eve", node=1)
    net.forget()
    eve.says("JOIN #tea", "CYCLE #tea :brb", "PART #tea :bye", "JOIN #tea")
    ann.says("TOPIC #tea :Green", "KICK #tea eve :out", "MODE #tea +if #hall")
    eve.says("JOIN #tea")
    seen = [line for line in bob.lines if " MODE " not in line]
    assert seen == [line for line in ann.lines if " MODE " not in line and "#hall" not in line]
    assert [line.split()[1] for line in seen] == ["JOIN", "PART", "JOIN", "PART", "JOIN", "TOPIC", "KICK"]
    assert ann.lines[-1] == ":eve!~eve@127.0.0.1 JOIN #hall"
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


@pytest.mark.parametrize("said", ["PART #tea", "KICK #tea ann", "TOPIC #tea :x", "CYCLE #tea"])
def test_one_own_copy_inside_the_labelled_response_and_none_beside_it(net, said):  # IRCv3 labeled-response
    ann = net.join("ann", "#tea", "labeled-response batch message-tags")
    lines = ann.says(f"@label=x {said}")
    assert lines[0].startswith("@label=x")
    assert len([line for line in lines if f"{ANN} {said.split()[0].replace('CYCLE', 'PART')} " in line]) == 1
    assert len([line for line in lines if "label=" in line]) == 1

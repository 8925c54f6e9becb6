"""Saying things: PRIVMSG, NOTICE, TAGMSG (Modern IRC "Sending Messages"; IRCv3 message-tags, echo-message)."""

from __future__ import annotations

import pytest

from ipcchat.core.settings import Settings
from tests.core.deeds import is_logged_in
from tests.core.net import ALL_CAPS, Net

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"
KEY = "01JD3V5X4QZ8WQ2N6T0YB9K7HM"
KEYED = f"@+ipc-chat/key={KEY} "
NOT_HERE = "Cannot send to channel (+n: only members may speak)"


# To channels and people.


@pytest.mark.covers("PRIVMSG", "NOTICE")
def test_a_channel_hears_it_and_its_speaker_does_not(net):  # RFC 2812 3.3.1
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    net.forget()
    assert ann.says("PRIVMSG #TEA :hello", "NOTICE #tea hi") == []
    assert bob.lines == [f"{ANN} PRIVMSG #tea :hello", f"{ANN} NOTICE #tea :hi"]
    assert eve.lines == []


def test_a_person_hears_it_alone(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.join("eve", "#tea")
    net.forget()
    assert ann.says("PRIVMSG BOB :psst", "NOTICE bob :psst") == []
    assert bob.lines == [f"{ANN} PRIVMSG bob :psst", f"{ANN} NOTICE bob :psst"]
    assert eve.lines == []
    assert ann.says("PRIVMSG ann :note to self") == [f"{ANN} PRIVMSG ann :note to self"]


def test_the_source_is_always_the_session(net):  # hostile inputs F14, I12
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    ann.says(":bob!~bob@127.0.0.1 PRIVMSG #tea :I am bob", ":test.net 001 bob :Welcome")
    assert bob.lines == [f"{ANN} PRIVMSG #tea :I am bob"]


@pytest.mark.covers("ISUPPORT MAXTARGETS")
def test_several_recipients_each_once(net):  # ISUPPORT TARGMAX; hostile input O09
    ann, bob = net.join("ann", "#tea", "echo-message"), net.join("bob", "#tea")
    net.forget()
    assert ann.says("PRIVMSG #tea,bob,#TEA,,nobody,#none :hello") == [
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net 403 ann #none :No such channel",
        f"{ANN} PRIVMSG #tea :hello",
        f"{ANN} PRIVMSG bob :hello",
    ]
    assert bob.lines == [f"{ANN} PRIVMSG #tea :hello", f"{ANN} PRIVMSG bob :hello"]
    assert ann.says("PRIVMSG bob,b,c,d,e :hello") == [
        ":test.net 407 ann bob,b,c,d,e :At most 4 recipients in one message"
    ]
    bob.forget()
    ann.says("PRIVMSG " + "bob," * 100 + " :once")
    assert bob.lines == [f"{ANN} PRIVMSG bob :once"]


@pytest.mark.covers("ERR_NOTEXTTOSEND", "ERR_CANNOTSENDTOCHAN", "mode +m")
@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
def test_refusals_in_their_order(net, verb):  # RFC 2812 3.3.1; to a NOTICE nobody answers (3.3.2) but its label
    net.join("ann", "#tea").says("MODE #tea +m")
    bob = net.join("bob", "#tea", "labeled-response batch")
    eve = net.connect("eve", "labeled-response batch")
    net.forget()
    dialogue = [
        (eve, verb, f"411 eve :No recipient given ({verb})"),
        (eve, f"{verb} :", f"411 eve :No recipient given ({verb})"),
        (eve, f"{verb} , :x", f"411 eve :No recipient given ({verb})"),
        (eve, f"{verb} bob", "412 eve :No text to send"),
        (eve, f"{verb} bob :", "412 eve :No text to send"),
        (eve, f"{verb} nobody :x", "401 eve nobody :No such nick or channel"),
        (eve, f"{verb} #none :x", "403 eve #none :No such channel"),
        (eve, f"{verb} #TEA :x", f"404 eve #tea :{NOT_HERE}"),
        (bob, f"{verb} #tea :x", "404 bob #tea :Cannot send to channel (+m: only members with a prefix may speak)"),
    ]
    for talker, said, refusal in dialogue:
        unlabelled = [f":test.net {refusal}"] if verb == "PRIVMSG" else []
        assert talker.says(said) == unlabelled
        assert talker.says(f"@label=x {said}") == [f"@label=x :test.net {refusal}"]


@pytest.mark.parametrize(
    ("modes", "outsider", "member"),
    [("+m-n", "404", "404"), ("-n", "", ""), ("+b-n *!*@*", "404", "404"), ("+n", "404", "")],
)
def test_who_may_speak(net, modes, outsider, member):  # RFC 2811 4.2.3, 4.2.5, 4.3.1
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says(f"MODE #tea {modes}")
    net.forget()
    for talker, expected in ((ann, ""), (bob, member), (eve, outsider)):
        talker.says("PRIVMSG #tea :hello")
        assert "".join(talker.numerics) == expected
    ann.says("MODE #tea +v bob")
    net.forget()
    assert bob.says("PRIVMSG #tea :hello") == []


@pytest.mark.covers("ERR_NOSUCHNICK", "ERR_NOSUCHCHANNEL")
@pytest.mark.parametrize("target", ["$*", "$$*.net", "$#*", "bob@other.net", "@bob", "@", "+"])
def test_recipients_that_are_none(net, target):  # Modern IRC, PRIVMSG
    net.connect("bob")
    (line,) = net.connect("ann").says(f"PRIVMSG {target} :hello")
    assert line.startswith(f":test.net 401 ann {target} :No ")
    secret = net.join("eve", "#secret")
    secret.says("MODE #secret +s")
    joe = net.connect("joe")
    for said in ("PRIVMSG #SECRET :x", f"PRIVMSG #SECRET :{'x' * 480}", "PRIVMSG @#SECRET :x"):
        assert joe.says(said) == [":test.net 403 joe #SECRET :No such channel"]


def test_nobody_writes_to_all_who_match_a_mask(net):  # RFC 2812 3.3.1: $mask
    assert net.connect("ann").says("PRIVMSG $*.net :hello") == [
        ":test.net 401 ann $*.net :No message goes to everybody who matches a mask here; write to a channel or a nick"
    ]


def test_a_nick_with_its_server(net):  # RFC 2812 3.3.1: user@server
    ann, bob = net.connect("ann", "echo-message"), net.connect("bob")
    assert ann.says("PRIVMSG bob@TEST.net :hello") == [f"{ANN} PRIVMSG bob :hello"]
    assert bob.lines == [f"{ANN} PRIVMSG bob :hello"]


def test_a_notice_to_several_is_refused_without_a_word_too(net):  # RFC 2812 3.3.2
    ann = net.connect("ann", "batch labeled-response")
    assert ann.says("NOTICE nobody,#none :x", "NOTICE a,b,c,d,e :x") == []
    assert len(ann.says("@label=x NOTICE nobody,#none :x")) == 4


def test_a_notice_that_loses_a_race_is_refused_without_a_word(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    ann.says("KICK #tea bob")
    bob.says("NOTICE #tea :x")
    net.journal.holding = False
    net.settle()
    assert bob.lines == [f"{ANN} KICK #tea bob :ann"]


def test_a_notice_that_cannot_be_journaled_is_told(net):  # the promise of ipcchat/backend/base.py
    ann = net.join("ann", "#tea")
    net.journal.failing = "the disk is full"
    (line,) = ann.says("NOTICE #tea :x")
    assert line.startswith(":test.net 400 ann NOTICE #tea :Nothing was sent")


# Sizes.


@pytest.mark.covers("ERR_INPUTTOOLONG")
@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_what_does_not_fit_for_others_is_refused_and_never_cut(net, letter):  # hostile input F10
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.forget()
    width = len(letter.encode())
    head = f"{ANN} PRIVMSG #tea :"
    room = 510 - len(head)
    pad = "." * (room % width)
    ann.says(f"PRIVMSG #tea :{pad}{letter * (room // width)}")
    assert bob.lines == [f"{head}{pad}{letter * (room // width)}"]
    assert len(bob.lines[0].encode()) == 510
    assert ann.says(f"PRIVMSG #tea :{pad}{letter * (room // width)}.") == [
        ":test.net 417 ann :The message is 1 bytes too long for others to receive; split it"
    ]
    assert len(bob.lines) == 1


# Tags.


@pytest.mark.covers("message-tags", "server-time")
def test_tags_by_capability(net):  # IRCv3 message-tags, server-time
    ann = net.join("ann", "#tea", "message-tags")
    plain, timed = net.join("joe", "#tea"), net.join("tim", "#tea", "server-time")
    tagged, both = net.join("tag", "#tea", "message-tags"), net.join("both", "#tea", "server-time message-tags")
    net.forget()
    ann.says("@+draft/reply=abc;account=root;msgid=x;time=now;label=1 PRIVMSG #tea :hello")
    line, time = f"{ANN} PRIVMSG #tea :hello", "time=2023-11-14T22:13:20.000Z"
    seq = len(net.journal.entries)
    assert plain.lines == [line]
    assert timed.lines == [f"@{time} {line}"]
    assert tagged.lines == [f"@msgid=journal-{net.engine.tagger.msgid(seq)[8:]};+draft/reply=abc {line}"]
    assert both.lines == [f"@{time};msgid={net.engine.tagger.msgid(seq)};+draft/reply=abc {line}"]


def test_client_tags_need_message_tags_and_are_escaped_again(net):  # IRCv3 message-tags; hostile inputs F13, I02
    ann, joe = net.join("ann", "#tea", "message-tags"), net.join("joe", "#tea")
    bob = net.join("bob", "#tea", "message-tags")
    net.forget()
    ann.says(r"@+a=1;+a=x\:\s\\\r\n\b;+b=;+c PRIVMSG #tea :hello")
    assert bob.lines[0].partition(";")[2] == rf"+a=x\:\s\\\r\nb;+b;+c {ANN} PRIVMSG #tea :hello"
    bob.forget()
    joe.says("@+a=1 PRIVMSG #tea :hello")
    assert "+a" not in bob.lines[0]


@pytest.mark.covers("TAGMSG")
def test_tagmsg_reaches_those_who_know_tags(net):  # IRCv3 message-tags, TAGMSG
    ann, joe = net.join("ann", "#tea", "message-tags echo-message"), net.join("joe", "#tea")
    bob = net.join("bob", "#tea", "message-tags")
    net.forget()
    ann.says("@+draft/react=yes TAGMSG #tea")
    assert ann.bare == bob.bare == [f"{ANN} TAGMSG #tea"]
    assert all(line.partition(" ")[0].endswith(";+draft/react=yes") for line in (*ann.lines, *bob.lines))
    assert joe.lines == []
    net.forget()
    ann.says("@+typing=active TAGMSG bob", "@+typing=active TAGMSG joe")
    assert bob.bare == [f"{ANN} TAGMSG bob"]
    assert joe.lines == []


def test_tagmsg_to_several(net):  # ISUPPORT TARGMAX
    ann, bob = net.join("ann", "#tea", "message-tags"), net.join("bob", "#tea", "message-tags")
    net.forget()
    assert ann.says("@+x=1 TAGMSG #tea,bob,nobody") == [":test.net 401 ann nobody :No such nick or channel"]
    assert bob.bare == [f"{ANN} TAGMSG #tea", f"{ANN} TAGMSG bob"]


def test_typing_is_ordered_and_never_stored(net):  # core/facts.py rule 5
    ann = net.join("ann", "#tea", "message-tags")
    kinds = []
    for said in ("@+typing=active TAGMSG #tea", "@+typing=active;+x=1 TAGMSG #tea", "@+typing=done PRIVMSG #tea :x"):
        ann.says(said)
        kinds.append(type(net.journal.entries[-1].fact).__name__)
    assert kinds == ["Hinted", "Posted", "Posted"]


def test_typing_may_come_without_a_place(net):  # core/facts.py rule 5
    ann = net.join("ann", "#tea", "message-tags echo-message labeled-response batch")
    bob = net.join("bob", "#tea", "message-tags")
    net.forget()
    net.journal.beside, last = True, ann.node.engine.state.seq
    assert ann.says("@label=1;+typing=active TAGMSG #tea") == [f"@label=1;+typing=active {ANN} TAGMSG #tea"]
    assert bob.lines == [f"@+typing=active {ANN} TAGMSG #tea"], "there is no msgid by which it could be referred to"
    assert ann.node.engine.state.seq == last
    ann.says("@+typing=active PRIVMSG #tea :x")
    assert ann.node.engine.state.seq == last + 1


@pytest.mark.covers("ERR_NORECIPIENT")
def test_tagmsg_refusals(net):
    ann, joe = net.connect("ann", "message-tags"), net.connect("joe")
    assert joe.says("@+x=1 TAGMSG ann") == [":test.net 421 joe TAGMSG :TAGMSG needs the capability message-tags"]
    assert ann.says("@+x=1 TAGMSG", "@+x=1 TAGMSG :", "@+x=1 TAGMSG #none", "@+x=1 TAGMSG nobody") == [
        ":test.net 411 ann :No recipient given (TAGMSG)",
        ":test.net 411 ann :No recipient given (TAGMSG)",
        ":test.net 403 ann #none :No such channel",
        ":test.net 401 ann nobody :No such nick or channel",
    ]


@pytest.mark.parametrize("tags", ["", "@x=1 ", KEYED])
def test_a_tagmsg_without_tags_to_relay_says_nothing(net, tags):
    ann, bob = net.connect("ann", "message-tags"), net.connect("bob", "message-tags")
    assert ann.says(f"{tags}TAGMSG bob") == bob.lines == []


@pytest.mark.parametrize(
    ("denied", "relayed"),
    [
        ((), "+typing +reply +x"),
        pytest.param(("typing",), "+reply +x", marks=pytest.mark.covers("ISUPPORT CLIENTTAGDENY")),
        (("*",), ""),
        (("*", "-reply", "-x"), "+reply +x"),
        (("reply", "x"), "+typing"),
    ],
)
def test_denied_client_tags_are_left_out(denied, relayed):  # IRCv3 message-tags, CLIENTTAGDENY
    net = Net(settings=Settings(network="TestNet", server_name="test.net", motd=(), tags_denied=denied))
    ann, bob = net.join("ann", "#tea", "message-tags"), net.join("bob", "#tea", "message-tags")
    told = " ".join(net.connect("eve").says("VERSION"))
    assert (f"CLIENTTAGDENY={','.join(denied)} " in told) is bool(denied)
    net.forget()
    ann.says(f"@+typing=active;+reply=a;+x=1;+ipc-chat/key={KEY} PRIVMSG #tea :hello")
    tags = bob.lines[0].split()[0].split(";")[1:]
    assert [tag.partition("=")[0] for tag in tags] == relayed.split()
    for number, tag in enumerate(("typing", "reply", "x")):
        bob.forget()
        ann.says(f"@+{tag}={number} TAGMSG #tea")
        assert bool(bob.lines) is (f"+{tag}" in relayed)


@pytest.mark.parametrize(
    "tags",
    [
        "+typing=active",
        "+reply=abc",
        "+channel-context=#tea",
        "+reply=abc;+draft/react=\U0001f600",
        "+vendor.example/x",
    ],
)
def test_client_tags_are_relayed_as_they_came(net, tags):  # IRCv3 typing, reply, channel-context, react
    ann, bob = net.connect("ann", "message-tags"), net.connect("bob", "message-tags")
    for said in ("PRIVMSG bob :x", "NOTICE bob :x", "TAGMSG bob"):
        bob.forget()
        ann.says(f"@{tags} {said}")
        assert bob.lines[0].split(" ")[0].partition(";")[2] == tags


# Echo.


@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
def test_echo_is_the_receipt_and_equals_what_others_get(net, verb):  # IRCv3 echo-message
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    ann.says(f"@+x=1 {verb} #tea :hello")
    assert ann.lines == bob.lines
    net.forget()
    ann.says(f"@+x=1 {verb} bob :hello")
    assert ann.lines == bob.lines


@pytest.mark.covers("echo-message")
def test_nothing_is_shown_before_it_is_in_the_journal(net):  # the promise of ipcchat/backend/base.py
    ann, bob = net.join("ann", "#tea", "echo-message"), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    ann.says("PRIVMSG #tea :hello")
    assert ann.lines == bob.lines == []
    net.release()
    assert ann.lines == bob.lines == [f"{ANN} PRIVMSG #tea :hello"]


# Idempotency keys.


def test_the_same_key_twice_is_one_message(net):  # the client tag +ipc-chat/key
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    ann.says(f"{KEYED}PRIVMSG #tea :hello")
    net.pass_time(5)
    ann.says(f"{KEYED}PRIVMSG #TEA :hello")
    first, second = ann.lines
    assert first == second
    assert bob.lines == [first]
    assert KEY not in first


def test_the_same_key_in_flight_from_two_sessions_is_one_message(net):
    first, second = net.join("ann", "#tea", ALL_CAPS), net.join("ann2", "#tea", ALL_CAPS)
    bob = net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    net.journal.holding = True
    for talker in (first, second):
        talker.says(f"@label=a;+ipc-chat/key={KEY} PRIVMSG #tea :hello")
    net.journal.holding = False
    net.settle()
    assert bob.bare == [f"{ANN} PRIVMSG #tea :hello"]
    receipt = bob.lines[0].removeprefix("@")
    assert first.lines == [f"@label=a;{receipt}"]
    assert second.lines == [f"@{receipt}", f"@label=a;{receipt}"]


def test_the_same_key_in_flight_on_two_nodes_is_one_message():
    net = Net(2)
    first, second = net.join("ann", "#tea", ALL_CAPS), net.join("ann2", "#tea", ALL_CAPS, node=1)
    bob = net.join("bob", "#tea", ALL_CAPS, node=1)
    net.forget()
    net.journal.holding = True
    for talker in (first, second):
        talker.says(f"@label=a;+ipc-chat/key={KEY} PRIVMSG #tea :hello", "PING next")
    net.journal.holding = False
    net.settle()
    assert bob.bare == [f"{ANN} PRIVMSG #tea :hello"]
    assert first.lines == second.lines == [f"@label=a;{bob.lines[0][1:]}", ":test.net PONG test.net :next"]


def test_the_same_key_twice_in_flight_from_one_session(net):
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    ann.says(*[f"{KEYED}PRIVMSG #tea :hello"] * 3, "PING next")
    net.journal.holding = False
    net.settle()
    assert ann.bare == [f"{ANN} PRIVMSG #tea :hello"] * 3 + [":test.net PONG test.net :next"]
    assert len(set(ann.lines[:3])) == 1
    assert bob.lines == [f"{ANN} PRIVMSG #tea :hello"]


def test_the_same_key_from_another_account_is_another_message(net):  # nobody takes the place of what others send
    bob, guest = net.join("bob", "#tea"), net.join("guest", "#tea", ALL_CAPS)
    ann, mallory = net.join("ann", "#tea", ALL_CAPS), net.join("mallory", "#tea", ALL_CAPS)
    is_logged_in(net, ann, "ann")
    is_logged_in(net, mallory, "mallory")
    for talker in (mallory, guest, ann):
        talker.says(f"{KEYED}PRIVMSG #tea :hello")
        assert talker.bare[-1].startswith(f":{talker.user.nick}!")
    assert len([line for line in bob.lines if "PRIVMSG" in line]) == 3


def test_the_same_key_from_another_session_of_an_account_is_one_message(net):
    bob, laptop, phone = net.join("bob", "#tea"), net.join("ann", "#tea", ALL_CAPS), net.join("ann_", "#tea", ALL_CAPS)
    for talker in (laptop, phone):
        is_logged_in(net, talker, "Ann")
    (first,) = laptop.says(f"{KEYED}PRIVMSG #tea :hello")
    assert phone.says(f"{KEYED}PRIVMSG #tea :hello")[-1] == first
    assert [line for line in bob.lines if "PRIVMSG" in line] == [f"{ANN} PRIVMSG #tea :hello"]


def test_a_guest_who_comes_back_under_another_nick_and_address_sends_the_same_message(net):
    """His old connection is not known to be dead, so his nick is taken; only the key tells that it is he."""
    bob, ghost = net.join("bob", "#tea"), net.join("ann", "#tea", ALL_CAPS)
    ghost.says(f"{KEYED}PRIVMSG #tea :hello")
    again = net.connect("ann_", ALL_CAPS, host="192.0.2.7")
    again.says("JOIN #tea", f"{KEYED}PRIVMSG #tea :hello")
    assert again.bare[-1] == f"{ANN} PRIVMSG #tea :hello"
    assert len([line for line in bob.lines if "PRIVMSG" in line]) == 1


@pytest.mark.parametrize("other", ["PRIVMSG #tea :hello!", "NOTICE #tea :hello", "PRIVMSG bob :hello"])
def test_a_key_with_another_text_verb_or_target_is_another_message(net, other):
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea")
    net.forget()
    ann.says(f"{KEYED}PRIVMSG #tea :hello", f"{KEYED}{other}")
    assert len(bob.lines) == 2


@pytest.mark.parametrize("key", ["", "short", "x" * 15, "x" * 65])
def test_a_key_of_a_wrong_length_does_not_count_and_is_not_shown(net, key):
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    ann.says(*[f"@+ipc-chat/key={key} PRIVMSG #tea :hello"] * 2)
    assert len(bob.lines) == 2
    assert all("ipc-chat/key" not in line for line in (*ann.lines, *bob.lines))


@pytest.mark.parametrize("key", ["x" * 16, "x" * 64])
def test_keys_from_16_to_64_characters_count(net, key):
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea")
    net.forget()
    ann.says(*[f"@+ipc-chat/key={key} PRIVMSG #tea :hello"] * 2)
    assert len(bob.lines) == 1


def test_a_key_works_without_message_tags_too(net):
    ann, bob = net.join("ann", "#tea", "echo-message"), net.join("bob", "#tea")
    net.forget()
    assert ann.says(*[f"{KEYED}PRIVMSG #tea :hello"] * 2) == [f"{ANN} PRIVMSG #tea :hello"] * 2
    assert len(bob.lines) == 1


@pytest.mark.covers("FAIL * REFUSED_BEFORE")
def test_a_key_whose_message_was_refused_is_refused_again(net):  # never a receipt for what is not in history
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    net.journal.holding = True
    ann.says("KICK #tea bob")
    bob.says(f"{KEYED}PRIVMSG #tea :hello")
    net.journal.holding = False
    net.settle()
    assert bob.bare[-1] == f":test.net 404 bob #tea :{NOT_HERE}"
    bob.says("JOIN #tea")
    net.forget()
    assert bob.says(f"{KEYED}PRIVMSG #tea :hello") == [
        ":test.net FAIL PRIVMSG REFUSED_BEFORE :This message was refused when it was sent first; send it with a new key"
    ]
    assert ann.lines == []


# Away.


def test_word_that_somebody_is_away_comes_behind_the_echo(net):  # Modern IRC, RPL_AWAY
    ann, bob = net.connect("ann", ALL_CAPS), net.connect("bob")
    bob.says("AWAY :at lunch")
    ann.says(f"@label=x;+ipc-chat/key={KEY} PRIVMSG bob :hello")
    assert ann.bare[1:3] == [f"{ANN} PRIVMSG bob :hello", ":test.net 301 ann bob :at lunch"]
    assert ann.lines[0] == "@label=x :test.net BATCH +b1 labeled-response"


# Lost races.


def test_a_post_behind_a_kick_is_refused_and_never_in_history(net):  # hostile inputs P10, P11
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "echo-message")
    net.forget()
    net.journal.holding = True
    ann.says("KICK #tea bob")
    bob.says("PRIVMSG #tea :hello")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [f"{ANN} KICK #tea bob :ann"]
    assert bob.lines == [f"{ANN} KICK #tea bob :ann", f":test.net 404 bob #tea :{NOT_HERE}"]
    assert list(net.engine.voided) == [len(net.journal.entries)]
    assert ann.says("CHATHISTORY LATEST #tea * 10") == []


def test_a_post_to_somebody_who_just_left_is_refused(net):
    ann, bob = net.connect("ann", "echo-message"), net.connect("bob")
    net.journal.holding = True
    bob.hangs_up()
    ann.says("PRIVMSG bob :hello")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":test.net 401 ann bob :No such nick or channel"]

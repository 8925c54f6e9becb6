"""What is said reaches whom it should: ranks of a channel, people who do not hear everybody, and tags that tell of the
sender (Modern IRC, PRIVMSG; modes as in core/modes.py)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.effects import Fan
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry
from tests.core.net import Net, Talker

ANN = ":ann!~ann@127.0.0.1"


# To those of some rank: STATUSMSG (Modern IRC, PRIVMSG; https://modern.ircdocs.horse/#statusmsg-parameter).


def house() -> tuple[Net, dict[str, Talker]]:
    """A channel with one of each rank: ann q, bob o, cat h, dan v, eve none."""
    net = Net()
    people = {nick: net.join(nick, "#tea", "echo-message") for nick in ("ann", "bob", "cat", "dan", "eve")}
    people["ann"].says("MODE #tea +qohv ann bob cat dan")
    net.forget()
    return net, people


@pytest.mark.covers("ISUPPORT STATUSMSG")
@pytest.mark.parametrize(
    ("prefix", "hear"),
    [
        ("~", ["ann"]),
        ("&", ["ann"]),
        ("@", ["ann", "bob"]),
        ("%", ["ann", "bob", "cat"]),
        ("+", ["ann", "bob", "cat", "dan"]),
        ("@%", ["ann", "bob", "cat"]),
        ("%@", ["ann", "bob", "cat"]),
        ("+~@", ["ann", "bob", "cat", "dan"]),
    ],
)
@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
def test_those_of_a_rank_hear_it_and_its_speaker(prefix, hear, verb):
    net, people = house()
    lowest = prefix if len(prefix) == 1 else "%" if "+" not in prefix else "+"
    assert "STATUSMSG=~&@%+" in " ".join(people["eve"].says("VERSION"))
    net.forget()
    assert people["eve"].says(f"{verb} {prefix}#TEA :help!") == [f":eve!~eve@127.0.0.1 {verb} {lowest}#tea :help!"]
    assert [nick for nick, talker in people.items() if talker.lines and nick != "eve"] == hear
    assert net.journal.entries[-1].fact.history_target is None


def test_a_message_to_a_rank_is_not_in_history():
    _, people = house()
    people["eve"].says("PRIVMSG @#tea :secret", "PRIVMSG #tea :public")
    people["ann"].forget()
    assert people["ann"].says("CHATHISTORY LATEST #tea * 10") == [":eve!~eve@127.0.0.1 PRIVMSG #tea :public"]


def test_ranks_on_two_nodes_hear_the_same():
    net = Net(2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", node=1)
    eve = net.join("eve", "#tea", node=1)
    ann.says("MODE #tea +o bob")
    net.forget()
    eve.says("PRIVMSG @#tea :help!")
    assert ann.lines == bob.lines == [":eve!~eve@127.0.0.1 PRIVMSG @#tea :help!"]
    assert eve.lines == []


@pytest.mark.parametrize("prefix", ["", "@", "+"])
def test_who_may_not_speak_may_not_write_to_ranks(prefix):
    _, people = house()
    people["ann"].says("MODE #tea +m")
    (line,) = people["eve"].says(f"PRIVMSG {prefix}#tea :x")[-1:]
    assert line == ":test.net 404 eve #tea :Cannot send to channel (+m: only members with a prefix may speak)"


def test_the_prefix_counts_for_the_size(net):
    ann = net.join("ann", "#tea")
    text = "x" * (510 - len(f"{ANN} PRIVMSG #tea :"))
    ann.forget()
    assert ann.says(f"PRIVMSG #tea :{text}") == []
    assert ann.says(f"PRIVMSG @#tea :{text}") == [
        ":test.net 417 ann :The message is 1 bytes too long for others to receive; split it"
    ]


# What channels do with messages (modes +U, +S, +c, +C as in core/modes.py).


@pytest.mark.covers("mode +U")
@pytest.mark.parametrize("written", ["#tea", "+#tea", "@#tea"])
def test_what_those_say_who_may_not_speak_is_shown_to_operators(written):
    net, people = house()
    people["ann"].says("MODE #tea +mU")
    net.forget()
    shown = ":eve!~eve@127.0.0.1 PRIVMSG @#tea :may I?"
    assert people["eve"].says(f"PRIVMSG {written} :may I?") == [shown]
    assert people["ann"].lines == people["bob"].lines == [shown]
    assert people["cat"].lines == people["dan"].lines == []
    net.forget()
    people["dan"].says("PRIVMSG #tea :I may", "PRIVMSG ~#tea :psst")
    assert people["eve"].bare == [":dan!~dan@127.0.0.1 PRIVMSG #tea :I may"]
    assert people["ann"].lines[-1] == ":dan!~dan@127.0.0.1 PRIVMSG ~#tea :psst"


def test_op_moderation_opens_no_other_door():
    net, people = house()
    people["ann"].says("MODE #tea +mUC")
    zoe = net.connect("zoe")
    assert zoe.says("PRIVMSG #tea :x") == [
        ":test.net 404 zoe #tea :Cannot send to channel (+n: only members may speak)"
    ]
    assert people["eve"].says("PRIVMSG #tea :\x01VERSION\x01")[-1].endswith("(+C: no CTCP but actions)")


def test_the_rank_of_an_op_moderated_message_is_looked_at_again_when_it_is_applied():
    net, people = house()
    people["ann"].says("MODE #tea +mU")
    net.forget()
    net.journal.holding = True
    people["ann"].says("MODE #tea -U")
    people["eve"].says("PRIVMSG #tea :may I?")
    net.journal.holding = False
    net.settle()
    assert people["eve"].numerics == ["404"]
    assert len(people["bob"].lines) == 1


def test_a_message_to_all_ranks_is_not_shown_to_them_when_its_author_lost_his():
    net, people = house()
    people["ann"].says("MODE #tea +mU")
    net.forget()
    net.journal.holding = True
    people["ann"].says("MODE #tea -v dan")
    people["dan"].says("PRIVMSG +#tea :I may")
    net.journal.holding = False
    net.settle()
    assert people["dan"].numerics == ["404"]
    assert [line.split()[1] for line in people["cat"].lines] == ["MODE"]


@pytest.mark.covers("mode +S")
def test_formatting_is_taken_out(net):  # IRCv3 echo-message: the echo is what others got
    ann, bob = net.join("ann", "#tea", "echo-message"), net.join("bob", "#tea")
    ann.says("MODE #tea +S")
    net.forget()
    assert ann.says("PRIVMSG #tea :\x02\x0304,01loud\x0f", "PRIVMSG #tea :plain") == [
        f"{ANN} PRIVMSG #tea :loud",
        f"{ANN} PRIVMSG #tea :plain",
    ]
    assert bob.lines == ann.lines
    assert ann.says("PRIVMSG #tea :\x02\x0f") == [
        ":test.net 412 ann :No text to send: formatting is taken out here (+S)"
    ]


@pytest.mark.covers("mode +c", "mode +C")
def test_what_some_channels_refuse(net):  # Modern IRC, CTCP and "Formatting"
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +c", "MODE #tea +C")
    net.forget()
    assert ann.says("PRIVMSG #tea :\x02loud") == [
        ":test.net 404 ann #tea :Cannot send to channel (+c: no colours or other formatting)"
    ]
    for ctcp in ("\x01VERSION\x01", "\x01ACTIONS\x01", "\x01"):
        assert ann.says(f"PRIVMSG #tea :{ctcp}") == [
            ":test.net 404 ann #tea :Cannot send to channel (+C: no CTCP but actions)"
        ]
    assert bob.lines == []
    ann.says("PRIVMSG #tea :\x01ACTION waves\x01", "PRIVMSG #tea :what is \x01?")
    assert len(bob.lines) == 2
    ann.says("MODE #tea +S", "PRIVMSG #tea :\x02loud")
    assert bob.lines[-1] == f"{ANN} PRIVMSG #tea :loud"


# What people do not want (user modes +R, +T; for +g see test_callers.py).


@pytest.mark.covers("ERR_CANTSENDTOUSER", "user mode +T", "user mode +R")
def test_people_who_do_not_hear_everybody(net):  # ERR_CANTSENDTOUSER, https://docs.inspircd.org/4/user-modes/
    ann, bob = net.connect("ann"), net.connect("bob", "echo-message")
    bob.says("MODE bob +T")
    assert ann.says("PRIVMSG bob :\x01VERSION\x01") == [":test.net 531 ann bob :They get no CTCP but actions (+T)"]
    assert ann.says("NOTICE bob :\x01VERSION x\x01", "PRIVMSG bob :\x01ACTION waves\x01") == []
    assert bob.bare[1:] == [f"{ANN} PRIVMSG bob :\x01ACTION waves\x01"]
    assert len(bob.says("PRIVMSG bob :\x01PING 1\x01")) == 2
    bob.says("MODE bob +R-T")
    assert ann.says("PRIVMSG bob :hello") == [
        ":test.net 531 ann bob :They get private messages only from people with an account (+R)"
    ]
    bob.says("ACCEPT ann")
    assert ann.says("PRIVMSG bob :hello") == []


def test_typing_does_not_give_away_who_is_not_shown_yet(net):  # mode +D
    ann, bob = net.join("ann", "#tea", "message-tags"), net.connect("bob", "message-tags echo-message")
    ann.says("MODE #tea +D")
    bob.says("JOIN #tea")
    net.forget()
    assert len(bob.says("@+typing=active TAGMSG #tea")) == 1
    assert ann.lines == []
    bob.says(
        "CAP REQ -echo-message", "@+typing=active TAGMSG #tea", "PRIVMSG #tea :hello", "@+typing=active TAGMSG #tea"
    )
    assert [line.split()[1] for line in ann.bare] == ["JOIN", "PRIVMSG", "TAGMSG"]


@pytest.mark.covers("account-tag", "draft/oper-tag")
def test_what_tags_tell_of_the_sender(net):  # IRCv3 account-tag, bot-mode, oper-tag
    ann = net.join("ann", "#tea")
    bob = net.join("bob", "#tea", "message-tags account-tag draft/oper-tag")
    ann.says("MODE ann +B")
    user = net.engine.state.users[ann.session.uid]
    user.account, user.modes = "ann's;account", "Bo"
    net.forget()
    ann.says("PRIVMSG #tea :hello")
    assert bob.lines[0].split(" ")[0].partition(";")[2] == "account=ann's\\:account;bot;draft/oper"


def test_nor_does_he_on_another_node():
    net = Net(2)
    ann = net.join("ann", "#tea", "message-tags")
    bob = net.connect("bob", "message-tags", node=1)
    eve = net.join("eve", "#tea", "message-tags", node=1)
    ann.says("MODE #tea +D")
    bob.says("JOIN #tea")
    net.forget()
    bob.says("@+typing=active TAGMSG #tea")
    assert ann.lines == eve.lines == bob.lines == []


# Hand-made and old facts.


def test_old_facts_have_no_rank_account_or_room(net):  # core/facts.py rule 4
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "message-tags")
    user = net.engine.state.users[ann.session.uid]
    old = facts.Posted(b"x" * 16, net.now.wall, user.uid, user.mask, "PRIVMSG", "#tea", "hello", {"+x": "1"}, "")
    packed = msgspec.msgpack.decode(facts.encode_fact(old))[:10]
    fact = facts.decode_fact(msgspec.msgpack.encode(packed))
    bob.forget()
    net.nodes[0].perform(net.engine.apply(Entry(99, net.now.wall, fact), net.now))
    assert bob.lines == [f"@msgid={net.engine.tagger.msgid(99)};+x=1 {ANN} PRIVMSG #tea :hello"]


def test_what_a_check_finds_when_the_fact_is_applied(net):  # apply/__init__.py rule 2
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    state, uid = net.engine.state, ann.session.uid
    post = facts.Posted(b"x" * 16, 0, uid, ANN[1:], target="#tea", text="x", status="+")
    net.engine.check(post)
    for change, problem in (
        ({"by": "gone"}, Ignored),
        ({"target": "#none"}, Refusal),
        ({"recipient": "gone", "target": "bob"}, Refusal),
    ):
        with pytest.raises(problem):
            net.engine.check(msgspec.structs.replace(post, **change))
    call = facts.CallerRefused(b"x" * 16, 0, uid, bob.session.uid)
    net.engine.check(call)
    with pytest.raises(Refusal, match="ERR_NOSUCHNICK"):
        net.engine.check(msgspec.structs.replace(call, recipient="gone"))
    with pytest.raises(Ignored):
        net.engine.check(msgspec.structs.replace(call, by="gone"))
    assert state.users[uid].called == 0


def test_a_message_is_rendered_once_for_each_set_of_capabilities(net):  # nothing is allocated for a member
    ann = net.join("ann", "#tea")
    for number in range(10):
        net.join(f"p{number}", "#tea", "message-tags" if number % 2 else "")
    fact = facts.Posted(b"x" * 16, 0, ann.session.uid, ANN[1:], "PRIVMSG", "#tea", "hello")
    fans = [effect for effect in net.engine.apply(Entry(99, 0, fact), net.now) if isinstance(effect, Fan)]
    assert sorted(len(fan.links) for fan in fans) == [5, 6]

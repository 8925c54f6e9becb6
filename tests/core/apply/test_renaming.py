"""RENAME: another name for a channel (IRCv3 draft/channel-rename, https://ircv3.net/specs/extensions/channel-rename)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from ipcchat.core.names import channel_problem
from tests.core.deeds import happened, is_logged_in
from tests.core.net import Net, Talker

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"
RENAME = "draft/channel-rename"
LABELS = "labeled-response batch message-tags"


def commands(talker: Talker) -> list[str]:
    """The commands and numerics heard, in order."""
    return [line.split()[1] for line in talker.bare]


@pytest.fixture
def quick() -> Net:
    """A network where channels may be renamed again and again."""
    return Net(limits=Limits(rename_seconds=0))


# Who hears what.


@pytest.mark.covers("RENAME", "draft/channel-rename")
def test_members_are_told_of_the_new_name(net):  # draft/channel-rename, "Messages"
    ann, bob = net.join("ann", "#tee", RENAME), net.join("bob", "#tee", RENAME)
    eve = net.connect("eve", RENAME)
    net.forget()
    assert ann.says("RENAME #TEE #tea :a typo") == [f"{ANN} RENAME #tee #tea :a typo"]
    assert bob.lines == ann.lines
    assert eve.lines == []
    assert bob.says("PRIVMSG #tea :hello", "PRIVMSG #tee :hello") == [":test.net 403 bob #tee :No such channel"]
    assert ann.lines[-1] == f"{BOB} PRIVMSG #tea :hello"
    net.pass_time(60)
    assert ann.says("RENAME #tea #coffee")[-1] == f"{ANN} RENAME #tea #coffee :"


def test_other_clients_leave_and_come_again(net):  # draft/channel-rename, "Fallback"
    ann, bob = net.join("ann", "#tee"), net.join("bob", "#tee", "extended-join")
    ann.says("TOPIC #tee :Green")
    is_logged_in(net, bob, "robert")
    net.forget()
    assert ann.says("RENAME #tee #tea :a typo") == [
        f"{ANN} PART #tee :a typo",
        f"{ANN} JOIN #tea",
        ":test.net 332 ann #tea :Green",
        ":test.net 333 ann #tea ann!~ann@127.0.0.1 1700000000",
        ":test.net 353 ann = #tea :@ann bob",
        ":test.net 366 ann #tea :End of /NAMES list",
    ]
    assert bob.lines[:2] == [f"{BOB} PART #tee :a typo", f"{BOB} JOIN #tea robert Bob"]
    assert commands(bob) == commands(ann)


def test_the_fallback_without_reason_and_names(net):  # draft/channel-rename, "Fallback"; IRCv3 no-implicit-names
    ann, bob = net.join("ann", "#tee", "no-implicit-names"), net.join("bob", "#tee", "no-implicit-names")
    net.forget()
    assert ann.says("RENAME #tee #tea") == [
        f"{ANN} PART #tee",
        f"{ANN} JOIN #tea",
        ":test.net MODE #tea +o ann",
    ]
    assert bob.lines == [f"{BOB} PART #tee", f"{BOB} JOIN #tea"]


def test_a_change_of_case_is_no_reason_to_leave(net):  # draft/channel-rename: case changes MUST be allowed
    ann, bob = net.join("ann", "#tea", RENAME), net.join("bob", "#tea")
    net.forget()
    assert ann.says("RENAME #tea #Tea") == [f"{ANN} RENAME #tea #Tea :"]
    assert bob.lines == []
    assert bob.says("NAMES #tea")[0] == ":test.net 353 bob = #Tea :@ann bob"
    ann.says("PRIVMSG #tea :hello")
    assert bob.lines[-1] == f"{ANN} PRIVMSG #Tea :hello"
    assert net.engine.state.renamed == {}


@pytest.mark.parametrize("capability", ["", RENAME])
def test_a_labelled_rename_is_one_response(net, capability):  # IRCv3 labeled-response
    ann, bob = net.join("ann", "#tee", f"{LABELS} {capability}"), net.join("bob", "#tee")
    net.forget()
    lines = ann.says("@label=x RENAME #tee #tea :a typo")
    assert lines[0].startswith("@label=x")
    assert len([line for line in lines if "label=" in line]) == 1
    said = [line.split()[1] for line in ann.bare]
    assert said == (["RENAME"] if capability else ["BATCH", "PART", "JOIN", "353", "366", "BATCH"])
    assert commands(bob) == ["PART", "JOIN", "353", "366"]
    net.pass_time(60)
    ann.forget()
    ann.says("@label=y RENAME #tea #Tea")
    assert commands(ann) == (["RENAME"] if capability else ["ACK"])


def test_the_message_id_is_that_of_the_entry(net):  # IRCv3 message-ids
    ann, bob = net.join("ann", "#tee", f"{RENAME} message-tags"), net.join("bob", "#tee", f"{RENAME} message-tags")
    net.forget()
    ann.says("RENAME #tee #tea")
    msgid = net.engine.tagger.msgid(net.journal.entries[-1].seq)
    assert ann.lines == bob.lines == [f"@msgid={msgid} {ANN} RENAME #tee #tea :"]


def test_members_who_do_not_see_each_other_still_do_not(net):  # https://docs.inspircd.org/4/modules/auditorium/
    ann, bob, eve = net.join("ann", "#tee"), net.join("bob", "#tee"), net.join("eve", "#tee")
    ann.says("MODE #tee +u")
    joe = net.join("joe", "#tee")
    ann.says("MODE #tee +D")
    net.join("kim", "#tee")
    net.forget()
    ann.says("RENAME #tee #tea")
    assert [line.split(" :")[1] for line in ann.lines if " 353 " in line] == ["@ann bob eve joe"]
    assert [line.split(" :")[1] for line in bob.lines if " 353 " in line] == ["@ann bob"]
    assert commands(eve) == commands(joe) == ["PART", "JOIN", "353", "366"]


def test_a_rename_on_two_nodes_is_one():
    net = Net(2)
    ann, bob = net.join("ann", "#tee", RENAME), net.join("bob", "#tee", RENAME, node=1)
    eve = net.join("eve", "#tee", node=1)
    net.forget()
    ann.says("RENAME #tee #tea")
    assert bob.lines == ann.lines == [f"{ANN} RENAME #tee #tea :"]
    assert commands(eve) == ["PART", "JOIN", "353", "366"]
    eve.says("PRIVMSG #tea :hello")
    assert ann.lines[-1] == bob.lines[-1] == ":eve!~eve@127.0.0.1 PRIVMSG #tea :hello"
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


# Refusals.


@pytest.mark.covers("FAIL RENAME CANNOT_RENAME", "FAIL RENAME CHANNEL_NAME_IN_USE")
def test_refusals(net):  # draft/channel-rename, "Errors"
    ann, bob, eve = net.join("ann", "#tea,#ops", RENAME), net.join("bob", "#tea", RENAME), net.connect("eve")
    assert (
        bob.says("RENAME #tea #new", "RENAME #tea new") == [":test.net 482 bob #tea :You're not channel operator"] * 2
    )
    assert eve.says("RENAME #tea #new", "RENAME #none #new", "RENAME #tea") == [
        ":test.net 442 eve #tea :You're not on that channel",
        ":test.net 403 eve #none :No such channel",
        ":test.net 461 eve RENAME :Not enough parameters: RENAME <channel> <name> [<reason>]",
    ]
    fail = ":test.net FAIL RENAME"
    assert ann.says("RENAME #tea #OPS", "RENAME #tea tea", "RENAME #tea :#a b", "RENAME #TEA #tea") == [
        f"{fail} CHANNEL_NAME_IN_USE #tea #OPS :The channel name is already taken; choose another",
        f"{fail} CANNOT_RENAME #tea tea :{channel_problem('tea', Limits())}",
        f"{fail} CANNOT_RENAME #tea #a,b :{channel_problem('#a b', Limits())}",
        f"{fail} CANNOT_RENAME #tea #tea :The channel has that name already",
    ]
    assert ann.says("RENAME #tea #0ps") == [
        f"{fail} CANNOT_RENAME #tea #0ps :The name looks like that of another channel; choose another"
    ]
    assert ann.says("RENAME #tea #te4", "RENAME #te4 #tea")[-1] == (
        f"{fail} CANNOT_RENAME #te4 #tea :This channel has been renamed recently; wait 60 seconds"
    )


def test_who_knows_no_standard_replies_gets_a_numeric(net):  # IRCv3 standard-replies
    ann = net.join("ann", "#tea,#ops")
    assert ann.says("RENAME #tea #ops") == [
        ":test.net 400 ann RENAME #tea #ops :The channel name is already taken; choose another"
    ]


def test_a_channel_may_take_a_name_that_looks_like_its_own(quick):
    ann = quick.join("ann", "#0ps", RENAME)
    assert ann.says("RENAME #0ps #ops") == [f"{ANN} RENAME #0ps #ops :"]
    assert quick.connect("bob").says("JOIN #0PS")[0].startswith(":test.net 470 bob #0PS #ops :")


def test_two_want_one_name_in_the_same_instant(net):
    ann, bob = net.join("ann", "#a", RENAME), net.join("bob", "#b", RENAME)
    net.journal.holding = True
    ann.says("RENAME #a #c")
    bob.says("RENAME #b #c")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [f"{ANN} RENAME #a #c :"]
    assert commands(bob) == ["FAIL"]


# The old name.


@pytest.mark.covers("FAIL JOIN CHANNEL_RENAMED")
def test_the_old_name_leads_to_the_new_one(net):  # draft/channel-rename, "Channel redirection"
    net.join("ann", "#tee").says("RENAME #tee #tea")
    new, old = net.connect("bob", RENAME), net.connect("eve", LABELS)
    word = "The channel has been renamed; it is #tea now"
    assert new.says("JOIN #TEE") == [f":test.net FAIL JOIN CHANNEL_RENAMED #TEE #tea :{word}"]
    assert new.says("JOIN #tea")[0] == f"{BOB} JOIN #tea"
    lines = [line.partition(" ")[2] for line in old.says("@label=x JOIN #tee")]
    assert lines[1:3] == [f":test.net 470 eve #tee #tea :{word}", ":eve!~eve@127.0.0.1 JOIN #tea"]
    assert old.says("JOIN #tee") == [f":test.net 470 eve #tee #tea :{word}"]


def test_all_old_names_lead_there_and_a_name_that_is_taken_back_leads_nowhere(quick):
    ann = quick.join("ann", "#a", RENAME)
    ann.says("RENAME #a #b", "RENAME #b #c")
    assert quick.engine.state.renamed == {"#a": "#c", "#b": "#c"}
    ann.says("RENAME #c #a")
    assert quick.engine.state.renamed == {"#b": "#a", "#c": "#a"}
    assert quick.engine.state.channels["#a"].room == ""


def test_an_old_name_is_taken_as_long_as_it_leads_somewhere(quick):
    ann, bob = quick.join("ann", "#a", RENAME), quick.join("bob", "#x", RENAME)
    ann.says("RENAME #a #b")
    assert commands_after(bob, "RENAME #x #a") == ["FAIL"]
    ann.says("PART #b")
    assert commands_after(bob, "RENAME #x #a") == ["RENAME"]
    assert quick.engine.state.renamed == {"#x": "#a"}


def commands_after(talker: Talker, said: str) -> list[str]:
    """What is heard when somebody says something."""
    talker.forget()
    talker.says(said)
    return commands(talker)


def test_the_old_name_is_free_when_everybody_has_left(quick):
    ann = quick.join("ann", "#a", RENAME)
    ann.says("PRIVMSG #a :old", "RENAME #a #b", "PART #b")
    bob = quick.join("bob", "#a")
    assert quick.engine.state.renamed == {}
    assert bob.says("PRIVMSG #a :new", "CHATHISTORY LATEST #a * 5") == [f"{BOB} PRIVMSG #a :new"]
    assert ann.says("JOIN #b", "CHATHISTORY LATEST #b * 5")[-1] == f"{ANN} PRIVMSG #b :old"


def test_who_founds_an_empty_channel_gets_none_of_its_old_names(quick):
    ann = quick.join("ann", "#a")
    ann.says("RENAME #a #b", "PART #b")
    quick.join("bob", "#b")
    assert quick.engine.state.renamed == {}


def test_a_channel_that_is_gone_leaves_no_old_names():
    net = Net(limits=Limits(channels_max=1))
    ann = net.join("ann", "#a", RENAME)
    ann.says("RENAME #a #b", "PART #b", "JOIN #c", "PART #c", "JOIN #b")
    assert net.engine.state.renamed == {}
    assert net.connect("bob").says("JOIN #a")[0].startswith(":test.net 437 ")


def test_a_secret_channel_is_not_betrayed_by_its_old_name(net):  # RFC 2811 4.2.6
    ann, bob, eve = net.join("ann", "#tee", RENAME), net.connect("bob", RENAME), net.connect("eve")
    ann.says("RENAME #tee #tea", "MODE #tea +s")
    text = "Another channel had that name and keeps it for a while; choose another"
    assert bob.says("JOIN #tee") == [f":test.net 437 bob #tee :{text}"]
    assert eve.says("JOIN #tee") == [f":test.net 437 eve #tee :{text}"]
    ann.says("INVITE eve #tea", "INVITE bob #tea")
    assert bob.says("JOIN #tee")[-1].startswith(":test.net FAIL JOIN CHANNEL_RENAMED #tee #tea :")
    assert eve.says("JOIN #tee")[-3] == ":eve!~eve@127.0.0.1 JOIN #tea"


def test_who_has_a_place_there_finds_it_under_the_old_name(quick):  # a client that comes back after a restart
    ann = quick.join("ann", "#tee", RENAME)
    quick.join("bob", "#tee")
    ann.says("RENAME #tee #tea", "MODE #tea +s")
    quick.restart()
    assert quick.connect("eve").says("JOIN #tee")[0].startswith(":test.net 437 ")
    assert quick.connect("bob").says("JOIN #tee")[1] == f"{BOB} JOIN #tea"


@pytest.mark.parametrize("capability", ["", RENAME])
def test_a_rename_in_the_same_instant_is_no_new_channel(net, capability):
    ann, bob = net.join("ann", "#tee"), net.connect("bob", capability)
    net.forget()
    net.journal.holding = True
    ann.says("RENAME #tee #tea")
    bob.says("JOIN #tee")
    net.journal.holding = False
    net.settle()
    word = "The channel has been renamed; it is #tea now"
    heard = f"FAIL JOIN CHANNEL_RENAMED #tee #tea :{word}" if capability else f"470 bob #tee #tea :{word}"
    assert bob.lines == [f":test.net {heard}"]
    assert list(net.engine.state.channels) == ["#tea"]


def test_old_names_are_forgotten_one_day():  # hostile input R12
    net = Net(limits=Limits(rename_seconds=0, renamed_entries_max=2))
    ann = net.join("ann", "#a")
    ann.says("RENAME #a #b", "RENAME #b #c", "RENAME #c #d")
    assert net.engine.state.renamed == {"#b": "#d", "#c": "#d"}
    assert net.connect("bob").says("JOIN #a")[0] == f"{BOB} JOIN #a"


# What stays.


def test_modes_lists_and_invitations_stay(net):
    ann, bob = net.join("ann", "#tee"), net.connect("bob")
    ann.says("MODE #tee +ikb secret eve", "TOPIC #tee :Green", "INVITE bob #tee", "RENAME #tee #tea")
    room = net.engine.state.channels["#tea"]
    assert (room.flags, room.key, list(room.lists["b"]), room.topic) == ("int", "secret", ["eve!*@*"], "Green")
    assert bob.says("INVITE")[-2] == ":test.net 336 bob #tea"
    assert bob.says("JOIN #tea")[0] == f"{BOB} JOIN #tea"
    assert ann.session.user.channels == ("#tea",)


def test_history_goes_along_and_a_new_channel_begins_its_own(quick):
    ann = quick.join("ann", "#a", RENAME)
    ann.says("PRIVMSG #a :one", "RENAME #a #b", "PRIVMSG #b :two", "PART #b")
    bob = quick.join("bob", "#a")
    bob.says("PRIVMSG #a :three")
    ann.says("JOIN #b")
    quick.forget()
    assert ann.says("CHATHISTORY LATEST #b * 5") == [f"{ANN} PRIVMSG #b :one", f"{ANN} PRIVMSG #b :two"]
    assert bob.says("CHATHISTORY LATEST #a * 5") == [f"{BOB} PRIVMSG #a :three"]
    quick.restart()
    ann, bob = quick.join("ann", "#b"), quick.join("bob", "#a")
    assert ann.says("CHATHISTORY LATEST #b * 5") == [f"{ANN} PRIVMSG #b :one", f"{ANN} PRIVMSG #b :two"]
    assert bob.says("CHATHISTORY LATEST #a * 5") == [f"{BOB} PRIVMSG #a :three"]
    bob.says("RENAME #a #c", "PRIVMSG #c :four")
    assert bob.says("CHATHISTORY LATEST #c * 5")[-2:] == [f"{BOB} PRIVMSG #c :three", f"{BOB} PRIVMSG #c :four"]


def test_all_of_it_survives_a_restart_from_a_checkpoint(quick):
    quick.join("ann", "#a").says("RENAME #a #b", "PRIVMSG #b :hello")
    checkpoint, seq = quick.engine.snapshot(), quick.engine.state.seq
    quick.restart(checkpoint, seq)
    state = quick.engine.state
    assert (state.renamed, state.channels["#b"].room, state.rooms["#a"].name) == ({"#a": "#b"}, "#a", "#b")


def test_a_fact_without_the_new_fields_applies(net):
    ann = net.join("ann", "#tee", RENAME)
    happened(net, facts.ChannelRenamed, ann, channel="#tee", name="#tea")
    happened(net, facts.Joined, ann, channel="#old")
    assert ann.lines[:2] == [f"{ANN} RENAME #tee #tea :", f"{ANN} JOIN #old"]
    assert net.engine.state.lookalikes.get("#tea") is None

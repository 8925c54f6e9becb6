"""ChanServ: registering, handing over and giving up channels, and looking at them, as people know it from the services
of other networks (https://modern.ircdocs.horse/#services)."""

from __future__ import annotations

import re

import pytest

from ipcchat.core import channel_access, facts
from ipcchat.core.limits import Limits
from ipcchat.core.services import SERVICE_COMMANDS
from tests.core.deeds import happened, is_logged_in, is_operator
from tests.core.net import ALL_CAPS, Net, Talker
from tests.core.tea import CS, joined
from tests.core.tea import chanserv as said
from tests.core.test_labels import LABEL, assert_one_response


@pytest.fixture
def ann(net: Net) -> Talker:
    """The operator of #tea, logged in."""
    return joined(net, "ann")


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    """Another member of #tea, logged in."""
    return joined(net, "bob")


# Registering.


@pytest.mark.covers("mode +r", "mode +q")
def test_who_registers_a_channel_owns_it(net, ann, bob):
    assert ann.says("CS REGISTER #TEA") == [
        f"{CS} MODE #tea +rq ann",
        f"{CS} NOTICE ann :#tea belongs to ann now. ACCESS #tea ADD <account> o makes others its operators.",
    ]
    assert bob.hears(f"{CS} MODE #tea +rq ann")
    assert ":test.net 324 bob #tea +ntr" in bob.says("MODE #tea")
    assert said(bob, "REGISTER #tea") == ["#tea is registered already; INFO #tea says by whom"]


def test_registering_needs_an_account_and_the_operators_rank(net, ann, bob):
    eve = net.join("eve", "#den")
    assert said(eve, "REGISTER #den") == [
        "Log in to an account first: a channel belongs to one. /msg NickServ HELP says how"
    ]
    assert said(bob, "REGISTER #tea") == ["Only an operator of #tea registers it; ask one to do that"]
    assert said(bob, "REGISTER #den") == ["You're not on that channel"]
    assert said(bob, "REGISTER #nowhere") == ["There is no channel #nowhere"]
    assert said(bob, "REGISTER") == ["That needs more: REGISTER <channel>"]


def test_a_network_may_keep_registration_to_its_operators(net, ann):
    policy = net.engine.state.policy.__class__(channels_open=False)
    happened(net, facts.PolicyChanged, ann, policy=policy)
    assert said(ann, "REGISTER #tea") == ["Only operators of the network register channels here; ask one"]
    is_operator(net, ann)
    assert said(ann, "REGISTER #tea")[0].startswith("#tea belongs to ann")


def test_nobody_registers_in_a_lockdown(net, ann):
    net.engine.state.lockdown = 4
    assert said(ann, "REGISTER #tea") == ["Nobody can register a channel at the moment; try again later"]
    net.engine.state.lockdown = 5
    assert said(ann, "REGISTER #tea")[0].startswith("#tea belongs to ann")


def test_an_account_has_so_many_channels():
    net = Net(limits=Limits(channels_per_account_max=1))
    ann = net.join("ann", "#tea,#milk")
    is_logged_in(net, ann, "ann")
    ann.says("CS REGISTER #tea")
    assert said(ann, "REGISTER #milk") == [
        "ann has 1 channels, as many as an account may register; DROP one of them first"
    ]


def test_half_of_the_channels_stay_for_those_who_register_none():
    net = Net(limits=Limits(channels_max=2))
    ann = net.join("ann", "#tea,#milk")
    is_logged_in(net, ann, "ann")
    ann.says("CS REGISTER #tea")
    assert said(ann, "REGISTER #milk") == [
        "There are as many registered channels as this network may have; ask an operator of the network"
    ]


def test_a_labelled_registration_has_one_response(net):  # IRCv3 labeled-response
    ann = net.join("ann", "#tea", ALL_CAPS)
    is_logged_in(net, ann, "ann")
    opening, mode, notice, closing = ann.says("@label=a CS REGISTER #tea")
    assert re.fullmatch(r"@label=a :test\.net BATCH \+\S+ labeled-response", opening)
    assert f"{CS} MODE #tea +rq ann" in mode
    assert "belongs to ann now" in notice
    assert " BATCH -" in closing
    (refused,) = ann.says("@label=b CS REGISTER #tea")
    assert refused.startswith("@label=b")
    ann.says("PART #tea")
    (outside,) = ann.says("@label=c PRIVMSG ChanServ :ACCESS #tea")[-2:-1]
    assert "founder of #tea" in outside


def test_who_is_outside_gets_no_mode_of_the_channel(net, ann, bob):
    ann.says("CS REGISTER #tea", "PART #tea")
    assert ann.says("CS ACCESS #tea ADD bob v") == [f"{CS} NOTICE ann :bob has access v in #tea now."]
    assert bob.hears(f"{CS} MODE #tea +v bob")
    ann.says("CAP REQ :labeled-response batch")
    (notice,) = ann.says("@label=a CS ACCESS #tea ADD bob o")
    assert notice == f"@label=a {CS} NOTICE ann :bob has access o in #tea now."
    assert bob.hears(f"{CS} MODE #tea -v+o bob bob")


@pytest.mark.parametrize("journaled", [True, False], ids=["journaled", "not"])
@pytest.mark.parametrize("name", SERVICE_COMMANDS["ChanServ"])
def test_every_command_has_one_response(net, name, journaled):  # IRCv3 labeled-response
    ann = net.join("ann", "#tea", ALL_CAPS)
    is_logged_in(net, ann, "ann")
    ann.says("CS REGISTER #tea")
    bob = net.join("bob", "#tea")
    is_logged_in(net, bob, "bob")
    for words in ("", "#tea", "#tea bob", "#tea ADD bob o", "#tea bob +h", "#tea DEL bob", "ACCEPT #tea", "#none"):
        net.journal.failing = "" if journaled else "the disk is full"
        for command in (f"CS {name} {words}", f"PRIVMSG ChanServ :{name} {words}"):
            assert_one_response(ann.says(f"@label={LABEL} {command}"))


# Giving up.


def test_giving_up_takes_two_steps(net, ann, bob):
    ann.says("CS REGISTER #tea")
    warning, advice = said(ann, "DROP #tea")
    assert warning == "Who has access to #tea loses it, and an empty channel loses everything."
    command = advice.removeprefix("To give it up, type: ")
    assert said(ann, "DROP #tea wrong") == [warning, advice]
    assert said(bob, command) == ["Only the founder of #tea does that: log in to ann"]
    assert ann.says(f"CS {command}") == [
        f"{CS} MODE #tea -r",
        f"{CS} NOTICE ann :#tea is not registered any more.",
    ]
    assert said(ann, "DROP #tea") == ["#tea is not registered; REGISTER #tea does that"]
    assert net.audited == []


def test_an_operator_of_the_network_gives_up_what_is_abandoned(net, ann, bob):
    ann.says("CS REGISTER #tea")
    is_operator(net, bob)
    (_, advice) = said(bob, "UNREGISTER #tea")
    assert said(bob, advice.removeprefix("To give it up, type: ")) == ["#tea is not registered any more."]
    (record,) = net.audited
    assert (record.kind, record.target, record.text) == ("channel dropped", "#tea", "founded by ann")
    assert said(bob, "DROP #tea") == ["#tea is not registered; REGISTER #tea does that"]
    assert said(bob, "DROP #nowhere") == ["There is no channel #nowhere"]


# Handing over.


def test_a_channel_is_handed_over_when_both_want_it(net, ann, bob):
    ann.says("CS REGISTER #tea")
    assert said(bob, "TRANSFER ACCEPT #tea") == [
        "#tea is not offered to bob; its founder does that: TRANSFER #tea bob",
    ]
    net.forget()
    assert said(ann, "TRANSFER #tea bob") == ["#tea is offered to bob, who takes it with TRANSFER ACCEPT #tea."]
    assert bob.bare == [f"{CS} NOTICE bob :ann offers you the channel #tea. TRANSFER ACCEPT #tea takes it"]
    assert said(ann, "TRANSFER #tea bob") == ["#tea is offered to bob already; TRANSFER ACCEPT #tea takes it"]
    assert said(bob, "INFO #tea")[-1] == "It is offered to you: TRANSFER ACCEPT #tea takes it."
    assert bob.says("CS TRANSFER ACCEPT #tea") == [
        f"{CS} MODE #tea -q+q ann bob",
        f"{CS} NOTICE bob :#tea belongs to bob now.",
    ]
    assert said(bob, "ACCESS #tea") == ["bob: founder of #tea", "ann: +o (operator)"]
    assert said(bob, "TRANSFER ACCEPT #tea") == ["#tea is yours already"]
    assert said(bob, "TRANSFER #tea bob") == ["#tea belongs to bob already"]


def test_an_offer_is_taken_back_or_refused(net, ann, bob):
    eve = net.connect("eve")
    is_logged_in(net, eve, "eve")
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob v", "CS SET #tea FOUNDER bob")
    assert said(eve, "TRANSFER CANCEL #tea") == ["#tea is not offered to anybody by you, nor to you"]
    assert said(ann, "TRANSFER CANCEL #tea") == ["#tea is not offered any more."]
    assert said(bob, "TRANSFER ACCEPT #tea")[0].startswith("#tea is not offered to bob")
    ann.says("CS TRANSFER #tea bob")
    assert said(bob, "TRANSFER CANCEL #tea") == ["#tea is not offered any more."]
    assert said(ann, "ACCESS #tea") == ["ann: founder of #tea", "bob: +v (voice)"]


def test_one_account_has_the_offer(net, ann, bob):
    eve = net.connect("eve")
    is_logged_in(net, eve, "eve")
    ann.says("CS REGISTER #tea", "CS TRANSFER #tea bob", "CS TRANSFER #tea eve")
    assert said(ann, "ACCESS #tea") == ["ann: founder of #tea", "eve: the channel is offered to it"]
    assert said(bob, "TRANSFER ACCEPT #tea")[0].startswith("#tea is not offered to bob")
    assert said(eve, "TRANSFER ACCEPT #tea") == ["#tea belongs to eve now."]


def test_only_the_founder_offers(net, ann, bob):
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob q")
    eve = net.connect("eve")
    is_logged_in(net, eve, "eve")
    assert said(bob, "TRANSFER #tea eve") == ["Only the founder of #tea does that: log in to ann"]
    assert said(bob, "SET #tea FOUNDER nobody") == ["There is no account nobody, and no nick of one"]
    assert said(bob, "SET #tea MLOCK +m") == [
        "There is SET for FOUNDER, history, edits, redactions, keep-age, keep-count, keep-bytes. "
        "The rest are modes: HELP CMODES"
    ]


def test_who_takes_a_channel_has_room_for_it():
    net = Net(limits=Limits(channels_per_account_max=1))
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#milk")
    for talker in (ann, bob):
        is_logged_in(net, talker, talker.session.nick)
    ann.says("CS REGISTER #tea", "CS TRANSFER #tea bob")
    bob.says("CS REGISTER #milk")
    assert said(bob, "TRANSFER ACCEPT #tea")[0].startswith("bob has 1 channels, as many as an account may register")


def test_an_operator_of_the_network_hands_over_at_once(net, ann, bob):
    ann.says("CS REGISTER #tea")
    is_operator(net, bob)
    assert said(bob, "TRANSFER #tea bob") == ["#tea belongs to bob now."]
    assert said(bob, "ACCESS #tea") == ["bob: founder of #tea"]
    assert ann.hears(f"{CS} MODE #tea -q+q ann bob")
    (record,) = net.audited
    assert (record.kind, record.target, record.text) == ("channel transferred", "#tea", "from ann to bob")


# Looking.


def test_info_and_status(net, ann, bob):
    eve = net.connect("eve")
    assert said(eve, "INFO #tea") == ["#tea is not registered; REGISTER #tea does that"]
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob h")
    assert said(eve, "INFO #tea") == ["#tea belongs to ann, since 2023-11-14 22:13 UTC."]
    assert said(ann, "INFO #tea")[1] == "Accounts with access: 2; ACCESS #tea LIST shows them."
    assert said(ann, "STATUS #tea") == [
        "ann is the founder of #tea, by the account ann.",
        "ann is there, with +qo.",
    ]
    assert said(ann, "STATUS #tea bob") == ["bob has access h in #tea, by the account bob.", "bob is there, with +h."]
    assert said(eve, "STATUS #tea") == ["eve has no access in #tea."]
    assert said(eve, "STATUS #tea bob") == ["You need access v or higher to #tea for that; STATUS #tea shows yours"]
    assert said(ann, "STATUS #tea nobody") == ["No such nick or channel"]
    eve.says("JOIN #tea")
    assert said(ann, "STATUS #tea eve")[1] == "eve is there, without a prefix."
    for talker in (ann, bob, eve):
        talker.says("PART #tea")
    assert said(eve, "INFO #tea")[-1] == "Nobody is in it at the moment."


def test_list_shows_ones_own_and_operators_all(net, ann, bob):
    ann.says("JOIN #milk", "CS REGISTER #tea", "CS REGISTER #milk", "CS ACCESS #milk ADD bob v")
    assert said(ann, "LIST") == [
        "#tea: founded by ann, registered 2023-11-14 22:13 UTC",
        "#milk: founded by ann, registered 2023-11-14 22:13 UTC",
    ]
    assert said(bob, "LIST") == ["#milk: founded by ann, registered 2023-11-14 22:13 UTC; you have access v"]
    assert said(ann, "LIST #x*") == ["No registered channel of yours matches."]
    is_operator(net, bob)
    assert len(said(bob, "LIST")) == 2
    assert said(bob, "LIST #x*") == ["No registered channel matches."]


def test_list_is_cut(net, ann, monkeypatch):
    monkeypatch.setattr("ipcchat.core.handlers.chanserv.ROWS_MAX", 1)
    ann.says("JOIN #milk", "CS REGISTER #tea", "CS REGISTER #milk")
    assert said(ann, "LIST")[-1] == "Only the first 1 of 2 are shown; give a narrower mask."


@pytest.mark.parametrize(
    "command", ["INFO {}", "STATUS {}", "ACCESS {}", "DROP {}", "TRANSFER ACCEPT {}", "UNBAN {}", "UP {}", "GETKEY {}"]
)
def test_a_secret_channel_is_as_none_for_who_has_nothing_to_do_with_it(net, ann, command):
    ann.says("CS REGISTER #tea", "MODE #tea +s")
    eve = net.connect("eve")
    hidden, none = said(eve, command.format("#tea")), said(eve, command.format("#cup"))
    assert hidden == ["There is no channel #tea"]
    assert none == ["There is no channel #cup"]
    is_logged_in(net, eve, "eve")
    ann.says("CS ACCESS #tea ADD eve v")
    assert said(eve, command.format("#tea")) != hidden


def test_an_operator_of_the_network_is_told_of_secret_channels_that_are_registered(net, ann):
    ann.says("CS REGISTER #tea", "MODE #tea +s")
    eve = net.connect("eve")
    is_operator(net, eve)
    assert said(eve, "INFO #tea")[0].startswith("#tea belongs to ann")
    assert said(eve, "STATUS #tea ann") == ["ann is the founder of #tea, by the account ann."]
    ann.says("JOIN #den", "MODE #den +s")
    assert said(eve, "INFO #den") == ["There is no channel #den"]


# What lasts.


def test_a_registered_channel_stays_when_everybody_has_left(net, ann, bob):
    ann.says("CS REGISTER #tea", "TOPIC #tea :Green", "MODE #tea +mb eve", "PRIVMSG #tea :one", "PART #tea")
    bob.says("PART #tea")
    eve = net.connect("eve", "draft/chathistory batch")
    assert ":test.net 322 eve #tea 0 Green" in eve.says("LIST")
    assert "474" in [line.split()[1] for line in eve.says("JOIN #tea")]
    assert bob.says("JOIN #tea")[1:3] == [
        ":test.net 332 bob #tea :Green",
        ":test.net 333 bob #tea ann!~ann@127.0.0.1 1700000000",
    ]
    assert ":test.net 353 bob = #tea :bob" in bob.bare
    assert "+mntr" in bob.says("MODE #tea")[0]
    assert ann.says("JOIN #tea")[-2] == ":test.net 353 ann = #tea :bob ~ann"


def test_an_empty_secret_or_private_one_is_not_listed(net, ann, bob):
    ann.says("CS REGISTER #tea", "MODE #tea +p", "PART #tea")
    bob.says("PART #tea")
    assert not any(" 322 " in line for line in bob.says("LIST"))
    assert ":test.net 366 bob #tea :End of /NAMES list" in bob.says("NAMES #tea")


def test_registration_survives_a_restart(net, ann, bob):
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob o", "MODE #tea +ik sesame", "TOPIC #tea :Green", "PART #tea")
    checkpoint, after = net.engine.snapshot(), net.engine.state.seq
    for how in ((), (checkpoint, after)):
        net.restart(*how)
        cat = net.join("cat", "#tea")
        assert cat.session.user.channels == ()
        bob = net.connect("bobby")
        is_logged_in(net, bob, "bob")
        assert bob.says("JOIN #tea")[0] == ":bobby!~bobby@127.0.0.1 JOIN #tea"
        assert ":test.net 353 bobby = #tea :@bob @bobby" in bob.bare
        assert ":test.net 332 bobby #tea :Green" in bob.bare
        cat.hangs_up()
        bob.hangs_up()


def test_another_name_keeps_the_registration(net, ann, bob):
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob v")
    net.pass_time(100)
    ann.says("RENAME #tea #mate")
    assert said(bob, "ACCESS #mate") == ["ann: founder of #mate", "bob: +v (voice)"]
    assert net.engine.state.channels["#mate"].lasting


def test_what_looks_like_an_empty_registered_channel_is_refused(net, ann, bob):  # UTS 39 4
    ann.says("CS REGISTER #tea", "PART #tea")
    bob.says("PART #tea")
    assert bob.says("JOIN #tеa") == [  # a Cyrillic letter
        ":test.net 479 bob #tеa :The name looks like that of another channel; choose another"
    ]


def test_a_deleted_account_leaves_its_channels_to_those_who_are_there(net, ann, bob):
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob o")
    bob.says("JOIN #milk", "CS REGISTER #milk")
    bob.says("CS ACCESS #milk ADD ann o")
    happened(net, facts.AccountDeleted, ann, account="ann")
    assert said(bob, "INFO #tea") == ["#tea is not registered; REGISTER #tea does that"]
    assert ":test.net 324 bob #tea +nt" in bob.says("MODE #tea")
    assert net.engine.state.channels["#tea"].members[bob.session.uid] == "o"
    assert said(bob, "ACCESS #milk") == ["bob: founder of #milk"]


def test_two_nodes_tell_the_same():
    net = Net(nodes=2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", node=1)
    for talker in (ann, bob):
        is_logged_in(net, talker, talker.session.nick)
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob o", "CS TRANSFER #tea bob")
    assert bob.bare == [
        f"{CS} MODE #tea +rq ann",
        f"{CS} MODE #tea +o bob",
        f"{CS} NOTICE bob :ann offers you the channel #tea. TRANSFER ACCEPT #tea takes it",
    ]
    net.forget()
    bob.says("CS TRANSFER ACCEPT #tea")
    assert ann.bare == [f"{CS} MODE #tea -qo+q ann bob bob"]
    assert len({node.engine.state.digest() for node in net.nodes}) == 1
    assert said(ann, "INFO #tea") == said(bob, "INFO #tea")


def test_what_services_elsewhere_do_is_said_to_be_elsewhere(net, ann):
    for word in ("BAN", "MLOCK", "RECOVER"):
        assert said(ann, f"{word} #tea x")
    assert channel_access.CODE_CHARACTERS % 2 == 0

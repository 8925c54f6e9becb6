"""Making others do something: SAJOIN, SAPART, SANICK, SAMODE, as UnrealIRCd has them
(https://www.unrealircd.org/docs/User_%26_Oper_commands); the answers are Modern IRC's."""

from __future__ import annotations

import pytest

from tests.core.deeds import has_account
from tests.core.net import Net, Talker
from tests.core.operators import SETTINGS

CAPS = "standard-replies labeled-response batch"


@pytest.fixture
def net() -> Net:
    """A network with operators in its configuration."""
    return Net(2, settings=SETTINGS)


def operator(net: Net, nick: str = "op", said: str = "OPER op tea") -> Talker:
    """An operator."""
    talker = net.connect(nick, CAPS)
    talker.says(said)
    assert "381" in talker.numerics
    talker.forget()
    return talker


@pytest.mark.covers("SAJOIN", "NOTE * FORCED", "labeled-response")
def test_sajoin_passes_every_door_and_is_heard_as_his_own(net):
    op, bob, ann = operator(net), net.join("bob", "#tea"), net.connect("ann", node=1)
    bob.says("MODE #tea +bikl ann!*@* secret 1")
    net.forget()
    assert op.says("@label=1 SAJOIN ann #Tea") == ["@label=1 :test.net NOTE SAJOIN FORCED :ann was made to join #tea"]
    assert ann.lines[0] == ":ann!~ann@127.0.0.1 JOIN #tea"
    assert "366" in ann.numerics
    assert bob.lines == [":ann!~ann@127.0.0.1 JOIN #tea"]
    assert op.says("SAJOIN ann #tea,#new") == [
        ":test.net 443 op ann #tea :is already on channel",
        ":test.net NOTE SAJOIN FORCED :ann was made to join #new",
    ]
    assert op.says("SAJOIN ann #b,#c") == [
        f":test.net NOTE SAJOIN FORCED :ann was made to join {room}" for room in ("#b", "#c")
    ]
    assert [(each.kind, each.actor, each.target, each.text) for each in net.audited][-3] == (
        "forced",
        "op!~op@127.0.0.1 (op)",
        "ann!~ann@127.0.0.1",
        "join #new",
    )


@pytest.mark.covers("SAPART", "ERR_NOSUCHCHANNEL", "ERR_USERNOTINCHANNEL", "labeled-response")
def test_sapart_takes_out(net):
    op, bob, ann = operator(net), net.join("bob", "#tea"), net.join("ann", "#tea", node=1)
    net.forget()
    assert op.says("@label=1 SAPART ann #tea :Not here") == [
        "@label=1 :test.net NOTE SAPART FORCED :ann was made to part #tea"
    ]
    line = ":ann!~ann@127.0.0.1 PART #tea :Not here"
    assert (ann.lines, bob.lines) == ([line], [line])
    assert op.says("SAPART ann #tea", "SAPART ann #none") == [
        ":test.net 441 op ann #tea :They aren't on that channel",
        ":test.net 403 op #none :No such channel",
    ]


@pytest.mark.covers("SANICK", "ERR_NICKNAMEINUSE", "ERR_ERRONEUSNICKNAME", "ERR_NOSUCHNICK", "labeled-response")
def test_sanick_gives_a_nick_that_is_nobody_elses(net):
    op, bob, ann = operator(net), net.join("bob", "#tea"), net.join("ann", "#tea", node=1)
    bob.says("MODE #tea +b ann!*@*")
    has_account(net, "owned")
    net.forget()
    assert op.says("@label=1 SANICK ann anna") == ["@label=1 :test.net NOTE SANICK FORCED :ann was made to nick anna"]
    line = ":ann!~ann@127.0.0.1 NICK anna"
    assert (ann.lines, bob.lines) == ([line], [line])
    assert [line.split(" ")[1] for line in op.says("SANICK anna bob", "SANICK anna owned", "SANICK anna 1x")] == [
        "433",
        "433",
        "432",
    ]
    assert op.says("SANICK anna :a\x01b")[0].startswith(":test.net 432 op * :")
    assert op.says("SANICK nobody x") == [":test.net 401 op nobody :No such nick or channel"]


@pytest.mark.covers("SAMODE", "ERR_NOSUCHCHANNEL", "ERR_UNKNOWNMODE", "labeled-response")
def test_samode_needs_no_rank_and_no_membership(net):
    op, bob, ann = operator(net), net.join("bob", "#tea"), net.join("ann", "#tea", node=1)
    net.forget()
    heard = op.says("@label=1 SAMODE #tea +om ann")
    assert heard == ["@label=1 :test.net NOTE SAMODE FORCED :The modes of #tea are changed"]
    for talker in (ann, bob):
        assert talker.lines[-1].split(" ", 2)[1:] == ["MODE", "#tea +om ann"]
    assert op.says("SAMODE #none +m") == [":test.net 403 op #none :No such channel"]
    assert op.says("SAMODE #tea +y") == [":test.net 472 op y :is an unknown mode char to me"]
    assert op.says("SAMODE #tea b")[-1].split(" ")[1] == "368"
    assert [(each.kind, each.target, each.text) for each in net.audited][-1] == ("forced", "#tea", "mode +om")
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


@pytest.mark.covers("ERR_BADCHANMASK")
def test_what_cannot_be_a_channel(net):
    op = operator(net)
    net.connect("ann")
    assert op.says("SAJOIN ann tea")[0].split(" ")[1] == "476"


@pytest.mark.covers("ERR_NOPRIVILEGES", "ERR_NOPRIVS")
@pytest.mark.parametrize("said", ["SAJOIN ann #x", "SAPART ann #tea", "SANICK ann x", "SAMODE #tea +m"])
def test_it_takes_an_operator_with_the_privilege(net, said):
    operator(net)
    ann, clerk = net.join("ann", "#tea"), operator(net, "clerk", "OPER clerk ink")
    assert ann.says(said) == [":test.net 481 ann :Permission denied: you are not an IRC operator"]
    assert clerk.says(said)[0].split(" ")[1] == "723"
    assert net.engine.state.nicks["ann"].channels == ("#tea",)


def test_who_lost_the_privilege_meanwhile_makes_nobody_do_anything(net):
    op, ann = operator(net), net.connect("ann", node=1)
    net.journal.holding = True
    op.says("MODE op -o")
    for said in ("SAJOIN ann #x", "SANICK ann anna"):
        op.says(said)
    net.journal.holding = False
    net.settle()
    assert ann.session.user.nick == "ann"
    assert not ann.session.user.channels

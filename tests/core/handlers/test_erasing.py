"""ERASE: Ergo's HistServ FORGET as an operator's command; the answers are IRCv3 standard replies."""

from __future__ import annotations

import pytest

from ipcchat.backend.base import Boot
from ipcchat.core.effects import Audit, Erase
from tests.core.net import Net
from tests.core.operators import SETTINGS

CAPS = "standard-replies"


@pytest.fixture
def net() -> Net:
    """Two nodes with operators in their configuration."""
    return Net(2, settings=SETTINGS)


def erasures(net: Net, node: int = 0) -> list[Erase]:
    return [effect for effect in net.nodes[node].beside if isinstance(effect, Erase)]


@pytest.mark.covers("ERASE", "NOTE * ERASED", "WARN * NO_ACCOUNT")
def test_what_somebody_said_is_erased_on_every_node(net):
    op, ann = net.connect("op", CAPS), net.join("ann", "#tea", "draft/chathistory batch message-tags")
    op.says("OPER op tea", "MODE op +s o")
    ann.says("PRIVMSG #tea :something foolish")
    op.forget()
    assert op.says("ERASE ~Ann :She asked for it") == [
        ":test.net NOTICE op :*** op let everything be erased that ~ann said",
        ":test.net NOTE ERASE ERASED :What ~ann said up to now is being taken out of history and of the files",
    ]
    ann.says("PRIVMSG #tea :something wise")
    place = net.journal.entries[-2].seq
    assert erasures(net) == erasures(net, 1) == [Erase("~ann", place)]
    assert net.audited[-1] == Audit("erased", "op!~op@127.0.0.1 (op)", "127.0.0.1", "~ann", "She asked for it")
    ann.forget()
    told = [line for line in ann.says("CHATHISTORY LATEST #tea * 10") if "PRIVMSG" in line]
    assert [line.rpartition(":")[2] for line in told] == ["something wise"]
    assert op.says("ERASE bob")[0] == (
        ":test.net WARN ERASE NO_ACCOUNT :There is no account bob now: what was said under one of that name is erased"
    )
    assert erasures(net)[-1].party == "bob"


@pytest.mark.covers("FAIL ERASE INVALID_PARAMS", "ERR_NOPRIVS")
def test_it_takes_the_privilege_and_a_name(net):
    clerk, op = net.connect("clerk", CAPS), net.connect("op", CAPS)
    clerk.says("OPER clerk ink")
    op.says("OPER op tea")
    net.forget()
    assert "723" in clerk.says("ERASE ann")[0]
    assert (
        op.says("ERASE ~").pop().startswith(":test.net FAIL ERASE INVALID_PARAMS ~ :ERASE takes an account, or ~ and")
    )
    assert op.says("ERASE #tea").pop().startswith(":test.net FAIL ERASE INVALID_PARAMS #tea :")
    assert erasures(net) == []


def test_who_is_gone_when_it_is_applied_erases_nothing(net):
    op, other = net.connect("op", CAPS), net.connect("other", CAPS)
    op.says("OPER op tea")
    other.says("OPER op tea")
    net.journal.holding = True
    other.says("KILL op :enough")
    op.says("ERASE ann")
    net.journal.holding = False
    net.journal.order()
    net.settle()
    assert op.closed
    assert erasures(net) == []


def test_a_restart_says_it_again(net):  # A crash may have come before it was written.
    op = net.connect("op", CAPS)
    op.says("OPER op tea", "ERASE ann")
    engine = net.nodes[1].engine
    again = type(engine)(settings=SETTINGS, version="t", incarnation="again", started=net.now)
    told = again.restore(Boot("journal", None, net.journal.entries))
    assert Erase("ann", net.journal.entries[-1].seq) in told

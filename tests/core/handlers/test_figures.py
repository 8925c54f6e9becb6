"""FIGURES and PRIVS: what operators see of the server and of themselves (docs/admin.md)."""

from __future__ import annotations

import pytest

from ipcchat.core.effects import FiguresRead, ReadFigures
from ipcchat.core.privileges import PRIVILEGES
from ipcchat.core.settings import Operator, Settings
from tests.core.net import Net, Talker

OPERATORS = {
    "op": Operator(password_hash="hash of tea"),
    "guard": Operator(password_hash="hash of keys", privileges=("ban", "kill")),
}
SETTINGS = Settings(network="TestNet", server_name="test.net", motd=(), operators=OPERATORS)
FIGURES = (("ipcchat_users", "2"), ('ipcchat_connections{transport="tls"}', "1"), ("ipcchat_uptime_seconds", "1.5"))


@pytest.fixture
def net() -> Net:
    """A network with operators in its configuration."""
    return Net(settings=SETTINGS)


def operator(net: Net, nick: str, said: str, caps: str = "labeled-response batch") -> Talker:
    """An operator; the shell knows FIGURES."""
    asked = net.answer_to
    net.answer_to = (  # type: ignore[method-assign]
        lambda node, query: FiguresRead(FIGURES) if isinstance(query, ReadFigures) else asked(node, query)
    )
    talker = net.connect(nick, caps)
    talker.says(said)
    talker.forget()
    return talker


@pytest.mark.covers("FIGURES")
def test_each_figure_is_a_line_of_a_batch(net):
    op = operator(net, "op", "OPER op tea")
    assert op.says("FIGURES") == [
        ":test.net BATCH +b1 ipc-chat/figures",
        "@batch=b1 :test.net FIGURES ipcchat_users 2",
        '@batch=b1 :test.net FIGURES ipcchat_connections{transport="tls"} 1',
        "@batch=b1 :test.net FIGURES ipcchat_uptime_seconds 1.5",
        ":test.net BATCH -b1",
    ]
    old = operator(net, "old", "OPER op tea", "")
    assert old.says("FIGURES")[0] == ":test.net FIGURES ipcchat_users 2"


@pytest.mark.covers("FIGURES", "PRIVS", "ERR_NOPRIVILEGES", "ERR_NOPRIVS")
def test_others_see_none(net):
    ann, guard = net.connect("ann"), operator(net, "guard", "OPER guard keys")
    assert ann.says("FIGURES") == [":test.net 481 ann :Permission denied: you are not an IRC operator"]
    assert ann.says("PRIVS") == [":test.net 481 ann :Permission denied: you are not an IRC operator"]
    (told,) = guard.says("FIGURES")
    assert told.startswith(":test.net 723 guard figures :")


@pytest.mark.covers("PRIVS", "RPL_PRIVS")
def test_an_operator_sees_what_he_may_do(net):
    op, guard = operator(net, "op", "OPER op tea"), operator(net, "guard", "OPER guard keys")
    assert op.says("PRIVS") == [f":test.net 270 op op :{' '.join(PRIVILEGES)}"]
    assert guard.says("PRIVS") == [":test.net 270 guard guard :ban kill"]

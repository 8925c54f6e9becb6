"""Notices to operators with +s about what is in no journal (RFC 2812 3.1.5: user mode s)."""

from __future__ import annotations

import pytest

from ipcchat.core.officers import tell_officers
from ipcchat.core.settings import Operator, Settings
from ipcchat.wire.message import WireError
from tests.core.net import Net, Talker


@pytest.fixture
def net() -> Net:
    """A network with an operator in its configuration."""
    operators = {"op": Operator(password_hash="hash of tea")}
    return Net(settings=Settings(network="TestNet", server_name="test.net", motd=(), operators=operators))


def officer(net: Net, nick: str, kinds: str, caps: str = "") -> Talker:
    """An operator who wants notices of these kinds."""
    talker = net.connect(nick, caps)
    talker.says("OPER op tea", f"MODE {nick} +s {kinds}")
    talker.forget()
    return talker


def tell(net: Net, kind: str, text: str) -> None:
    """The server says something to its operators."""
    tell_officers(net.engine, kind, text)
    net.pass_time(0)


def test_who_asked_for_that_kind_hears_it(net):
    ann, bob, eve = officer(net, "ann", "ro"), officer(net, "bob", "r", "server-time"), officer(net, "eve", "o")
    net.forget()
    tell(net, "r", "Hello")
    assert ann.lines == [":test.net NOTICE ann :*** Hello"]
    assert bob.lines == ["@time=2023-11-14T22:13:20.000Z :test.net NOTICE bob :*** Hello"]
    assert eve.lines == []


def test_who_is_no_operator_any_more_hears_nothing(net):
    ann = officer(net, "ann", "r")
    ann.says("MODE ann -o")
    ann.forget()
    tell(net, "r", "Hello")
    assert ann.lines == []


def test_somebody_on_his_way_out_hears_nothing(net):
    ann = officer(net, "ann", "r")
    ann.session.user = None
    tell(net, "r", "Hello")
    assert ann.lines == []


@pytest.mark.parametrize("text", ["a\r\nb", "a\0b"])
def test_nobodys_text_becomes_a_second_line(net, text):
    officer(net, "ann", "r")
    with pytest.raises(WireError):
        tell_officers(net.engine, "r", text)

"""Facts about people, as old journals have them."""

from __future__ import annotations

import msgspec

from ipcchat.core.facts import OperatorChanged, UserArrived, UserLeft, decode_fact

ID = b"0123456789abcdef"


def test_users_of_old_journals_have_no_account_and_left_altogether():  # rule 4: fields are added with a default
    arrived = decode_fact(msgspec.msgpack.encode([2, ID, 5, "u", "ann", "a", "h", "Ann", "node", "i"]))
    assert isinstance(arrived, UserArrived)
    assert (arrived.nick, arrived.modes, arrived.account, arrived.hosts) == ("ann", "i", "", ())
    left = decode_fact(msgspec.msgpack.encode([3, ID, 5, "u", "Quit: bye"]))
    assert left == UserLeft(ID, 5, "u", "Quit: bye", session="", nick="", since=0)


def test_operators_of_old_journals_may_do_everything():
    operator = decode_fact(msgspec.msgpack.encode([18, ID, 5, "u", "op", "is an operator"]))
    assert isinstance(operator, OperatorChanged)
    assert operator.privileges is None

"""What goes into the audit log: every kind has its line, and an operator his name (core/audit.py)."""

from __future__ import annotations

from ipcchat.core import audit
from ipcchat.core.effects import Audit
from tests.core.deeds import is_operator
from tests.core.net import Net


def test_every_kind_is_explained():
    words = {value for name, value in vars(audit).items() if name.isupper() and isinstance(value, str)}
    assert words == set(audit.KINDS)
    assert all(audit.KINDS.values())


def test_a_record_names_who_did_it_from_where():
    net = Net()
    stranger, ann = net.dial(), net.connect("ann")
    stranger.session.nick = "eve"
    audit.write(net.engine, audit.LOGIN, ann.session, "ann")
    is_operator(net, ann)
    audit.write(net.engine, audit.KILLED, ann.session, "eve", "why")
    audit.write(net.engine, audit.LOGIN_FAILED, stranger.session)
    assert net.engine.effects == [
        Audit("kill", "ann!~ann@127.0.0.1 (peace)", "127.0.0.1", "eve", "why"),
        Audit("login failed", "eve", "127.0.0.1"),
    ]
    assert net.audited == [Audit("login", "ann!~ann@127.0.0.1", "127.0.0.1", "ann")]

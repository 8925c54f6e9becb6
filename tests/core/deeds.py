"""Facts that happen in a conversation without a command: what other families do to people."""

from __future__ import annotations

from itertools import count
from typing import Any

from ipcchat.core import facts
from tests.core.net import Net, Talker

_numbers = count()


def happened(net: Net, kind: type[facts.Fact], talker: Talker, **fields: Any) -> None:
    """A fact of that kind, by that person, is journaled and applied everywhere."""
    fact = kind(b"deed%012d" % next(_numbers), net.now.wall, talker.session.uid, **fields)
    net.journal.queue.append((talker.node, fact))  # type: ignore[arg-type]
    net.settle()


def is_operator(net: Net, talker: Talker, title: str = "keeps the peace here") -> None:
    """Somebody is an operator of the network from now on."""
    happened(net, facts.OperatorChanged, talker, name="peace", title=title)
    net.forget()


def is_cloaked(net: Net, talker: Talker, host: str = "cloaked.example") -> None:
    """Others see another host of somebody from now on."""
    happened(net, facts.HostChanged, talker, user=talker.session.user.user, host=host)  # type: ignore[union-attr]
    net.forget()


def is_logged_in(net: Net, talker: Talker, account: str) -> None:
    """Somebody is logged in to an account from now on."""
    happened(net, facts.AccountChanged, talker, account=account)
    net.forget()

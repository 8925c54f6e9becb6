"""Facts that happen in a conversation without a command: what other families do to people."""

from __future__ import annotations

from itertools import count
from typing import Any

from ipcchat.core import facts
from ipcchat.core.peers import Peer
from ipcchat.core.skeletons import skeleton
from tests.core.net import Net, Talker, credentials_of

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
    """Somebody is logged in to an account from now on, which there is."""
    if account and net.engine.state.accounts.find(account) is None:
        happened(net, facts.AccountRegistered, talker, account=account)
    happened(net, facts.AccountChanged, talker, account=account)
    net.forget()


def has_account(net: Net, name: str, password: str = "correct horse", **fields: Any) -> None:
    """There is an account from now on. The hash of its password is the one of tests/core/net.py."""
    node = net.nodes[0]
    credentials = fields.pop("credentials", credentials_of(password))
    fact = facts.AccountRegistered(
        b"deed%012d" % next(_numbers),
        net.now.wall,
        node.engine.incarnation,
        account=name,
        credentials=credentials,
        skeleton=skeleton(name),
        **fields,
    )
    net.journal.queue.append((node, fact))
    net.settle()
    assert net.engine.state.accounts.find(name) is not None


def comes(net: Net, nick: str, account: str = "", caps: str = "", node: int = 0, **fields: Any) -> Talker:
    """Somebody connects and logs in to that account, which is called as his nick unless it is said; what he heard until
    then is forgotten. `fields` are those of his Peer; the password is the one of has_account."""
    talker = net.dial(node, peer=Peer(**{"address": "127.0.0.1", **fields}))
    if caps:
        talker.says(f"CAP REQ :{caps}")
    talker.says(f"PASS :{account or nick}:correct horse", f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    if caps:
        talker.says("CAP END")
    assert talker.session.user is not None, talker.lines
    talker.forget()
    return talker

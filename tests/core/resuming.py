"""Clients that come back after their node was lost: what the tests of both sides of it begin with."""

from __future__ import annotations

from itertools import count

from ipcchat.core import facts
from ipcchat.core.state import State
from tests.core.net import Net, Talker

CAPS = "standard-replies ipc-chat/resume"
ANN = ":ann!~ann@127.0.0.1"
_numbers = count()


def comes(net: Net, nick: str = "ann", node: int = 0, caps: str = CAPS, login: str = "") -> tuple[Talker, str]:
    """Somebody in #tea whose client can resume, and his token; what he heard until then is forgotten."""
    talker = net.dial(node)
    talker.says(*([f"PASS :{login}"] if login else []))
    talker.says(f"CAP REQ :{caps}", f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}", "CAP END", "JOIN #tea")
    token = token_of(talker)
    talker.forget()
    return talker, token


def token_of(talker: Talker) -> str:
    """The token that a client was told last."""
    told = [line for line in talker.bare if line.startswith(":test.net RESUME TOKEN ")]
    return told[-1].rpartition(" ")[2]


def resumes(net: Net, token: str, node: int = 0, host: str = "127.0.0.1") -> Talker:
    """A connection that shows a token."""
    talker = net.dial(node, host)
    talker.says(f"CAP REQ :{CAPS}", f"RESUME {token}")
    return talker


def is_lost(net: Net, node: int = 0) -> None:
    """A node of several is gone, and the last one says so. Nothing reaches the connections that it had."""
    witness = net.nodes[-1]
    fact = facts.NodeDown(
        b"lost%012d" % next(_numbers),
        net.now.wall,
        witness.engine.incarnation,
        incarnation=net.nodes[node].engine.incarnation,
    )
    for talker in net.nodes[node].links:
        talker.session.closed = True
    net.nodes[node].links.clear()
    net.journal.queue.append((witness, fact))
    net.settle()


def check_indexes(net: Net) -> None:
    """All nodes have one state, and its indexes are those that its snapshot gives."""
    assert len({node.engine.state.digest() for node in net.nodes}) == 1
    state = net.engine.state
    again = State(state.limits)
    again.restore(state.snapshot())
    assert again.digest() == state.digest()
    assert (again.resumptions, again.missing) == (state.resumptions, state.missing)

"""Which nodes belong to a cluster, asked from outside: `cluster status` and `cluster forget`.

Every node answers about what it remembers (memory.py). Forgetting is asked of each node that is there; one that comes
back is known again as soon as it is heard.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ipcchat.backend.cluster.membership import Membership
from ipcchat.backend.cluster.memory import Known, Memory
from ipcchat.backend.cluster.requests import Refused, Requests

KNOWN: Final = "nodes-known"
FORGET: Final = "node-forget"


class AskKnown(msgspec.Struct, array_like=True):
    """Which nodes are known?"""


class Roster(msgspec.Struct, array_like=True):
    """The other nodes that a node knows, by name."""

    nodes: dict[str, Known]


class Forget(msgspec.Struct, array_like=True):
    """That node will not come back."""

    node: str


class Forgotten(msgspec.Struct, array_like=True):
    """Whether it was known."""

    was_known: bool


def answer_about_nodes(requests: Requests, memory: Memory, membership: Membership) -> None:
    """Answer these questions from a node's memory."""

    async def known(_question: AskKnown) -> Roster:
        return Roster(memory.nodes)

    async def forget(question: Forget) -> Forgotten:
        if question.node in {beat.node for beat in membership.present()}:
            raise Refused(f"{question.node} is there; stop it first")
        return Forgotten(memory.forget(question.node))

    requests.answer(KNOWN, AskKnown, known)
    requests.answer(FORGET, Forget, forget)

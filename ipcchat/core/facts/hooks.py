"""Facts about hooks: what programs say in a channel by HTTP, and what they are told of it."""

from __future__ import annotations

import msgspec

from ipcchat.core.facts.base import Durability, Fact
from ipcchat.core.facts.messages import Posted


class Hook(msgspec.Struct, frozen=True, array_like=True):
    """A hook of a channel, under its `name` there. `digest` is what it is known by: the SHA-256 of the token of one by
    which messages come in, of the secret of one by which they go out (that one has a `url`).

    `secret` signs what goes out; of one that comes in, where it is not "", what must sign it. `by` is the account that
    set it and `at` when (Unix ms). Of what goes out: `everything` also what programs say; `delivered` the place of the
    journal up to which it went; `failing_since` (Unix ms) since when it does not, and `problem` why; `off`: nothing
    goes any more until somebody switches it on."""

    name: str
    digest: str
    url: str = ""
    secret: str = ""
    by: str = ""
    at: int = 0
    everything: bool = False
    delivered: int = 0
    failing_since: int = 0
    problem: str = ""
    off: bool = False


class HookSet(Fact, frozen=True, tag=59):
    """A registered channel has a hook, or one that it has is switched on again."""

    channel: str = ""
    hook: Hook = Hook("", "")


class HookDropped(Fact, frozen=True, tag=60):
    """A channel has a hook no longer."""

    channel: str = ""
    name: str = ""


class Relayed(Posted, frozen=True, tag=61):
    """What a hook says in its channel; `by` is the hook's digest, and `source` is name/hook!hook@server.

    It has no fields of its own: Posted may get more at its end."""


class HookDelivered(Fact, frozen=True, tag=62):
    """What was said went out by a hook up to that place of the journal; or it did not, since `failing_since` (Unix ms)
    and because of `problem`; `off`: it is not tried again."""

    durability = Durability.PASSING

    digest: str = ""
    seq: int = 0
    failing_since: int = 0
    problem: str = ""
    off: bool = False

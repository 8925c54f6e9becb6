"""One connection's state in core: what it negotiated, who it is, and what of it is still on its way.

Rules:
1. A session sees its own facts. Its commands run one after the other: a command waits until the facts of the ones
   before it are applied, except that posts go behind posts without waiting.
2. A session whose client does not read what it asked for is `held`: its commands wait (bits CONGESTED, RESTING).
3. What waits is in `backlog` (None while nothing does: most sessions are idle); it is bounded because the connection is
   not read while the backlog is long.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from ipcchat.core import caps
from ipcchat.core.peers import LOCAL_HOST, Peer, is_loopback
from ipcchat.core.state import User
from ipcchat.wire.message import Message, WireError

if TYPE_CHECKING:
    from ipcchat.core.client_batches import ClientBatch
    from ipcchat.core.context import Context
    from ipcchat.core.effects import Answer
    from ipcchat.core.sasl import Login


CONGESTED = 1
"""Its send queue is long: until the shell says that it is not."""

RESTING = 2
"""It got a very long answer in this turn: until the next tick."""


class Session:
    """State of one connection. Times in `ticks` are monotonic seconds.

    `id` names it in the network once it registered; the first one of a user gives him his uid.
    `peer` is who is there, `host` what others will see and `address` where it comes from. `password`, `certificate`,
    `away`, `modes` and `metadata` wait for the registration; `batch` is the batch that the client is sending,
    `ignored_batches` those that came to nothing while he sent them, `sasl` what it did to log in, `isupport_told` the
    ISUPPORT tokens that it was told before it registered, `resumption` the token that it can be resumed with and is not
    told yet. `answered` is what was found for the command that is
    `asking`, and waits until the client reads again.
    """

    __slots__ = (
        "address",
        "answered",
        "asking",
        "away",
        "backlog",
        "barrier",
        "batch",
        "caps",
        "capv",
        "certificate",
        "closed",
        "connected",
        "heard",
        "held",
        "host",
        "id",
        "ignored_batches",
        "isupport_told",
        "lane",
        "line_bytes",
        "lines",
        "link",
        "metadata",
        "modes",
        "negotiating",
        "nick",
        "password",
        "paused",
        "peer",
        "pending",
        "pinged",
        "realname",
        "registered",
        "resumption",
        "sasl",
        "tokens",
        "topped",
        "uid",
        "user",
        "username",
    )

    def __init__(self, link: Any, lane: int, peer: Peer, ticks: float, tokens: float) -> None:
        self.link = link
        self.lane = lane
        self.peer = peer
        self.address = peer.address
        self.host = LOCAL_HOST if peer.local else peer.address
        self.id = ""
        self.caps = 0
        self.capv = 301
        self.negotiating = False
        self.nick = ""
        self.username = ""
        self.realname = ""
        self.password = ""
        self.certificate = peer.certificate
        self.away = ""
        self.modes = "Z" if peer.secure else ""
        self.metadata: dict[str, str] | None = None
        self.batch: ClientBatch | None = None
        self.ignored_batches: tuple[str, ...] = ()
        self.sasl: Login | None = None
        self.isupport_told: dict[str, str] = {}
        self.resumption = ""
        self.uid = ""
        self.user: User | None = None
        self.registered = False
        self.connected = self.heard = self.topped = ticks
        self.pinged: float | None = None
        self.tokens = tokens
        self.lines = self.line_bytes = 0
        self.pending = 0
        self.asking: Context | None = None
        self.answered: Answer | None = None
        self.barrier = False
        self.held = 0
        self.paused = False
        self.closed = False
        self.backlog: deque[Message | WireError] | None = None

    @property
    def group(self) -> tuple[int, int]:
        """What decides which bytes it gets of a broadcast, and from which loop."""
        return (self.caps & caps.BROADCAST, self.lane)

    @property
    def secure(self) -> bool:
        """Whether it came by TLS."""
        return "Z" in self.modes

    @property
    def confidential(self) -> bool:
        """Whether nobody between can read along: by TLS, or from this machine."""
        return self.secure or self.peer.local is not None or is_loopback(self.address)

    @property
    def display(self) -> str:
        """What the server calls it in replies: its nick, or * before it has one."""
        return self.user.nick if self.user else self.nick or "*"

    def has(self, bits: int) -> bool:
        """Whether all these capabilities are on."""
        return self.caps & bits == bits

"""A network of one or more engines fed by one journal, for conversations in tests.

The journal can be unkind: it holds facts back until it is told to go on, fails them, and every node reads it at its
own pace. Everything is deterministic; the clock moves only when a test says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import ClassVar

import msgspec

from ipcchat.backend.base import Boot, Failed, Repeated
from ipcchat.backend.memory_past import MemoryPast
from ipcchat.core.effects import (
    Answer,
    Ask,
    Audit,
    AuditRead,
    CatchUp,
    Close,
    CodeSent,
    DropContent,
    Effect,
    Erase,
    Fan,
    Fault,
    FiguresRead,
    Find,
    Found,
    Hashed,
    HashPassword,
    Hide,
    History,
    Lookup,
    Moment,
    Pause,
    Propose,
    Push,
    Query,
    ReadAudit,
    ReadFigures,
    Recall,
    Reload,
    Reloaded,
    Resume,
    Search,
    Send,
    SendCode,
    Targets,
    Verified,
    Verify,
)
from ipcchat.core.engine import Engine
from ipcchat.core.facts import AnyFact, Credentials, Durability, Entry, Hinted, Posted, decode_fact, encode_fact
from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.session import Session
from ipcchat.core.settings import Settings, Throttles
from ipcchat.core.state import User
from ipcchat.wire.message import WireError, parse

ALL_CAPS = (
    "message-tags server-time echo-message labeled-response batch multi-prefix extended-join away-notify "
    "userhost-in-names invite-notify setname standard-replies chghost draft/chathistory"
)


def credentials_of(password: str) -> Credentials:
    """What a password is compared with here."""
    return Credentials(f"hash of {password}")


class Journal:
    """One total order for all nodes. `holding` keeps appended facts back; `failing` gives kept ones back as Failed,
    `cut` all. With `beside` typing has no place."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.places: dict[bytes, Entry] = {}
        self.queue: deque[tuple[Node, AnyFact]] = deque()
        self.holding = False
        self.failing = ""
        self.cut = ""
        self.beside = False

    def order(self, most: int | None = None) -> None:
        """Give the queued facts their places; `most` of them, in the order of proposing of each node."""
        count = len(self.queue) if most is None else min(most, len(self.queue))
        for _ in range(count):
            node, fact = self.queue.popleft()
            self._place(node, decode_fact(encode_fact(fact)))

    def _place(self, node: Node, fact: AnyFact) -> None:
        if self.cut or (self.failing and fact.durability is Durability.KEPT):
            node.inbox.append(Failed(fact, self.cut or self.failing))
            return
        first = self.places.get(fact.id)
        if first is not None:
            node.inbox.append(Repeated(fact, first.seq, first.at, first.fact))
            return
        at = max(fact.at, self.entries[-1].at if self.entries else 0)
        entry = Entry(len(self.entries) + 1, at, fact)
        if self.beside and isinstance(fact, Hinted):
            entry = Entry(0, at, fact)
        else:
            self.entries.append(entry)
            self.places[fact.id] = entry
        for each in node.net.nodes:
            each.inbox.append(entry)


class Node:
    """One engine and its place in the journal."""

    def __init__(self, net: Net, name: str, settings: Settings) -> None:
        self.net = net
        self.inbox: deque[Entry | Repeated | Failed] = deque()
        self.links: list[Talker] = []
        self.digests: dict[int, str] = {}
        self.beside: list[Hide | Recall | Erase] = []
        self.engine = Engine(settings=settings, version="ipc-chat test", incarnation=name, started=net.now)
        self.engine.restore(Boot("journal", None, []))
        self.engine.state.limits = settings.limits.network()

    def perform(self, effects: Iterable[Effect]) -> None:
        """Do what the engine asks."""
        for effect in effects:
            match effect:
                case Send(link, line):
                    link.hears_line(line)
                case Fan(_, links, line, skip):
                    for link in links:
                        if link is not skip:
                            link.hears_line(line)
                case Propose(fact):
                    self.net.journal.queue.append((self, fact))
                case Ask(session, query):
                    self.net.queries.append((self, session, query))
                case Close(link, reason):
                    link.closed = reason
                case Pause(link):
                    link.paused = True
                case Resume(link):
                    link.paused = False
                case Audit():
                    self.net.audited.append(effect)
                case DropContent(digest):
                    self.net.dropped.append(digest)
                case Push():
                    self.net.pushed.append(effect)
                case Hide() | Recall() | Erase():
                    self.beside.append(effect)
                case Fault():
                    raise effect.error

    @property
    def past(self) -> MemoryPast:
        """What happened, as this node's backend has it."""
        kept = MemoryPast()
        for entry in self.net.journal.entries:
            if entry.seq not in self.engine.voided:
                kept.keep(entry)
        for effect in self.beside:
            match effect:
                case Hide(seq):
                    kept.hide(seq)
                case Recall(seq, at, targets, what):
                    kept.recall(seq, at, targets, what)
                case Erase(party, through):
                    kept.erase(party, through)
        return kept

    def step(self) -> bool:
        """Take one outcome from the journal; False when there is none."""
        if not self.inbox:
            return False
        outcome = self.inbox.popleft()
        if isinstance(outcome, Entry):
            self.perform(self.engine.apply(outcome, self.net.now))
            self._check_author(outcome)
            if self.net.digesting:
                self.digests[outcome.seq] = self.engine.state.digest()
        elif isinstance(outcome, Repeated):
            self.perform(self.engine.repeated(outcome, self.net.now))
        else:
            self.perform(self.engine.failed(outcome.fact, outcome.reason, self.net.now))
        return True

    def _check_author(self, entry: Entry) -> None:
        """A message bears the name that its author has at that place of the order."""
        author = self.engine.state.users.get(entry.fact.by)
        if entry.fact.history_target is None or author is None or entry.seq in self.engine.voided:
            return
        if isinstance(entry.fact, Posted):
            assert entry.fact.source == author.mask


class Net:
    """Engines, their journal, a clock, and people who talk; `cloaked` hides their hosts, as a server does by itself."""

    def __init__(
        self,
        nodes: int = 1,
        *,
        limits: Limits | None = None,
        throttled: bool = False,
        settings: Settings | None = None,
        cloaked: bool = False,
    ) -> None:
        self.now = Moment(1_700_000_000_000, 1000.0)
        self.journal = Journal()
        self.queries: deque[tuple[Node, Session, Query]] = deque()
        self.digesting = False
        self.codes: list[SendCode] = []
        self.audited: list[Audit] = []
        self.dropped: list[str] = []
        self.pushed: list[Push] = []
        settings = settings or Settings(network="TestNet", server_name="test.net", motd=("Welcome.",))
        settings = msgspec.structs.replace(
            settings,
            user_modes=settings.user_modes if cloaked else settings.user_modes.replace("x", ""),
            throttles=Throttles(lines=throttled, commands=throttled),
            **({"limits": limits} if limits else {}),
        )
        self.nodes = [Node(self, f"node{number:04d}", settings) for number in range(nodes)]

    @property
    def engine(self) -> Engine:
        """The first node's engine."""
        return self.nodes[0].engine

    def settle(self) -> None:
        """Let the journal order everything, every node apply it, and every query be answered, until nothing happens."""
        while not self.journal.holding:
            self.journal.order()
            moved = sum(node.step() for node in self.nodes) > 0
            moved = self.answer() or moved
            if not moved and not self.journal.queue:
                return

    def answer(self) -> bool:
        """Answer one query; False when there is none."""
        if not self.queries:
            return False
        node, session, query = self.queries.popleft()
        node.perform(node.engine.resume(session, self.answer_to(node, query), self.now))
        return True

    def answer_to(self, node: Node, query: Query) -> Answer:
        """What the shell would answer: hashes of passwords are "hash of <password>" here."""
        match query:
            case History() | Lookup() | CatchUp() | Search():
                return node.past.history(query)
            case Targets():
                return node.past.targets(query)
            case Find(id):
                entry = self.journal.places.get(id)
                return Found(entry if entry is not None and entry.seq not in node.engine.voided else None)
            case Verify(password_hash, password):
                return Verified(password_hash == f"hash of {password}")
            case HashPassword(password):
                return Hashed(credentials_of(password))
            case SendCode():
                self.codes.append(query)
                return CodeSent()
            case ReadAudit():
                return AuditRead()
            case ReadFigures():
                return FiguresRead()
            case Reload():
                return self.reloading(node)

    def forget(self) -> None:
        """Everybody forgets what was heard until now."""
        for node in self.nodes:
            for talker in node.links:
                talker.forget()

    def release(self, most: int = 1) -> None:
        """While the journal is holding: order `most` facts, and let every node apply what it has."""
        self.journal.order(most)
        for node in self.nodes:
            while node.step():
                pass

    def reloading(self, node: Node) -> Reloaded:
        """What reading the configuration again gives; a test replaces it."""
        return Reloaded("test.toml")

    def restart(self, checkpoint: bytes | None = None, after: int = 0) -> None:
        """The only node dies and starts again, from `checkpoint` and what the journal has after the sequence `after`.
        Connections, and facts that had no place yet, are lost."""
        engine = self.engine
        self.journal.queue.clear()
        self.queries.clear()
        node = Node(self, f"life{len(self.journal.entries):04d}", engine.settings)
        self.nodes[0] = node
        tail = [entry for entry in self.journal.entries[after:] if entry.fact.durability is not Durability.FLEETING]
        node.perform(node.engine.restore(Boot("journal", checkpoint, tail)))
        node.perform(node.engine.start(self.now))
        self.settle()

    def pass_time(self, seconds: float) -> None:
        """Move the clock and let every node look around."""
        self.now = Moment(self.now.wall + int(seconds * 1000), self.now.ticks + seconds)
        for node in self.nodes:
            node.perform(node.engine.tick(self.now))
        self.settle()

    def dial(self, node: int = 0, host: str = "127.0.0.1", peer: Peer | None = None) -> Talker:
        """A connection that has said nothing yet."""
        return Talker(self.nodes[node], peer or Peer(host))

    def connect(self, nick: str, caps: str = "", node: int = 0, host: str = "127.0.0.1") -> Talker:
        """Somebody who is registered, with these capabilities; what he heard until then is forgotten."""
        talker = self.dial(node, host)
        if caps:
            talker.says(f"CAP REQ :{caps}")
        talker.says(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}", *(["CAP END"] if caps else []))
        assert talker.session.user is not None, talker.lines
        talker.forget()
        return talker

    def join(self, nick: str, channel: str, caps: str = "", node: int = 0) -> Talker:
        """Somebody who is registered and in a channel; what he heard until then is forgotten."""
        talker = self.connect(nick, caps, node)
        talker.says(f"JOIN {channel}")
        talker.forget()
        return talker


class Talker:
    """One connection as its client sees it."""

    # Gathers what all talkers hear while a test that claims to cover rows runs (tests/core/covers.py).
    transcript: ClassVar[list[str] | None] = None

    def __init__(self, node: Node, peer: Peer) -> None:
        self.node = node
        self.lines: list[str] = []
        self.closed = ""
        self.paused = False
        self.session = node.engine.connect(self, 0, peer, node.net.now)
        node.links.append(self)

    def hears_line(self, line: bytes) -> None:
        """The engine wrote to this connection."""
        text = line.decode()
        assert text.endswith("\r\n"), text
        assert not set("\r\n\0") & set(text[:-2]), text
        self.lines.append(text[:-2])
        if Talker.transcript is not None:
            Talker.transcript.append(text[:-2])

    def says(self, *lines: str | WireError) -> list[str]:
        """Send lines and let everything settle; returns what was heard since the last time."""
        start = len(self.lines)
        for line in lines:
            message = line if isinstance(line, WireError) else parse(line)
            self.node.perform(self.node.engine.receive(self.session, message, self.node.net.now))
        self.node.net.settle()
        return self.lines[start:]

    def asks(self, *lines: str | WireError) -> list[str]:
        """`says`, with the tags taken off what was heard."""
        start = len(self.lines)
        self.says(*lines)
        return self.bare[start:]

    @property
    def user(self) -> User:
        """Who this connection is; only when it is registered."""
        assert self.session.user is not None, self.lines
        return self.session.user

    def hears(self, line: str) -> bool:
        """Whether this line was heard, tags aside unless it is written with them."""
        return line in (self.lines if line.startswith("@") else self.bare)

    @property
    def bare(self) -> list[str]:
        """What was heard, without tags."""
        return [line.partition(" ")[2] if line.startswith("@") else line for line in self.lines]

    @property
    def numerics(self) -> list[str]:
        """The numerics heard, in order."""
        words = [line.split(" ") for line in self.bare]
        return [row[1] for row in words if len(row) > 1 and row[1].isdigit()]

    def forget(self) -> None:
        """Start afresh."""
        self.lines.clear()

    def hangs_up(self, reason: str = "Connection closed") -> None:
        """The socket is gone."""
        self.node.perform(self.node.engine.disconnect(self.session, reason, self.node.net.now))
        self.node.net.settle()

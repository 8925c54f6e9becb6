"""A core of a few words, and a journal that is as unkind as a disk can be: fakes for the tests of the shell.

The core's words: SAY text (journaled, then told to all), PING text, FLOOD lines bytes, PAUSE, RESUME (wakes all who
paused), ASK, FIND id, VERIFY hash password, REHASH, BOOM (a bug in a handler), QUIT. What it heard is in `heard`, who
left and why in `left`, the settings it was given while it ran in `reloads`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ipcchat.backend.base import BackendError, Boot, Failed, Follower, Outcome, Repeated
from ipcchat.backend.counts import JournalCounts
from ipcchat.core.deliveries import Delivery, Outgoing, Progress
from ipcchat.core.effects import (
    Answer,
    Ask,
    Close,
    Effect,
    Erase,
    Fan,
    FiguresRead,
    Find,
    Found,
    Hide,
    History,
    HistoryAnswer,
    Moment,
    PastQuery,
    Pause,
    Propose,
    Recall,
    Reload,
    Reloaded,
    Resume,
    Send,
    Targets,
    TargetsAnswer,
    Verified,
    Verify,
)
from ipcchat.core.facts import AnyFact, Entry, FileUploaded, Hook, NodeDown, Posted
from ipcchat.core.figures import Figures
from ipcchat.core.holders import Holder
from ipcchat.core.hooks import HookPost, Obstacle, Relaying
from ipcchat.core.peers import Peer
from ipcchat.core.retention import Retention
from ipcchat.core.settings import Settings
from ipcchat.core.uploads import Upload
from ipcchat.wire.message import Message, WireError


@dataclass(eq=False)
class FakeSession:
    """One connection as the fake core sees it; `pending` counts its facts on their way."""

    link: Any
    lane: int
    host: str
    pending: int = 0
    quitting: str = ""
    closed: bool = False


@dataclass
class FakeState:
    """What the shell reads of the state."""

    seq: int = 0


@dataclass(eq=False)
class FakeCore:
    """Implements the shell's `Core`."""

    state: FakeState = field(default_factory=FakeState)
    sessions: list[FakeSession] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    reloads: list[Settings] = field(default_factory=list)
    paused: list[FakeSession] = field(default_factory=list)
    proposers: dict[bytes, FakeSession] = field(default_factory=dict)
    admitted: list[Peer] = field(default_factory=list)
    congested: list[bool] = field(default_factory=list)
    refusing: str = ""
    ticks: int = 0
    facts: int = 0

    def restore(self, boot: Boot, on_fault: Any = None) -> list[Effect]:
        return []

    def start(self, now: Moment) -> list[Effect]:
        return [Propose(NodeDown(self.next_id(), now.wall, "node", incarnation="before"))]

    def retention(self) -> Retention:
        return Retention(account_bytes=1_000)

    def snapshot(self) -> bytes:
        return b"state %d" % self.state.seq

    def admit(self, peer: Peer, now: Moment) -> str:
        self.admitted.append(peer)
        return self.refusing

    def leave(self, peer: Peer) -> None:
        del self.admitted[[each is peer for each in self.admitted].index(True)]

    def connect(self, link: Any, lane: int, peer: Peer, now: Moment) -> FakeSession:
        session = FakeSession(link, lane, peer.address)
        self.sessions = [*self.sessions, session]
        return session

    def receive(self, session: FakeSession, message: Message | WireError, now: Moment) -> list[Effect]:
        if session.closed:
            return []
        if isinstance(message, WireError):
            return self._error(session, message)
        word, text = message.command, " ".join(message.params)
        self.heard.append(f"{word} {text}".strip())
        handler = getattr(self, f"on_{word.lower()}")
        effects: list[Effect] = handler(session, text, now)
        return effects

    def congest(self, session: FakeSession, congested: bool, now: Moment) -> list[Effect]:
        self.congested.append(congested)
        return []

    def apply(self, entry: Entry, now: Moment) -> list[Effect]:
        self.state.seq = entry.seq
        if not isinstance(entry.fact, Posted):
            return []
        if entry.fact.text == "poison":
            raise ZeroDivisionError("poison")
        lanes: dict[int, list[Any]] = {}
        for session in self.sessions:
            lanes.setdefault(session.lane, []).append(session.link)
        line = f"SAID {entry.fact.text}\r\n".encode()
        effects: list[Effect] = [Fan(lane, links, line) for lane, links in lanes.items()]
        return effects + self._settled(entry.fact)

    def repeated(self, outcome: Repeated, now: Moment) -> list[Effect]:
        return [Send(self.proposers[outcome.fact.id].link, b"REPEATED\r\n"), *self._settled(outcome.fact)]

    def failed(self, fact: AnyFact, reason: str, now: Moment) -> list[Effect]:
        session = self.proposers.get(fact.id)
        return [Send(session.link, f"FAILED {reason}\r\n".encode()), *self._settled(fact)] if session else []

    def resume(self, session: FakeSession, answer: Answer, now: Moment) -> list[Effect]:
        match answer:
            case HistoryAnswer():
                told = f"{answer.error or len(answer.found)}"
            case Found():
                told = answer.error or f"{answer.entry.seq if answer.entry else 0}"
            case Reloaded():
                told = f"{len(answer.mistakes)} mistakes, {len(self.reloads)} reloads"
            case Verified():
                told = answer.error or f"{answer.matches}"
            case FiguresRead():
                told = f"{len(answer.figures)}"
            case _:
                told = answer.error
        return [Send(session.link, f"ANSWER {told}\r\n".encode())]

    def reload(self, settings: Settings, now: Moment) -> list[Effect]:
        self.reloads.append(settings)
        return [Send(session.link, f"MOTD {settings.motd}\r\n".encode()) for session in self.sessions]

    def tick(self, now: Moment) -> list[Effect]:
        self.ticks += 1
        return []

    def disconnect(self, session: FakeSession, reason: str, now: Moment) -> list[Effect]:
        self._forget(session, reason)
        return []

    def alarmed(self, text: str, now: Moment) -> list[Effect]:
        return [Send(session.link, f"ALARM {text}\r\n".encode()) for session in self.sessions]

    def interrupted(self, reason: str, now: Moment) -> list[Effect]:
        return [Send(session.link, f"INTERRUPTED {reason}\r\n".encode()) for session in self.sessions]

    def farewell(self, reason: str) -> list[Effect]:
        return [effect for session in self.sessions for effect in self._end(session, reason)]

    def figures(self) -> Figures:
        return Figures(sessions=len(self.sessions))

    def hook(self, token: str) -> Hook | None:
        return None

    def relay(self, digest: str, post: HookPost, now: Moment) -> tuple[Relaying, list[Effect]]:
        return Relaying(obstacle=Obstacle.UNKNOWN), []

    def outgoing(self) -> list[str]:
        return []

    def next_deliveries(self, digest: str, after: int) -> Outgoing | None:
        return None

    def deliveries(self, digest: str, answer: HistoryAnswer) -> list[Delivery]:
        return []

    def delivered(self, progress: Progress, now: Moment) -> list[Effect]:
        return []

    def push_gone(self, account: str, endpoint: str, now: Moment) -> list[Effect]:
        return []

    def holder(self, token: str, now: Moment) -> Holder | None:
        return None

    def upload(self, holder: Holder, upload: Upload, now: Moment) -> tuple[FileUploaded, list[Effect]]:
        return FileUploaded(self.next_id(), now.wall, "node"), []

    def let_go(self, file: str, places: tuple[int, ...], now: Moment) -> list[Effect]:
        return []

    def next_id(self) -> bytes:
        self.facts += 1
        return b"%016d" % self.facts

    def on_ping(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        return [Send(session.link, f"PONG {text}\r\n".encode())]

    def on_say(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        fact = Posted(self.next_id(), now.wall, "someone", target="#room", text=text)
        self.proposers[fact.id] = session
        session.pending += 1
        return [Propose(fact)]

    def on_flood(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        lines, size = map(int, text.split())
        return [Send(session.link, b"x" * (size - 2) + b"\r\n")] * lines

    def on_pause(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        self.paused.append(session)
        return [Pause(session.link)]

    def on_resume(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        paused, self.paused = self.paused, []
        return [Resume(other.link) for other in paused]

    def on_ask(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        return [Ask(session, History(text, 1, ((0, self.state.seq),)))]

    def on_find(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        return [Ask(session, Find(text.encode()))]

    def on_verify(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        password_hash, password = text.split()
        return [Ask(session, Verify(password_hash, password))]

    def on_rehash(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        return [Ask(session, Reload())]

    def on_boom(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        raise ZeroDivisionError(text)

    def on_quit(self, session: FakeSession, text: str, now: Moment) -> list[Effect]:
        session.quitting = text or "Quit"
        return [] if session.pending else self._end(session, session.quitting)

    def _settled(self, fact: AnyFact) -> list[Effect]:
        """One fact of a session is done; a QUIT behind the last one is served now."""
        session = self.proposers[fact.id]
        session.pending -= 1
        return self._end(session, session.quitting) if session.quitting and not session.pending else []

    def _error(self, session: FakeSession, error: WireError) -> list[Effect]:
        if error.code == "UNTERMINATED":
            return self._end(session, str(error))
        if error.code == "ENDED":
            self.heard.append(f"ENDED {error}")
            return self.on_quit(session, str(error), Moment(0, 0.0))
        return [Send(session.link, f"BAD {error.code}\r\n".encode())]

    def _end(self, session: FakeSession, reason: str) -> list[Effect]:
        if session.closed:
            return []
        self._forget(session, reason)
        return [Send(session.link, f"ERROR :{reason}\r\n".encode()), Close(session.link, reason)]

    def _forget(self, session: FakeSession, reason: str) -> None:
        if not session.closed:
            session.closed = True
            self.left.append(reason)
            self.sessions = [other for other in self.sessions if other is not session]


class UnkindBackend:
    """A journal whose outcomes the test can hold back, fail or end. It never reorders: no journal may."""

    def __init__(self) -> None:
        self.counts = JournalCounts()
        self.leads = True
        self.held = False
        self.failing = ""
        self.broken_queries = False
        self.appends: list[list[AnyFact]] = []
        self.checkpoints: list[tuple[int, bytes]] = []
        self.besides: list[Hide | Recall | Erase] = []
        self.retained: list[Retention] = []
        self.closed = 0
        self._seq = 0
        self._waiting: list[Outcome] = []
        self._follower: Follower | None = None
        self._loop = asyncio.get_running_loop()

    async def open(self) -> Boot:
        return Boot("journal", None, ())

    def follow(self, follower: Follower) -> None:
        self._follower = follower

    def append(self, facts: Sequence[AnyFact]) -> None:
        self.appends.append(list(facts))
        for fact in facts:
            if self.failing:
                self._waiting.append(Failed(fact, self.failing))
            else:
                self._seq += 1
                self._waiting.append(Entry(self._seq, fact.at, fact))
        if not self.held:
            self._loop.call_soon(self.release)

    def release(self) -> None:
        """Let out what was held back."""
        batch, self._waiting = self._waiting, []
        if batch and self._follower is not None:
            self._follower.outcomes(batch)

    def lose(self) -> None:
        """The disk is gone."""
        assert self._follower is not None
        self._follower.lost(BackendError("the disk is gone"))

    def void(self, seq: int) -> None:
        raise AssertionError("the fake core refuses nothing")

    def hide(self, seq: int) -> None:
        self.besides.append(Hide(seq))

    def recall(self, event: Recall) -> None:
        self.besides.append(event)

    def erase(self, party: str, through: int) -> None:
        self.besides.append(Erase(party, through))

    def retain(self, rules: Retention, now: int) -> None:
        self.retained.append(rules)

    def checkpoint(self, seq: int, state: bytes) -> None:
        self.checkpoints.append((seq, state))

    async def history(self, query: PastQuery) -> HistoryAnswer:
        if self.broken_queries:
            raise BackendError("cannot be read")
        return HistoryAnswer([])

    async def targets(self, query: Targets) -> TargetsAnswer:
        if self.broken_queries:
            raise BackendError("cannot be read")
        return TargetsAnswer([])

    async def find(self, id: bytes) -> Entry | None:
        if self.broken_queries:
            raise BackendError("cannot be read")
        facts = [fact for batch in self.appends for fact in batch]
        return next((Entry(place, 0, fact) for place, fact in enumerate(facts, 1) if fact.id == id), None)

    async def close(self) -> None:
        self.closed += 1

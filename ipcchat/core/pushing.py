"""When something is pushed: what calls for somebody who does not look, once it is sure that he does not.

Rules:
1. A message calls for whom it is for in private, and in a channel for each member whose nick is a word of it; not for
   who says it, nor for whom does not want to hear him (SILENCE). NOTICEs, edits and CTCP but actions call nobody.
2. Who has no connection is told at once. Who has one is told when nobody who is logged in to his account said anything
   or marked anything as read for IDLE_SECONDS; if one does so after the message, he has seen it.
3. One conversation pushes at most once in BETWEEN_SECONDS, then the last that was said in it.
4. What was pushed and is read, or answered, is taken back: by a MARKREAD.
5. The node on which something is said pushes it. What waits there is lost when it stops: a sound, no message.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import caps, extbans, replies
from ipcchat.core.effects import Push
from ipcchat.core.facts import LINE_BREAK, SEAM, Posted
from ipcchat.core.modes import CHANNEL_CLASSES, is_at_least
from ipcchat.core.posts import ACTION
from ipcchat.core.state import Channel, State, User
from ipcchat.wire.casemap import fold
from ipcchat.wire.times import format_time

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

IDLE_SECONDS = 60.0
HOLD_SECONDS = 5.0
"""A client that is looked at marks what it shows as read within that time."""

BETWEEN_SECONDS = 10.0
CONVERSATIONS_MAX = 10_000
"""Of those that wait, and of those that were pushed; the oldest are forgotten then."""

LINE_BYTES_MAX = 3_500
"""A record of 4,096 bytes has it with all that encryption adds (RFC 8291 4)."""

TOPIC_BYTES = 24
CUT = "\u2026"
TAGS = caps.SERVER_TIME | caps.MESSAGE_TAGS | caps.ACCOUNT_TAG
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_BETWEEN_NICKS = re.compile(
    r"[\s\x00-\x1f!-,./:-@~\u00a1-\u00bf\u2000-\u206f\u2e00-\u2e7f\u3000-\u303f\uff01-\uff0f\uff1a-\uff20]+"
)
_BRACKETS = re.compile(r"[\[\]\\`^{|}]+")
_ENDS = "[]\\`^{|}"

Key = tuple[str, str]
"""A folded account, and a history."""


class Waiting(msgspec.Struct):
    """What is pushed at `due` unless somebody of the account does something after `since` (both in ticks)."""

    account: str
    since: float
    due: float
    seq: int
    line: bytes


class Pushing:
    """What waits on this node, what was pushed, and when who has subscriptions did something the last time."""

    def __init__(self) -> None:
        self._waiting: dict[Key, Waiting] = {}
        self._pushed: dict[Key, float] = {}
        self._active: dict[str, float] = {}

    def said(self, engine: Engine, fact: Posted, at: int, seq: int, *, here: bool) -> None:
        """Something is said, `here` on this node. The state has subscriptions."""
        place = _place(engine.state, fact)
        if place is None or fact.verb == "TAGMSG":
            return
        if fact.account:
            self.active(engine, fact.account, place, fact.target, at)
        if here and fact.verb == "PRIVMSG" and not fact.about and not _is_ctcp(fact.text):
            users = called(engine.state, fact)
            line = _line(engine, fact, at, seq) if users else b""
            for user in users:
                self._wait(engine, user, (fold(user.account), place), seq, line)

    def active(self, engine: Engine, account: str, place: str, target: str, read_at: int) -> None:
        """Who is logged in to that account said or read something just now, in that history, up to that time (Unix ms):
        what waits there need not be pushed, and what was is taken back."""
        key = (fold(account), place)
        if key[0] not in engine.state.pushes:
            return
        self._active[key[0]] = engine.now.ticks
        if len(self._active) > CONVERSATIONS_MAX:
            del self._active[next(iter(self._active))]
        self._waiting.pop(key, None)
        if self._pushed.pop(key, None) is not None:
            stamp = f"timestamp={format_time(read_at)}"
            self._push(engine, key, replies.line(engine.server_name, "MARKREAD", target, stamp).encode(), urgent=False)

    def _wait(self, engine: Engine, user: User, key: Key, seq: int, line: bytes) -> None:
        now, waiting = engine.now.ticks, self._waiting.get(key)
        if waiting is not None and not self._was_seen(waiting):
            waiting.since, waiting.seq, waiting.line = now, seq, line
            return
        due = self._pushed.get(key, now - BETWEEN_SECONDS) + BETWEEN_SECONDS
        if user.sessions:
            due = max(due, now + HOLD_SECONDS, self._active.get(key[0], now - IDLE_SECONDS) + IDLE_SECONDS)
        self._waiting[key] = Waiting(key[0], now, due, seq, line)
        if len(self._waiting) > CONVERSATIONS_MAX:
            del self._waiting[next(iter(self._waiting))]

    def _was_seen(self, waiting: Waiting) -> bool:
        """Whether somebody of the account did something after it."""
        return self._active.get(waiting.account, waiting.since) > waiting.since

    def look(self, engine: Engine) -> None:
        """Time passed: push what is due."""
        now = engine.now.ticks
        for key, waiting in [each for each in self._waiting.items() if each[1].due <= now]:
            del self._waiting[key]
            if self._was_seen(waiting) or waiting.seq in engine.redacted:
                continue
            self._pushed.pop(key, None)
            self._pushed[key] = now
            if len(self._pushed) > CONVERSATIONS_MAX:
                del self._pushed[next(iter(self._pushed))]
            self._push(engine, key, waiting.line, urgent=True)

    def _push(self, engine: Engine, key: Key, line: bytes, *, urgent: bool) -> None:
        account, place = key
        subscriptions = engine.state.pushes.get(account, {}) if engine.settings.push_key else {}
        topic = _topic(engine, account, place)
        engine.effects += [
            Push(account, endpoint, kept.p256dh, kept.auth, line, topic, urgent)
            for endpoint, kept in subscriptions.items()
        ]


def _place(state: State, fact: Posted) -> str | None:
    """The history that a message is read in, also where it is not kept."""
    room = state.channels.find(fact.target) if fact.status else None
    return room.history if room is not None else fact.place


def _is_ctcp(text: str) -> bool:
    return text[:1] == "\x01" and not text.startswith(ACTION)


def called(state: State, fact: Posted) -> list[User]:
    """Those with subscriptions whom a message calls (rule 1)."""
    room = None if fact.recipient else state.channels.find(fact.target)
    found = [state.users[fact.recipient]] if room is None else _mentioned(state, room, fact)
    return [user for user in found if _is_to_be_told(state, user, fact)]


def _mentioned(state: State, room: Channel, fact: Posted) -> list[User]:
    """The members whose nicks are in it, of those with a rank where it is said to them."""
    named = {user.uid: user for word in words(fact.text) if (user := state.nicks.find(word)) is not None}
    rank = _rank(fact.status) if fact.status else ""
    return [
        user
        for uid, user in named.items()
        if uid in room.members and (not rank or is_at_least(room.members[uid], rank))
    ]


def _rank(symbol: str) -> str:
    return CHANNEL_CLASSES.prefixes[CHANNEL_CLASSES.symbols.index(symbol)]


def _is_to_be_told(state: State, user: User, fact: Posted) -> bool:
    account = fold(user.account)
    if account not in state.pushes or user.uid == fact.by or account == fold(fact.account):
        return False
    author = state.users.get(fact.by)
    return not (user.silenced and author is not None and extbans.any_hits(state, author, user.silenced))


def words(text: str) -> set[str]:
    """What in a text could be a nick by itself, as the clients see it; nothing of a URL."""
    found: set[str] = set()
    for run in _BETWEEN_NICKS.split(_URL.sub(" ", text.replace(SEAM, ""))):
        found |= {run, run.strip(_ENDS), *_BRACKETS.split(run)}
    return found - {""}


def _line(engine: Engine, fact: Posted, at: int, seq: int) -> bytes:
    """A message as one line, cut where it would be too long."""
    tags = engine.tagger.tags(TAGS, at, seq, "", fact.account, fact.marks)
    head = f"@{tags} :{fact.source} PRIVMSG {fact.status}{fact.target} :"
    text, end = fact.text.replace(SEAM, "").replace(LINE_BREAK, " "), ""
    if text.startswith(ACTION):
        text, end = text.removesuffix("\x01"), "\x01"
    room = LINE_BYTES_MAX - len(f"{head}{end}".encode())
    if len(text.encode()) > room:
        text = replies.fitting(text, room - len(CUT.encode())) + CUT
    return f"{head}{text}{end}".encode()


def _topic(engine: Engine, account: str, place: str) -> str:
    """What a later push of the same conversation takes the place of, if nobody fetched it; says nothing to others."""
    named = hashlib.blake2b(f"{account}\0{place}".encode(), digest_size=TOPIC_BYTES, key=engine.secret.encode()[:64])
    return urlsafe_b64encode(named.digest()).decode()

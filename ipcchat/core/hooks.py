"""Hooks: how programs write into a channel by HTTP, and what of a channel goes out to them.

Rules:
1. A hook belongs to a registered channel and is known by a digest: that of the token in its URL, or of the secret that
   signs what goes out. Nobody keeps a token but who was shown it.
2. What a hook says is cut to what one message may have, never refused for its length, and has no control characters.
   It is said by name/hook (as bridges do it, https://ircv3.net/specs/extensions/relaymsg), which no person can be
   called.
3. A hook says HOOK_POSTS at most. With a key, the same text is one message however often it comes.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from ipcchat.core import replies
from ipcchat.core.effects import Deliver
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import LINE_BREAK, SEAM, Hook, Relayed
from ipcchat.core.rates import Rate
from ipcchat.core.state import Channel, State
from ipcchat.core.tokens import digest_of, is_token
from ipcchat.wire.splitting import split_text

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

HOOK_POSTS = Rate(30, 30)
"""One message a second on average: a storm of alerts comes through at once, a program that went wild does not."""

BUSY_SECONDS = 5
NAME_BYTES_MAX = 20
SUFFIX = "/hook"
USER = "hook"
MARKS = "B"
CUT = "\u2026"
LINE_FRAME_BYTES = len(": PRIVMSG  :")
_NAME = re.compile(rf"[a-z0-9_-]{{1,{NAME_BYTES_MAX}}}", re.ASCII)
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
_HTTP = re.compile(r"(https?)://([^/?#]+)", re.ASCII)


class Obstacle(Enum):
    """Why a hook did not say something."""

    UNKNOWN = "there is no such hook"
    EMPTY = "there is no text in it"
    TOO_FAST = "it says too much"
    BUSY = "too much waits for the disk"
    REFUSED = "it may not be said"


class HookPost(NamedTuple):
    """What a program says by a hook: a text of any length, under a name ("": the hook's). `key` makes what comes
    several times one message; `answers` is the msgid of the message that it is an answer to."""

    text: str
    name: str = ""
    key: str = ""
    answers: str = ""


class Relaying(NamedTuple):
    """What became of it: the id of the fact that is on its way, or why there is none, for people; `wait` is in how many
    seconds it may be tried again."""

    id: bytes = b""
    obstacle: Obstacle | None = None
    problem: str = ""
    wait: int = 0


def is_name(written: str) -> bool:
    """Whether a hook may be called that."""
    return _NAME.fullmatch(written) is not None


def shown_url(url: str) -> str:
    """The place where something goes, without what may be a secret in its path."""
    found = _HTTP.match(url)
    return f"{found[1]}://{found[2]}" if found else ""


def of_digest(channel: Channel, digest: str) -> Hook:
    """The hook of a channel that has it."""
    return next(hook for hook in channel.hooks.values() if hook.digest == digest)


def of_token(state: State, token: str) -> Hook | None:
    """The hook by which messages come in with that token."""
    channel = state.hooks.get(digest_of(token)) if is_token(token) else None
    hook = of_digest(channel, digest_of(token)) if channel is not None else None
    return hook if hook is not None and not hook.url else None


def relay(engine: Engine, digest: str, post: HookPost) -> Relaying:
    """Propose what a hook says."""
    channel = engine.state.hooks.get(digest)
    if channel is None:
        return Relaying(obstacle=Obstacle.UNKNOWN, problem="There is no such hook")
    fact = _fact(engine, channel, of_digest(channel, digest), post)
    if fact is None:
        return Relaying(obstacle=Obstacle.EMPTY, problem="There is no text in it")
    wait = engine.rates.pause(digest, "hook", HOOK_POSTS, engine.now.ticks) if engine.rated else 0
    if wait:
        text = f"A hook says at most {HOOK_POSTS.times} messages in {HOOK_POSTS.seconds} seconds"
        return Relaying(obstacle=Obstacle.TOO_FAST, problem=text, wait=wait)
    if engine.awaited.is_full(engine.limits):
        text = "The disk of the server is slow, and very much waits for it"
        return Relaying(obstacle=Obstacle.BUSY, problem=text, wait=BUSY_SECONDS)
    try:
        engine.check(fact)
    except (Refusal, Ignored) as no:
        return Relaying(obstacle=Obstacle.REFUSED, problem=no.text if isinstance(no, Refusal) else "")
    engine.rates.count(digest, "hook", HOOK_POSTS, engine.now.ticks)
    engine.effects.append(engine.errands.begin(fact))
    return Relaying(fact.id)


def _fact(engine: Engine, channel: Channel, hook: Hook, post: HookPost) -> Relayed | None:
    """The message as others get it; None when nothing is left of it."""
    source = f"{_name(post.name, hook)}{SUFFIX}!{USER}@{engine.server_name}"
    room_bytes = replies.REPLY_BYTES_MAX - LINE_FRAME_BYTES - len(source) - len(channel.name.encode())
    text = written(post.text, room_bytes, engine.limits.multiline_lines_max, engine.limits.multiline_bytes_max)
    if not text:
        return None
    return Relayed(
        _id(hook, post, text) if post.key else engine.next_id(),
        engine.now.wall,
        hook.digest,
        source=source,
        target=channel.name,
        text=text,
        tags={"+reply": post.answers} if post.answers else {},
        marks=MARKS,
        room=channel.room,
    )


def _name(wanted: str, hook: Hook) -> str:
    """What stands in front of /hook: what a program wants, as far as it is fit for that."""
    return _UNFIT.sub("-", wanted.strip())[:NAME_BYTES_MAX].strip("-") or hook.name


def _id(hook: Hook, post: HookPost, text: str) -> bytes:
    """The fact's id: the same for the same key and text of the same hook."""
    return hashlib.blake2b("\0".join((post.key, hook.digest, text)).encode(), digest_size=16).digest()


def wake(engine: Engine, channel: Channel) -> None:
    """Something was said in a channel that has hooks: it goes out."""
    engine.effects += [Deliver(hook.digest) for hook in channel.hooks.values() if hook.url and not hook.off]


# Texts.


def cleaned(text: str) -> str:
    """A text without control characters and lone surrogates; its lines end in LINE_BREAK."""
    lines = text.replace("\t", "    ").encode(errors="replace").decode().splitlines()
    visible = ["".join(each for each in line if unicodedata.category(each) != "Cc").rstrip() for line in lines]
    return LINE_BREAK.join(visible).strip(LINE_BREAK)


def written(text: str, room_bytes: int, lines_max: int, bytes_max: int) -> str:
    """A text as one message: lines of at most `room_bytes` bytes, with SEAM where one line has several, altogether
    within those limits. What is too long ends in CUT."""
    said = cleaned(text[:bytes_max])
    found, used = "", 0
    for count, (mark, piece) in enumerate(_pieces(said, room_bytes)):
        size = len(piece.encode()) + (mark == LINE_BREAK)
        if count == lines_max or used + size + len(CUT.encode()) > bytes_max:
            return _cut(found, room_bytes)
        found, used = f"{found}{mark}{piece}", used + size
    return _cut(found, room_bytes) if len(text) > bytes_max else found


def _pieces(text: str, room_bytes: int) -> Iterator[tuple[str, str]]:
    """What fits into a line each, behind what it is joined to the one before by."""
    mark = ""
    for line in text.split(LINE_BREAK) if text else ():
        yield from _pieces_of(line, mark, room_bytes)
        mark = LINE_BREAK


def _pieces_of(line: str, mark: str, room_bytes: int) -> Iterator[tuple[str, str]]:
    if not line:
        yield mark, ""
    while line:
        piece = split_text(line[: room_bytes + 1], room_bytes - 1)[0]
        if line[len(piece) : len(piece) + 1] == " ":
            piece += " "  # Clients that put the pieces together get the space again.
        yield mark, piece
        line, mark = line[len(piece) :], SEAM


def _cut(text: str, room_bytes: int) -> str:
    """A text that says that there was more of it, where a line of it still fits."""
    start = max(text.rfind(LINE_BREAK), text.rfind(SEAM)) + 1
    return text[:start] + replies.fitting(text[start:].rstrip(), room_bytes - len(CUT.encode())) + CUT

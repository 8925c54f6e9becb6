"""What goes out by hooks: which messages of a channel, from which place on, and in which form.

Rules:
1. A hook gets what was said in its channel after it was set, in the order of the journal, with its latest text; what
   was taken back before it went out does not.
2. What programs say goes out only where the hook wants everything, and what a hook said as an answer to something that
   went out never does: two programs would talk to each other for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ipcchat.core import facts, references
from ipcchat.core.effects import History, HistoryAnswer, Past
from ipcchat.core.facts import SEAM, Entry, Hook, Posted, Relayed
from ipcchat.core.hooks import MARKS, of_digest
from ipcchat.core.posts import ACTION
from ipcchat.core.references import is_edit
from ipcchat.core.state import State
from ipcchat.wire.times import format_time

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

MESSAGES_AT_ONCE = 50
"""How many are read at a time: they go out one by one."""


class Message(msgspec.Struct, frozen=True):
    """A message as it goes out. `time` is UTC as in server-time, `reply_to` the id of the message that it answers,
    `bot` says that a program said it, and `action` that the text is what somebody does (/me)."""

    id: str
    channel: str
    nick: str
    account: str
    text: str
    time: str
    reply_to: str
    bot: bool
    action: bool


class Outgoing(NamedTuple):
    """An outgoing hook that is on, and the question for what has not gone out yet."""

    hook: Hook
    query: History


class Progress(msgspec.Struct, frozen=True):
    """How far a hook got; see facts.HookDelivered."""

    digest: str
    seq: int
    failing_since: int = 0
    problem: str = ""
    off: bool = False


class Delivery(NamedTuple):
    """What is next for a hook: the place of it in the journal, and the message; None where it is not for this hook."""

    seq: int
    message: Message | None


def outgoing(state: State) -> list[str]:
    """The digests of all outgoing hooks that are on."""
    found = (hook for channel in state.channels.values() for hook in channel.hooks.values())
    return [hook.digest for hook in found if hook.url and not hook.off]


def next_of(state: State, digest: str, after: int) -> Outgoing | None:
    """A hook, and what of its channel is behind `after` and what the state says that went out; None when it is gone or
    off."""
    channel = state.hooks.get(digest)
    hook = of_digest(channel, digest) if channel is not None else None
    if channel is None or hook is None or hook.off:
        return None
    begin = min(max(after, hook.delivered, channel.history_after), state.seq)
    return Outgoing(hook, History(channel.history, MESSAGES_AT_ONCE, ((begin, state.seq),), newest=False))


def of_answer(engine: Engine, digest: str, answer: HistoryAnswer) -> list[Delivery]:
    """What was found, as it goes out, in its order. Nothing when the hook is gone."""
    channel = engine.state.hooks.get(digest)
    if channel is None:
        return []
    hook, found = of_digest(channel, digest), references.without(answer, engine.redacted).found
    return [Delivery(thing.seq, _message(engine, hook, channel.name, thing)) for thing in found]


def _message(engine: Engine, hook: Hook, channel: str, thing: Past) -> Message | None:
    entry = thing.entry
    if entry is None or entry.seq in engine.voided or not isinstance(entry.fact, Posted):
        return None
    return _told(engine, channel, entry, thing.about) if _is_wanted(engine.state, hook, entry.fact) else None


def _is_wanted(state: State, hook: Hook, fact: Posted) -> bool:
    """See rule 2."""
    if isinstance(fact, Relayed):
        speaker = state.hooks.get(fact.by)
        if fact.by == hook.digest or (speaker is not None and of_digest(speaker, fact.by).url):
            return False
    if hook.everything:
        return True
    return fact.verb == "PRIVMSG" and MARKS not in fact.marks


def _told(engine: Engine, channel: str, entry: Entry, about: tuple[Entry, ...]) -> Message:
    fact = entry.fact
    assert isinstance(fact, Posted)
    edits = [each.fact.text for each in about if _is_text(engine, each)]  # type: ignore[union-attr]
    text = (edits[-1] if edits else fact.text).replace(SEAM, "")
    action = text.startswith(ACTION)
    if action:
        text = text.removeprefix(ACTION[0]).removesuffix("\x01")
    return Message(
        engine.tagger.msgid(entry.seq),
        channel,
        fact.source.partition("!")[0],
        fact.account,
        text,
        format_time(entry.at),
        fact.tags.get("+reply", "") or fact.tags.get("+draft/reply", ""),
        MARKS in fact.marks,
        action,
    )


def _is_text(engine: Engine, entry: Entry) -> bool:
    return isinstance(entry.fact, Posted) and is_edit(entry.fact) and entry.seq not in engine.voided


def fact_of(engine: Engine, progress: Progress) -> facts.HookDelivered:
    """What is to be journaled of it."""
    return facts.HookDelivered(
        engine.next_id(), engine.now.wall, engine.incarnation, **msgspec.structs.asdict(progress)
    )

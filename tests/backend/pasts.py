"""Random pasts and random questions about them: two backends that were told the same must answer the same.

A past is a list of steps, each of which is told to a backend in the same way: facts to append, places to take out of
history, messages to redact, things that happened beside messages.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from ipcchat.backend.base import Backend
from ipcchat.core.effects import (
    CatchUp,
    Happening,
    History,
    HistoryAnswer,
    Lookup,
    Past,
    Recall,
    Reference,
    Spans,
    Targets,
    TargetsAnswer,
)
from ipcchat.core.facts import AnyFact, Entry, Hinted, Posted, RealnameChanged, Redacted
from tests.backend.journals import Ear, entries

CHANNELS = ("#a", "#b", "#c")
PEOPLE = (("ann", "ann"), ("bob", "bob"), ("cid", ""), ("dan", ""))
STEPS, FACTS = 60, 4


@dataclass
class Story:
    """What is told to a backend, and what is known of it by who tells it. All is decided by the dice."""

    dice: random.Random
    clock: int = 1_000
    ids: int = 0
    heard: list[Entry] = field(default_factory=list)
    recalled: list[Recall] = field(default_factory=list)

    def facts(self) -> list[AnyFact]:
        """Some facts that could be appended now."""
        return [self._fact() for _ in range(self.dice.randrange(1, FACTS))]

    def _fact(self) -> AnyFact:
        dice = self.dice
        self.ids += 1
        self.clock += dice.choice([0, 0, 1, 7, -5])
        key = b"%016d" % self.ids
        kind = dice.random()
        if kind < 0.1:
            return RealnameChanged(key, self.clock, "u1", "name")
        if kind < 0.15:
            return Hinted(key, self.clock, "u1", "ann!a@host", "TAGMSG", "#a")
        parents = [entry for entry in self.heard if entry.fact.history_target is not None]
        if parents and kind < 0.45:
            return self._change(key, dice.choice(parents[-20:]), kind)
        nick, account = dice.choice(PEOPLE)
        if kind < 0.65:
            other, other_account = dice.choice(PEOPLE)
            said = Posted(key, self.clock, "u1", f"{nick}!x@host", target=other, text="psst", account=account)
            return msgspec.structs.replace(said, recipient="u9", recipient_account=other_account)
        status = dice.choice(["", "", "", "@"])
        target = dice.choice(CHANNELS)
        return Posted(key, self.clock, "u1", f"{nick}!x@host", target=target, text="hi", account=account, status=status)

    def _change(self, key: bytes, parent: Entry, kind: float) -> AnyFact:
        said = parent.fact
        assert isinstance(said, Posted)
        if kind < 0.2:
            return Redacted(key, self.clock, "u1", "ann!a@host", said.target, said.place or "", parent.seq)
        verb, text = ("TAGMSG", "") if kind < 0.35 else ("PRIVMSG", "better")
        return Posted(
            key,
            self.clock,
            "u1",
            said.source,
            verb,
            said.target,
            text,
            account=said.account,
            about=parent.seq,
            recipient=said.recipient,
            recipient_account=said.recipient_account,
            status=self.dice.choice(["", "", "", said.status or "@"]),
        )

    def happening(self) -> Recall:
        """Something that was no message, at the place of an entry that is none."""
        places = [entry for entry in self.heard if not isinstance(entry.fact, Posted | Redacted)]
        entry = self.dice.choice(places)
        targets = tuple(self.dice.sample(CHANNELS, self.dice.randrange(1, 4)))
        return Recall(entry.seq, entry.at, targets, Happening("ann!a@host", "TOPIC", ("#x", f"topic {entry.seq}")))


async def live(story: Story, backend: Backend, ear: Ear) -> list[tuple[str, object]]:
    """Tell a story to a backend, and return it so that others can be told the same."""
    told: list[tuple[str, object]] = []
    for _ in range(STEPS):
        facts = story.facts()
        told.append(("append", facts))
        backend.append(facts)
        story.heard = entries(await ear.until(len(story.heard) + len(facts)))[:]
        for step in _besides(story):
            told.append(step)
            tell(backend, step)
    return told


def _besides(story: Story) -> list[tuple[str, object]]:
    dice = story.dice
    steps: list[tuple[str, object]] = []
    if dice.random() < 0.15:
        steps.append(("void", dice.choice(story.heard).seq))
    messages = [entry for entry in story.heard if isinstance(entry.fact, Posted)]
    if messages and dice.random() < 0.2:
        steps.append(("hide", dice.choice(messages).seq))
    if dice.random() < 0.4 and not all(isinstance(entry.fact, Posted | Redacted) for entry in story.heard):
        story.recalled.append(story.happening())
        steps += [("recall", story.recalled[-1])] * dice.choice([1, 1, 2])
    return steps


def tell(backend: Backend, step: tuple[str, object]) -> None:
    """One step of a story."""
    getattr(backend, step[0])(step[1])


def questions(story: Story, count: int) -> list[Question]:
    """So many questions of all kinds."""
    return [_question(story) for _ in range(count)]


Question = History | Lookup | CatchUp | Targets


async def answer(backend: Backend, question: Question) -> HistoryAnswer | TargetsAnswer:
    """What a backend says."""
    if isinstance(question, Targets):
        return await backend.targets(question)
    return await backend.history(question)


def _question(story: Story) -> Question:
    dice, last = story.dice, len(story.heard)
    kind = dice.randrange(5)
    account = dice.choice(["", "ann", "bob", "nobody"])
    channels = {target: _spans(dice, last) for target in dice.sample(CHANNELS, dice.randrange(4))}
    through = dice.choice([last, dice.randrange(last)])
    if kind == 0:
        after, before = sorted(dice.choice(story.heard).at + dice.randrange(-1, 2) for _ in range(2))
        after, before = dice.choice([(after, before), (0, 2**50)])
        newest = dice.random() < 0.5
        return Targets(
            channels, after, before, dice.randrange(8), through, newest, account, dice.choice([0, dice.randrange(last)])
        )
    if kind == 1:
        return CatchUp(
            channels,
            dice.choice([0, dice.randrange(last)]),
            through,
            dice.choice([0, 1, 5, 30, 500]),
            account,
            dice.choice([0, dice.randrange(last)]),
            dice.random() < 0.5,
        )
    target = dice.choice([*CHANNELS, "@ann bob", "@ann ~cid", "#nothing"])
    spans = _spans(dice, last)
    if kind == 2:
        return Lookup(target, dice.randrange(last + 2), spans)
    return _page(story, target, spans)


def _page(story: Story, target: str, spans: Spans) -> History:
    dice = story.dice
    places = [entry.seq for entry in story.heard if entry.fact.history_target == target] or [1]
    places += [event.seq for event in story.recalled]

    def point() -> Reference:
        entry = dice.choice(story.heard)
        at = Reference(at=entry.at + dice.choice([-1, 0, 1]))
        return dice.choice([Reference(seq=dice.choice(places)), Reference(seq=entry.seq), at])

    shape = dice.randrange(5)
    return History(
        target,
        dice.choice([0, 1, 3, 10, 200]),
        spans,
        after=point() if shape in (1, 3) else None,
        before=point() if shape in (2, 3) else None,
        around=point() if shape == 4 else None,
        newest=dice.random() < 0.5,
        events=dice.random() < 0.5,
    )


def _spans(dice: random.Random, last: int) -> Spans:
    """Rising and apart, sometimes none."""
    if dice.random() < 0.4:
        return ((0, last),)
    ends = sorted(dice.sample(range(last + 1), 2 * dice.randrange(min(4, last // 2))))
    return tuple(zip(ends[::2], ends[1::2], strict=True))


def plain(given: HistoryAnswer | TargetsAnswer) -> Sequence[object]:
    """An answer in short, for a failed assertion that can be read."""
    if isinstance(given, TargetsAnswer):
        return given.found
    return [
        given.unknown_reference,
        given.more,
        [(past.target, past.seq, past.what and past.what.params, _seqs(past)) for past in given.found],
    ]


def _seqs(past: Past) -> list[int]:
    return [entry.seq for entry in past.about]

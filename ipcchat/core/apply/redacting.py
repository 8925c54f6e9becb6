"""Messages that are taken back, or taken away: nobody is shown them any more.

Rules:
1. Who said a message may, as long as he may speak in the channel; for what others said it takes the rank that
   permissions.py says. In private only who said it.
2. Members whose clients know REDACT hear it, the others a NOTICE in words, unless the settings say that they do not
   (`redactions_told`). Nobody is told in words of a reaction that is taken back.
3. Clients that know no edits have each edit as a message of its own: they get a REDACT for each.
4. What was pinned is not any more, and what files it carried it carries no more.

Specification: IRCv3 draft/message-redaction (https://ircv3.net/specs/extensions/message-redaction).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import caps, facts, replies, rules
from ipcchat.core.apply import telling
from ipcchat.core.apply.channels import reveal, tell_revealed
from ipcchat.core.apply.meaning import means
from ipcchat.core.apply.messages import is_silenced
from ipcchat.core.audience import Groups
from ipcchat.core.durations import in_words
from ipcchat.core.effects import Happening, Recall
from ipcchat.core.errors import Failure
from ipcchat.core.facts import Entry
from ipcchat.core.permissions import Asked, obstacle
from ipcchat.core.posts import KNOWS_EDITS
from ipcchat.core.references import is_author
from ipcchat.core.state import Channel, State, User
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine


def _check(state: State, fact: facts.Redacted) -> None:
    user = rules.actor(state, fact)
    if fact.source != user.mask:
        raise _forbidden(fact, "Your nick changed on the way; send it again")
    if fact.target[:1] != "#":
        if not is_author(state, user, fact.author, fact.about):
            raise _forbidden(fact, "In private you take away only what you said yourself")
        return
    channel = state.rooms.get(fact.place)
    if channel is None or user.uid not in channel.members:
        text = f"You cannot delete messages from {fact.target}: join it first"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REDACT", "INVALID_TARGET", fact.target, text=text)
    row = obstacle("redact", state, channel, user, Asked(author=fact.author, about=fact.about))
    problem = row.text if row is not None else rules.speech_problem(state, channel, user)
    if problem:
        raise _forbidden(fact, problem)


def _forbidden(fact: facts.Redacted, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "REDACT", "REDACT_FORBIDDEN", fact.target, text=text, about=fact.about)


def _change(state: State, fact: facts.Redacted, entry: Entry) -> tuple[Channel | None, bool]:
    """The channel it was said in, and whether who redacts was hidden in it until now."""
    state.files.redact(fact.about)
    if fact.target[:1] != "#":
        return None, False
    channel = state.rooms[fact.place]
    channel.pins.pop(fact.about, None)
    return channel, bool(channel.hidden) and reveal(channel, state.users[fact.by])


def _announce(
    engine: Engine, fact: facts.Redacted, entry: Entry, outcome: tuple[Channel | None, bool], ctx: Context | None
) -> None:
    channel, revealed = outcome
    user = engine.state.users[fact.by]
    target = channel.name if channel is not None else fact.target
    engine.hide(fact.about)
    engine.effects.append(Recall(entry.seq, entry.at, (fact.place,), _happening(engine, fact, target)))
    if channel is not None:
        if revealed:
            tell_revealed(engine, entry, channel, user)
        _tell(engine, fact, entry, engine.audience.of_channel(channel), target, ctx)
        _tell_in_words(engine, fact, entry, engine.audience.of_channel(channel), target)
        return
    own, others = engine.audience.of_users([user]), _other_side(engine, fact, user)
    _tell(engine, fact, entry, engine.audience.united([own, others]), target, ctx)
    _tell_in_words(engine, fact, entry, own, user.nick)
    _tell_in_words(engine, fact, entry, others, target)


def echo(ctx: Context, fact: facts.Redacted, entry: Entry) -> None:
    """The receipt of a redaction, for who sends it a second time."""
    channel = ctx.state.rooms.get(fact.place)
    params = _params(ctx.engine, fact, channel.name if channel is not None else fact.target, fact.about)
    tags = ctx.engine.tagger.tags(ctx.session.caps, entry.at, entry.seq, "", fact.account)
    ctx.line(replies.line(fact.source, "REDACT", *params), tags)


def _happening(engine: Engine, fact: facts.Redacted, target: str) -> Happening:
    """How history tells it."""
    return Happening(fact.source, "REDACT", _params(engine, fact, target, fact.about), fact.account)


def _params(engine: Engine, fact: facts.Redacted, target: str, place: int) -> tuple[str, ...]:
    reason = (fact.reason,) if fact.reason else ()
    return (target, engine.tagger.msgid(place), *reason)


def _other_side(engine: Engine, fact: facts.Redacted, user: User) -> Groups:
    """The sessions of who was written to, if he is here and did hear it."""
    recipient = engine.state.users.get(fact.recipient)
    if recipient is None or recipient is user or is_silenced(engine.state, recipient, user.uid):
        return {}
    return engine.audience.of_users([recipient])


def _tell(engine: Engine, fact: facts.Redacted, entry: Entry, groups: Groups, target: str, ctx: Context | None) -> None:
    """A REDACT to those who know it."""
    actor = engine.state.users[fact.by]
    for place in (fact.about, *fact.edits):
        text = replies.line(fact.source, "REDACT", *_params(engine, fact, target, place))
        seq = entry.seq if place == fact.about else 0

        def wording(bits: int, text: str = text, is_edit: bool = place != fact.about) -> str | None:
            knows_it_otherwise = is_edit and bits & KNOWS_EDITS == KNOWS_EDITS
            return text if bits & caps.REDACTION and not knows_it_otherwise else None

        telling.broadcast(engine, groups, entry, wording, ctx, seq, actor=actor)


def _tell_in_words(engine: Engine, fact: facts.Redacted, entry: Entry, groups: Groups, target: str) -> None:
    """A NOTICE to those who know no REDACT."""
    if not (fact.said_by and engine.settings.redactions_told):
        return
    nick, age = fact.source.partition("!")[0], in_words(max(entry.at - fact.said_at, 0) // 1000)
    user = engine.state.users[fact.by]
    is_own = is_author(engine.state, user, fact.author, fact.about)
    what = "took back a message" if is_own else f"took away a message of {fact.said_by}"
    words = f"{nick} {what} from {age} ago" + (f": {fact.reason}" if fact.reason else "")
    text = replies.line(engine.server_name, "NOTICE", target, words)
    telling.broadcast(engine, groups, entry, lambda bits: None if bits & caps.REDACTION else text, None)


means(facts.Redacted, check=_check, change=_change, announce=_announce)

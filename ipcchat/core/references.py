"""The older message that a command is about: REDACT, an edit, a reaction, a pin.

Rules:
1. It is looked up in the history of the command's target, within what the user may see of it (past.py): what he may not
   see is as unknown as what is not there.
2. A message belongs to the account that said it, or to the uid of somebody who had none, for as long as he is here;
   never to a nick. Who gets the name of a deleted account gets nothing of what was said under it before.
3. Who names an edit means the message that was edited: to clients that know no edits it is a message of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import past, permissions
from ipcchat.core.effects import HistoryAnswer, Lookup, Past, Spans
from ipcchat.core.errors import Failure
from ipcchat.core.facts import Entry, Posted, conversation, party
from ipcchat.core.permissions import Asked
from ipcchat.core.state import Channel, State, User
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.context import Context


class Place(msgspec.Struct, frozen=True):
    """A history as who asks sees it: what it is called (a channel, or the nick of the other side), and which spans of
    it are his. In private `other` is the uid of the other side, "" when it is not here, and `guest` his own when he has
    no account: then he sees what he said and what was said to him."""

    name: str
    history: str
    spans: Spans
    other: str = ""
    guest: str = ""


class Referred(msgspec.Struct, frozen=True):
    """The message that was found: its entry, what it says, and what is about it."""

    entry: Entry
    fact: Posted
    about: tuple[Entry, ...]

    @property
    def edits(self) -> list[Entry]:
        """Its later texts."""
        return [each for each in self.about if isinstance(each.fact, Posted) and is_edit(each.fact)]


def is_edit(fact: Posted) -> bool:
    """Whether it is another text for an earlier message."""
    return bool(fact.about) and fact.verb != "TAGMSG"


def place_of(state: State, user: User, target: str) -> Place | None:
    """Where a message of that target is looked up; None where there is nothing for this user."""
    if target[:1] == "#":
        room = state.channels.find(target)
        if room is None or user.uid not in room.members:
            return None
        return Place(room.name, room.history, past.of_channel(state, user, room))
    other = state.nicks.find(target)
    if user.account:
        history = past.conversation_with(state, user, target)
        name, uid = (other.nick, other.uid) if other is not None else (quotable(target), "")
        return Place(name, history, past.of_conversation(state, user), uid)
    if other is None:
        return None
    history = conversation(party("", user.nick), party(other.account, other.nick))
    return Place(other.nick, history, ((0, state.seq),), other.uid, user.uid)


def look_up(ctx: Context, place: Place, msgid: str, after: Callable[[Referred | None], None]) -> None:
    """Find the message of that msgid; `after` gets it, or None when there is none for this user. It may raise like a
    handler."""
    seq = ctx.engine.tagger.seq(msgid)
    if seq is None:
        after(None)
        return

    def answered(answer: HistoryAnswer) -> None:
        require_read(ctx, place, answer)
        found = _found(place, answer)
        if found is not None and is_edit(found.fact):
            look_up(ctx, place, ctx.engine.tagger.msgid(found.fact.about), after)
        else:
            after(found)

    ctx.ask(Lookup(place.history, seq, place.spans), answered)


def require_read(ctx: Context, place: Place, answer: HistoryAnswer) -> None:
    """The past could be read. Raises Failure."""
    if answer.error:
        text = f"That message could not be looked up: {answer.error}. Try again later."
        raise Failure(numerics.ERR_UNKNOWNERROR, ctx.command, "TEMPORARILY_UNAVAILABLE", place.name, text=text)


def _found(place: Place, answer: HistoryAnswer) -> Referred | None:
    """The message of an answer, if it is one for who asks."""
    for thing in answer.found:
        if thing.entry is not None and isinstance(thing.entry.fact, Posted) and _is_for(place, thing.entry.fact):
            return Referred(thing.entry, thing.entry.fact, thing.about)
    return None


def _is_for(place: Place, fact: Posted) -> bool:
    return not place.guest or place.guest in (fact.by, fact.recipient)


def author_of(fact: Posted) -> str:
    """Who said it: a folded account, or the uid of who had none. A uid has a dot in it, no account has."""
    return fold(fact.account) if fact.account else fact.by


def is_author(state: State, user: User, author: str, about: int) -> bool:
    """Whether what `author` (see author_of) said at the place `about` is the user's."""
    if author == user.uid:
        return True
    return bool(user.account) and author == fold(user.account) and about > past.account_after(state, user)


def _is_author(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return is_author(state, user, asked.author, asked.about)


permissions.RELATIONS |= {"author": _is_author}


def without(answer: HistoryAnswer, hidden: Container[int]) -> HistoryAnswer:
    """An answer without what is hidden and what was said about that; redactions themselves stay."""
    found = [_without(thing, hidden) for thing in answer.found if not _is_hidden(thing, hidden)]
    return msgspec.structs.replace(answer, found=found)


def _is_hidden(thing: Past, hidden: Container[int]) -> bool:
    fact = thing.entry.fact if thing.entry is not None else None
    return isinstance(fact, Posted) and (thing.seq in hidden or fact.about in hidden)


def _without(thing: Past, hidden: Container[int]) -> Past:
    if not any(each.seq in hidden for each in thing.about):
        return thing
    return msgspec.structs.replace(thing, about=tuple(each for each in thing.about if each.seq not in hidden))

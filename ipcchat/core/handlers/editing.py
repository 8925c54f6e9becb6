"""What a message has to do with an earlier one: another text for it (+draft/edit), or a reaction to it (TAGMSG with
+draft/react or +draft/unreact, and +reply).

    @+draft/edit=<msgid> PRIVMSG #tea :what I meant
    @+reply=<msgid>;+draft/react=lol TAGMSG #tea

Rules:
1. The message is looked up in the history of the recipient (references.py). A reaction to one that is not there for
   who sends it is relayed like any client tag, and not kept; an edit of it is refused. So nobody edits what others
   said: the tag +draft/edit is never relayed unchecked.
2. What is kept of a reaction is the reaction, and the id of its message: two tags.
3. Who reacts a second time with the same text gets the receipt of the first time, and nobody hears it again. Nobody
   hears either that a reaction is taken back which was not there.
4. A text that was edited is checked like a new one: bans, modes, filters. It is answered like one, too: it has a msgid
   of its own, and the idempotency key counts.
5. `+reply` on anything else is a client tag like others.

Specifications: IRCv3 reply and react client tags (https://ircv3.net/specs/client-tags/reply,
https://ircv3.net/specs/client-tags/react); docs/messages.md for edits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeGuard

from ipcchat.core import references
from ipcchat.core.apply.messages import check_edit
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Ignored, Refusal
from ipcchat.core.facts import AnyFact, Entry, Posted
from ipcchat.core.permissions import Asked
from ipcchat.core.posts import EDIT_TAG, KNOWS_EDITS
from ipcchat.core.references import Referred, author_of
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

REACT_TAG, UNREACT_TAG = "+draft/react", "+draft/unreact"
REPLY_TAGS = ("+reply", "+draft/reply")  # COMPAT: clients still write the name that the tag had as a draft.

GoOn = Callable[[int, bytes], None]
"""Say it: with the place of the message that it is about (0: none), and the id of an earlier post that it repeats."""


def concerns(ctx: Context, verb: str) -> bool:
    """Whether a message with these tags says of itself that it changes, or reacts to, an earlier one."""
    if verb != "TAGMSG":
        return EDIT_TAG in ctx.tags
    return (REACT_TAG in ctx.tags or UNREACT_TAG in ctx.tags) and bool(_replied_to(ctx))


def _replied_to(ctx: Context) -> str:
    return next((ctx.tags[name] for name in REPLY_TAGS if ctx.tags.get(name)), "")


def require_none(ctx: Context, verb: str, targets: str) -> None:
    """A message to several recipients is about no earlier one, which is in one history. Raises Refusal 407."""
    if concerns(ctx, verb):
        text = "An edit or a reaction goes to the one channel or person of its message"
        raise Refusal(numerics.ERR_TOOMANYTARGETS, quotable(targets), text=text)


def look_up(ctx: Context, verb: str, target: str, id: bytes, go_on: GoOn) -> None:
    """Find the message that this one is about, then go on. `id` is that of its idempotency key, or b"". Raises Refusal,
    and NotYet out of turn."""
    ctx.wait_for_turn()
    (_look_up_reacted if verb == "TAGMSG" else _look_up_edited)(ctx, verb, target, id, go_on)


def is_denied(tag: str, denied: Sequence[str]) -> bool:
    """Whether a client tag (without +) is not passed on: it is on the list, or the list begins with * and does not
    exempt it by -tag."""
    if not denied:
        return False
    return f"-{tag}" not in denied if denied[0] == "*" else tag in denied


def tags_of(ctx: Context, verb: str, about: int, tags: dict[str, str]) -> dict[str, str]:
    """The client tags of a message that is about another: that one is named by its own id, not by that of an edit."""
    msgid = ctx.engine.tagger.msgid(about)
    if verb != "TAGMSG":
        return {EDIT_TAG: msgid} | tags
    return {REPLY_TAGS[0]: msgid} | {name: tags[name] for name in (REACT_TAG, UNREACT_TAG) if name in tags}


def among_few(verb: str, channel: str, about: int) -> int:
    """What is said to some of a channel's members (@#room) is in nobody's history: a reaction there is about nothing
    that is kept. Raises Failure for an edit."""
    if verb == "TAGMSG":
        return 0
    text = "What is said to operators alone is not kept, and does not change what all have read"
    raise Failure(numerics.ERR_UNKNOWNERROR, "EDIT", "INVALID_TARGET", channel, text=text)


# Edits.


def _look_up_edited(ctx: Context, verb: str, target: str, id: bytes, go_on: GoOn) -> None:
    """Refusals are told, also to a NOTICE: who edits waits for an answer."""
    ctx.quiet = False
    if not ctx.session.has(KNOWS_EDITS):
        raise _disabled(target, "An edit needs the capabilities draft/message-edit and message-tags")
    if is_denied(EDIT_TAG[1:], ctx.engine.settings.tags_denied):
        raise _disabled(target, "Messages are not edited on this network")
    place = references.place_of(ctx.state, ctx.user, target)
    if place is None:
        text = f"You cannot edit messages in {quotable(target)}: join the channel first, or write to somebody"
        raise Failure(numerics.ERR_UNKNOWNERROR, "EDIT", "INVALID_TARGET", quotable(target), text=text)
    msgid = ctx.tags[EDIT_TAG]

    def found(message: Referred | None) -> None:
        if message is None:
            context, text = (place.name, quotable(msgid)), "This message does not exist or is too old"
            raise Failure(numerics.ERR_UNKNOWNERROR, "EDIT", "UNKNOWN_MSGID", *context, text=text)
        if not _is_among(message.about, id):
            _require_editable(ctx, verb, place.name, message)
        go_on(message.entry.seq, b"")

    references.look_up(ctx, place, msgid, found)


def _disabled(target: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "EDIT", "DISABLED", quotable(target), text=text)


def _is_among(entries: Sequence[Entry], id: bytes) -> bool:
    """Whether this was said already, with the same idempotency key."""
    return bool(id) and any(entry.fact.id == id for entry in entries)


def _require_editable(ctx: Context, verb: str, target: str, message: Referred) -> None:
    """The user may give the message another text now. Raises Failure."""
    engine, fact, seq = ctx.engine, message.fact, message.entry.seq
    author, channel = author_of(fact), ctx.state.rooms.get(fact.place or "")
    if channel is not None:
        check_edit(ctx.state, channel, ctx.user, Asked(author=author, about=seq))
    elif not references.is_author(ctx.state, ctx.user, author, seq):
        raise _forbidden(target, seq, "You edit only what you said yourself")
    if fact.verb != verb:
        raise _forbidden(target, seq, f"This was a {fact.verb}, and is edited by one")
    most = engine.limits.edit_seconds_max
    if most and engine.now.wall - message.entry.at > most * 1000:
        context, text = (target, engine.tagger.msgid(seq), str(most)), "You can no longer edit this message"
        raise Failure(numerics.ERR_UNKNOWNERROR, "EDIT", "EDIT_WINDOW_EXPIRED", *context, text=text)
    if len(message.edits) >= engine.limits.edits_per_message_max:
        text = f"This message was edited {len(message.edits)} times, as often as can be; write another"
        raise Failure(numerics.ERR_UNKNOWNERROR, "EDIT", "TOO_MANY_EDITS", target, text=text, about=seq)


def _forbidden(target: str, about: int, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "EDIT", "EDIT_FORBIDDEN", target, text=text, about=about)


# Reactions.


def _look_up_reacted(ctx: Context, verb: str, target: str, id: bytes, go_on: GoOn) -> None:
    tag = _reaction_tag(ctx, target)
    place = references.place_of(ctx.state, ctx.user, target)
    if place is None or is_denied(tag[1:], ctx.engine.settings.tags_denied):
        go_on(0, b"")
        return

    def found(message: Referred | None) -> None:
        if message is None or message.fact.verb == "TAGMSG":
            go_on(0, b"")
        elif _is_among(message.about, id):
            go_on(message.entry.seq, b"")
        else:
            go_on(message.entry.seq, _repeated(ctx, place.name, tag, message))

    references.look_up(ctx, place, _replied_to(ctx), found)


def _reaction_tag(ctx: Context, target: str) -> str:
    """Which of the two it is. Raises Failure."""
    tag = REACT_TAG if REACT_TAG in ctx.tags else UNREACT_TAG
    most = ctx.engine.limits.reaction_bytes_max
    if REACT_TAG in ctx.tags and UNREACT_TAG in ctx.tags:
        text = "A message reacts, or takes a reaction back; not both"
    elif not 0 < len(ctx.tags[tag].encode()) <= most:
        text = f"A reaction has 1 to {most} bytes"
    else:
        return tag
    raise Failure(numerics.ERR_UNKNOWNERROR, "TAGMSG", "INVALID_REACTION", quotable(target), text=text)


def _repeated(ctx: Context, target: str, tag: str, message: Referred) -> bytes:
    """The id of the reaction that this one repeats, b"" when it changes something. Raises Ignored when there is no
    reaction to take back, Failure when there are too many."""
    reactions = [(each.seq, each.fact) for each in message.about if _is_reaction(each.fact)]
    own = [fact for seq, fact in reactions if references.is_author(ctx.state, ctx.user, author_of(fact), seq)]
    same = [fact for fact in own if ctx.tags[tag] in (fact.tags.get(REACT_TAG), fact.tags.get(UNREACT_TAG))]
    is_there = bool(same) and REACT_TAG in same[-1].tags
    if is_there == (tag == REACT_TAG):
        if not same:
            raise Ignored
        return same[-1].id
    if tag == REACT_TAG:
        _require_room(ctx, target, message, len(reactions), len(own))
    return b""


def _is_reaction(fact: AnyFact) -> TypeGuard[Posted]:
    return isinstance(fact, Posted) and fact.verb == "TAGMSG"


def _require_room(ctx: Context, target: str, message: Referred, reactions: int, own: int) -> None:
    """There may be one more reaction; those that were taken back count. Raises Failure."""
    limits = ctx.engine.limits
    if own >= limits.reactions_per_author_max:
        text = f"You reacted to this message {own} times, as often as can be"
    elif reactions >= limits.reactions_per_message_max:
        text = f"This message has {reactions} reactions, as many as there can be"
    else:
        return
    about = message.entry.seq
    raise Failure(numerics.ERR_UNKNOWNERROR, "TAGMSG", "TOO_MANY_REACTIONS", target, text=text, about=about)

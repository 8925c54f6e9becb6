"""REDACT: taking back what one said, or away what others said.

The message is looked up in the history of the target (references.py); who may is decided by who said it and by the rank
in the channel (apply/redacting.py). How long people may take back what they said is a limit; operators of a channel
always may. An idempotency key (+ipc-chat/key) counts as it does for messages.

Specification: IRCv3 draft/message-redaction (https://ircv3.net/specs/extensions/message-redaction).
"""

from __future__ import annotations

from ipcchat.core import caps, facts, references, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.handlers.messages import idempotency_id
from ipcchat.core.references import Place, Referred
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics


@command("REDACT", spec=IRCV3 + "message-redaction")
def redact(ctx: Context, target: str, msgid: str, reason: str = "") -> None:
    """Take back what you said, or as an operator of a channel what somebody said there: REDACT #lobby <msgid> :wrong
    window. Programs know the id of a message."""
    if not ctx.session.caps & caps.REDACTION:
        text = "REDACT needs the capability draft/message-redaction"
        raise Refusal(numerics.ERR_UNKNOWNCOMMAND, "REDACT", text=text)
    id = ctx.key = idempotency_id(ctx, "REDACT", target, msgid)
    place = references.place_of(ctx.state, ctx.user, target)
    if place is None:
        text = f"You cannot delete messages from {quotable(target)}: join it first"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REDACT", "INVALID_TARGET", quotable(target), text=text)

    def found(message: Referred | None) -> None:
        if message is None:
            context, text = (place.name, quotable(msgid)), "This message does not exist or is too old"
            raise Failure(numerics.ERR_UNKNOWNERROR, "REDACT", "UNKNOWN_MSGID", *context, text=text)
        _redact(ctx, place, message, reason, id)

    references.look_up(ctx, place, msgid, found)


def _redact(ctx: Context, place: Place, message: Referred, reason: str, id: bytes) -> None:
    fact, entry, engine = message.fact, message.entry, ctx.engine
    is_reaction = fact.verb == "TAGMSG"
    redacted = facts.Redacted(
        id or engine.next_id(),
        engine.now.wall,
        ctx.user.uid,
        source=ctx.user.mask,
        target=place.name,
        place=place.history,
        about=entry.seq,
        reason=replies.fitting(reason, engine.limits.redaction_bytes_max),
        author=references.author_of(fact),
        recipient=place.other,
        account=ctx.user.account,
        said_by="" if is_reaction else fact.source.partition("!")[0],
        said_at=0 if is_reaction else entry.at,
        edits=tuple(each.seq for each in message.edits),
    )
    engine.check(redacted)
    _require_time(ctx, place, message)
    ctx.put(redacted)


def _require_time(ctx: Context, place: Place, message: Referred) -> None:
    """It is not too late, or who asks is an operator of the channel. Raises Failure."""
    most, room = ctx.engine.limits.redaction_seconds_max, ctx.state.rooms.get(place.history)
    if not most or (room is not None and rules.has_rank(room, ctx.user, "o")):
        return
    if ctx.engine.now.wall - message.entry.at > most * 1000:
        context = (place.name, ctx.engine.tagger.msgid(message.entry.seq), str(most))
        text = "You can no longer delete this message"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REDACT", "REDACT_WINDOW_EXPIRED", *context, text=text)

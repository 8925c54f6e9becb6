"""PIN, UNPIN and PINS: what the operators of a channel want everybody to find.

A vendor's commands, for which no capability is needed; docs/messages.md describes them for people who write clients.
"""

from __future__ import annotations

from ipcchat.core import facts, references, retelling
from ipcchat.core.context import Context
from ipcchat.core.effects import HistoryAnswer, Lookup, Past
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.references import Referred
from ipcchat.core.registry import command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

SPECIFICATION = "messages.md"
BATCH = "ipc-chat/pins"


@command("PIN", spec=SPECIFICATION)
def pin(ctx: Context, channel: str, msgid: str) -> None:
    """Pin a message in a channel that you are an operator of: PIN #lobby <msgid>."""
    room = ctx.joined_channel(quotable(channel))
    place = references.place_of(ctx.state, ctx.user, room.name)
    assert place is not None  # He is in the channel.

    def found(message: Referred | None) -> None:
        if message is None or message.fact.verb == "TAGMSG":
            raise _unknown(ctx, "PIN", room.name, msgid)
        ctx.propose(facts.Pinned, channel=room.name, about=message.entry.seq)

    references.look_up(ctx, place, msgid, found)


@command("UNPIN", spec=SPECIFICATION)
def unpin(ctx: Context, channel: str, msgid: str) -> None:
    """Take a message off those that are pinned: UNPIN #lobby <msgid>."""
    room = ctx.joined_channel(quotable(channel))
    seq = ctx.engine.tagger.seq(msgid)
    if seq is None:
        raise _unknown(ctx, "UNPIN", room.name, msgid)
    ctx.propose(facts.Pinned, channel=room.name, about=seq, pinned=False)


def _unknown(ctx: Context, command: str, channel: str, msgid: str) -> Failure:
    text = "This message does not exist or is too old"
    return Failure(numerics.ERR_UNKNOWNERROR, command, "UNKNOWN_MSGID", channel, quotable(msgid), text=text)


@command("PINS", spec=SPECIFICATION, cost=3.0)
def pins(ctx: Context, channel: str) -> None:
    """See the messages that are pinned in a channel: PINS #lobby."""
    room = ctx.joined_channel(quotable(channel))
    if not room.pins:
        ctx.note("NO_PINS", f"Nothing is pinned in {room.name}")
        return
    _ask(ctx, room.name, list(room.pins), [])


def _ask(ctx: Context, channel: str, places: list[int], found: list[Past]) -> None:
    """Look up the messages at these places, one after the other, then tell all."""
    place = references.place_of(ctx.state, ctx.user, channel)
    if place is None:  # The channel has another name by now, or he left it.
        raise Refusal(numerics.ERR_NOTONCHANNEL, channel)
    number = len(found)

    def answered(answer: HistoryAnswer) -> None:
        references.require_read(ctx, place, answer)
        thing = answer.found[0] if answer.found else Past(places[number], 0, place.history)
        found.append(thing)
        if len(found) < len(places):
            _ask(ctx, channel, places, found)
        else:
            _tell(ctx, channel, found)

    ctx.ask(Lookup(place.history, places[number], place.spans), answered)


def _tell(ctx: Context, channel: str, found: list[Past]) -> None:
    """The messages in a batch, and word of those that are not in history any more."""
    with ctx.batched(BATCH, channel):
        for thing in found:
            for line in retelling.retold(ctx, thing, channel):
                ctx.write(line)
    for thing in found:
        if thing.entry is None:
            msgid = ctx.engine.tagger.msgid(thing.seq)
            text = f"The pinned message {msgid} is gone from history; UNPIN {channel} {msgid} takes it off the list"
            ctx.note("MESSAGE_GONE", text)

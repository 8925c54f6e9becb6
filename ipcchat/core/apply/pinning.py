"""Pinned messages: a short list in each channel of what its operators want everybody to find.

Members hear of it by a NOTICE of the server, in words, with the message's id in the tag PIN_TAG or UNPIN_TAG for
clients that know message-tags. A message that is redacted is pinned no longer (redacting.py); one that left history
stays in the list until somebody takes it off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import caps, facts, replies, rules
from ipcchat.core.apply.channels import reveal, tell_revealed
from ipcchat.core.apply.meaning import means
from ipcchat.core.effects import Fan
from ipcchat.core.errors import Failure
from ipcchat.core.facts import Entry
from ipcchat.core.state import Channel, Pin, State
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

PIN_TAG, UNPIN_TAG = "ipc-chat/pin", "ipc-chat/unpin"
SHOWN_BY = "; PINS {} shows them"
"""The end of the NOTICE, with the channel's name: a command that not every door has."""


def _check(state: State, fact: facts.Pinned) -> None:
    user = rules.actor(state, fact)
    channel = rules.joined_channel(state, user, fact.channel)
    rules.require("pin", state, channel, user)
    if fact.pinned:
        _check_new(state, channel, fact.about)
    elif fact.about not in channel.pins:
        text = f"That message is not pinned; PINS {channel.name} shows what is"
        raise Failure(numerics.ERR_UNKNOWNERROR, "UNPIN", "NOT_PINNED", channel.name, text=text, about=fact.about)


def _check_new(state: State, channel: Channel, about: int) -> None:
    """One more message may be pinned. Raises Failure."""
    if about in channel.pins:
        text = f"That message is pinned already; PINS {channel.name} shows what is"
        raise Failure(numerics.ERR_UNKNOWNERROR, "PIN", "ALREADY_PINNED", channel.name, text=text, about=about)
    most = state.limits.pins_per_channel_max
    if len(channel.pins) >= most:
        text = f"{channel.name} has {most} pinned messages, as many as there may be; UNPIN one first"
        raise Failure(numerics.ERR_UNKNOWNERROR, "PIN", "TOO_MANY_PINS", channel.name, text=text, about=about)


def _change(state: State, fact: facts.Pinned, entry: Entry) -> tuple[Channel, bool]:
    """The channel, and whether who pins was hidden in it until now."""
    channel, user = state.channels[fact.channel], state.users[fact.by]
    if fact.pinned:
        channel.pins = dict(sorted({**channel.pins, fact.about: Pin(user.mask, entry.at)}.items()))
    else:
        del channel.pins[fact.about]
    return channel, reveal(channel, user)


def _announce(
    engine: Engine, fact: facts.Pinned, entry: Entry, outcome: tuple[Channel, bool], ctx: Context | None
) -> None:
    channel, revealed = outcome
    user = engine.state.users[fact.by]
    if revealed:
        tell_revealed(engine, entry, channel, user)
    words = f"{user.nick} pinned a message" if fact.pinned else f"{user.nick} took a message off the pinned ones"
    text = replies.line(engine.server_name, "NOTICE", channel.name, words + SHOWN_BY.format(channel.name))
    mark = f"{PIN_TAG if fact.pinned else UNPIN_TAG}={engine.tagger.msgid(fact.about)}"
    own = ctx.session if ctx is not None and ctx.label else None
    for (bits, lane), links in engine.audience.of_channel(channel).items():
        line = replies.encoded(_tags(engine, bits, entry, mark), text)
        engine.effects.append(Fan(lane, links, line, own.link if own is not None else None))
    if own is not None and ctx is not None:
        ctx.line(text, _tags(engine, own.caps, entry, mark))


def _tags(engine: Engine, bits: int, entry: Entry, mark: str) -> str:
    tags = engine.tagger.tags(bits, entry.at, entry.seq)
    return replies.joined_tags(tags, mark) if bits & caps.MESSAGE_TAGS else tags


means(facts.Pinned, check=_check, change=_change, announce=_announce)

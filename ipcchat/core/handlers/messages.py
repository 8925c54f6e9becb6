"""Saying things: PRIVMSG, NOTICE and TAGMSG.

A message with the client tag `+ipc-chat/key` (16 to 64 characters) is one message however often it is sent with the
same key, target and text: the journal keeps the first and its sender gets that one's receipt again. The key is not
shown to others. A NOTICE gets the same error replies as a PRIVMSG only where the sender asked for them with a label;
RFC 2812 3.3.2 forbids automatic replies.
"""

from __future__ import annotations

import hashlib

from ipcchat.core import caps, facts, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.handlers.channels import quotable
from ipcchat.core.registry import IRCV3, MODERN, command
from ipcchat.core.state import Channel, User
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

KEY_TAG = "+ipc-chat/key"
TYPING_TAG = "+typing"


@command("PRIVMSG", spec=MODERN + "privmsg-message", pipelined=True)
def privmsg(ctx: Context, targets: str = "", text: str = "") -> None:
    """Say something to a channel or a person: PRIVMSG #lobby :hello."""
    if not targets or not text:
        raise _wordless("PRIVMSG", targets)
    _say(ctx, "PRIVMSG", targets, text)


@command("NOTICE", spec=MODERN + "notice-message", pipelined=True)
def notice(ctx: Context, targets: str = "", text: str = "") -> None:
    """Say something that no program may answer by itself."""
    try:
        if not targets or not text:
            raise _wordless("NOTICE", targets)
        _say(ctx, "NOTICE", targets, text)
    except Refusal:
        if not ctx.label:
            raise Ignored from None
        raise


@command("TAGMSG", spec=IRCV3 + "message-tags", pipelined=True)
def tagmsg(ctx: Context, targets: str = "") -> None:
    """Send client tags without a text, for instance that you are typing."""
    if not ctx.session.caps & caps.MESSAGE_TAGS:
        raise Refusal(numerics.ERR_UNKNOWNCOMMAND, "TAGMSG", text="TAGMSG needs the capability message-tags")
    if not targets:
        raise Refusal(numerics.ERR_NORECIPIENT, text="No recipient given (TAGMSG)")
    if _client_tags(ctx):
        _say(ctx, "TAGMSG", targets, "")


def _wordless(verb: str, targets: str) -> Refusal:
    if targets:
        return Refusal(numerics.ERR_NOTEXTTOSEND)
    return Refusal(numerics.ERR_NORECIPIENT, text=f"No recipient given ({verb})")


def _say(ctx: Context, verb: str, targets: str, text: str) -> None:
    if "," not in targets:
        _post(ctx, verb, targets, text)
        return
    ctx.wait_for_turn()
    unique = {fold(target): target for target in targets.split(",") if target}
    if not unique:
        raise Refusal(numerics.ERR_NORECIPIENT, text=f"No recipient given ({verb})")
    most = ctx.engine.limits.targets_per_message_max
    if len(unique) > most:
        raise Refusal(numerics.ERR_TOOMANYTARGETS, quotable(targets), text=f"At most {most} recipients in one message")
    for target in unique.values():
        with ctx.attempt():
            _post(ctx, verb, target, text)


def _post(ctx: Context, verb: str, target: str, text: str) -> None:
    engine, sender, room, recipient = ctx.engine, ctx.user, None, ""
    written, source = target, sender.mask
    if target.startswith("#"):
        room = engine.state.channels.find(target)
        target = room.name if room is not None else quotable(target)
    else:
        other = ctx.find_user(quotable(target))
        target, recipient = other.nick, other.uid
    _check_size(source, verb, target, text)
    tags = _client_tags(ctx) if ctx.tags else {}
    kind = facts.Hinted if verb == "TAGMSG" and tags.keys() == {TYPING_TAG} else facts.Posted
    id = (_idempotency_id(ctx, verb, target, text) if ctx.tags else b"") or engine.next_id()
    try:
        ctx.put(kind(id, engine.now.wall, sender.uid, source, verb, target, text, tags, recipient))
    except Refusal:
        if room is not None:
            _refuse(room, sender, written)
        raise


def _refuse(room: Channel, sender: User, written: str) -> None:
    """Say no by the name that the sender wrote, so that a secret channel's own spelling stays secret."""
    if not rules.may_know(room, sender):
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, quotable(written)) from None
    raise Refusal(numerics.ERR_CANNOTSENDTOCHAN, quotable(written)) from None


def _check_size(source: str, verb: str, target: str, text: str) -> None:
    """The line that others get must fit into 512 bytes; nothing is ever cut. Raises Refusal 417."""
    size = len(source) + len(verb) + len(target) + len(text) + 5
    if not (target.isascii() and text.isascii()):
        size = len(f":{source} {verb} {target} :{text}".encode())
    if size > replies.REPLY_BYTES_MAX:
        over = size - replies.REPLY_BYTES_MAX
        raise Refusal(
            numerics.ERR_INPUTTOOLONG, text=f"The message is {over} bytes too long for others to receive; split it"
        )


def _client_tags(ctx: Context) -> dict[str, str]:
    """The client-only tags to relay: those with +, from clients with message-tags, without the idempotency key."""
    if not ctx.session.caps & caps.MESSAGE_TAGS:
        return {}
    return {name: value for name, value in ctx.tags.items() if name.startswith("+") and name != KEY_TAG}


def _idempotency_id(ctx: Context, verb: str, target: str, text: str) -> bytes:
    """The fact's id when the sender gave a key: the same for the same key, target and text. b"" without one."""
    key, limits = ctx.tags.get(KEY_TAG, ""), ctx.engine.limits
    if not limits.key_tag_characters_min <= len(key) <= limits.key_tag_characters_max:
        return b""
    written = "\0".join((key, verb, fold(target), text))
    return hashlib.blake2b(written.encode(), digest_size=16).digest()

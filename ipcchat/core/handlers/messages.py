"""Saying things: PRIVMSG, NOTICE and TAGMSG.

Rules:
1. A message with the client tag `+ipc-chat/key` (16 to 64 characters) is one message however often it is sent with the
   same key, target and text, by whatever session of the same account: the journal keeps the first and its sender gets
   that one's receipt again, also when he may not say it any more. The key is not shown to others.
2. A NOTICE is refused without a word, but to a label there is always an answer (RFC 2812 3.3.2 forbids automatic
   replies; IRCv3 labeled-response asks for one). That nothing can be journaled is told in any case.
3. STATUSMSG: whoever may speak in a channel may write to any of its ranks, also one that he has not: @#room is how
   people call for an operator. Of several prefixes the lowest counts.
4. Where +U shows operators what others may not say, the sender's echo says so too: it came to @#room.
5. Only a PRIVMSG disturbs somebody with +g; a NOTICE or TAGMSG is just not for him, nor is an edit.
6. An edit, and a reaction to a message of that channel or person, is about that message; see editing.py.
"""

from __future__ import annotations

import hashlib
from typing import NoReturn

from ipcchat.core import caps, facts, replies, rules, services
from ipcchat.core.awaited import try_again
from ipcchat.core.context import Context
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import LINE_BREAK, SEAM
from ipcchat.core.filters import Caught
from ipcchat.core.handlers import editing
from ipcchat.core.handlers.filters import punish
from ipcchat.core.modes import CHANNEL_CLASSES
from ipcchat.core.posts import EDIT_TAG
from ipcchat.core.rates import Rate
from ipcchat.core.registry import IRCV3, MODERN, command
from ipcchat.core.services import Service
from ipcchat.core.state import DEFAULT_FLAGS, Channel, State, User
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.formatting import is_formatted, strip_formatting

KEY_TAG = "+ipc-chat/key"
NOT_RELAYED = (KEY_TAG, EDIT_TAG)
TYPING_TAG = "+typing"
HINTS = Rate(6, 15)
SYMBOLS = CHANNEL_CLASSES.symbols
OPERATOR_SYMBOLS = SYMBOLS[: SYMBOLS.index("@") + 1]


@command("PRIVMSG", spec=MODERN + "privmsg-message", pipelined=True)
def privmsg(ctx: Context, targets: str = "", text: str = "") -> None:
    """Say something to a channel, to those of some rank in it, or to a person: PRIVMSG #lobby :hello, PRIVMSG @#lobby
    :help!, PRIVMSG ann :hello."""
    _say(ctx, "PRIVMSG", targets, text)


@command("NOTICE", spec=MODERN + "notice-message", pipelined=True)
def notice(ctx: Context, targets: str = "", text: str = "") -> None:
    """Say something that no program may answer by itself: NOTICE #lobby :hello."""
    ctx.quiet = not ctx.label
    _say(ctx, "NOTICE", targets, text)


@command("TAGMSG", spec=IRCV3 + "message-tags", pipelined=True)
def tagmsg(ctx: Context, targets: str = "") -> None:
    """Send client tags without a text, for instance that you are typing: @+typing=active TAGMSG #lobby."""
    if not ctx.session.caps & caps.MESSAGE_TAGS:
        raise Refusal(numerics.ERR_UNKNOWNCOMMAND, "TAGMSG", text="TAGMSG needs the capability message-tags")
    if not targets:
        raise Refusal(numerics.ERR_NORECIPIENT, text="No recipient given (TAGMSG)")
    if not _client_tags(ctx):
        ctx.wait_for_turn()
    elif "," in targets:
        _post_to_each(ctx, "TAGMSG", targets, "")
    else:
        post(ctx, "TAGMSG", targets, "")


def _say(ctx: Context, verb: str, targets: str, text: str) -> None:
    if not targets:
        raise Refusal(numerics.ERR_NORECIPIENT, text=f"No recipient given ({verb})")
    if not text:
        raise Refusal(numerics.ERR_NOTEXTTOSEND)
    if "," in targets:
        _post_to_each(ctx, verb, targets, text)
    else:
        post(ctx, verb, targets, text)


def _post_to_each(ctx: Context, verb: str, targets: str, text: str) -> None:
    ctx.wait_for_turn()
    unique = {fold(target): target for target in targets.split(",") if target}
    if not unique:
        raise Refusal(numerics.ERR_NORECIPIENT, text=f"No recipient given ({verb})")
    most = ctx.engine.limits.targets_per_message_max
    if len(unique) > most:
        raise Refusal(numerics.ERR_TOOMANYTARGETS, quotable(targets), text=f"At most {most} recipients in one message")
    if len(unique) > 1:
        services.require_none(unique.values())
        editing.require_none(ctx, verb, targets)
    for target in unique.values():
        with ctx.attempt():
            post(ctx, verb, target, text)


def post(ctx: Context, verb: str, target: str, text: str, about: int | None = None, id: bytes = b"") -> None:
    """Say something to one recipient. A text of several lines has LINE_BREAK and SEAM in it, see facts.Posted. `about`
    is the place of the message that it changes (0: none), and `id` the fact's, when that has been looked up. Raises
    Refusal, and NotYet when a service is asked, or a message has to be looked up, out of turn."""
    if ctx.tags and about is None:
        id = ctx.key = idempotency_id(ctx, verb, target, text)
        if editing.concerns(ctx, verb):
            editing.look_up(
                ctx, verb, target, id, lambda about, first: post(ctx, verb, target, text, about, first or id)
            )
            return
    status = ""
    if target[0] != "#":
        name = target.lstrip(SYMBOLS)
        if name[:1] != "#":
            _post_to_person(ctx, verb, target, text, id, about or 0)
            return
        status, target = max(target[: -len(name)], key=SYMBOLS.index), name
    room = ctx.engine.state.channels.find(target)
    if room is None or ("s" in room.flags and not rules.may_know(room, ctx.user)):
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, quotable(target))
    if room.flags != DEFAULT_FLAGS:
        if "S" in room.flags:
            text = _without_formatting(text)
        if "U" in room.flags:
            status = _status_shown(ctx.state, room, ctx.user, status)
    if about and status:
        about = editing.among_few(verb, room.name, about)
    _put(ctx, verb, room.name, text, id, status, "", room.room, "", about or 0)


def _status_shown(state: State, room: Channel, sender: User, status: str) -> str:
    """The rank to which it goes: operators, when the sender may not speak and they are shown it nevertheless (+U)."""
    if status and status in OPERATOR_SYMBOLS:
        return status
    held_back = rules.speech_problem(state, room, sender) and rules.is_shown_to_operators(room, sender)
    return "@" if held_back else status


def _without_formatting(text: str) -> str:
    """What is left of a text, or of each of its lines. Raises Refusal 412 when that is nothing."""
    if not is_formatted(text):
        return text
    lines = [[strip_formatting(piece) for piece in line.split(SEAM)] for line in text.split(LINE_BREAK)]
    plain = LINE_BREAK.join(SEAM.join(piece for piece in pieces if piece) for pieces in lines)
    if not plain.strip(LINE_BREAK):
        raise Refusal(numerics.ERR_NOTEXTTOSEND, text="No text to send: formatting is taken out here (+S)")
    return plain


def _post_to_person(ctx: Context, verb: str, target: str, text: str, id: bytes, about: int) -> None:
    person = ctx.state.nicks.find(target) or _found_otherwise(ctx, target)
    if isinstance(person, Service):
        services.hear(ctx, person, verb, text)
        return
    try:
        _put(ctx, verb, person.nick, text, id, "", person.uid, "", person.account, about)
    except Refusal as refusal:
        if refusal.numeric is not numerics.RPL_TARGUMODEG or verb != "PRIVMSG" or about:
            raise
        _tell_refused_caller(ctx, person)


def _tell_refused_caller(ctx: Context, recipient: User) -> None:
    """Both hear that the message was not delivered (+g), unless it was, when it was sent first."""

    def not_delivered() -> None:
        ctx.propose(facts.CallerRefused, recipient=recipient.uid)

    if ctx.key:
        ctx.wait_for_turn()
        ctx.unless_done(not_delivered)
    else:
        not_delivered()


def _found_otherwise(ctx: Context, target: str) -> User | Service:
    """A service, or somebody who is addressed as nick@server. Raises Refusal 401."""
    nick, at, server = target.partition("@")
    if not at or fold(server) == fold(ctx.engine.server_name):
        found = ctx.state.nicks.find(nick) or services.find(nick)
        if found is not None:
            return found
    if target[0] == "$":
        text = "No message goes to everybody who matches a mask here; write to a channel or a nick"
        raise Refusal(numerics.ERR_NOSUCHNICK, quotable(target), text=text)
    raise Refusal(numerics.ERR_NOSUCHNICK, quotable(target))


def _count_hint(ctx: Context, target: str) -> None:
    """That somebody types is told every three seconds at most, and forgotten by clients after six (IRCv3 typing): what
    comes faster is not passed on. Raises Ignored."""
    rates, uid, ticks = ctx.engine.rates, ctx.user.uid, ctx.engine.now.ticks
    if rates.pause(uid, f"hint {fold(target)}", HINTS, ticks):
        raise Ignored
    rates.count(uid, f"hint {fold(target)}", HINTS, ticks)


def _put(
    ctx: Context,
    verb: str,
    target: str,
    text: str,
    id: bytes,
    status: str,
    recipient: str,
    room: str,
    recipient_account: str = "",
    about: int = 0,
) -> None:
    """Propose the message, as others will get it."""
    engine, sender = ctx.engine, ctx.user
    source = sender.mask
    _check_size(source, verb, status + target, text)
    tags = _client_tags(ctx) if ctx.tags else {}
    if about:
        tags = editing.tags_of(ctx, verb, about, tags)
    kind = facts.Hinted if verb == "TAGMSG" and tags.keys() == {TYPING_TAG} else facts.Posted
    if kind is facts.Hinted and engine.rated:
        _count_hint(ctx, target)
    if engine.awaited.is_full(engine.limits):
        _refuse_for_now(ctx, kind, verb, status + target)
    fact = kind(
        id or engine.next_id(),
        engine.now.wall,
        sender.uid,
        source,
        verb,
        target,
        text,
        tags,
        recipient,
        status,
        sender.account,
        sender.marks if sender.modes else "",
        room,
        recipient_account,
        about,
    )
    try:
        ctx.put(fact)
    except Caught as caught:
        punish(ctx, caught)
        raise


def _refuse_for_now(ctx: Context, kind: type[facts.Posted], verb: str, target: str) -> NoReturn:
    """Too much waits for the disk: raises Failure TRY_AGAIN, of which also who says a NOTICE hears, or Ignored for what
    would be too late anyway."""
    if kind is facts.Hinted:
        raise Ignored
    ctx.quiet = False
    raise try_again(verb, target)


def _check_size(source: str, verb: str, whom: str, text: str) -> None:
    """The line that others get must fit into 512 bytes, and so must each of several; nothing is ever cut. Raises
    Refusal 417."""
    size = len(source) + len(verb) + len(whom) + len(text) + 5
    if not (whom.isascii() and text.isascii()):
        size = len(f":{source} {verb} {whom} :{text}".encode())
    if size <= replies.REPLY_BYTES_MAX:
        return
    room = replies.REPLY_BYTES_MAX - (size - len(text.encode()))
    pieces = text.replace(SEAM, LINE_BREAK).split(LINE_BREAK)
    for number, piece in enumerate(pieces, 1):
        over = len(piece.encode()) - room
        if over > 0:
            what = "The message" if len(pieces) == 1 else f"Line {number} of the message"
            text = f"{what} is {over} bytes too long for others to receive; split it"
            raise Refusal(numerics.ERR_INPUTTOOLONG, text=text)


def _client_tags(ctx: Context) -> dict[str, str]:
    """The client-only tags to relay: those with +, from clients with message-tags, without the idempotency key, those
    that the settings deny (CLIENTTAGDENY), and the claim to be an edit, which nobody passes on unchecked."""
    if not ctx.session.caps & caps.MESSAGE_TAGS:
        return {}
    found = {name: value for name, value in ctx.tags.items() if name.startswith("+") and name not in NOT_RELAYED}
    denied = ctx.engine.settings.tags_denied
    if found and denied:
        return {name: value for name, value in found.items() if not editing.is_denied(name[1:], denied)}
    return found


def idempotency_id(ctx: Context, verb: str, target: str, text: str) -> bytes:
    """The fact's id when the sender gave a key: the same for the same key, target and text of the same account. b""
    without one.

    Who has no account is known by nothing that outlasts his connection: after a cut his nick may be held by his own
    ghost, and his address is another one. Among people without an account the key alone says who sends, so it has to be
    a secret; it is never shown to anybody.
    """
    key, limits = ctx.tags.get(KEY_TAG, ""), ctx.engine.limits
    if not limits.key_tag_characters_min <= len(key) <= limits.key_tag_characters_max:
        return b""
    written = "\0".join((key, fold(ctx.user.account), verb, fold(target), text))
    return hashlib.blake2b(written.encode(), digest_size=16).digest()

"""What is said: to channels, to the members of at least some rank, and to people; other texts for it, reactions to it;
and word of what did not get through.

An edit goes with its tag to clients that know edits (draft/message-edit); to the others it is an ordinary message that
says so (posts.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import audit, bans, caps, describe, extbans, facts, filters, hooks, replies, rules
from ipcchat.core.apply import files, telling
from ipcchat.core.apply.channels import reveal, tell_revealed
from ipcchat.core.apply.meaning import means
from ipcchat.core.audience import Groups
from ipcchat.core.effects import Fan, Past
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.facts import LINE_BREAK, SEAM, Entry
from ipcchat.core.files import may_mention
from ipcchat.core.modes import CHANNEL_CLASSES, is_at_least
from ipcchat.core.permissions import Asked, obstacle
from ipcchat.core.posts import ACTION, KNOWS_EDITS, post_line, several_lines, without_tag
from ipcchat.core.references import is_edit
from ipcchat.core.state import DEFAULT_FLAGS, Channel, State, User
from ipcchat.wire import numerics
from ipcchat.wire.formatting import is_formatted

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

ABSENT = "Their connection to the server was lost just now and may come back; say it again in a minute"
CALLER_ID = "hears only people whom he has accepted (+g); your message was not delivered"
OPERATOR_SYMBOLS = CHANNEL_CLASSES.symbols[: CHANNEL_CLASSES.symbols.index("@") + 1]


def _check_post(state: State, fact: facts.Posted) -> None:
    user = rules.actor(state, fact)
    if fact.source != user.mask:
        raise Refusal(numerics.ERR_CANNOTSENDTOCHAN, fact.target, text="Your nick changed on the way; send it again")
    if fact.about and fact.account != user.account:
        text = "You logged in or out on the way; send it again"
        raise Refusal(numerics.ERR_CANNOTSENDTOCHAN, fact.target, text=text)
    if state.filters:
        filters.check(state, user, fact.target, fact.text)
    if fact.recipient:
        _check_recipient(state, user, fact)
        return
    channel = state.channels.find(fact.target)
    if channel is None or channel.room != fact.room:
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, fact.target)
    problem = rules.speech_problem(state, channel, user)
    if channel.flags != DEFAULT_FLAGS:
        if problem and fact.status and fact.status in OPERATOR_SYMBOLS and rules.is_shown_to_operators(channel, user):
            problem = ""
        problem = problem or _text_problem(channel.flags, fact.text)
    if problem:
        rules.visible_channel(state, user, fact.target)
        raise Refusal(numerics.ERR_CANNOTSENDTOCHAN, channel.name, text=problem)
    if fact.about and is_edit(fact):
        # Whose message it is was asked when this was proposed (handlers/editing.py), and is his still.
        check_edit(state, channel, user, Asked(author=user.uid, about=fact.about))


def check_edit(state: State, channel: Channel, user: User, asked: Asked) -> None:
    """The user may edit, in that channel, what the author asked for said. Raises Failure."""
    row = obstacle("edit", state, channel, user, asked)
    if row is not None:
        code = "EDIT_FORBIDDEN" if not row.condition else "DISABLED"
        raise Failure(numerics.ERR_UNKNOWNERROR, "EDIT", code, channel.name, text=row.text, about=asked.about)


def _text_problem(flags: str, text: str) -> str:
    """Why the channel does not want this text (+C, +c), for people; "" when it does."""
    if "C" in flags and is_ctcp(text):
        return "Cannot send to channel (+C: no CTCP but actions)"
    if "c" in flags and is_formatted(text):
        return "Cannot send to channel (+c: no colours or other formatting)"
    return ""


def is_ctcp(text: str) -> bool:
    """Whether a text, or one of its lines, is a CTCP message other than an action."""
    if "\x01" not in text:
        return False
    lines = text.replace(SEAM, LINE_BREAK).split(LINE_BREAK)
    return any(line[:1] == "\x01" and not line.startswith(ACTION) for line in lines)


def _check_recipient(state: State, user: User, fact: facts.Posted) -> None:
    recipient = state.users.get(fact.recipient)
    if recipient is None:
        raise Refusal(numerics.ERR_NOSUCHNICK, fact.target)
    if recipient.lost and not (recipient.sessions or recipient.account):
        # Nobody keeps for people without an account what is written to them in private.
        raise Refusal(numerics.ERR_CANTSENDTOUSER, recipient.nick, text=ABSENT)
    if state.lockdown <= bans.STRANGERS_WRITING and not user.account:
        _check_stranger(recipient, user)
    if not recipient.modes or recipient is user:
        return
    problem = _recipient_problem(recipient, user, fact.text)
    if problem:
        raise Refusal(numerics.ERR_CANTSENDTOUSER, recipient.nick, text=problem)
    if "g" in recipient.modes and not is_accepted(recipient, user):
        raise Refusal(numerics.RPL_TARGUMODEG, recipient.nick, text=CALLER_ID)


def _check_stranger(recipient: User, user: User) -> None:
    """While the network is locked down, people without an account write in private to operators and those who accepted
    them. Raises Refusal 531."""
    if recipient is not user and "o" not in recipient.modes and not is_accepted(recipient, user):
        text = "The network is locked down: only people with an account write to others in private"
        raise Refusal(numerics.ERR_CANTSENDTOUSER, recipient.nick, text=text)


def _recipient_problem(recipient: User, user: User, text: str) -> str:
    """Why somebody with user modes does not get the message, for people."""
    if "R" in recipient.modes and not user.account and not is_accepted(recipient, user):
        return "They get private messages only from people with an account (+R)"
    if "T" in recipient.modes and is_ctcp(text):
        return "They get no CTCP but actions (+T)"
    return ""


def is_accepted(recipient: User, user: User) -> bool:
    """Whether the recipient hears the user although he is +g: by ACCEPT, or because he is an operator."""
    return user.uid in recipient.accepted or rules.is_network_operator(user)


def _change_post(state: State, fact: facts.Posted, entry: Entry) -> tuple[Channel | None, bool]:
    """The channel it was said in, and whether its author was hidden in it until now."""
    state.users[fact.by].spoke = entry.at
    if may_mention(fact.text):
        files.carry(state, fact, entry)
    if fact.recipient:
        return None, False
    channel = state.channels.find(fact.target)
    return channel, channel is not None and bool(channel.hidden) and reveal(channel, state.users[fact.by])


def _change_hint(state: State, fact: facts.Posted, entry: Entry) -> tuple[Channel | None, bool]:
    return None if fact.recipient else state.channels.find(fact.target), False


def _announce_post(
    engine: Engine, fact: facts.Posted, entry: Entry, outcome: tuple[Channel | None, bool], ctx: Context | None
) -> None:
    room, revealed = outcome
    if room is None:
        _to_user(engine, entry, fact, ctx)
    else:
        if revealed:
            tell_revealed(engine, entry, room, engine.state.users[fact.by])
        groups = _ranked(engine, room, fact.status) if fact.status else engine.audience.of_channel(room)
        to_channel(engine, entry, fact, groups, ctx)
        if room.hooks:
            hooks.wake(engine, room)
    if ctx is not None:
        echo(ctx, fact, entry.at, entry.seq)
    if engine.state.pushes:
        engine.pushing.said(engine, fact, entry.at, entry.seq, here=ctx is not None)
    if engine.state.filters:
        _tell_warning(engine, fact, entry, ctx)


def _tell_warning(engine: Engine, fact: facts.Posted, entry: Entry, ctx: Context | None) -> None:
    """Operators who want it hear of what a filter only warns of; not what it was."""
    user = engine.state.users[fact.by]
    found = filters.warning(engine.state, user, fact.text)
    if found is None:
        return
    where = "in private" if fact.recipient else f"in {fact.target}"
    telling.server_notice(engine, entry, "f", f"{user.mask} said {where} what a filter warns of: {found.pattern}")
    if ctx is not None:
        audit.write(engine, audit.FILTERED, ctx.session, found.pattern, f"{found.action} {where}")


def _announce_hint(
    engine: Engine, fact: facts.Hinted, entry: Entry, outcome: tuple[Channel | None, bool], ctx: Context | None
) -> None:
    """A member whom others do not see yet (+D) is not given away by his typing."""
    room, _ = outcome
    if room is None or fact.by not in room.hidden:
        _announce_post(engine, fact, entry, outcome, ctx)
    elif ctx is not None:
        echo(ctx, fact, entry.at, entry.seq)


def _ranked(engine: Engine, channel: Channel, symbol: str) -> Groups:
    """The members with at least the prefix of that symbol."""
    rank = CHANNEL_CLASSES.prefixes[CHANNEL_CLASSES.symbols.index(symbol)]
    return engine.audience.of_users([user for user, modes in engine.state.members(channel) if is_at_least(modes, rank)])


def to_channel(engine: Engine, entry: Entry, fact: facts.Posted, groups: Groups, ctx: Context | None) -> None:
    """Let these hear a message, but for the session that says it."""
    if fact.about and is_edit(fact):
        _edit_to_channel(engine, entry, msgspec.structs.replace(fact, about=0), groups, ctx)
        return
    skip = ctx.session.link if ctx is not None else None
    if LINE_BREAK in fact.text or SEAM in fact.text:
        for (bits, lane), links in groups.items():
            for row in several_lines(engine, fact, bits, entry.at, entry.seq):
                engine.effects.append(Fan(lane, links, replies.encoded(row.tags, row.text), skip))
        return
    text, client_tags = post_line(fact), replies.written_tags(fact.tags)
    for (bits, lane), links in groups.items():
        if bits & caps.MESSAGE_TAGS or fact.verb != "TAGMSG":
            tags = engine.tagger.tags(bits, entry.at, entry.seq, client_tags, fact.account, fact.marks)
            engine.effects.append(Fan(lane, links, replies.encoded(tags, text), skip))


def _edit_to_channel(engine: Engine, entry: Entry, fact: facts.Posted, groups: Groups, ctx: Context | None) -> None:
    """An edit in the words of those who know edits, and in those of the others."""
    knowing = {group: links for group, links in groups.items() if group[0] & KNOWS_EDITS == KNOWS_EDITS}
    others = {group: links for group, links in groups.items() if group not in knowing}
    to_channel(engine, entry, fact, knowing, ctx)
    to_channel(engine, entry, without_tag(fact), others, ctx)


def _to_user(engine: Engine, entry: Entry, fact: facts.Posted, ctx: Context | None) -> None:
    """A user gets it unless he does not want to hear that one (SILENCE); the sender's other sessions get it, too, where
    they know messages of their own (echo-message)."""
    sessions = engine.audience.of(fact.recipient)
    if sessions and not is_silenced(engine.state, engine.state.users[fact.recipient], fact.by):
        only = sessions[0]
        groups = {only.group: [only.link]} if len(sessions) == 1 else engine.audience.of_sessions(sessions)
        to_channel(engine, entry, fact, groups, None)
    own = engine.audience.of(fact.by)
    if len(own) > (ctx is not None) and fact.recipient != fact.by:
        knowing = [session for session in own if session.caps & caps.ECHO_MESSAGE]
        to_channel(engine, entry, fact, engine.audience.of_sessions(knowing), ctx)


def is_silenced(state: State, recipient: User, uid: str) -> bool:
    """Whether the recipient's SILENCE list hits the sender; nobody silences himself."""
    if not recipient.silenced or recipient.uid == uid:
        return False
    return extbans.any_hits(state, state.users[uid], recipient.silenced)


def is_wanted(state: State, reader: User, thing: Past) -> bool:
    """Whether the reader would have heard this part of the past: in private not from those whom he does not want to
    hear (SILENCE)."""
    fact = thing.entry.fact if thing.entry is not None else None
    if not isinstance(fact, facts.Posted) or not fact.recipient or fact.by not in state.users:
        return True
    return not is_silenced(state, reader, fact.by)


def echo(ctx: Context, fact: facts.Posted, at: int, seq: int) -> None:
    """The sender's receipt of his message, and word that whom he wrote to is away, unless it only changes an earlier
    one."""
    if fact.about and is_edit(fact) and not ctx.session.has(KNOWS_EDITS):
        fact = without_tag(fact)
    if ctx.session.caps & caps.ECHO_MESSAGE:
        if LINE_BREAK in fact.text or SEAM in fact.text:
            for row in several_lines(ctx.engine, fact, ctx.session.caps, at, seq):
                ctx.write(row)
        else:
            client_tags = replies.written_tags(fact.tags)
            tags = ctx.engine.tagger.tags(ctx.session.caps, at, seq, client_tags, fact.account, fact.marks)
            ctx.line(post_line(fact), tags)
    if fact.recipient and fact.verb == "PRIVMSG" and not fact.about:
        describe.away_if_so(ctx, ctx.state.users.get(fact.recipient))


def _check_caller(state: State, fact: facts.CallerRefused) -> None:
    rules.actor(state, fact)
    if fact.recipient not in state.users:
        raise Refusal(numerics.ERR_NOSUCHNICK, "*", text="No such nick: they just left")


def _change_caller(state: State, fact: facts.CallerRefused, entry: Entry) -> bool:
    """Whether the recipient is told: not more often than once in a while, and not when he would hear it by now."""
    user, recipient = state.users[fact.by], state.users[fact.recipient]
    if "g" not in recipient.modes or is_accepted(recipient, user):
        return False
    if fact.at - recipient.called < state.limits.caller_seconds * 1000:
        return False
    recipient.called = fact.at
    return True


def _announce_caller(engine: Engine, fact: facts.CallerRefused, entry: Entry, told: bool, ctx: Context | None) -> None:
    user, recipient = engine.state.users[fact.by], engine.state.users[fact.recipient]
    if ctx is not None:
        ctx.reply(numerics.RPL_TARGUMODEG, recipient.nick, text=CALLER_ID)
        if told:
            ctx.reply(numerics.RPL_TARGNOTIFY, recipient.nick)
    if told and not is_silenced(engine.state, recipient, user.uid):
        who = (recipient.nick, user.nick, f"{user.user}@{user.host}")
        advice = f"{numerics.RPL_UMODEGMSG.text}; ACCEPT {user.nick} lets them through"
        text = replies.line(engine.server_name, numerics.RPL_UMODEGMSG.code, *who, advice)
        telling.broadcast(engine, telling.of_user(engine, recipient), entry, telling.same(text), None, actor=user)


means(facts.Posted, check=_check_post, change=_change_post, announce=_announce_post)
means(facts.Hinted, check=_check_post, change=_change_hint, announce=_announce_hint)
means(facts.CallerRefused, check=_check_caller, change=_change_caller, announce=_announce_caller)

"""How history is told again: one thing of the past as lines for one reader.

Rules:
1. Names are those of today: a channel's present name, and in a private conversation the nicks that both sides have now.
2. A message comes as it was said, with the time, msgid and account of then. Who knows edits (draft/message-edit) gets
   them behind it, who does not gets its latest text; who knows tags gets the reactions. What stands behind a message
   because it belongs to it is marked draft/chathistory-context.
3. What a reader cannot understand is left out: TAGMSG without message-tags, REDACT and RENAME without their
   capabilities. Whether events (JOIN, TOPIC, ...) come at all is a matter of the query.
4. A line that is longer under a name of today is cut to fit, at a character.

Specification: IRCv3 draft/chathistory (https://ircv3.net/specs/extensions/chathistory).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import caps, facts, posts, replies
from ipcchat.core.effects import Happening, Past
from ipcchat.core.facts import LINE_BREAK, SEAM, Entry, Posted
from ipcchat.core.modes import CHANNEL_CLASSES
from ipcchat.core.posts import KNOWS_EDITS
from ipcchat.core.references import is_edit
from ipcchat.wire import modes

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.state import User

CONTEXT = "draft/chathistory-context"
_NEEDED = {"RENAME": caps.CHANNEL_RENAME, "REDACT": caps.REDACTION}
_IN_CHANNEL = ("JOIN", "PART", "KICK", "MODE", "TOPIC", "REDACT")


def retold(ctx: Context, thing: Past, target: str) -> list[replies.Line]:
    """One thing of the past for the session of `ctx`. `target` is what its history is called today: a channel, or the
    nick of the other side (past.Names). Nothing comes of what was refused at its place in the order, or cannot be told
    to this client."""
    if thing.what is not None:
        return _happened(ctx, thing, thing.what, target)
    entry = thing.entry
    if entry is None or entry.seq in ctx.engine.voided:
        return []
    if isinstance(entry.fact, facts.Redacted):
        return _redacted(ctx, entry, entry.fact, target)
    if not isinstance(entry.fact, Posted):
        return []
    about = [each for each in _changes(ctx, thing) if isinstance(each.fact, Posted)]
    lines = _said(ctx, entry, _latest(ctx, entry.fact, about), target)
    for each in about if lines and ctx.session.has(caps.MESSAGE_TAGS) else ():
        if isinstance(each.fact, Posted) and (each.fact.verb == "TAGMSG" or ctx.session.has(KNOWS_EDITS)):
            lines += _as_context(_said(ctx, each, each.fact, target))
    return lines


def _changes(ctx: Context, thing: Past) -> Iterator[Entry]:
    return (each for each in thing.about if each.seq not in ctx.engine.voided)


def _latest(ctx: Context, fact: Posted, about: list[Entry]) -> Posted:
    """The message as it is told: with its latest text to who gets no edits."""
    texts = [each.fact.text for each in about if isinstance(each.fact, Posted) and is_edit(each.fact)]
    return fact if not texts or ctx.session.has(KNOWS_EDITS) else msgspec.structs.replace(fact, text=texts[-1])


def _said(ctx: Context, entry: Entry, fact: Posted, target: str) -> list[replies.Line]:
    """A message as lines: one, or a batch of several, or several. An edit that is told by itself says so, to who knows
    no edits."""
    bits = ctx.session.caps
    if fact.verb == "TAGMSG" and not bits & caps.MESSAGE_TAGS:
        return []
    fact = _renamed(ctx.user, fact, target)
    if is_edit(fact) and not ctx.session.has(KNOWS_EDITS):
        fact = posts.without_tag(fact)
    if LINE_BREAK in fact.text or SEAM in fact.text:
        rows = posts.several_lines(ctx.engine, fact, bits, entry.at, entry.seq)
        return [row._replace(text=replies.fitting(row.text)) for row in rows]
    client_tags = replies.written_tags(fact.tags) if fact.tags else ""
    tags = ctx.engine.tagger.tags(bits, entry.at, entry.seq, client_tags, fact.account, fact.marks)
    return [replies.Line(tags, replies.fitting(posts.post_line(fact)))]


def _renamed(reader: User, fact: Posted, target: str) -> Posted:
    """A message under the names of today."""
    if not fact.recipient:
        return msgspec.structs.replace(fact, target=target)
    sender, recipient = reader.nick, target
    if fact.sender != facts.party(reader.account, reader.nick):
        sender, recipient = nick_of(target), reader.nick
    return msgspec.structs.replace(fact, source=_source(sender, fact.source), target=recipient)


def nick_of(target: str) -> str:
    """The nick in what a private conversation is called: ~nick is somebody who had no account (past.Names)."""
    return target.removeprefix("~")


def _source(nick: str, mask: str) -> str:
    """A nick!user@host with another nick."""
    return nick + mask[len(mask.partition("!")[0]) :]


def _as_context(lines: list[replies.Line]) -> list[replies.Line]:
    """Lines that stand behind the message that they are about; inside a batch its opening says it for all."""
    return [
        line if line.place is not replies.Place.ALONE and line.place is not replies.Place.OPENING else _marked(line)
        for line in lines
    ]


def _marked(line: replies.Line) -> replies.Line:
    return line._replace(tags=replies.joined_tags(CONTEXT, line.tags))


def _redacted(ctx: Context, entry: Entry, fact: facts.Redacted, target: str) -> list[replies.Line]:
    """A redaction that came as an entry of its own. To who gets events it is told as one of those (_happened)."""
    if ctx.session.has(caps.EVENT_PLAYBACK):
        return []
    reason = (fact.reason,) if fact.reason else ()
    what = Happening(fact.source, "REDACT", (fact.target, ctx.engine.tagger.msgid(fact.about), *reason), fact.account)
    return _happened(ctx, Past(entry.seq, entry.at, target), what, target)


def _happened(ctx: Context, thing: Past, what: Happening, target: str) -> list[replies.Line]:
    """What is no message, as the line that told it then."""
    bits = ctx.session.caps
    needed = _NEEDED.get(what.command, 0)
    if needed & ~bits:
        return []
    params = what.params
    if what.command in _IN_CHANNEL:
        params = (nick_of(target), *params[1:])
    if what.command == "JOIN" and bits & caps.EXTENDED_JOIN:
        params = (*params, what.account or "*", what.realname)
    tags = ctx.engine.tagger.tags(bits, thing.at, thing.seq, "", what.account)
    if what.command == "MODE":
        return [replies.Line(tags, text) for text in _mode_lines(what.source, params)]
    return [replies.Line(tags, replies.line(what.source, what.command, *params))]


def _mode_lines(source: str, params: tuple[str, ...]) -> list[str]:
    """The changes of a MODE in as many lines as they take under the channel's name of today."""
    channel, letters, *arguments = params
    changes = modes.parse_modes(CHANNEL_CLASSES, letters, arguments).changes
    return replies.mode_lines(source, channel, changes)

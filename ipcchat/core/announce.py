"""Who hears of a fact, and in which words: one announcement for each kind, after it was applied.

It writes lines for this node's sessions only; every node does the same for its own. `ctx` is the command that the
fact came from when that was said on this node: the actor's own copy of a labelled command is part of its response,
everybody else's is a broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ipcchat.core import caps, changes, describe, facts, replies
from ipcchat.core.audience import Groups
from ipcchat.core.context import Context
from ipcchat.core.effects import Fan, Link, Send
from ipcchat.core.facts import Entry, ModeChange
from ipcchat.core.state import MEMBER_PREFIXES, Channel, User
from ipcchat.wire import modes, numerics

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

Wording = Callable[[int], str | None]


def broadcast(
    engine: Engine,
    groups: Groups,
    entry: Entry,
    wording: Wording,
    ctx: Context | None,
    seq: int = 0,
    skip: Link = None,
) -> None:
    """Write one line to all groups but `skip`, rendered once for each set of capabilities; `wording` gives the line
    for one, or None."""
    if ctx is not None and ctx.label:
        skip = ctx.session.link
        _own_copy(engine, entry, wording, ctx, seq)
    for (bits, lane), links in groups.items():
        text = wording(bits)
        if text is not None:
            line = replies.encoded(engine.tagger.tags(bits, entry.at, seq), text)
            engine.effects.append(Fan(lane, links, line, skip))


def _own_copy(engine: Engine, entry: Entry, wording: Wording, ctx: Context, seq: int) -> None:
    text = wording(ctx.session.caps)
    if text is not None:
        ctx.line(text, engine.tagger.tags(ctx.session.caps, entry.at, seq))


def _same(text: str) -> Wording:
    return lambda bits: text


def _with(bit: int, text: str) -> Wording:
    return lambda bits: text if bits & bit else None


def _peers(engine: Engine, user: User) -> Groups:
    """Everybody who shares a channel with the user, and himself."""
    return engine.audience.of_channels(engine.state.channels_of(user), engine.audience.sessions.get(user.uid))


def _node_down(
    engine: Engine, fact: facts.NodeDown, entry: Entry, departures: list[changes.Departure], ctx: Context | None
) -> None:
    for departure in departures:
        _quit(engine, entry, departure, "Connection to the server was lost", 0)


def _quit(engine: Engine, entry: Entry, departure: changes.Departure, reason: str, seq: int) -> None:
    session = engine.audience.sessions.pop(departure.user.uid, None)
    if session is not None:
        for channel in departure.channels:
            engine.audience.leave(channel, session)
        session.user = None
    groups = engine.audience.of_channels(departure.channels)
    broadcast(engine, groups, entry, _same(replies.line(departure.user.mask, "QUIT", reason)), None, seq)


def _arrived(engine: Engine, fact: facts.UserArrived, entry: Entry, user: User, ctx: Context | None) -> None:
    if ctx is None:
        return
    engine.register(ctx.session, user)
    if not ctx.session.closed:
        describe.welcome(ctx)


def _left(
    engine: Engine, fact: facts.UserLeft, entry: Entry, departure: changes.Departure, ctx: Context | None
) -> None:
    _quit(engine, entry, departure, fact.reason, entry.seq)
    if ctx is not None:
        engine.close(ctx.session, fact.reason)


def _nick(
    engine: Engine, fact: facts.NickChanged, entry: Entry, renaming: changes.Renaming, ctx: Context | None
) -> None:
    text = replies.line(renaming.before, "NICK", renaming.user.nick)
    broadcast(engine, _peers(engine, renaming.user), entry, _same(text), ctx, entry.seq)


def _away(engine: Engine, fact: facts.AwayChanged, entry: Entry, user: User, ctx: Context | None) -> None:
    if ctx is not None:
        ctx.reply(numerics.RPL_NOWAWAY if user.away else numerics.RPL_UNAWAY)
    groups = engine.audience.of_channels(engine.state.channels_of(user))
    _tell_away(engine, entry, user, groups, entry.seq)


def _tell_away(engine: Engine, entry: Entry, user: User, groups: Groups, seq: int) -> None:
    """Tell others who are in these groups; he knows it himself."""
    session = engine.audience.sessions.get(user.uid)
    wording = _with(caps.AWAY_NOTIFY, _away_line(user))
    broadcast(engine, groups, entry, wording, None, seq, session.link if session else None)


def _away_line(user: User) -> str:
    return replies.line(user.mask, "AWAY", *([user.away] if user.away else []))


def _realname(engine: Engine, fact: facts.RealnameChanged, entry: Entry, user: User, ctx: Context | None) -> None:
    text = replies.line(user.mask, "SETNAME", user.realname)
    broadcast(engine, _peers(engine, user), entry, _with(caps.SETNAME, text), ctx, entry.seq)


def _host(
    engine: Engine, fact: facts.HostChanged, entry: Entry, renaming: changes.Renaming, ctx: Context | None
) -> None:
    user = renaming.user
    text = replies.line(renaming.before, "CHGHOST", user.user, user.host)
    broadcast(engine, _peers(engine, user), entry, _with(caps.CHGHOST, text), ctx, entry.seq)


def _user_modes(
    engine: Engine, fact: facts.UserModesChanged, entry: Entry, change: changes.Remodelling, ctx: Context | None
) -> None:
    if ctx is None or not (change.added or change.removed):
        return
    signs = ("+" + change.added if change.added else "") + ("-" + change.removed if change.removed else "")
    text = replies.line(change.user.mask, "MODE", change.user.nick, signs)
    ctx.line(text, engine.tagger.tags(ctx.session.caps, entry.at, entry.seq))


def _joined(engine: Engine, fact: facts.Joined, entry: Entry, entrance: changes.Entrance, ctx: Context | None) -> None:
    user, channel = entrance.user, entrance.channel
    session = engine.audience.sessions.get(user.uid)
    if session is not None:
        engine.audience.enter(channel, session)
    groups = engine.audience.of_channel(channel)
    plain = replies.line(user.mask, "JOIN", channel.name)
    extended = replies.line(user.mask, "JOIN", channel.name, "*", user.realname)
    broadcast(engine, groups, entry, lambda bits: extended if bits & caps.EXTENDED_JOIN else plain, ctx, entry.seq)
    if len(channel.members) > 1:
        _joined_state(engine, entry, entrance, groups)
    if ctx is not None:
        describe.topic_if_any(ctx, channel)
        describe.members(ctx, channel)


def _joined_state(engine: Engine, entry: Entry, entrance: changes.Entrance, groups: Groups) -> None:
    """What the others have to know of somebody who joined: that he is away, and modes that were kept for him."""
    user, channel = entrance.user, entrance.channel
    if user.away:
        _tell_away(engine, entry, user, groups, 0)
    if entrance.modes:
        nicks = [user.nick] * len(entrance.modes)
        text = replies.line(engine.server_name, "MODE", channel.name, f"+{entrance.modes}", *nicks)
        broadcast(engine, groups, entry, _same(text), None)


def _parted(
    engine: Engine, fact: facts.Parted, entry: Entry, departure: changes.Departure, ctx: Context | None
) -> None:
    reason = fact.reason
    channel = departure.channels[0]
    text = replies.line(departure.user.mask, "PART", channel.name, *([reason] if reason else []))
    _taken_out(engine, entry, departure, text, ctx)


def _kicked(
    engine: Engine, fact: facts.Kicked, entry: Entry, departure: changes.Departure, ctx: Context | None
) -> None:
    actor = engine.state.users[fact.by]
    reason = fact.reason or actor.nick
    text = replies.line(actor.mask, "KICK", departure.channels[0].name, departure.user.nick, reason)
    _taken_out(engine, entry, departure, text, ctx)


def _taken_out(engine: Engine, entry: Entry, departure: changes.Departure, text: str, ctx: Context | None) -> None:
    """Tell the channel, the one who left it included, then take his link out of it."""
    channel = departure.channels[0]
    broadcast(engine, engine.audience.of_channel(channel), entry, _same(text), ctx, entry.seq)
    session = engine.audience.sessions.get(departure.user.uid)
    if session is not None:
        engine.audience.leave(channel, session)


def _invited(engine: Engine, fact: facts.Invited, entry: Entry, channel: Channel, ctx: Context | None) -> None:
    actor, guest = engine.state.users[fact.by], engine.state.users[fact.guest]
    if ctx is not None:
        ctx.reply(numerics.RPL_INVITING, guest.nick, channel.name)
        if guest.away:
            ctx.reply(numerics.RPL_AWAY, guest.nick, text=guest.away)
    text = replies.line(actor.mask, "INVITE", guest.nick, channel.name)
    broadcast(engine, engine.audience.of_users([guest]), entry, _same(text), None, entry.seq)
    members = [user for user, modes in engine.state.members(channel) if "o" in modes and user is not actor]
    broadcast(engine, engine.audience.of_users(members), entry, _with(caps.INVITE_NOTIFY, text), None, entry.seq)


def _topic(engine: Engine, fact: facts.TopicChanged, entry: Entry, channel: Channel, ctx: Context | None) -> None:
    text = replies.line(engine.state.users[fact.by].mask, "TOPIC", channel.name, channel.topic)
    broadcast(engine, engine.audience.of_channel(channel), entry, _same(text), ctx, entry.seq)


def _channel_modes(
    engine: Engine, fact: facts.ChannelModesChanged, entry: Entry, changed: list[ModeChange], ctx: Context | None
) -> None:
    if not changed:
        return
    channel, source = engine.state.channels[fact.channel], engine.state.users[fact.by].mask
    groups = engine.audience.of_channel(channel)
    room = replies.REPLY_BYTES_MAX - len(replies.line(source, "MODE", channel.name, ":").encode())
    for number, words in enumerate(_mode_words([_written(engine, change) for change in changed], room)):
        text = replies.line(source, "MODE", channel.name, *words)
        broadcast(engine, groups, entry, _same(text), ctx, 0 if number else entry.seq)


def _mode_words(changed: list[modes.Change], room: int) -> list[list[str]]:
    """The parameters of as few MODE lines as the changes fit into, with `room` bytes in each."""
    lines: list[list[str]] = []
    current: list[modes.Change] = []
    for change in changed:
        if current and len(" ".join(modes.format_modes([*current, change])).encode()) > room:
            lines.append(modes.format_modes(current))
            current = []
        current.append(change)
    return [*lines, modes.format_modes(current)]


def _written(engine: Engine, change: ModeChange) -> modes.Change:
    """A mode change as people read it: nicks for uids, and no key where one is taken away."""
    argument: str | None = change.argument or None
    if change.letter in MEMBER_PREFIXES:
        argument = engine.state.users[change.argument].nick
    elif change.letter == "k" and not change.added:
        argument = "*"
    return modes.Change(change.added, change.letter, argument)


def _posted(engine: Engine, fact: facts.Posted, entry: Entry, room: Channel | None, ctx: Context | None) -> None:
    text, client_tags = post_line(fact), replies.written_tags(fact.tags)
    if room is None:
        _posted_to_user(engine, entry, fact, text, client_tags)
    else:
        skip = ctx.session.link if ctx is not None else None
        groups = engine.audience.of_channel(room)
        for (bits, lane), links in groups.items():
            if bits & caps.MESSAGE_TAGS or fact.verb != "TAGMSG":
                tags = engine.tagger.tags(bits, entry.at, entry.seq, client_tags)
                engine.effects.append(Fan(lane, links, replies.encoded(tags, text), skip))
    if ctx is not None:
        echo(ctx, fact, entry.at, entry.seq)


def _posted_to_user(engine: Engine, entry: Entry, fact: facts.Posted, text: str, client_tags: str) -> None:
    session = engine.audience.sessions.get(fact.recipient)
    if session is not None and (session.caps & caps.MESSAGE_TAGS or fact.verb != "TAGMSG"):
        tags = engine.tagger.tags(session.caps, entry.at, entry.seq, client_tags)
        engine.effects.append(Send(session.link, replies.encoded(tags, text)))


def post_line(fact: facts.Posted) -> str:
    """A posted message as a line without tags. `source` and `target` were checked when it was proposed, `text` is
    one line's."""
    if fact.verb == "TAGMSG":
        return f":{fact.source} TAGMSG {fact.target}"
    return f":{fact.source} {fact.verb} {fact.target} :{fact.text}"


def echo(ctx: Context, fact: facts.Posted, at: int, seq: int) -> None:
    """The sender's receipt of his message, and word that whom he wrote to is away."""
    if ctx.session.caps & caps.ECHO_MESSAGE:
        tags = ctx.engine.tagger.tags(ctx.session.caps, at, seq, replies.written_tags(fact.tags))
        ctx.line(post_line(fact), tags)
    if fact.recipient and fact.verb == "PRIVMSG":
        describe.away_if_so(ctx, ctx.state.users.get(fact.recipient))


ANNOUNCEMENTS: dict[type[facts.Fact], Callable[..., None]] = {
    facts.NodeDown: _node_down,
    facts.UserArrived: _arrived,
    facts.UserLeft: _left,
    facts.NickChanged: _nick,
    facts.AwayChanged: _away,
    facts.RealnameChanged: _realname,
    facts.HostChanged: _host,
    facts.UserModesChanged: _user_modes,
    facts.Joined: _joined,
    facts.Parted: _parted,
    facts.Kicked: _kicked,
    facts.Invited: _invited,
    facts.TopicChanged: _topic,
    facts.ChannelModesChanged: _channel_modes,
    facts.Posted: _posted,
    facts.Hinted: _posted,
}

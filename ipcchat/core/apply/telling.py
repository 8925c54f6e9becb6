"""How announcements reach people: a line is rendered once for each set of capabilities and handed over with the list
of those who get it.

`ctx` is the command that a fact came from when that was said on this node: the actor's own copy of a labelled command
is part of its response, everybody else's is a broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ipcchat.core import caps, replies, rules, visibility
from ipcchat.core.audience import Groups
from ipcchat.core.effects import Fan, Link
from ipcchat.core.facts import Entry
from ipcchat.core.state import Channel, State, User

if TYPE_CHECKING:
    from ipcchat.core.context import Context
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
    actor: User | None = None,
) -> None:
    """Write one line to all groups but `skip`; `wording` gives the line for one set of capabilities, or None. `actor`
    is whose account and marks go into the tags."""
    if ctx is not None and ctx.label:
        skip = ctx.session.link
        _own_copy(engine, entry, wording, ctx, seq, actor)
    for (bits, lane), links in groups.items():
        text = wording(bits)
        if text is not None:
            line = replies.encoded(tags(engine, bits, entry, seq, actor), text)
            engine.effects.append(Fan(lane, links, line, skip))


def to_others(
    engine: Engine, groups: Groups, user: User, entry: Entry, wording: Wording, seq: int = 0, actor: User | None = None
) -> None:
    """Write one line to all groups but the user's own sessions."""
    own = engine.audience.of(user.uid)
    if len(own) > 1:
        groups = engine.audience.without(groups, user.uid)
    broadcast(engine, groups, entry, wording, None, seq, own[0].link if own else None, actor)


def tags(engine: Engine, bits: int, entry: Entry, seq: int = 0, actor: User | None = None) -> str:
    """The tags of a line that comes from an entry, and from a user when `actor` is given."""
    if actor is None:
        return engine.tagger.tags(bits, entry.at, seq)
    return engine.tagger.tags(bits, entry.at, seq, "", actor.account, actor.marks)


def _own_copy(engine: Engine, entry: Entry, wording: Wording, ctx: Context, seq: int, actor: User | None) -> None:
    text = wording(ctx.session.caps)
    if text is not None:
        ctx.line(text, tags(engine, ctx.session.caps, entry, seq, actor))


def same(text: str) -> Wording:
    """The same line for everybody."""
    return lambda bits: text


def with_(bit: int, text: str) -> Wording:
    """A line for those who have one capability."""
    return lambda bits: text if bits & bit else None


def of_user(engine: Engine, user: User) -> Groups:
    """A user's own sessions."""
    return engine.audience.of_users([user])


def to_monitors(engine: Engine, entry: Entry, nick: str, code: str, target: str) -> None:
    """Tell those who monitor a nick; one line for all of them: IRCv3 monitor allows * for the reader's nick."""
    sessions = engine.monitors.of(nick)
    if sessions:
        text = f"{replies.line(engine.server_name, code, '*')} :{target}"
        broadcast(engine, engine.audience.of_sessions(sessions), entry, same(text), None)


def peers(engine: Engine, user: User) -> Groups:
    """Everybody who sees the user in a channel, and himself."""
    channels = engine.state.channels_of(user)
    if any(is_partly_hidden(channel, user.uid) for channel in channels):
        return engine.audience.united(
            [*(witnesses(engine, channel, user) for channel in channels), of_user(engine, user)]
        )
    return engine.audience.of_channels(channels, engine.audience.of(user.uid))


def acquaintances(engine: Engine, user: User) -> Groups:
    """Those of `peers`, and who monitors the user with extended-monitor."""
    watchers = [session for session in engine.monitors.of(user.nick) if session.caps & caps.EXTENDED_MONITOR]
    groups = peers(engine, user)
    return engine.audience.united([groups, engine.audience.of_sessions(watchers)]) if watchers else groups


def is_partly_hidden(channel: Channel, uid: str) -> bool:
    """Whether some members do not see this one."""
    return uid in channel.hidden or ("u" in channel.flags and not channel.members.get(uid))


def seers(state: State, channel: Channel, user: User) -> list[User] | None:
    """The members who see this one in the channel, himself among them, when +D or +u hides him from some; None for
    everybody."""
    if not is_partly_hidden(channel, user.uid):
        return None
    if user.uid in channel.hidden:
        return [user]
    return [member for member, _ in state.members(channel) if rules.sees_member(channel, member, user.uid)]


def witnesses(engine: Engine, channel: Channel, user: User) -> Groups:
    """The members on this node who see that this one is in the channel."""
    found = seers(engine.state, channel, user)
    return engine.audience.of_channel(channel) if found is None else engine.audience.of_users(found)


def server_notice(
    engine: Engine, entry: Entry, kind: str, text: str, about: User | None = None, more: str = ""
) -> None:
    """Tell the operators on this node who want notices of that kind (+s). Somebody whom it is `about` stands between
    `text` and `more`, with his address for those who may know it."""
    for session in engine.officers:
        if session.user is not None and kind in session.user.notices:
            whom = visibility.placed(session.user, about) if about is not None else ""
            line = replies.line(engine.server_name, "NOTICE", session.user.nick, f"*** {text}{whom}{more}")
            broadcast(engine, engine.audience.of_sessions([session]), entry, same(line), None)

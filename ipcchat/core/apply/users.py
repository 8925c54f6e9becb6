"""Coming and going: users arrive, connect once more, leave, and take other nicks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ipcchat.core import bans, caps, describe, facts, metadata, replies, rules
from ipcchat.core.apply import missed, recalling, telling
from ipcchat.core.apply.channels import check_force, join_lines, show
from ipcchat.core.apply.departures import (
    NOT_CONNECTED,
    Ending,
    end,
    end_all,
    monitored_offline,
    recheck_security,
    remember,
    tell_end,
)
from ipcchat.core.apply.meaning import means
from ipcchat.core.apply.profiles import tell_away
from ipcchat.core.apply.resumption import RESUMED, check_resumption, take_place, tell_account
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.permissions import obstacle
from ipcchat.core.state import Attachment, State, User, remarkable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine


CHOOSE = ": choose another"

NOTHING: dict[str, Any] = {}
"""What most users have in their lists; lists are replaced, never changed in place."""


class Return(msgspec.Struct, frozen=True):
    """A user who has one more connection, what of the journal he has not heard (0: all of it), whether he was away for
    want of one, and the id of the connection whose place it takes ("": of none that is there)."""

    user: User
    missed_after: int
    came_back: bool
    replaced: str = ""


class Renaming(msgspec.Struct, frozen=True):
    """A user, and the nick and nick!user@host that he had before."""

    user: User
    nick: str
    mask: str


# Arriving.


def _check_arrival(state: State, fact: facts.UserArrived) -> None:
    if fact.account:
        rules.require_account(state, fact.account, fact.at)
    bans.check_arrival(state, fact)
    check_nick_free(state, fact.nick, fact.skeleton, fact.at, account=fact.account)
    if len(state.users) >= state.limits.users_max:
        raise Refusal(numerics.ERR_UNKNOWNERROR, "USER", text="The network is full; try again later")


def check_nick_free(
    state: State, nick: str, skeleton: str, at: int, owner: User | None = None, account: str = ""
) -> None:
    """Somebody may be called that at that time (Unix ms): nobody else is (`owner` is himself), and it belongs to no
    account but his. Raises Refusal 433, whose words end with CHOOSE."""
    if state.policy.nicks_owned:
        _check_owned(state, nick, skeleton, at, account)
    holder = state.nicks.find(nick)
    if holder is not None and holder is not owner:
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nick, text=f"Nickname is already in use{CHOOSE}")
    similar = state.lookalike(nick, skeleton)
    if similar and (owner is None or owner is not state.nicks.find(similar)):
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nick, text=f"Nickname looks like one that is in use{CHOOSE}")


def _check_owned(state: State, nick: str, skeleton: str, at: int, account: str) -> None:
    accounts = state.accounts
    proprietor = accounts.owner(nick) or accounts.lookalike(nick, skeleton)
    if proprietor is not None and proprietor.verified and (not account or proprietor is not accounts.find(account)):
        text = f"Nickname belongs to an account that you are not logged in to{CHOOSE}"
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nick, text=text)
    if at < accounts.retired.get(fold(nick), 0):
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nick, text=f"Nickname belonged to an account until lately{CHOOSE}")


def _arrive(state: State, fact: facts.UserArrived, entry: Entry) -> User:
    user = User(
        fact.by,
        fact.nick,
        fact.user,
        fact.host,
        fact.realname,
        fact.incarnation,
        entry.at,
        entry.at,
        fact.modes,
        fact.away,
        address=fact.address,
        certificate=fact.certificate,
        skeleton=remarkable(fact.nick, fact.skeleton),
        accepted=NOTHING,
        silenced=NOTHING,
        metadata=dict(fact.metadata) if fact.metadata else NOTHING,
        hosts=fact.hosts,
        account=fact.account,
        sessions=(Attachment(fact.by, entry.at, fact.address, fact.hosts, "Z" in fact.modes, fact.resumption),),
    )
    if fact.account:
        user.modes = "".join(sorted({*user.modes, "r"}))
        state.accounts_seen(fact.account, entry.at)
    state.add_user(user)
    state.users_most = max(state.users_most, len(state.users))
    return user


def _announce_arrival(engine: Engine, fact: facts.UserArrived, entry: Entry, user: User, ctx: Context | None) -> None:
    if ctx is not None:
        engine.register(ctx.session, user)
        if not ctx.session.closed:
            describe.welcome(ctx)
    monitored_online(engine, entry, user)
    if user.away:
        _tell_monitors_away(engine, entry, user)
    if engine.officers:
        telling.server_notice(engine, entry, "c", "Client connecting: ", user, f" {user.realname}")


def monitored_online(engine: Engine, entry: Entry, user: User) -> None:
    """Tell those who monitor the nick that it is here (730), and what they want to hear of it."""
    telling.to_monitors(engine, entry, user.nick, numerics.RPL_MONONLINE.code, user.mask)
    if user.metadata:
        metadata.tell_watchers(engine, user)


def _tell_monitors_away(engine: Engine, entry: Entry, user: User) -> None:
    """Who arrives away is told of as away to those who monitor him with extended-monitor."""
    sessions = [session for session in engine.monitors.of(user.nick) if session.caps & caps.EXTENDED_MONITOR]
    tell_away(engine, entry, user, engine.audience.of_sessions(sessions), 0)


# One more connection.


def _check_attach(state: State, fact: facts.SessionAttached) -> None:
    if fact.resumes:
        check_resumption(state, fact)
    user = state.users.get(fact.by)
    if user is None:
        raise Refusal(numerics.ERR_NICKNAMEINUSE, "*", text="Nickname was left just now; take it again")
    bans.check_attachment(state, user, fact)
    most = state.limits.sessions_per_user_max
    if len(user.sessions) >= most and not fact.resumes:
        text = f"Nickname has {most} connections, as many as one may have; close one of them"
        raise Refusal(numerics.ERR_NICKNAMEINUSE, user.nick, text=text)


def _attach(state: State, fact: facts.SessionAttached, entry: Entry) -> Return:
    user = state.users[fact.by]
    replaced = take_place(state, user, fact.resumes) if fact.resumes else ""
    attachment = Attachment(fact.session, entry.at, fact.address, fact.hosts, fact.secure, fact.resumption)
    state.attach(user, attachment)
    user.hosts = tuple(dict.fromkeys((*user.hosts, *fact.hosts)))
    missed_after, user.missed_after, user.detached = user.missed_after, 0, 0
    user.certificate = user.certificate or fact.certificate
    recheck_security(user)
    state.accounts_seen(user.account, entry.at)
    came_back = user.away == NOT_CONNECTED
    if came_back:
        user.away = ""
    return Return(user, missed_after, came_back, replaced)


def _announce_attach(
    engine: Engine, fact: facts.SessionAttached, entry: Entry, returned: Return, ctx: Context | None
) -> None:
    user = returned.user
    if returned.replaced:
        tell_end(engine, entry, Ending(user, (returned.replaced,)), RESUMED, 0, RESUMED)
    if returned.came_back:
        tell_away(engine, entry, user, telling.acquaintances(engine, user), 0)
    if ctx is None:
        return
    engine.register(ctx.session, user)
    if ctx.session.closed:
        return
    if fact.resumes:
        tell_account(ctx)
    describe.welcome(ctx)
    for channel in engine.state.channels_of(user):
        engine.audience.enter(channel, ctx.session)
        plain, extended = join_lines(user, channel)
        text = extended if ctx.session.caps & caps.EXTENDED_JOIN else plain
        ctx.line(text, telling.tags(engine, ctx.session.caps, entry, 0, user))
        show(ctx, entry, channel)
    if user.away:
        ctx.reply(numerics.RPL_NOWAWAY)
    if returned.missed_after:
        missed.tell(ctx, returned.missed_after)


# Leaving.


def _check_left(state: State, fact: facts.UserLeft) -> None:
    user = rules.actor(state, fact)
    if fact.session and all(attachment.id != fact.session for attachment in user.sessions):
        raise Ignored
    if (fact.nick and fold(fact.nick) != fold(user.nick)) or (fact.since and fact.since != user.detached):
        raise Ignored


def _leave(state: State, fact: facts.UserLeft, entry: Entry) -> Ending:
    user = state.users[fact.by]
    return end(state, user, (fact.session,), entry.at) if fact.session else end_all(state, user, entry.at)


def _announce_left(engine: Engine, fact: facts.UserLeft, entry: Entry, ending: Ending, ctx: Context | None) -> None:
    if ctx is not None and ctx.session.id in ending.sessions:
        ctx.session.user = None
        ctx.close(fact.reason)
    tell_end(engine, entry, ending, fact.reason, entry.seq, fact.reason)


# Another nick.


def _check_nick(state: State, fact: facts.NickChanged) -> None:
    user = rules.actor(state, fact)
    if fact.nick == user.nick:
        raise Ignored
    check_nick_free(state, fact.nick, fact.skeleton, fact.at, user, user.account)
    if fact.forced_by:
        check_force(state, fact.forced_by)
        return
    bans.check_nick(state, user, fact.nick, fact.at)
    for channel in state.channels_of(user):
        row = obstacle("change nick", state, channel, user)
        if row is not None:
            raise Refusal(row.numeric, fact.nick, channel.name, text=row.text)


def _rename(state: State, fact: facts.NickChanged, entry: Entry) -> Renaming:
    user = state.users[fact.by]
    renaming = Renaming(user, user.nick, user.mask)
    remember(state, user, entry.at)
    state.rename_user(user, fact.nick, fact.skeleton)
    return renaming


def _announce_nick(
    engine: Engine, fact: facts.NickChanged, entry: Entry, renaming: Renaming, ctx: Context | None
) -> None:
    user, ctx = renaming.user, None if fact.forced_by else ctx
    text = replies.line(renaming.mask, "NICK", user.nick)
    telling.broadcast(engine, telling.peers(engine, user), entry, telling.same(text), ctx, entry.seq, actor=user)
    recalling.renamed(engine, entry, user, renaming.mask)
    _tell_monitors_of_both(engine, entry, renaming)
    if engine.officers:
        telling.server_notice(engine, entry, "n", f"Nick change: {renaming.nick} is now {user.nick}")


def _tell_monitors_of_both(engine: Engine, entry: Entry, renaming: Renaming) -> None:
    """A nick that changes only its case stays monitored as it is."""
    if engine.state.nicks.find(renaming.nick) is renaming.user:
        return
    monitored_offline(engine, entry, renaming.nick)
    monitored_online(engine, entry, renaming.user)


means(facts.UserArrived, check=_check_arrival, change=_arrive, announce=_announce_arrival)
means(facts.UserLeft, check=_check_left, change=_leave, announce=_announce_left)
means(facts.SessionAttached, check=_check_attach, change=_attach, announce=_announce_attach)
means(facts.NickChanged, check=_check_nick, change=_rename, announce=_announce_nick)

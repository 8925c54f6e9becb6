"""NickServ: one's own connections, and getting back one's nick.

Rules:
1. A connection is ended by whoever is logged in to the same account, here or on another device.
2. Who has a nick of somebody else's account without being logged in to it is put off by the owner (GHOST). So is a user
   of one's own account under another connection, who stayed or whose connection is dead.
3. Where somebody is connected from, he sees himself, and operators who manage accounts and may see addresses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ipcchat.core import account_rules, facts, rules
from ipcchat.core.accounts import Account
from ipcchat.core.handlers.authentication import become, tell_account
from ipcchat.core.handlers.nickserv import SERVICE, own_account, prove
from ipcchat.core.handlers.nickserv_settings import find_account, moment
from ipcchat.core.privileges import ACCOUNTS, ADDRESSES
from ipcchat.core.services import Asked, service_command
from ipcchat.core.skeletons import skeleton
from ipcchat.core.state import Attachment, User
from ipcchat.core.targets import quotable

OTHERS = "OTHERS"


def _connections(asked: Asked, account: Account) -> dict[str, tuple[User, Attachment]]:
    """The connections of an account by what they are called: the number of each, or its whole id where two have one
    number."""
    users = account_rules.users_of(asked.ctx.state, account)
    found = [(user, attachment) for user in users for attachment in user.sessions]
    numbers = Counter(_number(attachment) for _, attachment in found)
    return {
        _number(attachment) if numbers[_number(attachment)] == 1 else attachment.id: (user, attachment)
        for user, attachment in found
    }


def _number(attachment: Attachment) -> str:
    return attachment.id.rpartition(".")[2]


@service_command(SERVICE, "SESSIONS", "CLIENTS", shown=True)
def sessions(asked: Asked, account: str = "") -> None:
    """See your connections: number, nick, since when and from where. CLOSE ends one."""
    own = own_account(asked) if not account else find_account(asked, account)
    is_own = not account or account_rules.is_member(asked.ctx.state, asked.ctx.user, own)
    if not is_own:
        rules.require_privilege(asked.ctx.user, ACCOUNTS)
    sees_addresses = is_own or rules.has_privilege(asked.ctx.user, ADDRESSES)
    connections = _connections(asked, own)
    for name, (user, attachment) in connections.items():
        security = "TLS" if attachment.secure else "no TLS"
        this = " (this one)" if attachment.id == asked.ctx.session.id else ""
        since, where = moment(attachment.at), attachment.address if sees_addresses else user.host
        asked.say(f"{name}: {user.nick} since {since}, from {where}, {security}{this}")
    for user in account_rules.users_of(asked.ctx.state, own):
        if not user.sessions:
            asked.say(f"{user.nick} stays here without a connection since {moment(user.detached)}.")
    if not connections:
        asked.say(f"{own.name} has no connections.")


@service_command(SERVICE, "CLOSE", shown=True, syntax="<number>|OTHERS")
def close(asked: Asked, number: str) -> None:
    """End a connection of yours by the number that SESSIONS shows, or all but this one: CLOSE 12, CLOSE OTHERS."""
    ctx, connections = asked.ctx, _connections(asked, own_account(asked))
    if number.upper() == OTHERS:
        wanted = [each for each in connections.values() if each[1].id != ctx.session.id]
        if not wanted:
            raise asked.refusal("This is your only connection")
    elif number in connections:
        wanted = [connections[number]]
    else:
        raise asked.refusal("You have no connection of that number; SESSIONS shows them")
    asked.then_say(f"{len(wanted)} of your connections {'is' if len(wanted) == 1 else 'are'} closed.")
    for user, attachment in wanted:
        with ctx.attempt():
            _end(asked, user, f"Closed by {ctx.user.nick}, from another connection", attachment.id)


def _end(asked: Asked, user: User, reason: str, session: str = "") -> None:
    """A connection of a user ends, or with "" he himself."""
    engine = asked.ctx.engine
    nick = "" if session else user.nick
    fact = facts.UserLeft(engine.next_id(), engine.now.wall, user.uid, reason=reason, session=session, nick=nick)
    asked.ctx.put(fact)


# Getting back a nick.


@service_command(SERVICE, "GHOST", syntax="<nick> [<password>]")
def ghost(asked: Asked, nick: str, *password: str) -> None:
    """Put off who has a nick of yours: somebody who is not logged in, or yourself by another connection. GHOST ann, or
    GHOST ann <password> when you are not logged in yet."""
    _with_account(asked, nick, password, lambda: _put_off(asked, nick))


@service_command(SERVICE, "REGAIN", "RECOVER", syntax="<nick> [<password>]")
def regain(asked: Asked, nick: str, *password: str) -> None:
    """Take back a nick of yours: GHOST and NICK in one. REGAIN ann, or REGAIN ann <password> when you are not logged in
    yet."""
    _with_account(asked, nick, password, lambda: _take_back(asked, nick))


def _with_account(asked: Asked, nick: str, password: tuple[str, ...], then: Callable[[], None]) -> None:
    """Log in to the account of a nick first, where a password is given."""
    if not password:
        then()
        return

    def log_in(name: str) -> None:
        become(asked.ctx, name, lambda: _logged_in(asked, name, then))

    prove(asked, nick, " ".join(password), log_in)


def _logged_in(asked: Asked, name: str, then: Callable[[], None]) -> None:
    tell_account(asked.ctx, name)
    then()


def _put_off(asked: Asked, nick: str) -> None:
    holder = _holder(asked, nick)
    if holder is None:
        raise asked.refusal(f"Nobody has the nick {quotable(nick)}: it is free, NICK {quotable(nick)}")
    if holder is asked.ctx.user:
        raise asked.refusal("That is you, by this connection; SESSIONS shows your others, CLOSE ends them")
    asked.then_say(f"{holder.nick} was put off.")
    _end(asked, holder, f"Put off by {asked.ctx.user.nick}, whose nick it is")


def _holder(asked: Asked, nick: str) -> User | None:
    """Who has a nick of one's own account. Raises Refusal for another nick."""
    state = asked.ctx.state
    if state.accounts.owner(nick) is not own_account(asked):
        raise asked.refusal("That nick does not belong to the account that you are logged in to")
    return state.nicks.find(nick)


def _take_back(asked: Asked, nick: str) -> None:
    holder = _holder(asked, nick)
    if holder is asked.ctx.user:
        raise asked.refusal("You have that nick already")
    if holder is None:
        _take(asked, nick)
    else:
        asked.ctx.then = lambda: _take(asked, nick)
        _end(asked, holder, f"Put off by {asked.ctx.user.nick}, whose nick it is")


def _take(asked: Asked, nick: str) -> None:
    asked.then_say(f"You are {nick} again.")
    asked.ctx.propose(facts.NickChanged, nick=nick, skeleton=skeleton(nick))

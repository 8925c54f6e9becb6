"""Registered channels: they get a founder, another one or none, and others get access to them.

Rules:
1. Who registers a channel is logged in and an operator in it. An account has at most so many, and at most half of a
   network's channels are registered, so that there is always room for others.
2. A channel is handed over when both want it: its founder offers it, and who has the offer takes it.
3. Operators of the network with the privilege for it register although that is closed, give up and hand over.
4. Members get and lose prefixes with their access at once, and hear of it by a MODE of ChanServ.
5. A channel whose founder's account is deleted is registered no longer (apply/accounts.py); another name changes
   nothing (apply/renaming.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ipcchat.core import account_rules, channel_access, facts, replies, rules
from ipcchat.core.accounts import Account
from ipcchat.core.apply import channel_modes, telling
from ipcchat.core.apply.accounts import LOCKDOWN_REGISTRATION
from ipcchat.core.apply.channel_modes import Remodelling
from ipcchat.core.apply.meaning import means
from ipcchat.core.channel_access import OFFERED
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry, ModeChange
from ipcchat.core.modes import PREFIX_MODES, REGISTERED
from ipcchat.core.privileges import CHANNELS
from ipcchat.core.state import Channel, ListedMask, State, User
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

NOBODY = ListedMask("", 0)
"""Who sets masks where only prefixes change."""


# Registering.


def _check_registered(state: State, fact: facts.ChannelRegistered) -> None:
    user = rules.actor(state, fact)
    channel = rules.joined_channel(state, user, fact.channel)
    if channel.founder:
        text = f"{channel.name} is registered already; INFO {channel.name} says by whom"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    account = _own_account(state, user, fact.account)
    if not rules.has_rank(channel, user, "o"):
        text = f"Only an operator of {channel.name} registers it; ask one to do that"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    if not rules.has_privilege(user, CHANNELS):
        _require_open(state, channel)
        _require_quota(state, channel, account)
    if sum(bool(other.founder) for other in state.channels.values()) >= state.limits.channels_max // 2:
        text = "There are as many registered channels as this network may have; ask an operator of the network"
        raise Refusal(numerics.ERR_UNAVAILRESOURCE, channel.name, text=text)


def _own_account(state: State, user: User, name: str) -> Account:
    """The account of that name, to which the user is logged in. Raises Refusal 477."""
    account = state.accounts.find(name)
    if account is None or not account_rules.is_member(state, user, account):
        text = "Log in to an account first: a channel belongs to one. /msg NickServ HELP says how"
        raise Refusal(numerics.ERR_NEEDREGGEDNICK, "*", text=text)
    return account


def _require_open(state: State, channel: Channel) -> None:
    """Everybody may register channels. Raises Refusal 482."""
    if not state.policy.channels_open:
        text = "Only operators of the network register channels here; ask one"
    elif state.lockdown <= LOCKDOWN_REGISTRATION:
        text = "Nobody can register a channel at the moment; try again later"
    else:
        return
    raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)


def _require_quota(state: State, channel: Channel, account: Account) -> None:
    """The account may be founder of one more. Raises Refusal 405."""
    most = state.limits.channels_per_account_max
    if len(channel_access.founded(state, account.name)) >= most:
        text = f"{account.name} has {most} channels, as many as an account may register; DROP one of them first"
        raise Refusal(numerics.ERR_TOOMANYCHANNELS, channel.name, text=text)


def _register(state: State, fact: facts.ChannelRegistered, entry: Entry) -> Remodelling:
    channel = state.channels[fact.channel]
    channel.founder, channel.registered, channel.access = _name_of(state, fact.account), entry.at, {}
    state.recount(channel)
    return _with_mark(True, regrade(state, channel, _members(state, channel, fact.account), ""))


def _name_of(state: State, account: str) -> str:
    return account_rules.known(state, account).name


# Giving up.


def _check_unregistered(state: State, fact: facts.ChannelUnregistered) -> None:
    user = rules.actor(state, fact)
    if not rules.has_privilege(user, CHANNELS):
        require_founder(channel_access.registered_channel(state, user, fact.channel), user)
    else:
        _existing(state, user, fact.channel)


def _existing(state: State, user: User, name: str) -> Channel:
    """A registered channel, also a secret one, for operators of the network. Raises Refusal 403 or 482."""
    channel = state.channels.find(name)
    if channel is None or not channel.founder:
        return channel_access.registered_channel(state, user, name)
    return channel


def require_founder(channel: Channel, user: User) -> None:
    """The user is logged in to the account that founded the channel. Raises Refusal 482."""
    if not channel_access.is_founder(channel, user.account):
        text = f"Only the founder of {channel.name} does that: log in to {channel.founder}"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)


def _unregister(state: State, fact: facts.ChannelUnregistered, entry: Entry) -> Remodelling:
    """Members keep their prefixes: they are all that says who runs the channel from now on."""
    channel = state.channels[fact.channel]
    state.unregister(channel)
    return _with_mark(False, Remodelling(channel, [], {}, None))


# Handing over.


def _check_transferred(state: State, fact: facts.ChannelTransferred) -> None:
    user = rules.actor(state, fact)
    if rules.has_privilege(user, CHANNELS):
        channel, account = _existing(state, user, fact.channel), _usable(state, fact.account)
    else:
        channel = channel_access.registered_channel(state, user, fact.channel)
        account = _own_account(state, user, fact.account)
        if not channel_access.is_offered(channel, account.name):
            text = f"{channel.name} is not offered to {account.name}; its founder does that: TRANSFER {channel.name}"
            raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=f"{text} {account.name}")
        _require_quota(state, channel, account)
    if channel_access.is_founder(channel, account.name):
        raise Ignored


def _usable(state: State, name: str) -> Account:
    """An account of that name that can be used. Raises Refusal 400."""
    account = account_rules.known(state, name)
    if not account.verified:
        text = f"The account {account.name} is not verified yet"
        raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", account.name, text=text)
    return account


def _transfer(state: State, fact: facts.ChannelTransferred, entry: Entry) -> Remodelling:
    """The founder before is an operator of the channel if he wanted that, and nothing if he was not asked."""
    channel, account = state.channels[fact.channel], account_rules.known(state, fact.account)
    former, before = channel.founder, channel_access.modes_of(channel, account.name)
    offered = channel_access.is_offered(channel, account.name)
    channel.founder = account.name
    access = {name: modes.rstrip(OFFERED) for name, modes in channel.access.items() if name != fold(account.name)}
    channel.access = {name: modes for name, modes in access.items() if modes} | ({fold(former): "o"} if offered else {})
    _lower_seats(channel, channel_access.FOUNDER_MODE)
    gone = _gradings(state, channel, _members(state, channel, former), channel_access.FOUNDER_MODE)
    come = _gradings(state, channel, _members(state, channel, account.name), before)
    return channel_modes.remodel(state, channel, [*gone, *come], NOBODY)


# Access.


def _check_access(state: State, fact: facts.AccessChanged) -> None:
    user = rules.actor(state, fact)
    channel = channel_access.registered_channel(state, user, fact.channel)
    modes, offered = fact.modes.rstrip(OFFERED), fact.modes.endswith(OFFERED)
    if len(modes) > 1 or modes not in PREFIX_MODES:
        text = f"Access is one of {', '.join(PREFIX_MODES)}"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, channel.name, "*", "*", text=text)
    if channel_access.is_founder(channel, fact.account):
        text = f"{channel.founder} founded {channel.name}, which is more than any access; TRANSFER hands it over"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    _require_editor(channel, user, fact.account, modes, offered)
    if fact.modes == channel.access.get(fold(fact.account), ""):
        raise Ignored
    if fact.modes:
        _usable(state, fact.account)
        _require_entry(state, channel, fact.account)


def _require_editor(channel: Channel, user: User, account: str, modes: str, offered: bool) -> None:
    """The user may give that access to that account. Raises Refusal 482."""
    keeps_offer = offered == channel_access.is_offered(channel, account)
    is_own = bool(user.account) and fold(user.account) == fold(account)
    if not keeps_offer and not (is_own and not offered):
        require_founder(channel, user)
    if modes == channel_access.modes_of(channel, account):
        return
    if not user.account or not channel_access.may_edit(channel, user.account, account, modes):
        text = f"Access to {channel.name} is changed by its founder, and by those with q or a for ranks below their own"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)


def _require_entry(state: State, channel: Channel, account: str) -> None:
    """There is room for the account in the list, or it is there already. Raises Refusal 478."""
    most = state.limits.access_entries_max
    if fold(account) not in channel.access and len(channel.access) >= most:
        text = f"{channel.name} has access for {most} accounts, as many as there may be; take some away first"
        raise Refusal(numerics.ERR_BANLISTFULL, channel.name, "*", text=text)


def _change_access(state: State, fact: facts.AccessChanged, entry: Entry) -> Remodelling:
    channel, name = state.channels[fact.channel], fold(fact.account)
    before = channel_access.modes_of(channel, name)
    others = {other: modes for other, modes in channel.access.items() if other != name}
    channel.access = others | ({name: fact.modes} if fact.modes else {})
    if before not in fact.modes:
        _lower_seats(channel, before)
    return regrade(state, channel, _members(state, channel, name), before)


# What members have.


def regrade(state: State, channel: Channel, users: Iterable[User], before: str) -> Remodelling:
    """A change: members have the prefix of their access now, and no longer the one that they had by it `before`."""
    return channel_modes.remodel(state, channel, _gradings(state, channel, users, before), NOBODY)


def _gradings(state: State, channel: Channel, users: Iterable[User], before: str) -> list[ModeChange]:
    changes = []
    for user in users:
        after = channel_access.modes_of(channel, user.account)
        if before != after:
            changes += [
                ModeChange(added, modes, user.uid) for added, modes in ((False, before), (True, after)) if modes
            ]
    return changes


def _members(state: State, channel: Channel, account: str) -> list[User]:
    """The members who are logged in to the account."""
    name = fold(account)
    return [user for user, _ in state.members(channel) if user.account and fold(user.account) == name]


def _lower_seats(channel: Channel, mode: str) -> None:
    """Nobody comes back with a prefix that was taken away meanwhile. Whose access gives it has it anyway."""
    for seat in channel.seats.values():
        seat.modes = seat.modes.replace(mode, "")


def _with_mark(added: bool, remodelling: Remodelling) -> Remodelling:
    """Also the mode that shows whether the channel is registered. It is in no state: `founder` says the same."""
    mark = ModeChange(added, REGISTERED)
    return Remodelling(remodelling.channel, [mark, *remodelling.changed], remodelling.full, remodelling.before)


# Who hears of it.


def _announce(engine: Engine, fact: facts.Fact, entry: Entry, remodelling: Remodelling, ctx: Context | None) -> None:
    own = channel_modes.own_hearing(ctx, remodelling.channel)
    channel_modes.tell(engine, entry, remodelling, channel_modes.service_mask(engine), own, entry.seq)


def _announce_access(
    engine: Engine, fact: facts.AccessChanged, entry: Entry, remodelling: Remodelling, ctx: Context | None
) -> None:
    _announce(engine, fact, entry, remodelling, ctx)
    if fact.modes.endswith(OFFERED):
        _tell_offer(engine, fact, entry, remodelling.channel)


def _tell_offer(engine: Engine, fact: facts.AccessChanged, entry: Entry, channel: Channel) -> None:
    """Those who are logged in to the account hear that it can have the channel."""
    text = f"{channel.founder} offers you the channel {channel.name}. TRANSFER ACCEPT {channel.name} takes it"
    for user in account_rules.users_of(engine.state, account_rules.known(engine.state, fact.account)):
        line = replies.line(channel_modes.service_mask(engine), "NOTICE", user.nick, text)
        telling.broadcast(engine, telling.of_user(engine, user), entry, telling.same(line), None)


means(facts.ChannelRegistered, check=_check_registered, change=_register, announce=_announce)
means(facts.ChannelUnregistered, check=_check_unregistered, change=_unregister, announce=_announce)
means(facts.ChannelTransferred, check=_check_transferred, change=_transfer, announce=_announce)
means(facts.AccessChanged, check=_check_access, change=_change_access, announce=_announce_access)

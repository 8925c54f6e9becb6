"""ChanServ, the way to registered channels: making one one's own, handing it over, giving it up, and looking at it.

Rules:
1. What ChanServ does is a fact like any other, with the rank that the account of who asks has in the channel
   (channel_access.py, apply/registered.py).
2. Who may not know of a channel gets the same answers as if there was none.
3. What its founder cannot take back takes two steps.

Who has which rank in a channel, and what one does with it, is in chanserv_access.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from ipcchat.core import account_rules, audit, channel_access, facts, rules, visibility
from ipcchat.core.channel_access import OFFERED
from ipcchat.core.channel_settings import SETTINGS
from ipcchat.core.handlers.nickserv_settings import moment
from ipcchat.core.handlers.services import advise
from ipcchat.core.privileges import CHANNELS
from ipcchat.core.services import Asked, service_command
from ipcchat.core.state import Channel
from ipcchat.core.targets import quotable
from ipcchat.wire import masks
from ipcchat.wire.casemap import fold

SERVICE = "ChanServ"
ROWS_MAX = 100

# What people type who know services from elsewhere, and what there is instead.
INSTEAD = {
    "KICK BAN AKICK QUIET": "Operators do that themselves: KICK #channel <nick>, MODE #channel +b <mask>; ~m:<mask>"
    " only mutes. UP gives you the rank that you have by your access.",
    "MLOCK TOPIC ENTRYMSG": "Operators set that themselves, and a registered channel keeps it: TOPIC #channel :text,"
    " MODE #channel +t. Type HELP CMODES.",
    "RECOVER": "UP gives you the rank that you have by your access, UNBAN lifts bans that hit you, and no mode keeps"
    " you out: JOIN #channel.",
}

advise(SERVICE, INSTEAD)


def find_channel(asked: Asked, name: str) -> Channel:
    """A channel that there is for who asks; with the privilege for channels also a secret one that is registered.
    Raises Refusal."""
    state = asked.ctx.state
    channel = state.channels.find(name)
    if channel is not None and channel.founder and manages_channels(asked):
        return channel
    return channel_access.known_channel(state, asked.ctx.user, quotable(name))


def find_registered(asked: Asked, name: str) -> Channel:
    """A registered channel that there is for who asks. Raises Refusal."""
    channel = find_channel(asked, name)
    channel_access.require_registered(channel)
    return channel


def find_account(asked: Asked, name: str) -> str:
    """The name of an account, by it or by a nick of it. Raises Refusal."""
    accounts = asked.ctx.state.accounts
    account = accounts.find(name) or accounts.owner(name)
    if account is None:
        raise asked.refusal(f"There is no account {quotable(name)}, and no nick of one")
    return account.name


@service_command(SERVICE, "REGISTER", shown=True)
def register(asked: Asked, channel: str) -> None:
    """Make a channel yours: REGISTER #tea. It stays when nobody is in it, with its topic, modes and lists; you are its
    owner whenever you come in, and ACCESS says who else has a rank there. You need an account and must be an operator
    in the channel."""
    room, account = find_channel(asked, channel), asked.ctx.user.account
    asked.then_say(
        f"{room.name} belongs to {account} now. ACCESS {room.name} ADD <account> o makes others its operators."
    )
    asked.ctx.propose(facts.ChannelRegistered, channel=room.name, account=account)


@service_command(SERVICE, "DROP", "UNREGISTER", shown=True)
def drop(asked: Asked, channel: str, code: str = "") -> None:
    """Give up a channel that you founded: DROP #tea tells you what to type then. It is an ordinary channel from then
    on, and gone when everybody has left it."""
    ctx, room = asked.ctx, find_registered(asked, channel)
    fact = facts.ChannelUnregistered(ctx.engine.next_id(), ctx.engine.now.wall, ctx.user.uid, channel=room.name)
    ctx.engine.check(fact)
    confirmation = channel_access.confirmation(room)
    if code != confirmation:
        asked.say(f"Who has access to {room.name} loses it, and an empty channel loses everything.")
        asked.say(f"To give it up, type: DROP {room.name} {confirmation}")
        return
    text = f"{room.name} is not registered any more."
    _then_record(asked, room, audit.CHANNEL_DROPPED, text, f"founded by {room.founder}")
    ctx.put(fact)


def _then_record(asked: Asked, room: Channel, kind: str, text: str, remark: str) -> None:
    """Say that it has happened; what an operator does to the channel of others goes into the audit log."""
    ctx, name = asked.ctx, room.name
    is_own = channel_access.is_founder(room, ctx.user.account)

    def tell() -> None:
        if not is_own:
            audit.write(ctx.engine, kind, ctx.session, name, remark)
        asked.say(text)

    ctx.then = tell


@service_command(SERVICE, "TRANSFER", shown=True, syntax="<channel> <account> | ACCEPT <channel> | CANCEL <channel>")
def transfer(asked: Asked, channel: str, account: str) -> None:
    """Hand a channel over: TRANSFER #tea bob offers it to the account bob, who takes it with TRANSFER ACCEPT #tea.
    Until then TRANSFER CANCEL #tea takes the offer back. Afterwards you have access o."""
    if channel.upper() == "ACCEPT":
        _accept(asked, find_registered(asked, account))
    elif channel.upper() == "CANCEL":
        _cancel(asked, find_registered(asked, account))
    else:
        _hand_over(asked, find_registered(asked, channel), find_account(asked, account))


def _accept(asked: Asked, room: Channel) -> None:
    account = asked.ctx.user.account
    if channel_access.is_founder(room, account):
        raise asked.refusal(f"{room.name} is yours already")
    asked.then_say(f"{room.name} belongs to {account} now.")
    asked.ctx.propose(facts.ChannelTransferred, channel=room.name, account=account)


def _cancel(asked: Asked, room: Channel) -> None:
    """The founder takes his offer back, or who has it does not want it."""
    own = asked.ctx.user.account
    offers = [
        name
        for name in room.access
        if channel_access.is_offered(room, name) and (channel_access.is_founder(room, own) or name == fold(own))
    ]
    if not offers:
        raise asked.refusal(f"{room.name} is not offered to anybody by you, nor to you")
    asked.then_say(f"{room.name} is not offered any more.")
    _take_back(asked, room, offers)


def _take_back(asked: Asked, room: Channel, offers: Iterable[str]) -> None:
    for name in offers:
        modes = channel_access.modes_of(room, name)
        asked.ctx.propose(facts.AccessChanged, channel=room.name, account=name, modes=modes)


def _hand_over(asked: Asked, room: Channel, account: str) -> None:
    """The founder offers the channel; an operator of the network gives it at once."""
    ctx = asked.ctx
    if channel_access.is_founder(room, account):
        raise asked.refusal(f"{room.name} belongs to {account} already")
    if manages_channels(asked) and not channel_access.is_founder(room, ctx.user.account):
        text = f"{room.name} belongs to {account} now."
        _then_record(asked, room, audit.CHANNEL_MOVED, text, f"from {room.founder} to {account}")
        ctx.propose(facts.ChannelTransferred, channel=room.name, account=account)
        return
    if channel_access.is_offered(room, account):
        raise asked.refusal(f"{room.name} is offered to {account} already; TRANSFER ACCEPT {room.name} takes it")
    offers = [name for name in room.access if channel_access.is_offered(room, name)]
    asked.then_say(f"{room.name} is offered to {account}, who takes it with TRANSFER ACCEPT {room.name}.")
    modes = channel_access.modes_of(room, account) + OFFERED
    ctx.propose(facts.AccessChanged, channel=room.name, account=account, modes=modes)
    _take_back(asked, room, offers)


@service_command(SERVICE, "SET", shown=True, syntax="<channel> [<setting> [<value> | default]]")
def set_(asked: Asked, channel: str, setting: str = "", value: str = "") -> None:
    """Change what belongs to a registration: SET #tea history joined lets nobody read what was said before he came. SET
    #tea lists all settings and what they are, and SET #tea edits says what edits is. Everything else about a channel is
    a mode, and kept: MODE #tea +m; HELP CMODES lists those. SET #tea FOUNDER bob is TRANSFER #tea bob."""
    room, name = find_registered(asked, channel), setting.lower()
    if name == "founder" and value:
        _hand_over(asked, room, find_account(asked, value))
    elif name and name not in SETTINGS:
        raise asked.refusal(f"There is SET for FOUNDER, {', '.join(SETTINGS)}. The rest are modes: HELP CMODES")
    elif not value:
        _tell_settings(asked, room, [name] if name else list(SETTINGS))
    else:
        written = "" if value.lower() == "default" else value.lower()
        asked.then_say(f"{name} of {room.name} is {written or 'default'} now.")
        asked.ctx.propose(facts.ChannelSettingChanged, channel=room.name, name=name, value=written)


def _tell_settings(asked: Asked, room: Channel, names: Iterable[str]) -> None:
    """What settings are, mean and can be."""
    for name in names:
        row = SETTINGS[name]
        value = room.settings.get(name) or f"default{f' ({row.default})' if row.default else ''}"
        asked.say(f"{name}: {value}. It says {row.meaning}: {row.values}.")


@service_command(SERVICE, "INFO", shown=True)
def info(asked: Asked, channel: str) -> None:
    """See whose channel it is, and since when: INFO #tea."""
    room, user = find_registered(asked, channel), asked.ctx.user
    asked.say(f"{room.name} belongs to {room.founder}, since {moment(room.registered)}.")
    if room.settings:
        asked.say(f"Settings: {', '.join(f'{name} {value}' for name, value in room.settings.items())}.")
    if channel_access.modes_of(room, user.account):
        asked.say(f"Accounts with access: {len(room.access) + 1}; ACCESS {room.name} LIST shows them.")
    if channel_access.is_offered(room, user.account):
        asked.say(f"It is offered to you: TRANSFER ACCEPT {room.name} takes it.")
    if not room.members:
        asked.say("Nobody is in it at the moment.")


@service_command(SERVICE, "LIST", shown=True)
def list_(asked: Asked, mask: str = "*") -> None:
    """See the registered channels that you founded or have access to; operators of the network see all: LIST #dev*."""
    ctx, wanted = asked.ctx, fold(mask)
    manages = manages_channels(asked)
    found = [
        room
        for room in ctx.state.channels.values()
        if room.founder
        and (manages or channel_access.modes_of(room, ctx.user.account))
        and masks.match(wanted, fold(room.name))
    ]
    for room in found[:ROWS_MAX]:
        own = channel_access.modes_of(room, ctx.user.account)
        standing = f"; you have access {own}" if own and not channel_access.is_founder(room, ctx.user.account) else ""
        asked.say(f"{room.name}: founded by {room.founder}, registered {moment(room.registered)}{standing}")
    if len(found) > ROWS_MAX:
        asked.say(f"Only the first {ROWS_MAX} of {len(found)} are shown; give a narrower mask.")
    if not found:
        asked.say("No registered channel of yours matches." if not manages else "No registered channel matches.")


@service_command(SERVICE, "STATUS", shown=True)
def status(asked: Asked, channel: str, nick: str = "") -> None:
    """See which rank you have in a registered channel, or somebody else when you have one: STATUS #tea, STATUS #tea
    bob."""
    ctx, room = asked.ctx, find_registered(asked, channel)
    user = ctx.find_user(quotable(nick)) if nick else ctx.user
    if user is not ctx.user and not manages_channels(asked):
        channel_access.require_access(room, ctx.user, "v")
    access = channel_access.modes_of(room, user.account)
    if channel_access.is_founder(room, user.account):
        asked.say(f"{user.nick} is the founder of {room.name}, by the account {user.account}.")
    elif access:
        asked.say(f"{user.nick} has access {access} in {room.name}, by the account {user.account}.")
    else:
        asked.say(f"{user.nick} has no access in {room.name}.")
    if user.uid in room.members and (user is ctx.user or visibility.shows_in(room, ctx.user, user)):
        modes = room.members[user.uid]
        asked.say(f"{user.nick} is there, {f'with +{modes}' if modes else 'without a prefix'}.")


def manages_channels(asked: Asked) -> bool:
    """Whether who asks is an operator of the network who manages channels."""
    return rules.has_privilege(asked.ctx.user, CHANNELS)


def account_name(asked: Asked, folded: str) -> str:
    """How the name of an account is written."""
    return account_rules.known(asked.ctx.state, folded).name

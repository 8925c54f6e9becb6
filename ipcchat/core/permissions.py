"""Who may do what in a channel: one table of actions, with the least standing that each takes.

Rules:
1. A row counts when its condition holds: always (""), a mode is set ("+n"), or a relation is there ("muted"). Whoever
   has the row's standing passes it, and so does whoever has one of the relations in `unless`.
2. Whoever may not know of a channel can do nothing there: it is as if there were none. Any other action is allowed
   when every row of it that counts is passed; the first one that is not says why.
3. Operators of the network are no exception: they see people, but not into channels (visibility.py). What they do
   there by privilege is forced, and said to be (SAMODE, SAJOIN).
4. Which standing changes a mode is in the table of modes (modes.py); those actions are called "mode +o" and the like.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import channel_settings, extbans
from ipcchat.core.channel_settings import EDITS, NOBODY, OPERATORS, REDACTIONS
from ipcchat.core.state import seat_name
from ipcchat.wire import numerics
from ipcchat.wire.numerics import Numeric

if TYPE_CHECKING:
    from ipcchat.core.state import Channel, Seat, State, User


class Asked(msgspec.Struct, frozen=True):
    """What somebody brings along: the key for a channel, and when it is asked (Unix ms); or who said the message that
    he wants to change (references.py), and its place."""

    key: str = ""
    at: int = 0
    author: str = ""
    about: int = 0


Relation = Callable[["State", "Channel", "User", Asked], bool]


NOTHING = Asked()


class Standing(IntEnum):
    """What somebody is in a channel, by the highest prefix."""

    OUTSIDER = 0
    MEMBER = 1
    VOICE = 2
    HALFOP = 3
    OPERATOR = 4
    ADMIN = 5
    OWNER = 6
    NOBODY = 7


OF_PREFIX = {
    "": Standing.MEMBER,
    "v": Standing.VOICE,
    "h": Standing.HALFOP,
    "o": Standing.OPERATOR,
    "a": Standing.ADMIN,
    "q": Standing.OWNER,
}
WORDS = {
    Standing.OUTSIDER: "anybody",
    Standing.MEMBER: "a member",
    Standing.VOICE: "voice (+v)",
    Standing.HALFOP: "half-operator (+h)",
    Standing.OPERATOR: "operator (+o)",
    Standing.ADMIN: "admin (+a)",
    Standing.OWNER: "owner (+q)",
    Standing.NOBODY: "nobody",
}


class Row(msgspec.Struct, frozen=True):
    """One row: the action, when the row counts, who passes it, and what the others are told."""

    action: str
    condition: str
    least: Standing
    numeric: Numeric
    text: str
    unless: tuple[str, ...] = ()


def _speech(condition: str, least: Standing, reason: str, unless: tuple[str, ...] = ()) -> Row:
    return Row("speak", condition, least, numerics.ERR_CANNOTSENDTOCHAN, f"Cannot send to channel ({reason})", unless)


def _ranked(action: str, least: Standing, condition: str = "") -> Row:
    return Row(action, condition, least, numerics.ERR_CHANOPRIVSNEEDED, numerics.ERR_CHANOPRIVSNEEDED.text)


def _door(condition: str, numeric: Numeric, reason: str, unless: tuple[str, ...] = ()) -> Row:
    return Row("join", condition, Standing.NOBODY, numeric, f"Cannot join channel ({reason}", (*_WELCOME, *unless))


_WELCOME = ("invited", "founder")
_KNOWN = ("access", "seat")
_KEPT = "Nothing is taken away in this channel (ChanServ SET: redactions off)"
_BY_OPERATORS = "Only operators take messages away in this channel (ChanServ SET: redactions operators)"
_FOREIGN = "You take away what you said yourself; for what others said you must be operator (+o) or higher"
_EDITS_OFF = "Messages are not edited in this channel (ChanServ SET: edits off)"
_NOT_YOURS = "You edit only what you said yourself"
_KICKED = "Nobody is kicked here (+Q); MODE -Q takes that away"
_RENAMED = "Cannot change nickname while banned or muted there"
TABLE = (
    Row("know of", "+s", Standing.MEMBER, numerics.ERR_NOSUCHCHANNEL, numerics.ERR_NOSUCHCHANNEL.text),
    _speech("+n", Standing.MEMBER, "+n: only members may speak"),
    _speech("+m", Standing.VOICE, "+m: only members with a prefix may speak"),
    _speech("+M", Standing.VOICE, "+M: only people with an account may speak", ("account",)),
    _speech("muted", Standing.VOICE, "+b: you are banned or muted"),
    _ranked("topic", Standing.HALFOP, "+t"),
    _ranked("invite", Standing.HALFOP, "+i"),
    _ranked("uninvite", Standing.HALFOP),
    _ranked("kick", Standing.HALFOP),
    Row("kick", "+Q", Standing.NOBODY, numerics.ERR_CHANOPRIVSNEEDED, _KICKED),
    _ranked("rename", Standing.OPERATOR),
    _ranked("metadata", Standing.OPERATOR),
    Row("redact", "redactions off", Standing.NOBODY, numerics.ERR_UNKNOWNERROR, _KEPT),
    Row("redact", "redactions operators", Standing.OPERATOR, numerics.ERR_UNKNOWNERROR, _BY_OPERATORS),
    Row("redact", "", Standing.OPERATOR, numerics.ERR_UNKNOWNERROR, _FOREIGN, ("author",)),
    Row("edit", "edits off", Standing.NOBODY, numerics.ERR_UNKNOWNERROR, _EDITS_OFF),
    Row("edit", "", Standing.NOBODY, numerics.ERR_UNKNOWNERROR, _NOT_YOURS, ("author",)),
    _ranked("pin", Standing.OPERATOR),
    _ranked("see closed list", Standing.HALFOP),
    _door("banned", numerics.ERR_BANNEDFROMCHAN, "+b): you are banned; ask one of its operators"),
    _door(
        "+R",
        numerics.ERR_NEEDREGGEDNICK,
        "+R): it is for people with an account; log in first",
        (*_KNOWN, "account"),
    ),
    _door("+i", numerics.ERR_INVITEONLYCHAN, "+i): it is for those who are invited; {way}", (*_KNOWN, "expected")),
    _door("locked", numerics.ERR_BADCHANNELKEY, "+k): it needs the right key; JOIN {channel} <key>", (*_KNOWN, "key")),
    _door("full", numerics.ERR_CHANNELISFULL, "+l): it is full; try again later", _KNOWN),
    Row("change nick", "nick locked", Standing.VOICE, numerics.ERR_BANONCHAN, _RENAMED),
)


COMMANDS = {
    "know of": ("every command",),
    "join": ("JOIN",),
    "speak": ("PRIVMSG", "NOTICE", "TAGMSG", "BATCH"),
    "topic": ("TOPIC",),
    "invite": ("INVITE",),
    "uninvite": ("UNINVITE",),
    "kick": ("KICK",),
    "rename": ("RENAME",),
    "metadata": ("METADATA",),
    "redact": ("REDACT",),
    "edit": ("PRIVMSG", "NOTICE", "BATCH"),
    "pin": ("PIN", "UNPIN"),
    "see closed list": ("MODE",),
    "change nick": ("NICK",),
}
"""By which commands each action is done."""

RELATION_WORDS = {
    "account": "who is logged in",
    "banned": "a ban hits him",
    "muted": "a ban or mute hits him",
    "nick locked": "a ban, mute or nick lock hits him",
    "locked": "`+k`",
    "key": "who has the key",
    "full": "`+l` is reached",
    "invited": "who was invited",
    "expected": "whom `+I` hits",
    "seat": "who was cut off lately",
    "founder": "the founder",
    "access": "who has access",
    "author": "who said it",
    "redactions off": "the setting `redactions` is `off`",
    "redactions operators": "the setting `redactions` is `operators`",
    "edits off": "the setting `edits` is `off`",
}


def _is_muted(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return bool(channel.lists) and is_banned(state, channel, user, extbans.MUTE)


def _is_nick_locked(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    """A banned, muted or nick-locked member would escape the mask by another nick."""
    return bool(channel.lists) and any(is_banned(state, channel, user, how) for how in (extbans.NICK, extbans.MUTE))


def _has_seat(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return kept_seat(state, channel, user, asked.at) is not None


def _has_account(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return bool(user.account)


def _is_banned(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return is_banned(state, channel, user)


def _is_locked(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return bool(channel.key)


def _has_key(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return asked.key == channel.key


def _is_full(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return bool(channel.limit) and len(channel.members) >= channel.limit


def _is_invited(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return user.uid in channel.invited


def _is_expected(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return extbans.any_hits(state, user, channel.lists.get("I", ()))


def _keeps_everything(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return channel_settings.value_of(channel, REDACTIONS) == NOBODY


def _operators_redact(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return channel_settings.value_of(channel, REDACTIONS) == OPERATORS


def _keeps_first_texts(state: State, channel: Channel, user: User, asked: Asked) -> bool:
    return channel_settings.value_of(channel, EDITS) == "off"


RELATIONS: dict[str, Relation] = {
    "account": _has_account,
    "banned": _is_banned,
    "muted": _is_muted,
    "nick locked": _is_nick_locked,
    "locked": _is_locked,
    "key": _has_key,
    "full": _is_full,
    "invited": _is_invited,
    "expected": _is_expected,
    "seat": _has_seat,
    "redactions off": _keeps_everything,
    "redactions operators": _operators_redact,
    "edits off": _keeps_first_texts,
}
"""Every relation that a row may name. Those of registered channels are added by channel_access.py, and who said a
message by references.py."""


def kept_seat(state: State, channel: Channel, user: User, at: int) -> Seat | None:
    """The place that is kept for this user at that time (Unix ms), if any."""
    seat = channel.seats.get(seat_name(user))
    return seat if seat and is_kept(state, seat, at) else None


def is_kept(state: State, seat: Seat, at: int) -> bool:
    """Whether that place is still kept at that time (Unix ms)."""
    return at - seat.at <= state.limits.seat_minutes_max * 60_000


def is_banned(state: State, channel: Channel, user: User, acting: str = "") -> bool:
    """Whether a ban of the channel hits the user, and no exception does. `acting` is what he wants to do: come in
    (""), speak (m) or change his nick (n)."""
    bans = channel.lists.get("b")
    if not bans or not extbans.any_hits(state, user, bans, acting):
        return False
    return not extbans.any_hits(state, user, channel.lists.get("e", ()), acting)


def standing(channel: Channel, user: User) -> Standing:
    """What the user is in the channel."""
    modes = channel.members.get(user.uid)
    return Standing.OUTSIDER if modes is None else OF_PREFIX[modes[:1]]


@cache
def rows(action: str, flags: str) -> tuple[Row, ...]:
    """The rows of an action that may count in a channel with these flags."""
    return tuple(
        row
        for row in TABLE
        if row.action == action and (not row.condition.startswith("+") or row.condition[1:] in flags)
    )


@cache
def members_speak(flags: str) -> bool:
    """Whether everybody in a channel with these flags and without lists may speak: most messages need no more."""
    return all(row.least <= Standing.MEMBER or row.condition == "muted" for row in rows("speak", flags))


def obstacle(action: str, state: State, channel: Channel, user: User, asked: Asked = NOTHING) -> Row | None:
    """The row that the user does not pass; None when he may do it."""
    own = standing(channel, user)
    for row in rows(action, channel.flags):
        if own < row.least and _counts(row, state, channel, user, asked):
            return row
    return None


def _counts(row: Row, state: State, channel: Channel, user: User, asked: Asked) -> bool:
    related = RELATIONS.get(row.condition)
    if related is not None and not related(state, channel, user, asked):
        return False
    return not any(RELATIONS[name](state, channel, user, asked) for name in row.unless)

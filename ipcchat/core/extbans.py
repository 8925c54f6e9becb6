"""Masks of channel lists: nick!user@host with wildcards or a network, and extended masks (~a:account).

Rules:
1. A type is one row here; EXTBAN, ACCOUNTEXTBAN, HELP and the reference are made from the rows.
2. A matching type says whom a mask hits, an acting one (~m:) what only it forbids them. An acting one stands before the
   mask it is about: ~m:ann!*@*, ~m:~a:bob. So does ~U:, which hits people without an account.
3. A plain mask hits what others see of a user and also where he really is, so that a cloak is no way around a ban. A
   host may be an address or a network however it is written.
4. What a mask hits tells nobody more than he could see: membership of secret channels, and members whom +D or +u
   hides, are not matched by ~c:.

Specification: Modern IRC "EXTBAN" (https://modern.ircdocs.horse/#extban-parameter) and IRCv3 account-extban
(https://ircv3.net/specs/extensions/account-extban); types as InspIRCd and UnrealIRCd have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

import msgspec

from ipcchat.core.addresses import normal
from ipcchat.core.modes import CHANNEL_CLASSES, is_at_least
from ipcchat.core.state import State, User
from ipcchat.wire import masks
from ipcchat.wire.casemap import fold

MARK = "~"
MUTE, NICK, STRANGER = "m", "n", "U"
INSPIRCD_EXTBANS = "https://docs.inspircd.org/4/extended-bans/"


class Extban(msgspec.Struct, frozen=True):
    """One type of extended mask: its letter and name (both are understood), and whom it hits; an acting one has no
    `hits`. `before_mask`: its value is another mask."""

    letter: str
    name: str
    help: str
    hits: Callable[[State, User, str], bool] | None = None
    before_mask: bool = False
    spec: str = INSPIRCD_EXTBANS


def _account(state: State, user: User, value: str) -> bool:
    return bool(user.account) and masks.match(fold(value), fold(user.account))


def _stranger(state: State, user: User, value: str) -> bool:
    return not user.account


def _certificate(state: State, user: User, value: str) -> bool:
    return bool(user.certificate) and masks.match(value, user.certificate.lower())


def _realname(state: State, user: User, value: str) -> bool:
    return masks.match(fold(value), fold(user.realname))


def _channel(state: State, user: User, value: str) -> bool:
    """In that channel, for everybody to see; with a prefix before its name (~c:@#room), with at least that one."""
    name = value.lstrip(CHANNEL_CLASSES.symbols)
    channel = state.channels.find(name)
    if channel is None or "s" in channel.flags or user.uid in channel.hidden:
        return False
    modes = channel.members.get(user.uid)
    if name == value:
        return modes is not None and (bool(modes) or "u" not in channel.flags)
    rank = CHANNEL_CLASSES.prefixes[CHANNEL_CLASSES.symbols.index(value[0])]
    return is_at_least(modes or "", rank)


_ROWS = (
    Extban(
        "a",
        "account",
        "people logged in to an account: ~a:bob",
        _account,
        spec="https://ircv3.net/specs/extensions/account-extban",
    ),
    Extban("c", "channel", "members of a channel: ~c:#room, ~c:@#room", _channel),
    Extban("r", "realname", "people with a realname, ? for a space: ~r:*robot*", _realname),
    Extban(STRANGER, "unregistered", "people without an account: ~U:*!*@*", _stranger, before_mask=True),
    Extban("z", "certificate", "people with a TLS certificate of that fingerprint: ~z:5f4d...", _certificate),
    Extban(MUTE, "mute", "may come in but not speak: ~m:ann!*@*, ~m:~a:bob", before_mask=True),
    Extban(NICK, "nick", "may not change their nick while they are here: ~n:*!*@*", before_mask=True),
)

EXTBANS: dict[str, Extban] = {row.letter: row for row in _ROWS}
_BY_NAME = {row.name: row for row in _ROWS} | EXTBANS
ISUPPORT_VALUE = f"{MARK},{''.join(sorted(EXTBANS))}"

_EXTENDED = re.compile(rf"{MARK}([A-Za-z]*)(?::(.*)|)", re.DOTALL)
_FINGERPRINT = re.compile(r"[0-9a-f*?]+")
_NETWORK = re.compile(r"[0-9a-f]*[.:][0-9a-f.:]*/[0-9]+")


# Reading and writing.


def parse(mask: str) -> tuple[Extban | None, str]:
    """The type of an extended mask and its value; (None, mask) for a plain one."""
    if not mask.startswith(MARK):
        return None, mask
    name, colon, value = mask[1:].partition(":")
    row = _BY_NAME.get(name) if colon else None
    return (row, value) if row else (None, mask)


def problem(mask: str, letter: str = "b") -> str:
    """Why a mask cannot be used in the list of that channel mode, for people; "" when it can."""
    row, value = parse(mask)
    if row is None:
        return _unknown_problem(mask) or _network_problem(mask)
    if not value:
        return f"An extended mask needs a value; {row.name}: {row.help}"
    if row.hits is None and letter == "I":
        return f"{MARK}{row.letter}: forbids something and lets nobody in; it goes into +b and +e"
    if row.before_mask:
        return _inner_problem(row, value) or problem(value, letter)
    return _value_problem(row, value)


def _unknown_problem(mask: str) -> str:
    """~bob@example.org is a plain mask: users without a proof of their name have a ~ in it."""
    if not _EXTENDED.fullmatch(mask):
        return ""
    known = ", ".join(f"{MARK}{letter}:" for letter in EXTBANS)
    return f"No such extended mask; there are {known}"


def _network_problem(mask: str) -> str:
    written = fold(mask).rpartition("@")[2]
    if _NETWORK.fullmatch(written) and _network(written) is None:
        return "No such network; write for instance *!*@192.0.2.0/24 or *!*@2001:db8::/32"
    return ""


def _inner_problem(row: Extban, value: str) -> str:
    """Acting types stand outermost, and no type twice."""
    inner, _ = parse(value)
    if inner is None or (inner.hits and inner is not row):
        return ""
    return f"{MARK}{row.letter}: stands before a mask, not before another {MARK}{inner.letter}:"


def _value_problem(row: Extban, value: str) -> str:
    if row.letter == "c" and not value.lstrip(CHANNEL_CLASSES.symbols).startswith("#"):
        return f"{MARK}c: needs a channel, perhaps with a prefix; {row.help}"
    if row.letter == "z" and not _FINGERPRINT.fullmatch(_fingerprint(value)):
        return f"{MARK}z: needs a fingerprint in hexadecimal digits; {row.help}"
    return ""


def normalized(mask: str) -> str:
    """The mask as lists keep it: letters for the names of types, nick!user@host for plain ones."""
    row, value = parse(mask)
    if row is None:
        return mask if _EXTENDED.fullmatch(mask) else masks.normalize_mask(mask)
    if row.before_mask:
        return f"{MARK}{row.letter}:{normalized(value)}"
    return f"{MARK}{row.letter}:{_fingerprint(value) if row.letter == 'z' else value}"


def _fingerprint(value: str) -> str:
    """A fingerprint as it is kept, however it was written: AB:CD is abcd."""
    return value.replace(":", "").lower()


# Matching.


def hits(state: State, user: User, mask: str, acting: str = "") -> bool:
    """Whether a mask hits a user in what `acting` names; a plain one hits in everything."""
    return any_hits(state, user, (mask,), acting)


def any_hits(state: State, user: User, entries: Iterable[str], acting: str = "") -> bool:
    """Whether any mask of a list hits."""
    shown = _appearances(user)
    return any(_hits(state, user, mask, acting, shown) for mask in entries)


def _appearances(user: User) -> tuple[str, ...]:
    """What a plain mask is compared with: the user as others see him, with where he is, and with the host and cloak
    that he could show."""
    hosts = dict.fromkeys((user.host, user.address or user.host, *user.hosts))
    return tuple(fold(f"{user.nick}!{user.user}@{host}") for host in hosts)


def _hits(state: State, user: User, mask: str, acting: str, shown: tuple[str, ...]) -> bool:
    reading = _read(mask)
    row = reading.row
    if row is None:
        return _plain(user, reading, shown)
    if not (row.letter == acting if row.hits is None else row.hits(state, user, reading.value)):
        return False
    return not row.before_mask or _hits(state, user, reading.value, acting, shown)


class _Reading(NamedTuple):
    """A mask prepared for matching: its type and value; and of a plain one its beginning and end without wildcards,
    by which most users are told apart, who of a network it hits, and that network."""

    row: Extban | None
    value: str
    start: str
    end: str
    who: str
    network: IPv4Network | IPv6Network | None


@lru_cache(maxsize=16_384)
def _read(mask: str) -> _Reading:
    """Masks are asked for at every message of a channel with bans, so they are read once."""
    row, value = parse(mask)
    if row is not None:
        return _Reading(row, value, "", "", "", None)
    wanted = fold(mask)
    literals = re.split(r"[*?]", wanted)
    who, _, host = wanted.rpartition("@")
    return _Reading(None, wanted, literals[0], literals[-1], who, _network(host))


def _plain(user: User, reading: _Reading, shown: tuple[str, ...]) -> bool:
    start, end = reading.start, reading.end
    for text in shown:
        if text.startswith(start) and text.endswith(end) and masks.match(reading.value, text):
            return True
    return _in_network(user, reading)


def _in_network(user: User, reading: _Reading) -> bool:
    """Whether the mask ends in an address or network that the user is in: *!*@10.0.0.0/8."""
    if reading.network is None:
        return False
    addresses = {user.address or user.host, *(attachment.address for attachment in user.sessions)}
    if not any(address in reading.network for address in map(normal, addresses) if address is not None):
        return False
    return masks.match(reading.who, fold(f"{user.nick}!{user.user}"))


def _network(written: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(written, strict=False)
    except ValueError:
        return None

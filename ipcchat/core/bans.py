"""Bans of the network, and its lockdown: who may not be here.

A ban has one canonical form, which is its name: an address or network ("192.0.2.7", "2001:db8::/32"), an account
("account:ann"), or a mask ("*!*@*.example.org", "ann!*@192.0.2.0/24").

Rules:
1. An address is compared without its coat: ::ffff:192.0.2.7 and 64:ff9b::192.0.2.7 are 192.0.2.7, and a zone is
   dropped. What only some programs read as an address (0x7f.1, 2130706433) is no target of a ban.
2. A mask hits whatever form somebody has: the host that others see, his cloak, his host and where each of his
   connections really comes from.
3. A ban that is over hits nobody. It is dropped when another one is set, so that every node drops it at the same place.
4. Networks are looked up by their prefix, accounts by their names; only masks are gone through, and only when somebody
   arrives, has one more connection or takes another nick.
5. At level 1 of the lockdown people come in from this machine only, and operators who are here already may have more
   connections; at level 2 with an account, too.

Behaviour as UBAN of Ergo and the K-lines and D-lines of others have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import facts
from ipcchat.core.addresses import normal
from ipcchat.core.errors import Refusal
from ipcchat.core.peers import LOCAL_ADDRESS, is_loopback
from ipcchat.core.privileges import BAN
from ipcchat.wire import masks, numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.times import format_time

if TYPE_CHECKING:
    from ipcchat.core.state import State, User

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ACCOUNT = "account:"
_ACCOUNT_MARKS = ("~account:", "~a:", ACCOUNT)
_NUMBER = r"(?:0x[0-9a-f]*|[0-9]+)"
_NUMBERS = re.compile(rf"(?:{_NUMBER}(?:\.{_NUMBER})*|[0-9a-f:.]*:[0-9a-f:.]*)(?:%[^/ ]*)?(?:/.*)?")
"""What is an address or network, or looks like one to some programs."""
_COATED_BITS = 96
_BROAD_PREFIX = {4: 8, 6: 19}
"""A network with a shorter prefix is that of a whole registry."""
_NARROW_CHARACTERS_MIN = 3

LOCKDOWN_OPEN = 5
LOCKDOWN_LEVELS = {
    5: "open",
    4: "nobody registers an account or a channel",
    3: "and who has no account writes to nobody but operators in private",
    2: "and nobody comes in without an account",
    1: "and nobody comes in but from this machine",
}
"""What each level forbids; 4 to 1 forbid what the one before does, too."""
REGISTERING, STRANGERS_WRITING, STRANGERS, EVERYBODY = 4, 3, 2, 1


class NetworkBan(msgspec.Struct, frozen=True, array_like=True):
    """Somebody may not be here: why, who said so, since when and until when (Unix ms; 0: until it is lifted)."""

    mask: str
    reason: str
    by: str
    at: int
    until: int = 0

    def is_over(self, at: int) -> bool:
        """Whether it hits nobody any more at that time (Unix ms)."""
        return bool(self.until) and self.until <= at


class Identity(msgspec.Struct, frozen=True):
    """Everything that a ban can hit of somebody: nick!user, his hosts and addresses in every form, his account."""

    who: str
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]
    account: str = ""


class Bans(dict[str, NetworkBan]):
    """All bans by their canonical forms, in the order in which they were first set, and the ways to find one."""

    def __init__(self, bans: Mapping[str, NetworkBan] | None = None) -> None:
        super().__init__()
        self._networks: dict[tuple[int, int], dict[int, str]] = {}
        self._masks: dict[str, str] = {}
        for ban in (bans or {}).values():
            self.put(ban)

    def put(self, ban: NetworkBan) -> None:
        """A ban counts from now on, in place of an earlier one of the same form."""
        self[ban.mask] = ban
        network = network_of(ban.mask)
        if network is not None:
            same_length = self._networks.setdefault((network.version, network.prefixlen), {})
            same_length[_prefix(network.network_address, network.prefixlen)] = ban.mask
        elif not ban.mask.startswith(ACCOUNT):
            self._masks[ban.mask] = _longest_literal(ban.mask)

    def lift(self, mask: str) -> None:
        """A ban counts no more."""
        del self[mask]
        self._masks.pop(mask, None)
        network = network_of(mask)
        if network is not None:
            key = (network.version, network.prefixlen)
            del self._networks[key][_prefix(network.network_address, network.prefixlen)]
            if not self._networks[key]:
                del self._networks[key]

    def in_force(self, at: int) -> list[NetworkBan]:
        """Those that are not over at that time (Unix ms)."""
        return [ban for ban in self.values() if not ban.is_over(at)]

    def hitting(self, identity: Identity, at: int) -> Iterator[NetworkBan]:
        """The bans that hit somebody at that time (Unix ms)."""
        for mask in self._named(identity):
            ban = self.get(mask)
            if ban is not None and not ban.is_over(at):
                yield ban

    def _named(self, identity: Identity) -> Iterator[str]:
        if identity.account:
            yield ACCOUNT + fold(identity.account)
        for address in identity.addresses:
            yield from self.networks_at(address)
        if self._masks:
            forms = _forms(identity)
            everything = " ".join(forms)
            found = (mask for mask, literal in self._masks.items() if literal in everything)
            yield from (mask for mask in found if _describes(mask, identity, forms))

    def networks_at(self, address: str) -> Iterator[str]:
        """The banned addresses and networks that an address is in."""
        ip = normal(address) if self._networks else None
        if ip is None:
            return
        for (version, length), found in self._networks.items():
            if version == ip.version and _prefix(ip, length) in found:
                yield found[_prefix(ip, length)]


# Whom a ban hits.


def _prefix(address: Address, length: int) -> int:
    return int(address) >> (address.max_prefixlen - length)


def _forms(identity: Identity) -> tuple[str, ...]:
    """nick!user@host with each host and address, folded."""
    written = dict.fromkeys((*identity.hosts, *identity.addresses, *_bare(identity.addresses)))
    return tuple(fold(f"{identity.who}@{host}") for host in written if host)


def _longest_literal(mask: str) -> str:
    """What whoever the mask hits has somewhere: few masks are looked at any closer."""
    reading = _read(mask)
    written = mask if reading.network is None else reading.who
    return max(written.replace("?", "*").split("*"), key=len)


def _bare(addresses: Iterable[str]) -> Iterator[str]:
    """Addresses as they are compared: without their coats."""
    return (str(ip) for ip in map(normal, addresses) if ip is not None)


def _describes(mask: str, identity: Identity, forms: tuple[str, ...]) -> bool:
    reading = _read(mask)
    if reading.network is None:
        return any(masks.match(mask, form) for form in forms)
    if not masks.match(reading.who, fold(identity.who)):
        return False
    return any(ip is not None and ip in reading.network for ip in map(normal, identity.addresses))


class _Reading(msgspec.Struct, frozen=True):
    """A mask of which the host is an address or network: whom it hits there."""

    who: str
    network: Network | None


@lru_cache(maxsize=16_384)
def _read(mask: str) -> _Reading:
    who, _, host = mask.rpartition("@")
    return _Reading(who, _network(host))


@lru_cache(maxsize=16_384)
def network_of(mask: str) -> Network | None:
    """The network of a ban in its canonical form; None for one of another kind."""
    return None if "@" in mask or mask.startswith(ACCOUNT) else _network(mask)


def identity_of(user: User) -> Identity:
    """What bans can hit of a user who is here."""
    hosts = {user.host: None, **dict.fromkeys(user.hosts)}
    addresses = {user.address or user.host: None}
    for attachment in user.sessions:
        hosts |= dict.fromkeys(attachment.hosts)
        addresses[attachment.address] = None
    return Identity(f"{user.nick}!{user.user}", tuple(hosts), tuple(addresses), user.account)


def hits(mask: str, identity: Identity) -> bool:
    """Whether a ban in its canonical form would hit somebody."""
    return any(Bans({mask: NetworkBan(mask, "", "", 0)}).hitting(identity, 0))


def hit_by(state: State, mask: str) -> list[tuple[User, tuple[str, ...] | None]]:
    """The users whom a ban in its canonical form hits, each with the ids of the connections that it ends; None: all,
    and him with them."""
    network = network_of(mask)
    if network is None:
        single = Bans({mask: NetworkBan(mask, "", "", 0)})
        return [(user, None) for user in state.users.values() if any(single.hitting(identity_of(user), 0))]
    found = ((user, _connections_in(user, network)) for user in state.users.values())
    return [(user, sessions) for user, sessions in found if sessions]


def _connections_in(user: User, network: Network) -> tuple[str, ...]:
    addresses = ((attachment.id, normal(attachment.address)) for attachment in user.sessions)
    return tuple(id for id, ip in addresses if ip is not None and ip in network)


def is_spared(user: User) -> bool:
    """Whether bans do not put the user off: who may set them could otherwise be shut out by a mistake."""
    return "o" in user.modes and (user.privileges is None or BAN in user.privileges)


# Writing a ban.


def canonical(written: str, bytes_max: int) -> str:
    """The canonical form of a target. Raises ValueError with words for the one who wrote it."""
    text = fold(written.strip())
    for mark in _ACCOUNT_MARKS:
        if text.startswith(mark):
            return _account(text.removeprefix(mark))
    if _NUMBERS.fullmatch(text):
        return _written(_known_network(text))
    if text.startswith("~") and "@" not in text:
        raise ValueError("There are no extended masks here; write an address, a network, a mask, or account:<name>")
    mask = masks.normalize_mask(text)
    who, _, host = mask.rpartition("@")
    if _NUMBERS.fullmatch(host):
        network = _written(_known_network(host))
        mask = network if who == "*!*" else f"{who}@{network}"
    if len(mask.encode()) > bytes_max or not mask.isprintable() or " " in mask or mask.startswith(":"):
        raise ValueError(f"A mask has at most {bytes_max} bytes and no space")
    return mask


def _account(name: str) -> str:
    if not name or not name.isprintable() or set(name) & set(" ,*?!@:"):
        raise ValueError("An account is banned by its name alone, without wildcards: account:ann")
    return ACCOUNT + name


def _known_network(text: str) -> Network:
    network = _network(text)
    if network is None:
        raise ValueError("No such address or network; write for instance 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32")
    return network


def _network(text: str) -> Network | None:
    """An address or network without its coat and zone; None for what is none."""
    address, slash, length = text.partition("/")
    try:
        network = ip_network(address.partition("%")[0] + slash + length, strict=False)
    except ValueError:
        return None
    bare = normal(str(network.network_address))
    if isinstance(bare, IPv4Address) and network.version == 6:
        if network.prefixlen < _COATED_BITS:
            return network
        return ip_network((bare, network.prefixlen - _COATED_BITS), strict=False)
    return network


def _written(network: Network) -> str:
    """A network as a ban has it: a word of IRC never begins with a colon."""
    text = str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
    return f"0{text}" if text.startswith(":") else text


def is_broad(mask: str) -> bool:
    """Whether a ban in its canonical form hits about everybody."""
    network = network_of(mask)
    if network is not None:
        return network.prefixlen < _BROAD_PREFIX[network.version]
    return sum(character not in "*?!@." for character in mask) < _NARROW_CHARACTERS_MIN


# Who is turned away.


def words(ban: NetworkBan) -> str:
    """What somebody who is banned is told."""
    until = f" until {format_time(ban.until)[:16]}Z" if ban.until else ""
    return f"You are banned from this network{until}: {ban.reason}. Its administrator can lift that"


def _refuse(state: State, identity: Identity, at: int) -> None:
    for ban in state.bans.hitting(identity, at):
        raise Refusal(numerics.ERR_YOUREBANNEDCREEP, text=words(ban))


def check_arrival(state: State, fact: facts.UserArrived) -> None:
    """Somebody may come in. Raises Refusal 465."""
    if state.lockdown != LOCKDOWN_OPEN:
        _check_lockdown(state, fact.address, fact.account)
    if state.bans:
        who, hosts = f"{fact.nick}!{fact.user}", (fact.host, *fact.hosts)
        _refuse(state, Identity(who, hosts, (fact.address or fact.host,), fact.account), fact.at)


def check_attachment(state: State, user: User, fact: facts.SessionAttached) -> None:
    """A user may have one more connection from there. Raises Refusal 465."""
    if is_spared(user):
        return
    if state.lockdown <= EVERYBODY and "o" not in user.modes:
        _check_lockdown(state, fact.address, user.account)
    if state.bans:
        who, hosts = f"{user.nick}!{user.user}", (user.host, *fact.hosts)
        _refuse(state, Identity(who, hosts, (fact.address,), user.account), fact.at)


def check_nick(state: State, user: User, nick: str, at: int) -> None:
    """A user who is here may be called that. Raises Refusal 432: a ban of the network hits who is called that."""
    if not state.bans or is_spared(user):
        return
    identity = msgspec.structs.replace(identity_of(user), who=f"{nick}!{user.user}")
    for ban in state.bans.hitting(identity, at):
        text = f"That nick is banned from this network: {ban.reason}"
        raise Refusal(numerics.ERR_ERRONEUSNICKNAME, nick, text=text)


def check_account(state: State, account: str, at: int) -> None:
    """Somebody may log in to that account. Raises Refusal 465."""
    ban = state.bans.get(ACCOUNT + fold(account)) if state.bans else None
    if ban is not None and not ban.is_over(at):
        raise Refusal(numerics.ERR_YOUREBANNEDCREEP, text=words(ban))


def refusal_at_door(state: State, address: str, at: int) -> str:
    """Why a connection from that address is not taken at that time (Unix ms): its address is banned; "" when it is
    not."""
    if not state.bans:
        return ""
    bans = state.bans
    found = (bans[mask] for mask in bans.networks_at(address))
    return next((words(ban) for ban in found if not ban.is_over(at)), "")


def _check_lockdown(state: State, address: str, account: str) -> None:
    if is_local(address) or state.lockdown > STRANGERS or (account and state.lockdown > EVERYBODY):
        return
    advice = "try again later" if state.lockdown <= EVERYBODY else "log in to an account (SASL), or try again later"
    text = f"The network is locked down (level {state.lockdown}) and takes no new connections; {advice}"
    raise Refusal(numerics.ERR_YOUREBANNEDCREEP, text=text)


def is_local(address: str) -> bool:
    """Whether somebody is on this machine."""
    return address.startswith(LOCAL_ADDRESS) or is_loopback(address)

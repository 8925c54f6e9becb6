"""What core is told about itself: names, texts, who may do what, limits and throttles. Replaced whole on a reload.

Passwords of the server and of gateways are shared secrets and stand here as they are; those of operators are
argon2id hashes, which the shell verifies.
"""

from __future__ import annotations

import msgspec

from ipcchat.core.limits import Limits

DEFAULT_MOTD = (
    "Welcome. Everybody meets in #lobby: JOIN #lobby",
    "What you see echoed is on disk. HELP lists the commands.",
)


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """An operator of the network: the hash of the password, the masks (user@host) from which it counts, and what
    WHOIS calls him."""

    password_hash: str
    hosts: tuple[str, ...] = ("*@*",)
    title: str = "is an operator of the network"


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway that may say for whom it connects (WEBIRC): its password and the networks (CIDR) it comes from."""

    name: str
    password: str
    addresses: tuple[str, ...]


class Throttles(msgspec.Struct, frozen=True, kw_only=True):
    """Which throttles are on. `lines`: the flood bucket of each session; `logins`: a pause after each wrong password.
    How often somebody may knock, rename a channel or be told of a caller are limits, which may be 0."""

    lines: bool = True
    logins: bool = True


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of core with their defaults."""

    network: str = "IPCChat"
    server_name: str = "chat.local"
    description: str = "IPC Chat"
    motd: tuple[str, ...] = DEFAULT_MOTD
    admin: tuple[str, ...] = ()
    password: str = ""
    operators: dict[str, Operator] = {}
    gateways: tuple[Gateway, ...] = ()
    network_icon: str = ""
    tags_denied: tuple[str, ...] = ()
    user_modes: str = ""
    mechanisms: tuple[str, ...] = ()
    account_required: bool = False
    sts_port: int = 0
    sts_seconds: int = 0
    limits: Limits = Limits()
    throttles: Throttles = Throttles()

"""What core is told about itself: names, texts, who may do what, limits and throttles. Replaced whole on a reload.

Passwords of the server and of gateways are shared secrets and stand here as they are; those of operators are
argon2id hashes, which the shell verifies.
"""

from __future__ import annotations

import msgspec

from ipcchat.core.limits import Limits
from ipcchat.core.policy import Policy
from ipcchat.core.privileges import PRIVILEGES
from ipcchat.core.retention import Retention

DEFAULT_MOTD = (
    "Welcome. Everybody meets in #lobby: JOIN #lobby",
    "What you see echoed is on disk. HELP lists the commands.",
)


EXEMPT = ("127.0.0.0/8", "::1/128")
"""The networks whose connections are not counted: this machine."""

MECHANISMS = ("SCRAM-SHA-256", "PLAIN", "EXTERNAL", "OAUTHBEARER", "IRCV3BEARER")
"""The mechanisms of SASL, the best first."""

BY_PASSWORD = frozenset({"PLAIN", "SCRAM-SHA-256"})
"""Those by which people log in with a password."""


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """An operator of the network: how he proves it (the hash of a password, the fingerprint of a certificate, the uid
    of a local user; one is enough), the masks (user@host) from which it counts, what he may do, and what WHOIS calls
    him."""

    password_hash: str = ""
    certificates: tuple[str, ...] = ()
    uids: tuple[int, ...] = ()
    hosts: tuple[str, ...] = ("*@*",)
    privileges: tuple[str, ...] = tuple(PRIVILEGES)
    title: str = "is an operator of the network"


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway that may say for whom it connects (WEBIRC): its password and the networks (CIDR) it comes from."""

    name: str
    password: str
    addresses: tuple[str, ...]


class Throttles(msgspec.Struct, frozen=True, kw_only=True):
    """Which throttles are on. `lines`: the flood bucket of each session; `logins`: a pause after each wrong password.
    `commands`: those that others have to hear, such as NICK, only so often. How often somebody may knock, rename a
    channel or be told of a caller are limits, which may be 0."""

    lines: bool = True
    logins: bool = True
    commands: bool = True


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of core with their defaults. `verification`: a new account waits for the code that is mailed to it;
    `register_before_connect`: also who is not registered with NICK and USER yet can get one; `account_names_chosen`:
    it may be called other than its user is now. `redactions_told`: who does not know REDACT is told in words.
    `web_url` is where browsers find this server, `files_url` where files are uploaded; "" where there is no such thing.
    `addresses` are those of all servers of the network, for clients that can go on at another one.
    `push_key` is the public key by which push services know this server (VAPID); "": nothing is pushed.
    `outbound` are the schemes of the URLs that this server sends something to by itself; none: it sends nothing.
    `account_required`: nobody comes in without one, but for those of this machine with `local_exempt`."""

    network: str = "IPCChat"
    server_name: str = "chat.local"
    description: str = "IPC Chat"
    motd: tuple[str, ...] = DEFAULT_MOTD
    admin: tuple[str, ...] = ()
    password: str = ""
    operators: dict[str, Operator] = {}
    gateways: tuple[Gateway, ...] = ()
    exempt: tuple[str, ...] = EXEMPT
    network_icon: str = ""
    tags_denied: tuple[str, ...] = ()
    user_modes: str = "x"
    mechanisms: tuple[str, ...] = MECHANISMS
    web_url: str = ""
    files_url: str = ""
    addresses: tuple[str, ...] = ()
    push_key: str = ""
    outbound: tuple[str, ...] = ()
    account_required: bool = False
    email_required: bool = False
    verification: bool = False
    register_before_connect: bool = True
    account_names_chosen: bool = True
    redactions_told: bool = True
    local_exempt: bool = False
    policy: Policy = Policy()
    sts_port: int = 0
    sts_seconds: int = 0
    retention: Retention = Retention()
    limits: Limits = Limits()
    throttles: Throttles = Throttles()

    @property
    def has_passwords(self) -> bool:
        """Whether anybody logs in with a password."""
        return not BY_PASSWORD.isdisjoint(self.mechanisms)

"""The sections of which there may be any number, with names that the administrator chooses: operators of the network,
users and groups of this machine, gateways. In a row NAME stands for the chosen name ("operators.NAME.title").
"""

from __future__ import annotations

from ipcchat.core.privileges import PRIVILEGES
from ipcchat.core.settings import Operator
from ipcchat.server.settings_kinds import (
    Checked,
    Choice,
    Items,
    Number,
    Numbers,
    PasswordHash,
    Pattern,
    Secret,
    Text,
    fingerprint,
    network_address,
)
from ipcchat.server.settings_row import Setting

CHOSEN_SECTIONS = ("operators", "local_users", "local_groups", "gateways")
UID_MAX = 4_294_967_294

CHOSEN_NAME = Pattern("a name of 1 to 32 letters, digits, '_' or '-'", r"[A-Za-z0-9_-]{1,32}")
"""What an operator or a gateway may be called: it is a word of a command, and needs no quotes in the file."""

_operator = Operator()
OPERATORS = (
    Setting(
        name="operators.NAME.password_hash",
        kind=PasswordHash(),
        example="$argon2id$v=19$m=19456,t=2,p=1$YW4gZXhhbXBsZSBzYWx0IQ$bm8gcGFzc3dvcmQgbWFrZXMgdGhpcyBoYXNoLi4uLi4",
        text="The hash of the password of `OPER`, made by `ipc-chat password`. It counts over TLS and on this machine.",
        default=_operator.password_hash,
        otherwise="none",
    ),
    Setting(
        name="operators.NAME.certificates",
        kind=Items(Checked("SHA-256 fingerprints of certificates, 64 hexadecimal digits", fingerprint), 32),
        default=_operator.certificates,
        example=("ab12" * 16,),
        text="The client certificates with which `OPER NAME` needs no password.",
    ),
    Setting(
        name="operators.NAME.uids",
        kind=Numbers(0, UID_MAX, 32),
        default=_operator.uids,
        example=(1_000,),
        text="The users of this machine (`id -u`) who are this operator from the beginning, on the Unix socket.",
    ),
    Setting(
        name="operators.NAME.privileges",
        kind=Items(Choice(tuple(PRIVILEGES)), len(PRIVILEGES)),
        default=_operator.privileges,
        example=("kill", "ban", "audit"),
        text="What the operator may do; docs/operators.md says what each is. Without this line: everything.",
    ),
    Setting(
        name="operators.NAME.hosts",
        kind=Items(Pattern("user@host masks", r"[^\s!@,\x00-\x1f]{1,64}@[^\s!@,\x00-\x1f]{1,256}"), 32, 1),
        default=_operator.hosts,
        example=("*@127.0.0.1", "*@10.0.0.0/8", "ann@*.example.org"),
        text="From where all this counts: user@host with the wildcards * and ?, or with a network.",
    ),
    Setting(
        name="operators.NAME.title",
        kind=Text(100),
        default=_operator.title,
        text="What WHOIS says of the operator.",
    ),
)
_ACCOUNT = "the name of an account, or nothing"
_OPERATOR = "the name of an operator of this file"
LOCAL_USERS = (
    Setting(
        name="local_users.NAME.uid",
        kind=Number(0, UID_MAX),
        required=True,
        example=1_001,
        text="The user's number (`id -u build`). Needed.",
    ),
    Setting(
        name="local_users.NAME.account",
        kind=Pattern(_ACCOUNT, r"[^\s:!@,*?\x00-\x1f]{0,64}"),
        default="",
        example="build",
        text="The account that he has from the beginning. Empty: none.",
    ),
    Setting(
        name="local_users.NAME.operator",
        kind=Pattern(_OPERATOR, r"[A-Za-z0-9_-]{0,32}"),
        default="",
        example="ann",
        text="The operator of the network that he is, one of `[operators.NAME]`. Empty: none.",
    ),
)
LOCAL_GROUPS = (
    Setting(
        name="local_groups.NAME.gid",
        kind=Number(0, UID_MAX),
        required=True,
        example=10,
        text="The group's number (`getent group wheel`). Needed.",
    ),
    Setting(
        name="local_groups.NAME.operator",
        kind=Pattern(_OPERATOR, r"[A-Za-z0-9_-]{1,32}"),
        required=True,
        example="ann",
        text="The operator of the network that its members are, one of `[operators.NAME]`. Needed.",
    ),
)
GATEWAYS = (
    Setting(
        name="gateways.NAME.password",
        kind=Secret(200, word=True),
        required=True,
        example="a-long-one-of-the-gateway",
        text="The gateway's password. Needed.",
    ),
    Setting(
        name="gateways.NAME.addresses",
        kind=Items(Checked('addresses or networks, such as "192.0.2.7" or "2001:db8::/32"', network_address), 64, 1),
        required=True,
        example=("192.0.2.7", "2001:db8::/64"),
        text="From where it may connect. Needed.",
    ),
)

CHOSEN = (*OPERATORS, *LOCAL_USERS, *LOCAL_GROUPS, *GATEWAYS)

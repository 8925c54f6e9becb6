"""Every setting of the server: one row each, from which the file is read and docs/settings.md and the example are made.

Rules:
1. A setting is a row here (a limit one in settings_limits.py) and nothing else; its name is SECTION.NAME as in the
   file, with NAME in place of a name that the administrator chooses ("operators.NAME.title").
2. Numbers have their unit last in the name; their defaults are those of core, so that a server without a file is the
   same.
3. A row with `restart` is read once, when the server starts. All others count as soon as the file is read again.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ipcchat.core.limits import Limits
from ipcchat.core.modes import USER_MODES
from ipcchat.core.settings import Operator, Settings, Throttles
from ipcchat.server.settings_kinds import (
    Checked,
    Choice,
    Fraction,
    Items,
    Kind,
    Lines,
    Number,
    PasswordHash,
    Pattern,
    Secret,
    Switch,
    Text,
    denied_tag,
    folder,
    host_name,
    image_url,
    listen_place,
    listen_url,
    network_address,
)
from ipcchat.server.settings_limits import LIMITS, Range

LISTEN = ("irc://127.0.0.1:6667",)
LOG_LEVELS = ("debug", "info", "warning", "error")
THREADS_MAX = 256

NETWORK_NAME = Pattern(
    "1 to 32 letters, digits, '.', '_' or '-' that begin with a letter or digit", r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
)
CHOSEN_NAME = Pattern("a name of 1 to 32 letters, digits, '_' or '-'", r"[A-Za-z0-9_-]{1,32}")
"""What an operator or a gateway may be called: it is a word of a command, and needs no quotes in the file."""

MOTD_LINE_BYTES_MAX = 390
NEW_USER_MODES = "".join(letter for letter, mode in USER_MODES.items() if not mode.given and letter not in "Bs")
"""B is for those who are bots, and s has an argument."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting. `default` None: what stands in `otherwise`. `example` is a value to show where the default is not
    one that somebody would write down."""

    name: str
    kind: Kind
    text: str
    default: object = None
    otherwise: str = ""
    example: object = None
    required: bool = False
    restart: bool = False

    @property
    def section(self) -> str:
        """The part of the name before the first dot."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """The part of the name after the last dot."""
        return self.name.rpartition(".")[2]


class Rule(msgspec.Struct, frozen=True):
    """What several settings, or the items of one, must be together; the mistake is told at the first of them."""

    names: tuple[str, ...]
    holds: Callable[..., bool]
    text: str


SECTIONS = {
    "server": "Who this server is and where it listens.",
    "storage": "Where messages are kept.",
    "sts": "Strict transport security, for a server behind a TLS proxy: clients that know it come back encrypted "
    "(https://ircv3.net/specs/extensions/sts).",
    "throttles": "What slows people down, each with its switch; how much is allowed is set in `[limits]`. "
    "`--no-throttle` switches all of them off.",
    "operators": "One section for each operator of the network, such as `[operators.ann]` for `OPER ann <password>`.",
    "gateways": "One section for each gateway that connects for others (WEBIRC), such as `[gateways.webchat]` "
    "(https://ircv3.net/specs/extensions/webirc).",
    "limits": "How long, how many, how often. Clients are told those that concern them.",
}
CHOSEN_SECTIONS = ("operators", "gateways")

_core = Settings()
_SERVER = (
    Setting(
        name="server.network", kind=NETWORK_NAME, default=_core.network, text="The network's name, as clients show it."
    ),
    Setting(
        name="server.name",
        kind=Checked("a name with a dot, such as chat.example.org, at most 63 characters", host_name),
        default=_core.server_name,
        restart=True,
        text="This server's name: the source of all that it says itself.",
    ),
    Setting(
        name="server.description",
        kind=Text(100),
        default=_core.description,
        text="What this server is, for WHOIS and LINKS.",
    ),
    Setting(
        name="server.listen",
        kind=Items(Checked("irc://HOST:PORT", listen_url), 64, 1, listen_place),
        default=LISTEN,
        restart=True,
        text="Where to listen; port 0 picks a free one. 0.0.0.0 is every IPv4 address of the machine, [::] every IPv6 "
        "address. There is no encryption: listen beyond this machine only in a network that you trust.",
    ),
    Setting(
        name="server.motd",
        kind=Lines(200, MOTD_LINE_BYTES_MAX),
        default=_core.motd,
        text="The message of the day. Empty: none.",
    ),
    Setting(
        name="server.admin",
        kind=Items(Text(200), 3, identity=None),
        default=_core.admin,
        example=("Example Ltd, Tea Street 1", "The chat people", "chat@example.org"),
        text="Up to three lines for ADMIN: where the server is, who runs it, how to reach them.",
    ),
    Setting(
        name="server.password",
        kind=Secret(200),
        default=_core.password,
        example="a long one that all users know",
        text="The password that everybody needs to connect (PASS). Empty: none.",
    ),
    Setting(
        name="server.user_modes",
        kind=Pattern(f'user modes without +, of "{NEW_USER_MODES}", each once', rf"(?!.*(.).*\1)[{NEW_USER_MODES}]*"),
        default=_core.user_modes,
        example="i",
        text="The modes that new users get: i makes them invisible to strangers, x hides their hosts.",
    ),
    Setting(
        name="server.tags_denied",
        kind=Items(Checked('client tags without +, such as "typing"; "*" first denies all but "-tag"', denied_tag), 32),
        default=_core.tags_denied,
        example=("typing",),
        text="Client tags that are not passed on (CLIENTTAGDENY).",
    ),
    Setting(
        name="server.network_icon",
        kind=Checked("an https:// or http:// URL of at most 200 characters", image_url),
        default=_core.network_icon,
        example="https://example.org/icon.svg",
        text="The URL of a picture for the network. Empty: none.",
    ),
    Setting(
        name="server.threads",
        kind=Number(0, THREADS_MAX),
        otherwise="0; on a free-threaded Python one for each core",
        example=0,
        restart=True,
        text="I/O threads; 0 does the I/O in the main loop.",
    ),
    Setting(name="server.log_level", kind=Choice(LOG_LEVELS), default="info", text="What is logged to standard error."),
)
_STORAGE = (
    Setting(
        name="storage.folder",
        kind=Checked("a folder", folder),
        otherwise="the user's data folder",
        example="/var/lib/ipc-chat",
        restart=True,
        text="The folder of the database; it is made when it is not there. A relative one is taken from the folder of "
        "the configuration file, and ~ is the home folder. The default is $STATE_DIRECTORY (systemd), else "
        "$XDG_DATA_HOME/ipc-chat, else ~/.local/share/ipc-chat.",
    ),
    Setting(
        name="storage.memory",
        kind=Switch(),
        default=False,
        restart=True,
        text="Keep everything in memory, and nothing in the folder: it is gone when the server stops.",
    ),
)
_STS = (
    Setting(
        name="sts.port",
        kind=Number(0, 65_535),
        default=_core.sts_port,
        example=6697,
        text="The port where the proxy offers TLS. 0: clients are told nothing.",
    ),
    Setting(
        name="sts.seconds",
        kind=Number(0, 63_072_000),
        default=_core.sts_seconds,
        example=2_592_000,
        text="How long clients shall use nothing but TLS. 0 takes back what they were told earlier.",
    ),
)
_throttles = Throttles()
_THROTTLES = (
    Setting(
        name="throttles.lines",
        kind=Switch(),
        default=_throttles.lines,
        text="Lines from one session: flood_lines_burst at once, then flood_lines_per_second.",
    ),
    Setting(
        name="throttles.logins",
        kind=Switch(),
        default=_throttles.logins,
        text="A pause after each wrong password of PASS and OPER.",
    ),
)
_operator = Operator(password_hash="")
_OPERATORS = (
    Setting(
        name="operators.NAME.password_hash",
        kind=PasswordHash(),
        required=True,
        example="$argon2id$v=19$m=19456,t=2,p=1$YW4gZXhhbXBsZSBzYWx0IQ$bm8gcGFzc3dvcmQgbWFrZXMgdGhpcyBoYXNoLi4uLi4",
        text="The hash of the password, made by `ipc-chat password`. Needed.",
    ),
    Setting(
        name="operators.NAME.hosts",
        kind=Items(Pattern("user@host masks", r"[^\s!@,\x00-\x1f]{1,64}@[^\s!@,\x00-\x1f]{1,256}"), 32, 1),
        default=_operator.hosts,
        example=("*@127.0.0.1", "*@10.0.0.0/8", "ann@*.example.org"),
        text="From where the password counts: user@host with the wildcards * and ?, or with a network.",
    ),
    Setting(
        name="operators.NAME.title",
        kind=Text(100),
        default=_operator.title,
        text="What WHOIS says of the operator.",
    ),
)
_GATEWAYS = (
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


def _limit(name: str, limit: Range) -> Setting:
    default = getattr(Limits(), name)
    whole = isinstance(default, int)
    kind = Number(int(limit.least), int(limit.most)) if whole else Fraction(limit.least, limit.most)
    return Setting(name=f"limits.{name}", kind=kind, default=default, restart=limit.restart, text=limit.text)


ROWS = (
    *_SERVER,
    *_STORAGE,
    *_STS,
    *_THROTTLES,
    *_OPERATORS,
    *_GATEWAYS,
    *(_limit(name, limit) for name, limit in LIMITS.items()),
)
SETTINGS: dict[str, Setting] = {row.name: row for row in ROWS}


def setting_of(name: str) -> Setting:
    """The row of a setting by its name in a file, such as operators.ann.title. Raises KeyError."""
    section, _, rest = name.partition(".")
    return SETTINGS[f"{section}.NAME.{rest.partition('.')[2]}" if section in CHOSEN_SECTIONS else name]


RULES = (
    Rule(
        ("limits.silence_seconds_max", "limits.ping_seconds"),
        lambda silence, ping: silence > ping,
        "expected more than limits.ping_seconds ({1}), got {0}",
    ),
    Rule(
        ("sts.seconds", "sts.port"), lambda seconds, port: port > 0 or seconds == 0, "expected sts.port to be set, too"
    ),
    Rule(
        ("server.tags_denied",),
        lambda tags: "*" not in tags[1:] and (tags[:1] == ("*",) or not any(tag.startswith("-") for tag in tags)),
        'expected "*" in the first place, and "-tag" only after it',
    ),
)

# Settings of core, and where each comes from. Those of accounts and of what else is not here yet are core's defaults.
CORE = {
    "network": "server.network",
    "server_name": "server.name",
    "description": "server.description",
    "motd": "server.motd",
    "admin": "server.admin",
    "password": "server.password",
    "network_icon": "server.network_icon",
    "tags_denied": "server.tags_denied",
    "user_modes": "server.user_modes",
    "sts_port": "sts.port",
    "sts_seconds": "sts.seconds",
}

FLAGS = {
    "server.listen": "--listen",
    "server.network": "--name",
    "server.threads": "--threads",
    "server.log_level": "--log-level",
    "storage.folder": "--data",
    "storage.memory": "--memory",
    **{row.name: "--no-throttle" for row in _THROTTLES},
}
"""The flags of `ipc-chat serve` that win over a setting."""

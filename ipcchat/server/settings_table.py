"""Every setting of the server: one row each, from which the file is read and docs/settings.md and the example are made.

Rules:
1. A setting is a row here (a limit one in settings_limits.py, one of a section whose name the administrator chooses in
   settings_chosen.py) and nothing else; its name is SECTION.NAME as in the file.
2. Numbers have their unit last in the name; their defaults are those of core, so that a server without a file is the
   same.
3. A row with `restart` is read once, when the server starts. All others count as soon as the file is read again.
"""

from __future__ import annotations

from ipcchat.core.limits import Limits
from ipcchat.core.modes import USER_MODES
from ipcchat.core.policy import ALWAYS_ON
from ipcchat.core.settings import MECHANISMS, Settings, Throttles
from ipcchat.server.file_limits import FileLimits
from ipcchat.server.settings_chosen import CHOSEN, CHOSEN_SECTIONS
from ipcchat.server.settings_cluster import CLUSTER
from ipcchat.server.settings_kinds import (
    Checked,
    Choice,
    Fraction,
    Items,
    Lines,
    Number,
    Pattern,
    Secret,
    Switch,
    Text,
    admin_url,
    denied_tag,
    folder,
    host_name,
    listen_place,
    listen_url,
    network_address,
    optional_file,
    push_contact,
    tls_ports,
    web_origin,
    web_url,
)
from ipcchat.server.settings_limits import LIMITS, Range
from ipcchat.server.settings_row import Rule, Setting

LISTEN = ("irc://127.0.0.1:6667",)
LOG_LEVELS = ("debug", "info", "warning", "error")
THREADS_MAX = 256

NETWORK_NAME = Pattern(
    "1 to 32 letters, digits, '.', '_' or '-' that begin with a letter or digit", r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
)

MOTD_LINE_BYTES_MAX = 390
NEW_USER_MODES = "".join(letter for letter, mode in USER_MODES.items() if not mode.given and letter not in "Bs")
"""B is for those who are bots, and s has an argument."""


SECTIONS = {
    "server": "Who this server is and where it listens.",
    "storage": "Where messages are kept.",
    "cluster": "Several servers with one journal, over NATS JetStream (docs/cluster.md).",
    "admin": "For those who watch the server: `/metrics`, `/healthz` and `/readyz` (docs/metrics.md).",
    "accounts": "Who can have an account, how people log in to it, and what it gives them.",
    "history": "What was said before, and what is done to it.",
    "files": "What people upload (docs/files.md). It takes an http:// or https:// listener, and a data folder.",
    "tls": "The certificate of `ircs://` listeners (docs/tls.md). It is read again when its files change, and by "
    "SIGHUP and REHASH.",
    "sts": "Strict transport security: clients that know it come back encrypted "
    "(https://ircv3.net/specs/extensions/sts).",
    "outbound": "What this server sends to other places by itself, because somebody gave it a URL: hooks of channels "
    "(docs/webhooks.md).",
    "push": "Notifications of mentions and private messages while nobody looks (Web Push, docs/browser.md). Nothing is "
    "sent before somebody subscribes, and nothing where `outbound.enabled` is false.",
    "throttles": "What slows people down, each with its switch; how much is allowed is set in `[limits]`. "
    "`--no-throttle` switches all of them off.",
    "operators": "One section for each operator of the network, such as `[operators.ann]` for `OPER ann`: by a "
    "password, a certificate, or as a user of this machine.",
    "local": "The Unix socket, by which programs of this machine come in as who the kernel says they are "
    "(docs/doors.md).",
    "local_users": "One section for each user of this machine who has an account, or is an operator, without a "
    "password, such as `[local_users.build]`.",
    "local_groups": "One section for each group of this machine whose members are operators, such as "
    "`[local_groups.wheel]`.",
    "gateways": "One section for each gateway that connects for others (WEBIRC), such as `[gateways.webchat]` "
    "(https://ircv3.net/specs/extensions/webirc).",
    "limits": "How long, how many, how often. Clients are told those that concern them.",
}

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
        "address. irc:// is not encrypted: use ircs:// beyond this machine, or a network that you trust. When nobody "
        "says where, there is a Unix socket, too, where clients look for it (docs/doors.md).",
    ),
    Setting(
        name="server.plain_beyond_loopback",
        kind=Switch(),
        default=False,
        restart=True,
        text="plain:// listeners may be reached from other machines. Nothing on them is encrypted.",
    ),
    Setting(
        name="server.web_url",
        kind=Checked("an https:// or http:// URL of at most 200 characters", web_url),
        default=_core.web_url,
        example="https://chat.example.org",
        text="Where browsers find this server, when it is not the address of its http:// or https:// listener: behind "
        "a proxy, or when it listens on every address.",
    ),
    Setting(
        name="server.web_origins",
        kind=Items(Checked("https://HOST, as a browser says where a page came from", web_origin), 64),
        default=(),
        example=("https://chat.example.org",),
        text="Web pages of other places that may connect by WebSocket. Those of this server always may.",
    ),
    Setting(
        name="server.proxies",
        kind=Items(Checked('addresses or networks, such as "10.0.0.5" or "10.1.0.0/24"', network_address), 64),
        default=(),
        example=("192.0.2.5/32", "2001:db8:1::/64"),
        text="The proxies that say for whom they connect (PROXY protocol, versions 1 and 2). Each connection from "
        "there must begin so, and the address that it says counts; by http:// and https:// it is X-Forwarded-For "
        "that says it. Empty: nobody is trusted.",
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
        kind=Checked("an https:// or http:// URL of at most 200 characters", web_url),
        default=_core.network_icon,
        example="https://example.org/icon.svg",
        text="The URL of a picture for the network. Empty: none.",
    ),
    Setting(
        name="server.exempt",
        kind=Items(Checked('addresses or networks, such as "10.0.0.0/8" or "2001:db8::/48"', network_address), 64),
        default=_core.exempt,
        example=(*_core.exempt, "192.0.2.0/24"),
        text="The networks that may have any number of connections: this machine, and for instance a class room behind "
        "one address. Of `[limits]`, those whose names have per_address are not for them.",
    ),
    Setting(
        name="server.threads",
        kind=Number(0, THREADS_MAX),
        otherwise="0; on a free-threaded Python one for each core",
        example=0,
        restart=True,
        text="I/O threads; 0 does the I/O in the main loop.",
    ),
    Setting(
        name="server.workers",
        kind=Number(1, 64),
        default=1,
        restart=True,
        text="Server processes that share the ports and one journal (docs/cluster.md); one for each core that shall be "
        "used.",
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
_ADMIN = (
    Setting(
        name="admin.listen",
        kind=Items(Checked("http://HOST:PORT", admin_url), 8, identity=listen_place),
        otherwise="nowhere; when nobody says where the server listens http://127.0.0.1:9464, if it is free",
        example=("http://127.0.0.1:9464",),
        restart=True,
        text="Where it is told how the server is. Empty: nowhere.",
    ),
    Setting(
        name="admin.beyond_loopback",
        kind=Switch(),
        default=False,
        restart=True,
        text="The listeners of admin.listen may be reached from other machines. Nobody has to log in there.",
    ),
)
_TLS = (
    Setting(
        name="tls.certificate",
        kind=Checked("a file", optional_file),
        default="",
        example="/etc/ipc-chat/fullchain.pem",
        text="The certificate in PEM, with those of its chain behind it. A relative one is taken from the folder of "
        "the configuration file. Empty: the one that `ipc-chat certificate --make` wrote into the data folder.",
    ),
    Setting(
        name="tls.key",
        kind=Checked("a file", optional_file),
        default="",
        example="/etc/ipc-chat/privkey.pem",
        text="The key of the certificate in PEM. Empty: it is in the certificate's file.",
    ),
    Setting(
        name="tls.key_may_be_read",
        kind=Switch(),
        default=False,
        text="Take a key that others on this machine can read, where the server would not start. Better: chmod 640.",
    ),
)
_STS = (
    Setting(
        name="sts.port",
        kind=Number(0, 65_535),
        default=_core.sts_port,
        example=6697,
        text="The port where clients find TLS: one of an ircs:// listener, with a certificate that every client "
        "accepts for server.name, or else nobody is told. 0: clients are told nothing.",
    ),
    Setting(
        name="sts.seconds",
        kind=Number(0, 63_072_000),
        default=_core.sts_seconds,
        example=2_592_000,
        text="How long clients shall use nothing but TLS. 0 takes back what they were told earlier.",
    ),
    Setting(
        name="sts.behind_proxy",
        kind=Switch(),
        default=False,
        example=True,
        text="The port is that of a proxy which does TLS for this server; its certificate cannot be judged from here.",
    ),
)
_OUTBOUND = (
    Setting(
        name="outbound.enabled",
        kind=Switch(),
        default=False,
        text="Something may be sent to https:// URLs on the internet. false: this server connects to nobody. Push "
        "notifications come with the next start.",
    ),
    Setting(
        name="outbound.networks",
        kind=Items(Checked('addresses or networks, such as "10.0.0.5" or "10.1.0.0/24"', network_address), 64),
        default=(),
        example=("192.168.1.0/24",),
        text="Networks that are not the internet and yet may be sent something, by http:// as well. Founders of "
        "channels say what is sent there: name no machine that trusts whoever reaches it.",
    ),
)
_PUSH = (
    Setting(
        name="push.enabled",
        kind=Switch(),
        default=True,
        text="Clients of people with an account may subscribe. false: nothing is pushed; who subscribed stays so.",
    ),
    Setting(
        name="push.contact",
        kind=Checked("an address, such as mailto:admin@example.org or https://example.org/contact", push_contact),
        default="",
        example="mailto:admin@example.org",
        text="Where those who run a push service reach you when something is wrong. Empty: they are told "
        "server.web_url. Apple wants one that exists.",
    ),
)
_ACCOUNTS = (
    Setting(
        name="accounts.open",
        kind=Switch(),
        default=_core.policy.accounts_open,
        text="Everybody can register an account (REGISTER). false: only operators register them.",
    ),
    Setting(
        name="accounts.channels_open",
        kind=Switch(),
        default=_core.policy.channels_open,
        text="Whether everybody with an account may register channels; operators who may `channels` always do.",
    ),
    Setting(
        name="accounts.required",
        kind=Switch(),
        default=_core.account_required,
        text="Nobody comes in without an account.",
    ),
    Setting(
        name="accounts.local_exempt",
        kind=Switch(),
        default=_core.local_exempt,
        text="Programs on this machine come in without one all the same.",
    ),
    Setting(
        name="accounts.nicks_owned",
        kind=Switch(),
        default=_core.policy.nicks_owned,
        text="A nick that belongs to an account is only for those who are logged in to it.",
    ),
    Setting(
        name="accounts.always_on",
        kind=Choice(ALWAYS_ON),
        default=_core.policy.always_on,
        text="Whether who is logged in stays in the chat while he is not connected: never, if he wants it, unless he "
        "does not want it, or always.",
    ),
    Setting(
        name="accounts.mechanisms",
        kind=Items(Choice(MECHANISMS), len(MECHANISMS)),
        default=_core.mechanisms,
        text="How clients can log in (SASL), the best first. PLAIN is offered where nobody between can read along, "
        "EXTERNAL only to who showed a certificate or is a user of this machine. Empty: there are no accounts.",
    ),
    Setting(
        name="accounts.register_before_connect",
        kind=Switch(),
        default=_core.register_before_connect,
        text="An account can be registered before the connection is: needed where one is required. A server with a "
        "password does not allow it.",
    ),
    Setting(
        name="accounts.names_chosen",
        kind=Switch(),
        default=_core.account_names_chosen,
        text="An account can be called other than its user's nick.",
    ),
    Setting(
        name="accounts.email_required",
        kind=Switch(),
        default=_core.email_required,
        text="Whoever registers gives a mail address.",
    ),
    Setting(
        name="accounts.mail_command",
        kind=Items(Text(1_000), 32, identity=None),
        default=(),
        example=("/usr/sbin/sendmail", "-t", "-i"),
        text="The command, word by word, that sends the mail on its standard input. With one, a new account is usable "
        "when the code that was mailed came back (VERIFY). Empty: at once.",
    ),
    Setting(
        name="accounts.mail_from",
        kind=Pattern("a mail address, or nothing", r"([A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9.-]{1,190})?"),
        default="",
        example="chat@example.org",
        text="Whom these mails are from. Empty: noreply at the server's name.",
    ),
)
_throttles = Throttles()
_HISTORY = (
    Setting(
        name="history.redactions_told",
        kind=Switch(),
        default=_core.redactions_told,
        text="People whose clients do not know REDACT are told in words that a message was taken back. "
        "false: they are told nothing, and it stays on their screens.",
    ),
    Setting(
        name="history.keep_days",
        kind=Number(0, 36_500),
        default=0,
        example=90,
        text="How long messages are kept. Channels can keep theirs shorter (`/cs set`), never longer. 0: for ever.",
    ),
    Setting(
        name="history.keep_messages",
        kind=Number(0, 1_000_000_000),
        default=_core.retention.everywhere.count,
        example=1_000_000,
        text="How many messages are kept of each channel and each conversation, the newest. 0: all.",
    ),
    Setting(
        name="history.keep_bytes",
        kind=Number(0, 1 << 50),
        default=_core.retention.everywhere.bytes,
        example=1_000_000_000,
        text="How many bytes of messages are kept of each channel and each conversation. 0: all.",
    ),
    Setting(
        name="history.keep_account_bytes",
        kind=Number(0, 1 << 50),
        default=_core.retention.account_bytes,
        example=100_000_000,
        text="How many bytes of messages are kept of each account, wherever it said them. 0: all.",
    ),
)
_files = FileLimits()
_FILES = (
    Setting(
        name="files.enabled",
        kind=Switch(),
        default=_files.enabled,
        text="People upload files. false: none, and those that there are cannot be read.",
    ),
    Setting(
        name="files.file_bytes_max",
        kind=Number(1_000, 10_000_000_000),
        default=_files.file_bytes_max,
        text="How large one file may be.",
    ),
    Setting(
        name="files.account_bytes_max",
        kind=Number(1_000, 1 << 50),
        default=_files.account_bytes_max,
        text="What all files of one account may have together.",
    ),
    Setting(
        name="files.guest_bytes_max",
        kind=Number(0, 1 << 50),
        default=_files.guest_bytes_max,
        text="What all files may have together that somebody without an account uploads while he is connected. All of "
        "these people have at most a tenth of files.total_bytes_max. 0: only people with an account upload files.",
    ),
    Setting(
        name="files.total_bytes_max",
        kind=Number(1_000_000, 1 << 50),
        default=_files.total_bytes_max,
        text="What all files may have together. Some of the disk is left free in any case.",
    ),
    Setting(
        name="files.keep_days",
        kind=Number(0, 36_500),
        default=_files.keep_days,
        example=90,
        text="How long a file is kept that is uploaded from now on. 0: as long as a message with its address.",
    ),
    Setting(
        name="files.uploads_per_minute",
        kind=Number(1, 10_000),
        default=_files.uploads_per_minute,
        text="How many files an account may upload in a minute; of people without one all of an address.",
    ),
)
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
        text="Wrong passwords: a few a minute for each address and account, and a pause for an account that many try.",
    ),
    Setting(
        name="throttles.commands",
        kind=Switch(),
        default=_throttles.commands,
        text="What others hear, only so often from one user: NICK, AWAY, SETNAME, INVITE, and that he is typing.",
    ),
)
_LOCAL = (
    Setting(
        name="local.mode",
        kind=Choice(("0660", "0600", "0666")),
        default="0660",
        restart=True,
        text="Who can open the socket: this user and its group, this user alone, or everybody on this machine.",
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
    *CLUSTER,
    *_ADMIN,
    *_ACCOUNTS,
    *_HISTORY,
    *_FILES,
    *_TLS,
    *_STS,
    *_OUTBOUND,
    *_PUSH,
    *_THROTTLES,
    *_LOCAL,
    *CHOSEN,
    *(_limit(name, limit) for name, limit in LIMITS.items()),
)
SETTINGS: dict[str, Setting] = {row.name: row for row in ROWS}


def setting_of(name: str) -> Setting:
    """The row of a setting by its name in a file, such as operators.ann.title. Raises KeyError."""
    section, _, rest = name.partition(".")
    return SETTINGS[f"{section}.NAME.{rest.partition('.')[2]}" if section in CHOSEN_SECTIONS else name]


RULES = (
    Rule(
        ("cluster.servers", "storage.memory"),
        lambda servers, memory: not (servers and memory),
        "expected a folder for the journal (storage.memory = false): a node of a cluster keeps all that it shows",
    ),
    Rule(
        ("server.workers", "storage.memory"),
        lambda workers, memory: workers == 1 or not memory,
        "expected 1 worker, or a folder for the journal (storage.memory = false); got {0}",
    ),
    Rule(
        ("server.workers", "cluster.servers"),
        lambda workers, servers: workers == 1 or not servers,
        "expected 1 worker for a node of a cluster, got {0}; start one more node for each core instead",
    ),
    Rule(
        ("limits.silence_seconds_max", "limits.ping_seconds"),
        lambda silence, ping: silence > ping,
        "expected more than limits.ping_seconds ({1}), got {0}",
    ),
    Rule(
        ("sts.seconds", "sts.port"), lambda seconds, port: port > 0 or seconds == 0, "expected sts.port to be set, too"
    ),
    Rule(
        ("sts.port", "server.listen", "sts.behind_proxy"),
        lambda port, listen, behind_proxy: not port or behind_proxy or port in tls_ports(listen),
        "expected the port of an ircs:// listener of server.listen, or sts.behind_proxy = true; got {0}",
    ),
    Rule(
        ("tls.key", "tls.certificate"), lambda key, certificate: certificate or not key, "expected tls.certificate, too"
    ),
    Rule(
        ("server.tags_denied",),
        lambda tags: "*" not in tags[1:] and (tags[:1] == ("*",) or not any(tag.startswith("-") for tag in tags)),
        'expected "*" in the first place, and "-tag" only after it',
    ),
)

# Settings of core, and where each comes from.
CORE = {
    "network": "server.network",
    "server_name": "server.name",
    "description": "server.description",
    "motd": "server.motd",
    "admin": "server.admin",
    "password": "server.password",
    "network_icon": "server.network_icon",
    "web_url": "server.web_url",
    "addresses": "cluster.addresses",
    "tags_denied": "server.tags_denied",
    "user_modes": "server.user_modes",
    "exempt": "server.exempt",
    "mechanisms": "accounts.mechanisms",
    "account_required": "accounts.required",
    "local_exempt": "accounts.local_exempt",
    "email_required": "accounts.email_required",
    "register_before_connect": "accounts.register_before_connect",
    "account_names_chosen": "accounts.names_chosen",
    "redactions_told": "history.redactions_told",
    "sts_port": "sts.port",
    "sts_seconds": "sts.seconds",
}

POLICY = {
    "nicks_owned": "accounts.nicks_owned",
    "always_on": "accounts.always_on",
    "accounts_open": "accounts.open",
    "channels_open": "accounts.channels_open",
}
"""What of the settings is the network's policy, and where it comes from."""

WORKER_FLAG = "--worker"
"""By it a worker is told its part; nobody types it."""

FLAGS = {
    "server.listen": "--listen",
    "server.network": "--name",
    "server.workers": "--workers",
    "cluster.servers": "--cluster",
    "cluster.node": "--node",
    "cluster.nkey": WORKER_FLAG,
    "cluster.replicas": WORKER_FLAG,
    "cluster.monitors": WORKER_FLAG,
    "cluster.addresses": WORKER_FLAG,
    "server.threads": "--threads",
    "server.log_level": "--log-level",
    "storage.folder": "--data",
    "storage.memory": "--memory",
    **{row.name: "--no-throttle" for row in _THROTTLES},
}
"""The flags of `ipc-chat serve` that win over a setting."""

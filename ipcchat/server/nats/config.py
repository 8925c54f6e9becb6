"""The configuration file of a NATS server: rendered from a struct, with exactly the rights that nodes need.

Rules:
1. The file is JSON, which nats-server reads as its own language, so that nothing has to be escaped by hand. All names
   in it are checked against an alphabet; no text of a user ever goes in.
2. Everything is off but what is asked for: no WebSocket, MQTT, leaf nodes or gateways, and a monitoring port only on
   loopback.
3. Whoever can be reached from other machines shows a certificate and asks for one, clients and routes alike.
4. Each node has an NKey and an account's user of its own with allow-lists of exact subjects (`subjects_of`). What is
   not in them does not reach anybody.
5. The file and what stands beside it are for the server's user alone.

What the lists cannot hold: the subjects of JetStream name a stream and a consumer and not who asks, so a node that was
taken over can remove another's consumer (which that makes anew), let the server push messages to any subject of the
account, and change the stream's limits. It can forge facts, too: nodes trust each other. What the lists do: no mistake
crosses over to another node, and a stolen key of a node neither deletes the journal nor hears what others are answered.

Specification: https://docs.nats.io/running-a-nats-service/configuration
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import msgspec

from ipcchat.server.nats.errors import ConfigurationError
from ipcchat.server.secret_file import make_private

STREAM: Final = "IPCCHAT"
PREFIX: Final = "ipcchat"
ACCOUNT: Final = "IPCCHAT"
SYSTEM_ACCOUNT: Final = "SYS"
ROUTE_USER: Final = "route"

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
STREAM_NAME = re.compile(r"[A-Z0-9_-]{1,32}")
SUBJECT_PREFIX = re.compile(r"[a-z0-9-]{1,32}(?:\.[a-z0-9-]{1,32}){0,3}")
PUBLIC_KEY = re.compile(r"U[A-Z2-7]{55}")
PASSWORD = re.compile(r"[A-Za-z0-9_]{16,64}")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")

PAYLOAD_BYTES_MAX: Final = 1_048_576
"""NATS' own default; an envelope of facts is at most half of it."""

STORE_BYTES_MAX: Final = 4 << 30
"""The stream is transport and not the archive: it keeps some days."""

ANSWERS_MAX: Final = 256
ANSWER_SECONDS_MAX: Final = 60
"""How many messages may answer one request of another node, and for how long: a snapshot's chunks are asked for in
windows much smaller than that."""

LOG_BYTES_MAX: Final = 8 << 20
LOG_FILES_MAX: Final = 3

TLS_SECONDS_MAX: Final = 5
"""For a handshake on a busy machine; NATS' default of 2 s cuts off whom it should let in."""


class Tls(msgspec.Struct, frozen=True):
    """Files in PEM: the server's certificate with its chain, its key, and who signs the certificates of the others."""

    certificate: Path
    key: Path
    authorities: Path


class Member(msgspec.Struct, frozen=True):
    """Who may connect: a node by its name and public NKey. A `keeper` may also delete and purge the stream: the key of
    whoever begins a new epoch, kept apart from those of nodes."""

    name: str
    key: str
    keeper: bool = False


class Routes(msgspec.Struct, frozen=True):
    """The cluster of NATS servers that this one is of: its name, where it listens for the others (port -1: a free
    one), and where they are, as (host, port). All have one `password`, which keeps other users of the machine out where
    there is no TLS."""

    name: str
    host: str
    port: int
    others: tuple[tuple[str, int], ...] = ()
    password: str = ""


class NatsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What one NATS server is told.

    `folder` is absolute and has everything of this server: store, log, configuration. A port of -1 is a free one, the
    monitoring port (None: there is none) is always on loopback. `sync_seconds` 0 means: sync to disk before each
    acknowledgement (`always`), else how often (NATS' default is 120). `plaintext` allows addresses that are not
    loopback without TLS: for networks that end on this machine. Without `members` whoever reaches the port may do
    everything.
    """

    name: str
    folder: Path
    host: str = "127.0.0.1"
    port: int = -1
    monitor_port: int | None = None
    sync_seconds: int = 120
    store_bytes_max: int = STORE_BYTES_MAX
    members: tuple[Member, ...] = ()
    routes: Routes | None = None
    tls: Tls | None = None
    plaintext: bool = False
    stream: str = STREAM
    prefix: str = PREFIX

    @property
    def file(self) -> Path:
        """The configuration file."""
        return self.folder / "nats.conf"

    @property
    def log_file(self) -> Path:
        """What the server logs."""
        return self.folder / "nats.log"

    @property
    def ports_folder(self) -> Path:
        """Where the server says which ports it has."""
        return self.folder / "ports"


def inbox_prefix(name: str) -> str:
    """What a node gives nats-py as `inbox_prefix`: answers to it are heard by nobody else."""
    return f"_INBOX_{name}"


def subjects_of(member: Member, stream: str = STREAM, prefix: str = PREFIX) -> tuple[list[str], list[str]]:
    """What a member may (publish to, subscribe to). tests/server/nats/test_permissions.py has the proof that a node
    needs no more."""
    api = "$JS.API"
    managing = ["CREATE", "UPDATE", *(["DELETE", "PURGE"] if member.keeper else [])]
    publish = [
        f"{prefix}.facts",
        f"{prefix}.hints",
        f"{prefix}.beat.{member.name}",
        f"{prefix}.node.*.*",
        f"{api}.INFO",
        f"{api}.STREAM.INFO.{stream}",
        *(f"{api}.STREAM.{verb}.{stream}" for verb in managing),
        f"{api}.STREAM.MSG.GET.{stream}",
        f"{api}.DIRECT.GET.{stream}",
        f"{api}.CONSUMER.CREATE.{stream}",
        f"{api}.CONSUMER.CREATE.{stream}.>",
        f"{api}.CONSUMER.INFO.{stream}.*",
        f"{api}.CONSUMER.MSG.NEXT.{stream}.*",
        f"{api}.CONSUMER.DELETE.{stream}.*",
    ]
    inbox = f"{inbox_prefix(member.name)}.>"
    subscribe = [inbox, f"{prefix}.hints", f"{prefix}.beat.*", f"{prefix}.node.{member.name}.*"]
    return publish, subscribe


def render(settings: NatsSettings) -> bytes:
    """The text of the configuration file. Raises ConfigurationError."""
    _check(settings)
    rendered: dict[str, Any] = {
        "server_name": settings.name,
        "host": settings.host,
        "port": settings.port,
        "max_payload": PAYLOAD_BYTES_MAX,
        "jetstream": {
            "store_dir": str(settings.folder / "store"),
            "max_memory_store": 0,
            "max_file_store": settings.store_bytes_max,
            "sync_interval": f"{settings.sync_seconds}s" if settings.sync_seconds else "always",
        },
        "log_file": str(settings.log_file),
        "logfile_size_limit": LOG_BYTES_MAX,
        "logfile_max_num": LOG_FILES_MAX,
        "ports_file_dir": str(settings.ports_folder),
    }
    if settings.members:
        rendered["accounts"] = {ACCOUNT: _account(settings), SYSTEM_ACCOUNT: {"users": []}}
        rendered["system_account"] = SYSTEM_ACCOUNT
    if settings.monitor_port is not None:
        rendered["http"] = f"127.0.0.1:{settings.monitor_port}"
    if settings.tls is not None:
        rendered["tls"] = _tls(settings.tls)
    if settings.routes is not None:
        rendered["cluster"] = _cluster(settings.routes, settings.tls)
    return msgspec.json.format(msgspec.json.encode(rendered), indent=1)


def write(settings: NatsSettings) -> Path:
    """Make the folder and the configuration file in it, whole or not at all (0600). Raises ConfigurationError."""
    content = render(settings)
    try:
        for folder in (settings.folder, settings.ports_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(settings.file, content)
    except OSError as error:
        raise ConfigurationError(f"cannot write {settings.file}: {error.strerror}") from None
    return settings.file


def _account(settings: NatsSettings) -> dict[str, Any]:
    users = [_user(member, settings) for member in settings.members]
    servers = 1 + len(settings.routes.others) if settings.routes else 1
    # An account's limit counts every copy of a stream.
    return {"jetstream": {"max_memory": 0, "max_file": servers * settings.store_bytes_max}, "users": users}


def _user(member: Member, settings: NatsSettings) -> dict[str, Any]:
    publish, subscribe = subjects_of(member, settings.stream, settings.prefix)
    permissions = {
        "publish": {"allow": publish},
        "subscribe": {"allow": subscribe},
        "allow_responses": {"max": ANSWERS_MAX, "expires": f"{ANSWER_SECONDS_MAX}s"},
    }
    return {"nkey": member.key, "permissions": permissions, "allowed_connection_types": ["STANDARD"]}


def _tls(tls: Tls) -> dict[str, Any]:
    return {
        "cert_file": str(tls.certificate),
        "key_file": str(tls.key),
        "ca_file": str(tls.authorities),
        "verify": True,
        "timeout": TLS_SECONDS_MAX,
    }


def _cluster(routes: Routes, tls: Tls | None) -> dict[str, Any]:
    known_as = f"{ROUTE_USER}:{routes.password}@" if routes.password else ""
    rendered: dict[str, Any] = {
        "name": routes.name,
        "host": routes.host,
        "port": routes.port,
        "routes": [f"nats-route://{known_as}{_bracketed(host)}:{port}" for host, port in routes.others],
        "no_advertise": True,
    }
    if routes.password:
        rendered["authorization"] = {"user": ROUTE_USER, "password": routes.password}
    if tls is not None:
        rendered["tls"] = _tls(tls)
    return rendered


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _check(settings: NatsSettings) -> None:
    """Raises ConfigurationError for what nats-server would misread, refuse or serve to strangers."""
    routes = settings.routes
    names = [settings.name, *(member.name for member in settings.members), *([routes.name] if routes else [])]
    hosts = [settings.host, *([routes.host, *(host for host, _ in routes.others)] if routes else [])]
    for pattern, values in (
        (NAME, names),
        (HOST, hosts),
        (STREAM_NAME, [settings.stream]),
        (SUBJECT_PREFIX, [settings.prefix]),
        (PUBLIC_KEY, [member.key for member in settings.members]),
        (PASSWORD, [routes.password] if routes and routes.password else []),
    ):
        for value in values:
            if not pattern.fullmatch(value):
                shown = "the password of the routes" if pattern is PASSWORD else repr(value)
                raise ConfigurationError(f"{shown} is not {pattern.pattern}")
    if len({member.name for member in settings.members}) != len(settings.members):
        raise ConfigurationError("two members have one name; each node needs its own")
    _check_paths(settings)
    listening = [settings.host, *([routes.host] if routes else [])]
    if settings.tls is None and not settings.plaintext and not all(map(_is_loopback, listening)):
        raise ConfigurationError("other machines reach this NATS server: it needs tls (certificate, key, authorities)")


def _check_paths(settings: NatsSettings) -> None:
    tls = settings.tls
    for path in (settings.folder, *((tls.certificate, tls.key, tls.authorities) if tls else ())):
        if not path.is_absolute() or not str(path).isprintable():
            raise ConfigurationError(f"{str(path)!r} is not an absolute path of printable characters")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

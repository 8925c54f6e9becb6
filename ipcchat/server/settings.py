"""What the server runs with: defaults, the configuration file over them, and flags over both.

Rules:
1. Strict: what is not known, or not as expected, is a `Mistake` with file, setting and what is expected; all mistakes
   are told at once.
2. Whole or not at all: with a mistake nothing of the file counts, at the start and when it is read again.
3. A flag wins over the file, also when the file is read again.
4. No secret is ever put into a mistake or a remark.

`load` and `reload` read a file and take some milliseconds: call `reload` in a thread while people are served. Neither
raises.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import msgspec

from ipcchat.core.limits import Limits
from ipcchat.core.retention import Keep, Retention
from ipcchat.core.settings import Settings
from ipcchat.server.file_limits import FileLimits
from ipcchat.server.local_roles import LocalRoles, check_roles, local_roles
from ipcchat.server.settings_chosen import CHOSEN_SECTIONS
from ipcchat.server.settings_cluster import ClusterSettings, cluster_settings
from ipcchat.server.settings_file import Origin, Unreadable, read_tables
from ipcchat.server.settings_reader import FLAG_PLACE, Mistake, Reader
from ipcchat.server.settings_table import CORE, LISTEN, POLICY, SETTINGS, setting_of

__all__ = ["Loaded", "Mistake", "default_folder", "load", "reload"]

READABLE_BY_ALL = 0o004
DAY_MS = 86_400_000


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What the server runs with. `folder` None keeps everything in memory; `threads` None leaves the number to the
    server. `base` is the folder from which relative files are taken. `listen_chosen`: somebody said where to listen.
    `proxies` are the networks of the proxies that are trusted, `web_origins` where pages that may connect come from.
    `admin_listen` is where the admin listener is, None when nobody said. `owner` is the uid whose the file was,
    `files` says what may be uploaded, and `cluster` with whom the journal is shared, None with nobody. `shares_doors`:
    other workers listen at the same doors.

    `values` has every setting by its name. `changed` are the settings that a reload changed; those in `waiting` are
    different in the file now and need a restart: until then the value from the start counts. `remarks` are sentences
    for the administrator.
    """

    settings: Settings
    listen: tuple[str, ...]
    folder: Path | None
    threads: int | None
    log_level: str
    values: Mapping[str, Any]
    changed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    base: Path = Path()
    owner: int = 0
    listen_chosen: bool = True
    socket_mode: int = 0o660
    local_roles: LocalRoles = LocalRoles()
    plain_beyond_loopback: bool = False
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    web_origins: tuple[str, ...] = ()
    admin_listen: tuple[str, ...] | None = None
    admin_beyond_loopback: bool = False
    files: FileLimits = FileLimits()
    cluster: ClusterSettings | None = None
    workers: int = 1
    shares_doors: bool = False


def load(path: Path | None, flags: Mapping[str, object]) -> Loaded | list[Mistake]:
    """Read the configuration file (None: there is none) and lay `flags` (setting -> value) over it."""
    return _load(None, path, flags)


def reload(previous: Loaded, path: Path | None, flags: Mapping[str, object]) -> Loaded | list[Mistake]:
    """Read the file again. With a mistake nothing changes; settings that need a restart keep their value and are named
    in `waiting`. `path` and `flags` are those of the start."""
    return _load(previous, path, flags)


def default_folder() -> Path:
    """Where messages are kept when nobody says: $STATE_DIRECTORY (systemd), else $XDG_DATA_HOME/ipc-chat, else
    ~/.local/share/ipc-chat."""
    state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state)
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "share") / "ipc-chat"


def _load(previous: Loaded | None, path: Path | None, flags: Mapping[str, object]) -> Loaded | list[Mistake]:
    reader = Reader(_place(path))
    origin = Origin(os.geteuid(), 0)
    if path is not None:
        try:
            tables, origin = read_tables(path)
            _require_owner(previous, origin.owner)
        except Unreadable as error:
            return [Mistake(reader.place, "", str(error))]
        reader.read_file(tables)
    reader.read_flags(flags)
    reader.check_operators()
    reader.check_rules()
    check_roles({section: _sections(reader.values, section) for section in CHOSEN_SECTIONS}, reader.complain)
    if reader.mistakes:
        return reader.mistakes
    defaults = {name: row.default for name, row in SETTINGS.items() if row.section not in CHOSEN_SECTIONS}
    try:
        loaded = _built({**defaults, **reader.values}, path, origin)
    except RuntimeError:
        return [Mistake(reader.place, "storage.folder", "expected a folder (or --data), for there is no home folder")]
    return loaded if previous is None else _replacing(previous, loaded, path, origin)


def _require_owner(previous: Loaded | None, owner: int) -> None:
    """Whoever starts the server names the file; another one in its place must be of somebody who could have changed the
    first: it says who is operator. Raises Unreadable."""
    if previous is not None and owner not in (0, os.geteuid(), previous.owner):
        raise Unreadable(
            f"it belongs to user {owner} now, who is neither root, nor the server's user, nor whose it was: chown it"
        )


def _place(path: Path | None) -> str:
    """The file as it can be shown in one line."""
    text = str(path) if path else FLAG_PLACE
    return text if text.isprintable() else repr(text)


def _replacing(previous: Loaded, loaded: Loaded, path: Path | None, origin: Origin) -> Loaded:
    """What was read again, without what needs a restart."""
    before, now = previous.values, dict(loaded.values)
    different = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    waiting = tuple(name for name in different if setting_of(name).restart)
    now |= {name: before[name] for name in waiting}
    changed = tuple(name for name in different if name not in waiting)
    return msgspec.structs.replace(_built(now, path, origin), changed=changed, waiting=waiting)


def _built(values: dict[str, Any], path: Path | None, origin: Origin) -> Loaded:
    """The values as core and server take them."""
    chosen = {section: _sections(values, section) for section in CHOSEN_SECTIONS}
    settings: dict[str, Any] = {field: values[name] for field, name in CORE.items()}
    settings["limits"] = {**msgspec.structs.asdict(Limits()), **_section(values, "limits")}
    settings["throttles"] = _section(values, "throttles")
    settings["policy"] = {field: values[name] for field, name in POLICY.items()}
    settings["verification"] = bool(values["accounts.mail_command"])
    settings["retention"] = _retention(values)
    settings["outbound"] = _outbound(values)
    settings["operators"] = chosen["operators"]
    settings["gateways"] = tuple({"name": name, **table} for name, table in chosen["gateways"].items())
    return Loaded(
        settings=msgspec.convert(settings, Settings),
        listen=values["server.listen"],
        folder=_folder(values, path),
        threads=values["server.threads"],
        log_level=values["server.log_level"],
        values=values,
        remarks=_remarks(settings, path, origin.permissions),
        owner=origin.owner,
        base=_base(path),
        listen_chosen=values["server.listen"] is not LISTEN,
        socket_mode=int(values["local.mode"], 8),
        local_roles=local_roles(chosen),
        plain_beyond_loopback=values["server.plain_beyond_loopback"],
        proxies=tuple(ip_network(each) for each in values["server.proxies"]),
        web_origins=values["server.web_origins"],
        admin_listen=values["admin.listen"],
        admin_beyond_loopback=values["admin.beyond_loopback"],
        files=FileLimits(**_section(values, "files")),
        workers=values["server.workers"],
        cluster=cluster_settings(_section(values, "cluster"), _base(path)),
    )


def _retention(values: Mapping[str, Any]) -> Retention:
    """What is kept of the past."""
    age = values["history.keep_days"] * DAY_MS
    everywhere = Keep(age, values["history.keep_messages"], values["history.keep_bytes"])
    return Retention(everywhere, account_bytes=values["history.keep_account_bytes"])


def _outbound(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The schemes of URLs that something is sent to."""
    if not values["outbound.enabled"]:
        return ()
    return ("https", "http") if values["outbound.networks"] else ("https",)


def _section(values: Mapping[str, Any], section: str) -> dict[str, Any]:
    """The values of one section by their keys."""
    return {name.rpartition(".")[2]: value for name, value in values.items() if name.rpartition(".")[0] == section}


def _sections(values: Mapping[str, Any], section: str) -> dict[str, dict[str, Any]]:
    """The sections with chosen names: name -> key -> value."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        place, _, key = name.rpartition(".")
        kind, _, chosen = place.partition(".")
        if kind == section and chosen:
            found.setdefault(chosen, {})[key] = value
    return found


def _folder(values: Mapping[str, Any], path: Path | None) -> Path | None:
    if values["storage.memory"]:
        return None
    if values["storage.folder"] is None:
        return default_folder()
    return _base(path) / str(values["storage.folder"])


def _base(path: Path | None) -> Path:
    """The folder from which relative files are taken: that of the configuration file."""
    return path.absolute().parent if path else Path()


def _remarks(settings: Mapping[str, Any], path: Path | None, permissions: int) -> tuple[str, ...]:
    """What is allowed and yet worth a word."""
    has_secrets = bool(settings["password"] or settings["gateways"] or settings["operators"])
    if has_secrets and permissions & READABLE_BY_ALL:
        return (f"{_place(path)} has passwords and everybody on this machine can read it; chmod 640 {_place(path)}",)
    return ()

"""The settings of the terminal client: a TOML file of our user, in which everything has a default.

It is $IPCCHAT_TERMINAL_CONFIG, else $XDG_CONFIG_HOME/ipc-chat/terminal.toml, else ~/.config/ipc-chat/terminal.toml.

Rules:
1. A setting is one field here, with what it may be and a line that says what it does: reading, errors and
   docs/terminal.md are made from it.
2. A file with a mistake is refused as a whole, and all its mistakes are told at once, with their lines.
3. A password has no place in the file. The client writes into it only to add a server, and keeps what stands there.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipcchat.client.errors import ChatError
from ipcchat.client.fingerprints import parse_fingerprint
from ipcchat.client.urls import parse_address
from ipcchat.tui.keymap import Keymap, KeymapError
from ipcchat.tui.own_files import folder, read_text, replace_text
from ipcchat.tui.settings_kinds import Flag, Kind, OneOf, Text, Texts, Whole
from ipcchat.tui.start import ServerEntry

if TYPE_CHECKING:
    from ipcchat.tui.settings_reader import Mistake, Reader

FILE_NAME = "terminal.toml"
BYTES_MAX = 262_144
SERVERS_MAX = 50
WORDS_MAX = 100


def setting(default: object, kind: Kind, text: str) -> Any:
    """A field that is a setting: its default, what it may be, and what it does."""
    return field(default=default, metadata={"kind": kind, "text": text})


@dataclass(frozen=True, slots=True)
class Display:
    """What the screen looks like."""

    theme: str = setting(
        "auto", Text("the name of a theme", 60), "The colours; `auto` takes those that fit your terminal."
    )
    joins: str = setting(
        "smart",
        OneOf(("smart", "all", "none")),
        "Whose coming and going is shown: `smart` shows only people who spoke lately.",
    )
    clock: int = setting(24, OneOf((24, 12)), "Times as 17:05 or as 5:05 pm.")
    members: str = setting(
        "auto",
        OneOf(("auto", "shown", "hidden")),
        "The list of people at the right; `auto` shows it when the terminal has at least 100 columns.",
    )
    channels_columns: int = setting(
        0, Whole(12, 60), "How wide the list of channels is; 0 is as wide as the names need."
    )
    reorder_right_to_left: bool = setting(
        True, Flag(), "Put Hebrew and Arabic text into the order it is read in. Off for a terminal that does it itself."
    )
    mouse: bool = setting(True, Flag(), "The mouse clicks, scrolls and selects here. Off: it is your terminal's.")


@dataclass(frozen=True, slots=True)
class Notifications:
    """What calls you when you look elsewhere."""

    bell: bool = setting(True, Flag(), "Ring the terminal's bell.")
    desktop: str = setting(
        "auto",
        OneOf(("auto", "osc9", "osc777", "both", "off")),
        "How the terminal is asked for a notification on the desktop; see [Notifications](#notifications).",
    )
    private: bool = setting(True, Flag(), "When somebody writes to you alone.")
    mentions: bool = setting(True, Flag(), "When somebody mentions you, or says one of `words`.")
    only_unfocused: bool = setting(True, Flag(), "Only while the terminal's window does not have the focus.")
    words: tuple[str, ...] = setting((), Texts(Text("a word", 100), WORDS_MAX), "Words that count like your nick.")


@dataclass(frozen=True, slots=True)
class Privacy:
    """What others get to know of you."""

    typing: bool = setting(True, Flag(), "Others see that you are typing, where the server passes it on.")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. `path` is the file they are from, whether it exists or not; None without a home folder."""

    display: Display = Display()
    notifications: Notifications = Notifications()
    privacy: Privacy = Privacy()
    keymap: Keymap = field(default_factory=Keymap)
    servers: tuple[ServerEntry, ...] = ()
    path: Path | None = None


SECTIONS: dict[str, type] = {"display": Display, "notifications": Notifications, "privacy": Privacy}


class SettingsError(ChatError):
    """The file cannot be used; the text has all of its mistakes, each in a line."""


def by_library(read: Callable[[str], object]) -> Callable[[str], str]:
    """A check by a function of the library, whose ChatError is the reason."""

    def check(value: str) -> str:
        try:
            read(value)
        except ChatError as error:
            raise ValueError(str(error)) from None
        return value

    return check


def from_home(path: str) -> str:
    """A path in which "~" at the start is the home folder."""
    try:
        return str(Path(path).expanduser())
    except RuntimeError:
        raise ValueError("there is no home folder, so ~ means nothing; write the whole path") from None


# What may stand in [[servers]], and what it is; the fields of ServerEntry that belong into a file.
SERVER: dict[str, tuple[Kind, str]] = {
    "name": (Text("a name", 60), "How it is called in the list."),
    "address": (
        Text("an address", 500, by_library(parse_address)),
        "`irc://HOST:PORT`, `ircs://HOST:PORT` (TLS) or `unix:///PATH`; without it: this machine's server.",
    ),
    "nick": (Text("a nick", 100), "Your name there."),
    "account": (Text("an account", 100), "Your account there, for a login."),
    "channels": (Texts(Text("a channel", 200), 100), "Where you want to be at the start."),
    "password_command": (
        Text("a command", 1_000),
        "A command that prints the password. It runs without a shell, at each login.",
    ),
    "pin": (
        Text("a fingerprint", 200, by_library(parse_fingerprint)),
        "The fingerprint that the server's certificate must have, in the place of all other trust.",
    ),
    "certificate": (Text("a path", 1_000, from_home), "A PEM file with a certificate and its key, to log in with."),
    "connect": (Flag(), "Whether to go there at the start."),
}


def default_path() -> Path | None:
    """Where the file is; None without a home folder."""
    if named := os.environ.get("IPCCHAT_TERMINAL_CONFIG", ""):
        return Path(named).expanduser().absolute()
    base = folder("XDG_CONFIG_HOME", ".config")
    return base / FILE_NAME if base is not None else None


def load(path: Path | None = None) -> Settings:
    """The settings of a file, by default that of our user; the defaults when there is none. Raises SettingsError."""
    path = path or default_path()
    if path is None:
        return Settings()
    try:
        if path.stat().st_mode & stat.S_IWOTH:
            raise SettingsError(f"others may write to {path}, and it can run commands; type: chmod o-w {path}")
        text = read_text(path, BYTES_MAX)
    except FileNotFoundError:
        return Settings(path=path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"{path} cannot be read: {reason}") from None
    return read(text, path)


def read(text: str, path: Path) -> Settings:
    """The settings of a text, that of the file `path`. Raises SettingsError."""
    import tomllib

    from ipcchat.tui.settings_reader import Reader, near

    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(no_toml(str(error)).told(path.name)) from None
    reader = Reader(text)
    for name in tables.keys() - {*SECTIONS, "keys", "servers"}:
        reader.complain(f"there is no such section{near(name, [*SECTIONS, 'keys', 'servers'])}", name)
    made = {
        name: section(**reader.read(name, kinds_of(section), tables.get(name, {})))
        for name, section in SECTIONS.items()
    }
    keymap = read_keys(reader, tables.get("keys", {}))
    servers = read_servers(reader, tables.get("servers", []))
    if reader.mistakes:
        raise SettingsError("\n".join(mistake.told(path.name) for mistake in reader.mistakes))
    return Settings(**made, keymap=keymap, servers=servers, path=path)


def no_toml(reason: str) -> Mistake:
    """What the parser says, which has the line at its end."""
    from ipcchat.tui.settings_reader import Mistake

    found = re.search(r" \(at line (\d+), column \d+\)$", reason)
    return Mistake(int(found[1]) if found else 0, "", f"this is no TOML: {reason[: found.start() if found else None]}")


def kinds_of(section: type) -> dict[str, Kind]:
    """What the settings of a section may be."""
    return {entry.name: entry.metadata["kind"] for entry in fields(section)}


def read_keys(reader: Reader, table: object) -> Keymap:
    """The keys as the file wants them; the defaults when it has mistakes."""
    if not isinstance(table, dict):
        reader.complain("expected a section [keys]", "keys")
        return Keymap()
    wanted: dict[str, list[str]] = {}
    for name, keys in table.items():
        keys = [keys] if isinstance(keys, str) else keys
        if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
            wanted[name] = keys
        else:
            reader.complain('expected keys, such as ["alt+a", "f9"]', "keys", name)
    try:
        return Keymap.of(wanted)
    except KeymapError as error:
        for mistake in error.mistakes:
            reader.complain(mistake.text, "keys", mistake.action)
        return Keymap()


def read_servers(reader: Reader, tables: object) -> tuple[ServerEntry, ...]:
    """The servers of the file."""
    if not isinstance(tables, list):
        reader.complain("expected sections [[servers]], with two brackets", "servers")
        return ()
    if len(tables) > SERVERS_MAX:
        reader.complain(f"there are {len(tables)} servers; at most {SERVERS_MAX} are allowed", "servers")
    return tuple(read_server(reader, table, place) for place, table in enumerate(tables[:SERVERS_MAX]))


def read_server(reader: Reader, table: Any, place: int) -> ServerEntry:
    """One server."""
    for key in [key for key in table if key.endswith("password")] if isinstance(table, dict) else []:
        advice = "passwords have no place in this file; take it out, and name a password_command or be asked"
        reader.complain(advice, "servers", key, place)
        del table[key]
    values: Mapping[str, Any] = reader.read("servers", {key: kind for key, (kind, _) in SERVER.items()}, table, place)
    return ServerEntry(**values)


def append_server(entry: ServerEntry, path: Path | None = None) -> Path:
    """Add a server to the file, which is made when it is missing; what stands there stays as it is. A server that is
    there already, with the same account, is not added. The path. Raises ChatError."""
    path = path or default_path()
    if path is None:
        raise ChatError("there is no home folder for the settings; set XDG_CONFIG_HOME to a folder of yours")
    known = load(path)
    if any((one.address, one.account) == (entry.address, entry.account) for one in known.servers):
        return path
    try:
        text = read_text(path, BYTES_MAX) if path.exists() else ""
        begin = f"{text.rstrip()}\n\n" if text.strip() else ""
        made = begin + server_text(entry)
        read(made, path)
        replace_text(path, made)
    except OSError as error:
        raise ChatError(f"{path} cannot be written: {error.strerror}") from None
    return path


def server_text(entry: ServerEntry) -> str:
    """A server as the file has it; what is as by default is left out."""
    lines = [
        f"{key} = {toml(value)}\n" for key in SERVER if (value := getattr(entry, key)) != getattr(ServerEntry(), key)
    ]
    return "[[servers]]\n" + "".join(lines)


def toml(value: object) -> str:
    """A value as TOML writes it: texts, yes or no, numbers, lists of them."""
    import json

    if isinstance(value, tuple | list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

"""Takes the values of settings from the tables of a file and from flags, and notes every mistake on the way.

Rules:
1. One mistake does not hide another: reading goes on behind it. After MISTAKES_MAX only that there are more is said.
2. What is not known gets the nearest name that is.
3. A rule between settings is checked only when each of them is right by itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

import msgspec

from ipcchat.core.limits import Limits
from ipcchat.server.settings_chosen import CHOSEN_NAME, CHOSEN_SECTIONS
from ipcchat.server.settings_kinds import Kind, Unfit, number_text, shown, type_name
from ipcchat.server.settings_limits import FIXED_LIMITS
from ipcchat.server.settings_table import (
    FLAGS,
    RULES,
    SECTIONS,
    SETTINGS,
)

MISTAKES_MAX = 50
FLAG_PLACE = "ipc-chat"
PROOFS = ("password_hash", "certificates", "uids")
"""What proves an operator; one is needed."""

BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Mistake(msgspec.Struct, frozen=True):
    """What is wrong: the file (FLAG_PLACE for a flag), the setting or flag ("" for the file as a whole), and what is
    expected. As text it is one line."""

    place: str
    setting: str
    text: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.setting, self.text) if part)


class Reader:
    """Collects `values` and `mistakes`; `place` is the file as the administrator named it."""

    def __init__(self, place: str) -> None:
        self.values: dict[str, object] = {}
        self.mistakes: list[Mistake] = []
        self.place = place
        self._faulty: set[str] = set()

    def complain(self, setting: str, text: str, place: str = "") -> None:
        """Note a mistake."""
        self._faulty.add(setting)
        if len(self.mistakes) < MISTAKES_MAX:
            self.mistakes.append(Mistake(place or self.place, setting, text))
        elif not self._is_full:
            self.mistakes.append(Mistake(self.place, "", "there are more mistakes; correct these first"))

    def read_file(self, tables: Mapping[str, object]) -> None:
        """Take the values of a file."""
        for section, content in tables.items():
            if self._is_full:
                return
            if section not in SECTIONS:
                self.complain(written(section), _no_such_section(section, content))
            elif not isinstance(content, dict):
                self.complain(section, f"expected a section [{section}], got {type_name(content)}")
            elif section in CHOSEN_SECTIONS:
                self._read_chosen(section, content)
            else:
                self._read_keys(section, section, content)

    def read_flags(self, flags: Mapping[str, object]) -> None:
        """Take the values of flags, by the names of the settings over which they win."""
        for name, value in flags.items():
            self._read(name, SETTINGS[name].kind, value, FLAGS[name])

    def check_rules(self) -> None:
        """What settings must be together."""
        for rule in RULES:
            values = [self.values.get(name, SETTINGS[name].default) for name in rule.names]
            if self._faulty.isdisjoint(rule.names) and not rule.holds(*values):
                self.complain(rule.names[0], rule.text.format(*map(shown, values)))

    def check_operators(self) -> None:
        """Somebody can be each operator: by a password, a certificate, or as a local user."""
        named = {
            value for name, value in self.values.items() if name.startswith("local_") and name.endswith(".operator")
        }
        for setting in [
            name for name in self.values if name.startswith("operators.") and name.endswith(".password_hash")
        ]:
            section = setting.rpartition(".")[0]
            ways = [self.values.get(f"{section}.{key}") for key in PROOFS]
            if not any(ways) and section.partition(".")[2] not in named and not self._is_faulty(section):
                self.complain(setting, "expected this, certificates or uids: as it is, nobody can be this operator")

    def _is_faulty(self, section: str) -> bool:
        return any(f"{section}.{key}" in self._faulty for key in PROOFS)

    @property
    def _is_full(self) -> bool:
        return len(self.mistakes) > MISTAKES_MAX

    def _read(self, name: str, kind: Kind, value: object, flag: str = "") -> None:
        try:
            self.values[name] = kind.read(value)
        except Unfit as error:
            self.complain(flag or name, str(error), FLAG_PLACE if flag else "")

    def _read_chosen(self, section: str, content: Mapping[str, object]) -> None:
        """Sections with names that the administrator chose."""
        for name, table in content.items():
            prefix = f"{section}.{written(name)}"
            if self._is_full:
                return
            try:
                CHOSEN_NAME.read(name)
            except Unfit as error:
                self.complain(prefix, str(error))
                continue
            if not isinstance(table, dict):
                self.complain(prefix, f"expected a section [{prefix}], got {type_name(table)}")
                continue
            self._read_keys(prefix, f"{section}.NAME", table)
            self._read_missing(prefix, f"{section}.NAME", table)

    def _read_keys(self, prefix: str, generic: str, table: Mapping[str, object]) -> None:
        """The settings of one section, whose name in the table of settings is `generic`."""
        for key, value in table.items():
            if self._is_full:
                return
            row = SETTINGS.get(f"{generic}.{key}")
            if row is None:
                self.complain(f"{prefix}.{written(key)}", _no_such_setting(prefix, generic, key))
            else:
                self._read(f"{prefix}.{key}", row.kind, value)

    def _read_missing(self, prefix: str, generic: str, table: Mapping[str, object]) -> None:
        """The settings that a chosen section does not have: defaults, and mistakes where there is none."""
        for row in SETTINGS.values():
            if row.name.rpartition(".")[0] != generic or row.key in table:
                continue
            if row.required:
                self.complain(f"{prefix}.{row.key}", f"expected {row.kind.expected}, got nothing")
            else:
                self.values[f"{prefix}.{row.key}"] = row.default


def written(key: str) -> str:
    """A key as it can be shown in one line."""
    return key if BARE_KEY.fullmatch(key) else shown(key)


def _no_such_section(section: str, content: object) -> str:
    """What to say to a section that is not known, or to a setting in front of all sections."""
    if not isinstance(content, dict):
        return "no such setting" + _did_you_mean(_nearest_setting(section))
    near = _nearest(section, SECTIONS)
    return "no such section" + (_did_you_mean(f"[{near}]") if near else f"; there are {', '.join(SECTIONS)}")


def _no_such_setting(prefix: str, generic: str, key: str) -> str:
    """What to say to a setting that is not known."""
    if generic == "limits" and key in FIXED_LIMITS:
        return f"cannot be set, it is {number_text(getattr(Limits(), key))} ({FIXED_LIMITS[key]})"
    siblings = [row.key for row in SETTINGS.values() if row.name.rpartition(".")[0] == generic]
    near = _nearest(key, siblings)
    return "no such setting" + _did_you_mean(f"{prefix}.{near}" if near else _nearest_setting(key))


def _nearest_setting(key: str) -> str:
    """The setting of any section whose name is nearest, or ""."""
    by_key = {row.key: row.name for row in reversed(SETTINGS.values())}
    return by_key.get(_nearest(key, by_key), "")


def _nearest(name: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(name, known, n=1)), "")


def _did_you_mean(name: str) -> str:
    return f"; did you mean {name}?" if name else "; docs/settings.md has all of them"

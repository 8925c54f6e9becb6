"""The page about all settings (docs/settings.md) and the example file (examples/ipc-chat.toml), made from their table.

Rules:
1. Both are functions of the table alone: the same on every machine.
2. In the example a line that begins with # and no space is a setting: without its # it is what a file would have. The
   file without any of these # is one without a mistake, too.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from ipcchat.core.limits import Limits
from ipcchat.server.settings_chosen import CHOSEN_SECTIONS
from ipcchat.server.settings_kinds import Lines, number_text
from ipcchat.server.settings_limits import FIXED_LIMITS
from ipcchat.server.settings_row import Setting
from ipcchat.server.settings_table import FLAGS, ROWS, SECTIONS, WORKER_FLAG

COLUMNS = 100
CHOSEN_EXAMPLES = {"operators": "ann", "local_users": "build", "local_groups": "wheel", "gateways": "webchat"}

_INTRODUCTION = """\
# Settings

The server needs none of this: every setting has a default. Put those that shall be different into a file, in the form
of [TOML](https://toml.io), and name the file when the server starts:

```sh
ipc-chat serve --config ipc-chat.toml
ipc-chat serve --config ipc-chat.toml --check-config    # only look for mistakes: exit code 0 or 78
```

`$IPC_CHAT_CONFIG` can name the file, too. [ipc-chat.toml](../examples/ipc-chat.toml) is an example with every setting.

* **Flags win** over the file, also when it is read again: {flags}.
* **A mistake** is answered with the file, the setting and what is expected, all mistakes at once, and the server does
  not start. A setting that is not known is a mistake, too. Passwords are never shown.
* **Reading it again**: `SIGHUP` (`kill -HUP`, `systemctl reload`), or `REHASH` of an operator. The file counts as a
  whole or not at all: with a mistake everything stays as it is, and the mistakes are told. Settings marked *restart*
  are read at the start only; when one of them is different its name is told, and all others count at once. A file
  that belongs to somebody else than before is refused, unless that is root or the server's user.
* **Passwords**: keep the file from others with `chmod 640`. Operators have hashes there, which `ipc-chat password`
  makes.
* **Numbers** can have `_` between their digits (`10_000`); their units stand in the names.
"""
_FOOT = """\
## Limits that cannot be set

These are set by the language, and the same on every server:

"""
_EXAMPLE_HEAD = """\
# The settings of an IPC Chat server. A line that begins with # and no space is a setting with its default, or with an
# example where the default is nothing: take the # away and change the value.
# docs/settings.md explains the file. Look for mistakes with: ipc-chat serve --config ipc-chat.toml --check-config
"""


def reference() -> str:
    """docs/settings.md."""
    flags = ", ".join(f"`{flag}`" for flag in dict.fromkeys(FLAGS.values()) if flag != WORKER_FLAG)
    parts = [_INTRODUCTION.replace("{flags}", flags)]
    parts += [_section(section, about) for section, about in SECTIONS.items()]
    fixed = [f"* `{name}` = {toml(getattr(Limits(), name))}: {where}\n" for name, where in FIXED_LIMITS.items()]
    return "\n".join([*parts, _FOOT + "".join(fixed)])


def example() -> str:
    """examples/ipc-chat.toml."""
    return "\n".join([_EXAMPLE_HEAD, *(_example_section(section, about) for section, about in SECTIONS.items())])


def toml(value: object) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return number_text(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case tuple() | list():
            return f"[{', '.join(map(toml, value))}]"
    raise AssertionError(f"a setting cannot be {value!r}")


def toml_of(row: Setting, value: object) -> str:
    """The value of a setting as its file has it; a text of several lines between three quotes."""
    if isinstance(row.kind, Lines) and isinstance(value, tuple):
        return '"""\n' + "".join(f"{toml(line)[1:-1]}\n" for line in value) + '"""'
    return toml(value)


def _section(section: str, about: str) -> str:
    title = f"{section}.NAME" if section in CHOSEN_SECTIONS else section
    rows = [
        "| setting | default | expected | what it is |",
        "| --- | --- | --- | --- |",
        *(_row(row) for row in ROWS if row.section == section),
    ]
    return f"## [{title}]\n\n{about}\n\n" + "\n".join(rows) + "\n"


def _row(row: Setting) -> str:
    default = row.otherwise or (f"`{_in_one_line(row)}`" if not row.required else "none")
    text = row.text + (" *Restart.*" if row.restart else "")
    cells = (f"`{row.key}`", default, row.kind.expected, text)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _in_one_line(row: Setting) -> str:
    if isinstance(row.kind, Lines) and isinstance(row.default, tuple):
        return toml("\n".join(row.default))
    return toml(row.default)


def _example_section(section: str, about: str) -> str:
    chosen = section in CHOSEN_SECTIONS
    head = f"#[{section}.{CHOSEN_EXAMPLES[section]}]" if chosen else f"[{section}]"
    lines = [head, *_comment(about.replace("`", "")), ""]
    for row in (row for row in ROWS if row.section == section):
        text = f"{row.text.replace('`', '')} Expected: {row.kind.expected}." + (" Restart." if row.restart else "")
        value = row.default if row.example is None else row.example
        setting = f"{row.key} = {toml_of(row, value)}"
        lines += [*_comment(text), *(f"#{line}" for line in setting.split("\n")), ""]
    return "\n".join(lines)


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(text, COLUMNS, break_long_words=False, break_on_hyphens=False))

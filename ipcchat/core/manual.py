"""The manual of the protocol as Markdown, made from the tables: docs/commands.md,
docs/capabilities.md and docs/permissions.md.

Rules:
1. Whatever a table has is shown. What no table says is in glossary.py and nowhere else.
2. A page depends on nothing but the code: it is the same on every machine.
3. What is sent where is in no table: it is read from the source (docs/answers.py) and given as `Sent`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ipcchat.core import caps, extbans, glossary, handlers, modes, permissions, support
from ipcchat.core.privileges import PRIVILEGES
from ipcchat.core.registry import COMMANDS, Command
from ipcchat.core.settings import Settings
from ipcchat.wire.capabilities import CAPABILITIES, SPECIFICATIONS_COMMIT, SPECIFICATIONS_REPOSITORY, Capability
from ipcchat.wire.numerics import BY_NAME, Numeric

COMMANDS_NAMED_MAX = 8
MADE = "<!-- Made from the tables in the code by ./run docs: change those. -->"


class Sent(msgspec.Struct, frozen=True):
    """What core says: the names of the numerics that answer each command and of all numerics, and the standard replies
    as "FAIL CHATHISTORY INVALID_TARGET" (* for a command that varies)."""

    answers: Mapping[str, Iterable[str]]
    numerics: frozenset[str]
    standard_replies: frozenset[str]


def _page(title: str, *blocks: str) -> str:
    return "\n\n".join((f"# {title}", MADE, *blocks)) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; a bar within a cell is escaped."""
    columns = list(head)
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _plain(text: str) -> str:
    """A sentence whose brackets, stars and tildes are no markup."""
    return re.sub(r"([<*~])", r"\\\1", text)


def _to(title: str) -> str:
    """A link to a heading of the page."""
    return f"[{title}](#{title.lower().replace(' ', '-')})"


def _specified(name: str, link: str) -> str:
    """A name that leads to its specification."""
    return f"[{name}]({link})"


# The page of commands.


def commands_page(sent: Sent) -> str:
    """docs/commands.md: every command, numeric, standard reply, mode and extended mask."""
    handlers.load()
    families = _families()
    return _page(
        "Commands, replies and modes",
        glossary.COMMANDS_INTRODUCTION,
        _contents(families),
        *(block for family, rows in families.items() for block in _family(family, rows, sent.answers)),
        "## Numerics",
        glossary.NUMERICS_INTRODUCTION,
        _numerics(sent),
        "## Standard replies",
        glossary.STANDARD_REPLIES_INTRODUCTION,
        _standard_replies(sent.standard_replies),
        "## Channel modes",
        glossary.CHANNEL_MODES_INTRODUCTION,
        _channel_modes(),
        "## User modes",
        glossary.USER_MODES_INTRODUCTION,
        _user_modes(),
        "## Extended masks",
        glossary.EXTBANS_INTRODUCTION,
        _extbans(),
    )


def _families() -> dict[str, list[Command]]:
    """The commands of each file of handlers, in the order of that file."""
    found: dict[str, list[Command]] = {}
    for row in COMMANDS.values():
        found.setdefault(row.handler.__module__.rpartition(".")[2], []).append(row)
    return dict(sorted(found.items()))


def _title(family: str) -> str:
    return family.replace("_", " ").capitalize()


def _contents(families: Mapping[str, list[Command]]) -> str:
    lines = [f"* {_title(family)}: {', '.join(_to(row.name) for row in rows)}" for family, rows in families.items()]
    titles = ("Numerics", "Standard replies", "Channel modes", "User modes", "Extended masks")
    return "\n".join([*lines, f"* {', '.join(_to(title) for title in titles)}"])


def _family(family: str, rows: Iterable[Command], answers: Mapping[str, Iterable[str]]) -> Iterator[str]:
    yield f"## Commands: {_title(family).lower()}"
    for row in rows:
        yield f"### {row.name}"
        yield f"```text\n{row.syntax}\n```"
        yield _plain(row.help)
        facts = [f"{_who(row)}; {_cost(row)}; {_specified('specification', row.spec)}."]
        yield "\n".join(f"* {line}" for line in (*facts, *_answered(row.name, answers)))


def _who(row: Command) -> str:
    if row.before and row.after:
        return "At any time"
    return "Only before registration" if row.before else "After registration"


def _cost(row: Command) -> str:
    """What a command takes from the flood bucket, and how often one user may say it."""
    words = f"costs {row.cost:g} line" + ("s" if row.cost != 1 else "") if row.cost else "costs nothing"
    if row.each:
        words += f" and {row.each:g} for each further target"
    if row.rate:
        words += f", at most {row.rate.times} times in {row.rate.seconds} seconds"
    return words


def _answered(command: str, answers: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """The numerics that answer a command. Those of the welcome are named once, with USER."""
    names = set(answers.get(command, ()))
    replies = []
    if command != "USER" and "RPL_WELCOME" in names:
        names -= {name for name in answers["USER"] if name.startswith("RPL_")}
        replies.append(f"the welcome, as to {_to('USER')}")
    found = sorted(f"{BY_NAME[name].code} {name}" for name in names)
    replies += [one for one in found if " RPL_" in one]
    if replies:
        yield f"Replies: {', '.join(replies)}."
    if errors := [one for one in found if " ERR_" in one]:
        yield f"Errors: {', '.join(errors)}."


def _numerics(sent: Sent) -> str:
    commands: dict[str, list[str]] = {name: [] for name in sent.numerics}
    for command in sorted(sent.answers):
        for name in sent.answers[command]:
            commands[name].append(_to(command))
    rows = sorted((BY_NAME[name] for name in sent.numerics), key=lambda numeric: numeric.code)
    return _table(("Code", "Name", "Text", "Answers"), [_numeric(row, commands[row.name]) for row in rows])


def _numeric(row: Numeric, commands: list[str]) -> tuple[str, ...]:
    if row.name in glossary.ANSWERS_TO_ANY:
        answers = "any command"
    elif len(commands) > COMMANDS_NAMED_MAX:
        answers = f"{len(commands)} commands"
    else:
        answers = ", ".join(commands) or "nothing: the server says it by itself"
    return _specified(row.code, glossary.numeric_specification(row)), row.name, _plain(row.text), answers


def _standard_replies(standard_replies: Iterable[str]) -> str:
    grouped: dict[tuple[str, str], list[str]] = {}
    for reply in sorted(standard_replies):
        kind, command, code = reply.split(" ")
        grouped.setdefault((command, kind), []).append(_code(code))
    rows = [(kind, _code(command), ", ".join(codes)) for (command, kind), codes in sorted(grouped.items())]
    return _table(("Kind", "Command", "Codes"), rows)


def _channel_modes() -> str:
    rows = [
        (_specified(_code(letter), row.spec), row.name, row.argument, _plain(row.help), _changer(row))
        for letter, row in modes.CHANNEL_MODES.items()
    ]
    return _table(("Mode", "Name", "Argument", "Meaning", "Who may change it"), rows)


def _changer(row: modes.ChannelMode) -> str:
    if row.given:
        return "the server"
    if row.rank == modes.NETWORK_OPERATOR:
        return "operators of the network"
    return f"+{row.rank} ({modes.SYMBOLS[row.rank]})"


def _user_modes() -> str:
    rows = [
        (_specified(_code(letter), row.spec), row.name, _plain(row.help), _giver(row))
        for letter, row in modes.USER_MODES.items()
    ]
    return _table(("Mode", "Name", "Meaning", "Who may change it"), rows)


def _giver(row: modes.UserMode) -> str:
    if not row.given:
        return "oneself"
    return "the server; oneself may take it away" if row.droppable else "the server"


def _extbans() -> str:
    rows = [
        (_specified(_code(f"{extbans.MARK}{letter}:"), row.spec), row.name, _acting(row), _plain(row.help))
        for letter, row in extbans.EXTBANS.items()
    ]
    return _table(("Mask", "Name", "It says", "Meaning"), rows)


def _acting(row: extbans.Extban) -> str:
    return "whom it hits" if row.hits else "what it forbids"


# The page of capabilities.


def capabilities_page() -> str:
    """docs/capabilities.md: every capability and ISUPPORT token, with the values of a server that nobody configured."""
    return _page(
        "Capabilities and what the server advertises",
        glossary.CAPABILITIES_INTRODUCTION.format(repository=SPECIFICATIONS_REPOSITORY, commit=SPECIFICATIONS_COMMIT),
        "## Capabilities",
        _capabilities(Settings()),
        "## ISUPPORT",
        glossary.TOKENS_INTRODUCTION,
        _tokens(Settings()),
    )


def _capabilities(settings: Settings) -> str:
    offered = caps.offered(settings)
    rows = [_capability(row, offered) for row in sorted(CAPABILITIES.values(), key=_drafts_last)]
    return _table(("Capability", "Offered", "Value", "For its full effect", "Text implemented"), rows)


def _drafts_last(row: Capability) -> tuple[bool, bool, str]:
    return "/" in row.name, not row.name.startswith("draft/"), row.name


def _capability(row: Capability, offered: Mapping[str, str]) -> tuple[str, ...]:
    there = "yes" if row.name in offered else f"needs {glossary.CAPABILITIES_NEED[row.name]}"
    needs = ", ".join(_code(name) for name in row.requires)
    page = f"extensions/{row.specification.rpartition('/')[2]}.md"
    text = "" if row.commit else _specified(row.specification.rpartition("/")[2], row.specification)
    text = text or _specified(f"{page} {row.commit[:8]}", f"{SPECIFICATIONS_REPOSITORY}/blob/{row.commit}/{page}")
    return _specified(row.name, row.specification), there, _code(offered.get(row.name, "")), needs, text


def _tokens(settings: Settings) -> str:
    told = support.supported(settings)
    rows = [
        (_specified(name, row.spec), _code(told[name]) if name in told else f"needs {row.needs}", row.meaning)
        for name, row in glossary.TOKENS.items()
    ]
    return _table(("Token", "Value", "Meaning"), rows)


# The page of permissions.


def permissions_page() -> str:
    """docs/permissions.md: who may do what in a channel, and what operators of the network may do."""
    return _page(
        "Who may do what",
        glossary.PERMISSIONS_INTRODUCTION,
        "## In a channel",
        _permissions(),
        "## Operators of the network",
        glossary.PRIVILEGES_INTRODUCTION,
        _table(("Privilege", "Allows to"), ((_code(name), text) for name, text in PRIVILEGES.items())),
    )


def _permissions() -> str:
    rows = [
        (
            row.action,
            ", ".join(_code(name) for name in permissions.COMMANDS[row.action]),
            _condition(row.condition),
            permissions.WORDS[row.least],
            ", ".join(permissions.RELATION_WORDS[name] for name in row.unless),
            f"{_code(row.numeric.code)} {row.text}",
        )
        for row in permissions.TABLE
    ]
    return _table(("Action", "Commands", "When", "Takes at least", "Or", "The others hear"), rows)


def _condition(condition: str) -> str:
    if not condition:
        return "always"
    return _code(condition) if condition.startswith("+") else permissions.RELATION_WORDS[condition]

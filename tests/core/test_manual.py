"""The pages of the reference: every row of every table is there, in tables that a Markdown reader understands."""

from __future__ import annotations

import re
from functools import cache

import msgspec
import pytest

from docs import answers
from ipcchat.core import extbans, glossary, manual, modes
from ipcchat.core.context import Context
from ipcchat.core.manual import Sent
from ipcchat.core.registry import COMMANDS
from ipcchat.wire.capabilities import CAPABILITIES, SPECIFICATIONS_COMMIT
from ipcchat.wire.numerics import BY_NAME

NOTHING = Sent({}, frozenset(), frozenset())


@cache
def page() -> str:
    """The page of commands as it is in docs."""
    return manual.commands_page(answers.sent())


def section(text: str, title: str) -> str:
    """What stands under a heading, until the next one."""
    head = re.escape(title)
    found = re.search(rf"^{head}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {title!r}"
    return found[1]


def cells(line: str) -> list[str]:
    """The cells of a row of a table."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def rows_of(text: str, title: str) -> list[list[str]]:
    """The rows of the table under a heading, without its head."""
    lines = [line for line in section(text, title).splitlines() if line.startswith("|")]
    table = [cells(line) for line in lines]
    assert len({len(row) for row in table}) == 1, title
    return table[2:]


# Commands.


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_has_its_section(name):
    row = COMMANDS[name]
    text = section(page(), f"### {name}")
    assert f"```text\n{row.syntax}\n```\n" in text
    assert f"[specification]({row.spec})" in text
    assert f"[{name}](#{name.lower()})" in page()


def brew(ctx: Context, room: str) -> None:
    """Do nothing."""


brew.__module__ = "ipcchat.core.handlers.server"
TOY = {"name": "BREW", "handler": brew, "syntax": "BREW <room>", "help": "Brew <kinds>, * for all."}
USE = {"spec": "https://t.example/#brew", "cost": 1.0, "before": False, "after": True}


def brewing(monkeypatch: pytest.MonkeyPatch, answered: set[str], **changes: object) -> str:
    """The section of a server whose only commands are USER and this one."""
    row = msgspec.structs.replace(COMMANDS["TIME"], **TOY, **(USE | changes))
    monkeypatch.setattr(manual, "COMMANDS", {"USER": COMMANDS["USER"], "BREW": row})
    answered_to = {"USER": {"RPL_WELCOME", "RPL_MOTD", "ERR_NICKNAMEINUSE"}, "BREW": answered}
    sent = Sent(answered_to, frozenset().union(*answered_to.values()), frozenset())
    return section(manual.commands_page(sent), "### BREW")


def test_a_section_is_what_a_reader_asks_first(monkeypatch):
    assert brewing(monkeypatch, {"RPL_NAMREPLY", "ERR_NOSUCHCHANNEL", "RPL_TOPIC"}) == (
        "\n```text\nBREW <room>\n```\n\n"
        "Brew \\<kinds>, \\* for all.\n\n"
        "* After registration; costs 1 line; [specification](https://t.example/#brew).\n"
        "* Replies: 332 RPL_TOPIC, 353 RPL_NAMREPLY.\n"
        "* Errors: 403 ERR_NOSUCHCHANNEL.\n\n"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cost": 0.0}, "* After registration; costs nothing; "),
        ({"cost": 2.5, "before": True}, "* At any time; costs 2.5 lines; "),
        ({"before": True, "after": False}, "* Only before registration; costs 1 line; "),
    ],
)
def test_who_may_use_a_command_and_what_it_costs(monkeypatch, changes, said):
    assert said in brewing(monkeypatch, set(), **changes)


def test_the_welcome_is_listed_with_user_only(monkeypatch):
    text = brewing(monkeypatch, {"RPL_WELCOME", "RPL_MOTD", "RPL_TOPIC", "ERR_NICKNAMEINUSE"})
    assert text.endswith(
        "* Replies: the welcome, as to [USER](#user), 332 RPL_TOPIC.\n* Errors: 433 ERR_NICKNAMEINUSE.\n\n"
    )


def test_families_stand_in_one_order_whichever_was_imported_first(monkeypatch):
    monkeypatch.setattr(manual, "COMMANDS", {name: COMMANDS[name] for name in ("TIME", "USER", "NICK")})
    headings = [line for line in manual.commands_page(NOTHING).splitlines() if line.startswith(("## C", "###"))]
    assert headings == [
        "## Commands: registration",
        "### USER",
        "### NICK",
        "## Commands: server",
        "### TIME",
        "## Channel modes",
    ]


def test_a_bar_does_not_end_a_cell(monkeypatch):
    monkeypatch.setitem(extbans.EXTBANS, "a", msgspec.structs.replace(extbans.EXTBANS["a"], help="this | that"))
    rows = rows_of(manual.commands_page(NOTHING), "## Extended masks")
    assert rows[0][-1] == "this \\| that"


def test_what_is_no_markup_is_escaped():
    assert "<" not in re.sub(r"\\<|<!--.*-->|`[^`]*`|```.*?```", "", page(), flags=re.DOTALL)


def test_commands_whose_answers_nobody_knows_are_there_too():
    text = manual.commands_page(NOTHING)
    assert "Replies:" not in text
    assert all(f"### {name}\n" in text for name in COMMANDS)


# Numerics and standard replies.


def test_each_numeric_that_is_sent_has_its_row():
    rows = {row[1]: row for row in rows_of(page(), "## Numerics")}
    assert set(rows) == answers.sent_numerics()
    assert rows["RPL_NOTOPIC"] == [
        "[331](https://modern.ircdocs.horse/#rplnotopic-331)",
        "RPL_NOTOPIC",
        "No topic is set",
        "[TOPIC](#topic)",
    ]
    assert [row[0] for row in rows.values()] == sorted(row[0] for row in rows.values())


def test_what_a_numeric_answers():
    commands = sorted(COMMANDS)[:9]
    sent = Sent(
        {name: {"ERR_NOSUCHCHANNEL", *(["RPL_TOPIC"] if name in commands[:2] else [])} for name in commands},
        frozenset({"ERR_NOSUCHCHANNEL", "RPL_TOPIC", "ERR_UNKNOWNCOMMAND", "RPL_MONONLINE"}),
        frozenset(),
    )
    assert {row[1]: row[3] for row in rows_of(manual.commands_page(sent), "## Numerics")} == {
        "ERR_NOSUCHCHANNEL": "9 commands",
        "RPL_TOPIC": ", ".join(f"[{name}](#{name.lower()})" for name in commands[:2]),
        "ERR_UNKNOWNCOMMAND": "any command",
        "RPL_MONONLINE": "nothing: the server says it by itself",
    }


def test_standard_replies_stand_with_their_command():
    sent = Sent({}, frozenset(), frozenset({"FAIL TOPIC B_C", "FAIL TOPIC A_B", "NOTE TOPIC A_B", "FAIL * A_B"}))
    assert rows_of(manual.commands_page(sent), "## Standard replies") == [
        ["FAIL", "`*`", "`A_B`"],
        ["FAIL", "`TOPIC`", "`A_B`, `B_C`"],
        ["NOTE", "`TOPIC`", "`A_B`"],
    ]


# Modes and extended masks.


def test_each_mode_and_extended_mask_has_its_row():
    tables = {
        "## Channel modes": {letter: row.spec for letter, row in modes.CHANNEL_MODES.items()},
        "## User modes": {letter: row.spec for letter, row in modes.USER_MODES.items()},
        "## Extended masks": {f"~{letter}:": row.spec for letter, row in extbans.EXTBANS.items()},
    }
    for title, rows in tables.items():
        assert [row[0] for row in rows_of(page(), title)] == [f"[`{name}`]({link})" for name, link in rows.items()]


def test_who_may_change_a_mode():
    channel = {row[0][2]: row[-1] for row in rows_of(page(), "## Channel modes")}
    assert {letter: channel[letter] for letter in "obP"} == {
        "o": "+o (@)",
        "b": "+h (%)",
        "P": "operators of the network",
    }
    user = {row[0][2]: row[-1] for row in rows_of(page(), "## User modes")}
    assert {letter: user[letter] for letter in "ior"} == {
        "i": "oneself",
        "o": "the server; oneself may take it away",
        "r": "the server",
    }


# Capabilities.


def test_each_capability_has_its_row_with_the_text_that_was_implemented():
    rows = {row[0]: row[1:] for row in rows_of(manual.capabilities_page(), "## Capabilities")}
    assert set(rows) == {f"[{row.name}]({row.specification})" for row in CAPABILITIES.values()}
    text = f"https://github.com/ircv3/ircv3-specifications/blob/{SPECIFICATIONS_COMMIT}/extensions"
    short = SPECIFICATIONS_COMMIT[:8]
    assert rows["[labeled-response](https://ircv3.net/specs/extensions/labeled-response)"] == [
        "yes",
        "",
        "`batch`, `message-tags`",
        f"[extensions/labeled-response.md {short}]({text}/labeled-response.md)",
    ]
    assert rows["[sasl](https://ircv3.net/specs/extensions/sasl-3.2)"][0] == "yes"
    assert rows["[draft/multiline](https://ircv3.net/specs/extensions/multiline)"][1].startswith("`max-bytes=")


def test_each_token_has_its_row_with_the_value_of_a_server_that_nobody_configured():
    rows = {row[0].partition("]")[0][1:]: row[1:] for row in rows_of(manual.capabilities_page(), "## ISUPPORT")}
    assert list(rows) == list(glossary.TOKENS)
    assert rows["CASEMAPPING"] == ["`ascii`", "which letters of names are the same in both cases"]
    assert rows["SAFELIST"][0] == ""
    assert rows["draft/ICON"][0] == "needs the setting `server.network_icon`"


def test_numerics_are_rows_of_the_table():
    assert answers.sent_numerics() <= BY_NAME.keys()

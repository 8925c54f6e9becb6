"""The table of commands: a handler's signature is its syntax, and the runner asks the preconditions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ipcchat.core import handlers, registry
from ipcchat.core.context import Context
from ipcchat.core.registry import COMMANDS, command
from tests.core.net import Net

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> dict[str, registry.Command]:
    """An empty table, for this test only."""
    empty: dict[str, registry.Command] = {}
    monkeypatch.setattr(registry, "COMMANDS", empty)
    return empty


def test_the_families_fill_the_table():
    assert {"JOIN", "PRIVMSG", "CAP", "WHO"} < set(COMMANDS)


TOY = '''"""A toy."""

from ipcchat.core.registry import command


@command("TOY", spec="https://example.org/toy")
def toy(ctx, colour, size="small"):
    """Play: TOY red."""
    ctx.note("TOY", f"a {size} {colour} toy")
'''


def test_a_new_command_is_one_file_and_its_test(tmp_path, monkeypatch):
    (tmp_path / "toy.py").write_text(TOY)
    monkeypatch.setattr(handlers, "__path__", [*handlers.__path__, str(tmp_path)])
    try:
        handlers.load()
        ann = Net().connect("ann", "standard-replies labeled-response batch message-tags")
        assert ann.says("TOY red") == [":test.net NOTE TOY TOY :a small red toy"]
        assert ann.says("@label=x TOY red large") == ["@label=x :test.net NOTE TOY TOY :a large red toy"]
        assert ann.says("TOY") == [":test.net 461 ann TOY :Not enough parameters: TOY <colour> [<size>]"]
        assert ":test.net 704 ann TOY :TOY <colour> [<size>]" in ann.says("HELP TOY")
        assert Net().dial().says("TOY x")[0].split()[1] == "451"
    finally:
        del COMMANDS["TOY"], sys.modules[f"{handlers.__name__}.toy"]


@pytest.mark.parametrize("row", COMMANDS.values(), ids=list(COMMANDS))
def test_every_command_says_what_it_is_for(row):
    assert row.name == row.name.upper()
    assert row.syntax.split()[0] == row.name
    assert row.help.count(".") >= 1
    assert row.spec.startswith("https://") or (DOCS / row.spec).is_file()
    assert 0 <= row.required <= row.most
    assert row.before or row.after
    assert row.cost >= 0


def test_only_these_may_be_said_before_registration():  # Modern IRC, "Connection Registration"
    before = "AUTHENTICATE AWAY CAP ISUPPORT METADATA NICK PASS PING PONG QUIT REGISTER RESUME TOKEN USER VERIFY"
    before += " WEBIRC"
    assert {row.name for row in COMMANDS.values() if row.before} == set(before.split())
    assert {row.name for row in COMMANDS.values() if not row.after} == {"USER", "PASS", "RESUME", "WEBIRC"}
    assert {row.name for row in COMMANDS.values() if row.pipelined} == {"BATCH", "PRIVMSG", "NOTICE", "TAGMSG"}


def test_a_signature_is_the_syntax(table):
    heard: list[tuple[Any, ...]] = []

    @command("TEST", spec="https://example.org/", before=True, cost=2.0)
    def handler(ctx: Context, first_name: str, second: str = "", *others: str) -> None:
        """Try something.

        And say so.
        """
        heard.append((first_name, second, *others))

    row = table["TEST"]
    assert row.syntax == "TEST <first name> [<second>] [<others>...]"
    assert (row.required, row.most, row.before, row.after, row.cost) == (1, 500, True, True, 2.0)
    assert row.help == "Try something.\n\nAnd say so."
    row.handler(None, "a")
    row.handler(None, "a", "b", "c", "d")
    assert heard == [("a", ""), ("a", "b", "c", "d")]


def test_surplus_parameters_are_dropped():  # hostile input F12
    ann = Net().connect("ann")
    assert ann.says("PING one two three four") == [":test.net PONG test.net :one"]


def test_a_name_is_taken_once(table):
    command("TEST", spec="https://example.org/")(lambda ctx: None)
    with pytest.raises(ValueError, match="the command TEST is registered twice"):
        command("TEST", spec="https://example.org/")(lambda ctx: None)


def test_commands_are_found_in_any_case(net):  # Modern IRC, "Client-to-Server Protocol Structure"
    ann = net.connect("ann")
    assert ann.says("ping x", "PiNg x") == [":test.net PONG test.net :x"] * 2

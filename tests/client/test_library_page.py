"""docs/python-library.md is true: every event with its fields, every call of Chat, and examples that mean something."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from pathlib import Path

import pytest

import ipcchat
from ipcchat.client import events
from ipcchat.client.chat import Chat

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "python-library.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ROWS = re.findall(r"^\| `([A-Z]\w+)` \|[^|]*(?:\|[^|]*)?\| ([^|\n]*)\|$", PAGE, re.MULTILINE)
BASES = {"Event", "Act", "Addressed", "ModeChange", "ModeKind"}


def own_fields(name: str) -> list[str]:
    """The fields an event adds to those of the family it is in."""
    kind = getattr(events, name)
    family = events.Addressed if issubclass(kind, events.Addressed) else kind.__mro__[1]
    if family not in (events.Addressed, events.Act, events.Event, events.ServerText):
        raise AssertionError(f"{name} is of no family the page knows")
    inherited = {field.name for field in dataclasses.fields(family)}
    return [field.name for field in dataclasses.fields(kind) if field.name not in inherited]


def test_the_page_has_all_events_with_all_their_fields() -> None:
    described = {name: re.findall(r"`(\w+)`", fields.partition("(and")[0]) for name, fields in ROWS}
    wanted = {name: own_fields(name) for name in events.__all__ if name not in BASES}
    assert described == wanted


def test_the_page_has_all_calls() -> None:
    public = {name for name, _ in inspect.getmembers(Chat) if not name.startswith("_")}
    missing = {name for name in public if not re.search(rf"\b{name}\b", PAGE)}
    assert not missing


def test_what_is_called_in_the_tables_exists() -> None:
    called = set(re.findall(r"`(?:chat\.)?([a-z_]+)\(", PAGE))
    unknown = {name for name in called if not hasattr(Chat, name)}
    assert not unknown


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_mean_something(example: str) -> None:
    """They are Python, and what they use of the library is there."""
    tree = compile(example, "python-library.md", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    compile(example, "python-library.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    homes = {"chat": Chat, "ipcchat": ipcchat, "events": events}
    used = [
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in homes
    ]
    unknown = [f"{owner}.{name}" for owner, name in used if not hasattr(homes[owner], name)]
    assert not unknown

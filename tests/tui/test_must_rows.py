"""Each row of what the terminal client must do has a test, and each such test names a row that there is."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.tui import must


def test_every_row_has_a_test() -> None:
    assert sorted(must.ROWS) == list(range(1, 18))
    missing = {row: name for row, name in must.ROWS.items() if row not in must.tests()}
    assert not missing, f"rows without a test in tests/tui/test_must_*.py: {missing}"


def test_every_test_names_a_row_that_there_is() -> None:
    assert must.tests().keys() <= must.ROWS.keys()
    nameless = []
    for file in must.FOLDER.glob("test_must_*.py"):
        for node in ast.parse(file.read_text("utf-8")).body if file.name != Path(__file__).name else ():
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
                continue
            if not must.rows_of(ast.get_docstring(node) or ""):
                nameless.append(f"{file.name}::{node.name}")
    assert not nameless, f'begin their docstrings with "UX row N:": {nameless}'


def test_rows_are_read_from_docstrings() -> None:
    assert must.rows_of("UX row 5: the unread line.") == [5]
    assert must.rows_of("UX rows 3, 15: keys.") == [3, 15]
    assert must.rows_of("Something about UX row 5: no.") == []

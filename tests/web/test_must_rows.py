"""Each row of what the web client must do has a test or a reason, and each such test names a row that there is."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.tui import must
from tests.web.must import FOLDER, NOT_YET, ROWS


def test_every_row_has_a_test_or_a_reason() -> None:
    assert sorted(ROWS) == list(range(1, 16))
    tested = must.tests(FOLDER)
    missing = {row: name for row, name in ROWS.items() if row not in tested and row not in NOT_YET}
    assert not missing, f"rows without a test in tests/web/test_must_*.py: {missing}"
    assert not [row for row in NOT_YET if row in tested], "these have a test: take them out of NOT_YET"
    assert all(NOT_YET.values())


def test_every_test_names_a_row_that_there_is() -> None:
    assert must.tests(FOLDER).keys() | NOT_YET.keys() == ROWS.keys()
    nameless = [
        f"{file.name}::{node.name}"
        for file in FOLDER.glob("test_must_*.py")
        if file.name != Path(__file__).name
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if not must.rows_of(ast.get_docstring(node) or "")
    ]
    assert not nameless, f'begin their docstrings with "UX row N:": {nameless}'

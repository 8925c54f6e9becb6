"""Every row of the tables has a conversation that claims it (tests/core/covers.py), and claims are honest.

Nothing is run here to find the claims: they are read from the source of tests/core.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.core import covers
from tests.core.rows import rows

TESTS = Path(__file__).parent / "core"
# A test that claims rows says which text it holds the server to: in the test or in its module's docstring.
SPECIFICATION = re.compile(r"RFC \d{4}|Modern IRC|IRCv3|ISUPPORT|https://|docs/[a-z-]+\.md")


@cache
def claims() -> dict[str, list[str]]:
    """Each claimed row with the places of the claims."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for line, row in covers.claims_in(path):
            found.setdefault(row, []).append(f"{path.relative_to(TESTS.parent.parent)}:{line}")
    return found


def test_every_row_has_a_conversation():
    bare = sorted(f"{kind}: {row}" for row, kind in rows().items() if row not in claims())
    if bare:
        pytest.fail(f'{len(bare)} rows have no test; mark one with @pytest.mark.covers("..."):\n' + "\n".join(bare))


def test_every_claim_is_of_a_row():
    strange = sorted(f"{place}: {row}" for row, places in claims().items() if row not in rows() for place in places)
    assert not strange, "there are no such rows:\n" + "\n".join(strange)


def marked_tests(path: Path) -> Iterator[tuple[ast.FunctionDef, str]]:
    """Every test of a file that claims rows, with its source."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and any(f".{covers.MARK}(" in ast.unparse(d) for d in node.decorator_list):
            yield node, "\n".join(lines[node.decorator_list[0].lineno - 1 : node.end_lineno])


def test_every_conversation_names_its_specification():
    nameless = []
    for path in sorted(TESTS.rglob("test_*.py")):
        module = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if not SPECIFICATION.search(module):
            tests = [test.name for test, source in marked_tests(path) if not SPECIFICATION.search(source)]
            nameless += [f"{path.relative_to(TESTS.parent.parent)}: {name}" for name in tests]
    assert not nameless, "name the specification in a comment or docstring (a link, RFC 2812 3.2.4):\n" + "\n".join(
        nameless
    )

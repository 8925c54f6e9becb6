"""Writes the pages of the documentation that are made from tables in the code.

    ./run docs              write those that changed
    ./run docs --check      only say which would change

PAGES is the list: a file, and the function that makes its text. tests/test_docs.py fails while a page differs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from docs import answers, dashboard, metrics_table, terminal_tables
from ipcchat.core import manual
from ipcchat.server import settings_reference
from tests.hostile import rows

ROOT = Path(__file__).resolve().parent.parent


def commands_page() -> str:
    """The reference of commands, with what the source says about their answers."""
    return manual.commands_page(answers.sent())


PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands_page,
    "docs/capabilities.md": manual.capabilities_page,
    "docs/permissions.md": manual.permissions_page,
    "docs/settings.md": settings_reference.reference,
    "docs/terminal.md": terminal_tables.page,
    "docs/metrics.md": metrics_table.page,
    "docs/grafana.json": dashboard.dashboard,
    "docs/hostile-input.md": rows.page,
    "examples/ipc-chat.toml": settings_reference.example,
}


def stale(root: Path = ROOT) -> dict[Path, str]:
    """The pages whose file is missing or differs, with the text that belongs there."""
    made = {root / page: make() for page, make in PAGES.items()}
    return {file: text for file, text in made.items() if not file.is_file() or file.read_text("utf-8") != text}


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Exit codes: 0 when the pages are up to date (or now are), 1 when --check finds that some are not, 2 for a wrong
    command line."""
    parser = argparse.ArgumentParser(prog="run docs", description="Write the pages that are made from the code.")
    parser.add_argument("--check", action="store_true", help="only say which pages would change")
    check = parser.parse_args(arguments).check
    changed = stale(root)
    for file, text in changed.items():
        print(f"{'out of date' if check else 'written'}: {file.relative_to(root)}")
        if not check:
            file.write_text(text, "utf-8")
    if not changed:
        print(f"{len(PAGES)} pages are up to date")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

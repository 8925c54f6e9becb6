"""The public parser vectors (CC0, github.com/ircdocs/parser-tests), one pytest parameter with its own id for each.

Rules:
1. The files are as their authors published them; where we differ, the test that uses them says so and why.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[1] / "vectors"


def vectors(name: str, key: str) -> list[Any]:
    """The entries of one file as parameters named by position and by their `key`. Fails when the file has none."""
    entries = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["tests"]
    assert entries, f"{name}.yaml has no vectors"
    return [pytest.param(entry, id=f"{number}: {entry[key]}"[:60]) for number, entry in enumerate(entries, 1)]

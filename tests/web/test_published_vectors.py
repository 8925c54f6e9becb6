"""The published vectors in the form that JavaScript reads are those that were published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[1] / "vectors"


@pytest.mark.parametrize("name", ["mask-match", "msg-join", "msg-split", "userhost-split"])
def test_the_json_is_the_yaml(name: str) -> None:
    """tests/wire/ reads the one, tests/web/js/wire.test.mjs the other."""
    published = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) == published

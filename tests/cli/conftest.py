"""Every test of the command line has a home folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.desk import Desk
from tests.client.certificates import Authority


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the file of known servers is made; the programs that a test starts have it too."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return tmp_path


@pytest.fixture
def trusted(tmp_path: Path) -> Iterator[Authority]:
    """An authority that this machine trusts."""
    authority = Authority(tmp_path)
    with authority.trusted():
        yield authority


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with five messages, whose server does not run."""
    folder = tmp_path / "data"
    folder.mkdir()
    desk = Desk(folder / "chat.db")
    for number in range(5):
        desk.say(f"message {number}", "#tea" if number % 2 else "#gin")
    desk.settle()
    desk.close()
    return folder

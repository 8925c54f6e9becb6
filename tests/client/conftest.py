"""Every test of the client has a home folder of its own, so that nothing is known of servers but what it learns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.certificates import Authority


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the file of known servers is made."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("IPCCHAT_PIN", "IPCCHAT_ACCOUNT", "IPCCHAT_PASSWORD", "IPCCHAT_CERTIFICATE", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that nobody trusts yet."""
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority: Authority) -> Iterator[Authority]:
    """An authority that this machine trusts."""
    with authority.trusted():
        yield authority

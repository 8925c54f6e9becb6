"""Who of this machine has which account, and who is an operator, by the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.server.local_roles import LocalRoles
from ipcchat.server.settings import Loaded, load

OPERATOR = """
[operators.ann]
password_hash = "$argon2id$v=19$m=19456,t=2,p=1$YW4gZXhhbXBsZSBzYWx0IQ$bm8gcGFzc3dvcmQgbWFrZXMgdGhpcyBoYXNoLi4uLi4"
"""


def load_text(folder: Path, text: str) -> Loaded | list[str]:
    """What a file with this text gives."""
    file = folder / "ipc-chat.toml"
    file.write_text(OPERATOR + text)
    found = load(file, {})
    return found if isinstance(found, Loaded) else [str(each).removeprefix(f"{file}: ") for each in found]


def test_by_default_nobody_is_anything():
    roles = LocalRoles()
    assert (roles.account(0), roles.operator(0, {0})) == ("", "")


def test_users_and_groups(tmp_path: Path):
    found = load_text(
        tmp_path,
        """
        [local_users.build]
        uid = 1001
        account = "build"
        [local_users.ann]
        uid = 1002
        operator = "ann"
        [local_groups.wheel]
        gid = 10
        operator = "ann"
        """,
    )
    assert isinstance(found, Loaded), found
    roles = found.local_roles
    assert (roles.account(1001), roles.operator(1001, {1001})) == ("build", "")
    assert (roles.account(1002), roles.operator(1002, set())) == ("", "ann")
    assert roles.operator(5, {5, 10}) == "ann"
    assert roles.operator(5, {5}) == ""


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            "[local_users.a]\nuid = 5\n[local_users.b]\nuid = 5",
            "local_users.b.uid: 5 stands in [local_users.a], too; leave one",
        ),
        (
            '[local_users.a]\nuid = 5\noperator = "eve"',
            "local_users.a.operator: expected an operator of this file, got 'eve'; there is no [operators.eve]",
        ),
        (
            '[local_groups.a]\ngid = 5\noperator = "eve"',
            "local_groups.a.operator: expected an operator of this file, got 'eve'; there is no [operators.eve]",
        ),
        ("[local_users.a]", "local_users.a.uid: expected a number from 0 to 4_294_967_294, got nothing"),
        (
            "[local_groups.a]\ngid = 5",
            "local_groups.a.operator: expected the name of an operator of this file, got nothing",
        ),
        ('[local]\nmode = "0777"', 'local.mode: expected one of "0660", "0600", "0666", got \'0777\''),
    ],
)
def test_mistakes(tmp_path: Path, text: str, mistake: str):
    assert load_text(tmp_path, text) == [mistake]

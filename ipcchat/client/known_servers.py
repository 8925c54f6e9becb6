"""What we know of servers from earlier: fingerprints of their certificates, and for how long they want TLS only.

The file has one line for each, which people may read and remove:

    pin chat.example:6697 SHA256:1f2e:...
    tls-only chat.example 6697 1790000000         until this second since 1970 UTC, at this port

Rules:
1. The file is ours alone (0600) and is replaced as a whole, under a lock: two programs lose nothing of each other's.
2. It fails closed: with a file that cannot be read, that others may write to, or with a line nobody understands no
   connection is made, for what stands there may be the reason not to.
3. A user without a home folder knows nothing of servers, and can be told nothing that would have to be kept.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ipcchat.client.errors import ChatError
from ipcchat.client.fingerprints import parse_fingerprint

FILE_NAME = "known-servers"
BYTES_MAX = 1_048_576
HEAD = "# What ipc-chat knows of servers; a line that is removed is forgotten.\n"
TLS_ONLY = re.compile(r"(\S+) (\d{1,5}) (\d{1,12})")


@dataclass(slots=True)
class Known:
    """What stands in the file: place (HOST:PORT) to fingerprint, host to port and end (Unix seconds)."""

    pins: dict[str, str] = field(default_factory=dict)
    tls_only: dict[str, tuple[int, int]] = field(default_factory=dict)


class KnownServers:
    """The file, read at each question, since other programs write it too. Raises ChatError, see rule 2."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()

    def pin(self, place: str) -> str:
        """The fingerprint that is known for HOST:PORT; "" for none."""
        return self._read().pins.get(place.lower(), "")

    def tls_port(self, host: str, now: float) -> int | None:
        """The port at which this host wants TLS only; None when it does not, or not any longer."""
        port, until = self._read().tls_only.get(host.lower(), (None, 0))
        return port if now < until else None

    def set_pin(self, place: str, fingerprint: str) -> None:
        """Know this fingerprint from now on, in the place of an older one."""
        self._change(lambda known: known.pins.update({place.lower(): fingerprint}))

    def forget_pin(self, place: str) -> bool:
        """Forget a fingerprint; whether there was one."""
        there = self.pin(place) != ""
        self._change(lambda known: known.pins.pop(place.lower(), None))
        return there

    def set_tls_only(self, host: str, port: int, until: float) -> None:
        """This host wants TLS only until then."""
        self._change(lambda known: known.tls_only.update({host.lower(): (port, int(until))}))

    def forget_tls_only(self, host: str) -> None:
        """This host does not want TLS only any longer."""
        if host.lower() in self._read().tls_only:
            self._change(lambda known: known.tls_only.pop(host.lower(), None))

    def _read(self) -> Known:
        if self.path is None:
            return Known()
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                    raise ChatError(f"others may write to {self.path}, so it says nothing; type: chmod 600 {self.path}")
                text = file.read(BYTES_MAX + 1).decode("utf-8", "replace")
        except FileNotFoundError:
            return Known()
        except OSError as error:
            raise ChatError(f"{self.path} cannot be read: {error.strerror}") from None
        if len(text) > BYTES_MAX:
            raise ChatError(f"{self.path} is over {BYTES_MAX} bytes long; remove lines")
        known = Known()
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                self._read_line(known, number, line.strip())
        return known

    def _read_line(self, known: Known, number: int, line: str) -> None:
        kind, _, rest = line.partition(" ")
        try:
            if kind == "pin":
                place, fingerprint = rest.split()
                known.pins[place] = parse_fingerprint(fingerprint)
                return
        except (ValueError, ChatError):
            pass
        found = TLS_ONLY.fullmatch(rest)
        if kind != "tls-only" or found is None:
            raise ChatError(f"line {number} of {self.path} makes no sense; repair or remove it")
        known.tls_only[found[1]] = (int(found[2]), int(found[3]))

    def _change(self, change: Callable[[Known], object]) -> None:
        if self.path is None:
            raise ChatError("there is no home folder to keep it in; set XDG_DATA_HOME to a folder of yours")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(self.path):
                known = self._read()
                change(known)
                write(self.path, known)
        except OSError as error:
            raise ChatError(f"{self.path} cannot be written: {error.strerror}") from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else writes the file meanwhile."""
    lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def write(path: Path, known: Known) -> None:
    """Replace the file; who reads it meanwhile has the old one or the new one. Raises OSError."""
    lines = [f"pin {place} {fingerprint}\n" for place, fingerprint in sorted(known.pins.items())]
    lines += [f"tls-only {host} {port} {until}\n" for host, (port, until) in sorted(known.tls_only.items())]
    descriptor, name = tempfile.mkstemp(prefix=f"{FILE_NAME}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(HEAD + "".join(lines))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def default_path() -> Path | None:
    """$XDG_DATA_HOME/ipc-chat/known-servers, else ~/.local/share/ipc-chat/known-servers; None without a home folder."""
    base = os.environ.get("XDG_DATA_HOME", "")
    try:
        home = Path(base) if base.startswith("/") else Path.home() / ".local" / "share"
    except RuntimeError:
        return None
    return home / "ipc-chat" / FILE_NAME

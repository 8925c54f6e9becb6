"""What one of several workers is told by who started it: a file beside its journal, named by `--worker`.

A worker is a whole node of a cluster on one machine. It shares the machine's ports with the others, and the secrets,
certificates and uploads of the data folder by symbolic links.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

FILE_NAME: Final = "worker.json"


class WorkerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`node` is its name, `folder` has its journal, `key_file` its NKey seed. `listen` are the URLs of all doors that
    this worker opens, with their ports; `servers` is where NATS is, `addresses` where clients find all nodes,
    `monitors` where the NATS servers answer about themselves."""

    node: str
    folder: str
    key_file: str
    listen: tuple[str, ...]
    servers: tuple[str, ...]
    replicas: int = 1
    addresses: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()

    def flags(self) -> dict[str, object]:
        """The settings that win over the file's and the command line's."""
        flags: dict[str, object] = {
            "server.listen": self.listen,
            "server.workers": 1,
            "storage.folder": self.folder,
            "storage.memory": False,
            "cluster.servers": self.servers,
            "cluster.node": self.node,
            "cluster.nkey": self.key_file,
            "cluster.replicas": self.replicas,
            "cluster.monitors": self.monitors,
        }
        return flags | ({"cluster.addresses": self.addresses} if self.addresses else {})


def write_plan(plan: WorkerPlan) -> Path:
    """Put the plan into the worker's folder (0600). Raises OSError."""
    from ipcchat.server.secret_file import make_private

    path = Path(plan.folder) / FILE_NAME
    make_private(path, msgspec.json.format(msgspec.json.encode(plan), indent=1))
    return path


def read_plan(path: Path) -> WorkerPlan:
    """The plan in a file. Raises OSError, msgspec.MsgspecError."""
    return msgspec.json.decode(path.read_bytes(), type=WorkerPlan)

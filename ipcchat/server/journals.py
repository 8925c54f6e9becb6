"""The journal of a server, as its settings want it: in memory, in a folder, or shared with other nodes."""

from __future__ import annotations

import asyncio
import os
import ssl
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ipcchat.backend.base import Backend, BackendError, Boot
from ipcchat.server.addresses import EXIT_NO_PERMISSION
from ipcchat.server.secret_file import SecretError
from ipcchat.server.settings import Loaded
from ipcchat.server.settings_cluster import ClusterSettings
from ipcchat.version import VERSION

EXIT_CANNOT_CREATE: Final = 73

AGAIN_VARIABLE: Final = "IPC_CHAT_AGAIN"
"""Set when a node started itself anew: it served before, so it waits for the NATS servers and does not give up."""

COPIES: Final = 3
"""Of the stream, where so many servers are named: any one of them may be lost."""

OPEN_SECONDS_MAX: Final = 20.0
AGAIN_SECONDS_MAX: Final = 86_400.0


class StartError(Exception):
    """The server cannot start; `exit_code` is the process's."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


async def open_journal(loaded: Loaded, incarnation: str) -> tuple[Backend, Boot]:
    """The journal, for the process's life of that id. Raises StartError."""
    try:
        backend = _new_backend(loaded, incarnation)
        opening = asyncio.ensure_future(backend.open())
        await asyncio.sleep(0)
        import_module("ipcchat.core.engine")  # While another thread waits for the disk: 15 ms of every start.
        boot = await opening
        if loaded.cluster is not None and loaded.folder is not None:
            await _share_secrets(backend, loaded.folder)
        return backend, boot
    except PermissionError as error:
        raise StartError(
            f"no permission for {loaded.folder}: {error.strerror}; choose another folder with --data",
            EXIT_NO_PERMISSION,
        ) from error
    except (OSError, BackendError) as error:
        raise StartError(f"cannot open {loaded.folder}: {error}", EXIT_CANNOT_CREATE) from error


def _new_backend(loaded: Loaded, incarnation: str) -> Backend:
    if loaded.folder is None:
        from ipcchat.backend.memory import MemoryBackend

        return MemoryBackend()
    from ipcchat.backend.file_system import require_local
    from ipcchat.backend.sqlite import SqliteBackend

    path = loaded.folder / "chat.db"
    require_local(path)  # Before anything that waits for another machine.
    loaded.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if loaded.cluster is not None:
        return _cluster_backend(path, loaded.cluster, incarnation)
    return SqliteBackend(path)


def _cluster_backend(path: Path, cluster: ClusterSettings, incarnation: str) -> Backend:
    """Raises BackendError."""
    try:
        from ipcchat.backend.cluster.node import Identity, Node
        from ipcchat.backend.cluster.stream import StreamSettings
        from ipcchat.server.shared_secrets import give
    except ModuleNotFoundError as error:
        raise BackendError(f"{error.name} is missing: pip install 'ipc-chat[cluster]'") from None
    stream = StreamSettings(
        cluster.stream,
        f"{cluster.prefix}.facts",
        cluster.replicas or (COPIES if len(cluster.servers) >= COPIES else 1),
        cluster.stream_bytes_max,
        cluster.stream_seconds,
    )
    identity = Identity(cluster.node, incarnation, VERSION, cluster.prefix)
    seconds = AGAIN_SECONDS_MAX if os.environ.get(AGAIN_VARIABLE) else OPEN_SECONDS_MAX
    node = Node(
        path, identity, servers=cluster.servers, stream=stream, connect=connecting(cluster), open_seconds=seconds
    )
    give(node, path.parent)
    return node


async def _share_secrets(backend: Backend, folder: Path) -> None:
    """Have what all nodes share, and close the journal when that cannot be. Raises BackendError."""
    from ipcchat.backend.cluster.node import Node
    from ipcchat.server.shared_secrets import share

    assert isinstance(backend, Node)
    try:
        await share(backend, folder)
    except BaseException as error:
        await backend.close()
        if isinstance(error, SecretError):
            raise BackendError(str(error)) from error
        raise


def connecting(cluster: ClusterSettings) -> dict[str, Any]:
    """The options of nats.connect. Raises BackendError."""
    options: dict[str, Any] = {"name": cluster.node, "inbox_prefix": f"_INBOX_{cluster.node}".encode()}
    if cluster.nkey is not None:
        options["nkeys_seed"] = str(cluster.nkey)
    if any(url.startswith("tls://") for url in cluster.servers) or cluster.certificate is not None:
        options["tls"] = _tls(cluster)
    return options


def _tls(cluster: ClusterSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=cluster.authority)
    if cluster.certificate is not None:
        context.load_cert_chain(cluster.certificate, cluster.certificate_key)
    return context

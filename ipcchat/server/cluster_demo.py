"""A cluster of three nodes and three NATS servers on this machine, to try things out: `ipc-chat cluster up`.

It is what three machines would be, but for the machines: any node and any NATS server may be killed.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from ipcchat.server import logs, process
from ipcchat.server.addresses import EXIT_UNAVAILABLE, ListenError, parse_listen_url
from ipcchat.server.nats.binary import supported_binary
from ipcchat.server.nats.config import Member, NatsSettings, Routes
from ipcchat.server.nats.errors import NatsServerError
from ipcchat.server.nats.keys import NodeKey, node_key
from ipcchat.server.nats.process import NatsServer
from ipcchat.server.secret_file import SecretError
from ipcchat.server.settings import Loaded
from ipcchat.server.worker_plan import WorkerPlan
from ipcchat.server.workers import KEY_NAME, Crew, WorkerError, alarmed, hold, link_shared, make_shared, serve

NODES: Final = 3
HOST: Final = "127.0.0.1"

PASSWORD_BYTES: Final = 16

STORE_BYTES_MAX: Final = 8 << 30
"""The account's limit counts every copy of the stream."""


def run(loaded: Loaded, folder: Path, ports: tuple[int, int]) -> int:
    """Start it in `folder` and serve until a signal; the exit code. The nodes have the first of the `ports` for IRC and
    for browsers, and those that follow."""
    process.hold_standard_descriptors()
    logs.start(loaded.log_level)
    try:
        return asyncio.run(_serve(loaded, folder, ports))
    except (SecretError, WorkerError, NatsServerError) as error:
        print(f"ipc-chat: {error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except KeyboardInterrupt:
        return 130
    finally:
        logs.stop()


async def _serve(loaded: Loaded, folder: Path, ports: tuple[int, int]) -> int:
    places = _make_places(loaded, folder)
    keys = [node_key(place / KEY_NAME) for place in places]
    command = [sys.executable, "-m", "ipcchat", "serve"]
    crew = Crew(_nats_servers(folder, keys), partial(_plans, places, keys, ports), command, rereads=False)
    with _held(ports):
        return await serve(crew, partial(_say_ready, folder, ports), loaded.settings.limits.stop_seconds_max)


def _held(ports: tuple[int, int]) -> ExitStack:
    """The ports of all nodes. Raises WorkerError."""
    try:
        return hold(parse_listen_url(url) for number in range(NODES) for url in _doors(ports, number))
    except ListenError as error:
        what = str(error).partition(";")[0]
        raise WorkerError(f"{what}; does another one run? --irc-port and --http-port choose other ports") from error


def _make_places(loaded: Loaded, folder: Path) -> list[Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_shared(folder, loaded)
    places = [folder / f"node-{number}" for number in range(1, NODES + 1)]
    for place in places:
        place.mkdir(mode=0o700, exist_ok=True)
        link_shared(folder, place)
    return places


def _nats_servers(folder: Path, keys: Sequence[NodeKey]) -> list[NatsServer]:
    binary = supported_binary()[0]
    members = tuple(Member(f"node-{number}", key.public, keeper=True) for number, key in enumerate(keys, 1))
    ports, password = _free_ports(NODES), secrets.token_hex(PASSWORD_BYTES)
    return [
        NatsServer(
            binary,
            NatsSettings(
                name=f"nats-{number}",
                folder=folder / f"nats-{number}",
                members=members,
                store_bytes_max=STORE_BYTES_MAX,
                monitor_port=-1,
                routes=Routes("demo", HOST, port, tuple((HOST, other) for other in ports if other != port), password),
            ),
            alarmed,
        )
        for number, port in enumerate(ports, 1)
    ]


def _free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody has."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for sock in sockets:
            sock.bind((HOST, 0))
        return [int(sock.getsockname()[1]) for sock in sockets]


def _plans(
    places: Sequence[Path], keys: Sequence[NodeKey], ports: tuple[int, int], servers: tuple[str, ...]
) -> list[WorkerPlan]:
    return [
        WorkerPlan(
            node=place.name,
            folder=str(place),
            key_file=str(key.seed_file),
            listen=_doors(ports, number),
            servers=servers,
            replicas=NODES,
            addresses=tuple(_doors(ports, each)[0] for each in range(NODES)),
        )
        for number, (place, key) in enumerate(zip(places, keys, strict=True))
    ]


def _doors(ports: tuple[int, int], number: int) -> tuple[str, ...]:
    irc, http = ports
    return f"irc://{HOST}:{irc + number}", f"http://{HOST}:{http + number}"


def _say_ready(folder: Path, ports: tuple[int, int]) -> None:
    for number in range(NODES):
        irc, http = _doors(ports, number)
        print(f"node-{number + 1}: {irc} {http}", flush=True)
    print(f"Everything is in {folder}. Kill any node or NATS server and see what happens; Ctrl-C ends all.", flush=True)

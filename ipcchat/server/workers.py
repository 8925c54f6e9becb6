"""Several server processes on one machine, in one room: `serve --workers N`.

Who runs this serves nobody himself: he starts a NATS server and N workers, each a whole node with a journal of its own,
and watches them. The kernel divides the connections of each port among the workers (SO_REUSEPORT).

Rules:
1. The first worker's journal is that of the data folder, so that a server becomes many and one again. The others have
   theirs in `workers/2` and so on, with links to the secrets, certificates and uploads, which are the same for all.
2. Nobody listens to NATS but this machine, and nobody speaks there without a key that only the server's user can read.
3. It is told to be ready when all workers are. One that ends is started again, after a pause that grows.
4. SIGTERM and SIGINT stop all, SIGUSR2 starts one after the other anew. SIGHUP lets all read the configuration again;
   without one it is the terminal that was closed, and stops all.
5. Workers and NATS end with who started them, however that ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from ipcchat.backend.cluster.memory import Memory
from ipcchat.server import logs, process
from ipcchat.server.addresses import EXIT_AGAIN, EXIT_UNAVAILABLE, Address, ListenError
from ipcchat.server.doors import open_listeners
from ipcchat.server.listeners import bind
from ipcchat.server.nats.binary import supported_binary
from ipcchat.server.nats.config import Member, NatsSettings
from ipcchat.server.nats.errors import NatsServerError
from ipcchat.server.nats.keys import NodeKey, node_key
from ipcchat.server.nats.process import NatsServer
from ipcchat.server.push_key import is_on, push_key_in
from ipcchat.server.ready import say_ready
from ipcchat.server.secret_file import SecretError, secret_in
from ipcchat.server.settings import Loaded
from ipcchat.server.worker_plan import WorkerPlan, write_plan

FOLDER: Final = "workers"
KEY_NAME: Final = "node.nk"
SHARED: Final = ("secret", "push_key", "certificate.pem", "key.pem", "files")
"""What the data folder has for all workers, as far as it is there."""

READY_SECONDS_MAX: Final = 120.0
PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 0.5, 10.0
STEADY_SECONDS: Final = 60.0
"""A worker that lived so long is started again with the shortest pause."""

GRACE_SECONDS: Final = 5.0
"""What a worker may take longer to stop than its settings allow."""

_READY = b"listening on "


class WorkerError(Exception):
    """The workers cannot be started; the text says why."""


class Worker:
    """One worker: its plan, and the process of its present life."""

    def __init__(self, plan: WorkerPlan, command: Sequence[str]) -> None:
        self.plan = plan
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._started = 0.0
        self._pause = PAUSE_SECONDS_MIN
        self._is_leaving = False
        self._back = asyncio.Event()

    async def start(self) -> None:
        """Begin a life and wait until it serves. Raises WorkerError."""
        file = await asyncio.to_thread(write_plan, self.plan)
        self._started = time.monotonic()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            "--worker",
            str(file),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                if not await self._is_ready():
                    raise WorkerError(
                        f"{self.plan.node} ended with exit code {await self._process.wait()}; see the log"
                    )
        except TimeoutError:
            self._process.kill()
            raise WorkerError(f"{self.plan.node} was not ready after {READY_SECONDS_MAX:.0f} s; see the log") from None

    async def _is_ready(self) -> bool:
        """Waits for the line of each of its doors; False when it ended before."""
        stream = None if self._process is None else self._process.stdout
        awaited = len(self.plan.listen)
        while awaited and stream is not None and (line := await stream.readline()):
            awaited -= line.startswith(_READY)
        return not awaited

    async def wait(self) -> int:
        """Until it ends; its exit code."""
        return 0 if self._process is None else await self._process.wait()

    async def watch(self) -> None:
        """Give it another life whenever it ends, for ever."""
        while True:
            code = await self.wait()
            if not self._is_leaving:
                level = logging.INFO if code == EXIT_AGAIN else logging.ERROR
                logs.event(level, "a worker ended and is started again", node=self.plan.node, exit_code=code)
                await self._rest()
            self._is_leaving = False
            try:
                await self.start()
            except WorkerError as error:
                logs.event(logging.ERROR, "a worker does not start", node=self.plan.node, reason=error)
            else:
                self._back.set()

    async def renew(self, seconds_max: float) -> None:
        """End this life, which may take so long, and wait until the next one serves; somebody must `watch`."""
        logs.event(logging.INFO, "a worker starts anew", node=self.plan.node)
        self._back.clear()
        self._is_leaving = True
        await self.stop(seconds_max)
        await self._back.wait()

    async def _rest(self) -> None:
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._pause = PAUSE_SECONDS_MIN
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, PAUSE_SECONDS_MAX)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self, seconds_max: float) -> None:
        """End it: gently, then hard."""
        self.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(seconds_max):
                await self.wait()
        except TimeoutError:
            logs.event(logging.ERROR, "a worker did not stop in time", node=self.plan.node)
            self.send(signal.SIGKILL)
            await self.wait()


class Crew:
    """Nodes on this machine, and the NATS servers between them."""

    def __init__(
        self,
        servers: Sequence[NatsServer],
        plan: Callable[[tuple[str, ...]], list[WorkerPlan]],
        command: Sequence[str],
        *,
        rereads: bool,
    ) -> None:
        """`plan` says what the nodes are, when it is told the URLs of the NATS servers; `command` starts a server,
        whose plan is added to it; `rereads`: they have a configuration file."""
        self._servers = servers
        self._rereads = rereads
        self._plan = plan
        self._command = command
        self._workers: list[Worker] = []
        self._stopping = asyncio.Event()
        self._rolling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start everything. Raises WorkerError or NatsServerError."""
        found = await asyncio.gather(*(asyncio.to_thread(server.start) for server in self._servers))
        monitors = tuple(addresses.monitor for addresses in found)
        plans = [
            msgspec.structs.replace(plan, monitors=monitors)
            for plan in self._plan(tuple(addresses.url for addresses in found))
        ]
        self._workers = [Worker(plan, self._command) for plan in plans]
        first, *others = self._workers
        await asyncio.to_thread(tell_memories, plans)
        await first.start()  # It has what was said before there were others.
        await asyncio.gather(*(worker.start() for worker in others))

    async def run(self, seconds_max: float) -> int:
        """Watch over them until somebody asks to stop; the exit code. A worker may take so long to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up if self._rereads else self._stopping.set)
        loop.add_signal_handler(signal.SIGUSR2, self._roll, seconds_max + GRACE_SECONDS)
        watching = [loop.create_task(worker.watch()) for worker in self._workers]
        await self._stopping.wait()
        for task in [*watching, *([self._rolling] if self._rolling is not None else [])]:
            task.cancel()
        return 0

    async def close(self, seconds_max: float) -> None:
        """Stop everything; a worker may take so long."""
        await asyncio.gather(*(worker.stop(seconds_max + GRACE_SECONDS) for worker in self._workers))
        await asyncio.gather(*(asyncio.to_thread(server.stop) for server in self._servers))

    def _hang_up(self) -> None:
        for worker in self._workers:
            worker.send(signal.SIGHUP)

    def _roll(self, seconds_max: float) -> None:
        """One worker after the other starts anew, while the others serve."""
        if self._rolling is None or self._rolling.done():
            self._rolling = asyncio.get_running_loop().create_task(self._renew_all(seconds_max))

    async def _renew_all(self, seconds_max: float) -> None:
        for worker in self._workers:
            await worker.renew(seconds_max)
        logs.event(logging.INFO, "all workers are new")


def run(loaded: Loaded, command: Sequence[str], *, rereads: bool) -> int:
    """Start the workers, each by `command` and its plan, and serve until a signal; the exit code. `rereads`: there is
    a configuration file. What went wrong at the start is one line on standard error."""
    process.hold_standard_descriptors()
    logs.start(loaded.log_level)
    try:
        return asyncio.run(_serve(loaded, command, rereads))
    except (ListenError, SecretError, WorkerError, NatsServerError) as error:
        print(f"ipc-chat: {error}", file=sys.stderr)
        return getattr(error, "exit_code", EXIT_UNAVAILABLE)
    except KeyboardInterrupt:
        return 130
    finally:
        logs.stop()


async def _serve(loaded: Loaded, command: Sequence[str], rereads: bool) -> int:
    folder = loaded.folder
    if folder is None:
        raise WorkerError("workers need a folder for their journals: --data DIR")
    listeners = open_listeners(loaded)
    for listener in listeners:
        listener.close()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_shared(folder, loaded)
    addresses = [listener.address for listener in listeners]
    keys = [node_key(place_of(folder, number) / KEY_NAME) for number in range(1, loaded.workers + 1)]
    crew = Crew([_nats_server(folder, keys)], partial(_plans, folder, addresses, keys), command, rereads=rereads)
    with hold(addresses):
        return await serve(crew, partial(say_ready, listeners), loaded.settings.limits.stop_seconds_max)


async def serve(crew: Crew, ready: Callable[[], None], stop_seconds_max: float) -> int:
    """Start the nodes, say so by `ready`, watch over them, and stop them; the exit code."""
    try:
        await crew.start()
        ready()
        return await crew.run(stop_seconds_max)
    finally:
        await crew.close(stop_seconds_max)


def hold(addresses: Iterable[Address]) -> ExitStack:
    """Keep these for processes that share them, as long as the context lasts: nobody else has them. Raises
    ListenError."""
    with ExitStack() as held:
        for address in addresses:
            if address.scheme != "unix":
                bind(address, backlog=0).close()
                held.enter_context(bind(msgspec.structs.replace(address, shared=True), backlog=0))
        return held.pop_all()


def tell_memories(plans: Sequence[WorkerPlan]) -> None:
    """These are all nodes there are, and the first one waits for no other: they are started when it serves."""
    memories = [Memory(Path(plan.folder) / "chat.db", plan.node) for plan in plans]
    for memory in memories:
        memory.keep_only([plan.node for plan in plans])
    memories[0].expect_nobody()


def make_shared(folder: Path, loaded: Loaded) -> None:
    """Make what all nodes of this machine share, where it is missing. Raises SecretError."""
    secret_in(folder)
    if is_on(loaded):
        push_key_in(folder)
    (folder / "files").mkdir(mode=0o700, exist_ok=True)


def _nats_server(folder: Path, keys: Sequence[NodeKey]) -> NatsServer:
    members = tuple(Member(_name(number), key.public, keeper=True) for number, key in enumerate(keys, 1))
    return NatsServer(
        supported_binary()[0],
        NatsSettings(name="workers", folder=folder / "nats", monitor_port=-1, members=members),
        alarmed,
    )


def _plans(
    folder: Path, addresses: Sequence[Address], keys: Sequence[NodeKey], servers: tuple[str, ...]
) -> list[WorkerPlan]:
    """Unix sockets cannot be shared: the first worker has them."""
    plans = []
    for number, key in enumerate(keys, 1):
        place = place_of(folder, number)
        link_shared(folder, place)
        doors = tuple(address.url for address in addresses if number == 1 or address.scheme != "unix")
        plans.append(
            WorkerPlan(
                node=_name(number), folder=str(place), key_file=str(key.seed_file), listen=doors, servers=servers
            )
        )
    return plans


def alarmed(text: str) -> None:
    """Something is wrong with a NATS server."""
    logs.event(logging.ERROR, "NATS", about=text)


def place_of(folder: Path, number: int) -> Path:
    """The folder of a worker's journal, made when it is missing."""
    if number == 1:
        return folder
    place = folder / FOLDER / str(number)
    for each in (place.parent, place):
        each.mkdir(mode=0o700, exist_ok=True)
    return place


def link_shared(folder: Path, place: Path) -> None:
    """Give a worker's folder what all workers share. Raises OSError."""
    if place == folder:
        return
    for name in SHARED:
        link = place / name
        if (folder / name).exists() and not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(folder / name, place))


def _name(number: int) -> str:
    return f"worker-{number}"

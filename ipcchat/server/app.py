"""The server as a process: start, signals, graceful stop, exit codes.

    0   stopped as asked          69  an address cannot be listened on
    1   failed                    73  the data folder or the journal cannot be opened or made
    74  the journal was lost      77  no permission          78  an option that cannot be
    75  to be started again, which whoever called `run` does
    130, 143  a second Ctrl-C or SIGTERM: stopped at once

Rules:
1. "listening on URL" is printed when people can connect, one line for each listener, and is all that standard output
   gets.
2. The first SIGINT or SIGTERM stops gracefully: accept nothing, let the journal finish, say goodbye, write a
   checkpoint; all within `stop_seconds_max`. The second stops at once. Either way nothing that was echoed is lost.
3. SIGUSR2 stops as gracefully, to be started again in the same process with the program and the settings that are
   there then. Settings with mistakes are refused before anybody is sent away.
4. Who waits in the queue of a listener is accepted before it closes: the kernel would reset him. A server that stands
   alone leaves its listeners to the one that takes its place (handed_over.py); people of a node go to another one.
5. SIGHUP reads the configuration file again, whole or not at all, and nobody is disconnected. A server without such a
   file stops, as every program does whose terminal is closed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from ipcchat.backend.base import Backend, BackendError, Boot
from ipcchat.core.peers import Peer
from ipcchat.server import handed_over, logs, process
from ipcchat.server.addresses import EXIT_AGAIN, ListenError
from ipcchat.server.configuration import Configuration
from ipcchat.server.doors import open_admin_listeners, open_listeners, tls_of
from ipcchat.server.durability import Durability
from ipcchat.server.file_store import FileStore
from ipcchat.server.filehost import Filehost
from ipcchat.server.health import Health
from ipcchat.server.hooks import HookDesk
from ipcchat.server.http.admin import AdminListener, AdminService
from ipcchat.server.http.service import WebService
from ipcchat.server.inner import InnerLane
from ipcchat.server.journals import EXIT_CANNOT_CREATE, StartError, open_journal
from ipcchat.server.listeners import EXHAUSTED, Listener
from ipcchat.server.loops import HandOver, OtherThread, SameLoop
from ipcchat.server.machine import Machine
from ipcchat.server.porch import Porch
from ipcchat.server.push_key import PushKey, is_on, push_key_in, with_push_key
from ipcchat.server.pushes import Pushes
from ipcchat.server.ready import say_ready
from ipcchat.server.secret_file import SecretError, secret_in
from ipcchat.server.settings import Loaded
from ipcchat.server.shell import TICK_SECONDS, Shell, moment
from ipcchat.server.shell_parts import Core
from ipcchat.server.strict_transport import without_tls
from ipcchat.server.watchdog import Watchdog
from ipcchat.server.web_place import with_files_url, with_web_url
from ipcchat.version import VERSION

if TYPE_CHECKING:
    from ipcchat.server.certificate_watch import CertificateWatch

EXIT_FAILED = 1
EXIT_JOURNAL_LOST = 74
LOST = "The server lost its storage"
STOPPING = "Server is stopping"
STARTING_ANEW = "This server starts anew; connect to another one, or again"
LEAVING = "This server is stopping; connect to another one"
"""Why people are sent away."""

ACCEPT_ROUNDS_MAX = 64
"""How often a listener that closes accepts, at most: more than its queue can hold."""

ACCEPT_PAUSE_SECONDS = 0.25

START_SECONDS_MAX = 5.0
"""How long the server waits for its first facts before it lets people in all the same."""

FACTS_SHARE, GOODBYE_SHARE = 0.4, 0.3
"""How the time of a graceful stop is divided; what is left belongs to the checkpoint and the journal."""


def run(configuration: Configuration) -> int:
    """Serve until a signal; returns the exit code. What went wrong at the start is one line on standard error."""
    process.hold_standard_descriptors()
    cluster = configuration.loaded.cluster
    logs.start(configuration.loaded.log_level, node=cluster.node if cluster is not None else "")
    files = process.raise_file_limit()
    if 0 < files < process.FILES_LOW:
        logs.event(logging.WARNING, "few descriptors: raise the limit (ulimit -n) for more connections", files=files)
    try:
        return run_loop(_serve(configuration))
    except (ListenError, StartError) as error:
        print(f"ipc-chat: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    finally:
        logs.stop()


def run_loop(main: Coroutine[Any, Any, int]) -> int:
    """Run on uvloop where there is one."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop, or None for asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(configuration: Configuration) -> int:
    incarnation = secrets.token_hex(4)
    opened = None
    if configuration.loaded.cluster is not None:  # It may take long: nobody shall wait at a door meanwhile.
        opened = await open_journal(configuration.loaded, incarnation)
    listeners: list[Listener] = []
    admin: list[AdminListener] = []
    try:
        listeners = open_listeners(configuration.loaded, lambda: configuration.loaded)
        handed_over.close_rest()
        admin = open_admin_listeners(configuration.loaded)
        watch = _judge_transport(configuration, listeners)
        backend, boot = opened or await open_journal(configuration.loaded, incarnation)
        key = await _push_key(configuration, backend)
        core = await _new_engine(configuration.loaded, backend, incarnation)
    except BaseException:
        for listener in (*listeners, *admin):
            listener.close()
        if opened is not None:
            await opened[0].close()
        raise
    server = Server(configuration, backend, listeners, core, admin, key)
    try:
        await server.start(boot)
        if watch is not None:
            server.follow(watch.run(configuration, server.shell.take))
        say_ready(listeners, hints=not configuration.loaded.shares_doors)
        if any(listener.is_http for listener in listeners):
            server.follow(server.web.load())
        if admin:
            server.follow(server.admin.load())
            logs.event(logging.INFO, "metrics and health", urls=", ".join(each.address.url for each in admin))
        if server.files is not None:
            server.follow(server.files.run())
        server.follow(server.durability.run())
        process.tune()
        server.watchdog.start()
        return await server.run()
    finally:
        await server.close()


class Server:
    """One running server: its shell, its listeners and its timer."""

    def __init__(
        self,
        configuration: Configuration,
        backend: Backend,
        listeners: list[Listener],
        core: Core,
        admin_listeners: Sequence[AdminListener] = (),
        push_key: PushKey | None = None,
    ) -> None:
        self._configuration = configuration
        self._backend = backend
        self._listeners = listeners
        self._admin_listeners = admin_listeners
        self._loop = asyncio.get_running_loop()
        self._stopping: asyncio.Future[int] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._signals = 0
        self._is_lost = False
        self._parent = os.getppid() if configuration.loaded.shares_doors else 0
        self._followed: list[asyncio.Task[None]] = []
        self.shell = Shell(core, backend, configuration, self._lose)
        self.watchdog = Watchdog(self._loop, self.shell, lambda: configuration.limits.journal_stuck_seconds_max)
        self._porch = Porch(configuration, self._loop, self._welcome)
        folder = configuration.loaded.folder
        self.durability = Durability(folder, configuration.loaded.cluster, lambda: backend.counts)
        self.health = Health(core, self.shell, backend, self.watchdog, Machine(folder), self.durability)
        self.shell.measures = self.health
        self.admin = AdminService(self.health, configuration, self._loop)
        self.web = self.shell.web = WebService(self.shell, configuration, self._loop, self.shell)
        self.hooks = self.shell.hooks = self.web.hooks = HookDesk(
            core, self.shell, configuration, moment, lambda: backend.leads
        )
        if push_key is not None:
            self.shell.pushes = Pushes(core, self.shell, configuration, push_key, moment)
        self.files: Filehost | None = None
        if configuration.loaded.folder is not None:
            store = FileStore(configuration.loaded.folder)
            self.files = Filehost(store, self.shell, core, backend, configuration)
            self.shell.contents = self.web.files = self.files
        for hand_over in self._new_lanes(configuration.loaded.threads):
            self.shell.add_lane(hand_over)
            hand_over.start()
        self.shell.add_inner_lane(InnerLane(self._loop, self._arrived))

    async def start(self, boot: Boot) -> None:
        """Take the state from the journal, then accept."""
        self._loop.set_exception_handler(_log_loop_error)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._signalled, number)
        self._loop.add_signal_handler(signal.SIGHUP, self._hung_up)
        self._loop.add_signal_handler(signal.SIGUSR2, self._renewed)
        await self.shell.restore(boot, START_SECONDS_MAX)
        self.hooks.begin()
        for listener in (*self._listeners, *self._admin_listeners):
            self._loop.add_reader(listener.sock, self._accept, listener)
        self.health.start()
        self._tick()

    def follow(self, task: Coroutine[Any, Any, None]) -> None:
        """Run this beside everything else, as long as the server is there."""
        followed = self._loop.create_task(task)
        followed.add_done_callback(_log_failure)
        self._followed.append(followed)

    async def run(self) -> int:
        """Serve until somebody asks to stop, stop gracefully, and return the exit code."""
        exit_code = await self._stopping
        self.watchdog.say_stopping(is_restart=exit_code == EXIT_AGAIN)
        self.health.is_stopping = True
        seconds_max = self._configuration.limits.stop_seconds_max
        deadline = self._loop.time() + seconds_max
        self._stop_listening(is_restart=exit_code == EXIT_AGAIN)
        if not self._is_lost:
            await self.shell.finish_facts(seconds_max * FACTS_SHARE)
        await self.shell.say_goodbye(self._farewell(exit_code), seconds_max * GOODBYE_SHARE)
        if not self._is_lost:
            await self._finish_journal(deadline)
        return exit_code

    def _farewell(self, exit_code: int) -> str:
        if exit_code == EXIT_AGAIN:
            return STARTING_ANEW
        if exit_code == EXIT_JOURNAL_LOST:
            return LOST
        return STOPPING if self._configuration.loaded.cluster is None else LEAVING

    def stop(self, exit_code: int = 0) -> None:
        """Ask `run` to end; only the first request counts."""
        if not self._stopping.done():
            self._stopping.set_result(exit_code)

    async def close(self) -> None:
        """Release everything, gracefully stopped or not."""
        self.watchdog.stop()
        self._stop_listening()
        self._unlisten(self._admin_listeners)
        self.admin.close()
        self.health.stop()
        for task in self._followed:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self.shell.stop()
        try:
            async with asyncio.timeout(self._configuration.limits.stop_seconds_max):
                await self._backend.close()
        except (BackendError, TimeoutError) as error:
            logs.failure("the journal did not close", error)

    def _new_lanes(self, threads: int | None) -> list[HandOver]:
        count, limits = process.default_threads() if threads is None else threads, self._configuration.limits
        if count > 1:
            share = limits.send_queues_bytes_max // count
            limits = msgspec.structs.replace(limits, send_queues_bytes_max=share)
        if not count:
            return [SameLoop(limits, self._loop, self._arrived)]
        return [OtherThread(limits, self._loop, self._arrived, self._crashed) for _ in range(count)]

    def _arrived(self, arrivals: list[Any]) -> None:
        self.shell.arrived(arrivals)

    def _accept(self, listener: Listener) -> int:
        """Accept all that wait, and return how many; when there is no descriptor left, leave them to the kernel for a
        while."""
        count = 0
        try:
            for sock, peer in listener.accept():
                count += 1
                if isinstance(listener, AdminListener):
                    self.admin.welcome(listener, sock, peer)
                elif self._porch.is_proxy(peer) and not listener.is_http:
                    self._porch.receive(listener, sock, peer)
                else:
                    self.shell.welcome(listener, sock, peer)
        except OSError as error:
            logs.event(logging.ERROR, "cannot accept", reason=error.strerror, connections=self.shell.connection_count)
            if error.errno in EXHAUSTED:
                self._loop.remove_reader(listener.sock)
                self._loop.call_later(ACCEPT_PAUSE_SECONDS, self._accept_again, listener)
        self.shell.end_accepting()
        return count

    def _welcome(self, listener: Listener, sock: socket.socket, peer: Peer) -> None:
        """A proxy said for whom it connects."""
        self.shell.welcome(listener, sock, peer)
        self.shell.end_accepting()

    def _accept_again(self, listener: Listener) -> None:
        if listener.sock.fileno() >= 0:
            self._loop.add_reader(listener.sock, self._accept, listener)

    def _stop_listening(self, *, is_restart: bool = False) -> None:
        for listener in self._listeners:
            if listener.sock.fileno() >= 0:
                self._empty(listener)
        if is_restart and self._configuration.loaded.cluster is None:
            left = [each for each in self._listeners if each.sock.family != socket.AF_UNIX]
            for listener in left:
                self._loop.remove_reader(listener.sock)
            handed_over.leave((listener.url, listener.sock) for listener in left)
        self._unlisten(self._listeners)
        self._porch.close()
        self.web.close()
        self.hooks.stop()

    def _empty(self, listener: Listener) -> None:
        """Accept who waits in the queue, see rule 4."""
        for _ in range(ACCEPT_ROUNDS_MAX):
            if not self._accept(listener):
                break

    def _unlisten(self, listeners: Sequence[Listener]) -> None:
        for listener in listeners:
            if listener.sock.fileno() >= 0:
                self._loop.remove_reader(listener.sock)
                listener.close()

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)
        self.shell.tick()
        self.hooks.begin()
        if self._parent and os.getppid() != self._parent:
            logs.event(logging.ERROR, "stopping: who started this worker is gone")
            self.stop(EXIT_FAILED)

    def _signalled(self, number: int) -> None:
        self._signals += 1
        if self._signals > 1:
            os._exit(128 + number)
        logs.event(logging.INFO, "stopping", signal=signal.Signals(number).name)
        self.stop()

    def _renewed(self) -> None:
        """SIGUSR2: start anew, when that can be."""
        if not self._stopping.done():
            self.follow(self._renew())

    async def _renew(self) -> None:
        if mistakes := await self._configuration.mistakes():
            logs.event(logging.ERROR, "not started anew: the settings have mistakes", mistakes=len(mistakes))
            for mistake in mistakes:
                logs.event(logging.ERROR, "a mistake in the configuration", mistake=mistake)
        else:
            logs.event(logging.INFO, "starting anew", signal="SIGUSR2")
            self.stop(EXIT_AGAIN)

    def _hung_up(self) -> None:
        """SIGHUP: read the configuration again; without one it is the terminal that was closed."""
        if self._configuration.path is None:
            self._signalled(signal.SIGHUP)
        else:
            self.shell.reload_soon()

    def _lose(self, error: BackendError) -> None:
        if self._is_lost:
            return  # What comes to nothing after that is a matter of course.
        self._is_lost = True
        if error.starts_anew:
            logs.event(logging.ERROR, "this server starts anew", reason=error)
            self.stop(EXIT_AGAIN)
        else:
            logs.event(logging.CRITICAL, "the journal is lost", reason=error)
            self.stop(EXIT_JOURNAL_LOST)

    def _crashed(self, error: BaseException) -> None:
        logs.failure("an I/O thread failed", error)
        self.stop(EXIT_FAILED)

    async def _finish_journal(self, deadline: float) -> None:
        """The last checkpoint, and everything on disk."""
        try:
            async with asyncio.timeout_at(deadline):
                self.shell.checkpoint()
                await self._backend.close()
        except Exception as error:
            logs.failure("the last checkpoint failed", error)


def _judge_transport(configuration: Configuration, listeners: list[Listener]) -> CertificateWatch | None:
    """Let the certificate, if there is one, have its word about the settings, and say what it is."""
    tls = tls_of(listeners)
    addresses = [listener.address for listener in listeners]
    configuration.judged_by(partial(with_web_url, listeners=addresses))
    configuration.judged_by(partial(with_files_url, listeners=addresses))
    if tls is None:
        configuration.judged_by(without_tls)
        watch = None
    else:
        watching = import_module("ipcchat.server.certificate_watch")
        ports = [listener.address.port for listener in listeners if listener.tls is not None]
        watch = watching.CertificateWatch(tls, ports)
        configuration.judged_by(watch.judge)
    for remark in configuration.loaded.remarks[len(configuration.read.remarks) :]:
        logs.event(logging.WARNING, "about the certificate", remark=remark)
    return watch


async def _push_key(configuration: Configuration, backend: Backend) -> PushKey | None:
    """The key of the data folder for pushes, which the settings have from now on; None where nothing is pushed. Raises
    StartError and closes the journal when there is none."""
    if not is_on(configuration.loaded):
        return None
    try:
        key = push_key_in(configuration.loaded.folder)
    except SecretError as error:
        await backend.close()
        raise StartError(str(error), EXIT_CANNOT_CREATE) from error
    configuration.judged_by(partial(with_push_key, key=key))
    return key


async def _new_engine(loaded: Loaded, backend: Backend, incarnation: str) -> Core:
    """Core, with the secret of the data folder. Raises StartError and closes the journal when there is none."""
    from ipcchat.core.engine import Engine

    try:
        secret = secret_in(loaded.folder)
    except SecretError as error:
        await backend.close()
        raise StartError(str(error), EXIT_CANNOT_CREATE) from error
    return Engine(
        settings=loaded.settings,
        version=f"ipc-chat {VERSION}",
        incarnation=incarnation,
        started=moment(),
        secret=secret,
    )


def _log_failure(task: asyncio.Task[None]) -> None:
    """What runs beside everything else has ended, perhaps by a mistake of ours."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logs.failure("a part of the server failed", error)


def _log_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception that nobody caught: the server goes on."""
    error = context.get("exception")
    if isinstance(error, BaseException):
        logs.failure("the event loop caught an exception", error, during=context.get("message", ""))
    else:
        logs.event(logging.ERROR, "the event loop complained", during=context.get("message", ""))

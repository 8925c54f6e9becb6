"""A network of its own for tests of clusters: places with an address each, NATS servers in them, and faults between.

    with Network(folder, ("n1", "n2", "n3", "ann")) as network:
        network.serve("n1", "n2", "n3")
        network.partition(("n1",), ("n2", "n3", "ann"))
        network.call("ann", lambda: asyncio.run(talk(network.urls)))
        network.heal()

Each place is a network namespace with one cable to a namespace that routes between them (a star). What is cut there is
cut without a word to either side: packets that match a rule are dropped on their way.

Rules:
1. Names begin with this process's id. All is taken down at the end of the `with`, also after a failure; what a test
   left that was killed is taken down by the next one.
2. Every fault ends by itself after FAULT_SECONDS_MAX: what is paused goes on, what is cut is whole. Only a server that
   was killed stays dead.
3. Servers end with this process, however it ends (ipcchat.server.nats.tied).
4. Where namespaces are not permitted, all places are on loopback: `isolated` is False, `kill` and `pause` work, and
   other faults raise NotIsolated. Tests that need those skip with its text.

Needed: Linux, root, `ip` (Debian: iproute2), /dev/net/tun for bad lines. No nft, iptables or tc.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from ipcchat.server.nats.binary import find_binary
from ipcchat.server.nats.config import NatsSettings, Routes
from ipcchat.server.nats.launching import Addresses, end, launch, lock_folder, monitored, send_signal, wait_until_ready
from tests.e2e.waiting import until

PLACES_MAX = 8
FAULT_SECONDS_MAX = 60.0
COMMAND_SECONDS_MAX = 20.0
CLIENT_PORT, ROUTE_PORT, MONITOR_PORT = 4222, 6222, 8222
CLONE_NEWNET = 0x40000000
NAMESPACE = re.compile(r"icnet(\d+)-")
ROUTER = "router"
LINE = "line0"
LINE_TABLE = 100
DROPPED, CARRIED, TO_LINE = 100, 200, 300
"""Priorities of rules: what is dropped is dropped, also behind the bad line; what comes from the line goes on."""

LINE_PROGRAM = Path(__file__).with_name("nats_line.py")

T = TypeVar("T")
Pair = tuple[str, str]


class NotIsolated(Exception):
    """There are no namespaces here, so there is nothing between two places that could break."""


class Namespaces:
    """The namespaces of one network and the cables between them. Raises NotIsolated when they are not permitted."""

    _numbers = itertools.count(1)

    def __init__(self, places: Sequence[str]) -> None:
        self._prefix = f"icnet{os.getpid()}-{next(self._numbers)}-"
        self.addresses = {place: f"10.77.{number}.2" for number, place in enumerate(places, 1)}
        try:
            remove_stale()
            ip("netns", "add", self.name(ROUTER))
        except OSError as error:
            raise NotIsolated(f"no network namespaces here: {error}") from None
        try:
            for place in places:
                ip("netns", "add", self.name(place))
            self._wire(places)
        except BaseException:
            self.remove()
            raise

    def name(self, place: str) -> str:
        """The namespace of a place."""
        return self._prefix + place

    def _wire(self, places: Sequence[str]) -> None:
        router = self.name(ROUTER)
        self.say(ROUTER, "link set lo up")
        for number, place in enumerate(places, 1):
            name = self.name(place)
            self.say(ROUTER, f"link add to{number} type veth peer name cable netns {name}")
            self.say(ROUTER, f"addr add 10.77.{number}.1/24 dev to{number}", f"link set to{number} up")
            self.say(place, "link set lo up", f"addr add {self.addresses[place]}/24 dev cable", "link set cable up")
            self.say(place, f"route add default via 10.77.{number}.1")
        settings = {"ip_forward": 1, "conf/all/rp_filter": 0, "conf/default/rp_filter": 0}
        writes = [f"echo {value} > /proc/sys/net/ipv4/{path}" for path, value in settings.items()]
        execute(["ip", "netns", "exec", router, "sh", "-ec", "; ".join(writes)])

    def say(self, place: str, *lines: str) -> None:
        """Run these commands of `ip` in a namespace. Raises OSError."""
        execute(["ip", "-n", self.name(place), "-batch", "-"], "".join(f"{line}\n" for line in lines))

    def enter(self, place: str) -> None:
        """Put this thread into the namespace of a place, for good. Raises OSError."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/run/netns/{self.name(place)}") as file:
            if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def remove(self) -> None:
        """Take all of them down."""
        for name in namespaces():
            if name.startswith(self._prefix):
                ip("netns", "del", name)


class Network:
    """Places, the NATS servers in some of them, and what goes wrong. `folder` is for the servers' files."""

    def __init__(self, folder: Path, places: Sequence[str] = ("n1", "n2", "n3")) -> None:
        assert len(places) <= PLACES_MAX, f"at most {PLACES_MAX} places"
        self._folder = folder
        self.places = tuple(places)
        self.why_not = ""
        self._namespaces: Namespaces | None = None
        self._settings: dict[str, NatsSettings] = {}
        self._addresses: dict[str, Addresses] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._locks: dict[str, int] = {}
        self._starters: dict[str, ThreadPoolExecutor] = {}
        self._faults = Faults(self)

    @property
    def isolated(self) -> bool:
        """Whether the places are namespaces, so that what is between them can break."""
        return self._namespaces is not None

    @property
    def namespaces(self) -> Namespaces:
        """The namespaces. Raises NotIsolated."""
        if self._namespaces is None:
            raise NotIsolated(self.why_not)
        return self._namespaces

    def __enter__(self) -> Network:
        try:
            self._namespaces = Namespaces(self.places)
        except NotIsolated as error:
            self.why_not = str(error)
        for place in self.places:
            self._starters[place] = ThreadPoolExecutor(1, initializer=self._enter, initargs=(place,))
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._faults.heal()
        finally:
            for process in self._processes.values():
                end(process, seconds_max=2.0)
            for starter in self._starters.values():
                starter.shutdown()
            for lock in self._locks.values():
                os.close(lock)
            if self._namespaces is not None:
                self._namespaces.remove()

    # Places.

    def address(self, place: str) -> str:
        """The address of a place."""
        return self._namespaces.addresses[place] if self._namespaces else "127.0.0.1"

    def command(self, place: str, *words: str) -> list[str]:
        """The words that run a program in a place. The process is the program's own, its parent is who starts it."""
        if self._namespaces is None:
            return list(words)
        return ["ip", "netns", "exec", self._namespaces.name(place), *words]

    def start(self, place: str, function: Callable[[], T]) -> Future[T]:
        """Run a function on a thread in a place: the sockets that it opens are there."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                self._enter(place)
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name=f"{place}-{function}", daemon=True).start()
        return future

    def call(self, place: str, function: Callable[[], T], seconds_max: float = FAULT_SECONDS_MAX) -> T:
        """Run a function in a place and return its answer."""
        return self.start(place, function).result(seconds_max)

    def _enter(self, place: str) -> None:
        if self._namespaces is not None:
            self._namespaces.enter(place)

    # Servers.

    def serve(self, *places: str, **options: Any) -> None:
        """Start one cluster of NATS servers, one in each of these places. `options` are of NatsSettings."""
        ports = {place: self._ports(place) for place in places}
        for place in places:
            client, routes, monitor = ports[place]
            others = tuple((self.address(other), ports[other][1]) for other in places if other != place)
            self._settings[place] = NatsSettings(
                name=place,
                folder=self._folder / place,
                host=self.address(place),
                port=client,
                monitor_port=monitor,
                routes=Routes("test", self.address(place), routes, others) if others else None,
                plaintext=True,
                **options,
            )
        for place in places:
            self._launch(place)
        for place in places:
            self.await_ready(place)

    def _ports(self, place: str) -> tuple[int, int, int]:
        if self.isolated:
            return CLIENT_PORT, ROUTE_PORT, MONITOR_PORT
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
        found = [sock.getsockname()[1] for sock in sockets]
        for sock in sockets:
            sock.close()
        return found[0], found[1], found[2]

    def _launch(self, place: str) -> None:
        settings = self._settings[place]
        if place not in self._locks:
            self._locks[place] = lock_folder(settings.folder)
        launched = self._starters[place].submit(launch, find_binary(), settings, self._locks[place])
        self._processes[place] = launched.result(COMMAND_SECONDS_MAX)

    def await_ready(self, place: str) -> None:
        """Wait until a server serves. Raises StartError."""
        process, settings = self._processes[place], self._settings[place]
        self._addresses[place] = self.call(place, lambda: wait_until_ready(process, settings))

    @property
    def urls(self) -> list[str]:
        """Where clients find the servers."""
        return [addresses.url for addresses in self._addresses.values()]

    def asked(self, place: str, path: str) -> dict[str, Any]:
        """What a server's monitoring port answers; nothing when it does not."""
        monitor = self._addresses[place].monitor
        return self.call(place, lambda: monitored(monitor, path))

    def leader_of(self, stream: str) -> str:
        """The place of the server that leads a stream, as soon as the servers agree on one that leads."""

        def look() -> str:
            said = {self._leader_said(place, stream) for place in self._living()}
            return said.pop() if len(said) == 1 else ""

        return until(look, f"one leader of {stream}")

    def _living(self) -> list[str]:
        return [place for place, process in self._processes.items() if process.poll() is None]

    def _leader_said(self, place: str, stream: str) -> str:
        answer = self.asked(place, "/jsz?streams=1&config=1")
        for account in answer.get("account_details", ()):
            for detail in account.get("stream_detail", ()):
                if detail["name"] == stream:
                    return str(detail.get("cluster", {}).get("leader", ""))
        return ""

    # Faults.

    def kill(self, place: str) -> None:
        """End a server as a power switch does."""
        send_signal(self._processes[place], signal.SIGKILL)
        self._processes[place].wait(COMMAND_SECONDS_MAX)

    def restart(self, place: str) -> None:
        """Start a server that is dead again."""
        self._launch(place)
        self.await_ready(place)

    def lose_store(self, place: str) -> None:
        """What a server that is dead stored is gone."""
        shutil.rmtree(self._settings[place].folder / "store", ignore_errors=True)

    def pause(self, place: str) -> None:
        """Let a server stand still; its connections stay open."""
        self._faults.pause(self._processes[place])

    def resume(self, place: str) -> None:
        """Let it go on."""
        send_signal(self._processes[place], signal.SIGCONT)

    def partition(self, *groups: Iterable[str]) -> None:
        """Places of different groups do not hear each other any more."""
        self._faults.drop(pairs_between(groups))

    def cut_one_way(self, sender: str, receiver: str) -> None:
        """The receiver hears nothing of the sender any more; the sender still hears him."""
        self._faults.drop([(sender, receiver)])

    def flap(self, *groups: Iterable[str], period_seconds: float) -> None:
        """Groups are apart and together in turn, each for `period_seconds`."""
        self._faults.flap(list(pairs_between(groups)), period_seconds)

    def impair(
        self, *, loss_percent: float = 0.0, delay_ms: float = 0.0, jitter_ms: float = 0.0, places: Iterable[str] = ()
    ) -> None:
        """The line between any two of `places` (none: all) loses this share of packets, and delays each one."""
        chosen = tuple(places) or self.places
        self._faults.impair(list(itertools.permutations(chosen, 2)), (loss_percent, delay_ms, jitter_ms))

    def heal(self) -> None:
        """No faults any more; who was killed stays dead."""
        self._faults.heal()


class Faults:
    """What is wrong on a network now, and its end."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._mutex = threading.RLock()
        self._rules: list[str] = []
        self._paused: list[subprocess.Popen[bytes]] = []
        self._line: subprocess.Popen[str] | None = None
        self._flapping: threading.Event | None = None
        self._timer: threading.Timer | None = None

    def pause(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a process until it is continued."""
        with self._mutex:
            self._begin()
            self._paused.append(process)
            send_signal(process, signal.SIGSTOP)

    def drop(self, pairs: Iterable[Pair]) -> None:
        """Drop what the first of each pair sends to the second."""
        with self._mutex:
            self._begin()
            self._add([self._rule(DROPPED, pair, "blackhole") for pair in pairs])

    def flap(self, pairs: list[Pair], period_seconds: float) -> None:
        """Drop and carry in turn."""
        _ = self._network.namespaces
        with self._mutex:
            self._begin()
            ended = self._flapping = threading.Event()
        threading.Thread(target=self._toggle, args=(pairs, period_seconds, ended), daemon=True).start()

    def _toggle(self, pairs: list[Pair], period_seconds: float, ended: threading.Event) -> None:
        rules = [self._rule(DROPPED, pair, "blackhole") for pair in pairs]
        for cut in itertools.cycle((True, False)):
            with self._mutex:
                if ended.is_set():
                    return
                if cut:
                    self._add(rules)
                else:
                    self._delete(rules)
            ended.wait(period_seconds)

    def impair(self, pairs: list[Pair], quality: tuple[float, float, float]) -> None:
        """Lead what pairs say to each other over a bad line."""
        with self._mutex:
            namespaces = self._network.namespaces
            assert self._line is None, "heal the line first"
            self._begin()
            arguments = [LINE, *map(str, quality), "1"]
            self._line = subprocess.Popen(
                ["ip", "netns", "exec", namespaces.name(ROUTER), sys.executable, "-I", str(LINE_PROGRAM), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert self._line.stdout is not None
            assert self._line.stdout.readline() == "ready\n", "the bad line could not be made"
            namespaces.say(
                ROUTER, f"link set {LINE} txqueuelen 5000 up", f"route add default dev {LINE} table {LINE_TABLE}"
            )
            through = f"lookup {LINE_TABLE}"
            carried = f"pref {CARRIED} iif {LINE} lookup main"
            self._add([carried, *(self._rule(TO_LINE, pair, through) for pair in pairs)])

    def heal(self) -> None:
        """End all faults."""
        with self._mutex:
            if self._timer is not None:
                self._timer.cancel()
            if self._flapping is not None:
                self._flapping.set()
            self._timer = self._flapping = None
            for process in self._paused:
                send_signal(process, signal.SIGCONT)
            self._paused.clear()
            self._delete(list(self._rules))
            self._end_line()

    def _begin(self) -> None:
        """Each fault begins the time anew after which all end."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(FAULT_SECONDS_MAX, self.heal)
        self._timer.daemon = True
        self._timer.start()

    def _end_line(self) -> None:
        if self._line is None:
            return
        self._line.communicate(timeout=COMMAND_SECONDS_MAX)
        self._line = None

    def _rule(self, priority: int, pair: Pair, action: str) -> str:
        addresses = self._network.namespaces.addresses
        sender, receiver = (addresses[place] for place in pair)
        return f"pref {priority} from {sender} to {receiver} {action}"

    def _add(self, rules: list[str]) -> None:
        new = [rule for rule in rules if rule not in self._rules]
        self._network.namespaces.say(ROUTER, *(f"rule add {rule}" for rule in new))
        self._rules += new

    def _delete(self, rules: list[str]) -> None:
        old = [rule for rule in rules if rule in self._rules]
        if old:
            self._network.namespaces.say(ROUTER, *(f"rule del {rule}" for rule in old))
        self._rules = [rule for rule in self._rules if rule not in old]


def pairs_between(groups: Iterable[Iterable[str]]) -> Iterator[Pair]:
    """All (sender, receiver) of different groups, in both directions."""
    for one, other in itertools.permutations([tuple(group) for group in groups], 2):
        yield from itertools.product(one, other)


def namespaces() -> list[str]:
    """The names of all network namespaces of this machine."""
    folder = Path("/run/netns")
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def remove_stale() -> None:
    """Take down the namespaces of processes that are gone. Raises OSError."""
    for name in namespaces():
        found = NAMESPACE.match(name)
        if found and not Path(f"/proc/{found[1]}").exists():
            ip("netns", "del", name)


def ip(*words: str) -> None:
    """Run `ip`. Raises OSError."""
    execute(["ip", *words])


def execute(command: list[str], spoken: str = "") -> None:
    """Run a command that must succeed. Raises OSError, with what it said."""
    if shutil.which(command[0]) is None:
        raise OSError(f"{command[0]} is not installed")
    done = subprocess.run(command, input=spoken, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")

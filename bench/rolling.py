"""A rolling restart under load: what people notice while every server process is renewed, one after the other.

    python -m bench.rolling [workers|cluster] [--senders 24] [--rate 50] [--rounds 1]

Senders are chats of our library, divided among the nodes. Each posts at a steady rate and hears everybody. Readers
are plain connections without any capability, which cannot go on elsewhere: one whose node ends comes anew.
Printed are QUITs of senders that a reader saw, posts that failed, came twice, never or in another order, the longest
time from a post to its receipt, and the longest times between two deliveries.

Exit codes: 0 nobody noticed, 1 somebody did or it could not be measured, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.contenders import READY_SECONDS_MAX, ROOT, STOP_SECONDS_MAX
from ipcchat import Chat, ChatError, connect
from ipcchat.client.events import Message

NODES: Final = 3
SETTLE_SECONDS: Final = 1.5
RENEW_SECONDS_MAX: Final = 180.0
LOOK_SECONDS: Final = 0.02
CHANNEL: Final = "#load"
RENEWED: Final = "all workers are new"
PORTS: Final = (20_000, 30_000)
"""Below those that the system gives to outgoing connections."""


class RollingError(Exception):
    """It could not be measured; the text says why."""


@dataclass
class Servers:
    """What is restarted: who started it, where its nodes are, and how to find them."""

    process: asyncio.subprocess.Process
    log: Path
    urls: list[str]

    def nodes(self) -> dict[bytes, int]:
        """The processes of the nodes that run, by the file with their plan."""
        found = {}
        for pid in children(self.process.pid):
            words = command_of(pid)
            if b"--worker" in words:
                found[words[words.index(b"--worker") + 1]] = pid
        return found

    async def renew(self) -> float:
        """SIGUSR2, and wait until every node is another process; the seconds that it took. Raises RollingError."""
        before, began, rounds = self.nodes(), time.monotonic(), self._rounds()
        self.process.send_signal(signal.SIGUSR2)
        await until(lambda: self._rounds() > rounds, RENEW_SECONDS_MAX, f"all nodes anew; {self.tail()}")
        seconds = time.monotonic() - began
        if not self._is_renewed(before):
            raise RollingError(f"some nodes are as they were; {self.tail()}")
        return seconds

    def _rounds(self) -> int:
        return self.log.read_text(errors="replace").count(RENEWED)

    def _is_renewed(self, before: dict[bytes, int]) -> bool:
        now = self.nodes()
        return len(now) == len(before) and not {*now.values()} & {*before.values()}

    def tail(self) -> str:
        """The end of the log."""
        return "the log ends: " + " | ".join(self.log.read_text(errors="replace").splitlines()[-5:])


@dataclass
class Seen:
    """What somebody heard: when he heard each text, and who left."""

    name: str
    texts: list[str] = field(default_factory=list)
    quits: list[str] = field(default_factory=list)
    last: float = 0.0
    gap: float = 0.0

    def hears(self, text: str) -> None:
        """A message came now."""
        now = time.monotonic()
        self.gap = max(self.gap, now - self.last) if self.last else 0.0
        self.last = now
        self.texts.append(text)


@dataclass
class Sender:
    """One chat that posts again and again."""

    chat: Chat
    seen: Seen
    number: int
    sent: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def post(self, seconds: float, ended: asyncio.Event) -> None:
        """Post every so many seconds until it is over; the next post does not wait for the one before."""
        posts = set()
        await asyncio.sleep(seconds * random.random())
        while not ended.is_set():
            posts.add(asyncio.create_task(self._post(f"{self.number}.{len(self.sent)}")))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), seconds)
        await asyncio.gather(*posts)

    async def _post(self, text: str) -> None:
        self.sent.append(text)
        began = time.monotonic()
        try:
            await self.chat.send(CHANNEL, text)
        except ChatError as error:
            self.failures.append(f"{text}: {error}")
        else:
            self.waits.append(time.monotonic() - began)

    async def hear(self) -> None:
        """Note every message."""
        async for event in self.chat:
            if isinstance(event, Message) and event.channel == CHANNEL:
                self.seen.hears(event.text)


@dataclass
class Result:
    """What was noticed. Times are in seconds."""

    kind: str
    renewals: list[float]
    senders: list[Sender]
    readers: list[Seen]
    history: list[str]

    @property
    def quits(self) -> list[str]:
        """The senders whose QUIT somebody saw."""
        return [nick for reader in self.readers for nick in reader.quits if nick.startswith("s")]

    @property
    def failures(self) -> list[str]:
        """Posts that were not confirmed."""
        return [failure for sender in self.senders for failure in sender.failures]

    @property
    def wrong(self) -> list[str]:
        """What history or a sender has not exactly once, or in another order."""
        sent = sorted(text for sender in self.senders for text in sender.sent)
        found = [] if sorted(self.history) == sent else [f"history has {difference(self.history, sent)}"]
        for sender in self.senders:
            if sender.seen.texts != self.history:
                found.append(f"{sender.seen.name} heard {difference(sender.seen.texts, self.history)}")
        return found

    @property
    def receipt(self) -> float:
        """The longest time from a post to its receipt."""
        return max(wait for sender in self.senders for wait in sender.waits)

    def figures(self) -> dict[str, object]:
        """For people and programs."""
        return {
            "kind": self.kind,
            "renewed_seconds": [round(seconds, 1) for seconds in self.renewals],
            "posts": sum(len(sender.sent) for sender in self.senders),
            "quits": len(self.quits),
            "failed": self.failures,
            "wrong": self.wrong,
            "receipt_seconds_max": round(self.receipt, 3),
            "gap_seconds_of_who_stays": round(max(reader.gap for reader in self.readers), 3),
            "gap_seconds_of_who_moves": round(max(sender.seen.gap for sender in self.senders), 3),
        }


def difference(found: Sequence[str], expected: Sequence[str]) -> str:
    """How two lists of texts differ, in short."""
    missing, more = {*expected} - {*found}, len(found) - len({*found})
    return f"{len(found)} of {len(expected)}, {more} twice, without {sorted(missing)[:5]}"


async def until(condition: Callable[[], bool], seconds_max: float, what: str) -> None:
    """Wait until it holds. Raises RollingError."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > deadline:
            raise RollingError(f"not within {seconds_max:g} s: {what}")
        await asyncio.sleep(LOOK_SECONDS)


# The servers.


@contextlib.asynccontextmanager
async def serving(kind: str, folder: Path) -> AsyncIterator[Servers]:
    """Three nodes: workers with one NATS server at one port, or a cluster of three with three. Raises RollingError."""
    port = first_free_port()
    words, urls = words_of(kind, folder, port)
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "server.py"), *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
            cwd=ROOT,
        )
    servers = Servers(process, log, urls)
    try:
        async with asyncio.timeout(4 * READY_SECONDS_MAX):
            assert process.stdout is not None
            if not await process.stdout.readline():
                raise RollingError(f"the servers do not start; {servers.tail()}")
        yield servers
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, and SIGKILL when that takes too long."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 2 * STOP_SECONDS_MAX)
        except TimeoutError:
            process.kill()
            await process.wait()


def words_of(kind: str, folder: Path, port: int) -> tuple[list[str], list[str]]:
    """The options that start the nodes, and where each is."""
    data = ["--data", str(folder / "data")]
    if kind == "workers":
        url = f"irc://127.0.0.1:{port}"
        return ["--workers", str(NODES), *data, "--listen", url], [url]
    ports = ["--irc-port", str(port), "--http-port", str(port + NODES)]
    return ["cluster", "up", *data, *ports], [f"irc://127.0.0.1:{port + number}" for number in range(NODES)]


def first_free_port() -> int:
    """The first of six free ports in a row."""
    while True:
        first = random.randrange(*PORTS)
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + 2 * NODES):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


def children(pid: int) -> list[int]:
    """The processes that one started, and that live."""
    found = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(each) for some in found for each in some]


def command_of(pid: int) -> list[bytes]:
    """The words that a process was started with; none when it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


# The people.


class Reader:
    """A plain client without any capability at one place; when its connection ends it comes anew."""

    def __init__(self, url: str, nick: str) -> None:
        host, _, port = url.removeprefix("irc://").rpartition(":")
        self._place = host, int(port)
        self._nick = nick
        self.lives: list[Seen] = []
        self.is_in = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            self.is_in.clear()
            with contextlib.suppress(OSError):
                await self._live()
            await asyncio.sleep(LOOK_SECONDS)

    async def _live(self) -> None:
        reader, writer = await asyncio.open_connection(*self._place)
        nick = f"{self._nick}x{len(self.lives)}"
        seen = Seen(nick)
        self.lives.append(seen)
        writer.write(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN {CHANNEL}\r\n".encode())
        try:
            while line := await reader.readline():
                self._take(line.decode().split(), seen, writer)
        finally:
            writer.close()

    def _take(self, words: list[str], seen: Seen, writer: asyncio.StreamWriter) -> None:
        if words[0] == "PING":
            writer.write(f"PONG {words[1]}\r\n".encode())
        elif words[1] == "366":
            self.is_in.set()
        elif words[1] == "PRIVMSG":
            seen.hears(words[3].removeprefix(":"))
        elif words[1] == "QUIT":
            seen.quits.append(words[0][1:].partition("!")[0])


async def measure(kind: str, senders: int, rate: float, rounds: int) -> Result:
    """One run. Raises RollingError, ChatError."""
    with tempfile.TemporaryDirectory(prefix="ipc-chat-rolling-") as name:
        async with serving(kind, Path(name)) as servers, contextlib.AsyncExitStack() as stack:
            people = [await sender_at(stack, servers.urls, number) for number in range(senders)]
            readers = [Reader(servers.urls[number % len(servers.urls)], f"r{number}") for number in range(NODES)]
            async with hearing(people, readers):
                ended = asyncio.Event()
                pause = senders / rate
                posting = [asyncio.create_task(person.post(pause, ended)) for person in people]
                await asyncio.sleep(SETTLE_SECONDS)
                renewals = []
                for _ in range(rounds):
                    renewals.append(await servers.renew())
                    await asyncio.sleep(SETTLE_SECONDS)
                ended.set()
                await asyncio.gather(*posting)
                sent = sum(len(person.sent) for person in people)
                with contextlib.suppress(RollingError):
                    await until(lambda: all(len(person.seen.texts) >= sent for person in people), 10, "everything")
                history = [each.text for each in await people[0].chat.history(CHANNEL, sent + 100)]
            return Result(kind, renewals, people, [life for reader in readers for life in reader.lives], history)


async def sender_at(stack: contextlib.AsyncExitStack, urls: Sequence[str], number: int) -> Sender:
    """A sender in the channel."""
    nick = f"s{number}"
    chat = connect(urls[number % len(urls)], nick=nick, channels=[CHANNEL])
    return Sender(await stack.enter_async_context(chat), Seen(nick), number)


@contextlib.asynccontextmanager
async def hearing(senders: Sequence[Sender], readers: Sequence[Reader]) -> AsyncIterator[None]:
    """Everybody listens meanwhile."""
    tasks = [asyncio.create_task(each.hear()) for each in senders]
    tasks += [asyncio.create_task(each.run()) for each in readers]
    try:
        await asyncio.gather(*(reader.is_in.wait() for reader in readers))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def main(arguments: Sequence[str]) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.rolling", description="Measure a rolling restart.")
    parser.add_argument("kind", nargs="?", choices=("workers", "cluster"), default="workers")
    parser.add_argument("--senders", type=int, default=24, help="chats that post (default: 24)")
    parser.add_argument("--rate", type=float, default=50.0, help="posts a second of all together (default: 50)")
    parser.add_argument("--rounds", type=int, default=1, help="rolling restarts (default: 1)")
    options = parser.parse_args(arguments)
    try:
        result = asyncio.run(measure(options.kind, options.senders, options.rate, options.rounds))
    except (RollingError, ChatError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result.figures(), indent=1))
    return 1 if result.quits or result.failures or result.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

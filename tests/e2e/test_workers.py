"""`--workers 2`: two real processes with one NATS server between them, in one room."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import until

ROOT = Path(__file__).parents[2]
WORKERS = 2
CLIENTS = 12
"""By chance all of them are with one worker once in two thousand times."""


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of two workers."""
    with ServerProcess(tmp_path, "--workers", str(WORKERS), throttled=False) as started:
        yield started
        assert started.terminate() == 0, started.log


def children(pid: int) -> list[int]:
    """The processes that one started, and that live."""
    found = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(each) for some in found for each in some]


def workers(crew: ServerProcess) -> dict[str, int]:
    """The processes of the workers by their names."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in children(crew.process.pid)}
    plans = {
        pid: Path(os.fsdecode(words[words.index(b"--worker") + 1]))
        for pid, words in commands.items()
        if b"--worker" in words
    }
    return {path.parent.name if path.parent.name.isdigit() else "1": pid for pid, path in plans.items()}


def crowd(stack: ExitStack, crew: ServerProcess, prefix: str = "p") -> list[RawClient]:
    """People with all workers, in #lobby."""
    found = [stack.enter_context(RawClient(crew.port)).registers(f"{prefix}{number}") for number in range(CLIENTS)]
    for client in found:
        client.joins("#lobby")
    for client in found:
        until(partial(hears_all, client), "everybody in #lobby")
    return found


def hears_all(client: RawClient) -> bool:
    """Whether somebody sees everybody in #lobby."""
    return len(names(client)) >= CLIENTS


def names(client: RawClient) -> set[str]:
    """Who is in #lobby."""
    answers = client.answers_to("NAMES #lobby")
    return {name.lstrip("@") for line in answers if line.command == "353" for name in line.params[-1].split()}


def said(folder: Path) -> list[str]:
    """What a journal has, in its order."""
    with sqlite3.connect(f"file:{folder / 'chat.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT seq, at, id, hex(sum) FROM journal ORDER BY seq").fetchall()
    return [repr(row) for row in rows]


def doors(port: int) -> int:
    """How many sockets listen on a port of 127.0.0.1 (proc_net_tcp(5): state 0A)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1] == f"0100007F:{port:04X}" and row[3] == "0A" for row in rows)


def agree(journal: Path) -> None:
    """Both workers have the same; one may have stopped a little earlier."""
    one, other = sorted((said(journal), said(journal / "workers" / "2")), key=len)
    assert one
    assert other[: len(one)] == one


def test_everybody_hears_everybody_in_one_order(crew: ServerProcess) -> None:
    with ExitStack() as stack:
        people = crowd(stack, crew)
        for number, client in enumerate(people):
            client.says(f"PRIVMSG #lobby :hello from {number}")
        orders = []
        for number, client in enumerate(people):
            texts = [client.hears("PRIVMSG").params[-1] for _ in range(CLIENTS - 1)]
            assert set(texts) == {f"hello from {other}" for other in range(CLIENTS) if other != number}
            orders.append(texts)
    first, second = orders[0], orders[1]
    assert [text for text in first if text in second] == [text for text in second if text in first]


def test_a_worker_that_is_killed_comes_back_and_its_people_leave_once(crew: ServerProcess) -> None:
    with ExitStack() as stack:
        people = crowd(stack, crew)
        victim = workers(crew)["2"]
        os.kill(victim, signal.SIGKILL)
        left = [client for client in people if not is_cut(client)]
        assert 0 < len(left) < CLIENTS
        lost = CLIENTS - len(left)
        for client in left:
            quits = {client.hears("QUIT").source for _ in range(lost)}
            assert len(quits) == lost
        until(lambda: workers(crew).get("2", victim) != victim, "another life of the second worker")
        with RawClient(crew.port).registers("back") as back:
            back.joins("#lobby")
            back.says("PRIVMSG #lobby :here again")
            for client in left:
                assert client.hears("PRIVMSG").params[-1] == "here again"
                assert not [line for line in client.heard if line.command == "QUIT"]


def is_cut(client: RawClient) -> bool:
    """Whether the connection has ended."""
    try:
        client.answers_to("VERSION")
    except (AssertionError, OSError):
        return True
    return False


def test_one_server_again(tmp_path: Path) -> None:
    """What was said with several workers is there with one, and the other way round."""
    alone = ServerProcess(tmp_path)
    with alone, RawClient(alone.port).registers("ann") as ann:
        ann.joins("#lobby")
        ann.says("PRIVMSG #lobby :first")
        ann.answers_to("VERSION")
        assert alone.terminate() == 0
    both = ServerProcess(tmp_path, "--workers", "2", throttled=False)
    with both, ExitStack() as stack:
        people = crowd(stack, both)
        people[0].says("PRIVMSG #lobby :second")
        for client in people[1:]:
            client.hears_text("second")
        assert both.terminate() == 0, both.log
    agree(tmp_path / "journal")
    with alone, RawClient(alone.port).registers("ann", "draft/chathistory batch") as ann:
        ann.joins("#lobby")
        lines = ann.answers_to("CHATHISTORY LATEST #lobby * 10")
        texts = [line.params[-1] for line in lines if line.command == "PRIVMSG"]
        assert texts[-1:] == ["second"]
        assert alone.terminate() == 0
    with both, RawClient(both.port).registers("ann") as ann:
        ann.joins("#lobby")
        assert both.terminate() == 0, both.log


@pytest.mark.parametrize("has_file", [False, True], ids=["no file", "file"])
def test_a_hang_up_is_the_terminals_end_or_a_reload(tmp_path: Path, has_file: bool) -> None:
    """As with one process: who has a configuration file reads it again."""
    file = tmp_path / "chat.toml"
    file.write_text('[server]\nname = "before.example"\n')
    with ServerProcess(tmp_path, "--workers", "2", *(["--config", str(file)] if has_file else [])) as crew:
        file.write_text('[server]\nname = "after.example"\n')
        crew.process.send_signal(signal.SIGHUP)
        if has_file:
            until(lambda: crew.log.count("the configuration was read again") == WORKERS, "both have read it")
            assert crew.terminate() == 0, crew.log
        else:
            assert crew.process.wait(30) == 0, crew.log


def test_who_is_not_started_any_more_is_not_missed(tmp_path: Path) -> None:
    """Fewer workers than before are a whole cluster."""
    with ServerProcess(tmp_path, "--workers", "3") as three:
        until(lambda: status(tmp_path).count("serving") == 3, "three nodes that know each other")
        assert three.terminate() == 0, three.log
    assert "worker-3" in (tmp_path / "journal" / "cluster.json").read_text()
    with ServerProcess(tmp_path, "--workers", "2") as two:
        until(lambda: status(tmp_path).count("serving") == 2, "two nodes that know each other")
        assert "worker-3" not in status(tmp_path)
        assert two.terminate() == 0, two.log


def status(folder: Path) -> str:
    """What `cluster status` says; nothing when all is not well."""
    words = [sys.executable, "server.py", "cluster", "status", "--data", str(folder / "journal")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False)
    return "" if done.returncode else done.stdout


def history(client: RawClient) -> list[str]:
    """What was said in #lobby, with the message's ids."""
    lines = client.answers_to("CHATHISTORY LATEST #lobby * 50")
    return [f"{line.msgid} {line.params[-1]}" for line in lines if line.command == "PRIVMSG"]


CAPS = "draft/chathistory batch message-tags"


@pytest.mark.parametrize("is_running", [False, True], ids=["stopped", "running"])
def test_the_store_of_nats_is_lost(tmp_path: Path, is_running: bool) -> None:
    """G5: nothing that was acknowledged was only there."""
    crew = ServerProcess(tmp_path, "--workers", "2", throttled=False)
    store = tmp_path / "journal" / "nats" / "store"
    with crew:
        with RawClient(crew.port).registers("ann", CAPS) as ann:
            ann.joins("#lobby")
            ann.says(*[f"PRIVMSG #lobby :number {number}" for number in range(20)])
            ann.answers_to("VERSION")
            before = history(ann)
            assert len(before) == 20
        until(lambda: doors(crew.port) == WORKERS, "both at the door")
        if is_running:
            (nats,) = (pid for pid in children(crew.process.pid) if pid not in workers(crew).values())
            lives = set(workers(crew).values())
            os.kill(nats, signal.SIGSTOP)
            shutil.rmtree(store)
            os.kill(nats, signal.SIGKILL)
            until(lambda: len(workers(crew)) == 2 and not lives & set(workers(crew).values()), "other lives of both")
        else:
            assert crew.terminate() == 0, crew.log
            shutil.rmtree(store)
            crew.start()
        until(lambda: doors(crew.port) == WORKERS, "both at the door")
        for number in range(6):
            with until(partial(reached, crew, f"p{number}"), "somebody who serves") as client:
                client.joins("#lobby")
                assert [text for text in history(client) if " number " in text] == before
                client.says(f"PRIVMSG #lobby :after {number}")
                client.answers_to("VERSION")
        assert crew.terminate() == 0, crew.log
    agree(tmp_path / "journal")


def reached(crew: ServerProcess, nick: str) -> RawClient | None:
    """A connection, when there is somebody who serves."""
    client = None
    try:
        client = RawClient(crew.port)
        return client.registers(nick, CAPS)
    except (AssertionError, OSError):
        if client is not None:
            client.close()
        return None


def test_nobody_is_left_when_who_started_them_is_killed(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--workers", "2") as crew:
        pids = children(crew.process.pid)
        assert len(pids) >= WORKERS
        crew.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "the end of all workers and of NATS")

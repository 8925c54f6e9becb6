"""A server in operation: stopped for a while, short of memory, reconfigured, given what a newer version wrote."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend.sqlite_sums import row_sum
from ipcchat.server.journals import EXIT_CANNOT_CREATE
from ipcchat.server.passwords import hash_password
from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient, history
from tests.e2e.server_process import SERVER, ServerProcess, free_port
from tests.e2e.waiting import until
from tests.hostile.siege import ends_well

FULL = bool(os.environ.get("HOSTILE_FULL"))


# X03: stopped and continued.

# Ten and twenty seconds in place of 90 and 150, five in place of 30 and 60: the least that can be set.
WATCHFUL = """[limits]
ping_seconds = 10
silence_seconds_max = 20
registration_seconds_max = 5
send_queue_seconds_max = 5
"""
PAUSE_SECONDS = 160 if FULL else 6
"""Longer than who registers and who reads may take; in the full number longer than anybody may be silent."""


def passes(seconds: float) -> None:
    """So much time passes; nothing is to be seen of it."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end, "the end of a pause", seconds + 1)


@pytest.mark.parametrize("configuration", [WATCHFUL])
@pytest.mark.parametrize("throttled", [False])
def test_X03_a_pause_of_the_server_is_nobody_elses_fault(server: ServerProcess):
    """Who was registering, silent, or talking goes on where he was; what was said meanwhile is there once."""
    stranger = RawClient(server.port)
    silent = RawClient(server.port).registers("silent", OUR_CAPABILITIES).joins("#lobby")
    talker = RawClient(server.port).registers("talker", OUR_CAPABILITIES).joins("#lobby")
    talker.says("PRIVMSG #lobby :before")
    talker.hears_text("before")
    stranger.says("NICK late")
    server.process.send_signal(signal.SIGSTOP)
    status = Path(f"/proc/{server.process.pid}/status")
    until(lambda: "State:\tT" in status.read_text(), "a server that stands still")
    talker.says(*[f"PRIVMSG #lobby :{number}" for number in range(200)])
    newcomer = RawClient(server.port)
    newcomer.says("NICK newcomer", "USER n 0 * :n")
    passes(PAUSE_SECONDS)
    server.process.send_signal(signal.SIGCONT)
    passes(1.0)  # Four looks at who is too late.
    texts = ["before", *map(str, range(200))]
    for number in range(200):
        talker.hears_text(str(number))
    told = [line.params[-1] for line in silent.hears_up_to_pong("still here") if line.command == "PRIVMSG"]
    assert told == texts
    newcomer.hears("376", "422")
    stranger.says("USER l 0 * :l")
    stranger.hears("376", "422")
    assert [line.params[-1] for line in history(talker, "#lobby")] == texts[-100:]
    names = next(line for line in talker.answers_to("NAMES #lobby") if line.command == "353")
    assert sorted(name.lstrip("@") for name in names.params[-1].split()) == ["silent", "talker"]
    for client in (stranger, silent, talker, newcomer):
        client.close()


# X04: short of memory.

MEMORY_KIB = 256 * 1_024
CROWD = 5_000 if FULL else 300
TEXT = "x" * 400
FLOOD_LINES_MAX = 40_000
LINES_AT_ONCE = 20
SHED = "SendQ exceeded"


@pytest.fixture
def many_files() -> Iterator[None]:
    """As many descriptors as the system lets us have: the test has one for each client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_X04_with_little_memory_those_who_do_not_read_go_first(tmp_path: Path, threads: int):
    """A limit of 256 MiB of data, and very many who do not read what is said: they are closed, everybody else stays."""
    limited = ("/bin/sh", "-c", f'ulimit -d {MEMORY_KIB} && exec "$@"', "sh", *SERVER)
    with ServerProcess(tmp_path, threads=threads, throttled=False, command=limited) as server:
        limits = Path(f"/proc/{server.process.pid}/limits").read_text()
        assert str(MEMORY_KIB * 1_024) in next(line for line in limits.splitlines() if line.startswith("Max data size"))
        with Bystander(server.port) as bystander, RawClient(server.port).registers("flooder", "batch") as flooder:
            crowd = [RawClient(server.port, receive_bytes=2_048) for _ in range(CROWD)]
            for number, client in enumerate(crowd):
                client.says(f"NICK deaf{number}", f"USER d{number} 0 * :d", "JOIN #flood")
            for client in crowd:
                client.hears("366")
            flooder.joins("#flood")
            peak, ends = 0, set[str]()
            for first in range(0, FLOOD_LINES_MAX, LINES_AT_ONCE):
                flooder.says(*[f"PRIVMSG #flood :{number} {TEXT}" for number in range(first, first + LINES_AT_ONCE)])
                heard = flooder.hears_up_to_pong("applied")
                ends |= {line.nick for line in heard if line.command == "QUIT" and SHED in line.params[-1]}
                peak = max(peak, server.memory_bytes)
                if len(ends) == CROWD:
                    break
            assert len(ends) == CROWD
            assert peak < MEMORY_KIB * 1_024
            bystander.is_served()
            with RawClient(server.port).registers("newcomer", OUR_CAPABILITIES).joins("#flood") as newcomer:
                assert history(newcomer, "#flood")[-1].params[-1].endswith(TEXT)
        for client in crowd:
            client.close()
        ends_well(server)


# X08: the configuration read again.

PASSWORD = "correct horse battery staple"
OPERATOR = f"[operators.op]\npassword_hash = '{hash_password(PASSWORD)}'\n"
SIGNALS = 1_000


def motd_of(client: RawClient) -> str:
    """The message of the day, as it is in force."""
    return next(line.params[-1] for line in client.answers_to("MOTD") if line.command == "372")


def write(file: Path, motd: str) -> None:
    """A proper configuration file, put in place of the other at once."""
    new = file.with_suffix(".new")
    new.write_text(f"server.motd = '{motd}'\n{OPERATOR}")
    new.chmod(0o600)
    new.rename(file)


def belong_to_another(file: Path) -> None:
    """Somebody else's file, in which all is proper."""
    write(file, "Foreign.")
    os.chown(file, 12_345, 12_345)


def become_a_folder(file: Path) -> None:
    """A folder of that name."""
    file.unlink()
    file.mkdir()


def become_unreadable(file: Path) -> None:
    """A link to itself: nobody can read it, root neither."""
    file.unlink()
    file.symlink_to(file.name)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no TOML": (lambda file: file.write_text("server.motd = 'Two"), "line 1"),
    "a mistake": (lambda file: file.write_text("server.motd = 'Two.'\nlimits.nick_bytes_max = 'x'"), "nick_bytes_max"),
    "noise": (lambda file: file.write_bytes(bytes(range(256)) * 16), "expected UTF-8"),
    "missing": (lambda file: file.unlink(), "No such file"),
    "a folder": (become_a_folder, "cannot be read"),
    "unreadable": (become_unreadable, "cannot be read"),
}
if os.getuid() == 0:  # Nobody else can give a file away.
    BROKEN["another user's"] = (belong_to_another, "belongs to user 12345")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[ServerProcess, Path, RawClient]]:
    """A server, its configuration file, and an operator."""
    file = tmp_path / "chat.toml"
    write(file, "One.")
    with ServerProcess(tmp_path, "--config", str(file), throttled=False) as server:
        with RawClient(server.port).registers("ann", OUR_CAPABILITIES) as ann:
            ann.says(f"OPER op :{PASSWORD}")
            ann.hears("381")
            yield server, file, ann
        ends_well(server)


@pytest.mark.parametrize("name", BROKEN)
def test_X08_a_file_that_cannot_be_used_changes_nothing(house: tuple[ServerProcess, Path, RawClient], name: str):
    """By SIGHUP and by REHASH: the old settings stay, the log and the operator hear what is wrong; then a good one."""
    server, file, ann = house
    breaks, why = BROKEN[name]
    breaks(file)
    server.process.send_signal(signal.SIGHUP)
    until(lambda: "nothing was changed" in server.log and why in server.log, "a log entry")
    told = [line.text for line in ann.answers_to("REHASH")]
    assert any(" 382 " in text and "Rehashing failed" in text for text in told), told
    assert any(why in text for text in told), told
    assert motd_of(ann) == "- One."
    if file.is_dir():
        file.rmdir()
    write(file, "Two.")
    assert any(line.command == "382" and line.params[-1] == "Rehashing" for line in ann.answers_to("REHASH"))
    assert motd_of(ann) == "- Two."


def test_X08_a_thousand_signals_in_a_row(house: tuple[ServerProcess, Path, RawClient]):
    """The server answers all the time, and what the file says in the end counts."""
    server, file, ann = house
    with Bystander(server.port) as bystander:
        for number in range(SIGNALS):
            if number % 100 == 0:
                write(file, f"Number {number}.")
                bystander.is_served()
            server.process.send_signal(signal.SIGHUP)
            time.sleep(0.001)
        write(file, "The last.")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: motd_of(ann) == "- The last.", "the newest configuration")
        bystander.is_served()
    assert "nothing was changed" not in server.log


# X10: what a newer version wrote.

UNKNOWN_KIND = 99


def start_of(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A server that is expected not to start."""
    command = [*SERVER, "--data", str(tmp_path / "journal"), "--listen", f"irc://127.0.0.1:{free_port()}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """The database of a server in which something was said, and which was stopped."""
    with ServerProcess(tmp_path, throttled=False) as server:
        with RawClient(server.port).registers("ann", "echo-message").joins("#lobby") as ann:
            ann.says("PRIVMSG #lobby :said")
            ann.hears_text("said")
        ends_well(server)
    return tmp_path / "journal" / "chat.db"


def rows(file: Path) -> list[tuple[object, ...]]:
    """All that is in a journal."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT * FROM journal ORDER BY seq").fetchall()


def append_unknown(file: Path) -> int:
    """Put an entry behind the last as a newer version would: whole, of a kind that nobody here knows. Its place."""
    with closing(sqlite3.connect(file)) as connection, connection:
        seq, at, fact = connection.execute("SELECT seq + 1, at, fact FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        id_, fact = os.urandom(16), bytes([fact[0], UNKNOWN_KIND]) + fact[2:]
        sum_ = row_sum(seq, at, id_, None, 0, fact)
        connection.execute(
            "INSERT INTO journal (seq, at, id, target, parent, fact, sum) VALUES (?, ?, ?, NULL, 0, ?, ?)",
            (seq, at, id_, fact, sum_),
        )
    return int(seq)


def test_X10_a_journal_of_a_newer_version_is_left_as_it_is(tmp_path: Path, journal: Path):
    with closing(sqlite3.connect(journal)) as connection, connection:
        ours = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0]
        connection.execute("UPDATE meta SET value = ? WHERE name = 'version'", (str(int(ours) + 1),))
    before = rows(journal)
    for _ in range(2):
        done = start_of(tmp_path)
        assert (done.returncode, "newer version" in done.stderr) == (EXIT_CANNOT_CREATE, True), done.stderr
    assert rows(journal) == before
    with closing(sqlite3.connect(journal)) as connection, connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'version'", (ours,))
    is_whole_again(tmp_path)


def test_X10_an_entry_of_an_unknown_kind_is_never_dropped(tmp_path: Path, journal: Path):
    """This version does not start, says what to do, and leaves it to the one that knows it."""
    seq = append_unknown(journal)
    before = rows(journal)
    for _ in range(2):
        done = start_of(tmp_path)
        assert done.returncode, "it started without what it cannot read"
        assert f"entry {seq} of the journal cannot be read" in done.stderr, done.stderr
        assert "start a newer version" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert rows(journal) == before
    with closing(sqlite3.connect(journal)) as connection, connection:
        connection.execute("DELETE FROM journal WHERE seq = ?", (seq,))
    is_whole_again(tmp_path)


def is_whole_again(tmp_path: Path) -> None:
    """Without what was new in it, this version starts, and has what was said."""
    with ServerProcess(tmp_path, throttled=False) as server:
        with RawClient(server.port).registers("bob", OUR_CAPABILITIES).joins("#lobby") as bob:
            assert [line.params[-1] for line in history(bob, "#lobby")] == ["said"]
        ends_well(server)

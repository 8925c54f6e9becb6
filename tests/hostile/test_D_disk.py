"""Disk and clock under a server that talks: full, broken, taken away, damaged, slow, and a clock that jumps.

The disk is made to fail by a library under the server's process (tests/powerloss/disk.c): the n-th call, or all of
them, with the error that a kernel would give.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path, PurePosixPath
from random import Random

import msgspec
import pytest

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_log import LOG_BYTES_MAX, readers_of
from ipcchat.backend.sqlite_schema import (
    APPLICATION_ID,
    MIGRATIONS,
    connect_reader,
    connect_writer,
    migrate,
    write_meta,
)
from ipcchat.backend.sqlite_verify import verify
from ipcchat.core.facts import Posted, encode_fact
from tests.backend.journals import Ear, eventually, posted
from tests.crash.checker import Echoed, Record, Sent
from tests.e2e.raw_client import OUR_CAPABILITIES, Line, RawClient, commands, history
from tests.e2e.server_process import SERVER, ServerProcess, free_port
from tests.e2e.waiting import until
from tests.hostile.siege import Siege, ends_well
from tests.powerloss import images, library, sweep, trial
from tests.powerloss.faults import SAID_SO, WENT_ON, Case
from tests.powerloss.library import CHANGES, Calls, Control
from tests.powerloss.marks import needs_compiler
from tests.powerloss.verdict import judge, notes
from tests.powerloss.workload import CHANNELS

pytestmark = needs_compiler

FULL = bool(os.environ.get("HOSTILE_FULL"))
CASES_OF_AN_ERROR = 24
STORING = Calls.WRITES | Calls.TRUNCATES | Calls.OPENS | Calls.MAPS
EXIT_CANNOT_CREATE, EXIT_JOURNAL_LOST = 73, 74
DETECTED_SECONDS_MAX = 5.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Control]:
    """The disk under the server's data."""
    with Control(tmp_path / "control") as control:
        yield control


@pytest.fixture
def server(tmp_path: Path, threads: int, disk: Control) -> Iterator[ServerProcess]:
    """A server whose disk obeys `disk`; it ends well unless a test has ended it."""
    with on_that_disk(tmp_path, disk, threads) as server:
        yield server
        disk.disarm()
        disk.delay_syncs(0)
        ends_well(server)


def on_that_disk(folder: Path, disk: Control, threads: int = 0) -> ServerProcess:
    """A server under disk.c."""
    watched = library.environment(folder / "journal", control=disk.path)
    words = [f"{name}={watched[name]}" for name in ("LD_PRELOAD", "DISK_FOLDER", "DISK_CONTROL")]
    return ServerProcess(folder, threads=threads, throttled=False, command=("/usr/bin/env", *words, *SERVER))


def say(client: RawClient, text: str) -> Line:
    """What comes back for a message: its echo, or FAIL."""
    label = text.partition("-")[0]
    client.says(f"@label={label} PRIVMSG #lobby :{text}")
    return client.hears("PRIVMSG", "FAIL", where=lambda line: line.tags.get("label") == label)


def kept(client: RawClient) -> list[str]:
    """The texts in history."""
    return [line.params[-1] for line in history(client, "#lobby")]


# D01 and D02: calls that fail.


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT], ids=["disk", "quota"])
def test_D01_a_full_disk_refuses_and_heals(siege: Siege, disk: Control, error: int):
    with siege.member("ann") as ann:
        assert say(ann, "before").command == "PRIVMSG"
        disk.arm(STORING, error)
        refused = say(ann, "refused")
        assert commands([refused]) == ["FAIL MESSAGE_ERROR"] or refused.command == "FAIL"
        assert "disk" in refused.params[-1] or "space" in refused.params[-1], refused.text
        assert kept(ann) == ["before"]
        disk.disarm()
        assert say(ann, "after").command == "PRIVMSG"
        assert kept(ann) == ["before", "after"]
    siege.bystander.is_served()
    heard = [line.params[-1] for line in siege.bystander.heard if line.command == "PRIVMSG"]
    assert heard == ["before", "after"]


def cases(name: str, kinds: Calls, error: int, calls: int, times: tuple[int, ...]) -> list[Case]:
    """The same error at each of the calls; at some of them unless the full numbers are asked for."""
    step = 1 if FULL else max(1, calls * len(times) // CASES_OF_AN_ERROR)
    return [
        Case(f"{name}-{after}-{many}", kinds, error, after, many) for many in times for after in range(0, calls, step)
    ]


@pytest.mark.timeout(900 if FULL else 60)
@pytest.mark.parametrize(
    ("name", "kinds", "error", "times"),
    [
        pytest.param("D01_full", STORING, errno.ENOSPC, (1, 3, library.FOR_EVER), id="ENOSPC"),
        pytest.param("D02_broken", CHANGES, errno.EIO, (1, library.FOR_EVER), id="EIO"),
        pytest.param("D02_sync", Calls.SYNCS, errno.EIO, (1, library.FOR_EVER), id="EIO-sync"),
        pytest.param("D02_reads", Calls.READS, errno.EIO, (1, library.FOR_EVER), id="EIO-read"),
        pytest.param("D02_interrupted", CHANGES, errno.EINTR, (1, 4), id="EINTR"),
        pytest.param("D02_short", Calls.WRITES, 0, (1, library.FOR_EVER), id="short-write"),
        pytest.param("D02_busy", Calls.OPENS | Calls.WRITES, errno.ETXTBSY, (1,), id="ETXTBSY"),
    ],
)
def test_D02_whichever_call_fails_nothing_confirmed_is_lost(
    tmp_path: Path, name: str, kinds: Calls, error: int, times: tuple[int, ...]
):
    calls = sweep.calls_of(tmp_path, kinds)
    endings = sweep.run(tmp_path, cases(name, kinds, error, calls, times))
    assert {ending.code for ending in endings} <= {WENT_ON, SAID_SO}
    assert sum(ending.failed > 0 for ending in endings) > len(endings) // 2
    for ending in endings:
        assert sweep.judged(tmp_path, ending.case) == [], ending


def test_D02_a_failed_sync_ends_the_process_and_a_restart_has_everything(tmp_path: Path, threads: int, disk: Control):
    with on_that_disk(tmp_path, disk, threads) as server:
        _fails_and_comes_back(server, disk)


def _fails_and_comes_back(server: ServerProcess, disk: Control) -> None:
    with RawClient(server.port).registers("ann", "message-tags echo-message labeled-response batch") as ann:
        ann.joins("#lobby")
        assert say(ann, "before").command == "PRIVMSG"
        disk.arm(Calls.SYNCS, errno.EIO)
        ann.says("PRIVMSG #lobby :unknown")
        told = ann.hears_end()
        assert not [line for line in told if line.command == "PRIVMSG"]
    assert server.process.wait(10) == EXIT_JOURNAL_LOST
    disk.disarm()
    server.start()
    with RawClient(server.port).registers("bob", "message-tags batch draft/chathistory").joins("#lobby") as bob:
        assert kept(bob)[:1] == ["before"]
    assert server.terminate() == 0
    assert len(server.failures) == 1 and "the journal is lost" in server.failures[0]


# D03: taken away while the server runs.


def test_D03_a_disk_that_became_read_only_refuses(siege: Siege, disk: Control):
    with siege.member("ann") as ann:
        assert say(ann, "before").command == "PRIVMSG"
        disk.arm(CHANGES, errno.EROFS)
        assert say(ann, "refused").command == "FAIL"
        assert kept(ann) == ["before"]
        disk.disarm()
        assert say(ann, "after").command == "PRIVMSG"
        assert kept(ann) == ["before", "after"]


@pytest.mark.parametrize("name", ["chat.db", "chat.db-wal"])
def test_D03_a_file_that_is_moved_away_is_noticed_and_may_come_back(siege: Siege, tmp_path: Path, name: str):
    file = tmp_path / "journal" / name
    with siege.member("ann") as ann:
        assert say(ann, "before").command == "PRIVMSG"
        file.rename(file.with_name("elsewhere"))
        refused = say(ann, "refused")
        assert refused.command == "FAIL" and "put it back" in refused.params[-1]
        assert kept(ann) == ["before"]
        until(lambda: "nothing is stored until it is put back" in siege.server.log, "an alarm", DETECTED_SECONDS_MAX)
        file.with_name("elsewhere").rename(file)
        assert say(ann, "after").command == "PRIVMSG"
        until(lambda: "is there again" in siege.server.log, "the end of the alarm", DETECTED_SECONDS_MAX)
        assert kept(ann) == ["before", "after"]


def test_D03_a_folder_with_another_name_is_noticed(siege: Siege, tmp_path: Path):
    folder = tmp_path / "journal"
    with siege.member("ann") as ann:
        folder.rename(tmp_path / "elsewhere")
        assert say(ann, "refused").command == "FAIL"
        (tmp_path / "elsewhere").rename(folder)
        assert say(ann, "after").command == "PRIVMSG"


def test_D03_a_file_that_is_replaced_is_noticed_and_left_as_it_is(tmp_path: Path):
    folder = tmp_path / "journal"
    with ServerProcess(tmp_path, throttled=False) as server:
        with RawClient(server.port).registers("ann", OUR_CAPABILITIES).joins("#lobby") as ann:
            assert say(ann, "before").command == "PRIVMSG"
            other = folder / "other"
            with closing(sqlite3.connect(other)) as connection:
                connection.execute("CREATE TABLE something (x)")
            content = other.read_bytes()
            other.rename(folder / "chat.db")
            assert say(ann, "refused").command == "FAIL"
        assert server.terminate() == 0
    assert (folder / "chat.db").read_bytes() == content


# D04: damaged files.


def start_of(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A server that is expected not to start."""
    command = [*SERVER, "--data", str(tmp_path / "journal"), "--listen", f"irc://127.0.0.1:{free_port()}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def made(tmp_path: Path, *, stopped: bool = True) -> Path:
    """The database of a server in which something was said; it was stopped, or killed."""
    with ServerProcess(tmp_path, throttled=False) as server:
        with RawClient(server.port).registers("ann", "labeled-response echo-message batch").joins("#lobby") as ann:
            for number in range(30):
                assert say(ann, f"{number}").command == "PRIVMSG"
        server.end(signal.SIGTERM if stopped else signal.SIGKILL)
    return tmp_path / "journal" / "chat.db"


def change(file: Path, offset: int, content: bytes) -> None:
    """Write into the middle of a file."""
    with file.open("r+b") as opened:
        opened.seek(offset)
        opened.write(content)


DAMAGE = {
    "empty": lambda file: os.truncate(file, 0),
    "truncated": lambda file: os.truncate(file, file.stat().st_size // 2),
    "a page of zeros": lambda file: change(file, 4_096, bytes(4_096)),
    "noise": lambda file: change(file, 4_096, Random(1).randbytes(8_192)),
    "no header": lambda file: change(file, 0, bytes(100)),
    "another program's": lambda file: change(file, 68, b"ABCD"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_D04_a_damaged_journal_is_refused_and_left_as_it_is(tmp_path: Path, damage: str):
    file = made(tmp_path)
    DAMAGE[damage](file)
    content = file.read_bytes()
    done = start_of(tmp_path)
    assert done.returncode == EXIT_CANNOT_CREATE, done.stderr
    assert str(file) in done.stderr and "left as it is" in done.stderr
    assert file.read_bytes() == content


def test_D04_a_journal_of_a_newer_version_is_refused(tmp_path: Path):
    file = made(tmp_path)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE meta SET value = '999' WHERE name = 'version'")
    done = start_of(tmp_path)
    assert (done.returncode, "newer version" in done.stderr) == (EXIT_CANNOT_CREATE, True)


def test_D04_a_log_without_its_database_is_not_taken_for_an_empty_journal(tmp_path: Path):
    file = made(tmp_path, stopped=False)
    file.unlink()
    done = start_of(tmp_path)
    assert (done.returncode, "put it back" in done.stderr) == (EXIT_CANNOT_CREATE, True)
    assert not file.exists()


def test_D04_a_new_journal_is_never_begun_in_silence(tmp_path: Path):
    file = made(tmp_path)
    file.unlink()
    with ServerProcess(tmp_path) as server:
        assert "a new, empty journal was made" in server.log.splitlines()[-1] or server.log.count("empty journal") == 2
        ends_well(server)


INVENTED = {"altered", "phantom", "doubled", "msgid", "reordered"}


async def test_D04_a_flipped_bit_of_the_database_is_noticed_or_changes_nothing(tmp_path: Path):
    """What is read is what was said; where a message is missing `verify` says so."""
    path, noticed = tmp_path / "data" / "chat.db", 0
    said = await talked(path, killed=False)
    for number, place in enumerate(flipped_bits(path, 600 if FULL else 100)):
        damaged = copied(path, tmp_path / f"damaged-{number}", "", place)
        report = verify_or_refuse(damaged)
        rules = {violation.rule for violation in await judge(damaged, said)}
        assert not rules & INVENTED, f"bit {place}: {rules}"
        assert report or not rules, f"bit {place}: {rules}"
        noticed += bool(rules) or bool(report)
    assert noticed > 20


async def test_D04_a_flipped_bit_of_the_log_is_noticed_or_takes_the_end_of_it(tmp_path: Path):
    """SQLite takes the log up to the first frame whose checksum is wrong (https://www.sqlite.org/walformat.html)."""
    path = tmp_path / "data" / "chat.db"
    said = await talked(path, killed=True)
    for number, place in enumerate(flipped_bits(path.with_name("chat.db-wal"), 300 if FULL else 60)):
        damaged = copied(path, tmp_path / f"damaged-{number}", "-wal", place)
        rules = {violation.rule for violation in await judge(damaged, said)}
        assert not rules & INVENTED, f"bit {place}: {rules}"


def flipped_bits(file: Path, count: int) -> list[int]:
    """Places in a file, in bits."""
    random = Random(4)
    return [random.randrange(file.stat().st_size * 8) for _ in range(count)]


def copied(path: Path, folder: Path, suffix: str, place: int) -> Path:
    """The same journal with one bit flipped, in the database or in its log."""
    folder.mkdir()
    for name in (path.name, path.name + "-wal"):
        if path.with_name(name).exists():
            (folder / name).write_bytes(path.with_name(name).read_bytes())
    victim = folder / (path.name + suffix)
    change(victim, place // 8, bytes([victim.read_bytes()[place // 8] ^ (1 << place % 8)]))
    return folder / path.name


def verify_or_refuse(path: Path) -> list[str]:
    """The damages that `verify` names, or why it cannot look."""
    try:
        return list(verify(path).damages)
    except BackendError as error:
        return [str(error)]


TALK = """
import asyncio, os, sys
from pathlib import Path
from tests.powerloss.workload import Talk
talk = Talk(Path(sys.argv[1]), 3, say=lambda note: os.write(1, note + b"\\n"))
asyncio.run(talk.run(int(sys.argv[2]), 6))
os._exit(0)
"""


async def talked(path: Path, *, killed: bool) -> list[Record]:
    """Make a journal in which something was said, and return that; `killed` leaves its log as a crash would."""
    command = [sys.executable, "-c", TALK, str(path), "1" if killed else "2"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, cwd=sweep.ROOT, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    if not killed:
        backend = SqliteBackend(path)
        await backend.open()
        await backend.close()
    return notes(done.stdout.splitlines())


# D05 to D08: others at the same file.


def test_D05_a_second_server_is_refused_and_told_who_has_it(siege: Siege, tmp_path: Path):
    done = start_of(tmp_path)
    assert done.returncode == EXIT_CANNOT_CREATE
    assert f"in use by process {siege.server.process.pid}" in done.stderr


MOUNTED = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
private, new_namespace = 1 << 18 | 1 << 14, 0x20000
if libc.unshare(new_namespace) or libc.mount(b"none", b"/", None, private, None):
    sys.exit(77)
driver = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={driver},rootmode=40000,user_id=0,group_id=0".encode()
if libc.mount(b"ann@elsewhere:", sys.argv[1].encode(), b"fuse.sshfs", 0, options):
    sys.exit(77)
sys.exit(subprocess.run(sys.argv[2:], timeout=20).returncode)
"""


@pytest.mark.skipif(not os.path.exists("/dev/fuse") or os.geteuid() != 0, reason="only root mounts, and on Linux")
def test_D05_a_folder_on_a_network_is_refused_and_told_where_to_go(tmp_path: Path):
    """A mount of `fuse.sshfs` that nobody answers for; its table and others are in tests/backend."""
    place = tmp_path / "remote"
    place.mkdir()
    command = [*SERVER, "--data", str(place), "--listen", f"irc://127.0.0.1:{free_port()}"]
    done = subprocess.run(
        [sys.executable, "-c", MOUNTED, place, *command], capture_output=True, text=True, timeout=30, cwd=sweep.ROOT
    )
    if done.returncode == 77:
        pytest.skip("this machine mounts nothing here")
    assert done.returncode == EXIT_CANNOT_CREATE, done.stderr
    assert f"network file system (fuse.sshfs, mounted at {place})" in done.stderr
    assert "choose a folder on a disk of this machine" in done.stderr


def post(client: RawClient, numbers: range) -> None:
    """Say something for each of these numbers, one after the other."""
    for number in numbers:
        assert say(client, f"{number}-{'x' * 400}").command == "PRIVMSG"


def test_D06_a_reader_who_stays_costs_disk_and_nothing_else_and_no_more_when_he_left(siege: Siege, tmp_path: Path):
    file = tmp_path / "journal" / "chat.db"
    log = file.with_name("chat.db-wal")

    with siege.member("ann") as ann, closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM journal").fetchone()
        post(ann, range(400))
        reader.execute("ROLLBACK")
        longest = log.stat().st_size
        post(ann, range(400, 1_600))
        assert log.stat().st_size < longest + 20 * 1024 * 1024
    siege.measure_memory()  # What it has more of now is the journal's cache.
    siege.bystander.heard.clear()


READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN")
connection.execute("SELECT count(*) FROM journal").fetchone()
print("reads", flush=True)
sys.stdin.read()
"""


async def test_D06_a_log_that_somebody_keeps_long_is_said_and_is_short_when_he_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """64 MiB of it; with the reader's number, and once."""
    file, ear = tmp_path / "chat.db", Ear()
    log = file.with_name("chat.db-wal")
    backend = SqliteBackend(file)
    await backend.open()
    backend.follow(ear)
    command = [sys.executable, "-c", READER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:  # noqa: ASYNC220
        assert reader.stdout is not None and reader.stdin is not None
        assert await asyncio.to_thread(reader.stdout.readline) == b"reads\n"
        while not ear.alarms:
            backend.append([posted("x" * 8_000) for _ in range(500)])
            await ear.until(len(ear.heard) + 500)
            assert log.stat().st_size < 8 * LOG_BYTES_MAX  # It is looked at once a second.
        assert log.stat().st_size > LOG_BYTES_MAX
        reader.stdin.close()
        assert reader.wait(10) == 0
    await eventually(lambda: len(ear.alarms) == 2)
    assert log.stat().st_size <= LOG_BYTES_MAX // 2  # PRAGMA journal_size_limit.
    await backend.close()
    assert f"because process {reader.pid} (python" in ear.alarms[0] and "end that program" in ear.alarms[0]
    assert ear.alarms[1] == "the journal's write-ahead log is short again"
    assert [record.message for record in caplog.records if "write-ahead" in record.message] == ear.alarms


def test_D06_an_export_that_nobody_reads_does_not_keep_the_log_long(siege: Siege, tmp_path: Path):
    """`ipc-chat export | less`: it reads on when less does, and lets go of the journal meanwhile."""
    file = tmp_path / "journal" / "chat.db"
    with siege.member("ann") as ann:
        post(ann, range(300))
        command = [sys.executable, "-m", "ipcchat", "export", "--data", str(file.parent)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=sweep.ROOT) as export:
            assert export.stdout is not None
            first = export.stdout.readline()  # The rest fills the pipe, and waits.
            until(lambda: not readers_of(file.with_name("chat.db-shm")), "nobody who reads the journal")
            rest = export.stdout.read()
        assert export.returncode == 0
    texts = [msgspec.json.decode(line).get("text", "") for line in [first, *rest.splitlines()]]
    said = [text for text in texts if "-" in text]
    assert [text.partition("-")[0] for text in said] == [str(number) for number in range(300)]
    siege.measure_memory()
    siege.bystander.heard.clear()


def test_D07_only_the_writer_copies_the_log(tmp_path: Path):
    """SQLite before 3.51.3 may lose a commit when another connection checkpoints at the same time."""
    package = sweep.ROOT / "ipcchat"
    copying = {file.name for file in package.rglob("*.py") if "wal_checkpoint" in file.read_text()}
    own = {"sqlite_schema.py", "sqlite_store.py", "sqlite_upkeep.py", "sqlite_log.py"}
    alone = {"search_filling.py", "snapshots.py"}  # With a file of its own, or one that nobody has open.
    assert copying <= own | alone
    file = made(tmp_path)
    with closing(connect_writer(file)) as writer, closing(connect_reader(file)) as reader:
        for connection in (writer, reader):
            assert connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == 0
        assert reader.execute("PRAGMA query_only").fetchone()[0] == 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM journal")


# D08: a new version meets an old journal.

OPEN_AND_CLOSE = """
import asyncio, sys
from pathlib import Path
from ipcchat.backend.sqlite import SqliteBackend

async def main():
    backend = SqliteBackend(Path(sys.argv[1]))
    await backend.open()
    await backend.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
async def test_D08_whenever_a_migration_is_cut_off_everything_is_there(tmp_path: Path, version: int):
    """By SIGKILL (nothing is lost) or with the power (anything is that was not synced)."""
    watched = tmp_path / "watched"
    said = old_journal(watched / "data" / "chat.db", version)
    before = images.read(watched)
    log = trial.recorded(watched, [sys.executable, "-c", OPEN_AND_CLOSE, str(watched / "data" / "chat.db")])
    root = PurePosixPath(watched)
    cut = trial.Trial(tmp_path, version)
    await cut.fail_often(images.Disk.found(root, before), log, root, said, 1_000 if FULL else 100)
    assert cut.result.violations == []
    assert cut.result.calls > 10


def old_journal(path: Path, version: int) -> list[Record]:
    """Make a journal of that version of the schema; returns what was said in it."""
    path.parent.mkdir(parents=True)
    said: list[Record] = []
    with closing(connect_writer(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        for name, value in (("version", "0"), ("journal", "abcdefgh"), ("ceiling", "0"), ("indexed", "0")):
            write_meta(connection, name, value)
        migrate(connection, MIGRATIONS[:version])
        for seq in range(1, 201):
            text, key = f"w0-{seq} hello", seq.to_bytes(16, "big")
            fact = Posted(key, 1_700_000_000_000, "u1", "w0!w@host", "PRIVMSG", CHANNELS[0], text)
            row = (seq, fact.at, key, CHANNELS[0], encode_fact(fact))
            connection.execute("INSERT INTO journal (seq, at, id, target, fact) VALUES (?, ?, ?, ?, ?)", row)
            said.append(Sent("w0", 1, CHANNELS[0], text, key.hex()))
            said.append(Echoed("w0", 1, CHANNELS[0], text, key.hex(), str(seq), str(fact.at)))
        write_meta(connection, "ceiling", "200")
    return said


# D10 and D11: time.


def test_D10_a_clock_that_jumps_changes_no_order_and_ends_nobody(siege: Siege, disk: Control):
    with siege.member("ann") as ann:
        echoes = []
        for number, wrong in enumerate((0, -3_600, 10 * 365 * 86_400, 0, -10 * 365 * 86_400, 300)):
            disk.set_clock(wrong)
            echoes.append(say(ann, f"{number}"))
            siege.bystander.is_served()
        disk.set_clock(0)
        assert [line.command for line in echoes] == ["PRIVMSG"] * 6
        times = [line.tags["time"] for line in history(ann, "#lobby")]
        assert kept(ann) == [f"{number}" for number in range(6)]
        assert times == sorted(times) == [line.tags["time"] for line in echoes]


def test_D11_a_slow_sync_delays_its_messages_and_nothing_else(siege: Siege, disk: Control):
    with siege.member("ann") as ann, siege.member("bob") as bob:
        assert say(ann, "before").command == "PRIVMSG"
        disk.delay_syncs(2_000)
        ann.says(*[f"@label=slow{number} PRIVMSG #lobby :slow{number}" for number in range(40)])
        for _ in range(5):
            siege.bystander.is_served()  # Within a second, or the post-condition fails.
        assert kept(bob) == ["before"]
        disk.delay_syncs(0)
        ann.hears("PRIVMSG", where=lambda line: line.tags.get("label") == "slow39")
        assert kept(bob) == ["before", *[f"slow{number}" for number in range(40)]]


def test_D11_more_than_can_wait_for_a_slow_sync_is_refused_and_nothing_else_is_lost(siege: Siege, disk: Control):
    """9,000 messages of four people for a disk that takes four seconds (ten with HOSTILE_FULL=1) for a sync."""
    each, people = 2_250, ("ann", "bob", "cy", "dan")
    with ExitStack() as stack:
        writers = {name: stack.enter_context(siege.member(name)) for name in people}
        eve = stack.enter_context(siege.member("eve"))
        disk.delay_syncs(10_000 if FULL else 4_000)
        for name, writer in writers.items():
            writer.says(*[f"@label={name}-{number} PRIVMSG #lobby :{name}-{number}" for number in range(each)])
        siege.has_done_what_it_can()
        refused = [say(eve, f"refused{number}-") for number in range(20)]  # Answered at once, for she waits for each.
        siege.bystander.is_served()  # Within a second, all the time, or the post-condition fails.
        assert {tuple(line.params[:3]) for line in refused} == {("PRIVMSG", "TRY_AGAIN", "#lobby")}
        assert "try again in some seconds" in refused[0].params[-1]
        assert not [line for line in siege.bystander.heard if line.command == "PRIVMSG"]
        disk.delay_syncs(0)
        for name, writer in writers.items():
            last = f"{name}-{each - 1}"
            writer.hears("PRIVMSG", where=lambda line, last=last: line.tags.get("label") == last)  # type: ignore[misc]
        assert say(eve, "taken-").command == "PRIVMSG"
        siege.bystander.is_served()
        heard = [line.params[-1] for line in siege.bystander.heard if line.command == "PRIVMSG"]
        for name in people:
            assert [text for text in heard if text.startswith(f"{name}-")] == [f"{name}-{n}" for n in range(each)]
        assert heard[-1] == "taken-" and len(heard) == len(people) * each + 1
    siege.measure_memory()  # What it has more of now is the journal's cache.
    siege.bystander.heard.clear()

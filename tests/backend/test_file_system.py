"""ipcchat/backend/file_system.py: no journal where several machines write (https://www.sqlite.org/useovernet.html).

The tables are those of real machines. The last tests mount file systems in a namespace of their own, as root.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipcchat.backend import file_system
from ipcchat.backend.base import BackendError
from ipcchat.backend.file_system import Mount, found_in, mount_of, require_local
from ipcchat.backend.sqlite_schema import lock

HOME_SERVER = """\
21 26 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
26 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro
98 26 0:45 / /srv/chat rw,relatime shared:50 - nfs4 nas:/export/chat rw,vers=4.2,hard,proto=tcp,addr=192.0.2.7
99 26 0:46 / /mnt/my\\040share rw,relatime shared:51 master:2 - cifs //nas/share rw,vers=3.1.1,uid=0
100 26 0:47 / /home/ann/there rw,nosuid,nodev,relatime shared:52 - fuse.sshfs ann@elsewhere: rw,user_id=1000
101 26 8:33 / /media/stick rw,relatime shared:53 - fuseblk /dev/sdc1 rw,user_id=0,group_id=0,blksize=4096
102 26 8:2 /data /var/lib/ipc-chat rw,relatime shared:1 - ext4 /dev/sda2 rw
103 26 0:48 / /merged rw,relatime - fuse.mergerfs a:b rw
"""

WINDOWS_SUBSYSTEM = """\
68 75 8:48 / / rw,relatime - ext4 /dev/sdd rw,discard,errors=remount-ro,data=ordered
81 68 0:51 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\;uid=1000;gid=1000,mmap,access=client
"""

CONTAINER = """\
512 430 0:101 / / rw,relatime master:200 - overlay overlay rw,lowerdir=/a:/b,upperdir=/c,workdir=/d
530 512 254:1 /docker/volumes/chat/_data /data rw,relatime master:1 - xfs /dev/vda1 rw,attr2
531 512 0:110 / /lustre rw - lustre 192.0.2.1@tcp:/scratch rw
"""


@pytest.mark.parametrize(
    ("table", "number", "kind", "place", "is_shared"),
    [
        (HOME_SERVER, "26", "ext4", "/", False),
        (HOME_SERVER, "98", "nfs4", "/srv/chat", True),
        (HOME_SERVER, "99", "cifs", "/mnt/my share", True),
        (HOME_SERVER, "100", "fuse.sshfs", "/home/ann/there", True),
        (HOME_SERVER, "101", "fuseblk", "/media/stick", False),
        (HOME_SERVER, "102", "ext4", "/var/lib/ipc-chat", False),
        (HOME_SERVER, "103", "fuse.mergerfs", "/merged", False),
        (WINDOWS_SUBSYSTEM, "81", "9p", "/mnt/c", True),
        (CONTAINER, "512", "overlay", "/", False),
        (CONTAINER, "530", "xfs", "/data", False),
        (CONTAINER, "531", "lustre", "/lustre", True),
    ],
)
def test_a_mount_is_found_by_its_number(table: str, number: str, kind: str, place: str, is_shared: bool) -> None:
    mount = found_in(table, number)
    assert mount == Mount(kind, place)
    assert mount is not None and mount.is_shared is is_shared


@pytest.mark.parametrize("number", ["", "1", "9", "2600"])
def test_a_mount_that_is_not_in_the_table_is_unknown(number: str) -> None:
    assert found_in(HOME_SERVER, number) is None


@pytest.mark.parametrize("table", ["", "26", "26 1 8:2 / /", "26 1 - ", "26 1 8:2 / / rw - "])
def test_a_table_that_is_cut_off_says_nothing(table: str) -> None:
    assert found_in(table, "26") is None


def test_a_folder_on_a_network_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_system, "mount_of", lambda folder: Mount("nfs4", "/srv"))
    with pytest.raises(BackendError, match=r"network file system \(nfs4, mounted at /srv\).* disk of this machine"):
        lock(tmp_path / "not there yet" / "chat.db")
    assert not (tmp_path / "not there yet").exists()


def test_a_file_that_is_a_link_to_a_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "there"
    monkeypatch.setattr(file_system, "mount_of", lambda folder: Mount("cifs" if folder == there else "ext4", "/"))
    there.mkdir()
    file = tmp_path / "chat.db"
    require_local(file)
    file.symlink_to(there / "chat.db")
    with pytest.raises(BackendError, match="cifs"):
        require_local(file)


def test_what_cannot_be_told_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_system, "_PROC", tmp_path)
    assert mount_of(tmp_path) is None
    require_local(tmp_path / "chat.db")


@pytest.mark.skipif(sys.platform != "linux", reason="mount points are looked up on Linux only")
def test_this_machine_says_what_it_has() -> None:
    proc = mount_of(Path("/proc/self/fdinfo"))
    assert proc is not None and (proc.kind, proc.place) == ("proc", "/proc")
    assert mount_of(Path("/proc/not there")) == proc


MOUNTING = """
import ctypes, os, sys
from pathlib import Path
from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite_schema import lock

libc = ctypes.CDLL(None, use_errno=True)
NEW_NAMESPACE, PRIVATE, BIND, CANNOT = 0x20000, 1 << 18 | 1 << 14, 1 << 12, 77

def must(result):
    if result:
        sys.exit(CANNOT)

def mount(source, place, kind, flags=0, options=""):
    must(libc.mount(source.encode(), str(place).encode(), kind.encode(), flags, options.encode()))

def answer(folder):
    try:
        lock(folder / "chat.db").release()
    except BackendError as error:
        return str(error)
    return "taken"

top = Path(sys.argv[1])
must(libc.unshare(NEW_NAMESPACE))
mount("none", "/", "", PRIVATE)
for name in ("disk", "remote", "bound", "under"):
    (top / name).mkdir()
mount("tmpfs", top / "disk", "tmpfs")
print(answer(top / "disk"))
try:
    driver = os.open("/dev/fuse", os.O_RDWR)
except OSError:
    sys.exit(CANNOT)
mount("ann@elsewhere:", top / "remote", "fuse.sshfs", 0, f"fd={driver},rootmode=40000,user_id=0,group_id=0")
print(answer(top / "remote"))
mount(str(top / "remote"), top / "bound", "", BIND)
print(answer(top / "bound"))
(top / "link").symlink_to(top / "remote")
print(answer(top / "link"))
mount("tmpfs", top / "remote", "tmpfs")
print(answer(top / "remote"))
"""


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root mounts file systems, and on Linux")
def test_mounts_are_seen_through(tmp_path: Path) -> None:
    """A mount of `fuse.sshfs` that nobody answers for, bound, linked to, and with another one over it."""
    done = subprocess.run([sys.executable, "-c", MOUNTING, tmp_path], capture_output=True, text=True, timeout=30)
    if done.returncode == 77:
        pytest.skip("this machine mounts nothing here")
    assert done.returncode == 0, done.stderr
    disk, remote, bound, link, covered = done.stdout.splitlines()
    assert (disk, covered) == ("taken", "taken")
    for said, name in ((remote, "remote"), (bound, "bound"), (link, "remote")):
        assert f"(fuse.sshfs, mounted at {tmp_path / name})" in said

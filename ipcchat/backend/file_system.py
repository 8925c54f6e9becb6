"""What kind of file system a path is on: a journal is not kept on one that several machines share.

SQLite's write-ahead log needs memory that everybody shares who has the file open, and locks that hold; neither goes
further than one machine (https://www.sqlite.org/wal.html, https://www.sqlite.org/useovernet.html). What is lost there
is lost in silence, so there is no setting that allows it.

Rules:
1. The kernel is asked on which mount the path is, and not the path's name: bind mounts, links and mounts over mounts
   are seen through (`mnt_id` in proc_pid_fdinfo(5), the table in proc_pid_mountinfo(5)).
2. What is not known is allowed: another system than Linux, no /proc, a kind of file system that is not in the table.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from ipcchat.backend.base import BackendError

_KINDS = "nfs nfs4 cifs smb3 smbfs 9p afs coda ncpfs ceph glusterfs lustre gfs2 ocfs2 gpfs beegfs orangefs pvfs2 vboxsf"
_PROGRAMS = """
sshfs rclone s3fs s3ql goofys gcsfuse blobfuse blobfuse2 davfs davfs2 curlftpfs httpfs smbnetfs gvfsd-fuse glusterfs
ceph ceph-fuse mfs mfsmount juicefs seaweedfs weed nfs fuse-nfs ipfs google-drive-ocamlfuse vmhgfs-fuse grpcfuse osxfs
"""

NETWORK_KINDS: Final = frozenset(_KINDS.split())
"""Kinds of file systems that other machines, or the host of this one, write to as well."""

NETWORK_PROGRAMS: Final = frozenset(_PROGRAMS.split())
"""The same of programs behind FUSE: the kind is `fuse.` and one of these."""

_PROC: Final = Path("/proc/self")
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """One mount: its kind of file system and where it is."""

    kind: str
    place: str

    @property
    def is_shared(self) -> bool:
        """Whether other machines may have its files open."""
        family, _, program = self.kind.partition(".")
        return self.kind in NETWORK_KINDS or (family == "fuse" and program in NETWORK_PROGRAMS)


def require_local(file: Path) -> None:
    """Raises BackendError when the folder of `file`, or the file that it is a link to, is on a network file system."""
    _require_local_folder(file.parent)
    if file.is_symlink():
        _require_local_folder(file.resolve().parent)


def _require_local_folder(folder: Path) -> None:
    mount = mount_of(folder)
    if mount is not None and mount.is_shared:
        raise BackendError(
            f"{folder} is on a network file system ({mount.kind}, mounted at {mount.place}), where SQLite loses data; "
            "choose a folder on a disk of this machine, and keep backups there instead"
        )


def mount_of(folder: Path) -> Mount | None:
    """The mount that a folder is on, or the nearest one above it that is there; None when that cannot be told."""
    for there in (folder, *folder.absolute().parents):
        try:
            return _mount_at(there)
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            break
    return None


def _mount_at(folder: Path) -> Mount | None:
    """The mount of a folder that is there. Raises OSError. The dot lets an automounter mount what is to be there."""
    descriptor = os.open(f"{folder}/.", getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    try:
        about = (_PROC / "fdinfo" / str(descriptor)).read_text()
    finally:
        os.close(descriptor)
    number = next((line.split()[1] for line in about.splitlines() if line.startswith("mnt_id:")), "")
    return found_in((_PROC / "mountinfo").read_text(errors="surrogateescape"), number)


def found_in(table: str, number: str) -> Mount | None:
    """The mount with that number in the text of mountinfo(5); None when it is not there."""
    for line in table.splitlines():
        mount, _, file_system = line.partition(" - ")
        fields, kinds = mount.split(" "), file_system.split(" ")
        if fields[0] == number and len(fields) > 4 and kinds[0]:
            return Mount(kinds[0], _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 8)), fields[4]))
    return None

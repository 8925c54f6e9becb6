"""Files that people upload: what comes is checked, stored and told to core, and what core drops is deleted.

    upload = await filehost.begin(holder, peer, announced)     or Refused, before anything is read
    await upload.take(piece)                                   as often as something comes
    file = await upload.finish(name, media_type)
    await upload.discard()                                     whatever happened

Rules:
1. Core's loop waits for no disk: everything is written, renamed and deleted in threads.
2. Content is on the disk before the fact that there is such a file, and is deleted after the fact that there is none.
   One order of both (`_order`) keeps an upload's content from who deletes the same one for another file.
3. What counts for limits is what is kept and what is on its way. Who meets one is told which, and what he can do.
4. Content that no file has is deleted at the start and once an hour: what a crash left between the two.
5. A node of a cluster may share the folder with others, of whose uploads it hears when they are files: it deletes
   nothing to which anybody wrote within SHARED_SECONDS. What it leaves is deleted by the next look.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ipcchat.backend.base import Backend, BackendError
from ipcchat.core.admission import names_of
from ipcchat.core.bans import STRANGERS
from ipcchat.core.effects import Lookup
from ipcchat.core.file_rules import may_read
from ipcchat.core.files import Carrier, File
from ipcchat.core.holders import STRANGER, Holder
from ipcchat.core.peers import Peer
from ipcchat.core.rates import Rate, Rates
from ipcchat.core.retention import Retention
from ipcchat.core.state import State
from ipcchat.core.uploads import Upload
from ipcchat.server import logs
from ipcchat.server.coming_upload import ComingUpload, Refused
from ipcchat.server.configuration import Configuration
from ipcchat.server.counts import ShellCounts
from ipcchat.server.file_limits import FileLimits, in_words
from ipcchat.server.file_store import FileStore, Incoming

T = TypeVar("T")

SWEEP_SECONDS = 3_600.0
SHARED_SECONDS = 3_600.0
"""Far longer than from the end of an upload until all nodes know of it, and than a pause of one on its way."""

MS_PER_DAY = 86_400_000
PLACE_MAX = 1 << 62

UPLOADS_MAX, GUEST_UPLOADS_MAX = 64, 16
"""At a time: each has a buffer and a descriptor, and people without an account cannot take all of them."""

UPLOADS_PER_OWNER_MAX = 6
"""At a time: a handful of pictures that are dropped together."""

GUESTS_SHARE = 10
"""What has no account behind it has the tenth part of all bytes: connections are easily had."""

FREE_BYTES_MIN, FREE_SHARE, FREE_BYTES_ENOUGH = 256 << 20, 20, 2 << 30
"""Of the disk, on which the journal is, too, the twentieth part stays free: at least the first, and no more than the
last, which is plenty on a large one."""

DISK_FULL = "The disk of the server is nearly full: tell its administrator"
NO_ROOM = "The server has no more room for files: tell its administrator"
NO_DISK = "The server cannot store files now: tell its administrator"


class Core(Protocol):
    """Core, as far as files ask it."""

    state: State

    def retention(self) -> Retention: ...


class Recorder(Protocol):
    """The shell, as far as files know it."""

    counts: ShellCounts

    async def upload(self, holder: Holder, upload: Upload) -> tuple[str, str]: ...
    def let_go(self, file: str, places: tuple[int, ...]) -> None: ...


class Filehost:
    """The files of a data folder. Its methods are called on core's thread."""

    def __init__(
        self, store: FileStore, recorder: Recorder, core: Core, backend: Backend, configuration: Configuration
    ) -> None:
        self.store = store
        self._recorder = recorder
        self._core = core
        self._backend = backend
        self._configuration = configuration
        self._rates = Rates()
        self._order = asyncio.Lock()
        self._held: Counter[str] = Counter()
        self._coming: set[ComingUpload] = set()
        self._untouched_seconds = 0.0 if configuration.loaded.cluster is None else SHARED_SECONDS

    @property
    def limits(self) -> FileLimits:
        """Those in force."""
        return self._configuration.loaded.files

    @property
    def web_url(self) -> str:
        """Where browsers find this server; "" when the settings do not tell."""
        return self._configuration.loaded.settings.web_url

    # Reading.

    def find(self, id: str, holder: Holder) -> File | None:
        """The file of that id, if he may read it."""
        state = self._core.state
        file = state.files.find(id)
        if file is None or (holder == STRANGER and self._is_closed()):
            return None
        return file if may_read(state, holder, file, _now()) else None

    def _is_closed(self) -> bool:
        """Whether nobody comes in without an account or a password: then nothing is for everybody."""
        settings = self._configuration.loaded.settings
        return bool(settings.account_required or settings.password) or self._core.state.lockdown <= STRANGERS

    # Uploading.

    async def begin(self, holder: Holder, peer: Peer, announced: int | None) -> ComingUpload:
        """Somebody wants to upload so many bytes (None: he does not say). Raises Refused."""
        upload = ComingUpload(self, holder)
        if upload.is_guest and not self.limits.guest_bytes_max:
            raise Refused(403, "forbidden", "Only people with an account upload files here: register one and log in")
        self._require_turn(upload)
        self._require_rate(names_of(peer.address)[0][0] if upload.is_guest else upload.owner)
        self._coming.add(upload)
        try:
            upload.reserve(announced or 0)
            await self._require_disk(announced or 0)
            await upload.open()
        except BaseException:
            await upload.discard()
            raise
        return upload

    def _require_turn(self, upload: ComingUpload) -> None:
        own = sum(other.owner == upload.owner for other in self._coming)
        if own >= UPLOADS_PER_OWNER_MAX:
            raise Refused(429, "busy", f"{own} files of yours are just coming: wait until one is there", 5)
        guests = sum(other.is_guest for other in self._coming)
        if len(self._coming) >= UPLOADS_MAX or (upload.is_guest and guests >= GUEST_UPLOADS_MAX):
            raise Refused(503, "busy", "Many files are just coming: try again in a minute", 60)

    def _require_rate(self, who: str) -> None:
        most, ticks = self.limits.uploads_per_minute, time.monotonic()
        self._rates.forget(ticks)
        pause = self._rates.pause(who, "upload", Rate(most, 60), ticks)
        if pause:
            raise Refused(429, "rate", f"You may upload {most} files in a minute: wait {pause} seconds", pause)
        self._rates.count(who, "upload", Rate(most, 60), ticks)

    async def _require_disk(self, announced: int) -> None:
        free, size = await self.on_disk(self.store.free)
        least = max(FREE_BYTES_MIN, min(size // FREE_SHARE, FREE_BYTES_ENOUGH))
        if free - announced < least:
            logs.event(logging.WARNING, "an upload was refused: the disk is nearly full", free=free, needed=least)
            raise Refused(507, "full", DISK_FULL)

    def require_room(self, upload: ComingUpload) -> None:
        """What is kept and what is coming (its `reserved`) is within the limits. Raises Refused."""
        files, limits = self._core.state.files, self.limits
        most = limits.guest_bytes_max if upload.is_guest else limits.account_bytes_max
        if files.used(upload.owner) + self._reserved(lambda other: other.owner == upload.owner) > most:
            way = "log in to an account" if upload.is_guest else "/msg NickServ FILES shows them, FILES DEL drops one"
            whose = "A connection without an account" if upload.is_guest else "An account"
            raise Refused(507, "quota", f"{whose} may have files of {in_words(most)} altogether: {way}")
        most = limits.total_bytes_max
        if files.bytes + self._reserved(lambda other: True) > most:
            raise Refused(507, "full", NO_ROOM)
        if upload.is_guest and files.of_guests + self._reserved(lambda other: other.is_guest) > most // GUESTS_SHARE:
            raise Refused(507, "full", "There is no more room for files of people without an account: log in to one")

    def _reserved(self, which: Callable[[ComingUpload], bool]) -> int:
        return sum(upload.reserved for upload in self._coming if which(upload))

    async def accept(self, upload: ComingUpload, incoming: Incoming, name: str, media_type: str) -> File:
        """All of it came: it is a file from now on. Raises Refused."""
        digest = await self.on_disk(incoming.finish)
        self._held[digest] += 1
        try:
            async with self._order:
                await self.on_disk(self.store.keep, incoming, digest)
            days = self.limits.keep_days
            until = _now() + days * MS_PER_DAY if days else 0
            what = Upload(digest, incoming.bytes, name, media_type, until)
            id, problem = await self._recorder.upload(upload.holder, what)
        finally:
            self._held[digest] -= 1
        file = self._core.state.files.find(id)
        if file is None:
            await self.drop(digest)
            raise Refused(503, "full", problem or "The file was dropped as soon as it came")
        self._recorder.counts.uploads += 1
        return file

    def forget(self, upload: ComingUpload) -> None:
        """It is over, in whatever way."""
        self._coming.discard(upload)

    def count_refusal(self, reason: str) -> None:
        """An upload was refused, for one of REASONS."""
        self._recorder.counts.refused_uploads[reason] += 1

    async def on_disk(self, work: Callable[..., T], *given: Any) -> T:
        """Do it in a thread. Raises Refused when the disk does not."""
        working = asyncio.ensure_future(asyncio.to_thread(work, *given))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait({working})  # What comes next may close what that thread writes to.
            raise
        except OSError as error:
            logs.event(logging.ERROR, "a file could not be stored", reason=error.strerror or error)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Refused(507, "full", DISK_FULL) from error
            raise Refused(503, "full", NO_DISK) from error

    # Deleting.

    async def drop(self, digest: str) -> None:
        """Delete that content, unless a file has it, or gets it just now."""
        async with self._order:
            if self._held[digest] or self._core.state.files.has_content(digest):
                return
            del self._held[digest]
            try:
                await asyncio.to_thread(self.store.drop, self.store.path(digest), self._untouched_seconds)
            except OSError as error:
                logs.event(logging.ERROR, "a file could not be deleted", reason=error.strerror or error)

    async def run(self) -> None:
        """Look for what should not be there, at once and then again and again."""
        while True:
            try:
                await self.sweep()
            except OSError as error:
                logs.event(logging.ERROR, "the files could not be looked through", reason=error.strerror or error)
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Delete what a crash left, and let go of messages that are not kept any more. Raises OSError."""
        for path in await asyncio.to_thread(self.store.left_over):
            if all(upload.path != path for upload in self._coming):
                await asyncio.to_thread(self.store.drop, path, self._untouched_seconds)
        for digest in await asyncio.to_thread(self.store.contents):
            if not self._core.state.files.has_content(digest):
                await self.drop(digest)
        if not self._core.retention().is_endless:
            await self._let_go()

    async def _let_go(self) -> None:
        """Messages that retention took carry nothing any more."""
        for file in list(self._core.state.files):
            kept = [carrier for carrier in file.carriers if not carrier.until]
            lost = tuple([carrier.seq for carrier in kept if not await self._is_there(carrier)])
            if lost:
                self._recorder.let_go(file.id, lost)

    async def _is_there(self, carrier: Carrier) -> bool:
        """Whether history has that message yet; one that cannot be looked for may be there."""
        try:
            answer = await self._backend.history(Lookup(carrier.history, carrier.seq, ((0, PLACE_MAX),)))
        except BackendError:
            return True
        return bool(answer.found or answer.error)


def _now() -> int:
    """Unix time in ms."""
    return int(time.time() * 1000)

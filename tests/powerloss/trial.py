"""One trial: the workload is run and watched, then the power fails at very many points of what it did.

The workload goes on with one of the states that were found, and the power fails again: also while it recovers.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from random import Random

from tests.crash.checker import Record, Violation
from tests.powerloss import images, library
from tests.powerloss.images import Disk, Image, Operation
from tests.powerloss.verdict import judge, notes

ROOT = Path(__file__).parents[2]
RUN_SECONDS_MAX = 120
GENERATIONS = 3
MEMORY_FOLDER = Path("/dev/shm")
TOP = PurePosixPath("/")


@dataclass
class Result:
    """What came out. `broken` counts images with a violation, and `violations` has the first one of each of them."""

    images: int = 0
    calls: int = 0
    confirmed: int = 0
    broken: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    mapped: set[str] = field(default_factory=set)

    def add(self, found: list[Violation], where: str) -> None:
        """One image was judged."""
        self.images += 1
        if found:
            self.broken += 1
            self.rules.update({violation.rule for violation in found})
            self.violations.append(f"{where}: {found[0]}")


class Trial:
    """Everything from one seed. `folder` is for the watched files; `options` are the workload's."""

    def __init__(self, folder: Path, seed: int, *options: str) -> None:
        self._folder = folder
        self._seed = seed
        self._options = options
        self._random = Random(f"images-{seed}")
        self.result = Result()

    def run(self, count: int) -> Result:
        """`count` images at least, equally many in each generation."""
        asyncio.run(self._run(-(-count // GENERATIONS)))
        return self.result

    async def _run(self, count: int) -> None:
        before: Image | None = None
        said: list[Record] = []
        for generation in range(1, GENERATIONS + 1):
            watched = self._folder / f"watched-{generation}"
            root = PurePosixPath(watched)
            log = self._recorded(watched, generation, before)
            disk = Disk(root) if before is None else Disk.found(root, _moved(before, root))
            before, said = await self.fail_often(disk, log, root, said, count)

    def _recorded(self, watched: Path, generation: int, before: Image | None) -> list[images.Record]:
        """What the workload did to the folder `watched`, which was as `before`. Raises CalledProcessError."""
        watched.mkdir()
        if before is not None:
            root = PurePosixPath(watched)
            images.write(_moved(before, root), root, watched)
        options = [str(watched), str(self._seed), str(generation), *self._options]
        return recorded(watched, [sys.executable, "-m", "tests.powerloss.workload", *options])

    async def fail_often(
        self, disk: Disk, log: list[images.Record], root: PurePosixPath, said: list[Record], count: int
    ) -> tuple[Image, list[Record]]:
        """Let the power fail `count` times at points of the log, and judge what is found; one of the images that were
        found, with what had been said until then."""
        chosen = self._random.randint(len(log) // 3, len(log))
        points = Counter([chosen, *(self._random.randint(1, len(log)) for _ in range(count - 1))])
        said, kept, kept_said = list(said), Image([], {}), list(said)
        for number, record in enumerate(log, 1):
            disk.play(record)
            if record.operation is Operation.NOTE:
                said += notes([record.content])
            for _ in range(points[number]):
                image = disk.image(self._random)
                found = await _judge_image(image, root, said)
                self.result.add(found, f"seed {self._seed}, {root.name}, call {number} of {len(log)}")
                if number == chosen:
                    kept, kept_said = _moved(image, TOP, root), list(said)
        self.result.calls += len(log)
        self.result.confirmed += sum(b'"type":"Echoed"' in record.content for record in log)
        self.result.mapped |= {record.path.name for record in log if record.operation is Operation.MAP}
        return kept, kept_said


def recorded(watched: Path, command: list[str]) -> list[images.Record]:
    """What a program does to the folder `watched`. Raises CalledProcessError."""
    log = watched.with_name(watched.name + ".log")
    environment = library.environment(watched, log=log)
    subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=RUN_SECONDS_MAX)
    return list(images.records(log.read_bytes()))


def _moved(image: Image, to: PurePosixPath, of: PurePosixPath = TOP) -> Image:
    """The same in another place."""
    files = {to / path.relative_to(of): content for path, content in image.files.items()}
    return Image([to / path.relative_to(of) for path in image.folders], files)


async def _judge_image(image: Image, root: PurePosixPath, said: list[Record]) -> list[Violation]:
    with tempfile.TemporaryDirectory(prefix="ipc-chat-image-", dir=_fast_folder()) as name:
        images.write(image, root, Path(name))
        return await judge(Path(name) / "data" / "chat.db", said)


def _fast_folder() -> Path | None:
    """A folder in memory, where there is one: an image is small, and is thrown away."""
    return MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None

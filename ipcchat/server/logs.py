"""The log: standard error, for people on a terminal and as JSON lines everywhere else.

Rules:
1. Message bodies and secrets are never logged. Of an exception the type and the frames are logged, not its text,
   which may quote them.
2. Text that came from outside is escaped and cut at TEXT_CHARACTERS_MAX: one record is one line, and a terminal obeys
   nobody's bytes.
3. A record that repeats too often is held back, and how often is said with the next one that passes.
4. A log that cannot be written stops nothing: a thread writes it, and what does not fit into its queue is counted.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any, TextIO

TEXT_CHARACTERS_MAX = 256
WAITING_MAX = 1_000
REPEATS_MAX = 10
REPEAT_SECONDS = 10.0

LOG = logging.getLogger("ipcchat")


def event(level: int, text: str, **fields: object) -> None:
    """Log `text` (a constant, by which repeats are counted) with fields such as conn=5."""
    if LOG.isEnabledFor(level):
        LOG.log(level, text, extra={"fields": fields})


def failure(text: str, error: BaseException, **fields: object) -> None:
    """Log a bug of ours: the exception's type and frames; see rule 1."""
    dump(text, "".join(traceback.format_tb(error.__traceback__)), **fields, error=type(error).__name__)


def dump(text: str, frames: str, **fields: object) -> None:
    """Log an error with `frames`, printable lines that say where the program was."""
    LOG.error(text, extra={"fields": fields, "frames": frames})


def escape(text: object, characters_max: int = TEXT_CHARACTERS_MAX) -> str:
    """`text` in printable characters only, at most so many of them."""
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode()
        for c in str(text)[: characters_max + 1]
    )
    return shown if len(shown) <= characters_max else shown[: characters_max - 1] + "…"


class PeopleFormatter(logging.Formatter):
    """17:12:03 warning  slow reader closed  conn=5, and the frames of a failure below."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, more only for frames."""
        shown = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = "".join(f"  {name}={escape(value)}" for name, value in _fields(record).items())
        return f"{shown} {record.levelname.lower():<8} {escape(record.getMessage())}{fields}" + _frames(record)


class JSONFormatter(logging.Formatter):
    """One JSON object in a line: time (Unix seconds), level, text and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        shown: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "text": escape(record.getMessage()),
        }
        for name, value in _fields(record).items():
            shown[name] = value if isinstance(value, int | float) else escape(value)
        if frames := _frames(record):
            shown["frames"] = frames.strip("\n").split("\n")
        return json.dumps(shown, ensure_ascii=False)


class RepeatFilter(logging.Filter):
    """Lets REPEATS_MAX records of one text pass in REPEAT_SECONDS. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may pass; the first after a silence says how many did not."""
        now = self._clock()
        since, count = self._seen.get(record.msg, (now, 0))
        if now - since > REPEAT_SECONDS:
            if count > REPEATS_MAX:
                record.fields = {**_fields(record), "held_back": count - REPEATS_MAX}
            since, count = now, 0
        self._seen[record.msg] = (since, count + 1)
        return count < REPEATS_MAX


class NodeFilter(logging.Filter):
    """Lets everything pass, with the name of the node before the other fields: several may share one log."""

    def __init__(self, node: str) -> None:
        super().__init__()
        self._node = node

    def filter(self, record: logging.LogRecord) -> bool:
        """True."""
        record.fields = {"node": self._node, **_fields(record)}
        return True


class ThreadHandler(logging.Handler):
    """Writes records to `stream` in its own thread; at most WAITING_MAX wait for it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._lost = 0
        self._bell = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, name="ipcchat-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record."""
        if len(self._waiting) >= WAITING_MAX:
            self._lost += 1
            return
        self._waiting.append(self.format(record) + "\n")
        self._idle.clear()
        self._bell.set()

    def flush(self) -> None:
        """Wait until everything is written, a second at most."""
        self._idle.wait(1.0)

    def _run(self) -> None:
        while self._bell.wait():
            self._bell.clear()
            while self._waiting:
                self._write(self._waiting.popleft())
            if self._lost:
                lost, self._lost = self._lost, 0
                event(logging.WARNING, "log records were lost", records=lost)
            elif not self._waiting:
                self._idle.set()

    def _write(self, line: str) -> None:
        try:
            self._stream.write(line)
            self._stream.flush()
        except (OSError, ValueError):
            pass  # Nobody reads the log; see rule 4.


def start(level: str, stream: TextIO | None = None, *, node: str = "") -> None:
    """Log from `level` (debug, info, warning, error) to `stream`, standard error if None; as the `node` of a
    cluster."""
    if stream is None and sys.stderr is not None:
        stream = _unbuffered(sys.stderr)
    logging.raiseExceptions = False
    LOG.setLevel(level.upper())
    LOG.propagate = False
    for old in LOG.handlers[:]:
        LOG.removeHandler(old)
    handler: logging.Handler = logging.NullHandler() if stream is None else ThreadHandler(stream)
    handler.setFormatter(PeopleFormatter() if stream is not None and stream.isatty() else JSONFormatter())
    handler.addFilter(RepeatFilter())
    if node:
        handler.addFilter(NodeFilter(node))
    LOG.addHandler(handler)


def _unbuffered(stream: TextIO) -> TextIO:
    """The same file without a buffer: what cannot be written must not wait for the interpreter's last flush, which
    would hang on a full pipe and change the exit code on a closed one."""
    try:
        raw = io.FileIO(stream.fileno(), "w", closefd=False)
    except (OSError, ValueError):
        return stream
    return io.TextIOWrapper(raw, "utf-8", errors="backslashreplace", write_through=True)


def stop() -> None:
    """Write what waits, a second at most."""
    for handler in LOG.handlers:
        handler.flush()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    return fields


def _frames(record: logging.LogRecord) -> str:
    frames = getattr(record, "frames", "")
    return f"\n{frames.rstrip()}" if frames else ""

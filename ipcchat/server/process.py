"""What is set once for the whole process, each with the reason.

Rules:
1. Nothing here is needed for correctness: where a setting cannot be had, the server goes on without it.
"""

from __future__ import annotations

import gc
import os
import sys

SWITCH_SECONDS = 0.001
"""How long a thread may keep the GIL while another waits for it. Python's 5 ms would be added to each hand-over from
the journal's thread whenever core is busy. Durable messages of 64 pairs, median of three runs on a busy machine:
26 us of CPU with 1 ms, 29 with 5 ms, 30 with 0.5 ms."""

GC_THRESHOLDS = (50_000, 20, 50)
"""The default (700) looks for cycles many times in one turn; what a turn makes is freed by reference counts. 2,000
clients that arrive at once, median of three: 0.90 s of CPU, 1.10 without. For messages no difference was measurable."""

FILES_LOW = 1_024


def hold_standard_descriptors() -> None:
    """Put /dev/null where standard input, output or error is closed: the next file or socket would become it, get what
    is printed, and be closed with it."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def tune() -> None:
    """Settings of the interpreter; called when everything is imported and restored."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    sys.setswitchinterval(SWITCH_SECONDS)


def raise_file_limit() -> int:
    """Allow as many descriptors as the system lets us have, and return that number (0: not known)."""
    try:
        import resource
    except ImportError:
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (ValueError, OSError):
            pass
    return 0 if soft == resource.RLIM_INFINITY else soft


def default_threads() -> int:
    """One I/O thread for each core on a free-threaded Python, none with a GIL: there a hand-over costs more than it
    gives."""
    gil_enabled = getattr(sys, "_is_gil_enabled", None)
    if gil_enabled is None or gil_enabled():
        return 0
    return os.cpu_count() or 1

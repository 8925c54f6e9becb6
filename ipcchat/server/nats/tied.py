"""Starts a program that ends when the program that wanted it ends, however that ends.

    python -I -S tied.py PARENT WAY PROGRAM [ARGUMENT]...

PARENT is the process id of who wants it, WAY is `signal` (Linux: this process becomes the program, and the kernel sends
it SIGTERM when the thread that started it ends) or `pipe` (everywhere: this process stays, and ends the program when
its standard input ends, which the one who wants it holds open).

Rules:
1. Standard library only: it runs without the project in its path, so that it starts in milliseconds.
2. Nothing is run between fork and exec in a process with threads, as preexec_fn would do: this is a program.

Specification: prctl(2), PR_SET_PDEATHSIG.
"""

import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 5


def become(parent: int, command: list[str]) -> None:
    """Become the program, tied to the parent by the kernel."""
    import ctypes

    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        sys.exit("tied: prctl failed")
    if os.getppid() != parent:  # It ended before it was watched.
        sys.exit("tied: who started this has ended")
    os.execv(command[0], command)


def stay(command: list[str]) -> int:
    """Run the program until it ends or standard input does, and return its exit code. Signals to the process group
    reach the program, and only it acts on them."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, close_fds=False)
    threading.Thread(target=end_with_input, args=(program,), daemon=True).start()
    return abs(program.wait())


def end_with_input(program: "subprocess.Popen[bytes]") -> None:
    """Wait for the end of standard input, then end the program, if need be by force."""
    while os.read(0, 1):
        pass
    program.terminate()
    try:
        program.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()


if __name__ == "__main__":
    _, parent_text, way, *rest = sys.argv
    if way == "pipe":
        sys.exit(stay(rest))
    become(int(parent_text), rest)

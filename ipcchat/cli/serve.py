"""`ipc-chat serve`, also `server.py`: the server's arguments, handed to `ipcchat.server.app.run`.

Rules:
1. With no argument at all the server starts: loopback port 6667, data in the user's own data folder.
2. The data folder is --data, else $STATE_DIRECTORY (systemd), else $XDG_DATA_HOME/ipc-chat, else
   ~/.local/share/ipc-chat.
"""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

SUMMARY = "start a chat server"
DEFAULT_LISTEN = "irc://127.0.0.1:6667"
THREADS_MAX = 256
LOG_LEVELS = ("debug", "info", "warning", "error")
NETWORK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")

DESCRIPTION = """\
Start a chat server. It keeps its messages in an embedded database, needs no
configuration, and serves IRC clients and `client.py` alike.
It prints one line per listener when it is ready, and stops cleanly on Ctrl-C
or SIGTERM (a second one stops at once)."""

EPILOG = """\
examples:
  {prog}
      for this machine only
  {prog} --listen irc://0.0.0.0:6667
      for everybody who can reach this machine
  {prog} --listen irc://127.0.0.1:0 --memory
      on a free port, with nothing written to disk
  {prog} --data /var/lib/ipc-chat --name Example

exit codes:
  0 stopped as asked   1 failed   2 wrong usage   69 the address is in use
  73 the data folder cannot be made   74 the disk failed   77 no permission"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the server's options to `parser`."""
    parser.add_argument(
        "--listen",
        metavar="URL",
        action="append",
        default=None,
        help=f"where to listen, irc://HOST:PORT; may be repeated, port 0 picks a free one (default: {DEFAULT_LISTEN})",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=None,
        help="the folder for the database (default: the user's data folder)",
    )
    place.add_argument(
        "--memory", action="store_true", help="keep everything in memory; it is gone when the server stops"
    )
    parser.add_argument(
        "--name", metavar="NETWORK", type=network_name, default="IPCChat", help="the network's name (default: IPCChat)"
    )
    parser.add_argument(
        "--threads",
        metavar="N",
        type=threads,
        default=None,
        help="I/O threads; 0 does the I/O in the main loop (default: 0, on a free-threaded Python one per core)",
    )
    parser.add_argument("--no-throttle", action="store_true", help="switch the rate limits off, for benchmarks")
    parser.add_argument(
        "--log-level", choices=LOG_LEVELS, default="info", help="what to log to standard error (default: info)"
    )


def network_name(text: str) -> str:
    """Argument type: a name that may stand in ISUPPORT's NETWORK without escaping."""
    if NETWORK_NAME.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be 1 to 32 letters, digits, '.', '_' or '-' and begin with a letter or digit"
        )
    return text


def threads(text: str) -> int:
    """Argument type: a number of threads."""
    if not (text.isascii() and text.isdigit() and int(text) <= THREADS_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {THREADS_MAX}")
    return int(text)


def default_data_folder() -> Path:
    """Where the server keeps its data when nobody says; see rule 2."""
    state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state)
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "share") / "ipc-chat"


def run(options: argparse.Namespace) -> int:
    """Run the server until it is stopped and return its exit code."""
    from ipcchat.server.app import ServeOptions
    from ipcchat.server.app import run as run_server

    folder: Path | None = options.data if options.data is not None else default_data_folder()
    return run_server(
        ServeOptions(
            listen=options.listen or [DEFAULT_LISTEN],
            data=None if options.memory else folder,
            name=options.name,
            threads=options.threads,
            throttle=not options.no_throttle,
            log_level=options.log_level,
        )
    )

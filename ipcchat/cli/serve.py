"""`ipc-chat serve`, also `server.py`: the server's arguments and its configuration file, handed to
`ipcchat.server.app.run`.

Rules:
1. With no argument at all the server starts: loopback port 6667, data in the user's own data folder.
2. A flag wins over the configuration file; a flag that is not given leaves the file its say.
3. What a flag may be is what the setting may be: both are read by the same row of the table of settings.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from ipcchat.cli import exits

SUMMARY = "start a chat server"
CONFIG_VARIABLE = "IPC_CHAT_CONFIG"
DIGITS_MAX = 10

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
  {prog} --workers 4
      four processes in one room, for a machine with four cores
  {prog} --config ipc-chat.toml --check-config
      look for mistakes in a configuration file

exit codes:
  0 stopped as asked   1 failed   2 wrong usage   69 the address is in use
  73 the data folder cannot be made   74 the disk failed   77 no permission
  78 a mistake in the configuration"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the server's options to `parser`. None is the value of each that is not given."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help=f"the configuration file; flags win over it (default: ${CONFIG_VARIABLE}, else none)",
    )
    parser.add_argument("--check-config", action="store_true", help="look for mistakes in the configuration and end")
    parser.add_argument(
        "--listen",
        metavar="URL",
        action="append",
        help="where to listen: irc://HOST:PORT, ircs://HOST:PORT (TLS), http://HOST:PORT and https://HOST:PORT (for "
        "browsers), plain://HOST:PORT or unix:///PATH; may be repeated, port 0 picks a free one (default: "
        "irc://127.0.0.1:6667, http://127.0.0.1:8080 and a Unix socket)",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--data", metavar="DIR", type=Path, help="the folder for the database (default: the user's data folder)"
    )
    place.add_argument(
        "--memory", action="store_true", help="keep everything in memory; it is gone when the server stops"
    )
    parser.add_argument(
        "--name", metavar="NETWORK", type=setting("server.network"), help="the network's name (default: IPCChat)"
    )
    parser.add_argument(
        "--threads",
        metavar="N",
        type=setting("server.threads"),
        help="I/O threads; 0 does the I/O in the main loop (default: 0, on a free-threaded Python one per core)",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=setting("server.workers"),
        help="server processes that share the ports and one journal, one for each core that shall be used (default: 1)",
    )
    parser.add_argument(
        "--cluster",
        metavar="URL",
        action="append",
        help="a NATS server (nats://HOST:PORT or tls://HOST:PORT) over which several servers share one journal; may be "
        "repeated",
    )
    parser.add_argument(
        "--node",
        metavar="NAME",
        type=setting("cluster.node"),
        help="what this server is called among those of its cluster (default: the name of the machine)",
    )
    parser.add_argument("--worker", metavar="FILE", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--no-throttle", action="store_true", help="switch the rate limits off, for benchmarks")
    parser.add_argument(
        "--log-level",
        metavar="LEVEL",
        type=setting("server.log_level"),
        help="what to log to standard error: debug, info, warning, error (default: info)",
    )


def setting(name: str) -> Callable[[str], object]:
    """Argument type: what the setting `name` may be."""

    def read(text: str) -> object:
        from ipcchat.server.settings_kinds import Number, Unfit
        from ipcchat.server.settings_table import SETTINGS

        kind = SETTINGS[name].kind
        number = isinstance(kind, Number) and text.isascii() and text.isdigit() and len(text) < DIGITS_MAX
        try:
            return kind.read(int(text) if number else text)
        except Unfit as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def run(options: argparse.Namespace) -> int:
    """Run the server until it is stopped and return its exit code."""
    import msgspec

    from ipcchat.server.addresses import EXIT_AGAIN, EXIT_CONFIGURATION
    from ipcchat.server.settings import load
    from ipcchat.server.worker_plan import read_plan

    environment = dict(os.environ)  # The server takes out what is not for programs that it starts.
    path, flags = config_file(options), flags_of(options)
    plan = read_plan(options.worker) if options.worker else None
    if plan is not None:
        flags |= plan.flags()
    loaded = load(path, flags)
    if isinstance(loaded, list):
        print(*loaded, sep="\n", file=sys.stderr)
        return EXIT_CONFIGURATION
    for remark in loaded.remarks:
        print(f"ipc-chat: {remark}", file=sys.stderr)
    if options.check_config:
        print(f"{path or 'ipc-chat'}: no mistakes")
        return exits.OK
    program = [sys.executable, *sys.orig_argv[1:]]
    if plan is not None:
        loaded = msgspec.structs.replace(loaded, shares_doors=True)
    elif loaded.workers > 1:
        from ipcchat.server.workers import run as run_workers

        return run_workers(loaded, program, rereads=path is not None)
    from ipcchat.server.app import run as run_server
    from ipcchat.server.configuration import Configuration
    from ipcchat.server.handed_over import VARIABLE as SOCKETS_VARIABLE
    from ipcchat.server.journals import AGAIN_VARIABLE

    code = run_server(Configuration(loaded, path, flags))
    if code == EXIT_AGAIN and plan is None:  # A worker is started again by who started it.
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)  # Until there is somebody who hears it.
        sockets = os.environ.get(SOCKETS_VARIABLE, "")
        os.execve(program[0], program, {**environment, AGAIN_VARIABLE: "1", SOCKETS_VARIABLE: sockets})
    return code


def config_file(options: argparse.Namespace) -> Path | None:
    """The configuration file by option and environment; None: there is none."""
    by_variable = os.environ.get(CONFIG_VARIABLE)
    path: Path | None = getattr(options, "config", None)
    return path or (Path(by_variable) if by_variable else None)


def flags_of(options: argparse.Namespace) -> dict[str, object]:
    """The flags that were given, by the settings over which they win."""
    from ipcchat.server.settings_table import SETTINGS

    given = {
        "server.listen": options.listen,
        "server.network": options.name,
        "server.threads": options.threads,
        "server.workers": options.workers,
        "cluster.servers": options.cluster,
        "cluster.node": options.node,
        "server.log_level": options.log_level,
        "storage.folder": str(options.data.absolute()) if options.data else None,
        "storage.memory": True if options.memory else False if options.data else None,
    }
    if options.no_throttle:
        given |= {name: False for name, row in SETTINGS.items() if row.section == "throttles"}
    return {name: value for name, value in given.items() if value is not None}

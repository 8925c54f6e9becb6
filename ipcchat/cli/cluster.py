"""`ipc-chat cluster`: a cluster to try out on this machine, and how one is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ipcchat.cli import exits
from ipcchat.cli.data_folder import complain

SUMMARY = "try a cluster out on this machine, or see how one is"
DESCRIPTION = """\
`up` starts three servers and three NATS servers on this machine, which are
one chat: a cluster to try out. `status` says how the cluster of this server
is: every node that is heard, how far each is, and the stream between them.
`forget` takes a node that will not come back out of the memory of the others."""
EPILOG = """\
examples:
  {prog} up
      three servers at irc://127.0.0.1:6667, 6668 and 6669; Ctrl-C ends them
  {prog} status --config /etc/ipc-chat.toml
  {prog} status --data /var/lib/ipc-chat
      of a server with --workers
  {prog} status --cluster nats://127.0.0.1:4222
  {prog} forget chat3 --config /etc/ipc-chat.toml

exit codes:
  0 well   1 something is wrong, or nobody was reached   2 wrong usage
  69 it cannot be started   78 a mistake in the configuration
  130 interrupted"""

DEMO_FOLDER = "cluster"
EXIT_CONFIGURATION = 78


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options to `parser`."""
    parser.add_argument(
        "action", nargs="?", choices=("up", "status", "forget"), default="status", help="default: status"
    )
    parser.add_argument("node", nargs="?", metavar="NODE", help="of `forget`: the name of the node")
    parser.add_argument("--config", metavar="FILE", type=Path, help="the server's configuration file")
    parser.add_argument("--data", metavar="DIR", type=Path, help="the server's data folder; for `up` where all is kept")
    for name, port in (("irc", 6667), ("http", 8080)):
        parser.add_argument(
            f"--{name}-port", metavar="PORT", type=int, default=port, help=f"of `up`: the first one (default: {port})"
        )
    parser.add_argument("--cluster", metavar="URL", action="append", help="a NATS server; may be repeated")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    if (options.action == "forget") != (options.node is not None):
        print("a node is named for `forget`, and only there: ipc-chat cluster forget NODE", file=sys.stderr)
        return exits.USAGE
    from ipcchat.server.settings import load

    loaded = load(_config_file(options), _flags(options))
    if isinstance(loaded, list):
        print(*loaded, sep="\n", file=sys.stderr)
        return EXIT_CONFIGURATION
    try:
        if options.action != "up":
            return _ask(loaded.cluster, options.node if options.action == "forget" else None)
        from ipcchat.server.cluster_demo import run as run_demo
        from ipcchat.server.settings import default_folder
    except ModuleNotFoundError as error:
        return complain(f"{error.name} is missing: pip install 'ipc-chat[cluster]'")
    folder = options.data.absolute() if options.data else default_folder() / DEMO_FOLDER
    return run_demo(loaded, folder, (options.irc_port, options.http_port))


def _config_file(options: argparse.Namespace) -> Path | None:
    from ipcchat.cli.serve import config_file

    return config_file(options) if options.action != "up" else None


def _flags(options: argparse.Namespace) -> dict[str, object]:
    """What wins over the configuration file: of workers their plan says where NATS is."""
    from ipcchat.server.worker_plan import FILE_NAME, read_plan

    if options.action == "up":
        return {}
    flags: dict[str, object] = {}
    if options.data is not None and (options.data / FILE_NAME).exists():
        flags |= read_plan(options.data / FILE_NAME).flags()
    if options.cluster:
        flags["cluster.servers"] = options.cluster
    return flags


def _ask(cluster: object, forgotten: str | None) -> int:
    """Ask the cluster how it is, or to forget a node."""
    import asyncio

    from ipcchat.backend.base import BackendError
    from ipcchat.server import cluster_status
    from ipcchat.server.settings_cluster import ClusterSettings

    if not isinstance(cluster, ClusterSettings):
        return complain("this server is no node of a cluster; name a NATS server with --cluster")
    try:
        if forgotten is not None:
            lines, is_done = asyncio.run(cluster_status.forget(cluster, forgotten))
            print(*lines, sep="\n")
            return exits.OK if is_done else exits.FAILED
        seen = asyncio.run(cluster_status.look(cluster))
    except BackendError as error:
        return complain(str(error))
    print(*cluster_status.report(seen), sep="\n")
    return exits.OK if cluster_status.is_well(seen) else exits.FAILED

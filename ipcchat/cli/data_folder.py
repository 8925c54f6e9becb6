"""The data folder of a server, for the commands that look after it: by --data, else by the configuration."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ipcchat.cli import exits

EXIT_CONFIGURATION = 78


class NoFolder(Exception):
    """There is none; what to say of it was said. `code` is the exit code."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options that name it."""
    never = argparse.SUPPRESS
    parser.add_argument("--config", metavar="FILE", type=Path, default=never, help="the server's configuration file")
    parser.add_argument("--data", metavar="DIR", type=Path, default=never, help="the server's data folder")


def data_folder(options: argparse.Namespace) -> Path:
    """The folder. Raises NoFolder."""
    from ipcchat.cli.serve import config_file
    from ipcchat.server.settings import load

    folder: Path | None = getattr(options, "data", None)
    if folder is not None:
        return folder.absolute()
    loaded = load(config_file(options), {})
    if isinstance(loaded, list):
        print(*loaded, sep="\n", file=sys.stderr)
        raise NoFolder(EXIT_CONFIGURATION)
    if loaded.folder is None:
        raise NoFolder(complain("the server keeps everything in memory and has no data folder; name one with --data"))
    return loaded.folder


def complain(text: str, code: int = exits.FAILED) -> int:
    """Say on standard error what is wrong; returns `code`."""
    print(f"ipc-chat: {text}", file=sys.stderr)
    return code

"""`ipc-chat version`: which version this is."""

from __future__ import annotations

import argparse
import sys

from ipcchat.cli import exits

SUMMARY = "print the version"
DESCRIPTION = "Print the version of IPC Chat and of the Python it runs on."
EPILOG = "exit codes:\n  0 always"


def configure(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(options: argparse.Namespace) -> int:
    """Print one line."""
    from ipcchat.version import VERSION

    python = sys.version.partition(" ")[0]
    print(f"ipc-chat {VERSION} (Python {python})")
    return exits.OK

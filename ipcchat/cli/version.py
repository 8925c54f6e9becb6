"""`ipc-chat version`: which version this is."""

from __future__ import annotations

import argparse
import platform

from ipcchat.cli import exits

SUMMARY = "print the version"
DESCRIPTION = "Print the version of IPC Chat and of the Python it runs on."
EPILOG = "exit codes:\n  0 always"


def configure(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(options: argparse.Namespace) -> int:
    """Print one line."""
    from ipcchat.version import VERSION

    print(f"ipc-chat {VERSION} (Python {platform.python_version()})")
    return exits.OK

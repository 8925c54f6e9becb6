"""The commands, one file for each family; importing a file puts its commands into the table."""

from __future__ import annotations

from importlib import import_module

FAMILIES = ("registration", "presence", "channels", "modes", "messages", "history", "people", "server")


def load() -> None:
    """Fill the table of commands."""
    for family in FAMILIES:
        import_module(f"{__name__}.{family}")

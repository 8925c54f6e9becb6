"""How this project's programs are started here, for texts that say what to type: from a clone as `python3 server.py`
and `python3 client.py`, once installed as `ipc-chat`."""

from __future__ import annotations

import os
import sys

INSTALLED = "ipc-chat"
CLONED = frozenset({"server.py", "client.py"})


def server_program() -> str:
    """What stands before `certificate` or `password`."""
    return "python3 server.py" if _is_cloned() else INSTALLED


def client_program() -> str:
    """What stands before `trust`, `send` or `tail`."""
    return "python3 client.py" if _is_cloned() else INSTALLED


def chat_program() -> str:
    """What starts a chat; options may follow."""
    return "python3 client.py" if _is_cloned() else f"{INSTALLED} chat"


def _is_cloned() -> bool:
    return os.path.basename(sys.argv[0]) in CLONED

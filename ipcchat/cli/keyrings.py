"""Passwords that this machine's keyring keeps, where the library `keyring` is installed.

Rules:
1. A keyring is never needed: one that is not there, is locked or fails has no password.
2. A password is put only where it is safe: into a keyring of the desktop or the system, not into a plain file.
3. It stands under the service "ipc-chat" and the user ACCOUNT@HOST, so that it can be set and removed by other tools:
   `keyring set ipc-chat ann@chat.example`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ipcchat.client.errors import ChatError

SERVICE = "ipc-chat"
# What keyring's manual calls recommended; its null and failing keyrings, and those of plain files, have less.
PRIORITY_MIN = 1


def kept(account: str, host: str) -> str:
    """The password of an account; "" when there is none to be had. It may wait for a person who unlocks a keyring."""
    library = installed()
    if library is None:
        return ""
    try:
        return str(library.get_password(SERVICE, user(account, host)) or "")
    except Exception:  # What a keyring raises is its own: D-Bus, ctypes, a plug-in (rule 1).
        return ""


def can_keep() -> bool:
    """Whether there is a keyring to put a password into."""
    library = installed()
    try:
        return library is not None and bool(library.get_keyring().priority >= PRIORITY_MIN)
    except Exception:  # As above.
        return False


def keep(account: str, host: str, password: str) -> None:
    """Put a password into the keyring. Raises ChatError."""
    library = installed()
    if library is None:
        raise ChatError("the Python package keyring is not installed")
    try:
        library.set_password(SERVICE, user(account, host), password)
    except Exception as error:  # As above.
        raise ChatError(f"the keyring did not take the password ({type(error).__name__})") from None


def user(account: str, host: str) -> str:
    """The name under which a password is kept."""
    return f"{account}@{host.lower()}"


def installed() -> ModuleType | None:
    """The library; None when it is not there, or does not work here."""
    try:
        return import_module("keyring")
    except Exception:  # Its import loads plug-ins of other packages.
        return None

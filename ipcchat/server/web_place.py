"""Where browsers find this server, as others are told: the URL of the settings, or that of a listener."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ipcchat.server.addresses import Address
from ipcchat.server.settings import Loaded

EVERYWHERE = ("0.0.0.0", "::")
FILES_PATH = "/files"


def with_web_url(loaded: Loaded, listeners: Sequence[Address]) -> Loaded:
    """The settings with the URL (without a slash at its end): where nobody said one, that of the first listener for
    browsers, https:// before http://."""
    url = loaded.settings.web_url.rstrip("/") or _own_url(loaded, listeners)
    return msgspec.structs.replace(loaded, settings=msgspec.structs.replace(loaded.settings, web_url=url))


def with_files_url(loaded: Loaded, listeners: Sequence[Address]) -> Loaded:
    """The settings with the URL for files, behind that for browsers: where something serves HTTP, and something is kept
    on a disk."""
    is_served = any(address.scheme in ("https", "http") for address in listeners) and loaded.folder is not None
    base = loaded.settings.web_url if is_served and loaded.files.enabled else ""
    url = f"{base}{FILES_PATH}" if base else ""
    return msgspec.structs.replace(loaded, settings=msgspec.structs.replace(loaded.settings, files_url=url))


def _own_url(loaded: Loaded, listeners: Sequence[Address]) -> str:
    """A listener on every address is found by the server's name, if that is one of the network's; "" for none."""
    for scheme in ("https", "http"):
        for address in listeners:
            if address.scheme != scheme:
                continue
            if address.host not in EVERYWHERE:
                return address.url
            if not loaded.settings.server_name.endswith(".local"):
                return msgspec.structs.replace(address, host=loaded.settings.server_name).url
    return ""

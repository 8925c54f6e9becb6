"""Looks after the certificate while the server runs: a renewed one is taken, a broken one told, its end warned of.

Rules:
1. Files are looked at and read in a thread; nobody waits for them.
2. What cannot be used changes nothing: the old certificate stays, and the log says why, once for each change.
3. Who is connected stays connected: a new certificate counts for those who come after it.
4. Clients are told of strict transport security only while they would get in by TLS (strict_transport.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from ipcchat.core.settings import Settings
from ipcchat.server import logs
from ipcchat.server.certificates import CertificateError, expiry_warning, files_of, today
from ipcchat.server.configuration import Configuration
from ipcchat.server.entries import server_program
from ipcchat.server.settings import Loaded
from ipcchat.server.strict_transport import judged
from ipcchat.server.tls import ServerTLS

LOOK_SECONDS = 1.0
"""A look is two stat calls. A change counts when two looks have seen it the same, so after two seconds at most."""

REMIND_SECONDS = 86_400.0
KEPT = "the new certificate cannot be used, the old one stays"


class CertificateWatch:
    """Follows the certificate of `tls` for a server whose ircs:// listeners have these `ports`. `clock` gives the day,
    which decides what has expired."""

    def __init__(self, tls: ServerTLS, ports: Iterable[int], clock: Callable[[], datetime] = today) -> None:
        self._tls = tls
        self._ports = frozenset(ports)
        self._clock = clock

    def judge(self, loaded: Loaded) -> Loaded:
        """The settings without what the certificate does not allow, and with remarks that say why. It takes a
        certificate that the settings name now. Reads files: call it in a thread while people are served."""
        remarks = [*loaded.remarks]
        files = files_of(loaded)
        try:
            if files is None:
                raise CertificateError(f"there is none; make one with: {server_program()} certificate --make HOST")
            if self._tls.read_again(files):
                self._tell_renewed()
        except CertificateError as error:
            remarks.append(f"{KEPT}: {error}")
        warning = expiry_warning(self._tls.certificate, self._clock())
        if warning:
            remarks.append(warning)
        found = msgspec.structs.replace(loaded, remarks=tuple(remarks))
        return judged(found, self._tls.certificate, self._ports, self._clock())

    async def run(self, configuration: Configuration, take: Callable[[Settings], None]) -> None:
        """Look every LOOK_SECONDS, and every REMIND_SECONDS say what is to be said. `take` gets settings that
        changed."""
        loop = asyncio.get_running_loop()
        reminded = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            remind = loop.time() - reminded >= REMIND_SECONDS
            if remind:
                reminded = loop.time()
            await self.look(configuration, take, remind=remind)

    async def look(self, configuration: Configuration, take: Callable[[Settings], None], *, remind: bool) -> None:
        """Look once whether there is another certificate; `remind` says also what was said before."""
        try:
            changed = await asyncio.to_thread(self._tls.has_changed)
            if not changed and not remind:
                return
            loaded = configuration.loaded
            found = await asyncio.to_thread(self.judge, configuration.read)
        except Exception as error:
            logs.failure("the certificate could not be looked at", error)
            return
        for remark in found.remarks[len(configuration.read.remarks) :]:
            logs.event(logging.WARNING, "about the certificate", remark=remark)
        if configuration.loaded is loaded and found.settings != loaded.settings:
            configuration.loaded = found
            take(found.settings)

    def _tell_renewed(self) -> None:
        certificate = self._tls.certificate
        logs.event(
            logging.INFO,
            "a new certificate is used from now on",
            names=", ".join(certificate.names),
            expires=f"{certificate.expires:%Y-%m-%d}",
            fingerprint=certificate.fingerprint,
        )

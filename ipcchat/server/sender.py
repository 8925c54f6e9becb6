"""Sending to others, for who has something to send: the outbound client, imported when it is needed for the first time,
and the networks that the settings allow it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from ipaddress import ip_network
from typing import Any

from ipcchat.server.configuration import Configuration
from ipcchat.server.late_imports import IMPORTING
from ipcchat.server.outbound_answers import Answer


class Sender:
    """Sends by outbound.py, as the settings in force allow."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._outbound: Any = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout: float) -> Answer:
        """As outbound.post. Raises OutboundError."""
        if self._outbound is None:
            self._outbound = await asyncio.to_thread(_imported)
        networks = [ip_network(each) for each in self._configuration.loaded.values.get("outbound.networks", ())]
        answer: Answer = await self._outbound.post(url, body, headers, timeout=timeout, networks=networks)
        return answer


def _imported() -> Any:
    """It takes a tenth of a second, once."""
    with IMPORTING:
        return import_module("ipcchat.server.outbound")

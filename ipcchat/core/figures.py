"""How many there are of what core knows, for those who watch a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of now: `sessions` are connections of this node, `strangers` those of them that are not registered;
    users, accounts, channels and files are the network's. `refused` are the connections that were turned away since the
    start, by the limit that did it or BAN. `kept_ms` is for how long messages are kept everywhere; 0: there is no such
    limit."""

    sessions: int = 0
    strangers: int = 0
    users: int = 0
    accounts: int = 0
    channels: int = 0
    files: int = 0
    file_bytes: int = 0
    refused: dict[str, int] = {}
    kept_ms: int = 0


def figures_of(engine: Engine) -> Figures:
    """Those of an engine."""
    state = engine.state
    return Figures(
        sessions=len(engine.connections),
        strangers=engine.strangers,
        users=len(state.users),
        accounts=len(state.accounts),
        channels=sum(channel.formed for channel in state.channels.values()),
        files=len(state.files),
        file_bytes=state.files.bytes,
        refused=dict(engine.admissions.refused),
        kept_ms=engine.settings.retention.everywhere.age,
    )

"""What a row of the tables of settings has, and what a rule about several of them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ipcchat.server.settings_kinds import Kind


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting. `default` None: what stands in `otherwise`. `example` is a value to show where the default is not
    one that somebody would write down."""

    name: str
    kind: Kind
    text: str
    default: object = None
    otherwise: str = ""
    example: object = None
    required: bool = False
    restart: bool = False

    @property
    def section(self) -> str:
        """The part of the name before the first dot."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """The part of the name after the last dot."""
        return self.name.rpartition(".")[2]


class Rule(msgspec.Struct, frozen=True):
    """What several settings, or the items of one, must be together; the mistake is told at the first of them."""

    names: tuple[str, ...]
    holds: Callable[..., bool]
    text: str

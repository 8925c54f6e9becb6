"""How much of the past is kept, as backends are told it; retention_rules.py makes the rules.

The oldest goes first. 0 means: no limit.
"""

from __future__ import annotations

import msgspec


class Keep(msgspec.Struct, frozen=True):
    """What is kept of one history: messages younger than `age` (ms), the newest `count` messages, the newest of them
    that have `bytes` altogether, as they are stored."""

    age: int = 0
    count: int = 0
    bytes: int = 0


class Retention(msgspec.Struct, frozen=True):
    """What is kept of every history, of some of them (by target) less, and of what each account said (bytes)."""

    everywhere: Keep = Keep()
    histories: dict[str, Keep] = {}
    account_bytes: int = 0

    def of(self, target: str) -> Keep:
        """What is kept of a history."""
        return self.histories.get(target, self.everywhere)

    @property
    def is_endless(self) -> bool:
        """Nothing is ever forgotten."""
        return not self.account_bytes and all(keep == Keep() for keep in (self.everywhere, *self.histories.values()))

"""Facts about subscriptions of Web Push."""

from __future__ import annotations

from ipcchat.core.facts.base import Fact


class PushRegistered(Fact, frozen=True, tag=63):
    """What calls for an account is sent to that endpoint from now on, encrypted for these keys (pushes.py)."""

    account: str = ""
    endpoint: str = ""
    p256dh: str = ""
    auth: str = ""


class PushDropped(Fact, frozen=True, tag=64):
    """Nothing is sent for an account to that endpoint any more: its client said so, or, by a node, what is behind it
    is gone."""

    account: str = ""
    endpoint: str = ""

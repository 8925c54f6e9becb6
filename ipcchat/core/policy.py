"""What the network allows accounts. It decides what may happen, so it is in the journal (PolicyChanged), and every node
uses the same."""

from __future__ import annotations

import msgspec

ALWAYS_ON = ("disabled", "opt-in", "opt-out", "mandatory")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`nicks_owned`: a nick that belongs to an account is for those who are logged in to it. `always_on`: whether they
    stay in the chat without a connection (one of ALWAYS_ON). `accounts_open` and `channels_open`: whether everybody may
    register an account, or a channel."""

    nicks_owned: bool = True
    always_on: str = "opt-out"
    accounts_open: bool = True
    channels_open: bool = True

"""Logging in and out: who has an account has its ranks in the channels that he is in, and loses them with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import channel_access, facts
from ipcchat.core.apply import channel_modes, profiles
from ipcchat.core.apply.meaning import means
from ipcchat.core.apply.registered import regrade
from ipcchat.core.facts import Entry
from ipcchat.core.state import State

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine


class Login(msgspec.Struct, frozen=True):
    """What a user's other account did to himself, and to his prefixes in channels."""

    own: profiles.Remodelling
    channels: list[channel_modes.Remodelling]


def _change(state: State, fact: facts.AccountChanged, entry: Entry) -> Login:
    user = state.users[fact.by]
    rooms = [channel for channel in state.channels_of(user) if channel.founder]
    before = [channel_access.modes_of(channel, user.account) for channel in rooms]
    own = profiles.change_account(state, fact, entry)
    graded = [regrade(state, channel, [user], modes) for channel, modes in zip(rooms, before, strict=True)]
    return Login(own, [remodelling for remodelling in graded if remodelling.changed])


def _announce(engine: Engine, fact: facts.AccountChanged, entry: Entry, login: Login, ctx: Context | None) -> None:
    profiles.announce_account(engine, fact, entry, login.own, ctx)
    for remodelling in login.channels:
        channel_modes.tell(engine, entry, remodelling, channel_modes.service_mask(engine), None)


means(facts.AccountChanged, check=profiles.check_account, change=_change, announce=_announce)

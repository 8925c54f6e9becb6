"""Facts about channels and who is in them."""

from __future__ import annotations

import msgspec

from ipcchat.core.facts.base import Durability, Fact


class Joined(Fact, frozen=True, tag=9):
    """A user entered a channel; the first one in makes it. `key` is what was offered for a +k channel, `skeleton`
    what the name of a new one looks like. `forced_by` is the operator (a uid) who made him."""

    channel: str = ""
    key: str = ""
    skeleton: str = ""
    forced_by: str = ""


class Parted(Fact, frozen=True, tag=10):
    """A user left a channel; `forced_by` is the operator (a uid) who made him."""

    channel: str = ""
    reason: str = ""
    forced_by: str = ""


class Kicked(Fact, frozen=True, tag=11):
    """A user (uid `victim`) was put out of a channel."""

    channel: str = ""
    victim: str = ""
    reason: str = ""


class Invited(Fact, frozen=True, tag=12):
    """A user (uid `guest`) may enter a channel once."""

    durability = Durability.PASSING

    channel: str = ""
    guest: str = ""


class Uninvited(Fact, frozen=True, tag=26):
    """An invitation of `guest` (a uid) is taken back."""

    durability = Durability.PASSING

    channel: str = ""
    guest: str = ""


class TopicChanged(Fact, frozen=True, tag=13):
    """A channel's topic is another; empty means none."""

    channel: str = ""
    text: str = ""


class ModeChange(msgspec.Struct, frozen=True, array_like=True):
    """One channel mode change. `argument` is a mask, key or number, or the uid for a prefix mode (o, v); empty where
    there is none."""

    added: bool
    letter: str
    argument: str = ""


class ChannelModesChanged(Fact, frozen=True, tag=14):
    """A channel's modes, lists or members' prefixes changed, in this order. `forced`: by an operator of the network
    who need not be in it, or by a service for its founder."""

    channel: str = ""
    changes: tuple[ModeChange, ...] = ()
    forced: bool = False


class ChannelRenamed(Fact, frozen=True, tag=19):
    """A channel has another name; everything else of it stays. `skeleton` is what the new name looks like."""

    channel: str = ""
    name: str = ""
    reason: str = ""
    skeleton: str = ""


class Knocked(Fact, frozen=True, tag=20):
    """Somebody asks to be let into a channel."""

    durability = Durability.PASSING

    channel: str = ""
    reason: str = ""


class ChannelMetadataChanged(Fact, frozen=True, tag=24):
    """Keys of a channel's metadata: (key, value), or (key, None) for one that is gone."""

    channel: str = ""
    changes: tuple[tuple[str, str | None], ...] = ()


class ChannelRegistered(Fact, frozen=True, tag=38):
    """A channel belongs to an account from now on: its founder."""

    channel: str = ""
    account: str = ""


class ChannelUnregistered(Fact, frozen=True, tag=39):
    """A channel belongs to nobody any more."""

    channel: str = ""


class ChannelTransferred(Fact, frozen=True, tag=40):
    """A registered channel has another founder (an account)."""

    channel: str = ""
    account: str = ""


class AccessChanged(Fact, frozen=True, tag=41):
    """The prefix modes that an account gets when it joins a registered channel; "" for none any more."""

    channel: str = ""
    account: str = ""
    modes: str = ""


class ChannelSettingChanged(Fact, frozen=True, tag=55):
    """A setting of a registered channel has another value ("": the default); see channel_settings.py for the names."""

    channel: str = ""
    name: str = ""
    value: str = ""

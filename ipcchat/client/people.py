"""Who is there: people, the channels we share with them, and their rank in each.

Rules:
1. A person is one object however many channels we share, so that an account or an away text is written once.
2. None means that the server has not told; "" that it told there is none.
3. A person is forgotten when no channel of ours has him and we do not monitor him.

Specifications: IRCv3 extended-join, account-notify, account-tag, away-notify, chghost, setname, bot-mode,
userhost-in-names, WHOX.
"""

from __future__ import annotations

from datetime import datetime

from ipcchat.wire.casemap import FoldedDict

METADATA_KEYS_MAX = 1_000


class Person:
    """What is known of somebody. `account`: "" is logged out. `away`: "" is here, "*" away without a text. `operator`
    is an IRC operator."""

    __slots__ = ("account", "away", "bot", "host", "metadata", "monitored", "nick", "operator", "realname", "user")

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.user = ""
        self.host = ""
        self.account: str | None = None
        self.away: str | None = None
        self.realname: str | None = None
        self.bot: bool | None = None
        self.operator: bool | None = None
        self.monitored = False
        self.metadata: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Person({self.nick!r})"


class Member:
    """A person in a channel. `prefixes` are the signs of his ranks, the highest first: "@+", or "" for none."""

    __slots__ = ("person", "prefixes")

    def __init__(self, person: Person, prefixes: str = "") -> None:
        self.person = person
        self.prefixes = prefixes

    def __repr__(self) -> str:
        return f"Member({self.prefixes + self.nick!r})"

    @property
    def nick(self) -> str:
        """His nick."""
        return self.person.nick

    @property
    def user(self) -> str:
        """His user name; "" while unknown."""
        return self.person.user

    @property
    def host(self) -> str:
        """His host; "" while unknown."""
        return self.person.host

    @property
    def account(self) -> str | None:
        """His account; "" when he is logged out, None while unknown."""
        return self.person.account

    @property
    def away(self) -> str | None:
        """His away text; "*" when he gave none, "" when he is here, None while unknown."""
        return self.person.away

    @property
    def realname(self) -> str | None:
        """His real name; None while unknown."""
        return self.person.realname

    @property
    def bot(self) -> bool | None:
        """Whether he is marked as a bot; None while unknown."""
        return self.person.bot


class Channel:
    """A channel we are in: its name as the server writes it, its topic (and by whom and when it was set, where known),
    its modes by letter with their arguments, when it was made, and its members."""

    __slots__ = ("created", "members", "metadata", "modes", "name", "naming", "topic", "topic_by", "topic_time")

    def __init__(self, name: str, mapping: str = "ascii") -> None:
        self.name = name
        self.topic = ""
        self.topic_by = ""
        self.topic_time: datetime | None = None
        self.created: datetime | None = None
        self.modes: dict[str, str] = {}
        self.members: FoldedDict[Member] = FoldedDict(mapping=mapping)
        self.metadata: dict[str, str] = {}
        self.naming: list[str] = []

    def __repr__(self) -> str:
        return f"Channel({self.name!r}, {len(self.members)} members)"

    def set_topic(self, topic: str, by: str = "", time: datetime | None = None) -> None:
        """The topic is another, or is known now."""
        self.topic, self.topic_by, self.topic_time = topic, by, time

"""What all events have, what somebody's acts have, and what has a target.

Specifications: IRCv3 server-time, message-ids, account-tag, bot-mode, draft/oper-tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events."""

    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Event):
    """Base of what a person, or a server, did.

    `source` is who did it as the server writes it: nick!user@host, or a server's name. `msgid` is "" on servers
    without message ids. `account` is the account of who did it; "" when there is none or the server does not say.
    `bot` is true for who is marked as a bot. `oper` is the name of an IRC operator where the server tells it, "" for
    an operator without a name, None for everybody else. `missed` says that it happened while this Chat was not
    connected, or comes from history. `tags` are the line's other tags.
    """

    source: str = ""
    msgid: str = ""
    account: str = ""
    bot: bool = False
    oper: str | None = None
    missed: bool = False
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed(Act):
    """Base of what is sent to a channel or to a person.

    `target` is a channel, or a nick. `status` is the prefix that was written before a channel when only members of at
    least that rank were addressed ("@" for operators, Modern IRC STATUSMSG), else "". `prefixes` are the characters
    by which channels are told from nicks.
    """

    target: str
    nick: str
    status: str = ""
    mine: bool = False
    prefixes: str = field(default="#", repr=False)

    @property
    def channel(self) -> str | None:
        """The channel it was sent to; None when it was sent to a person."""
        return self.target if self.target[:1] in self.prefixes else None

    @property
    def place(self) -> str:
        """Where an answer belongs: the channel, or the other person."""
        return self.target if self.channel or self.mine else self.nick

    @property
    def reply_to(self) -> str:
        """The msgid of the message that this one answers (IRCv3 +reply); "" when it answers none."""
        return self.tags.get("+reply", "") or self.tags.get("+draft/reply", "")

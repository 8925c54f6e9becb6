"""Facts about what is said."""

from __future__ import annotations

from ipcchat.core.facts.base import Durability, Fact
from ipcchat.wire.casemap import fold

LINE_BREAK, SEAM = "\n", "\r"


def inbox(account: str) -> str:
    """The history target of what people with that account were written in private: no channel is called that."""
    return f"@{fold(account)}"


class Posted(Fact, frozen=True, tag=15):
    """A PRIVMSG, NOTICE or TAGMSG to a channel or (by uid in `recipient`) to a user; `source` is nick!user@host when
    it was said, `account` and `marks` what was known of the sender then (`marks` are user modes: B a bot, o an
    operator).

    A text of several lines has LINE_BREAK between them, and SEAM where two pieces are one line that was too long for
    the wire. `status` is the prefix of a message to the members who have at least that one (@#room). `room` names the
    channel's history when that is not its folded name: it was renamed.
    """

    source: str = ""
    verb: str = "PRIVMSG"
    target: str = ""
    text: str = ""
    tags: dict[str, str] = {}
    recipient: str = ""
    status: str = ""
    account: str = ""
    marks: str = ""
    room: str = ""
    recipient_account: str = ""

    @property
    def history_target(self) -> str | None:
        if self.status or self.verb == "TAGMSG":
            return None
        if self.recipient:
            return inbox(self.recipient_account) if self.recipient_account else None
        return self.room or fold(self.target)


class Hinted(Posted, frozen=True, tag=16):
    """A TAGMSG that matters only now (typing): ordered, never stored."""

    durability = Durability.FLEETING

"""Facts about what is said."""

from __future__ import annotations

from ipcchat.core.facts.base import Durability, Fact
from ipcchat.wire.casemap import fold

LINE_BREAK, SEAM = "\n", "\r"


def party(account: str, nick: str) -> str:
    """One side of a conversation in private: an account, or ~nick of somebody who had none."""
    return fold(account) if account else f"~{fold(nick)}"


def conversation(one: str, other: str) -> str:
    """The history target of what two parties wrote to each other: no channel is called that."""
    return "@" + " ".join(sorted((one, other)))


def parties(target: str) -> tuple[str, str]:
    """The two parties of a conversation's target."""
    one, _, other = target[1:].partition(" ")
    return one, other


class Posted(Fact, frozen=True, tag=15):
    """A PRIVMSG, NOTICE or TAGMSG to a channel or (by uid in `recipient`) to a user; `source` is nick!user@host when
    it was said, `account` and `marks` what was known of the sender then (`marks` are user modes: B a bot, o an
    operator).

    A text of several lines has LINE_BREAK between them, and SEAM where two pieces are one line that was too long for
    the wire. `status` is the prefix of a message to the members who have at least that one (@#room). `room` names the
    channel's history when that is not its folded name: it was renamed. `about` is the place of the message that this
    one changes, in the same history (+draft/react, +draft/unreact, +draft/edit); 0 for none.
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
    about: int = 0

    @property
    def sender(self) -> str:
        """The party that says it."""
        return party(self.account, self.source.partition("!")[0])

    def is_from(self, nick: str, account: str) -> bool:
        """Whether somebody of that nick, or of that account, says it."""
        is_called_that = fold(self.source.partition("!")[0]) == fold(nick)
        return is_called_that or (bool(account) and fold(self.account) == fold(account))

    @property
    def place(self) -> str | None:
        """The history that it was said in, whether it is a message of it or about one."""
        if self.status:
            return None
        if not self.recipient:
            return self.room or fold(self.target)
        if not (self.account or self.recipient_account):
            return None
        return conversation(self.sender, party(self.recipient_account, self.target))

    @property
    def history_target(self) -> str | None:
        return None if self.about or self.verb == "TAGMSG" else self.place

    @property
    def parent(self) -> int:
        return self.about


class Hinted(Posted, frozen=True, tag=16):
    """A TAGMSG that matters only now (typing): ordered, never stored."""

    durability = Durability.FLEETING


class Redacted(Fact, frozen=True, tag=49):
    """The message at `about` of a history (`place`) is shown to nobody any more. `target` is the channel, or the nick
    that the other side of a conversation had (a uid in `recipient`); `author` is the account, or else the uid, of who
    said the message. `source` is nick!user@host of who redacts it. `said_by` is the nick that the author had and
    `said_at` when it was said (Unix ms), for people who are told in words; both are empty for a reaction. `edits` are
    the places of the texts that the message had later."""

    source: str = ""
    target: str = ""
    place: str = ""
    about: int = 0
    reason: str = ""
    author: str = ""
    recipient: str = ""
    account: str = ""
    said_by: str = ""
    said_at: int = 0
    edits: tuple[int, ...] = ()

    @property
    def parent(self) -> int:
        return self.about


class Pinned(Fact, frozen=True, tag=50):
    """The message at `about` is pinned in a channel, or not any more."""

    channel: str = ""
    about: int = 0
    pinned: bool = True


class ReadMarked(Fact, frozen=True, tag=51):
    """A user read a history (`place`) up to that time (Unix ms); `target` is what he calls it."""

    durability = Durability.PASSING

    place: str = ""
    target: str = ""
    read_at: int = 0


class CursorMoved(Fact, frozen=True, tag=52):
    """A durable subscription of an account got everything up to that place of the journal; the first one makes it. It
    goes back only to `rewind`."""

    account: str = ""
    name: str = ""
    seq: int = 0
    targets: tuple[str, ...] = ()
    rewind: bool = False


class CursorDropped(Fact, frozen=True, tag=53):
    """A durable subscription of an account is over."""

    account: str = ""
    name: str = ""


class Erased(Fact, frozen=True, tag=54):
    """What an account, or somebody without one (~nick), said up to here is taken out of history and out of the files,
    texts and all. `author` is the operator who did it, by the name he is one under."""

    party: str = ""
    reason: str = ""
    author: str = ""

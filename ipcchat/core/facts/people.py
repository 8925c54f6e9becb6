"""Facts about people: they arrive, connect, change and leave."""

from __future__ import annotations

from ipcchat.core.facts.base import Durability, Fact


class NodeDown(Fact, frozen=True, tag=1):
    """An incarnation of a server process is gone; its users leave. `incarnation` is the id it had."""

    incarnation: str = ""


class UserArrived(Fact, frozen=True, tag=2):
    """A connection registered; `by` is the new user's uid and `incarnation` the node process it belongs to.

    `host` is what others see, `address` where he really is; `certificate` is the fingerprint of his TLS certificate,
    `skeleton` what his nick looks like; `hosts` are those that bans hit besides: his own and his cloak. `modes`,
    `away` and `metadata` are what he chose before he was here, `account` the one he logged in to. The id of his
    connection is his uid, and `resumption` the digest of the token that it can be resumed with ("": it cannot).
    """

    durability = Durability.PASSING

    nick: str = ""
    user: str = ""
    host: str = ""
    realname: str = ""
    incarnation: str = ""
    modes: str = ""
    away: str = ""
    address: str = ""
    certificate: str = ""
    skeleton: str = ""
    metadata: dict[str, str] = {}
    hosts: tuple[str, ...] = ()
    account: str = ""
    resumption: str = ""

    @property
    def is_prompt(self) -> bool:
        """He may be one who stays. (Who comes back without an account is written with the channel that he joins.)"""
        return bool(self.account)


class SessionAttached(Fact, frozen=True, tag=28):
    """One more connection of a user who is here, or who stayed while he had none; `session` is its id and `secure`
    whether it came by TLS. `resumption` is as in UserArrived, and `resumes` the digest of the token by which it takes
    the place of a connection before it: that token counts once."""

    durability = Durability.PASSING

    session: str = ""
    address: str = ""
    hosts: tuple[str, ...] = ()
    certificate: str = ""
    secure: bool = False
    resumption: str = ""
    resumes: str = ""

    @property
    def is_prompt(self) -> bool:
        """After a crash a token that was used does not count again, and the new one does."""
        return bool(self.resumption or self.resumes)


class ResumptionEnded(Fact, frozen=True, tag=65):
    """The connections of a user (his uid in `user`) that were lost with their node until then (Unix ms) are waited for
    no longer. Who has no other ends, or stays without one."""

    durability = Durability.PASSING

    user: str = ""
    until: int = 0


class UserLeft(Fact, frozen=True, tag=3):
    """A connection of a user is gone (its id in `session`), or the user himself (""). Who has no connection left
    leaves the network, unless he stays (state.py). With `nick` it counts only while he is called that, with `since`
    only while he has had no connection since then (Unix ms)."""

    durability = Durability.PASSING

    reason: str = ""
    session: str = ""
    nick: str = ""
    since: int = 0


class NickChanged(Fact, frozen=True, tag=4):
    """A user took another nick; `skeleton` is what it looks like. `forced_by` is the operator (a uid) who made him."""

    durability = Durability.PASSING

    nick: str = ""
    skeleton: str = ""
    forced_by: str = ""

    @property
    def is_prompt(self) -> bool:
        """Under the new one he may be one who stays."""
        return True


class AwayChanged(Fact, frozen=True, tag=5):
    """A user went away (a text) or came back (empty)."""

    durability = Durability.PASSING

    text: str = ""


class RealnameChanged(Fact, frozen=True, tag=6):
    """SETNAME: a user's realname is another."""

    durability = Durability.PASSING

    realname: str = ""


class HostChanged(Fact, frozen=True, tag=7):
    """A user's visible user and host are others (IRCv3 chghost)."""

    durability = Durability.PASSING

    user: str = ""
    host: str = ""


class UserModesChanged(Fact, frozen=True, tag=8):
    """A user's own modes: letters added and letters removed; `notices` are the kinds of server notices that come with
    +s."""

    durability = Durability.PASSING

    added: str = ""
    removed: str = ""
    notices: str = ""


class AccountChanged(Fact, frozen=True, tag=17):
    """A user logged in to an account, or out ("")."""

    durability = Durability.PASSING

    account: str = ""

    @property
    def is_prompt(self) -> bool:
        """He may be one who stays from now on."""
        return True


class OperatorChanged(Fact, frozen=True, tag=18):
    """A user became operator of the network under a name of the configuration, or stopped being one ("").
    `privileges` are what he may do as one; None: everything, as in journals from before there were any."""

    durability = Durability.PASSING

    name: str = ""
    title: str = ""
    privileges: tuple[str, ...] | None = None


class CallerRefused(Fact, frozen=True, tag=21):
    """A user's message did not reach `recipient` (a uid), who hears only whom he accepted (+g); he is told of it."""

    durability = Durability.PASSING

    recipient: str = ""


class CallersChanged(Fact, frozen=True, tag=22):
    """ACCEPT and SILENCE: whom a user lets write to him although he is +g (`accepted` and `rejected`, uids), and
    whose messages he does not want (`silenced` and `unsilenced`, masks)."""

    durability = Durability.PASSING

    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    silenced: tuple[str, ...] = ()
    unsilenced: tuple[str, ...] = ()


class UserMetadataChanged(Fact, frozen=True, tag=23):
    """Keys of a user's metadata: (key, value), or (key, None) for one that is gone."""

    durability = Durability.PASSING

    changes: tuple[tuple[str, str | None], ...] = ()

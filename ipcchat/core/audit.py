"""What goes into the audit log of a node: who did what to whom, from where.

Never what somebody said, never a secret, and no name that nobody has: it may be a password in the wrong place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core.effects import Audit

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine
    from ipcchat.core.session import Session

LOGIN, LOGIN_FAILED, REGISTERED, VERIFIED = "login", "login failed", "account registered", "account verified"
PASSWORD_RESET, SUSPENDED, RESTORED = "password reset", "account suspended", "account restored"
DELETED, LOGGED_OUT = "account deleted", "account logged out"
OPERATOR, OPER_FAILED, OPERATOR_ENDED = "oper", "oper failed", "oper ended"
KILLED, BANNED, UNBANNED, LOCKDOWN = "kill", "ban", "ban lifted", "lockdown"
FORCED, FILTER_SET, FILTER_LIFTED, FILTERED = "forced", "filter set", "filter lifted", "filtered"
REHASHED, WALLOPED, READ = "rehash", "wallops", "audit read"
ERASED = "erased"
FILE_DROPPED = "file dropped"
EXPORTED, BACKED_UP = "export", "backup"
CHANNEL_DROPPED, CHANNEL_MOVED, ACCESS = "channel dropped", "channel transferred", "channel access"
HOOK_SET, HOOK_DROPPED = "hook set", "hook dropped"

KINDS = {
    LOGIN: "somebody logged in to the account",
    LOGIN_FAILED: "somebody tried to log in to the account",
    REGISTERED: "an account was registered",
    VERIFIED: "an account was verified by its code",
    PASSWORD_RESET: "an operator set the password of an account",
    SUSPENDED: "an account was suspended",
    RESTORED: "a suspended account may be used again",
    DELETED: "an account was deleted",
    LOGGED_OUT: "an operator ended the connections of an account",
    OPERATOR: "somebody became operator under that name",
    OPER_FAILED: "somebody tried to become operator",
    OPERATOR_ENDED: "somebody stopped being operator, because of the configuration",
    KILLED: "an operator put somebody off the network",
    BANNED: "an operator set a ban of the network",
    UNBANNED: "an operator lifted a ban of the network",
    LOCKDOWN: "an operator changed the level of the lockdown",
    FORCED: "an operator made somebody do something, or changed modes without a rank",
    FILTER_SET: "an operator set a filter",
    FILTER_LIFTED: "an operator lifted a filter",
    FILTERED: "a filter caught somebody",
    REHASHED: "an operator let the configuration be read again",
    WALLOPED: "an operator wrote to everybody",
    READ: "an operator read the audit log",
    ERASED: "an operator let everything be erased that somebody said",
    FILE_DROPPED: "an operator dropped a file that somebody else uploaded",
    EXPORTED: "an administrator wrote out what was said, by ipc-chat export",
    BACKED_UP: "an administrator made a copy of everything, by ipc-chat backup",
    CHANNEL_DROPPED: "a registered channel was given up",
    CHANNEL_MOVED: "a registered channel has another founder",
    ACCESS: "an operator changed who has a rank in a registered channel",
    HOOK_SET: "somebody let programs write into a channel, or hear what is said there, by a hook",
    HOOK_DROPPED: "somebody took such a hook away",
}
"""Every kind of record, and what it says."""


def write(engine: Engine, kind: str, session: Session, target: str = "", text: str = "") -> None:
    """Put a record of what the user of a session did into the log; an operator with the name that he is one under."""
    user = session.user
    actor = session.nick if user is None else user.mask
    if user is not None and user.operator:
        actor = f"{actor} ({user.operator})"
    engine.effects.append(Audit(kind, actor, session.address, target, text))

"""Capabilities as bits, so that a session's set is one integer and a rendering can be shared by all sessions with
equal bits; and which of them this server offers now, with their values.

A capability of the table that has no offer here is offered without a value. One whose offer is None is not there:
what it needs is missing (a mechanism for sasl, a TLS port for sts). Which values a client gets depends on its way here:
sts says to those without encryption where to find it, and to the others for how long to stay (IRCv3 sts); a password is
asked only of those where nobody between can read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ipcchat.core.settings import Settings
from ipcchat.wire.capabilities import CAPABILITIES

BITS: dict[str, int] = {name: 1 << place for place, name in enumerate(CAPABILITIES)}

MESSAGE_TAGS = BITS["message-tags"]
SERVER_TIME = BITS["server-time"]
ECHO_MESSAGE = BITS["echo-message"]
LABELED_RESPONSE = BITS["labeled-response"]
BATCH = BITS["batch"]
MULTI_PREFIX = BITS["multi-prefix"]
EXTENDED_JOIN = BITS["extended-join"]
AWAY_NOTIFY = BITS["away-notify"]
USERHOST_IN_NAMES = BITS["userhost-in-names"]
INVITE_NOTIFY = BITS["invite-notify"]
CAP_NOTIFY = BITS["cap-notify"]
SETNAME = BITS["setname"]
STANDARD_REPLIES = BITS["standard-replies"]
CHGHOST = BITS["chghost"]
ACCOUNT_NOTIFY = BITS["account-notify"]
ACCOUNT_TAG = BITS["account-tag"]
EXTENDED_MONITOR = BITS["extended-monitor"]
NO_IMPLICIT_NAMES = BITS["no-implicit-names"]
SASL = BITS["sasl"]
MULTILINE = BITS["draft/multiline"]
EXTENDED_ISUPPORT = BITS["draft/extended-isupport"]
PRE_AWAY = BITS["draft/pre-away"]
CHANNEL_RENAME = BITS["draft/channel-rename"]
METADATA = BITS["draft/metadata-2"]
OPER_TAG = BITS["draft/oper-tag"]
ACCOUNT_REGISTRATION = BITS["draft/account-registration"]
CHATHISTORY = BITS["draft/chathistory"]
EVENT_PLAYBACK = BITS["draft/event-playback"]
READ_MARKER = BITS["draft/read-marker"]
REDACTION = BITS["draft/message-redaction"]
EDIT = BITS["draft/message-edit"]
SEARCH = BITS["soju.im/search"]
AUTHTOKEN = BITS["draft/authtoken"]
CATCH_UP = BITS["ipc-chat/catch-up"]
RESUME = BITS["ipc-chat/resume"]
WEBPUSH = BITS["soju.im/webpush"] | BITS["draft/webpush"]
"""Two names of one thing."""

LABELS = LABELED_RESPONSE | BATCH
STANDARD = (
    STANDARD_REPLIES
    | CHATHISTORY
    | MULTILINE
    | CHANNEL_RENAME
    | METADATA
    | ACCOUNT_REGISTRATION
    | READ_MARKER
    | REDACTION
    | EDIT
    | SEARCH
    | CATCH_UP
    | RESUME
    | WEBPUSH
)
BROADCAST = (
    MESSAGE_TAGS
    | SERVER_TIME
    | EXTENDED_JOIN
    | AWAY_NOTIFY
    | INVITE_NOTIFY
    | SETNAME
    | CHGHOST
    | ACCOUNT_NOTIFY
    | ACCOUNT_TAG
    | EXTENDED_MONITOR
    | MULTILINE
    | CHANNEL_RENAME
    | METADATA
    | OPER_TAG
    | REDACTION
    | EDIT
    | BATCH
)


class Way(NamedTuple):
    """How a client came, as far as it matters for what it is offered: by TLS; so that nobody between can read along (by
    TLS, or from this machine); with a proof of who it is (a certificate, or an account that the kernel vouches for)."""

    secure: bool = False
    confidential: bool = True
    proven: bool = False


LOCAL = Way()
"""The way of most programs on this machine: no TLS, nobody between, no proof."""


def mechanisms(settings: Settings, way: Way) -> tuple[str, ...]:
    """The mechanisms of SASL that can be used on that way: PLAIN says the password and a bearer
    its token, EXTERNAL points to a proof."""
    usable = dict.fromkeys(("PLAIN", "OAUTHBEARER", "IRCV3BEARER"), way.confidential) | {"EXTERNAL": way.proven}
    return tuple(name for name in settings.mechanisms if usable.get(name, True))


def _multiline(settings: Settings, way: Way) -> str | None:
    limits = settings.limits
    return f"max-bytes={limits.multiline_bytes_max},max-lines={limits.multiline_lines_max}"


def _metadata(settings: Settings, way: Way) -> str | None:
    limits = settings.limits
    return ",".join(
        (
            "before-connect",
            f"max-subs={limits.subscriptions_max}",
            f"max-keys={limits.metadata_keys_max}",
            f"max-value-bytes={limits.metadata_value_bytes_max}",
        )
    )


def _catch_up(settings: Settings, way: Way) -> str | None:
    limits = settings.limits
    return f"messages={limits.catch_up_messages_max},cursors={limits.cursors_per_account_max}"


def _resume(settings: Settings, way: Way) -> str | None:
    """Not where a token could be read by others: who has it is the user."""
    seconds = settings.limits.resume_seconds
    return f"seconds={seconds}" if seconds and way.confidential else None


def _sasl(settings: Settings, way: Way) -> str | None:
    return ",".join(mechanisms(settings, way)) or None


def _registration(settings: Settings, way: Way) -> str | None:
    """Not where a password could be read by others, and not where only operators register accounts."""
    if not (settings.mechanisms and settings.policy.accounts_open and way.confidential):
        return None
    words = {
        "before-connect": registers_before_connect(settings),
        "custom-account-name": settings.account_names_chosen,
        "email-required": settings.email_required or settings.verification,
    }
    return ",".join(word for word, counts in words.items() if counts)


def registers_before_connect(settings: Settings) -> bool:
    """Whether accounts are registered before NICK and USER are done: not on a server with a password, which it would be
    a way around."""
    return settings.register_before_connect and not settings.password


def _sts(settings: Settings, way: Way) -> str | None:
    if not settings.sts_port:
        return None
    return f"duration={settings.sts_seconds}" if way.secure else f"port={settings.sts_port}"


def _webpush(settings: Settings, way: Way) -> str | None:
    return "" if settings.push_key else None


OFFERS: dict[str, Callable[[Settings, Way], str | None]] = {
    "sasl": _sasl,
    "sts": _sts,
    "draft/account-registration": _registration,
    "draft/multiline": _multiline,
    "draft/metadata-2": _metadata,
    "ipc-chat/catch-up": _catch_up,
    "ipc-chat/resume": _resume,
    "draft/webpush": _webpush,
    "soju.im/webpush": _webpush,
}


def offered(settings: Settings, way: Way = LOCAL) -> dict[str, str]:
    """The capabilities this server offers with these settings, with their values ("" for none), to a client that came
    that way."""
    found = {name: OFFERS[name](settings, way) if name in OFFERS else "" for name in CAPABILITIES}
    return {name: value for name, value in found.items() if value is not None}


def names(bits: int) -> list[str]:
    """The names of the capabilities in `bits`, in the order of the table."""
    return [name for name, bit in BITS.items() if bits & bit]

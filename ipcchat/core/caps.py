"""Capabilities as bits, so that a session's set is one integer and a rendering can be shared by all sessions with
equal bits; and which of them this server offers now, with their values.

A capability of the table that has no offer here is offered without a value. One whose offer is None is not there:
what it needs is missing (a mechanism for sasl, a TLS port for sts). Which values a client gets depends on how it came:
sts says to those without encryption where to find it, and to the others for how long to stay (IRCv3 sts).
"""

from __future__ import annotations

from collections.abc import Callable

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
CHATHISTORY = BITS["draft/chathistory"]

LABELS = LABELED_RESPONSE | BATCH
STANDARD = STANDARD_REPLIES | CHATHISTORY | MULTILINE | CHANNEL_RENAME | METADATA | BITS["draft/message-redaction"]
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
    | BATCH
)


def _multiline(settings: Settings) -> str | None:
    limits = settings.limits
    return f"max-bytes={limits.multiline_bytes_max},max-lines={limits.multiline_lines_max}"


def _metadata(settings: Settings) -> str | None:
    limits = settings.limits
    return ",".join(
        (
            "before-connect",
            f"max-subs={limits.subscriptions_max}",
            f"max-keys={limits.metadata_keys_max}",
            f"max-value-bytes={limits.metadata_value_bytes_max}",
        )
    )


def _sasl(settings: Settings) -> str | None:
    return ",".join(settings.mechanisms) or None


def _sts(settings: Settings) -> str | None:
    return f"port={settings.sts_port}" if settings.sts_port else None


def _sts_when_secure(settings: Settings) -> str | None:
    return f"duration={settings.sts_seconds}" if settings.sts_port else None


def _missing(settings: Settings) -> str | None:
    """Needs something that this server does not have yet."""
    return None


OFFERS: dict[str, Callable[[Settings], str | None]] = {
    "sasl": _sasl,
    "sts": _sts,
    "draft/multiline": _multiline,
    "draft/metadata-2": _metadata,
    "draft/event-playback": _missing,
    "draft/read-marker": _missing,
    "draft/message-redaction": _missing,
}
SECURE_OFFERS: dict[str, Callable[[Settings], str | None]] = {"sts": _sts_when_secure}


def offered(settings: Settings, secure: bool = False) -> dict[str, str]:
    """The capabilities this server offers with these settings, with their values ("" for none), to a client that came
    without encryption or `secure`."""
    offers = OFFERS | SECURE_OFFERS if secure else OFFERS
    found = {name: offers[name](settings) if name in offers else "" for name in CAPABILITIES}
    return {name: value for name, value in found.items() if value is not None}


def names(bits: int) -> list[str]:
    """The names of the capabilities in `bits`, in the order of the table."""
    return [name for name, bit in BITS.items() if bits & bit]
